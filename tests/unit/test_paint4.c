/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Painting the IPv4 table in place against a model that has a byte for each address,
 * from every kind of block to every other, and with a reader at the same time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include <cmocka.h>

#include "lists/flatten.h"
#include "tests/support/random.h"
#include "tests/support/tables.h"

#define BASE 0x05000000u
#define ADDRESSES 0x30000u /* three /16s */
#define CAPACITY 65536
#define SEED 20261125

static uint64_t state;

static uint64_t rnd(void)
{
	return sw_random(&state);
}

/* ---- the model ---- */

static uint8_t model[ADDRESSES];

static void expect(const struct sw_table4 *t, uint32_t offset)
{
	uint8_t got = sw_table4_get(t, BASE + offset);

	if (got != model[offset])
		print_error("address %08x: table says class %u, model %u\n", BASE + offset, got,
			    model[offset]);
	assert_int_equal(got, model[offset]);
}

static void expect_all(const struct sw_table4 *t)
{
	for (uint32_t a = 0; a < ADDRESSES; a++)
		expect(t, a);
	assert_int_equal(sw_table4_get(t, BASE - 1), 0);
	assert_int_equal(sw_table4_get(t, BASE + ADDRESSES), 0);
}

static void paint(struct sw_table4 *t, uint32_t first, uint32_t last, uint8_t class)
{
	assert_int_equal(sw_table4_paint(t, BASE + first, BASE + last, class), 0);
	memset(model + first, class, last - first + 1);
	if (first)
		expect(t, first - 1);
	expect(t, first);
	expect(t, last);
	if (last + 1 < ADDRESSES)
		expect(t, last + 1);
	for (int i = 0; i < 20; i++)
		expect(t, (first & 0x30000) | rnd() % 0x10000);
}

/* Bring the table to what the model says, by lists. */
static void sync_to_model(struct sw_table4 *t)
{
	struct sw_entry4 *e = calloc(ADDRESSES, sizeof(*e));
	size_t n = 0;

	for (uint32_t a = 0; a < ADDRESSES; a++)
		if (model[a])
			e[n++] = (struct sw_entry4){ BASE + a, 32, model[a], 0, 0 };
	assert_int_equal(sw_table4_sync(t, e, n), 0);
	free(e);
}

/* What one round is like: how wide paints are, how many classes, how crowded. */
struct mood {
	unsigned wide, classes, hosts;
};

static void random_model(struct mood m)
{
	memset(model, 0, sizeof(model));
	for (unsigned i = 0; i < m.hosts; i++)
		model[rnd() % ADDRESSES] = (uint8_t)(1 + rnd() % m.classes);
	for (unsigned i = 0; i < m.wide; i++) {
		uint32_t bits = rnd() % 12, first = (uint32_t)(rnd() % ADDRESSES) >> bits << bits;

		memset(model + first, (int)(1 + rnd() % m.classes), 1u << bits);
	}
}

static void random_paint(struct sw_table4 *t, struct mood m)
{
	uint8_t class = (uint8_t)(rnd() % (m.classes + 1));
	uint32_t first = (uint32_t)(rnd() % ADDRESSES), last = first, bits;

	switch (rnd() % 10) {
	case 0: /* any range, also over the border of two /16s */
		last = first + (uint32_t)(rnd() % 0x3000);
		break;
	case 1: /* a prefix, up to a /16 */
		bits = rnd() % 17;
		first = first >> bits << bits;
		last = first + (1u << bits) - 1;
		break;
	case 2: /* a corner of the address range */
		first = last = rnd() % 2 ? 0 : ADDRESSES - 1;
		break;
	case 3: /* what is there goes, or neighbours of what is there come */
		while (first < ADDRESSES && !model[first])
			first++;
		first = last = first < ADDRESSES ? first ^ (uint32_t)(rnd() % 2) : 0;
		break;
	}
	if (last >= ADDRESSES)
		last = ADDRESSES - 1;
	if (m.wide == 0)
		last = first;
	paint(t, first, last, class);
}

