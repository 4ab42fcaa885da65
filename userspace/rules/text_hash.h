/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * text_hash - the keyed hash of addresses (maps/hash.h) over text that a stranger chose, case of
 * ASCII letters aside. To tell texts apart in tables of bounded size; not cryptographic.
 */
#ifndef SYNWARD_RULES_TEXT_HASH_H
#define SYNWARD_RULES_TEXT_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "maps/hash.h"

static inline uint64_t sw_text_hash(const char *text, size_t n, uint64_t seed)
{
	uint64_t h = sw_hash(n, 0x74, seed), word = 0;

	for (size_t i = 0; i < n; i++) {
		uint8_t c = (uint8_t)text[i];

		word = word << 8 | (uint8_t)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
		if (i % 8 == 7 || i + 1 == n)
			h = sw_hash(word, h, seed);
	}
	return h;
}

#endif
