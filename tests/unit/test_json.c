/* SPDX-License-Identifier: GPL-2.0-only */
/* json: times as all our JSON has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>

#include "lib/json.h"

#define SECOND INT64_C(1000)
#define NOW (1772366400 * SECOND) /* 2026-03-01 12:00 UTC */

static void read_json(const char *text, int code, int64_t ms)
{
	json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
	int64_t have = -1;

	assert_non_null(value);
	assert_int_equal(sw_json_time_read(value, &have), code);
	if (!code)
		assert_int_equal(have, ms);
	json_decref(value);
}

static void times_are_read(void **state)
{
	int64_t have = -1;

	read_json("null", 0, 0);
	read_json("1772366400", 0, NOW);
	read_json("1772366400.123", 0, NOW + 123);
	read_json("1772366400.999", 0, NOW + 999);
	read_json("253402300799", 0, 253402300799 * SECOND);
	read_json("1772366400123", -EINVAL, 0); /* milliseconds */
	read_json("1e300", -EINVAL, 0);
	read_json("0", -EINVAL, 0);
	read_json("-1", -EINVAL, 0);
	read_json("\"soon\"", -EINVAL, 0);
	read_json("true", -EINVAL, 0);
	assert_int_equal(sw_json_time_read(NULL, &have), 0);
	assert_int_equal(have, 0);
}

static void times_go_there_and_back(void **state)
{
	for (int64_t ms = NOW; ms < NOW + 1000; ms++) {
		json_t *value = sw_json_time(ms);
		int64_t have = -1;

		assert_int_equal(sw_json_time_read(value, &have), 0);
		assert_int_equal(have, ms);
		json_decref(value);
	}
}

static void never_is_null(void **state)
{
	json_t *value = sw_json_time(0);

	assert_true(json_is_null(value));
	json_decref(value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_read),
		cmocka_unit_test(times_go_there_and_back),
		cmocka_unit_test(never_is_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
