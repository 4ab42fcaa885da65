/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From what the mail server saw to verdicts: locks in their turn, over restarts; whose they are
 * never; reports and cases; what fails; and what nobody would send in good faith. Ledger and
 * verdicts are the daemon's own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>

#include <cmocka.h>

#include "maps/abi.h"
#include "rules/origin.h"
#include "support/random.h"
#include "support/sessions_world.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static int setup(void **state)
{
	sessions_world_open(NULL);
	return 0;
}

static int teardown(void **state)
{
	sessions_world_close();
	return 0;
}

static void unknown(const char *source, unsigned n)
{
	sessions_world_see(SW_MTA_UNKNOWN_RCPT, source, 0, n);
}

static void accepted(const char *source, unsigned n)
{
	sessions_world_see(SW_MTA_ACCEPTED_RCPT, source, 0, n);
}

static void is_locked(const char *source, bool for_good)
{
	assert_int_equal(sessions_world_class(source),
			 for_good ? SW_CLASS_BOUNCE_LOCK : SW_CLASS_BOUNCE_LOCK_TEMPORARY);
}

static void is_free(const char *source)
{
	assert_int_equal(sessions_world_class(source), 0);
}

static struct sw_sessions_counts counts(void)
{
	struct sw_sessions_counts n;

	sw_sessions_counts(sworld.sessions, &n);
	return n;
}

/* ---- locks ---- */

static void thirty_lock_for_an_hour(void **state)
{
	struct sw_verdict v;

	unknown("5.9.1.1", 29);
	is_free("5.9.1.1");
	sessions_world_see(SW_MTA_DISABLED_RCPT, "5.9.1.1", 100, 1);
	is_locked("5.9.1.1", false);
	assert_true(sessions_world_verdict("5.9.1.1", SW_ORIGIN_BOUNCE, &v));
	assert_string_equal(v.reason, "30 unknown recipients, 30 different, within 1h, 0 accepted "
				      "within 1d, lock 1 of 4; the last: user100@example.org");
	assert_string_equal(v.who, "bounce");
	assert_int_equal(v.expires_ms - v.created_ms, HOUR);
	unknown("5.9.1.1", 500); /* the rest of the session */
	assert_int_equal(counts().locks, 1);
	sessions_world_pass(HOUR - 1000);
	is_locked("5.9.1.1", false);
	sessions_world_pass(1000);
	is_free("5.9.1.1");
	assert_false(sessions_world_verdict("5.9.1.1", SW_ORIGIN_BOUNCE, &v));
}

static void fourth_is_permanent(bool restart)
{
	static const int64_t hold[] = { HOUR, 6 * HOUR, DAY };
	struct sw_verdict v;

	for (unsigned i = 0; i < 3; i++) {
		unknown("5.9.1.1", 30);
		is_locked("5.9.1.1", false);
		if (restart)
			sessions_world_restart();
		is_locked("5.9.1.1", false);
		sessions_world_pass(hold[i] - 1000);
		is_locked("5.9.1.1", false);
		sessions_world_pass(1000);
		is_free("5.9.1.1");
		if (restart)
			sessions_world_restart();
		sessions_world_pass(2 * DAY);
	}
	unknown("5.9.1.1", 30);
	is_locked("5.9.1.1", true);
	assert_true(sessions_world_verdict("5.9.1.1", SW_ORIGIN_BOUNCE, &v));
	assert_int_equal(v.expires_ms, 0);
	assert_non_null(strstr(v.reason, "lock 4 of 4: permanent"));
	sessions_world_pass(1000 * DAY);
	is_locked("5.9.1.1", true);
	sessions_world_restart();
	is_locked("5.9.1.1", true);
	unknown("5.9.1.1", 100); /* from a session that is as old */
	is_locked("5.9.1.1", true);
	assert_int_equal(counts().locked_already, 1);
}

static void locks_in_turn(void **state)
{
	fourth_is_permanent(false);
}

static void locks_in_turn_over_restarts(void **state)
{
	fourth_is_permanent(true);
}

/* Locks of more than 30 days ago are not counted. */
static void locks_are_forgotten(void **state)
{
	for (unsigned i = 0; i < 6; i++) {
		unknown("5.9.1.1", 30);
		is_locked("5.9.1.1", false);
		sessions_world_pass(16 * DAY);
	}
}

/* Who takes a lock back has found that it was wrong. */
static void taken_back_is_forgiven(void **state)
{
	struct sw_verdict_change c = { .source = sessions_world_prefix("5.9.1.1"),
				       .origin = SW_ORIGIN_BOUNCE };
	struct sw_verdict v;
	struct sw_err err;

	for (unsigned i = 0; i < 3; i++) {
		unknown("5.9.1.1", 30);
		sessions_world_pass(2 * DAY);
	}
	unknown("5.9.1.1", 30);
	is_locked("5.9.1.1", true);
	assert_int_equal(sw_verdicts_remove(sworld.verdicts, &c, 1, "alice", &err), 0);
	assert_int_equal(c.code, 0);
	is_free("5.9.1.1");
	sessions_world_pass(2 * HOUR);
	unknown("5.9.1.1", 30);
	assert_true(sessions_world_verdict("5.9.1.1", SW_ORIGIN_BOUNCE, &v));
	assert_non_null(strstr(v.reason, "lock 1 of 4"));
}

