/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sessions_parts - what the files of sessions share:
 *
 *     sessions.c         events, and locks on their way
 *     sessions_report.c  reports, and cases
 *     sessions_past.c    what the ledger says of a source: locks before, who allows it
 */
#ifndef SYNWARD_DAEMON_SESSIONS_PARTS_H
#define SYNWARD_DAEMON_SESSIONS_PARTS_H

#include "daemon/sessions.h"

#define SW_SESSIONS_GATHER 256
#define SW_SESSIONS_REPORTS 4096 /* reports that are told apart */

struct sw_sessions {
	struct sw_sessions_options options;
	struct sw_sessions_setup *setup;
	struct sw_bounce *bounce; /* NULL: nothing is counted */
	struct sw_sessions_counts counts;
	size_t n; /* locks that are not in force yet */
	struct sw_verdict_change change[SW_SESSIONS_GATHER];
	char reason[SW_SESSIONS_GATHER][SW_VERDICT_REASON];
	uint64_t reports[SW_SESSIONS_REPORTS]; /* hashes of those that were told; 0: none */
	int64_t next_report_ms; /* GCRA */
};

__attribute__((format(printf, 3, 4))) void sw_sessions_say(const struct sw_sessions *s, int level,
							   const char *format, ...);

/* ---- sessions_past.c ---- */

/* How often @source was locked since @since_ms; those before somebody took one back do not
 * count. -errno with words. */
int sw_sessions_locks(const struct sw_sessions *s, const struct sw_prefix *source, int64_t since_ms,
		      unsigned *ret, struct sw_err *err);
/* Is it locked at @now_ms, or what it is in? 1, 0, -errno with words. */
int sw_sessions_is_locked(const struct sw_sessions *s, const struct sw_prefix *source,
			  int64_t now_ms, struct sw_err *err);
/* Does the operator allow it, or what it is in? Likewise. */
int sw_sessions_is_allowed(const struct sw_sessions *s, const struct sw_prefix *source,
			   int64_t now_ms, struct sw_err *err);

#endif
