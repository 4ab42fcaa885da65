/* SPDX-License-Identifier: GPL-2.0-only */
/* until: local times and spans in words, with a time zone of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <time.h>

#include "cli/until.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define NOW (1772366400 * SECOND) /* 2026-03-01 12:00 UTC */

static int set_zone(void **state)
{
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	return 0;
}

static void spans_have_two_units(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} rows[] = {
		{ 0, "0s" },
		{ -5, "0s" },
		{ 499, "0s" },
		{ 500, "1s" },
		{ 45 * SECOND, "45s" },
		{ 59499, "59s" },
		{ 59500, "1m" },
		{ 5 * MINUTE, "5m" },
		{ 5 * MINUTE + 30 * SECOND, "5m30s" },
		{ HOUR - 600, "59m59s" },
		{ HOUR - 400, "1h" },
		{ 2 * HOUR, "2h" },
		{ 2 * HOUR - 10, "2h" },
		{ 2 * HOUR - 31 * SECOND, "1h59m" },
		{ DAY - 20 * SECOND, "1d" },
		{ DAY - MINUTE, "23h59m" },
		{ 7 * DAY - HOUR, "6d23h" },
		{ 7 * DAY - 29 * MINUTE, "7d" },
		{ 36525 * DAY, "36525d" },
	};
	char buf[SW_SPAN_TEXT];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(sw_span_format(rows[i].ms, buf), rows[i].text);
	sw_span_format(INT64_MAX, buf);
	sw_span_format(INT64_MIN, buf);
}

static void an_end_is_local_time_and_how_long(void **state)
{
	char buf[SW_UNTIL_TEXT];

	assert_string_equal(sw_until_format(0, NOW, buf), "for good");
	assert_string_equal(sw_until_format(NOW + 2 * HOUR, NOW, buf),
			    "until 2026-03-01 15:00:00 +0100 (2h)");
	assert_string_equal(sw_until_format(NOW, NOW, buf),
			    "until 2026-03-01 13:00:00 +0100 (ended)");
	assert_string_equal(sw_until_format_short(NOW + 2 * HOUR, NOW, buf),
			    "2026-03-01 15:00:00 (2h)");
	assert_string_equal(sw_until_format_short(0, NOW, buf), "for good");
}

static void summer_time_is_known(void **state)
{
	char buf[SW_UNTIL_TEXT];

	assert_string_equal(sw_until_format(NOW + 30 * DAY, NOW, buf),
			    "until 2026-03-31 14:00:00 +0200 (30d)");
}

static void times_that_no_calendar_has_do_no_harm(void **state)
{
	char buf[SW_TIME_TEXT], until[SW_UNTIL_TEXT];

	assert_string_equal(sw_time_format(NOW + 9 * SECOND, buf), "2026-03-01 13:00:09");
	sw_time_format(INT64_MAX, buf);
	sw_time_format(INT64_MIN, buf);
	sw_until_format(INT64_MAX, 0, until);
	sw_until_format(INT64_MIN, 0, until);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans_have_two_units),
		cmocka_unit_test(an_end_is_local_time_and_how_long),
		cmocka_unit_test(summer_time_is_known),
		cmocka_unit_test(times_that_no_calendar_has_do_no_harm),
	};

	return cmocka_run_group_tests(tests, set_zone, NULL);
}
