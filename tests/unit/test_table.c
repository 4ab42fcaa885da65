/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flattening and the IPv4 table against the oracle, over random list sets whose
 * entries overlap as much as can be; and what the writer promises when the table
 * is full, damaged, or read while it is changed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include <cmocka.h>

#include "lists/flatten.h"
#include "tests/support/oracle.h"
#include "tests/support/random.h"
#include "tests/support/tables.h"

#define ENTRIES 600
#define PROBES 3000
#define CAPACITY 65536
#define SEED 20261123

static uint64_t state;

static uint64_t rnd(void)
{
	return sw_random(&state);
}

static void random_ranks(struct sw_rank rank[SW_CLASS_MAX])
{
	memset(rank, 0, SW_CLASS_MAX * sizeof(*rank));
	for (unsigned c = 1; c < SW_CLASS_MAX; c++)
		rank[c] = (struct sw_rank){ .tier = 1 + rnd() % 4, .harsh = 1 + rnd() % 3 };
}

static uint8_t random_class(void)
{
	return 1 + rnd() % 12;
}

/* A few /16s, so that entries nest and collide; now and then anything at all. */
static uint32_t random_addr4(void)
{
	static const uint32_t base[] = { 0, 0x05bc0000, 0x05bc0100, 0xffffff00, 0x7f000000 };

	switch (rnd() % 8) {
	case 0:
		return (uint32_t)rnd();
	case 1:
		return rnd() % 2 ? 0 : UINT32_MAX;
	default:
		return base[rnd() % 5] | (uint32_t)(rnd() % (rnd() % 2 ? 0x400 : 0x10000));
	}
}

static size_t random_set4(struct sw_entry4 *e, size_t max)
{
	size_t n = 1 + rnd() % max;

	for (size_t i = 0; i < n; i++) {
		uint8_t len = rnd() % 16 ? 16 + rnd() % 17 : rnd() % 33;
		uint32_t mask = len ? UINT32_MAX << (32 - len) : 0;

		e[i] = (struct sw_entry4){ .addr = random_addr4() & mask,
					   .len = len,
					   .class = random_class(),
					   .flags = rnd() % 6 ? 0 : SW_ENTRY_EXCLUDE };
	}
	return n;
}

static void check4(const struct sw_table4 *t, const struct sw_entry4 *set, size_t n,
		   const struct sw_rank *rank, uint32_t addr)
{
	uint8_t want = sw_oracle4(set, n, rank, addr), got = sw_table4_get(t, addr);

	if (want != got)
		print_error("address %08x: table says class %u, oracle %u\n", addr, got, want);
	assert_int_equal(got, want);
}

static void table4_equals_oracle_through_many_reloads(void **unused)
{
	struct sw_entry4 set[ENTRIES], flat[ENTRIES];
	struct sw_table4 t = table4_new(CAPACITY);
	struct sw_rank rank[SW_CLASS_MAX];
	size_t n, flat_n;

	state = SEED;
	for (int round = 0; round < 60; round++) {
		n = random_set4(set, ENTRIES);
		random_ranks(rank);
		assert_int_equal(sw_entries4_sort(set, n), 0);
		sw_flatten4(set, n, rank, flat, &flat_n);
		assert_true(flat_n <= n);
		assert_int_equal(sw_table4_sync(&t, flat, flat_n), 0);
		assert_int_equal(sw_table4_used(&t) + SW_CLASS_MAX, sw_table4_need(flat, flat_n));
		for (int i = 0; i < PROBES; i++)
			check4(&t, set, n, rank, random_addr4());
		for (size_t i = 0; i < n; i++) { /* edges: first, last, and their neighbours */
			uint32_t last = set[i].addr | (uint32_t)(0xffffffffull >> set[i].len);

			check4(&t, set, n, rank, set[i].addr);
			check4(&t, set, n, rank, set[i].addr - 1);
			check4(&t, set, n, rank, last);
			check4(&t, set, n, rank, last + 1);
		}
	}
	assert_int_equal(sw_table4_sync(&t, NULL, 0), 0);
	assert_int_equal(sw_table4_used(&t), 0);
	table4_free(&t);
}

#define CHUNK 0x10000 /* what one slot stands for */

