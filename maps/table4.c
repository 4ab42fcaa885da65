/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * table4 - the writer of the IPv4 table; see table.h for what it promises.
 *
 * For each /16, pieces4.h says what its slot should name. What the table has
 * already is left alone. All else is written into free blocks first; the slots
 * that name it are stored later, many at once, each in one store.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buddy.h"
#include "pieces4.h"
#include "table.h"

static inline const struct sw_index4_line *sw_table4_index(const struct sw_table4 *view, uint32_t i)
{
	return &view->index[i];
}

static inline const union sw_block4 *sw_table4_block(const struct sw_table4 *view, uint32_t i)
{
	return i < view->capacity ? &view->blocks[i] : NULL;
}

#include "table4.h"

struct change {
	uint32_t *slot;
	uint32_t value;
};

struct run {
	uint32_t block;
	unsigned order;
};

struct sw_table4_writer {
	struct sw_buddy *buddy;
	struct change *changes; /* to be stored */
	size_t changes_n, changes_room;
	struct run *retired; /* to be freed once readers are done */
	size_t retired_n, retired_room;
};

uint8_t sw_table4_get(const struct sw_table4 *t, uint32_t addr)
{
	return (uint8_t)sw_table4_find(t, addr);
}

/* ---- slots ---- */

static uint32_t *slot_at(const struct sw_table4 *t, uint32_t i)
{
	return &t->index[i / SW_INDEX4_SLOTS].slot[i % SW_INDEX4_SLOTS];
}

static void slot_store(uint32_t *slot, uint32_t value)
{
	__atomic_store_n(slot, value, __ATOMIC_RELEASE);
}

static uint32_t slot_block(uint32_t slot)
{
	return slot & SW_SLOT_BLOCK;
}

static bool slot_is_split(uint32_t slot)
{
	return (slot & SW_SLOT_KIND) == SW_SLOT_SPLIT;
}

/* A uniform block is nobody's. */
static bool slot_owns(uint32_t slot)
{
	return slot_block(slot) >= SW_CLASS_MAX;
}

/* log2 of how many blocks a slot that stands for 2^bits addresses names. */
static unsigned slot_order(uint32_t slot, unsigned bits)
{
	unsigned span = 16 - (slot >> SW_SLOT_SPAN_SHIFT);

	return slot_is_split(slot) || span > bits ? 0 : bits - span;
}

static uint32_t slot_value(const struct sw_piece4 *p, uint32_t block)
{
	if (p->kind == SW_SLOT_SPLIT)
		return SW_SLOT_SPLIT | block;
	return (uint32_t)(16 - p->span) << SW_SLOT_SPAN_SHIFT | p->kind | block;
}

/* ---- taking over, letting go ---- */

/* log2 of the smallest span that pieces4.c makes for such a slot. */
static unsigned bits_least(unsigned bits)
{
	return bits == SW_SLOT_BITS ? 11 : 6;
}

static bool claim(struct sw_table4 *t, uint32_t slot, unsigned bits)
{
	unsigned span = 16 - (slot >> SW_SLOT_SPAN_SHIFT);

	if (!slot_owns(slot))
		return slot < SW_CLASS_MAX;
	if ((slot & SW_SLOT_KIND) > SW_SLOT_POINTS)
		return false;
	if (slot_is_split(slot) ? bits != SW_SLOT_BITS || span != 16
				: span > bits || span < bits_least(bits))
		return false;
	return sw_buddy_claim(t->writer->buddy, slot_block(slot), slot_order(slot, bits));
}

static void take_over_slot(struct sw_table4 *t, uint32_t *slot, unsigned bits, uint32_t *repaired)
{
	if (!claim(t, *slot, bits)) {
		slot_store(slot, SW_CLASS_UNLISTED);
		(*repaired)++;
		return;
	}
	for (unsigned s = 0; slot_is_split(*slot) && s < 16; s++)
		take_over_slot(t, &t->blocks[slot_block(*slot)].split[s], SW_SUBSLOT_BITS,
			       repaired);
}

static void write_uniform_blocks(struct sw_table4 *t)
{
	for (unsigned c = 0; c < SW_CLASS_MAX; c++) {
		t->blocks[c].mixed.value[0] = (uint8_t)c;
		t->blocks[c].mixed.value[1] = (uint8_t)c;
	}
}

int sw_table4_init(struct sw_table4 *t, struct sw_index4_line *index, union sw_block4 *blocks,
		   uint32_t capacity, uint32_t *repaired)
{
	struct sw_table4 n = { .index = index, .blocks = blocks, .capacity = capacity };

	if (capacity <= SW_CLASS_MAX)
		return -EINVAL;
	n.writer = calloc(1, sizeof(*n.writer));
	if (!n.writer)
		return -ENOMEM;
	n.writer->buddy = sw_buddy_new(capacity, SW_CLASS_MAX);
	if (!n.writer->buddy) {
		sw_table4_done(&n);
		return -ENOMEM;
	}
	write_uniform_blocks(&n);
	*repaired = 0;
	for (uint32_t i = 0; i < SW_TABLE4_SLOTS; i++)
		take_over_slot(&n, slot_at(&n, i), SW_SLOT_BITS, repaired);
	sw_buddy_ready(n.writer->buddy);
	*t = n;
	return 0;
}

