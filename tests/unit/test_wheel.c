/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The timer wheel against a model that looks at every timer: random setting, cancelling
 * and going on, in callbacks too, over jumps of every size; and a million timers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/wheel.h"
#include "support/random.h"

#define TIMERS 400

struct item {
	struct sw_wheel_timer timer;
	bool set; /* the model: */
	uint64_t expires; /* what is past counts as the tick of setting it */
	unsigned epoch; /* of the run in which it was set for a tick that had come */
};

struct world {
	struct sw_wheel wheel;
	struct item items[TIMERS];
	uint64_t random, last;
	unsigned called, epoch, busy; /* busy: what a callback does, in percent */
	bool running;
};

static uint64_t below(struct world *w, uint64_t n)
{
	return sw_random(&w->random) % n;
}

/* Near and far alike: any number of bits. */
static uint64_t distance(struct world *w)
{
	return sw_random(&w->random) >> below(w, 64);
}

static void set_one(struct world *w, struct item *item)
{
	uint64_t now = w->wheel.now, far = distance(w), expires;

	if (below(w, 8) == 0)
		expires = now - below(w, now < 100 ? now + 1 : 100); /* past or now */
	else
		expires = far > UINT64_MAX - now ? UINT64_MAX : now + far;
	sw_wheel_set(&w->wheel, &item->timer, expires);
	item->set = true;
	item->epoch = w->running && expires <= now ? w->epoch : 0;
	item->expires = expires > now ? expires : now;
}

static void cancel_one(struct world *w, struct item *item)
{
	sw_wheel_cancel(&w->wheel, &item->timer);
	assert_false(sw_wheel_is_set(&item->timer));
	item->set = false;
}

static struct item *any(struct world *w)
{
	return &w->items[below(w, TIMERS)];
}

static void called(void *ctx, struct sw_wheel_timer *timer)
{
	struct world *w = ctx;
	struct item *item = (struct item *)timer;

	assert_false(sw_wheel_is_set(timer));
	assert_true(item->set);
	assert_true(item->expires <= w->wheel.now);
	assert_true(item->expires >= w->last); /* in order */
	assert_true(!item->epoch || item->epoch != w->epoch); /* not in the run that set it */
	for (int i = 0; i < TIMERS && !w->called; i++)
		if (w->items[i].set)
			assert_true(w->items[i].expires >= item->expires);
	w->last = item->expires;
	item->set = false;
	w->called++;
	if (below(w, 100) < w->busy)
		set_one(w, below(w, 2) ? item : any(w));
	if (below(w, 100) < w->busy)
		cancel_one(w, any(w));
}

static void advance(struct world *w, uint64_t now)
{
	/* what callbacks set for ticks that had come is due now, in any order */
	for (int i = 0; i < TIMERS; i++)
		if (w->items[i].set && w->items[i].expires < w->wheel.now)
			w->items[i].expires = w->wheel.now;
	w->called = 0;
	w->last = 0;
	w->epoch++;
	w->running = true;
	sw_wheel_advance(&w->wheel, now, called, w);
	w->running = false;
	assert_int_equal(w->wheel.now, now);
}

/* Nothing that is due was left, nothing is due before the bound. */
static void check(struct world *w)
{
	uint64_t next = sw_wheel_next(&w->wheel), first = UINT64_MAX;
	size_t count = 0;

	for (int i = 0; i < TIMERS; i++) {
		struct item *item = &w->items[i];

		assert_int_equal(item->set, sw_wheel_is_set(&item->timer));
		if (!item->set)
			continue;
		count++;
		first = item->expires < first ? item->expires : first;
	}
	/* what a callback set for a tick that had come is due now */
	if (first < w->wheel.now)
		first = w->wheel.now;
	assert_int_equal(w->wheel.count, count);
	assert_true(next <= first && next >= w->wheel.now);
	/* a timer for the last tick of all may have a bound before it */
	if (count == 0)
		assert_int_equal(next, SW_WHEEL_NEVER);
	if (next == SW_WHEEL_NEVER)
		assert_int_equal(first, UINT64_MAX);
	if (first - w->wheel.now < 2)
		assert_int_equal(next, first);
}

