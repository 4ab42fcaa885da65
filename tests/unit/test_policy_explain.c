/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a policy says what it says: the line of the file, when the file is gone too, and beside a
 * single verdict.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "rules/origin.h"
#include "support/policy_fixture.h"

/* A file that changed, or went, after it was loaded: explain still answers. */
static void test_explain_without_file(void **state)
{
	struct policy_fixture *w = *state;

	folder_write(w->folder, "f", "5.0.0.0/8 ; SBL1\n5.1.0.0/16\n");
	assert_int_equal(policy_load(w, "list a { file = f action = drop }\n", 0), 0);
	unlink(folder_path(w->folder, "f"));
	assert_string_equal(policy_said(w, "5.2.1.1"), "a 5.0.0.0/8");
	assert_string_equal(policy_explained(w, "5.2.1.1"), "a 5.0.0.0/8: nothing else is said");
}

static void test_explain_lines(void **state)
{
	struct policy_fixture *w = *state;
	struct sw_policy_match *matches;
	struct sw_prefix source;
	size_t n;

	folder_write(w->folder, "f", "# c\n\n5.0.0.0/8 ; SBL1\n");
	assert_int_equal(policy_load(w, "list a { file = f action = drop }\n", 0), 0);
	assert_int_equal(sw_addr_parse("5.1.1.1", &source), 0);
	assert_int_equal(sw_policy_explain(w->policy[0], &source, NULL, &matches, &n, NULL), 0);
	assert_int_equal(n, 1);
	assert_int_equal(matches[0].entry.line, 3);
	assert_non_null(strstr(matches[0].entry.text, "SBL1"));
	assert_ptr_equal(matches[0].list, &w->policy[0]->lists[0]);
	sw_policy_matches_free(matches, n);
}

static void test_explain_a_hole_of_the_same_length(void **state)
{
	struct policy_fixture *w = *state;

	folder_write(w->folder, "f", "5.1.0.0/16\n!5.1.0.0/16\n!2a05::/32\n2a05::/32\n");
	assert_int_equal(policy_load(w, "list a { file = f action = drop }\n", 0), 0);
	assert_string_equal(policy_said(w, "5.1.1.1"), "unlisted");
	assert_string_equal(policy_said(w, "2a05::1"), "unlisted");
	assert_string_equal(policy_explained(w, "5.1.1.1"),
			    "not a 5.1.0.0/16: an exclusion: the list says nothing of it");
}

/* What wins with one verdict, of origin dns, on the source, and why. */
static const char *explained_with(const struct policy_fixture *w, const char *address,
				  uint8_t action)
{
	static char text[256];
	struct sw_verdict verdict = { .origin = SW_ORIGIN_DNS, .action = action, .expires_ms = 1 };
	const struct sw_policy_verdicts verdicts = { .all = &verdict, .n = 1 };
	struct sw_policy_match *matches;
	size_t n;

	assert_int_equal(sw_addr_parse(address, &verdict.source), 0);
	assert_int_equal(
		sw_policy_explain(w->policy[0], &verdict.source, &verdicts, &matches, &n, NULL), 0);
	assert_true(n && matches[0].wins);
	snprintf(text, sizeof(text), "%s: %s", w->policy[0]->class[matches[0].class].name,
		 matches[0].why);
	sw_policy_matches_free(matches, n);
	return text;
}

/* As the table has it: datapath and maps/layers.c. */
static void test_explain_what_dns_says(void **state)
{
	struct policy_fixture *w = *state;

	folder_write(w->folder, "dialup", "5.1.0.0/16\n5.1.1.1\n");
	folder_write(w->folder, "block", "5.2.0.0/16\n");
	folder_write(w->folder, "shadow", "5.3.0.0/16\n");
	assert_int_equal(
		policy_load(w,
			    "list dialup { file = dialup action = drop tier = dialup }\n"
			    "list block { file = block action = drop }\n"
			    "list shadow { file = shadow action = drop enforce = false }\n",
			    0),
		0);
	assert_string_equal(explained_with(w, "5.1.1.1", SW_ACTION_LIMIT),
			    "dns-limit: a verdict on just this source");
	assert_string_equal(explained_with(w, "5.1.1.1", SW_ACTION_PASS), "dialup: higher tier");
	assert_string_equal(explained_with(w, "5.2.1.1", SW_ACTION_DROP), "block: higher tier");
	assert_string_equal(explained_with(w, "5.3.1.1", SW_ACTION_PASS),
			    "dns-clear: enforced, the others are in shadow");
	assert_string_equal(explained_with(w, "5.4.1.1", SW_ACTION_PASS),
			    "dns-clear: nothing else is said");
}

/* One that this version has no class for is enforced by nobody. */
static void test_explain_a_verdict_of_a_later_version(void **state)
{
	struct policy_fixture *w = *state;
	struct sw_verdict verdict = { .origin = 200, .action = SW_ACTION_DROP };
	const struct sw_policy_verdicts verdicts = { .all = &verdict, .n = 1 };
	struct sw_policy_match *matches;
	size_t n;

	folder_write(w->folder, "f", "5.1.0.0/16\n");
	assert_int_equal(policy_load(w, "list a { file = f action = drop }\n", 0), 0);
	assert_int_equal(sw_addr_parse("5.1.1.1", &verdict.source), 0);
	assert_int_equal(
		sw_policy_explain(w->policy[0], &verdict.source, &verdicts, &matches, &n, NULL), 0);
	assert_int_equal(n, 1);
	assert_ptr_equal(matches[0].list, &w->policy[0]->lists[0]);
	assert_string_equal(matches[0].why, "nothing else is said");
	sw_policy_matches_free(matches, n);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, policy_setup, policy_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_explain_without_file),
		TEST(test_explain_lines),
		TEST(test_explain_a_hole_of_the_same_length),
		TEST(test_explain_what_dns_says),
		TEST(test_explain_a_verdict_of_a_later_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
