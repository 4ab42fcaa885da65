/* SPDX-License-Identifier: GPL-2.0-only */
/* judge - see judge.h. */
#include "rules/judge.h"

#include <errno.h>
#include <string.h>

#define MINUTE (INT64_C(60) * 1000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

const struct sw_judge_rules sw_judge_defaults = {
	.limit = 1,
	.reject = 3,
	.drop = 8,
	.rdns_most = SW_OUTCOME_LIMIT,
	.dialup_most = SW_OUTCOME_REJECT,
	.verdict_min_ms = 10 * MINUTE,
	.verdict_max_ms = DAY,
	.clearance_min_ms = 10 * MINUTE,
	.clearance_max_ms = 6 * HOUR,
	.dialup_max_ms = 12 * HOUR,
	.missing_ms = 2 * MINUTE,
};

/* ---- rules ---- */

static int check_thresholds(const struct sw_judge_rules *r, struct sw_err *err)
{
	const int32_t of[] = { r->limit, r->reject, r->drop };
	int32_t before = 0;

	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		if (of[i] < 0)
			return sw_err_set(err, -EINVAL,
					  "a threshold of %d; it must be above 0, or 0 for never",
					  of[i]);
		if (of[i] && of[i] < before)
			return sw_err_set(
				err, -EINVAL,
				"a threshold of %d for a harsher action than that of %d; the "
				"harsher one needs the higher score",
				of[i], before);
		before = of[i] ? of[i] : before;
	}
	return 0;
}

static int check_times(int64_t least, int64_t most, const char *what, struct sw_err *err)
{
	if (least <= 0 || most < least)
		return sw_err_set(err, -EINVAL,
				  "a %s must hold for some time, and at most no shorter than at "
				  "least",
				  what);
	return 0;
}

int sw_judge_check(const struct sw_judge_rules *r, struct sw_err *err)
{
	int code = check_thresholds(r, err);

	if (!code)
		code = check_times(r->verdict_min_ms, r->verdict_max_ms, "verdict", err);
	if (!code)
		code = check_times(r->clearance_min_ms, r->clearance_max_ms, "clearance", err);
	if (!code && (r->dialup_max_ms <= 0 || r->missing_ms <= 0))
		code = sw_err_set(err, -EINVAL,
				  "what rests on a dialup listing, or on something that "
				  "is not known, must hold for some time");
	if (!code && r->rdns_n > SW_JUDGE_RDNS)
		code = sw_err_set(err, -EINVAL, "more than %d weights of reverse DNS",
				  SW_JUDGE_RDNS);
	return code;
}

static int32_t weight_of_rdns(const struct sw_judge_rules *rules, const char *name)
{
	for (size_t i = 0; name && i < rules->rdns_n; i++)
		if (!strcmp(rules->rdns[i].name, name))
			return rules->rdns[i].weight;
	return 0;
}

/* ---- the score ---- */

/* What speaks against a source, by how good it is; and what speaks for it. */
struct sums {
	int64_t lists; /* block lists, less all that speaks for the source */
	int64_t dialup;
	int64_t rdns;
};

struct judged {
	enum sw_outcome_action action;
	enum sw_outcome_class class;
};

static enum sw_outcome_action by_score(const struct sw_judge_rules *r, int64_t score)
{
	if (r->drop && score >= r->drop)
		return SW_OUTCOME_DROP;
	if (r->reject && score >= r->reject)
		return SW_OUTCOME_REJECT;
	if (r->limit && score >= r->limit)
		return SW_OUTCOME_LIMIT;
	return SW_OUTCOME_CLEARANCE;
}

static enum sw_outcome_action milder(enum sw_outcome_action a, enum sw_outcome_action b)
{
	return a < b ? a : b;
}

/* A cap of "none" is a clearance: nothing is done, which is not the same as nothing said. */
static enum sw_outcome_action cap(enum sw_outcome_action action, enum sw_outcome_action most)
{
	return milder(action, most > SW_OUTCOME_CLEARANCE ? most : SW_OUTCOME_CLEARANCE);
}

