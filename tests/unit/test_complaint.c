/* SPDX-License-Identifier: GPL-2.0-only */
/* Cases: every step from every state, at every time that matters, and a year of random ones
 * against a model that keeps a list of complaints. */
#include <setjmp.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <string.h>

#include <cmocka.h>

#include "rules/complaint.h"
#include "support/random.h"
#include "support/rounds.h"

#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)
#define NOON INT64_C(1795608000000)

static struct sw_complaint_rules rules;
static struct sw_case c;
static int64_t now;

static int setup(void **state)
{
	rules = sw_complaint_defaults;
	memset(&c, 0, sizeof(c));
	now = NOON;
	return 0;
}

static enum sw_case_action step(enum sw_case_input input, int64_t about)
{
	return sw_complaint_step(&rules, &c, input, about, now, &c);
}

static void complaint_is(enum sw_case_action action, enum sw_case_state state, uint32_t complaints)
{
	assert_int_equal(step(SW_CASE_COMPLAINT, 0), action);
	assert_int_equal(c.state, state);
	assert_int_equal(c.complaints, complaints);
}

static void first_warns_later_blocks(void **state)
{
	complaint_is(SW_CASE_WARN, SW_CASE_OPEN, 1);
	assert_int_equal(c.opened_ms, NOON);
	assert_int_equal(c.ends_ms, NOON + 365 * DAY);
	complaint_is(SW_CASE_COUNT, SW_CASE_OPEN, 2);
	now += 7 * DAY - 1;
	complaint_is(SW_CASE_COUNT, SW_CASE_OPEN, 3);
	assert_int_equal(c.ends_ms, now + 365 * DAY);
	assert_int_equal(c.opened_ms, NOON);
	now += 1;
	complaint_is(SW_CASE_BLOCK, SW_CASE_BLOCKED, 4);
	assert_int_equal(c.ends_ms, 0);
	now += 1000 * DAY;
	complaint_is(SW_CASE_NOTHING, SW_CASE_BLOCKED, 4);
	assert_int_equal(step(SW_CASE_TIME, 0), SW_CASE_NOTHING);
}

static void complaints_about_older_mail(void **state)
{
	step(SW_CASE_COMPLAINT, 0);
	now += 30 * DAY;
	assert_int_equal(step(SW_CASE_COMPLAINT, NOON + 6 * DAY), SW_CASE_COUNT);
	assert_int_equal(step(SW_CASE_COMPLAINT, NOON - 90 * DAY), SW_CASE_COUNT);
	assert_int_equal(step(SW_CASE_COMPLAINT, 1), SW_CASE_COUNT);
	assert_int_equal(step(SW_CASE_COMPLAINT, NOON + 7 * DAY), SW_CASE_BLOCK);
}

/* What is not known, or lies in the future, is of now. */
/* The period begins anew when the sender was told; nobody is told twice of a case. */
static void warned_later(void **state)
{
	complaint_is(SW_CASE_WARN, SW_CASE_OPEN, 1);
	assert_int_equal(sw_case_grace_ends(&rules, &c), NOON + 7 * DAY);
	c.warned_ms = NOON + 5 * DAY;
	assert_int_equal(sw_case_grace_ends(&rules, &c), NOON + 12 * DAY);
	now += 12 * DAY - 1;
	complaint_is(SW_CASE_COUNT, SW_CASE_OPEN, 2);
	assert_int_equal(c.warned_ms, NOON + 5 * DAY);
	now += DAY;
	assert_int_equal(step(SW_CASE_COMPLAINT, NOON + 12 * DAY - 1), SW_CASE_COUNT);
	complaint_is(SW_CASE_BLOCK, SW_CASE_BLOCKED, 4);
	assert_int_equal(step(SW_CASE_CLOSE, 0), SW_CASE_END);
	assert_int_equal(c.warned_ms, 0);
	complaint_is(SW_CASE_WARN, SW_CASE_OPEN, 1);
	c.warned_ms = NOON; /* before it was opened: nothing */
	assert_int_equal(sw_case_grace_ends(&rules, &c), now + 7 * DAY);
}

static void times_that_cannot_be(void **state)
{
	static const int64_t about[] = { 0, -1, INT64_MIN, INT64_MAX };

	for (unsigned i = 0; i < 4; i++) {
		setup(NULL);
		assert_int_equal(step(SW_CASE_COMPLAINT, about[i]), SW_CASE_WARN);
		now += 7 * DAY;
		assert_int_equal(step(SW_CASE_COMPLAINT, about[i]), SW_CASE_BLOCK);
	}
	setup(NULL);
	step(SW_CASE_COMPLAINT, 0);
	now -= 100 * DAY; /* a clock that goes back is milder */
	assert_int_equal(step(SW_CASE_COMPLAINT, 0), SW_CASE_COUNT);
	c.complaints = UINT32_MAX;
	assert_int_equal(step(SW_CASE_COMPLAINT, 0), SW_CASE_COUNT);
	assert_int_equal(c.complaints, UINT32_MAX);
}

