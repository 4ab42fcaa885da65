/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Painting the IPv6 table in place against a model that remembers every paint and looks
 * at all of them, at every prefix length, and with a reader at the same time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include <cmocka.h>

#include "lib/addr.h"
#include "tests/support/random.h"
#include "tests/support/tables.h"

#define CAPACITY 65536
#define PAINTS 4000
#define SEED 20261125

static uint64_t state;

static uint64_t rnd(void)
{
	return sw_random(&state);
}

/* ---- the model ---- */

static struct {
	struct sw_prefix prefix;
	uint8_t class;
} painted[PAINTS];
static size_t painted_n;

/* The last paint that an address is in says its class. */
static uint8_t model_class(const struct sw_prefix *addr)
{
	for (size_t i = painted_n; i-- > 0;)
		if (sw_prefix_contains(&painted[i].prefix, addr))
			return painted[i].class;
	return SW_CLASS_UNLISTED;
}

static void expect(const struct sw_table6 *t, struct sw_prefix addr)
{
	uint8_t got, want;
	char text[SW_PREFIX_TEXT];

	addr.len = 128;
	got = sw_table6_get(t, addr.hi, addr.lo);
	want = model_class(&addr);
	if (got != want)
		print_error("%s after %zu paints: table says class %u, model %u\n",
			    sw_prefix_format(&addr, text), painted_n, got, want);
	assert_int_equal(got, want);
}

static int paint(struct sw_table6 *t, const struct sw_prefix *p, uint8_t class)
{
	int err = sw_table6_paint(t, p->hi, p->lo, p->len, class);

	if (err)
		return err;
	assert_true(painted_n < PAINTS);
	painted[painted_n].prefix = *p;
	painted[painted_n++].class = class;
	return 0;
}

/* What one round is like: how many bits tell prefixes apart, and where they are. */
struct mood {
	const uint8_t *lens;
	unsigned lens_n, spread, classes;
};

static const uint8_t hosts[] = { 128 }, nets[] = { 64 }, ends[] = { 0, 1, 15, 16, 17, 127, 128 };
static const uint8_t common[] = { 20, 29, 32, 36, 40, 44, 48, 52, 56, 60, 64, 64, 128 };

static const struct mood moods[] = {
	{ nets, 1, 4, 1 },
	{ nets, 1, 40, 3 },
	{ hosts, 1, 4, 2 },
	{ hosts, 1, 96, 3 },
	{ common, sizeof(common), 30, 4 },
	{ ends, sizeof(ends), 12, 5 },
	{ NULL, 0, 10, 2 },
	{ NULL, 0, 100, 200 },
};

/* Bits below /16 that differ are few and all over the address, so that all nests. */
static struct sw_prefix random_prefix(const struct mood *m)
{
	uint64_t hi = rnd() % 8 ? 0x2a01000000000000 : rnd() % 2 ? 0 : ~0ull, lo = 0;
	uint8_t len = m->lens ? m->lens[rnd() % m->lens_n] : (uint8_t)(rnd() % 129);

	for (unsigned i = 0; i < 4; i++) {
		unsigned bit = (unsigned)(rnd() % (m->spread + 1)) * 7 % 112;

		if (bit < 48)
			hi ^= 1ull << (47 - bit);
		else
			lo ^= 1ull << (111 - bit);
	}
	return sw_prefix_ip6(hi, lo, len);
}

static void expect_around(const struct sw_table6 *t, const struct sw_prefix *p,
			  const struct mood *m)
{
	struct sw_prefix next = sw_prefix_last(p);

	expect(t, *p);
	expect(t, next);
	next.hi += !++next.lo;
	expect(t, next);
	next = *p;
	next.hi -= !next.lo--;
	expect(t, next);
	for (int i = 0; i < 10; i++)
		expect(t, random_prefix(m));
}

static void painting_equals_the_model(void **unused)
{
	state = SEED;
	for (unsigned m = 0; m < sizeof(moods) / sizeof(*moods); m++) {
		struct sw_table6 t = table6_new(CAPACITY);

		painted_n = 0;
		for (int i = 0; i < 2000; i++) {
			struct sw_prefix p = random_prefix(&moods[m]);

			assert_int_equal(paint(&t, &p, (uint8_t)(rnd() % (moods[m].classes + 1))),
					 0);
			expect_around(&t, &p, &moods[m]);
		}
		for (size_t i = 0; i < painted_n; i++)
			expect_around(&t, &painted[i].prefix, &moods[m]);
		assert_int_equal(sw_table6_sync(&t, NULL, 0), 0);
		assert_int_equal(sw_table6_used(&t), 0);
		table6_free(&t);
	}
}