/* Forty hosts in each of @chunks /16s: two blocks of points each. */
static size_t two_blocks_each(struct sw_entry4 *e, uint32_t first, uint32_t chunks, uint32_t stride)
{
	size_t n = 0;

	for (uint32_t c = first; c < first + chunks; c += stride)
		for (uint32_t h = 0; h < 40; h++)
			e[n++] = (struct sw_entry4){ .addr = 0x05000000 + c * CHUNK + h * 0x600 + 7,
						     .len = 32,
						     .class = 1 };
	return n;
}

static void a_full_table_refuses_and_keeps_what_it_has(void **unused)
{
	struct sw_entry4 e[4096];
	struct sw_table4 t = table4_new(SW_CLASS_MAX + 128);

	assert_int_equal(sw_table4_sync(&t, e, two_blocks_each(e, 0, 40, 1)), 0);
	assert_int_equal(sw_table4_used(&t), 80);
	assert_int_equal(sw_table4_sync(&t, e, two_blocks_each(e, 0, 65, 1)), -ENOSPC);
	assert_int_equal(sw_table4_used(&t), 80);
	for (uint32_t c = 0; c < 65; c++)
		assert_int_equal(sw_table4_get(&t, 0x05000000 + c * CHUNK + 7), c < 40 ? 1 : 0);
	assert_int_equal(sw_table4_sync(&t, e, two_blocks_each(e, 0, 64, 1)), 0);
	assert_int_equal(sw_table4_used(&t), 128);
	table4_free(&t);
}

/* A full table gets wholly different entries: there is room for one set only. */
static void a_full_table_can_be_exchanged(void **unused)
{
	struct sw_entry4 e[4096];
	struct sw_table4 t = table4_new(SW_CLASS_MAX + 128);

	for (uint32_t round = 0; round < 6; round++) {
		size_t n = two_blocks_each(e, (round * 37) % 100, 64, 1);

		assert_int_equal(sw_table4_sync(&t, e, n), 0);
		assert_int_equal(sw_table4_used(&t), 128);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(sw_table4_get(&t, e[i].addr), 1);
		assert_int_equal(sw_table4_get(&t, e[0].addr - CHUNK), 0);
	}
	table4_free(&t);
}

/* Every second host of a /24, in so many classes. */
static size_t dense_slot(struct sw_entry4 *e, unsigned classes)
{
	size_t n = 0;

	for (uint32_t h = 0; h < 256; h += 2)
		e[n++] = (struct sw_entry4){ .addr = 0x02000000 | h,
					     .len = 32,
					     .class = (uint8_t)(1 + h / 2 % classes) };
	return n;
}

static void dense_networks_cost_a_bit_or_a_byte_for_each_host(void **unused)
{
	struct sw_entry4 e[256];
	struct sw_table4 t = table4_new(SW_CLASS_MAX + 1024);
	uint8_t host;

	for (unsigned classes = 1; classes <= 3; classes++) {
		assert_int_equal(sw_table4_sync(&t, e, dense_slot(e, classes)), 0);
		assert_int_equal(sw_table4_used(&t), classes == 1 ? 17 : 65);
		for (host = 0; host < 255; host++)
			assert_int_equal(sw_table4_get(&t, 0x02000000 | host),
					 host % 2 ? 0 : 1 + host / 2 % classes);
	}
	table4_free(&t);
}

/* Free blocks are enough, but none are neighbours: it says so, and what each
 * source gets is what it was or what it should be. */
static void scattered_free_blocks_are_reported(void **unused)
{
	struct sw_entry4 *e = calloc(8192, sizeof(*e));
	struct sw_table4 t = table4_new(SW_CLASS_MAX + 256);
	size_t n = two_blocks_each(e, 0, 128, 1);

	assert_int_equal(sw_table4_sync(&t, e, n), 0);
	n = dense_slot(e, 1);
	n += two_blocks_each(e + n, 0, 128, 2);
	assert_true(sw_table4_need(e, n) < t.capacity);
	assert_int_equal(sw_table4_sync(&t, e, n), -EAGAIN);
	for (size_t i = 0; i < n; i++)
		assert_true(sw_table4_get(&t, e[i].addr) == (i < 128 ? 0 : 1));
	table4_free(&t);
	free(e);
}

