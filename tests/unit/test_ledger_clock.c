/* SPDX-License-Identifier: GPL-2.0-only */
/* The ledger's time: steps of the wall clock do not count, in one process or over restarts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/ledger_clock.h"
#include "support/script_clock.h"

#define DAY INT64_C(86400000)
#define NOON INT64_C(1795608000000)

static void it_goes_on_as_the_monotonic_clock_does(void **unused)
{
	struct script_clock s;
	struct sw_ledger_clock c;

	script_clock_set(&s, NOON, 1000);
	sw_ledger_clock_init(&c, &s.clock, "boot-1", NULL);
	assert_int_equal(sw_ledger_clock_now(&c), NOON);
	script_clock_pass(&s, 5000);
	assert_int_equal(sw_ledger_clock_look(&c), 0);
	assert_int_equal(sw_ledger_clock_now(&c), NOON + 5000);
	assert_int_equal(sw_ledger_clock_to_wall(&c, NOON), NOON);
	assert_int_equal(sw_ledger_clock_to_wall(&c, 0), 0);
}

static void a_step_of_the_wall_clock_does_not_count(void **unused)
{
	static const int64_t steps[] = { DAY, -DAY, 3600000, -1000, 2000 };
	struct script_clock s;
	struct sw_ledger_clock c;

	script_clock_set(&s, NOON, 1000);
	sw_ledger_clock_init(&c, &s.clock, "boot-1", NULL);
	for (unsigned i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		int64_t before = sw_ledger_clock_now(&c);

		s.wall_ms += steps[i];
		script_clock_pass(&s, 10);
		assert_int_equal(sw_ledger_clock_now(&c), before + 10); /* not even before a look */
		assert_int_equal(sw_ledger_clock_look(&c), steps[i]);
		assert_int_equal(sw_ledger_clock_now(&c), before + 10);
		assert_int_equal(sw_ledger_clock_to_wall(&c, sw_ledger_clock_now(&c)), s.wall_ms);
		assert_int_equal(sw_ledger_clock_from_wall(&c, s.wall_ms), before + 10);
	}
}

static void drift_is_followed(void **unused)
{
	struct script_clock s;
	struct sw_ledger_clock c;

	script_clock_set(&s, NOON, 1000);
	sw_ledger_clock_init(&c, &s.clock, "boot-1", NULL);
	for (int i = 0; i < 1000; i++) {
		script_clock_pass(&s, 1000);
		s.wall_ms += i < 500 ? 1 : -1; /* 1000 ppm either way */
		assert_int_equal(sw_ledger_clock_look(&c), 0);
		assert_in_range(sw_ledger_clock_now(&c), s.wall_ms, s.wall_ms + 1000);
	}
	assert_int_equal(c.last_ms, sw_ledger_clock_now(&c));
}

static void a_later_process_of_the_same_boot_sees_the_step(void **unused)
{
	struct script_clock s;
	char saved[SW_LEDGER_CLOCK_TEXT];
	struct sw_ledger_clock c;

	script_clock_set(&s, NOON, 1000);
	sw_ledger_clock_init(&c, &s.clock, "boot-1", NULL);
	sw_ledger_clock_text(&c, saved);
	script_clock_pass(&s, 60000);
	s.wall_ms -= DAY; /* while nobody is there */
	sw_ledger_clock_init(&c, &s.clock, "boot-1", saved);
	assert_int_equal(sw_ledger_clock_now(&c), NOON + 60000);
	assert_int_equal(sw_ledger_clock_to_wall(&c, NOON + 60000), s.wall_ms);
}

static void after_a_reboot_the_wall_clock_is_believed_but_never_back(void **unused)
{
	struct script_clock s;
	char saved[SW_LEDGER_CLOCK_TEXT];
	struct sw_ledger_clock c;

	script_clock_set(&s, NOON, 1000000);
	sw_ledger_clock_init(&c, &s.clock, "boot-1", NULL);
	sw_ledger_clock_text(&c, saved);
	script_clock_set(&s, NOON + DAY, 10);
	sw_ledger_clock_init(&c, &s.clock, "boot-2", saved);
	assert_int_equal(sw_ledger_clock_now(&c), NOON + DAY);
	script_clock_set(&s, NOON - 100 * DAY, 10); /* a battery is empty */
	sw_ledger_clock_init(&c, &s.clock, "boot-3", saved);
	assert_int_equal(sw_ledger_clock_now(&c), NOON);
	s.wall_ms += 101 * DAY; /* NTP */
	assert_int_equal(sw_ledger_clock_look(&c), 101 * DAY);
	assert_int_equal(sw_ledger_clock_now(&c), NOON);
}

static void what_was_saved_may_be_anything(void **unused)
{
	static const char *const bad[] = { "", "boot-1", "boot-1 x y z", "boot-1 1 2", "\n\n\n\n" };
	struct script_clock s;
	struct sw_ledger_clock c;

	script_clock_set(&s, NOON, 1000);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		sw_ledger_clock_init(&c, &s.clock, "boot-1", bad[i]);
		assert_int_equal(sw_ledger_clock_now(&c), NOON);
	}
	sw_ledger_clock_init(&c, &s.clock, NULL, NULL);
	assert_int_equal(sw_ledger_clock_now(&c), NOON);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_goes_on_as_the_monotonic_clock_does),
		cmocka_unit_test(a_step_of_the_wall_clock_does_not_count),
		cmocka_unit_test(drift_is_followed),
		cmocka_unit_test(a_later_process_of_the_same_boot_sees_the_step),
		cmocka_unit_test(after_a_reboot_the_wall_clock_is_believed_but_never_back),
		cmocka_unit_test(what_was_saved_may_be_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
