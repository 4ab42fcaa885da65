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

SEC("xdp.frags")
int bench_touch(struct xdp_md *ctx)
{
	const union sw_block4 *four;
	const union sw_block6 *six;
	struct sw_syn syn;
	__u32 i;

	if (!next_source(ctx))
		return XDP_ABORTED;
	if (sw_parse((void *)(long)ctx->data, (void *)(long)ctx->data_end, &syn) ||
	    syn.dest_port != 25)
		return XDP_PASS;
	i = any_line((__u32)syn.source_lo ^ (__u32)(syn.source_hi >> 32), bench_lines);
	if (syn.family == 4) {
		four = bpf_map_lookup_elem(&sw_blocks4, &i);
		return four ? XDP_DROP + (four->direct[0] & 1) : XDP_ABORTED;
	}
	six = bpf_map_lookup_elem(&sw_blocks6, &i);
	return six ? XDP_DROP + (six->byte[0] & 1) : XDP_ABORTED;
}
