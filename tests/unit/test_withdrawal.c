/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking back what rests on a list: by list and family and not by words, a little at a time,
 * again when it fails, and by the next daemon when this one ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "daemon/withdrawal.h"
#include "maps/abi.h"
#include "rules/origin.h"
#include "support/folder.h"
#include "support/script_clock.h"

#define NOON INT64_C(1795608000000)
#define HOUR INT64_C(3600000)
#define GOOD 17u /* lists */
#define BAD 99u

static struct world {
	char *folder;
	struct script_clock clock;
	struct event_base *base;
	struct sw_ledger *ledger;
	struct sw_verdicts *verdicts;
	struct sw_withdrawal *w;
	unsigned notes;
	char note[700];
} w;

static void take_note(void *ctx, int level, const char *text)
{
	w.notes++;
	snprintf(w.note, sizeof(w.note), "%d %s", level, text);
}

static void open_all(void)
{
	const struct sw_ledger_options ledger = { .state_dir = w.folder };
	struct sw_verdicts_options verdicts = { .clock = &w.clock.clock, .boot = "boot" };
	struct sw_withdrawal_options options = {
		.base = w.base, .clock = &w.clock.clock, .retry_ms = 1, .note = take_note
	};
	struct sw_err err;

	assert_int_equal(sw_ledger_open(&ledger, &w.ledger, &err), 0);
	verdicts.ledger = options.ledger = w.ledger;
	assert_int_equal(sw_verdicts_open(&verdicts, &w.verdicts, &err), 0);
	options.verdicts = w.verdicts;
	assert_int_equal(sw_withdrawal_open(&options, &w.w, &err), 0);
}

static void close_all(void)
{
	w.w = sw_withdrawal_close(w.w);
	w.verdicts = sw_verdicts_close(w.verdicts);
	w.ledger = sw_ledger_close(w.ledger);
}

static int setup(void **state)
{
	memset(&w, 0, sizeof(w));
	w.folder = folder_make();
	w.base = event_base_new();
	script_clock_set(&w.clock, NOON, 5000);
	open_all();
	return 0;
}

static int teardown(void **state)
{
	close_all();
	event_base_free(w.base);
	folder_remove(w.folder);
	return 0;
}

static struct sw_prefix prefix(const char *text)
{
	struct sw_prefix p;

	assert_int_equal(sw_prefix_parse(text, strlen(text), &p), 0);
	return p;
}

static struct sw_verdict_change change(const char *source, uint8_t action, uint32_t a, uint32_t b)
{
	struct sw_verdict_change c = { .source = prefix(source),
				       .origin = SW_ORIGIN_DNS,
				       .action = action,
				       .for_ms = 2 * HOUR,
				       .reason = "no word of it" };

	if (a)
		sw_rests_add(&c.rests, a);
	if (b)
		sw_rests_add(&c.rests, b);
	return c;
}

static void set(const char *source, uint8_t action, uint32_t a, uint32_t b)
{
	struct sw_verdict_change c = change(source, action, a, b);
	struct sw_err err;

	assert_int_equal(sw_verdicts_set(w.verdicts, &c, 1, "dns", &err), 0);
	assert_int_equal(c.code, 0);
}

static bool is_there(const char *source, uint8_t origin)
{
	struct sw_prefix p = prefix(source);
	struct sw_verdict v;
	struct sw_err err;

	return !sw_ledger_peek(w.ledger, &p, origin, &v, &err);
}

static void run(void)
{
	while (sw_withdrawal_runs(w.w))
		event_base_loop(w.base, EVLOOP_ONCE);
}

