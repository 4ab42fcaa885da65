/* SPDX-License-Identifier: GPL-2.0-only */
/* gather: one batch a turn, none too large, and what became of each is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include <event2/event.h>

#include "daemon/gather.h"
#include "maps/abi.h"
#include "rules/origin.h"
#include "support/folder.h"
#include "support/script_clock.h"

#define NOON INT64_C(1795608000000)
#define MOST 256

static struct world {
	char *folder;
	struct script_clock clock;
	struct event_base *base;
	struct sw_ledger *ledger;
	struct sw_verdicts *verdicts;
	struct sw_gather *g;
	size_t card_n, card_room;
	unsigned batches;
	struct sw_gathered last; /* without changes; words are not ours */
	size_t codes; /* that were not 0 in the last */
	char words[sizeof(struct sw_err)];
} w;

static int card_set(void *ctx, const struct sw_prefix *source, uint8_t class, uint64_t ends_ns,
		    struct sw_err *err)
{
	if (w.card_n == w.card_room)
		return sw_err_set(err, -ENOSPC, "the card is full");
	w.card_n++;
	return 0;
}

static int card_clear(void *ctx, const struct sw_prefix *source, struct sw_err *err)
{
	return 0;
}

static void on_done(void *ctx, const struct sw_gathered *batch)
{
	assert_ptr_equal(ctx, &w);
	w.batches++;
	w.codes = 0;
	for (size_t i = 0; i < batch->n; i++)
		w.codes += batch->change[i].code != 0;
	w.last = *batch;
	w.last.change = NULL;
	strcpy(w.words, batch->words ? batch->words : "");
}

static void open_gather(unsigned after_ms)
{
	w.g = sw_gather_open(w.base, w.verdicts, "test", after_ms, on_done, &w);
	assert_non_null(w.g);
}

static int setup(void **state)
{
	const struct sw_verdicts_card card = { .set = card_set, .clear = card_clear };
	struct sw_ledger_options ledger = { 0 };
	struct sw_verdicts_options verdicts = { .clock = &w.clock.clock, .boot = "boot" };
	struct sw_err err;

	memset(&w, 0, sizeof(w));
	w.folder = folder_make();
	w.base = event_base_new();
	w.card_room = SIZE_MAX;
	script_clock_set(&w.clock, NOON, 5000);
	ledger.state_dir = w.folder;
	assert_int_equal(sw_ledger_open(&ledger, &w.ledger, &err), 0);
	verdicts.ledger = w.ledger;
	assert_int_equal(sw_verdicts_open(&verdicts, &w.verdicts, &err), 0);
	sw_verdicts_use_card(w.verdicts, &card);
	open_gather(0);
	return 0;
}

static int teardown(void **state)
{
	sw_gather_close(w.g);
	sw_verdicts_close(w.verdicts);
	sw_ledger_close(w.ledger);
	event_base_free(w.base);
	folder_remove(w.folder);
	return 0;
}

static struct sw_prefix source(uint32_t i)
{
	return sw_prefix_ip4(0x05090000 + i, 32);
}

static void put(uint32_t i, const char *reason)
{
	const struct sw_verdict_change change = { .source = source(i),
						  .origin = SW_ORIGIN_DESK,
						  .action = SW_ACTION_DROP,
						  .for_ms = 60000,
						  .reason = reason };

	sw_gather_put(w.g, &change);
}

static bool holds(uint32_t i)
{
	struct sw_prefix p = source(i);

	return sw_verdicts_action(w.verdicts, &p, SW_ORIGIN_DESK) == SW_ACTION_DROP;
}

static void turn(void)
{
	event_base_loop(w.base, EVLOOP_NONBLOCK);
}

