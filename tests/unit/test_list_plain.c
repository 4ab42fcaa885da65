/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists of addresses, prefixes and ranges, and what all formats share: scrubbing,
 * duplicates, exclusions, finding. */
#include "support/list_fixture.h"
#include "support/rounds.h"

static void test_what_is_understood(void **state)
{
	struct fixture *f = *state;

	fixture_load(f, "\xef\xbb\xbf# a comment\n"
			"; another\r\n"
			"\n"
			"   \t \n"
			"192.0.2.1\n"
			"  192.0.2.8/29\t# words\r\n"
			"198.51.100.0/24 ; SBL1\n"
			"203.0.113.1-203.0.113.3\n"
			"203.0.113.8 - 203.0.113.11   # range\n"
			"2001:db8::/32\n"
			"2001:db9::1-2001:db9::2\n"
			"! 192.0.2.9\n"
			"!2001:db8:1::/48#x\n"
			"192.0.3.1"); /* no newline at the end */
	assert_accepted(f, "192.0.2.1 192.0.2.8/29 !192.0.2.9 192.0.3.1 198.51.100.0/24 "
			   "203.0.113.1 203.0.113.2/31 203.0.113.8/30 2001:db8::/32 "
			   "!2001:db8:1::/48 2001:db9::1 2001:db9::2");
	assert_string_equal(f->notes, "");
	assert_int_equal(f->counts.format, SW_LIST_PLAIN);
	assert_int_equal(f->counts.lines, 14);
	assert_int_equal(f->counts.entries, 10);
	assert_int_equal(f->counts.exclusions, 2);
	assert_int_equal(f->counts.duplicates, 0);
	assert_int_equal(f->counts.scrubbed, 0);
	assert_int_equal(f->counts.bad, 0);
}

static void test_what_is_bad(void **state)
{
	struct fixture *f = *state;

	fixture_load(f, "192.0.2.1\n"
			"192.0.2.1/24\n"
			"192.0.2.0/33\n"
			"010.0.2.1\n"
			"192.0.2\n"
			"example.org\n"
			"192.0.2.1 permit\n"
			"192.0.2.1, 192.0.2.2\n"
			"192.0.2.9-192.0.2.1\n"
			"192.0.2.9 - 2001:db8::1\n"
			"192.0.2.0/24-192.0.3.0/24\n"
			"192.0.2.1-\n"
			"-192.0.2.1\n"
			"!\n"
			"2001:db8::1/64\n"
			"2001:db8::/129\n"
			"fe80::1%eth0\n"
			"192.0.2.2/024\n"
			"192.0.2.1 - 192.0.2.3 - 192.0.2.4\n"
			"\x1b[2Jboo \xff\n");
	assert_accepted(f, "192.0.2.1");
	assert_string_equal(
		f->notes,
		"2: \"192.0.2.1/24\" has bits set below its length; \"192.0.2.0/24\" was "
		"probably meant\n"
		"3: \"192.0.2.0/33\": prefix length out of range\n"
		"4: \"010.0.2.1\": leading zeros are ambiguous (octal or decimal?)\n"
		"5: \"192.0.2\": not an address\n"
		"6: \"example.org\": not an address\n"
		"7: text behind the address: \"permit\" (comments start with # or ;)\n"
		"8: \"192.0.2.1,\": not an address\n"
		"9: range ends before it starts\n"
		"10: range mixes IPv4 and IPv6\n"
		"11: \"192.0.2.0/24\" in a range: both ends must be single addresses\n"
		"12: \"\": not an address\n"
		"13: \"\": not an address\n"
		"14: \"\": not an address\n"
		"15: \"2001:db8::1/64\" has bits set below its length; \"2001:db8::/64\" was "
		"probably meant\n"
		"16: \"2001:db8::/129\": prefix length out of range\n"
		"17: \"fe80::1%eth0\": not an address\n"
		"18: \"192.0.2.2/024\": not an address\n"
		"19: text behind the address: \"- 192.0.2.4\" (comments start with # or ;)\n"
		"20: \"\\x1b[2Jboo\": not an address\n");
	assert_int_equal(f->counts.bad, 19);
	assert_int_equal(f->counts.entries, 1);
}

