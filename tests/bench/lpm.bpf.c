// SPDX-License-Identifier: GPL-2.0-only
/* lpm - the product's own program on BPF_MAP_TYPE_LPM_TRIE. */
#include "sources.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1 << 24);
	__type(key, struct bench_lpm4_key);
	__type(value, __u32);
} bench_lpm4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1 << 24);
	__type(key, struct bench_lpm6_key);
	__type(value, __u32);
} bench_lpm6 SEC(".maps");

BENCH_INLINE __u32 bench_find4(__u32 addr_be)
{
	struct bench_lpm4_key key = { 32, addr_be };
	__u32 *class = bpf_map_lookup_elem(&bench_lpm4, &key);

	return class ? *class : 0;
}

BENCH_INLINE __u32 bench_find6(const __u32 *addr_be)
{
	struct bench_lpm6_key key = { 128, { addr_be[0], addr_be[1], addr_be[2], addr_be[3] } };
	__u32 *class = bpf_map_lookup_elem(&bench_lpm6, &key);

	return class ? *class : 0;
}

#include "lookup.bpf.h"
