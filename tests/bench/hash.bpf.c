// SPDX-License-Identifier: GPL-2.0-only
/* hash - the product's own program on BPF_MAP_TYPE_HASH, which knows single addresses only. */
#include "sources.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* set before the load */
	__type(key, __u32);
	__type(value, __u32);
} bench_hash4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* set before the load */
	__type(key, struct bench_host6_key);
	__type(value, __u32);
} bench_hash6 SEC(".maps");

BENCH_INLINE __u32 bench_find4(__u32 addr_be)
{
	__u32 *class = bpf_map_lookup_elem(&bench_hash4, &addr_be);

	return class ? *class : 0;
}

BENCH_INLINE __u32 bench_find6(const __u32 *addr_be)
{
	__u32 *class = bpf_map_lookup_elem(&bench_hash6, addr_be);

	return class ? *class : 0;
}

#include "lookup.bpf.h"
