/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * verdicts - see verdicts.h: what holds, and how it ends. Changes that are asked for are in
 * verdicts_change.c, the comparison with card and ledger in verdicts_check.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "maps/abi.h"
#include "rules/origin.h"
#include "verdicts_parts.h"

#define ENDED_AT_ONCE 4096 /* so that the loop goes on when very many end together */
#define RETRY_NS UINT64_C(10000000000) /* after the ledger failed */
#define LOOK_NS UINT64_C(1000000000) /* at the clocks */
#define MS_NS UINT64_C(1000000)

void sw_verdicts_copy_text(char *to, size_t size, const char *text)
{
	if (!memccpy(to, text, '\0', size))
		to[size - 1] = '\0';
}

uint64_t sw_verdicts_now_ns(const struct sw_verdicts *v)
{
	return sw_clock_monotonic_ns(v->options.clock);
}

/* ---- what holds ---- */

static uint8_t class_of(const struct sw_verdict_entry *entry)
{
	return sw_verdict_class(entry->origin, entry->action, entry->expires_ms != 0);
}

/* Of two origins in one tier the harsher word counts, then the one that holds for longer, because
 * the card knows it alone; then that of the older origin. */
static bool counts_more(const struct sw_verdict_entry *a, const struct sw_verdict_entry *b)
{
	enum sw_tier tier_a = sw_origin_tier(a->origin), tier_b = sw_origin_tier(b->origin);

	if (tier_a != tier_b)
		return tier_a > tier_b;
	if (a->action != b->action)
		return a->action > b->action;
	if (a->expires_ms != b->expires_ms)
		return !a->expires_ms || (b->expires_ms && a->expires_ms > b->expires_ms);
	return a->origin < b->origin;
}

struct sw_verdict_entry *sw_verdicts_best(const struct sw_verdicts *v,
					  const struct sw_prefix *source)
{
	struct sw_verdict_entry *best = NULL, *e = NULL;

	while ((e = sw_verdict_index_next(&v->index, source, e)))
		if (!e->ended && class_of(e) && (!best || counts_more(e, best)))
			best = e;
	return best;
}

uint64_t sw_verdicts_ends_ns(const struct sw_verdicts *v, const struct sw_verdict_entry *entry)
{
	return entry->expires_ms ? entry->timer.expires * MS_NS : 0;
}

int sw_verdicts_enforce(struct sw_verdicts *v, const struct sw_prefix *source, struct sw_err *err)
{
	struct sw_verdict_entry *best = sw_verdicts_best(v, source);
	int code;

	if (!v->card.set)
		return 0;
	if (best)
		return v->card.set(v->card.ctx, source, class_of(best),
				   sw_verdicts_ends_ns(v, best), err);
	code = v->card.clear(v->card.ctx, source, err);
	return code == -ENOENT ? 0 : code;
}

int sw_verdicts_each(const struct sw_verdicts *v, sw_verdicts_each_fn each, void *ctx)
{
	bool all_alone = v->sources == v->index.n; /* then none has to be looked up */
	struct sw_verdict_place at = { 0 };
	struct sw_verdict_entry *e;
	struct sw_prefix source;
	int code = 0;

	while (!code && (e = sw_verdict_index_after(&v->index, &at))) {
		source = sw_verdict_entry_source(e);
		if (all_alone ? !e->ended && class_of(e) : sw_verdicts_best(v, &source) == e)
			code = each(ctx, &source, class_of(e), sw_verdicts_ends_ns(v, e));
	}
	return code;
}

void sw_verdicts_use_card(struct sw_verdicts *v, const struct sw_verdicts_card *card)
{
	v->card = card ? *card : (struct sw_verdicts_card){ 0 };
}

/* ---- the index and its timers ---- */

static bool has_other(const struct sw_verdicts *v, const struct sw_verdict_entry *entry)
{
	struct sw_prefix source = sw_verdict_entry_source(entry);
	struct sw_verdict_entry *e = NULL;

	while ((e = sw_verdict_index_next(&v->index, &source, e)))
		if (e != entry)
			return true;
	return false;
}

static void list_ended(struct sw_verdicts *v, struct sw_verdict_entry *e)
{
	e->ended = true;
	e->next_ended = v->ended;
	e->link_ended = &v->ended;
	if (v->ended)
		v->ended->link_ended = &e->next_ended;
	v->ended = e;
	v->ended_n++;
}

