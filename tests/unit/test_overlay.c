/* SPDX-License-Identifier: GPL-2.0-only */
/* overlay: many entries come back complete and in order, however they lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "maps/bits128.h"
#include "maps/overlay.h"
#include "tests/support/random.h"

#define N 20000

/* The @i-th of entries that all differ: spread out, or in one network. */
static struct sw_overlay_entry entry(uint64_t *state, unsigned i, bool crowded)
{
	uint64_t r = sw_random(state);

	return (struct sw_overlay_entry){
		.hi = crowded ? 0x20010db800000000 | (uint64_t)i << 8 : r,
		.lo = crowded ? 0 : i,
		.len = crowded ? 56 + i % 9 : 128,
		.class = 1 + i % 7,
		.ends = i,
	};
}

static void check_inside(bool crowded, bool reserved)
{
	struct sw_overlay *o = sw_overlay_open();
	struct sw_overlay_entry e, *all;
	uint64_t state = 11;
	size_t n;

	if (reserved)
		assert_int_equal(sw_overlay_reserve(o, N), 0);
	for (unsigned i = 0; i < N; i++) {
		e = entry(&state, i, crowded);
		sw_overlay_expect(o, e.hi, e.lo, (uint8_t)e.len);
		assert_int_equal(sw_overlay_put(o, &e), 0);
	}
	assert_int_equal(sw_overlay_reserve(o, N / 2), 0); /* never smaller */
	assert_int_equal(o->n, N);
	assert_int_equal(sw_overlay_inside(o, 0, 0, 0, &all, &n), 0);
	assert_int_equal(n, N);
	for (size_t i = 1; i < n; i++)
		assert_true(sw_bits_cmp(all[i - 1].hi, all[i - 1].lo, (uint8_t)all[i - 1].len,
					all[i].hi, all[i].lo, (uint8_t)all[i].len) < 0);
	state = 11;
	for (unsigned i = 0; i < N; i++) {
		e = entry(&state, i, crowded);
		assert_int_equal(sw_overlay_find(o, e.hi, e.lo, (uint8_t)e.len)->ends, i);
	}
	free(all);
	sw_overlay_close(o);
}

static void spread_out(void **state)
{
	check_inside(false, false);
	check_inside(false, true);
}

static void in_one_network(void **state)
{
	check_inside(true, false);
	check_inside(true, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spread_out),
		cmocka_unit_test(in_one_network),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
