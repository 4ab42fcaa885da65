/* SPDX-License-Identifier: GPL-2.0-only */
/* sessions - see sessions.h: events, and locks on their way. */
#include "sessions.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "maps/abi.h"
#include "rules/origin.h"
#include "sessions_parts.h"

#define WHO "bounce"
#define RCPT_SHOWN 64 /* bytes of a recipient in a reason */

int64_t sw_sessions_now(const struct sw_sessions *s)
{
	return sw_ledger_clock_now(sw_verdicts_clock(s->options.verdicts));
}

bool sw_sessions_address(struct sw_prefix *p)
{
	if ((p->family != 4 && p->family != 6) || p->len != sw_prefix_full(p))
		return false;
	*p = sw_prefix_unmapped(p);
	return true;
}

/* ---- may it be locked? ---- */

const char *sw_sessions_spared(struct sw_sessions *s, const struct sw_prefix *source,
			       int64_t now_ms, char why[SW_STANDING_WHY])
{
	const struct sw_prefix *pool = sw_sessions_setup_pool(s->setup, source);
	char text[SW_PREFIX_TEXT];
	struct sw_err err;
	int code;

	if (pool) {
		snprintf(why, SW_STANDING_WHY, "%s is a shared pool", sw_prefix_format(pool, text));
		return why;
	}
	if (s->options.standing(s->options.ctx, source, why) != SW_STANDING_COUNTS)
		return why;
	code = sw_sessions_is_allowed(s, source, now_ms, &err);
	if (code < 0)
		snprintf(why, SW_STANDING_WHY, "the ledger cannot be read: %.100s", err.text);
	else if (code)
		snprintf(why, SW_STANDING_WHY, "the operator allows it");
	return code ? why : NULL;
}

/* ---- locks on their way ---- */

static void count_again(struct sw_sessions *s, const struct sw_prefix *source)
{
	if (s->bounce)
		sw_bounce_quiet(s->bounce, source, sw_sessions_now(s), 0);
}

/* What was not locked begins to count anew. */
static void on_locked(void *ctx, const struct sw_gathered *batch)
{
	struct sw_sessions *s = ctx;

	for (size_t i = 0; i < batch->n; i++)
		if (batch->change[i].code)
			count_again(s, &batch->change[i].source);
	s->counts.locks += batch->n - batch->failed;
	s->counts.failed += batch->failed;
	if (batch->failed)
		sw_sessions_say(s, LOG_ERR,
				batch->kept ? "%zu sources could not be locked: %s"
					    : "%zu sources were to be locked, and it cannot be "
					      "kept: %s",
				batch->failed, batch->words);
}

void sw_sessions_flush(struct sw_sessions *s)
{
	sw_gather_flush(s->locks);
}

/* The numbers, and to whom it wrote last. */
static void give_reason(const struct sw_sessions *s, const struct sw_bounce_finding *f,
			const struct sw_bounce_lock *lock, const struct sw_mta_event *event,
			char reason[SW_VERDICT_REASON])
{
	char numbers[SW_BOUNCE_TEXT];
	int shown = event->rcpt_n < RCPT_SHOWN ? (int)event->rcpt_n : RCPT_SHOWN;

	sw_bounce_words(&s->setup->bounce, f, lock, numbers);
	if (event->rcpt && shown)
		snprintf(reason, SW_VERDICT_REASON, "%s; the last: %.*s", numbers, shown,
			 event->rcpt);
	else
		snprintf(reason, SW_VERDICT_REASON, "%s", numbers);
}

static void send_lock(struct sw_sessions *s, const struct sw_bounce_finding *f,
		      const struct sw_bounce_lock *lock, const struct sw_mta_event *event)
{
	char reason[SW_VERDICT_REASON];
	const struct sw_verdict_change change = { .source = f->source,
						  .origin = SW_ORIGIN_BOUNCE,
						  .action = SW_ACTION_DROP,
						  .for_ms = lock->for_ms,
						  .reason = reason };

	give_reason(s, f, lock, event, reason);
	sw_gather_put(s->locks, &change);
}

