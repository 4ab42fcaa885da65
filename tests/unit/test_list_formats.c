/* SPDX-License-Identifier: GPL-2.0-only */
/* Spamhaus DROP as JSON, ipset save, nft. */
#include "support/list_fixture.h"

/* ---- drop-json ---- */

static void test_drop_json(void **state)
{
	struct fixture *f = *state;

	fixture_load(f, "{\"cidr\":\"192.0.2.0/24\",\"sblid\":\"SBL1\",\"rir\":\"arin\"}\n"
			"\n"
			"{\"cidr\":\"2001:db8::/32\",\"sblid\":\"SBL2\"}\n"
			"{\"cidr\":\"192.0.2.0/24\"}\n"
			"{\"type\":\"metadata\",\"timestamp\":1,\"size\":1,\"records\":3}\n");
	assert_accepted(f, "192.0.2.0/24 2001:db8::/32");
	assert_int_equal(f->counts.format, SW_LIST_DROP_JSON);
	assert_int_equal(f->counts.entries, 3);
	assert_int_equal(f->counts.duplicates, 1);
	assert_int_equal(f->counts.bad, 0);
	assert_string_equal(fixture_find(f, "192.0.2.9"), "1: 192.0.2.0/24 \"SBL1\"\n");
}

static void test_drop_json_bad_lines(void **state)
{
	struct fixture *f = *state;

	fixture_load(f, "{\"cidr\":\"192.0.2.0/24\"}\n"
			"{\"cidr\":\"192.0.2.1/24\"}\n"
			"{\"cidr\":17}\n"
			"{\"sblid\":\"SBL1\"}\n"
			"[]\n"
			"{\"cidr\":\"192.0.2.0/24\n"
			"{\"type\":\"metadata\"}\n"
			"{\"type\":\"metadata\",\"records\":2}\n");
	assert_accepted(f, "192.0.2.0/24");
	assert_non_null(strstr(f->notes, "2: \"192.0.2.1/24\" has bits set below its length"));
	assert_non_null(strstr(f->notes, "\n3: no \"cidr\" in \"{\"cidr\":17}\"\n"));
	assert_non_null(strstr(f->notes, "\n4: no \"cidr\" in \"{\"sblid\":\"SBL1\"}\"\n"));
	assert_non_null(strstr(f->notes, "\n5: not a JSON object: something else\n"));
	assert_non_null(strstr(f->notes, "\n6: not a JSON object: "));
	assert_non_null(strstr(f->notes, "\n7: metadata without a number of records\n"));
	assert_int_equal(f->counts.bad, 6);
}

static void test_drop_json_refused(void **state)
{
	struct fixture *f = *state;

	fixture_load(f, "{\"cidr\":\"192.0.2.0/24\"}\n{\"type\":\"metadata\",\"records\":2}\n");
	assert_refused(f, -EBADMSG, "truncated: metadata promises 2 records, there are 1");
	fixture_load(f, "{\"cidr\":\"192.0.2.0/24\"}\n{\"cidr\":\"192.0.3.0/2");
	assert_refused(f, -EBADMSG,
		       "truncated: ends inside a line, after 1 records, and without metadata");
	fixture_load(f, "{\"cidr\":\"192.0.2.0/24\"}\n{\"cidr\":\"192.0.3.0/24\"}\n");
	assert_int_equal(f->code, 0); /* a list that somebody made by hand */
	assert_int_equal(f->counts.entries, 2);
	fixture_load(f, "{\"type\":\"metadata\",\"records\":0}\n");
	assert_refused(f, -ENODATA, "no entries in 1 lines");
	fixture_load(f, "{\"type\":\"metadata\",\"records\":0}\n"
			"{\"type\":\"metadata\",\"records\":0}\n");
	assert_refused(f, -EBADMSG, "line 2: metadata for the second time; two files in one?");
	fixture_load(f, "{\"asn\":64496,\"rir\":\"arin\"}\n");
	assert_refused(f, -EBADMSG, "this is the ASN list, it holds no addresses");
	fixture_load(f, "{\"nftables\": [{\"metainfo\": {}}]}\n");
	assert_refused(f, -EBADMSG, "nft's JSON output is not read; use nft list without -j");
}

/* ---- ipset ---- */