static void other_locks_by_configuration(void **state)
{
	struct sw_verdict v;

	sessions_world_configure("bounce-unknown = 5\nbounce-different = 2\n"
				 "bounce-locks = {\"2min\", \"5min\"}\n");
	for (unsigned i = 1; i < 6; i++) {
		unknown("5.9.1.1", 5);
		assert_true(sessions_world_verdict("5.9.1.1", SW_ORIGIN_BOUNCE, &v));
		assert_int_equal(v.expires_ms - v.created_ms, (i == 1 ? 2 : 5) * MINUTE);
		sessions_world_pass(5 * MINUTE);
		is_free("5.9.1.1");
	}
}

static void good_senders(void **state)
{
	for (unsigned i = 0; i < 30; i++) {
		accepted("5.9.1.1", 170);
		unknown("5.9.1.1", 1);
		sessions_world_pass(20000);
	}
	is_free("5.9.1.1");
	assert_int_equal(counts().events[SW_MTA_ACCEPTED_RCPT], 5100);
	assert_int_equal(counts().findings, 0);
}

static void a_network(void **state)
{
	char source[20];

	for (unsigned i = 0; i < 10; i++) {
		snprintf(source, sizeof(source), "5.9.1.%u", i);
		unknown(source, 10);
	}
	is_locked("5.9.1.0/24", false);
	unknown("5.9.1.99", 60); /* it is covered */
	is_free("5.9.1.99");
	for (unsigned i = 0; i < 30; i++) {
		snprintf(source, sizeof(source), "2a01:1:2:3::%x", i);
		sessions_world_see(SW_MTA_UNKNOWN_RCPT, source, i, 1);
	}
	is_locked("2a01:1:2:3::/64", false);
}

static void traps_and_rejects(void **state)
{
	sessions_world_see(SW_MTA_TRAP, "5.9.1.1", 0, 2);
	is_free("5.9.1.1");
	sessions_world_see(SW_MTA_TRAP, "5.9.1.1", 0, 1);
	is_locked("5.9.1.1", false);
	sessions_world_see(SW_MTA_RELAY_REJECT, "5.9.1.2", 0, 1000);
	sessions_world_see(SW_MTA_OTHER_REJECT, "5.9.1.3", 0, 1000);
	is_free("5.9.1.2");
	is_free("5.9.1.3");
	sessions_world_configure("bounce-trap = 0");
	sessions_world_see(SW_MTA_TRAP, "5.9.1.4", 0, 1000);
	is_free("5.9.1.4");
}

/* ---- who is never locked ---- */

static void ours_are_looked_through(void **state)
{
	sworld.ours[0] = sessions_world_prefix("198.51.100.0/24");
	unknown("198.51.100.7", 1000);
	assert_int_equal(counts().looked_through, 1000);
	assert_int_equal(counts().findings, 0);
	assert_int_equal(counts().events[SW_MTA_UNKNOWN_RCPT], 0);
}

static void is_only_told(const char *source, const char *why)
{
	unsigned before = sworld.notes;

	unknown(source, 1000);
	assert_int_equal(sworld.notes, before + 1); /* once in a window */
	assert_non_null(strstr(sworld.note, why));
	assert_non_null(strstr(sworld.note, "30 unknown recipients"));
	is_free(source);
}

static void never_locked(void **state)
{
	struct sw_verdict_change allow = { .source = sessions_world_prefix("5.9.3.0/24"),
					   .origin = SW_ORIGIN_OPERATOR,
					   .action = SW_ACTION_ALLOW,
					   .for_ms = DAY };
	struct sw_err err;

	sessions_world_configure("shared-pools = {\"5.9.2.0/24 2a01:5::/32\", \"5.9.4.4\"}");
	sworld.allowed[0] = sessions_world_prefix("5.9.1.0/28");
	assert_int_equal(sw_verdicts_set(sworld.verdicts, &allow, 1, "alice", &err), 0);
	is_only_told("5.9.1.1", "it is in the list partners");
	is_only_told("5.9.2.77", "5.9.2.0/24 is a shared pool");
	is_only_told("2a01:5:6::7", "2a01:5::/32 is a shared pool");
	is_only_told("5.9.4.4", "5.9.4.4 is a shared pool");
	is_only_told("5.9.3.9", "the operator allows it");
	assert_int_equal(counts().locks, 0);
	assert_int_equal(counts().only_told, 5);
	sessions_world_pass(DAY);
	unknown("5.9.3.9", 30); /* no longer */
	is_locked("5.9.3.9", false);
}

/* Nor do they speak against their neighbours. */
static void pools_do_not_count_for_a_network(void **state)
{
	char source[20];

	sessions_world_configure("shared-pools = {\"5.9.1.0/26\"}");
	for (unsigned i = 0; i < 60; i++) {
		snprintf(source, sizeof(source), "5.9.1.%u", i);
		unknown(source, 29);
	}
	is_free("5.9.1.0/24");
	for (unsigned i = 100; i < 110; i++) {
		snprintf(source, sizeof(source), "5.9.1.%u", i);
		unknown(source, 20);
	}
	is_free("5.9.1.0/24"); /* a pool is in it */
	assert_non_null(strstr(sworld.note, "5.9.1.0/26 is a shared pool"));
}

static void only_a_report(void **state)
{
	sessions_world_configure("bounce-action = report");
	is_only_told("5.9.1.1", "bounce-action is report");
	sessions_world_configure("bounce-action = off");
	unknown("5.9.1.2", 1000);
	assert_int_equal(counts().findings, 1);
	sessions_world_configure("bounce-action = lock");
	unknown("5.9.1.2", 30);
	is_locked("5.9.1.2", false);
}

/* ---- times ---- */