static void tell(struct sw_sessions *s, const struct sw_bounce_finding *f,
		 const struct sw_mta_event *event, const char *why)
{
	char source[SW_PREFIX_TEXT], reason[SW_VERDICT_REASON];

	s->counts.only_told++;
	give_reason(s, f, NULL, event, reason);
	sw_sessions_say(s, LOG_NOTICE, "%s is not locked, for %s: %s",
			sw_prefix_format(&f->source, source), why, reason);
}

/* Until when those that are of sessions from before do not count. A lock that ends, at @end_ms
 * (0: it does not), before the window does ends it, too. */
static int64_t calm_until(const struct sw_sessions *s, int64_t end_ms, int64_t now_ms)
{
	int64_t until_ms = now_ms + s->setup->bounce.window_ms;

	return end_ms && end_ms < until_ms ? end_ms : until_ms;
}

/* A line is crossed. Whatever comes of it, it is not looked at again before a window is over. */
static void act(struct sw_sessions *s, const struct sw_bounce_finding *f,
		const struct sw_mta_event *event, int64_t now_ms)
{
	struct sw_bounce_lock lock;
	char why[SW_STANDING_WHY];
	const char *spared = NULL;
	unsigned before = 0;
	struct sw_err err;
	int locked = sw_gather_has(s->locks, &f->source);
	int64_t until_ms = 0;

	s->counts.findings++;
	if (!locked)
		locked = sw_sessions_is_locked(s, &f->source, now_ms, &until_ms, &err);
	/* also what is locked already: after a crash lines may come again */
	sw_bounce_quiet(s->bounce, &f->source, now_ms, calm_until(s, until_ms, now_ms));
	if (!locked)
		locked = sw_sessions_locks(s, &f->source, now_ms - s->setup->bounce.memory_ms,
					   &before, &err);
	if (locked < 0) {
		s->counts.failed++;
		sw_sessions_say(s, LOG_ERR, "a source is to be locked, and cannot: %s", err.text);
		count_again(s, &f->source);
		return;
	}
	if (locked) {
		s->counts.locked_already++;
		return;
	}
	spared = s->setup->bounces == SW_SESSIONS_REPORT
			 ? "bounce-action is report"
			 : sw_sessions_spared(s, &f->source, now_ms, why);
	if (spared) {
		tell(s, f, event, spared);
		return;
	}
	if (s->options.room && !s->options.room(s->options.ctx, sw_gather_waiting(s->locks))) {
		s->counts.no_room++;
		return;
	}
	lock = sw_bounce_next_lock(&s->setup->bounce, before);
	sw_bounce_quiet(s->bounce, &f->source, now_ms,
			calm_until(s, lock.for_ms ? now_ms + lock.for_ms : 0, now_ms));
	send_lock(s, f, &lock, event);
}

/* ---- events ---- */

