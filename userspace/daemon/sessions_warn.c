/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sessions_warn - who is told of a case, and when; see sessions.h.
 *
 * The daemon sends no mail: synward report and synward case warn do, and ask here first. That a
 * warning was sent is a note of origin warning beside the case, set before it goes out: so it is
 * sent once at most, and the history has it, with to whom. One from before the case was
 * opened is an earlier case's, and does not count.
 *
 * Reports can be forged, so what they make us send is bounded: one message for a case, and so
 * many in a day, over restarts too. One that did not go out, for a reason that may pass, is tried
 * again a few times: it is said here when, and whoever was to send it comes back. Those are
 * processes that wait, so there are few of them.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "lib/duration.h"
#include "lib/mail_address.h"
#include "maps/abi.h"
#include "rules/origin.h"
#include "sessions_parts.h"

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)
#define META "warnings" /* in the ledger: since when, and how many then */
#define TRY_MS (INT64_C(3) * 60 * 1000) /* more than the DNS and sendmail may take */

/* After each try but the last; a mail server or a resolver that is down is back by then. */
static const unsigned pauses_s[] = { 30, 600, 3600, 6 * 3600 };

#define PAUSES (sizeof(pauses_s) / sizeof(pauses_s[0]))
#define BY_HAND "synward case warn sends it by hand"

static int peek(const struct sw_sessions *s, const struct sw_prefix *source, struct sw_verdict *ret,
		struct sw_err *err)
{
	return sw_ledger_peek(s->options.ledger, source, SW_ORIGIN_WARNING, ret, err);
}

int sw_sessions_warned(const struct sw_sessions *s, const struct sw_prefix *source,
		       int64_t opened_ms, int64_t *ret, struct sw_err *err)
{
	struct sw_verdict v;
	int code = peek(s, source, &v, err);

	*ret = 0;
	if (code)
		return code == -ENOENT ? 0 : code;
	if (v.created_ms >= opened_ms)
		*ret = v.created_ms;
	return 0;
}

/* ---- the note ---- */

static int take_note_away(struct sw_sessions *s, const struct sw_prefix *source, const char *why,
			  const char *who, struct sw_err *err)
{
	struct sw_verdict_change change = { .source = *source,
					    .origin = SW_ORIGIN_WARNING,
					    .reason = why };
	int code = sw_verdicts_remove(s->options.verdicts, &change, 1, who, err);

	return sw_sessions_finish(&change, code, err);
}

static int note_down(struct sw_sessions *s, const struct sw_prefix *source, const char *reason,
		     const char *who, struct sw_err *err)
{
	struct sw_verdict_change change = { .source = *source,
					    .origin = SW_ORIGIN_WARNING,
					    .action = SW_ACTION_PASS,
					    .for_ms = s->setup->complaint.memory_ms,
					    .reason = reason };
	int code = sw_verdicts_set(s->options.verdicts, &change, 1, who, err);

	return sw_sessions_finish(&change, code, err);
}

/* Down as sent now; first what is left of an earlier case. */
static int note_warning(struct sw_sessions *s, const struct sw_warning_order *order,
			const struct sw_prefix *source, const struct sw_case *was,
			struct sw_err *err)
{
	char reason[SW_VERDICT_REASON];
	struct sw_verdict v;
	int code = was->warned_ms ? -ENOENT : peek(s, source, &v, err);

	if (!code)
		code = take_note_away(s, source, "of an earlier case", SW_VERDICTS_WHO, err);
	if (code && code != -ENOENT)
		return code;
	snprintf(reason, sizeof(reason), "warned: %s", order->to);
	return note_down(s, source, reason, order->who, err);
}

/* ---- how many ---- */

/* Those of today, and since when. Days begin with the first of them. */
static int read_count(const struct sw_sessions *s, int64_t now_ms, int64_t *since, uint32_t *n,
		      struct sw_err *err)
{
	char text[SW_LEDGER_META_VALUE + 1];
	int code = sw_ledger_meta_get(s->options.ledger, META, text, err);

