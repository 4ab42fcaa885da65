/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cells - see cells.h. As bytes, all numbers little-endian: magic, seed, number of cells, the
 * cells, and the hash of all before it.
 */
#include "cells.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "maps/hash.h"

#define HEAD 24 /* bytes before the cells */
#define CELLS_MAX (UINT64_C(1) << 26)

static struct sw_cells *make(size_t lines, uint64_t seed)
{
	struct sw_cells *c = calloc(1, sizeof(*c) + lines * SW_CELLS_WAYS * sizeof(c->cell[0]));

	if (c) {
		c->seed = seed;
		c->lines = lines;
	}
	return c;
}

struct sw_cells *sw_cells_make(size_t entries, uint64_t seed)
{
	size_t lines = entries < CELLS_MAX ? (entries + SW_CELLS_WAYS - 1) / SW_CELLS_WAYS
					   : CELLS_MAX / SW_CELLS_WAYS;

	return make(lines ? lines : 1, seed);
}

size_t sw_cells_line(const struct sw_cells *c, uint64_t hash)
{
	return (size_t)(((hash >> 32) * c->lines) >> 32) * SW_CELLS_WAYS;
}

static void put64(uint8_t *out, uint64_t v)
{
	v = htole64(v);
	memcpy(out, &v, sizeof(v));
}

static uint64_t get64(const uint8_t *in)
{
	uint64_t v;

	memcpy(&v, in, sizeof(v));
	return le64toh(v);
}

/* Against accidents, not people. */
static uint64_t sum_of(const uint8_t *bytes, size_t n)
{
	uint64_t h = n;

	for (size_t i = 0; i + 8 <= n; i += 8)
		h = sw_hash(get64(bytes + i), h, 0x73656e64);
	return h;
}

size_t sw_cells_bytes(const struct sw_cells *c)
{
	return HEAD + c->lines * SW_CELLS_WAYS * 8 + 8;
}

void sw_cells_save(const struct sw_cells *c, const char magic[SW_CELLS_MAGIC], uint8_t *out)
{
	size_t n = c->lines * SW_CELLS_WAYS;

	memcpy(out, magic, SW_CELLS_MAGIC);
	put64(out + 8, c->seed);
	put64(out + 16, n);
	for (size_t i = 0; i < n; i++)
		put64(out + HEAD + i * 8, c->cell[i]);
	put64(out + HEAD + n * 8, sum_of(out, HEAD + n * 8));
}

int sw_cells_load(const uint8_t *bytes, size_t n, const char magic[SW_CELLS_MAGIC],
		  struct sw_cells **ret)
{
	struct sw_cells *c;
	uint64_t cells;

	if (n < HEAD + 8 || memcmp(bytes, magic, SW_CELLS_MAGIC) != 0)
		return -EBADMSG;
	cells = get64(bytes + 16);
	if (!cells || cells > CELLS_MAX || cells % SW_CELLS_WAYS || n != HEAD + cells * 8 + 8 ||
	    get64(bytes + n - 8) != sum_of(bytes, n - 8))
		return -EBADMSG;
	c = make(cells / SW_CELLS_WAYS, get64(bytes + 8));
	if (!c)
		return -ENOMEM;
	for (size_t i = 0; i < cells; i++)
		c->cell[i] = get64(bytes + HEAD + i * 8);
	*ret = c;
	return 0;
}
