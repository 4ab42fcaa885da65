/* SPDX-License-Identifier: GPL-2.0-only */
/* hash - see hash.h. */
#include "hash.h"

#include <endian.h>
#include <string.h>

static uint64_t load(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

static uint64_t turn(uint64_t v, unsigned bits)
{
	return v << bits | v >> (64 - bits);
}

static void mix(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = turn(v[1], 13) ^ v[0];
	v[3] = turn(v[3], 16) ^ v[2];
	v[0] = turn(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = turn(v[1], 17) ^ v[2];
	v[3] = turn(v[3], 21) ^ v[0];
	v[2] = turn(v[2], 32);
}

static void take(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	mix(v);
	mix(v);
	v[0] ^= word;
}

uint64_t sw_dns_hash(const uint8_t seed[SW_DNS_SEED], const void *data, size_t n)
{
	const uint64_t k0 = load(seed), k1 = load(seed + 8);
	const uint8_t *p = data;
	/* the constants of the paper: "somepseudorandomlygeneratedbytes" */
	uint64_t v[4] = { k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261,
			  k1 ^ 0x7465646279746573 };
	uint64_t last = (uint64_t)n << 56;
	size_t i;

	for (i = 0; i + 8 <= n; i += 8)
		take(v, load(p + i));
	for (unsigned shift = 0; i < n; i++, shift += 8)
		last |= (uint64_t)p[i] << shift;
	take(v, last);
	v[2] ^= 0xff;
	for (int round = 0; round < 4; round++)
		mix(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
