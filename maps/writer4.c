/* SPDX-License-Identifier: GPL-2.0-only */
/* writer4 - see writer4.h. */
#include "writer4.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

unsigned sw_slot4_order(uint32_t slot, unsigned bits)
{
	unsigned span = sw_slot4_span(slot);

	return sw_slot4_is_split(slot) || span > bits ? 0 : bits - span;
}

uint32_t sw_slot4_blocks(const struct sw_table4 *t, uint32_t slot, unsigned bits)
{
	uint32_t sum = 0;

	if (!sw_slot4_owns(slot) || sw_slot4_block(slot) >= t->capacity)
		return 0;
	for (unsigned s = 0; sw_slot4_is_split(slot) && s < 16; s++)
		sum += sw_slot4_blocks(t, t->blocks[sw_slot4_block(slot)].split[s],
				       SW_SUBSLOT_BITS);
	return sum + (1u << sw_slot4_order(slot, bits));
}

void sw_slot4_store(uint32_t *slot, uint32_t value)
{
	__atomic_store_n(slot, value, __ATOMIC_RELEASE);
}

/* Is it one of the index, and not one of a split slot? */
static unsigned slot_bits(const struct sw_table4 *t, const uint32_t *slot)
{
	const uint32_t *first = sw_slot4_at(t, 0);

	return slot >= first && slot < first + SW_TABLE4_SLOTS ? SW_SLOT_BITS : SW_SUBSLOT_BITS;
}

/* ---- what is retired ---- */

static int grow(void **array, size_t n, size_t *room, size_t size)
{
	size_t more = *room ? *room * 2 : 1024;
	void *p;

	if (n < *room)
		return 0;
	p = realloc(*array, more * size);
	if (!p)
		return -ENOMEM;
	*array = p;
	*room = more;
	return 0;
}

/* Run @each on every run that @slot names, those below a split slot first. */
static void each_run(struct sw_table4 *t, uint32_t slot, unsigned bits,
		     void (*each)(struct sw_table4 *t, struct sw_run4 run))
{
	if (!sw_slot4_owns(slot))
		return;
	for (unsigned s = 0; sw_slot4_is_split(slot) && s < 16; s++)
		each_run(t, t->blocks[sw_slot4_block(slot)].split[s], SW_SUBSLOT_BITS, each);
	each(t, (struct sw_run4){ sw_slot4_block(slot), sw_slot4_order(slot, bits) });
}

static void free_run(struct sw_table4 *t, struct sw_run4 run)
{
	sw_buddy_put(t->writer->buddy, run.block, run.order);
}

void sw_writer4_reclaim(struct sw_table4 *t)
{
	struct sw_table4_writer *w = t->writer;

	if (!w->retired_n)
		return;
	sw_table_wait_readers();
	while (w->retired_n)
		free_run(t, w->retired[--w->retired_n]);
	w->retired_blocks = 0;
}

static void retire_run(struct sw_table4 *t, struct sw_run4 run)
{
	struct sw_table4_writer *w = t->writer;

	if (grow((void **)&w->retired, w->retired_n, &w->retired_room, sizeof(*w->retired))) {
		sw_writer4_reclaim(t); /* no memory to remember it: wait for it now */
		if (!w->retired_room) {
			sw_table_wait_readers();
			free_run(t, run);
			return;
		}
	}
	w->retired[w->retired_n++] = run;
	w->retired_blocks += 1u << run.order;
}

uint32_t sw_writer4_take(struct sw_table4 *t, unsigned order)
{
	uint32_t block = sw_buddy_take(t->writer->buddy, order);

	if (block != SW_BUDDY_NONE || !t->writer->retired_n)
		return block;
	sw_writer4_reclaim(t);
	return sw_buddy_take(t->writer->buddy, order);
}

/* ---- what is prepared ---- */

