/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * writer6 - what the files of the IPv6 table's writer share: table6.c takes over and
 * lets go, build6.c makes slots of a sorted set, paint6.c changes one prefix.
 */
#ifndef SYNWARD_MAPS_WRITER6_H
#define SYNWARD_MAPS_WRITER6_H

#include "node6.h"
#include "runs.h"
#include "table.h"

#define SW_LEVELS6 8 /* runs on the way to the end of an address, and one */

struct sw_table6_writer {
	struct sw_runs *runs;
	struct sw_items6 *items; /* of the run that is worked on */
	uint8_t *keep; /* for each block: the run that begins here is used again */
	uint32_t *fresh; /* runs that are written and that no slot names yet */
	size_t fresh_n, fresh_room;
};

/* ---- table6.c ---- */

static inline uint32_t *sw_table6_slot(const struct sw_table6 *t, uint32_t i)
{
	return &t->index[i / SW_INDEX6_SLOTS].slot[i % SW_INDEX6_SLOTS];
}

static inline void sw_slot6_store(uint32_t *slot, uint32_t value)
{
	__atomic_store_n(slot, value, __ATOMIC_RELEASE);
}

static inline union sw_block6 *sw_table6_run(const struct sw_table6 *t, uint32_t slot)
{
	return &t->blocks[sw_slot6_block(slot)];
}

/* Memory for a new run, waiting for readers if there is only memory that they may
 * look at. -ENOSPC, -ENOMEM. */
int sw_table6_take(struct sw_table6 *t, uint32_t blocks, uint32_t *ret);
/* What was taken since the last commit is in use from now on; or, but for the first
 * @keep, is free again. */
void sw_table6_commit(struct sw_table6 *t);
void sw_table6_roll_back(struct sw_table6 *t, size_t keep);
/* Call @each for every slot below @slot that goes on, itself included, those
 * below it first. */
void sw_table6_walk(const struct sw_table6 *t, uint32_t slot,
		    void (*each)(void *ctx, uint32_t slot), void *ctx);
/* All that @slot names is to be freed once readers are done. */
void sw_table6_retire(struct sw_table6 *t, uint32_t slot);

/* ---- build6.c ---- */

struct sw_build6;

/* With no table nothing is written, only counted. NULL: no memory. */
struct sw_build6 *sw_build6_new(struct sw_table6 *t);
struct sw_build6 *sw_build6_done(struct sw_build6 *b);
/* Blocks of all slots made so far. */
uint64_t sw_build6_blocks(const struct sw_build6 *b);

/*
 * Call @each for every slot of the index in ascending order, which may then call
 * sw_build6_slot for what it should name. Stops at the first non-zero return and
 * returns it. -ENOMEM.
 */
int sw_build6_each(struct sw_build6 *b, const struct sw_entry6 *flat, size_t n,
		   int (*each)(void *ctx, struct sw_build6 *b, uint32_t slot), void *ctx);
/* What of @old is the same is used again, and has its mark in keep[]. -ENOSPC, -ENOMEM. */
int sw_build6_slot(struct sw_build6 *b, uint32_t old, uint32_t *ret);

/* Write @part: *@ret is the slot that names it. As above. */
int sw_build6_part(struct sw_table6 *t, const struct sw_part6 *part, uint32_t *ret);

#endif
