/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ledger: what is put is there, in order, with its history, after every reopening; and
 * all of it against a model that keeps everything in arrays.
 */
#include "support/ledger_fixture.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/ledger_parts.h"

/* ---- batches ---- */

static void test_put_and_get(void **state)
{
	struct ledger_fixture *f = *state;
	struct sw_verdict v = verdict("192.0.2.0/24", 1), got;
	struct sw_change c = change(SW_CHANGE_SET, T0);

	memset(v.reason, 0xe4, SW_VERDICT_REASON - 1); /* any bytes */
	memset(v.who, '\n', SW_VERDICT_WHO - 1);
	v.count = UINT32_MAX;
	v.expires_ms = INT64_MAX;
	ok(f, sw_ledger_begin(f->ledger, &f->err));
	ok(f, sw_ledger_put(f->ledger, &v, &c, &f->err));
	/* the batch counts for get, not for walks */
	ok(f, sw_ledger_get(f->ledger, &v.source, 1, &got, &f->err));
	assert_string_equal(ledger_all(f, NULL), "");
	ok(f, sw_ledger_commit(f->ledger, &f->err));
	for (int i = 0; i < 2; i++) {
		memset(&got, 0xaa, sizeof(got));
		ok(f, sw_ledger_get(f->ledger, &v.source, 1, &got, &f->err));
		assert_int_equal(sw_prefix_cmp(&got.source, &v.source), 0);
		assert_int_equal(got.origin, 1);
		assert_int_equal(got.action, SW_ACTION_DROP);
		assert_string_equal(got.reason, v.reason);
		assert_string_equal(got.who, v.who);
		assert_int_equal(got.created_ms, T0);
		assert_int_equal(got.expires_ms, INT64_MAX);
		assert_int_equal(got.count, UINT32_MAX);
		ledger_open_again(f);
	}
	fails(f, -ENOENT, "192.0.2.0/24", sw_ledger_get(f->ledger, &v.source, 2, &got, &f->err));
	v.source.len = 25;
	fails(f, -ENOENT, "192.0.2.0/25", sw_ledger_get(f->ledger, &v.source, 1, &got, &f->err));
}

static void test_abort(void **state)
{
	struct ledger_fixture *f = *state;
	struct sw_prefix p = prefix("10.0.0.1");
	struct sw_verdict got;

	ledger_put_now(f, "10.0.0.2", 1);
	sw_ledger_abort(f->ledger); /* none is open: nothing */
	ok(f, sw_ledger_begin(f->ledger, &f->err));
	ledger_put(f, "10.0.0.1", 1);
	fails(f, -EBUSY, "batch", sw_ledger_begin(f->ledger, &f->err));
	sw_ledger_abort(f->ledger);
	assert_int_equal(sw_ledger_get(f->ledger, &p, 1, &got, &f->err), -ENOENT);
	ok(f, sw_ledger_begin(f->ledger, &f->err));
	ok(f, sw_ledger_commit(f->ledger, &f->err)); /* empty */
	ok(f, sw_ledger_begin(f->ledger, &f->err));
	ledger_put(f, "10.0.0.1", 1);
	ledger_open_again(f); /* closing aborts */
	assert_string_equal(ledger_all(f, NULL), "10.0.0.2/o1");
	assert_int_equal(ledger_count(f), 1);
}

