/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ledger's history: who changed what when and why, forgotten from its front and nowhere else;
 * and what waits to be folded into the trees, which does not become more and more.
 */
#include "support/ledger_fixture.h"

#include "daemon/ledger_parts.h"

/* ---- history ---- */

static int keep_change(void *ctx, const struct sw_history *h)
{
	*(struct sw_history *)ctx = *h;
	return 5;
}

static void test_history(void **state)
{
	struct ledger_fixture *f = *state;
	struct sw_verdict v = verdict("192.0.2.1", 1);
	struct sw_change c = { .time_ms = T0 + 1, .kind = SW_CHANGE_EXTENDED, .who = "bob" };
	struct sw_history h;

	ledger_put_now(f, "192.0.2.1", 1);
	ledger_put_now(f, "192.0.2.2", 1);
	ledger_put_now(f, "192.0.2.0/24", 3);
	ok(f, sw_ledger_begin(f->ledger, &f->err));
	v.count = 2;
	ok(f, sw_ledger_put(f->ledger, &v, &c, &f->err));
	c = (struct sw_change){ .time_ms = T0 + 2, .kind = SW_CHANGE_REPLACED, .why = "worse" };
	v.origin = 2;
	ok(f, sw_ledger_put(f->ledger, &v, &c, &f->err));
	v.origin = 1;
	c = (struct sw_change){ .time_ms = T0 + 3, .kind = SW_CHANGE_ENDED, "clock", "time is up" };
	ok(f, sw_ledger_remove(f->ledger, &v.source, 1, &c, &f->err));
	ok(f, sw_ledger_commit(f->ledger, &f->err));
	for (int i = 0; i < 2; i++) {
		assert_string_equal(ledger_history(f, "192.0.2.1", 0),
				    "192.0.2.1:set@0 192.0.2.1:extended@1 192.0.2.1:replaced@2 "
				    "192.0.2.1:ended@3");
		assert_string_equal(ledger_history(f, "192.0.2.1", SW_HISTORY_NEWEST_FIRST),
				    "192.0.2.1:ended@3 192.0.2.1:replaced@2 192.0.2.1:extended@1 "
				    "192.0.2.1:set@0");
		assert_string_equal(ledger_history(f, "192.0.2.1", SW_HISTORY_CONTAINING),
				    "192.0.2.1:set@0 192.0.2.0/24:set@0 192.0.2.1:extended@1 "
				    "192.0.2.1:replaced@2 192.0.2.1:ended@3");
		assert_string_equal(ledger_history(f, "192.0.2.3", SW_HISTORY_CONTAINING),
				    "192.0.2.0/24:set@0");
		assert_string_equal(ledger_history(f, "192.0.2.3", 0), "");
		assert_string_equal(ledger_all(f, "192.0.2.1"), "192.0.2.1/o2");
		ledger_open_again(f);
	}
	/* every word of it; stopping */
	assert_int_equal(sw_ledger_history(f->ledger, &v.source, SW_HISTORY_NEWEST_FIRST,
					   keep_change, &h, &f->err),
			 5);
	assert_int_equal(h.number, 6);
	assert_int_equal(h.time_ms, T0 + 3);
	assert_int_equal(h.kind, SW_CHANGE_ENDED);
	assert_string_equal(h.who, "clock");
	assert_string_equal(h.why, "time is up");
	assert_int_equal(h.verdict.count, 2); /* as it last was */
	assert_string_equal(h.verdict.who, "alice");
	assert_int_equal(sw_ledger_history(f->ledger, &v.source, 0, keep_change, &h, &f->err), 5);
	assert_string_equal(h.who, "alice"); /* nothing was said: the verdict's */
	assert_string_equal(h.why, "spam");
	/* set anew after its end: one history */
	ledger_put_now(f, "192.0.2.1", 1);
	assert_string_equal(ledger_history(f, "192.0.2.1", SW_HISTORY_NEWEST_FIRST),
			    "192.0.2.1:set@0 192.0.2.1:ended@3 192.0.2.1:replaced@2 "
			    "192.0.2.1:extended@1 192.0.2.1:set@0");
}

static void put_at(struct ledger_fixture *f, const char *source, int64_t ms)
{
	struct sw_verdict v = verdict(source, 1);
	struct sw_change c = change(SW_CHANGE_SET, T0 + ms);

	ok(f, sw_ledger_begin(f->ledger, &f->err));
	ok(f, sw_ledger_put(f->ledger, &v, &c, &f->err));
	ok(f, sw_ledger_commit(f->ledger, &f->err));
}