/* A log that is read after the fact, and one of another time zone. */
static void lines_count_as_of_their_time(void **state)
{
	struct sw_mta_event e = { .kind = SW_MTA_UNKNOWN_RCPT,
				  .source = sessions_world_prefix("5.9.1.1"),
				  .recipients = 1 };
	int64_t now = sw_sessions_now(sworld.sessions);

	for (unsigned i = 0; i < 300; i++) {
		e.time_ms = SESSIONS_NOON - 10 * HOUR + i * 10 * MINUTE; /* 6 an hour */
		sw_sessions_event(sworld.sessions, &e, now);
	}
	assert_int_equal(counts().findings, 1); /* those of the future are of now */
	assert_true(counts().bounce.late >= 54);
	e.source = sessions_world_prefix("5.9.1.2");
	for (unsigned i = 0; i < 54; i++) {
		e.time_ms = SESSIONS_NOON - 10 * HOUR + i * 10 * MINUTE;
		sw_sessions_event(sworld.sessions, &e, now);
	}
	assert_int_equal(counts().findings, 1);
}

/* A clock that is set makes no window shorter. */
static void the_clock_is_set(void **state)
{
	unknown("5.9.1.1", 29);
	sworld.clock.wall_ms += 400 * DAY;
	sw_verdicts_tick(sworld.verdicts);
	sessions_world_see(SW_MTA_UNKNOWN_RCPT, "5.9.1.1", 50, 1);
	is_locked("5.9.1.1", false);
	sworld.clock.wall_ms -= 800 * DAY;
	sessions_world_pass(HOUR);
	is_free("5.9.1.1");
}

/* ---- what fails ---- */

static void a_full_card(void **state)
{
	sworld.card_room = 1;
	unknown("5.9.1.1", 30);
	unknown("5.9.1.2", 30);
	is_locked("5.9.1.1", false);
	is_free("5.9.1.2");
	assert_non_null(strstr(sworld.note, "could not be locked: the card is full"));
	assert_int_equal(counts().failed, 1);
	sworld.card_room = 2;
	unknown("5.9.1.2", 30); /* not a window later: nothing was done about it */
	is_locked("5.9.1.2", false);
	sessions_world_pass(HOUR);
	unknown("5.9.1.2", 30);
	sessions_world_pass(2 * HOUR);
	is_locked("5.9.1.2", false); /* the second: what failed does not count */
	sessions_world_pass(4 * HOUR);
	is_free("5.9.1.2");
}

/* The operator's part of the card is not for this. */
static void no_room(void **state)
{
	sworld.is_full = true;
	unknown("5.9.1.1", 100);
	is_free("5.9.1.1");
	assert_int_equal(counts().no_room, 1);
	sworld.is_full = false;
	sessions_world_pass(HOUR);
	unknown("5.9.1.1", 30);
	is_locked("5.9.1.1", false);
}

static void notes_are_counted(void **state)
{
	struct sw_verdicts_counts n;

	accepted("5.9.1.1", 1);
	accepted("5.9.1.2", 1);
	for (unsigned i = 0; i < 3; i++) {
		sessions_world_complain("5.9.1.1", NULL);
		sessions_world_complain("5.9.1.2", NULL);
		sw_verdicts_counts(sworld.verdicts, &n);
		assert_int_equal(n.notes, 2);
		sessions_world_restart();
	}
	sessions_world_pass(8 * DAY);
	assert_int_equal(sessions_world_complain("5.9.1.1", NULL), SW_REPORT_BLOCKED);
	sw_verdicts_counts(sworld.verdicts, &n);
	assert_int_equal(n.notes, 1);
	sessions_world_pass(365 * DAY);
	sw_verdicts_counts(sworld.verdicts, &n);
	assert_int_equal(n.notes, 0);
	assert_int_equal(n.intended, 1);
}

static void many_at_once(void **state)
{
	char source[20];

	for (unsigned i = 0; i < 3000; i++) {
		struct sw_mta_event e = { .kind = SW_MTA_UNKNOWN_RCPT, .recipients = 30 };

		snprintf(source, sizeof(source), "5.%u.%u.1", i / 256, i % 256);
		e.source = sessions_world_prefix(source);
		sw_sessions_event(sworld.sessions, &e, sw_sessions_now(sworld.sessions));
	}
	sw_sessions_flush(sworld.sessions);
	assert_int_equal(sworld.card_n, 3000);
	assert_int_equal(counts().locks, 3000);
	sessions_world_pass(HOUR);
	assert_int_equal(sworld.card_n, 0);
}

static void events_that_make_no_sense(void **state)
{
	static char huge[70000];
	struct sw_mta_event e = { .kind = SW_MTA_KINDS,
				  .source = sessions_world_prefix("5.9.1.1"),
				  .recipients = 1 };
	struct sw_verdict v;
	int64_t now = sw_sessions_now(sworld.sessions);

	sw_sessions_event(sworld.sessions, &e, now);
	e.kind = (enum sw_mta_kind) - 1;
	sw_sessions_event(sworld.sessions, &e, now);
	e.kind = SW_MTA_UNKNOWN_RCPT;
	e.recipients = 0;
	sw_sessions_event(sworld.sessions, &e, now);
	e.recipients = 1000;
	e.source = sessions_world_prefix("5.9.1.0/24");
	sw_sessions_event(sworld.sessions, &e, now);
	e.source.family = 0;
	sw_sessions_event(sworld.sessions, &e, now);
	assert_int_equal(counts().bad, 5);
	memset(huge, 0xff, sizeof(huge));
	e.source = sw_prefix_ip6(0, 0xffff05090101, 128); /* ::ffff:5.9.1.1 */
	e.rcpt = huge;
	e.rcpt_n = sizeof(huge);
	e.time_ms = INT64_MIN;
	sw_sessions_event(sworld.sessions, &e, now);
	e.rcpt_n = 0;
	e.time_ms = INT64_MAX;
	sw_sessions_event(sworld.sessions, &e, now);
	e.rcpt = NULL;
	e.time_ms = 0;
	e.recipients = UINT32_MAX;
	sw_sessions_event(sworld.sessions, &e, now);
	sw_sessions_flush(sworld.sessions);
	is_locked("5.9.1.1", false);
	assert_true(sessions_world_verdict("5.9.1.1", SW_ORIGIN_BOUNCE, &v));
	assert_non_null(strstr(v.reason, "4294967295 unknown recipients"));
}

