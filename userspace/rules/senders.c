/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * senders - see senders.h. A cell is 40 bits of the source's hash, which its line is not picked
 * by, and 24 bits of hours since the epoch: enough for 1900 years. 0: free.
 *
 * As bytes, all numbers little-endian: "swsend01", seed, number of cells, the cells, and the
 * hash of all before it.
 */
#include "senders.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "maps/hash.h"

#define WAYS 8
#define HOUR_BITS 24
#define HOUR_MASK ((UINT64_C(1) << HOUR_BITS) - 1)
#define HOUR_MS INT64_C(3600000)
#define MAGIC "swsend01"
#define HEAD 24 /* bytes before the cells */
#define CELLS_MAX (UINT64_C(1) << 26)
#define NET6 64

struct sw_senders {
	uint64_t seed;
	size_t lines;
	uint64_t cell[];
};

static struct sw_senders *make(size_t lines, uint64_t seed)
{
	struct sw_senders *s = calloc(1, sizeof(*s) + lines * WAYS * sizeof(s->cell[0]));

	if (s) {
		s->seed = seed;
		s->lines = lines;
	}
	return s;
}

int sw_senders_open(size_t entries, uint64_t seed, struct sw_senders **ret)
{
	size_t lines = entries < CELLS_MAX ? (entries + WAYS - 1) / WAYS : CELLS_MAX / WAYS;
	struct sw_senders *s = make(lines ? lines : 1, seed);

	if (!s)
		return -ENOMEM;
	*ret = s;
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
static size_t line_of(const struct sw_senders *s, const struct sw_prefix *source, uint64_t *name)
{
	struct sw_prefix p = source->family == 6 && source->len > NET6
				     ? sw_prefix_truncate(source, NET6)
				     : *source;
	uint64_t hash = sw_hash(p.hi ^ (uint64_t)p.len << 8 ^ p.family, p.lo, s->seed);

	*name = sw_hash(hash, 0x73, s->seed) << HOUR_BITS;
	if (!*name)
		*name = UINT64_C(1) << HOUR_BITS;
	return (size_t)(((hash >> 32) * s->lines) >> 32) * WAYS;
}

void sw_senders_note(struct sw_senders *s, const struct sw_prefix *source, int64_t time_ms)
{
	uint64_t name, hour = hours(time_ms);
	size_t line = line_of(s, source, &name), oldest = line;

	for (size_t i = line; i < line + WAYS; i++) {
		if ((s->cell[i] & ~HOUR_MASK) == name) {
			if ((s->cell[i] & HOUR_MASK) < hour)
				s->cell[i] = name | hour;
			return;
		}
		if ((s->cell[i] & HOUR_MASK) < (s->cell[oldest] & HOUR_MASK))
			oldest = i;
	}
	if (!s->cell[oldest] || (s->cell[oldest] & HOUR_MASK) <= hour)
		s->cell[oldest] = name | hour;
}

bool sw_senders_has(const struct sw_senders *s, const struct sw_prefix *source, int64_t since_ms)
{
	uint64_t name;
	size_t line = line_of(s, source, &name);

	for (size_t i = line; i < line + WAYS; i++)
		if ((s->cell[i] & ~HOUR_MASK) == name)
			return (s->cell[i] & HOUR_MASK) >= hours(since_ms);
	return false;
}

/* ---- as bytes ---- */

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

size_t sw_senders_bytes(const struct sw_senders *s)
{
	return HEAD + s->lines * WAYS * 8 + 8;
}

void sw_senders_save(const struct sw_senders *s, uint8_t *out)
{
	size_t n = s->lines * WAYS;

	memcpy(out, MAGIC, 8);
	put64(out + 8, s->seed);
	put64(out + 16, n);
	for (size_t i = 0; i < n; i++)
		put64(out + HEAD + i * 8, s->cell[i]);
	put64(out + HEAD + n * 8, sum_of(out, HEAD + n * 8));
}

int sw_senders_load(const uint8_t *bytes, size_t n, struct sw_senders **ret)
{
	struct sw_senders *s;
	uint64_t cells;

	if (n < HEAD + 8 || memcmp(bytes, MAGIC, 8) != 0)
		return -EBADMSG;
	cells = get64(bytes + 16);
	if (!cells || cells > CELLS_MAX || cells % WAYS || n != HEAD + cells * 8 + 8 ||
	    get64(bytes + n - 8) != sum_of(bytes, n - 8))
		return -EBADMSG;
	s = make(cells / WAYS, get64(bytes + 8));
	if (!s)
		return -ENOMEM;
	for (size_t i = 0; i < cells; i++)
		s->cell[i] = get64(bytes + HEAD + i * 8);
	*ret = s;
	return 0;
}
