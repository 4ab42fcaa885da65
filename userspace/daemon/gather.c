/* SPDX-License-Identifier: GPL-2.0-only */
/* gather - see gather.h. */
#include "gather.h"

#include <stdio.h>
#include <stdlib.h>

#include <event2/event.h>

#define MOST 256 /* as many are flushed at once */

struct sw_gather {
	struct sw_verdicts *verdicts;
	const char *who;
	struct timeval after;
	sw_gathered_fn done;
	void *ctx;
	struct event *timer;
	size_t n;
	struct sw_verdict_change change[MOST];
	char reason[MOST][SW_VERDICT_REASON];
};

size_t sw_gather_waiting(const struct sw_gather *g)
{
	return g->n;
}

bool sw_gather_has(const struct sw_gather *g, const struct sw_prefix *source)
{
	for (size_t i = 0; i < g->n; i++)
		if (sw_prefix_contains(&g->change[i].source, source))
			return true;
	return false;
}

void sw_gather_flush(struct sw_gather *g)
{
	struct sw_gathered batch = { .change = g->change, .n = g->n };
	struct sw_err err;
	int code;

	evtimer_del(g->timer);
	if (!g->n)
		return;
	g->n = 0;
	code = sw_verdicts_set(g->verdicts, g->change, batch.n, g->who, &err);
	batch.kept = !code;
	for (size_t i = 0; i < batch.n; i++) {
		if (code)
			g->change[i].code = code;
		if (g->change[i].code && !batch.failed++)
			batch.words = code ? err.text : g->change[i].words;
	}
	g->done(g->ctx, &batch);
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
	sw_gather_flush(ctx);
}

void sw_gather_put(struct sw_gather *g, const struct sw_verdict_change *change)
{
	char *reason = g->reason[g->n];

	snprintf(reason, sizeof(g->reason[0]), "%s", change->reason);
	g->change[g->n] = *change;
	g->change[g->n].reason = reason;
	if (++g->n == MOST)
		sw_gather_flush(g);
	else if (g->n == 1)
		evtimer_add(g->timer, &g->after);
}

struct sw_gather *sw_gather_close(struct sw_gather *g)
{
	if (!g)
		return NULL;
	if (g->timer) {
		sw_gather_flush(g);
		event_free(g->timer);
	}
	free(g);
	return NULL;
}

struct sw_gather *sw_gather_open(struct event_base *base, struct sw_verdicts *verdicts,
				 const char *who, unsigned after_ms, sw_gathered_fn done, void *ctx)
{
	struct sw_gather *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->verdicts = verdicts;
	g->who = who;
	g->after.tv_usec = (suseconds_t)after_ms * 1000;
	g->done = done;
	g->ctx = ctx;
	g->timer = evtimer_new(base, on_timer, g);
	return g->timer ? g : sw_gather_close(g);
}
