/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * digest - is a text still what it was? Means something in this process alone.
 */
#ifndef SYNWARD_LISTS_DIGEST_H
#define SYNWARD_LISTS_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sw_digest {
	uint64_t bytes;
	uint64_t sum[2];
	uint64_t rest; /* bytes that make no whole word yet */
	unsigned rest_n;
};

void sw_digest_start(struct sw_digest *d);
/* How the text is cut into pieces makes no difference. */
void sw_digest_add(struct sw_digest *d, const char *text, size_t n);
/* Of the same text, which was not empty? */
bool sw_digest_equal(const struct sw_digest *a, const struct sw_digest *b);

#endif