static void test_ipset(void **state)
{
	struct fixture *f = *state;

	fixture_load(
		f, "create bad hash:net family inet hashsize 1024 maxelem 65536 comment counters\n"
		   "add bad 192.0.2.0/24 packets 0 bytes 0 comment \"the nomatch network\"\n"
		   "add bad 192.0.2.9 nomatch\n"
		   "create hosts hash:ip family inet hashsize 64 maxelem 65536 timeout 300\n"
		   "add hosts 198.51.100.1 timeout 299\n"
		   "add hosts 198.51.100.4-198.51.100.7\n"
		   "add hosts 198.51.100.1 timeout 17\n"
		   "create six hash:net family inet6 hashsize 1024 maxelem 65536\n"
		   "add six 2001:db8::/32\n"
		   "create nets hash:ip family inet netmask 24\n"
		   "add nets 203.0.113.0\n"
		   "create map bitmap:ip range 10.0.0.0-10.0.255.255\n"
		   "add map 10.0.0.1\n"
		   "create all list:set size 8\n"
		   "add all bad\n"
		   "\n"
		   "# comment\n"
		   "add unknown 10.0.0.2 -exist\n"
		   "COMMIT\n");
	assert_accepted(f, "10.0.0.1 10.0.0.2 192.0.2.0/24 !192.0.2.9 198.51.100.1 "
			   "198.51.100.4/30 203.0.113.0/24 2001:db8::/32");
	assert_string_equal(f->notes, "");
	assert_int_equal(f->counts.format, SW_LIST_IPSET);
	assert_int_equal(f->counts.entries, 9);
	assert_int_equal(f->counts.duplicates, 1);
	assert_int_equal(f->counts.exclusions, 1);
	assert_string_equal(fixture_find(f, "192.0.2.9"),
			    "2: 192.0.2.0/24 \"the nomatch network\"\n"
			    "3: !192.0.2.9 \"add bad 192.0.2.9 nomatch\"\n");
}

/* What scripts write for ipset restore. */
static void test_ipset_restore(void **state)
{
	struct fixture *f = *state;

	f->spec.max_bad = 0;
	fixture_load(f, "create new -exist hash:net family inet hashsize 16384 maxelem 65536\n"
			"create old -exist hash:net family inet hashsize 16384 maxelem 65536\n"
			"flush new\n"
			"add new 192.0.2.0/24 -exist\n"
			"add -! new 192.0.2.9 nomatch\n"
			"add new 192.0.2.7 comment \"-exist\"\n"
			"swap old new\n"
			"destroy new\n");
	assert_accepted(f, "192.0.2.0/24 192.0.2.7 !192.0.2.9");
	assert_int_equal(f->counts.format, SW_LIST_IPSET);
	assert_string_equal(f->notes, "");
}

static void test_ipset_bad_lines(void **state)
{
	struct fixture *f = *state;

	fixture_load(f, "add a 10.0.0.1\n"
			"add a\n"
			"add\n"
			"add a 10.0.0.2,tcp:25\n"
			"add a 10.0.0.9-10.0.0.3\n"
			"add a mail-1.example.org\n"
			"add a 10.0.0.1/8\n"
			"del a 10.0.0.1\n"
			"create\n"
			"create aVeryLongNameOfMoreThanThirtyOneBytes hash:ip\n"
			"create n hash:ip netmask x\n");
	assert_accepted(f, "10.0.0.1");
	assert_string_equal(f->notes, "2: \"add\" needs the name of a set and an address\n"
				      "3: \"add\" needs the name of a set and an address\n"
				      "4: \"10.0.0.2,tcp:25\" is more than an address\n"
				      "5: range ends before it starts\n"
				      "6: \"mail-1.example.org\" is not a range of addresses\n"
				      "7: \"10.0.0.1/8\" has bits set below its length; "
				      "\"10.0.0.0/8\" was probably meant\n"
				      "8: \"del\" is neither \"create\" nor \"add\"\n"
				      "9: \"create\" needs a name (up to 31 bytes) and a type\n"
				      "10: \"create\" needs a name (up to 31 bytes) and a type\n"
				      "11: \"netmask\" needs a prefix length\n");
}

static void test_ipset_refused(void **state)
{
	struct fixture *f = *state;

	fixture_load(f, "create ok hash:ip\nadd ok 10.0.0.1\n"
			"create p hash:ip,port family inet\nadd p 10.0.0.1,tcp:25\n");
	assert_refused(f, -EBADMSG,
		       "line 3: set \"p\" is of type hash:ip,port; only hash:ip, hash:net and "
		       "bitmap:ip are lists of sources (save one set: ipset save NAME)");
	fixture_load(f, "create i hash:net,iface\n");
	assert_refused(f, -EBADMSG,
		       "line 1: set \"i\" is of type hash:net,iface; only hash:ip, hash:net and "
		       "bitmap:ip are lists of sources (save one set: ipset save NAME)");
	fixture_load(f, "create b hash:ip bitmask 255.0.255.0\n");
	assert_refused(f, -EBADMSG, "line 1: sets with a bitmask are not read");
}

