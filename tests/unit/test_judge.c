/* SPDX-License-Identifier: GPL-2.0-only */
/* The judge: cases as text, and any evidence against an oracle that only knows the rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/judge.h"
#include "support/random.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define NOW (INT64_C(1795608000) * SECOND)

/* ---- cases as text ---- */

/* Words with : between their parts:
 *   dnsbl:3 dialup:2 dnswl:-4 clearance:-1  found, with that weight
 *   rdns:generic                            found
 *   dnsbl:clean                             asked, and there is nothing
 *   dnsbl:?0..5 rdns:?                      missing, and what it could have added; with
 *                                           @SECONDS not known before then
 * and behind any of them @SECONDS: how long it holds from now on. */
static size_t read_evidence(const char *text, struct sw_evidence *out, char *copy)
{
	static const char *const kinds[] = { "dnsbl", "dialup", "dnswl", "rdns", "clearance" };
	char *rest = strcpy(copy, text);
	size_t n = 0;

	for (char *word = strtok_r(rest, " ", &rest); word;
	     word = strtok_r(NULL, " ", &rest), n++) {
		char *at = strchr(word, '@'), *what = strchr(word, ':');
		struct sw_evidence *e = &out[n];

		memset(e, 0, sizeof(*e));
		if (at)
			*at = '\0';
		e->expires = at ? NOW + atoll(at + 1) * SECOND : 0;
		*what++ = '\0';
		while (strcmp(kinds[e->kind], word) != 0)
			e->kind++;
		e->name = what;
		if (*what == '?') {
			e->state = SW_EVIDENCE_MISSING;
			sscanf(what + 1, "%d..%d", &e->least, &e->most);
		} else if (!strcmp(what, "clean")) {
			e->state = SW_EVIDENCE_CLEAN;
		} else {
			e->weight = atoi(what);
		}
	}
	return n;
}

static struct sw_judge_rules test_rules(void)
{
	struct sw_judge_rules r = sw_judge_defaults;

	r.rdns[0] = (struct sw_judge_weight){ "generic", 2 };
	r.rdns[1] = (struct sw_judge_weight){ "none", 20 };
	r.rdns[2] = (struct sw_judge_weight){ "server", -1 };
	r.rdns_n = 3;
	return r;
}

