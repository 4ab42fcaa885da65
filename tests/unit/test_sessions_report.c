/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Complaints and returned mail: cases that open, count, block after their time and end; whose
 * never do; and reports that come twice or by the thousand.
 */
#include "support/sessions_fixture.h"

#include <stdio.h>
#include <string.h>

/* ---- cases ---- */

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

/* ---- reports that come again ---- */

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
	assert_int_equal(sessions_counts().reports[SW_REPORT_TOO_MANY], 5000 - taken);
	assert_true(sessions_world_verdict("5.9.1.1", SW_ORIGIN_COMPLAINT, &v));
	assert_int_equal(v.action, SW_ACTION_PASS);
	sessions_world_pass(1000);
	assert_int_equal(sessions_world_complain("5.9.1.1", NULL), SW_REPORT_COUNTED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, sessions_setup, sessions_teardown)
	const struct CMUnitTest tests[] = {
		TEST(strangers_are_not_reported),
		TEST(a_case),
		TEST(a_case_ends),
		TEST(a_case_of_ipv6),
		TEST(cases_that_never_block),
		TEST(notes_are_counted),
		TEST(mail_that_came_back),
		TEST(a_flood_of_reports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
