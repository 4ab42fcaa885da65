/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * table6 - the writer of the IPv6 table; see table.h for what it promises.
 *
 * For each slot of the index, build6.h says what it should name, using again what
 * the table has of it. All else is written into free blocks first; then the slot
 * is stored, and what it named before and is not used again is retired.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "writer6.h"

static inline const struct sw_index6_line *sw_table6_index(const struct sw_table6 *view, uint32_t i)
{
	return &view->index[i];
}

static inline const union sw_block6 *sw_table6_block(const struct sw_table6 *view, uint32_t i)
{
	return i < view->capacity ? &view->blocks[i] : NULL;
}

#include "table6.h"

uint8_t sw_table6_get(const struct sw_table6 *t, uint64_t hi, uint64_t lo)
{
	return (uint8_t)sw_table6_find(t, hi, lo);
}

/* ---- memory ---- */

static int note_fresh(struct sw_table6_writer *w)
{
	size_t more = w->fresh_room ? 2 * w->fresh_room : 1024;
	uint32_t *p;

	if (w->fresh_n < w->fresh_room)
		return 0;
	p = realloc(w->fresh, more * sizeof(*p));
	if (!p)
		return -ENOMEM;
	w->fresh = p;
	w->fresh_room = more;
	return 0;
}

int sw_table6_take(struct sw_table6 *t, uint32_t blocks, uint32_t *ret)
{
	struct sw_table6_writer *w = t->writer;
	uint32_t first;
	int err = note_fresh(w);

	if (err)
		return err;
	first = sw_runs_take(w->runs, blocks);
	if (first == SW_RUNS_NONE && sw_runs_retired(w->runs)) {
		sw_table_wait_readers();
		sw_runs_free_retired(w->runs);
		first = sw_runs_take(w->runs, blocks);
	}
	if (first == SW_RUNS_NONE)
		return -ENOSPC;
	w->fresh[w->fresh_n++] = first;
	*ret = first;
	return 0;
}

void sw_table6_commit(struct sw_table6 *t)
{
	t->writer->fresh_n = 0;
}

void sw_table6_roll_back(struct sw_table6 *t, size_t keep)
{
	struct sw_table6_writer *w = t->writer;

	while (w->fresh_n > keep)
		sw_runs_put(w->runs, w->fresh[--w->fresh_n]);
}

static void walk_run(const struct sw_table6 *t, uint32_t slot,
		     void (*each)(void *ctx, uint32_t slot), void *ctx)
{
	const union sw_block6 *run = sw_table6_run(t, slot);

	for (unsigned k = 0; k < sw_slot6_lines(slot); k++) {
		struct sw_line6_shape shape = sw_line6_shape(&run[k]);

		for (unsigned lane = 0; lane < shape.longs; lane++)
			sw_table6_walk(
				t,
				sw_tail6_read(&run->word[0] + sw_line6_tail(&shape, lane), true)
					.slot,
				each, ctx);
	}
}

void sw_table6_walk(const struct sw_table6 *t, uint32_t slot,
		    void (*each)(void *ctx, uint32_t slot), void *ctx)
{
	if (sw_slot6_kind(slot) == SW_SLOT6_UNIFORM)
		return;
	if (sw_slot6_kind(slot) == SW_SLOT6_RUN)
		walk_run(t, slot, each, ctx);
	else
		for (unsigned i = 0; i < 16; i++)
			sw_table6_walk(t, sw_table6_run(t, slot)->split[i], each, ctx);
	each(ctx, slot);
}

static void retire_one(void *ctx, uint32_t slot)
{
	struct sw_table6_writer *w = ctx;

	sw_runs_retire(w->runs, sw_slot6_block(slot));
}

void sw_table6_retire(struct sw_table6 *t, uint32_t slot)
{
	sw_table6_walk(t, slot, retire_one, t->writer);
}

/* ---- taking over, letting go ---- */

struct take_over {
	struct sw_table6 *table;
	uint32_t repaired;
};

static uint32_t take_over(struct take_over *o, uint32_t slot, unsigned depth);

static uint32_t emptied(struct take_over *o)
{
	o->repaired++;
	return sw_slot6_uniform(SW_CLASS_UNLISTED);
}

