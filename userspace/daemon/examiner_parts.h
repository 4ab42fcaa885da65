/* SPDX-License-Identifier: GPL-2.0-only */
/* examiner_parts - what the files of examiner share. */
#ifndef SYNWARD_DAEMON_EXAMINER_PARTS_H
#define SYNWARD_DAEMON_EXAMINER_PARTS_H

#include "dns/prober.h"
#include "examiner.h"

#define SW_EXAMINER_BUCKETS 1024
#define SW_EXAMINER_OWN 16 /* addresses that no list may have, of those of this machine */

struct sw_examination;

struct sw_examiner {
	struct sw_examiner_options options;
	struct sw_prober **prober; /* of the sites in IPv4, then of the same in IPv6 */
	size_t sites;
	struct sw_prefix own[SW_EXAMINER_OWN];
	size_t owns;
	struct sw_examination *bucket[SW_EXAMINER_BUCKETS]; /* those that run, by source */
	struct sw_examiner_counts counts;
};

/* ---- examine.c ---- */

void sw_examinations_drop(struct sw_examiner *x);

#endif
