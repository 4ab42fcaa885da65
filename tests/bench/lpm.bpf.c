// SPDX-License-Identifier: GPL-2.0-only
/*
 * lpm - the product's own program on BPF_MAP_TYPE_LPM_TRIE: the look-ups of
 * table4.h and table6.h are replaced, all else is the same.
 */
#define SYNWARD_MAPS_TABLE4_H
#define SYNWARD_MAPS_TABLE6_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "maps/abi.h"
#include "maps/hash.h"
#include "bench.h"

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

struct sw_table4;
struct sw_table6;

static inline __attribute__((always_inline)) __u32 sw_table4_find(const struct sw_table4 *view,
								  __u32 addr)
{
	struct bench_lpm4_key key = { 32, __builtin_bswap32(addr) };
	__u32 *class = bpf_map_lookup_elem(&bench_lpm4, &key);

	return class ? *class : SW_CLASS_UNLISTED;
}

static inline __attribute__((always_inline)) __u32
sw_table6_find(const struct sw_table6 *view, __u64 hi, __u64 lo)
{
	struct bench_lpm6_key key = {
		128,
		{ __builtin_bswap32((__u32)(hi >> 32)), __builtin_bswap32((__u32)hi),
		  __builtin_bswap32((__u32)(lo >> 32)), __builtin_bswap32((__u32)lo) }
	};
	__u32 *class = bpf_map_lookup_elem(&bench_lpm6, &key);

	return class ? *class : SW_CLASS_UNLISTED;
}

#include "bpf/synward.bpf.c"

#include "sources.bpf.h"
