/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ledger_history - the changes of a source. Each change knows the number of the one before
 * it, of the same source and origin, and the state of a source that of its last: so a
 * history is as many chains as there are origins and prefixes, merged by number. What is
 * forgotten goes from the front of the history, where chains then end.
 */
#include "ledger_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct chains {
	struct sw_ledger *l;
	struct sw_prefix source; /* whose are looked for */
	uint64_t *next; /* of each chain the number of the next change, 0: at its end */
	size_t n, room;
};

/* Have room for one more of @n numbers. */
static int have_room(uint64_t **numbers, size_t n, size_t *room, struct sw_err *err)
{
	size_t more = *room ? *room * 2 : 64;
	uint64_t *larger;

	if (n < *room)
		return 0;
	larger = realloc(*numbers, more * sizeof(*larger));
	if (!larger)
		return sw_err_set(err, -ENOMEM, "no memory for a history");
	*numbers = larger;
	*room = more;
	return 0;
}

static int add_chain(void *ctx, struct sw_view key, uint64_t number, struct sw_view body,
		     struct sw_err *err)
{
	struct chains *c = ctx;
	struct sw_prefix source;
	uint8_t origin;
	int code;

	if (sw_record_key_read(key, &source, &origin))
		return sw_ledger_bad_source(c->l, key, err);
	if (sw_prefix_cmp(&source, &c->source) != 0)
		return 1;
	code = have_room(&c->next, c->n, &c->room, err);
	if (!code)
		c->next[c->n++] = number;
	return code;
}

static int find_chains(struct chains *c, const struct sw_prefix *source, bool containing,
		       struct sw_err *err)
{
	uint8_t key[SW_RECORD_KEY];
	int code = 0;

	for (unsigned len = containing ? 0 : source->len; len <= source->len && !code; len++) {
		c->source = sw_prefix_truncate(source, len);
		code = sw_ledger_walk(c->l, sw_view(key, sw_record_key(&c->source, 0, key)),
				      add_chain, c, err);
	}
	return code;
}

/* The record of change @number. -ENOENT: it was forgotten, with all before it. */
static int read_change(struct sw_ledger *l, uint64_t number, struct sw_record_change *ret,
		       struct sw_err *err)
{
	struct sw_view record;
	uint8_t key[8];
	int code;

	sw_record_number(number, key);
	code = sw_store_get(l, l->read, SW_TREE_HISTORY, sw_view(key, sizeof(key)), &record, err);
	if (code)
		return code;
	return sw_record_change_read(number, record, ret) ? sw_ledger_bad_change(l, number, err)
							  : 0;
}

/* The newest change that no chain has gone past, and go past it. -ENOENT: there is none. */
static int newest(struct chains *c, struct sw_record_change *ret, struct sw_err *err)
{
	for (;;) {
		size_t best = 0;
		int code;

		for (size_t i = 1; i < c->n; i++)
			if (c->next[i] > c->next[best])
				best = i;
		if (c->n == 0 || c->next[best] == 0)
			return -ENOENT;
		code = read_change(c->l, c->next[best], ret, err);
		c->next[best] = code ? 0 : ret->previous;
		if (code != -ENOENT)
			return code;
	}
}

static int call(struct sw_ledger *l, const struct sw_record_change *change, sw_history_fn *fn,
		void *ctx, struct sw_err *err)
{
	struct sw_history history;

	if (sw_record_history(change, &history))
		return sw_ledger_bad_change(l, change->number, err);
	return fn(ctx, &history);
}

static int newest_first(struct chains *c, sw_history_fn *fn, void *ctx, struct sw_err *err)
{
	struct sw_record_change change;
	int code;

	while ((code = newest(c, &change, err)) == 0) {
		code = call(c->l, &change, fn, ctx, err);
		if (code)
			return code;
	}
	return code == -ENOENT ? 0 : code;
}

/* Chains lead back only: follow them to the start, then come back. */
static int oldest_first(struct chains *c, sw_history_fn *fn, void *ctx, struct sw_err *err)
{
	struct sw_record_change change;
	uint64_t *numbers = NULL;
	size_t n = 0, room = 0;
	int code;

	while ((code = newest(c, &change, err)) == 0) {
		code = have_room(&numbers, n, &room, err);
		if (code || !numbers) /* for the analyser: one implies the other */
			break;
		numbers[n++] = change.number;
	}
	if (code == -ENOENT)
		code = 0;
	for (; n > 0 && !code; n--) {
		code = read_change(c->l, numbers[n - 1], &change, err);
		if (!code)
			code = call(c->l, &change, fn, ctx, err);
	}
	free(numbers);
	return code;
}

int sw_ledger_history(struct sw_ledger *l, const struct sw_prefix *source, unsigned flags,
		      sw_history_fn *fn, void *ctx, struct sw_err *err)
{
	struct chains chains = { .l = l };
	int code = sw_store_read(l, err);

	if (code)
		return code;
	code = find_chains(&chains, source, flags & SW_HISTORY_CONTAINING, err);
	if (!code)
		code = flags & SW_HISTORY_NEWEST_FIRST ? newest_first(&chains, fn, ctx, err)
						       : oldest_first(&chains, fn, ctx, err);
	sw_store_read_end(l);
	free(chains.next);
	return code;
}

