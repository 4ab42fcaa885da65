/* SPDX-License-Identifier: GPL-2.0-only */
/* The budget of queries: never more than a second's worth and the rate, whatever the pattern. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "dns/budget.h"
#include "support/random.h"

#define SECOND 1000000u

static unsigned take_all(struct sw_dns_budget *b, uint64_t now_us)
{
	unsigned n = 0;

	while (n < 1000000 && sw_dns_budget_take(b, now_us))
		n++;
	return n;
}

static void a_second_at_once(void **unused)
{
	struct sw_dns_budget b;

	sw_dns_budget_init(&b, 100, 0, 5000);
	assert_int_equal(take_all(&b, 5000), 100);
	assert_int_equal(take_all(&b, 5000), 0);
	assert_int_equal(take_all(&b, 5000 + 9999), 0);
	assert_int_equal(take_all(&b, 5000 + 10000), 1);
	assert_int_equal(take_all(&b, 5000 + SECOND / 2), 49);
	assert_int_equal(take_all(&b, 5000 + 3600ull * SECOND), 100);
}

static void no_bound(void **unused)
{
	struct sw_dns_budget b;

	sw_dns_budget_init(&b, 0, 0, 0);
	assert_int_equal(take_all(&b, 0), 1000000);
	for (int i = 0; i < 1000; i++)
		assert_true(sw_dns_budget_begin(&b));
}

static void clock_that_goes_back(void **unused)
{
	struct sw_dns_budget b;

	sw_dns_budget_init(&b, 10, 0, SECOND);
	assert_int_equal(take_all(&b, SECOND), 10);
	assert_int_equal(take_all(&b, 0), 0);
	assert_int_equal(take_all(&b, SECOND), 0);
	assert_int_equal(take_all(&b, 2 * SECOND), 10);
}

static void largest_rate(void **unused)
{
	struct sw_dns_budget b;

	sw_dns_budget_init(&b, UINT32_MAX, 0, 0);
	assert_true(sw_dns_budget_take(&b, UINT64_MAX));
	assert_true(sw_dns_budget_take(&b, UINT64_MAX));
}

/* At every moment, at most what was there at the start and came since. */
static void never_more(void **unused)
{
	uint64_t state = 3, now = 0, taken = 0;
	struct sw_dns_budget b;

	sw_dns_budget_init(&b, 37, 0, 0);
	for (int i = 0; i < 200000; i++) {
		now += sw_random(&state) % 30000;
		if (sw_random(&state) % 1000 == 0)
			now += sw_random(&state) % (5 * SECOND);
		for (uint64_t k = sw_random(&state) % 3; k; k--)
			taken += sw_dns_budget_take(&b, now);
		assert_true(taken <= 37 + now * 37 / SECOND);
	}
	assert_true(taken > now * 37 / SECOND / 2); /* and not much less, with this demand */
}

static void under_way(void **unused)
{
	struct sw_dns_budget b;

	sw_dns_budget_init(&b, 0, 2, 0);
	assert_true(sw_dns_budget_begin(&b));
	assert_true(sw_dns_budget_begin(&b));
	assert_false(sw_dns_budget_begin(&b));
	sw_dns_budget_end(&b);
	assert_true(sw_dns_budget_begin(&b));
	assert_false(sw_dns_budget_begin(&b));
}

/* Whoever waits as long as he is told can begin then, and not before. */
static void told_how_long_to_wait(void **unused)
{
	struct sw_dns_budget b;
	uint64_t now = 7 * SECOND, wait;

	sw_dns_budget_init_for(&b, 10, 4500, 3, now);
	assert_int_equal(take_all(&b, now), 3);
	for (int i = 0; i < 100; i++) {
		wait = sw_dns_budget_wait(&b, now);
		assert_int_equal(wait, 450000);
		assert_false(sw_dns_budget_take(&b, now + wait - 1));
		now += wait;
		assert_int_equal(sw_dns_budget_wait(&b, now), 0);
		assert_int_equal(take_all(&b, now), 1);
	}
	assert_int_equal(take_all(&b, now + 3600ull * SECOND), 3);
}

/* A rate so low that one costs more than a second brings. */
static void dear_ones(void **unused)
{
	struct sw_dns_budget b;

	sw_dns_budget_init_for(&b, 1, 100000, 32, 0);
	assert_int_equal(take_all(&b, 0), 32);
	assert_int_equal(sw_dns_budget_wait(&b, 0), 100ull * SECOND);
	sw_dns_budget_init_for(&b, 0, 1500, 32, 0);
	assert_int_equal(sw_dns_budget_wait(&b, 0), 0);
	assert_int_equal(take_all(&b, 0), 1000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_second_at_once),
		cmocka_unit_test(no_bound),
		cmocka_unit_test(clock_that_goes_back),
		cmocka_unit_test(largest_rate),
		cmocka_unit_test(never_more),
		cmocka_unit_test(under_way),
		cmocka_unit_test(told_how_long_to_wait),
		cmocka_unit_test(dear_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