static void test_cases(void **state)
{
	static const struct {
		const char *evidence, *action, *class;
		int64_t score;
		int64_t seconds; /* how long it holds */
	} cases[] = {
		/* nothing */
		{ "", "none", "none", 0, 120 },
		{ "dnsbl:?0..3 rdns:?", "none", "none", 0, 120 },
		{ "dnsbl:clean", "clearance", "none", 0, 21600 },
		{ "dnsbl:clean@900", "clearance", "none", 0, 900 },
		{ "dnsbl:clean@1", "clearance", "none", 0, 600 },
		{ "dnsbl:clean@900 dnsbl:clean@700 rdns:server@800", "clearance", "none", -1, 700 },
		{ "dnsbl:clean@999999", "clearance", "none", 0, 21600 },
		/* thresholds: limit 1, reject 3, drop 8 */
		{ "dnsbl:1@3600", "limit", "dns", 1, 3600 },
		{ "dnsbl:2@3600", "limit", "dns", 2, 3600 },
		{ "dnsbl:3@3600", "reject", "dns", 3, 3600 },
		{ "dnsbl:7@3600", "reject", "dns", 7, 3600 },
		{ "dnsbl:8@3600", "drop", "dns", 8, 3600 },
		{ "dnsbl:2@3600 dnsbl:1@1800", "reject", "dns", 3, 1800 },
		{ "dnsbl:2@3600 dnsbl:1@60", "reject", "dns", 3, 600 },
		{ "dnsbl:8@31536000", "drop", "dns", 8, 86400 },
		{ "dnsbl:8", "drop", "dns", 8, 86400 },
		/* what has ended says nothing */
		{ "dnsbl:8@0 dnsbl:clean@900", "clearance", "none", 0, 900 },
		{ "dnsbl:8@-5", "none", "none", 0, 120 },
		/* allow lists */
		{ "dnsbl:8@3600 dnswl:-4@60", "reject", "dns", 4, 3600 },
		{ "dnsbl:3@3600 dnswl:-5@700", "clearance", "none", -2, 700 },
		{ "dnswl:-5@700", "clearance", "none", -5, 700 },
		{ "dnsbl:3@3600 clearance:-3@700", "clearance", "none", 0, 700 },
		/* a name is a hint, whatever its weight */
		{ "rdns:generic@3600", "limit", "rdns", 2, 3600 },
		{ "rdns:none@3600", "limit", "rdns", 20, 3600 },
		{ "rdns:none rdns:generic", "limit", "rdns", 22, 43200 },
		{ "rdns:none@3600 dnsbl:clean", "limit", "rdns", 20, 3600 },
		{ "rdns:none@3600 dnsbl:1@3600", "drop", "rdns", 21, 3600 },
		{ "rdns:none@3600 dnsbl:1@3600 dnswl:-1", "limit", "rdns", 20, 3600 },
		{ "rdns:none@3600 dialup:1@3600 dnswl:-1", "limit", "rdns", 20, 3600 },
		{ "rdns:generic dnsbl:1", "reject", "rdns", 3, 43200 },
		{ "rdns:generic dnsbl:3", "reject", "dns", 5, 86400 },
		{ "rdns:server dnsbl:3", "limit", "dns", 2, 86400 },
		{ "rdns:unheard dnsbl:clean", "clearance", "none", 0, 21600 },
		{ "rdns:generic dnswl:-2", "clearance", "none", 0, 21600 },
		/* a dialup line is rejected at most, and not for long */
		{ "dialup:3", "reject", "dialup", 3, 43200 },
		{ "dialup:9", "reject", "dialup", 9, 43200 },
		{ "dialup:9 rdns:none", "reject", "dialup", 29, 43200 },
		{ "dialup:1 rdns:generic", "reject", "rdns", 3, 43200 },
		{ "dialup:9 dnsbl:1", "drop", "dialup", 10, 43200 },
		{ "dialup:9 dnsbl:8", "drop", "dns", 17, 86400 },
		{ "dialup:2 dnsbl:2", "reject", "dialup", 4, 43200 },
		{ "dialup:9 dnsbl:2 dnswl:-2", "reject", "dialup", 9, 43200 },
		/* what is not known */
		{ "dnsbl:clean dnsbl:?0..3", "clearance", "none", 0, 120 },
		{ "dnsbl:clean dnswl:?-5..0", "clearance", "none", 0, 21600 },
		/* and when it may be */
		{ "dnsbl:clean dnsbl:?0..3@5000", "clearance", "none", 0, 5000 },
		{ "dnsbl:clean@900 dnsbl:?0..3@5000", "clearance", "none", 0, 900 },
		{ "dnsbl:clean dnsbl:?0..3@60", "clearance", "none", 0, 120 },
		{ "dnsbl:clean dnsbl:?0..3@-60", "clearance", "none", 0, 120 },
		{ "dnsbl:clean dnsbl:?0..3@5000 dnsbl:?0..3@700", "clearance", "none", 0, 700 },
		{ "dnsbl:clean dnsbl:?0..3@5000 dnsbl:?0..3", "clearance", "none", 0, 120 },
		{ "dnsbl:clean dnsbl:?0..3@5000 dnsbl:?0..0@700", "clearance", "none", 0, 5000 },
		{ "dnsbl:clean dnsbl:?0..3@99999", "clearance", "none", 0, 21600 },
		{ "dnsbl:?0..3@5000", "none", "none", 0, 5000 },
		{ "dnsbl:3 dnswl:?-5..0@9999999", "reject", "dns", 3, 86400 },
		{ "dnsbl:3 dnswl:?-5..0", "reject", "dns", 3, 120 },
		{ "dnsbl:3 dnswl:?0..4", "reject", "dns", 3, 86400 },
		{ "dnsbl:3 dnsbl:?0..5", "reject", "dns", 3, 120 },
		{ "dnsbl:8 dnsbl:?0..5", "drop", "dns", 8, 86400 },
		{ "dnsbl:13 dnswl:?-5..0", "drop", "dns", 13, 86400 },
		{ "dnsbl:clean rdns:?", "clearance", "none", 0, 120 },
		{ "dnsbl:8 rdns:?", "drop", "dns", 8, 120 }, /* it may be a server's */
		{ "dnsbl:9 rdns:?", "drop", "dns", 9, 86400 },
		{ "dnsbl:clean dnsbl:?0..0", "clearance", "none", 0, 21600 },
	};
	struct sw_judge_rules rules = test_rules();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sw_evidence e[16];
		struct sw_outcome o;
		char copy[256], words[512];
		size_t n = read_evidence(cases[i].evidence, e, copy);

		sw_judge(&rules, e, n, NOW, &o);
		sw_outcome_format(&o, e, words, sizeof(words));
		if (strcmp(sw_outcome_action_name(o.action), cases[i].action) != 0 ||
		    strcmp(sw_outcome_class_name(o.class), cases[i].class) != 0 ||
		    o.score != cases[i].score || o.expires - NOW != cases[i].seconds * SECOND)
			fail_msg("\"%s\": %s, class %s, for %lld s: %s", cases[i].evidence,
				 sw_outcome_action_name(o.action), sw_outcome_class_name(o.class),
				 (long long)((o.expires - NOW) / SECOND), words);
	}
}

