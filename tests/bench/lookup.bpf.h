/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lookup - the product's own program with its look-ups replaced, all else the same:
 * table4.h and table6.h are kept out, and what they define calls bench_find4 and
 * bench_find6 in their place, which whoever includes this file defines before.
 */
#ifndef SYNWARD_TESTS_BENCH_LOOKUP_BPF_H
#define SYNWARD_TESTS_BENCH_LOOKUP_BPF_H

#define SYNWARD_MAPS_TABLE4_H
#define SYNWARD_MAPS_TABLE6_H

#include "maps/abi.h"
#include "maps/hash.h"

struct sw_table4;
struct sw_table6;

BENCH_INLINE __u32 sw_table4_find(const struct sw_table4 *view, __u32 addr)
{
	return bench_find4(__builtin_bswap32(addr));
}

BENCH_INLINE __u32 sw_table6_find(const struct sw_table6 *view, __u64 hi, __u64 lo)
{
	__u32 addr_be[4] = { __builtin_bswap32((__u32)(hi >> 32)), __builtin_bswap32((__u32)hi),
			     __builtin_bswap32((__u32)(lo >> 32)), __builtin_bswap32((__u32)lo) };

	return bench_find6(addr_be);
}

#include "bpf/synward.bpf.c"

#include "programs.bpf.h"

#endif