void sw_table4_done(struct sw_table4 *t)
{
	if (!t->writer)
		return;
	sw_buddy_done(t->writer->buddy);
	free(t->writer->changes);
	free(t->writer->retired);
	free(t->writer);
	t->writer = NULL;
}

static uint32_t slot_blocks(const struct sw_table4 *t, uint32_t slot, unsigned bits)
{
	uint32_t sum = 0;

	if (!slot_owns(slot) || slot_block(slot) >= t->capacity)
		return 0;
	for (unsigned s = 0; slot_is_split(slot) && s < 16; s++)
		sum += slot_blocks(t, t->blocks[slot_block(slot)].split[s], SW_SUBSLOT_BITS);
	return sum + (1u << slot_order(slot, bits));
}

uint32_t sw_table4_used(const struct sw_table4 *t)
{
	uint32_t used = 0;

	if (t->writer)
		return sw_buddy_used(t->writer->buddy);
	for (uint32_t i = 0; i < SW_TABLE4_SLOTS; i++)
		used += slot_blocks(t, *slot_at(t, i), SW_SLOT_BITS);
	return used;
}

/* ---- storing what was prepared ---- */

static bool grow(void **array, size_t n, size_t *room, size_t size)
{
	size_t more = *room ? *room * 2 : 1024;
	void *p;

	if (n < *room)
		return true;
	p = realloc(*array, more * size);
	if (!p)
		return false;
	*array = p;
	*room = more;
	return true;
}

static int prepare_change(struct sw_table4 *t, uint32_t *slot, uint32_t value)
{
	struct sw_table4_writer *w = t->writer;

	if (*slot == value)
		return 0;
	if (!grow((void **)&w->changes, w->changes_n, &w->changes_room, sizeof(*w->changes)))
		return -ENOMEM;
	w->changes[w->changes_n++] = (struct change){ slot, value };
	return 0;
}

/* Note all runs that @slot names, for later. */
static int retire(struct sw_table4 *t, uint32_t slot, unsigned bits)
{
	struct sw_table4_writer *w = t->writer;
	int err = 0;

	if (!slot_owns(slot))
		return 0;
	for (unsigned s = 0; slot_is_split(slot) && s < 16 && !err; s++)
		err = retire(t, t->blocks[slot_block(slot)].split[s], SW_SUBSLOT_BITS);
	if (err || !grow((void **)&w->retired, w->retired_n, &w->retired_room, sizeof(*w->retired)))
		return -ENOMEM;
	w->retired[w->retired_n++] = (struct run){ slot_block(slot), slot_order(slot, bits) };
	return 0;
}

static void free_retired(struct sw_table4_writer *w)
{
	while (w->retired_n) {
		w->retired_n--;
		sw_buddy_put(w->buddy, w->retired[w->retired_n].block,
			     w->retired[w->retired_n].order);
	}
}

/* Is it one of the index, and not one of a split slot? */
static unsigned slot_bits(const struct sw_table4 *t, const uint32_t *slot)
{
	const uint32_t *first = slot_at(t, 0);

	return slot >= first && slot < first + SW_TABLE4_SLOTS ? SW_SLOT_BITS : SW_SUBSLOT_BITS;
}

/* Store the slots, then free what they named before. */
static int commit(struct sw_table4 *t)
{
	struct sw_table4_writer *w = t->writer;
	int err = 0;

	for (size_t i = 0; i < w->changes_n; i++) {
		uint32_t *slot = w->changes[i].slot, old = *slot;

		slot_store(slot, w->changes[i].value);
		if (retire(t, old, slot_bits(t, slot)))
			err = -ENOMEM; /* its blocks are lost until the next start, no more */
	}
	w->changes_n = 0;
	if (w->retired_n)
		sw_table_wait_readers();
	free_retired(w);
	return err;
}

/* Forget what was prepared and not stored: the blocks are free again. */
static void roll_back(struct sw_table4 *t)
{
	struct sw_table4_writer *w = t->writer;

	for (size_t i = 0; i < w->changes_n; i++)
		retire(t, w->changes[i].value, slot_bits(t, w->changes[i].slot));
	w->changes_n = 0;
	free_retired(w); /* no reader has seen them */
}

/* ---- applying the pieces of a /16 ---- */

enum mode { APPLY_ALL, APPLY_SHRINKING };

struct sync {
	struct sw_table4 *table;
	enum mode mode;
};

