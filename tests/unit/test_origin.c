/* SPDX-License-Identifier: GPL-2.0-only */
/* Origins: numbers that are in ledgers do not change; names and numbers fit together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "rules/origin.h"

static void test_stable(void **state)
{
	assert_int_equal(SW_ORIGIN_OPERATOR, 1);
	assert_string_equal(sw_origin_name(1), "operator");
	assert_int_equal(sw_origin_tier(SW_ORIGIN_OPERATOR), SW_TIER_OPERATOR);
	assert_int_equal(SW_ORIGIN_DNS, 2);
	assert_string_equal(sw_origin_name(2), "dns");
	assert_int_equal(sw_origin_tier(SW_ORIGIN_DNS), SW_TIER_DIALUP);
	assert_int_equal(SW_ORIGIN_DNS_DIALUP, 3);
	assert_string_equal(sw_origin_name(3), "dns-dialup");
	assert_int_equal(sw_origin_tier(SW_ORIGIN_DNS_DIALUP), SW_TIER_DIALUP);
	assert_int_equal(SW_ORIGIN_BOUNCE, 10);
	assert_string_equal(sw_origin_name(10), "bounce");
	assert_int_equal(sw_origin_tier(SW_ORIGIN_BOUNCE), SW_TIER_ABUSE);
	assert_int_equal(SW_ORIGIN_COMPLAINT, 11);
	assert_string_equal(sw_origin_name(11), "complaint");
	assert_int_equal(sw_origin_tier(SW_ORIGIN_COMPLAINT), SW_TIER_ABUSE);
	assert_int_equal(SW_ORIGIN_DESK, 12);
	assert_string_equal(sw_origin_name(12), "desk");
	assert_int_equal(sw_origin_tier(SW_ORIGIN_DESK), SW_TIER_ABUSE);
	assert_int_equal(SW_ORIGIN_WARNING, 13);
	assert_string_equal(sw_origin_name(13), "warning");
	assert_int_equal(sw_origin_tier(SW_ORIGIN_WARNING), SW_TIER_ABUSE);
}

static void test_every_row(void **state)
{
	unsigned last = 0, known = 0;
	uint8_t number;

	for (unsigned i = sw_origin_next(0); i; i = sw_origin_next(i), known++) {
		assert_true(i > last && sw_origin_is_known(i));
		assert_int_equal(sw_origin_parse(sw_origin_name(i), &number), 0);
		assert_int_equal(number, i); /* so no name is there twice */
		assert_in_range(sw_origin_tier(i), SW_TIER_DIALUP, SW_TIER_OPERATOR);
		assert_true(strlen(sw_origin_name(i)) < 16);
		last = i;
	}
	assert_true(known >= 1);
}

static void test_unknown(void **state)
{
	uint8_t number = 77;

	assert_false(sw_origin_is_known(SW_ORIGIN_NONE));
	assert_false(sw_origin_is_known(SW_ORIGIN_NUMBERS));
	assert_false(sw_origin_is_known(UINT32_MAX));
	assert_string_equal(sw_origin_name(255), "unknown");
	assert_int_equal(sw_origin_tier(255), SW_TIER_NONE);
	assert_int_equal(sw_origin_next(255), 0);
	assert_int_equal(sw_origin_parse("unknown", &number), -EINVAL);
	assert_int_equal(sw_origin_parse("", &number), -EINVAL);
	assert_int_equal(number, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stable),
		cmocka_unit_test(test_every_row),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
