/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From what the mail server saw to locks: in their turn, over restarts, forgotten and forgiven;
 * when a line or the clock is of another time; what fails; and what nobody would send in good
 * faith. Ledger and verdicts are the daemon's own.
 */
#include "support/sessions_fixture.h"

#include <stdio.h>
#include <string.h>

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
	assert_int_equal(sessions_counts().locks, 1);
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
	assert_int_equal(sessions_counts().locked_already, 1);
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
	assert_int_equal(sessions_counts().findings, 1); /* those of the future are of now */
	assert_true(sessions_counts().bounce.late >= 54);
	e.source = sessions_world_prefix("5.9.1.2");
	for (unsigned i = 0; i < 54; i++) {
		e.time_ms = SESSIONS_NOON - 10 * HOUR + i * 10 * MINUTE;
		sw_sessions_event(sworld.sessions, &e, now);
	}
	assert_int_equal(sessions_counts().findings, 1);
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
	assert_int_equal(sessions_counts().failed, 1);
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
	assert_int_equal(sessions_counts().no_room, 1);
	sworld.is_full = false;
	sessions_world_pass(HOUR);
	unknown("5.9.1.1", 30);
	is_locked("5.9.1.1", false);
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
	assert_int_equal(sessions_counts().locks, 3000);
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
	assert_int_equal(sessions_counts().bad, 5);
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

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, sessions_setup, sessions_teardown)
	const struct CMUnitTest tests[] = {
		TEST(thirty_lock_for_an_hour),
		TEST(locks_in_turn),
		TEST(locks_in_turn_over_restarts),
		TEST(locks_are_forgotten),
		TEST(taken_back_is_forgiven),
		TEST(other_locks_by_configuration),
		TEST(a_network),
		TEST(traps_and_rejects),
		TEST(lines_count_as_of_their_time),
		TEST(the_clock_is_set),
		TEST(a_full_card),
		TEST(no_room),
		TEST(many_at_once),
		TEST(events_that_make_no_sense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
