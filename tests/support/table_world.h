/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * table_world - lists and single verdicts in the two tables, in plain memory, and beside them
 * the same as plain rows, which an oracle reads word for word. For cmocka tests: what fails
 * fails the test.
 *
 * Classes 1 to 9 are those of lists and of verdicts that do not end, 11 to 19 those of
 * verdicts that do; how they rank is random.
 */
#ifndef SYNWARD_TESTS_SUPPORT_TABLE_WORLD_H
#define SYNWARD_TESTS_SUPPORT_TABLE_WORLD_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lists/flatten.h"
#include "maps/table.h"
#include "oracle.h"
#include "random.h"

#define SW_WORLD_ENTRIES 200
#define SW_WORLD_VERDICTS 120
#define SW_WORLD_BLOCKS 65536
#define SW_WORLD_TEMPORARY 10 /* what makes a class that of a verdict that ends */

struct sw_world {
	struct sw_table4 t4;
	struct sw_table6 t6;
	struct sw_expiry expiry;
	struct sw_expiry_head head;
	struct sw_table *table;
	struct sw_rank rank[SW_CLASS_MAX];
	struct sw_entry4 list4[SW_WORLD_ENTRIES]; /* as the lists have them, not flattened */
	struct sw_entry6 list6[SW_WORLD_ENTRIES];
	size_t n4, n6;
	struct sw_table_verdict verdict[SW_WORLD_VERDICTS];
	size_t verdicts;
	uint64_t now_ns;
	uint64_t *random; /* state of sw_random */
};

#define SW_WORLD_TICK (1ull << SW_EXPIRY_SHIFT)

static inline uint64_t sw_world_rnd(struct sw_world *w)
{
	return sw_random(w->random);
}

/* Few places, so that all nests and collides, and the ends of the address space. */
static inline struct sw_prefix sw_world_prefix(struct sw_world *w, unsigned family)
{
	static const uint32_t base4[] = { 0, 0x05bc0000, 0x05bc0100, 0xffffff00 };
	static const uint64_t base6[] = { 0, 0x2a01000000000000, 0x2a01000000010000, ~0ull };
	static const uint8_t len6[] = { 32, 48, 56, 64, 64, 64, 128, 128, 127, 65 };
	uint64_t r = sw_world_rnd(w), s = sw_world_rnd(w);
	unsigned len = r % 2 ? 32 : r / 2 % 8 ? 16 + r / 16 % 17 : r / 16 % 33;
	uint64_t hi = base6[s % 4] ^ s / 4 % 8 << (s / 32 % 5 * 8), lo = s / 256 % 4;

	if (family == 4)
		return sw_prefix_ip4(base4[s % 4] | (uint32_t)(s / 4 % 0x180), len);
	len = r % 4 ? len6[r / 4 % sizeof(len6)] : r / 4 % 129;
	return sw_prefix_ip6(hi, s >> 40 & 1 ? lo : lo << 62, len);
}

/* ---- memory ---- */

static inline void sw_world_take_over(struct sw_world *w, struct sw_expiry_bucket *buckets)
{
	uint32_t repaired;

	assert_int_equal(
		sw_table4_init(&w->t4, w->t4.index, w->t4.blocks, SW_WORLD_BLOCKS, &repaired), 0);
	assert_int_equal(repaired, 0);
	assert_int_equal(
		sw_table6_init(&w->t6, w->t6.index, w->t6.blocks, SW_WORLD_BLOCKS, &repaired), 0);
	assert_int_equal(repaired, 0);
	assert_int_equal(sw_expiry_init(&w->expiry, &w->head, buckets,
					sw_expiry_need(8 * SW_WORLD_VERDICTS + SW_WORLD_ENTRIES),
					&repaired),
			 0);
	assert_int_equal(repaired, 0);
	w->table = sw_table_open(&w->t4, &w->t6, &w->expiry);
	assert_non_null(w->table);
}

static inline void sw_world_let_go(struct sw_world *w)
{
	sw_table_close(w->table);
	sw_table4_done(&w->t4);
	sw_table6_done(&w->t6);
	sw_expiry_done(&w->expiry);
}

static inline void sw_world_random_ranks(struct sw_world *w)
{
	for (unsigned c = 1; c < SW_WORLD_TEMPORARY; c++) {
		struct sw_rank rank = { .tier = 1 + sw_world_rnd(w) % 4,
					.harsh = 1 + sw_world_rnd(w) % 3 };

		w->rank[c] = w->rank[c + SW_WORLD_TEMPORARY] = rank;
	}
	for (unsigned c = 0; c < SW_CLASS_MAX; c++)
		w->head.rank[c] = w->rank[c].tier;
}

