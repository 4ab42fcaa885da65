/* SPDX-License-Identifier: GPL-2.0-only */
/* The clock of the machine, and one that a test says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <time.h>

#include "lib/clock.h"

static void test_system(void **state)
{
	const struct sw_clock *clock = sw_clock_system();
	int64_t seconds = time(NULL), wall = sw_clock_wall_ms(clock);
	uint64_t before = sw_clock_monotonic_ns(clock), after;
	struct timespec pause = { .tv_nsec = 2000000 };

	assert_ptr_equal(clock, sw_clock_system());
	assert_in_range(wall, (seconds - 1) * 1000, (seconds + 60) * 1000);
	nanosleep(&pause, NULL);
	after = sw_clock_monotonic_ns(clock);
	assert_in_range(after - before, 2000000, UINT64_C(60000000000));
}

struct script {
	int64_t ms;
	uint64_t ns;
};

static int64_t script_ms(void *ctx)
{
	return ((struct script *)ctx)->ms;
}

static uint64_t script_ns(void *ctx)
{
	return ((struct script *)ctx)->ns;
}

static void test_scripted(void **state)
{
	struct script script = { 5, 7 };
	struct sw_clock clock = { script_ms, script_ns, &script };

	assert_int_equal(sw_clock_wall_ms(&clock), 5);
	assert_int_equal(sw_clock_monotonic_ns(&clock), 7);
	script.ms = -1;
	assert_int_equal(sw_clock_wall_ms(&clock), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_system),
		cmocka_unit_test(test_scripted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