static enum sw_outcome_action act_with_dialup(const struct sw_judge_rules *r, const struct sums *s)
{
	enum sw_outcome_action action = by_score(r, s->lists + s->dialup);

	return s->lists > 0 ? action : cap(action, r->dialup_most);
}

/* Two hints together may do what either may do alone. */
static enum sw_outcome_action act_with_all(const struct sw_judge_rules *r, const struct sums *s)
{
	enum sw_outcome_action action = by_score(r, s->lists + s->dialup + s->rdns);
	enum sw_outcome_action most = r->rdns_most;

	if (s->lists > 0)
		return action;
	if (s->lists + s->dialup > 0 && (s->rdns <= 0 || r->dialup_most > most))
		most = r->dialup_most;
	return cap(action, most);
}

/* Each of the three is at least as harsh as the one before it: what is added is above 0. */
static struct judged decide(const struct sw_judge_rules *r, const struct sums *s)
{
	enum sw_outcome_action all = act_with_all(r, s);

	if (all <= SW_OUTCOME_CLEARANCE)
		return (struct judged){ SW_OUTCOME_CLEARANCE, SW_OUTCOME_UNCLASSED };
	if (all == by_score(r, s->lists))
		return (struct judged){ all, SW_OUTCOME_DNS };
	if (all == act_with_dialup(r, s))
		return (struct judged){ all, SW_OUTCOME_DIALUP };
	return (struct judged){ all, SW_OUTCOME_RDNS };
}

static void add(struct sums *s, enum sw_evidence_kind kind, int64_t weight)
{
	if (weight < 0 || (kind != SW_EVIDENCE_DIALUP && kind != SW_EVIDENCE_RDNS))
		s->lists += weight;
	else if (kind == SW_EVIDENCE_DIALUP)
		s->dialup += weight;
	else
		s->rdns += weight;
}

static bool counts(const struct sw_evidence *e, int64_t now)
{
	return e->state != SW_EVIDENCE_MISSING && (!e->expires || e->expires > now);
}

static int32_t weight_of(const struct sw_judge_rules *rules, const struct sw_evidence *e)
{
	if (e->state != SW_EVIDENCE_FOUND)
		return 0;
	return e->kind == SW_EVIDENCE_RDNS ? weight_of_rdns(rules, e->name) : e->weight;
}

/* What a name could have added: the extremes of all that the rules weigh. */
static void range_of(const struct sw_judge_rules *rules, const struct sw_evidence *e,
		     int64_t *least, int64_t *most)
{
	*least = e->least < 0 ? e->least : 0;
	*most = e->most > 0 ? e->most : 0;
	if (e->kind != SW_EVIDENCE_RDNS || e->least || e->most)
		return;
	for (size_t i = 0; i < rules->rdns_n; i++)
		*(rules->rdns[i].weight < 0 ? least : most) += rules->rdns[i].weight;
}

/* ---- reasons ---- */

/* Keep the heaviest in order; @sign 1: those that speak against the source first. */
static void add_reason(struct sw_outcome *o, uint32_t number, int32_t weight, int sign)
{
	size_t i = o->reasons;

	while (i > 0 && (int64_t)weight * sign > (int64_t)o->weight[i - 1] * sign)
		i--;
	o->more += o->reasons == SW_JUDGE_REASONS;
	if (i == SW_JUDGE_REASONS)
		return;
	o->reasons += o->reasons < SW_JUDGE_REASONS;
	memmove(&o->reason[i + 1], &o->reason[i], (o->reasons - i - 1) * sizeof(o->reason[0]));
	memmove(&o->weight[i + 1], &o->weight[i], (o->reasons - i - 1) * sizeof(o->weight[0]));
	o->reason[i] = number;
	o->weight[i] = weight;
}

static void give_reasons(const struct sw_judge_rules *rules, const struct sw_evidence *evidence,
			 size_t n, int64_t now, struct sw_outcome *o)
{
	int sign = o->action > SW_OUTCOME_CLEARANCE ? 1 : -1;

	for (size_t i = 0; i < n; i++) {
		int32_t weight = weight_of(rules, &evidence[i]);

		if (weight && counts(&evidence[i], now))
			add_reason(o, (uint32_t)i, weight, sign);
	}
}

