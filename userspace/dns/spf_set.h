/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spf_set - a small bounded set of prefixes, and one less another.
 *
 * Pure. In no order until it is sorted; a prefix may be in it more than once.
 */
#ifndef SYNWARD_DNS_SPF_SET_H
#define SYNWARD_DNS_SPF_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/addr.h"

struct sw_spf_set {
	struct sw_prefix *prefix;
	size_t n, room;
	size_t effort; /* comparisons so far, of sw_spf_set_add_less */
};

#define SW_SPF_SET_EFFORT 4000000 /* some 20 ms; nobody's policy needs a thousandth */

/* -ENOSPC: it has @max already; -ENOMEM. */
int sw_spf_set_add(struct sw_spf_set *set, const struct sw_prefix *p, size_t max);

/* Add what of @p is in no prefix of @less, in as many pieces as it takes. -ENOSPC also: that is
 * too much work. */
int sw_spf_set_add_less(struct sw_spf_set *set, const struct sw_prefix *p,
			const struct sw_spf_set *less, size_t max);

/* Sort it, and drop what is inside of others. */
void sw_spf_set_sort(struct sw_spf_set *set);

/* Is @p in it, just so? It is sorted. */
bool sw_spf_set_has(const struct sw_spf_set *set, const struct sw_prefix *p);

void sw_spf_set_done(struct sw_spf_set *set);

#endif
