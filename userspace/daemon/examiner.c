/* SPDX-License-Identifier: GPL-2.0-only */
/* examiner - see examiner.h; single examinations are examine.c's. */
#include "examiner_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

/* ---- trust in lists ---- */

static void tell(const struct sw_watched *w, int level, const char *what)
{
	const struct sw_examiner *x = w->x;
	char why[SW_TRUST_TEXT], text[SW_TRUST_TEXT + 400];

	sw_trust_why(&w->trust, why);
	snprintf(text, sizeof(text), "list %s, IPv%u: %s%s%s", w->trust.site->name, w->trust.family,
		 what, *why ? ": it " : "", why);
	x->options.note(x->options.ctx, level, text);
}

void sw_examiner_heed(struct sw_watched *w, const struct sw_trust_event *event)
{
	const struct sw_examiner *x = w->x;

	if (event->news == SW_TRUST_BELIEVE)
		tell(w, LOG_NOTICE, "it is believed");
	if (event->news == SW_TRUST_QUARANTINE)
		tell(w, LOG_WARNING, "it is not believed any more, and tested again later");
	if (event->news == SW_TRUST_QUARANTINE && event->withdraw)
		x->options.withdraw(x->options.ctx, w->trust.site->name);
}

static void on_test(void *ctx, const struct sw_dns_answer *answer)
{
	struct sw_test *test = ctx;
	struct sw_watched *w = test->watched;
	struct sw_dnsbl_reading reading;
	struct sw_trust_event event;

	test->ticket = 0;
	sw_dnsbl_read(w->trust.site, answer, &reading);
	event = sw_trust_answer(&w->trust, test->i, &reading, w->x->options.now_ms());
	sw_examiner_heed(w, &event);
}

static void cancel_tests(struct sw_watched *w)
{
	for (unsigned i = 0; i < SW_TRUST_QUESTIONS; i++) {
		sw_dns_cancel(w->x->options.dns, w->test[i].ticket);
		w->test[i].ticket = 0;
	}
}

static void begin_round(struct sw_watched *w, const struct sw_prefix *own, size_t owns, int64_t now)
{
	const struct sw_dns_setup *setup = w->x->options.setup;
	unsigned n = sw_trust_begin(&w->trust, own, owns, setup->canary, setup->canaries, now);

	for (unsigned i = 0; i < n && w->trust.running; i++) {
		char name[SW_DNS_NAME];
		sw_dns_ticket ticket;

		sw_dnsbl_question(w->trust.site, sw_trust_question(&w->trust, i), name);
		w->test[i] = (struct sw_test){ .watched = w, .i = i };
		ticket = sw_dns_ask(w->x->options.dns, name, SW_DNS_A, on_test, &w->test[i]);
		w->test[i].ticket = ticket;
	}
}

void sw_examiner_tick(struct sw_examiner *x, const struct sw_prefix *own, size_t owns)
{
	int64_t now = x->options.now_ms();

	for (size_t i = 0; i < SW_FAMILIES * x->sites; i++) {
		struct sw_watched *w = &x->watched[i];

		if (now < sw_trust_due(&w->trust))
			continue;
		if (w->trust.running) {
			struct sw_trust_event event;

			cancel_tests(w);
			event = sw_trust_expire(&w->trust, now);
			sw_examiner_heed(w, &event);
		} else {
			begin_round(w, own, owns, now);
		}
	}
}

const struct sw_trust *sw_examiner_trust(const struct sw_examiner *x, size_t i)
{
	return i < SW_FAMILIES * x->sites ? &x->watched[i].trust : NULL;
}

/* ---- open and close ---- */

int sw_examiner_open(const struct sw_examiner_options *options, struct sw_examiner **ret,
		     struct sw_err *err)
{
	struct sw_examiner *x = calloc(1, sizeof(*x));
	const struct sw_sites *sites = options->setup->sites;

	if (!x)
		return sw_err_set(err, -ENOMEM, "out of memory");
	x->options = *options;
	x->sites = sites ? sites->n : 0;
	x->watched = calloc(SW_FAMILIES * x->sites + 1, sizeof(*x->watched));
	if (!x->watched) {
		free(x);
		return sw_err_set(err, -ENOMEM, "out of memory");
	}
	for (size_t i = 0; i < SW_FAMILIES * x->sites; i++) {
		struct sw_watched *w = &x->watched[i];

		w->x = x;
		sw_trust_init(&w->trust, &sw_trust_defaults, &sites->site[i % x->sites],
			      i < x->sites ? 4 : 6, (options->seed + i) | 1, options->now_ms());
	}
	*ret = x;
	return 0;
}

struct sw_examiner *sw_examiner_close(struct sw_examiner *x)
{
	if (!x)
		return NULL;
	for (size_t i = 0; i < SW_FAMILIES * x->sites; i++)
		cancel_tests(&x->watched[i]);
	sw_examinations_drop(x);
	free(x->watched);
	free(x);
	return NULL;
}

void sw_examiner_counts(const struct sw_examiner *x, struct sw_examiner_counts *ret)
{
	*ret = x->counts;
}

unsigned sw_examiner_questions(const struct sw_examiner *x)
{
	/* A name and the way back; every other list that has the source is asked for its words. */
	unsigned n = (unsigned)x->sites + (x->options.setup->rules.rdns_n ? 2 : 0);

	return n ? n : 1;
}
