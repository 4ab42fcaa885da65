/* SPDX-License-Identifier: GPL-2.0-only */
/* outcomes - see outcomes.h. */
#include "outcomes.h"

#include <errno.h>
#include <stdlib.h>
#include <syslog.h>

#include "daemon/gather.h"
#include "lib/log.h"
#include "lib/seldom.h"
#include "maps/abi.h"
#include "rules/origin.h"

#define GATHER_MS 20

struct sw_outcomes {
	struct sw_outcomes_options options;
	struct sw_seldom seldom;
	uint64_t no_room;
	struct sw_gather *gather;
};

static void on_set(void *ctx, const struct sw_gathered *batch)
{
	struct sw_outcomes *o = ctx;
	unsigned long kept;

	for (size_t i = 0; i < batch->n && batch->kept; i++)
		o->no_room += batch->change[i].code == -ENOSPC;
	/* as long as the disk is full, say, which is some times a second */
	if (!batch->kept && sw_seldom(&o->seldom, sw_clock_monotonic_ns(o->options.clock), &kept))
		sw_log_note(o->options.note, o->options.ctx, LOG_ERR,
			    "%zu sources were examined, and it cannot be kept: %s (%lu times more "
			    "since this was said last)",
			    batch->n, batch->words, kept);
}

void sw_outcomes_flush(struct sw_outcomes *o)
{
	sw_gather_flush(o->gather);
}

static enum sw_action action_of(const struct sw_outcome *outcome)
{
	switch (outcome->action) {
	case SW_OUTCOME_DROP:
		return SW_ACTION_DROP;
	case SW_OUTCOME_REJECT:
		return SW_ACTION_REJECT;
	case SW_OUTCOME_LIMIT:
		return SW_ACTION_LIMIT;
	default:
		return SW_ACTION_PASS;
	}
}

void sw_outcomes_put(struct sw_outcomes *o, const struct sw_prefix *source,
		     const struct sw_outcome *outcome, const char *reason,
		     const struct sw_rests *rests, int64_t now_ms)
{
	enum sw_action action = action_of(outcome);
	bool dialup = outcome->class == SW_OUTCOME_DIALUP && action != SW_ACTION_PASS;
	const struct sw_verdict_change change = {
		.source = *source,
		.origin = dialup ? SW_ORIGIN_DNS_DIALUP : SW_ORIGIN_DNS,
		.action = (uint8_t)action,
		.for_ms = outcome->expires - now_ms,
		.reason = reason,
		.rests = *rests,
	};

	if (outcome->expires <= now_ms)
		return;
	if (!o->options.room(o->options.ctx, sw_gather_waiting(o->gather))) {
		o->no_room++;
		return;
	}
	sw_gather_put(o->gather, &change);
}

uint64_t sw_outcomes_no_room(const struct sw_outcomes *o)
{
	return o->no_room;
}

int sw_outcomes_open(const struct sw_outcomes_options *options, struct sw_outcomes **ret)
{
	struct sw_outcomes *o = calloc(1, sizeof(*o));

	if (!o)
		return -ENOMEM;
	o->options = *options;
	o->gather = sw_gather_open(options->base, options->verdicts, "dns", GATHER_MS, on_set, o);
	if (!o->gather) {
		free(o);
		return -ENOMEM;
	}
	*ret = o;
	return 0;
}

struct sw_outcomes *sw_outcomes_close(struct sw_outcomes *o)
{
	if (!o)
		return NULL;
	sw_gather_close(o->gather);
	free(o);
	return NULL;
}
