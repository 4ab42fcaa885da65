/* SPDX-License-Identifier: GPL-2.0-only */
/* dns_world - see dns_world.h. Ends the program when it is used wrongly. */
#include "support/dns_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- zones that behave as one ---- */

static bool is_in(const char *name, const char *zone)
{
	size_t n = strlen(name), m = strlen(zone);

	return n >= m && !strcmp(name + n - m, zone) && (n == m || name[n - m - 1] == '.');
}

static struct dns_world_zone *find_zone(struct dns_world *w, const char *name)
{
	for (size_t i = 0; i < w->zones; i++)
		if (is_in(name, w->zone[i].name))
			return &w->zone[i];
	return NULL;
}

static bool must_be_unlisted(const char *name)
{
	return !strncmp(name, "1.0.0.127.", 10) || !strncmp(name, "1.0.0.0.0.0.f.7.f.f.f.f.", 24);
}

static sw_dns_ticket ask(void *ctx, const char *name, enum sw_dns_type type, sw_dns_answer_fn fn,
			 void *fn_ctx)
{
	struct dns_world *w = ctx;
	struct dns_world_zone *zone = find_zone(w, name);
	struct sw_dns_answer answer = { .status = SW_DNS_NXDOMAIN, .ttl = SCRIPT_DNS_TTL };
	struct sw_dns_record record;

	if (!zone)
		return sw_dns_ask(script_dns_dns(w->script), name, type, fn, fn_ctx);
	if (zone->mode == DNS_WORLD_TROUBLE) {
		answer.status = SW_DNS_TEMPFAIL;
		answer.trouble = zone->trouble;
		answer.ttl = 0;
	} else if (type == SW_DNS_A && (zone->mode == DNS_WORLD_ALL || !must_be_unlisted(name))) {
		memcpy(record.a, zone->code, sizeof(record.a));
		answer.status = SW_DNS_OK;
		answer.record = &record;
		answer.n = 1;
	}
	fn(fn_ctx, &answer);
	return 0;
}

static void cancel(void *ctx, sw_dns_ticket ticket)
{
	struct dns_world *w = ctx;

	sw_dns_cancel(script_dns_dns(w->script), ticket);
}

struct dns_world_zone *dns_world_zone(struct dns_world *w, const char *name)
{
	dns_world_well(w, name);
	if (w->zones == DNS_WORLD_ZONES)
		abort();
	snprintf(w->zone[w->zones].name, sizeof(w->zone[0].name), "%s", name);
	return &w->zone[w->zones++];
}

void dns_world_well(struct dns_world *w, const char *name)
{
	for (size_t i = 0; i < w->zones; i++)
		if (!strcmp(w->zone[i].name, name))
			w->zone[i--] = w->zone[--w->zones];
}

/* ---- the world ---- */

void dns_world_open(struct dns_world *w)
{
	memset(w, 0, sizeof(*w));
	w->script = script_dns_open();
	w->dns = (struct sw_dns){ .ask = ask, .cancel = cancel, .dns = w };
	w->trust = sw_trust_defaults;
	w->rules = sw_judge_defaults;
	w->now = INT64_C(1795608000000);
}

void dns_world_close(struct dns_world *w)
{
	for (size_t i = 0; i < SW_SITES; i++)
		for (unsigned k = 0; k < 2; k++)
			sw_prober_close(w->list[i].prober[k]);
	sw_sites_free(w->sites);
	script_dns_close(w->script);
}

static int64_t now(void *ctx)
{
	return ((struct dns_world *)ctx)->now;
}

static void news(void *ctx, const struct sw_trust *trust, struct sw_trust_event event)
{
	struct dns_world *w = ctx;

	if (event.withdraw)
		w->list[trust->site - w->sites->site].withdrawn = true;
}

static void start(struct dns_world *w)
{
	struct sw_prober_options o = {
		.dns = &w->dns,
		.rules = &w->trust,
		.own = w->own,
		.owns = w->owns,
		.canary = w->canary,
		.canaries = w->canaries,
		.now = now,
		.news = news,
		.ctx = w,
	};

	for (size_t i = 0; w->sites && i < w->sites->n; i++) {
		for (unsigned k = 0; k < 2; k++) {
			o.site = &w->sites->site[i];
			o.family = k ? 6 : 4;
			o.seed = 1 + i * 2 + k;
			if (!w->list[i].prober[k] && sw_prober_open(&o, &w->list[i].prober[k]))
				abort();
		}
	}
}

/* The prober that is due first; NULL: there is none. */
static struct sw_prober *first_due(struct dns_world *w)
{
	struct sw_prober *first = NULL;

	for (size_t i = 0; i < SW_SITES; i++)
		for (unsigned k = 0; k < 2; k++)
			if (w->list[i].prober[k] &&
			    (!first || sw_prober_due(w->list[i].prober[k]) < sw_prober_due(first)))
				first = w->list[i].prober[k];
	return first;
}

