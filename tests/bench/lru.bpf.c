// SPDX-License-Identifier: GPL-2.0-only
/*
 * lru - the product's own program with the token buckets in a BPF_MAP_TYPE_LRU_HASH
 * of a million sources: bucket.h is kept out, and what it defines is defined here.
 *
 * The caller still looks up a line of sw_limits, which is loaded with a single one:
 * a nanosecond in favour of the product's buckets. What it takes for the tag of a
 * source, 32 bits of its hash here, is the key.
 */
#define SYNWARD_BPF_BUCKET_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "bpf/parse.h"

#define SW_TAG_BITS 32
#define SW_TAG_MASK 0xffffffffull
#define SW_TIME_MASK ((1ull << 40) - 1)

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1 << 20);
	__type(key, __u32);
	__type(value, __u64);
} bench_lru SEC(".maps");

/* GCRA, as in bucket.h: the value is the source's theoretical arrival time. */
SW_INLINE bool sw_bucket_take(struct sw_bucket_line *line, __u32 tag, __u64 now, __u32 interval,
			      __u32 tolerance)
{
	__u64 *tat = bpf_map_lookup_elem(&bench_lru, &tag), fresh = now + interval, old;

	if (!tat) {
		bpf_map_update_elem(&bench_lru, &tag, &fresh, BPF_ANY);
		return true;
	}
	old = *(volatile __u64 *)tat;
	if (old < now)
		old = now;
	if (old - now > tolerance)
		return false;
	*(volatile __u64 *)tat = old + interval;
	return true;
}

#include "bpf/synward.bpf.c"

#include "programs.bpf.h"