static void random_steps(unsigned busy, uint64_t seed, uint64_t start, int steps)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->random = seed;
	w->busy = busy;
	sw_wheel_init(&w->wheel, start);
	for (int i = 0; i < steps; i++) {
		uint64_t far = distance(w) >> below(w, 24), room = UINT64_MAX - w->wheel.now;

		for (uint64_t n = below(w, 30); n > 0; n--)
			set_one(w, any(w));
		for (uint64_t n = below(w, 10); n > 0; n--)
			cancel_one(w, any(w));
		check(w);
		/* mostly small steps: else the end of time comes soon */
		if (below(w, 8))
			far &= 0xfffff;
		advance(w, w->wheel.now + (far < room ? far : room));
		for (int j = 0; j < TIMERS; j++)
			assert_true(!w->items[j].set || w->items[j].expires > w->wheel.now ||
				    (w->items[j].epoch == w->epoch));
		check(w);
	}
	advance(w, UINT64_MAX);
	advance(w, UINT64_MAX);
	if (!busy)
		assert_int_equal(w->wheel.count, 0);
	free(w);
}

static void test_model(void **state)
{
	for (uint64_t seed = 1; seed <= 40; seed++)
		random_steps(0, seed, seed % 2 ? 0 : 1732000000000, 60);
}

static void test_model_with_busy_callbacks(void **state)
{
	for (uint64_t seed = 1; seed <= 40; seed++)
		random_steps(40, seed, seed % 2 ? 63 : UINT64_MAX - (UINT64_C(1) << 50), 60);
}

/* ---- single cases ---- */

struct simple {
	struct sw_wheel wheel;
	struct sw_wheel_timer timer[4];
	uint64_t again; /* set the timer anew so far ahead */
	unsigned called;
	uint64_t at[16];
};

static void simple_called(void *ctx, struct sw_wheel_timer *timer)
{
	struct simple *s = ctx;

	assert_true(s->called < 16);
	s->at[s->called++] = s->wheel.now;
	if (s->again != UINT64_MAX)
		sw_wheel_set(&s->wheel, timer, s->wheel.now + s->again);
}

static void test_ticks(void **state)
{
	struct simple s = { .again = UINT64_MAX };

	sw_wheel_init(&s.wheel, 1000);
	assert_int_equal(sw_wheel_next(&s.wheel), SW_WHEEL_NEVER);
	sw_wheel_cancel(&s.wheel, &s.timer[0]); /* not set: nothing */
	sw_wheel_set(&s.wheel, &s.timer[0], 1001);
	sw_wheel_set(&s.wheel, &s.timer[1], 999); /* past */
	sw_wheel_set(&s.wheel, &s.timer[2], 1000); /* now */
	sw_wheel_set(&s.wheel, &s.timer[3], 5000);
	sw_wheel_set(&s.wheel, &s.timer[3], 1002); /* moved */
	assert_int_equal(s.wheel.count, 4);
	assert_int_equal(sw_wheel_next(&s.wheel), 1000);
	sw_wheel_advance(&s.wheel, 1000, simple_called, &s);
	assert_int_equal(s.called, 2);
	assert_int_equal(sw_wheel_next(&s.wheel), 1001);
	sw_wheel_advance(&s.wheel, 900, simple_called, &s); /* back: nothing */
	assert_int_equal(s.wheel.now, 1000);
	sw_wheel_advance(&s.wheel, 1001, simple_called, &s);
	assert_int_equal(s.called, 3);
	assert_int_equal(s.at[2], 1001);
	sw_wheel_advance(&s.wheel, 9999, simple_called, &s);
	assert_int_equal(s.called, 4);
	assert_int_equal(s.at[3], 1002);
	assert_int_equal(sw_wheel_next(&s.wheel), SW_WHEEL_NEVER);
}

