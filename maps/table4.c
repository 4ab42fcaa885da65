/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * table4 - the IPv4 table as a whole: taken over, and brought to a set of prefixes;
 * see table.h for what it promises.
 *
 * For each /16, pieces4.h says what its slot should name. What the table has
 * already is left alone.
 */
#include <errno.h>
#include <stdlib.h>

#include "table.h"
#include "writer4.h"

static inline const struct sw_index4_line *sw_table4_index(const struct sw_table4 *view, uint32_t i)
{
	return &view->index[i];
}

static inline const union sw_block4 *sw_table4_block(const struct sw_table4 *view, uint32_t i)
{
	return i < view->capacity ? &view->blocks[i] : NULL;
}

#include "table4.h"

uint8_t sw_table4_get(const struct sw_table4 *t, uint32_t addr)
{
	return (uint8_t)sw_table4_find(t, addr);
}

/* ---- taking over, letting go ---- */

/* log2 of the smallest span that pieces4.c makes for such a slot. */
static unsigned bits_least(unsigned bits)
{
	return bits == SW_SLOT_BITS ? 11 : 6;
}

static bool claim(struct sw_table4 *t, uint32_t slot, unsigned bits)
{
	unsigned span = sw_slot4_span(slot);

	if (!sw_slot4_owns(slot))
		return slot < SW_CLASS_MAX;
	if ((slot & SW_SLOT_KIND) > SW_SLOT_POINTS)
		return false;
	if (sw_slot4_is_split(slot) ? bits != SW_SLOT_BITS || span != 16
				    : span > bits || span < bits_least(bits))
		return false;
	return sw_buddy_claim(t->writer->buddy, sw_slot4_block(slot), sw_slot4_order(slot, bits));
}

static void take_over_slot(struct sw_table4 *t, uint32_t *slot, unsigned bits, uint32_t *repaired)
{
	if (!claim(t, *slot, bits)) {
		sw_slot4_store(slot, SW_CLASS_UNLISTED);
		(*repaired)++;
		return;
	}
	for (unsigned s = 0; sw_slot4_is_split(*slot) && s < 16; s++)
		take_over_slot(t, &t->blocks[sw_slot4_block(*slot)].split[s], SW_SUBSLOT_BITS,
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
		take_over_slot(&n, sw_slot4_at(&n, i), SW_SLOT_BITS, repaired);
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

uint32_t sw_table4_used(const struct sw_table4 *t)
{
	uint32_t used = 0;

	if (t->writer)
		return sw_buddy_used(t->writer->buddy) - t->writer->retired_blocks;
	for (uint32_t i = 0; i < SW_TABLE4_SLOTS; i++)
		used += sw_slot4_blocks(t, *sw_slot4_at(t, i), SW_SLOT_BITS);
	return used;
}

/* ---- the whole table ---- */

enum mode { APPLY_ALL, APPLY_SHRINKING };

struct sync {
	struct sw_table4 *table;
	enum mode mode;
};

static int apply_pieces(void *ctx, const struct sw_pieces4 *ps)
{
	struct sync *s = ctx;
	struct sw_table4 *t = s->table;
	uint32_t now = *sw_slot4_at(t, ps->slot);
	int err;

	if (s->mode == APPLY_SHRINKING &&
	    sw_pieces4_blocks(ps) >= sw_slot4_blocks(t, now, SW_SLOT_BITS))
		return 0;
	err = sw_writer4_change(t, ps);
	if (err != -ENOSPC)
		return err;
	sw_writer4_commit(t); /* what was prepared so far frees what it replaces */
	return sw_writer4_change(t, ps);
}

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

	if (!err)
		sw_writer4_commit(s->table);
	return err;
}

int sw_table4_write(struct sw_table4 *t, const struct sw_entry4 *flat, size_t n)
{
	struct sync s = { .table = t };
	int err;

	err = apply_all(&s, flat, n);
	if (err == -ENOSPC) { /* it fits, but not on the way there: free first, then fill */
		sw_writer4_roll_back(t);
		s.mode = APPLY_SHRINKING;
		err = apply_all(&s, flat, n);
		s.mode = APPLY_ALL;
		if (!err)
			err = apply_all(&s, flat, n);
	}
	if (err)
		sw_writer4_roll_back(t);
	sw_writer4_reclaim(t);
	return err == -ENOSPC ? -EAGAIN : err;
}

int sw_table4_sync(struct sw_table4 *t, const struct sw_entry4 *flat, size_t n)
{
	if (sw_table4_need(flat, n) > t->capacity)
		return -ENOSPC;
	return sw_table4_write(t, flat, n);
}
