/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sessions_report - reports about sources, and the cases that complaints make; see sessions.h.
 *
 * A case is kept where verdicts are, with origin complaint: an open one as a note
 * (rules/verdict_class.def), which says since when it is open, how many complaints there were,
 * and when it is closed by itself; a blocked one as a verdict that drops. So each step is a
 * change in the history, with its evidence.
 *
 * Whoever may write to the alias that reports come in by can write anything: so a report counts
 * only for a source that mail was taken from, each only once, and not more than some a second.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "lib/duration.h"
#include "maps/abi.h"
#include "rules/origin.h"
#include "sessions_parts.h"

#define WHO "report"
#define SOURCE6 64
#define INTERVAL_MS 50 /* of reports in the long run ... */
#define BURST 1000 /* ... and at once */
#define SHOWN 64 /* bytes of a recipient */
#define TEXT_SHOWN 100

static const char *const names[SW_REPORT_RESULTS] = {
	[SW_REPORT_OFF] = "off",	   [SW_REPORT_NOT_OURS] = "looked-through",
	[SW_REPORT_STRANGER] = "stranger", [SW_REPORT_AGAIN] = "again",
	[SW_REPORT_TOO_MANY] = "too-many", [SW_REPORT_NEVER] = "never-blocked",
	[SW_REPORT_COUNTED] = "counted",   [SW_REPORT_OPENED] = "opened",
	[SW_REPORT_BLOCKED] = "blocked",   [SW_REPORT_FAILED] = "failed",
};

const char *sw_report_result_name(enum sw_report_result result)
{
	return (unsigned)result < SW_REPORT_RESULTS ? names[result] : "unknown";
}

/* ---- which reports are looked at ---- */

static bool is_too_many(struct sw_sessions *s, int64_t now_ms)
{
	int64_t earliest = now_ms - (int64_t)BURST * INTERVAL_MS;

	if (s->next_report_ms < earliest)
		s->next_report_ms = earliest;
	if (s->next_report_ms > now_ms)
		return true;
	s->next_report_ms += INTERVAL_MS;
	return false;
}

/* What tells it from others; 0: it has no name. */
static uint64_t name_of(const struct sw_sessions *s, const struct sw_report_event *e)
{
	if (!e->id || !e->id_n)
		return 0;
	return sw_seen_name(s->options.seen, e->id, e->id_n, e->source.hi,
			    e->source.lo ^ e->complaint);
}

/* ---- words ---- */

/* "complaint 3, 9d after the first: text, about mail to a@b" */
static void give_reason(const struct sw_report_event *e, const struct sw_case *was,
			const struct sw_case *now, int64_t now_ms, char reason[SW_VERDICT_REASON])
{
	int rcpt_n = e->rcpt_n < SHOWN ? (int)e->rcpt_n : SHOWN;
	int64_t ms = (now_ms - was->opened_ms) / 1000 * 1000;
	char after[SW_DURATION_TEXT], since[SW_DURATION_TEXT + 24] = "";

	if (was->state == SW_CASE_OPEN)
		snprintf(since, sizeof(since), ", %s after the first",
			 sw_duration_format(ms, after));
	snprintf(reason, SW_VERDICT_REASON, "complaint %u%s%s%.*s%s%.*s", now->complaints, since,
		 e->text ? ": " : "", TEXT_SHOWN, e->text ? e->text : "",
		 e->rcpt && rcpt_n ? ", about mail to " : "", e->rcpt ? rcpt_n : 0,
		 e->rcpt ? e->rcpt : "");
}

/* ---- cases ---- */

struct sw_prefix sw_sessions_case_source(const struct sw_prefix *source)
{
	return source->family == 6 && source->len > SOURCE6 ? sw_prefix_truncate(source, SOURCE6)
							    : *source;
}

int sw_sessions_case(const struct sw_sessions *s, const struct sw_prefix *source, int64_t now_ms,
		     struct sw_case *ret, char reason[SW_VERDICT_REASON], struct sw_err *err)
{
	struct sw_verdict v;
	int code = sw_ledger_peek(s->options.ledger, source, SW_ORIGIN_COMPLAINT, &v, err);

	*ret = (struct sw_case){ .state = SW_CASE_NONE };
	if (code)
		return code == -ENOENT ? 0 : code;
	if (v.expires_ms && v.expires_ms <= now_ms)
		return 0;
	*ret = (struct sw_case){ .state = v.action == SW_ACTION_DROP ? SW_CASE_BLOCKED
								     : SW_CASE_OPEN,
				 .opened_ms = v.created_ms,
				 .ends_ms = v.expires_ms,
				 .complaints = v.count };
	if (reason)
		memcpy(reason, v.reason, sizeof(v.reason));
	return sw_sessions_warned(s, source, ret->opened_ms, &ret->warned_ms, err);
}

int sw_sessions_finish(const struct sw_verdict_change *change, int code, struct sw_err *err)
{
	return !code && change->code ? sw_err_set(err, change->code, "%s", change->words) : code;
}