/* ---- reports ---- */

static void strangers_are_not_reported(void **state)
{
	assert_int_equal(sessions_world_complain("5.9.1.1", "a"), SW_REPORT_STRANGER);
	accepted("5.9.1.1", 1);
	assert_int_equal(sessions_world_complain("5.9.1.1", "a"), SW_REPORT_OPENED);
	accepted("5.9.1.2", 1);
	sessions_world_pass(91 * DAY);
	assert_int_equal(sessions_world_complain("5.9.1.2", "b"), SW_REPORT_STRANGER);
	sworld.ours[0] = sessions_world_prefix("5.9.1.0/24");
	accepted("5.9.1.1", 1);
	assert_int_equal(sessions_world_complain("5.9.1.1", "c"), SW_REPORT_NOT_OURS);
	assert_int_equal(sessions_world_complain("5.9.1.0/24", "c"), SW_REPORT_NOT_OURS);
}

static void a_case(void **state)
{
	struct sw_verdict v;

	accepted("5.9.1.1", 1);
	assert_int_equal(sessions_world_complain("5.9.1.1", "a"), SW_REPORT_OPENED);
	assert_true(sessions_world_verdict("5.9.1.1", SW_ORIGIN_COMPLAINT, &v));
	assert_int_equal(v.action, SW_ACTION_PASS);
	assert_int_equal(v.expires_ms - v.created_ms, 365 * DAY);
	assert_string_equal(v.reason,
			    "complaint 1: fbl@example.net, about mail to victim@example.org");
	is_free("5.9.1.1"); /* a case is on no card */
	assert_int_equal(sworld.card_n, 0);
	assert_int_equal(sessions_world_complain("5.9.1.1", "a"), SW_REPORT_AGAIN);
	assert_int_equal(sessions_world_complain("5.9.1.1", NULL), SW_REPORT_COUNTED);
	sessions_world_pass(6 * DAY);
	sessions_world_restart();
	assert_int_equal(sessions_world_complain("5.9.1.1", "b"), SW_REPORT_COUNTED);
	sessions_world_pass(DAY);
	sessions_world_restart();
	assert_int_equal(sessions_world_complain("5.9.1.1", "c"), SW_REPORT_BLOCKED);
	assert_int_equal(sessions_world_class("5.9.1.1"), SW_CLASS_COMPLAINT_BLOCK);
	assert_true(sessions_world_verdict("5.9.1.1", SW_ORIGIN_COMPLAINT, &v));
	assert_int_equal(v.expires_ms, 0);
	assert_int_equal(v.count, 4);
	assert_string_equal(v.reason, "complaint 4, 1w after the first: fbl@example.net, about "
				      "mail to victim@example.org");
	assert_int_equal(sessions_world_complain("5.9.1.1", "d"), SW_REPORT_COUNTED);
	sessions_world_pass(1000 * DAY);
	assert_int_equal(sessions_world_class("5.9.1.1"), SW_CLASS_COMPLAINT_BLOCK);
}

static void a_case_ends(void **state)
{
	struct sw_verdict_change c = { .source = sessions_world_prefix("5.9.1.1"),
				       .origin = SW_ORIGIN_COMPLAINT };
	struct sw_verdict v;
	struct sw_err err;

	accepted("5.9.1.1", 1);
	assert_int_equal(sessions_world_complain("5.9.1.1", NULL), SW_REPORT_OPENED);
	sessions_world_pass(365 * DAY);
	assert_false(sessions_world_verdict("5.9.1.1", SW_ORIGIN_COMPLAINT, &v));
	accepted("5.9.1.1", 1);
	assert_int_equal(sessions_world_complain("5.9.1.1", NULL), SW_REPORT_OPENED);
	sessions_world_pass(8 * DAY);
	assert_int_equal(sessions_world_complain("5.9.1.1", NULL), SW_REPORT_BLOCKED);
	assert_int_equal(sw_verdicts_remove(sworld.verdicts, &c, 1, "alice", &err), 0);
	assert_int_equal(c.code, 0);
	is_free("5.9.1.1");
	assert_int_equal(sessions_world_complain("5.9.1.1", NULL), SW_REPORT_OPENED);
}

/* The whole /64 has one case. */
static void a_case_of_ipv6(void **state)
{
	struct sw_verdict v;

	accepted("2a01::1", 1);
	assert_int_equal(sessions_world_complain("2a01::1", NULL), SW_REPORT_OPENED);
	sessions_world_pass(8 * DAY);
	assert_int_equal(sessions_world_complain("2a01::99", NULL), SW_REPORT_BLOCKED);
	assert_true(sessions_world_verdict("2a01::/64", SW_ORIGIN_COMPLAINT, &v));
	assert_int_equal(sessions_world_class("2a01::/64"), SW_CLASS_COMPLAINT_BLOCK);
}

