/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pieces4 - what each /16 of the IPv4 table should be. Pure; inside maps/. The
 * same set always gives the same pieces with the same bytes, so that a piece can
 * be compared with what the table has.
 */
#ifndef SYNWARD_MAPS_PIECES4_H
#define SYNWARD_MAPS_PIECES4_H

#include <stddef.h>
#include <stdint.h>

#include "abi.h"
#include "table.h"

#define SW_SLOT_BITS 16 /* log2 of the addresses of a slot of the index */
#define SW_SUBSLOT_BITS 12 /* the same for a slot of a split one */
#define SW_PIECE_BLOCKS_MAX 64

/* What one slot names. */
struct sw_piece4 {
	uint32_t kind; /* SW_SLOT_POINTS, _MIXED, _STEPS, _BITMAP, _DIRECT or _SPLIT */
	uint32_t blocks; /* 0: all its addresses are of class @uniform */
	uint8_t span; /* log2 of the addresses of one block */
	uint8_t uniform;
	union sw_block4 block[SW_PIECE_BLOCKS_MAX];
};

struct sw_pieces4 {
	uint32_t slot; /* of the index */
	struct sw_piece4 whole;
	struct sw_piece4 sub[16]; /* with whole.kind SW_SLOT_SPLIT */
};

/* Call @each for every /16 in ascending order. Stops at the first non-zero return
 * and returns it. -ENOMEM. */
int sw_pieces4_each(const struct sw_entry4 *flat, size_t n,
		    int (*each)(void *ctx, const struct sw_pieces4 *pieces), void *ctx);

/* Blocks that the pieces take, the line of a split slot included. */
uint32_t sw_pieces4_blocks(const struct sw_pieces4 *pieces);

#endif