/* As the card sees them: the IPv4 address in it comes over the wire. */
static void test_ip4_in_ip6(void **state)
{
	struct fixture *f = *state;

	fixture_load(f, "::ffff:192.0.2.1\n"
			"::FFFF:c000:280/121 # words\n"
			"::ffff:192.0.3.0 - ::ffff:192.0.3.255\n"
			"192.0.4.1-::ffff:192.0.4.2\n"
			"!::ffff:192.0.2.129\n"
			"::fffe:0:0/95\n");
	assert_accepted(f, "192.0.2.1 192.0.2.128/25 !192.0.2.129 192.0.3.0/24 192.0.4.1 "
			   "192.0.4.2 ::fffe:0:0/95");
	assert_string_equal(f->notes, "");
	assert_string_equal(fixture_find(f, "192.0.2.200"), "2: 192.0.2.128/25 \"words\"\n");
	f->spec.narrow = true;
	fixture_load(f, "::ffff:0:0/96\n192.0.2.1\n");
	assert_accepted(f, "192.0.2.1");
	assert_int_equal(strncmp(f->notes, "1: covers all of the IPv4 internet", 34), 0);
}

static void test_duplicates_and_exclusions(void **state)
{
	struct fixture *f = *state;

	fixture_load(f, "192.0.2.1\n192.0.2.1\n192.0.2.1/32\n" /* two too many */
			"!192.0.2.2\n192.0.2.2\n!192.0.2.2\n" /* one too many; excluded */
			"192.0.2.0/30\n"
			"2001:db8::\n2001:db8::\n!2001:db8::\n");
	assert_accepted(f, "192.0.2.0/30 192.0.2.1 !192.0.2.2 !2001:db8::");
	assert_int_equal(f->counts.entries, 10);
	assert_int_equal(f->counts.duplicates, 4);
	assert_int_equal(f->counts.exclusions, 3);
}

static void test_scrubbing(void **state)
{
	static const char *const never[] = { "10.0.0.0/8", "192.0.2.128/25", "192.0.2.192/26",
					     "2001:db8::/32", "198.51.100.7" };
	struct sw_prefix scrub[5];
	struct fixture *f = *state;

	for (size_t i = 0; i < 5; i++)
		assert_int_equal(sw_prefix_parse(never[i], strlen(never[i]), &scrub[i]), 0);
	f->spec.scrub = scrub;
	f->spec.scrub_n = 5;
	fixture_load(f, "10.0.0.0/8\n"
			"10.1.2.3\n"
			"10.1.2.3\n" /* counted as scrubbed, not as a duplicate */
			"192.0.0.0/16\n"
			"192.0.2.130\n"
			"!192.0.2.131\n" /* a hole does no harm */
			"0.0.0.0/0\n"
			"11.0.0.0/8\n"
			"198.51.100.6-198.51.100.8\n"
			"2001:db8:1::/48\n"
			"2000::/4\n");
	assert_accepted(f, "0.0.0.0/0 !10.0.0.0/8 11.0.0.0/8 192.0.0.0/16 !192.0.2.128/25 "
			   "!192.0.2.131 198.51.100.6/31 !198.51.100.7 198.51.100.8 "
			   "2000::/4 !2001:db8::/32");
	assert_string_equal(f->notes,
			    "1: scrubbed: 10.0.0.0/8 is in 10.0.0.0/8, which must not be "
			    "listed: left out\n"
			    "2: scrubbed: 10.1.2.3 is in 10.0.0.0/8, which must not be listed: "
			    "left out\n"
			    "3: scrubbed: 10.1.2.3 is in 10.0.0.0/8, which must not be listed: "
			    "left out\n"
			    "4: scrubbed: 192.0.0.0/16 contains 192.0.2.128/25, which must not "
			    "be listed: a hole was made\n"
			    "5: scrubbed: 192.0.2.130 is in 192.0.2.128/25, which must not be "
			    "listed: left out\n"
			    "7: scrubbed: 0.0.0.0/0 contains 10.0.0.0/8 and 2 more, which must "
			    "not be listed: a hole was made\n"
			    "9: scrubbed: 198.51.100.6/31 contains 198.51.100.7, which must not "
			    "be listed: a hole was made\n"
			    "10: scrubbed: 2001:db8:1::/48 is in 2001:db8::/32, which must not "
			    "be listed: left out\n"
			    "11: scrubbed: 2000::/4 contains 2001:db8::/32, which must not be "
			    "listed: a hole was made\n");
	assert_int_equal(f->counts.scrubbed, 9);
	assert_int_equal(f->counts.entries, 11);
	assert_int_equal(f->counts.exclusions, 1);
	assert_int_equal(f->counts.duplicates, 0);

	/* all of it scrubbed: that is no broken file */
	fixture_load(f, "10.0.0.1\n");
	assert_accepted(f, "");
	assert_int_equal(f->counts.scrubbed, 1);
}

