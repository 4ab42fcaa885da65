/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * table - lists and verdicts, joined and written; see table.h.
 *
 * layers.h says what counts where; sw_table4 and sw_table6 are painted with it. A
 * source about which nothing longer says anything, which is nearly every one, is one
 * paint; else the prefix is painted interval by interval, each once and with what
 * it is to have in the end.
 */
#include "table.h"

#include <errno.h>
#include <stdlib.h>

#include "bits128.h"
#include "layers.h"

typedef unsigned __int128 u128;

/* What was painted may take more memory than it has to. All is written anew when there
 * is no other way to make room, and not before so many changes for each entry that the
 * work is shared out. */
#define CHANGES_PER_ENTRY (1.0 / 256)

struct sw_table {
	struct sw_table4 *t4;
	struct sw_table6 *t6;
	struct sw_layers layers4, layers6;
	size_t changes4, changes6; /* since all was written */
};

struct sw_table *sw_table_open(struct sw_table4 *t4, struct sw_table6 *t6)
{
	struct sw_table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->t4 = t4;
	t->t6 = t6;
	if (sw_layers_init(&t->layers4, 4) || sw_layers_init(&t->layers6, 6))
		return sw_table_close(t);
	return t;
}

struct sw_table *sw_table_close(struct sw_table *t)
{
	if (!t)
		return NULL;
	sw_layers_done(&t->layers4);
	sw_layers_done(&t->layers6);
	free(t);
	return NULL;
}

/* ---- painting ---- */

struct painter {
	struct sw_table *table;
	unsigned family;
	u128 at; /* up to here all is painted */
	struct {
		u128 last;
		uint8_t class;
	} open[SW_OVERLAY_LENGTHS + 1]; /* prefixes whose end is not reached */
	unsigned depth;
};

static int paint_prefix6(void *ctx, const struct sw_prefix *p)
{
	const struct painter *painter = ctx;

	return sw_table6_paint(painter->table->t6, p->hi, p->lo, p->len,
			       painter->open[painter->depth].class);
}

/* From where the painting is to @last, in the class of the frame above the open ones. */
static int paint_to(struct painter *p, u128 last)
{
	struct sw_prefix from = sw_prefix_ip6((uint64_t)(p->at >> 64), (uint64_t)p->at, 128);
	struct sw_prefix to = sw_prefix_ip6((uint64_t)(last >> 64), (uint64_t)last, 128);

	if (p->family == 4)
		return sw_table4_paint(p->table->t4, (uint32_t)(p->at >> 96),
				       (uint32_t)(last >> 96), p->open[p->depth].class);
	return sw_range_split(&from, &to, paint_prefix6, p);
}

/* Close the innermost prefix. */
static int close_one(struct painter *p)
{
	u128 last = p->open[--p->depth].last;
	int err = 0;

	if (p->at <= last)
		err = paint_to(p, last);
	p->at = last + 1;
	if (!p->at) /* beyond the last address there is none: those around it are done, too */
		p->depth = 0;
	return err;
}

static int paint_entry(void *ctx, uint64_t hi, uint64_t lo, uint8_t len, uint8_t class)
{
	struct painter *p = ctx;
	u128 start = (u128)hi << 64 | lo;
	u128 size_less_one = (u128)~sw_bits_hi(len) << 64 | (uint64_t)~sw_bits_lo(len);
	int err = 0;

	while (p->depth && p->open[p->depth - 1].last < start && !err)
		err = close_one(p);
	if (p->depth && p->at < start && !err) {
		p->depth--; /* paint_to takes the class of the frame above */
		err = paint_to(p, start - 1);
		p->depth++;
	}
	p->at = start;
	p->open[p->depth].last = start | size_less_one;
	p->open[p->depth++].class = class;
	return err;
}

static const struct sw_layers *layers_of(const struct sw_table *t, unsigned family)
{
	return family == 4 ? &t->layers4 : &t->layers6;
}

/* All of a prefix in one class. */
static int paint_whole(struct sw_table *t, const struct sw_overlay_entry *e, unsigned family,
		       uint8_t class)
{
	uint32_t first = (uint32_t)(e->hi >> 32);

	if (family == 6)
		return sw_table6_paint(t->t6, e->hi, e->lo, e->len, class);
	return sw_table4_paint(t->t4, first, first | (uint32_t)(~sw_bits_hi(e->len) >> 32), class);
}

/* Bring the table to what is said of a prefix. */
static int refresh(struct sw_table *t, const struct sw_overlay_entry *e, unsigned family)
{
	const struct sw_layers *l = layers_of(t, family);
	struct painter p = { .table = t, .family = family };
	int inside = sw_layers_has_inside(l, e->hi, e->lo, e->len), err;

	if (inside < 0)
		return inside;
	if (!inside)
		return paint_whole(t, e, family, sw_layers_class(l, e->hi, e->lo, e->len));
	err = sw_layers_each(l, e->hi, e->lo, e->len, paint_entry, &p);
	while (p.depth && !err)
		err = close_one(&p);
	return err;
}

/* ---- the whole table ---- */

struct joined {
	struct sw_entry4 *flat4; /* of one family */
	struct sw_entry6 *flat6;
	size_t n;
};

static int join4(void *ctx, uint64_t hi, uint64_t lo, uint8_t len, uint8_t class)
{
	struct joined *j = ctx;

	j->flat4[j->n++] =
		(struct sw_entry4){ .addr = (uint32_t)(hi >> 32), .len = len, .class = class };
	return 0;
}

static int join6(void *ctx, uint64_t hi, uint64_t lo, uint8_t len, uint8_t class)
{
	struct joined *j = ctx;

	j->flat6[j->n++] = (struct sw_entry6){ .hi = hi, .lo = lo, .len = len, .class = class };
	return 0;
}

