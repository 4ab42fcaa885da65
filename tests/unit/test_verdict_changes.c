/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Verdicts through ledger, index and card: what is set is durable and in force, ends when it
 * is to, and comes back as it was; what fails leaves all as it was.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "support/verdicts_fixture.h"

/* ---- setting and ending ---- */

static void what_is_set_is_in_force_durable_and_told_of(void **unused)
{
	struct sw_verdict_change c = set("192.0.2.1", SW_ACTION_DROP, 0);

	assert_int_equal(c.code, 0);
	assert_int_equal(c.kind, SW_CHANGE_SET);
	assert_int_equal(c.expires_ms, 0);
	assert_int_equal(class_on_card("192.0.2.1"), SW_CLASS_OPERATOR_BLOCK);
	c = set("2001:db8::/32", SW_ACTION_ALLOW, 2 * HOUR);
	assert_int_equal(c.expires_ms, NOON + 2 * HOUR);
	assert_int_equal(class_on_card("2001:db8::/32"), SW_CLASS_OPERATOR_ALLOW_TEMPORARY);
	assert_int_equal(on_card(&c.source)->ends_ns, (5000 + 2 * HOUR) * 1000000);
	assert_int_equal(w.events_n, 2);
	assert_int_equal(w.events[1].kind, SW_CHANGE_SET);
	assert_string_equal(w.events[1].who, "alice");
	assert_string_equal(w.events[1].verdict.reason, "because");
	assert_int_equal(w.events[1].verdict.expires_ms, NOON + 2 * HOUR);
	verdicts_close_all();
	verdicts_open_again();
	assert_int_equal(class_on_card("192.0.2.1"), SW_CLASS_OPERATOR_BLOCK);
	assert_int_equal(class_on_card("2001:db8::/32"), SW_CLASS_OPERATOR_ALLOW_TEMPORARY);
}

static void the_same_again_extends_and_never_shortens(void **unused)
{
	struct sw_verdict_change c = set("192.0.2.1", SW_ACTION_DROP, 2 * HOUR);

	pass(HOUR);
	c = set("192.0.2.1", SW_ACTION_DROP, HOUR / 2);
	assert_int_equal(c.kind, SW_CHANGE_EXTENDED);
	assert_int_equal(c.expires_ms, NOON + 2 * HOUR);
	c = set("192.0.2.1", SW_ACTION_DROP, 3 * HOUR);
	assert_int_equal(c.expires_ms, NOON + 4 * HOUR);
	c = set("192.0.2.1", SW_ACTION_DROP, 0);
	assert_int_equal(c.expires_ms, 0);
	assert_int_equal(class_on_card("192.0.2.1"), SW_CLASS_OPERATOR_BLOCK);
	c = set("192.0.2.1", SW_ACTION_DROP, HOUR);
	assert_int_equal(c.expires_ms, 0);
	pass(10 * DAY);
	assert_int_equal(class_on_card("192.0.2.1"), SW_CLASS_OPERATOR_BLOCK);
	c = set("192.0.2.1", SW_ACTION_ALLOW, HOUR); /* another word of the operator */
	assert_int_equal(c.kind, SW_CHANGE_REPLACED);
	assert_int_equal(c.expires_ms, NOON + 10 * DAY + 2 * HOUR);
	assert_int_equal(class_on_card("192.0.2.1"), SW_CLASS_OPERATOR_ALLOW_TEMPORARY);
	assert_int_equal(changes_of("192.0.2.1"), 6);
}

static void it_ends_when_it_was_to(void **unused)
{
	struct sw_verdicts_counts n;

	set("192.0.2.1", SW_ACTION_DROP, HOUR);
	set("192.0.2.2", SW_ACTION_DROP, 2 * HOUR);
	pass(HOUR - 1);
	assert_int_equal(class_on_card("192.0.2.1"), SW_CLASS_OPERATOR_BLOCK_TEMPORARY);
	pass(1);
	assert_int_equal(class_on_card("192.0.2.1"), 0);
	assert_int_equal(class_on_card("192.0.2.2"), SW_CLASS_OPERATOR_BLOCK_TEMPORARY);
	assert_int_equal(in_ledger(), 1);
	assert_int_equal(w.events[w.events_n - 1].kind, SW_CHANGE_ENDED);
	assert_string_equal(w.events[w.events_n - 1].who, "synwardd");
	assert_int_equal(changes_of("192.0.2.1"), 2);
	sw_verdicts_counts(w.v, &n);
	assert_int_equal(n.intended, 1);
	assert_int_equal(n.temporary, 1);
}

