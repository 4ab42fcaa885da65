/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ledger_batch - put, remove, commit; see ledger_parts.h for what a commit writes.
 *
 * A batch is records of changes, ready but for their numbers, and the newest state of each
 * source that it changes. It is all in memory, so that it can be written as often as it
 * takes: the map may have to grow.
 */
#include "ledger_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CHANGE_BYTES 64 /* what a change takes in a page beside its record, and then some */
#define PAGE_BYTES 4096
#define KEEP_BYTES (1 << 20)

static void end_batch(struct sw_batch *batch)
{
	/* what is not too much is kept for the next one */
	if (batch->newest.count || batch->bytes_room > KEEP_BYTES) {
		free(batch->changes);
		free(batch->records);
		sw_pending_done(&batch->newest);
		batch->changes = NULL;
		batch->records = NULL;
		batch->room = batch->bytes_room = 0;
	}
	free(batch->words);
	batch->words = NULL;
	batch->n = batch->bytes = batch->words_n = batch->seen.key_n = 0;
	batch->verdicts = 0;
	batch->open = false;
}

/* One transaction for all that a batch looks up: there may be thousands. */
int sw_ledger_batch_read(struct sw_ledger *l, struct sw_err *err)
{
	int code = l->batch.reading ? 0 : sw_store_read(l, err);

	l->batch.reading = !code;
	return code;
}

void sw_ledger_batch_read_end(struct sw_ledger *l)
{
	if (l->batch.reading)
		sw_store_read_end(l);
	l->batch.reading = false;
}

int sw_ledger_may_write(const struct sw_ledger *l, struct sw_err *err)
{
	if (l->read_only)
		return sw_err_set(err, -EROFS, "%s: opened for reading only", l->file);
	if (l->batch.open || l->reading)
		return sw_err_set(err, -EBUSY, "%s: a batch is open, or a walk is under way",
				  l->file);
	return 0;
}

int sw_ledger_begin(struct sw_ledger *l, struct sw_err *err)
{
	int code = sw_ledger_may_write(l, err);

	l->batch.open |= !code;
	return code;
}

void sw_ledger_abort(struct sw_ledger *l)
{
	sw_ledger_batch_read_end(l);
	end_batch(&l->batch);
}

/* ---- changes ---- */

/* Where the history of a source goes on, and what it is now. */
struct before {
	bool inside; /* number counts the changes of the batch */
	uint64_t number; /* 0: there is no history */
	bool had; /* a verdict */
	struct sw_view body; /* its; until the next change. None when it was not asked for. */
};

void sw_ledger_batch_saw(struct sw_batch *batch, struct sw_view key, uint64_t number, bool had)
{
	memcpy(batch->seen.key, key.data, key.n);
	batch->seen.key_n = key.n;
	batch->seen.number = number;
	batch->seen.had = had;
}

static bool was_seen(const struct sw_batch *batch, struct sw_view key)
{
	return batch->seen.key_n == key.n && !memcmp(batch->seen.key, key.data, key.n);
}

/* Inside a read. */
static int find_before(struct sw_ledger *l, struct sw_view key, bool body, struct before *ret,
		       struct sw_err *err)
{
	struct sw_pending_node *node = sw_pending_find(&l->batch.newest, key);
	int code;

	*ret = (struct before){ .inside = node };
	if (node) {
		ret->number = node->number;
		ret->body = sw_pending_body(node);
		ret->had = node->body_n;
		return 0;
	}
	if (!body && was_seen(&l->batch, key)) {
		ret->number = l->batch.seen.number;
		ret->had = l->batch.seen.had;
		return 0;
	}
	code = sw_ledger_find(l, l->read, key, &ret->number, &ret->body, err);
	ret->had = ret->body.n;
	return code == -ENOENT ? 0 : code;
}

/* For one more change. */
static int have_room(struct sw_batch *batch)
{
	struct sw_batch_change *changes;
	uint8_t *records;

	if (batch->n == batch->room) {
		size_t room = batch->room ? batch->room * 2 : 16;

		changes = realloc(batch->changes, room * sizeof(*changes));
		if (!changes)
			return -ENOMEM;
		batch->changes = changes;
		batch->room = room;
	}
	if (batch->bytes_room - batch->bytes < SW_RECORD_CHANGE) {
		size_t room = batch->bytes_room * 2 + SW_RECORD_CHANGE * 2;

		records = realloc(batch->records, room);
		if (!records)
			return -ENOMEM;
		batch->records = records;
		batch->bytes_room = room;
	}
	return 0;
}