static uint32_t times(uint32_t a, uint32_t b)
{
	uint64_t product = (uint64_t)a * b;

	return product < UINT32_MAX ? (uint32_t)product : UINT32_MAX;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t when(const struct sw_sessions *s, const struct sw_mta_event *e, int64_t now_ms)
{
	if (e->time_ms <= 0)
		return now_ms;
	return sw_ledger_clock_from_wall(sw_verdicts_clock(s->options.verdicts), e->time_ms);
}

/* False: nothing that bounce counts. */
static bool translate(const struct sw_sessions *s, const struct sw_mta_event *e, int64_t now_ms,
		      struct sw_bounce_seen *ret)
{
	*ret = (struct sw_bounce_seen){ .source = e->source,
					.n = e->recipients,
					.rcpt = e->rcpt,
					.rcpt_n = e->rcpt_n,
					.time_ms = when(s, e, now_ms) };
	switch (e->kind) {
	case SW_MTA_UNKNOWN_RCPT:
	case SW_MTA_DISABLED_RCPT:
		ret->taken = e->taken;
		return true;
	case SW_MTA_ACCEPTED_RCPT:
		ret->accepted = true;
		return true;
	case SW_MTA_TRAP:
		ret->n = times(e->recipients, s->setup->trap);
		ret->rcpt = NULL; /* nobody has a second trap by accident */
		return ret->n != 0;
	default:
		return false;
	}
}

void sw_sessions_event(struct sw_sessions *s, const struct sw_mta_event *event, int64_t now_ms)
{
	struct sw_mta_event e = *event;
	enum sw_standing standing;
	struct sw_bounce_finding f;
	struct sw_bounce_seen seen;
	char why[SW_STANDING_WHY];

	if ((unsigned)e.kind >= SW_MTA_KINDS || !e.recipients || !sw_sessions_address(&e.source)) {
		s->counts.bad++;
		return;
	}
	standing = s->options.standing(s->options.ctx, &e.source, why);
	if (standing == SW_STANDING_LOOKED_THROUGH) {
		s->counts.looked_through++;
		return;
	}
	s->counts.events[e.kind] += e.recipients;
	if (e.kind == SW_MTA_ACCEPTED_RCPT)
		sw_senders_note(s->options.senders, &e.source,
				earlier(when(s, &e, now_ms), now_ms));
	if (!s->bounce || !translate(s, &e, now_ms, &seen))
		return;
	seen.alone =
		standing == SW_STANDING_NEVER_LOCKED || sw_sessions_setup_pool(s->setup, &e.source);
	if (sw_bounce_count(s->bounce, &seen, now_ms, &f))
		act(s, &f, &e, now_ms);
}

/* ---- open and close ---- */

/* What was counted fits the new rules. */
static bool same_rules(const struct sw_bounce_rules *a, const struct sw_bounce_rules *b)
{
	return a->window_ms == b->window_ms && a->accepted_ms == b->accepted_ms &&
	       a->unknown == b->unknown && a->different == b->different && a->share == b->share &&
	       a->network_unknown == b->network_unknown &&
	       a->network_sources == b->network_sources && a->locks == b->locks &&
	       !memcmp(a->lock_ms, b->lock_ms, sizeof(a->lock_ms)) && a->memory_ms == b->memory_ms;
}

/* As it is to be by @setup; *@ret may be the one there is. */
static int make_bounce(const struct sw_sessions *s, const struct sw_sessions_setup *setup,
		       struct sw_bounce **ret)
{
	*ret = NULL;
	if (setup->bounces == SW_SESSIONS_OFF)
		return 0;
	if (s->bounce && setup->entries == s->setup->entries &&
	    same_rules(&setup->bounce, &s->setup->bounce)) {
		*ret = s->bounce;
		return 0;
	}
	return sw_bounce_open(&setup->bounce, setup->entries, s->options.seed, ret);
}

int sw_sessions_use(struct sw_sessions *s, struct sw_sessions_setup *setup)
{
	struct sw_bounce *bounce;
	int code = make_bounce(s, setup, &bounce);

	if (code)
		return code;
	if (bounce != s->bounce)
		sw_bounce_close(s->bounce);
	s->bounce = bounce;
	sw_sessions_setup_free(s->setup);
	s->setup = setup;
	return 0;
}

int sw_sessions_open(const struct sw_sessions_options *options, struct sw_sessions **ret,
		     struct sw_err *err)
{
	struct sw_sessions *s = calloc(1, sizeof(*s));

	if (!s)
		return sw_err_set(err, -ENOMEM, "out of memory");
	s->options = *options;
	s->locks = sw_gather_open(options->base, options->verdicts, WHO, 0, on_locked, s);
	if (!s->locks || sw_sessions_use(s, options->setup)) {
		sw_gather_close(s->locks);
		free(s);
		return sw_err_set(err, -ENOMEM,
				  "out of memory for what is counted of sources; lower "
				  "bounce-sources");
	}
	*ret = s;
	return 0;
}

struct sw_sessions *sw_sessions_close(struct sw_sessions *s)
{
	if (!s)
		return NULL;
	sw_gather_close(s->locks);
	sw_bounce_close(s->bounce);
	sw_sessions_setup_free(s->setup);
	free(s);
	return NULL;
}

void sw_sessions_counts(const struct sw_sessions *s, struct sw_sessions_counts *ret)
{
	*ret = s->counts;
	if (s->bounce)
		sw_bounce_counts(s->bounce, &ret->bounce);
}