static void unlist_ended(struct sw_verdicts *v, struct sw_verdict_entry *e)
{
	if (!e->ended)
		return;
	e->ended = false;
	*e->link_ended = e->next_ended;
	if (e->next_ended)
		e->next_ended->link_ended = e->link_ended;
	e->next_ended = NULL;
	e->link_ended = NULL;
	v->ended_n--;
}

/* What is one moment by two clocks. Of how long ago it is nothing depends. */
struct moment {
	int64_t ledger_ms;
	uint64_t ms; /* of the wheel */
};

static struct moment moment_of(const struct sw_verdicts *v)
{
	return (struct moment){ sw_ledger_clock_now(&v->clock), sw_verdicts_now_ns(v) / MS_NS };
}

static void clear_timer(struct sw_verdicts *v, struct sw_verdict_entry *entry)
{
	v->temporary -= sw_wheel_is_set(&entry->timer);
	sw_wheel_cancel(&v->wheel, &entry->timer);
}

/* Of one that ends, and whose timer is not set. */
static void set_timer(struct sw_verdicts *v, struct sw_verdict_entry *entry,
		      const struct moment *now)
{
	int64_t left = entry->expires_ms - now->ledger_ms;

	sw_wheel_set(&v->wheel, &entry->timer, left > 0 ? now->ms + (uint64_t)left : now->ms);
	v->temporary++;
}

void sw_verdicts_index_put(struct sw_verdicts *v, const struct sw_verdict *verdict,
			   struct sw_verdict_entry **spare)
{
	struct moment now;
	struct sw_verdict_entry *e =
		sw_verdict_index_find(&v->index, &verdict->source, verdict->origin);

	if (!e) {
		e = *spare;
		*spare = NULL;
		sw_verdict_entry_name(e, &verdict->source, verdict->origin);
		sw_verdict_index_add(&v->index, e);
		v->sources += !has_other(v, e);
	}
	v->notes -= e->action && !class_of(e);
	e->action = verdict->action;
	e->expires_ms = verdict->expires_ms;
	v->notes += !class_of(e);
	unlist_ended(v, e);
	clear_timer(v, e);
	if (e->expires_ms) {
		now = moment_of(v);
		set_timer(v, e, &now);
	}
}

void sw_verdicts_index_remove(struct sw_verdicts *v, const struct sw_prefix *source, uint8_t origin)
{
	struct sw_verdict_entry *e = sw_verdict_index_find(&v->index, source, origin);

	if (!e)
		return;
	unlist_ended(v, e);
	v->notes -= !class_of(e);
	clear_timer(v, e);
	v->sources -= !has_other(v, e);
	sw_verdict_index_remove(&v->index, e);
	sw_verdict_index_give(&v->index, e);
}

/* ---- the ledger ---- */

int sw_verdicts_begin(struct sw_verdicts *v, struct sw_err *err)
{
	return sw_ledger_begin(v->options.ledger, err);
}

int sw_verdicts_commit(struct sw_verdicts *v, struct sw_err *err)
{
	char text[SW_LEDGER_CLOCK_TEXT];
	int code;

	sw_ledger_clock_text(&v->clock, text);
	code = sw_ledger_meta_put(v->options.ledger, SW_LEDGER_CLOCK_META, text, err);
	if (code) {
		sw_ledger_abort(v->options.ledger);
		return code;
	}
	code = sw_ledger_commit(v->options.ledger, err);
	if (!code)
		v->clock.unsaved = false;
	return code;
}

void sw_verdicts_tell(const struct sw_verdicts *v, const struct sw_verdict *verdict,
		      const struct sw_change *change)
{
	struct sw_history event;

	if (!v->options.event)
		return;
	event.number = 0;
	event.kind = change->kind;
	event.time_ms = sw_ledger_clock_to_wall(&v->clock, change->time_ms);
	event.verdict = *verdict;
	event.verdict.created_ms = sw_ledger_clock_to_wall(&v->clock, verdict->created_ms);
	event.verdict.expires_ms = sw_ledger_clock_to_wall(&v->clock, verdict->expires_ms);
	sw_verdicts_copy_text(event.who, sizeof(event.who),
			      change->who ? change->who : verdict->who);
	sw_verdicts_copy_text(event.why, sizeof(event.why),
			      change->why ? change->why : verdict->reason);
	v->options.event(v->options.ctx, &event);
}

