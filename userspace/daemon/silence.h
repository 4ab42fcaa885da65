/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * silence - from words to silence: a source that comes back to the desk again and again is
 * dropped for a while.
 *
 *   sw_silence_came ─► rules/returns ─► may it be? ─► daemon/gather ─► verdicts
 *
 * A verdict of origin desk counts for more than lists and DNS, and for less than what the
 * operator said: who is turned away by hand is told so however often it comes. Never silenced is
 * what is in never-block, on an allow list, in a shared pool or allowed by hand; the log tells of
 * it.
 *
 * What is counted is lost with a restart, which is mild. One thread; nothing waits, but for the
 * disk in a flush.
 */
#ifndef SYNWARD_DAEMON_SILENCE_H
#define SYNWARD_DAEMON_SILENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/sessions.h"
#include "daemon/verdicts.h"
#include "rules/precedence.h"
#include "rules/returns.h"

struct event_base;
struct sw_silence;

struct sw_silence_options {
	struct event_base *base; /* borrowed, as all of these */
	struct sw_verdicts *verdicts;
	uint64_t seed; /* random, and nobody's to know */
	/* Why @source must not be dropped, in words; NULL: it may be. */
	const char *(*spared)(void *ctx, const struct sw_prefix *source, int64_t now_ms,
			      char why[SW_STANDING_WHY]);
	/* Has the card room for one more that nobody asked for by hand? */
	bool (*room)(void *ctx, size_t waiting);
	void (*note)(void *ctx, int level, const char *text); /* level as in syslog */
	void *ctx;
};

/* What the configuration says. */
struct sw_silence_rules {
	uint32_t returns; /* times that are let go; 0: nobody is silenced */
	int64_t window_ms, silence_ms;
};

/* Nobody is silenced before sw_silence_use. -ENOMEM. */
int sw_silence_open(const struct sw_silence_options *options, struct sw_silence **ret);
/* What waits is flushed. NULL is fine; returns NULL. */
struct sw_silence *sw_silence_close(struct sw_silence *s);

/* Other rules; where they count alike, what was counted stays. On -ENOMEM all is as before. */
int sw_silence_use(struct sw_silence *s, const struct sw_silence_rules *rules);

/*
 * The address @source was turned away in words, by a class of @tier named @class, for @decides
 * (the prefix that class speaks of). What is counted is the address; in IPv6 its /64, unless
 * @decides is longer.
 */
void sw_silence_came(struct sw_silence *s, const struct sw_prefix *source,
		     const struct sw_prefix *decides, enum sw_tier tier, const char *class,
		     int64_t now_ms);

struct sw_silence_counts {
	uint64_t came; /* that were counted */
	uint64_t overruled; /* that were not: a verdict here would count for less */
	uint64_t silenced, spared, no_room, failed; /* of those that came too often */
	struct sw_returns_counts returns; /* all 0 while nothing is counted */
};

void sw_silence_counts(const struct sw_silence *s, struct sw_silence_counts *ret);

#endif
