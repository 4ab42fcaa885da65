/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Layouts: a ledger of an older one is brought up to this one, whole or not at all; a later
 * one is refused.
 */
#include "support/ledger_fixture.h"

#include <lmdb.h>

#include "daemon/ledger_parts.h"
#include "rules/origin.h"

#define BODY_RESTS 23 /* where it is in a body: one byte, and the lists behind the texts */

/* ---- layout 1: as layout 2, but verdicts do not know what they rest on ---- */

static uint64_t number_at(const uint8_t *p)
{
	uint64_t n = 0;

	for (int i = 0; i < 8; i++)
		n = n << 8 | p[i];
	return n;
}

static struct sw_view old_body(struct sw_view body, uint8_t *out)
{
	size_t n = body.n - 4u * body.data[BODY_RESTS];

	memcpy(out, body.data, BODY_RESTS);
	memcpy(out + BODY_RESTS, body.data + BODY_RESTS + 1, n - BODY_RESTS - 1);
	return sw_view(out, n - 1);
}

static size_t old_source(struct sw_view key, struct sw_view value, uint8_t *out)
{
	uint8_t bytes[SW_RECORD_BODY];
	struct sw_view body;
	uint64_t number;

	assert_int_equal(sw_record_source_read(key, value, &number, &body), 0);
	if (body.n)
		body = old_body(body, bytes);
	return sw_record_source(key, number, body, out);
}

static size_t old_change(struct sw_view key, struct sw_view value, uint8_t *out)
{
	uint8_t bytes[SW_RECORD_BODY];
	struct sw_record_change c;

	assert_int_equal(sw_record_change_read(number_at(key.data), value, &c), 0);
	c.body = old_body(c.body, bytes);
	return sw_record_change(&c, out);
}

/* ---- steps ---- */

static int fail_at_last(struct sw_view key, struct sw_view value, uint8_t out[SW_UPGRADE_RECORD],
			size_t *n)
{
	return number_at(key.data) == 3000 ? -EBADMSG : sw_upgrades[0].change(key, value, out, n);
}

static int same_source(struct sw_view key, struct sw_view value, uint8_t out[SW_UPGRADE_RECORD],
		       size_t *n)
{
	return sw_upgrades[0].source(key, value, out, n);
}

static const struct sw_upgrade steps_that_fail[] = {
	{ 1, same_source, fail_at_last },
	{ .from = SW_UPGRADE_END },
};

/* ---- making one ---- */

static void rewrite(MDB_txn *txn, const char *name,
		    size_t (*make_old)(struct sw_view key, struct sw_view value, uint8_t *out))
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
		v.mv_size = make_old(sw_view(key, k.mv_size), sw_view(v.mv_data, v.mv_size), out);
		v.mv_data = out;
		assert_int_equal(mdb_cursor_put(cursor, &same, &v, MDB_CURRENT), 0);
	}
	mdb_cursor_close(cursor);
}

/* Let the ledger say that it is of layout @version; 1: make it so. */
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
	if (!strcmp(version, "1")) {
		rewrite(txn, "sources", old_source);
		rewrite(txn, "history", old_change);
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
	ledger_put_now(f, "10.0.0.1", SW_ORIGIN_OPERATOR);
	ledger_put_now(f, "2001:db8::/64", SW_ORIGIN_DNS);
	ledger_put_now(f, "10.0.0.3", SW_ORIGIN_DNS_DIALUP);
	snprintf(before, size, "%.190s", ledger_history(f, "10.0.0.1", 0));
}

static void check(struct ledger_fixture *f, const char *before)
{
	struct sw_prefix p = prefix("10.0.0.1");
	struct sw_verdict v;

	assert_int_equal(ledger_count(f), 3003);
	assert_string_equal(ledger_history(f, "10.0.0.1", 0), before);
	ok(f, sw_ledger_get(f->ledger, &p, 1, &v, &f->err));
	assert_int_equal(v.count, 1);
	assert_string_equal(v.reason, "spam");
	assert_string_equal(v.who, "alice");
	assert_int_equal(v.expires_ms, T0 + 3600000);
	/* what DNS said rests on lists that nobody knows any more */
	assert_int_equal(v.rests.n, 0);
	p = prefix("2001:db8::/64");
	ok(f, sw_ledger_get(f->ledger, &p, SW_ORIGIN_DNS, &v, &f->err));
	assert_true(v.rests.n == 1 && sw_rests_on(&v.rests, 4711));
	assert_string_equal(v.who, "alice");
	p = prefix("10.0.0.3");
	ok(f, sw_ledger_get(f->ledger, &p, SW_ORIGIN_DNS_DIALUP, &v, &f->err));
	assert_true(sw_rests_on(&v.rests, 4711));
	ok(f, sw_ledger_verify(f->ledger, &f->err));
}

static void test_upgrade(void **state)
{
	struct ledger_fixture *f = *state;
	char before[200];

	fill(f, before, sizeof(before));
	set_version(f, "1");
	/* who may not write says so */
	f->options.read_only = true;
	fails(f, -EROFS, "start synwardd once", sw_ledger_open(&f->options, &f->ledger, &f->err));
	f->options.read_only = false;
	ledger_open(f);
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
	set_version(f, "1");
	fails(f, -EBADMSG, "older layout is damaged; put a backup in its place",
	      sw_ledger_open_with(&f->options, steps_that_fail, &f->ledger, &f->err));
	ledger_open(f);
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
	set_version(f, "3");
	for (int i = 0; i < 2; i++) {
		f->options.read_only = i;
		fails(f, -ENOTSUP,
		      "layout 3, written by a later version of synward; this one knows 2",
		      sw_ledger_open(&f->options, &f->ledger, &f->err));
	}
	f->options.read_only = false;
	fails(f, -ENOTSUP, "later version",
	      sw_ledger_restore(folder_path(f->folder, "ledger/data.mdb"), f->folder, T0, NULL,
				&f->err));
	set_version(f, "2");
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
		set_version(f, "2");
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, ledger_setup, ledger_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_upgrade), TEST(test_upgrade_that_fails), TEST(test_too_old),
		TEST(test_later),   TEST(test_no_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
