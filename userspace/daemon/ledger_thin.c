/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ledger_thin - forget single changes from the midst of the history; see ledger_parts.h.
 *
 * A change is a link of its source's chain, which leads from the newest one back. So whoever
 * names it, the change after it or the record of the source, is made to name the one before it.
 * Mostly there is none any more: then nothing has to be mended, and a chain that leads to what
 * is not there ends there. Only what is folded is taken out; what is not is read again at a
 * start.
 */
#include "ledger_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct thinning {
	uint64_t *number; /* of those to be forgotten, ascending */
	size_t n;
};

/* What is read is copied: it is on a page that may be written to. */
struct copy {
	uint8_t bytes[SW_RECORD_CHANGE];
	size_t n;
	struct sw_record_change c;
};

static int read_copy(struct sw_ledger *l, struct MDB_txn *txn, uint64_t number, struct copy *ret,
		     struct sw_err *err)
{
	struct sw_view record = { NULL, 0 };
	uint8_t key[8];
	int code;

	ret->n = 0;
	ret->c = (struct sw_record_change){ .number = number };
	sw_record_number(number, key);
	code = sw_store_get(l, txn, SW_TREE_HISTORY, sw_view(key, sizeof(key)), &record, err);
	if (code)
		return code;
	if (!record.data || record.n > sizeof(ret->bytes))
		return sw_ledger_bad_change(l, number, err);
	memcpy(ret->bytes, record.data, record.n);
	ret->n = record.n;
	return sw_record_change_read(number, sw_view(ret->bytes, ret->n), &ret->c)
		       ? sw_ledger_bad_change(l, number, err)
		       : 0;
}

/* ---- taking one out ---- */

/* Of the changes from @newest back, the one after @number shall name @previous. */
static int mend_chain(struct sw_ledger *l, struct MDB_txn *txn, uint64_t newest, uint64_t number,
		      uint64_t previous, struct sw_err *err)
{
	struct copy after;
	uint8_t key[8];
	int code;

	for (uint64_t at = newest; at > number; at = after.c.previous) {
		code = read_copy(l, txn, at, &after, err);
		if (code)
			return code == -ENOENT ? 0 : code;
		if (after.c.previous != number)
			continue;
		sw_record_change_number(after.bytes, after.n, at, previous);
		sw_record_number(at, key);
		return sw_store_put(l, txn, SW_TREE_HISTORY, sw_view(key, sizeof(key)),
				    sw_view(after.bytes, after.n), false, err);
	}
	return 0;
}

/* The record of the source is as @x, which ended it, has made it. */
static int mend_source(struct sw_ledger *l, struct MDB_txn *txn, const struct sw_record_change *x,
		       uint64_t previous, struct sw_err *err)
{
	uint8_t record[SW_RECORD_SOURCE];
	size_t n;

	if (!previous)
		return sw_store_del(l, txn, SW_TREE_SOURCES, x->key, err);
	n = sw_record_source(x->key, previous, sw_view(NULL, 0), record);
	return sw_store_put(l, txn, SW_TREE_SOURCES, x->key, sw_view(record, n), false, err);
}

static int mend(struct sw_ledger *l, struct MDB_txn *txn, const struct sw_record_change *x,
		uint64_t previous, struct sw_err *err)
{
	struct sw_view body;
	uint64_t newest = 0;
	int code = sw_ledger_find(l, txn, x->key, &newest, &body, err);

	if (code)
		return code == -ENOENT ? 0 : code;
	if (newest == x->number)
		return mend_source(l, txn, x, previous, err);
	return previous ? mend_chain(l, txn, newest, x->number, previous, err) : 0;
}

static int take_out(struct sw_ledger *l, struct MDB_txn *txn, uint64_t number, struct sw_err *err)
{
	struct copy x, before;
	uint64_t previous = 0;
	uint8_t key[8];
	int code = read_copy(l, txn, number, &x, err);

	if (code)
		return code == -ENOENT ? 0 : code;
	if (x.c.previous) {
		code = read_copy(l, txn, x.c.previous, &before, err);
		if (code && code != -ENOENT)
			return code;
		previous = code ? 0 : x.c.previous;
	}
	code = mend(l, txn, &x.c, previous, err);
	if (code)
		return code;
	sw_record_number(number, key);
	return sw_store_del(l, txn, SW_TREE_HISTORY, sw_view(key, sizeof(key)), err);
}

