/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rates in nanoseconds (bpf/rate.h), one cell for all CPUs: how many it gives in which
 * time, at every uptime, to many at once, and that it writes nothing when it gives nothing.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bpf/rate.h"
#include "support/random.h"

#define S 1000000000ull
#define MS 1000000ull
#define DAY (86400 * S)

/* So many a second, so many at once. */
static struct sw_rate rate_of(uint64_t rate, uint64_t burst)
{
	return (struct sw_rate){ .interval_ns = S / rate,
				 .tolerance_ns = (burst - 1) * (S / rate) };
}

static unsigned take(struct sw_rate *r, uint64_t now, unsigned tries)
{
	unsigned taken = 0;

	for (unsigned i = 0; i < tries; i++)
		taken += sw_rate_take(r, now, false);
	return taken;
}

static void test_burst_and_rate(void **state)
{
	struct sw_rate r = rate_of(100, 20);
	uint64_t now = 1000 * S;
	unsigned taken = 0;

	assert_int_equal(take(&r, now, 100), 20);
	assert_false(sw_rate_has(&r, now));
	assert_int_equal(take(&r, now + 9 * MS, 10), 0);
	assert_int_equal(take(&r, now + 10 * MS, 10), 1);
	now += 10 * MS;
	for (uint64_t ms = 1; ms <= 10000; ms++) /* a thousand tries a second, for ten */
		taken += take(&r, now + ms * MS, 1);
	assert_int_equal(taken, 1000);
	assert_int_equal(take(&r, now + 3600 * S, 100), 20); /* full again, and no fuller */
}

static void test_off(void **state)
{
	struct sw_rate r = { .interval_ns = 0 };

	assert_true(sw_rate_has(&r, 5));
	assert_int_equal(take(&r, 5, 1000), 1000);
	assert_int_equal(r.cell, 0);
}

/* A clock that ticks every 10 ms lets as much pile up, and the burst has to hold it. */
static void test_coarse_clock(void **state)
{
	struct sw_rate r = rate_of(100000, 1000);
	unsigned taken = 0;

	for (uint64_t tick = 1; tick <= 100; tick++)
		taken += take(&r, 1000 * S + tick * 10 * MS, 5000);
	assert_int_equal(taken, 100000);
}

static void test_every_uptime(void **state)
{
	for (uint64_t day = 0; day < 40000; day += 397) {
		struct sw_rate r = rate_of(10, 3);

		assert_int_equal(take(&r, day * DAY + 1, 9), 3);
	}
}

/* Another rate before, or a clock that went back, as in tests: no wait without an end. */
static void test_left_over(void **state)
{
	struct sw_rate r = rate_of(10, 3);

	r.cell = 1000 * S + r.tolerance_ns + r.interval_ns + 1;
	assert_int_equal(take(&r, 1000 * S, 9), 3);
	r.cell = UINT64_MAX;
	assert_int_equal(take(&r, 1000 * S, 9), 3);
	assert_int_equal(take(&r, 500 * S, 9), 3);
}

static void test_cells_of_one_rate(void **state)
{
	const struct sw_rate r = rate_of(10, 3);
	__u64 cell[2] = { 0 };
	unsigned taken[2] = { 0 };

	for (int i = 0; i < 10; i++)
		taken[0] += sw_rate_take_of(&r, &cell[0], 1000 * S, false);
	for (int i = 0; i < 10; i++)
		taken[1] += sw_rate_take_of(&r, &cell[1], 1000 * S, false);
	assert_int_equal(taken[0], 3);
	assert_int_equal(taken[1], 3);
	assert_true(sw_rate_take_of(&r, &cell[0], 1000 * S + 100 * MS, false));
	assert_false(sw_rate_take_of(&r, &cell[0], 1000 * S + 100 * MS, false));
}

static void test_over_it_is_only_read(void **state)
{
	struct sw_rate r = rate_of(10, 3), before;

	take(&r, 1000 * S, 3);
	before = r;
	assert_int_equal(take(&r, 1000 * S, 1000), 0);
	assert_false(sw_rate_has(&r, 1000 * S));
	assert_memory_equal(&r, &before, sizeof(r));
	r = rate_of(10, 3);
	before = r;
	assert_true(sw_rate_has(&r, 1000 * S));
	assert_memory_equal(&r, &before, sizeof(r));
}

/* In any time, however it is cut up: never more than the rate and one burst. */
static void test_random_times(void **state)
{
	uint64_t random = 41;

	for (int round = 0; round < 200; round++) {
		uint64_t per_second = 1 + sw_random(&random) % 5000;
		uint64_t burst = 1 + sw_random(&random) % 100, start = sw_random(&random) >> 10;
		struct sw_rate r = rate_of(per_second, burst);
		uint64_t now = start, taken = 0, most;

		for (int i = 0; i < 2000; i++) {
			now += sw_random(&random) % (2 * r.interval_ns);
			taken += take(&r, now, 1 + (unsigned)(sw_random(&random) % 3));
		}
		most = burst + (now - start) / r.interval_ns;
		assert_true(taken <= most);
		assert_true(taken > 0);
	}
}

/* ---- many CPUs ---- */

struct many {
	struct sw_rate *rate;
	unsigned taken;
};

static void *take_many(void *ctx)
{
	struct many *m = ctx;

	for (unsigned i = 0; i < 200000; i++)
		m->taken += sw_rate_take(m->rate, 1000 * S, false);
	return NULL;
}

static void test_many_at_once(void **state)
{
	struct sw_rate r = rate_of(1000, 100000);
	struct many many[4];
	pthread_t thread[4];
	unsigned taken = 0;

	for (int i = 0; i < 4; i++) {
		many[i] = (struct many){ .rate = &r };
		assert_int_equal(pthread_create(&thread[i], NULL, take_many, &many[i]), 0);
	}
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(thread[i], NULL), 0);
		taken += many[i].taken;
	}
	assert_int_equal(taken, 100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_burst_and_rate), cmocka_unit_test(test_off),
		cmocka_unit_test(test_coarse_clock),   cmocka_unit_test(test_every_uptime),
		cmocka_unit_test(test_left_over),      cmocka_unit_test(test_cells_of_one_rate),
		cmocka_unit_test(test_left_over),      cmocka_unit_test(test_over_it_is_only_read),
		cmocka_unit_test(test_random_times),   cmocka_unit_test(test_many_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
