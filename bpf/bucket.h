/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bucket - one token bucket for each limited source or network, in memory of fixed size.
 *
 * Pure but for the one cache line that it is given. A source hashes to a line
 * and is told apart in it by a tag. Seven cells of a line belong to one source
 * each; the eighth is shared by those that find the seven taken.
 *
 * A cell holds the theoretical arrival time of GCRA (ITU-T I.371). Once that
 * time is past, the bucket is full again and the cell holds nothing that a new
 * one would not: only such cells are given away. So a flood of forged sources
 * can neither grow the memory nor make a source that is being limited start
 * anew; at worst, sources that come while all cells of their line are live share
 * one rate.
 *
 * A cell is (time << 24 | tag) and changes by compare-and-swap, whole. Times are
 * 40 bit ticks and wrap after 834 days of uptime; a cell that says it is further
 * ahead than any limit can be is a left-over and counts as past.
 */
#ifndef SYNWARD_BPF_BUCKET_H
#define SYNWARD_BPF_BUCKET_H

#include "parse.h"

#define SW_TAG_BITS 24
#define SW_TAG_MASK ((1u << SW_TAG_BITS) - 1)
#define SW_TIME_MASK ((1ull << 40) - 1)
#define SW_AHEAD_MAX (1ull << 32) /* ticks; three days, more than any configured limit */
#define SW_BUCKET_SHARED (SW_BUCKET_WAYS - 1)

/* How far the cell's time lies ahead of @now; 0 when it is past. Ticks. */
SW_INLINE __u64 sw_cell_ahead(__u64 cell, __u64 now)
{
	__u64 ahead = ((cell >> SW_TAG_BITS) - now) & SW_TIME_MASK;

	if (!(cell & SW_TAG_MASK)) /* never used */
		return 0;
	return ahead > SW_AHEAD_MAX ? 0 : ahead;
}

/* The way of @line that serves @tag: its own, else a free one, else the shared one. */
SW_INLINE __u32 sw_bucket_way(const struct sw_bucket_line *line, __u32 tag, __u64 now)
{
	__u32 way = SW_BUCKET_SHARED;

	for (__u32 w = 0; w < SW_BUCKET_SHARED; w++) {
		__u64 cell = *(const volatile __u64 *)&line->cell[w];

		if ((cell & SW_TAG_MASK) == tag)
			return w;
		if (way == SW_BUCKET_SHARED && sw_cell_ahead(cell, now) == 0)
			way = w;
	}
	return way;
}

/* One try to take a token. 1: the SYN conforms; 0: it does not; -1: another CPU
 * changed the cell meanwhile. */
SW_INLINE int sw_bucket_try(struct sw_bucket_line *line, __u32 tag, __u64 now, __u32 interval,
			    __u32 tolerance)
{
	__u32 way = sw_bucket_way(line, tag, now);
	__u64 cell = *(const volatile __u64 *)&line->cell[way & SW_BUCKET_SHARED];
	__u64 ahead = sw_cell_ahead(cell, now), next;

	/* Between the two reads the cell may have been given to another source: its debt
	 * is not this one's. */
	if (ahead && way != SW_BUCKET_SHARED && (cell & SW_TAG_MASK) != tag)
		return -1;
	if (ahead > tolerance)
		return 0;
	next = ((now + ahead + interval) & SW_TIME_MASK) << SW_TAG_BITS | tag;
	return __sync_val_compare_and_swap(&line->cell[way & SW_BUCKET_SHARED], cell, next) == cell
		       ? 1
		       : -1;
}

/*
 * Take a token for the source that @tag stands for (1 to SW_TAG_MASK). True: the
 * SYN conforms. @now in ticks, @interval and @tolerance as in struct sw_class.
 * When other CPUs keep changing the cell, the SYN passes. Three tries are written
 * out: Linux 6.1 refuses a loop whose end falls through to its beginning, and
 * where a compiler puts it is not ours to say.
 */
SW_INLINE bool sw_bucket_take(struct sw_bucket_line *line, __u32 tag, __u64 now, __u32 interval,
			      __u32 tolerance)
{
	int taken = sw_bucket_try(line, tag, now, interval, tolerance);

	if (taken < 0)
		taken = sw_bucket_try(line, tag, now, interval, tolerance);
	if (taken < 0)
		taken = sw_bucket_try(line, tag, now, interval, tolerance);
	return taken != 0;
}

#endif
