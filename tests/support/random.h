/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * random - the same numbers on every machine: xorshift64* (Vigna, 2016).
 *
 * For tests and measurements that must be repeatable; nothing about it is secret.
 */
#ifndef SYNWARD_TESTS_SUPPORT_RANDOM_H
#define SYNWARD_TESTS_SUPPORT_RANDOM_H

#include <stdint.h>

/* The next number of the sequence in *@state, which starts as anything but 0. */
static inline uint64_t sw_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dull;
}

#endif
