/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sources - a new source for each packet: from an array that userspace fills, or
 * one that was never seen. Every program that is compared does the same work here,
 * so that what differs is the program.
 */
#ifndef SYNWARD_TESTS_BENCH_SOURCES_BPF_H
#define SYNWARD_TESTS_BENCH_SOURCES_BPF_H

#include <stdbool.h>

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "bench.h"

#define BENCH_INLINE static inline __attribute__((always_inline))

enum { BENCH_IP = 14, BENCH_SOURCE4 = BENCH_IP + 12, BENCH_SOURCE6 = BENCH_IP + 8 };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, BENCH_LINES);
	__type(key, __u32);
	__type(value, struct bench_line);
} bench_sources SEC(".maps");

__u32 bench_next;
const volatile __u8 bench_family = 4;
const volatile __u8 bench_fresh = 0; /* 1: 2^32 sources one after the other, scattered */

/* Write the next source into the packet. False: not the frame of the bench. */
BENCH_INLINE bool next_source(struct xdp_md *ctx)
{
	__u8 *data = (__u8 *)(long)ctx->data, *end = (__u8 *)(long)ctx->data_end;
	__u32 next = bench_next++, n = next & (BENCH_SOURCES - 1);
	__u32 key = bench_family == 4 ? n / 16 : n / 4;
	const struct bench_line *line;

	if (data + BENCH_IP + 40 > end)
		return false;
	if (bench_fresh) { /* an odd factor: no two are the same */
		*(__u32 *)(data + (bench_family == 4 ? BENCH_SOURCE4 : BENCH_SOURCE6)) =
			next * 2654435761u;
		return true;
	}
	line = bpf_map_lookup_elem(&bench_sources, &key);
	if (!line)
		return false;
	if (bench_family == 4)
		*(__u32 *)(data + BENCH_SOURCE4) = line->word[n & 15];
	else
		for (__u32 i = 0; i < 4; i++)
			*(__u32 *)(data + BENCH_SOURCE6 + 4 * i) = line->word[(n & 3) * 4 + i];
	return true;
}

#endif