static int sync4(struct sw_table *t, const struct sw_layers *l)
{
	struct joined j = { .flat4 = l->lists.flat4, .n = l->lists.n };
	int err;

	if (!l->verdicts->n)
		return sw_table4_sync(t->t4, j.flat4, j.n);
	j.flat4 = malloc((l->lists.n + l->verdicts->n + 1) * sizeof(*j.flat4));
	j.n = 0;
	if (!j.flat4)
		return -ENOMEM;
	err = sw_layers_each(l, 0, 0, 0, join4, &j);
	if (!err)
		err = sw_table4_sync(t->t4, j.flat4, j.n);
	free(j.flat4);
	return err;
}

static int sync6(struct sw_table *t, const struct sw_layers *l)
{
	struct joined j = { .flat6 = l->lists.flat6, .n = l->lists.n };
	int err;

	if (!l->verdicts->n)
		return sw_table6_sync(t->t6, j.flat6, j.n);
	j.flat6 = malloc((l->lists.n + l->verdicts->n + 1) * sizeof(*j.flat6));
	j.n = 0;
	if (!j.flat6)
		return -ENOMEM;
	err = sw_layers_each(l, 0, 0, 0, join6, &j);
	if (!err)
		err = sw_table6_sync(t->t6, j.flat6, j.n);
	free(j.flat6);
	return err;
}

static size_t *changes_of(struct sw_table *t, unsigned family)
{
	return family == 4 ? &t->changes4 : &t->changes6;
}

static int sync_layers(struct sw_table *t, const struct sw_layers *l)
{
	int err = l->family == 4 ? sync4(t, l) : sync6(t, l);

	*changes_of(t, l->family) = 0;
	return err;
}

/* Bring the table to what is said of a prefix now, whatever it takes. */
static int change(struct sw_table *t, const struct sw_overlay_entry *e, unsigned family)
{
	const struct sw_layers *l = layers_of(t, family);
	size_t *changes = changes_of(t, family);
	int err = refresh(t, e, family);

	++*changes;
	if (err != -ENOSPC ||
	    (double)*changes < (double)(l->lists.n + l->verdicts->n) * CHANGES_PER_ENTRY)
		return err;
	err = sync_layers(t, l);
	return err == -EAGAIN ? -ENOSPC : err;
}

/* ---- verdicts ---- */

/* As the layers have it: an IPv4 address in the high 32 bits. */
static struct sw_overlay_entry key_of(const struct sw_prefix *p)
{
	return (struct sw_overlay_entry){ .hi = p->family == 4 ? p->lo << 32 : p->hi,
					  .lo = p->family == 4 ? 0 : p->lo,
					  .len = p->len };
}

static struct sw_overlay_entry *find(const struct sw_table *t, const struct sw_prefix *source)
{
	struct sw_overlay_entry key = key_of(source);

	return sw_overlay_find(layers_of(t, source->family)->verdicts, key.hi, key.lo, key.len);
}

int sw_table_set(struct sw_table *t, const struct sw_prefix *source, uint8_t class)
{
	struct sw_overlay *verdicts = layers_of(t, source->family)->verdicts;
	struct sw_overlay_entry key = key_of(source), *before = find(t, source);
	uint8_t old = before ? before->class : SW_CLASS_UNLISTED;
	int err;

	if (class == SW_CLASS_UNLISTED)
		return -EINVAL;
	if (before && old == class)
		return 0;
	err = sw_overlay_put(verdicts, key.hi, key.lo, key.len, class);
	if (err)
		return err;
	err = change(t, &key, source->family);
	if (!err)
		return 0;
	if (before)
		find(t, source)->class = old;
	else
		sw_overlay_remove(verdicts, find(t, source));
	return err;
}

int sw_table_clear(struct sw_table *t, const struct sw_prefix *source)
{
	struct sw_overlay *verdicts = layers_of(t, source->family)->verdicts;
	struct sw_overlay_entry key = key_of(source), *e = find(t, source);
	uint8_t class;
	int err;

	if (!e)
		return -ENOENT;
	class = e->class;
	sw_overlay_remove(verdicts, e);
	err = change(t, &key, source->family);
	if (err) /* there was room for it a moment ago */
		sw_overlay_put(verdicts, key.hi, key.lo, key.len, class);
	return err;
}

int sw_table_verdict(const struct sw_table *t, const struct sw_prefix *source, uint8_t *ret)
{
	const struct sw_overlay_entry *e = find(t, source);

	if (!e)
		return -ENOENT;
	*ret = e->class;
	return 0;
}

size_t sw_table_verdicts(const struct sw_table *t)
{
	return t->layers4.verdicts->n + t->layers6.verdicts->n;
}

/* ---- lists ---- */

/* New lists below the verdicts; those before come back when it fails. */
static int load(struct sw_table *t, struct sw_layers *l, const void *flat, size_t n,
		const struct sw_rank *rank)
{
	struct sw_layer_lists before = l->lists, now;
	int err = sw_layer_lists_init(&now, l->family, flat, n, rank);

	if (err)
		return err;
	l->lists = now;
	err = sync_layers(t, l);
	if (err)
		l->lists = before;
	sw_layer_lists_done(err ? &now : &before);
	return err;
}

int sw_table_load(struct sw_table *t, const struct sw_entry4 *flat4, size_t n4,
		  const struct sw_entry6 *flat6, size_t n6, const struct sw_rank *rank)
{
	int err = load(t, &t->layers6, flat6, n6, rank);

	return err ? err : load(t, &t->layers4, flat4, n4, rank);
}