static void by_list_and_family(void **state)
{
	struct sw_verdict_change c = change("192.0.2.6", SW_ACTION_DROP, 0, 0);
	struct sw_err err;

	set("192.0.2.1", SW_ACTION_DROP, GOOD, BAD);
	set("192.0.2.2", SW_ACTION_DROP, GOOD, 0);
	set("192.0.2.3", SW_ACTION_PASS, BAD, 0); /* it was an allow list */
	set("192.0.2.4", SW_ACTION_PASS, 0, 0);
	set("192.0.2.5", SW_ACTION_LIMIT, SW_RESTS_ANY, 0);
	set("2001:db8::/64", SW_ACTION_DROP, BAD, 0);
	c.origin = SW_ORIGIN_OPERATOR;
	c.reason = "bl.example 127.0.0.2 (+8)";
	assert_int_equal(sw_verdicts_set(w.verdicts, &c, 1, "alice", &err), 0);
	sw_withdrawal_begin(w.w, BAD, 4, "bl.example");
	sw_withdrawal_begin(w.w, BAD, 4, "bl.example");
	run();
	assert_false(is_there("192.0.2.1", SW_ORIGIN_DNS));
	assert_true(is_there("192.0.2.2", SW_ORIGIN_DNS));
	assert_false(is_there("192.0.2.3", SW_ORIGIN_DNS));
	assert_true(is_there("192.0.2.4", SW_ORIGIN_DNS));
	assert_false(is_there("192.0.2.5", SW_ORIGIN_DNS));
	assert_true(is_there("192.0.2.6", SW_ORIGIN_OPERATOR));
	assert_true(is_there("2001:db8::/64", SW_ORIGIN_DNS));
	assert_string_equal(w.note, "4 3 verdicts that rested on bl.example were taken back");
	assert_int_equal(w.notes, 1);
	sw_withdrawal_begin(w.w, BAD, 6, "bl.example");
	run();
	assert_false(is_there("2001:db8::/64", SW_ORIGIN_DNS));
	/* nothing left, and no word of it */
	sw_withdrawal_begin(w.w, BAD, 6, "bl.example");
	run();
	assert_int_equal(w.notes, 2);
}

static void verdicts_on_dialup_lines_too(void **state)
{
	struct sw_verdict_change c = change("192.0.2.1", SW_ACTION_LIMIT, BAD, 0);
	struct sw_err err;

	c.origin = SW_ORIGIN_DNS_DIALUP;
	assert_int_equal(sw_verdicts_set(w.verdicts, &c, 1, "dns", &err), 0);
	assert_int_equal(c.code, 0);
	sw_withdrawal_begin(w.w, GOOD, 4, "good.example");
	run();
	assert_true(is_there("192.0.2.1", SW_ORIGIN_DNS_DIALUP));
	sw_withdrawal_begin(w.w, BAD, 4, "bl.example");
	run();
	assert_false(is_there("192.0.2.1", SW_ORIGIN_DNS_DIALUP));
}

/* The same, for longer, rests on what it rested on before as long as that is its end. */
static void what_is_extended_rests_on_both(void **state)
{
	struct sw_verdict_change c = change("192.0.2.1", SW_ACTION_DROP, GOOD, 0);
	struct sw_err err;

	for (unsigned longer = 0; longer < 2; longer++) {
		set("192.0.2.1", SW_ACTION_DROP, BAD, 0);
		c.for_ms = longer ? 3 * HOUR : HOUR;
		assert_int_equal(sw_verdicts_set(w.verdicts, &c, 1, "dns", &err), 0);
		sw_withdrawal_begin(w.w, BAD, 4, "bl.example");
		run();
		assert_int_equal(is_there("192.0.2.1", SW_ORIGIN_DNS), longer);
	}
	/* another action is another verdict */
	c.action = SW_ACTION_LIMIT;
	c.rests.on[0] = BAD;
	assert_int_equal(sw_verdicts_set(w.verdicts, &c, 1, "dns", &err), 0);
	sw_withdrawal_begin(w.w, GOOD, 4, "good.example");
	run();
	assert_true(is_there("192.0.2.1", SW_ORIGIN_DNS));
}