static inline void sw_world_open(struct sw_world *w, uint64_t *random)
{
	uint32_t buckets = sw_expiry_need(8 * SW_WORLD_VERDICTS + SW_WORLD_ENTRIES);

	memset(w, 0, sizeof(*w));
	w->random = random;
	w->now_ns = SW_WORLD_TICK * 1000;
	w->head.seed = sw_world_rnd(w);
	w->t4.index = calloc(SW_INDEX4_LINES, sizeof(*w->t4.index));
	w->t4.blocks = calloc(SW_WORLD_BLOCKS, sizeof(*w->t4.blocks));
	w->t6.index = calloc(SW_INDEX6_LINES, sizeof(*w->t6.index));
	w->t6.blocks = calloc(SW_WORLD_BLOCKS, sizeof(*w->t6.blocks));
	sw_world_take_over(w, calloc(buckets, sizeof(*w->expiry.buckets)));
	sw_world_random_ranks(w);
}

static inline void sw_world_close(struct sw_world *w)
{
	sw_world_let_go(w);
	free(w->t4.index);
	free(w->t4.blocks);
	free(w->t6.index);
	free(w->t6.blocks);
	free(w->expiry.buckets);
}

/* ---- the oracle ---- */

/* A tick is the least that an end can be told apart by; it is never early. */
static inline bool sw_world_has_ended(const struct sw_table_verdict *v, uint64_t now_ns)
{
	return v->ends_ns &&
	       (v->ends_ns + SW_WORLD_TICK - 1) / SW_WORLD_TICK <= now_ns / SW_WORLD_TICK;
}

/* The verdict that counts for a source: the highest tier, in it the longest prefix. */
static inline uint8_t sw_world_best_verdict(const struct sw_world *w,
					    const struct sw_prefix *source, uint64_t now_ns)
{
	const struct sw_table_verdict *best = NULL;

	for (size_t i = 0; i < w->verdicts; i++) {
		const struct sw_table_verdict *v = &w->verdict[i];
		unsigned tier = w->rank[v->class].tier;

		if (!sw_prefix_contains(&v->source, source) || sw_world_has_ended(v, now_ns))
			continue;
		if (!best || tier > w->rank[best->class].tier ||
		    (tier == w->rank[best->class].tier && v->source.len > best->source.len))
			best = v;
	}
	return best ? best->class : SW_CLASS_UNLISTED;
}

static inline uint8_t sw_world_oracle(const struct sw_world *w, const struct sw_prefix *source,
				      uint64_t now_ns)
{
	uint8_t list = source->family == 4
			       ? sw_oracle4(w->list4, w->n4, w->rank, (uint32_t)source->lo)
			       : sw_oracle6(w->list6, w->n6, w->rank, source->hi, source->lo);
	uint8_t verdict = sw_world_best_verdict(w, source, now_ns);

	return verdict && (!list || w->rank[verdict].tier >= w->rank[list].tier) ? verdict : list;
}

static inline uint8_t sw_world_table(const struct sw_world *w, const struct sw_prefix *source)
{
	return source->family == 4 ? sw_table4_get(&w->t4, (uint32_t)source->lo)
				   : sw_table6_get(&w->t6, source->hi, source->lo);
}

/* The class that counts now. */
static inline uint8_t sw_world_now(const struct sw_world *w, const struct sw_prefix *source)
{
	uint8_t class = sw_world_table(w, source);

	if (class <= SW_WORLD_TEMPORARY)
		return class;
	return sw_expiry_class(&w->expiry, source, class, w->now_ns, NULL);
}

static inline void sw_world_check_one(const struct sw_world *w, const struct sw_prefix *source)
{
	uint8_t table = sw_world_table(w, source), now = sw_world_now(w, source);
	uint8_t want_table = sw_world_oracle(w, source, 0),
		want_now = sw_world_oracle(w, source, w->now_ns);
	char text[SW_PREFIX_TEXT];

	if (table != want_table || now != want_now)
		print_error("%s: class %u in the table, oracle %u; now %u, oracle %u\n",
			    sw_prefix_format(source, text), table, want_table, now, want_now);
	assert_int_equal(table, want_table);
	assert_int_equal(now, want_now);
}

/* The addresses in and about @p have the class that the oracle says. */
static inline void sw_world_check(struct sw_world *w, const struct sw_prefix *p)
{
	struct sw_prefix last = sw_prefix_last(p), source = *p;

	source.len = (uint8_t)sw_prefix_full(p);
	sw_world_check_one(w, &source);
	sw_world_check_one(w, &last);
	for (int i = 0; i < 30; i++) {
		source = sw_world_prefix(w, p->family);
		source.len = (uint8_t)sw_prefix_full(p);
		sw_world_check_one(w, &source);
	}
	if (p->lo) {
		source = *p;
		source.lo--;
		source.len = (uint8_t)sw_prefix_full(p);
		sw_world_check_one(w, &source);
	}
	assert_int_equal(sw_table_verdicts(w->table), w->verdicts);
}

