/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * table6 - the look-up of an IPv6 source: a hash of prefixes, searched in binary
 * over the prefix lengths that are in use (Waldvogel et al., SIGCOMM 1997).
 *
 * Every prefix leaves markers at the shorter lengths that the search for it
 * visits. A node (prefix or marker) knows the class of the longest prefix that
 * covers it, so a search that goes on from a marker in vain has its answer, and
 * whether anything longer lies below it. The lengths decide how many nodes are
 * visited: log2 of their number, rounded up, each one cache line.
 *
 * A bucket is one cache line with three nodes. A node that finds its bucket full
 * goes to the next one and leaves a mark; there are at most SW_TABLE6_PROBES.
 *
 * The same code in BPF and in userspace: see table4.h. The includer defines
 *   sw_table6_bucket(view, i)  NULL when out of range
 */
#ifndef SYNWARD_MAPS_TABLE6_H
#define SYNWARD_MAPS_TABLE6_H

#include "abi.h"
#include "hash.h"

#define SW_TABLE6_PROBES 16
#define SW_TABLE6_STEPS 8 /* halvings of at most 128 lengths */

static inline __attribute__((always_inline)) __u64 sw_mask_hi(__u32 len)
{
	return len >= 64 ? ~0ull : ~(~0ull >> len);
}

static inline __attribute__((always_inline)) __u64 sw_mask_lo(__u32 len)
{
	return len <= 64 ? 0 : len >= 128 ? ~0ull : ~(~0ull >> (len - 64));
}

/* Class and flags of a node as one number; -1: there is no such node. */
#define SW_NODE_LONGER 0x100

static inline __attribute__((always_inline)) int sw_table6_probe(const struct sw_table6 *view,
								 const struct sw_table6_bank *bank,
								 __u64 hi, __u64 lo, __u32 len)
{
	__u64 hash;

	hi &= sw_mask_hi(len);
	lo &= sw_mask_lo(len);
	hash = sw_hash(hi, lo ^ len, bank->seed);
	for (__u32 probe = 0; probe < SW_TABLE6_PROBES; probe++) {
		const struct sw_table6_bucket *b =
			sw_table6_bucket(view, bank->first + ((hash + probe) & bank->mask));

		if (!b)
			return -1;
		for (__u32 w = 0; w < SW_TABLE6_WAYS; w++)
			if (b->hi[w] == hi && b->lo[w] == lo && b->len[w] == len)
				return b->value[w] | (b->longer >> w & 1) << 8;
		if (!b->overflow)
			return -1;
	}
	return -1;
}

#ifdef __bpf__
/* A function of its own: the verifier looks at it once, and not once for each
 * way to get through the search. It may only take what the verifier knows. */
__attribute__((noinline)) int sw_table6_node_of(const struct sw_table6_bank *bank, __u64 hi,
						__u64 lo, __u32 len)
{
	return bank ? sw_table6_probe(NULL, bank, hi, lo, len) : -1;
}
#define sw_table6_node(view, bank, hi, lo, len) sw_table6_node_of(bank, hi, lo, len)
#else
#define sw_table6_node(view, bank, hi, lo, len) sw_table6_probe(view, bank, hi, lo, len)
#endif

static inline __attribute__((always_inline)) __u32
sw_table6_find(const struct sw_table6 *view, const struct sw_table6_bank *bank, __u64 hi, __u64 lo)
{
	__u32 class = bank->value;
	__u32 low = 0, high = bank->lengths;

	for (int i = 0; i < SW_TABLE6_STEPS && low < high; i++) {
		__u32 mid = (low + high) / 2;
		int node = sw_table6_node(view, bank, hi, lo,
					  bank->length[mid & (SW_TABLE6_LENGTHS - 1)]);

		if (node < 0) {
			high = mid;
		} else {
			class = node & 0xff;
			if (!(node & SW_NODE_LONGER))
				break;
			low = mid + 1;
		}
	}
	return class;
}

#endif