static void test_refused(void **state)
{
	struct ledger_fixture *f = *state;
	struct sw_verdict good = verdict("10.0.0.1", 1), v;
	struct sw_change c = change(SW_CHANGE_SET, T0), d;
	char much[SW_VERDICT_REASON + 1];

	memset(much, 'x', sizeof(much));
	much[SW_VERDICT_REASON] = '\0';
	fails(f, -EINVAL, "no batch", sw_ledger_put(f->ledger, &good, &c, &f->err));
	fails(f, -EINVAL, "no batch", sw_ledger_remove(f->ledger, &good.source, 1, &c, &f->err));
	fails(f, -EINVAL, "no batch", sw_ledger_commit(f->ledger, &f->err));
	ok(f, sw_ledger_begin(f->ledger, &f->err));
#define REFUSED(words, field, value)                                                 \
	do {                                                                         \
		v = good;                                                            \
		v.field = (value);                                                   \
		fails(f, -EINVAL, words, sw_ledger_put(f->ledger, &v, &c, &f->err)); \
	} while (0)
	REFUSED("source", source.family, 5);
	REFUSED("source", source.len, 33);
	REFUSED("source", source.len, 31);
	REFUSED("source", source.hi, 1);
	REFUSED("origin", origin, 0);
	REFUSED("action", action, SW_ACTION_NONE);
	REFUSED("action", action, SW_ACTION_MAX);
	REFUSED("1970", created_ms, -1);
	REFUSED("1970", expires_ms, -1);
	v = good;
	memset(v.reason, 'x', sizeof(v.reason));
	fails(f, -EINVAL, "255 bytes", sw_ledger_put(f->ledger, &v, &c, &f->err));
	v = good;
	memset(v.who, 'x', sizeof(v.who));
	fails(f, -EINVAL, "63 bytes", sw_ledger_put(f->ledger, &v, &c, &f->err));
	d = change(0, T0);
	fails(f, -EINVAL, "kind", sw_ledger_put(f->ledger, &good, &d, &f->err));
	d = change(SW_CHANGE_KINDS, T0);
	fails(f, -EINVAL, "kind", sw_ledger_put(f->ledger, &good, &d, &f->err));
	d = change(SW_CHANGE_SET, -1);
	fails(f, -EINVAL, "1970", sw_ledger_put(f->ledger, &good, &d, &f->err));
	d = change(SW_CHANGE_ENDED, T0);
	fails(f, -EINVAL, "ending", sw_ledger_put(f->ledger, &good, &d, &f->err));
	d = change(SW_CHANGE_SET, T0);
	d.why = much;
	fails(f, -EINVAL, "255 bytes", sw_ledger_put(f->ledger, &good, &d, &f->err));
	d.why = NULL;
	d.who = much;
	fails(f, -EINVAL, "63 bytes", sw_ledger_put(f->ledger, &good, &d, &f->err));
	fails(f, -EINVAL, "setting", sw_ledger_remove(f->ledger, &good.source, 1, &c, &f->err));
	d = change(SW_CHANGE_REMOVED, T0);
	fails(f, -ENOENT, "10.0.0.1", sw_ledger_remove(f->ledger, &good.source, 1, &d, &f->err));
	/* what was refused is not in the batch, the rest is */
	ok(f, sw_ledger_put(f->ledger, &good, &c, &f->err));
	ok(f, sw_ledger_remove(f->ledger, &good.source, 1, &d, &f->err));
	fails(f, -ENOENT, "10.0.0.1", sw_ledger_remove(f->ledger, &good.source, 1, &d, &f->err));
	ok(f, sw_ledger_put(f->ledger, &good, &c, &f->err));
	ok(f, sw_ledger_commit(f->ledger, &f->err));
	assert_string_equal(ledger_all(f, NULL), "10.0.0.1/o1");
	assert_string_equal(ledger_history(f, "10.0.0.1", 0),
			    "10.0.0.1:set@0 10.0.0.1:removed@0 10.0.0.1:set@0");
}

/* ---- walks ---- */

static void fill_order(struct ledger_fixture *f)
{
	static const char *const sources[] = {
		"2001:db8::/32",  "10.0.0.1",	     "10.0.0.0/8",	"::/0",
		"10.0.0.0/16",	  "0.0.0.0/0",	     "255.255.255.255", "2001:db8::1",
		"10.1.0.0/16",	  "10.0.0.0",	     "9.255.255.255",	"11.0.0.0",
		"2001:db8::/128", "2001:db7:ffff::", "2001:db9::",	"10.255.255.255",
	};

	ok(f, sw_ledger_begin(f->ledger, &f->err));
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		ledger_put(f, sources[i], 1);
	ledger_put(f, "10.0.0.0/16", 7);
	ledger_put(f, "10.0.0.0/16", 255);
	ok(f, sw_ledger_commit(f->ledger, &f->err));
}