static void the_loop_is_told_when_to_come_back(void **unused)
{
	uint64_t now = w.clock.monotonic_ns;

	assert_int_equal(sw_verdicts_next_ns(w.v), now + 1000000000);
	set("192.0.2.1", SW_ACTION_DROP, 50);
	assert_in_range(sw_verdicts_next_ns(w.v), now, now + 50 * 1000000);
	for (int i = 0; i < 70 && class_on_card("192.0.2.1"); i++) {
		now = sw_verdicts_next_ns(w.v);
		assert_true(now <= w.clock.monotonic_ns + 50 * 1000000);
		pass((int64_t)(now - w.clock.monotonic_ns) / 1000000);
	}
	assert_int_equal(class_on_card("192.0.2.1"), 0);
}

static void a_clock_that_is_set_ends_nothing_early_or_late(void **unused)
{
	static const int64_t steps[] = { DAY, -DAY, -DAY, DAY };

	set("192.0.2.1", SW_ACTION_DROP, 5 * HOUR);
	for (unsigned i = 0; i < 4; i++) {
		w.clock.wall_ms += steps[i];
		pass(HOUR);
		assert_int_equal(class_on_card("192.0.2.1"), SW_CLASS_OPERATOR_BLOCK_TEMPORARY);
		verdicts_close_all();
		w.clock.wall_ms -= 2 * steps[i]; /* while nobody is there */
		verdicts_open_again();
		assert_int_equal(class_on_card("192.0.2.1"), SW_CLASS_OPERATOR_BLOCK_TEMPORARY);
	}
	pass(HOUR);
	assert_int_equal(class_on_card("192.0.2.1"), 0);
}

static void what_ended_while_nobody_was_there_does_not_come_back(void **unused)
{
	set("192.0.2.1", SW_ACTION_DROP, HOUR);
	set("192.0.2.2", SW_ACTION_DROP, 3 * HOUR);
	verdicts_close_all();
	script_clock_pass(&w.clock, 2 * HOUR);
	w.boot = "boot-2";
	w.clock.monotonic_ns = 1000000000;
	verdicts_open_again();
	assert_int_equal(class_on_card("192.0.2.1"), 0);
	assert_int_equal(class_on_card("192.0.2.2"), SW_CLASS_OPERATOR_BLOCK_TEMPORARY);
	assert_int_equal(in_ledger(), 2);
	sw_verdicts_tick(w.v);
	assert_int_equal(in_ledger(), 1);
	assert_int_equal(changes_of("192.0.2.1"), 2);
	pass(HOUR);
	assert_int_equal(class_on_card("192.0.2.2"), 0);
}

static void it_is_taken_back(void **unused)
{
	set("192.0.2.1", SW_ACTION_DROP, HOUR);
	assert_int_equal(take_back("192.0.2.1"), 0);
	assert_int_equal(class_on_card("192.0.2.1"), 0);
	assert_int_equal(take_back("192.0.2.1"), -ENOENT);
	assert_int_equal(take_back("192.0.2.0/24"), -ENOENT);
	assert_string_equal(w.events[w.events_n - 1].who, "bob");
	pass(DAY);
	assert_int_equal(changes_of("192.0.2.1"), 2);
	set("192.0.2.1", SW_ACTION_DROP, 0);
	assert_int_equal(class_on_card("192.0.2.1"), SW_CLASS_OPERATOR_BLOCK);
}

static void one_that_is_being_ended_can_be_set_or_taken_back(void **unused)
{
	/* Due, but not yet written down. */
	set("192.0.2.1", SW_ACTION_DROP, HOUR);
	set("192.0.2.2", SW_ACTION_DROP, HOUR);
	verdicts_close_all();
	script_clock_pass(&w.clock, 2 * HOUR);
	verdicts_open_again();
	assert_int_equal(w.card_n, 0);
	assert_int_equal(set("192.0.2.1", SW_ACTION_DROP, HOUR).kind, SW_CHANGE_SET);
	assert_int_equal(take_back("192.0.2.2"), -ENOENT);
	sw_verdicts_tick(w.v);
	assert_int_equal(class_on_card("192.0.2.1"), SW_CLASS_OPERATOR_BLOCK_TEMPORARY);
	assert_int_equal(in_ledger(), 1);
	pass(HOUR);
	assert_int_equal(in_ledger(), 0);
	assert_int_equal(w.card_n, 0);
}

static void one_that_ends_now_is_set_anew(void **unused)
{
	struct sw_verdict_change c;

	set("192.0.2.1", SW_ACTION_DROP, HOUR);
	verdicts_close_all();
	script_clock_pass(&w.clock, HOUR);
	verdicts_open_again();
	c = set("192.0.2.1", SW_ACTION_ALLOW, 0);
	assert_int_equal(c.kind, SW_CHANGE_SET);
	assert_int_equal(class_on_card("192.0.2.1"), SW_CLASS_OPERATOR_ALLOW);
}

