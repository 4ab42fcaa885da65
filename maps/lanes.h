/* SPDX-License-Identifier: GPL-2.0-only */
/* lanes - the 16 bit lanes of the words of a block, for those who write it. Inside maps/. */
#ifndef SYNWARD_MAPS_LANES_H
#define SYNWARD_MAPS_LANES_H

#include <stdint.h>

#include <linux/types.h>

static inline uint16_t sw_lane(const __u64 *words, unsigned k)
{
	return (uint16_t)(words[k / 4] >> k % 4 * 16);
}

/* One aligned store: a reader sees the lane as it was or as it is. */
static inline void sw_lane_store(__u64 *words, unsigned k, uint16_t value)
{
	unsigned shift = k % 4 * 16;
	__u64 word = words[k / 4] & ~(0xffffull << shift);

	__atomic_store_n(&words[k / 4], word | (__u64)value << shift, __ATOMIC_RELEASE);
}

#endif