static bool has_piece(const struct sw_table4 *t, const struct sw_piece4 *p, uint32_t slot)
{
	if (!p->blocks)
		return slot == p->uniform;
	return slot_owns(slot) && slot_value(p, slot_block(slot)) == slot &&
	       !memcmp(&t->blocks[slot_block(slot)], p->block, p->blocks * sizeof(union sw_block4));
}

/* Write the piece into free blocks; *@value is what its slot has to say then. */
static int write_piece(struct sw_table4 *t, const struct sw_piece4 *p, uint32_t *value)
{
	uint32_t block;

	if (!p->blocks) {
		*value = p->uniform;
		return 0;
	}
	block = sw_buddy_take(t->writer->buddy, (unsigned)__builtin_ctz(p->blocks));
	if (block == SW_BUDDY_NONE)
		return -ENOSPC;
	memcpy(&t->blocks[block], p->block, p->blocks * sizeof(union sw_block4));
	*value = slot_value(p, block);
	return 0;
}

static int change_piece(struct sw_table4 *t, const struct sw_piece4 *p, uint32_t *slot)
{
	uint32_t value;
	int err;

	if (has_piece(t, p, *slot))
		return 0;
	err = write_piece(t, p, &value);
	if (err)
		return err;
	err = prepare_change(t, slot, value);
	if (err && p->blocks)
		sw_buddy_put(t->writer->buddy, slot_block(value),
			     (unsigned)__builtin_ctz(p->blocks));
	return err;
}

/* A new line of slots, complete before anybody sees it. */
static int write_split(struct sw_table4 *t, const struct sw_pieces4 *ps, uint32_t *slot)
{
	union sw_block4 line = { .split = { 0 } };
	uint32_t block = sw_buddy_take(t->writer->buddy, 0);
	int err = block == SW_BUDDY_NONE ? -ENOSPC : 0;

	if (err)
		return err;
	for (unsigned s = 0; s < 16 && !err; s++)
		err = write_piece(t, &ps->sub[s], &line.split[s]);
	t->blocks[block] = line;
	if (!err)
		err = prepare_change(t, slot, SW_SLOT_SPLIT | block);
	if (err) {
		retire(t, SW_SLOT_SPLIT | block, SW_SLOT_BITS);
		free_retired(t->writer);
	}
	return err;
}

static int change_pieces(struct sw_table4 *t, const struct sw_pieces4 *ps)
{
	uint32_t *slot = slot_at(t, ps->slot), *sub;
	int err = 0;

	if (ps->whole.kind != SW_SLOT_SPLIT || !ps->whole.blocks)
		return change_piece(t, &ps->whole, slot);
	if (!slot_is_split(*slot))
		return write_split(t, ps, slot);
	sub = t->blocks[slot_block(*slot)].split;
	for (unsigned s = 0; s < 16 && !err; s++)
		err = change_piece(t, &ps->sub[s], &sub[s]);
	return err;
}

static int apply_pieces(void *ctx, const struct sw_pieces4 *ps)
{
	struct sync *s = ctx;
	struct sw_table4 *t = s->table;
	uint32_t now = *slot_at(t, ps->slot);
	int err;

	if (s->mode == APPLY_SHRINKING &&
	    sw_pieces4_blocks(ps) >= slot_blocks(t, now, SW_SLOT_BITS))
		return 0;
	err = change_pieces(t, ps);
	if (err != -ENOSPC)
		return err;
	err = commit(t); /* what was prepared so far frees what it replaces */
	return err ? err : change_pieces(t, ps);
}

/* ---- the whole table ---- */

static int count_blocks(void *ctx, const struct sw_pieces4 *ps)
{
	*(uint64_t *)ctx += sw_pieces4_blocks(ps);
	return 0;
}

uint32_t sw_table4_need(const struct sw_entry4 *flat, size_t n)
{
	uint64_t blocks = SW_CLASS_MAX;

	if (sw_pieces4_each(flat, n, count_blocks, &blocks) || blocks > UINT32_MAX)
		return UINT32_MAX;
	return (uint32_t)blocks;
}

static int apply_all(struct sync *s, const struct sw_entry4 *flat, size_t n)
{
	int err = sw_pieces4_each(flat, n, apply_pieces, s);

	return err ? err : commit(s->table);
}

int sw_table4_sync(struct sw_table4 *t, const struct sw_entry4 *flat, size_t n)
{
	struct sync s = { .table = t };
	int err;

	if (sw_table4_need(flat, n) > t->capacity)
		return -ENOSPC;
	err = apply_all(&s, flat, n);
	if (err == -ENOSPC) { /* it fits, but not on the way there: free first, then fill */
		roll_back(t);
		s.mode = APPLY_SHRINKING;
		err = apply_all(&s, flat, n);
		s.mode = APPLY_ALL;
		if (!err)
			err = apply_all(&s, flat, n);
	}
	if (err)
		roll_back(t);
	return err == -ENOSPC ? -EAGAIN : err;
}
