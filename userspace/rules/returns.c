/* SPDX-License-Identifier: GPL-2.0-only */
/* returns - see returns.h. */
#include "returns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "maps/hash.h"

#define WAYS 8 /* entries of a line */

struct entry {
	struct sw_prefix of; /* family 0: free */
	int64_t heard_ms;
	int64_t newest; /* slot; a slot is a time divided by its width */
	uint16_t n[SW_RETURNS_SLOTS]; /* by slot modulo their number */
};

_Static_assert(sizeof(struct entry) == 64, "an entry is a cache line");
_Static_assert(SW_RETURNS_MOST < UINT16_MAX, "what a slot can count");

struct sw_returns {
	struct entry *entry;
	size_t lines;
	uint64_t seed;
	int64_t width_ms;
	uint32_t times, heavy; /* the second: with which a place is kept */
	struct sw_returns_counts counts;
};

static bool is_in_window(const struct entry *e, int64_t slot, int64_t newest)
{
	return slot <= e->newest && slot > e->newest - SW_RETURNS_SLOTS &&
	       slot > newest - SW_RETURNS_SLOTS;
}

static uint32_t sum(const struct entry *e, int64_t newest)
{
	uint32_t n = 0;

	for (int64_t slot = e->newest; slot > e->newest - SW_RETURNS_SLOTS && slot >= 0; slot--)
		if (is_in_window(e, slot, newest))
			n += e->n[slot % SW_RETURNS_SLOTS];
	return n;
}

static void go_on(struct entry *e, int64_t slot)
{
	if (slot <= e->newest)
		return;
	if (slot - e->newest >= SW_RETURNS_SLOTS)
		memset(e->n, 0, sizeof(e->n));
	else
		for (int64_t s = e->newest + 1; s <= slot; s++)
			e->n[s % SW_RETURNS_SLOTS] = 0;
	e->newest = slot;
}

/* ---- places ---- */

static struct entry *line_of(const struct sw_returns *r, const struct sw_prefix *p)
{
	uint64_t hash = sw_hash(p->hi ^ (uint64_t)p->len << 8 ^ p->family, p->lo, r->seed);

	return &r->entry[(size_t)(((hash >> 32) * r->lines) >> 32) * WAYS];
}

/* The one that gives its place away; NULL: none does. */
static struct entry *weakest(const struct sw_returns *r, struct entry *line, int64_t slot)
{
	struct entry *at = NULL;
	uint32_t least = r->heavy;

	for (struct entry *e = line; e < line + WAYS; e++) {
		uint32_t n = e->of.family ? sum(e, slot) : 0;

		if (!e->of.family)
			return e;
		if (n < least || (at && n == least && e->heard_ms < at->heard_ms)) {
			least = n;
			at = e;
		}
	}
	return at;
}

static struct entry *place(struct sw_returns *r, const struct sw_prefix *of, int64_t slot)
{
	struct entry *line = line_of(r, of), *e;

	for (e = line; e < line + WAYS; e++)
		if (e->of.family && !sw_prefix_cmp(&e->of, of))
			return e;
	e = weakest(r, line, slot);
	if (!e)
		return NULL;
	r->counts.used += !e->of.family;
	r->counts.evicted += e->of.family && sum(e, slot);
	*e = (struct entry){ .of = *of, .newest = slot };
	return e;
}

/* ---- counting ---- */

bool sw_returns_count(struct sw_returns *r, const struct sw_prefix *source, int64_t now_ms,
		      uint32_t *times)
{
	int64_t slot = now_ms / r->width_ms;
	struct entry *e = place(r, source, slot);
	uint32_t n;

	if (!e) {
		r->counts.crowded++;
		return false;
	}
	go_on(e, slot);
	e->heard_ms = now_ms;
	e->n[e->newest % SW_RETURNS_SLOTS]++;
	n = sum(e, e->newest);
	if (n <= r->times)
		return false;
	memset(e->n, 0, sizeof(e->n));
	*times = n;
	return true;
}

/* ---- open and close ---- */

int sw_returns_open(const struct sw_returns_rules *rules, size_t entries, uint64_t seed,
		    struct sw_returns **ret)
{
	struct sw_returns *r;

	if (!rules->times || rules->times > SW_RETURNS_MOST || rules->window_ms < SW_RETURNS_SLOTS)
		return -EINVAL;
	r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	r->lines = entries ? (entries + WAYS - 1) / WAYS : 1;
	r->entry = calloc(r->lines * WAYS, sizeof(*r->entry));
	if (!r->entry) {
		free(r);
		return -ENOMEM;
	}
	r->seed = seed;
	r->width_ms = rules->window_ms / SW_RETURNS_SLOTS;
	r->times = rules->times;
	r->heavy = rules->times / 2 > 2 ? rules->times / 2 : 2;
	r->counts.entries = r->lines * WAYS;
	*ret = r;
	return 0;
}

struct sw_returns *sw_returns_close(struct sw_returns *r)
{
	if (r)
		free(r->entry);
	free(r);
	return NULL;
}

void sw_returns_counts(const struct sw_returns *r, struct sw_returns_counts *ret)
{
	*ret = r->counts;
}
