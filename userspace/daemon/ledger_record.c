/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ledger_record - see ledger_record.h.
 *
 * All integers are big-endian. Every record ends with a check sum over its key and its
 * bytes: LMDB has none, and a verdict on the wrong address is worse than none.
 */
#include "ledger_record.h"

#include <errno.h>
#include <string.h>

#include "maps/abi.h"

#define FORMAT 1 /* the first byte of the records of sources and changes */

enum {
	BODY_FIXED = 24, /* action, created, expires, count, three lengths */
	SOURCE_HEAD = 9, /* format, number */
	CHANGE_HEAD = 19, /* format, kind, flags, time, previous */
	CHANGE_PREVIOUS = 11, /* where that is */
	SUM = 4,
	FLAG_WHO = 1, /* the change has words of its own */
	FLAG_WHY = 2,
};

/* ---- numbers ---- */

static uint8_t *put_number(uint8_t *out, uint64_t value, unsigned n)
{
	for (unsigned i = n; i > 0; i--, value >>= 8)
		out[i - 1] = (uint8_t)value;
	return out + n;
}

static uint8_t *put_bytes(uint8_t *out, const void *data, size_t n)
{
	if (n)
		memcpy(out, data, n);
	return out + n;
}

static uint64_t get_number(const uint8_t *p, unsigned n)
{
	uint64_t value = 0;

	while (n--)
		value = value << 8 | *p++;
	return value;
}

int sw_record_number_read(struct sw_view key, uint64_t *ret)
{
	if (key.n != 8)
		return -EBADMSG;
	*ret = get_number(key.data, 8);
	return *ret ? 0 : -EBADMSG;
}

/* FNV-1a (Fowler, Noll, Vo). Finds every change of a single byte, and all but one in 2^32
 * of others; it keeps out accidents, not people. */
static uint32_t sum_on(uint32_t sum, const uint8_t *p, size_t n)
{
	while (n--)
		sum = (sum ^ *p++) * 16777619u;
	return sum;
}

#define SUM_START 2166136261u

/* ---- what a verdict rests on ---- */

void sw_rests_add(struct sw_rests *r, uint32_t id)
{
	for (unsigned i = 0; i < r->n; i++)
		if (r->on[i] == id || r->on[i] == SW_RESTS_ANY)
			return;
	if (id == SW_RESTS_ANY || r->n == SW_RESTS)
		*r = (struct sw_rests){ .on = { SW_RESTS_ANY }, .n = 1 };
	else
		r->on[r->n++] = id;
}

bool sw_rests_on(const struct sw_rests *r, uint32_t id)
{
	for (unsigned i = 0; i < r->n; i++)
		if (r->on[i] == id || r->on[i] == SW_RESTS_ANY)
			return true;
	return false;
}

/* ---- limits ---- */

int sw_verdict_check(const struct sw_verdict *v, struct sw_err *err)
{
	struct sw_prefix cut = sw_prefix_truncate(&v->source, v->source.len);

	if ((v->source.family != 4 && v->source.family != 6) ||
	    v->source.len > sw_prefix_full(&v->source) || sw_prefix_cmp(&cut, &v->source) != 0 ||
	    (v->source.family == 4 && (v->source.hi || v->source.lo > UINT32_MAX)))
		return sw_err_set(err, -EINVAL, "not a source");
	if (v->origin == 0)
		return sw_err_set(err, -EINVAL, "a verdict without origin");
	if (v->action == SW_ACTION_NONE || v->action >= SW_ACTION_MAX)
		return sw_err_set(err, -EINVAL, "a verdict without action");
	if (v->created_ms < 0 || v->expires_ms < 0)
		return sw_err_set(err, -EINVAL, "a time before 1970");
	if (!memchr(v->reason, 0, sizeof(v->reason)))
		return sw_err_set(err, -EINVAL, "a reason of more than 255 bytes");
	if (!memchr(v->who, 0, sizeof(v->who)))
		return sw_err_set(err, -EINVAL, "a name of more than 63 bytes");
	if (v->rests.n > SW_RESTS)
		return sw_err_set(err, -EINVAL, "a verdict that rests on more than %d lists",
				  SW_RESTS);
	for (unsigned i = 0; i < v->rests.n; i++)
		if (!v->rests.on[i])
			return sw_err_set(err, -EINVAL, "a verdict that rests on no list");
	return 0;
}

