/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sources - a new source for each packet of a BPF_PROG_TEST_RUN loop, from an
 * array that userspace fills. Every program that is compared does the same work
 * here, so that what differs is the program.
 */
#ifndef SYNWARD_TESTS_BENCH_SOURCES_BPF_H
#define SYNWARD_TESTS_BENCH_SOURCES_BPF_H

#include "bench.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, BENCH_LINES);
	__type(key, __u32);
	__type(value, struct bench_line);
} bench_sources SEC(".maps");

__u32 bench_next;
const volatile __u8 bench_family = 4;

/* Write the next source into the packet. False: not the frame of the bench. */
SW_INLINE bool next_source(struct xdp_md *ctx)
{
	__u8 *data = (__u8 *)(long)ctx->data, *end = (__u8 *)(long)ctx->data_end;
	__u32 n = bench_next++ & (BENCH_SOURCES - 1);
	__u32 key = bench_family == 4 ? n / 16 : n / 4;
	const struct bench_line *line = bpf_map_lookup_elem(&bench_sources, &key);

	if (!line || data + 14 + 40 > end)
		return false;
	if (bench_family == 4)
		*(__u32 *)(data + 26) = line->word[n & 15];
	else
		for (__u32 i = 0; i < 4; i++)
			*(__u32 *)(data + 22 + 4 * i) = line->word[(n & 3) * 4 + i];
	return true;
}

SEC("xdp.frags")
int bench_return(struct xdp_md *ctx)
{
	return next_source(ctx) ? XDP_DROP : XDP_ABORTED;
}

SEC("xdp.frags")
int bench_parse(struct xdp_md *ctx)
{
	struct sw_syn syn;

	if (!next_source(ctx))
		return XDP_ABORTED;
	return sw_parse((void *)(long)ctx->data, (void *)(long)ctx->data_end, &syn) ||
			       syn.dest_port != 25
		       ? XDP_PASS
		       : XDP_DROP;
}

SEC("xdp.frags")
int bench_whole(struct xdp_md *ctx)
{
	return next_source(ctx) ? filter(ctx) : XDP_ABORTED;
}

#endif
