/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a policy says of a source: precedence, holes, shadow, never-block, entries of all the
 * internet; and that look-up, explain and the flat table agree on it, for random lists too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "support/policy_fixture.h"

static void test_precedence(void **state)
{
	struct policy_fixture *w = *state;

	folder_write(w->folder, "block", "5.0.0.0/8\n2a05::/16\n5.9.9.9\n");
	folder_write(w->folder, "limit", "5.1.0.0/16\n5.2.0.0/16\n2a05:1::/32\n6.0.0.0/8\n");
	folder_write(w->folder, "limit2", "5.2.0.0/16\n");
	folder_write(w->folder, "allow", "5.1.1.0/24\n4.0.0.0/7\n2a05:1:1::/48\n");
	folder_write(w->folder, "dialup", "5.3.3.3\n7.0.0.0/8\n");
	assert_int_equal(policy_load(w,
				     "never-block = {5.9.0.0/16, 2a05:9::/32}\n"
				     "list limit2 { file = limit2 action = drop }\n"
				     "list dialup { file = dialup action = drop tier = dialup }\n"
				     "list limit { file = limit action = limit rate = 1/s }\n"
				     "list block { file = block action = drop }\n",
				     0),
			 0);
	assert_string_equal(policy_said(w, "4.255.255.255"), "unlisted");
	assert_string_equal(policy_said(w, "5.0.0.0"), "block 5.0.0.0/8");
	assert_string_equal(policy_said(w, "5.255.255.255"), "block 5.0.0.0/8");
	assert_string_equal(policy_said(w, "5.1.2.3"), "limit 5.1.0.0/16"); /* longer */
	assert_string_equal(policy_said(w, "5.2.2.3"), "limit2 5.2.0.0/16"); /* harsher */
	assert_string_equal(policy_said(w, "5.3.3.3"), "block 5.0.0.0/8"); /* higher tier */
	assert_string_equal(policy_said(w, "7.1.1.1"), "dialup 7.0.0.0/8");
	assert_string_equal(policy_said(w, "5.9.9.9"), "never-block 5.9.0.0/16");
	assert_string_equal(policy_said(w, "2a05:1::1"), "limit 2a05:1::/32");
	assert_string_equal(policy_said(w, "2a05:2::1"), "block 2a05::/16");
	assert_string_equal(policy_said(w, "2a05:9::1"), "never-block 2a05:9::/32");
	assert_string_equal(policy_said(w, "2a06::1"), "unlisted");
	assert_string_equal(policy_explained(w, "5.2.2.3"),
			    "limit2 5.2.0.0/16: harsher action; limit 5.2.0.0/16: milder action; "
			    "block 5.0.0.0/8: shorter prefix");
	assert_string_equal(policy_explained(w, "5.3.3.3"),
			    "block 5.0.0.0/8: higher tier; dialup 5.3.3.3: lower tier");
	assert_string_equal(policy_explained(w, "7.1.1.1"),
			    "dialup 7.0.0.0/8: nothing else is said");
	assert_string_equal(policy_explained(w, "4.0.0.1"), "");

	assert_int_equal(policy_load(w,
				     "list limit { file = limit action = limit rate = 1/s }\n"
				     "list block { file = block action = drop }\n"
				     "list allow { file = allow action = allow }\n",
				     0),
			 0);
	assert_string_equal(policy_said(w, "5.1.2.3"), "allow 4.0.0.0/7");
	assert_string_equal(policy_said(w, "5.1.1.3"), "allow 5.1.1.0/24");
	assert_string_equal(policy_said(w, "2a05:1:1::3"), "allow 2a05:1:1::/48");
	assert_string_equal(policy_said(w, "6.1.1.1"), "limit 6.0.0.0/8");
	assert_string_equal(policy_explained(w, "5.1.1.3"),
			    "allow 5.1.1.0/24: higher tier; limit 5.1.0.0/16: lower tier; "
			    "block 5.0.0.0/8: lower tier; allow 4.0.0.0/7: its list has a longer "
			    "entry");
}