/* @body is that of the verdict after the change; @keeps says whether it is still there. */
static int add_change(struct sw_ledger *l, struct sw_view key, struct sw_view body, bool keeps,
		      const struct sw_change *change, const struct before *before)
{
	struct sw_record_change c = {
		.time_ms = change->time_ms, .kind = change->kind, .key = key, .body = body
	};
	struct sw_batch *batch = &l->batch;
	struct sw_pending_node *node;
	size_t n;

	if (change->who)
		c.who = sw_view(change->who, strlen(change->who));
	if (change->why)
		c.why = sw_view(change->why, strlen(change->why));
	if (have_room(batch))
		return -ENOMEM;
	n = sw_record_change(&c, batch->records + batch->bytes);
	node = sw_pending_new(key, keeps ? body : sw_view(NULL, 0), batch->n + 1);
	if (!node || sw_pending_add(&batch->newest, node)) {
		sw_pending_free(node);
		return -ENOMEM;
	}
	batch->changes[batch->n++] = (struct sw_batch_change){ batch->bytes, (uint32_t)n,
							       before->inside, before->number };
	batch->bytes += n;
	batch->verdicts += (keeps ? 1 : 0) - (before->had ? 1 : 0);
	return 0;
}

static int check_open(const struct sw_ledger *l, struct sw_err *err)
{
	return l->batch.open ? 0 : sw_err_set(err, -EINVAL, "%s: no batch is open", l->file);
}

int sw_ledger_put(struct sw_ledger *l, const struct sw_verdict *verdict,
		  const struct sw_change *change, struct sw_err *err)
{
	uint8_t key[SW_RECORD_KEY], body[SW_RECORD_BODY];
	struct sw_change c = *change;
	struct before before;
	struct sw_view k;
	int code = check_open(l, err);

	if (!code)
		code = sw_verdict_check(verdict, err);
	if (!code)
		code = sw_change_check(change, err);
	if (!code && !sw_change_keeps(change->kind))
		code = sw_err_set(err, -EINVAL, "a verdict is not put by ending it");
	if (!code)
		code = sw_ledger_batch_read(l, err);
	if (code)
		return code;
	/* what the verdict says anyway is not said twice */
	if (c.who && !strcmp(c.who, verdict->who))
		c.who = NULL;
	if (c.why && !strcmp(c.why, verdict->reason))
		c.why = NULL;
	k = sw_view(key, sw_record_key(&verdict->source, verdict->origin, key));
	code = find_before(l, k, false, &before, err);
	if (!code &&
	    add_change(l, k, sw_view(body, sw_record_body(verdict, body)), true, &c, &before))
		code = sw_err_set(err, -ENOMEM, "no memory for the batch");
	return code;
}

static int remove_one(struct sw_ledger *l, const struct sw_prefix *source, uint8_t origin,
		      const struct sw_change *change, struct sw_err *err)
{
	uint8_t key[SW_RECORD_KEY], body[SW_RECORD_BODY];
	struct sw_view k = sw_view(key, sw_record_key(source, origin, key));
	char text[SW_PREFIX_TEXT];
	struct before before;
	int code = find_before(l, k, true, &before, err);

	if (code)
		return code;
	if (!before.had)
		return sw_err_set(err, -ENOENT, "%s: there is no such verdict",
				  sw_prefix_format(source, text));
	if (before.body.n > sizeof(body))
		return sw_ledger_bad_source(l, k, err);
	memcpy(body, before.body.data, before.body.n); /* its node goes */
	if (add_change(l, k, sw_view(body, before.body.n), false, change, &before))
		return sw_err_set(err, -ENOMEM, "no memory for the batch");
	return 0;
}

int sw_ledger_remove(struct sw_ledger *l, const struct sw_prefix *source, uint8_t origin,
		     const struct sw_change *change, struct sw_err *err)
{
	int code = check_open(l, err);

	if (!code)
		code = sw_change_check(change, err);
	if (!code && sw_change_keeps(change->kind))
		code = sw_err_set(err, -EINVAL, "a verdict is not removed by setting it");
	if (!code)
		code = sw_ledger_batch_read(l, err);
	if (code)
		return code;
	return remove_one(l, source, origin, change, err);
}

