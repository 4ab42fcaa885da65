/* SPDX-License-Identifier: GPL-2.0-only */
/* complaint - see complaint.h. */
#include "complaint.h"

#include <errno.h>

#define DAY (INT64_C(24) * 60 * 60 * 1000)
#define YEARS (INT64_C(36525) * DAY)

const struct sw_complaint_rules sw_complaint_defaults = {
	.grace_ms = 7 * DAY,
	.memory_ms = 365 * DAY,
	.count = 2,
};

int sw_complaint_check(const struct sw_complaint_rules *r, struct sw_err *err)
{
	if (r->grace_ms <= 0 || r->grace_ms > YEARS)
		return sw_err_set(err, -EINVAL, "the grace period must last for some time");
	if (r->memory_ms <= r->grace_ms || r->memory_ms > YEARS)
		return sw_err_set(err, -EINVAL,
				  "a case must be remembered for longer than the grace period, or "
				  "it never comes to a block");
	if (r->count < 2)
		return sw_err_set(err, -EINVAL,
				  "the first complaint warns; it takes at least 2 to block");
	return 0;
}

/* What matters of an input, with the time. */
enum class {
	IN_GRACE, /* a complaint about mail of before the end of the grace period */
	TOO_FEW, /* one after it, and the case has not enough */
	ENOUGH, /* one after it, and it has */
	CLOSED,
	SILENCE, /* the case's time is up */
	NOTHING,
	CLASSES,
};

struct transition {
	enum sw_case_state to;
	enum sw_case_action action;
};

/* Each state and class. */
static const struct transition transitions[SW_CASE_STATES][CLASSES] = {
	[SW_CASE_NONE] = {
		[IN_GRACE] = { SW_CASE_OPEN, SW_CASE_WARN },
		[TOO_FEW] = { SW_CASE_OPEN, SW_CASE_WARN },
		[ENOUGH] = { SW_CASE_OPEN, SW_CASE_WARN },
		[CLOSED] = { SW_CASE_NONE, SW_CASE_NOTHING },
		[SILENCE] = { SW_CASE_NONE, SW_CASE_NOTHING },
		[NOTHING] = { SW_CASE_NONE, SW_CASE_NOTHING },
	},
	[SW_CASE_OPEN] = {
		[IN_GRACE] = { SW_CASE_OPEN, SW_CASE_COUNT },
		[TOO_FEW] = { SW_CASE_OPEN, SW_CASE_COUNT },
		[ENOUGH] = { SW_CASE_BLOCKED, SW_CASE_BLOCK },
		[CLOSED] = { SW_CASE_NONE, SW_CASE_END },
		[SILENCE] = { SW_CASE_NONE, SW_CASE_END },
		[NOTHING] = { SW_CASE_OPEN, SW_CASE_NOTHING },
	},
	[SW_CASE_BLOCKED] = {
		[IN_GRACE] = { SW_CASE_BLOCKED, SW_CASE_NOTHING },
		[TOO_FEW] = { SW_CASE_BLOCKED, SW_CASE_NOTHING },
		[ENOUGH] = { SW_CASE_BLOCKED, SW_CASE_NOTHING },
		[CLOSED] = { SW_CASE_NONE, SW_CASE_END },
		[SILENCE] = { SW_CASE_BLOCKED, SW_CASE_NOTHING },
		[NOTHING] = { SW_CASE_BLOCKED, SW_CASE_NOTHING },
	},
};

int64_t sw_case_grace_ends(const struct sw_complaint_rules *r, const struct sw_case *c)
{
	return (c->warned_ms > c->opened_ms ? c->warned_ms : c->opened_ms) + r->grace_ms;
}

static enum class class_of_complaint(const struct sw_complaint_rules *r, const struct sw_case *was,
				     int64_t about_ms, int64_t now_ms) {
	int64_t when = about_ms > 0 && about_ms < now_ms ? about_ms : now_ms;

	if (when < sw_case_grace_ends(r, was)) return IN_GRACE;
	return was->complaints < r->count - 1 ? TOO_FEW : ENOUGH;
}

static enum class class_of(const struct sw_complaint_rules *r, const struct sw_case *was,
			   enum sw_case_input input, int64_t about_ms, int64_t now_ms) {
	switch (input){
		case SW_CASE_COMPLAINT : return class_of_complaint(r, was, about_ms, now_ms);
		case SW_CASE_CLOSE : return CLOSED;
		default : return was->state == SW_CASE_OPEN && was->ends_ms <= now_ms ? SILENCE
										      : NOTHING;
	}
}

enum sw_case_action sw_complaint_step(const struct sw_complaint_rules *r, const struct sw_case *was,
				      enum sw_case_input input, int64_t about_ms, int64_t now_ms,
				      struct sw_case *ret)
{
	static const struct sw_case none;
	const struct transition *t;
	struct sw_case now;

	if (class_of(r, was, SW_CASE_TIME, 0, now_ms) == SILENCE && input == SW_CASE_COMPLAINT)
		was = &none; /* nobody was there to close it */
	now = *was;
	t = &transitions[was->state][class_of(r, was, input, about_ms, now_ms)];
	now.state = t->to;
	switch (t->action) {
	case SW_CASE_NOTHING:
		break;
	case SW_CASE_WARN:
	case SW_CASE_BLOCK:
		now.opened_ms = now_ms;
		/* fall through */
	case SW_CASE_COUNT:
		now.complaints += now.complaints < UINT32_MAX;
		now.ends_ms = now.state == SW_CASE_OPEN ? now_ms + r->memory_ms : 0;
		break;
	default:
		now = none;
	}
	*ret = now;
	return t->action;
}

const char *sw_case_state_name(enum sw_case_state state)
{
	static const char *const names[SW_CASE_STATES] = {
		[SW_CASE_NONE] = "none",
		[SW_CASE_OPEN] = "open",
		[SW_CASE_BLOCKED] = "blocked",
	};

	return (unsigned)state < SW_CASE_STATES ? names[state] : "unknown";
}

const char *sw_case_action_name(enum sw_case_action action)
{
	static const char *const names[SW_CASE_ACTIONS] = {
		[SW_CASE_NOTHING] = "nothing", [SW_CASE_WARN] = "opened",
		[SW_CASE_COUNT] = "counted",   [SW_CASE_BLOCK] = "blocked",
		[SW_CASE_END] = "closed",
	};

	return (unsigned)action < SW_CASE_ACTIONS ? names[action] : "unknown";
}
