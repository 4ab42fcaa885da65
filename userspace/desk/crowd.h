/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * crowd - who is connected: how many in all and from each source, since when, and who has to go.
 *
 * Pure: no sockets, no clock; whoever owns a connection embeds a member. A member is in one of three
 * phases, each with the time that it may last, and has a time to live in all. Both are the same for
 * everybody, so that lists in the order of coming are lists in the order of ending: all is O(1), but
 * for counting those of a source, of whom there are few.
 */
#ifndef SYNWARD_DESK_CROWD_H
#define SYNWARD_DESK_CROWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "lib/addr.h"

enum sw_crowd_phase {
	SW_CROWD_ASKING, /* what to say to it */
	SW_CROWD_TALKING,
	SW_CROWD_LEAVING, /* all is said; it should hear it before we hang up */
	SW_CROWD_PHASES,
};

struct sw_crowd_member {
	TAILQ_ENTRY(sw_crowd_member) by_phase, by_life;
	LIST_ENTRY(sw_crowd_member) by_source;
	uint64_t hi, lo; /* the source as it is counted */
	uint64_t born_ms, phase_ms;
	uint8_t phase, family; /* family 0: of no source */
	bool living; /* in the list by_life */
};

TAILQ_HEAD(sw_crowd_list, sw_crowd_member);
LIST_HEAD(sw_crowd_bucket, sw_crowd_member);

struct sw_crowd_limits {
	size_t all, by_source;
	uint64_t phase_ms[SW_CROWD_PHASES]; /* 0: for ever */
	uint64_t life_ms; /* up to SW_CROWD_LEAVING; 0: for ever */
};

struct sw_crowd {
	struct sw_crowd_limits limits;
	size_t n;
	uint64_t seed;
	struct sw_crowd_list phase[SW_CROWD_PHASES], life;
	struct sw_crowd_bucket *buckets;
	size_t buckets_n;
};

/* -ENOMEM. Its members are their owner's: sw_crowd_done forgets them. */
int sw_crowd_init(struct sw_crowd *crowd, const struct sw_crowd_limits *limits, uint64_t seed);
void sw_crowd_done(struct sw_crowd *crowd);

/*
 * @member came at @now_ms and is asked about; @source NULL: it is counted for no source. IPv6 counts as its
 * /64. -EUSERS: its source has too many; -ENOSPC: there are too many in all.
 */
int sw_crowd_join(struct sw_crowd *crowd, struct sw_crowd_member *member,
		  const struct sw_prefix *source, uint64_t now_ms);
void sw_crowd_leave(struct sw_crowd *crowd, struct sw_crowd_member *member);

/* It begins @phase at @now_ms, or begins it anew. */
void sw_crowd_turn(struct sw_crowd *crowd, struct sw_crowd_member *member,
		   enum sw_crowd_phase phase, uint64_t now_ms);

/* Who has had its answer and did nothing for the longest time; NULL: all are still asked about. */
struct sw_crowd_member *sw_crowd_idle(const struct sw_crowd *crowd);

/* One whose time is over at @now_ms; NULL: nobody's. */
struct sw_crowd_member *sw_crowd_due(const struct sw_crowd *crowd, uint64_t now_ms);

#endif