static int write_case(struct sw_sessions *s, const struct sw_prefix *source, bool block,
		      const char *reason, struct sw_err *err)
{
	struct sw_verdict_change change = {
		.source = *source,
		.origin = SW_ORIGIN_COMPLAINT,
		.action = block ? SW_ACTION_DROP : SW_ACTION_PASS,
		.for_ms = block ? 0 : s->setup->complaint.memory_ms,
		.reason = reason,
	};
	int code = sw_verdicts_set(s->options.verdicts, &change, 1, WHO, err);

	return sw_sessions_finish(&change, code, err);
}

static bool is_room(const struct sw_sessions *s)
{
	struct sw_verdicts_counts n;

	sw_verdicts_counts(s->options.verdicts, &n);
	return n.notes < SW_SESSIONS_CASES;
}

const char *sw_sessions_mercy(struct sw_sessions *s, const struct sw_prefix *source, int64_t now_ms,
			      char why[SW_STANDING_WHY])
{
	if (s->setup->complaints == SW_SESSIONS_REPORT)
		return "complaint-action is report";
	return sw_sessions_spared(s, source, now_ms, why);
}

static enum sw_report_result complain(struct sw_sessions *s, const struct sw_report_event *e,
				      int64_t now_ms, struct sw_err *err)
{
	struct sw_prefix source = sw_sessions_case_source(&e->source);
	int64_t about = sw_ledger_clock_from_wall(sw_verdicts_clock(s->options.verdicts),
						  e->about_ms > 0 ? e->about_ms : 0);
	char why[SW_STANDING_WHY], reason[SW_VERDICT_REASON], text[SW_PREFIX_TEXT];
	const char *spared = NULL;
	enum sw_case_action action;
	struct sw_case was, now;

	if (sw_sessions_case(s, &source, now_ms, &was, NULL, err))
		return SW_REPORT_FAILED;
	action = sw_complaint_step(&s->setup->complaint, &was, SW_CASE_COMPLAINT, about, now_ms,
				   &now);
	if (action == SW_CASE_NOTHING)
		return SW_REPORT_COUNTED; /* it is blocked already */
	if (action == SW_CASE_BLOCK)
		spared = sw_sessions_mercy(s, &source, now_ms, why);
	if (action == SW_CASE_WARN && !is_room(s))
		return SW_REPORT_TOO_MANY;
	give_reason(e, &was, &now, now_ms, reason);
	if (write_case(s, &source, action == SW_CASE_BLOCK && !spared, reason, err))
		return SW_REPORT_FAILED;
	if (spared) {
		sw_sessions_say(s, LOG_NOTICE, "%s is not blocked, for %s: %s",
				sw_prefix_format(&source, text), spared, reason);
		return SW_REPORT_NEVER;
	}
	if (action == SW_CASE_WARN)
		return SW_REPORT_OPENED;
	return action == SW_CASE_BLOCK ? SW_REPORT_BLOCKED : SW_REPORT_COUNTED;
}

/* ---- a report ---- */

static enum sw_report_result came_back(struct sw_sessions *s, const struct sw_report_event *e,
				       int64_t now_ms)
{
	const struct sw_mta_event event = { .kind = e->kind,
					    .source = e->source,
					    .recipients = 1,
					    .rcpt = e->rcpt,
					    .rcpt_n = e->rcpt_n };

	sw_sessions_event(s, &event, now_ms);
	return SW_REPORT_COUNTED;
}

static enum sw_report_result take(struct sw_sessions *s, const struct sw_report_event *e,
				  int64_t now_ms, struct sw_err *err)
{
	enum sw_sessions_how how = e->complaint ? s->setup->complaints : s->setup->bounces;
	enum sw_report_result result;
	char why[SW_STANDING_WHY];
	uint64_t name;

	if (how == SW_SESSIONS_OFF)
		return SW_REPORT_OFF;
	if (s->options.standing(s->options.ctx, &e->source, why) == SW_STANDING_LOOKED_THROUGH)
		return SW_REPORT_NOT_OURS;
	if (!sw_senders_has(s->options.senders, &e->source, now_ms - s->setup->known_ms))
		return SW_REPORT_STRANGER;
	name = name_of(s, e);
	if (name && sw_seen_has(s->options.seen, name))
		return SW_REPORT_AGAIN;
	if (is_too_many(s, now_ms))
		return SW_REPORT_TOO_MANY;
	result = e->complaint ? complain(s, e, now_ms, err) : came_back(s, e, now_ms);
	if (name && result != SW_REPORT_FAILED)
		sw_seen_add(s->options.seen, name);
	return result;
}

enum sw_report_result sw_sessions_report(struct sw_sessions *s, const struct sw_report_event *event,
					 int64_t now_ms, struct sw_err *err)
{
	enum sw_report_result result = SW_REPORT_NOT_OURS;
	struct sw_report_event e = *event;

	if (sw_sessions_address(&e.source) &&
	    (e.complaint || e.kind == SW_MTA_UNKNOWN_RCPT || e.kind == SW_MTA_DISABLED_RCPT))
		result = take(s, &e, now_ms, err);
	s->counts.reports[result]++;
	return result;
}