static void painting_equals_the_model(void **unused)
{
	static const struct mood moods[] = {
		{ 0, 1, 30 }, { 0, 1, 60 },   { 0, 1, 400 },   { 3, 1, 40 },	{ 20, 1, 300 },
		{ 0, 3, 30 }, { 10, 3, 200 }, { 0, 1, 30000 }, { 0, 2, 60000 }, { 40, 12, 5000 },
	};

	state = SEED;
	for (unsigned m = 0; m < sizeof(moods) / sizeof(*moods); m++) {
		struct sw_table4 t = table4_new(CAPACITY);

		random_model(moods[m]);
		sync_to_model(&t);
		expect_all(&t);
		for (int i = 0; i < 3000; i++) {
			random_paint(&t, moods[m]);
			if (i % 500 == 0)
				expect_all(&t);
		}
		expect_all(&t);
		sync_to_model(&t);
		expect_all(&t);
		table4_free(&t);
	}
}

static void what_was_painted_is_taken_over(void **unused)
{
	struct mood mood = { 10, 3, 3000 };
	struct sw_table4 t = table4_new(CAPACITY), again;
	uint32_t repaired;

	state = SEED;
	random_model(mood);
	sync_to_model(&t);
	for (int i = 0; i < 2000; i++)
		random_paint(&t, mood);
	assert_int_equal(sw_table4_init(&again, t.index, t.blocks, t.capacity, &repaired), 0);
	assert_int_equal(repaired, 0);
	assert_int_equal(sw_table4_used(&again), sw_table4_used(&t));
	expect_all(&again);
	sw_table4_done(&again);
	table4_free(&t);
}

/* Hosts come and go, a hundred thousand of them: the memory comes back. */
static void memory_comes_back(void **unused)
{
	struct sw_table4 t = table4_new(CAPACITY);
	uint32_t before;

	state = SEED;
	random_model((struct mood){ 5, 1, 50 });
	sync_to_model(&t);
	before = sw_table4_used(&t);
	for (int round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < 20000; i++) {
			uint32_t a = BASE + 0x40000 + i * 7;

			assert_int_equal(sw_table4_paint(&t, a, a, (uint8_t)(1 + i % 2)), 0);
		}
		assert_true(sw_table4_used(&t) > before + 100);
		for (uint32_t i = 0; i < 20000; i++) {
			uint32_t a = BASE + 0x40000 + i * 7;

			assert_int_equal(sw_table4_paint(&t, a, a, 0), 0);
		}
		assert_int_equal(sw_table4_used(&t), before);
	}
	table4_free(&t);
}

static void a_full_table_refuses_a_paint_and_changes_nothing(void **unused)
{
	struct sw_table4 t = table4_new(SW_CLASS_MAX + 64);
	uint32_t painted = 0, used;

	memset(model, 0, sizeof(model));
	while (sw_table4_paint(&t, BASE + painted * 0x10003u, BASE + painted * 0x10003u, 1) == 0)
		painted++;
	assert_int_equal(painted, 64);
	used = sw_table4_used(&t);
	assert_int_equal(sw_table4_paint(&t, 0x0a000000, 0x0a000000, 1), -ENOSPC);
	assert_int_equal(sw_table4_paint(&t, 0x0a00ff00, 0x0a0200ff, 1), -ENOSPC);
	assert_int_equal(sw_table4_used(&t), used);
	for (uint32_t a = 0x0a00ff00; a <= 0x0a0200ff; a++)
		assert_int_equal(sw_table4_get(&t, a), 0);
	for (uint32_t i = 0; i < painted; i++)
		assert_int_equal(sw_table4_get(&t, BASE + i * 0x10003u), 1);
	/* A network as a whole takes none; what is cleared makes room. */
	assert_int_equal(sw_table4_paint(&t, 0x0b000000, 0x0b03ffff, 1), 0);
	assert_int_equal(sw_table4_paint(&t, BASE, BASE, 0), 0);
	assert_int_equal(sw_table4_paint(&t, 0x0a000000, 0x0a000000, 1), 0);
	assert_int_equal(sw_table4_paint(&t, 5, 4, 1), -EINVAL);
	table4_free(&t);
}

/* ---- with a reader ---- */

static struct {
	const struct sw_table4 *table;
	bool running, stop;
	uint64_t wrong, reads;
	unsigned waits; /* calls of sw_table_wait_readers */
} reader;

/* See test_table.c: a thread of this program is not inside an RCU section. */
void sw_table_wait_readers(void)
{
	uint64_t before = __atomic_load_n(&reader.reads, __ATOMIC_ACQUIRE);

	reader.waits++;
	while (__atomic_load_n(&reader.running, __ATOMIC_ACQUIRE) &&
	       __atomic_load_n(&reader.reads, __ATOMIC_ACQUIRE) - before < 2)
		sched_yield();
}