static void check_order(struct ledger_fixture *f)
{
	assert_string_equal(
		ledger_all(f, NULL),
		"0.0.0.0/0/o1 9.255.255.255/o1 10.0.0.0/8/o1 10.0.0.0/16/o1 10.0.0.0/16/o7 "
		"10.0.0.0/16/o255 10.0.0.0/o1 10.0.0.1/o1 10.1.0.0/16/o1 10.255.255.255/o1 "
		"11.0.0.0/o1 255.255.255.255/o1 ::/0/o1 2001:db7:ffff::/o1 2001:db8::/32/o1 "
		"2001:db8::/o1 2001:db8::1/o1 2001:db9::/o1");
	assert_string_equal(ledger_all(f, "10.0.0.0/16"),
			    "10.0.0.0/16/o1 10.0.0.0/16/o7 10.0.0.0/16/o255 10.0.0.0/o1 "
			    "10.0.0.1/o1");
	assert_string_equal(ledger_all(f, "10.0.0.0/15"),
			    "10.0.0.0/16/o1 10.0.0.0/16/o7 10.0.0.0/16/o255 10.0.0.0/o1 "
			    "10.0.0.1/o1 10.1.0.0/16/o1");
	assert_string_equal(ledger_all(f, "10.0.0.1"), "10.0.0.1/o1");
	assert_string_equal(ledger_all(f, "10.0.0.2"), "");
	assert_string_equal(ledger_all(f, "255.255.255.255"), "255.255.255.255/o1");
	assert_string_equal(ledger_all(f, "2001:db8::/32"),
			    "2001:db8::/32/o1 2001:db8::/o1 2001:db8::1/o1");
	assert_string_equal(ledger_all(f, "ffff::/16"), "");
	assert_string_equal(ledger_containing(f, "10.0.0.1"),
			    "0.0.0.0/0/o1 10.0.0.0/8/o1 10.0.0.0/16/o1 10.0.0.0/16/o7 "
			    "10.0.0.0/16/o255 10.0.0.1/o1");
	assert_string_equal(ledger_containing(f, "10.0.0.0/9"), "0.0.0.0/0/o1 10.0.0.0/8/o1");
	assert_string_equal(ledger_containing(f, "2001:db8::2"), "::/0/o1 2001:db8::/32/o1");
	assert_int_equal(ledger_count(f), 18);
}

static void test_order(void **state)
{
	struct ledger_fixture *f = *state;

	fill_order(f);
	check_order(f);
	ledger_open_again(f);
	check_order(f);
	/* the same from the tree of sources as from what waits for it */
	f->options.pending_max = 1;
	ledger_open_again(f);
	for (int i = 0; i < 3; i++)
		ledger_put_now(f, "10.0.0.1", 1);
	check_order(f);
	ledger_open_again(f);
	check_order(f);
	ok(f, sw_ledger_verify(f->ledger, &f->err));
}

static int stop_at_two(void *ctx, const struct sw_verdict *v)
{
	return ++*(int *)ctx == 2 ? 77 : 0;
}

struct nested {
	struct ledger_fixture *f;
	unsigned n;
};

/* Reads and puts inside of a walk: it does not see them. */
static int read_and_put(void *ctx, const struct sw_verdict *v)
{
	struct nested *nested = ctx;
	struct ledger_fixture *f = nested->f;
	struct sw_verdict got, more = *v;
	struct sw_change c = change(SW_CHANGE_SET, T0);
	uint64_t count = 0;

	nested->n++;
	ok(f, sw_ledger_get(f->ledger, &v->source, v->origin, &got, &f->err));
	ok(f, sw_ledger_each(f->ledger, &v->source, ledger_count_verdict, &count, &f->err));
	assert_true(count >= 1);
	more.source = sw_prefix_ip4(0x0a000000 + (uint32_t)(v->source.lo + 1) % 65536, 32);
	ok(f, sw_ledger_put(f->ledger, &more, &c, &f->err));
	c.kind = SW_CHANGE_REMOVED;
	ok(f, sw_ledger_remove(f->ledger, &v->source, v->origin, &c, &f->err));
	fails(f, -EBUSY, "under way", sw_ledger_commit(f->ledger, &f->err));
	return 0;
}

static int try_to_write(void *ctx, const struct sw_verdict *v)
{
	struct ledger_fixture *f = ctx;

	fails(f, -EBUSY, "under way", sw_ledger_begin(f->ledger, &f->err));
	fails(f, -EBUSY, "under way", sw_ledger_meta_put(f->ledger, "a", "b", &f->err));
	fails(f, -EBUSY, "under way", sw_ledger_prune_history(f->ledger, 1, 1, NULL, &f->err));
	fails(f, -EBUSY, "under way", sw_ledger_settle(f->ledger, 1, NULL, &f->err));
	fails(f, -EBUSY, "under way", sw_ledger_backup(f->ledger, "/tmp/x", &f->err));
	return 0;
}

