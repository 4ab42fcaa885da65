/* SPDX-License-Identifier: GPL-2.0-only */
/* returns: who came too often, never counting what did not come, in memory that does not grow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <string.h>

#include <cmocka.h>

#include "rules/returns.h"
#include "support/random.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define NOON INT64_C(1795608000000)

static const struct sw_returns_rules ten = { .times = 10, .window_ms = HOUR };

static struct sw_returns *open_with(const struct sw_returns_rules *rules, size_t entries)
{
	struct sw_returns *r;

	assert_int_equal(sw_returns_open(rules, entries, 20261126, &r), 0);
	return r;
}

static struct sw_prefix host(uint32_t n)
{
	return sw_prefix_ip4(0x05000000 + n, 32);
}

/* 0: not too often. */
static uint32_t comes(struct sw_returns *r, uint32_t n, int64_t now)
{
	struct sw_prefix p = host(n);
	uint32_t times = 0;

	return sw_returns_count(r, &p, now, &times) ? times : 0;
}

static void once_more_than_allowed_is_too_often(void **state)
{
	struct sw_returns *r = open_with(&ten, 64);

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 10; i++)
			assert_int_equal(comes(r, 1, NOON), 0);
		assert_int_equal(comes(r, 1, NOON), 11);
		/* and it counts anew */
	}
	sw_returns_close(r);
}

static void each_source_counts_for_itself(void **state)
{
	struct sw_returns *r = open_with(&ten, 1024);
	struct sw_prefix net = sw_prefix_ip6(0x2a01, 0, 64), host6 = sw_prefix_ip6(0x2a01, 0, 128);
	uint32_t times;

	for (uint32_t n = 0; n < 20; n++)
		for (int i = 0; i < 10; i++)
			assert_int_equal(comes(r, n, NOON), 0);
	for (int i = 0; i < 10; i++) {
		assert_false(sw_returns_count(r, &net, NOON, &times));
		assert_false(sw_returns_count(r, &host6, NOON, &times));
	}
	assert_true(sw_returns_count(r, &net, NOON, &times));
	assert_int_equal(comes(r, 7, NOON), 11);
	sw_returns_close(r);
}

static void what_is_older_than_the_window_does_not_count(void **state)
{
	struct sw_returns *r = open_with(&ten, 64);

	for (int i = 0; i < 10; i++)
		assert_int_equal(comes(r, 1, NOON), 0);
	assert_int_equal(comes(r, 1, NOON + HOUR), 0);
	/* ten an hour, for a week */
	for (int i = 0; i < 7 * 24 * 10; i++)
		assert_int_equal(comes(r, 2, NOON + i * 6 * MINUTE), 0);
	/* eleven in an hour less a slot: always found */
	for (int i = 0; i < 10; i++)
		assert_int_equal(comes(r, 3, NOON + HOUR + i * 5 * MINUTE), 0);
	assert_int_equal(comes(r, 3, NOON + HOUR + 54 * MINUTE), 11);
	sw_returns_close(r);
}

/* Against a naive count of the last hour, which it never exceeds. */
static void it_never_counts_too_much(void **state)
{
	struct sw_returns *r = open_with(&ten, 64);
	int64_t at[4000], now = NOON;
	uint64_t seed = 7;
	size_t from = 0, n = 0;

	while (n < 4000) {
		uint32_t times;

		now += (int64_t)(sw_random(&seed) % (12 * MINUTE));
		at[n++] = now;
		times = comes(r, 1, now);
		while (from < n && at[from] <= now - HOUR)
			from++;
		if (times) {
			assert_true(times <= n - from && times > 10);
			from = n;
		}
	}
	sw_returns_close(r);
}

static void memory_is_bounded_and_the_heavy_stay(void **state)
{
	struct sw_returns *r = open_with(&ten, 256);
	struct sw_returns_counts c;

	for (uint32_t n = 0; n < 8; n++) /* as many as may fall into one line */
		for (int i = 0; i < 6; i++)
			assert_int_equal(comes(r, n, NOON), 0);
	for (uint32_t n = 1000; n < 200000; n++)
		assert_int_equal(comes(r, n, NOON + 1), 0);
	for (uint32_t n = 0; n < 8; n++) {
		for (int i = 0; i < 4; i++)
			assert_int_equal(comes(r, n, NOON + 2), 0);
		assert_int_equal(comes(r, n, NOON + 2), 11);
	}
	sw_returns_counts(r, &c);
	assert_int_equal(c.entries, 256);
	assert_true(c.used <= 256 && c.evicted > 100000);
	sw_returns_close(r);
}

static void a_crowd_of_heavy_ones_keeps_newcomers_out(void **state)
{
	struct sw_returns *r = open_with(&ten, 8);
	struct sw_returns_counts c;

	for (uint32_t n = 0; n < 8; n++)
		for (int i = 0; i < 5; i++)
			comes(r, n, NOON);
	for (int i = 0; i < 50; i++)
		assert_int_equal(comes(r, 9, NOON), 0);
	sw_returns_counts(r, &c);
	assert_int_equal(c.crowded, 50);
	/* when the window is over their places are free */
	for (int i = 0; i < 10; i++)
		assert_int_equal(comes(r, 9, NOON + 2 * HOUR), 0);
	assert_int_equal(comes(r, 9, NOON + 2 * HOUR), 11);
	sw_returns_close(r);
}

static void absurd_rules_are_refused(void **state)
{
	static const struct sw_returns_rules bad[] = {
		{ 0, HOUR }, { SW_RETURNS_MOST + 1, HOUR }, { 10, 0 }, { 10, -HOUR }
	};
	static const struct sw_returns_rules one = { 1, SW_RETURNS_SLOTS };
	struct sw_returns *r = NULL;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(sw_returns_open(&bad[i], 64, 1, &r), -EINVAL);
	assert_null(r);
	r = open_with(&one, 0);
	assert_int_equal(comes(r, 1, NOON), 0);
	assert_int_equal(comes(r, 1, NOON), 2);
	assert_int_equal(comes(r, 1, NOON + 1), 0);
	assert_int_equal(comes(r, 1, NOON - HOUR), 2); /* a clock that went back */
	sw_returns_close(r);
	assert_null(sw_returns_close(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(once_more_than_allowed_is_too_often),
		cmocka_unit_test(each_source_counts_for_itself),
		cmocka_unit_test(what_is_older_than_the_window_does_not_count),
		cmocka_unit_test(it_never_counts_too_much),
		cmocka_unit_test(memory_is_bounded_and_the_heavy_stay),
		cmocka_unit_test(a_crowd_of_heavy_ones_keeps_newcomers_out),
		cmocka_unit_test(absurd_rules_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
