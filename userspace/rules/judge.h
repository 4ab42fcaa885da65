/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * judge - what the evidence that DNS gives of one source adds up to.
 *
 * Pure: evidence, rules and the time in, an outcome with its reasons out. It speaks for the
 * lowest tier alone (SW_TIER_DIALUP); whose word counts for more is not its business.
 *
 * The score is the sum of the weights of all that is known and has not ended; allow lists
 * have negative ones. Thresholds make it an action. Whatever weights and thresholds are:
 *   - what is not known scores nothing, and an outcome that it could have changed holds for a
 *     short time only, or until it may be known;
 *   - reverse DNS is a hint: where the rest does not score above 0 by itself, the action is at
 *     most rules.rdns_most;
 *   - so is a dialup line: where all but hints does not score above 0, the action is at most
 *     rules.dialup_most (with a name beside it, the harsher of the two), and what rests on a
 *     hint ends after rules.dialup_max_ms;
 *   - every outcome ends.
 */
#ifndef SYNWARD_RULES_JUDGE_H
#define SYNWARD_RULES_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

enum sw_evidence_kind {
	SW_EVIDENCE_DNSBL, /* a block list's listing */
	SW_EVIDENCE_DIALUP, /* the same, of class dialup */
	SW_EVIDENCE_DNSWL, /* an allow list's */
	SW_EVIDENCE_RDNS, /* how the name looks; weighed by rules.rdns */
	SW_EVIDENCE_CLEARANCE, /* it was found to be good before */
	SW_EVIDENCE_KINDS,
};

enum sw_evidence_state {
	SW_EVIDENCE_FOUND, /* it is so */
	SW_EVIDENCE_CLEAN, /* asked, and there is nothing */
	SW_EVIDENCE_MISSING, /* asked, and not known */
};

struct sw_evidence {
	enum sw_evidence_kind kind;
	enum sw_evidence_state state;
	/* What it adds when found. Not of RDNS: that is weighed by its name. */
	int32_t weight;
	/* When missing: what it could have added at the least and at the most. For RDNS, 0 and 0
	 * stand for what the rules know. */
	int32_t least, most;
	/* ms, as @now; 0: it does not say. When missing: it is not known before then. */
	int64_t expires;
	const char *name; /* site or rule: "zen.spamhaus.org", "generic" */
	const char *text; /* what is said: "127.0.0.2", a name; or NULL */
};

/* By harshness. */
enum sw_outcome_action {
	SW_OUTCOME_NONE, /* nothing can be said */
	SW_OUTCOME_CLEARANCE, /* it may come, until then it is not asked about */
	SW_OUTCOME_LIMIT,
	SW_OUTCOME_REJECT,
	SW_OUTCOME_DROP,
};

/* On what an action rests: the weakest of what it would not be without. */
enum sw_outcome_class {
	SW_OUTCOME_UNCLASSED, /* no action against the source */
	SW_OUTCOME_DNS, /* the score of block lists */
	SW_OUTCOME_DIALUP, /* a dialup listing */
	SW_OUTCOME_RDNS, /* how the name looks */
};

#define SW_JUDGE_RDNS 32

struct sw_judge_rules {
	/* The least score for each; 0: never. Not negative, in this order. */
	int32_t limit, reject, drop;
	struct sw_judge_weight {
		const char *name;
		int32_t weight;
	} rdns[SW_JUDGE_RDNS];
	size_t rdns_n;
	enum sw_outcome_action rdns_most, dialup_most;
	/* For how long; at least and at most. */
	int64_t verdict_min_ms, verdict_max_ms;
	int64_t clearance_min_ms, clearance_max_ms;
	int64_t dialup_max_ms; /* what rests on a dialup listing or on a name */
	int64_t missing_ms; /* what rests on something that is not known, at the least */
};

/* limit 1, reject 3, drop 8; reverse DNS alone limits at most, dialup lines are rejected at
 * most; verdicts hold 10 min to 1 d, clearances 10 min to 6 h, dialup 12 h, missing 2 min. */
extern const struct sw_judge_rules sw_judge_defaults;

/* -EINVAL: @err says which of them make no sense, and what would. */
int sw_judge_check(const struct sw_judge_rules *rules, struct sw_err *err);

#define SW_JUDGE_REASONS 16

struct sw_outcome {
	enum sw_outcome_action action;
	enum sw_outcome_class class;
	int64_t score; /* of all that counted, hints included */
	int32_t threshold; /* that was reached; 0: none */
	int64_t expires; /* ms, after @now */
	bool provisional; /* it could be another if all were known, or nothing is */
	/* What scored, by weight, the heaviest in the direction of the outcome first; of equals
	 * the earlier. Numbers of evidence. */
	uint32_t reason[SW_JUDGE_REASONS];
	int32_t weight[SW_JUDGE_REASONS];
	size_t reasons;
	size_t more; /* reasons that did not fit */
};

/*
 * Judge @n pieces of @evidence at @now. @rules have passed sw_judge_check; the reasons are
 * numbers of @evidence, nothing else of it is kept.
 */
void sw_judge(const struct sw_judge_rules *rules, const struct sw_evidence *evidence, size_t n,
	      int64_t now, struct sw_outcome *ret);

/*
 * In words: "zen.spamhaus.org 127.0.0.2 (+3), generic (+1): score 4, reject from 3". As
 * snprintf. @evidence is what was judged.
 */
size_t sw_outcome_format(const struct sw_outcome *outcome, const struct sw_evidence *evidence,
			 char *out, size_t size);

const char *sw_outcome_action_name(enum sw_outcome_action action); /* "limit", ... */
const char *sw_outcome_class_name(enum sw_outcome_class class); /* "dns", ...; "none" */
const char *sw_evidence_kind_name(enum sw_evidence_kind kind); /* "dnsbl", ... */

#endif
