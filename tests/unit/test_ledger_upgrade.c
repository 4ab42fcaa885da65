/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Layouts: a ledger of an older one is brought up to this one, whole or not at all; a later
 * one is refused. The older layout here is made up: its records have no count.
 */
#include "support/ledger_fixture.h"

#include <lmdb.h>

#include "daemon/ledger_parts.h"

#define BODY_COUNT 17 /* where it is in a body, four bytes */

/* ---- layout 0: as layout 1, without the count; check sums are left out as well ---- */

/* @value without the four bytes at @at and without the sum. */
static size_t make_old(struct sw_view value, size_t at, uint8_t *out)
{
	memcpy(out, value.data, at);
	memcpy(out + at, value.data + at + 4, value.n - at - 8);
	return value.n - 8;
}

/* And back: with a count of 1. */
static int body_from_old(struct sw_view old, uint8_t *out, struct sw_view *ret)
{
	static const uint8_t one[4] = { 0, 0, 0, 1 };

	if (old.n < BODY_COUNT)
		return -EBADMSG;
	memcpy(out, old.data, BODY_COUNT);
	memcpy(out + BODY_COUNT, one, sizeof(one));
	memcpy(out + BODY_COUNT + 4, old.data + BODY_COUNT, old.n - BODY_COUNT);
	*ret = sw_view(out, old.n + 4);
	return 0;
}

static uint64_t number_at(const uint8_t *p)
{
	uint64_t n = 0;

	for (int i = 0; i < 8; i++)
		n = n << 8 | p[i];
	return n;
}

static int source_from_old(struct sw_view key, struct sw_view value, uint8_t out[SW_UPGRADE_RECORD],
			   size_t *n)
{
	uint8_t bytes[SW_RECORD_BODY + 4];
	struct sw_view body = { NULL, 0 };

	if (value.n < 9 || value.n > 9 + SW_RECORD_BODY - 4 ||
	    (value.n > 9 && body_from_old(sw_view(value.data + 9, value.n - 9), bytes, &body)))
		return -EBADMSG;
	*n = sw_record_source(key, number_at(value.data + 1), body, out);
	return 0;
}

/* Those of the tests have no words of their own: 19 bytes, a key for IPv4, the body. */
static int change_from_old(struct sw_view key, struct sw_view value, uint8_t out[SW_UPGRADE_RECORD],
			   size_t *n)
{
	struct sw_record_change c = { .number = number_at(key.data) };
	uint8_t bytes[SW_RECORD_BODY + 4];

	if (value.n < 26 || value.n > 26 + SW_RECORD_BODY - 4 ||
	    body_from_old(sw_view(value.data + 26, value.n - 26), bytes, &c.body))
		return -EBADMSG;
	c.kind = value.data[1];
	c.time_ms = (int64_t)number_at(value.data + 3);
	c.previous = number_at(value.data + 11);
	c.key = sw_view(value.data + 19, 7);
	*n = sw_record_change(&c, out);
	return 0;
}

static const struct sw_upgrade steps[] = {
	{ 0, source_from_old, change_from_old },
	{ .from = SW_UPGRADE_END },
};

static int fail_at_last(struct sw_view key, struct sw_view value, uint8_t out[SW_UPGRADE_RECORD],
			size_t *n)
{
	return number_at(key.data) == 3000 ? -EBADMSG : change_from_old(key, value, out, n);
}

static const struct sw_upgrade steps_that_fail[] = {
	{ 0, source_from_old, fail_at_last },
	{ .from = SW_UPGRADE_END },
};

/* ---- making one ---- */

static void rewrite(MDB_txn *txn, const char *name, size_t count_at)
{
	uint8_t out[SW_UPGRADE_RECORD];
	MDB_cursor *cursor;
	MDB_val k, v;
	MDB_dbi dbi;

	assert_int_equal(mdb_dbi_open(txn, name, 0, &dbi), 0);
	assert_int_equal(mdb_cursor_open(txn, dbi, &cursor), 0);
	while (mdb_cursor_get(cursor, &k, &v, MDB_NEXT) == 0) {
		uint8_t key[19];
		MDB_val same = { k.mv_size, key };

		memcpy(key, k.mv_data, k.mv_size);
		v.mv_size = make_old(sw_view(v.mv_data, v.mv_size), count_at, out);
		v.mv_data = out;
		assert_int_equal(mdb_cursor_put(cursor, &same, &v, MDB_CURRENT), 0);
	}
	mdb_cursor_close(cursor);
}