/* ---- what cannot be ---- */

static void a_batch_is_carried_out_but_for_what_cannot_be(void **unused)
{
	static char long_reason[SW_VERDICT_REASON + 1];
	struct sw_verdict_change c[6];
	struct sw_err err;

	memset(long_reason, 'x', sizeof(long_reason) - 1);
	c[0] = change_of("192.0.2.1", SW_ACTION_DROP, HOUR);
	c[1] = change_of("192.0.2.2", SW_ACTION_LIMIT, 0); /* there is no such verdict */
	c[2] = change_of("192.0.2.3", SW_ACTION_DROP, -1);
	c[3] = change_of("192.0.2.4", SW_ACTION_DROP, 0);
	c[3].reason = long_reason;
	c[4] = change_of("192.0.2.5", SW_ACTION_DROP, 0);
	c[4].origin = 200;
	c[5] = change_of("192.0.2.1", SW_ACTION_DROP, 2 * HOUR); /* once more */
	assert_int_equal(sw_verdicts_set(w.v, c, 6, "alice", &err), 0);
	for (int i = 1; i < 5; i++) {
		assert_int_equal(c[i].code, -EINVAL);
		assert_true(strlen(c[i].words) > 10);
	}
	assert_int_equal(c[0].code, 0);
	assert_int_equal(c[5].kind, SW_CHANGE_EXTENDED);
	assert_int_equal(c[5].expires_ms, NOON + 2 * HOUR);
	assert_int_equal(in_ledger(), 1);
	assert_int_equal(w.card_n, 1);
}

static void what_the_card_cannot_take_is_taken_back(void **unused)
{
	struct sw_verdict_change c[5];
	struct sw_err err;

	set("192.0.2.1", SW_ACTION_DROP, HOUR);
	w.card_room = 2;
	c[0] = change_of("192.0.2.2", SW_ACTION_DROP, 0);
	c[1] = change_of("192.0.2.3", SW_ACTION_DROP, 0); /* no room */
	c[2] = change_of("192.0.2.1", SW_ACTION_ALLOW, 0); /* it has a place */
	c[3] = change_of("192.0.2.4", SW_ACTION_DROP, HOUR);
	c[4] = change_of("192.0.2.4", SW_ACTION_DROP, 2 * HOUR);
	assert_int_equal(sw_verdicts_set(w.v, c, 5, "alice", &err), 0);
	assert_int_equal(c[0].code, 0);
	assert_int_equal(c[2].code, 0);
	for (int i = 1; i < 5; i += i == 1 ? 2 : 1) {
		assert_int_equal(c[i].code, -ENOSPC);
		assert_non_null(strstr(c[i].words, "raise verdicts"));
	}
	assert_int_equal(in_ledger(), 2);
	assert_int_equal(w.card_n, 2);
	w.card_room = ON_CARD;
	verdicts_close_all();
	verdicts_open_again();
	assert_int_equal(w.card_n, 2);
	assert_int_equal(class_on_card("192.0.2.1"), SW_CLASS_OPERATOR_ALLOW);
	assert_int_equal(class_on_card("192.0.2.4"), 0);
	assert_int_equal(set("192.0.2.4", SW_ACTION_DROP, HOUR).kind, SW_CHANGE_SET);
}

/* ---- several words on one source ---- */

static struct sw_verdict_change set_by(uint8_t origin, uint8_t action, int64_t for_ms)
{
	struct sw_verdict_change c = change_of("192.0.2.1", action, for_ms);
	struct sw_err err;

	c.origin = origin;
	assert_int_equal(sw_verdicts_set(w.v, &c, 1, "synwardd", &err), 0);
	return c;
}