static void fill(uint32_t n)
{
	struct sw_verdict_change *c = calloc(n, sizeof(*c));
	struct sw_err err;

	assert_non_null(c);
	for (uint32_t i = 0; i < n; i++) {
		c[i] = change("10.0.0.0", SW_ACTION_DROP, i % 4 ? BAD : GOOD, 0);
		c[i].source.lo += i;
	}
	assert_int_equal(sw_verdicts_set(w.verdicts, c, n, "dns", &err), 0);
	free(c);
}

static uint64_t in_ledger(void)
{
	struct sw_ledger_counts n;
	struct sw_err err;

	assert_int_equal(sw_ledger_count(w.ledger, &n, &err), 0);
	return n.verdicts;
}

static void a_little_at_a_time(void **state)
{
	uint64_t before, least = UINT64_MAX;
	unsigned turns = 0;

	fill(4000);
	sw_withdrawal_begin(w.w, BAD, 4, "bl.example");
	for (; sw_withdrawal_runs(w.w); turns++) {
		before = in_ledger();
		event_base_loop(w.base, EVLOOP_ONCE);
		assert_true(before - in_ledger() <= 256);
		least = in_ledger();
	}
	assert_true(turns >= 3000 / 256);
	assert_int_equal(least, 1000);
	assert_string_equal(w.note, "4 3000 verdicts that rested on bl.example were taken back");
}

/* What falls while a walk goes on is walked for next. */
static void another_one_meanwhile(void **state)
{
	fill(2000);
	sw_withdrawal_begin(w.w, BAD, 4, "bl.example");
	event_base_loop(w.base, EVLOOP_ONCE);
	sw_withdrawal_begin(w.w, GOOD, 4, "good.example");
	run();
	assert_int_equal(in_ledger(), 0);
	assert_string_equal(w.note, "4 500 verdicts that rested on good.example were taken back");
}

static void again_when_it_fails(void **state)
{
	struct sw_err err;

	fill(100);
	sw_withdrawal_begin(w.w, BAD, 4, "bl.example");
	assert_int_equal(sw_ledger_begin(w.ledger, &err), 0); /* nobody else can write */
	for (unsigned i = 0; i < 20; i++)
		event_base_loop(w.base, EVLOOP_ONCE);
	assert_true(sw_withdrawal_runs(w.w));
	assert_int_equal(w.notes, 1); /* not twenty times */
	assert_non_null(strstr(w.note, "cannot be taken back: "));
	sw_ledger_abort(w.ledger);
	run();
	assert_int_equal(in_ledger(), 25);
	assert_string_equal(w.note, "4 75 verdicts that rested on bl.example were taken back");
}

static void by_the_next_daemon(void **state)
{
	fill(1000);
	sw_withdrawal_begin(w.w, BAD, 4, "bl.example");
	event_base_loop(w.base, EVLOOP_ONCE);
	close_all();
	open_all();
	assert_true(sw_withdrawal_runs(w.w));
	run();
	assert_int_equal(in_ledger(), 250);
	close_all();
	open_all();
	assert_false(sw_withdrawal_runs(w.w));
}

/* More lists than anybody has: all that rests on any. */
static void very_many_lists(void **state)
{
	for (unsigned again = 0; again < 2; again++) {
		fill(40);
		set("192.0.2.4", SW_ACTION_PASS, 0, 0);
		for (uint32_t i = 1000; i < 1300; i++)
			sw_withdrawal_begin(w.w, i, i % 2 ? 4 : 6, "some.example");
		if (again) {
			close_all();
			open_all();
		}
		run();
		assert_int_equal(in_ledger(), 1);
		assert_true(is_there("192.0.2.4", SW_ORIGIN_DNS));
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(by_list_and_family),
		TEST(verdicts_on_dialup_lines_too),
		TEST(what_is_extended_rests_on_both),
		TEST(a_little_at_a_time),
		TEST(another_one_meanwhile),
		TEST(again_when_it_fails),
		TEST(by_the_next_daemon),
		TEST(very_many_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