static void a_damaged_table_is_repaired_when_taken_over(void **unused)
{
	struct sw_entry4 e[1024];
	struct sw_table4 t = table4_new(SW_CLASS_MAX + 128), again;
	uint32_t repaired;

	assert_int_equal(sw_table4_sync(&t, e, two_blocks_each(e, 0, 16, 1)), 0);
	t.index[0].slot[3] = 0x10000000u | (SW_CLASS_MAX + 1000); /* blocks beyond the end */
	t.index[0].slot[4] = 0x20000000u | (SW_CLASS_MAX + 1); /* four blocks, misaligned */
	t.index[0].slot[5] = 0xc0000000u | (SW_CLASS_MAX + 40); /* smaller than the smallest span */
	t.index[0].slot[6] = 0x20000000u | SW_CLASS_MAX; /* overlaps what others name */
	t.index[0].slot[7] = 0xa0000000u; /* a run longer than there are */
	t.index[0].slot[8] = t.index[0x500 / 16].slot[0]; /* a run that another one names */
	assert_int_equal(sw_table4_init(&again, t.index, t.blocks, t.capacity, &repaired), 0);
	assert_true(repaired >= 6);
	for (unsigned slot = 3; slot < 8; slot++)
		assert_int_equal(sw_table4_get(&again, slot << 16), 0);
	sw_table4_sync(&again, e, two_blocks_each(e, 0, 16, 1));
	for (uint32_t c = 0; c < 16; c++)
		assert_int_equal(sw_table4_get(&again, 0x05000000 + c * CHUNK + 7), 1);
	assert_int_equal(sw_table4_used(&again), 32);
	sw_table4_done(&again);
	table4_free(&t);
}

struct reader {
	const struct sw_table4 *table;
	bool running, stop;
	uint64_t wrong, reads;
};

static struct reader reader;

/*
 * Stands in for the one of maps/readers.c: a thread of this program is not inside
 * an RCU section of the kernel, so wait until it has finished the look-up it is in.
 */
void sw_table_wait_readers(void)
{
	uint64_t before = __atomic_load_n(&reader.reads, __ATOMIC_ACQUIRE);

	while (__atomic_load_n(&reader.running, __ATOMIC_ACQUIRE) &&
	       __atomic_load_n(&reader.reads, __ATOMIC_ACQUIRE) - before < 2)
		sched_yield();
}

/* Sources with an even last byte are always in class 1 or 2 (two lists by turns),
 * those with an odd one never are. */
static void *read_all_the_time(void *arg)
{
	uint64_t s = 1;

	while (!__atomic_load_n(&reader.stop, __ATOMIC_RELAXED)) {
		uint32_t addr;
		uint8_t class;

		s = s * 6364136223846793005ull + 1442695040888963407ull;
		addr = 0x05000000 | (uint32_t)(s >> 33) % 0x4000;
		class = sw_table4_get(reader.table, addr);
		reader.wrong += addr % 2 ? class != 0 : class != 1 && class != 2;
		__atomic_fetch_add(&reader.reads, 1, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&reader.running, false, __ATOMIC_RELEASE);
	return NULL;
}

/* The class of an even host in round @round: one class, the other, or a mixture. */
static uint8_t class_of(uint32_t host, int round)
{
	return (uint8_t)(round % 3 == 2 ? 1 + (host >> (1 + round % 5)) % 2
					: 1 + (unsigned)round % 2);
}

static void a_reader_sees_old_or_new_and_nothing_else(void **unused)
{
	struct sw_entry4 *e = calloc(0x2000, sizeof(*e));
	struct sw_table4 t = table4_new(SW_CLASS_MAX + 2048);
	pthread_t thread;

	reader = (struct reader){ .table = &t };
	for (int round = 0; round < 40; round++) {
		size_t n = 0;

		for (uint32_t a = 0; a < 0x4000; a += 2)
			e[n++] = (struct sw_entry4){ .addr = 0x05000000 | a,
						     .len = 32,
						     .class = class_of(a, round) };
		if (round == 1) {
			reader.running = true;
			assert_int_equal(pthread_create(&thread, NULL, read_all_the_time, NULL), 0);
		}
		assert_int_equal(sw_table4_sync(&t, e, n), 0);
	}
	__atomic_store_n(&reader.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	assert_true(reader.reads > 1000);
	assert_int_equal(reader.wrong, 0);
	table4_free(&t);
	free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table4_equals_oracle_through_many_reloads),
		cmocka_unit_test(a_full_table_refuses_and_keeps_what_it_has),
		cmocka_unit_test(a_full_table_can_be_exchanged),
		cmocka_unit_test(dense_networks_cost_a_bit_or_a_byte_for_each_host),
		cmocka_unit_test(scattered_free_blocks_are_reported),
		cmocka_unit_test(a_damaged_table_is_repaired_when_taken_over),
		cmocka_unit_test(a_reader_sees_old_or_new_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
