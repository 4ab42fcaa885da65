/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ledger_upgrade - from older layouts to this one, in one transaction: a ledger is of one
 * layout, whole, whenever the machine stops. See ledger_parts.h.
 */
#include "ledger_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/origin.h"

/* ---- from 1 to 2: verdicts know what they rest on ---- */

#define BODY1 23 /* bytes before the texts, of which the last two are their lengths */
#define BODY1_MOST (BODY1 + SW_VERDICT_REASON - 1 + SW_VERDICT_WHO - 1)

/* What DNS said rests on lists that are not known any more. */
static int body_of_2(struct sw_view key, struct sw_view body, uint8_t *out, struct sw_view *ret)
{
	static const uint8_t any[4] = { 0xff, 0xff, 0xff, 0xff }; /* SW_RESTS_ANY */
	struct sw_prefix source;
	uint8_t origin;
	bool rests;

	if (sw_record_key_read(key, &source, &origin) || body.n < BODY1 || body.n > BODY1_MOST)
		return -EBADMSG;
	rests = origin == SW_ORIGIN_DNS || origin == SW_ORIGIN_DNS_DIALUP;
	memcpy(out, body.data, BODY1);
	out[BODY1] = rests;
	memcpy(out + BODY1 + 1, body.data + BODY1, body.n - BODY1);
	if (rests)
		memcpy(out + body.n + 1, any, sizeof(any));
	*ret = sw_view(out, body.n + 1 + (rests ? sizeof(any) : 0));
	return 0;
}

static int source_of_2(struct sw_view key, struct sw_view value, uint8_t out[SW_UPGRADE_RECORD],
		       size_t *n)
{
	uint8_t bytes[SW_RECORD_BODY];
	struct sw_view body;
	uint64_t number;

	if (sw_record_source_read(key, value, &number, &body) ||
	    (body.n && body_of_2(key, body, bytes, &body)))
		return -EBADMSG;
	*n = sw_record_source(key, number, body, out);
	return 0;
}

static int change_of_2(struct sw_view key, struct sw_view value, uint8_t out[SW_UPGRADE_RECORD],
		       size_t *n)
{
	uint8_t bytes[SW_RECORD_BODY];
	struct sw_record_change c;
	uint64_t number;

	if (sw_record_number_read(key, &number) || sw_record_change_read(number, value, &c) ||
	    body_of_2(c.key, c.body, bytes, &c.body))
		return -EBADMSG;
	*n = sw_record_change(&c, out);
	return 0;
}

/* ---- layouts ---- */

/* One row for each layout that can be brought up to the next. */
const struct sw_upgrade sw_upgrades[] = {
	{ 1, source_of_2, change_of_2 },
	{ .from = SW_UPGRADE_END },
};

static struct sw_view version_key(void)
{
	return sw_view(SW_META_VERSION, strlen(SW_META_VERSION));
}

int sw_ledger_put_version(struct sw_ledger *l, struct MDB_txn *txn, struct sw_err *err)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", SW_LEDGER_VERSION);

	return sw_store_put(l, txn, SW_TREE_META, version_key(), sw_view(text, (size_t)n), false,
			    err);
}

/* A decimal number. */
static int read_version(struct sw_ledger *l, struct MDB_txn *txn, unsigned *ret, struct sw_err *err)
{
	struct sw_view value;
	unsigned version = 0;
	int code = sw_store_get(l, txn, SW_TREE_META, version_key(), &value, err);

	for (size_t i = 0; i < value.n && !code; i++) {
		if (value.data[i] < '0' || value.data[i] > '9' || i > 6)
			code = -ENOENT;
		version = version * 10 + (unsigned)(value.data[i] - '0');
	}
	if (code == -ENOENT || (!code && value.n == 0))
		return sw_err_set(err, -EBADMSG,
				  "%s: no version of the layout is in it; " SW_LEDGER_DAMAGED,
				  l->file);
	*ret = version;
	return code;
}

static const struct sw_upgrade *find_step(const struct sw_upgrade *upgrades, unsigned from)
{
	while (upgrades->from != from && upgrades->from != SW_UPGRADE_END)
		upgrades++;
	return upgrades->from == from ? upgrades : NULL;
}

static int rewrite(struct sw_ledger *l, struct MDB_txn *txn, enum sw_tree tree, sw_upgrade_fn *fn,
		   struct sw_err *err)
{
	uint8_t out[SW_UPGRADE_RECORD];
	struct sw_walk walk;
	size_t n;
	int code = fn ? sw_walk_begin(&walk, l, txn, tree, err) : 0;

	if (code || !fn)
		return code;
	for (code = sw_walk_first(&walk, err); !code; code = sw_walk_next(&walk, err)) {
		code = fn(walk.key, walk.value, out, &n);
		if (code) {
			code = sw_err_set(
				err, code,
				"%s: a record of an older layout is damaged; " SW_LEDGER_DAMAGED,
				l->file);
			break;
		}
		code = sw_walk_replace(&walk, sw_view(out, n), err);
		if (code)
			break;
	}
	sw_walk_end(&walk);
	return code == -ENOENT ? 0 : code;
}

struct upgrade {
	const struct sw_upgrade *steps;
	unsigned from;
};

static int write_upgraded(struct sw_ledger *l, struct MDB_txn *txn, void *ctx, struct sw_err *err)
{
	const struct upgrade *upgrade = ctx;
	int code = 0;

	for (unsigned v = upgrade->from; v < SW_LEDGER_VERSION && !code; v++) {
		const struct sw_upgrade *step = find_step(upgrade->steps, v);

		code = rewrite(l, txn, SW_TREE_SOURCES, step->source, err);
		if (!code)
			code = rewrite(l, txn, SW_TREE_HISTORY, step->change, err);
	}
	return code ? code : sw_ledger_put_version(l, txn, err);
}

/* Inside of it nothing may be loaded: the records are not yet what they will be. */
static int version_of(struct sw_ledger *l, unsigned *ret, struct sw_err *err)
{
	struct MDB_txn *txn;
	int code = sw_store_peek(l, &txn, err);

	if (code)
		return code;
	code = read_version(l, txn, ret, err);
	sw_store_peek_end(txn);
	return code;
}

int sw_ledger_upgrade(struct sw_ledger *l, const struct sw_upgrade *upgrades, struct sw_err *err)
{
	struct upgrade upgrade = { .steps = upgrades };
	int code = version_of(l, &upgrade.from, err);

	if (code || upgrade.from == SW_LEDGER_VERSION)
		return code;
	if (upgrade.from > SW_LEDGER_VERSION)
		return sw_err_set(
			err, -ENOTSUP,
			"%s: layout %u, written by a later version of synward; this one knows "
			"%d: install the later one, or restore a backup from before it",
			l->file, upgrade.from, SW_LEDGER_VERSION);
	for (unsigned v = upgrade.from; v < SW_LEDGER_VERSION; v++)
		if (!find_step(upgrades, v))
			return sw_err_set(err, -ENOTSUP,
					  "%s: layout %u is too old for this version of synward",
					  l->file, upgrade.from);
	if (l->read_only)
		return sw_err_set(err, -EROFS,
				  "%s: layout %u is an older one; start synwardd once, "
				  "which brings it up to %d",
				  l->file, upgrade.from, SW_LEDGER_VERSION);
	return sw_store_write_blind(l, 0, write_upgraded, &upgrade, err);
}
