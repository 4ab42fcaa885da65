/* SPDX-License-Identifier: GPL-2.0-only */
/* Files as a whole: what is no list, damage, limits, recognition, change. */
#include "support/list_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <zlib.h>

#include "lists/reader.h"

/* ---- refused ---- */

static void test_not_a_file(void **state)
{
	struct fixture *f = *state;
	char fifo[80];

	f->spec.path = "/nonexistent/list";
	fixture_read(f);
	assert_refused(f, -ENOENT, "No such file or directory");
	assert_int_equal(f->counts.entries, 0);
	f->spec.path = "/tmp";
	fixture_read(f);
	assert_refused(f, -EINVAL, "not a regular file");
	f->spec.path = "/dev/zero";
	fixture_read(f);
	assert_refused(f, -EINVAL, "not a regular file");
	snprintf(fifo, sizeof(fifo), "%s.fifo", f->path);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	f->spec.path = fifo;
	fixture_read(f); /* and does not wait for a writer */
	unlink(fifo);
	assert_refused(f, -EINVAL, "not a regular file");
}

static void test_empty(void **state)
{
	struct fixture *f = *state;

	f->spec.max_bad = 0.01;
	fixture_load(f, "");
	assert_refused(f, -ENODATA, "the file is empty");
	fixture_load(f, "# nothing\n\n; here\n");
	assert_refused(f, -ENODATA, "no entries in 3 lines");
	fixture_load(f, "\n");
	assert_refused(f, -ENODATA, "no entries in 1 lines");
	fixture_load(f, "!192.0.2.0/24\n");
	assert_refused(f, -ENODATA, "nothing is listed: all entries are exclusions");
	f->spec.format = SW_LIST_DROP_JSON;
	fixture_load(f, "");
	assert_refused(f, -ENODATA, "the file is empty");
}

#define BYTES(text) (text), sizeof(text) - 1

