/* SPDX-License-Identifier: GPL-2.0-only */
/* Classes of single verdicts: rows and look-ups fit together, and with tiers and numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "maps/abi.h"
#include "rules/verdict_class.h"

static void test_every_row(void **state)
{
	bool used[SW_CLASS_FIRST_LIST] = { false };

	for (const struct sw_verdict_class *c = sw_verdict_classes; c->name; c++) {
		assert_true(strlen(c->name) < SW_CLASS_NAME_MAX);
		assert_int_equal(sw_verdict_is_note(c->origin, c->action, c->ends), !c->class);
		if (!c->class)
			continue;
		assert_in_range(c->class, SW_CLASS_NEVER_BLOCK + 1, SW_CLASS_FIRST_LIST - 1);
		assert_false(used[c->class]);
		used[c->class] = true;
		assert_int_equal(sw_verdict_class(c->origin, c->action, c->ends), c->class);
		/* DNS changes its mind. */
		assert_true(c->ends ||
			    (c->origin != SW_ORIGIN_DNS && c->origin != SW_ORIGIN_DNS_DIALUP));
		/* A clearance is nobody's word against a list. */
		assert_int_equal(c->tier, c->action == SW_ACTION_PASS ? SW_TIER_NONE
								      : sw_origin_tier(c->origin));
	}
	/* Each can drop, but one that has notes alone. */
	for (unsigned origin = sw_origin_next(0); origin; origin = sw_origin_next(origin))
		assert_int_equal(sw_verdict_class((uint8_t)origin, SW_ACTION_DROP, true) ||
					 sw_verdict_class((uint8_t)origin, SW_ACTION_DROP, false),
				 origin != SW_ORIGIN_WARNING);
}

/* Numbers are on cards, names in scripts. */
static void test_stable(void **state)
{
	assert_int_equal(sw_verdict_class(SW_ORIGIN_OPERATOR, SW_ACTION_ALLOW, false), 2);
	assert_int_equal(sw_verdict_class(SW_ORIGIN_OPERATOR, SW_ACTION_DROP, true), 5);
	assert_int_equal(sw_verdict_class(SW_ORIGIN_DNS, SW_ACTION_PASS, true), 8);
	assert_int_equal(sw_verdict_class(SW_ORIGIN_DNS, SW_ACTION_DROP, true), 11);
	assert_int_equal(sw_verdict_class(SW_ORIGIN_DNS_DIALUP, SW_ACTION_DROP, true), 14);
	assert_int_equal(sw_verdict_class(SW_ORIGIN_BOUNCE, SW_ACTION_DROP, false), 16);
	assert_int_equal(sw_verdict_class(SW_ORIGIN_BOUNCE, SW_ACTION_DROP, true), 17);
	assert_int_equal(sw_verdict_class(SW_ORIGIN_COMPLAINT, SW_ACTION_DROP, false), 18);
	assert_int_equal(sw_verdict_class(SW_ORIGIN_COMPLAINT, SW_ACTION_DROP, true), 0);
	assert_int_equal(sw_verdict_class(SW_ORIGIN_COMPLAINT, SW_ACTION_PASS, true), 0);
	assert_true(sw_verdict_is_note(SW_ORIGIN_COMPLAINT, SW_ACTION_PASS, true));
	assert_false(sw_verdict_is_note(SW_ORIGIN_COMPLAINT, SW_ACTION_PASS, false));
	assert_true(sw_verdict_is_note(SW_ORIGIN_WARNING, SW_ACTION_PASS, true));
	assert_false(sw_verdict_is_note(SW_ORIGIN_WARNING, SW_ACTION_PASS, false));
	assert_false(sw_verdict_is_note(SW_ORIGIN_BOUNCE, SW_ACTION_DROP, true));
	assert_false(sw_verdict_is_note(200, SW_ACTION_PASS, true));
	assert_int_equal(sw_verdict_class(SW_ORIGIN_DNS, SW_ACTION_PASS, false), 0);
	assert_int_equal(sw_verdict_class(SW_ORIGIN_OPERATOR, SW_ACTION_REJECT, false), 20);
	assert_int_equal(sw_verdict_class(SW_ORIGIN_OPERATOR, SW_ACTION_REJECT, true), 21);
	assert_int_equal(sw_verdict_class(SW_ORIGIN_OPERATOR, SW_ACTION_RESET, false), 22);
	assert_int_equal(sw_verdict_class(SW_ORIGIN_OPERATOR, SW_ACTION_RESET, true), 23);
	assert_int_equal(sw_verdict_class(SW_ORIGIN_DESK, SW_ACTION_DROP, true), 24);
	assert_int_equal(sw_verdict_class(SW_ORIGIN_DESK, SW_ACTION_DROP, false), 0);
	assert_int_equal(sw_verdict_class(200, SW_ACTION_DROP, true), 0);
}

static void test_names(void **state)
{
	assert_string_equal(sw_verdict_class_name(SW_ORIGIN_OPERATOR, SW_ACTION_DROP),
			    "operator-block");
	assert_string_equal(sw_verdict_class_name(SW_ORIGIN_DNS, SW_ACTION_PASS), "dns-clear");
	assert_string_equal(sw_verdict_class_name(SW_ORIGIN_DNS, SW_ACTION_HOLD), "dns");
	assert_string_equal(sw_verdict_class_name(200, SW_ACTION_DROP), "unknown");
	assert_string_equal(sw_verdict_class_name(SW_ORIGIN_COMPLAINT, SW_ACTION_PASS),
			    "complaint-case");
	assert_true(sw_verdict_class_is_name("complaint-case"));
	assert_true(sw_verdict_class_is_name("complaint-warning"));
	assert_true(sw_verdict_class_is_name("bounce-lock"));
	assert_false(sw_verdict_class_is_name("bounce-lock-temporary"));
	assert_true(sw_verdict_class_is_name("operator-allow"));
	assert_true(sw_verdict_class_is_name("dns-dialup-limit"));
	assert_false(sw_verdict_class_is_name("operator-allow-temporary"));
	assert_false(sw_verdict_class_is_name("dns"));
	assert_false(sw_verdict_class_is_name(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_row),
		cmocka_unit_test(test_stable),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
