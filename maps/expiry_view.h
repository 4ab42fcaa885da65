/* SPDX-License-Identifier: GPL-2.0-only */
/* expiry_view - sw_expiry as userspace sees it: the look-up, and cells taken apart. Inside
 * maps/. */
#ifndef SYNWARD_MAPS_EXPIRY_VIEW_H
#define SYNWARD_MAPS_EXPIRY_VIEW_H

#include "table.h"

static inline const struct sw_expiry_bucket *sw_expiry_bucket(const struct sw_expiry *view,
							      uint32_t i)
{
	return i < view->capacity ? &view->buckets[i] : NULL;
}

#include "expiry.h"

static inline bool sw_expiry_ask(const struct sw_expiry *view, const struct sw_expiry_head *head,
				 struct sw_expiry_search *search, uint32_t w, uint32_t b)
{
	return sw_expiry_step(view, head, search, w, b);
}

static inline struct sw_expiry_key sw_expiry_key_of(const struct sw_expiry *x, unsigned family,
						    uint64_t hi, uint64_t lo, uint8_t len)
{
	return sw_expiry_key(x->head, family == 6, hi, lo, len);
}

/* Cells are numbered through all buckets. */
static inline size_t sw_expiry_cells(const struct sw_expiry *x)
{
	return (size_t)x->capacity * SW_EXPIRY_WAYS;
}

static inline __u64 *sw_expiry_cell_at(const struct sw_expiry *x, size_t i)
{
	return &x->buckets[i / SW_EXPIRY_WAYS].cell[i % SW_EXPIRY_WAYS];
}

static inline __u64 *sw_expiry_name_at(const struct sw_expiry *x, size_t i)
{
	return &x->buckets[i / SW_EXPIRY_WAYS].name[i % SW_EXPIRY_WAYS];
}

static inline unsigned sw_expiry_cell_kind(__u64 cell)
{
	return (unsigned)(cell & SW_EXPIRY_KIND);
}

static inline bool sw_expiry_cell_is_six(__u64 cell)
{
	return sw_expiry_cell_kind(cell) >= sw_expiry_kind(1, 0);
}

static inline unsigned sw_expiry_cell_length(__u64 cell)
{
	return sw_expiry_cell_kind(cell) - sw_expiry_kind(sw_expiry_cell_is_six(cell), 0);
}

static inline bool sw_expiry_cell_has_verdict(__u64 cell)
{
	return sw_expiry_cell_class(cell) != SW_CLASS_UNLISTED;
}

/* An entry that was removed and waits to be emptied. It says nothing, from the beginning. */
static inline bool sw_expiry_cell_is_leaving(__u64 cell)
{
	return !sw_expiry_cell_has_verdict(cell) && !sw_expiry_cell_ends(cell);
}

/* Count a cell @n times. */
static inline void sw_expiry_count_cell(struct sw_expiry_count *c, __u64 cell, size_t n)
{
	bool verdict = sw_expiry_cell_has_verdict(cell);

	if (!cell || sw_expiry_cell_is_leaving(cell))
		return;
	c->entries += n;
	c->verdicts += verdict ? n : 0;
	c->temporary += verdict && sw_expiry_cell_ends(cell) != SW_EXPIRY_NEVER ? n : 0;
}

#endif
