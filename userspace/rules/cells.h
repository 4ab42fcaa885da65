/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cells - a fixed number of cells of eight bytes, in lines of eight, that can be taken out as
 * bytes and taken in again by another start. What is in them, and which line, is their owner's
 * to say (senders, seen). Pure. 0: a cell is free.
 */
#ifndef SYNWARD_RULES_CELLS_H
#define SYNWARD_RULES_CELLS_H

#include <stddef.h>
#include <stdint.h>

#define SW_CELLS_WAYS 8 /* in a line */
#define SW_CELLS_MAGIC 8 /* bytes */

struct sw_cells {
	uint64_t seed; /* random, and nobody's to know */
	size_t lines;
	uint64_t cell[];
};

/* @entries is rounded up to whole lines. NULL: out of memory. */
struct sw_cells *sw_cells_make(size_t entries, uint64_t seed);

/* The first cell of the line that @hash picks. */
size_t sw_cells_line(const struct sw_cells *c, uint64_t hash);

/* How many bytes sw_cells_save writes. @magic says what is in them. */
size_t sw_cells_bytes(const struct sw_cells *c);
void sw_cells_save(const struct sw_cells *c, const char magic[SW_CELLS_MAGIC], uint8_t *out);
/* What was saved, by one of any size; any bytes from anywhere. -EBADMSG: it is something else,
 * or damaged. -ENOMEM. */
int sw_cells_load(const uint8_t *bytes, size_t n, const char magic[SW_CELLS_MAGIC],
		  struct sw_cells **ret);

#endif
