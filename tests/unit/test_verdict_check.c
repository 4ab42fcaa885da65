/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The self-check of verdicts: what the card lacks or has otherwise is set anew, what the ledger has
 * otherwise is told of, and what is as it should be is left alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/verdicts_fixture.h"

static void the_self_check_mends_the_card(void **unused)
{
	struct sw_verdicts_counts n;

	set("192.0.2.1", SW_ACTION_DROP, HOUR);
	set("192.0.2.2", SW_ACTION_DROP, 0);
	set("192.0.2.3", SW_ACTION_ALLOW, 0);
	sw_verdicts_check(w.v, SIZE_MAX);
	sw_verdicts_counts(w.v, &n);
	assert_int_equal(n.checked, 3);
	assert_int_equal(n.missing + n.differing + n.ledger_differs, 0);
	assert_int_equal(n.rounds, 1);
	w.card[0].class = SW_CLASS_OPERATOR_ALLOW;
	w.card[2] = w.card[--w.card_n];
	sw_verdicts_check(w.v, SIZE_MAX);
	sw_verdicts_counts(w.v, &n);
	assert_int_equal(n.missing, 1);
	assert_int_equal(n.differing, 1);
	assert_int_equal(n.repaired, 2);
	assert_int_equal(w.notes, 2);
	assert_int_equal(class_on_card("192.0.2.1"), SW_CLASS_OPERATOR_BLOCK_TEMPORARY);
	assert_int_equal(class_on_card("192.0.2.3"), SW_CLASS_OPERATOR_ALLOW);
	sw_verdicts_check(w.v, SIZE_MAX);
	sw_verdicts_counts(w.v, &n);
	assert_int_equal(n.repaired, 2);
}

/* Nothing is wrong, and nothing is set. */
static void finds_nothing(unsigned checked)
{
	struct sw_verdicts_counts n;
	size_t before = w.card_n;

	sw_verdicts_check(w.v, SIZE_MAX);
	sw_verdicts_counts(w.v, &n);
	assert_int_equal(n.checked, checked);
	assert_int_equal(n.missing + n.differing + n.ledger_differs + n.repaired, 0);
	assert_int_equal(w.card_n, before);
	assert_int_equal(w.notes, 0);
}

/* The card has one of several, the one that counts. */
static void what_does_not_count_is_not_on_the_card(void **unused)
{
	struct sw_verdict_change c = change_of("192.0.2.1", SW_ACTION_DROP, HOUR);
	struct sw_err err;

	set("192.0.2.1", SW_ACTION_ALLOW, 0);
	c.origin = SW_ORIGIN_DNS;
	assert_int_equal(sw_verdicts_set(w.v, &c, 1, "dns", &err), 0);
	assert_int_equal(c.code, 0);
	finds_nothing(2);
	assert_int_equal(class_on_card("192.0.2.1"), SW_CLASS_OPERATOR_ALLOW);
}

/* Its end has come, and is only not written down. */
static void what_has_ended_is_not_set_anew(void **unused)
{
	set("192.0.2.1", SW_ACTION_DROP, HOUR);
	set("192.0.2.2", SW_ACTION_DROP, 0);
	verdicts_close_all();
	script_clock_pass(&w.clock, 2 * HOUR);
	verdicts_open_again();
	finds_nothing(1);
	assert_int_equal(class_on_card("192.0.2.1"), 0);
}

static void a_ledger_that_says_otherwise_is_told_of(void **unused)
{
	const struct sw_change change = { .time_ms = NOON, .kind = SW_CHANGE_REPLACED };
	struct sw_verdict_change c = set("192.0.2.1", SW_ACTION_DROP, HOUR);
	struct sw_verdicts_counts n;
	struct sw_verdict v;
	struct sw_err err;

	assert_int_equal(sw_ledger_get(w.ledger, &c.source, SW_ORIGIN_OPERATOR, &v, &err), 0);
	v.expires_ms += HOUR; /* behind its back */
	assert_int_equal(sw_ledger_begin(w.ledger, &err), 0);
	assert_int_equal(sw_ledger_put(w.ledger, &v, &change, &err), 0);
	assert_int_equal(sw_ledger_commit(w.ledger, &err), 0);
	sw_verdicts_check(w.v, SIZE_MAX);
	sw_verdicts_counts(w.v, &n);
	assert_int_equal(n.ledger_differs, 1);
	assert_int_equal(n.missing + n.differing + n.repaired, 0);
	assert_int_equal(w.notes, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, verdicts_setup, verdicts_teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_self_check_mends_the_card),
		TEST(what_does_not_count_is_not_on_the_card),
		TEST(what_has_ended_is_not_set_anew),
		TEST(a_ledger_that_says_otherwise_is_told_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
