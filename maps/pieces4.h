/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pieces4 - what each /16 of the IPv4 table should be. Pure; inside maps/. The
 * same set always gives the same pieces with the same bytes, so that a piece can
 * be compared with what the table has.
 */
#ifndef SYNWARD_MAPS_PIECES4_H
#define SYNWARD_MAPS_PIECES4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"
#include "chunk4.h"
#include "table.h"

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

/* The pieces of one /16; @slot of them is the caller's to fill. */
void sw_pieces4_cut(const struct sw_chunk4 *chunk, struct sw_pieces4 *ret);

/*
 * Write the 2^span addresses of @chunk from @offset on as one block of @kind (points,
 * mixed, steps, bitmap or direct). False: they do not fit in one; @ret is untouched.
 */
bool sw_block4_write(uint32_t kind, const struct sw_chunk4 *chunk, uint32_t offset, unsigned span,
		     union sw_block4 *ret);

/* Blocks that the pieces take, the line of a split slot included. */
uint32_t sw_pieces4_blocks(const struct sw_pieces4 *pieces);

#endif
