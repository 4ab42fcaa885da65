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
/* The same for whoever knows that it needs no more blocks than there are. */
int sw_table4_write(struct sw_table4 *t, const struct sw_entry4 *flat, size_t n);

/*
 * Give the addresses @first to @last class @class, in place, and leave all others as
 * they are. No system call but when memory that readers may still use has to be
 * waited for: once for thousands of calls. -ENOSPC: the table is full, -ENOMEM;
 * nothing was changed.
 */
int sw_table4_paint(struct sw_table4 *t, uint32_t first, uint32_t last, uint8_t class);
/* An address is painted soon: have its block come from memory. */
void sw_table4_expect(const struct sw_table4 *t, uint32_t addr);

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
int sw_table6_write(struct sw_table6 *t, const struct sw_entry6 *flat, size_t n);

/* A prefix is painted soon: have the first line and tail on the way come from memory. */
void sw_table6_expect(const struct sw_table6 *t, uint64_t hi);
/* Give all addresses of a prefix class @class, whatever they had: see sw_table4_paint. */
int sw_table6_paint(struct sw_table6 *t, uint64_t hi, uint64_t lo, uint8_t len, uint8_t class);

/* The class of an address, as the BPF program would find it. */
uint8_t sw_table6_get(const struct sw_table6 *t, uint64_t hi, uint64_t lo);

/* ---- single verdicts and when they end ---- */

/*
 * What packets read of single verdicts: see expiry.h. A verdict that ends is looked up
 * once more, so that its end holds when nobody is there to take it out of the table.
 */
struct sw_expiry {
	struct sw_expiry_head *head;
	struct sw_expiry_bucket *buckets;
	uint32_t capacity; /* buckets, an even number */
	struct sw_expiry_writer *writer; /* NULL when it is only read */
};

/* How many buckets hold @verdicts cells for sure, and how many cells so many buckets do. */
uint32_t sw_expiry_need(uint32_t verdicts);
uint32_t sw_expiry_room(uint32_t buckets);

/*
 * Take over memory that a writer, perhaps one that was killed, left, or all zero memory
 * but for the seed. Cells that cannot be are emptied and counted in *@repaired; the others
 * stay in force, and are stale until they are put again. -ENOMEM, -EINVAL.
 */
int sw_expiry_init(struct sw_expiry *x, struct sw_expiry_head *head,
		   struct sw_expiry_bucket *buckets, uint32_t capacity, uint32_t *repaired);
void sw_expiry_done(struct sw_expiry *x);

/* What is known of a prefix. */
struct sw_expiry_entry {
	uint64_t ends; /* ticks; SW_EXPIRY_NEVER */
	uint8_t class
		; /* of the verdict; UNLISTED: there is none, what the lists say changes here */
	uint8_t below; /* the class of the lists */
};

/* The entry of a prefix is put or removed soon: have what that takes come from memory. */
void sw_expiry_expect(const struct sw_expiry *x, unsigned family, uint64_t hi, uint64_t lo,
		      uint8_t len);
/* Put the entry of a prefix, or replace it, by one store. -ENOSPC: there are as many as
 * can be; nothing was changed. An IPv4 address is in the high 32 bits of @hi. */
int sw_expiry_put(struct sw_expiry *x, unsigned family, uint64_t hi, uint64_t lo, uint8_t len,
		  const struct sw_expiry_entry *entry);
/* Take it away; -ENOENT. */
int sw_expiry_remove(struct sw_expiry *x, unsigned family, uint64_t hi, uint64_t lo, uint8_t len);
/* The entry of exactly this prefix; -ENOENT. */
int sw_expiry_get(const struct sw_expiry *x, unsigned family, uint64_t hi, uint64_t lo, uint8_t len,
		  struct sw_expiry_entry *ret);

/* From here on all entries of a family are stale until they are put again ... */
void sw_expiry_mark(struct sw_expiry *x, unsigned family);
/* ... and here those that were not are taken away. */
void sw_expiry_sweep(struct sw_expiry *x, unsigned family);
size_t sw_expiry_stale(const struct sw_expiry *x);

/* How many entries there are; of verdicts, and of those that end. */
struct sw_expiry_count {
	size_t entries, verdicts, temporary;
};
struct sw_expiry_count sw_expiry_count(const struct sw_expiry *x);
/* The same without a writer: looks at all of it, some milliseconds. */
struct sw_expiry_count sw_expiry_scan(const struct sw_expiry *x);