static void test_callback_that_sets_itself(void **state)
{
	struct simple s = { .again = 0 };

	sw_wheel_init(&s.wheel, 0);
	sw_wheel_set(&s.wheel, &s.timer[0], 10);
	sw_wheel_advance(&s.wheel, 20, simple_called, &s);
	assert_int_equal(s.called, 1); /* due at once: in the next run */
	assert_int_equal(sw_wheel_next(&s.wheel), 20);
	s.again = 5;
	sw_wheel_advance(&s.wheel, 40, simple_called, &s);
	/* at 20, late; then 25, 30, 35, 40 */
	assert_int_equal(s.called, 6);
	assert_int_equal(s.at[1], 20);
	assert_int_equal(s.at[5], 40);
	assert_int_equal(s.wheel.count, 1);
}

static void cancel_others(void *ctx, struct sw_wheel_timer *timer)
{
	struct simple *s = ctx;

	s->called++;
	for (int i = 0; i < 4; i++)
		sw_wheel_cancel(&s->wheel, &s->timer[i]);
}

static void test_callback_that_cancels_the_rest(void **state)
{
	struct simple s = { .again = 0 };

	sw_wheel_init(&s.wheel, 0);
	for (int i = 0; i < 4; i++)
		sw_wheel_set(&s.wheel, &s.timer[i], 70);
	sw_wheel_advance(&s.wheel, 1000, cancel_others, &s);
	assert_int_equal(s.called, 1);
	assert_int_equal(s.wheel.count, 0);
	assert_int_equal(sw_wheel_next(&s.wheel), SW_WHEEL_NEVER);
}

/* Sleeping until the bound, again and again: how often, for one that is far? */
static void test_wakeups(void **state)
{
	struct simple s = { .again = UINT64_MAX };
	unsigned wakeups = 0;

	sw_wheel_init(&s.wheel, 1732000000001);
	sw_wheel_set(&s.wheel, &s.timer[0], 1732000000001 + UINT64_C(3155760000000));
	for (; !s.called; wakeups++)
		sw_wheel_advance(&s.wheel, sw_wheel_next(&s.wheel), simple_called, &s);
	assert_in_range(wakeups, 1, SW_WHEEL_LEVELS);
	assert_int_equal(s.at[0], 1732000000001 + UINT64_C(3155760000000));
	/* the last tick there is */
	s.called = 0;
	sw_wheel_set(&s.wheel, &s.timer[0], UINT64_MAX);
	sw_wheel_advance(&s.wheel, UINT64_MAX - 1, simple_called, &s);
	assert_int_equal(s.called, 0);
	sw_wheel_advance(&s.wheel, UINT64_MAX, simple_called, &s);
	assert_int_equal(s.called, 1);
}

static void count_only(void *ctx, struct sw_wheel_timer *timer)
{
	++*(unsigned *)ctx;
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void test_a_million(void **state)
{
	const unsigned n = 1000000;
	struct sw_wheel_timer *timers = calloc(n, sizeof(*timers));
	struct sw_wheel wheel;
	uint64_t random = 9, start = 1732000000000, now = start;
	unsigned count = 0;
	double at = seconds(), took;

	assert_non_null(timers);
	sw_wheel_init(&wheel, now);
	for (unsigned i = 0; i < n; i++)
		sw_wheel_set(&wheel, &timers[i], now + sw_random(&random) % 7200000);
	for (unsigned i = 0; i < n; i += 2)
		sw_wheel_cancel(&wheel, &timers[i]);
	while (sw_wheel_next(&wheel) != SW_WHEEL_NEVER) {
		now += 1000;
		sw_wheel_advance(&wheel, now, count_only, &count);
	}
	took = seconds() - at;
	print_message("# a million set, half cancelled, half called: %.0f ms\n", took * 1e3);
	assert_int_equal(count, n / 2);
	assert_in_range(now - start, 7190000, 7201000);
	free(timers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_model_with_busy_callbacks),
		cmocka_unit_test(test_ticks),
		cmocka_unit_test(test_callback_that_sets_itself),
		cmocka_unit_test(test_callback_that_cancels_the_rest),
		cmocka_unit_test(test_wakeups),
		cmocka_unit_test(test_a_million),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
