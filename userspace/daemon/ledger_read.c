/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ledger_read - get, each, history, count; see ledger_parts.h for where the truth is.
 */
#include "ledger_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is damaged ---- */

int sw_ledger_bad_source(const struct sw_ledger *l, struct sw_view key, struct sw_err *err)
{
	char text[SW_PREFIX_TEXT];
	struct sw_prefix source;
	uint8_t origin;

	if (sw_record_key_read(key, &source, &origin))
		return sw_err_set(err, -EBADMSG,
				  "%s: a key of %zu bytes is damaged; " SW_LEDGER_DAMAGED, l->file,
				  key.n);
	return sw_err_set(err, -EBADMSG,
			  "%s: the record of %s (origin %u) is damaged; " SW_LEDGER_DAMAGED,
			  l->file, sw_prefix_format(&source, text), origin);
}

int sw_ledger_bad_change(const struct sw_ledger *l, uint64_t number, struct sw_err *err)
{
	return sw_err_set(err, -EBADMSG,
			  "%s: record %" PRIu64 " of the history is damaged; " SW_LEDGER_DAMAGED,
			  l->file, number);
}

/* ---- one ---- */

int sw_ledger_find(struct sw_ledger *l, struct MDB_txn *txn, struct sw_view key, uint64_t *number,
		   struct sw_view *body, struct sw_err *err)
{
	struct sw_pending_node *node = sw_pending_find(&l->pending, key);
	struct sw_view record;
	int code;

	if (node) {
		*number = node->number;
		*body = sw_pending_body(node);
		return 0;
	}
	code = sw_store_get(l, txn, SW_TREE_SOURCES, key, &record, err);
	if (code)
		return code;
	return sw_record_source_read(key, record, number, body) ? sw_ledger_bad_source(l, key, err)
								: 0;
}

static int get(struct sw_ledger *l, struct sw_view key, struct sw_verdict *ret, struct sw_err *err)
{
	struct sw_pending_node *node = sw_pending_find(&l->batch.newest, key);
	struct sw_view body;
	uint64_t number = 0;
	int code = 0;

	if (node)
		body = sw_pending_body(node);
	else
		code = sw_ledger_find(l, l->read, key, &number, &body, err);
	if (!node && l->batch.open && (!code || code == -ENOENT))
		sw_ledger_batch_saw(&l->batch, key, number, !code && body.n);
	if (code)
		return code;
	if (body.n == 0)
		return -ENOENT;
	return sw_record_verdict(key, body, ret) ? sw_ledger_bad_source(l, key, err) : 0;
}

int sw_ledger_peek(struct sw_ledger *l, const struct sw_prefix *source, uint8_t origin,
		   struct sw_verdict *ret, struct sw_err *err)
{
	uint8_t key[SW_RECORD_KEY];
	size_t n = sw_record_key(source, origin, key);
	int code = l->batch.open ? sw_ledger_batch_read(l, err) : 0;

	if (!code)
		code = sw_store_read(l, err);
	if (code)
		return code;
	code = get(l, sw_view(key, n), ret, err);
	sw_store_read_end(l);
	return code;
}

int sw_ledger_get(struct sw_ledger *l, const struct sw_prefix *source, uint8_t origin,
		  struct sw_verdict *ret, struct sw_err *err)
{
	char text[SW_PREFIX_TEXT];
	int code = sw_ledger_peek(l, source, origin, ret, err);

	if (code == -ENOENT)
		sw_err_set(err, code, "%s: there is no such verdict",
			   sw_prefix_format(source, text));
	return code;
}

/* ---- many ---- */

int sw_ledger_walk(struct sw_ledger *l, struct sw_view from, sw_state_fn *fn, void *ctx,
		   struct sw_err *err)
{
	struct sw_pending_place place = sw_pending_from(&l->pending, from);
	struct sw_pending_node *node = sw_pending_at(&l->pending, place);
	struct sw_walk walk;
	struct sw_view body;
	uint64_t number;
	int code = sw_walk_begin(&walk, l, l->read, SW_TREE_SOURCES, err), order, ret = 0;

	if (code)
		return code;
	code = sw_walk_from(&walk, from, err);
	/* merge the two; of the same key pending knows the newer */
	while (!ret && (!code || (code == -ENOENT && node))) {
		order = code ? 1 : node ? sw_view_cmp(walk.key, sw_pending_key(node)) : -1;
		if (order >= 0)
			ret = fn(ctx, sw_pending_key(node), node->number, sw_pending_body(node),
				 err);
		else if (sw_record_source_read(walk.key, walk.value, &number, &body))
			ret = sw_ledger_bad_source(l, walk.key, err);
		else
			ret = fn(ctx, walk.key, number, body, err);
		if (order >= 0) {
			place = sw_pending_next(&l->pending, place);
			node = sw_pending_at(&l->pending, place);
		}
		if (order <= 0)
			code = sw_walk_next(&walk, err);
	}
	sw_walk_end(&walk);
	if (ret)
		return ret == 1 ? 0 : ret;
	return code == -ENOENT ? 0 : code;
}

