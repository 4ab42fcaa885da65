/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * outcomes - from what examinations come to, to verdicts.
 *
 * Outcomes are put in force some at a time (daemon/gather). Those for which there is no room are
 * let go, and who has none is asked about again.
 */
#ifndef SYNWARD_DAEMON_OUTCOMES_H
#define SYNWARD_DAEMON_OUTCOMES_H

#include "rules/judge.h"
#include "verdicts.h"

struct event_base;
struct sw_outcomes;

struct sw_outcomes_options {
	struct event_base *base; /* borrowed, as all of these */
	struct sw_verdicts *verdicts;
	const struct sw_clock *clock;
	/* Has the card room for one more that nobody asked for by hand? */
	bool (*room)(void *ctx, size_t waiting);
	void (*note)(void *ctx, int level, const char *text); /* level as in syslog */
	void *ctx;
};

/* -ENOMEM. */
int sw_outcomes_open(const struct sw_outcomes_options *options, struct sw_outcomes **ret);
/* What was gathered is put in force before. NULL. */
struct sw_outcomes *sw_outcomes_close(struct sw_outcomes *o);

/* Put @outcome of @source, which rests on @rests, in force within a moment; @now_ms: as
 * outcome->expires. */
void sw_outcomes_put(struct sw_outcomes *o, const struct sw_prefix *source,
		     const struct sw_outcome *outcome, const char *reason,
		     const struct sw_rests *rests, int64_t now_ms);
/* And what is gathered now. */
void sw_outcomes_flush(struct sw_outcomes *o);

/* How many were let go, because there was no room for them. */
uint64_t sw_outcomes_no_room(const struct sw_outcomes *o);

#endif