int sw_change_check(const struct sw_change *c, struct sw_err *err)
{
	if (c->kind == 0 || c->kind >= SW_CHANGE_KINDS)
		return sw_err_set(err, -EINVAL, "not a kind of change: %u", c->kind);
	if (c->time_ms < 0)
		return sw_err_set(err, -EINVAL, "a time before 1970");
	if (c->who && strnlen(c->who, SW_VERDICT_WHO) == SW_VERDICT_WHO)
		return sw_err_set(err, -EINVAL, "a name of more than 63 bytes");
	if (c->why && strnlen(c->why, SW_VERDICT_REASON) == SW_VERDICT_REASON)
		return sw_err_set(err, -EINVAL, "a reason of more than 255 bytes");
	return 0;
}

static const char *const kinds[SW_CHANGE_KINDS] = {
	[SW_CHANGE_SET] = "set",	   [SW_CHANGE_EXTENDED] = "extended",
	[SW_CHANGE_ENDED] = "ended",	   [SW_CHANGE_REMOVED] = "removed",
	[SW_CHANGE_REPLACED] = "replaced",
};

const char *sw_change_name(unsigned kind)
{
	return kind && kind < SW_CHANGE_KINDS ? kinds[kind] : "unknown";
}

int sw_change_parse(const char *name, uint8_t *ret)
{
	for (unsigned i = 1; i < SW_CHANGE_KINDS; i++) {
		if (!strcmp(kinds[i], name)) {
			*ret = (uint8_t)i;
			return 0;
		}
	}
	return -EINVAL;
}

/* ---- keys ---- */

size_t sw_record_key(const struct sw_prefix *source, uint8_t origin, uint8_t out[SW_RECORD_KEY])
{
	uint8_t *p = put_number(out, source->family, 1);

	if (source->family == 4) {
		p = put_number(p, source->lo, 4);
	} else {
		p = put_number(p, source->hi, 8);
		p = put_number(p, source->lo, 8);
	}
	p = put_number(p, source->len, 1);
	p = put_number(p, origin, 1);
	return (size_t)(p - out);
}

/* How long a key that begins with @family is; 0: there is none. */
static size_t key_size(uint8_t family)
{
	return family == 4 ? 7 : family == 6 ? 19 : 0;
}

int sw_record_key_read(struct sw_view key, struct sw_prefix *source, uint8_t *origin)
{
	struct sw_prefix p, cut;

	if (key.n == 0 || key.n != key_size(key.data[0]))
		return -EBADMSG;
	p = (struct sw_prefix){ .family = key.data[0], .len = key.data[key.n - 2] };
	if (p.family == 4) {
		p.lo = get_number(key.data + 1, 4);
	} else {
		p.hi = get_number(key.data + 1, 8);
		p.lo = get_number(key.data + 9, 8);
	}
	if (p.len > sw_prefix_full(&p) || key.data[key.n - 1] == 0)
		return -EBADMSG;
	cut = sw_prefix_truncate(&p, p.len);
	if (sw_prefix_cmp(&cut, &p) != 0)
		return -EBADMSG;
	*source = p;
	*origin = key.data[key.n - 1];
	return 0;
}

/* ---- bodies ---- */

size_t sw_record_body(const struct sw_verdict *v, uint8_t out[SW_RECORD_BODY])
{
	size_t reason_n = strlen(v->reason), who_n = strlen(v->who);
	uint8_t *p = put_number(out, v->action, 1);

	p = put_number(p, (uint64_t)v->created_ms, 8);
	p = put_number(p, (uint64_t)v->expires_ms, 8);
	p = put_number(p, v->count, 4);
	p = put_number(p, reason_n, 1);
	p = put_number(p, who_n, 1);
	p = put_number(p, v->rests.n, 1);
	p = put_bytes(p, v->reason, reason_n);
	p = put_bytes(p, v->who, who_n);
	for (unsigned i = 0; i < v->rests.n; i++)
		p = put_number(p, v->rests.on[i], 4);
	return (size_t)(p - out);
}

/* @n bytes to a text of @size; -EBADMSG: too many, or a NUL is among them. */
static int get_text(const uint8_t *p, size_t n, char *text, size_t size)
{
	if (n >= size || (n && memchr(p, 0, n)))
		return -EBADMSG;
	put_bytes((uint8_t *)text, p, n);
	text[n] = '\0';
	return 0;
}