/* Only who says so in so many words has mail blocked for a name alone. */
static void test_explicit_caps(void **state)
{
	static const struct {
		enum sw_outcome_action rdns_most, dialup_most;
		const char *evidence, *action;
	} cases[] = {
		{ SW_OUTCOME_DROP, SW_OUTCOME_DROP, "rdns:none", "drop" },
		{ SW_OUTCOME_REJECT, SW_OUTCOME_NONE, "rdns:none", "reject" },
		{ SW_OUTCOME_CLEARANCE, SW_OUTCOME_DROP, "rdns:none", "clearance" },
		{ SW_OUTCOME_NONE, SW_OUTCOME_DROP, "rdns:none", "clearance" },
		{ SW_OUTCOME_NONE, SW_OUTCOME_DROP, "dialup:9", "drop" },
		{ SW_OUTCOME_DROP, SW_OUTCOME_NONE, "dialup:9", "clearance" },
		{ SW_OUTCOME_DROP, SW_OUTCOME_LIMIT, "dialup:9", "limit" },
		{ SW_OUTCOME_NONE, SW_OUTCOME_NONE, "dialup:9 rdns:none dnsbl:1", "drop" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sw_judge_rules rules = test_rules();
		struct sw_evidence e[16];
		struct sw_outcome o;
		char copy[256];
		size_t n = read_evidence(cases[i].evidence, e, copy);

		rules.rdns_most = cases[i].rdns_most;
		rules.dialup_most = cases[i].dialup_most;
		sw_judge(&rules, e, n, NOW, &o);
		assert_string_equal(sw_outcome_action_name(o.action), cases[i].action);
	}
}

static void test_words(void **state)
{
	static const struct {
		const char *evidence, *words;
	} cases[] = {
		{ "", "nothing is known" },
		{ "dnsbl:clean", "score 0" },
		{ "dnsbl:3", "3 (+3): score 3, reject from 3" },
		{ "dnsbl:1 rdns:generic dnswl:-1 dnsbl:5",
		  "5 (+5), generic (+2), 1 (+1), -1 (-1): score 7, reject from 3" },
		{ "dnsbl:1 dnswl:-4 dnswl:-5", "-5 (-5), -4 (-4), 1 (+1): score -8" },
		{ "dnsbl:4 dnsbl:?0..9", "4 (+4): score 4, reject from 3, and not all is known" },
		{ "dnsbl:1 dnsbl:1@60 dnsbl:1", "1 (+1), 1 (+1), 1 (+1): score 3, reject from 3" },
	};
	struct sw_judge_rules rules = test_rules();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sw_evidence e[16];
		struct sw_outcome o;
		char copy[256], words[512];
		size_t n = read_evidence(cases[i].evidence, e, copy), length;

		sw_judge(&rules, e, n, NOW, &o);
		length = sw_outcome_format(&o, e, words, sizeof(words));
		assert_string_equal(words, cases[i].words);
		for (size_t size = 0; size <= length + 1; size++) {
			char *cut = malloc(size ? size : 1);

			assert_int_equal(sw_outcome_format(&o, e, cut, size), length);
			if (size)
				assert_memory_equal(cut, words, size - 1);
			free(cut);
		}
	}
}

