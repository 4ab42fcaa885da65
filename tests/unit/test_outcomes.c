/* SPDX-License-Identifier: GPL-2.0-only */
/* outcomes: what each becomes, that the operator's room is left alone, and a disk that is full
 * is not told of at every outcome. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include <event2/event.h>

#include "daemon/outcomes.h"
#include "maps/abi.h"
#include "rules/origin.h"
#include "support/folder.h"
#include "support/script_clock.h"

#define NOON INT64_C(1795608000000)
#define NOW INT64_C(5000) /* of the monotonic clock */
#define HOUR INT64_C(3600000)

static struct world {
	char *folder;
	struct script_clock clock;
	struct event_base *base;
	struct sw_ledger *ledger;
	struct sw_verdicts *verdicts;
	struct sw_outcomes *o;
	size_t capacity;
	unsigned notes;
	char note[700];
} w;

static bool room(void *ctx, size_t waiting)
{
	return sw_verdicts_has_room(w.verdicts, w.capacity, waiting);
}

static void take_note(void *ctx, int level, const char *text)
{
	w.notes++;
	strncpy(w.note, text, sizeof(w.note) - 1);
}

static int setup(void **state)
{
	struct sw_ledger_options ledger = { 0 };
	struct sw_verdicts_options verdicts = { .clock = &w.clock.clock, .boot = "boot" };
	struct sw_outcomes_options options = { .clock = &w.clock.clock,
					       .room = room,
					       .note = take_note };
	struct sw_err err;

	memset(&w, 0, sizeof(w));
	w.folder = folder_make();
	w.base = event_base_new();
	w.capacity = 1000;
	script_clock_set(&w.clock, NOON, (uint64_t)NOW);
	ledger.state_dir = w.folder;
	assert_int_equal(sw_ledger_open(&ledger, &w.ledger, &err), 0);
	verdicts.ledger = w.ledger;
	assert_int_equal(sw_verdicts_open(&verdicts, &w.verdicts, &err), 0);
	options.base = w.base;
	options.verdicts = w.verdicts;
	assert_int_equal(sw_outcomes_open(&options, &w.o), 0);
	return 0;
}

static int teardown(void **state)
{
	sw_outcomes_close(w.o);
	sw_verdicts_close(w.verdicts);
	sw_ledger_close(w.ledger);
	event_base_free(w.base);
	folder_remove(w.folder);
	return 0;
}

static struct sw_prefix source(uint32_t i)
{
	return sw_prefix_ip4(0xc0000200 + i, 32);
}

static void put(uint32_t i, enum sw_outcome_action action, enum sw_outcome_class class)
{
	const struct sw_outcome outcome = { .action = action,
					    .class = class,
					    .expires = NOW + HOUR };
	const struct sw_rests rests = { .on = { 7 }, .n = 1 };
	struct sw_prefix p = source(i);

	sw_outcomes_put(w.o, &p, &outcome, "because", &rests, NOW);
}

static uint8_t action_of(uint32_t i, uint8_t origin)
{
	struct sw_prefix p = source(i);
	struct sw_verdict v;
	struct sw_err err;

	if (sw_ledger_peek(w.ledger, &p, origin, &v, &err))
		return 0;
	assert_string_equal(v.reason, "because");
	assert_string_equal(v.who, "dns");
	assert_int_equal(v.expires_ms, NOON + HOUR);
	assert_true(sw_rests_on(&v.rests, 7));
	return v.action;
}

static void what_each_becomes(void **state)
{
	put(1, SW_OUTCOME_NONE, SW_OUTCOME_UNCLASSED);
	put(2, SW_OUTCOME_CLEARANCE, SW_OUTCOME_UNCLASSED);
	put(3, SW_OUTCOME_LIMIT, SW_OUTCOME_RDNS);
	put(4, SW_OUTCOME_REJECT, SW_OUTCOME_DNS);
	put(5, SW_OUTCOME_DROP, SW_OUTCOME_DNS);
	put(6, SW_OUTCOME_LIMIT, SW_OUTCOME_DIALUP);
	put(7, SW_OUTCOME_CLEARANCE, SW_OUTCOME_DIALUP);
	assert_int_equal(action_of(5, SW_ORIGIN_DNS), 0); /* not yet */
	event_base_loop(w.base, EVLOOP_ONCE);
	assert_int_equal(action_of(1, SW_ORIGIN_DNS), SW_ACTION_PASS);
	assert_int_equal(action_of(2, SW_ORIGIN_DNS), SW_ACTION_PASS);
	assert_int_equal(action_of(3, SW_ORIGIN_DNS), SW_ACTION_LIMIT);
	assert_int_equal(action_of(4, SW_ORIGIN_DNS), SW_ACTION_REJECT);
	assert_int_equal(action_of(5, SW_ORIGIN_DNS), SW_ACTION_DROP);
	assert_int_equal(action_of(6, SW_ORIGIN_DNS), 0);
	assert_int_equal(action_of(6, SW_ORIGIN_DNS_DIALUP), SW_ACTION_LIMIT);
	assert_int_equal(action_of(7, SW_ORIGIN_DNS), SW_ACTION_PASS);
}

static void the_last_eighth_is_the_operators(void **state)
{
	struct sw_verdicts_counts n;

	for (uint32_t i = 0; i < 1200; i++)
		put(i, SW_OUTCOME_CLEARANCE, SW_OUTCOME_UNCLASSED);
	sw_outcomes_flush(w.o);
	sw_verdicts_counts(w.verdicts, &n);
	assert_int_equal(n.intended, 875);
	assert_int_equal(sw_outcomes_no_room(w.o), 325);
}

static void what_is_over_is_none(void **state)
{
	const struct sw_outcome outcome = { .action = SW_OUTCOME_DROP, .expires = NOW };
	const struct sw_rests rests = { .n = 0 };
	struct sw_prefix p = source(1);

	sw_outcomes_put(w.o, &p, &outcome, "because", &rests, NOW);
	sw_outcomes_flush(w.o);
	assert_int_equal(action_of(1, SW_ORIGIN_DNS), 0);
}

static void a_failure_is_told_of_now_and_then(void **state)
{
	struct sw_err err;

	assert_int_equal(sw_ledger_begin(w.ledger, &err), 0); /* nobody else can write */
	for (uint32_t i = 0; i < 100; i++) {
		put(i, SW_OUTCOME_DROP, SW_OUTCOME_DNS);
		sw_outcomes_flush(w.o);
	}
	assert_int_equal(w.notes, 1);
	script_clock_pass(&w.clock, 60000);
	put(1, SW_OUTCOME_DROP, SW_OUTCOME_DNS);
	sw_outcomes_flush(w.o);
	assert_int_equal(w.notes, 2);
	assert_non_null(strstr(w.note, "99 times more"));
	sw_ledger_abort(w.ledger);
	put(2, SW_OUTCOME_DROP, SW_OUTCOME_DNS);
	sw_outcomes_flush(w.o);
	assert_int_equal(
		sw_verdicts_action(w.verdicts,
				   &(struct sw_prefix){ .family = 4, .len = 32, .lo = 0xc0000202 },
				   SW_ORIGIN_DNS),
		SW_ACTION_DROP);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_each_becomes),
		TEST(the_last_eighth_is_the_operators),
		TEST(what_is_over_is_none),
		TEST(a_failure_is_told_of_now_and_then),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
