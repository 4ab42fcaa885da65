/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * covered - how many entries say nothing that a shorter one of the list does not say
 * already. Told to people; the flattening leaves such entries out by itself.
 */
#include "reader.h"

struct chain {
	struct sw_prefix prefix[129]; /* entries that contain the present one */
	bool exclude[129];
	unsigned depth;
};

/* Entries have to come sorted: by address, then length. */
static bool is_covered(struct chain *c, const struct sw_prefix *p, bool exclude)
{
	bool covered;

	while (c->depth && !sw_prefix_contains(&c->prefix[c->depth - 1], p))
		c->depth--;
	covered = c->depth && !exclude && !c->exclude[c->depth - 1];
	c->prefix[c->depth] = *p;
	c->exclude[c->depth++] = exclude;
	return covered;
}

uint64_t sw_count_covered(const struct sw_list *list)
{
	struct chain four = { .depth = 0 }, six = { .depth = 0 };
	uint64_t covered = 0;

	for (size_t i = 0; i < list->n4; i++) {
		const struct sw_entry4 *e = &list->entries4[i];
		struct sw_prefix p = sw_prefix_ip4(e->addr, e->len);

		covered += is_covered(&four, &p, e->flags & SW_ENTRY_EXCLUDE);
	}
	for (size_t i = 0; i < list->n6; i++) {
		const struct sw_entry6 *e = &list->entries6[i];
		struct sw_prefix p = sw_prefix_ip6(e->hi, e->lo, e->len);

		covered += is_covered(&six, &p, e->flags & SW_ENTRY_EXCLUDE);
	}
	return covered;
}