static void test_no_list(void **state)
{
	static const char html[] = "\n  <!DOCTYPE html>\n<html><body>log in</body></html>\n";
	static const struct {
		const char *data;
		size_t n;
		const char *words;
	} cases[] = {
		{ BYTES("PK\003\004xxxx"),
		  "looks like a zip archive, not a list; unpack or convert it first" },
		{ BYTES("\375"
			"7zXZ\0xxx"),
		  "looks like xz data, not a list; unpack or convert it first" },
		{ BYTES("\377\3761\0.\0"),
		  "looks like UTF-16 text, not a list; unpack or convert it first" },
		{ BYTES("\177ELF\002\001\001\0\0\0\0\0\0\0"),
		  "looks like binary data, not a list" },
		{ BYTES("<?xml version=\"1.0\"?>\n"),
		  "looks like HTML, not a list; a proxy or an error page?" },
		{ BYTES("<ipsets>\n<ipset name=\"x\">\n"),
		  "this is ipset's XML, which is not read; use ipset save" },
		{ BYTES("Name: x\nType: hash:ip\nMembers:\n10.0.0.1\n"),
		  "this is what ipset list prints, which is not read; use ipset save" },
		{ BYTES("{\"nftables\": [{\"metainfo\": {}}]}\n"),
		  "nft's JSON output is not read; use nft list without -j" },
		{ BYTES("[ {\"value\": \"10.0.0.1\"}]\n"),
		  "looks like a JSON array, which is not read; write one address or network a "
		  "line" },
		{ BYTES("['10.0.0.1', '10.0.0.2']\n"),
		  "looks like a JSON array, which is not read; write one address or network a "
		  "line" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fixture_write(f, cases[i].data, cases[i].n);
		fixture_read(f);
		assert_refused(f, -EBADMSG, cases[i].words);
	}
	for (unsigned format = 0; format < SW_LIST_FORMATS; format++) {
		f->spec.format = format;
		fixture_load(f, html);
		assert_refused(f, -EBADMSG,
			       "looks like HTML, not a list; a proxy or an error page?");
	}
}

static void test_share_of_bad_lines(void **state)
{
	struct fixture *f = *state;

	f->spec.max_bad = 0.01;
	f->text[0] = '\0';
	for (int i = 0; i < 98; i++)
		sprintf(f->text + strlen(f->text), "# not counted\n10.0.0.%d\n", i);
	strcat(f->text, "oops\n");
	fixture_load(f, f->text); /* 1 of 99 */
	assert_refused(f, -EBADMSG, "1 of 99 entries are bad, more than 1 percent");
	assert_string_equal(f->notes, "197: \"oops\": not an address\n");
	assert_int_equal(f->counts.bad, 1);
	assert_int_equal(f->counts.entries, 98);
	f->text[0] = '\0';
	for (int i = 0; i < 99; i++)
		sprintf(f->text + strlen(f->text), "10.0.0.%d\n", i);
	strcat(f->text, "oops\n");
	fixture_load(f, f->text); /* 1 of 100 */
	assert_int_equal(f->code, 0);
	assert_int_equal(f->counts.bad, 1);
	strcat(f->text, "oops\n");
	fixture_load(f, f->text); /* 2 of 101 */
	assert_refused(f, -EBADMSG, "2 of 101 entries are bad, more than 1 percent");
	f->spec.max_bad = 0;
	fixture_load(f, "10.0.0.1\noops\n");
	assert_refused(f, -EBADMSG, "1 of 2 entries are bad, more than 0 percent");
}

static void test_nul_and_long_lines(void **state)
{
	static const char nul[] = "10.0.0.1\n10.0.0.2\0junk\n10.0.0.3 # a long enough comment\n";
	struct fixture *f = *state;
	FILE *out;

	fixture_write(f, nul, sizeof(nul) - 1);
	fixture_read(f);
	assert_accepted(f, "10.0.0.1 10.0.0.3");
	assert_string_equal(f->notes, "2: line holds NUL bytes\n");

	out = fopen(f->path, "w");
	assert_non_null(out);
	fprintf(out, "10.0.0.1\n10.0.0.2%*s\n10.0.0.3 #%65526s\n", 10 << 20, "", "");
	fprintf(out, "10.0.0.4 #%65527s\n10.0.0.5", "");
	fclose(out);
	fixture_read(f);
	assert_accepted(f, "10.0.0.1 10.0.0.3 10.0.0.5");
	assert_string_equal(f->notes, "2: line is longer than 65536 bytes\n"
				      "4: line is longer than 65536 bytes\n");
	assert_int_equal(f->counts.lines, 5);

	out = fopen(f->path, "w"); /* nothing but one line of 10 MB */
	assert_non_null(out);
	fprintf(out, "%*s", 10 << 20, "x");
	fclose(out);
	f->spec.max_bad = 0.01;
	fixture_read(f);
	assert_int_equal(f->code, -EBADMSG);
	assert_int_equal(f->counts.lines, 1);
}

/* Lines that end just before, at and behind the edges of the reading buffer. */
static void test_lines_across_buffers(void **state)
{
	struct fixture *f = *state;
	unsigned long lines = 0;
	FILE *out = fopen(f->path, "w");

	assert_non_null(out);
	srandom(7);
	for (unsigned i = 0; i < 60000; i++) {
		fprintf(out, "10.%u.%u.%u%*s\n", i >> 16, i >> 8 & 255, i & 255,
			i % 97 ? (int)(random() % 20) : 65000, "");
		lines++;
	}
	fclose(out);
	fixture_read(f);
	assert_int_equal(f->code, 0);
	assert_string_equal(f->notes, "");
	assert_int_equal(f->counts.lines, lines);
	assert_int_equal(f->counts.entries, lines);
	assert_int_equal(f->list->n4, lines);
	for (unsigned i = 0; i < lines; i++)
		assert_int_equal(f->list->entries4[i].addr, (10u << 24) + i);
}

/* ---- files that somebody writes ---- */

static void append_to_it(void *ctx, enum sw_list_note kind, const char *path, unsigned long line,
			 const char *text)
{
	FILE *out = fopen(path, "a");

	assert_non_null(out);
	fputs("10.9.9.9\n", out);
	fclose(out);
}

static void test_changes_meanwhile(void **state)
{
	struct fixture *f = *state;
	FILE *out = fopen(f->path, "w");

	assert_non_null(out);
	fputs("oops\n", out);
	for (unsigned i = 0; i < 100000; i++) /* more than is read at once */
		fprintf(out, "10.%u.%u.%u\n", i >> 16, i >> 8 & 255, i & 255);
	fclose(out);
	f->code = sw_list_read(&f->spec, append_to_it, f, &f->list, &f->counts, &f->err);
	assert_refused(f, -EAGAIN,
		       "changed while it was read; write another file and rename it to this");
	assert_null(f->list);
	fixture_read(f);
	assert_int_equal(f->code, 0);
	assert_int_equal(f->counts.entries, 100001);
}

/* ---- gzip ---- */

static size_t compress_list(const char *path, unsigned entries)
{
	gzFile gz = gzopen(path, "wb");
	struct stat st;

	assert_non_null(gz);
	for (unsigned i = 0; i < entries; i++)
		gzprintf(gz, "10.%u.%u.%u # %lx\n", i >> 16, i >> 8 & 255, i & 255, random());
	assert_int_equal(gzclose(gz), Z_OK);
	assert_int_equal(stat(path, &st), 0);
	return (size_t)st.st_size;
}

static void test_gzip(void **state)
{
	struct fixture *f = *state;
	size_t size = compress_list(f->path, 100000);
	int fd;

	fixture_read(f);
	assert_int_equal(f->code, 0);
	assert_int_equal(f->counts.entries, 100000);
	assert_string_equal(fixture_find(f, "10.0.0.0") + 0, f->text);
	assert_non_null(strstr(f->text, "1: 10.0.0.0 \""));

	for (size_t cut = 1; cut < 12; cut++) { /* in the trailer, in the data, in the header */
		assert_int_equal(truncate(f->path, (off_t)(cut < 10 ? size - cut : cut)), 0);
		fixture_read(f);
		if (f->code != -EBADMSG || strcmp(f->err.text, "truncated: the gzip data ends "
							       "too early"))
			fail_msg("cut %zu: %d \"%s\"", cut, f->code, f->err.text);
		size = compress_list(f->path, 100000);
	}
	assert_int_equal(truncate(f->path, (off_t)size / 2), 0);
	fixture_read(f);
	assert_refused(f, -EBADMSG, "truncated: the gzip data ends too early");
	assert_int_equal(sw_list_find(&f->spec, &(struct sw_prefix){ .family = 4, .len = 32 },
				      fixture_match, f, NULL),
			 -EBADMSG);

	size = compress_list(f->path, 100000);
	fd = open(f->path, O_WRONLY);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, (off_t)size / 2), 8);
	close(fd);
	fixture_read(f);
	assert_int_equal(f->code, -EBADMSG);
	assert_memory_equal(f->err.text, "damaged gzip data (", 19);
}