struct each {
	struct sw_ledger *l;
	const struct sw_prefix *within, *exactly; /* NULL: any */
	sw_verdict_fn *fn;
	void *ctx;
	int stopped; /* what @fn returned */
	struct sw_verdict verdict;
};

static int each_one(void *ctx, struct sw_view key, uint64_t number, struct sw_view body,
		    struct sw_err *err)
{
	struct each *each = ctx;
	struct sw_prefix source;
	uint8_t origin;

	if (sw_record_key_read(key, &source, &origin))
		return sw_ledger_bad_source(each->l, key, err);
	if ((each->within && !sw_prefix_contains(each->within, &source)) ||
	    (each->exactly && sw_prefix_cmp(each->exactly, &source) != 0))
		return 1;
	if (body.n == 0)
		return 0;
	if (sw_record_verdict(key, body, &each->verdict))
		return sw_ledger_bad_source(each->l, key, err);
	each->stopped = each->fn(each->ctx, &each->verdict);
	return each->stopped ? 1 : 0;
}

/* From the origin after @origin of @first on. */
static int each_from(struct each *each, const struct sw_prefix *first, unsigned origin,
		     struct sw_err *err)
{
	uint8_t key[SW_RECORD_KEY];
	size_t n = first ? sw_record_key(first, (uint8_t)origin, key) : 0;
	int code = sw_ledger_walk(each->l, sw_view(key, n), each_one, each, err);

	return code ? code : each->stopped;
}

int sw_ledger_each(struct sw_ledger *l, const struct sw_prefix *within, sw_verdict_fn *fn,
		   void *ctx, struct sw_err *err)
{
	return sw_ledger_each_after(l, within, NULL, 0, fn, ctx, err);
}

int sw_ledger_each_after(struct sw_ledger *l, const struct sw_prefix *within,
			 const struct sw_prefix *source, uint8_t origin, sw_verdict_fn *fn,
			 void *ctx, struct sw_err *err)
{
	struct each each = { .l = l, .within = within, .fn = fn, .ctx = ctx };
	int code = sw_store_read(l, err);

	if (code)
		return code;
	if (source) /* origins fit in a byte, and 255 is none */
		code = each_from(&each, source, origin + 1u, err);
	else
		code = each_from(&each, within, 0, err);
	sw_store_read_end(l);
	return code;
}

int sw_ledger_each_containing(struct sw_ledger *l, const struct sw_prefix *inner, sw_verdict_fn *fn,
			      void *ctx, struct sw_err *err)
{
	struct sw_prefix source;
	struct each each = { .l = l, .exactly = &source, .fn = fn, .ctx = ctx };
	int code = sw_store_read(l, err);

	if (code)
		return code;
	for (unsigned len = 0; len <= inner->len && !code; len++) {
		source = sw_prefix_truncate(inner, len);
		code = each_from(&each, &source, 0, err);
	}
	sw_store_read_end(l);
	return code;
}

int sw_ledger_count(struct sw_ledger *l, struct sw_ledger_counts *ret, struct sw_err *err)
{
	struct sw_ledger_counts counts = { 0 };
	uint64_t entries, bytes;
	int code = sw_store_read(l, err);

	if (code)
		return code;
	for (int i = 0; i < SW_TREES && !code; i++) {
		code = sw_store_entries(l, l->read, (enum sw_tree)i, &entries, &bytes, err);
		counts.used_bytes += bytes;
		if (i == SW_TREE_HISTORY)
			counts.history = entries;
	}
	counts.verdicts = l->state.verdicts;
	counts.file_bytes = l->seen_bytes;
	counts.map_bytes = sw_store_map_bytes(l);
	sw_store_read_end(l);
	if (!code)
		*ret = counts;
	return code;
}

/* ---- words ---- */

int sw_ledger_meta_get(struct sw_ledger *l, const char *name, char ret[SW_LEDGER_META_VALUE + 1],
		       struct sw_err *err)
{
	struct sw_view value;
	int code;

	for (size_t i = l->batch.words_n; i > 0; i--) {
		if (!strcmp(l->batch.words[i - 1].name, name)) {
			strcpy(ret, l->batch.words[i - 1].value);
			return 0;
		}
	}
	code = *name && *name != '=' ? sw_store_read(l, err) : -EINVAL;
	if (code)
		return code == -EINVAL ? sw_err_set(err, code, "not a name: \"%s\"", name) : code;
	code = sw_store_get(l, l->read, SW_TREE_META, sw_view(name, strlen(name)), &value, err);
	if (!code && (value.n > SW_LEDGER_META_VALUE || memchr(value.data, 0, value.n)))
		code = sw_err_set(err, -EBADMSG, "%s: \"%s\" is damaged; " SW_LEDGER_DAMAGED,
				  l->file, name);
	if (!code) {
		memcpy(ret, value.data, value.n);
		ret[value.n] = '\0';
	}
	sw_store_read_end(l);
	return code == -ENOENT ? sw_err_set(err, code, "\"%s\" was never set", name) : code;
}
