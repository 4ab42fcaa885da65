/* SPDX-License-Identifier: GPL-2.0-only */
/* bits128 - bits of 128 bit addresses, as one number or as two words. Inside maps/. */
#ifndef SYNWARD_MAPS_BITS128_H
#define SYNWARD_MAPS_BITS128_H

#include <stdbool.h>
#include <stdint.h>

typedef unsigned __int128 sw_bits128;

/* How many bits are the same before the first that is not. */
static inline unsigned sw_bits_common(sw_bits128 a, sw_bits128 b)
{
	uint64_t hi = (uint64_t)((a ^ b) >> 64), lo = (uint64_t)(a ^ b);

	if (hi)
		return (unsigned)__builtin_clzll(hi);
	return lo ? 64 + (unsigned)__builtin_clzll(lo) : 128;
}

/* The first @len of 128 bits, by halves. */
static inline uint64_t sw_bits_hi(unsigned len)
{
	return len >= 64 ? ~0ull : ~(~0ull >> len);
}

static inline uint64_t sw_bits_lo(unsigned len)
{
	return len <= 64 ? 0 : len >= 128 ? ~0ull : ~(~0ull >> (len - 64));
}

/* Do two addresses agree in their first @len bits? */
static inline bool sw_bits_agree(uint64_t hi, uint64_t lo, uint64_t hi2, uint64_t lo2, unsigned len)
{
	return !((hi ^ hi2) & sw_bits_hi(len)) && !((lo ^ lo2) & sw_bits_lo(len));
}

/* Which of two prefixes sorts first, by address, then length: < 0, 0, > 0. */
static inline int sw_bits_cmp(uint64_t hi, uint64_t lo, uint8_t len, uint64_t hi2, uint64_t lo2,
			      uint8_t len2)
{
	if (hi != hi2)
		return hi < hi2 ? -1 : 1;
	if (lo != lo2)
		return lo < lo2 ? -1 : 1;
	return (int)len - (int)len2;
}

#endif