static void test_gzip_of_no_list(void **state)
{
	struct fixture *f = *state;
	gzFile gz = gzopen(f->path, "wb");

	gzputs(gz, "<html>\n");
	gzclose(gz);
	fixture_read(f);
	assert_refused(f, -EBADMSG, "looks like HTML, not a list; a proxy or an error page?");
	gz = gzopen(f->path, "wb");
	gzclose(gz);
	fixture_read(f);
	assert_refused(f, -ENODATA, "the file is empty");
}

/* ---- recognition ---- */

static void test_recognition(void **state)
{
	static const struct {
		enum sw_list_format format; /* AUTO: it has to be named */
		const char *text;
	} cases[] = {
		{ SW_LIST_PLAIN, "192.0.2.1" },
		{ SW_LIST_PLAIN, "\xef\xbb\xbf\r\n # x\r\n192.0.2.0/24\r\n" },
		{ SW_LIST_PLAIN, "; Spamhaus DROP List 2026/01/01\n192.0.2.0/24 ; SBL1\n" },
		{ SW_LIST_PLAIN, "2001:db8::/32\n" },
		{ SW_LIST_PLAIN, "192.0.2.1 - 192.0.2.9 # x\n" },
		{ SW_LIST_PLAIN, "192.0.2.1-192.0.2.9\n" },
		{ SW_LIST_PLAIN, "!192.0.2.1\n" },
		{ SW_LIST_PLAIN, "192.0.2.1/24\n" }, /* bad, but what else could it be */
		{ SW_LIST_PLAIN, "header line of a careless list\n192.0.2.1\n192.0.2.2\n" },
		{ SW_LIST_PLAIN, "192.0.2.1\n192.0.2.2 permit\n192.0.2.3\n" },
		{ SW_LIST_PLAIN, "# nothing but this\n" },
		{ SW_LIST_DROP_JSON, "{\"cidr\":\"192.0.2.0/24\"}\n" },
		{ SW_LIST_RBLDNSD_IP4SET, ":127.0.0.2:text\n192.0.2.1\n" },
		{ SW_LIST_RBLDNSD_IP4SET, "192.0.2.1\n192.0.2.2\n192.0.2.3\n:2:text\n127/8\n" },
		{ SW_LIST_RBLDNSD_IP4SET, "$SOA 1 a b 0 1 1 1 1\n192.0.2.1\n" },
		{ SW_LIST_RBLDNSD_IP4SET, ";$NS 1 a\n192.0.2.1 text\n" },
		{ SW_LIST_RBLDNSD_IP4SET, "$1 text\n192.0.2 $1\n" },
		{ SW_LIST_RBLDNSD_IP6TRIE, ":2:x\n# c\n2001:db8:1\n" },
		{ SW_LIST_RBLDNSD_IP6TRIE, "$NS 1 a\n!2001:db8::1\n" },
		{ SW_LIST_IPSET, "create x hash:ip family inet\nadd x 192.0.2.1\n" },
		{ SW_LIST_IPSET, "# saved\nadd x 192.0.2.1\n" },
		{ SW_LIST_NFT, "table inet filter {\n}\n" },
		{ SW_LIST_NFT, "add element inet t s { 192.0.2.1 }\n" },
		{ SW_LIST_NFT, "define x = {\n192.0.2.1\n}\n" },
		{ SW_LIST_NFT, "elements = { 192.0.2.1 }\n" },
		{ SW_LIST_POSTFIX_CIDR, "192.0.2.1 permit\n" },
		{ SW_LIST_POSTFIX_CIDR, "192.0.2.0/24\tREJECT no\n" },
		{ SW_LIST_POSTFIX_CIDR, "[2001:db8::1] 550 no\n" },
		{ SW_LIST_POSTFIX_CIDR, "!192.0.2.1 DUNNO\n" },
		{ SW_LIST_POSTFIX_CIDR, "if 192.0.2.1\n" },
		{ SW_LIST_AUTO, "192.0.2.1 text\n" },
		{ SW_LIST_AUTO, "127.0.0\n" },
		{ SW_LIST_AUTO, "example.org\n" },
		{ SW_LIST_AUTO, "[1, 2]\n" },
		{ SW_LIST_AUTO, "address,reason\n192.0.2.1,spam\n" },
	};
	struct sw_err err;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum sw_list_format format = SW_LIST_AUTO;
		size_t n = strlen(cases[i].text);
		int code = sw_list_recognise(cases[i].text, n, true, &format, &err);

		if (format != cases[i].format || (code == 0) != (format != SW_LIST_AUTO))
			fail_msg("%s for\n%s", sw_list_format_name(format), cases[i].text);
	}
	assert_string_equal(err.text, "format not recognised, first line is \"address,reason\"; "
				      "name it with the option format, or write one address or "
				      "network a line");
}