/* ---- the end of verdicts ---- */

static void note_due(void *ctx, struct sw_wheel_timer *timer)
{
	struct sw_verdicts *v = ctx;
	struct sw_verdict_entry *e =
		(struct sw_verdict_entry *)((char *)timer -
					    offsetof(struct sw_verdict_entry, timer));

	v->temporary--;
	list_ended(v, e);
}

/* @was: as they were in the ledger; origin 0: gone by another way. */
static int remove_due(struct sw_verdicts *v, struct sw_verdict_entry *due[], size_t n,
		      struct sw_verdict *was, const struct sw_change *change, struct sw_err *err)
{
	struct sw_ledger *ledger = v->options.ledger;
	int code = sw_verdicts_begin(v, err);

	for (size_t i = 0; i < n && !code; i++) {
		struct sw_prefix source = sw_verdict_entry_source(due[i]);

		code = sw_ledger_get(ledger, &source, due[i]->origin, &was[i], err);
		if (!code)
			code = sw_ledger_remove(ledger, &source, due[i]->origin, change, err);
		else if (code == -ENOENT)
			code = was[i].origin = 0;
	}
	if (!code)
		return sw_verdicts_commit(v, err);
	sw_ledger_abort(ledger);
	return code;
}

static void end_due(struct sw_verdicts *v, struct sw_verdict_entry *due[], size_t n)
{
	struct sw_verdict *was = calloc(n, sizeof(*was));
	const struct sw_change change = { .time_ms = sw_ledger_clock_now(&v->clock),
					  .kind = SW_CHANGE_ENDED,
					  .who = SW_VERDICTS_WHO,
					  .why = "its time was up" };
	unsigned long kept;
	struct sw_err err;
	int code = was ? remove_due(v, due, n, was, &change, &err)
		       : sw_err_set(&err, -ENOMEM, "out of memory");

	if (code || !was) {
		if (sw_seldom(&v->seldom, sw_verdicts_now_ns(v), &kept))
			sw_verdicts_say(
				v, LOG_ERR,
				"%zu verdicts have ended, on the card too, but the ledger does not "
				"take it: %s; trying again every %d s",
				n, err.text, (int)(RETRY_NS / 1000000000));
		v->retry_ns = sw_verdicts_now_ns(v) + RETRY_NS;
		free(was);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct sw_prefix source = sw_verdict_entry_source(due[i]);

		sw_verdicts_index_remove(v, &source, due[i]->origin);
		if (sw_verdicts_enforce(v, &source, &err))
			sw_verdicts_say(v, LOG_ERR, "%s", err.text);
		if (was[i].origin)
			sw_verdicts_tell(v, &was[i], &change);
	}
	free(was);
}

static void look_at_clocks(struct sw_verdicts *v)
{
	int64_t step = sw_ledger_clock_look(&v->clock);
	struct sw_err err;

	if (step)
		sw_verdicts_say(v, LOG_WARNING,
				"the clock was set %s by %lld s; verdicts last as long as they "
				"were to",
				step > 0 ? "forward" : "back",
				(long long)(step > 0 ? step : -step) / 1000);
	if (!v->clock.unsaved || sw_verdicts_now_ns(v) < v->retry_ns)
		return;
	if (!sw_verdicts_begin(v, &err) && !sw_verdicts_commit(v, &err))
		return;
	v->retry_ns = sw_verdicts_now_ns(v) + RETRY_NS;
}

void sw_verdicts_tick(struct sw_verdicts *v)
{
	struct sw_verdict_entry *due[ENDED_AT_ONCE];
	size_t n = 0;

	look_at_clocks(v);
	sw_wheel_advance(&v->wheel, sw_verdicts_now_ns(v) / MS_NS, note_due, v);
	if (sw_verdicts_now_ns(v) < v->retry_ns)
		return;
	for (struct sw_verdict_entry *e = v->ended; e && n < ENDED_AT_ONCE; e = e->next_ended)
		due[n++] = e;
	if (n)
		end_due(v, due, n);
}

uint64_t sw_verdicts_next_ns(const struct sw_verdicts *v)
{
	uint64_t now = sw_verdicts_now_ns(v), next = now + LOOK_NS, tick = sw_wheel_next(&v->wheel);

	if (v->ended)
		return v->retry_ns > now ? (v->retry_ns < next ? v->retry_ns : next) : now;
	if (tick < next / MS_NS)
		next = tick * MS_NS;
	return next > now ? next : now;
}

