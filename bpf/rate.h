/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rate - token buckets in nanoseconds: for the whole card, or for each source that is reset. A
 * cell is shared by all CPUs.
 *
 * Pure but for that cell. GCRA as in bucket.h, but in nanoseconds, for such rates may be high,
 * without an end to the time, and a cell does not say whose it is. What has no limit writes
 * nothing.
 */
#ifndef SYNWARD_BPF_RATE_H
#define SYNWARD_BPF_RATE_H

#include "parse.h"

/*
 * How far @cell, a time of GCRA in ns, lies ahead of @now. One that is further ahead than it
 * can get under this rate is a left-over of another one, and counts as past.
 */
SW_INLINE __u64 sw_rate_ahead(const struct sw_rate *rate, __u64 cell, __u64 now)
{
	__u64 ahead = cell > now ? cell - now : 0;

	return ahead > rate->tolerance_ns + rate->interval_ns ? 0 : ahead;
}

/* Is there a token in the rate's own cell, or no limit? It is only looked. */
SW_INLINE bool sw_rate_has(const struct sw_rate *rate, __u64 now)
{
	__u64 cell = *(const volatile __u64 *)&rate->cell;

	return !rate->interval_ns || sw_rate_ahead(rate, cell, now) <= rate->tolerance_ns;
}

/* One try to take a token of @at. 1: there was one; 0: there is none; -1: another CPU took it. */
SW_INLINE int sw_rate_try(const struct sw_rate *rate, __u64 *at, __u64 now)
{
	__u64 cell = *(const volatile __u64 *)at;
	__u64 ahead = sw_rate_ahead(rate, cell, now);

	if (ahead > rate->tolerance_ns)
		return 0;
	return __sync_val_compare_and_swap(at, cell, now + ahead + rate->interval_ns) == cell ? 1
											      : -1;
}

/*
 * Take a token of the cell @at. Over the rate it is only read, so that a flood does not carry its
 * line from CPU to CPU. @otherwise: what to say when other CPUs keep changing it.
 */
SW_INLINE bool sw_rate_take_of(const struct sw_rate *rate, __u64 *at, __u64 now, bool otherwise)
{
	int taken;

	if (!rate->interval_ns)
		return true;
	taken = sw_rate_try(rate, at, now);
	if (taken < 0)
		taken = sw_rate_try(rate, at, now);
	if (taken < 0)
		taken = sw_rate_try(rate, at, now);
	return taken < 0 ? otherwise : taken;
}

/* The same of the rate's own cell. */
SW_INLINE bool sw_rate_take(struct sw_rate *rate, __u64 now, bool otherwise)
{
	return sw_rate_take_of(rate, &rate->cell, now, otherwise);
}

#endif