	if (code && code != -ENOENT)
		return code;
	if (code || sscanf(text, "%" SCNd64 " %" SCNu32, since, n) != 2 || *since > now_ms ||
	    now_ms - *since >= DAY_MS) {
		*since = now_ms;
		*n = 0;
	}
	return 0;
}

static int write_count(const struct sw_sessions *s, int64_t since, uint32_t n, struct sw_err *err)
{
	char text[SW_LEDGER_META_VALUE + 1];

	snprintf(text, sizeof(text), "%" PRId64 " %" PRIu32, since, n);
	return sw_ledger_meta_put(s->options.ledger, META, text, err);
}

/* One more of today's. */
static int count(struct sw_sessions *s, int64_t now_ms, struct sw_err *err)
{
	int64_t since;
	uint32_t n;
	int code = read_count(s, now_ms, &since, &n, err);

	if (code)
		return code;
	if (n >= s->setup->warnings) {
		s->counts.too_many_warnings++;
		return sw_err_set(
			err, -EDQUOT,
			"%u warnings were sent within a day, and warn-max allows no more; " BY_HAND,
			n);
	}
	return write_count(s, since, n + 1, err);
}

/* It did not go out: a mail server that is down does not use up the day. */
static int uncount(struct sw_sessions *s, int64_t now_ms, struct sw_err *err)
{
	int64_t since;
	uint32_t n;
	int code = read_count(s, now_ms, &since, &n, err);

	return code || !n ? code : write_count(s, since, n - 1, err);
}

/* ---- may it be sent? ---- */

static int check(struct sw_sessions *s, const struct sw_warning_order *order,
		 const struct sw_prefix *source, const struct sw_case *c, int64_t now_ms,
		 struct sw_err *err)
{
	char why[SW_STANDING_WHY], text[SW_PREFIX_TEXT];
	const char *spared;

	if (c->state != SW_CASE_OPEN)
		return sw_err_set(err, -ENOENT,
				  c->state == SW_CASE_NONE
					  ? "there is no case about %s"
					  : "the case about %s has come to a block: there is "
					    "nothing to warn of",
				  sw_prefix_format(source, text));
	if (order->again)
		return 0;
	if (c->warned_ms)
		return sw_err_set(err, -EALREADY, "somebody was warned of the case about %s",
				  sw_prefix_format(source, text));
	spared = sw_sessions_mercy(s, source, now_ms, why);
	if (spared)
		return sw_err_set(err, -EPERM, "%s would not be blocked, for %s: nobody is warned",
				  sw_prefix_format(source, text), spared);
	return 0;
}

int sw_sessions_warn(struct sw_sessions *s, const struct sw_warning_order *order, int64_t now_ms,
		     struct sw_warning_case *ret, struct sw_err *err)
{
	const struct sw_ledger_clock *clock = sw_verdicts_clock(s->options.verdicts);
	struct sw_prefix source = sw_sessions_case_source(&order->source);
	struct sw_warning_case found;
	struct sw_case c;
	int code;

	if (!order->to || !sw_mail_address_is(order->to, strlen(order->to)))
		return sw_err_set(err, -EINVAL, "to is no address of mail");
	code = sw_sessions_case(s, &source, now_ms, &c, found.reason, err);
	if (!code)
		code = check(s, order, &source, &c, now_ms, err);
	if (!code && !order->again && !order->dry_run)
		code = count(s, now_ms, err);
	if (!code && !order->dry_run)
		code = note_warning(s, order, &source, &c, err);
	if (code)
		return code;
	s->counts.warned += !order->dry_run;
	if (!c.warned_ms)
		c.warned_ms = now_ms;
	found.source = source;
	found.complaints = c.complaints;
	found.opened_ms = sw_ledger_clock_to_wall(clock, c.opened_ms);
	found.grace_ends_ms =
		sw_ledger_clock_to_wall(clock, sw_case_grace_ends(&s->setup->complaint, &c));
	*ret = found;
	return 0;
}

/* ---- it was not ---- */

