/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pattern - which answers of a DNS list are meant: 127.0.0.2, 127.0.[0;1;4].[2..11].
 *
 * Pure. The notation is postscreen's: four octets, each a number or a set in brackets,
 * whose members are numbers and ranges, with ; between them. Brackets round the whole
 * pattern may be there, as they may in Postfix.
 */
#ifndef SYNWARD_DNS_PATTERN_H
#define SYNWARD_DNS_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

struct sw_pattern {
	uint64_t octet[4][4]; /* a set of 256 bits for each */
};

/*
 * Parse @n bytes of @text, all of it. -EINVAL: @err says what is wrong and what is needed,
 * and *@ret_at is how many bytes of @text stand before it; *@ret is then untouched.
 */
int sw_pattern_parse(const char *text, size_t n, struct sw_pattern *ret, size_t *ret_at,
		     struct sw_err *err);

/* Does it mean @address (host order)? */
static inline bool sw_pattern_has(const struct sw_pattern *p, uint32_t address)
{
	for (unsigned i = 0; i < 4; i++) {
		unsigned byte = address >> (24 - 8 * i) & 0xff;

		if (!(p->octet[i][byte / 64] >> byte % 64 & 1))
			return false;
	}
	return true;
}

/*
 * Write it in its one canonical form, which sw_pattern_parse reads as the same. As
 * snprintf: what does not fit is cut, and the length of the whole is returned. There may
 * be up to 128 members in a set, so SW_PATTERN_TEXT bytes are enough for any.
 */
size_t sw_pattern_format(const struct sw_pattern *p, char *out, size_t size);

#define SW_PATTERN_TEXT 2200

#endif