static void those_of_a_turn_are_one_batch(void **state)
{
	struct sw_prefix one = source(1), three = source(3);

	put(1, "because");
	put(2, "because");
	assert_false(holds(1));
	assert_int_equal(sw_gather_waiting(w.g), 2);
	assert_true(sw_gather_has(w.g, &one));
	assert_false(sw_gather_has(w.g, &three));
	turn();
	assert_true(holds(1) && holds(2));
	assert_int_equal(sw_gather_waiting(w.g), 0);
	assert_false(sw_gather_has(w.g, &one));
	assert_int_equal(w.batches, 1);
	assert_int_equal(w.last.n, 2);
	assert_int_equal(w.last.failed, 0);
	assert_true(w.last.kept);
	assert_null(w.last.words);
	turn(); /* nothing waits: nobody is told */
	sw_gather_flush(w.g);
	assert_int_equal(w.batches, 1);
	put(3, "because");
	turn();
	assert_true(holds(3));
	assert_int_equal(w.batches, 2);
}

static void a_while_may_be_waited(void **state)
{
	sw_gather_close(w.g);
	open_gather(20);
	put(1, "because");
	turn();
	assert_false(holds(1));
	event_base_loop(w.base, EVLOOP_ONCE);
	assert_true(holds(1));
}

static void no_batch_is_too_large(void **state)
{
	for (uint32_t i = 0; i < MOST; i++)
		put(i, "because");
	assert_int_equal(w.batches, 1);
	assert_int_equal(w.last.n, MOST);
	assert_true(holds(MOST - 1));
	put(MOST, "because");
	assert_int_equal(w.batches, 1);
	turn();
	assert_true(holds(MOST));
	assert_int_equal(w.batches, 2);
}

static void what_the_card_refuses(void **state)
{
	w.card_room = 1;
	put(1, "because");
	put(2, "because");
	put(3, "because");
	turn();
	assert_true(w.last.kept);
	assert_int_equal(w.last.n, 3);
	assert_int_equal(w.last.failed, 2);
	assert_int_equal(w.codes, 2);
	assert_string_equal(w.words, "the card is full");
	assert_false(holds(2));
}

static void what_the_ledger_does_not_keep(void **state)
{
	struct sw_err err;

	assert_int_equal(sw_ledger_begin(w.ledger, &err), 0); /* nobody else can write */
	put(1, "because");
	put(2, "because");
	turn();
	assert_false(w.last.kept);
	assert_int_equal(w.last.failed, 2);
	assert_int_equal(w.codes, 2);
	assert_int_not_equal(w.words[0], '\0');
	assert_int_equal(sw_gather_waiting(w.g), 0); /* it is not tried for ever */
	sw_ledger_abort(w.ledger);
	put(3, "because");
	turn();
	assert_true(holds(3));
}

static void the_reason_is_its_own(void **state)
{
	char reason[2 * SW_VERDICT_REASON];
	struct sw_prefix p = source(1);
	struct sw_verdict v;
	struct sw_err err;

	memset(reason, 'x', sizeof(reason));
	reason[sizeof(reason) - 1] = '\0';
	put(1, reason);
	memset(reason, 'y', sizeof(reason) - 1);
	turn();
	assert_int_equal(sw_ledger_peek(w.ledger, &p, SW_ORIGIN_DESK, &v, &err), 0);
	assert_int_equal(strlen(v.reason), SW_VERDICT_REASON - 1);
	assert_int_equal(strspn(v.reason, "x"), SW_VERDICT_REASON - 1);
	assert_string_equal(v.who, "test");
}

static void the_end_flushes(void **state)
{
	put(1, "because");
	w.g = sw_gather_close(w.g);
	assert_null(w.g);
	assert_true(holds(1));
	assert_int_equal(w.batches, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(those_of_a_turn_are_one_batch),
		TEST(a_while_may_be_waited),
		TEST(no_batch_is_too_large),
		TEST(what_the_card_refuses),
		TEST(what_the_ledger_does_not_keep),
		TEST(the_reason_is_its_own),
		TEST(the_end_flushes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
