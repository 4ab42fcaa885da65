// SPDX-License-Identifier: GPL-2.0-only
/* table - the product's own program, with a new source for each packet. */
#include "bpf/synward.bpf.c"

#include "programs.bpf.h"

/* The least that a table of this size can cost: the parser, and one line of the blocks,
 * any one, of which a bit is the answer. What the product needs beyond it is its own. */
BENCH_INLINE __u32 any_line(__u32 source, __u32 lines)
{
	return (__u32)((__u64)(source * 2654435761u) * lines >> 32);
}

const volatile __u32 bench_lines = 1; /* of the blocks that are in use */

/* That line; NULL: no SYN to port 25. */
BENCH_INLINE const __u8 *touch_line(struct xdp_md *ctx)
{
	struct sw_syn syn;
	__u32 i;

	if (sw_parse((void *)(long)ctx->data, (void *)(long)ctx->data_end, &syn) ||
	    syn.dest_port != 25)
		return NULL;
	i = any_line((__u32)syn.source_lo ^ (__u32)(syn.source_hi >> 32), bench_lines);
	if (syn.family == 4)
		return bpf_map_lookup_elem(&sw_blocks4, &i);
	return bpf_map_lookup_elem(&sw_blocks6, &i);
}

SEC("xdp.frags")
int bench_touch(struct xdp_md *ctx)
{
	const __u8 *line = next_source(ctx) ? touch_line(ctx) : NULL;

	return line ? XDP_DROP + (*line & 1) : XDP_ABORTED;
}

/*
 * For what becomes of a SYN that is answered in its own frame: the next one is written over it, and
 * its length is what it was. The same is done where it was dropped, and needs nothing of it.
 */
BENCH_INLINE bool write_anew(struct xdp_md *ctx)
{
	int missing = BENCH_SYN_BYTES - (int)bpf_xdp_get_buff_len(ctx);
	__u8 *data, *ip;

	if (bpf_xdp_adjust_tail(ctx, missing))
		return false;
	data = (__u8 *)(long)ctx->data;
	ip = data + BENCH_IP;
	if (data + BENCH_SYN_BYTES > (__u8 *)(long)ctx->data_end)
		return false;
	*(__u32 *)ip = __builtin_bswap32(0x45000000 | (BENCH_SYN_BYTES - BENCH_IP));
	*(__u32 *)(ip + 16) = __builtin_bswap32(0x05090019);
	*(__u32 *)(ip + 20) = __builtin_bswap32(40000 << 16 | 25);
	*(__u16 *)(ip + 32) = __builtin_bswap16((20 + BENCH_SYN_OPTIONS) / 4 << 12 | SW_TCP_SYN);
	return next_source(ctx);
}

SEC("xdp.frags")
int bench_write(struct xdp_md *ctx)
{
	return write_anew(ctx) ? XDP_DROP : XDP_ABORTED;
}

SEC("xdp.frags")
int bench_anew(struct xdp_md *ctx)
{
	return write_anew(ctx) ? filter(ctx) : XDP_ABORTED;
}

/* For an interface: drops what it is sent, and counts it as the product would. */
SEC("xdp.frags")
int bench_touch_filter(struct xdp_md *ctx)
{
	const __u8 *line = touch_line(ctx);

	if (!line)
		return XDP_PASS;
	count_class(SW_CLASS_FIRST_LIST, SW_ACTION_DROP, *line);
	return XDP_DROP;
}