static void test_callbacks(void **state)
{
	struct ledger_fixture *f = *state;
	struct nested nested = { .f = f };
	int n = 0;

	fill_order(f);
	assert_int_equal(sw_ledger_each(f->ledger, NULL, stop_at_two, &n, &f->err), 77);
	assert_int_equal(n, 2);
	ok(f, sw_ledger_each(f->ledger, NULL, try_to_write, f, &f->err));
	ok(f, sw_ledger_begin(f->ledger, &f->err));
	ok(f, sw_ledger_each(f->ledger, NULL, read_and_put, &nested, &f->err));
	assert_int_equal(nested.n, 18);
	ok(f, sw_ledger_commit(f->ledger, &f->err));
	ok(f, sw_ledger_verify(f->ledger, &f->err));
}

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

/* ---- words ---- */

static void test_meta(void **state)
{
	struct ledger_fixture *f = *state;
	char value[SW_LEDGER_META_VALUE + 1], much[SW_LEDGER_META_VALUE + 2];

	memset(much, 'x', sizeof(much));
	much[SW_LEDGER_META_VALUE + 1] = '\0';
	fails(f, -ENOENT, "boot-id", sw_ledger_meta_get(f->ledger, "boot-id", value, &f->err));
	ok(f, sw_ledger_meta_put(f->ledger, "boot-id", "123", &f->err));
	ledger_open_again(f);
	ok(f, sw_ledger_meta_get(f->ledger, "boot-id", value, &f->err));
	assert_string_equal(value, "123");
	/* with a batch */
	ok(f, sw_ledger_begin(f->ledger, &f->err));
	ok(f, sw_ledger_meta_put(f->ledger, "boot-id", "456", &f->err));
	ok(f, sw_ledger_meta_put(f->ledger, "offset", "", &f->err));
	ok(f, sw_ledger_meta_get(f->ledger, "boot-id", value, &f->err));
	assert_string_equal(value, "456");
	sw_ledger_abort(f->ledger);
	ok(f, sw_ledger_meta_get(f->ledger, "boot-id", value, &f->err));
	assert_string_equal(value, "123");
	ok(f, sw_ledger_begin(f->ledger, &f->err));
	ok(f, sw_ledger_meta_put(f->ledger, "offset", "", &f->err));
	ok(f, sw_ledger_commit(f->ledger, &f->err));
	ok(f, sw_ledger_meta_get(f->ledger, "offset", value, &f->err));
	assert_string_equal(value, "");
	/* limits; what is ours */
	fails(f, -EINVAL, "255", sw_ledger_meta_put(f->ledger, "a", much, &f->err));
	much[SW_LEDGER_META_VALUE] = '\0';
	ok(f, sw_ledger_meta_put(f->ledger, "a", much, &f->err));
	ok(f, sw_ledger_meta_get(f->ledger, "a", value, &f->err));
	assert_string_equal(value, much);
	fails(f, -EINVAL, "name", sw_ledger_meta_put(f->ledger, "", "1", &f->err));
	fails(f, -EINVAL, "name", sw_ledger_meta_put(f->ledger, "=version", "9", &f->err));
	fails(f, -EINVAL, "name", sw_ledger_meta_get(f->ledger, "=version", value, &f->err));
	fails(f, -EINVAL, "name", sw_ledger_meta_put(f->ledger, much, "9", &f->err));
}

/* ---- who may have it open ---- */

/* Run @fn in a child that has nothing of ours open; what it returns. */
static int in_child(struct ledger_fixture *f, int (*fn)(struct ledger_fixture *))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(fn(f));
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int child_opens(struct ledger_fixture *f)
{
	struct sw_ledger *l;
	int code = sw_ledger_open(&f->options, &l, &f->err);

	return code == -EBUSY && strstr(f->err.text, "in use by process") ? 0 : 1;
}

static int child_reads(struct ledger_fixture *f)
{
	struct sw_ledger_options options = f->options;
	struct sw_ledger *l;
	uint64_t n = 0;

	options.read_only = true;
	if (sw_ledger_open(&options, &l, &f->err) ||
	    sw_ledger_each(l, NULL, ledger_count_verdict, &n, &f->err))
		return 255;
	if (sw_ledger_begin(l, &f->err) != -EROFS)
		return 254;
	sw_ledger_close(l);
	return (int)n;
}