static void cases_that_never_block(void **state)
{
	sessions_world_configure("shared-pools = {\"5.9.2.0/24\"}\ncomplaint-count = 3");
	sworld.allowed[0] = sessions_world_prefix("5.9.1.0/28");
	for (unsigned i = 0; i < 2; i++) {
		const char *source = i ? "5.9.2.1" : "5.9.1.1";

		accepted(source, 1);
		assert_int_equal(sessions_world_complain(source, NULL), SW_REPORT_OPENED);
		sessions_world_pass(8 * DAY);
		assert_int_equal(sessions_world_complain(source, NULL), SW_REPORT_COUNTED);
		assert_int_equal(sessions_world_complain(source, NULL), SW_REPORT_NEVER);
		assert_non_null(strstr(sworld.note, i ? "shared pool" : "list partners"));
		is_free(source);
	}
	sessions_world_configure("complaint-action = report");
	accepted("5.9.3.1", 1);
	assert_int_equal(sessions_world_complain("5.9.3.1", NULL), SW_REPORT_OPENED);
	sessions_world_pass(8 * DAY);
	assert_int_equal(sessions_world_complain("5.9.3.1", NULL), SW_REPORT_NEVER);
	is_free("5.9.3.1");
	sessions_world_configure("complaint-action = off");
	assert_int_equal(sessions_world_complain("5.9.3.1", NULL), SW_REPORT_OFF);
}

/* ---- warnings ---- */

static void a_warning(void **state)
{
	struct sw_verdict v;

	accepted("5.9.1.1", 1);
	assert_string_equal(sessions_world_warn("5.9.1.1", "abuse@example.net", false), "ENOENT");
	assert_int_equal(sessions_world_complain("5.9.1.1", "a"), SW_REPORT_OPENED);
	sessions_world_pass(5000);
	assert_string_equal(sessions_world_warn("5.9.1.1", "abuse@example.net", false), "ok");
	assert_int_equal(sworld.warning.complaints, 1);
	assert_int_equal(sworld.warning.opened_ms, SESSIONS_NOON);
	assert_int_equal(sworld.warning.grace_ends_ms, SESSIONS_NOON + 5000 + 7 * DAY);
	assert_string_equal(sworld.warning.reason,
			    "complaint 1: fbl@example.net, about mail to victim@example.org");
	assert_true(sessions_world_verdict("5.9.1.1", SW_ORIGIN_WARNING, &v));
	assert_string_equal(v.reason, "warned: abuse@example.net");
	assert_string_equal(v.who, "report");
	assert_string_equal(sessions_world_warn("5.9.1.1", "abuse@example.net", false), "EALREADY");
	sessions_world_restart();
	assert_string_equal(sessions_world_warn("5.9.1.1", "x@example.net", false), "EALREADY");
	assert_int_equal(sworld.card_n, 0); /* it is on no card */
	/* the case itself is as it was */
	assert_true(sessions_world_verdict("5.9.1.1", SW_ORIGIN_COMPLAINT, &v));
	assert_int_equal(v.count, 1);
	assert_int_equal(counts().warned, 0); /* since the restart */
	assert_string_equal(sessions_world_warn("5.9.1.1", "noc@example.net", true), "ok");
	assert_true(sessions_world_verdict("5.9.1.1", SW_ORIGIN_WARNING, &v));
	assert_string_equal(v.reason, "warned: noc@example.net");
	assert_string_equal(v.who, "alice");
	assert_int_equal(v.count, 2);
	assert_int_equal(counts().warned, 1);
}

/* Late, so that the grace period is, too; the second does not prolong it. */
static void the_period_after_a_warning(void **state)
{
	accepted("5.9.1.1", 1);
	sessions_world_complain("5.9.1.1", NULL);
	sessions_world_pass(6 * DAY);
	assert_string_equal(sessions_world_warn("5.9.1.1", "abuse@example.net", true), "ok");
	assert_int_equal(sworld.warning.grace_ends_ms, SESSIONS_NOON + 13 * DAY);
	sessions_world_pass(3 * DAY);
	assert_int_equal(sessions_world_complain("5.9.1.1", NULL), SW_REPORT_COUNTED);
	assert_string_equal(sessions_world_warn("5.9.1.1", "abuse@example.net", true), "ok");
	assert_int_equal(sworld.warning.grace_ends_ms, SESSIONS_NOON + 13 * DAY);
	sessions_world_restart();
	sessions_world_pass(4 * DAY);
	assert_int_equal(sessions_world_complain("5.9.1.1", NULL), SW_REPORT_BLOCKED);
	assert_string_equal(sessions_world_warn("5.9.1.1", "abuse@example.net", true), "ENOENT");
}

static unsigned again_s;

/* The try @tries at warning about @source was none. */
static int was_not(const char *source, const char *to, const char *words, unsigned tries)
{
	struct sw_warning_order order = { .source = sessions_world_prefix(source),
					  .to = to,
					  .failed = words,
					  .tries = tries,
					  .who = "report" };
	struct sw_err err;

	return sw_sessions_not_warned(sworld.sessions, &order, sw_sessions_now(sworld.sessions),
				      &again_s, &err);
}

static int not_warned(const char *to, const char *words)
{
	int code = was_not("5.9.1.1", to, words, 0);

	assert_int_equal(again_s, 0);
	return code;
}

struct told {
	unsigned removed;
	char why[SW_VERDICT_REASON];
};

static int look_for_removal(void *ctx, const struct sw_history *h)
{
	struct told *told = ctx;

	if (h->verdict.origin != SW_ORIGIN_WARNING || h->kind != SW_CHANGE_REMOVED)
		return 0;
	told->removed++;
	strcpy(told->why, h->why);
	return 0;
}