/* The lengths of what a body has behind its head, if they fit. */
static int body_lengths(struct sw_view body, size_t *reason_n, size_t *who_n, size_t *rests_n)
{
	if (body.n < BODY_FIXED)
		return -EBADMSG;
	*reason_n = body.data[21];
	*who_n = body.data[22];
	*rests_n = body.data[23];
	return body.n == BODY_FIXED + *reason_n + *who_n + 4 * *rests_n &&
			       *who_n < SW_VERDICT_WHO && *rests_n <= SW_RESTS
		       ? 0
		       : -EBADMSG;
}

static int get_rests(const uint8_t *p, size_t n, struct sw_rests *rests)
{
	*rests = (struct sw_rests){ .n = (uint8_t)n };
	for (size_t i = 0; i < n; i++) {
		rests->on[i] = (uint32_t)get_number(p + 4 * i, 4);
		if (!rests->on[i])
			return -EBADMSG;
	}
	return 0;
}

int sw_record_verdict(struct sw_view key, struct sw_view body, struct sw_verdict *ret)
{
	size_t reason_n, who_n, rests_n;
	const uint8_t *p = body.data;

	if (sw_record_key_read(key, &ret->source, &ret->origin) ||
	    body_lengths(body, &reason_n, &who_n, &rests_n))
		return -EBADMSG;
	ret->action = p[0];
	ret->created_ms = (int64_t)get_number(p + 1, 8);
	ret->expires_ms = (int64_t)get_number(p + 9, 8);
	ret->count = (uint32_t)get_number(p + 17, 4);
	if (ret->action == SW_ACTION_NONE || ret->action >= SW_ACTION_MAX || ret->created_ms < 0 ||
	    ret->expires_ms < 0)
		return -EBADMSG;
	p += BODY_FIXED;
	if (get_text(p, reason_n, ret->reason, sizeof(ret->reason)) ||
	    get_text(p + reason_n, who_n, ret->who, sizeof(ret->who)))
		return -EBADMSG;
	return get_rests(p + reason_n + who_n, rests_n, &ret->rests);
}

/* ---- records of sources ---- */

size_t sw_record_source(struct sw_view key, uint64_t number, struct sw_view body,
			uint8_t out[SW_RECORD_SOURCE])
{
	uint8_t *p = put_number(out, FORMAT, 1);

	p = put_number(p, number, 8);
	p = put_bytes(p, body.data, body.n);
	p = put_number(p, sum_on(sum_on(SUM_START, key.data, key.n), out, (size_t)(p - out)), SUM);
	return (size_t)(p - out);
}

int sw_record_source_read(struct sw_view key, struct sw_view record, uint64_t *number,
			  struct sw_view *body)
{
	size_t n = record.n;
	uint32_t sum;

	if (n < SOURCE_HEAD + SUM || n > SW_RECORD_SOURCE || record.data[0] != FORMAT)
		return -EBADMSG;
	sum = sum_on(sum_on(SUM_START, key.data, key.n), record.data, n - SUM);
	if (get_number(record.data + n - SUM, SUM) != sum)
		return -EBADMSG;
	*number = get_number(record.data + 1, 8);
	*body = (struct sw_view){ record.data + SOURCE_HEAD, n - SOURCE_HEAD - SUM };
	return *number ? 0 : -EBADMSG;
}

/* ---- records of changes ---- */

static void change_sum(uint8_t *record, size_t n, uint64_t number)
{
	uint8_t key[8];

	sw_record_number(number, key);
	put_number(record + n - SUM, sum_on(sum_on(SUM_START, key, 8), record, n - SUM), SUM);
}

size_t sw_record_change(const struct sw_record_change *c, uint8_t out[SW_RECORD_CHANGE])
{
	uint8_t *p = put_number(out, FORMAT, 1);

	p = put_number(p, c->kind, 1);
	p = put_number(p, (c->who.data ? FLAG_WHO : 0) | (c->why.data ? FLAG_WHY : 0), 1);
	p = put_number(p, (uint64_t)c->time_ms, 8);
	p = put_number(p, c->previous, 8);
	p = put_bytes(p, c->key.data, c->key.n);
	if (c->who.data) {
		p = put_number(p, c->who.n, 1);
		p = put_bytes(p, c->who.data, c->who.n);
	}
	if (c->why.data) {
		p = put_number(p, c->why.n, 1);
		p = put_bytes(p, c->why.data, c->why.n);
	}
	p = put_bytes(p, c->body.data, c->body.n) + SUM;
	if (c->number)
		change_sum(out, (size_t)(p - out), c->number);
	return (size_t)(p - out);
}