/* A place among those that wait, that of @source if it has one; NULL: there are too many. */
static struct sw_sessions_waiting *find_place(struct sw_sessions *s, const struct sw_prefix *source,
					      int64_t now_ms)
{
	struct sw_sessions_waiting *place = NULL;

	for (unsigned i = 0; i < SW_SESSIONS_WAITING; i++) {
		struct sw_sessions_waiting *w = &s->waiting[i];

		if (w->until_ms > now_ms && !sw_prefix_cmp(&w->source, source))
			return w;
		if (w->until_ms <= now_ms)
			place = w;
	}
	return place;
}

/* When it is tried again, in *@again_s, and in words what becomes of it. */
static void plan(struct sw_sessions *s, const struct sw_warning_order *order,
		 const struct sw_prefix *source, int64_t now_ms, unsigned *again_s, char words[120])
{
	struct sw_sessions_waiting *place = find_place(s, source, now_ms);
	char pause[SW_DURATION_TEXT];

	if (order->tries > PAUSES || !place) {
		if (place)
			place->until_ms = 0;
		snprintf(words, 120,
			 place ? "; given up after %u tries: " BY_HAND
			       : "; not tried again, for %u others are: " BY_HAND,
			 place ? order->tries : SW_SESSIONS_WAITING);
		return;
	}
	*again_s = pauses_s[order->tries - 1];
	*place =
		(struct sw_sessions_waiting){ *source, now_ms + INT64_C(1000) * *again_s + TRY_MS };
	snprintf(words, 120, "; tried again in %s",
		 sw_duration_format(INT64_C(1000) * *again_s, pause));
}

/* What went out before is not undone by one more that did not. */
static int take_back(struct sw_sessions *s, const struct sw_warning_order *order,
		     const struct sw_prefix *source, const char *why, int64_t now_ms,
		     struct sw_err *err)
{
	struct sw_verdict v;
	int code = peek(s, source, &v, err);

	if (!code && v.count > 1)
		return note_down(s, source, why, order->who, err);
	if (!code)
		code = take_note_away(s, source, why, order->who, err);
	return code || !order->tries ? code : uncount(s, now_ms, err);
}

/* For the history, which has what becomes of notes: one that is taken away at once. */
static int note_given_up(struct sw_sessions *s, const struct sw_warning_order *order,
			 const struct sw_prefix *source, const char *why, struct sw_err *err)
{
	struct sw_verdict v;
	int code = peek(s, source, &v, err);

	if (code == -ENOENT)
		code = note_down(s, source, why, order->who, err);
	return code ? code : take_note_away(s, source, why, order->who, err);
}

int sw_sessions_not_warned(struct sw_sessions *s, const struct sw_warning_order *order,
			   int64_t now_ms, unsigned *again_s, struct sw_err *err)
{
	struct sw_prefix source = sw_sessions_case_source(&order->source);
	char why[SW_VERDICT_REASON], text[SW_PREFIX_TEXT], then[120] = "";
	struct sw_case c = { .state = SW_CASE_NONE };
	int code;

	*again_s = 0;
	if (order->to && !sw_mail_address_is(order->to, strlen(order->to)))
		return sw_err_set(err, -EINVAL, "to is no address of mail");
	s->counts.not_warned++;
	code = sw_sessions_case(s, &source, now_ms, &c, NULL, err);
	if (!code && order->tries && c.state == SW_CASE_OPEN)
		plan(s, order, &source, now_ms, again_s, then);
	/* the end of it is what must not be cut off */
	snprintf(why, sizeof(why), "not warned%s%.70s: %.*s%s", order->to ? ": " : "",
		 order->to ? order->to : "", *then ? 80 : 150, order->failed, then);
	sw_sessions_say(s, LOG_WARNING, "%s: %s", sw_prefix_format(&source, text), why);
	if (code)
		return code;
	if (order->to && c.warned_ms)
		return take_back(s, order, &source, why, now_ms, err);
	if (*then && !*again_s && !c.warned_ms)
		return note_given_up(s, order, &source, why, err);
	return 0;
}
