/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scrub - ranges that must not be listed, and which of them a prefix touches; see
 * reader.h. It is asked for every entry of every list: most are answered by the
 * first eight bits.
 */
#include "reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct sw_scrub {
	struct sw_prefix *ranges; /* sorted, disjoint; IPv4 before IPv6 */
	size_t n;
	bool octet4[256]; /* some range touches the addresses that start with it */
	bool octet6[256];
};

static int compare(const void *a, const void *b)
{
	return sw_prefix_cmp(a, b);
}

static void mark_octets(struct sw_scrub *s, const struct sw_prefix *p)
{
	struct sw_prefix last = sw_prefix_last(p);
	unsigned from = (unsigned)(p->family == 4 ? p->lo >> 24 : p->hi >> 56);
	unsigned to = (unsigned)(p->family == 4 ? last.lo >> 24 : last.hi >> 56);

	memset((p->family == 4 ? s->octet4 : s->octet6) + from, 1, to - from + 1);
}

int sw_scrub_open(const struct sw_prefix *ranges, size_t n, struct sw_scrub **ret)
{
	struct sw_scrub *s = calloc(1, sizeof(*s));
	struct sw_prefix *sorted = malloc((n ? n : 1) * sizeof(*sorted));
	size_t kept = 0;

	if (!s || !sorted) {
		free(s);
		free(sorted);
		return -ENOMEM;
	}
	if (n)
		memcpy(sorted, ranges, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), compare);
	for (size_t i = 0; i < n; i++) {
		if (kept && sw_prefix_contains(&sorted[kept - 1], &sorted[i]))
			continue;
		sorted[kept++] = sorted[i];
		mark_octets(s, &sorted[i]);
	}
	s->ranges = sorted;
	s->n = kept;
	*ret = s;
	return 0;
}

struct sw_scrub *sw_scrub_close(struct sw_scrub *scrub)
{
	if (scrub)
		free(scrub->ranges);
	free(scrub);
	return NULL;
}

/* How many ranges sort before @p or are equal to it. */
static size_t position(const struct sw_scrub *s, const struct sw_prefix *p)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (sw_prefix_cmp(&s->ranges[middle], p) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool sw_scrub_touches(const struct sw_scrub *s, const struct sw_prefix *p,
		      const struct sw_prefix **first, size_t *n)
{
	size_t at, end;

	if (p->len >= 8 && !(p->family == 4 ? s->octet4[p->lo >> 24] : s->octet6[p->hi >> 56]))
		return false;
	at = position(s, p);
	if (at > 0 && sw_prefix_contains(&s->ranges[at - 1], p)) {
		*first = &s->ranges[at - 1];
		*n = 1;
		return true;
	}
	for (end = at; end < s->n && sw_prefix_contains(p, &s->ranges[end]); end++)
		;
	*first = &s->ranges[at];
	*n = end - at;
	return end > at;
}

static bool same_address(const struct sw_prefix *a, const struct sw_prefix *b)
{
	return a->hi == b->hi && a->lo == b->lo;
}

bool sw_scrub_covers(const struct sw_scrub *s, const struct sw_prefix *p)
{
	struct sw_prefix next = *p, last = sw_prefix_last(p), end;
	const struct sw_prefix *first;
	size_t n;

	if (!sw_scrub_touches(s, p, &first, &n))
		return false;
	if (sw_prefix_contains(first, p))
		return true;
	/* one after the other, without a gap, from the first address to the last */
	for (size_t i = 0; i < n && same_address(&first[i], &next); i++) {
		end = sw_prefix_last(&first[i]);
		if (same_address(&end, &last))
			return true;
		next.lo = end.lo + 1;
		next.hi = end.hi + (next.lo == 0);
	}
	return false;
}
