/* SPDX-License-Identifier: GPL-2.0-only */
/* Entries that would cover much of the internet: refused in a list that is narrow. */
#include "support/list_fixture.h"

#include "lists/reader.h"

static void narrow(struct fixture *f)
{
	f->spec.scrub = sw_list_bogons(&f->spec.scrub_n);
	f->spec.narrow = true;
}

#define WIDE4 "is shorter than /8, which only an allow list or one with scrub = false may have\n"
#define WIDE6 "is shorter than /16, which only an allow list or one with scrub = false may have\n"

static void test_prefixes(void **state)
{
	struct fixture *f = *state;
	const char *text = "0.0.0.0/0\n16.0.0.0/4\n8.0.0.0/7 # words\n8.0.0.0/8\n::/0\n"
			   "2a00::/15\n2a00::/16\n!0.0.0.0/1\n9.9.9.9\n";

	narrow(f);
	fixture_load(f, text);
	assert_accepted(f, "!0.0.0.0/1 8.0.0.0/8 9.9.9.9 2a00::/16");
	assert_string_equal(f->notes,
			    "1: covers all of the IPv4 internet: \"0.0.0.0/0\" " WIDE4
			    "2: covers 1/16 of the IPv4 internet: \"16.0.0.0/4\" " WIDE4
			    "3: covers 1/128 of the IPv4 internet: \"8.0.0.0/7\" " WIDE4
			    "5: covers all of the IPv6 internet: \"::/0\" " WIDE6
			    "6: covers 1/32768 of the IPv6 internet: \"2a00::/15\" " WIDE6);
	assert_int_equal(f->counts.bad, 5);
	assert_int_equal(f->counts.entries, 4);
	assert_int_equal(f->counts.exclusions, 1);
	assert_int_equal(f->counts.scrubbed, 0);
	/* explain says the same */
	assert_string_equal(fixture_find(f, "200.0.0.1"), "");
	assert_string_equal(fixture_find(f, "8.0.0.1"),
			    "8: !0.0.0.0/1 \"!0.0.0.0/1\"\n4: 8.0.0.0/8 \"8.0.0.0/8\"\n");
	/* the whole file is refused by the same rule as for other bad lines */
	f->spec.max_bad = 0.01;
	fixture_read(f);
	assert_refused(f, -EBADMSG, "5 of 9 entries are bad, more than 1 percent");
	/* not narrow: everything is taken */
	f->spec.narrow = false;
	f->spec.scrub_n = 0;
	fixture_read(f);
	assert_accepted(f, "0.0.0.0/0 !0.0.0.0/1 8.0.0.0/7 8.0.0.0/8 9.9.9.9 16.0.0.0/4 ::/0 "
			   "2a00::/15 2a00::/16");
}

/* A range is refused whole. */
static void test_ranges(void **state)
{
	struct fixture *f = *state;

	narrow(f);
	f->spec.scrub_n = 0; /* nothing at all that may be wide */
	fixture_load(f,
		     "1.0.0.0 - 8.255.255.255\n0.0.0.0-255.255.255.255\n"
		     "17.0.0.0-18.255.255.255\n2a00::-2a01:ffff:ffff:ffff:ffff:ffff:ffff:ffff\n");
	assert_accepted(f, "17.0.0.0/8 18.0.0.0/8");
	assert_string_equal(f->notes,
			    "1: covers 1/128 of the IPv4 internet: \"2.0.0.0/7\" " WIDE4
			    "2: covers all of the IPv4 internet: \"0.0.0.0/0\" " WIDE4
			    "4: covers 1/32768 of the IPv6 internet: \"2a00::/15\" " WIDE6);
	assert_int_equal(f->counts.bad, 3);
	assert_int_equal(f->counts.entries, 1);
}

/* What must not be listed anyway may be as wide as it is: FireHOL has 224.0.0.0/3. */
static void test_bogons(void **state)
{
	struct fixture *f = *state;

	narrow(f);
	fixture_load(f, "224.0.0.0/3\n240.0.0.0/4\n192.0.0.0/3\nfc00::/7\nff00::/8\nfe00::/7\n"
			"224.0.0.0-255.255.255.255\n9.9.9.9\n");
	assert_int_equal(f->code, 0);
	assert_int_equal(f->counts.bad, 2);
	assert_int_equal(f->counts.scrubbed, 5);
	assert_non_null(strstr(f->notes, "3: covers 1/8 of the IPv4 internet: \"192.0.0.0/3\""));
	assert_non_null(strstr(f->notes, "6: covers 1/128 of the IPv6 internet: \"fe00::/7\""));
}