/* Shorter than the octet by which most entries are known to touch nothing. */
static void test_scrubbing_in_the_second_octet(void **state)
{
	const struct sw_prefix loopback = sw_prefix_ip4(0x7f000000, 8);
	struct fixture *f = *state;

	f->spec.scrub = &loopback;
	f->spec.scrub_n = 1;
	fixture_load(f, "126.0.0.0/7\n128.0.0.0/8\n");
	assert_accepted(f, "126.0.0.0/7 !127.0.0.0/8 128.0.0.0/8");
}

static void test_many_notes_are_cut_short(void **state)
{
	struct fixture *f = *state;
	struct sw_prefix ten = sw_prefix_ip4(10u << 24, 8);
	unsigned notes = 0;

	f->spec.scrub = &ten;
	f->spec.scrub_n = 1;
	for (int i = 0; i < 250; i++)
		strcat(f->text, "nonsense\n10.0.0.1\n");
	fixture_load(f, f->text);
	for (const char *p = f->notes; *p; p++)
		notes += *p == '\n';
	assert_int_equal(notes, 202);
	assert_non_null(strstr(f->notes, "\n0: 150 more bad lines\n"));
	assert_non_null(strstr(f->notes, "\n0: scrubbed: 150 more entries\n"));
	assert_int_equal(f->counts.bad, 250);
	assert_int_equal(f->counts.scrubbed, 250);
}

static void test_find(void **state)
{
	struct fixture *f = *state;
	struct sw_prefix range = sw_prefix_ip4(192u << 24 | 2 << 8 | 64, 26);

	fixture_load(f, "192.0.0.0/16 ; SBL7\n"
			"192.0.2.1\n"
			"192.0.2.1 # again\n"
			"!192.0.2.2 # good one\n"
			"192.0.2.2\n"
			"192.0.2.64/27\n"
			"192.0.2.0/24\n"
			"2001:db8::/32 # \xc3\xbc \x1b[1m\xff\n");
	f->spec.scrub = &range;
	f->spec.scrub_n = 1;
	assert_string_equal(fixture_find(f, "192.0.2.1"), "1: 192.0.0.0/16 \"SBL7\"\n"
							  "7: 192.0.2.0/24 \"192.0.2.0/24\"\n"
							  "2: 192.0.2.1 \"192.0.2.1\"\n");
	assert_string_equal(fixture_find(f, "192.0.2.2"), "1: 192.0.0.0/16 \"SBL7\"\n"
							  "7: 192.0.2.0/24 \"192.0.2.0/24\"\n"
							  "4: !192.0.2.2 \"good one\"\n");
	assert_string_equal(fixture_find(f, "192.0.2.64"),
			    "1: 192.0.0.0/16 \"SBL7\"\n"
			    "7: 192.0.2.0/24 \"192.0.2.0/24\"\n"
			    "1: !192.0.2.64/26 \"a hole for a range that must not be listed\"\n");
	assert_string_equal(fixture_find(f, "192.0.2.0/25"), "1: 192.0.0.0/16 \"SBL7\"\n"
							     "7: 192.0.2.0/24 \"192.0.2.0/24\"\n");
	assert_string_equal(fixture_find(f, "2001:db8::/64"),
			    "8: 2001:db8::/32 \"\xc3\xbc \\x1b[1m\\xff\"\n");
	assert_string_equal(fixture_find(f, "203.0.113.1"), "");
	assert_int_equal(f->code, 0);
}

