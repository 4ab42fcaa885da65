// SPDX-License-Identifier: GPL-2.0-only
/*
 * forge - the sending side of a flood: each frame gets another source and goes out of the
 * interface that it is said to have come in on. For tests/tools/synflood.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define CHECKSUM 24 /* of an IPv4 header behind an Ethernet one */
#define SOURCE 26

/* Written before the load, as two words. */
const volatile struct {
	__u32 base; /* host byte order; its low bits are 0 */
	__u32 mask; /* sources less one: a power of two less one */
} forge_plan;
__u32 forge_next;

/* What becomes of a ones' complement checksum when words change (RFC 1624, eqn. 3). */
static __always_inline __u16 checksum_after(__u16 checksum, __u32 before, __u32 after)
{
	__u32 sum = (__u16)~checksum;

	sum += (__u16)~before + (__u16) ~(before >> 16) + (after & 0xffff) + (after >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)~sum;
}

SEC("xdp")
int forge(struct xdp_md *ctx)
{
	__u8 *data = (__u8 *)(long)ctx->data, *end = (__u8 *)(long)ctx->data_end;
	__u32 before, after;

	if (data + SOURCE + 4 > end)
		return XDP_ABORTED;
	/* An odd factor: all sources have their turn before one comes again. */
	after = __builtin_bswap32(forge_plan.base | (forge_next++ * 2654435761u & forge_plan.mask));
	before = *(__u32 *)(data + SOURCE);
	*(__u32 *)(data + SOURCE) = after;
	*(__u16 *)(data + CHECKSUM) = checksum_after(*(__u16 *)(data + CHECKSUM), before, after);
	return XDP_TX;
}

char _license[] SEC("license") = "GPL";
