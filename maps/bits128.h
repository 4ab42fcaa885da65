/* SPDX-License-Identifier: GPL-2.0-only */
/* bits128 - masks of 128 bit addresses, as two words. Inside maps/. */
#ifndef SYNWARD_MAPS_BITS128_H
#define SYNWARD_MAPS_BITS128_H

#include <stdbool.h>
#include <stdint.h>

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
