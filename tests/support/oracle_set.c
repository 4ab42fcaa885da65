/* SPDX-License-Identifier: GPL-2.0-only */
/* oracle_set - see oracle_set.h. */
#include "oracle_set.h"

#include <stdlib.h>

#define LENGTHS 129

struct cell {
	uint64_t hi, lo;
	uint32_t listed, holes; /* bit c: class c */
	uint16_t len; /* plus one; 0: free */
};

struct sw_oracle_set {
	struct cell *cell;
	size_t mask;
	bool used4[LENGTHS], used6[LENGTHS];
};

static void *allocate(size_t n, size_t bytes)
{
	void *p = calloc(n, bytes);

	if (!p)
		abort();
	return p;
}

static uint64_t cut_hi(uint64_t hi, unsigned len)
{
	return len >= 64 ? hi : len ? hi >> (64 - len) << (64 - len) : 0;
}

static uint64_t cut_lo(uint64_t lo, unsigned len)
{
	return len >= 128 ? lo : len > 64 ? lo >> (128 - len) << (128 - len) : 0;
}

/* IPv4 has its addresses at the top of hi, and lengths of its own, so that the
 * two families never meet: IPv6 lengths have 256 added. */
static struct cell *find(const struct sw_oracle_set *s, uint64_t hi, uint64_t lo, uint16_t len)
{
	uint64_t h = (hi ^ hi >> 32) * 0x9e3779b97f4a7c15 ^ (lo + len) * 0xc2b2ae3d27d4eb4f;
	size_t i = (h ^ h >> 32) & s->mask;

	while (s->cell[i].len &&
	       (s->cell[i].len != len || s->cell[i].hi != hi || s->cell[i].lo != lo))
		i = (i + 1) & s->mask;
	return &s->cell[i];
}

static void put(struct sw_oracle_set *s, uint64_t hi, uint64_t lo, uint16_t len, uint8_t class,
		bool hole)
{
	struct cell *c = find(s, hi, lo, len);

	c->hi = hi;
	c->lo = lo;
	c->len = len;
	if (class >= 32)
		abort();
	if (hole)
		c->holes |= 1u << class;
	else
		c->listed |= 1u << class;
}

struct sw_oracle_set *sw_oracle_set_new(const struct sw_entry4 *entries4, size_t n4,
					const struct sw_entry6 *entries6, size_t n6)
{
	struct sw_oracle_set *s = allocate(1, sizeof(*s));
	size_t room = 1024;

	while (room < 2 * (n4 + n6))
		room *= 2;
	s->cell = allocate(room, sizeof(*s->cell));
	s->mask = room - 1;
	for (size_t i = 0; i < n4; i++) {
		const struct sw_entry4 *e = &entries4[i];

		s->used4[e->len] = true;
		put(s, (uint64_t)e->addr << 32, 0, e->len + 1, e->class,
		    e->flags & SW_ENTRY_EXCLUDE);
	}
	for (size_t i = 0; i < n6; i++) {
		const struct sw_entry6 *e = &entries6[i];

		s->used6[e->len] = true;
		put(s, e->hi, e->lo, e->len + 257, e->class, e->flags & SW_ENTRY_EXCLUDE);
	}
	return s;
}

struct sw_oracle_set *sw_oracle_set_free(struct sw_oracle_set *s)
{
	free(s->cell);
	free(s);
	return NULL;
}

/* From the longest prefix to the shortest: a class speaks once. Of two that speak,
 * the earlier one has the longer prefix and keeps its place unless outranked. */
static uint8_t ask(const struct sw_oracle_set *s, const struct sw_rank *rank, const bool *used,
		   unsigned full, uint16_t offset, uint64_t hi, uint64_t lo)
{
	uint32_t spoken = 0;
	int best = -1;
	unsigned best_len = 0;

	for (int len = (int)full; len >= 0; len--) {
		const struct cell *c;
		uint32_t says;

		if (!used[len])
			continue;
		c = find(s, cut_hi(hi, (unsigned)len), cut_lo(lo, (unsigned)len),
			 (uint16_t)(len + offset));
		if (!c->len)
			continue;
		says = c->listed & ~c->holes & ~spoken;
		spoken |= c->listed | c->holes;
		for (int k = 0; k < 32; k++) {
			if (!(says >> k & 1))
				continue;
			if (best < 0 || rank[k].tier > rank[best].tier ||
			    (rank[k].tier == rank[best].tier && (unsigned)len == best_len &&
			     rank[k].harsh > rank[best].harsh)) {
				best = k;
				best_len = (unsigned)len;
			}
		}
	}
	return best < 0 ? SW_CLASS_UNLISTED : (uint8_t)best;
}

uint8_t sw_oracle_set_ask4(const struct sw_oracle_set *set, const struct sw_rank rank[SW_CLASS_MAX],
			   uint32_t addr)
{
	return ask(set, rank, set->used4, 32, 1, (uint64_t)addr << 32, 0);
}

uint8_t sw_oracle_set_ask6(const struct sw_oracle_set *set, const struct sw_rank rank[SW_CLASS_MAX],
			   uint64_t hi, uint64_t lo)
{
	return ask(set, rank, set->used6, 128, 257, hi, lo);
}
