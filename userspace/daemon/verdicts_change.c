/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * verdicts_change - sw_verdicts_set and sw_verdicts_remove, see verdicts.h.
 *
 * A batch goes through three stages. In the first every change becomes a record in the
 * ledger's batch, or gets its code; memory for it is taken as well, so that after the second,
 * the commit, nothing but the card can fail. In the third each is put in force. What the
 * card refuses is taken back by a batch of its own, from the last one to the first, so that
 * changes of one source twice in a batch end where they began.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "lib/duration.h"
#include "lib/huge.h"
#include "maps/abi.h"
#include "rules/origin.h"
#include "verdicts_parts.h"

/* What stage one made of a change. */
struct staged {
	struct sw_verdict was, now; /* origin 0: there was none, is none */
	struct sw_verdict_entry *spare;
	bool refused; /* by the card */
};

struct batch {
	struct sw_verdicts *v;
	struct sw_verdict_change *change;
	struct staged *staged;
	size_t n;
	const char *who;
	int64_t time_ms; /* ledger time */
};

__attribute__((format(printf, 3, 4))) static int refuse(struct sw_verdict_change *c, int code,
							const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(c->words, sizeof(c->words), format, args);
	va_end(args);
	c->code = code;
	return code;
}

static int check(struct sw_verdict_change *c)
{
	if (!sw_verdict_class(c->origin, c->action, c->for_ms != 0) &&
	    !sw_verdict_is_note(c->origin, c->action, c->for_ms != 0))
		return refuse(c, -EINVAL,
			      "there is no such verdict: of origin operator, its action is allow, "
			      "drop, reject or reset; of dns, it has to end");
	if (c->for_ms < 0 || c->for_ms > SW_DURATION_MAX_MS)
		return refuse(c, -EINVAL,
			      "it is to last longer than 100 years; leave the time out "
			      "for a verdict that does not end");
	if (c->reason && strlen(c->reason) >= SW_VERDICT_REASON)
		return refuse(c, -EINVAL, "the reason is longer than %d bytes",
			      SW_VERDICT_REASON - 1);
	return 0;
}

/* The later of two ends; 0 is never. */
static int64_t later(int64_t a, int64_t b)
{
	if (!a || !b)
		return 0;
	return a > b ? a : b;
}

/* No verdict at all. Its texts are large, and nobody reads behind their ends. */
static void be_none(struct sw_verdict *verdict)
{
	verdict->origin = 0;
	verdict->count = 0;
	verdict->created_ms = verdict->expires_ms = 0;
	verdict->reason[0] = verdict->who[0] = '\0';
}

/* Not by calloc(3), for most of it is the room of texts. */
static struct staged *stage_none(size_t n)
{
	struct staged *staged = malloc((n + 1) * sizeof(*staged));

	for (size_t i = 0; staged && i < n; i++) {
		be_none(&staged[i].was);
		be_none(&staged[i].now);
		staged[i].spare = NULL;
		staged[i].refused = false;
	}
	return staged;
}

/* Does the operator only say otherwise how it is to be blocked? */
static bool stays_blocked(const struct sw_verdict_change *c, const struct sw_verdict *was)
{
	return c->origin == SW_ORIGIN_OPERATOR && was->origin && was->action != SW_ACTION_ALLOW &&
	       c->action != SW_ACTION_ALLOW;
}

static void compose(const struct batch *b, struct sw_verdict_change *c, struct staged *s)
{
	struct sw_verdict *now = &s->now;
	int64_t expires = c->for_ms ? b->time_ms + c->for_ms : 0;
	bool same = s->was.origin && s->was.action == c->action;

	if (s->was.origin)
		*now = s->was;
	now->source = c->source;
	now->origin = c->origin;
	now->action = c->action;
	now->count++;
	now->expires_ms =
		same || stays_blocked(c, &s->was) ? later(s->was.expires_ms, expires) : expires;
	if (!same)
		now->created_ms = b->time_ms;
	if (c->reason || !same)
		sw_verdicts_copy_text(now->reason, sizeof(now->reason), c->reason ? c->reason : "");
	sw_verdicts_copy_text(now->who, sizeof(now->who), b->who);
	/* as long as its end is that of before, it rests on what it rested on before, too */
	if (!same || now->expires_ms == expires)
		now->rests = c->rests;
	else
		for (unsigned i = 0; i < c->rests.n; i++)
			sw_rests_add(&now->rests, c->rests.on[i]);
	c->kind = !s->was.origin ? SW_CHANGE_SET : same ? SW_CHANGE_EXTENDED : SW_CHANGE_REPLACED;
}

