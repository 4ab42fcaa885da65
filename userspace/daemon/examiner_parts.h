/* SPDX-License-Identifier: GPL-2.0-only */
/* examiner_parts - what the files of examiner share. */
#ifndef SYNWARD_DAEMON_EXAMINER_PARTS_H
#define SYNWARD_DAEMON_EXAMINER_PARTS_H

#include "examiner.h"

#define SW_EXAMINER_BUCKETS 1024
#define SW_FAMILIES 2 /* 4, 6 */

/* One test question that is under way. */
struct sw_test {
	struct sw_watched *watched;
	unsigned i;
	sw_dns_ticket ticket;
};

/* One list in one family. */
struct sw_watched {
	struct sw_examiner *x;
	struct sw_trust trust;
	struct sw_test test[SW_TRUST_QUESTIONS];
};

struct sw_examination;

struct sw_examiner {
	struct sw_examiner_options options;
	struct sw_watched *watched; /* sites, then the same in the other family */
	size_t sites;
	struct sw_examination *bucket[SW_EXAMINER_BUCKETS]; /* those that run, by source */
	struct sw_examiner_counts counts;
};

static inline struct sw_watched *sw_examiner_watched(struct sw_examiner *x, size_t site,
						     unsigned family)
{
	return &x->watched[site + (family == 6 ? x->sites : 0)];
}

/* What came of a test or of traffic: tell it, and have verdicts withdrawn. */
void sw_examiner_heed(struct sw_watched *w, const struct sw_trust_event *event);

/* ---- examine.c ---- */

void sw_examinations_drop(struct sw_examiner *x);

#endif