static int add_word(struct sw_ledger *l, const char *name, const char *value, struct sw_err *err)
{
	struct sw_batch *batch = &l->batch;
	struct sw_batch_word *words;

	words = realloc(batch->words, (batch->words_n + 1) * sizeof(*words));
	if (!words)
		return sw_err_set(err, -ENOMEM, "no memory for the batch");
	batch->words = words;
	strcpy(words[batch->words_n].name, name);
	strcpy(words[batch->words_n].value, value);
	batch->words_n++;
	return 0;
}

int sw_ledger_meta_put(struct sw_ledger *l, const char *name, const char *value, struct sw_err *err)
{
	bool alone = !l->batch.open;
	int code = 0;

	if (!*name || *name == '=' || strlen(name) > SW_LEDGER_META_NAME)
		return sw_err_set(err, -EINVAL, "not a name: \"%.40s\"", name);
	if (strlen(value) > SW_LEDGER_META_VALUE)
		return sw_err_set(err, -EINVAL, "\"%s\": more than %d bytes", name,
				  SW_LEDGER_META_VALUE);
	if (alone)
		code = sw_ledger_begin(l, err);
	if (!code)
		code = add_word(l, name, value, err);
	if (!code && alone)
		return sw_ledger_commit(l, err);
	if (code && alone)
		sw_ledger_abort(l);
	return code;
}

/* ---- commit ---- */

static int write_changes(struct sw_ledger *l, struct MDB_txn *txn, struct sw_err *err)
{
	const struct sw_batch *batch = &l->batch;
	uint8_t key[8];
	int code = 0;

	for (size_t i = 0; i < batch->n && !code; i++) {
		const struct sw_batch_change *c = &batch->changes[i];
		uint8_t *record = batch->records + c->at;
		uint64_t number = l->state.next + i;

		sw_record_change_number(record, c->n, number,
					c->inside ? l->state.next + c->previous - 1 : c->previous);
		sw_record_number(number, key);
		code = sw_store_put(l, txn, SW_TREE_HISTORY, sw_view(key, sizeof(key)),
				    sw_view(record, c->n), true, err);
	}
	for (size_t i = 0; i < batch->words_n && !code; i++) {
		const struct sw_batch_word *word = &batch->words[i];

		code = sw_store_put(l, txn, SW_TREE_META, sw_view(word->name, strlen(word->name)),
				    sw_view(word->value, strlen(word->value)), false, err);
	}
	return code;
}

static int write_batch(struct sw_ledger *l, struct MDB_txn *txn, void *ctx, struct sw_err *err)
{
	const struct sw_batch *batch = &l->batch;
	struct sw_record_state *state = ctx; /* after it */
	int code = write_changes(l, txn, err);

	if (!code)
		code = sw_ledger_fold_due(l, txn, batch->n, err);
	if (code)
		return code;
	*state = l->state;
	state->folded = sw_pending_oldest(&l->pending, l->state.next);
	state->next += batch->n;
	state->verdicts += (uint64_t)batch->verdicts;
	return sw_ledger_put_state(l, txn, state, err);
}

/* What is durable now is what counts. */
static void take_over(struct sw_ledger *l, const struct sw_record_state *state)
{
	sw_ledger_fold_end(l, true);
	sw_pending_move(&l->pending, &l->batch.newest, l->state.next - 1);
	l->state = *state;
}

int sw_ledger_commit(struct sw_ledger *l, struct sw_err *err)
{
	struct sw_batch *batch = &l->batch;
	struct sw_record_state state;
	uint64_t bytes = (64 + (batch->n < 4096 ? batch->n : 4096) + batch->words_n) * PAGE_BYTES;
	int code = check_open(l, err);

	if (code)
		return code;
	if (l->reading > batch->reading)
		return sw_err_set(err, -EBUSY, "%s: a walk is under way", l->file);
	sw_ledger_batch_read_end(l);
	if (batch->n || batch->words_n) {
		bytes += batch->bytes + batch->n * CHANGE_BYTES;
		if (sw_pending_reserve(&l->pending, batch->newest.count, l->state.next,
				       l->state.next + batch->n))
			code = sw_err_set(err, -ENOMEM, "no memory for the batch");
		if (!code)
			code = sw_store_write(l, bytes, write_batch, &state, err);
		if (code)
			sw_ledger_fold_end(l, false);
		else
			take_over(l, &state);
	}
	end_batch(batch);
	if (!code)
		sw_ledger_fold_excess(l);
	return code;
}
