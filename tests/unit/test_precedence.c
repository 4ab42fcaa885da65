/* SPDX-License-Identifier: GPL-2.0-only */
/* Whose word counts: tiers of lists, shadow, and the order of claims. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "rules/precedence.h"

static enum sw_tier tier_of(const char *tier, enum sw_action action)
{
	enum sw_tier ret = SW_TIER_OPERATOR;

	assert_int_equal(sw_tier_of_list(tier, action, &ret), 0);
	return ret;
}

static void test_tier_of_list(void **state)
{
	enum sw_tier untouched = SW_TIER_ABUSE;

	assert_int_equal(tier_of("auto", SW_ACTION_ALLOW), SW_TIER_ALLOW);
	assert_int_equal(tier_of("auto", SW_ACTION_PASS), SW_TIER_BLOCK);
	assert_int_equal(tier_of("auto", SW_ACTION_LIMIT), SW_TIER_BLOCK);
	assert_int_equal(tier_of("auto", SW_ACTION_DROP), SW_TIER_BLOCK);
	assert_int_equal(tier_of("dialup", SW_ACTION_LIMIT), SW_TIER_DIALUP);
	assert_int_equal(tier_of("block", SW_ACTION_ALLOW), SW_TIER_BLOCK);
	assert_int_equal(tier_of("allow", SW_ACTION_DROP), SW_TIER_ALLOW);
	assert_int_equal(sw_tier_of_list("operator", SW_ACTION_DROP, &untouched), -EINVAL);
	assert_int_equal(sw_tier_of_list("never-block", SW_ACTION_DROP, &untouched), -EINVAL);
	assert_int_equal(sw_tier_of_list("", SW_ACTION_DROP, &untouched), -EINVAL);
	assert_int_equal(untouched, SW_TIER_ABUSE);
}

static void test_actions(void **state)
{
	enum sw_action action = SW_ACTION_HOLD;

	for (unsigned a = SW_ACTION_ALLOW; a < SW_ACTION_MAX; a++) {
		assert_int_equal(sw_action_parse(sw_action_name(a), &action), 0);
		assert_int_equal(action, a);
	}
	action = SW_ACTION_HOLD;
	assert_int_equal(sw_action_parse("none", &action), -EINVAL);
	assert_int_equal(sw_action_parse("Drop", &action), -EINVAL);
	assert_int_equal(action, SW_ACTION_HOLD);
	assert_string_equal(sw_action_name(SW_ACTION_MAX), "unknown");
	assert_string_equal(sw_tier_name(SW_TIER_OPERATOR), "operator");
	assert_string_equal(sw_tier_name(99), "unknown");
}

/* A class in shadow stands below every class that is enforced, in its own order. */
static void test_shadow(void **state)
{
	for (unsigned a = SW_TIER_DIALUP; a <= SW_TIER_OPERATOR; a++) {
		for (unsigned b = SW_TIER_DIALUP; b <= SW_TIER_OPERATOR; b++)
			assert_true(sw_precedence_rank(a, false) > sw_precedence_rank(b, true));
		if (a > SW_TIER_DIALUP) {
			assert_true(sw_precedence_rank(a, true) > sw_precedence_rank(a - 1, true));
			assert_true(sw_precedence_rank(a, false) >
				    sw_precedence_rank(a - 1, false));
		}
	}
}

/* In this order, each beats all that follow. */
static void test_claims(void **state)
{
	static const struct sw_claim order[] = {
		{ .rank = 3, .len = 8, .action = SW_ACTION_ALLOW, .class = 200 },
		{ .rank = 2, .len = 24, .action = SW_ACTION_PASS, .class = 200 },
		{ .rank = 2, .len = 16, .action = SW_ACTION_DROP, .class = 200 },
		{ .rank = 2, .len = 16, .action = SW_ACTION_LIMIT, .class = 9 },
		{ .rank = 2, .len = 16, .action = SW_ACTION_LIMIT, .class = 10 },
		{ .rank = 1, .len = 32, .action = SW_ACTION_DROP, .class = 8 },
	};
	size_t n = sizeof(order) / sizeof(order[0]);

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++)
			assert_int_equal(sw_claim_beats(&order[i], &order[k]), i < k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tier_of_list),
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_shadow),
		cmocka_unit_test(test_claims),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