/* ---- open and close ---- */

#define AHEAD 16 /* entries whose buckets are on their way */

/* The ledger has each once, and those of one source one after the other. */
struct taking {
	struct sw_verdicts *v;
	struct moment now; /* asking the clocks for each would be a tenth of it */
	struct sw_verdict_entry *waiting[AHEAD];
	size_t n;
	struct sw_prefix last;
};

static void add_waiting(struct taking *t, size_t i)
{
	struct sw_verdict_entry **entry = &t->waiting[i % AHEAD];

	if (*entry)
		sw_verdict_index_add(&t->v->index, *entry);
	*entry = NULL;
}

static int take_verdict(void *ctx, const struct sw_verdict *verdict)
{
	struct taking *t = ctx;
	struct sw_verdict_entry *e = sw_verdict_index_take(&t->v->index);

	if (!e)
		return -ENOMEM;
	sw_verdict_entry_name(e, &verdict->source, verdict->origin);
	e->action = verdict->action;
	e->expires_ms = verdict->expires_ms;
	t->v->sources += sw_prefix_cmp(&t->last, &verdict->source) != 0;
	t->last = verdict->source;
	t->v->notes += !class_of(e);
	if (e->expires_ms)
		set_timer(t->v, e, &t->now);
	sw_verdict_index_expect(&t->v->index, &verdict->source);
	add_waiting(t, t->n);
	t->waiting[t->n++ % AHEAD] = e;
	return 0;
}

static int take_verdicts(struct sw_verdicts *v, struct sw_err *err)
{
	struct taking t = { .v = v, .now = moment_of(v) };
	struct sw_ledger_counts counts;
	int code = sw_ledger_count(v->options.ledger, &counts, err);

	if (code)
		return code;
	(void)sw_verdict_index_reserve(&v->index, counts.verdicts);
	code = sw_ledger_each(v->options.ledger, NULL, take_verdict, &t, err);
	for (size_t i = 0; i < AHEAD; i++)
		add_waiting(&t, t.n + i);
	if (code == -ENOMEM)
		sw_err_set(err, code, "out of memory for the verdicts of the ledger");
	return code;
}

static int take_ledger(struct sw_verdicts *v, struct sw_err *err)
{
	int code = sw_ledger_clock_open(&v->clock, v->options.ledger, v->options.clock,
					v->options.boot, err);

	if (code)
		return code;
	sw_wheel_init(&v->wheel, sw_verdicts_now_ns(v) / MS_NS);
	code = take_verdicts(v, err);
	if (!code) /* what has ended already is not to come into force */
		sw_wheel_advance(&v->wheel, sw_verdicts_now_ns(v) / MS_NS, note_due, v);
	return code;
}

int sw_verdicts_open(const struct sw_verdicts_options *options, struct sw_verdicts **ret,
		     struct sw_err *err)
{
	struct sw_verdicts *v = calloc(1, sizeof(*v));
	int code;

	if (!v || sw_verdict_index_init(&v->index)) {
		free(v);
		return sw_err_set(err, -ENOMEM, "out of memory");
	}
	v->options = *options;
	code = take_ledger(v, err);
	if (code) {
		sw_verdicts_close(v);
		return code;
	}
	*ret = v;
	return 0;
}

struct sw_verdicts *sw_verdicts_close(struct sw_verdicts *v)
{
	if (!v)
		return NULL;
	sw_verdict_index_done(&v->index);
	free(v);
	return NULL;
}

uint8_t sw_verdicts_action(const struct sw_verdicts *v, const struct sw_prefix *source,
			   uint8_t origin)
{
	const struct sw_verdict_entry *e = sw_verdict_index_find(&v->index, source, origin);

	return e && !e->ended ? e->action : 0;
}

struct sw_ledger_clock *sw_verdicts_clock(struct sw_verdicts *v)
{
	return &v->clock;
}

void sw_verdicts_counts(const struct sw_verdicts *v, struct sw_verdicts_counts *ret)
{
	*ret = v->checked;
	ret->intended = v->sources;
	ret->temporary = v->temporary;
	ret->notes = v->notes;
	ret->ended = v->ended_n;
}

bool sw_verdicts_has_room(const struct sw_verdicts *v, size_t capacity, size_t waiting)
{
	return v->sources + waiting < capacity - capacity / 8;
}