static void more_of_them(void **state)
{
	rules.count = 5;
	step(SW_CASE_COMPLAINT, 0);
	now += 8 * DAY;
	for (uint32_t i = 2; i < 5; i++)
		complaint_is(SW_CASE_COUNT, SW_CASE_OPEN, i);
	complaint_is(SW_CASE_BLOCK, SW_CASE_BLOCKED, 5);
}

static void closing(void **state)
{
	assert_int_equal(step(SW_CASE_CLOSE, 0), SW_CASE_NOTHING);
	step(SW_CASE_COMPLAINT, 0);
	assert_int_equal(step(SW_CASE_CLOSE, 0), SW_CASE_END);
	assert_int_equal(c.state, SW_CASE_NONE);
	now += 10 * DAY;
	complaint_is(SW_CASE_WARN, SW_CASE_OPEN, 1); /* with a grace period of its own */
	now += 10 * DAY;
	complaint_is(SW_CASE_BLOCK, SW_CASE_BLOCKED, 2);
	assert_int_equal(step(SW_CASE_CLOSE, 0), SW_CASE_END);
	complaint_is(SW_CASE_WARN, SW_CASE_OPEN, 1);
}

static void silence(void **state)
{
	step(SW_CASE_COMPLAINT, 0);
	now += 365 * DAY - 1;
	assert_int_equal(step(SW_CASE_TIME, 0), SW_CASE_NOTHING);
	now += 1;
	assert_int_equal(step(SW_CASE_TIME, 0), SW_CASE_END);
	assert_int_equal(c.state, SW_CASE_NONE);
	step(SW_CASE_COMPLAINT, 0);
	now += 365 * DAY; /* and nobody was there to close it */
	complaint_is(SW_CASE_WARN, SW_CASE_OPEN, 1);
}

static void any_order(void **state)
{
	uint64_t random = 20261126;

	for (int round = 0; round < rounds(400); round++) {
		int64_t opened = 0, last = 0;
		bool open = false, blocked = false;
		unsigned complaints = 0;

		setup(NULL);
		rules.count = 2 + (uint32_t)(sw_random(&random) % 4);
		for (int i = 0; i < 100; i++) {
			enum sw_case_input input = (enum sw_case_input)(sw_random(&random) % 12);

			input = input > SW_CASE_TIME ? SW_CASE_COMPLAINT : input;
			now += (int64_t)(sw_random(&random) % (uint64_t)(4 * DAY));
			if (sw_random(&random) % 30 == 0)
				now += 360 * DAY;
			if (open && now - last >= rules.memory_ms && input != SW_CASE_CLOSE)
				open = false;
			step(input, 0);
			if (input == SW_CASE_CLOSE) {
				open = blocked = false;
			} else if (input == SW_CASE_COMPLAINT && !blocked) {
				if (!open)
					opened = now;
				complaints = open ? complaints + 1 : 1;
				last = now;
				blocked = open && now - opened >= rules.grace_ms &&
					  complaints >= rules.count;
				open = !blocked;
			}
			assert_int_equal(c.state, blocked ? SW_CASE_BLOCKED
						  : open  ? SW_CASE_OPEN
							  : SW_CASE_NONE);
			assert_int_equal(c.complaints, open || blocked ? complaints : 0);
		}
	}
}

static void bad_rules(void **state)
{
	struct sw_err err;

	assert_int_equal(sw_complaint_check(&rules, &err), 0);
	rules.grace_ms = 0;
	assert_int_equal(sw_complaint_check(&rules, &err), -EINVAL);
	rules.grace_ms = INT64_MAX;
	assert_int_equal(sw_complaint_check(&rules, &err), -EINVAL);
	setup(NULL);
	rules.memory_ms = rules.grace_ms;
	assert_int_equal(sw_complaint_check(&rules, &err), -EINVAL);
	rules.memory_ms = INT64_MAX;
	assert_int_equal(sw_complaint_check(&rules, &err), -EINVAL);
	setup(NULL);
	rules.count = 1;
	assert_int_equal(sw_complaint_check(&rules, &err), -EINVAL);
}

static void names(void **state)
{
	assert_string_equal(sw_case_state_name(SW_CASE_BLOCKED), "blocked");
	assert_string_equal(sw_case_state_name(SW_CASE_STATES), "unknown");
	assert_string_equal(sw_case_action_name(SW_CASE_WARN), "opened");
	assert_string_equal(sw_case_action_name(SW_CASE_ACTIONS), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(first_warns_later_blocks, setup),
		cmocka_unit_test_setup(complaints_about_older_mail, setup),
		cmocka_unit_test_setup(warned_later, setup),
		cmocka_unit_test_setup(times_that_cannot_be, setup),
		cmocka_unit_test_setup(more_of_them, setup),
		cmocka_unit_test_setup(closing, setup),
		cmocka_unit_test_setup(silence, setup),
		cmocka_unit_test_setup(any_order, setup),
		cmocka_unit_test_setup(bad_rules, setup),
		cmocka_unit_test_setup(names, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