static void what_was_painted_is_taken_over(void **unused)
{
	state = SEED;
	for (unsigned m = 0; m < sizeof(moods) / sizeof(*moods); m++) {
		struct sw_table6 t = table6_new(CAPACITY), again;
		uint32_t repaired;

		painted_n = 0;
		for (int i = 0; i < 1000; i++) {
			struct sw_prefix p = random_prefix(&moods[m]);

			paint(&t, &p, (uint8_t)(rnd() % 3));
		}
		assert_int_equal(sw_table6_init(&again, t.index, t.blocks, t.capacity, &repaired),
				 0);
		assert_int_equal(repaired, 0);
		for (size_t i = 0; i < painted_n; i++)
			expect_around(&again, &painted[i].prefix, &moods[m]);
		sw_table6_done(&again);
		table6_free(&t);
	}
}

static void a_full_table_refuses_a_paint_and_changes_nothing(void **unused)
{
	struct sw_table6 t = table6_new(300);
	struct sw_prefix p;
	uint32_t used;
	size_t before;

	state = SEED;
	painted_n = 0;
	do {
		p = sw_prefix_ip6(rnd(), rnd(), 128);
	} while (!paint(&t, &p, 1));
	before = painted_n;
	assert_true(before > 100);
	used = sw_table6_used(&t);
	for (int i = 0; i < 200; i++) {
		p = sw_prefix_ip6(rnd(), rnd(), 33 + (unsigned)(rnd() % 96));
		if (sw_table6_paint(&t, p.hi, p.lo, p.len, 2)) {
			assert_int_equal(sw_table6_get(&t, p.hi, p.lo), model_class(&p));
			assert_int_equal(sw_table6_used(&t), used);
		} else { /* it found room in a line */
			assert_int_equal(sw_table6_get(&t, p.hi, p.lo), 2);
			assert_int_equal(sw_table6_paint(&t, p.hi, p.lo, p.len, 0), 0);
			used = sw_table6_used(&t);
		}
	}
	for (size_t i = 0; i < before; i++)
		expect(&t, painted[i].prefix);
	/* What is taken away as a whole makes room. */
	assert_int_equal(sw_table6_paint(&t, 0, 0, 0, 0), 0);
	assert_int_equal(sw_table6_used(&t), 0);
	assert_int_equal(sw_table6_paint(&t, p.hi, p.lo, p.len, 2), 0);
	table6_free(&t);
}

/* ---- lists and verdicts in a table that is nearly full ---- */

static struct sw_prefix source_of(uint32_t i)
{
	/* Neighbours of one /32, each with a /64 of its own: runs below runs. */
	return sw_prefix_ip6(0x2a01000000000000 | (uint64_t)(i % 97) << 32 |
				     (i * 2654435761u & 0xffffff),
			     0, 64);
}

static void sources_come_and_go_without_end(void **unused)
{
	struct sw_table6 t6 = table6_new(4096);
	struct sw_table4 t4 = table4_new(SW_CLASS_MAX + 1);
	struct sw_table *table = sw_table_open(&t4, &t6, NULL);
	struct sw_rank rank[SW_CLASS_MAX] = { [1] = { 1, 1 } };
	uint32_t full = 0;

	assert_non_null(table);
	assert_int_equal(sw_table_load(table, NULL, 0, NULL, 0, rank), 0);
	for (uint32_t i = 0; i < 60000; i++) {
		struct sw_prefix p = source_of(i), old = source_of(i - 200);

		assert_int_equal(sw_table_set(table, &p, 1, 0), 0);
		assert_int_equal(sw_table6_get(&t6, p.hi, p.lo), 1);
		if (i >= 200) {
			assert_int_equal(sw_table_clear(table, &old), 0);
			assert_int_equal(sw_table6_get(&t6, old.hi, old.lo), 0);
			assert_true(sw_table6_used(&t6) < 600); /* some 340 if written as a list */
		}
	}
	for (uint32_t i = 60000 - 200; i < 60000; i++) {
		struct sw_prefix p = source_of(i);

		assert_int_equal(sw_table6_get(&t6, p.hi, p.lo), 1);
	}
	/* Full is full: what does not fit is refused, what is there stays. */
	for (uint32_t i = 60000; i < 160000 && !full; i++) {
		struct sw_prefix p = source_of(i);
		int err = sw_table_set(table, &p, 1, 0);

		assert_true(!err || err == -ENOSPC);
		full = err ? i : 0;
	}
	assert_true(full > 60000 + 2000);
	for (uint32_t i = 60000 - 200; i < full; i++) {
		struct sw_prefix p = source_of(i);

		assert_int_equal(sw_table6_get(&t6, p.hi, p.lo), 1);
	}
	sw_table_close(table);
	table6_free(&t6);
	table4_free(&t4);
}