void sw_record_change_number(uint8_t *record, size_t n, uint64_t number, uint64_t previous)
{
	put_number(record + CHANGE_PREVIOUS, previous, 8);
	change_sum(record, n, number);
}

/* Take @n bytes from the front of @rest; false: there are not so many. */
static bool take(struct sw_view *rest, size_t n, struct sw_view *ret)
{
	if (rest->n < n)
		return false;
	*ret = (struct sw_view){ rest->data, n };
	rest->data += n;
	rest->n -= n;
	return true;
}

/* A length and so many bytes, fewer than @limit. */
static bool take_text(struct sw_view *rest, size_t limit, struct sw_view *ret)
{
	struct sw_view n;

	return take(rest, 1, &n) && n.data[0] < limit && take(rest, n.data[0], ret);
}

int sw_record_change_read(uint64_t number, struct sw_view record, struct sw_record_change *ret)
{
	struct sw_view rest = record, head = { NULL, 0 }, sum;
	uint8_t key[8], flags;

	*ret = (struct sw_record_change){ .number = number };
	if (record.n < CHANGE_HEAD + SUM || record.n > SW_RECORD_CHANGE)
		return -EBADMSG;
	rest.n -= SUM;
	sum = (struct sw_view){ record.data + rest.n, SUM };
	sw_record_number(number, key);
	if (get_number(sum.data, SUM) != sum_on(sum_on(SUM_START, key, 8), record.data, rest.n))
		return -EBADMSG;
	if (!take(&rest, CHANGE_HEAD, &head))
		return -EBADMSG;
	ret->kind = head.data[1];
	flags = head.data[2];
	ret->time_ms = (int64_t)get_number(head.data + 3, 8);
	ret->previous = get_number(head.data + CHANGE_PREVIOUS, 8);
	if (head.data[0] != FORMAT || ret->kind == 0 || ret->kind >= SW_CHANGE_KINDS ||
	    flags > (FLAG_WHO | FLAG_WHY) || ret->time_ms < 0 || ret->previous >= number)
		return -EBADMSG;
	if (rest.n == 0 || key_size(rest.data[0]) == 0 ||
	    !take(&rest, key_size(rest.data[0]), &ret->key) ||
	    ((flags & FLAG_WHO) && !take_text(&rest, SW_VERDICT_WHO, &ret->who)) ||
	    ((flags & FLAG_WHY) && !take_text(&rest, SW_VERDICT_REASON, &ret->why)))
		return -EBADMSG;
	ret->body = rest;
	return 0;
}

int sw_record_history(const struct sw_record_change *c, struct sw_history *ret)
{
	ret->number = c->number;
	ret->time_ms = c->time_ms;
	ret->kind = c->kind;
	if (sw_record_verdict(c->key, c->body, &ret->verdict))
		return -EBADMSG;
	strcpy(ret->who, ret->verdict.who);
	strcpy(ret->why, ret->verdict.reason);
	if (c->who.data && get_text(c->who.data, c->who.n, ret->who, sizeof(ret->who)))
		return -EBADMSG;
	return c->why.data ? get_text(c->why.data, c->why.n, ret->why, sizeof(ret->why)) : 0;
}

/* ---- the state ---- */

void sw_record_state(const struct sw_record_state *state, uint8_t out[SW_RECORD_STATE])
{
	uint8_t *p = put_number(out, state->next, 8);

	p = put_number(p, state->folded, 8);
	p = put_number(p, state->verdicts, 8);
	put_number(p, sum_on(SUM_START, out, 24), SUM);
}

int sw_record_state_read(struct sw_view record, struct sw_record_state *ret)
{
	const uint8_t *p = record.data;

	if (record.n != SW_RECORD_STATE || get_number(p + 24, SUM) != sum_on(SUM_START, p, 24))
		return -EBADMSG;
	*ret = (struct sw_record_state){ .next = get_number(p, 8),
					 .folded = get_number(p + 8, 8),
					 .verdicts = get_number(p + 16, 8) };
	return ret->next && ret->folded && ret->folded <= ret->next ? 0 : -EBADMSG;
}