static void test_ipset_of_many_sets(void **state)
{
	struct fixture *f = *state;

	f->text[0] = '\0';
	for (int i = 0; i < 500; i++)
		sprintf(f->text + strlen(f->text),
			"create s%d hash:ip netmask %d\nadd s%d 10.%d.%d.0\n", i, 24 + i % 9,
			i / 2 * 2, i >> 8, i & 255);
	fixture_load(f, f->text);
	assert_int_equal(f->code, 0);
	assert_int_equal(f->counts.entries, 500);
	for (size_t i = 0; i < 500; i++)
		assert_int_equal(f->list->entries4[i].len, 24 + i / 2 * 2 % 9);
}

/* ---- nft ---- */

static void test_nft_ruleset(void **state)
{
	struct fixture *f = *state;

	fixture_load(f,
		     "table inet filter { # handle 1\n"
		     "\tset bad {\n"
		     "\t\ttype ipv4_addr\n"
		     "\t\tflags interval,timeout\n"
		     "\t\tcounter\n"
		     "\t\tcomment \"a set { of bad }\"\n"
		     "\t\telements = { 192.0.2.0/24, 198.51.100.1-198.51.100.2 comment \"a, b}\",\n"
		     "\t\t\t     203.0.113.1 timeout 1h expires 59m58s counter packets 0 bytes 0 "
		     "comment \"why\",\n"
		     "\t\t\t     203.0.113.8 - 203.0.113.11 }\n"
		     "\t}\n"
		     "\n"
		     "\tset six {\n"
		     "\t\ttypeof ip6 saddr\n"
		     "\t\telements = { 2001:db8::/32,\n"
		     "\t\t\t     2001:db9::1 }\n"
		     "\t}\n"
		     "\n"
		     "\tset ports {\n"
		     "\t\ttype inet_service\n"
		     "\t\telements = { 25, 465 }\n"
		     "\t}\n"
		     "\n"
		     "\tset pairs { type ipv4_addr . inet_service; elements = { 1.2.3.4 . 25 }; }\n"
		     "\tmap verdicts {\n"
		     "\t\ttype ipv4_addr : verdict\n"
		     "\t\telements = { 10.0.0.1 : drop, 10.0.0.2 : accept }\n"
		     "\t}\n"
		     "\tset empty {\n"
		     "\t\ttype ipv4_addr\n"
		     "\t}\n"
		     "\tchain input {\n"
		     "\t\ttype filter hook input priority filter; policy accept;\n"
		     "\t\tip saddr @bad drop\n"
		     "\t\tip saddr { 10.9.9.9, 10.9.9.8 } drop\n"
		     "\t}\n"
		     "}\n");
	assert_accepted(f, "192.0.2.0/24 198.51.100.1 198.51.100.2 203.0.113.1 203.0.113.8/30 "
			   "2001:db8::/32 2001:db9::1");
	assert_int_equal(f->counts.format, SW_LIST_NFT);
	assert_string_equal(f->notes,
			    "20: skipped: the elements of a map, or of a set of something else "
			    "than addresses\n"
			    "23: skipped: the elements of a map, or of a set of something else "
			    "than addresses\n"
			    "26: skipped: the elements of a map, or of a set of something else "
			    "than addresses\n");
	assert_string_equal(fixture_find(f, "198.51.100.2"), "7: 198.51.100.2 \"a, b}\"\n");
	assert_string_equal(fixture_find(f, "203.0.113.1"), "8: 203.0.113.1 \"why\"\n");
	assert_string_equal(fixture_find(f, "203.0.113.9"),
			    "9: 203.0.113.8/30 \"203.0.113.8 - 203.0.113.11\"\n");
	assert_string_equal(fixture_find(f, "2001:db9::1"), "15: 2001:db9::1 \"2001:db9::1\"\n");
}

