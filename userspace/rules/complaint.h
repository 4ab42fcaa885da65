/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * complaint - what becomes of complaints about a source: a case, and in the end a block.
 *
 *            complaint               complaint, after the grace period
 *     none ───────────► open ────────────────────────────────────────► blocked
 *      ▲    (warn)      │  ▲ │ complaint, within it: counted               │
 *      │                │  └─┘                                             │
 *      └────────────────┘ closed by hand, or long silence ◄── by hand ─────┘
 *
 * Pure: a case, what happened and the time in; the case as it is then and what is to be done
 * out. It keeps nothing: cases are the caller's, who keeps them where they last.
 *
 * The first complaint opens a case, and is the time to warn. The sender has the grace period to
 * do something about it: complaints about mail from before its end count for the case, and for
 * nothing else. One about mail from after it blocks the source for good, when the case has
 * enough of them by then. The period begins when the case was opened; where the sender was warned,
 * when that was first done, for nobody can act on what he was not told.
 */
#ifndef SYNWARD_RULES_COMPLAINT_H
#define SYNWARD_RULES_COMPLAINT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

struct sw_complaint_rules {
	int64_t grace_ms; /* from when the case was opened, or the sender was warned */
	int64_t memory_ms; /* after the last complaint; then an open case is closed; longer */
	uint32_t count; /* complaints a case must have to block, the one that does it included */
};

/* A week, a year, 2: the first one after the grace period. */
extern const struct sw_complaint_rules sw_complaint_defaults;

/* -EINVAL: @err says which of them make no sense, and what would. */
int sw_complaint_check(const struct sw_complaint_rules *rules, struct sw_err *err);

enum sw_case_state { SW_CASE_NONE, SW_CASE_OPEN, SW_CASE_BLOCKED, SW_CASE_STATES };

/* All zero: there is none. */
struct sw_case {
	enum sw_case_state state;
	int64_t opened_ms; /* of a blocked one: when it was blocked */
	int64_t ends_ms; /* of an open one: when it is closed by itself */
	int64_t warned_ms; /* when the sender was told of it first; 0: it was not */
	uint32_t complaints;
};

/* What happens to a case. */
enum sw_case_input {
	SW_CASE_COMPLAINT,
	SW_CASE_CLOSE, /* somebody closes it */
	SW_CASE_TIME, /* nothing; but time goes by */
	SW_CASE_INPUTS,
};

/* What is to be done about it. */
enum sw_case_action {
	SW_CASE_NOTHING, /* it is as it was */
	SW_CASE_WARN, /* it is new: tell the sender */
	SW_CASE_COUNT, /* one more, within the grace period, or too few so far */
	SW_CASE_BLOCK, /* for good */
	SW_CASE_END, /* it is closed; a block ends with it */
	SW_CASE_ACTIONS,
};

/* When the grace period of an open case is over. */
int64_t sw_case_grace_ends(const struct sw_complaint_rules *rules, const struct sw_case *c);

/*
 * @was, at @now_ms, becomes *@ret (which may be @was). @about_ms: when the mail came that is
 * complained about, in the same time; 0: not known, and then it is as of now.
 */
enum sw_case_action sw_complaint_step(const struct sw_complaint_rules *rules,
				      const struct sw_case *was, enum sw_case_input input,
				      int64_t about_ms, int64_t now_ms, struct sw_case *ret);

const char *sw_case_state_name(enum sw_case_state state); /* "none", "open", "blocked" */
const char *sw_case_action_name(enum sw_case_action action); /* "opened", "counted", ... */

#endif