static void take_over_lines(struct take_over *o, uint32_t slot, unsigned depth)
{
	union sw_block6 *run = sw_table6_run(o->table, slot);

	for (unsigned k = 0; k < sw_slot6_lines(slot); k++) {
		struct sw_line6_shape shape = sw_line6_shape(&run[k]);

		for (unsigned lane = 0; lane < shape.longs; lane++) {
			__u64 *tail = &run->word[0] + sw_line6_tail(&shape, lane), new[2];
			struct sw_point6 p = sw_tail6_read(tail, true);
			uint32_t was = p.slot;

			p.slot = take_over(o, was, depth - 1);
			if (p.slot == was)
				continue;
			new[1] = 0;
			sw_tail6_write(new, &p);
			__atomic_store_n(&tail[1], new[1], __ATOMIC_RELEASE);
		}
	}
}

/* What is named by @slot is in use from now on. What cannot be is emptied. */
static uint32_t take_over(struct take_over *o, uint32_t slot, unsigned depth)
{
	struct sw_table6 *t = o->table;
	uint32_t block = sw_slot6_block(slot), blocks = 1;

	if (sw_slot6_kind(slot) == SW_SLOT6_UNIFORM)
		return slot & ~SW_TAIL6_SLOT ? emptied(o) : slot;
	if (sw_slot6_kind(slot) > SW_SLOT6_SPLIT || block >= t->capacity || depth == 0)
		return emptied(o);
	if (sw_slot6_kind(slot) == SW_SLOT6_RUN &&
	    !sw_node6_check(&t->blocks[block], slot, t->capacity - block, &blocks))
		return emptied(o);
	if (!sw_runs_claim(t->writer->runs, block, blocks))
		return emptied(o);
	if (sw_slot6_kind(slot) == SW_SLOT6_RUN) {
		take_over_lines(o, slot, depth);
		return slot;
	}
	for (unsigned i = 0; i < 16; i++) {
		uint32_t *sub = &t->blocks[block].split[i];

		sw_slot6_store(sub, take_over(o, *sub, depth - 1));
	}
	return slot;
}

static struct sw_table6_writer *new_writer(uint32_t capacity)
{
	struct sw_table6_writer *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->runs = sw_runs_new(capacity);
	w->keep = calloc(capacity, sizeof(*w->keep));
	w->items = malloc(sizeof(*w->items));
	return w;
}

int sw_table6_init(struct sw_table6 *t, struct sw_index6_line *index, union sw_block6 *blocks,
		   uint32_t capacity, uint32_t *repaired)
{
	struct sw_table6 n = { .index = index, .blocks = blocks, .capacity = capacity };
	struct take_over o = { .table = &n };

	if (!capacity || capacity > SW_BLOCKS6_MAX)
		return -EINVAL;
	n.writer = new_writer(capacity);
	if (!n.writer || !n.writer->runs || !n.writer->keep || !n.writer->items) {
		sw_table6_done(&n);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < SW_TABLE6_SLOTS; i++) {
		uint32_t *slot = sw_table6_slot(&n, i);

		sw_slot6_store(slot, take_over(&o, *slot, SW_TABLE6_DEPTH));
	}
	sw_runs_ready(n.writer->runs);
	*repaired = o.repaired;
	*t = n;
	return 0;
}

void sw_table6_done(struct sw_table6 *t)
{
	if (!t->writer)
		return;
	sw_runs_done(t->writer->runs);
	free(t->writer->keep);
	free(t->writer->fresh);
	free(t->writer->items);
	free(t->writer);
	t->writer = NULL;
}

/* ---- how much ---- */

/* Of a table that its writer may be changing: nothing that it says can be relied on. */
static void count_reachable(const struct sw_table6 *t, uint32_t slot, unsigned depth, uint32_t *sum)
{
	uint32_t block = sw_slot6_block(slot), blocks = 1;
	bool split = sw_slot6_kind(slot) == SW_SLOT6_SPLIT;

	if (sw_slot6_kind(slot) == SW_SLOT6_UNIFORM || block >= t->capacity || !depth ||
	    *sum >= t->capacity)
		return;
	if (!split && !sw_node6_check(&t->blocks[block], slot, t->capacity - block, &blocks))
		return;
	*sum += blocks;
	for (unsigned i = 0; split && i < 16; i++)
		count_reachable(t, t->blocks[block].split[i], depth - 1, sum);
	for (unsigned k = 0; !split && k < sw_slot6_lines(slot); k++) {
		struct sw_line6_shape shape = sw_line6_shape(&t->blocks[block + k]);
		const __u64 *word = &t->blocks[block].word[0];

		for (unsigned lane = 0; lane < shape.longs && lane < shape.lanes; lane++) {
			unsigned unit = sw_line6_tail(&shape, lane);

			if (unit < blocks * 8)
				count_reachable(t, sw_tail6_read(word + unit, true).slot, depth - 1,
						sum);
		}
	}
}