/* ---- what happens to it ---- */

static inline unsigned sw_world_family(struct sw_world *w)
{
	return sw_world_rnd(w) % 2 ? 4 : 6;
}

static inline uint8_t sw_world_random_class(struct sw_world *w)
{
	return 1 + sw_world_rnd(w) % (SW_WORLD_TEMPORARY - 1);
}

static inline void sw_world_load_lists(struct sw_world *w)
{
	struct sw_entry4 flat4[SW_WORLD_ENTRIES];
	struct sw_entry6 flat6[SW_WORLD_ENTRIES];
	size_t n4, n6;

	sw_flatten4(w->list4, w->n4, w->rank, flat4, &n4);
	sw_flatten6(w->list6, w->n6, w->rank, flat6, &n6);
	assert_int_equal(sw_table_load(w->table, flat4, n4, flat6, n6, w->rank), 0);
}

/* Other lists. */
static inline void sw_world_lists(struct sw_world *w)
{
	w->n4 = sw_world_rnd(w) % (sw_world_rnd(w) % 2 ? SW_WORLD_ENTRIES : 10);
	w->n6 = sw_world_rnd(w) % (sw_world_rnd(w) % 2 ? SW_WORLD_ENTRIES : 10);
	for (size_t i = 0; i < w->n4; i++) {
		struct sw_prefix p = sw_world_prefix(w, 4);

		w->list4[i] =
			(struct sw_entry4){ .addr = (uint32_t)p.lo,
					    .len = p.len,
					    .class = sw_world_random_class(w),
					    .flags = sw_world_rnd(w) % 6 ? 0 : SW_ENTRY_EXCLUDE };
	}
	for (size_t i = 0; i < w->n6; i++) {
		struct sw_prefix p = sw_world_prefix(w, 6);

		w->list6[i] =
			(struct sw_entry6){ .hi = p.hi,
					    .lo = p.lo,
					    .len = p.len,
					    .class = sw_world_random_class(w),
					    .flags = sw_world_rnd(w) % 6 ? 0 : SW_ENTRY_EXCLUDE };
	}
	sw_entries4_sort(w->list4, w->n4);
	sw_entries6_sort(w->list6, w->n6);
	sw_world_load_lists(w);
}

/* Let go of what the writers know, take the memory over, and bring it to the same rows. */
static inline void sw_world_restart(struct sw_world *w)
{
	struct sw_expiry_bucket *buckets = w->expiry.buckets;

	sw_world_let_go(w);
	sw_world_take_over(w, buckets);
	for (size_t i = 0; i < w->verdicts; i++)
		assert_int_equal(sw_table_preset(w->table, &w->verdict[i].source,
						 w->verdict[i].class, w->verdict[i].ends_ns),
				 0);
	sw_world_load_lists(w);
}

static inline size_t sw_world_find_verdict(const struct sw_world *w, const struct sw_prefix *source)
{
	size_t i = 0;

	while (i < w->verdicts && sw_prefix_cmp(&w->verdict[i].source, source))
		i++;
	return i;
}

/* Some verdict comes or is changed; with @temporary chances out of 10 it is one that ends. */
static inline struct sw_prefix sw_world_set(struct sw_world *w, unsigned temporary)
{
	struct sw_prefix source = sw_world_prefix(w, sw_world_family(w));
	struct sw_table_verdict v = { .source = source, .class = sw_world_random_class(w) };
	size_t i = sw_world_find_verdict(w, &source);

	if (i == SW_WORLD_VERDICTS)
		return source;
	if (sw_world_rnd(w) % 10 < temporary) {
		v.class += SW_WORLD_TEMPORARY;
		v.ends_ns =
			w->now_ns - 10 * SW_WORLD_TICK + sw_world_rnd(w) % (100 * SW_WORLD_TICK);
	}
	assert_int_equal(sw_table_set(w->table, &source, v.class, v.ends_ns), 0);
	w->verdict[i] = v;
	w->verdicts += i == w->verdicts;
	return source;
}

/* Some verdict goes, if there is one. */
static inline struct sw_prefix sw_world_clear(struct sw_world *w)
{
	struct sw_prefix source = sw_world_prefix(w, sw_world_family(w));
	size_t i = sw_world_find_verdict(w, &source);

	if (i == w->verdicts) {
		assert_int_equal(sw_table_clear(w->table, &source), -ENOENT);
		if (!i)
			return source;
		i = sw_world_rnd(w) % w->verdicts;
		source = w->verdict[i].source;
	}
	assert_int_equal(sw_table_clear(w->table, &source), 0);
	w->verdict[i] = w->verdict[--w->verdicts];
	return source;
}

#endif
