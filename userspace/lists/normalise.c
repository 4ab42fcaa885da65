/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * normalise - from what a list says, in its own order and by its own rules, to
 * entries of which the longest match decides; see reader.h. Pure.
 */
#include "reader.h"

#include <stdlib.h>
#include <string.h>

size_t sw_normalise4(struct sw_entry4 *entries, size_t n, uint64_t *duplicates)
{
	size_t kept = 0;

	for (size_t i = 0, end; i < n; i = end) {
		size_t excluded = 0;

		for (end = i; end < n && entries[end].addr == entries[i].addr &&
			      entries[end].len == entries[i].len;
		     end++)
			excluded += entries[end].flags & SW_ENTRY_EXCLUDE;
		*duplicates += end - i - 1 - (excluded && excluded < end - i);
		entries[kept] = entries[i];
		entries[kept++].flags = excluded ? SW_ENTRY_EXCLUDE : 0;
	}
	return kept;
}

size_t sw_normalise6(struct sw_entry6 *entries, size_t n, uint64_t *duplicates)
{
	size_t kept = 0;

	for (size_t i = 0, end; i < n; i = end) {
		size_t excluded = 0;

		for (end = i;
		     end < n && entries[end].hi == entries[i].hi &&
		     entries[end].lo == entries[i].lo && entries[end].len == entries[i].len;
		     end++)
			excluded += entries[end].flags & SW_ENTRY_EXCLUDE;
		*duplicates += end - i - 1 - (excluded && excluded < end - i);
		entries[kept] = entries[i];
		entries[kept++].flags = excluded ? SW_ENTRY_EXCLUDE : 0;
	}
	return kept;
}

unsigned sw_ip4set_stored(unsigned len)
{
	return len <= 8 ? 8 : (len + 7) / 8 * 8;
}

size_t sw_normalise_ip4set(struct sw_entry4 *entries, size_t n)
{
	/* the exclusions around the present entry; each has another length */
	struct sw_entry4 around[33];
	size_t depth = 0, kept = 0;

	for (size_t i = 0; i < n; i++) {
		struct sw_entry4 e = entries[i];
		bool lost = false;

		while (depth &&
		       (uint64_t)(around[depth - 1].addr ^ e.addr) >> (32 - around[depth - 1].len))
			depth--;
		if (e.flags & SW_ENTRY_EXCLUDE)
			around[depth++] = e;
		else
			for (size_t d = 0; d < depth; d++)
				lost |= sw_ip4set_stored(around[d].len) == sw_ip4set_stored(e.len);
		if (!lost)
			entries[kept++] = e;
	}
	return kept;
}

/* ---- first match ---- */

static int by_prefix_and_order(const void *pa, const void *pb)
{
	const struct sw_rule *a = pa, *b = pb;
	int c = sw_prefix_cmp(&a->prefix, &b->prefix);

	if (c)
		return c;
	return a->order < b->order ? -1 : a->order > b->order;
}

/* Rules of one prefix beside the first of each kind are duplicates. */
static uint64_t count_duplicates(const struct sw_rule *rules, size_t n)
{
	size_t excluded = 0;

	for (size_t i = 0; i < n; i++)
		excluded += rules[i].exclude;
	return n - 1 - (excluded && excluded < n);
}

size_t sw_normalise_rules(struct sw_rule *rules, size_t n, uint64_t *duplicates)
{
	/* the rules around the present one, and the first in order of those and itself */
	struct {
		struct sw_prefix prefix;
		uint32_t earliest;
	} around[130];
	size_t depth = 0, kept = 0;

	if (n)
		qsort(rules, n, sizeof(*rules), by_prefix_and_order);
	for (size_t i = 0, end; i < n; i = end) {
		struct sw_rule rule = rules[i];

		for (end = i + 1; end < n && !sw_prefix_cmp(&rules[end].prefix, &rule.prefix);
		     end++)
			;
		*duplicates += count_duplicates(rules + i, end - i);
		while (depth && !sw_prefix_contains(&around[depth - 1].prefix, &rule.prefix))
			depth--;
		if (depth && around[depth - 1].earliest < rule.order)
			continue;
		around[depth].prefix = rule.prefix;
		around[depth++].earliest = rule.order;
		rules[kept++] = rule;
	}
	return kept;
}
