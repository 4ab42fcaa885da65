/* SPDX-License-Identifier: GPL-2.0-only */
/* Who is connected to the desk, who has to go, and questions that are open: bounds, order, time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "desk/enquiries.h"
#include "desk/crowd.h"

static const struct sw_crowd_limits limits = {
	.all = 100,
	.by_source = 3,
	.phase_ms = { 0, 1000, 200 },
	.life_ms = 3000,
};

static struct sw_crowd crowd;
static struct sw_crowd_member member[200];

static int setup(void **state)
{
	memset(member, 0, sizeof(member));
	return sw_crowd_init(&crowd, &limits, 42);
}

static int teardown(void **state)
{
	sw_crowd_done(&crowd);
	return 0;
}

static int join(size_t i, const char *source, uint64_t now_ms)
{
	struct sw_prefix p;

	assert_int_equal(sw_addr_parse(source, &p), 0);
	return sw_crowd_join(&crowd, &member[i], &p, now_ms);
}

static void test_by_source(void **state)
{
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(join(i, "192.0.2.1", 0), 0);
	assert_int_equal(join(3, "192.0.2.1", 0), -EUSERS);
	assert_int_equal(join(3, "192.0.2.2", 0), 0);
	/* the /64 counts */
	for (size_t i = 4; i < 7; i++)
		assert_int_equal(join(i, i == 4 ? "2001:db8::1" : "2001:db8::ffff:1", 0), 0);
	assert_int_equal(join(7, "2001:db8::2", 0), -EUSERS);
	assert_int_equal(join(7, "2001:db8:0:1::2", 0), 0);
	assert_int_equal(crowd.n, 8);
	sw_crowd_leave(&crowd, &member[1]);
	assert_int_equal(join(1, "192.0.2.1", 0), 0);
	assert_int_equal(join(8, "192.0.2.1", 0), -EUSERS);
	/* of no source: only the whole counts */
	for (size_t i = 8; i < limits.all; i++)
		assert_int_equal(sw_crowd_join(&crowd, &member[i], NULL, 0), 0);
	assert_int_equal(sw_crowd_join(&crowd, &member[150], NULL, 0), -ENOSPC);
	assert_int_equal(join(150, "192.0.2.1", 0), -EUSERS);
}

static void test_idle(void **state)
{
	assert_null(sw_crowd_idle(&crowd));
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(sw_crowd_join(&crowd, &member[i], NULL, i), 0);
	/* who is asked about has no answer yet */
	assert_null(sw_crowd_idle(&crowd));
	sw_crowd_turn(&crowd, &member[2], SW_CROWD_TALKING, 10);
	sw_crowd_turn(&crowd, &member[0], SW_CROWD_TALKING, 11);
	assert_ptr_equal(sw_crowd_idle(&crowd), &member[2]);
	sw_crowd_turn(&crowd, &member[2], SW_CROWD_TALKING, 12);
	assert_ptr_equal(sw_crowd_idle(&crowd), &member[0]);
	/* who has heard all goes first */
	sw_crowd_turn(&crowd, &member[2], SW_CROWD_LEAVING, 13);
	assert_ptr_equal(sw_crowd_idle(&crowd), &member[2]);
	sw_crowd_leave(&crowd, &member[2]);
	sw_crowd_leave(&crowd, &member[0]);
	assert_null(sw_crowd_idle(&crowd));
	assert_int_equal(crowd.n, 2);
}

static void test_time(void **state)
{
	assert_null(sw_crowd_due(&crowd, 1000000));
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(sw_crowd_join(&crowd, &member[i], NULL, 0), 0);
	/* idle */
	sw_crowd_turn(&crowd, &member[0], SW_CROWD_TALKING, 500);
	assert_null(sw_crowd_due(&crowd, 1499));
	assert_ptr_equal(sw_crowd_due(&crowd, 1500), &member[0]);
	sw_crowd_turn(&crowd, &member[0], SW_CROWD_LEAVING, 1500);
	assert_null(sw_crowd_due(&crowd, 1699));
	assert_ptr_equal(sw_crowd_due(&crowd, 1700), &member[0]);
	sw_crowd_leave(&crowd, &member[0]);
	/* who is never idle lives so long */
	for (uint64_t t = 900; t < 3000; t += 100) {
		sw_crowd_turn(&crowd, &member[1], SW_CROWD_TALKING, t);
		assert_null(sw_crowd_due(&crowd, t));
	}
	assert_null(sw_crowd_due(&crowd, 2999));
	assert_ptr_equal(sw_crowd_due(&crowd, 3000), &member[1]);
	/* ... and gets the time to hear it */
	sw_crowd_turn(&crowd, &member[1], SW_CROWD_LEAVING, 3000);
	sw_crowd_leave(&crowd, &member[2]);
	assert_null(sw_crowd_due(&crowd, 3199));
	assert_ptr_equal(sw_crowd_due(&crowd, 3200), &member[1]);
	/* a clock that seems to go back ends nobody's time */
	assert_null(sw_crowd_due(&crowd, 10));
}