int sw_writer4_prepare(struct sw_table4 *t, uint32_t *slot, uint32_t value)
{
	struct sw_table4_writer *w = t->writer;

	if (*slot == value)
		return 0;
	if (grow((void **)&w->changes, w->changes_n, &w->changes_room, sizeof(*w->changes))) {
		each_run(t, value, slot_bits(t, slot), free_run); /* no reader has seen them */
		return -ENOMEM;
	}
	w->changes[w->changes_n++] = (struct sw_change4){ slot, value };
	return 0;
}

void sw_writer4_commit(struct sw_table4 *t)
{
	struct sw_table4_writer *w = t->writer;

	for (size_t i = 0; i < w->changes_n; i++) {
		uint32_t *slot = w->changes[i].slot, old = *slot;

		sw_slot4_store(slot, w->changes[i].value);
		each_run(t, old, slot_bits(t, slot), retire_run);
	}
	w->changes_n = 0;
}

void sw_writer4_roll_back(struct sw_table4 *t)
{
	struct sw_table4_writer *w = t->writer;

	while (w->changes_n) {
		const struct sw_change4 *change = &w->changes[--w->changes_n];

		each_run(t, change->value, slot_bits(t, change->slot), free_run);
	}
}

/* ---- the pieces of a /16 ---- */

static bool has_piece(const struct sw_table4 *t, const struct sw_piece4 *p, uint32_t slot)
{
	if (!p->blocks)
		return slot == p->uniform;
	return sw_slot4_owns(slot) &&
	       sw_slot4_value(p->kind, p->span, sw_slot4_block(slot)) == slot &&
	       !memcmp(&t->blocks[sw_slot4_block(slot)], p->block,
		       p->blocks * sizeof(union sw_block4));
}

/* Write the piece into free blocks; *@value is what its slot has to say then. */
static int write_piece(struct sw_table4 *t, const struct sw_piece4 *p, uint32_t *value)
{
	uint32_t block;

	if (!p->blocks) {
		*value = p->uniform;
		return 0;
	}
	block = sw_writer4_take(t, (unsigned)__builtin_ctz(p->blocks));
	if (block == SW_BUDDY_NONE)
		return -ENOSPC;
	memcpy(&t->blocks[block], p->block, p->blocks * sizeof(union sw_block4));
	*value = sw_slot4_value(p->kind, p->span, block);
	return 0;
}

static int change_piece(struct sw_table4 *t, const struct sw_piece4 *p, uint32_t *slot)
{
	uint32_t value;
	int err;

	if (has_piece(t, p, *slot))
		return 0;
	err = write_piece(t, p, &value);
	return err ? err : sw_writer4_prepare(t, slot, value);
}

/* A new line of slots, complete before anybody sees it. */
static int write_split(struct sw_table4 *t, const struct sw_pieces4 *ps, uint32_t *slot)
{
	union sw_block4 line = { .split = { 0 } };
	uint32_t block = sw_writer4_take(t, 0);
	int err = 0;

	if (block == SW_BUDDY_NONE)
		return -ENOSPC;
	for (unsigned s = 0; s < 16 && !err; s++)
		err = write_piece(t, &ps->sub[s], &line.split[s]);
	t->blocks[block] = line;
	if (err)
		each_run(t, SW_SLOT_SPLIT | block, SW_SLOT_BITS, free_run);
	else
		err = sw_writer4_prepare(t, slot, SW_SLOT_SPLIT | block);
	return err;
}

int sw_writer4_change(struct sw_table4 *t, const struct sw_pieces4 *ps)
{
	uint32_t *slot = sw_slot4_at(t, ps->slot), *sub;
	int err = 0;

	if (ps->whole.kind != SW_SLOT_SPLIT || !ps->whole.blocks)
		return change_piece(t, &ps->whole, slot);
	if (!sw_slot4_is_split(*slot))
		return write_split(t, ps, slot);
	sub = t->blocks[sw_slot4_block(*slot)].split;
	for (unsigned s = 0; s < 16 && !err; s++)
		err = change_piece(t, &ps->sub[s], &sub[s]);
	return err;
}
