// SPDX-License-Identifier: GPL-2.0-only
/*
 * softirq - how long one CPU spends in the softirq that receives packets. A veth
 * hands over a batch of 64 frames at a time, so that looking at the clock twice
 * costs each of them next to nothing.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "bench.h"

#define NET_RX 3 /* NET_RX_SOFTIRQ of linux/interrupt.h */

const volatile __u32 bench_cpu = 0;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bench_softirq);
} bench_softirq SEC(".maps");

static struct bench_softirq *mine(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 key = 0;

	if (ctx->args[0] != NET_RX || bpf_get_smp_processor_id() != bench_cpu)
		return NULL;
	return bpf_map_lookup_elem(&bench_softirq, &key);
}

SEC("raw_tracepoint/softirq_entry")
int bench_softirq_entry(struct bpf_raw_tracepoint_args *ctx)
{
	struct bench_softirq *s = mine(ctx);

	if (s)
		s->since = bpf_ktime_get_ns();
	return 0;
}

SEC("raw_tracepoint/softirq_exit")
int bench_softirq_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct bench_softirq *s = mine(ctx);

	if (s && s->since) {
		s->ns += bpf_ktime_get_ns() - s->since;
		s->runs++;
		s->since = 0;
	}
	return 0;
}

char _license[] SEC("license") = "GPL";