/* From CLOCK_MONOTONIC to ticks, not before it; 0 stands for never. And back. */
uint64_t sw_expiry_ticks(uint64_t ends_ns);
uint64_t sw_expiry_ns(uint64_t ticks);

/* A verdict on a source. */
struct sw_table_verdict {
	struct sw_prefix source;
	uint64_t ends_ns; /* CLOCK_MONOTONIC; 0: never */
	uint8_t class;
};

/*
 * The class at @now_ns of an address of which the table says @class, that of a verdict, as
 * the BPF program would find it. *@decided, unless NULL, is the verdict that decides, if
 * it is one.
 */
uint8_t sw_expiry_class(const struct sw_expiry *x, const struct sw_prefix *source, uint8_t class,
			uint64_t now_ns, struct sw_table_verdict *decided);

/* ---- lists and verdicts together ---- */

/* How classes compare: the one with the greater tier counts. */
struct sw_rank {
	uint8_t tier;
	uint8_t harsh; /* decides a tie */
};

struct sw_table;

/*
 * A table over @t4, @t6 and @expiry, which are borrowed, without verdicts and, until
 * sw_table_load, without lists. @expiry may be NULL: no verdict can end then, and lists
 * and verdicts are in the table alone. NULL: no memory.
 */
struct sw_table *sw_table_open(struct sw_table4 *t4, struct sw_table6 *t6,
			       struct sw_expiry *expiry);
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
 * In force for the next packet. From @ends_ns of CLOCK_MONOTONIC on (0: never), to a
 * millisecond, packets are judged as if it was not there; it has to be cleared
 * nevertheless. -ENOENT: nothing to clear. -ENOSPC, -ENOMEM: it was not set or cleared; a
 * prefix in which lists or verdicts say more than one thing may be changed in part, and is
 * mended by the next call that concerns it, or sw_table_load.
 */
int sw_table_set(struct sw_table *t, const struct sw_prefix *source, uint8_t class,
		 uint64_t ends_ns);
int sw_table_clear(struct sw_table *t, const struct sw_prefix *source);
/*
 * The same as set, but nothing is written before the next sw_table_load: so that lists and
 * verdicts come into a table that was taken over in one step, and none is missing for a
 * moment. -ENOMEM.
 */
int sw_table_preset(struct sw_table *t, const struct sw_prefix *source, uint8_t class,
		    uint64_t ends_ns);

/*
 * For those who have many: what has to be read for @source is spread over memory, and comes
 * while others are worked on when it is named some calls before. No more than a hint.
 */
void sw_table_expect(const struct sw_table *t, const struct sw_prefix *source);
/* Have room for @n4 and @n6 verdicts at once. -ENOMEM: it goes without, slower. */
int sw_table_reserve(struct sw_table *t, size_t n4, size_t n6);

/* The verdict on exactly @source, as it was set; -ENOENT. */
int sw_table_verdict(const struct sw_table *t, const struct sw_prefix *source,
		     struct sw_table_verdict *ret);
size_t sw_table_verdicts(const struct sw_table *t); /* how many are set */
/* Report all of them, in no order, until @each returns other than 0, and return that.
 * @each must not change the table. */
int sw_table_verdicts_each(const struct sw_table *t,
			   int (*each)(void *ctx, const struct sw_table_verdict *verdict),
			   void *ctx);

/*
 * Compare what packets read with what lists and verdicts say: for the first addresses of the
 * next @max entries of the lists, and for that of each verdict among as many places of
 * the overlay, from where the call before stopped; all in turn. What differs is mended and
 * counted in *@mended. 1: that was the last one, the next call begins anew; 0; -errno of
 * mending.
 */
int sw_table_check(struct sw_table *t, size_t max, size_t *mended);

/* What was too small when a call last returned -ENOSPC, and how large it has to be, 0 when
 * that is not known. */
enum sw_table_part { SW_TABLE_PART_4, SW_TABLE_PART_6, SW_TABLE_PART_EXPIRY };
struct sw_table_shortage {
	enum sw_table_part part;
	size_t need; /* blocks; entries of sw_expiry */
};
struct sw_table_shortage sw_table_shortage(const struct sw_table *t);

/* Wait until no reader uses what it read before this call. */
void sw_table_wait_readers(void);

#endif