static void test_format_names(void **state)
{
	enum sw_list_format format;

	for (unsigned i = 0; i < SW_LIST_FORMATS; i++) {
		const char *name = sw_list_format_name((enum sw_list_format)i);

		assert_int_equal(sw_list_format_parse(name, &format), 0);
		assert_int_equal(format, i);
	}
	format = SW_LIST_NFT;
	assert_int_equal(sw_list_format_parse("csv", &format), -EINVAL);
	assert_int_equal(format, SW_LIST_NFT);
	assert_string_equal(sw_list_format_name(SW_LIST_FORMATS), "unknown");
}

/* A format that is named and wrong gives bad lines, and no list. */
static void test_wrong_format(void **state)
{
	struct fixture *f = *state;

	f->spec.max_bad = 0.01;
	for (unsigned i = SW_LIST_DROP_JSON; i < SW_LIST_FORMATS; i++) {
		f->spec.format = (enum sw_list_format)i;
		fixture_load(f, "192.0.2.1 permit\n192.0.2.2 permit\n");
		/* in a zone of IPv4 that is an entry with a text, in a table it is a rule */
		if (i == SW_LIST_RBLDNSD_IP4SET || i == SW_LIST_RBLDNSD_IP4TRIE)
			assert_int_equal(f->code, 0);
		else if (i == SW_LIST_POSTFIX_CIDR || i == SW_LIST_NFT)
			assert_int_equal(f->code, -ENODATA);
		else
			assert_int_equal(f->code, -EBADMSG);
	}
}