static void test_other_processes(void **state)
{
	struct ledger_fixture *f = *state;
	struct sw_ledger_options options = f->options;
	struct sw_ledger *l;

	assert_int_equal(in_child(f, child_opens), 0);
	assert_int_equal(in_child(f, child_reads), 0);
	ledger_put_now(f, "10.0.0.1", 1);
	assert_int_equal(in_child(f, child_reads), 1);
	options.read_only = true;
	fails(f, -EBUSY, "this process", sw_ledger_open(&options, &l, &f->err));
	options.read_only = false;
	fails(f, -EBUSY, "in use by process", sw_ledger_open(&options, &l, &f->err));
	ledger_close(f);
	assert_int_equal(in_child(f, child_reads), 1);
	ledger_open(f);
}

/* A reader that stays open sees what a writer commits, folds and forgets meanwhile. */
static int child_writes(struct ledger_fixture *f)
{
	struct sw_ledger_options options = f->options;

	options.pending_max = 2;
	if (sw_ledger_open(&options, &f->ledger, &f->err))
		return 1;
	for (uint32_t i = 0; i < 20; i++) {
		char text[SW_PREFIX_TEXT];
		struct sw_prefix p = sw_prefix_ip4(0x0a000000 + i * 77 % 20, 32);

		ledger_put_now(f, sw_prefix_format(&p, text), 1);
	}
	ledger_remove_now(f, "10.0.0.7", 1);
	if (sw_ledger_prune_history(f->ledger, INT64_MAX, 15, NULL, &f->err))
		return 2;
	ledger_close(f);
	return 0;
}

static void test_reader_follows(void **state)
{
	struct ledger_fixture *f = *state;

	ledger_put_now(f, "10.0.0.100", 1);
	f->options.read_only = true;
	ledger_open_again(f);
	assert_string_equal(ledger_all(f, NULL), "10.0.0.100/o1");
	f->options.read_only = false;
	assert_int_equal(in_child(f, child_writes), 0);
	assert_int_equal(ledger_count(f), 20);
	assert_string_equal(ledger_all(f, "10.0.0.4/30"), "10.0.0.4/o1 10.0.0.5/o1 10.0.0.6/o1");
	assert_int_equal(in_child(f, child_writes), 0);
	assert_int_equal(ledger_count(f), 20);
	ok(f, sw_ledger_verify(f->ledger, &f->err));
}

