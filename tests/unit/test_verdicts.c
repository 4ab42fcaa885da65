/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lists and single verdicts in one table, through every order of changes, against an
 * oracle that looks at each list entry and each verdict; and with a reader running.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include <cmocka.h>

#include "tests/support/rounds.h"
#include "tests/support/table_world.h"

#define SEED 20261125

static uint64_t state;

static void every_order_of_changes_ends_where_the_oracle_is(void **unused)
{
	static struct sw_world w;

	state = SEED;
	for (int round = 0; round < rounds(40); round++) {
		sw_world_open(&w, &state);
		sw_world_lists(&w);
		for (int i = 0; i < 400; i++) {
			struct sw_prefix touched = sw_world_prefix(&w, sw_world_family(&w));

			if (sw_world_rnd(&w) % 20 == 0)
				sw_world_lists(&w);
			else if (sw_world_rnd(&w) % 3)
				touched = sw_world_set(&w, 0);
			else
				touched = sw_world_clear(&w);
			sw_world_check(&w, &touched);
		}
		sw_world_close(&w);
	}
}

static void a_verdict_can_be_asked_for(void **unused)
{
	struct sw_prefix host = sw_prefix_ip4(0x05010203, 32), net = sw_prefix_ip4(0x05010200, 24);
	struct sw_table_verdict verdict = { .class = 77 };
	static struct sw_world w;

	state = SEED;
	sw_world_open(&w, &state);
	assert_int_equal(sw_table_verdict(w.table, &host, &verdict), -ENOENT);
	assert_int_equal(verdict.class, 77);
	assert_int_equal(sw_table_set(w.table, &host, 9, 0), 0);
	assert_int_equal(sw_table_set(w.table, &host, 9, 0), 0);
	assert_int_equal(sw_table_verdict(w.table, &host, &verdict), 0);
	assert_int_equal(verdict.class, 9);
	assert_int_equal(sw_table_verdict(w.table, &net, &verdict), -ENOENT);
	assert_int_equal(sw_table_set(w.table, &net, SW_CLASS_UNLISTED, 0), -EINVAL);
	assert_int_equal(sw_table_clear(w.table, &host), 0);
	assert_int_equal(sw_table_clear(w.table, &host), -ENOENT);
	assert_int_equal(sw_table4_get(&w.t4, 0x05010203), SW_CLASS_UNLISTED);
	sw_world_close(&w);
}

/* ---- with a reader ---- */

enum { LIST = 1, OTHER_LIST = 2, ALLOW = 3, BOUNCE = 4, HOST_BOUNCE = 5 };

static struct {
	const struct sw_world *world;
	bool running, stop;
	uint64_t wrong, reads;
} reader;

/* See test_table.c: a thread of this program is not inside an RCU section. */
void sw_table_wait_readers(void)
{
	uint64_t before = __atomic_load_n(&reader.reads, __ATOMIC_ACQUIRE);

	while (__atomic_load_n(&reader.running, __ATOMIC_ACQUIRE) &&
	       __atomic_load_n(&reader.reads, __ATOMIC_ACQUIRE) - before < 2)
		sched_yield();
}

/*
 * The even sources are in one of two lists, those that 4 divides are allowed, whatever
 * verdicts come; the odd ones are in no list; all may be bounced, one by one or as a network.
 */
static bool allowed(unsigned source, uint8_t class)
{
	if (source % 4 == 0)
		return class == ALLOW;
	if (source % 2 == 0 && class == SW_CLASS_UNLISTED)
		return false;
	if (source % 2 && (class == LIST || class == OTHER_LIST))
		return false;
	return class != ALLOW;
}

static void *read_all_the_time(void *arg)
{
	const struct sw_world *w = reader.world;
	uint64_t s = 1;

	while (!__atomic_load_n(&reader.stop, __ATOMIC_RELAXED)) {
		unsigned source;

		s = s * 6364136223846793005ull + 1442695040888963407ull;
		source = (unsigned)(s >> 40) % 256;
		reader.wrong += !allowed(source, sw_table4_get(&w->t4, 0x05010200 | source));
		reader.wrong += !allowed(
			source, sw_table6_get(&w->t6, 0x2a01000000000100 | source, s & 0xff));
		__atomic_fetch_add(&reader.reads, 1, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&reader.running, false, __ATOMIC_RELEASE);
	return NULL;
}

static void load_lists(struct sw_world *w, unsigned round)
{
	uint8_t class = round % 2 ? LIST : OTHER_LIST;

	w->n4 = w->n6 = 0;
	for (uint32_t a = 0; a < 256; a += 2) {
		uint8_t c = a % 4 ? class : ALLOW;

		w->list4[w->n4++] =
			(struct sw_entry4){ .addr = 0x05010200 | a, .len = 32, .class = c };
		w->list6[w->n6++] =
			(struct sw_entry6){ .hi = 0x2a01000000000100 | a, .len = 64, .class = c };
	}
	assert_int_equal(sw_table_load(w->table, w->list4, w->n4, w->list6, w->n6, w->rank), 0);
}

static void change_one(struct sw_world *w)
{
	uint64_t r = sw_world_rnd(w);
	struct sw_prefix p = r % 2 ? sw_prefix_ip4(0x05010200 | (uint32_t)(r >> 8) % 256, 32)
				   : sw_prefix_ip6(0x2a01000000000100 | (r >> 8) % 256, 0, 64);
	uint8_t class = HOST_BOUNCE;
	int err;

	if (r >> 16 & 1 && (r >> 17) % 16 == 0) {
		p = sw_prefix_truncate(&p, p.family == 4 ? 26 : 58);
		class = BOUNCE;
	}
	if (r >> 30 & 1) {
		assert_int_equal(sw_table_set(w->table, &p, class, 0), 0);
	} else {
		err = sw_table_clear(w->table, &p);
		assert_true(!err || err == -ENOENT);
	}
}

static void a_reader_sees_old_or_new_and_nothing_else(void **unused)
{
	static struct sw_world w;
	pthread_t thread;

	state = SEED;
	sw_world_open(&w, &state);
	memset(w.rank, 0, sizeof(w.rank));
	w.rank[LIST].tier = w.rank[OTHER_LIST].tier = 1;
	w.rank[BOUNCE].tier = w.rank[HOST_BOUNCE].tier = 2;
	w.rank[ALLOW].tier = 3;
	load_lists(&w, 0);
	reader.world = &w;
	reader.running = true;
	assert_int_equal(pthread_create(&thread, NULL, read_all_the_time, NULL), 0);
	for (unsigned i = 0; i < 20000; i++) {
		if (i % 500 == 0)
			load_lists(&w, i / 500);
		change_one(&w);
	}
	__atomic_store_n(&reader.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	assert_true(reader.reads > 1000);
	assert_int_equal(reader.wrong, 0);
	sw_world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_order_of_changes_ends_where_the_oracle_is),
		cmocka_unit_test(a_verdict_can_be_asked_for),
		cmocka_unit_test(a_reader_sees_old_or_new_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