static void test_nft_commands(void **state)
{
	struct fixture *f = *state;

	fixture_load(f, "#!/usr/sbin/nft -f\n"
			"flush set inet filter bad\n"
			"define nets = { 10.0.0.0/8,\n"
			"  # 10.9.9.9 is none\n"
			"  192.0.2.0/24, }\n"
			"add set inet filter bad { type ipv4_addr; }\n"
			"add element inet filter bad { 198.51.100.1, 198.51.100.2 }\n"
			"create element inet filter bad {\n"
			"198.51.100.3,\n"
			"198.51.100.4\n"
			"}\n"
			"delete element inet filter bad { 198.51.100.9 }\n");
	assert_accepted(f, "10.0.0.0/8 192.0.2.0/24 198.51.100.1 198.51.100.2 198.51.100.3 "
			   "198.51.100.4");
	assert_string_equal(f->notes, "");
	assert_int_equal(f->counts.format, SW_LIST_NFT);
}

static void test_nft_bad_elements(void **state)
{
	struct fixture *f = *state;
	char long_element[700];

	fixture_load(f, "add element ip t s { 10.0.0.1,\n"
			"10.0.0.1/24, *, mail.example, 10.0.0.1 . 25,\n"
			"10.0.0.9-10.0.0.1, 10.0.0.1 - mail, $x,\n"
			"10.0.0.5 : drop, 10.0.0.0/24-10.0.1.0/24 }\n"
			"}\n");
	assert_accepted(f, "10.0.0.1");
	assert_string_equal(f->notes,
			    "2: \"10.0.0.1/24\" has bits set below its length; \"10.0.0.0/24\" was "
			    "probably meant\n"
			    "2: the catch-all element would list everybody\n"
			    "2: \"mail.example\": not an address\n"
			    "2: \"10.0.0.1 . 25\" is more than an address\n"
			    "3: range ends before it starts\n"
			    "3: \"10.0.0.1 - mail\" is not a range of addresses\n"
			    "3: \"$x\": not an address\n"
			    "4: \"10.0.0.5 : drop\" is more than an address\n"
			    "4: \"10.0.0.0/24-10.0.1.0/24\" is not a range of addresses\n"
			    "5: \"}\" without \"{\"\n");
	memset(long_element, 'x', sizeof(long_element) - 1);
	long_element[sizeof(long_element) - 1] = '\0';
	snprintf(f->text, sizeof(f->text), "add element ip t s { 10.0.0.1, %s }\n", long_element);
	fixture_load(f, f->text);
	assert_accepted(f, "10.0.0.1");
	assert_string_equal(f->notes, "1: an element is longer than 512 bytes\n");
}

static void test_nft_truncated(void **state)
{
	struct fixture *f = *state;

	fixture_load(f, "table inet filter {\n\tset bad {\n\t\ttype ipv4_addr\n"
			"\t\telements = { 10.0.0.1,\n\t\t10.0.0.2,\n");
	assert_refused(f, -EBADMSG, "truncated: the \"{\" in line 4 is not closed");
	fixture_load(f, "table inet filter {\n\tset bad {\n\t\ttype ipv4_addr\n"
			"\t\telements = { 10.0.0.1 }\n");
	assert_refused(f, -EBADMSG, "truncated: the \"{\" in line 2 is not closed");
	fixture_load(f, "add element ip t s { 10.0.0.1 comment \"} \n");
	assert_refused(f, -EBADMSG, "truncated: the \"{\" in line 1 is not closed");
}

/* Scripts write one command with a million elements: a line of 10 MB. */
static void test_nft_long_line(void **state)
{
	struct fixture *f = *state;
	FILE *out = fopen(f->path, "w");

	assert_non_null(out);
	fputs("add element inet filter bad { ", out);
	for (unsigned i = 0; i < 700000; i++)
		fprintf(out, "10.%u.%u.%u, ", i >> 16, i >> 8 & 255, i & 255);
	fputs("11.0.0.0/8 }\n", out);
	fclose(out);
	fixture_read(f);
	assert_int_equal(f->code, 0);
	assert_int_equal(f->counts.format, SW_LIST_NFT);
	assert_int_equal(f->counts.lines, 1);
	assert_int_equal(f->counts.entries, 700001);
	assert_int_equal(f->counts.duplicates, 0);
	assert_int_equal(f->counts.bad, 0);
	assert_int_equal(f->list->entries4[699999].addr, (10u << 24) + 699999);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_drop_json),	      TEST(test_drop_json_bad_lines),
		TEST(test_drop_json_refused), TEST(test_ipset),
		TEST(test_ipset_restore),     TEST(test_ipset_bad_lines),
		TEST(test_ipset_refused),     TEST(test_ipset_of_many_sets),
		TEST(test_nft_ruleset),	      TEST(test_nft_commands),
		TEST(test_nft_bad_elements),  TEST(test_nft_truncated),
		TEST(test_nft_long_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
