/* SPDX-License-Identifier: GPL-2.0-only */
/* outcomes - see outcomes.h. */
#include "outcomes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <event2/event.h>

#include "lib/seldom.h"
#include "maps/abi.h"
#include "rules/origin.h"

#define GATHER_MS 20
#define GATHER_MAX 256
#define FULL(capacity) ((capacity) - (capacity) / 8)

struct sw_outcomes {
	struct sw_outcomes_options options;
	struct event *timer;
	struct sw_seldom seldom;
	uint64_t no_room;
	size_t n; /* that are not in force yet */
	struct sw_verdict_change change[GATHER_MAX];
	char reason[GATHER_MAX][SW_VERDICT_REASON];
};

/* As long as the disk is full, say, which is some times a second. */
static void lose(struct sw_outcomes *o, size_t n, const char *why)
{
	char text[sizeof(struct sw_err) + 120];
	unsigned long kept;

	if (!sw_seldom(&o->seldom, sw_clock_monotonic_ns(o->options.clock), &kept))
		return;
	snprintf(text, sizeof(text),
		 "%zu sources were examined, and it cannot be kept: %s (%lu times more since this "
		 "was said last)",
		 n, why, kept);
	o->options.note(o->options.ctx, LOG_ERR, text);
}

void sw_outcomes_flush(struct sw_outcomes *o)
{
	struct sw_err err;
	size_t n = o->n;

	evtimer_del(o->timer);
	o->n = 0;
	if (!n)
		return;
	if (sw_verdicts_set(o->options.verdicts, o->change, n, "dns", &err)) {
		lose(o, n, err.text);
		return;
	}
	for (size_t i = 0; i < n; i++)
		o->no_room += o->change[i].code == -ENOSPC;
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
	sw_outcomes_flush(ctx);
}

static bool is_room(const struct sw_outcomes *o)
{
	size_t capacity = o->options.capacity(o->options.ctx);
	struct sw_verdicts_counts n;

	sw_verdicts_counts(o->options.verdicts, &n);
	return n.intended + o->n < FULL(capacity);
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
	const struct timeval gather = { .tv_usec = GATHER_MS * 1000 };
	enum sw_action action = action_of(outcome);
	bool dialup = outcome->class == SW_OUTCOME_DIALUP && action != SW_ACTION_PASS;

	if (outcome->expires <= now_ms)
		return;
	if (!is_room(o)) {
		o->no_room++;
		return;
	}
	snprintf(o->reason[o->n], sizeof(o->reason[0]), "%s", reason);
	o->change[o->n] = (struct sw_verdict_change){
		.source = *source,
		.origin = dialup ? SW_ORIGIN_DNS_DIALUP : SW_ORIGIN_DNS,
		.action = (uint8_t)action,
		.for_ms = outcome->expires - now_ms,
		.reason = o->reason[o->n],
		.rests = *rests,
	};
	if (++o->n == GATHER_MAX)
		sw_outcomes_flush(o);
	else if (o->n == 1)
		evtimer_add(o->timer, &gather);
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
	o->timer = evtimer_new(options->base, on_timer, o);
	if (!o->timer) {
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
	sw_outcomes_flush(o);
	event_free(o->timer);
	free(o);
	return NULL;
}
