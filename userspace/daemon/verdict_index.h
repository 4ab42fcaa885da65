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

/* One cache line: in a table of a million, a second one is a second wait for memory. */
struct sw_verdict_entry {
	struct sw_verdict_entry *next; /* of the same bucket */
	union {
		struct sw_wheel_timer timer; /* set while it is to end; expires stays after */
		struct { /* while ended */
			struct sw_verdict_entry *next_ended, **link_ended;
		};
	};
	uint64_t hi, lo; /* the source, with family and len */
	int64_t expires_ms; /* ledger time; 0: never */
	uint8_t family, len;
	uint8_t origin, action;
	bool indexed; /* it is in the table */
	bool ended; /* its time is up, and the ledger does not know yet: in verdicts.c's list */
};

#define SW_VERDICT_ENTRY_BYTES 64

_Static_assert(sizeof(struct sw_verdict_entry) == SW_VERDICT_ENTRY_BYTES, "a cache line");

static inline struct sw_prefix sw_verdict_entry_source(const struct sw_verdict_entry *e)
{
	return (struct sw_prefix){ .hi = e->hi, .lo = e->lo, .family = e->family, .len = e->len };
}

static inline void sw_verdict_entry_name(struct sw_verdict_entry *e, const struct sw_prefix *source,
					 uint8_t origin)
{
	e->hi = source->hi;
	e->lo = source->lo;
	e->family = source->family;
	e->len = source->len;
	e->origin = origin;
}

static inline bool sw_verdict_entry_is_on(const struct sw_verdict_entry *e,
					  const struct sw_prefix *source)
{
	return e->lo == source->lo && e->hi == source->hi && e->len == source->len &&
	       e->family == source->family;
}

struct sw_verdict_slab {
	struct sw_verdict_slab *next; /* an older one */
	size_t n, used; /* those behind were never used */
	_Alignas(SW_VERDICT_ENTRY_BYTES) struct sw_verdict_entry entry[];
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
