/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the lists of a config to rows of classes: what each row holds, which number it gets, and
 * that numbers stay, or are not taken from what is still in use, over reloads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "rules/precedence.h"
#include "support/policy_fixture.h"

static void test_rows(void **state)
{
	struct policy_fixture *w = *state;
	const struct sw_class *row;

	folder_write(w->folder, "f", "5.0.0.0/8\n");
	assert_int_equal(policy_load(w,
				     "list a { file = f action = drop }\n"
				     "list b { file = f action = limit rate = 6/min burst = 3 "
				     "network-rate = 12/min network-burst = 7 }\n"
				     "list c { file = f action = limit rate = 1000/s burst = 10 }\n"
				     "list d { file = f action = limit rate = 1/d burst = 1 }\n"
				     "list e { file = f action = allow enforce = false }\n"
				     "list f { file = f action = limit tier = dialup rate = 1/h "
				     "burst = 24 }\n",
				     0),
			 0);
	row = w->policy[0]->class;
	assert_string_equal(row[0].name, "unlisted");
	assert_int_equal(row[0].action, SW_ACTION_PASS);
	assert_string_equal(row[1].name, "never-block");
	assert_int_equal(row[1].action, SW_ACTION_ALLOW);
	for (unsigned c = SW_CLASS_OPERATOR_ALLOW; c < 6; c++) {
		assert_int_equal(row[c].action, c % 2 ? SW_ACTION_DROP : SW_ACTION_ALLOW);
		assert_int_equal(row[c].flags, c >= 4 ? SW_CLASS_TEMPORARY : 0);
		assert_int_equal(row[c].tier, SW_TIER_OPERATOR);
	}
	assert_string_equal(row[SW_CLASS_OPERATOR_BLOCK_TEMPORARY].name,
			    "operator-block-temporary");
	for (unsigned c = 6; c < SW_CLASS_FIRST_LIST; c++)
		if ((c < SW_CLASS_DNS_CLEAR || c > SW_CLASS_DNS_DIALUP_DROP) &&
		    (c < SW_CLASS_BOUNCE_LOCK || c > SW_CLASS_COMPLAINT_BLOCK) &&
		    (c < SW_CLASS_OPERATOR_REJECT || c > SW_CLASS_DESK_DROP))
			assert_int_equal(row[c].action, SW_ACTION_NONE);
	for (unsigned c = SW_CLASS_BOUNCE_LOCK; c <= SW_CLASS_COMPLAINT_BLOCK; c++) {
		bool ends = c == SW_CLASS_BOUNCE_LOCK_TEMPORARY;

		assert_int_equal(row[c].action, SW_ACTION_DROP);
		assert_int_equal(row[c].flags, ends ? SW_CLASS_TEMPORARY : 0);
		assert_int_equal(row[c].tier, SW_TIER_ABUSE);
	}
	assert_string_equal(row[SW_CLASS_BOUNCE_LOCK].name, "bounce-lock");
	assert_string_equal(row[SW_CLASS_COMPLAINT_BLOCK].name, "complaint-block");
	for (unsigned c = SW_CLASS_DNS_CLEAR; c <= SW_CLASS_DNS_DIALUP_DROP; c++) {
		bool clear = c == SW_CLASS_DNS_CLEAR;

		assert_int_equal(row[c].flags, SW_CLASS_TEMPORARY);
		assert_int_equal(row[c].tier, clear ? SW_TIER_NONE : SW_TIER_DIALUP);
		assert_int_equal(row[c].interval, row[c].action == SW_ACTION_LIMIT ? 152588 : 0);
	}
	assert_string_equal(row[SW_CLASS_DNS_CLEAR].name, "dns-clear");
	assert_int_equal(row[SW_CLASS_DNS_CLEAR].action, SW_ACTION_PASS);
	assert_int_equal(row[SW_CLASS_DNS_REJECT].action, SW_ACTION_REJECT);
	assert_int_equal(row[SW_CLASS_DNS_LIMIT].tolerance, 2 * 152588);
	assert_string_equal(row[SW_CLASS_DNS_DIALUP_DROP].name, "dns-dialup-drop");
	assert_int_equal(row[SW_CLASS_DNS_DIALUP_DROP].action, SW_ACTION_DROP);
	row += SW_CLASS_FIRST_LIST;
	assert_string_equal(row[0].name, "a");
	assert_int_equal(row[0].action, SW_ACTION_DROP);
	assert_int_equal(row[0].tier, SW_TIER_BLOCK);
	assert_int_equal(row[0].interval, 0);
	assert_true(row[0].created > 1700000000);
	assert_int_equal(row[1].interval, 152588); /* 10 s in ticks of 65536 ns */
	assert_int_equal(row[1].tolerance, 2 * 152588);
	assert_int_equal(row[1].network_interval, 76294);
	assert_int_equal(row[1].network_tolerance, 6 * 76294);
	assert_int_equal(row[2].network_interval, 0);
	assert_int_equal(row[2].interval, 15);
	assert_int_equal(row[2].tolerance, 9 * 15);
	assert_int_equal(row[3].interval, 1318359375); /* a day */
	assert_int_equal(row[3].tolerance, 0);
	assert_int_equal(row[4].flags, SW_CLASS_SHADOW);
	assert_int_equal(row[4].tier, SW_TIER_ALLOW);
	assert_int_equal(row[5].tier, SW_TIER_DIALUP);
	assert_int_equal(row[5].tolerance, 23 * (uint64_t)row[5].interval);
	assert_int_equal(row[6].action, SW_ACTION_NONE);
}