static void test_many_reasons(void **state)
{
	struct sw_judge_rules rules = test_rules();
	struct sw_evidence *e = calloc(100000, sizeof(*e));
	struct sw_outcome o;

	for (unsigned i = 0; i < 100000; i++)
		e[i] = (struct sw_evidence){ .kind = SW_EVIDENCE_DNSBL,
					     .weight = INT32_MAX - (int32_t)(i * 7 % 100000) };
	sw_judge(&rules, e, 100000, NOW, &o);
	assert_int_equal(o.action, SW_OUTCOME_DROP);
	assert_int_equal(o.reasons, SW_JUDGE_REASONS);
	assert_int_equal(o.more, 100000 - SW_JUDGE_REASONS);
	for (unsigned i = 0; i < SW_JUDGE_REASONS; i++)
		assert_int_equal(o.weight[i], INT32_MAX - (int32_t)i);
	for (unsigned i = 0; i < 100000; i++)
		e[i].weight = INT32_MIN;
	sw_judge(&rules, e, 100000, NOW, &o);
	assert_int_equal(o.action, SW_OUTCOME_CLEARANCE);
	assert_int_equal(o.score, 100000 * (int64_t)INT32_MIN);
	free(e);
}

static void test_rules_that_make_no_sense(void **state)
{
	struct sw_judge_rules r;
	struct sw_err err;

#define REFUSED(change, words)                                       \
	do {                                                         \
		r = sw_judge_defaults;                               \
		change;                                              \
		assert_int_equal(sw_judge_check(&r, &err), -EINVAL); \
		if (!strstr(err.text, words))                        \
			fail_msg("%s", err.text);                    \
	} while (0)
	r = sw_judge_defaults;
	assert_int_equal(sw_judge_check(&r, NULL), 0);
	r.limit = r.drop = 0;
	assert_int_equal(sw_judge_check(&r, NULL), 0);
	REFUSED(r.limit = -1, "above 0, or 0 for never");
	REFUSED(r.drop = 2, "the harsher one needs the higher score");
	REFUSED((r.reject = 0, r.limit = 9),
		"a threshold of 8 for a harsher action than that of 9");
	REFUSED(r.verdict_min_ms = 0, "a verdict must hold");
	REFUSED(r.verdict_max_ms = 1, "a verdict must hold");
	REFUSED(r.clearance_min_ms = -1, "a clearance must hold");
	REFUSED(r.dialup_max_ms = 0, "must hold for some time");
	REFUSED(r.missing_ms = 0, "must hold for some time");
	REFUSED(r.rdns_n = SW_JUDGE_RDNS + 1, "more than 32 weights");
#undef REFUSED
}

/* ---- any evidence ---- */

static uint64_t seed = 42;

static unsigned rnd(unsigned n)
{
	return (unsigned)(sw_random(&seed) % n);
}

static void random_rules(struct sw_judge_rules *r)
{
	*r = test_rules();
	r->limit = rnd(4) ? 1 + (int32_t)rnd(3) : 0;
	r->reject = rnd(4) ? 3 + (int32_t)rnd(3) : 0;
	r->drop = rnd(4) ? 6 + (int32_t)rnd(6) : 0;
	r->rdns_most = rnd(5);
	r->dialup_most = rnd(5);
	r->verdict_min_ms = 1 + rnd(1000);
	r->verdict_max_ms = r->verdict_min_ms + rnd(100000);
	r->clearance_min_ms = 1 + rnd(1000);
	r->clearance_max_ms = r->clearance_min_ms + rnd(100000);
	r->dialup_max_ms = 1 + rnd(100000);
	r->missing_ms = 1 + rnd(1000);
}

static size_t random_evidence(struct sw_evidence *e)
{
	static const char *const names[] = { "generic", "none", "server", "unheard" };
	size_t n = rnd(9);

	for (size_t i = 0; i < n; i++) {
		e[i] = (struct sw_evidence){ .kind = rnd(SW_EVIDENCE_KINDS),
					     .state = rnd(4) ? SW_EVIDENCE_FOUND : rnd(3),
					     .weight = (int32_t)rnd(9) - 3,
					     .least = -(int32_t)rnd(4),
					     .most = (int32_t)rnd(4),
					     .name = names[rnd(4)] };
		if (e[i].kind == SW_EVIDENCE_DNSWL && e[i].weight > 0)
			e[i].weight = -e[i].weight;
		if (rnd(2))
			e[i].expires = NOW + (int64_t)rnd(200000) - 20000;
	}
	return n;
}

