/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hash - the keyed 64 bit hash of the IPv6 table and the token buckets.
 *
 * Two rounds of multiply and fold over a secret seed: enough to spread addresses
 * that an attacker picks without knowing the seed. Not a cryptographic hash.
 */
#ifndef SYNWARD_MAPS_HASH_H
#define SYNWARD_MAPS_HASH_H

#include <linux/types.h>

static inline __attribute__((always_inline)) __u64 sw_hash(__u64 a, __u64 b, __u64 seed)
{
	__u64 h = (a ^ seed) * 0x9e3779b97f4a7c15ull;

	h ^= h >> 32;
	h = (h ^ b) * 0xd6e8feb86659fd93ull;
	h ^= h >> 29;
	h = (h + seed) * 0xc2b2ae3d27d4eb4full;
	return h ^ h >> 32;
}

#endif