/* One whose entry was taken back by a bad prefix length must not load at all. */
static void test_bits_below_length(void **state)
{
	struct policy_fixture *w = *state;

	folder_write(w->folder, "f", "5.0.0.0/7\n");
	assert_int_equal(policy_load(w, "list a { file = f action = drop }\n", 0), 0);
	assert_null(w->policy[0]->lists[0].list);
	assert_string_equal(policy_said(w, "5.1.1.1"), "unlisted");
}

static void test_exclusions(void **state)
{
	struct policy_fixture *w = *state;

	folder_write(w->folder, "a",
		     "5.0.0.0/8\n!5.1.0.0/16\n5.1.1.0/24\n!5.1.1.7\n"
		     "2a05::/16\n!2a05:1::/32\n");
	folder_write(w->folder, "b", "5.1.0.0/20\n");
	assert_int_equal(policy_load(w,
				     "list a { file = a action = drop }\n"
				     "list b { file = b action = limit rate = 1/s }\n",
				     0),
			 0);
	assert_string_equal(policy_said(w, "5.2.0.1"), "a 5.0.0.0/8");
	assert_string_equal(policy_said(w, "5.1.1.1"), "a 5.1.1.0/24");
	assert_string_equal(policy_said(w, "5.1.1.7"), "b 5.1.0.0/20"); /* the hole is a's alone */
	assert_string_equal(policy_said(w, "5.1.2.1"), "b 5.1.0.0/20");
	assert_string_equal(policy_said(w, "5.1.99.1"), "unlisted");
	assert_string_equal(policy_said(w, "2a05:1::1"), "unlisted");
	assert_string_equal(policy_said(w, "2a05:2::1"), "a 2a05::/16");
	assert_string_equal(policy_explained(w, "5.1.99.1"),
			    "not a 5.1.0.0/16: an exclusion: the list says nothing of it; "
			    "a 5.0.0.0/8: excluded by a longer entry of its list");
}

static void test_shadow(void **state)
{
	struct policy_fixture *w = *state;

	folder_write(w->folder, "trial", "5.0.0.0/8\n5.1.1.1\n");
	folder_write(w->folder, "block", "5.1.0.0/16\n");
	assert_int_equal(
		policy_load(w,
			    "list trial { file = trial action = drop enforce = false }\n"
			    "list try-allow { file = trial action = allow enforce = false }\n"
			    "list block { file = block action = limit rate = 1/s "
			    "tier = dialup }\n",
			    0),
		0);
	assert_string_equal(policy_said(w, "5.1.1.1"), "block 5.1.0.0/16");
	assert_string_equal(policy_said(w, "5.2.1.1"), "try-allow 5.0.0.0/8");
	assert_int_equal(strncmp(policy_explained(w, "5.1.1.1"),
				 "block 5.1.0.0/16: enforced, the others are in shadow; "
				 "try-allow 5.1.1.1: in shadow: it gives way to what is enforced",
				 110),
			 0);
}

static void test_scrub(void **state)
{
	struct policy_fixture *w = *state;

	folder_write(w->folder, "f", "10.0.0.0/8\n5.5.0.0/16\n192.168.1.1\n5.6.7.8\n");
	assert_int_equal(policy_load(w,
				     "never-block = {5.5.5.0/24, 5.6.0.0/16}\n"
				     "list a { file = f action = drop }\n"
				     "list b { file = f action = drop scrub = false }\n"
				     "list c { file = f action = allow enforce = false }\n",
				     0),
			 0);
	assert_string_equal(policy_said(w, "10.1.1.1"), "b 10.0.0.0/8");
	assert_string_equal(policy_said(w, "5.5.5.5"), "never-block 5.5.5.0/24");
	assert_string_equal(policy_said(w, "5.5.6.5"), "a 5.5.0.0/16");
	assert_int_equal(w->policy[0]->lists[0].list->counts.scrubbed, 4);
	assert_int_equal(w->policy[0]->lists[1].list->counts.scrubbed, 2);
	assert_int_equal(w->policy[0]->lists[2].list->counts.scrubbed, 0);
	assert_non_null(strstr(w->notes, "f:1: scrubbed: 10.0.0.0/8"));
	assert_non_null(strstr(w->notes, "f:4: scrubbed: 5.6.7.8"));
}