/* ---- change ---- */

static int change(uint64_t before, uint64_t now, double factor, uint64_t floor, struct sw_err *err)
{
	/* duplicates do not count */
	struct sw_list_counts a = { .prefixes = before };
	struct sw_list_counts b = { .prefixes = now };

	return sw_list_check_change(&a, &b, factor, floor, err);
}

static void test_change(void **state)
{
	struct sw_err err;

	assert_int_equal(change(1000, 500, 2, 100, &err), 0);
	assert_int_equal(change(1000, 2000, 2, 100, &err), 0);
	assert_int_equal(change(1000, 499, 2, 100, &err), -ERANGE);
	assert_string_equal(err.text, "shrank from 1000 to 499 entries, more than the factor of 2 "
				      "that max-change allows; if that is right, raise max-change "
				      "for once");
	assert_int_equal(change(1000, 2001, 2, 100, &err), -ERANGE);
	assert_memory_equal(err.text, "grew from 1000 to 2001 ", 23);
	assert_int_equal(change(1000, 2001, 0, 100, NULL), 0);
	assert_int_equal(change(10, 99, 2, 100, NULL), 0); /* too small to tell */
	assert_int_equal(change(10, 100, 2, 100, NULL), -ERANGE);
	assert_int_equal(change(100, 1, 2, 100, NULL), -ERANGE);
	assert_int_equal(change(0, 0, 2, 0, NULL), 0);
	assert_int_equal(change(1, 1, 1, 0, NULL), 0);
}

/* ---- bogons ---- */

static bool is_bogon(const char *source)
{
	const struct sw_prefix *bogons;
	struct sw_prefix p;
	size_t n;

	bogons = sw_list_bogons(&n);
	assert_int_equal(sw_addr_parse(source, &p), 0);
	for (size_t i = 0; i < n; i++) {
		if (sw_prefix_contains(&bogons[i], &p))
			return true;
	}
	return false;
}

