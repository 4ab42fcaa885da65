/* SPDX-License-Identifier: GPL-2.0-only */
/* withdrawal - see withdrawal.h. */
#include "withdrawal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <event2/event.h>

#include "lib/log.h"
#include "lib/seldom.h"
#include "rules/origin.h"

#define META "dns-withdrawal" /* what is to be done: ID/FAMILY with a blank behind each */
#define META_ITEM 11
#define LISTS 128 /* in both families; of more, all that DNS said is taken back */
#define NAME 64
#define SLICE_NS 2000000u
#define SLICE_FOUND 256
#define LOOK_AT_CLOCK 32 /* verdicts, between two looks */
#define PAUSE_MS 1
#define RETRY_MS 10000
#define BEFORE "a list that was not believed before the restart"

struct fallen {
	uint32_t list;
	uint8_t family;
	bool walked; /* the walk that goes on is for it, too */
	size_t n; /* taken back */
	char name[NAME];
};

struct sw_withdrawal {
	struct sw_withdrawal_options options;
	struct event *timer;
	struct fallen fallen[LISTS];
	size_t lists;
	bool walks;
	struct sw_prefix last; /* that was looked at; origin 0: none yet */
	uint8_t last_origin;
	bool unsaved; /* the ledger does not say what is to be done */
	struct sw_seldom seldom;
	/* a slice: */
	uint64_t until_ns;
	size_t looked, found;
	struct sw_verdict_change change[SLICE_FOUND];
	struct fallen *of[SLICE_FOUND]; /* on which it rested */
};

#define say(w, ...) sw_log_note((w)->options.note, (w)->options.ctx, __VA_ARGS__)

static uint64_t now_ns(const struct sw_withdrawal *w)
{
	return sw_clock_monotonic_ns(w->options.clock);
}

static void go_on(struct sw_withdrawal *w, bool soon)
{
	unsigned ms = soon ? PAUSE_MS : w->options.retry_ms;
	const struct timeval wait = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	evtimer_add(w->timer, &wait);
}

static void failed(struct sw_withdrawal *w, const char *words)
{
	unsigned long kept;

	if (sw_seldom(&w->seldom, now_ns(w), &kept))
		say(w, LOG_ERR,
		    "verdicts that rest on DNS lists which are not believed cannot be taken back: "
		    "%s; trying again every %u s",
		    words, w->options.retry_ms / 1000);
	go_on(w, false);
}

/* ---- what is to be done, in the ledger ---- */

static int save(struct sw_withdrawal *w, struct sw_err *err)
{
	char text[SW_LEDGER_META_VALUE + 1] = "", *end = text;
	int code;

	if (w->lists * META_ITEM > SW_LEDGER_META_VALUE)
		snprintf(text, sizeof(text), "%08x/0 ", SW_RESTS_ANY);
	else
		for (size_t i = 0; i < w->lists; i++)
			end += sprintf(end, "%08x/%u ", w->fallen[i].list, w->fallen[i].family);
	code = sw_ledger_meta_put(w->options.ledger, META, text, err);
	w->unsaved = code != 0;
	return code;
}

static struct fallen *add(struct sw_withdrawal *w, uint32_t list, uint8_t family, const char *name)
{
	struct fallen *f;

	for (size_t i = 0; i < w->lists; i++)
		if (w->fallen[i].list == list && w->fallen[i].family == family &&
		    !w->fallen[i].walked)
			return NULL;
	if (w->lists == LISTS) { /* its last place is for all */
		f = &w->fallen[LISTS - 1];
		list = SW_RESTS_ANY;
		family = 0;
		name = "DNS lists";
	} else {
		f = &w->fallen[w->lists++];
	}
	*f = (struct fallen){ .list = list, .family = family };
	snprintf(f->name, sizeof(f->name), "%s", name);
	return f;
}

/* What nobody can have written there is passed over. */
static int load(struct sw_withdrawal *w, struct sw_err *err)
{
	char text[SW_LEDGER_META_VALUE + 1];
	int code = sw_ledger_meta_get(w->options.ledger, META, text, err);
	unsigned list, family;
	int n = 0;

	if (code)
		return code == -ENOENT ? 0 : code;
	for (const char *at = text; sscanf(at, "%8x/%1u %n", &list, &family, &n) == 2; at += n)
		add(w, list, (uint8_t)family, BEFORE);
	if (w->lists)
		go_on(w, true);
	return 0;
}

/* ---- the walk ---- */

static struct fallen *rests_on(struct sw_withdrawal *w, const struct sw_verdict *v)
{
	for (size_t i = 0; i < w->lists; i++) {
		struct fallen *f = &w->fallen[i];

		if (!f->walked || (f->family && f->family != v->source.family))
			continue;
		if (f->list == SW_RESTS_ANY ? v->rests.n : sw_rests_on(&v->rests, f->list))
			return f;
	}
	return NULL;
}

