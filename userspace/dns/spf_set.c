/* SPDX-License-Identifier: GPL-2.0-only */
/* spf_set - see spf_set.h. */
#include "spf_set.h"

#include <errno.h>
#include <stdlib.h>

int sw_spf_set_add(struct sw_spf_set *set, const struct sw_prefix *p, size_t max)
{
	struct sw_prefix *more;
	size_t room;

	if (set->n >= max)
		return -ENOSPC;
	if (set->n == set->room) {
		room = set->room ? set->room * 2 : 16;
		more = realloc(set->prefix, room * sizeof(*more));
		if (!more)
			return -ENOMEM;
		set->prefix = more;
		set->room = room;
	}
	set->prefix[set->n++] = *p;
	return 0;
}

/* The other one of the two halves of what is one bit shorter than @p. */
static struct sw_prefix sibling(const struct sw_prefix *p)
{
	unsigned bit = sw_prefix_full(p) - p->len;
	struct sw_prefix s = *p;

	if (bit < 64)
		s.lo ^= UINT64_C(1) << bit;
	else
		s.hi ^= UINT64_C(1) << (bit - 64);
	return s;
}

/* Put what is left of @p beside @hole, which is inside of it: its siblings on the way up. */
static int cut(struct sw_spf_set *work, const struct sw_prefix *p, struct sw_prefix hole,
	       size_t max)
{
	int code = 0;

	for (; !code && hole.len > p->len; hole = sw_prefix_truncate(&hole, hole.len - 1u)) {
		struct sw_prefix piece = sibling(&hole);

		code = sw_spf_set_add(work, &piece, max);
	}
	return code;
}

/* One of @less that has to do with @p; NULL: there is none. */
static const struct sw_prefix *find_overlap(struct sw_spf_set *set, const struct sw_prefix *p,
					    const struct sw_spf_set *less)
{
	for (size_t i = 0; i < less->n; i++) {
		const struct sw_prefix *hole = &less->prefix[i];

		set->effort++;
		if (sw_prefix_contains(hole, p) || sw_prefix_contains(p, hole))
			return hole;
	}
	return NULL;
}

int sw_spf_set_add_less(struct sw_spf_set *set, const struct sw_prefix *p,
			const struct sw_spf_set *less, size_t max)
{
	struct sw_spf_set work = { .n = 0 };
	int code = sw_spf_set_add(&work, p, max);

	while (!code && work.n) {
		struct sw_prefix piece = work.prefix[--work.n];
		const struct sw_prefix *hole = find_overlap(set, &piece, less);

		if (set->effort > SW_SPF_SET_EFFORT)
			code = -ENOSPC;
		else if (!hole)
			code = sw_spf_set_add(set, &piece, max);
		else if (!sw_prefix_contains(hole, &piece))
			code = cut(&work, &piece, *hole, max);
	}
	sw_spf_set_done(&work);
	return code;
}

static int compare(const void *a, const void *b)
{
	return sw_prefix_cmp(a, b);
}

void sw_spf_set_sort(struct sw_spf_set *set)
{
	size_t n = 0;

	if (set->n)
		qsort(set->prefix, set->n, sizeof(*set->prefix), compare);
	for (size_t i = 0; i < set->n; i++)
		if (!n || !sw_prefix_contains(&set->prefix[n - 1], &set->prefix[i]))
			set->prefix[n++] = set->prefix[i];
	set->n = n;
}

bool sw_spf_set_has(const struct sw_spf_set *set, const struct sw_prefix *p)
{
	return set->n && bsearch(p, set->prefix, set->n, sizeof(*set->prefix), compare);
}

void sw_spf_set_done(struct sw_spf_set *set)
{
	free(set->prefix);
	*set = (struct sw_spf_set){ .n = 0 };
}
