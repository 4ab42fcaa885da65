/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * seldom - say the same thing again only now and then. Pure; all zero: nothing was said yet.
 *
 * For what fails for as long as a disk is full, say, and is tried many times a second.
 */
#ifndef SYNWARD_LIB_SELDOM_H
#define SYNWARD_LIB_SELDOM_H

#include <stdbool.h>
#include <stdint.h>

#define SW_SELDOM_NS UINT64_C(60000000000)

struct sw_seldom {
	uint64_t next_ns; /* not before; 0: at once */
	unsigned long kept; /* not said since */
};

/* May it be said at @now_ns (CLOCK_MONOTONIC)? Then *@kept is how often it was not, since it
 * was said last. */
static inline bool sw_seldom(struct sw_seldom *s, uint64_t now_ns, unsigned long *kept)
{
	if (now_ns < s->next_ns) {
		s->kept++;
		return false;
	}
	s->next_ns = now_ns + SW_SELDOM_NS;
	*kept = s->kept;
	s->kept = 0;
	return true;
}

#endif