/*
 * Of eight neighbours the first stays in class 1 and the second in 0, the third is in 1 or
 * 0, the fourth in 2 or 1, the fifth in 3 or 0; the others are never listed.
 */
static bool allowed(uint32_t addr, uint8_t class)
{
	switch (addr % 8) {
	case 0:
		return class == 1;
	case 2:
		return class == 0 || class == 1;
	case 3:
		return class == 1 || class == 2;
	case 4:
		return class == 0 || class == 3;
	default:
		return class == 0;
	}
}

static uint32_t watched(uint64_t r)
{
	return BASE + (uint32_t)((r >> 40) % 0x100) * 0x55 * 8 + (uint32_t)(r >> 33) % 8;
}

static void *read_all_the_time(void *arg)
{
	uint64_t s = 1;

	while (!__atomic_load_n(&reader.stop, __ATOMIC_RELAXED)) {
		uint32_t addr;

		s = s * 6364136223846793005ull + 1442695040888963407ull;
		addr = watched(s);
		reader.wrong += !allowed(addr, sw_table4_get(reader.table, addr));
		__atomic_fetch_add(&reader.reads, 1, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&reader.running, false, __ATOMIC_RELEASE);
	return NULL;
}

static void a_reader_sees_old_or_new_and_nothing_else(void **unused)
{
	struct sw_table4 t = table4_new(CAPACITY);
	pthread_t thread;

	state = SEED;
	for (uint64_t i = 0; i < 0x100; i++) {
		uint32_t at = watched(i << 40);

		assert_int_equal(sw_table4_paint(&t, at, at, 1), 0);
		assert_int_equal(sw_table4_paint(&t, at + 3, at + 3, 1), 0);
	}
	reader.table = &t;
	reader.running = true;
	assert_int_equal(pthread_create(&thread, NULL, read_all_the_time, NULL), 0);
	for (int i = 0; i < 300000; i++) {
		uint64_t r = rnd();
		uint32_t addr = watched(r), other = BASE + (uint32_t)(r >> 20) % (0x100 * 0x55 * 8);
		uint8_t pair[8][2] = { [2] = { 0, 1 }, [3] = { 1, 2 }, [4] = { 0, 3 } };

		if (i % 4 == 0 && pair[addr % 8][1])
			assert_int_equal(sw_table4_paint(&t, addr, addr, pair[addr % 8][r % 2]), 0);
		/* Between them hosts come and go by turns, so that blocks change their kind. */
		if (i % 4 && (other - BASE) / 8 % 0x55)
			assert_int_equal(
				sw_table4_paint(&t, other, other, i / 5000 % 2 ? 0 : 1 + r % 3), 0);
	}
	__atomic_store_n(&reader.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	assert_true(reader.reads > 1000);
	assert_int_equal(reader.wrong, 0);
	table4_free(&t);
}

/* A block that a reader may still hold stays as it was until readers are waited for. */
static void retired_memory_is_left_alone(void **unused)
{
	struct sw_table4 t = table4_new(SW_CLASS_MAX + 256);
	union sw_block4 *old, copy;
	unsigned waits, paints = 0;

	assert_int_equal(sw_table4_paint(&t, BASE, BASE, 1), 0);
	old = &t.blocks[t.index[0x500 / SW_INDEX4_SLOTS].slot[0] & SW_SLOT_BLOCK];
	copy = *old;
	waits = reader.waits;
	assert_int_equal(sw_table4_paint(&t, BASE + 10, BASE + 200, 1), 0); /* another block */
	while (reader.waits == waits) {
		assert_memory_equal(old, &copy, sizeof(copy));
		assert_int_equal(sw_table4_paint(&t, BASE + 0x10000 * (paints % 8),
						 BASE + 0x10000 * (paints % 8) + 300,
						 (uint8_t)(1 + paints / 8 % 2)),
				 0);
		assert_true(++paints < 1000);
	}
	assert_true(paints > 20); /* for many at once */
	table4_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(painting_equals_the_model),
		cmocka_unit_test(what_was_painted_is_taken_over),
		cmocka_unit_test(memory_comes_back),
		cmocka_unit_test(a_full_table_refuses_a_paint_and_changes_nothing),
		cmocka_unit_test(retired_memory_is_left_alone),
		cmocka_unit_test(a_reader_sees_old_or_new_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