/* ---- the time ---- */

/* When the first ends of what the outcome rests on: of what speaks against the source, or of
 * what does not. */
static int64_t first_end(const struct sw_judge_rules *rules, const struct sw_evidence *evidence,
			 size_t n, int64_t now, bool against)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < n; i++) {
		const struct sw_evidence *e = &evidence[i];

		if (!counts(e, now) || !e->expires || (weight_of(rules, e) > 0) != against)
			continue;
		if (e->expires < first)
			first = e->expires;
	}
	return first;
}

/* How long an outcome that could be another holds: until the first of what is missing may be
 * known. */
static int64_t until_known(const struct sw_judge_rules *rules, const struct sw_evidence *evidence,
			   size_t n, int64_t now)
{
	int64_t first = INT64_MAX, least, most;

	for (size_t i = 0; i < n; i++) {
		if (evidence[i].state != SW_EVIDENCE_MISSING)
			continue;
		range_of(rules, &evidence[i], &least, &most);
		if ((least || most) && evidence[i].expires < first)
			first = evidence[i].expires;
	}
	if (first == INT64_MAX || first < now + rules->missing_ms)
		return rules->missing_ms;
	return first - now;
}

static int64_t hold_for(const struct sw_judge_rules *rules, const struct sw_evidence *evidence,
			size_t n, int64_t now, const struct sw_outcome *o)
{
	bool against = o->action > SW_OUTCOME_CLEARANCE;
	int64_t least = against ? rules->verdict_min_ms : rules->clearance_min_ms;
	int64_t most = against ? rules->verdict_max_ms : rules->clearance_max_ms;
	int64_t first = first_end(rules, evidence, n, now, against), ms = most;

	if (first != INT64_MAX && first - now < ms)
		ms = first - now;
	if (ms < least)
		ms = least;
	if (o->class >= SW_OUTCOME_DIALUP && ms > rules->dialup_max_ms)
		ms = rules->dialup_max_ms;
	if (o->provisional) {
		first = until_known(rules, evidence, n, now);
		ms = ms < first ? ms : first;
	}
	return ms;
}

/* ---- all of it ---- */

static bool could_differ(const struct sw_judge_rules *rules, const struct sums *mildest,
			 const struct sums *harshest, const struct judged *judged)
{
	return decide(rules, mildest).action != judged->action ||
	       decide(rules, harshest).action != judged->action;
}

static int32_t threshold_of(const struct sw_judge_rules *r, enum sw_outcome_action action)
{
	switch (action) {
	case SW_OUTCOME_LIMIT:
		return r->limit;
	case SW_OUTCOME_REJECT:
		return r->reject;
	case SW_OUTCOME_DROP:
		return r->drop;
	default:
		return 0;
	}
}

void sw_judge(const struct sw_judge_rules *rules, const struct sw_evidence *evidence, size_t n,
	      int64_t now, struct sw_outcome *ret)
{
	struct sums known = { 0 }, mildest, harshest;
	struct judged judged;
	bool any = false, missing = false;
	int64_t least, most;

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < n; i++) {
		if (!counts(&evidence[i], now))
			continue;
		any = true;
		add(&known, evidence[i].kind, weight_of(rules, &evidence[i]));
	}
	mildest = harshest = known;
	for (size_t i = 0; i < n; i++) {
		if (evidence[i].state != SW_EVIDENCE_MISSING)
			continue;
		missing = true;
		range_of(rules, &evidence[i], &least, &most);
		add(&mildest, evidence[i].kind, least);
		add(&harshest, evidence[i].kind, most);
	}
	judged = decide(rules, &known);
	ret->score = known.lists + known.dialup + known.rdns;
	ret->action = any ? judged.action : SW_OUTCOME_NONE;
	ret->class = judged.class;
	ret->threshold = threshold_of(rules, ret->action);
	ret->provisional = !any || (missing && could_differ(rules, &mildest, &harshest, &judged));
	give_reasons(rules, evidence, n, now, ret);
	ret->expires = now + hold_for(rules, evidence, n, now, ret);
}
