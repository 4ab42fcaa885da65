// SPDX-License-Identifier: GPL-2.0-only
/*
 * send - the sending side of the live frames: each gets a new source and goes out of
 * the interface that it is said to have come in on.
 */
#include "sources.bpf.h"

/* What becomes of a ones' complement checksum when words change (RFC 1624, eqn. 3). */
BENCH_INLINE __u16 checksum_after(__u16 checksum, __u32 old, __u32 new)
{
	__u32 sum = (__u16)~checksum;

	sum += (__u16)~old + (__u16) ~(old >> 16) + (new & 0xffff) + (new >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)~sum;
}

SEC("xdp")
int bench_send(struct xdp_md *ctx)
{
	__u8 *data = (__u8 *)(long)ctx->data, *end = (__u8 *)(long)ctx->data_end;
	__u16 *checksum = (__u16 *)(data + BENCH_IP + 10);
	__u32 old;

	if (data + BENCH_IP + 40 > end)
		return XDP_ABORTED;
	old = *(__u32 *)(data + BENCH_SOURCE4);
	if (!next_source(ctx))
		return XDP_ABORTED;
	if (bench_family == 4)
		*checksum = checksum_after(*checksum, old, *(__u32 *)(data + BENCH_SOURCE4));
	return XDP_TX;
}

char _license[] SEC("license") = "GPL";