static void prune_and_check(struct ledger_fixture *f)
{
	struct sw_ledger_counts counts;
	size_t n = 9;

	put_at(f, "10.0.0.1", 0);
	put_at(f, "10.0.0.2", 1);
	put_at(f, "10.0.0.1", 2);
	ledger_remove_now(f, "10.0.0.2", 1); /* at 1 */
	put_at(f, "10.0.0.3", 10);
	put_at(f, "10.0.0.1", 11);
	ok(f, sw_ledger_prune_history(f->ledger, T0, 100, &n, &f->err));
	assert_int_equal(n, 0);
	ok(f, sw_ledger_prune_history(f->ledger, T0 + 10, 1, &n, &f->err));
	assert_int_equal(n, 1);
	assert_string_equal(ledger_history(f, "10.0.0.1", 0), "10.0.0.1:set@2 10.0.0.1:set@11");
	ok(f, sw_ledger_prune_history(f->ledger, T0 + 10, 100, &n, &f->err));
	assert_int_equal(n, 3);
	for (int i = 0; i < 2; i++) {
		assert_string_equal(ledger_history(f, "10.0.0.1", 0), "10.0.0.1:set@11");
		assert_string_equal(ledger_history(f, "10.0.0.2", 0), "");
		assert_string_equal(ledger_all(f, NULL), "10.0.0.1/o1 10.0.0.3/o1");
		ok(f, sw_ledger_verify(f->ledger, &f->err));
		ledger_open_again(f);
	}
	/* all of it: the verdicts stay, and numbers go on */
	ok(f, sw_ledger_prune_history(f->ledger, INT64_MAX, 100, NULL, &f->err));
	ok(f, sw_ledger_count(f->ledger, &counts, &f->err));
	assert_int_equal(counts.history, 0);
	assert_int_equal(counts.verdicts, 2);
	ledger_open_again(f);
	assert_string_equal(ledger_all(f, NULL), "10.0.0.1/o1 10.0.0.3/o1");
	assert_string_equal(ledger_history(f, "10.0.0.3", 0), "");
	put_at(f, "10.0.0.3", 12);
	assert_string_equal(ledger_history(f, "10.0.0.3", 0), "10.0.0.3:set@12");
	ok(f, sw_ledger_verify(f->ledger, &f->err));
}

static void test_prune(void **state)
{
	struct ledger_fixture *f = *state;

	prune_and_check(f);
}

#define META_PAGES 8192 /* bytes */

/* The pages that say which transaction was the last one. */
static void read_meta_pages(const struct ledger_fixture *f, uint8_t bytes[META_PAGES])
{
	FILE *file = fopen(folder_path(f->folder, "ledger/data.mdb"), "r");

	assert_non_null(file);
	assert_int_equal(fread(bytes, 1, META_PAGES, file), META_PAGES);
	fclose(file);
}

static void test_prune_of_nothing_writes_nothing(void **state)
{
	struct ledger_fixture *f = *state;
	uint8_t before[META_PAGES], after[META_PAGES];

	f->options.pending_max = 1;
	ledger_open_again(f);
	ok(f, sw_ledger_prune_history(f->ledger, T0, 100, NULL, &f->err)); /* of none at all */
	put_at(f, "10.0.0.1", 5);
	read_meta_pages(f, before);
	ok(f, sw_ledger_prune_history(f->ledger, T0 + 5, 100, NULL, &f->err));
	read_meta_pages(f, after);
	assert_memory_equal(before, after, META_PAGES);
	ok(f, sw_ledger_prune_history(f->ledger, T0 + 6, 100, NULL, &f->err));
	read_meta_pages(f, after);
	assert_true(memcmp(before, after, META_PAGES));
}

static void test_prune_what_is_folded(void **state)
{
	struct ledger_fixture *f = *state;

	f->options.pending_max = 1;
	ledger_open_again(f);
	prune_and_check(f);
}

/* ---- what is pending ---- */

static void test_settle(void **state)
{
	struct ledger_fixture *f = *state;
	uint64_t seed = 9, n = 0;
	size_t left = 99;

	ok(f, sw_ledger_settle(f->ledger, 100, &left, &f->err));
	assert_int_equal(left, 0);
	ledger_fill(f, &seed, 4, 250);
	ledger_put_now(f, "10.0.0.1", 1);
	ledger_remove_now(f, "10.0.0.1", 1);
	ok(f, sw_ledger_settle(f->ledger, 300, &left, &f->err));
	assert_int_equal(left, 701);
	ok(f, sw_ledger_verify(f->ledger, &f->err));
	ok(f, sw_ledger_settle(f->ledger, 10000, &left, &f->err));
	assert_int_equal(left, 0);
	for (int i = 0; i < 2; i++) {
		ok(f, sw_ledger_verify(f->ledger, &f->err));
		assert_int_equal(ledger_count(f), 1000);
		assert_string_equal(ledger_history(f, "10.0.0.1", 0),
				    "10.0.0.1:set@0 10.0.0.1:removed@1");
		ledger_open_again(f);
		assert_int_equal(f->ledger->pending.count, 0);
	}
	ok(f, sw_ledger_each(f->ledger, NULL, ledger_count_verdict, &n, &f->err));
	assert_int_equal(n, 1000);
	ok(f, sw_ledger_begin(f->ledger, &f->err));
	fails(f, -EBUSY, "batch", sw_ledger_settle(f->ledger, 1, &left, &f->err));
}

/* The same few sources again and again, beside some that never change any more: what a start
 * has to read does not become more and more. */
static void test_tail_is_bounded(void **state)
{
	struct ledger_fixture *f = *state;
	uint64_t seed = 10, most = 0;

	f->options.pending_max = 600;
	ledger_open_again(f);
	ledger_fill(f, &seed, 1, 300);
	for (int i = 0; i < 30; i++) {
		uint64_t same = 77, tail;

		ledger_fill(f, &same, 1, 250);
		tail = f->ledger->state.next - f->ledger->state.folded;
		most = tail > most ? tail : most;
	}
	assert_in_range(most, 600, 4 * 600 + 1024);
	ledger_open_again(f);
	assert_int_equal(ledger_count(f), 550);
	ok(f, sw_ledger_verify(f->ledger, &f->err));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, ledger_setup, ledger_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_history),
		TEST(test_prune),
		TEST(test_prune_of_nothing_writes_nothing),
		TEST(test_prune_what_is_folded),
		TEST(test_settle),
		TEST(test_tail_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
