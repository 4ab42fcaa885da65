/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ledger_fold - bring what is pending into the tree of sources; see ledger_parts.h.
 *
 * By ranges of keys, from where it ended the last time: what is folded together then
 * shares pages. How much may be pending is a share of the tree, so that a page gets some
 * changes at once; and how far back the oldest may be is limited, for at a start all since
 * then is read again.
 */
#include "ledger_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PENDING_MIN 65536
#define PENDING_MAX 524288
#define PENDING_SHARE 4 /* of the tree: a quarter */
#define STEP 16384 /* sources in a transaction of its own */
#define STEP_BYTES (STEP * UINT64_C(4096) / 4)

int sw_ledger_fold_one(struct sw_ledger *l, struct MDB_txn *txn, const struct sw_pending_node *node,
		       struct sw_err *err)
{
	uint8_t record[SW_RECORD_SOURCE];
	struct sw_view key = sw_pending_key(node);
	size_t n = sw_record_source(key, node->number, sw_pending_body(node), record);

	return sw_store_put(l, txn, SW_TREE_SOURCES, key, sw_view(record, n), false, err);
}

int sw_ledger_fold_mark(struct sw_ledger *l, struct sw_pending_node *node, struct sw_err *err)
{
	struct sw_fold *fold = &l->fold;
	size_t more = fold->room ? fold->room * 2 : 256;
	struct sw_pending_node **larger;

	if (fold->n == fold->room) {
		larger = realloc(fold->nodes, more * sizeof(struct sw_pending_node *));
		if (!larger)
			return sw_err_set(err, -ENOMEM, "no memory for the batch");
		fold->nodes = larger;
		fold->room = more;
	}
	sw_pending_mark(&l->pending, node, true);
	fold->nodes[fold->n++] = node;
	return 0;
}

void sw_ledger_fold_end(struct sw_ledger *l, bool done)
{
	struct sw_fold *fold = &l->fold;

	for (size_t i = 0; i < fold->n; i++) {
		if (done)
			sw_pending_remove(&l->pending, fold->nodes[i]);
		else
			sw_pending_mark(&l->pending, fold->nodes[i], false);
	}
	if (done && fold->reached_n) {
		memcpy(fold->hand, fold->reached, fold->reached_n);
		fold->hand_n = fold->reached_n;
	}
	fold->n = fold->reached_n = 0;
}

/* Fold the next @n sources by their keys. */
static int fold_some(struct sw_ledger *l, struct MDB_txn *txn, size_t n, struct sw_err *err)
{
	struct sw_fold *fold = &l->fold;
	struct sw_pending_place place =
		sw_pending_from(&l->pending, sw_view(fold->hand, fold->hand_n));
	int code = 0;

	sw_ledger_fold_end(l, false); /* of an attempt before */
	for (; n > 0 && !code; n--) {
		struct sw_pending_node *node = sw_pending_at(&l->pending, place);

		if (!node) {
			place = (struct sw_pending_place){ 0, 0 };
			node = sw_pending_at(&l->pending, place);
		}
		if (!node || node->marked)
			break;
		code = sw_ledger_fold_one(l, txn, node, err);
		if (!code)
			code = sw_ledger_fold_mark(l, node, err);
		memcpy(fold->reached, node->key, node->key_n);
		fold->reached_n = node->key_n;
		place = sw_pending_next(&l->pending, place);
	}
	return code;
}

static int find_limit(struct sw_ledger *l, struct MDB_txn *txn, struct sw_err *err)
{
	uint64_t entries, bytes, limit;
	int code = sw_store_entries(l, txn, SW_TREE_SOURCES, &entries, &bytes, err);

	if (code)
		return code;
	limit = entries / PENDING_SHARE;
	if (limit < PENDING_MIN)
		limit = PENDING_MIN;
	if (limit > PENDING_MAX)
		limit = PENDING_MAX;
	l->fold.limit = l->pending_max ? l->pending_max : limit;
	return 0;
}

/* How many changes a start would have to read. */
static uint64_t tail(const struct sw_ledger *l)
{
	return l->state.next - l->state.folded;
}

int sw_ledger_fold_due(struct sw_ledger *l, struct MDB_txn *txn, size_t changes, struct sw_err *err)
{
	size_t all = l->pending.count + l->batch.newest.count, most = changes * 2 + 64, n;
	int code = find_limit(l, txn, err);

	if (code)
		return code;
	/* never much more than what comes, lest a small batch waits for the work of others */
	n = all > l->fold.limit ? all - l->fold.limit : 0;
	if (n > most || tail(l) > 2 * l->fold.limit)
		n = most;
	return fold_some(l, txn, n, err);
}

struct step {
	size_t n;
	struct sw_record_state state; /* after it */
};

static int write_step(struct sw_ledger *l, struct MDB_txn *txn, void *ctx, struct sw_err *err)
{
	struct step *step = ctx;
	int code = find_limit(l, txn, err);

	if (!code)
		code = fold_some(l, txn, step->n, err);
	if (code)
		return code;
	step->state = l->state;
	step->state.folded = sw_pending_oldest(&l->pending, l->state.next);
	return sw_ledger_put_state(l, txn, &step->state, err);
}

static int fold_step(struct sw_ledger *l, size_t n, struct sw_err *err)
{
	struct step step = { .n = n < STEP ? n : STEP };
	int code = sw_store_write(l, STEP_BYTES, write_step, &step, err);

	sw_ledger_fold_end(l, !code);
	if (!code)
		l->state = step.state;
	return code;
}

void sw_ledger_fold_excess(struct sw_ledger *l)
{
	while (l->pending.count > 2 * l->fold.limit ||
	       (tail(l) > 4 * l->fold.limit && l->pending.count))
		if (fold_step(l, STEP, NULL))
			return;
}

int sw_ledger_settle(struct sw_ledger *l, size_t max, size_t *left, struct sw_err *err)
{
	int code = sw_ledger_begin(l, err); /* nobody else's */

	if (code)
		return code;
	while (!code && max > 0 && l->pending.count) {
		code = fold_step(l, max, err);
		max -= max < STEP ? max : STEP;
	}
	sw_ledger_abort(l);
	if (!code && left)
		*left = l->pending.count;
	return code;
}