/* Random comings and goings: numbers are those of a simple count, and in the end it is empty. */
static void test_random(void **state)
{
	unsigned of[8] = { 0 }, all = 0;
	int where[200];

	memset(where, 0xff, sizeof(where));
	srand(7);
	for (int round = 0; round < 100000; round++) {
		size_t i = (size_t)rand() % 200;
		unsigned s = (unsigned)rand() % 8;
		const struct sw_prefix p = sw_prefix_ip4(0xc0000200 + s, 32);

		if (where[i] >= 0 && rand() % 4) {
			sw_crowd_turn(&crowd, &member[i],
				      (enum sw_crowd_phase)(rand() % SW_CROWD_PHASES),
				      (uint64_t)round);
		} else if (where[i] >= 0) {
			sw_crowd_leave(&crowd, &member[i]);
			of[where[i]]--;
			all--;
			where[i] = -1;
		} else {
			int code = sw_crowd_join(&crowd, &member[i], &p, (uint64_t)round);

			assert_int_equal(code, of[s] == 3 ? -EUSERS : 0);
			where[i] = code ? -1 : (int)s;
			of[s] += !code;
			all += !code;
		}
		assert_int_equal(crowd.n, all);
	}
	for (size_t i = 0; i < 200; i++)
		if (where[i] >= 0)
			sw_crowd_leave(&crowd, &member[i]);
	assert_int_equal(crowd.n, 0);
	assert_null(sw_crowd_idle(&crowd));
	assert_null(sw_crowd_due(&crowd, UINT64_MAX));
}

/* ---- questions ---- */

static struct {
	unsigned calls;
	const struct sw_answer *answer;
} heard;

static void hear(void *ctx, const struct sw_answer *answer)
{
	heard.calls++;
	heard.answer = answer;
}

static void test_asks(void **state)
{
	const struct sw_answer answer = { .class_name = "x" };
	struct sw_enquiries asks;
	struct sw_enquiry *a, *b;
	uint32_t id;

	assert_int_equal(sw_enquiries_init(&asks, 2), 0);
	assert_null(sw_enquiries_oldest(&asks));
	a = sw_enquiries_take(&asks, 1);
	b = sw_enquiries_take(&asks, 2);
	assert_true(a && b && a->id && b->id && a->id != b->id);
	assert_null(sw_enquiries_take(&asks, 3));
	assert_ptr_equal(sw_enquiries_find(&asks, a->id), a);
	assert_null(sw_enquiries_find(&asks, 0));
	assert_null(sw_enquiries_find(&asks, a->id + 7));
	assert_null(sw_enquiries_find(&asks, UINT32_MAX));
	sw_enquiries_sent(&asks, b);
	assert_ptr_equal(sw_enquiries_oldest(&asks), a);
	sw_enquiries_sent(&asks, a);
	assert_true(TAILQ_EMPTY(&asks.unsent));
	a->fn = hear;
	id = a->id;
	sw_enquiries_finish(&asks, a, &answer);
	assert_int_equal(heard.calls, 1);
	assert_ptr_equal(heard.answer, &answer);
	/* who comes late meets nobody */
	assert_null(sw_enquiries_find(&asks, id));
	a = sw_enquiries_take(&asks, 4);
	assert_non_null(a);
	assert_int_not_equal(a->id, id);
	assert_null(sw_enquiries_find(&asks, id));
	assert_ptr_equal(sw_enquiries_oldest(&asks), b);
	sw_enquiries_give_back(&asks, b);
	assert_ptr_equal(sw_enquiries_oldest(&asks), a);
	sw_enquiries_done(&asks);
}

/* Numbers come again only after all turns of all places, and none is ever 0. */
static void test_ask_numbers(void **state)
{
	struct sw_enquiries asks;
	uint32_t first = 0;
	unsigned again = 0;

	assert_int_equal(sw_enquiries_init(&asks, 1), 0);
	for (unsigned i = 0; i < 300000; i++) {
		struct sw_enquiry *a = sw_enquiries_take(&asks, i);

		assert_non_null(a);
		assert_int_not_equal(a->id, 0);
		if (!i)
			first = a->id;
		else if (a->id == first)
			again++;
		sw_enquiries_give_back(&asks, a);
	}
	assert_in_range(again, 1, 2);
	sw_enquiries_done(&asks);
	assert_int_equal(sw_enquiries_init(&asks, 10 * SW_ENQUIRIES), 0);
	assert_int_equal(asks.n, SW_ENQUIRIES);
	sw_enquiries_done(&asks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_by_source, setup, teardown),
		cmocka_unit_test_setup_teardown(test_idle, setup, teardown),
		cmocka_unit_test_setup_teardown(test_time, setup, teardown),
		cmocka_unit_test_setup_teardown(test_random, setup, teardown),
		cmocka_unit_test(test_asks),
		cmocka_unit_test(test_ask_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