static void test_bogons(void **state)
{
	static const char *const never[] = {
		"0.0.0.0",
		"0.255.255.255",
		"10.1.2.3",
		"100.64.0.1",
		"100.127.255.255",
		"127.0.0.2",
		"169.254.1.1",
		"172.16.0.1",
		"172.31.255.255",
		"192.0.0.1",
		"192.0.2.1",
		"192.168.255.255",
		"198.18.0.1",
		"198.19.255.255",
		"198.51.100.1",
		"203.0.113.1",
		"224.0.0.1",
		"240.0.0.1",
		"255.255.255.255",
		"::",
		"::1",
		"::192.0.2.1",
		"::ffff:8.8.8.8",
		"64:ff9b:1::1",
		"100::1",
		"100:0:0:1::1",
		"2001:2::1",
		"2001:10::1",
		"2001:db8::1",
		"3fff::1",
		"5f00::1",
		"fc00::1",
		"fdff::1",
		"fe80::1",
		"fec0::1",
		"ff02::1",
	};
	static const char *const senders[] = {
		"1.0.0.0",	   "9.255.255.255",   "11.0.0.0",	  "100.63.255.255",
		"100.128.0.0",	   "126.0.0.1",	      "128.0.0.1",	  "169.253.1.1",
		"172.15.0.1",	   "172.32.0.0",      "192.0.1.0",	  "192.0.3.0",
		"192.88.99.1",	   "198.17.0.1",      "198.20.0.0",	  "198.51.99.1",
		"203.0.112.1",	   "223.255.255.255", "64:ff9b::808:808", "2001::1",
		"2001:4:112::1",   "2001:20::1",      "2001:db7::1",	  "2001:db9::1",
		"2002:808:808::1", "2400::1",	      "2a00::1",	  "2620:4f:8000::1",
		"3ffe::1",
	};

	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		if (!is_bogon(never[i]))
			fail_msg("%s is no bogon", never[i]);
	}
	for (size_t i = 0; i < sizeof(senders) / sizeof(senders[0]); i++) {
		if (is_bogon(senders[i]))
			fail_msg("%s is a bogon", senders[i]);
	}
}

/* ---- words ---- */

static void test_words(void **state)
{
	char out[32];

	assert_string_equal(sw_words_clean("plain", 5, out, 16), "plain");
	assert_string_equal(sw_words_clean("", 0, out, 16), "");
	assert_string_equal(sw_words_clean("a\033[1m\177\n", 7, out, 32), "a\\x1b[1m\\x7f\\x0a");
	assert_string_equal(sw_words_clean("1234567890123", 13, out, 16), "1234567890123");
	assert_string_equal(sw_words_clean("1234567890123456", 16, out, 16), "123456789012...");
	assert_string_equal(sw_words_clean("12345678901\n4", 13, out, 16), "12345678901...");
	assert_string_equal(sw_words_clean("\xc3\xbc\xe2\x82\xac", 5, out, 16),
			    "\xc3\xbc\xe2\x82\xac");
	assert_string_equal(sw_words_clean("\xc3", 1, out, 16), "\\xc3");
	assert_string_equal(sw_words_clean("\xc0\xaf", 2, out, 16), "\\xc0\\xaf");
	assert_string_equal(sw_words_clean("\xed\xa0\x80", 3, out, 16), "\\xed\\xa0\\x80");
	assert_string_equal(sw_words_clean("\xc2\x9b", 2, out, 16), "\\xc2\\x9b"); /* CSI */
	assert_string_equal(sw_words_clean("\xe2\x80\xae", 3, out, 16), "\\xe2\\x80\\xae");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_not_a_file),
		TEST(test_empty),
		TEST(test_no_list),
		TEST(test_share_of_bad_lines),
		TEST(test_nul_and_long_lines),
		TEST(test_lines_across_buffers),
		TEST(test_changes_meanwhile),
		TEST(test_gzip),
		TEST(test_gzip_of_no_list),
		TEST(test_recognition),
		TEST(test_format_names),
		TEST(test_wrong_format),
		TEST(test_change),
		TEST(test_bogons),
		TEST(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