/* ---- forgetting ---- */

struct prune {
	int64_t before_ms;
	size_t max, n;
	struct sw_record_state state; /* after it */
};

/*
 * Change @c goes. If the source is still as it made it, that must be in the record of the
 * source now; and a source without a verdict has nothing left to be remembered for.
 */
static int forget_change(struct sw_ledger *l, struct MDB_txn *txn, const struct sw_record_change *c,
			 struct sw_err *err)
{
	struct sw_pending_node *node = sw_pending_find(&l->pending, c->key);
	struct sw_view record, body;
	uint64_t number;
	int code;

	if (node && node->number == c->number) {
		code = node->body_n ? sw_ledger_fold_one(l, txn, node, err)
				    : sw_store_del(l, txn, SW_TREE_SOURCES, c->key, err);
		return code ? code : sw_ledger_fold_mark(l, node, err);
	}
	if (node || sw_change_keeps(c->kind))
		return 0;
	code = sw_store_get(l, txn, SW_TREE_SOURCES, c->key, &record, err);
	if (code)
		return code == -ENOENT ? 0 : code;
	if (sw_record_source_read(c->key, record, &number, &body))
		return sw_ledger_bad_source(l, c->key, err);
	return number == c->number ? sw_store_del(l, txn, SW_TREE_SOURCES, c->key, err) : 0;
}

/* From the oldest on. The record is copied: it is on a page that may be written to. */
static int forget_changes(struct sw_ledger *l, struct MDB_txn *txn, struct prune *prune,
			  struct sw_walk *walk, struct sw_err *err)
{
	uint8_t bytes[SW_RECORD_CHANGE];
	struct sw_record_change c;
	uint64_t number = 0;
	int code = sw_walk_first(walk, err);

	for (; !code && prune->n < prune->max; prune->n++) {
		if (sw_record_number_read(walk->key, &number) || walk->value.n > sizeof(bytes))
			return sw_ledger_bad_change(l, number, err);
		memcpy(bytes, walk->value.data, walk->value.n);
		if (sw_record_change_read(number, sw_view(bytes, walk->value.n), &c))
			return sw_ledger_bad_change(l, number, err);
		if (c.time_ms >= prune->before_ms)
			break;
		code = forget_change(l, txn, &c, err);
		if (!code)
			code = sw_walk_del(walk, err);
		if (!code)
			code = sw_walk_first(walk, err);
	}
	return code == -ENOENT ? 0 : code;
}

static int write_pruned(struct sw_ledger *l, struct MDB_txn *txn, void *ctx, struct sw_err *err)
{
	struct prune *prune = ctx;
	struct sw_walk walk;
	int code;

	sw_ledger_fold_end(l, false); /* of an attempt before */
	prune->n = 0;
	code = sw_walk_begin(&walk, l, txn, SW_TREE_HISTORY, err);
	if (code)
		return code;
	code = forget_changes(l, txn, prune, &walk, err);
	sw_walk_end(&walk);
	if (code)
		return code;
	prune->state = l->state;
	prune->state.folded = sw_pending_oldest(&l->pending, l->state.next);
	return sw_ledger_put_state(l, txn, &prune->state, err);
}

/* 1: the oldest change is due, or cannot be read, which the transaction then says; 0: it is
 * not. So that nothing is written, and no disk waited for, when nothing is to be done. */
static int any_due(struct sw_ledger *l, int64_t before_ms, struct sw_err *err)
{
	struct sw_record_change c;
	struct sw_walk walk;
	uint64_t number;
	int code = sw_store_read(l, err);

	if (code)
		return code;
	code = sw_walk_begin(&walk, l, l->read, SW_TREE_HISTORY, err);
	if (!code) {
		code = sw_walk_first(&walk, err);
		if (!code)
			code = sw_record_number_read(walk.key, &number) ||
			       sw_record_change_read(number, walk.value, &c) ||
			       c.time_ms < before_ms;
		sw_walk_end(&walk);
	}
	sw_store_read_end(l);
	return code == -ENOENT ? 0 : code;
}

static int prune_due(struct sw_ledger *l, struct prune *prune, struct sw_err *err)
{
	uint64_t pages = prune->max < 65536 ? prune->max : 65536;
	int code = sw_ledger_begin(l, err);

	if (code)
		return code;
	code = sw_store_write(l, pages * 4096, write_pruned, prune, err);
	sw_ledger_fold_end(l, !code);
	sw_ledger_abort(l);
	if (!code)
		l->state = prune->state;
	return code;
}

int sw_ledger_prune_history(struct sw_ledger *l, int64_t before_ms, size_t max, size_t *pruned,
			    struct sw_err *err)
{
	struct prune prune = { .before_ms = before_ms, .max = max };
	int code = sw_ledger_may_write(l, err);

	if (!code)
		code = any_due(l, before_ms, err);
	if (code == 1)
		code = prune_due(l, &prune, err);
	if (!code && pruned)
		*pruned = prune.n;
	return code;
}