static void test_formats(void **state)
{
	static const struct {
		enum sw_list_format format;
		const char *text;
	} files[] = {
		{ SW_LIST_DROP_JSON, "{\"cidr\":\"16.0.0.0/4\",\"sblid\":\"SBL1\"}\n"
				     "{\"cidr\":\"9.9.9.0/24\",\"sblid\":\"SBL2\"}\n" },
		{ SW_LIST_RBLDNSD_IP4TRIE, ":2:x\n16.0.0.0/4\n9.9.9.0/24\n" },
		{ SW_LIST_RBLDNSD_IP4SET, ":2:x\n16.0.0.0/4\n9.9.9.0/24\n" },
		{ SW_LIST_IPSET, "create a hash:net family inet\nadd a 16.0.0.0/4\n"
				 "add a 9.9.9.0/24\n" },
		{ SW_LIST_NFT, "define a = {\n16.0.0.0/4,\n9.9.9.0/24 }\n" },
		{ SW_LIST_POSTFIX_CIDR, "16.0.0.0/4 reject\n9.9.9.0/24 reject\n" },
	};
	struct fixture *f = *state;

	narrow(f);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		f->spec.format = files[i].format;
		fixture_load(f, files[i].text);
		assert_accepted(f, "9.9.9.0/24");
		assert_int_equal(f->counts.bad, 1);
		assert_non_null(strstr(f->notes, "covers 1/16 of the IPv4 internet: "));
	}
	/* the last line of a table that permits the rest */
	fixture_load(f, "9.9.9.0/24 reject\n0.0.0.0/0 permit\n");
	assert_int_equal(f->code, 0);
	assert_int_equal(f->counts.bad, 0);
}

static void test_covers(void **state)
{
	struct sw_prefix ranges[] = {
		sw_prefix_ip4(0x80000000, 2), sw_prefix_ip4(0xc0000000, 3),
		sw_prefix_ip4(0xe0000000, 4), sw_prefix_ip4(0xf0000000, 4),
		sw_prefix_ip4(0x10000000, 8), sw_prefix_ip4(0x12000000, 7),
		sw_prefix_ip6(0, 0, 65),      sw_prefix_ip6(0, 0x8000000000000000, 65),
		sw_prefix_ip6(1, 0, 64),
	};
	struct sw_scrub *scrub;
	struct sw_prefix p;

	assert_int_equal(sw_scrub_open(ranges, sizeof(ranges) / sizeof(*ranges), &scrub), 0);
	p = sw_prefix_ip4(0x80000000, 1); /* of four ranges */
	assert_true(sw_scrub_covers(scrub, &p));
	p = sw_prefix_ip4(0xe0000000, 3);
	assert_true(sw_scrub_covers(scrub, &p));
	p = sw_prefix_ip4(0xf0000000, 4);
	assert_true(sw_scrub_covers(scrub, &p));
	p = sw_prefix_ip4(0xf1000000, 8);
	assert_true(sw_scrub_covers(scrub, &p));
	p = sw_prefix_ip4(0, 0);
	assert_false(sw_scrub_covers(scrub, &p));
	p = sw_prefix_ip4(0x10000000, 6); /* 17.0.0.0/8 is missing in the middle */
	assert_false(sw_scrub_covers(scrub, &p));
	p = sw_prefix_ip4(0x10000000, 7); /* ... at the end */
	assert_false(sw_scrub_covers(scrub, &p));
	p = sw_prefix_ip4(0x20000000, 4);
	assert_false(sw_scrub_covers(scrub, &p));
	p = sw_prefix_ip6(0, 0, 63); /* across the halves of an address */
	assert_true(sw_scrub_covers(scrub, &p));
	p = sw_prefix_ip6(0, 0, 62);
	assert_false(sw_scrub_covers(scrub, &p));
	sw_scrub_close(scrub);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_prefixes), TEST(test_ranges), TEST(test_bogons),
		TEST(test_formats),  TEST(test_covers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