static void one_that_was_not_sent(void **state)
{
	struct sw_prefix source = sessions_world_prefix("5.9.1.1");
	struct told told = { .removed = 0 };
	struct sw_verdict v;

	accepted("5.9.1.1", 1);
	sessions_world_complain("5.9.1.1", NULL);
	assert_int_equal(not_warned(NULL, "no abuse contact was found"), 0);
	assert_string_equal(sworld.note, "5.9.1.1: not warned: no abuse contact was found");
	assert_string_equal(sessions_world_warn("5.9.1.1", "abuse@example.net", false), "ok");
	assert_int_equal(not_warned("abuse@example.net", "exit code 75"), 0);
	assert_false(sessions_world_verdict("5.9.1.1", SW_ORIGIN_WARNING, &v));
	assert_int_equal(
		sw_ledger_history(sworld.ledger, &source, 0, look_for_removal, &told, NULL), 0);
	assert_int_equal(told.removed, 1);
	assert_string_equal(told.why, "not warned: abuse@example.net: exit code 75");
	assert_string_equal(sworld.note, "5.9.1.1: not warned: abuse@example.net: exit code 75");
	assert_int_equal(counts().not_warned, 2);
	/* so it can be tried again; and what went out stays when the next one fails */
	assert_string_equal(sessions_world_warn("5.9.1.1", "abuse@example.net", false), "ok");
	assert_string_equal(sessions_world_warn("5.9.1.1", "noc@example.net", true), "ok");
	assert_int_equal(not_warned("noc@example.net", "exit code 1"), 0);
	assert_true(sessions_world_verdict("5.9.1.1", SW_ORIGIN_WARNING, &v));
	assert_string_equal(v.reason, "not warned: noc@example.net: exit code 1");
	assert_int_equal(v.created_ms, SESSIONS_NOON);
	assert_int_equal(not_warned("a@b.c\nBcc: x@y.z", "x"), -EINVAL);
}

/* The notes that were taken away from @source, and the last of their reasons. */
static struct told told_of(const char *source)
{
	struct sw_prefix p = sessions_world_prefix(source);
	struct told told = { .removed = 0 };

	assert_int_equal(sw_ledger_history(sworld.ledger, &p, 0, look_for_removal, &told, NULL), 0);
	return told;
}

static void it_is_tried_again_and_given_up(void **state)
{
	static const unsigned pauses[] = { 30, 600, 3600, 6 * 3600 };
	static const char *const words[] = { "30s", "10m", "1h", "6h" };
	char want[200];
	struct sw_verdict v;

	accepted("5.9.1.1", 1);
	sessions_world_complain("5.9.1.1", NULL);
	for (unsigned i = 0; i < 5; i++) {
		assert_string_equal(sessions_world_warn("5.9.1.1", "a@b.c", false), "ok");
		assert_int_equal(was_not("5.9.1.1", "a@b.c", "exit code 75", i + 1), 0);
		assert_int_equal(again_s, i < 4 ? pauses[i] : 0);
		snprintf(want, sizeof(want), "not warned: a@b.c: exit code 75; tried again in %s",
			 i < 4 ? words[i] : "");
		if (i == 4)
			strcpy(want, "not warned: a@b.c: exit code 75; given up after 5 tries: "
				     "synward case warn sends it by hand");
		assert_int_equal(told_of("5.9.1.1").removed, i + 1);
		assert_string_equal(told_of("5.9.1.1").why, want);
		assert_string_equal(sworld.note + strlen("5.9.1.1: "), want);
		assert_false(sessions_world_verdict("5.9.1.1", SW_ORIGIN_WARNING, &v));
		sessions_world_pass(INT64_C(1000) * again_s);
	}
	/* by hand it can be sent still */
	assert_string_equal(sessions_world_warn("5.9.1.1", "a@b.c", true), "ok");
}

/* Who it would be for was never known: the history has the end of it all the same. */
static void nobody_is_found_time_and_again(void **state)
{
	struct sw_verdict v;

	accepted("5.9.1.1", 1);
	sessions_world_complain("5.9.1.1", NULL);
	for (unsigned i = 1; i <= 5; i++) {
		assert_int_equal(told_of("5.9.1.1").removed, 0);
		assert_int_equal(was_not("5.9.1.1", NULL, "the DNS did not answer", i), 0);
		sessions_world_pass(INT64_C(1000) * again_s);
	}
	assert_int_equal(told_of("5.9.1.1").removed, 1);
	assert_string_equal(told_of("5.9.1.1").why,
			    "not warned: the DNS did not answer; given up after 5 tries: synward "
			    "case warn sends it by hand");
	assert_false(sessions_world_verdict("5.9.1.1", SW_ORIGIN_WARNING, &v));
	/* it is no warning, so the grace period is that of the first complaint */
	assert_string_equal(sessions_world_warn("5.9.1.1", "a@b.c", false), "ok");
	/* what was closed, or warned of by hand meanwhile, is not tried again */
	assert_int_equal(was_not("5.9.77.7", NULL, "the DNS did not answer", 1), 0);
	assert_int_equal(again_s, 0);
	assert_string_equal(sworld.note, "5.9.77.7: not warned: the DNS did not answer");
}

