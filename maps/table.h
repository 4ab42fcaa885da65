/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * table - the writer's side of the two verdict tables.
 *
 * In: a flattened set of prefixes, for which the longest match is the verdict
 * (userspace/lists/flatten.h makes it), and verdicts on single sources. Out: the
 * memory that table4.h and table6.h read, which is an mmap of the BPF maps or, in
 * tests, plain memory. table4.c and table6.c write one family each and know
 * classes only; table.c joins lists and verdicts and knows which counts more.
 *
 * The writer changes memory under readers on other CPUs. A reader sees for each
 * source the old class or the new one, never anything else: block contents are
 * written before the slot that names them, a slot is one aligned store, and
 * block memory is used again only after every reader that could have seen it is
 * done (membarrier(2), which waits for an RCU grace period). One writer at a time.
 */
#ifndef SYNWARD_MAPS_TABLE_H
#define SYNWARD_MAPS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"
#include "lib/addr.h"

#define SW_ENTRY_EXCLUDE 0x01 /* the list says nothing about this prefix */

/* A prefix and what is said of it. Sorted: by address, then length. */
struct sw_entry4 {
	uint32_t addr;
	uint8_t len;
	uint8_t class;
	uint8_t flags;
	uint8_t spare;
};

struct sw_entry6 {
	uint64_t hi, lo;
	uint8_t len;
	uint8_t class;
	uint8_t flags;
	uint8_t spare[5];
};

/* ---- IPv4 ---- */

struct sw_table4 {
	struct sw_index4_line *index; /* SW_INDEX4_LINES */
	union sw_block4 *blocks;
	uint32_t capacity; /* blocks, more than SW_CLASS_MAX */
	struct sw_table4_writer *writer; /* NULL in a table that is only read */
};

/*
 * Take over memory that a writer, perhaps one that crashed, left in a consistent
 * state, or all zero memory. Blocks that no slot names are free again. Slots that
 * name what cannot be are emptied and counted in *@repaired. -ENOMEM, -EINVAL.
 */
int sw_table4_init(struct sw_table4 *t, struct sw_index4_line *index, union sw_block4 *blocks,
		   uint32_t capacity, uint32_t *repaired);
void sw_table4_done(struct sw_table4 *t);

/* How many blocks a table of exactly these entries takes. */
uint32_t sw_table4_need(const struct sw_entry4 *flat, size_t n);
/* How many are taken now; counts when there is no writer, some milliseconds. */
uint32_t sw_table4_used(const struct sw_table4 *t);

/*
 * Make the table say exactly what @flat says, changing only what differs.
 * -ENOSPC: it needs more blocks than there are; nothing was changed. -EAGAIN:
 * free blocks are too scattered to change it in place: each source is as before
 * or as it should be; build a new table. -ENOMEM.
 */
int sw_table4_sync(struct sw_table4 *t, const struct sw_entry4 *flat, size_t n);

/*
 * Give the addresses @first to @last class @class, in place, and leave all others as
 * they are. No system call but when memory that readers may still use has to be
 * waited for: once for thousands of calls. -ENOSPC: the table is full, -ENOMEM;
 * nothing was changed.
 */
int sw_table4_paint(struct sw_table4 *t, uint32_t first, uint32_t last, uint8_t class);

/* The class of @addr, as the BPF program would find it. */
uint8_t sw_table4_get(const struct sw_table4 *t, uint32_t addr);

/* ---- IPv6 ---- */

struct sw_table6 {
	struct sw_index6_line *index; /* SW_INDEX6_LINES */
	union sw_block6 *blocks;
	uint32_t capacity; /* blocks, at most SW_BLOCKS6_MAX */
	struct sw_table6_writer *writer; /* NULL in a table that is only read */
};

/* As their IPv4 likes, but -EAGAIN of sync: it fits, but not beside what is there
 * now, or free blocks are too scattered. */
int sw_table6_init(struct sw_table6 *t, struct sw_index6_line *index, union sw_block6 *blocks,
		   uint32_t capacity, uint32_t *repaired);
void sw_table6_done(struct sw_table6 *t);
uint32_t sw_table6_need(const struct sw_entry6 *flat, size_t n);
uint32_t sw_table6_used(const struct sw_table6 *t);
int sw_table6_sync(struct sw_table6 *t, const struct sw_entry6 *flat, size_t n);

/* Give all addresses of a prefix class @class, whatever they had: see sw_table4_paint. */
int sw_table6_paint(struct sw_table6 *t, uint64_t hi, uint64_t lo, uint8_t len, uint8_t class);

/* The class of an address, as the BPF program would find it. */
uint8_t sw_table6_get(const struct sw_table6 *t, uint64_t hi, uint64_t lo);

/* ---- lists and verdicts together ---- */

/* How classes compare: the one with the greater tier counts. */
struct sw_rank {
	uint8_t tier;
	uint8_t harsh; /* decides a tie */
};

struct sw_table;

/* A table over @t4 and @t6, which are borrowed, without verdicts and, until
 * sw_table_load, without lists. NULL: no memory. */
struct sw_table *sw_table_open(struct sw_table4 *t4, struct sw_table6 *t6);
struct sw_table *sw_table_close(struct sw_table *t);

/*
 * Put new lists in the place of the present ones, as a difference; verdicts stay.
 * @rank has SW_CLASS_MAX rows. All is copied. Errors as sw_table4_sync; after one
 * each source is as before or as it should be, and the lists before stay the ones
 * that later calls go by.
 */
int sw_table_load(struct sw_table *t, const struct sw_entry4 *flat4, size_t n4,
		  const struct sw_entry6 *flat6, size_t n6, const struct sw_rank *rank);

/*
 * Set or clear the verdict on one source: an address or a prefix. It counts where no
 * list of a higher tier speaks; within a tier a verdict stands above the lists, and a
 * verdict on a longer prefix above one on a shorter. Setting it again replaces it.
 * In force for the next packet. -ENOENT: nothing to clear. -ENOSPC, -ENOMEM: it was not
 * set or cleared; a prefix in which lists or verdicts say more than one thing may be
 * changed in part, and is mended by the next call that concerns it, or sw_table_load.
 */
int sw_table_set(struct sw_table *t, const struct sw_prefix *source, uint8_t class);
int sw_table_clear(struct sw_table *t, const struct sw_prefix *source);
/* The class of the verdict on exactly @source; -ENOENT. */
int sw_table_verdict(const struct sw_table *t, const struct sw_prefix *source, uint8_t *ret);
size_t sw_table_verdicts(const struct sw_table *t); /* how many are set */

/* Wait until no reader uses what it read before this call. */
void sw_table_wait_readers(void);

#endif
