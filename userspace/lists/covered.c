/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * covered - how many entries say nothing that a shorter one of the list does not say
 * already. Told to people; the flattening leaves such entries out by itself.
 */
#include "reader.h"

typedef unsigned __int128 u128;

struct chain {
	struct {
		u128 last; /* address */
		bool exclude;
	} around[129]; /* entries that contain the present one */
	unsigned depth;
};

/* Entries have to come sorted: by address, then length. So one that starts inside of
 * another lies in it wholly. */
static inline bool is_covered(struct chain *c, u128 first, u128 hosts, bool exclude)
{
	bool covered;

	while (c->depth && first > c->around[c->depth - 1].last)
		c->depth--;
	covered = c->depth && !exclude && !c->around[c->depth - 1].exclude;
	c->around[c->depth].last = first | hosts;
	c->around[c->depth++].exclude = exclude;
	return covered;
}

uint64_t sw_count_covered(const struct sw_list *list)
{
	struct chain four = { .depth = 0 }, six = { .depth = 0 };
	uint64_t covered = 0;

	for (size_t i = 0; i < list->n4; i++) {
		const struct sw_entry4 *e = &list->entries4[i];

		covered += is_covered(&four, e->addr, 0xffffffffull >> e->len,
				      e->flags & SW_ENTRY_EXCLUDE);
	}
	for (size_t i = 0; i < list->n6; i++) {
		const struct sw_entry6 *e = &list->entries6[i];

		covered += is_covered(&six, (u128)e->hi << 64 | e->lo,
				      e->len < 128 ? ~(u128)0 >> e->len : 0,
				      e->flags & SW_ENTRY_EXCLUDE);
	}
	return covered;
}