/* All of the internet by one line: an allow list may, and who says so. */
static void test_wide(void **state)
{
	struct policy_fixture *w = *state;

	folder_write(w->folder, "f", "0.0.0.0/0\n5.5.0.0/16\n");
	assert_int_equal(
		policy_load(w,
			    "list a { file = f action = drop max-bad = \"50%\" }\n"
			    "list b { file = f action = limit rate = \"6/min\" }\n"
			    "list c { file = f action = drop scrub = false enforce = false }\n",
			    0),
		0);
	assert_string_equal(policy_said(w, "5.5.1.1"), "a 5.5.0.0/16");
	assert_string_equal(policy_said(w, "9.9.9.9"), "c 0.0.0.0/0");
	assert_null(w->policy[0]->lists[1].list);
	assert_non_null(strstr(w->notes, "f:1: covers all of the IPv4 internet: \"0.0.0.0/0\""));
	assert_non_null(strstr(w->policy[0]->lists[1].problem, "1 of 2 entries are bad"));
	assert_int_equal(policy_load(w, "list a { file = f action = allow }\n", 0), 0);
	assert_string_equal(policy_said(w, "9.9.9.9"), "a 0.0.0.0/0");
}

/* ---- many random lists: the two ways to find a class agree ---- */

static uint64_t seed = 88172645463325252ull;

static unsigned dice(unsigned sides)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % sides;
}

/* Addresses close together, so that prefixes nest and touch. */
static struct sw_prefix random_prefix(bool six)
{
	if (six)
		return sw_prefix_ip6(0x2a05000000000000ull | (uint64_t)dice(16) << 28 | dice(16),
				     (uint64_t)dice(4) << 62 | dice(4), 16 + dice(113));
	return sw_prefix_ip4(0x05050000u | dice(1 << 11), 16 + dice(17));
}

static void write_random(struct policy_fixture *w, const char *name)
{
	char text[16384] = "", buf[SW_PREFIX_TEXT];
	size_t n = 0;

	for (unsigned i = 5 + dice(200); i-- > 0;) {
		struct sw_prefix p = random_prefix(dice(2));

		n += (size_t)sprintf(text + n, "%s%s\n", dice(4) ? "" : "!",
				     sw_prefix_format(&p, buf));
	}
	n += (size_t)sprintf(text + n, "5.5.0.0/16\n");
	folder_write_bytes(w->folder, name, text, n);
}

static void test_random(void **state)
{
	static const char lists[] =
		"never-block = {5.5.1.0/30, 2a05::/124}\n"
		"list a { file = a action = drop max-change = 0 }\n"
		"list b { file = b action = limit rate = 1/s max-change = 0 }\n"
		"list c { file = c action = allow max-change = 0 }\n"
		"list d { file = d action = drop tier = dialup max-change = 0 }\n"
		"list e { file = e action = drop enforce = false max-change = 0 }\n";
	struct policy_fixture *w = *state;
	char name[2] = "a";

	for (int round = 0; round < 40; round++) {
		for (name[0] = 'a'; name[0] <= 'e'; name[0]++)
			write_random(w, name);
		assert_int_equal(policy_load(w, lists, 0), 0);
		for (int i = 0; i < 400; i++) {
			struct sw_prefix p = random_prefix(i & 1), by;
			struct sw_prefix ends[2] = { sw_prefix_truncate(&p, p.len),
						     sw_prefix_last(&p) };

			for (int k = 0; k < 2; k++) {
				ends[k].len = (uint8_t)sw_prefix_full(&p);
				assert_int_equal(sw_policy_lookup(w->policy[0], &ends[k], &by),
						 policy_in_table(w->policy[0], &ends[k]));
				assert_true(sw_prefix_contains(&by, &ends[k]));
			}
			if (i < 10) {
				char buf[SW_PREFIX_TEXT];

				policy_said(w, sw_prefix_format(&ends[1], buf));
			}
		}
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, policy_setup, policy_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_precedence), TEST(test_bits_below_length),
		TEST(test_exclusions), TEST(test_shadow),
		TEST(test_scrub),      TEST(test_wide),
		TEST(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