static int get_was(const struct batch *b, struct sw_verdict_change *c, struct staged *s)
{
	struct sw_err err;
	int code = sw_ledger_peek(b->v->options.ledger, &c->source, c->origin, &s->was, &err);

	if (code && code != -ENOENT)
		return refuse(c, code, "%s", err.text);
	if (!code && s->was.expires_ms && s->was.expires_ms <= b->time_ms)
		code = -ENOENT; /* its end is only not written down yet */
	if (code)
		be_none(&s->was);
	return code;
}

static void stage_set(struct batch *b, struct sw_verdict_change *c, struct staged *s)
{
	struct sw_change change = { .time_ms = b->time_ms, .who = b->who };
	struct sw_err err;
	int code;

	if (check(c) || (get_was(b, c, s) && c->code))
		return;
	compose(b, c, s);
	s->spare = sw_verdict_index_take(&b->v->index);
	change.kind = c->kind;
	code = s->spare ? sw_ledger_put(b->v->options.ledger, &s->now, &change, &err)
			: sw_err_set(&err, -ENOMEM, "out of memory");
	if (code) {
		s->now.origin = 0;
		refuse(c, code, "%s", err.text);
	}
}

static void stage_remove(struct batch *b, struct sw_verdict_change *c, struct staged *s)
{
	struct sw_change change = { .time_ms = b->time_ms,
				    .kind = SW_CHANGE_REMOVED,
				    .who = b->who,
				    .why = c->reason ? c->reason : "" };
	struct sw_err err;
	int code;

	if (c->reason && strlen(c->reason) >= SW_VERDICT_REASON) {
		refuse(c, -EINVAL, "the reason is longer than %d bytes", SW_VERDICT_REASON - 1);
		return;
	}
	code = get_was(b, c, s);
	if (code == -ENOENT)
		refuse(c, code,
		       "there is no verdict on exactly this; synward list shows those that "
		       "there are");
	if (code)
		return;
	c->kind = SW_CHANGE_REMOVED;
	s->spare = sw_verdict_index_take(&b->v->index); /* for when it has to come back */
	code = s->spare ? sw_ledger_remove(b->v->options.ledger, &c->source, c->origin, &change,
					   &err)
			: sw_err_set(&err, -ENOMEM, "out of memory");
	if (code)
		refuse(c, code, "%s", err.text);
}

/* ---- in force, and back ---- */

static void index_as(struct batch *b, size_t i, const struct sw_verdict *verdict)
{
	if (verdict->origin)
		sw_verdicts_index_put(b->v, verdict, &b->staged[i].spare);
	else
		sw_verdicts_index_remove(b->v, &b->change[i].source, b->change[i].origin);
}

#define AHEAD 8 /* changes, for which memory is on its way */

/* Change @i comes soon, and AHEAD ones before it the memory that it will need. */
static void expect(const struct batch *b, size_t i)
{
	const struct sw_verdicts *v = b->v;

	if (i + AHEAD < b->n)
		sw_verdict_index_expect(&v->index, &b->change[i + AHEAD].source);
	if (i >= b->n)
		return;
	sw_verdict_index_expect_entry(&v->index, &b->change[i].source);
	if (v->card.expect)
		v->card.expect(v->card.ctx, &b->change[i].source);
}

/* True: something has to be taken back. */
static bool enforce_all(struct batch *b)
{
	bool failed = false;
	struct sw_err err;

	for (size_t i = 0; i < AHEAD; i++)
		expect(b, i);
	for (size_t i = 0; i < b->n; i++) {
		struct sw_verdict_change *c = &b->change[i];

		expect(b, i + AHEAD);
		if (c->code)
			continue;
		index_as(b, i, &b->staged[i].now);
		c->expires_ms = sw_ledger_clock_to_wall(&b->v->clock, b->staged[i].now.expires_ms);
		if (sw_verdicts_enforce(b->v, &c->source, &err)) {
			refuse(c, -ENOSPC, "%s", err.text);
			b->staged[i].refused = failed = true;
		}
	}
	return failed;
}

