/* SPDX-License-Identifier: GPL-2.0-only */
/* examiner - see examiner.h; single examinations are examine.c's. */
#include "examiner_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

/* ---- trust in lists ---- */

static void on_news(void *ctx, const struct sw_trust *t, struct sw_trust_event event)
{
	static const struct {
		const char *words;
		int level;
	} news[] = {
		[SW_TRUST_BELIEVE] = { "believed", LOG_NOTICE },
		[SW_TRUST_QUARANTINE] = { "not believed, and tested again later: it ",
					  LOG_WARNING },
		[SW_TRUST_UNSERVED] = { "left out: it ", LOG_INFO },
	};
	const struct sw_examiner *x = ctx;
	char why[SW_TRUST_TEXT], text[SW_TRUST_TEXT + SW_SITE_DOMAIN + 80];

	if (!news[event.news].words)
		return;
	snprintf(text, sizeof(text), "DNS list %s, IPv%u: %s%s", t->site->name, t->family,
		 news[event.news].words, sw_trust_why(t, why));
	x->options.note(x->options.ctx, news[event.news].level, text);
	if (event.withdraw)
		x->options.withdraw(x->options.ctx, t->site, t->family);
}

static int64_t now(void *ctx)
{
	const struct sw_examiner *x = ctx;

	return x->options.now_ms();
}

/* Another one for each: who finds out that of one list's questions has not those of others. */
static uint64_t seed_of(const struct sw_examiner *x, size_t i)
{
	uint64_t h = x->options.seed + (i + 1) * 0x9e3779b97f4a7c15u;

	h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9u;
	h = (h ^ h >> 27) * 0x94d049bb133111ebu;
	h ^= h >> 31;
	return h ? h : 1;
}

static int open_prober(struct sw_examiner *x, size_t i)
{
	const struct sw_dns_setup *setup = x->options.setup;
	const struct sw_prober_options options = {
		.dns = x->options.dns,
		.site = &setup->sites->site[i % x->sites],
		.rules = &sw_trust_defaults,
		.family = i < x->sites ? 4 : 6,
		.seed = seed_of(x, i),
		.canary = setup->canary,
		.canaries = setup->canaries,
		.now = now,
		.news = on_news,
		.ctx = x,
	};

	return sw_prober_open(&options, &x->prober[i]);
}

static void know_own(struct sw_examiner *x, const struct sw_prefix *own, size_t owns)
{
	const struct sw_dns_setup *setup = x->options.setup;

	if (owns > SW_EXAMINER_OWN)
		owns = SW_EXAMINER_OWN;
	if (owns == x->owns && (!owns || !memcmp(own, x->own, owns * sizeof(*own))))
		return;
	memcpy(x->own, own, owns * sizeof(*own));
	x->owns = owns;
	for (size_t i = 0; i < 2 * x->sites; i++)
		sw_prober_know(x->prober[i], x->own, x->owns, setup->canary, setup->canaries);
}

void sw_examiner_tick(struct sw_examiner *x, const struct sw_prefix *own, size_t owns)
{
	know_own(x, own, owns);
	for (size_t i = 0; i < 2 * x->sites; i++)
		if (sw_prober_due(x->prober[i]) <= x->options.now_ms())
			sw_prober_step(x->prober[i]);
}

static bool has_other_canaries(const struct sw_dns_setup *a, const struct sw_dns_setup *b)
{
	if (a->canaries != b->canaries)
		return true;
	for (size_t i = 0; i < a->canaries; i++)
		if (sw_prefix_cmp(&a->canary[i], &b->canary[i]) != 0)
			return true;
	return false;
}

void sw_examiner_adopt(struct sw_examiner *x, const struct sw_examiner *from)
{
	bool look = has_other_canaries(x->options.setup, from->options.setup);

	for (size_t i = 0; i < 2 * x->sites; i++)
		for (size_t k = 0; k < 2 * from->sites; k++) {
			const struct sw_trust *a = sw_prober_trust(x->prober[i]),
					      *b = sw_prober_trust(from->prober[k]);

			if (a->family == b->family && sw_site_equal(a->site, b->site))
				sw_prober_adopt(x->prober[i], from->prober[k], look);
		}
}

const struct sw_trust *sw_examiner_trust(const struct sw_examiner *x, size_t i)
{
	return i < 2 * x->sites ? sw_prober_trust(x->prober[i]) : NULL;
}

/* ---- open and close ---- */

int sw_examiner_open(const struct sw_examiner_options *options, struct sw_examiner **ret,
		     struct sw_err *err)
{
	struct sw_examiner *x = calloc(1, sizeof(*x));
	int code = 0;

	if (!x)
		return sw_err_set(err, -ENOMEM, "out of memory");
	x->options = *options;
	if (options->setup->sites)
		x->sites = options->setup->sites->n;
	x->prober = calloc(2 * x->sites + 1, sizeof(struct sw_prober *));
	if (!x->prober)
		code = -ENOMEM;
	for (size_t i = 0; !code && i < 2 * x->sites; i++)
		code = open_prober(x, i);
	if (code) {
		sw_examiner_close(x);
		return sw_err_set(err, code, "DNS lists: %s", strerror(-code));
	}
	*ret = x;
	return 0;
}

struct sw_examiner *sw_examiner_close(struct sw_examiner *x)
{
	if (!x)
		return NULL;
	for (size_t i = 0; x->prober && i < 2 * x->sites; i++)
		sw_prober_close(x->prober[i]);
	sw_examinations_drop(x);
	free(x->prober);
	free(x);
	return NULL;
}

void sw_examiner_counts(const struct sw_examiner *x, struct sw_examiner_counts *ret)
{
	*ret = x->counts;
}

unsigned sw_examiner_questions(const struct sw_examiner *x)
{
	/* Of names: one, and one for the way back. */
	unsigned n = (unsigned)x->sites + (x->options.setup->rules.rdns_n ? 2 : 0);

	return n ? n : 1;
}
