/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * examine - one examination: all questions at once, then what the lists that have the source
 * say of their reasons, then judgement.
 */
#include "examiner_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/dnsbl.h"
#include "dns/ptr.h"
#include "dns/rdns.h"
#include "maps/hash.h"

#define CODES_TEXT 100
/* Never too few: what one list says against a source must not take the place of what another
 * says for it. */
#define EVIDENCE_MAX (SW_SITES * SW_SITE_FILTERS + SW_RDNS_CLASSES)

/* What a list is asked, and said. One that is not believed is not asked, but what it could have
 * said is missed. */
struct asked {
	struct sw_examination *e;
	const struct sw_site *site;
	struct sw_prober *prober;
	sw_dns_ticket ticket;
	struct sw_dnsbl_reading reading;
	char text[SW_DNSBL_TEXT];
};

struct sw_examination {
	struct sw_examination *next; /* in its bucket */
	struct sw_examiner *x;
	struct sw_prefix source, address;
	unsigned waiting; /* for so many answers; one more while questions are being asked */
	struct sw_ptr *ptr;
	bool named; /* what follows is known; else its names could not be asked for */
	struct sw_rdns_facts facts;
	struct sw_rdns rdns;
	size_t n;
	struct asked asked[];
};

/* ---- those that run ---- */

static struct sw_examination **place_of(const struct sw_examiner *x, const struct sw_prefix *source)
{
	/* who chooses sources cannot choose a bucket */
	uint64_t hash = sw_hash(source->hi ^ source->family, source->lo, x->options.seed);
	struct sw_examination *const *place = &x->bucket[hash % SW_EXAMINER_BUCKETS];

	while (*place && sw_prefix_cmp(&(*place)->source, source) != 0)
		place = &(*place)->next;
	return (struct sw_examination **)place;
}

bool sw_examiner_has(const struct sw_examiner *x, const struct sw_prefix *source)
{
	return *place_of(x, source) != NULL;
}

static void forget(struct sw_examination *e)
{
	struct sw_examination **place = place_of(e->x, &e->source);

	*place = e->next;
	e->x->counts.running--;
	free(e);
}

void sw_examinations_drop(struct sw_examiner *x)
{
	for (unsigned b = 0; b < SW_EXAMINER_BUCKETS; b++) {
		struct sw_examination *e = x->bucket[b], *next;

		for (x->bucket[b] = NULL; e; e = next) {
			next = e->next;
			for (size_t i = 0; i < e->n; i++)
				sw_dns_cancel(x->options.dns, e->asked[i].ticket);
			sw_ptr_cancel(e->ptr);
			free(e);
		}
	}
	x->counts.running = 0;
}

/* ---- evidence ---- */

struct gathering {
	struct sw_evidence evidence[EVIDENCE_MAX];
	char codes[EVIDENCE_MAX][CODES_TEXT];
	size_t n;
	int64_t now;
	struct sw_rests rests;
};

static struct sw_evidence *add(struct gathering *g, enum sw_evidence_kind kind,
			       enum sw_evidence_state state, const char *name)
{
	struct sw_evidence *e = &g->evidence[g->n++];

	*e = (struct sw_evidence){ .kind = kind, .state = state, .name = name };
	return e;
}

static enum sw_evidence_kind kind_of(int32_t weight, bool dialup)
{
	if (weight < 0)
		return SW_EVIDENCE_DNSWL;
	return dialup ? SW_EVIDENCE_DIALUP : SW_EVIDENCE_DNSBL;
}

/* An answer that is not to be kept (a TTL of 0) counts for the question it answers. */
static int64_t end_of(const struct gathering *g, uint32_t ttl)
{
	return g->now + (ttl ? (int64_t)ttl * 1000 : 1);
}

/* Which of its codes made filter @f match, in @out; none is cut in two: 127.0.0.1 is not what
 * 127.0.0.10 is. */
static const char *codes_of(const struct asked *a, unsigned f, char out[CODES_TEXT])
{
	char *comma;

	if (sw_dnsbl_codes(a->site, &a->reading, f, out, CODES_TEXT) < CODES_TEXT)
		return out;
	out[CODES_TEXT - 5] = '\0';
	comma = strrchr(out, ',');
	strcpy(comma ? comma + 2 : out, "...");
	return out;
}