uint32_t sw_table6_used(const struct sw_table6 *t)
{
	uint32_t used = 0;

	if (t->writer)
		return sw_runs_used(t->writer->runs);
	for (uint32_t i = 0; i < SW_TABLE6_SLOTS; i++)
		count_reachable(t, *sw_table6_slot(t, i), SW_TABLE6_DEPTH, &used);
	return used;
}

static int count_slot(void *ctx, struct sw_build6 *b, uint32_t i)
{
	uint32_t slot;

	return sw_build6_slot(b, 0, &slot);
}

uint32_t sw_table6_need(const struct sw_entry6 *flat, size_t n)
{
	struct sw_build6 *b = sw_build6_new(NULL);
	uint64_t blocks = UINT32_MAX;

	if (b && !sw_build6_each(b, flat, n, count_slot, NULL))
		blocks = sw_build6_blocks(b);
	sw_build6_done(b);
	return blocks < UINT32_MAX ? (uint32_t)blocks : UINT32_MAX;
}

/* ---- the whole table ---- */

struct sync {
	struct sw_table6 *table;
	bool shrinking; /* only slots that take fewer blocks than before */
	uint64_t blocks; /* of the slot at hand, before */
};

static void forget_mark(void *ctx, uint32_t slot)
{
	struct sw_table6_writer *w = ctx;

	w->keep[sw_slot6_block(slot)] = 0;
}

static void retire_unmarked(void *ctx, uint32_t slot)
{
	struct sw_table6_writer *w = ctx;

	if (!w->keep[sw_slot6_block(slot)])
		retire_one(w, slot);
	forget_mark(w, slot);
}

static void count_one(void *ctx, uint32_t slot)
{
	struct sync *s = ctx;

	s->blocks += sw_runs_length(s->table->writer->runs, sw_slot6_block(slot));
}

static bool shrinks(struct sync *s, uint32_t old, uint64_t blocks)
{
	s->blocks = 0;
	sw_table6_walk(s->table, old, count_one, s);
	return blocks < s->blocks;
}

static int apply_slot(void *ctx, struct sw_build6 *b, uint32_t i)
{
	struct sync *s = ctx;
	struct sw_table6 *t = s->table;
	uint32_t old = *sw_table6_slot(t, i), new;
	uint64_t before = sw_build6_blocks(b);
	int err = sw_build6_slot(b, old, &new);

	if (err || (s->shrinking && !shrinks(s, old, sw_build6_blocks(b) - before))) {
		sw_table6_roll_back(t, 0);
		sw_table6_walk(t, old, forget_mark, t->writer);
		return s->shrinking && err == -ENOSPC ? 0 : err;
	}
	if (new != old)
		sw_slot6_store(sw_table6_slot(t, i), new);
	sw_table6_commit(t);
	sw_table6_walk(t, old, retire_unmarked, t->writer);
	return 0;
}

static int apply_all(struct sync *s, const struct sw_entry6 *flat, size_t n)
{
	struct sw_build6 *b = sw_build6_new(s->table);
	int err = b ? sw_build6_each(b, flat, n, apply_slot, s) : -ENOMEM;

	sw_build6_done(b);
	return err;
}

int sw_table6_write(struct sw_table6 *t, const struct sw_entry6 *flat, size_t n)
{
	struct sync s = { .table = t };
	int err;

	err = apply_all(&s, flat, n);
	if (err == -ENOSPC) { /* it fits, but not on the way there: free first, then fill */
		s.shrinking = true;
		err = apply_all(&s, flat, n);
		s.shrinking = false;
		if (!err)
			err = apply_all(&s, flat, n);
	}
	if (sw_runs_retired(t->writer->runs)) {
		sw_table_wait_readers();
		sw_runs_free_retired(t->writer->runs);
	}
	return err == -ENOSPC ? -EAGAIN : err;
}

int sw_table6_sync(struct sw_table6 *t, const struct sw_entry6 *flat, size_t n)
{
	if (sw_table6_need(flat, n) > t->capacity)
		return -ENOSPC;
	return sw_table6_write(t, flat, n);
}
