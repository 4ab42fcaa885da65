/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ledger: what is put is there, in order, after every reopening; what is refused is not, and
 * nothing is written while somebody reads.
 */
#include "support/ledger_fixture.h"

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

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, ledger_setup, ledger_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_put_and_get), TEST(test_abort),     TEST(test_refused),
		TEST(test_order),	TEST(test_callbacks), TEST(test_meta),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