static void gather_site(struct gathering *g, const struct asked *a)
{
	const struct sw_dnsbl_reading *r = &a->reading;
	int64_t expires = end_of(g, r->ttl);
	struct sw_evidence *e;

	/* What is no list of the family could say nothing of the source. */
	if (!sw_trust_serves(sw_prober_trust(a->prober))) {
		add(g, SW_EVIDENCE_DNSBL, SW_EVIDENCE_CLEAN, a->site->name);
		return;
	}
	/* It may have lost our trust since it was asked. */
	if (!sw_trust_scores(sw_prober_trust(a->prober)) || r->said == SW_DNSBL_UNKNOWN ||
	    r->said == SW_DNSBL_TROUBLE) {
		e = add(g, SW_EVIDENCE_DNSBL, SW_EVIDENCE_MISSING, a->site->name);
		sw_site_range(a->site, &e->least, &e->most);
		e->expires = sw_trust_back(sw_prober_trust(a->prober));
		return;
	}
	if (r->said == SW_DNSBL_CLEAN || !r->matched) {
		add(g, SW_EVIDENCE_DNSBL, SW_EVIDENCE_CLEAN, a->site->name)->expires = expires;
		return;
	}
	for (unsigned f = 0; f < a->site->filters; f++) {
		int32_t weight = a->site->filter[f].weight;
		bool dialup = r->dialup >> f & 1;

		if (!(r->matched >> f & 1))
			continue;
		e = add(g, kind_of(weight, dialup), SW_EVIDENCE_FOUND, a->site->name);
		e->weight = weight;
		e->expires = expires;
		e->text = codes_of(a, f, g->codes[e - g->evidence]);
		if (weight)
			sw_rests_add(&g->rests, sw_site_id(a->site));
	}
}

static void gather_name(struct gathering *g, const struct sw_examination *e)
{
	const char *name = e->rdns.name < e->facts.n ? e->facts.name[e->rdns.name].name : NULL;
	int64_t expires = end_of(g, e->facts.ttl);
	bool found = false;

	if (!e->named || e->rdns.classes & SW_RDNS_UNKNOWN) {
		add(g, SW_EVIDENCE_RDNS, SW_EVIDENCE_MISSING, "reverse DNS");
		return;
	}
	for (unsigned bit = 0; bit < SW_RDNS_CLASSES; bit++) {
		struct sw_evidence *piece;

		if (!(e->rdns.classes >> bit & 1))
			continue;
		piece = add(g, SW_EVIDENCE_RDNS, SW_EVIDENCE_FOUND, sw_rdns_class_name(bit));
		piece->text = name;
		piece->expires = expires;
		found = true;
	}
	if (!found)
		add(g, SW_EVIDENCE_RDNS, SW_EVIDENCE_CLEAN, "reverse DNS")->expires = expires;
}

/* ---- the end ---- */

/* What the heaviest list that counted says of its reasons. */
static const char *words_of(const struct sw_examination *e, const struct gathering *g,
			    const struct sw_outcome *o)
{
	for (size_t r = 0; r < o->reasons; r++)
		for (size_t i = 0; i < e->n; i++)
			if (e->asked[i].text[0] &&
			    e->asked[i].site->name == g->evidence[o->reason[r]].name)
				return e->asked[i].text;
	return NULL;
}

static void conclude(struct sw_examination *e)
{
	static struct gathering g; /* one thread; too large for a stack */
	struct sw_examiner *x = e->x;
	char reason[SW_VERDICT_REASON];
	struct sw_prefix source = e->source;
	struct sw_outcome outcome;
	const char *words;
	size_t n;

	g.n = 0;
	g.rests.n = 0;
	g.now = x->options.now_ms();
	for (size_t i = 0; i < e->n; i++)
		gather_site(&g, &e->asked[i]);
	if (x->options.setup->rules.rdns_n)
		gather_name(&g, e);
	sw_judge(&x->options.setup->rules, g.evidence, g.n, g.now, &outcome);
	n = sw_outcome_format(&outcome, g.evidence, reason, sizeof(reason));
	words = words_of(e, &g, &outcome);
	if (words && n < sizeof(reason))
		snprintf(reason + n, sizeof(reason) - n, "; %s", words);
	x->counts.outcomes[outcome.action]++;
	x->counts.provisional += outcome.provisional;
	forget(e);
	x->options.outcome(x->options.ctx, &source, &outcome, reason, &g.rests);
}

