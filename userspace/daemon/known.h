/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * known - sources that were cleared once, by hash: who comes first when many wait.
 *
 * Pure. Of fixed size: who is new takes the place of whoever was there. That somebody is taken
 * for known who is not happens about once in so many as there are places times 2^47, and gives
 * a place in the queue, nothing else.
 */
#ifndef SYNWARD_DAEMON_KNOWN_H
#define SYNWARD_DAEMON_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

#define SW_KNOWN (1u << 17)

struct sw_known {
	uint64_t seed; /* random; nobody outside knows it */
	uint64_t mark[SW_KNOWN]; /* 0: nobody */
};

/* Nobody; with a seed of its own. -EIO. */
int sw_known_init(struct sw_known *known);

void sw_known_add(struct sw_known *known, const struct sw_prefix *source);
bool sw_known_has(const struct sw_known *known, const struct sw_prefix *source);

/* ---- over restarts: a file, as bytes ---- */

#define SW_KNOWN_BYTES (24 + SW_KNOWN * sizeof(uint64_t))

/* SW_KNOWN_BYTES, to be freed, and made a file by sw_known_seal, in another thread if you like.
 * NULL: no memory. */
uint8_t *sw_known_encode(const struct sw_known *known);
void sw_known_seal(uint8_t *data, size_t n);
/* -EBADMSG: damaged, or something else; @known is as it was then. */
int sw_known_decode(struct sw_known *known, const uint8_t *data, size_t n);

#endif
