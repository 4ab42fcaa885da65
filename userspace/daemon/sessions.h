/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sessions - from what the mail server saw, and what reports say, to verdicts.
 *
 *   sw_sessions_event ─► whose is it? ─► rules/bounce ─► lock ─┐ daemon/gather: those of
 *                                                              ▼ one turn of the loop
 *   sw_sessions_report ─► do we know it? ─► rules/complaint ─► daemon/verdicts
 *
 * Whose is it: what is in never-block is looked through (a relay or a filter of our own hands on
 * what others sent); what is on an allow list, allowed by the operator or in a shared pool is
 * counted and told of, and never locked.
 *
 * Only completed SMTP sessions, reports and the operator make events; nothing here hears of
 * SYNs. Every step is a change in the ledger, with its evidence as the reason. Nothing else has
 * to survive: how often a source was locked, and what becomes of a case, is read there. What is
 * counted within the window is lost with a restart, which is mild.
 *
 * Events are anybody's text. Each is a few look-ups in memory of fixed size; what crosses a line
 * reads the ledger. One thread; nothing waits, but for the disk in a flush or a complaint.
 */
#ifndef SYNWARD_DAEMON_SESSIONS_H
#define SYNWARD_DAEMON_SESSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/sessions_setup.h"
#include "daemon/verdicts.h"
#include "mta/event.h"
#include "rules/seen.h"
#include "rules/senders.h"

#define SW_SESSIONS_CASES 65536 /* open ones at most */
#define SW_SESSIONS_WAITING 16 /* warnings that are tried again, likewise */

struct event_base;
struct sw_sessions;

/* What may be done about a source, as lists and never-block have it. */
enum sw_standing {
	SW_STANDING_COUNTS,
	SW_STANDING_LOOKED_THROUGH, /* it is one of ours */
	SW_STANDING_NEVER_LOCKED,
};

#define SW_STANDING_WHY 160

struct sw_sessions_options {
	struct sw_sessions_setup *setup; /* taken: freed with the sessions */
	struct event_base *base; /* borrowed, as all of these */
	struct sw_ledger *ledger;
	struct sw_verdicts *verdicts;
	struct sw_senders *senders;
	struct sw_seen *seen; /* reports */
	uint64_t seed; /* random, and nobody's to know */
	/* Of an address, or of what it is in. Asked of every event; writes @why for the last
	 * one. */
	enum sw_standing (*standing)(void *ctx, const struct sw_prefix *source,
				     char why[SW_STANDING_WHY]);
	/* Has the card room for one more that nobody asked for by hand? NULL: it has. */
	bool (*room)(void *ctx, size_t waiting);
	void (*note)(void *ctx, int level, const char *text); /* level as in syslog */
	void *ctx;
};

/* -ENOMEM; @options->setup is then the caller's still. */
int sw_sessions_open(const struct sw_sessions_options *options, struct sw_sessions **ret,
		     struct sw_err *err);
/* What waits is flushed. NULL is fine; returns NULL. */
struct sw_sessions *sw_sessions_close(struct sw_sessions *s);

/* Other rules; what was counted stays, unless windows or places are others. Takes @setup. On
 * -ENOMEM all is as before. */
int sw_sessions_use(struct sw_sessions *s, struct sw_sessions_setup *setup);

/* Ledger time, which the functions below want. */
int64_t sw_sessions_now(const struct sw_sessions *s);

/* The mail server saw this. Its source is an address; an IPv4 one in IPv6 is understood. */
void sw_sessions_event(struct sw_sessions *s, const struct sw_mta_event *event, int64_t now_ms);

/* Put in force now what has come together, which the loop's next turn does otherwise. */
void sw_sessions_flush(struct sw_sessions *s);

/* An address of its family; IPv4 in IPv6 becomes IPv4. False: it is none. */
bool sw_sessions_address(struct sw_prefix *source);

/* Why @source must not be locked, in words; NULL: it may be. */
const char *sw_sessions_spared(struct sw_sessions *s, const struct sw_prefix *source,
			       int64_t now_ms, char why[SW_STANDING_WHY]);

