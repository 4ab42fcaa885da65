/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * programs - what is measured of the program that was included before: all of it,
 * and, to hold it against, nothing but its parser, and nothing.
 */
#ifndef SYNWARD_TESTS_BENCH_PROGRAMS_BPF_H
#define SYNWARD_TESTS_BENCH_PROGRAMS_BPF_H

#include "sources.bpf.h"

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

/* For an interface. Under the product's own name its command would take it off. */
SEC("xdp.frags")
int bench_filter(struct xdp_md *ctx)
{
	return filter(ctx);
}

#endif