/* What a piece is worth, by the rules as they are written. */
static int64_t worth(const struct sw_judge_rules *r, const struct sw_evidence *e)
{
	if (e->state != SW_EVIDENCE_FOUND || (e->expires && e->expires <= NOW))
		return 0;
	if (e->kind != SW_EVIDENCE_RDNS)
		return e->weight;
	for (size_t i = 0; i < r->rdns_n; i++)
		if (!strcmp(r->rdns[i].name, e->name))
			return r->rdns[i].weight;
	return 0;
}

static int64_t sum(const struct sw_judge_rules *r, const struct sw_evidence *e, size_t n,
		   bool dialup, bool rdns)
{
	int64_t score = 0;

	for (size_t i = 0; i < n; i++) {
		int64_t w = worth(r, &e[i]);

		if (w > 0 && ((e[i].kind == SW_EVIDENCE_DIALUP && !dialup) ||
			      (e[i].kind == SW_EVIDENCE_RDNS && !rdns)))
			continue;
		score += w;
	}
	return score;
}

static enum sw_outcome_action plain(const struct sw_judge_rules *r, int64_t score)
{
	enum sw_outcome_action a = SW_OUTCOME_CLEARANCE;

	a = r->limit && score >= r->limit ? SW_OUTCOME_LIMIT : a;
	a = r->reject && score >= r->reject ? SW_OUTCOME_REJECT : a;
	return r->drop && score >= r->drop ? SW_OUTCOME_DROP : a;
}

static enum sw_outcome_action most_of(enum sw_outcome_action a)
{
	return a == SW_OUTCOME_NONE ? SW_OUTCOME_CLEARANCE : a;
}

static enum sw_outcome_action oracle(const struct sw_judge_rules *r, const struct sw_evidence *e,
				     size_t n)
{
	enum sw_outcome_action a = plain(r, sum(r, e, n, true, true));
	enum sw_outcome_action most = SW_OUTCOME_CLEARANCE;

	if (sum(r, e, n, false, false) > 0)
		return a;
	if (sum(r, e, n, true, false) > 0)
		most = most_of(r->dialup_most);
	if ((sum(r, e, n, true, false) <= 0 ||
	     sum(r, e, n, false, true) > sum(r, e, n, false, false)) &&
	    most_of(r->rdns_most) > most)
		most = most_of(r->rdns_most);
	return a < most ? a : most;
}

static bool is_known(const struct sw_evidence *e)
{
	return e->state != SW_EVIDENCE_MISSING && (!e->expires || e->expires > NOW);
}

/* How long an outcome that could be another may hold at most. */
static int64_t longest(const struct sw_judge_rules *r, const struct sw_evidence *e, size_t n)
{
	int64_t first = INT64_MAX, name = 0;

	for (size_t i = 0; i < n; i++) {
		if (e[i].state != SW_EVIDENCE_MISSING)
			continue;
		if ((e[i].least < 0 || e[i].most > 0) && e[i].expires < first)
			first = e[i].expires;
		if (e[i].kind == SW_EVIDENCE_RDNS && e[i].expires > name)
			name = e[i].expires;
	}
	first = first == INT64_MAX ? name : first;
	return first - NOW > r->missing_ms ? first - NOW : r->missing_ms;
}

static void check_time(const struct sw_judge_rules *r, const struct sw_evidence *e, size_t n,
		       const struct sw_outcome *o)
{
	int64_t ms = o->expires - NOW;
	bool verdict = o->action > SW_OUTCOME_CLEARANCE;

	assert_true(ms > 0);
	assert_true(ms <= (verdict ? r->verdict_max_ms : r->clearance_max_ms));
	if (o->class == SW_OUTCOME_DIALUP || o->class == SW_OUTCOME_RDNS)
		assert_true(ms <= r->dialup_max_ms);
	else if (!o->provisional)
		assert_true(ms >= (verdict ? r->verdict_min_ms : r->clearance_min_ms));
	if (o->provisional)
		assert_true(ms <= longest(r, e, n));
}