/* ---- reports ---- */

struct sw_report_event {
	/* A complaint, or mail of the source that came back: a mailbox that is unknown or
	 * closed. */
	bool complaint;
	enum sw_mta_kind kind; /* of what came back */
	struct sw_prefix source; /* an address */
	const char *rcpt; /* NULL: not known; borrowed, as all of these */
	size_t rcpt_n;
	const char *id; /* tells reports apart; NULL: each is another */
	size_t id_n;
	const char *text; /* evidence, for people: who reports what; NULL */
	int64_t about_ms; /* wall clock: when the mail came that it is about; 0: not known */
};

enum sw_report_result {
	SW_REPORT_OFF, /* by the configuration */
	SW_REPORT_NOT_OURS, /* the source is one of ours, or no address; or nothing we count */
	SW_REPORT_STRANGER, /* we took no mail from it */
	SW_REPORT_AGAIN, /* it was told before */
	SW_REPORT_TOO_MANY, /* more reports than are looked at, or more open cases */
	SW_REPORT_NEVER, /* it would block, and may not; told */
	SW_REPORT_COUNTED,
	SW_REPORT_OPENED, /* a case: it is time to warn */
	SW_REPORT_BLOCKED, /* for good */
	SW_REPORT_FAILED, /* the ledger or the card did not take it; @err says why */
	SW_REPORT_RESULTS,
};

/* Durable and in force when it returns. @err is set with SW_REPORT_FAILED alone. */
enum sw_report_result sw_sessions_report(struct sw_sessions *s, const struct sw_report_event *event,
					 int64_t now_ms, struct sw_err *err);
const char *sw_report_result_name(enum sw_report_result result); /* "opened", ... */

/* ---- warnings: somebody else sends them, here it is decided and kept ---- */

struct sw_warning_order {
	struct sw_prefix source; /* an address, or what a case is about */
	const char *to; /* as of lib/mail_address.h; NULL: nobody was found, with failed */
	bool again; /* an operator wants it: though one was sent, or the source is never blocked */
	bool dry_run; /* nothing is kept */
	const char *failed; /* why it was not sent, after it was to be; NULL */
	unsigned tries; /* with failed: it may be tried again, and was so often. 0: it may not */
	const char *who; /* wants it */
};

/* What the warning says; times are the wall clock's. */
struct sw_warning_case {
	struct sw_prefix source;
	uint32_t complaints;
	int64_t opened_ms, grace_ends_ms;
	char reason[SW_VERDICT_REASON];
};

/*
 * May a warning about the case of a source be sent now? 0: it is down in the ledger as sent, and is to be
 * sent. -EINVAL; -ENOENT: there is no open case; -EALREADY: it was warned; -EPERM: it would not
 * be blocked; -EDQUOT: too many today; -errno of the ledger; all with words.
 */
int sw_sessions_warn(struct sw_sessions *s, const struct sw_warning_order *order, int64_t now_ms,
		     struct sw_warning_case *ret, struct sw_err *err);
/*
 * It was not sent after all, says order->failed: it is not down any more, and the log has it, and
 * whether it is tried again: in *@again_s seconds; 0: it is not.
 */
int sw_sessions_not_warned(struct sw_sessions *s, const struct sw_warning_order *order,
			   int64_t now_ms, unsigned *again_s, struct sw_err *err);

/* ---- what goes on ---- */

struct sw_sessions_counts {
	uint64_t events[SW_MTA_KINDS]; /* recipients */
	uint64_t looked_through; /* events of our own relays */
	uint64_t bad; /* that make no sense */
	uint64_t findings; /* lines crossed; of which ... */
	uint64_t locks, only_told, locked_already, no_room, failed;
	uint64_t reports[SW_REPORT_RESULTS];
	uint64_t warned, not_warned, too_many_warnings;
	struct sw_bounce_counts bounce; /* all 0 while nothing is counted */
};

void sw_sessions_counts(const struct sw_sessions *s, struct sw_sessions_counts *ret);

#endif
