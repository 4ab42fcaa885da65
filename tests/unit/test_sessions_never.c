/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who is never locked, whatever the mail server saw: good senders, our own, allow lists, the
 * operator's word and shared pools; and when nothing is to be locked at all.
 */
#include "support/sessions_fixture.h"

#include <stdio.h>
#include <string.h>

static void good_senders(void **state)
{
	for (unsigned i = 0; i < 30; i++) {
		accepted("5.9.1.1", 170);
		unknown("5.9.1.1", 1);
		sessions_world_pass(20000);
	}
	is_free("5.9.1.1");
	assert_int_equal(sessions_counts().events[SW_MTA_ACCEPTED_RCPT], 5100);
	assert_int_equal(sessions_counts().findings, 0);
}

static void ours_are_looked_through(void **state)
{
	sworld.ours[0] = sessions_world_prefix("198.51.100.0/24");
	unknown("198.51.100.7", 1000);
	assert_int_equal(sessions_counts().looked_through, 1000);
	assert_int_equal(sessions_counts().findings, 0);
	assert_int_equal(sessions_counts().events[SW_MTA_UNKNOWN_RCPT], 0);
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
	assert_int_equal(sessions_counts().locks, 0);
	assert_int_equal(sessions_counts().only_told, 5);
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

static void allow_lists_do_not_either(void **state)
{
	char source[20];

	sworld.allowed[0] = sessions_world_prefix("5.9.1.0/26");
	for (unsigned i = 0; i < 60; i++) {
		snprintf(source, sizeof(source), "5.9.1.%u", i);
		unknown(source, 29);
	}
	is_free("5.9.1.0/24");
	assert_int_equal(sessions_counts().findings, 0);
}

static void only_a_report(void **state)
{
	sessions_world_configure("bounce-action = report");
	is_only_told("5.9.1.1", "bounce-action is report");
	sessions_world_configure("bounce-action = off");
	unknown("5.9.1.2", 1000);
	assert_int_equal(sessions_counts().findings, 1);
	sessions_world_configure("bounce-action = lock");
	unknown("5.9.1.2", 30);
	is_locked("5.9.1.2", false);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, sessions_setup, sessions_teardown)
	const struct CMUnitTest tests[] = {
		TEST(good_senders),
		TEST(ours_are_looked_through),
		TEST(never_locked),
		TEST(pools_do_not_count_for_a_network),
		TEST(allow_lists_do_not_either),
		TEST(only_a_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