/* ---- with a reader ---- */

static struct {
	const struct sw_table6 *table;
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

/* Of the sources that are watched, by their number: which classes they ever have. */
static bool allowed(unsigned i, uint8_t class)
{
	switch (i % 4) {
	case 0:
		return class == 1;
	case 1:
		return class == 0 || class == 1;
	case 2:
		return class == 1 || class == 2;
	default:
		return class == 0;
	}
}

/* Some share all but their last bits, some only a /32. */
static struct sw_prefix watched(unsigned i)
{
	uint64_t hi = 0x2a01000000000000 | (uint64_t)(i / 64 % 4) << 32 | i % 64 << (i % 3 * 8);

	return sw_prefix_ip6(hi, i % 5 ? 0 : i, i % 5 ? 64 : 128);
}

static void *read_all_the_time(void *arg)
{
	uint64_t s = 1;

	while (!__atomic_load_n(&reader.stop, __ATOMIC_RELAXED)) {
		struct sw_prefix p;
		unsigned i;

		s = s * 6364136223846793005ull + 1442695040888963407ull;
		i = (unsigned)(s >> 40) % 256;
		p = watched(i);
		reader.wrong += !allowed(i, sw_table6_get(reader.table, p.hi, p.lo));
		__atomic_fetch_add(&reader.reads, 1, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&reader.running, false, __ATOMIC_RELEASE);
	return NULL;
}

static void paint_some(struct sw_table6 *t, uint64_t r)
{
	static const uint8_t classes[4][2] = { { 1, 1 }, { 0, 1 }, { 1, 2 }, { 0, 0 } };
	unsigned i = (unsigned)(r >> 20) % 256;
	struct sw_prefix p = watched(i);

	if (r % 4 == 0) { /* one of those that are watched */
		assert_int_equal(sw_table6_paint(t, p.hi, p.lo, p.len, classes[i % 4][r >> 8 & 1]),
				 0);
	} else { /* a neighbour comes or goes, and blocks change their kind */
		p.hi ^= 0x80 + (r >> 30) % 64;
		p.lo = r >> 40;
		assert_int_equal(sw_table6_paint(t, p.hi, p.lo, 57 + (unsigned)(r >> 50) % 72,
						 (uint8_t)(r >> 9 & 3)),
				 0);
	}
}

static void a_reader_sees_old_or_new_and_nothing_else(void **unused)
{
	struct sw_table6 t = table6_new(CAPACITY);
	pthread_t thread;

	state = SEED;
	for (unsigned i = 0; i < 256; i++) {
		struct sw_prefix p = watched(i);

		if (i % 4 != 3)
			assert_int_equal(sw_table6_paint(&t, p.hi, p.lo, p.len, 1), 0);
	}
	reader.table = &t;
	reader.running = true;
	assert_int_equal(pthread_create(&thread, NULL, read_all_the_time, NULL), 0);
	for (int i = 0; i < 200000; i++)
		paint_some(&t, rnd());
	__atomic_store_n(&reader.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	assert_true(reader.reads > 1000);
	assert_int_equal(reader.wrong, 0);
	table6_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(painting_equals_the_model),
		cmocka_unit_test(what_was_painted_is_taken_over),
		cmocka_unit_test(a_full_table_refuses_a_paint_and_changes_nothing),
		cmocka_unit_test(sources_come_and_go_without_end),
		cmocka_unit_test(a_reader_sees_old_or_new_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
