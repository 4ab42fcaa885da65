/* SPDX-License-Identifier: GPL-2.0-only */
/* Durations: what is read, what is refused, and that what is written is the shortest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/duration.h"
#include "support/random.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static int parse(const char *text, int64_t *ms)
{
	/* a copy without NUL, so that a sanitizer sees a step too far */
	size_t n = strlen(text);
	char *copy = malloc(n ? n : 1);
	int code;

	assert_non_null(copy);
	memcpy(copy, text, n);
	code = sw_duration_parse(copy, n, ms);
	free(copy);
	return code;
}

static void test_read(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {
		{ "1ms", 1 },
		{ "90s", 90 * SECOND },
		{ "10min", 10 * MINUTE },
		{ "10m", 10 * MINUTE },
		{ "2h", 2 * HOUR },
		{ "7d", 7 * DAY },
		{ "1w", 7 * DAY },
		{ "1h30m", 90 * MINUTE },
		{ "1h30min", 90 * MINUTE },
		{ "1d90m", DAY + 90 * MINUTE },
		{ "1w6d23h59m59s999ms", 14 * DAY - 1 },
		{ "36525d", SW_DURATION_MAX_MS },
		{ "3155760000000ms", SW_DURATION_MAX_MS },
		{ "5217w6d", SW_DURATION_MAX_MS },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t ms = -7;

		if (parse(cases[i].text, &ms) || ms != cases[i].ms)
			fail_msg("%s: %lld", cases[i].text, (long long)ms);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text;
		int code;
	} cases[] = {
		{ "", -EINVAL },
		{ "0", -EINVAL },
		{ "0s", -EINVAL },
		{ "00s", -EINVAL },
		{ "10", -EINVAL },
		{ "s", -EINVAL },
		{ "h2", -EINVAL },
		{ "+1s", -EINVAL },
		{ "-1s", -EINVAL },
		{ " 1s", -EINVAL },
		{ "1 s", -EINVAL },
		{ "1s ", -EINVAL },
		{ "01s", -EINVAL },
		{ "1.5h", -EINVAL },
		{ "1H", -EINVAL },
		{ "1y", -EINVAL },
		{ "1mo", -EINVAL },
		{ "1mins", -EINVAL },
		{ "1mi", -EINVAL },
		{ "1hm", -EINVAL },
		{ "1h0m", -EINVAL },
		{ "1h30", -EINVAL },
		{ "1h60m", -EINVAL },
		{ "1h90m", -EINVAL },
		{ "1m1h", -EINVAL },
		{ "1h1h", -EINVAL },
		{ "1m1min", -EINVAL },
		{ "never", -EINVAL },
		{ "36525d1ms", -ERANGE },
		{ "36526d", -ERANGE },
		{ "5218w", -ERANGE },
		{ "99999999999999999999999999999w", -ERANGE },
		{ "99999999999999999999999999999w1", -EINVAL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t ms = -7;
		int code = parse(cases[i].text, &ms);

		if (code != cases[i].code || ms != -7)
			fail_msg("\"%s\": %d", cases[i].text, code);
	}
	assert_int_equal(sw_duration_parse("1s\0", 3, &(int64_t){ 0 }), -EINVAL);
	assert_string_equal(sw_duration_error(-ERANGE), "longer than 100 years");
	assert_string_equal(sw_duration_error(0), "no error");
	assert_memory_equal(sw_duration_error(-EINVAL), "not a duration", 14);
}

static void test_written(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {
		{ 1, "1ms" },
		{ 1500, "1500ms" }, /* not "1s500ms" */
		{ 90 * SECOND, "90s" },
		{ 10 * MINUTE, "10m" },
		{ 90 * MINUTE, "90m" },
		{ HOUR, "1h" },
		{ 2 * DAY, "2d" },
		{ 36 * HOUR, "36h" },
		{ 7 * DAY, "1w" },
		{ 8 * DAY, "8d" },
		{ 100 * DAY + MINUTE, "100d1m" },
		{ HOUR + SECOND, "1h1s" },
		{ DAY + 90 * MINUTE, "1d90m" },
		{ SW_DURATION_MAX_MS, "36525d" },
		{ SW_DURATION_MAX_MS + 1, "36525d" },
		{ INT64_MAX, "36525d" },
		{ 0, "0s" },
		{ INT64_MIN, "0s" },
	};
	char buf[SW_DURATION_TEXT];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(sw_duration_format(cases[i].ms, buf), cases[i].text);
}

static void test_there_and_back(void **state)
{
	uint64_t seed = 4;
	char buf[SW_DURATION_TEXT];

	for (int i = 0; i < 20000; i++) {
		int64_t ms =
			(int64_t)(sw_random(&seed) % SW_DURATION_MAX_MS) >> sw_random(&seed) % 40;
		int64_t back = -1;

		/* round ones too */
		if (i % 2)
			ms -= ms % (i % 4 == 1 ? SECOND : HOUR);
		if (ms == 0)
			continue;
		assert_int_equal(parse(sw_duration_format(ms, buf), &back), 0);
		assert_int_equal(back, ms);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_written),
		cmocka_unit_test(test_there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
