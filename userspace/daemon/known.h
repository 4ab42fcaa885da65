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
#include <stdint.h>

#include "lib/addr.h"

#define SW_KNOWN (1u << 17)

struct sw_known {
	uint64_t seed; /* random; nobody outside knows it */
	uint64_t mark[SW_KNOWN]; /* 0: nobody */
};

void sw_known_add(struct sw_known *known, const struct sw_prefix *source);
bool sw_known_has(const struct sw_known *known, const struct sw_prefix *source);

#endif
