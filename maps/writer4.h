/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * writer4 - how the IPv4 table is changed under readers. Inside maps/.
 *
 * What is new is written into free blocks first; the slots that name it are
 * prepared, and stored later in one go, each by one aligned store. What they named
 * before is retired: kept until no reader can hold it, then free again. Waiting for
 * readers is a system call that takes milliseconds, so it is done for many at once.
 */
#ifndef SYNWARD_MAPS_WRITER4_H
#define SYNWARD_MAPS_WRITER4_H

#include "buddy.h"
#include "pieces4.h"
#include "table.h"

struct sw_change4 {
	uint32_t *slot;
	uint32_t value;
};

struct sw_run4 {
	uint32_t block;
	unsigned order;
};

struct sw_table4_writer {
	struct sw_buddy *buddy;
	struct sw_change4 *changes; /* to be stored */
	size_t changes_n, changes_room;
	struct sw_run4 *retired; /* to be freed once readers are done */
	size_t retired_n, retired_room;
	uint32_t retired_blocks; /* in all of these */
	struct sw_chunk4 chunk; /* scratch */
	struct sw_pieces4 pieces;
};

/* ---- slots ---- */

static inline uint32_t *sw_slot4_at(const struct sw_table4 *t, uint32_t i)
{
	return &t->index[i / SW_INDEX4_SLOTS].slot[i % SW_INDEX4_SLOTS];
}

static inline uint32_t sw_slot4_block(uint32_t slot)
{
	return slot & SW_SLOT_BLOCK;
}

static inline bool sw_slot4_is_split(uint32_t slot)
{
	return (slot & SW_SLOT_KIND) == SW_SLOT_SPLIT;
}

/* A uniform block is nobody's. */
static inline bool sw_slot4_owns(uint32_t slot)
{
	return sw_slot4_block(slot) >= SW_CLASS_MAX;
}

static inline unsigned sw_slot4_span(uint32_t slot)
{
	return 16 - (slot >> SW_SLOT_SPAN_SHIFT);
}

static inline uint32_t sw_slot4_value(uint32_t kind, unsigned span, uint32_t block)
{
	if (kind == SW_SLOT_SPLIT)
		return SW_SLOT_SPLIT | block;
	return (uint32_t)(16 - span) << SW_SLOT_SPAN_SHIFT | kind | block;
}

/* log2 of how many blocks a slot that stands for 2^bits addresses names. */
unsigned sw_slot4_order(uint32_t slot, unsigned bits);
/* How many blocks it names in all; of a split slot its line included. */
uint32_t sw_slot4_blocks(const struct sw_table4 *t, uint32_t slot, unsigned bits);

void sw_slot4_store(uint32_t *slot, uint32_t value);

/* ---- changes ---- */

/* A run of 2^order free blocks; waits for readers of retired ones when there is no
 * other. SW_BUDDY_NONE: there is none. */
uint32_t sw_writer4_take(struct sw_table4 *t, unsigned order);

/* Have *@slot say @value with the next commit. On failure a run that @value names is
 * free again. -ENOMEM. */
int sw_writer4_prepare(struct sw_table4 *t, uint32_t *slot, uint32_t value);

/* Make the /16 what @pieces says, where it differs. -ENOSPC, -ENOMEM: what was prepared
 * before is still to be committed or rolled back. */
int sw_writer4_change(struct sw_table4 *t, const struct sw_pieces4 *pieces);

/* Store what was prepared, and retire what that replaces. */
void sw_writer4_commit(struct sw_table4 *t);
/* Forget what was prepared. */
void sw_writer4_roll_back(struct sw_table4 *t);
/* Wait for readers and free what is retired. */
void sw_writer4_reclaim(struct sw_table4 *t);

#endif