static int stop(void *ctx, const struct sw_list_match *match)
{
	++*(int *)ctx;
	return 17;
}

static void test_find_stops(void **state)
{
	struct fixture *f = *state;
	struct sw_prefix p = sw_prefix_ip4(192u << 24 | 2 << 8 | 1, 32);
	int calls = 0;

	fixture_load(f, "192.0.2.1\n192.0.0.0/16\n");
	assert_int_equal(sw_list_find(&f->spec, &p, stop, &calls, NULL), 17);
	assert_int_equal(calls, 1);
	f->spec.path = "/nonexistent";
	assert_int_equal(sw_list_find(&f->spec, &p, stop, &calls, &f->err), -ENOENT);
	assert_int_equal(calls, 1);
}

/* Random lists of small overlapping prefixes: what was read in and what is found in
 * the file say the same of every address. */
static void test_find_agrees_with_read(void **state)
{
	struct fixture *f = *state;
	struct sw_prefix scrub[2] = { sw_prefix_ip4(10u << 24 | 16, 29),
				      sw_prefix_ip4(10u << 24 | 40, 31) };

	srandom(4);
	f->spec.scrub = scrub;
	f->spec.scrub_n = 2;
	for (int round = 0; round < rounds(200); round++) {
		char text[4096] = "10.0.1.0\n";

		for (int i = (int)(random() % 40); i >= 0; i--) {
			struct sw_prefix p = sw_prefix_ip4(10u << 24 | (random() & 63),
							   26 + (unsigned)random() % 7);
			char buf[SW_PREFIX_TEXT];

			sprintf(text + strlen(text), "%s%s\n", random() % 3 ? "" : "!",
				sw_prefix_format(&p, buf));
		}
		fixture_load(f, text);
		assert_int_equal(f->code, 0);
		for (unsigned host = 0; host < 64; host++) {
			struct sw_prefix p = sw_prefix_ip4(10u << 24 | host, 32);
			char buf[SW_PREFIX_TEXT];
			const char *found = fixture_find(f, sw_prefix_format(&p, buf)), *last;

			/* the last line is the longest prefix */
			for (last = found + strlen(found); last > found + 1; last--) {
				if (last[-1] == '\n' && *last)
					break;
			}
			last = strchr(last, ' ');
			assert_int_equal(last && last[1] != '!', fixture_lists(f->list, &p));
			if ((host & ~7u) == 16 || (host & ~1u) == 40)
				assert_false(fixture_lists(f->list, &p));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_is_understood, fixture_setup,
						fixture_teardown),
		cmocka_unit_test_setup_teardown(test_what_is_bad, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_ip4_in_ip6, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_duplicates_and_exclusions, fixture_setup,
						fixture_teardown),
		cmocka_unit_test_setup_teardown(test_scrubbing, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_scrubbing_in_the_second_octet, fixture_setup,
						fixture_teardown),
		cmocka_unit_test_setup_teardown(test_many_notes_are_cut_short, fixture_setup,
						fixture_teardown),
		cmocka_unit_test_setup_teardown(test_find, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_find_stops, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_find_agrees_with_read, fixture_setup,
						fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
