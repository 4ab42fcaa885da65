/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * senders - see senders.h. A cell is 40 bits of the source's hash, which its line is not picked
 * by, and 24 bits of hours since the epoch: enough for 1900 years.
 */
#include "senders.h"

#include <errno.h>
#include <stdlib.h>

#include "maps/hash.h"
#include "rules/cells.h"

#define HOUR_BITS 24
#define HOUR_MASK ((UINT64_C(1) << HOUR_BITS) - 1)
#define HOUR_MS INT64_C(3600000)
#define MAGIC "swsend01"
#define NET6 64

/* The cells are all there is. */
static struct sw_cells *cells_of(struct sw_senders *s)
{
	return (struct sw_cells *)s;
}

static const struct sw_cells *read_cells_of(const struct sw_senders *s)
{
	return (const struct sw_cells *)s;
}

int sw_senders_open(size_t entries, uint64_t seed, struct sw_senders **ret)
{
	struct sw_cells *cells = sw_cells_make(entries, seed);

	if (!cells)
		return -ENOMEM;
	*ret = (struct sw_senders *)cells;
	return 0;
}

struct sw_senders *sw_senders_close(struct sw_senders *s)
{
	free(s);
	return NULL;
}

static uint64_t hours(int64_t ms)
{
	uint64_t h = ms > 0 ? (uint64_t)(ms / HOUR_MS) : 0;

	return h < HOUR_MASK ? h : HOUR_MASK;
}

/* The first cell of the line of @source, and its name above the hours. */
static size_t line_of(const struct sw_cells *c, const struct sw_prefix *source, uint64_t *name)
{
	struct sw_prefix p = source->family == 6 && source->len > NET6
				     ? sw_prefix_truncate(source, NET6)
				     : *source;
	uint64_t hash = sw_hash(p.hi ^ (uint64_t)p.len << 8 ^ p.family, p.lo, c->seed);

	*name = sw_hash(hash, 0x73, c->seed) << HOUR_BITS;
	if (!*name)
		*name = UINT64_C(1) << HOUR_BITS;
	return sw_cells_line(c, hash);
}

void sw_senders_note(struct sw_senders *s, const struct sw_prefix *source, int64_t time_ms)
{
	struct sw_cells *c = cells_of(s);
	uint64_t name, hour = hours(time_ms);
	size_t line = line_of(c, source, &name), oldest = line;

	for (size_t i = line; i < line + SW_CELLS_WAYS; i++) {
		if ((c->cell[i] & ~HOUR_MASK) == name) {
			if ((c->cell[i] & HOUR_MASK) < hour)
				c->cell[i] = name | hour;
			return;
		}
		if ((c->cell[i] & HOUR_MASK) < (c->cell[oldest] & HOUR_MASK))
			oldest = i;
	}
	if (!c->cell[oldest] || (c->cell[oldest] & HOUR_MASK) <= hour)
		c->cell[oldest] = name | hour;
}

bool sw_senders_has(const struct sw_senders *s, const struct sw_prefix *source, int64_t since_ms)
{
	const struct sw_cells *c = read_cells_of(s);
	uint64_t name;
	size_t line = line_of(c, source, &name);

	for (size_t i = line; i < line + SW_CELLS_WAYS; i++)
		if ((c->cell[i] & ~HOUR_MASK) == name)
			return (c->cell[i] & HOUR_MASK) >= hours(since_ms);
	return false;
}

/* ---- as bytes ---- */

size_t sw_senders_bytes(const struct sw_senders *s)
{
	return sw_cells_bytes(read_cells_of(s));
}

void sw_senders_save(const struct sw_senders *s, uint8_t *out)
{
	sw_cells_save(read_cells_of(s), MAGIC, out);
}

int sw_senders_load(const uint8_t *bytes, size_t n, struct sw_senders **ret)
{
	struct sw_cells *cells;
	int code = sw_cells_load(bytes, n, MAGIC, &cells);

	if (!code)
		*ret = (struct sw_senders *)cells;
	return code;
}
