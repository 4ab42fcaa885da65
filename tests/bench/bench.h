/* SPDX-License-Identifier: GPL-2.0-only */
/* bench - what the BPF and the userspace side of the benchmarks share. */
#ifndef SYNWARD_TESTS_BENCH_BENCH_H
#define SYNWARD_TESTS_BENCH_BENCH_H

#include <linux/types.h>

/* Few enough that reading them leaves the caches to the table, many enough to visit
 * nearly every block of it in each round. */
#define BENCH_SOURCES (1u << 18)

/* A SYN as systems send it, with 20 bytes of TCP options, so that an answer is shorter. */
#define BENCH_SYN_OPTIONS 20
#define BENCH_SYN_BYTES (54 + BENCH_SYN_OPTIONS)

/* Addresses as in the packet, packed: reading them must not push the table that
 * is measured out of the caches. 16 IPv4 or 4 IPv6 ones. */
struct bench_line {
	__u32 word[16];
};

#define BENCH_LINES (BENCH_SOURCES / 4)

/* Keys of the maps that the product is compared with; addresses as in the packet. */
struct bench_lpm4_key {
	__u32 len;
	__u32 addr_be;
};

struct bench_lpm6_key {
	__u32 len;
	__u32 addr_be[4];
};

struct bench_host6_key {
	__u32 addr_be[4];
};

/* Time that one CPU spent in the softirq that receives packets. */
struct bench_softirq {
	__u64 since; /* ns; 0: not in it now */
	__u64 ns;
	__u64 runs;
};

#endif
