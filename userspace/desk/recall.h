/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * recall - what was last said to a source, for when the daemon is not there to be asked.
 *
 * Pure, and of fixed size: 4096 sources in lines of four, where the one that was told the longest time ago
 * makes room. By source, not by class: which class a source is of only the daemon knows, and the
 * text has the source's address in it.
 */
#ifndef SYNWARD_DESK_RECALL_H
#define SYNWARD_DESK_RECALL_H

#include "desk/packet.h"
#include "lib/addr.h"

#define SW_RECALL 4096

struct sw_recall;

/* @seed: so that nobody finds sources that fall together. NULL: out of memory. */
struct sw_recall *sw_recall_new(uint64_t seed);
struct sw_recall *sw_recall_free(struct sw_recall *texts);

/* @source was turned away with @answer; one that is not turned away any more is forgotten. */
void sw_recall_put(struct sw_recall *texts, const struct sw_prefix *source,
		   const struct sw_answer *answer);

/* The text, until the next sw_recall_put; NULL: none is known. */
const char *sw_recall_get(const struct sw_recall *texts, const struct sw_prefix *source);

#endif