static int write_thinned(struct sw_ledger *l, struct MDB_txn *txn, void *ctx, struct sw_err *err)
{
	struct thinning *t = ctx;
	int code = 0;

	for (size_t i = 0; i < t->n && !code; i++)
		code = take_out(l, txn, t->number[i], err);
	return code;
}

/* ---- finding them ---- */

/* Its verdict is still there, and as this change has made it. */
static int is_in_force(struct sw_ledger *l, const struct sw_record_change *c, bool *ret,
		       struct sw_err *err)
{
	struct sw_view body = { NULL, 0 };
	uint64_t newest = 0;
	int code = sw_ledger_find(l, l->read, c->key, &newest, &body, err);

	*ret = !code && newest == c->number && body.n;
	return code == -ENOENT ? 0 : code;
}

static int look_at(struct sw_ledger *l, const struct sw_walk *walk, int64_t before_ms,
		   sw_forget_fn *forget, struct thinning *t, uint64_t *number, struct sw_err *err)
{
	struct sw_record_change c;
	struct sw_history history;
	bool in_force = false;
	int code;

	if (sw_record_number_read(walk->key, number) ||
	    sw_record_change_read(*number, walk->value, &c) || sw_record_history(&c, &history))
		return sw_ledger_bad_change(l, *number, err);
	if (c.time_ms >= before_ms || *number >= l->state.folded)
		return 1;
	if (!forget(&history))
		return 0;
	code = is_in_force(l, &c, &in_force, err);
	if (!code && !in_force)
		t->number[t->n++] = *number;
	return code;
}

/* Up to @max changes behind *@hand, which goes on. */
static int find(struct sw_ledger *l, int64_t before_ms, sw_forget_fn *forget, size_t max,
		struct thinning *t, uint64_t *hand, struct sw_err *err)
{
	struct sw_walk walk;
	uint8_t key[8];
	uint64_t number = 0;
	int code = sw_walk_begin(&walk, l, l->read, SW_TREE_HISTORY, err);

	if (code)
		return code;
	sw_record_number(*hand + 1, key);
	code = sw_walk_from(&walk, sw_view(key, sizeof(key)), err);
	for (; !code && max > 0; max--) {
		code = look_at(l, &walk, before_ms, forget, t, &number, err);
		if (code)
			break;
		*hand = number;
		code = sw_walk_next(&walk, err);
	}
	sw_walk_end(&walk);
	return code == 1 || code == -ENOENT ? 0 : code;
}

static int write(struct sw_ledger *l, struct thinning *t, struct sw_err *err)
{
	int code = sw_ledger_begin(l, err); /* nobody else's */

	if (code)
		return code;
	code = sw_store_write(l, (t->n + 64) * 3 * 4096, write_thinned, t, err);
	sw_ledger_abort(l);
	return code;
}

int sw_ledger_thin_history(struct sw_ledger *l, int64_t before_ms, sw_forget_fn *forget, size_t max,
			   uint64_t *hand, size_t *thinned, struct sw_err *err)
{
	struct thinning t = { .number = calloc(max + 1, sizeof(*t.number)) };
	uint64_t to = *hand;
	int code;

	if (!t.number)
		return sw_err_set(err, -ENOMEM, "no memory to thin the history");
	code = sw_ledger_may_write(l, err);
	if (!code)
		code = sw_store_read(l, err);
	if (!code) {
		code = find(l, before_ms, forget, max, &t, &to, err);
		sw_store_read_end(l);
	}
	if (!code && t.n)
		code = write(l, &t, err);
	if (!code) {
		*hand = to;
		if (thinned)
			*thinned = t.n;
	}
	free(t.number);
	return code;
}