static void test_no_ledger_to_read(void **state)
{
	struct ledger_fixture *f = *state;
	struct sw_ledger_options options = { .read_only = true };
	struct sw_ledger *l;
	struct stat st;

	options.state_dir = folder_path(f->folder, "none");
	fails(f, -ENOENT, "there is no ledger", sw_ledger_open(&options, &l, &f->err));
	assert_int_equal(stat(options.state_dir, &st), -1); /* nothing was made */
	options.state_dir = folder_path(f->folder, "a/b");
	options.read_only = false;
	ok(f, sw_ledger_open(&options, &l, &f->err)); /* folders are made */
	sw_ledger_close(l);
	assert_int_equal(stat(folder_path(f->folder, "a/b/ledger/data.mdb"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(folder_path(f->folder, "a/b/ledger.new"), &st), -1);
}

/* ---- the model ---- */

#define MODEL 200
#define CHANGES 4000

struct model {
	struct sw_verdict verdicts[MODEL]; /* by source and origin */
	bool there[MODEL];
	struct sw_history history[CHANGES];
	unsigned n;
	unsigned forgotten; /* of history, from its front */
};

static int model_cmp(const void *a, const void *b)
{
	const struct sw_verdict *x = a, *y = b;
	int order = sw_prefix_cmp(&x->source, &y->source);

	return order ? order : (x->origin > y->origin) - (x->origin < y->origin);
}

static void model_init(struct model *m, uint64_t *seed)
{
	for (unsigned i = 0; i < MODEL; i++) {
		struct sw_verdict *v = &m->verdicts[i];

		/* few addresses, so that there are prefixes in prefixes, and some twice */
		v->source = sw_random(seed) % 3
				    ? sw_prefix_ip4((uint32_t)(sw_random(seed) % 7) << 24 |
							    (uint32_t)(sw_random(seed) % 5),
						    (unsigned)(sw_random(seed) % 33))
				    : sw_prefix_ip6(sw_random(seed) % 3 << 61, sw_random(seed) % 5,
						    (unsigned)(sw_random(seed) % 129));
		v->origin = (uint8_t)(1 + sw_random(seed) % 3);
	}
	qsort(m->verdicts, MODEL, sizeof(m->verdicts[0]), model_cmp);
	for (unsigned i = 1; i < MODEL; i++) /* twice: give it another origin */
		if (model_cmp(&m->verdicts[i - 1], &m->verdicts[i]) >= 0) {
			m->verdicts[i].source = m->verdicts[i - 1].source;
			m->verdicts[i].origin = m->verdicts[i - 1].origin + 1;
		}
}

static void model_text(char *text, size_t size, uint64_t *seed)
{
	size_t n = sw_random(seed) % (sw_random(seed) % 8 ? 12 : size);

	for (size_t i = 0; i < n; i++)
		text[i] = (char)(1 + sw_random(seed) % 255);
	text[n] = '\0';
}

/* One change of the model, and of the ledger. */
static void model_change(struct model *m, struct ledger_fixture *f, uint64_t *seed)
{
	unsigned i = (unsigned)(sw_random(seed) % MODEL);
	struct sw_verdict *v = &m->verdicts[i];
	struct sw_history *h = &m->history[m->n];
	struct sw_change c = { .time_ms = T0 + m->n / 3 };

	h->number = ++m->n;
	h->time_ms = c.time_ms;
	model_text(h->who, sizeof(h->who), seed);
	model_text(h->why, sizeof(h->why), seed);
	if (sw_random(seed) % 2)
		c.who = h->who;
	if (sw_random(seed) % 2)
		c.why = h->why;
	if (m->there[i] && sw_random(seed) % 2) {
		c.kind = sw_random(seed) % 2 ? SW_CHANGE_REMOVED : SW_CHANGE_ENDED;
		ok(f, sw_ledger_remove(f->ledger, &v->source, v->origin, &c, &f->err));
		m->there[i] = false;
	} else {
		c.kind = m->there[i] ? SW_CHANGE_EXTENDED : SW_CHANGE_SET;
		v->action = (uint8_t)(1 + sw_random(seed) % (SW_ACTION_MAX - 1));
		v->created_ms = (int64_t)(sw_random(seed) >> 1);
		v->expires_ms = (int64_t)(sw_random(seed) >> 1 >> sw_random(seed) % 64);
		v->count = (uint32_t)sw_random(seed);
		model_text(v->reason, sizeof(v->reason), seed);
		model_text(v->who, sizeof(v->who), seed);
		ok(f, sw_ledger_put(f->ledger, v, &c, &f->err));
		m->there[i] = true;
	}
	h->kind = c.kind;
	h->verdict = *v;
	if (!c.who)
		strcpy(h->who, v->who);
	if (!c.why)
		strcpy(h->why, v->reason);
}

static void same_verdict(const struct sw_verdict *a, const struct sw_verdict *b)
{
	assert_int_equal(model_cmp(a, b), 0);
	assert_true(a->action == b->action && a->created_ms == b->created_ms &&
		    a->expires_ms == b->expires_ms && a->count == b->count);
	assert_string_equal(a->reason, b->reason);
	assert_string_equal(a->who, b->who);
}

/* A walk of the ledger beside one of the model. */
struct beside {
	const struct model *m;
	const struct sw_prefix *within, *inner; /* NULL: any */
	unsigned next;
	bool back; /* history: from the end */
};

static bool is_meant(const struct beside *b, const struct sw_prefix *source)
{
	return (!b->within || sw_prefix_contains(b->within, source)) &&
	       (!b->inner || sw_prefix_contains(source, b->inner));
}

static int beside_verdict(void *ctx, const struct sw_verdict *v)
{
	struct beside *b = ctx;

	while (b->next < MODEL &&
	       (!b->m->there[b->next] || !is_meant(b, &b->m->verdicts[b->next].source)))
		b->next++;
	assert_true(b->next < MODEL);
	same_verdict(&b->m->verdicts[b->next++], v);
	return 0;
}

static int beside_change(void *ctx, const struct sw_history *h)
{
	struct beside *b = ctx;
	const struct sw_history *want;

	do {
		assert_true(b->next < b->m->n);
		want = &b->m->history[b->back ? b->m->n - 1 - b->next : b->next];
		b->next++;
	} while (!is_meant(b, &want->verdict.source));
	assert_int_equal(h->number, want->number);
	assert_int_equal(h->time_ms, want->time_ms);
	assert_int_equal(h->kind, want->kind);
	assert_string_equal(h->who, want->who);
	assert_string_equal(h->why, want->why);
	same_verdict(&want->verdict, &h->verdict);
	return 0;
}

static void check_verdicts(const struct model *m, struct ledger_fixture *f,
			   const struct sw_prefix *within, const struct sw_prefix *inner)
{
	struct beside b = { .m = m, .within = within, .inner = inner };

	if (inner)
		ok(f, sw_ledger_each_containing(f->ledger, inner, beside_verdict, &b, &f->err));
	else
		ok(f, sw_ledger_each(f->ledger, within, beside_verdict, &b, &f->err));
	for (; b.next < MODEL; b.next++)
		assert_false(m->there[b.next] && is_meant(&b, &m->verdicts[b.next].source));
}

static void check_history(const struct model *m, struct ledger_fixture *f,
			  const struct sw_prefix *source, unsigned flags)
{
	bool containing = flags & SW_HISTORY_CONTAINING;
	struct beside b = { .m = m,
			    .within = containing ? NULL : source,
			    .inner = source,
			    .back = flags & SW_HISTORY_NEWEST_FIRST };

	if (!b.back)
		b.next = m->forgotten;
	ok(f, sw_ledger_history(f->ledger, source, flags, beside_change, &b, &f->err));
	for (; b.next < m->n - (b.back ? m->forgotten : 0); b.next++)
		assert_false(is_meant(
			&b, &m->history[b.back ? m->n - 1 - b.next : b.next].verdict.source));
}

static void model_check(const struct model *m, struct ledger_fixture *f, uint64_t *seed)
{
	uint64_t count = 0;
	struct sw_verdict got;

	for (unsigned i = 0; i < MODEL; i++) {
		const struct sw_verdict *v = &m->verdicts[i];
		int code = sw_ledger_get(f->ledger, &v->source, v->origin, &got, &f->err);

		assert_int_equal(code, m->there[i] ? 0 : -ENOENT);
		if (!code)
			same_verdict(v, &got);
		count += m->there[i];
	}
	assert_int_equal(ledger_count(f), count);
	check_verdicts(m, f, NULL, NULL);
	for (int i = 0; i < 10; i++) {
		const struct sw_prefix *p = &m->verdicts[sw_random(seed) % MODEL].source;

		check_verdicts(m, f, p, NULL);
		check_verdicts(m, f, NULL, p);
		check_history(m, f, p, (unsigned)(sw_random(seed) % 4));
	}
	ok(f, sw_ledger_verify(f->ledger, &f->err));
}

static void model_run(struct ledger_fixture *f, uint64_t seed)
{
	struct model *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	model_init(m, &seed);
	f->options.pending_max = seed % 2 ? 0 : 1 + seed % 50;
	ledger_open_again(f);
	for (int round = 0; round < 40; round++) {
		ok(f, sw_ledger_begin(f->ledger, &f->err));
		for (uint64_t i = 1 + sw_random(&seed) % 40; i > 0; i--)
			model_change(m, f, &seed);
		ok(f, sw_ledger_commit(f->ledger, &f->err));
		if (round % 8 == 5) {
			size_t n;
			unsigned most = (unsigned)(sw_random(&seed) % 60);

			ok(f, sw_ledger_prune_history(f->ledger, T0 + m->n / 3 - 20, most, &n,
						      &f->err));
			assert_true(n <= most);
			m->forgotten += (unsigned)n;
		}
		if (round % 4 == 3)
			model_check(m, f, &seed);
		if (round % 10 == 9)
			ledger_open_again(f);
	}
	model_check(m, f, &seed);
	free(m);
}

static void test_model(void **state)
{
	for (uint64_t seed = 1; seed <= 4; seed++) {
		struct ledger_fixture *f = NULL;

		ledger_setup((void **)&f);
		model_run(f, seed * 7919);
		ledger_teardown((void **)&f);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, ledger_setup, ledger_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_put_and_get),
		TEST(test_abort),
		TEST(test_refused),
		TEST(test_order),
		TEST(test_callbacks),
		TEST(test_history),
		TEST(test_prune),
		TEST(test_prune_of_nothing_writes_nothing),
		TEST(test_prune_what_is_folded),
		TEST(test_settle),
		TEST(test_tail_is_bounded),
		TEST(test_meta),
		TEST(test_other_processes),
		TEST(test_reader_follows),
		TEST(test_no_ledger_to_read),
		cmocka_unit_test(test_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
