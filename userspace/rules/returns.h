/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * returns - who comes back to be told the same again.
 *
 * Pure: that a source was turned away in words, and when, comes in; what comes out is that it
 * came more often than it may within the window. Each time was a completed TCP connection, so
 * the address is real. A source is the prefix that the caller says, an address or what holds it.
 *
 * Windows are of SW_RETURNS_SLOTS slots: what is counted is never more than what came within the
 * window, and never less than what came within the window less a slot.
 *
 * Memory is what sw_returns_open took: entries of a cache line each, in lines of eight, placed by
 * a keyed hash. When a line is full, who comes takes the place of the one with the smallest
 * count, and of those the one that was silent for the longest; never of one that has half of what
 * it takes. Who finds no place is not counted: it is told again, and nobody is silenced for what
 * others did.
 */
#ifndef SYNWARD_RULES_RETURNS_H
#define SYNWARD_RULES_RETURNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

#define SW_RETURNS_SLOTS 12
#define SW_RETURNS_MOST 10000 /* times that may be asked for */

struct sw_returns_rules {
	uint32_t times; /* that are let go, 1 to SW_RETURNS_MOST; one more is too many */
	int64_t window_ms; /* SW_RETURNS_SLOTS or more */
};

struct sw_returns;

/* @entries is rounded up; @seed is random and nobody's to know. -EINVAL: @rules; -ENOMEM. */
int sw_returns_open(const struct sw_returns_rules *rules, size_t entries, uint64_t seed,
		    struct sw_returns **ret);
struct sw_returns *sw_returns_close(struct sw_returns *r); /* NULL */

/* @source was told once more. True: too often, *@times times; it counts anew from now on.
 * @now_ms never goes back, and is not negative. */
bool sw_returns_count(struct sw_returns *r, const struct sw_prefix *source, int64_t now_ms,
		      uint32_t *times);

struct sw_returns_counts {
	size_t entries, used; /* places, and those that were ever taken */
	uint64_t evicted; /* entries that gave their place away while they counted something */
	uint64_t crowded; /* times that found no place */
};

void sw_returns_counts(const struct sw_returns *r, struct sw_returns_counts *ret);

#endif