static void of_several_origins_the_higher_and_then_the_harsher_counts(void **unused)
{
	struct sw_verdict_change c = set_by(SW_ORIGIN_DNS, SW_ACTION_DROP, 0);

	assert_int_equal(c.code, -EINVAL); /* what DNS says ends */
	assert_non_null(strstr(c.words, "it has to end"));
	assert_int_equal(set_by(SW_ORIGIN_DNS, SW_ACTION_ALLOW, HOUR).code, -EINVAL);
	assert_int_equal(set_by(SW_ORIGIN_DNS_DIALUP, SW_ACTION_PASS, HOUR).code, -EINVAL);
	assert_int_equal(set_by(SW_ORIGIN_DNS, SW_ACTION_PASS, HOUR).code, 0);
	assert_int_equal(class_on_card("192.0.2.1"), SW_CLASS_DNS_CLEAR);
	c = set_by(SW_ORIGIN_DNS, SW_ACTION_LIMIT, HOUR);
	assert_int_equal(c.kind, SW_CHANGE_REPLACED);
	assert_int_equal(class_on_card("192.0.2.1"), SW_CLASS_DNS_LIMIT);
	set_by(SW_ORIGIN_DNS_DIALUP, SW_ACTION_REJECT, 2 * HOUR);
	assert_int_equal(class_on_card("192.0.2.1"), SW_CLASS_DNS_DIALUP_REJECT);
	set("192.0.2.1", SW_ACTION_ALLOW, 0);
	assert_int_equal(class_on_card("192.0.2.1"), SW_CLASS_OPERATOR_ALLOW);
	set_by(SW_ORIGIN_DNS, SW_ACTION_DROP, HOUR);
	assert_int_equal(class_on_card("192.0.2.1"), SW_CLASS_OPERATOR_ALLOW);
	assert_int_equal(take_back("192.0.2.1"), 0);
	assert_int_equal(class_on_card("192.0.2.1"), SW_CLASS_DNS_DROP);
	verdicts_close_all();
	verdicts_open_again();
	assert_int_equal(class_on_card("192.0.2.1"), SW_CLASS_DNS_DROP);
	pass(HOUR);
	assert_int_equal(class_on_card("192.0.2.1"), SW_CLASS_DNS_DIALUP_REJECT);
	pass(HOUR);
	assert_int_equal(class_on_card("192.0.2.1"), 0);
}

static int64_t block_again(uint8_t action, int64_t for_ms, uint8_t kind)
{
	struct sw_verdict_change c = change_of("192.0.2.1", action, for_ms);
	struct sw_err err;

	assert_int_equal(sw_verdicts_set(w.v, &c, 1, "alice", &err), 0);
	assert_int_equal(c.code, 0);
	assert_int_equal(c.kind, kind);
	return c.expires_ms;
}

static void another_way_to_block_never_shortens(void **unused)
{
	assert_int_equal(block_again(SW_ACTION_DROP, 4 * HOUR, SW_CHANGE_SET), NOON + 4 * HOUR);
	assert_int_equal(block_again(SW_ACTION_REJECT, HOUR, SW_CHANGE_REPLACED), NOON + 4 * HOUR);
	assert_int_equal(class_on_card("192.0.2.1"), SW_CLASS_OPERATOR_REJECT_TEMPORARY);
	assert_int_equal(block_again(SW_ACTION_RESET, 5 * HOUR, SW_CHANGE_REPLACED),
			 NOON + 5 * HOUR);
	assert_int_equal(class_on_card("192.0.2.1"), SW_CLASS_OPERATOR_RESET_TEMPORARY);
	assert_int_equal(block_again(SW_ACTION_RESET, HOUR, SW_CHANGE_EXTENDED), NOON + 5 * HOUR);
	assert_int_equal(block_again(SW_ACTION_REJECT, 0, SW_CHANGE_REPLACED), 0);
	assert_int_equal(class_on_card("192.0.2.1"), SW_CLASS_OPERATOR_REJECT);
	assert_int_equal(block_again(SW_ACTION_DROP, HOUR, SW_CHANGE_REPLACED), 0);
	assert_int_equal(class_on_card("192.0.2.1"), SW_CLASS_OPERATOR_BLOCK);
	/* to allow is no block, and the other way round: they replace, as ever */
	assert_int_equal(block_again(SW_ACTION_ALLOW, HOUR, SW_CHANGE_REPLACED), NOON + HOUR);
	assert_int_equal(block_again(SW_ACTION_RESET, 60000, SW_CHANGE_REPLACED), NOON + 60000);
	assert_int_equal(class_on_card("192.0.2.1"), SW_CLASS_OPERATOR_RESET_TEMPORARY);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, verdicts_setup, verdicts_teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_is_set_is_in_force_durable_and_told_of),
		TEST(the_same_again_extends_and_never_shortens),
		TEST(it_ends_when_it_was_to),
		TEST(the_loop_is_told_when_to_come_back),
		TEST(a_clock_that_is_set_ends_nothing_early_or_late),
		TEST(what_ended_while_nobody_was_there_does_not_come_back),
		TEST(it_is_taken_back),
		TEST(one_that_is_being_ended_can_be_set_or_taken_back),
		TEST(one_that_ends_now_is_set_anew),
		TEST(a_batch_is_carried_out_but_for_what_cannot_be),
		TEST(what_the_card_cannot_take_is_taken_back),
		TEST(of_several_origins_the_higher_and_then_the_harsher_counts),
		TEST(another_way_to_block_never_shortens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