/* One answer less to wait for; @e is gone after the last one. */
static void settle(struct sw_examination *e)
{
	if (--e->waiting == 0)
		conclude(e);
}

/* ---- answers ---- */

static void on_words(void *ctx, const struct sw_dns_answer *answer)
{
	struct asked *a = ctx;

	a->ticket = 0;
	sw_dnsbl_text(a->site, answer, a->text);
	settle(a->e);
}

static void ask_for_words(struct asked *a)
{
	char name[SW_DNS_NAME];
	sw_dns_ticket ticket;

	sw_dnsbl_question(a->site, &a->e->address, name);
	a->e->waiting++;
	ticket = sw_dns_ask(a->e->x->options.dns, name, SW_DNS_TXT, on_words, a);
	if (ticket)
		a->ticket = ticket;
}

static void on_answer(void *ctx, const struct sw_dns_answer *answer)
{
	struct asked *a = ctx;

	a->ticket = 0;
	sw_dnsbl_read(a->site, answer, &a->reading);
	if (a->reading.said == SW_DNSBL_LISTED && a->reading.matched)
		ask_for_words(a);
	sw_prober_watch(a->prober, &a->e->address, &a->reading);
	settle(a->e);
}

static void on_names(void *ctx, const struct sw_rdns_facts *facts)
{
	struct sw_examination *e = ctx;

	e->ptr = NULL;
	e->facts = *facts;
	sw_rdns_classify(e->x->options.suffix, &e->facts, &e->rdns);
	e->named = true;
	settle(e);
}

/* ---- questions ---- */

static void ask_site(struct asked *a)
{
	struct sw_examiner *x = a->e->x;
	char name[SW_DNS_NAME];
	sw_dns_ticket ticket;

	sw_dnsbl_question(a->site, &a->e->address, name);
	a->e->waiting++;
	/* kept answers may be those for which it was not believed */
	if (sw_trust_is_back(sw_prober_trust(a->prober), x->options.now_ms()))
		ticket = sw_dns_ask_anew(x->options.dns, name, SW_DNS_A, on_answer, a);
	else
		ticket = sw_dns_ask(x->options.dns, name, SW_DNS_A, on_answer, a);
	if (ticket)
		a->ticket = ticket;
}

static void ask_names(struct sw_examination *e)
{
	struct sw_ptr *ptr = NULL;

	e->waiting++;
	if (sw_ptr_ask(e->x->options.dns, &e->address, on_names, e, &ptr))
		e->waiting--;
	else if (ptr)
		e->ptr = ptr;
}

int sw_examine(struct sw_examiner *x, const struct sw_prefix *source,
	       const struct sw_prefix *address)
{
	struct sw_examination **place = place_of(x, source), *e;

	if (*place)
		return -EALREADY;
	e = calloc(1, sizeof(*e) + x->sites * sizeof(e->asked[0]));
	if (!e)
		return -ENOMEM;
	*e = (struct sw_examination){ .x = x, .source = *source, .address = *address };
	e->waiting = 1;
	*place = e;
	x->counts.running++;
	for (size_t i = 0; i < x->sites; i++) {
		struct sw_prober *p = x->prober[i + (address->family == 6 ? x->sites : 0)];

		e->asked[e->n++] =
			(struct asked){ .e = e, .site = sw_prober_trust(p)->site, .prober = p };
	}
	for (size_t i = 0; i < e->n; i++)
		if (sw_trust_scores(sw_prober_trust(e->asked[i].prober)))
			ask_site(&e->asked[i]);
	if (x->options.setup->rules.rdns_n)
		ask_names(e);
	settle(e);
	return 0;
}
