/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * overlay - the verdicts that were set one by one: from prefix to class and end. Inside maps/.
 *
 * A hash table over prefixes of any length, of one family. Addresses are 128 bits, an
 * IPv4 one in the high 32. Not what packets read: that is made from it (table.c).
 */
#ifndef SYNWARD_MAPS_OVERLAY_H
#define SYNWARD_MAPS_OVERLAY_H

#include <stddef.h>
#include <stdint.h>

#define SW_OVERLAY_LENGTHS 129

struct sw_overlay_entry {
	uint64_t hi, lo;
	uint64_t len : 8;
	uint64_t class : 8;
	/* In ticks, as sw_expiry has it. Of a mark: how many entries longer than 64 are in
	 * this /64. Of what is no verdict: nothing. */
	uint64_t ends : 48;
};

struct sw_overlay {
	struct sw_overlay_entry *slot; /* SW_OVERLAY_FREE in len: empty */
	size_t slots, used; /* marks included */
	size_t n; /* entries */
	uint64_t seed;
	size_t count[SW_OVERLAY_LENGTHS]; /* entries of each length */
	uint64_t lengths[3]; /* of which there are entries: bit len % 64 of word len / 64 */
};

#define SW_OVERLAY_FREE 0xff
#define SW_OVERLAY_MARK 0xfe /* not an entry: see below */

/* NULL: no memory. */
struct sw_overlay *sw_overlay_open(void);
struct sw_overlay *sw_overlay_close(struct sw_overlay *o);

/* The entry of exactly this prefix; NULL: there is none. Valid until the next change. */
struct sw_overlay_entry *sw_overlay_find(const struct sw_overlay *o, uint64_t hi, uint64_t lo,
					 uint8_t len);
/* The shortest length from @len on of which there are entries; SW_OVERLAY_LENGTHS: none. */
unsigned sw_overlay_length(const struct sw_overlay *o, unsigned len);
/* This prefix is looked for soon: have its slot come from memory. */
void sw_overlay_expect(const struct sw_overlay *o, uint64_t hi, uint64_t lo, uint8_t len);
/* Set or replace. -ENOMEM: nothing was changed. */
int sw_overlay_put(struct sw_overlay *o, const struct sw_overlay_entry *entry);
/* Have room for @n entries in all, so that many can come without moving those before them.
 * -ENOMEM: it goes without. */
int sw_overlay_reserve(struct sw_overlay *o, size_t n);
/* Forget an entry that sw_overlay_find returned. */
void sw_overlay_remove(struct sw_overlay *o, struct sw_overlay_entry *entry);

/*
 * Copy the entries inside a prefix that are longer than it, in order of address and
 * length, to *@ret, which the caller frees; NULL at most when there are none. Costs a look at
 * each entry, or at each address that there can be, whichever are fewer. -ENOMEM.
 */
int sw_overlay_inside(const struct sw_overlay *o, uint64_t hi, uint64_t lo, uint8_t len,
		      struct sw_overlay_entry **ret, size_t *n);
/* The entry after @entry, NULL: the first one; in no order. NULL: there is none. */
const struct sw_overlay_entry *sw_overlay_next(const struct sw_overlay *o,
					       const struct sw_overlay_entry *entry);

#endif
