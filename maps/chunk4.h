/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * chunk4 - the classes of a /16, or a part of it, as intervals. Inside maps/.
 *
 * Between the blocks of the IPv4 table and those who change it: what blocks say is
 * read into intervals, painted over, and cut into blocks again (pieces4.h).
 * Offsets count addresses from the beginning of the /16.
 */
#ifndef SYNWARD_MAPS_CHUNK4_H
#define SYNWARD_MAPS_CHUNK4_H

#include <stdint.h>

#include "abi.h"

#define SW_SLOT_BITS 16 /* log2 of the addresses of a slot of the index */
#define SW_SUBSLOT_BITS 12 /* the same for a slot of a split one */
#define SW_CHUNK4 (1u << SW_SLOT_BITS)

struct sw_chunk4 {
	uint32_t n; /* intervals: ascending, neighbours differ in class */
	uint16_t start[SW_CHUNK4]; /* first offset; each ends where the next begins */
	uint8_t class[SW_CHUNK4];
};

static inline uint32_t sw_chunk4_end(const struct sw_chunk4 *c, uint32_t i)
{
	return i + 1 < c->n ? c->start[i + 1] : SW_CHUNK4;
}

/* From @offset on, all is of @class. Offsets ascend from call to call. */
static inline void sw_chunk4_add(struct sw_chunk4 *c, uint32_t offset, uint8_t class)
{
	if (c->n && c->class[c->n - 1] == class)
		return;
	c->start[c->n] = (uint16_t)offset;
	c->class[c->n++] = class;
}

/* Add what @block, which is of @kind and begins at @offset, says of 2^span addresses. */
void sw_chunk4_read(struct sw_chunk4 *c, uint32_t kind, const union sw_block4 *block,
		    uint32_t offset, unsigned span);

/* Give the offsets @first to @last @class. What the chunk has must begin at or before
 * @first. */
void sw_chunk4_paint(struct sw_chunk4 *c, uint32_t first, uint32_t last, uint8_t class);

#endif
