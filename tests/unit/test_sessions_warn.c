/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Warnings of who complained of: to whom, once for a case, so many a day; the time that is left
 * then; and those that could not be sent.
 */
#include "support/sessions_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

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
	assert_int_equal(sessions_counts().warned, 0); /* since the restart */
	assert_string_equal(sessions_world_warn("5.9.1.1", "noc@example.net", true), "ok");
	assert_true(sessions_world_verdict("5.9.1.1", SW_ORIGIN_WARNING, &v));
	assert_string_equal(v.reason, "warned: noc@example.net");
	assert_string_equal(v.who, "alice");
	assert_int_equal(v.count, 2);
	assert_int_equal(sessions_counts().warned, 1);
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
	assert_int_equal(sessions_counts().not_warned, 2);
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
	assert_int_equal(sessions_counts().too_many_warnings, 1);
	sessions_world_pass(1);
	assert_string_equal(sessions_world_warn("5.9.1.5", "a@b.c", false), "ok");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, sessions_setup, sessions_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_warning),
		TEST(the_period_after_a_warning),
		TEST(one_that_was_not_sent),
		TEST(a_case_of_its_own),
		TEST(it_is_tried_again_and_given_up),
		TEST(nobody_is_found_time_and_again),
		TEST(so_many_are_tried_again),
		TEST(who_is_not_warned),
		TEST(so_many_a_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