static int undo_one(struct batch *b, size_t i, struct sw_err *err)
{
	struct sw_change change = { .time_ms = b->time_ms,
				    .who = SW_VERDICTS_WHO,
				    .why = "taken back: the card could not take it" };
	const struct sw_verdict *was = &b->staged[i].was;

	change.kind = was->origin ? SW_CHANGE_REPLACED : SW_CHANGE_REMOVED;
	if (was->origin)
		return sw_ledger_put(b->v->options.ledger, was, &change, err);
	return sw_ledger_remove(b->v->options.ledger, &b->change[i].source, b->change[i].origin,
				&change, err);
}

static void undo(struct batch *b)
{
	struct sw_err err, ignored;
	int code = sw_verdicts_begin(b->v, &err);

	for (size_t i = b->n; i-- > 0 && !code;)
		if (b->staged[i].refused)
			code = undo_one(b, i, &err);
	if (!code)
		code = sw_verdicts_commit(b->v, &err);
	else
		sw_ledger_abort(b->v->options.ledger);
	if (code) {
		sw_verdicts_say(b->v, LOG_ERR,
				"verdicts that the card could not take cannot be taken back from "
				"the ledger either: %s; they come into force when there is room",
				err.text);
		return;
	}
	for (size_t i = b->n; i-- > 0;) {
		if (!b->staged[i].refused)
			continue;
		index_as(b, i, &b->staged[i].was);
		sw_verdicts_enforce(b->v, &b->change[i].source, &ignored);
	}
}

static void tell_all(const struct batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct sw_verdict_change *c = &b->change[i];
		const struct staged *s = &b->staged[i];
		const struct sw_change change = { .time_ms = b->time_ms,
						  .kind = c->kind,
						  .who = b->who,
						  .why = c->reason ? c->reason : "" };

		if (!c->code)
			sw_verdicts_tell(b->v, s->now.origin ? &s->now : &s->was, &change);
	}
}

/* ---- a batch ---- */

static int run(struct batch *b,
	       void (*stage)(struct batch *, struct sw_verdict_change *, struct staged *),
	       struct sw_err *err)
{
	int code = sw_verdicts_begin(b->v, err);

	if (code)
		return code;
	for (size_t i = 0; i < b->n; i++) {
		b->change[i].code = 0;
		stage(b, &b->change[i], &b->staged[i]);
	}
	code = sw_verdicts_commit(b->v, err);
	if (code)
		return code;
	if (enforce_all(b))
		undo(b);
	tell_all(b);
	return 0;
}

static int change_all(struct sw_verdicts *v, struct sw_verdict_change *change, size_t n,
		      const char *who,
		      void (*stage)(struct batch *, struct sw_verdict_change *, struct staged *),
		      struct sw_err *err)
{
	char by[SW_VERDICT_WHO];
	struct batch b = { .v = v, .change = change, .n = n, .who = by };
	int code;

	snprintf(by, sizeof(by), "%s", who);
	b.staged = stage_none(n);
	if (!b.staged)
		return sw_err_set(err, -ENOMEM, "out of memory");
	b.time_ms = sw_ledger_clock_now(&v->clock);
	code = run(&b, stage, err);
	for (size_t i = 0; i < n; i++)
		sw_verdict_index_give(&v->index, b.staged[i].spare);
	free(b.staged);
	sw_huge_heap();
	return code;
}

int sw_verdicts_set(struct sw_verdicts *v, struct sw_verdict_change *change, size_t n,
		    const char *who, struct sw_err *err)
{
	return change_all(v, change, n, who, stage_set, err);
}

int sw_verdicts_remove(struct sw_verdicts *v, struct sw_verdict_change *change, size_t n,
		       const char *who, struct sw_err *err)
{
	return change_all(v, change, n, who, stage_remove, err);
}