static void check_reasons(const struct sw_judge_rules *r, const struct sw_evidence *e, size_t n,
			  const struct sw_outcome *o)
{
	size_t scoring = 0;
	int sign = o->action > SW_OUTCOME_CLEARANCE ? 1 : -1;

	for (size_t i = 0; i < n; i++)
		scoring += worth(r, &e[i]) != 0;
	assert_int_equal(o->reasons, scoring);
	for (size_t i = 0; i < o->reasons; i++) {
		assert_int_equal(o->weight[i], worth(r, &e[o->reason[i]]));
		if (i)
			assert_true(o->weight[i] * sign < o->weight[i - 1] * sign ||
				    (o->weight[i] == o->weight[i - 1] &&
				     o->reason[i] > o->reason[i - 1]));
	}
}

/* With every value that what is missing may have, the outcome of one that is not provisional is
 * the same. */
static void check_provisional(const struct sw_judge_rules *r, const struct sw_evidence *e, size_t n,
			      const struct sw_outcome *o)
{
	struct sw_evidence full[16];

	if (o->provisional)
		return;
	for (unsigned k = 0; k < 20; k++) {
		memcpy(full, e, n * sizeof(*e));
		for (size_t i = 0; i < n; i++) {
			if (full[i].state != SW_EVIDENCE_MISSING)
				continue;
			full[i].state = SW_EVIDENCE_FOUND;
			full[i].expires = 0;
			full[i].weight = full[i].least +
					 (int32_t)rnd((unsigned)(full[i].most - full[i].least + 1));
			/* a name that is weighed so */
			if (full[i].kind == SW_EVIDENCE_RDNS)
				full[i].kind =
					full[i].weight < 0 ? SW_EVIDENCE_DNSWL : SW_EVIDENCE_RDNS;
			if (full[i].kind == SW_EVIDENCE_RDNS)
				full[i].state = SW_EVIDENCE_CLEAN;
		}
		assert_int_equal(oracle(r, full, n), o->action);
	}
}

static void test_any_evidence(void **state)
{
	unsigned actions[5] = { 0 }, classes[4] = { 0 };

	for (unsigned i = 0; i < 200000; i++) {
		struct sw_judge_rules r;
		struct sw_evidence e[16];
		struct sw_outcome o;
		size_t n = random_evidence(e);
		bool known = false;

		random_rules(&r);
		for (size_t k = 0; k < n; k++)
			known |= is_known(&e[k]);
		sw_judge(&r, e, n, NOW, &o);
		actions[o.action]++;
		classes[o.class]++;
		assert_int_equal(o.action, known ? oracle(&r, e, n) : SW_OUTCOME_NONE);
		assert_int_equal(o.score, sum(&r, e, n, true, true));
		assert_int_equal(o.class == SW_OUTCOME_UNCLASSED, o.action <= SW_OUTCOME_CLEARANCE);
		/* the class: would the action be the same without hints? */
		if (o.class == SW_OUTCOME_DNS)
			assert_int_equal(plain(&r, sum(&r, e, n, false, false)), o.action);
		else if (o.class == SW_OUTCOME_DIALUP)
			assert_true(plain(&r, sum(&r, e, n, true, false)) >= o.action &&
				    plain(&r, sum(&r, e, n, false, false)) < o.action);
		check_time(&r, e, n, &o);
		check_reasons(&r, e, n, &o);
		check_provisional(&r, e, n, &o);
	}
	for (unsigned i = 0; i < 5; i++)
		assert_true(actions[i] > 100 && (i == 4 || classes[i] > 100));
}

/* More evidence against a source never makes the outcome milder, more for it never harsher. */
static void test_monotone(void **state)
{
	for (unsigned i = 0; i < 100000; i++) {
		struct sw_judge_rules r;
		struct sw_evidence e[16];
		struct sw_outcome before, after;
		size_t n = random_evidence(e);

		random_rules(&r);
		sw_judge(&r, e, n, NOW, &before);
		if (before.action == SW_OUTCOME_NONE)
			continue;
		e[n] = (struct sw_evidence){ .kind = rnd(3), .weight = (int32_t)rnd(9) - 4 };
		sw_judge(&r, e, n + 1, NOW, &after);
		if (e[n].weight >= 0)
			assert_true(after.action >= before.action);
		else
			assert_true(after.action <= before.action);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_explicit_caps),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_many_reasons),
		cmocka_unit_test(test_rules_that_make_no_sense),
		cmocka_unit_test(test_any_evidence),
		cmocka_unit_test(test_monotone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