static uint8_t number_of(const struct sw_policy *p, const char *name)
{
	for (unsigned c = 0; c < SW_CLASS_MAX; c++)
		if (p->class[c].action != SW_ACTION_NONE && !strcmp(p->class[c].name, name))
			return (uint8_t)c;
	fail_msg("no class %s", name);
	return 0;
}

static void test_class_numbers(void **state)
{
	struct policy_fixture *w = *state;
	const char *a = "list a { file = f action = drop }\n";
	uint8_t number_a, number_b, changed;
	char lists[512];

	policy_write_networks(w, "f", 3);
	snprintf(lists, sizeof(lists), "%slist b { file = f action = limit rate = 1/s }\n", a);
	assert_int_equal(policy_load(w, lists, 0), 0);
	number_a = number_of(w->policy[0], "a");
	number_b = number_of(w->policy[0], "b");
	assert_int_equal(number_a, SW_CLASS_FIRST_LIST);
	assert_int_equal(number_b, SW_CLASS_FIRST_LIST + 1);

	/* another order and a list more: the rows stay where they were */
	snprintf(lists, sizeof(lists),
		 "list c { file = f action = allow }\n"
		 "list b { file = f action = limit rate = 1/s }\n%s",
		 a);
	assert_int_equal(policy_load(w, lists, 0), 0);
	assert_int_equal(number_of(w->policy[0], "a"), number_a);
	assert_int_equal(number_of(w->policy[0], "b"), number_b);
	assert_int_equal(w->policy[0]->class[number_a].created,
			 w->policy[1]->class[number_a].created);

	/* a row that changed has a number that the policy before did not use */
	snprintf(lists, sizeof(lists), "list b { file = f action = limit rate = 2/s }\n%s", a);
	assert_int_equal(policy_load(w, lists, 0), 0);
	changed = number_of(w->policy[0], "b");
	assert_int_equal(w->policy[1]->class[changed].action, SW_ACTION_NONE);
	assert_int_equal(number_of(w->policy[0], "a"), number_a);
	assert_int_equal(w->policy[0]->class[number_b].action, SW_ACTION_NONE);
	assert_string_equal(policy_said(w, "5.0.0.1"), "a 5.0.0.0/24");

	/* entries of a stale list carry the number of now */
	unlink(folder_path(w->folder, "f"));
	assert_int_equal(policy_load(w, "list b { file = f action = drop }\n", 0), 0);
	assert_true(w->policy[0]->lists[0].stale);
	assert_string_equal(policy_said(w, "5.0.0.1"), "b 5.0.0.0/24");
}

/* Entries of both families, when another class takes the number. */
static void test_stale_entries_have_the_number_of_now(void **state)
{
	struct policy_fixture *w = *state;

	folder_write(w->folder, "f", "5.0.0.0/24\n2a05::/16\n");
	assert_int_equal(policy_load(w, "list b { file = f action = limit rate = 1/s }\n", 0), 0);
	unlink(folder_path(w->folder, "f"));
	assert_int_equal(policy_load(w, "list b { file = f action = drop }\n", 0), 0);
	assert_true(w->policy[0]->lists[0].stale);
	assert_int_not_equal(number_of(w->policy[0], "b"), number_of(w->policy[1], "b"));
	assert_string_equal(policy_said(w, "5.0.0.1"), "b 5.0.0.0/24");
	assert_string_equal(policy_said(w, "2a05::1"), "b 2a05::/16");
}

static void test_no_number_left(void **state)
{
	struct policy_fixture *w = *state;
	char lists[8192] = "";

	folder_write(w->folder, "f", "5.0.0.0/8\n");
	for (int i = 0; i < 100; i++)
		sprintf(lists + strlen(lists), "list l%d {file=f action=drop}\n", i);
	assert_int_equal(policy_load(w, lists, 0), 0);
	lists[0] = '\0';
	for (int i = 0; i < 100; i++)
		sprintf(lists + strlen(lists), "list m%d {file=f action=drop}\n", i);
	assert_int_equal(policy_load(w, lists, 0), 0);
	lists[0] = '\0';
	for (int i = 0; i < 100; i++)
		sprintf(lists + strlen(lists), "list n%d {file=f action=drop}\n", i);
	assert_int_equal(policy_load(w, lists, 0), 0);
	assert_int_equal(w->policy[0]->lists_n, 100);
	for (int i = 0; i < 3; i++) {
		/* 100 old ones and 125 new ones do not fit */
		lists[0] = '\0';
		for (int k = 0; k < (i < 2 ? 125 : 124); k++)
			sprintf(lists + strlen(lists), "list %c%d {file=f action=drop}\n", 'o', k);
		assert_int_equal(policy_load(w, lists, 0), i < 2 ? -E2BIG : 0);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, policy_setup, policy_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_rows),
		TEST(test_class_numbers),
		TEST(test_stale_entries_have_the_number_of_now),
		TEST(test_no_number_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
