/* SPDX-License-Identifier: GPL-2.0-only */
/* expiry_read - sizes and times of sw_expiry, and what it says; see table.h. */
#include <errno.h>

#include "expiry_view.h"

/*
 * Seven cells for four entries. In simulations of 80 million changes in a full table, with
 * the same number of entries again and again, fewer than one in a million found both buckets
 * full with 6.4 cells; filling it never did.
 */
#define CELLS 7
#define ENTRIES 4

uint32_t sw_expiry_need(uint32_t verdicts)
{
	uint64_t half = ((uint64_t)verdicts * CELLS + 2 * ENTRIES * SW_EXPIRY_WAYS - 1) /
			(2 * ENTRIES * SW_EXPIRY_WAYS);

	return half ? (uint32_t)half * 2 : 2;
}

uint32_t sw_expiry_room(uint32_t buckets)
{
	return (uint32_t)((uint64_t)buckets * SW_EXPIRY_WAYS * ENTRIES / CELLS);
}

uint64_t sw_expiry_ticks(uint64_t ends_ns)
{
	uint64_t ticks = ends_ns >> SW_EXPIRY_SHIFT;

	if (!ends_ns)
		return SW_EXPIRY_NEVER;
	ticks += (ticks << SW_EXPIRY_SHIFT) < ends_ns;
	return ticks < SW_EXPIRY_NEVER ? ticks : SW_EXPIRY_NEVER - 1;
}

uint64_t sw_expiry_ns(uint64_t ticks)
{
	return ticks >= SW_EXPIRY_NEVER ? 0 : ticks << SW_EXPIRY_SHIFT;
}

int sw_expiry_get(const struct sw_expiry *x, unsigned family, uint64_t hi, uint64_t lo, uint8_t len,
		  struct sw_expiry_entry *ret)
{
	struct sw_expiry_key key = sw_expiry_key_of(x, family, hi, lo, len);
	__u64 cell = sw_expiry_cell(x, x->head, &key);

	if (!cell || sw_expiry_cell_is_leaving(cell))
		return -ENOENT;
	*ret = (struct sw_expiry_entry){ .ends = sw_expiry_cell_ends(cell),
					 .class = (uint8_t)sw_expiry_cell_class(cell),
					 .below = (uint8_t)sw_expiry_cell_below(cell) };
	return 0;
}

struct sw_expiry_count sw_expiry_scan(const struct sw_expiry *x)
{
	struct sw_expiry_count c = { 0 };

	for (size_t i = 0; i < sw_expiry_cells(x); i++)
		sw_expiry_count_cell(&c, *sw_expiry_cell_at(x, i), 1);
	return c;
}

uint8_t sw_expiry_class(const struct sw_expiry *x, const struct sw_prefix *source, uint8_t class,
			uint64_t now_ns, struct sw_table_verdict *decided)
{
	struct sw_expiry_search search = {
		.hi = source->family == 4 ? source->lo << 32 : source->hi,
		.lo = source->family == 4 ? 0 : source->lo,
		.now = now_ns >> SW_EXPIRY_SHIFT,
		.is_six = source->family == 6,
		.class = class,
	};
	uint8_t answer;

	sw_expiry_find(x, x->head, &search);
	answer = (uint8_t)sw_expiry_answer(x->head, &search);
	if (!decided || !search.best || answer != sw_expiry_cell_class(search.best))
		return answer;
	decided->source = sw_prefix_truncate(source, sw_expiry_cell_length(search.best));
	decided->class = answer;
	decided->ends_ns = sw_expiry_ns(sw_expiry_cell_ends(search.best));
	return answer;
}
