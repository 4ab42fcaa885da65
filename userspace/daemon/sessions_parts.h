/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sessions_parts - what the files of sessions share:
 *
 *     sessions.c         events, and locks on their way
 *     sessions_report.c  reports, and cases
 *     sessions_warn.c    who is told of a case
 *     sessions_past.c    what the ledger says of a source: locks before, who allows it
 */
#ifndef SYNWARD_DAEMON_SESSIONS_PARTS_H
#define SYNWARD_DAEMON_SESSIONS_PARTS_H

#include "daemon/gather.h"
#include "daemon/sessions.h"
#include "lib/log.h"

/* A warning that somebody is about to try again. */
struct sw_sessions_waiting {
	struct sw_prefix source;
	int64_t until_ms; /* then it has come to something; in the past: this place is free */
};

struct sw_sessions {
	struct sw_sessions_options options;
	struct sw_sessions_setup *setup;
	struct sw_bounce *bounce; /* NULL: nothing is counted */
	struct sw_sessions_counts counts;
	struct sw_gather *locks; /* on their way */
	int64_t next_report_ms; /* GCRA */
	struct sw_sessions_waiting waiting[SW_SESSIONS_WAITING];
};

#define sw_sessions_say(s, ...) sw_log_note((s)->options.note, (s)->options.ctx, __VA_ARGS__)

/* ---- sessions_report.c ---- */

/* What became of a batch of one, when sw_verdicts_set or _remove returned @code. */
int sw_sessions_finish(const struct sw_verdict_change *change, int code, struct sw_err *err);
/* What a case about @source is kept for: an address, in IPv6 its /64. */
struct sw_prefix sw_sessions_case_source(const struct sw_prefix *source);
/* The case about exactly @source at @now_ms; none is no failure. @reason may be NULL. -errno with
 * words. */
int sw_sessions_case(const struct sw_sessions *s, const struct sw_prefix *source, int64_t now_ms,
		     struct sw_case *ret, char reason[SW_VERDICT_REASON], struct sw_err *err);
/* Why a case would not block @source, in words; NULL: it would. */
const char *sw_sessions_mercy(struct sw_sessions *s, const struct sw_prefix *source, int64_t now_ms,
			      char why[SW_STANDING_WHY]);

/* ---- sessions_warn.c ---- */

/* When the case about @source, opened at @opened_ms, was warned of first; 0: it was not. */
int sw_sessions_warned(const struct sw_sessions *s, const struct sw_prefix *source,
		       int64_t opened_ms, int64_t *ret, struct sw_err *err);

/* ---- sessions_past.c ---- */

/* How often @source was locked since @since_ms; those before somebody took one back do not
 * count. -errno with words. */
int sw_sessions_locks(const struct sw_sessions *s, const struct sw_prefix *source, int64_t since_ms,
		      unsigned *ret, struct sw_err *err);
/* Is it locked at @now_ms, or what it is in? 1, and *@until_ms (0: for good), 0, -errno with words. */
int sw_sessions_is_locked(const struct sw_sessions *s, const struct sw_prefix *source,
			  int64_t now_ms, int64_t *until_ms, struct sw_err *err);
/* Does the operator allow it, or what it is in? Likewise. */
int sw_sessions_is_allowed(const struct sw_sessions *s, const struct sw_prefix *source,
			   int64_t now_ms, struct sw_err *err);

#endif