void dns_world_pass(struct dns_world *w, int64_t ms)
{
	int64_t until = w->now + ms;
	struct sw_prober *first;

	start(w);
	while ((first = first_due(w)) && sw_prober_due(first) <= until) {
		if (w->now < sw_prober_due(first))
			w->now = sw_prober_due(first);
		sw_prober_step(first);
	}
	w->now = until;
}

struct dns_world_list *dns_world_list(struct dns_world *w, const char *name)
{
	struct sw_site *site;

	start(w);
	site = w->sites ? sw_sites_find(w->sites, name) : NULL;
	return site ? &w->list[site - w->sites->site] : NULL;
}

/* ---- one examination ---- */

struct sw_evidence *dns_world_add(struct dns_world *w, enum sw_evidence_kind kind)
{
	if (w->n == DNS_WORLD_EVIDENCE)
		abort();
	w->evidence[w->n] = (struct sw_evidence){ .kind = kind, .text = w->text[w->n] };
	w->text[w->n][0] = '\0';
	return &w->evidence[w->n++];
}

void dns_world_begin(struct dns_world *w)
{
	w->n = 0;
	start(w);
}

struct question {
	struct dns_world *w;
	const struct sw_site *site;
	struct sw_dnsbl_reading reading;
	char text[SW_DNSBL_TEXT];
};

static void on_codes(void *ctx, const struct sw_dns_answer *answer)
{
	struct question *q = ctx;

	sw_dnsbl_read(q->site, answer, &q->reading);
}

static void on_text(void *ctx, const struct sw_dns_answer *answer)
{
	struct question *q = ctx;

	sw_dnsbl_text(q->site, answer, q->text);
}

static void add_hit(struct question *q, unsigned filter)
{
	int32_t weight = q->site->filter[filter].weight;
	enum sw_evidence_kind kind = SW_EVIDENCE_DNSBL;
	struct sw_evidence *e;
	char *text;

	if (weight < 0)
		kind = SW_EVIDENCE_DNSWL;
	else if (q->reading.dialup >> filter & 1)
		kind = SW_EVIDENCE_DIALUP;
	e = dns_world_add(q->w, kind);
	text = q->w->text[e - q->w->evidence];
	sw_dnsbl_codes(q->site, &q->reading, filter, text, sizeof(q->w->text[0]) / 2);
	if (*q->text)
		snprintf(text + strlen(text), sizeof(q->w->text[0]) - strlen(text), ": %s",
			 q->text);
	e->name = q->site->name;
	e->weight = weight;
	e->expires = q->w->now + q->reading.ttl * INT64_C(1000);
}

static void add_answer(struct question *q)
{
	struct sw_evidence *e;

	for (unsigned i = 0; i < q->site->filters; i++)
		if (q->reading.matched >> i & 1)
			add_hit(q, i);
	if (q->reading.matched)
		return;
	e = dns_world_add(q->w, SW_EVIDENCE_DNSBL);
	e->name = q->site->name;
	e->expires = q->w->now + q->reading.ttl * INT64_C(1000);
	e->state = SW_EVIDENCE_CLEAN;
	if (q->reading.said == SW_DNSBL_CLEAN || q->reading.said == SW_DNSBL_LISTED)
		return;
	e->state = SW_EVIDENCE_MISSING;
	sw_site_range(q->site, &e->least, &e->most);
}

void dns_world_judge(struct dns_world *w, const struct sw_prefix *source)
{
	char name[SW_DNS_NAME];

	for (size_t i = 0; w->sites && i < w->sites->n; i++) {
		struct question q = { .w = w, .site = &w->sites->site[i] };
		struct sw_prober *prober = w->list[i].prober[source->family == 6];

		w->list[i].questions = 0;
		if (!sw_trust_scores(sw_prober_trust(prober)))
			continue;
		sw_dnsbl_question(q.site, source, name);
		w->list[i].questions++;
		sw_dns_ask(&w->dns, name, SW_DNS_A, on_codes, &q);
		if (q.reading.matched)
			sw_dns_ask(&w->dns, name, SW_DNS_TXT, on_text, &q);
		sw_prober_watch(prober, source, &q.reading);
		/* this very answer may have been what made us look */
		if (sw_trust_scores(sw_prober_trust(prober)))
			add_answer(&q);
	}
	sw_judge(&w->rules, w->evidence, w->n, w->now, &w->outcome);
	sw_outcome_format(&w->outcome, w->evidence, w->words, sizeof(w->words));
}

void dns_world_flood(struct dns_world *w, const char *name, unsigned n,
		     const struct sw_dns_answer *answer)
{
	struct dns_world_list *list = dns_world_list(w, name);
	struct sw_dnsbl_reading reading;

	if (!list)
		abort();
	sw_dnsbl_read(sw_prober_trust(list->prober[0])->site, answer, &reading);
	for (unsigned i = 0; i < n; i++) {
		struct sw_prefix source = sw_prefix_ip4(0x01000000 + i * 65536u * 3 + i, 32);

		sw_prober_watch(list->prober[0], &source, &reading);
		if (i % 10 == 9)
			dns_world_pass(w, 1);
	}
}