static void so_many_are_tried_again(void **state)
{
	char source[20];

	sessions_world_configure("warn-max = 3");
	for (unsigned i = 1; i <= SW_SESSIONS_WAITING + 1; i++) {
		snprintf(source, sizeof(source), "5.9.1.%u", i);
		accepted(source, 1);
		sessions_world_complain(source, NULL);
		/* one that did not go out is none of today's */
		assert_string_equal(sessions_world_warn(source, "a@b.c", false), "ok");
		assert_int_equal(was_not(source, "a@b.c", "no", 1), 0);
		assert_int_equal(again_s, i <= SW_SESSIONS_WAITING ? 30 : 0);
	}
	assert_string_equal(sworld.note, "5.9.1.17: not warned: a@b.c: no; not tried again, for 16 "
					 "others are: synward case warn sends it by hand");
	/* who is among them stays, and who comes no more does not keep its place */
	assert_int_equal(was_not("5.9.1.1", NULL, "no", 2), 0);
	assert_int_equal(again_s, 600);
	sessions_world_pass(INT64_C(4) * 60 * 1000);
	assert_int_equal(was_not("5.9.1.17", NULL, "no", 1), 0);
	assert_int_equal(again_s, 30);
	/* one that somebody killed may have gone out: it counts */
	for (unsigned i = 1; i <= 3; i++) {
		snprintf(source, sizeof(source), "5.9.1.%u", i);
		assert_string_equal(sessions_world_warn(source, "a@b.c", false), "ok");
		assert_int_equal(was_not(source, "a@b.c", "killed", 0), 0);
	}
	assert_string_equal(sessions_world_warn("5.9.1.1", "a@b.c", false), "EDQUOT");
}

static void a_case_of_its_own(void **state)
{
	struct sw_verdict_change c = { .source = sessions_world_prefix("2a01::/64"),
				       .origin = SW_ORIGIN_COMPLAINT };
	struct sw_verdict v;
	struct sw_err err;

	accepted("2a01::1", 1);
	sessions_world_complain("2a01::1", NULL);
	assert_string_equal(sessions_world_warn("2a01::7", "abuse@example.net", false), "ok");
	assert_true(sessions_world_verdict("2a01::/64", SW_ORIGIN_WARNING, &v));
	assert_int_equal(sw_verdicts_remove(sworld.verdicts, &c, 1, "alice", &err), 0);
	assert_string_equal(sessions_world_warn("2a01::1", "abuse@example.net", true), "ENOENT");
	sessions_world_pass(DAY);
	assert_int_equal(sessions_world_complain("2a01::1", NULL), SW_REPORT_OPENED);
	/* who was warned of the other one was not of this one */
	assert_string_equal(sessions_world_warn("2a01::1", "abuse@example.net", false), "ok");
	assert_int_equal(sworld.warning.grace_ends_ms, SESSIONS_NOON + 8 * DAY);
	assert_true(sessions_world_verdict("2a01::/64", SW_ORIGIN_WARNING, &v));
	assert_int_equal(v.count, 1);
	assert_int_equal(v.created_ms, SESSIONS_NOON + DAY);
}

static void who_is_not_warned(void **state)
{
	static const char *const bad[] = { "", "abuse", "-oQ@b.c", "a@b.c\n", "a@b" };

	sessions_world_configure("shared-pools = {\"5.9.2.0/24\"}");
	sworld.allowed[0] = sessions_world_prefix("5.9.1.0/28");
	for (unsigned i = 0; i < 2; i++) {
		const char *source = i ? "5.9.2.1" : "5.9.1.1";

		accepted(source, 1);
		sessions_world_complain(source, NULL);
		assert_string_equal(sessions_world_warn(source, "a@b.c", false), "EPERM");
		assert_string_equal(sessions_world_warn(source, "a@b.c", true), "ok");
	}
	accepted("5.9.3.1", 1);
	sessions_world_complain("5.9.3.1", NULL);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_string_equal(sessions_world_warn("5.9.3.1", bad[i], true), "EINVAL");
	assert_string_equal(sessions_world_warn("5.9.3.1", NULL, true), "EINVAL");
	sessions_world_configure("complaint-action = report");
	assert_string_equal(sessions_world_warn("5.9.3.1", "a@b.c", false), "EPERM");
}

static void so_many_a_day(void **state)
{
	char source[20];

	sessions_world_configure("warn-max = 3");
	for (unsigned i = 1; i <= 6; i++) {
		snprintf(source, sizeof(source), "5.9.1.%u", i);
		accepted(source, 1);
		sessions_world_complain(source, NULL);
		assert_string_equal(sessions_world_warn(source, "a@b.c", false),
				    i <= 3 ? "ok" : "EDQUOT");
		sessions_world_restart();
	}
	assert_string_equal(sessions_world_warn("5.9.1.6", "a@b.c", true), "ok");
	sessions_world_pass(DAY - 1);
	assert_string_equal(sessions_world_warn("5.9.1.5", "a@b.c", false), "EDQUOT");
	assert_int_equal(counts().too_many_warnings, 1);
	sessions_world_pass(1);
	assert_string_equal(sessions_world_warn("5.9.1.5", "a@b.c", false), "ok");
}

static void mail_that_came_back(void **state)
{
	struct sw_report_event e = { .kind = SW_MTA_DISABLED_RCPT,
				     .source = sessions_world_prefix("5.9.1.1") };
	char id[20];
	int64_t now = sw_sessions_now(sworld.sessions);

	accepted("5.9.1.1", 20);
	for (unsigned i = 0; i < 30; i++) {
		e.id = id;
		e.id_n = (size_t)snprintf(id, sizeof(id), "<%u@x>", i);
		assert_int_equal(sw_sessions_report(sworld.sessions, &e, now, NULL),
				 SW_REPORT_COUNTED);
		assert_int_equal(sw_sessions_report(sworld.sessions, &e, now, NULL),
				 SW_REPORT_AGAIN);
	}
	sw_sessions_flush(sworld.sessions);
	is_locked("5.9.1.1", false);
	e.kind = SW_MTA_ACCEPTED_RCPT; /* no report speaks for anybody */
	e.id = NULL;
	assert_int_equal(sw_sessions_report(sworld.sessions, &e, now, NULL), SW_REPORT_NOT_OURS);
}

