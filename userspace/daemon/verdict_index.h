/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * verdict_index - the verdicts that hold now, by source, in memory. For verdicts.c.
 *
 * A hash table. A source has at most one entry of each origin. Entries stay where they
 * are, for their timers are in the wheel. They are of slabs, each of many, that stay until the
 * end: as many as there ever were at once.
 */
#ifndef SYNWARD_DAEMON_VERDICT_INDEX_H
#define SYNWARD_DAEMON_VERDICT_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/wheel.h"

struct sw_verdict_entry {
	struct sw_verdict_entry *next; /* of the same bucket */
	struct sw_wheel_timer timer; /* set while expires_ms is not 0 */
	struct sw_verdict_entry *next_ended, **link_ended; /* while ended */
	struct sw_prefix source;
	int64_t expires_ms; /* ledger time; 0: never */
	uint8_t origin, action;
	bool indexed; /* it is in the table */
	bool ended; /* its time is up, and the ledger does not know yet: in verdicts.c's list */
};

struct sw_verdict_slab {
	struct sw_verdict_slab *next; /* an older one */
	size_t n, used; /* those behind were never used */
	struct sw_verdict_entry entry[];
};

/* Where a walk is; all zero: before the first one. */
struct sw_verdict_place {
	const struct sw_verdict_slab *slab;
	size_t at;
	bool ended;
};

struct sw_verdict_index {
	struct sw_verdict_entry **bucket;
	size_t buckets, n;
	uint64_t seed;
	struct sw_verdict_slab *slabs;
	struct sw_verdict_entry *spare; /* given back, by next */
};

/* -ENOMEM. */
int sw_verdict_index_init(struct sw_verdict_index *index);
/* Frees the entries, too. */
void sw_verdict_index_done(struct sw_verdict_index *index);

/* Have room for @n entries at once, before the first one comes. -ENOMEM: it goes without. */
int sw_verdict_index_reserve(struct sw_verdict_index *index, size_t n);

/* An entry, all zero, to be added or given back. NULL: no memory. */
struct sw_verdict_entry *sw_verdict_index_take(struct sw_verdict_index *index);
/* NULL is fine. */
void sw_verdict_index_give(struct sw_verdict_index *index, struct sw_verdict_entry *entry);

struct sw_verdict_entry *sw_verdict_index_find(const struct sw_verdict_index *index,
					       const struct sw_prefix *source, uint8_t origin);
/* The next entry of the same source as @entry, or the first one of @source when it is
 * NULL; in no order. */
struct sw_verdict_entry *sw_verdict_index_next(const struct sw_verdict_index *index,
					       const struct sw_prefix *source,
					       const struct sw_verdict_entry *entry);

/* @source is asked for soon: have the memory come that it is found by. */
void sw_verdict_index_expect(const struct sw_verdict_index *index, const struct sw_prefix *source);

/* The same one step later: have the first entry come that it may be. */
void sw_verdict_index_expect_entry(const struct sw_verdict_index *index,
				   const struct sw_prefix *source);

/* Takes @entry, of which there must be none of the same source and origin. Cannot fail: a
 * table that cannot grow gets slower. */
void sw_verdict_index_add(struct sw_verdict_index *index, struct sw_verdict_entry *entry);
/* @entry is the caller's again, to be given back. */
void sw_verdict_index_remove(struct sw_verdict_index *index, struct sw_verdict_entry *entry);

/* The entry at @at or behind it, in the order of memory, which is the fastest; @at goes on.
 * NULL: that was all. Nothing may be added or removed meanwhile. */
struct sw_verdict_entry *sw_verdict_index_after(const struct sw_verdict_index *index,
						struct sw_verdict_place *at);

/* All entries of bucket @at, from 0 to buckets - 1, to walk through them bit by bit. */
static inline struct sw_verdict_entry *sw_verdict_index_bucket(const struct sw_verdict_index *index,
							       size_t at)
{
	return index->bucket[at];
}

#endif