/* Let the ledger say that it is of layout @version; 0: make it so. */
static void set_version(struct ledger_fixture *f, const char *version)
{
	MDB_val k = { strlen(SW_META_VERSION), (void *)SW_META_VERSION };
	MDB_val v = { strlen(version), (void *)version };
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;

	ledger_close(f);
	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_set_maxdbs(env, 3), 0);
	assert_int_equal(mdb_env_open(env, folder_path(f->folder, "ledger"), 0, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, "meta", 0, &dbi), 0);
	assert_int_equal(*version ? mdb_put(txn, dbi, &k, &v, 0) : mdb_del(txn, dbi, &k, NULL), 0);
	if (!strcmp(version, "0")) {
		rewrite(txn, "sources", 9 + BODY_COUNT);
		rewrite(txn, "history", 26 + BODY_COUNT);
	}
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
}

/* Thousands of sources, in the tree and waiting for it; some removed. */
static void fill(struct ledger_fixture *f, char *before, size_t size)
{
	uint64_t seed = 6;

	f->options.pending_max = 1000;
	ledger_open_again(f);
	ledger_fill(f, &seed, 6, 500);
	ledger_put_now(f, "10.0.0.1", 1);
	snprintf(before, size, "%.190s", ledger_history(f, "10.0.0.1", 0));
}

static void check(struct ledger_fixture *f, const char *before)
{
	struct sw_prefix p = prefix("10.0.0.1");
	struct sw_verdict v;

	assert_int_equal(ledger_count(f), 3001);
	assert_string_equal(ledger_history(f, "10.0.0.1", 0), before);
	ok(f, sw_ledger_get(f->ledger, &p, 1, &v, &f->err));
	assert_int_equal(v.count, 1);
	assert_string_equal(v.reason, "spam");
	assert_string_equal(v.who, "alice");
	assert_int_equal(v.expires_ms, T0 + 3600000);
	ok(f, sw_ledger_verify(f->ledger, &f->err));
}

static void test_upgrade(void **state)
{
	struct ledger_fixture *f = *state;
	char before[200];

	fill(f, before, sizeof(before));
	set_version(f, "0");
	/* who may not write says so */
	f->options.read_only = true;
	fails(f, -EROFS, "start synwardd once",
	      sw_ledger_open_with(&f->options, steps, &f->ledger, &f->err));
	f->options.read_only = false;
	ok(f, sw_ledger_open_with(&f->options, steps, &f->ledger, &f->err));
	check(f, before);
	ledger_put_now(f, "10.0.0.2", 1);
	ledger_open_again(f); /* needs no steps now */
	assert_string_equal(ledger_all(f, "10.0.0.2"), "10.0.0.2/o1");
}

/* Half way through: nothing has changed, and the next attempt does it all. */
static void test_upgrade_that_fails(void **state)
{
	struct ledger_fixture *f = *state;
	char before[200];

	fill(f, before, sizeof(before));
	set_version(f, "0");
	fails(f, -EBADMSG, "older layout is damaged; put a backup in its place",
	      sw_ledger_open_with(&f->options, steps_that_fail, &f->ledger, &f->err));
	ok(f, sw_ledger_open_with(&f->options, steps, &f->ledger, &f->err));
	check(f, before);
}

static void test_too_old(void **state)
{
	struct ledger_fixture *f = *state;
	static const struct sw_upgrade none[] = { { .from = SW_UPGRADE_END } };

	ledger_put_now(f, "10.0.0.1", 1);
	set_version(f, "0");
	fails(f, -ENOTSUP, "layout 0 is too old",
	      sw_ledger_open_with(&f->options, none, &f->ledger, &f->err));
}

static void test_later(void **state)
{
	struct ledger_fixture *f = *state;

	ledger_put_now(f, "10.0.0.1", 1);
	set_version(f, "2");
	for (int i = 0; i < 2; i++) {
		f->options.read_only = i;
		fails(f, -ENOTSUP,
		      "layout 2, written by a later version of synward; this one knows 1",
		      sw_ledger_open(&f->options, &f->ledger, &f->err));
	}
	f->options.read_only = false;
	fails(f, -ENOTSUP, "later version",
	      sw_ledger_restore(folder_path(f->folder, "ledger/data.mdb"), f->folder, T0, NULL,
				&f->err));
	set_version(f, "1");
	ledger_open(f);
	assert_string_equal(ledger_all(f, NULL), "10.0.0.1/o1");
}

static void test_no_version(void **state)
{
	struct ledger_fixture *f = *state;
	static const char *const bad[] = { "", "one", "12345678901234567890", "-1", "1 " };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		set_version(f, bad[i]);
		fails(f, -EBADMSG, "no version of the layout",
		      sw_ledger_open(&f->options, &f->ledger, &f->err));
		set_version(f, "1");
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, ledger_setup, ledger_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_upgrade), TEST(test_upgrade_that_fails), TEST(test_too_old),
		TEST(test_later),   TEST(test_no_version),
	};

	ledger_in_memory();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