static void a_flood_of_reports(void **state)
{
	struct sw_verdict v;
	unsigned taken = 0;

	accepted("5.9.1.1", 1);
	assert_int_equal(sessions_world_complain("5.9.1.1", NULL), SW_REPORT_OPENED);
	for (unsigned i = 0; i < 5000; i++)
		taken += sessions_world_complain("5.9.1.1", NULL) == SW_REPORT_COUNTED;
	assert_in_range(taken, 990, 1010);
	assert_int_equal(counts().reports[SW_REPORT_TOO_MANY], 5000 - taken);
	assert_true(sessions_world_verdict("5.9.1.1", SW_ORIGIN_COMPLAINT, &v));
	assert_int_equal(v.action, SW_ACTION_PASS);
	sessions_world_pass(1000);
	assert_int_equal(sessions_world_complain("5.9.1.1", NULL), SW_REPORT_COUNTED);
}

/* ---- options ---- */

static const char *refused(const char *text)
{
	static struct sw_err err;
	struct sw_config *c = sw_config_default();
	struct sw_texts locks = c->bounce_locks;
	char *one[] = { (char *)text };

	c->bounce_locks = (struct sw_texts){ one, 1 };
	assert_int_equal(sw_sessions_setup_check(c, &err), -EINVAL);
	c->bounce_locks = locks;
	sw_config_free(c);
	return err.text;
}

static void options(void **state)
{
	struct sw_config *c = sw_config_default();
	struct sw_sessions_setup *s = NULL;
	struct sw_err err;

	assert_int_equal(sw_sessions_setup_make(c, &s, &err), 0);
	assert_int_equal(s->bounces, SW_SESSIONS_ACT);
	assert_int_equal(s->complaints, SW_SESSIONS_ACT);
	assert_memory_equal(&s->bounce, &sw_bounce_defaults, sizeof(s->bounce));
	assert_memory_equal(&s->complaint, &sw_complaint_defaults, sizeof(s->complaint));
	assert_int_equal(s->pools, 0);
	sw_sessions_setup_free(s);
	assert_non_null(strstr(refused("1h,permanent 6h"), "has to be the last"));
	assert_non_null(strstr(refused("1h 6x"), "\"6x\""));
	assert_non_null(strstr(refused(" ,"), "from 1 to 8 locks"));
	assert_non_null(strstr(refused("1h 1h 1h 1h 1h 1h 1h 1h 1h"), "more than 8"));
	assert_non_null(strstr(refused("0s"), "bounce-locks"));
	c->bounce_memory_ms = c->ledger_history_ms + 1;
	assert_int_equal(sw_sessions_setup_check(c, &err), -EINVAL);
	assert_non_null(strstr(err.text, "ledger-history"));
	c->bounce_memory_ms = c->ledger_history_ms;
	c->bounce_unknown = 200; /* more than lock a network */
	assert_int_equal(sw_sessions_setup_check(c, &err), -EINVAL);
	assert_non_null(strstr(err.text, "bounce-*"));
	c->bounce_unknown = 3;
	assert_int_equal(sw_sessions_setup_check(c, &err), 0);
	c->complaint_memory_ms = c->complaint_grace_ms;
	assert_int_equal(sw_sessions_setup_check(c, &err), -EINVAL);
	assert_non_null(strstr(err.text, "complaint-*"));
	sw_config_free(c);
}

static void pools_as_options(void **state)
{
	static const char *const bad[] = { "example.org", "5.9.1.1/24", "5.9.1.0/33", "::/129" };
	char *one[1];
	struct sw_config *c = sw_config_default();
	struct sw_err err;

	c->shared_pools = (struct sw_texts){ one, 1 };
	for (unsigned i = 0; i < 4; i++) {
		one[0] = (char *)bad[i];
		assert_int_equal(sw_sessions_setup_check(c, &err), -EINVAL);
		assert_non_null(strstr(err.text, bad[i]));
	}
	c->shared_pools = (struct sw_texts){ NULL, 0 };
	sw_config_free(c);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(thirty_lock_for_an_hour),
		TEST(locks_in_turn),
		TEST(locks_in_turn_over_restarts),
		TEST(locks_are_forgotten),
		TEST(taken_back_is_forgiven),
		TEST(other_locks_by_configuration),
		TEST(good_senders),
		TEST(a_network),
		TEST(traps_and_rejects),
		TEST(ours_are_looked_through),
		TEST(never_locked),
		TEST(pools_do_not_count_for_a_network),
		TEST(only_a_report),
		TEST(lines_count_as_of_their_time),
		TEST(the_clock_is_set),
		TEST(a_full_card),
		TEST(no_room),
		TEST(notes_are_counted),
		TEST(many_at_once),
		TEST(events_that_make_no_sense),
		TEST(strangers_are_not_reported),
		TEST(a_case),
		TEST(a_case_ends),
		TEST(a_case_of_ipv6),
		TEST(cases_that_never_block),
		TEST(mail_that_came_back),
		TEST(a_flood_of_reports),
		TEST(a_warning),
		TEST(the_period_after_a_warning),
		TEST(one_that_was_not_sent),
		TEST(a_case_of_its_own),
		TEST(it_is_tried_again_and_given_up),
		TEST(nobody_is_found_time_and_again),
		TEST(so_many_are_tried_again),
		TEST(who_is_not_warned),
		TEST(so_many_a_day),
		cmocka_unit_test(options),
		cmocka_unit_test(pools_as_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