/* 1: enough for one slice. */
static int look_at(void *ctx, const struct sw_verdict *v)
{
	struct sw_withdrawal *w = ctx;
	struct fallen *f = NULL;

	w->last = v->source;
	w->last_origin = v->origin;
	if (v->origin == SW_ORIGIN_DNS || v->origin == SW_ORIGIN_DNS_DIALUP)
		f = rests_on(w, v);
	if (f) {
		w->of[w->found] = f;
		w->change[w->found++] =
			(struct sw_verdict_change){ .source = v->source,
						    .origin = v->origin,
						    .reason = "the list is not believed" };
	}
	if (w->found == SLICE_FOUND)
		return 1;
	return ++w->looked % LOOK_AT_CLOCK == 0 && now_ns(w) >= w->until_ns;
}

static int take_back(struct sw_withdrawal *w, struct sw_err *err)
{
	int code =
		w->found ? sw_verdicts_remove(w->options.verdicts, w->change, w->found, "dns", err)
			 : 0;

	for (size_t i = 0; i < w->found && !code; i++) {
		w->of[i]->n += !w->change[i].code;
		if (w->change[i].code && w->change[i].code != -ENOENT)
			code = sw_err_set(err, w->change[i].code, "%s", w->change[i].words);
	}
	return code;
}

/* Those that were walked for are done; those that fell meanwhile are next. */
static int end_walk(struct sw_withdrawal *w, struct sw_err *err)
{
	size_t left = 0;

	for (size_t i = 0; i < w->lists; i++) {
		const struct fallen *f = &w->fallen[i];

		if (f->walked && f->n)
			say(w, LOG_WARNING, "%zu verdicts that rested on %s were taken back", f->n,
			    f->name);
		if (!f->walked)
			w->fallen[left++] = *f;
	}
	w->lists = left;
	w->walks = false;
	return save(w, err);
}

static void begin_walk(struct sw_withdrawal *w)
{
	for (size_t i = 0; i < w->lists; i++)
		w->fallen[i].walked = true;
	w->walks = true;
	w->last_origin = 0;
}

/* 0: there is more; 1: that was all. */
static int slice(struct sw_withdrawal *w, struct sw_err *err)
{
	const struct sw_prefix from = w->last;
	uint8_t origin = w->last_origin;
	int code, ended;

	w->looked = w->found = 0;
	w->until_ns = now_ns(w) + SLICE_NS;
	code = sw_ledger_each_after(w->options.ledger, NULL, origin ? &from : NULL, origin, look_at,
				    w, err);
	if (code < 0)
		return code;
	ended = !code;
	code = take_back(w, err);
	if (code) { /* the same ones again */
		w->last = from;
		w->last_origin = origin;
		return code;
	}
	return ended;
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
	struct sw_withdrawal *w = ctx;
	struct sw_err err;
	int code = w->unsaved ? save(w, &err) : 0;

	if (!w->walks && w->lists)
		begin_walk(w);
	if (w->walks && !code)
		code = slice(w, &err);
	if (code == 1)
		code = end_walk(w, &err);
	if (code)
		failed(w, err.text);
	else if (w->lists)
		go_on(w, true);
}

/* ---- for others ---- */

void sw_withdrawal_begin(struct sw_withdrawal *w, uint32_t list, uint8_t family, const char *name)
{
	struct sw_err err;

	if (!add(w, list, family, name))
		return;
	if (save(w, &err))
		failed(w, err.text);
	else
		go_on(w, true);
}

bool sw_withdrawal_runs(const struct sw_withdrawal *w)
{
	return w->lists > 0;
}

int sw_withdrawal_open(const struct sw_withdrawal_options *options, struct sw_withdrawal **ret,
		       struct sw_err *err)
{
	struct sw_withdrawal *w = calloc(1, sizeof(*w));
	int code;

	if (!w)
		return sw_err_set(err, -ENOMEM, "out of memory");
	w->options = *options;
	if (!w->options.retry_ms)
		w->options.retry_ms = RETRY_MS;
	w->timer = evtimer_new(options->base, on_timer, w);
	code = w->timer ? load(w, err) : sw_err_set(err, -ENOMEM, "out of memory");
	if (code)
		sw_withdrawal_close(w);
	else
		*ret = w;
	return code;
}

struct sw_withdrawal *sw_withdrawal_close(struct sw_withdrawal *w)
{
	if (!w)
		return NULL;
	if (w->timer)
		event_free(w->timer);
	free(w);
	return NULL;
}
