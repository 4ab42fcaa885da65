/* SPDX-License-Identifier: GPL-2.0-only */
/* replay_clock: never back, with every kind of time stamp that captures hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "cli/replay_clock.h"

#define SECOND 1000000000ull
#define DAY (86400 * SECOND)

/* How far the clock goes when the next time stamp is this. */
static uint64_t move(struct sw_replay_clock *c, int64_t seconds, uint32_t nanoseconds)
{
	uint64_t before = c->now_ns;

	sw_replay_clock_move(c, seconds, nanoseconds);
	assert_true(c->now_ns >= before);
	return c->now_ns - before;
}

static void it_goes_with_the_time_stamps(void **state)
{
	struct sw_replay_clock c = { 0 };

	move(&c, 1700000000, 900000000);
	assert_true(c.now_ns > 0);
	assert_int_equal(move(&c, 1700000000, 900000000), 0);
	assert_int_equal(move(&c, 1700000001, 100000000), 200000000);
	assert_int_equal(move(&c, 1700000001, 100000001), 1);
	assert_int_equal(move(&c, 1700003601, 0), 3600 * SECOND - 100000001);
}

static void packets_out_of_order_do_not_move_it(void **state)
{
	struct sw_replay_clock c = { 0 };

	move(&c, 100, 0);
	assert_int_equal(move(&c, 99, 0), 0);
	assert_int_equal(move(&c, 99, 500000000), 0);
	assert_int_equal(move(&c, 100, 5), 5);
}

static void after_a_step_back_it_goes_on_from_there(void **state)
{
	struct sw_replay_clock c = { 0 };

	move(&c, 100, 0);
	assert_int_equal(move(&c, 98, 999999999), 0);
	assert_int_equal(move(&c, 99, 0), 1);
	assert_int_equal(move(&c, 100, 0), SECOND);
}

static void wild_time_stamps_do_not_wrap_it(void **state)
{
	static const int64_t wild[] = { INT64_MAX, INT64_MIN, 0, -1, INT64_MAX, 4294967295 };
	struct sw_replay_clock c = { 0 };

	for (size_t i = 0; i < sizeof(wild) / sizeof(wild[0]); i++) {
		assert_true(move(&c, wild[i], 999999999) <= 401 * DAY);
		assert_true(move(&c, 1700000000, 0) <= 401 * DAY);
		assert_int_equal(move(&c, 1700000001, 0), SECOND);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_goes_with_the_time_stamps),
		cmocka_unit_test(packets_out_of_order_do_not_move_it),
		cmocka_unit_test(after_a_step_back_it_goes_on_from_there),
		cmocka_unit_test(wild_time_stamps_do_not_wrap_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
