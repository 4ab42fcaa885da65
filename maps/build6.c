/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * build6 - from a sorted set of prefixes to what the slots of the IPv6 index name.
 *
 * The set becomes intervals, those of one slot at a time. What they say of each 16
 * bit value is an item of a run: a value that is in one interval alone is part of a
 * step; any other is a point, whose tail is a prefix, or leads past all bits that
 * do not differ to a run of its own, which is made before this one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bits128.h"
#include "lib/huge.h"
#include "writer6.h"

#define ALL_ONES (~(sw_bits128)0)

struct interval {
	sw_bits128 first;
	uint8_t class;
};

struct sw_build6 {
	struct sw_table6 *table; /* NULL: only count */
	struct interval *iv; /* of the present slot */
	size_t n, room;
	uint32_t slot;
	uint64_t blocks;
	int err;
	struct sw_items6 *level[SW_LEVELS6];
	struct sw_items6 *old; /* of a run that is in the table */
	int (*each)(void *ctx, struct sw_build6 *b, uint32_t slot);
	void *ctx;
};

/* Some of the intervals, of which all bits before @pos are the same. */
struct range {
	size_t from, to;
	unsigned pos;
};

/* A class all over but for one prefix, which is left-aligned from its range on. */
struct hole {
	uint8_t outer;
	sw_bits128 first;
	unsigned len;
	bool exact; /* and of one class */
};

/* Interval @i as the range has it: what of it is before the range is cut off. */
static sw_bits128 first_of(const struct sw_build6 *b, const struct range *r, size_t i)
{
	if (i == r->from || r->pos >= 128)
		return 0;
	return b->iv[i].first << r->pos;
}

static sw_bits128 after(unsigned len)
{
	return len >= 128 ? 0 : ALL_ONES >> len;
}

/* ---- writing ---- */

static bool same_items(const struct sw_part6 *p, const struct sw_items6 *old)
{
	const struct sw_step6 *step = &p->items->step[p->step];
	const struct sw_point6 *point = &p->items->point[p->point];

	if (p->steps != old->steps || p->points != old->points)
		return false;
	for (uint32_t i = 0; i < p->steps; i++)
		if (step[i].class != old->step[i].class ||
		    (i && step[i].first - p->first != old->step[i].first))
			return false;
	for (uint32_t i = 0; i < p->points; i++)
		if (point[i].value - p->first != old->point[i].value ||
		    point[i].slot != old->point[i].slot || point[i].len != old->point[i].len ||
		    point[i].hi != old->point[i].hi || point[i].lo != old->point[i].lo)
			return false;
	return true;
}

/* Is the run at @old as good as a new one? */
static bool is_there(const struct sw_build6 *b, const struct sw_part6 *part,
		     const struct sw_plan6 *plan, uint32_t old)
{
	const struct sw_table6_writer *w = b->table->writer;

	if (sw_slot6_kind(old) != SW_SLOT6_RUN || sw_slot6_width(old) != part->width ||
	    sw_runs_length(w->runs, sw_slot6_block(old)) > plan->blocks + plan->blocks / 4)
		return false;
	sw_node6_decode(sw_table6_run(b->table, old), old, b->old);
	return same_items(part, b->old);
}

static int put_run(struct sw_table6 *t, const struct sw_part6 *part, const struct sw_plan6 *plan,
		   uint32_t *ret)
{
	uint32_t block;
	int err = sw_table6_take(t, plan->blocks, &block);

	if (err)
		return err;
	sw_node6_encode(part, plan, &t->blocks[block]);
	*ret = sw_slot6_run(block, plan->width, plan->lines);
	return 0;
}

static int put_split(struct sw_table6 *t, const uint32_t slot[16], uint32_t *ret)
{
	uint32_t block;
	int err = sw_table6_take(t, 1, &block);

	if (err)
		return err;
	memcpy(t->blocks[block].split, slot, sizeof(t->blocks[block].split));
	*ret = sw_slot6_split(block);
	return 0;
}

static uint32_t keep(struct sw_build6 *b, uint32_t old)
{
	b->table->writer->keep[sw_slot6_block(old)] = 1;
	return old;
}

static int put_part(struct sw_build6 *b, const struct sw_part6 *part, uint32_t old, uint32_t *ret);

static int put_sixteenths(struct sw_build6 *b, const struct sw_part6 *part, uint32_t old,
			  uint32_t *ret)
{
	const uint32_t *was = NULL;
	struct sw_part6 p, before;
	uint32_t slot[16];
	bool same = true;

	if (sw_slot6_kind(old) == SW_SLOT6_SPLIT)
		was = sw_table6_run(b->table, old)->split;
	for (unsigned i = 0; i < 16; i++, before = p) {
		int err;

		p = sw_part6_sixteenth(part, i ? &before : NULL);
		err = put_part(b, &p, was ? was[i] : 0, &slot[i]);
		if (err)
			return err;
		same &= was && slot[i] == was[i];
	}
	b->blocks++;
	if (same)
		*ret = keep(b, old);
	else
		return b->table ? put_split(b->table, slot, ret) : 0;
	return 0;
}

static int put_part(struct sw_build6 *b, const struct sw_part6 *part, uint32_t old, uint32_t *ret)
{
	struct sw_plan6 plan;

	if (sw_part6_is_uniform(part)) {
		*ret = sw_slot6_uniform(sw_part6_class(part));
		return 0;
	}
	*ret = SW_SLOT6_RUN; /* of nothing, when only counting */
	if (!sw_node6_plan(part, &plan))
		return put_sixteenths(b, part, old, ret);
	b->blocks += plan.blocks;
	if (!b->table)
		return 0;
	if (is_there(b, part, &plan, old)) {
		*ret = keep(b, old);
		return 0;
	}
	return put_run(b->table, part, &plan, ret);
}

int sw_build6_part(struct sw_table6 *t, const struct sw_part6 *part, uint32_t *ret)
{
	struct sw_build6 b = { .table = t };

	return put_part(&b, part, 0, ret);
}

/* ---- from intervals to items ---- */

static int put_range(struct sw_build6 *b, unsigned level, const struct range *r, uint32_t old,
		     uint32_t *ret);

/* A value of its own class between two intervals of one class becomes a point. */
static bool single_to_point(struct sw_items6 *items, uint32_t value, uint8_t class)
{
	const struct sw_step6 *last = &items->step[items->steps - 1];
	struct sw_point6 p = { .value = value - 1 };

	if (items->steps < 2 || last->first != value - 1 || last[-1].class != class ||
	    (items->points && items->point[items->points - 1].value == value - 1))
		return false;
	p.slot = sw_slot6_uniform(last->class);
	items->point[items->points++] = p;
	items->steps--;
	return true;
}

static void add_step(struct sw_items6 *items, uint32_t value, uint8_t class)
{
	if (items->steps && items->step[items->steps - 1].class == class)
		return;
	if (items->steps && single_to_point(items, value, class))
		return;
	items->step[items->steps++] = (struct sw_step6){ value, class };
}

static struct hole hole_between(sw_bits128 first, sw_bits128 last, uint8_t outer, size_t inside)
{
	struct hole h = { .outer = outer, .first = first, .len = sw_bits_common(first, last) };

	h.exact = inside == 1 && !(first & after(h.len)) && !(~last & after(h.len));
	return h;
}

/* The one way, of those that there are, to see the range so that the hole is small. */
static struct hole find_hole(const struct sw_build6 *b, const struct range *r, int class_before)
{
	size_t n = r->to - r->from;
	uint8_t begins = b->iv[r->from].class, ends = b->iv[r->to - 1].class;
	sw_bits128 second = first_of(b, r, r->from + 1), last = first_of(b, r, r->to - 1) - 1;
	struct hole at_end, at_begin;

	if (begins == ends)
		return hole_between(second, last, begins, n - 2);
	at_end = hole_between(second, ALL_ONES, begins, n - 1);
	at_begin = hole_between(0, last, ends, n - 1);
	if (at_end.exact != at_begin.exact)
		return at_end.exact ? at_end : at_begin;
	if (at_end.len != at_begin.len)
		return at_end.len > at_begin.len ? at_end : at_begin;
	return class_before == ends ? at_begin : at_end;
}

/* The slot that the run named by @slot has below a point, 0 if none. */
static uint32_t old_below(const struct sw_build6 *b, uint32_t slot, const struct sw_point6 *p)
{
	uint32_t value = p->value;
	unsigned width = SW_RUN6_WIDTH;
	struct sw_point6 was;
	struct sw_spot6 spot;

	while (sw_slot6_kind(slot) == SW_SLOT6_SPLIT && width > 4) {
		width -= 4;
		slot = sw_table6_run(b->table, slot)->split[value >> width];
		value &= (1u << width) - 1;
	}
	if (sw_slot6_kind(slot) != SW_SLOT6_RUN || sw_slot6_width(slot) != width)
		return 0;
	spot = sw_node6_find(sw_table6_run(b->table, slot), slot, value);
	if (spot.lane < 0 || !spot.is_long)
		return 0;
	was = sw_tail6_read(spot.tail, true);
	return was.len == p->len && was.hi == p->hi && was.lo == p->lo ? was.slot : 0;
}

/* Where the prefix at the hole begins and ends in intervals. */
static struct range range_of_hole(const struct sw_build6 *b, const struct range *r,
				  const struct hole *h, unsigned len)
{
	sw_bits128 first = h->first & ~after(len), last = first | after(len);
	struct range in = { r->from, r->to, r->pos + len };

	if (first_of(b, r, r->from + 1) <= first)
		in.from++;
	if (first_of(b, r, r->to - 1) > last)
		in.to--;
	return in;
}

/* The intervals @r are all in one value. */
static int add_point(struct sw_build6 *b, unsigned level, const struct range *r, uint32_t value,
		     uint32_t old)
{
	struct sw_items6 *items = b->level[level];
	int before = items->steps ? items->step[items->steps - 1].class : -1;
	struct hole h = find_hole(b, r, before);
	struct sw_point6 p = { .value = value, .len = (uint8_t)h.len };
	struct range in;
	int err = 0;

	if (!h.exact)
		p.len = h.len < SW_TAIL6_NODE ? h.len & ~3u : SW_TAIL6_NODE;
	in = range_of_hole(b, r, &h, p.len);
	h.first &= ~after(p.len);
	p.hi = (uint64_t)(h.first >> 64);
	p.lo = (uint64_t)h.first;
	if (h.exact)
		p.slot = sw_slot6_uniform(b->iv[in.from].class);
	else
		err = put_range(b, level + 1, &in, old ? old_below(b, old, &p) : 0, &p.slot);
	if (p.len || !items->steps) /* else the run below speaks for all of the value */
		add_step(items, value, h.outer);
	items->point[items->points++] = p;
	return err;
}

/* What the range says of each value of its next 16 bits. */
static int list_items(struct sw_build6 *b, unsigned level, const struct range *r, uint32_t old)
{
	struct sw_items6 *items = b->level[level];
	uint32_t value = 0;
	size_t i = r->from;

	items->steps = items->points = 0;
	while (value < SW_VALUES6) {
		sw_bits128 first = i + 1 < r->to ? first_of(b, r, i + 1) : 0;
		uint32_t next = i + 1 < r->to ? (uint32_t)(first >> 112) : SW_VALUES6;
		struct range in = { .from = i, .pos = r->pos + 16 };
		int err;

		if (next > value || !(first << 16)) { /* up to where the next one begins */
			if (next > value)
				add_step(items, value, b->iv[i].class);
			i += first && !(first << 16);
			value = next;
			continue;
		}
		for (in.to = i + 1; in.to < r->to; in.to++)
			if ((uint32_t)(first_of(b, r, in.to) >> 112) != value)
				break;
		err = add_point(b, level, &in, value, old);
		if (err)
			return err;
		i = in.to - 1;
		value++;
		if (in.to < r->to && first_of(b, r, in.to) == (sw_bits128)value << 112)
			i++;
	}
	return 0;
}

static int put_range(struct sw_build6 *b, unsigned level, const struct range *r, uint32_t old,
		     uint32_t *ret)
{
	struct sw_part6 part;
	int err;

	if (r->to - r->from == 1) {
		*ret = sw_slot6_uniform(b->iv[r->from].class);
		return 0;
	}
	if (!b->level[level])
		b->level[level] = malloc(sizeof(*b->level[level]));
	if (!b->level[level])
		return -ENOMEM;
	err = list_items(b, level, r, old);
	if (err)
		return err;
	part = sw_part6_whole(b->level[level], SW_RUN6_WIDTH);
	return put_part(b, &part, old, ret);
}

int sw_build6_slot(struct sw_build6 *b, uint32_t old, uint32_t *ret)
{
	struct range all = { 0, b->n, 16 };

	return put_range(b, 0, &all, old, ret);
}

/* ---- from prefixes to intervals ---- */

static int end_slot(struct sw_build6 *b)
{
	struct interval last = b->iv[b->n - 1];
	int err = b->each(b->ctx, b, b->slot);

	b->slot++;
	b->iv[0] = (struct interval){ (sw_bits128)b->slot << 112, last.class };
	b->n = 1;
	return err;
}

/* From @first on all is of @class. Calls come in ascending order. */
static int add_interval(struct sw_build6 *b, sw_bits128 first, uint8_t class)
{
	while (b->slot < first >> 112) {
		int err = end_slot(b);

		if (err)
			return err;
	}
	if (b->iv[b->n - 1].first == first) {
		b->iv[b->n - 1].class = class;
		if (b->n > 1 && b->iv[b->n - 2].class == class)
			b->n--;
		return 0;
	}
	if (b->iv[b->n - 1].class == class)
		return 0;
	if (b->n == b->room) {
		size_t bytes = 2 * b->room * sizeof(struct interval);
		struct interval *more = sw_huge(realloc(b->iv, bytes), bytes);

		if (!more)
			return -ENOMEM;
		b->iv = more;
		b->room *= 2;
	}
	b->iv[b->n++] = (struct interval){ first, class };
	return 0;
}

/* A prefix whose end the walk has not come to yet. */
struct open_prefix {
	sw_bits128 last;
	uint8_t class;
};

static int walk(struct sw_build6 *b, const struct sw_entry6 *flat, size_t n)
{
	struct open_prefix open[130] = { { ALL_ONES, SW_CLASS_UNLISTED } };
	unsigned depth = 1;
	int err = 0;

	for (size_t i = 0; i <= n && !err; i++) {
		sw_bits128 start = i < n ? (sw_bits128)flat[i].hi << 64 | flat[i].lo : ALL_ONES;

		while (open[depth - 1].last < start && !err) {
			depth--;
			err = add_interval(b, open[depth].last + 1, open[depth - 1].class);
		}
		if (i == n || err)
			break;
		open[depth].last = start | after(flat[i].len);
		open[depth++].class = flat[i].class;
		err = add_interval(b, start, flat[i].class);
	}
	while (!err && b->slot < SW_TABLE6_SLOTS)
		err = end_slot(b);
	return err;
}

int sw_build6_each(struct sw_build6 *b, const struct sw_entry6 *flat, size_t n,
		   int (*each)(void *ctx, struct sw_build6 *b, uint32_t slot), void *ctx)
{
	b->each = each;
	b->ctx = ctx;
	b->slot = 0;
	b->n = 1;
	b->iv[0] = (struct interval){ 0, SW_CLASS_UNLISTED };
	return walk(b, flat, n);
}

uint64_t sw_build6_blocks(const struct sw_build6 *b)
{
	return b->blocks;
}

struct sw_build6 *sw_build6_new(struct sw_table6 *t)
{
	struct sw_build6 *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->table = t;
	b->room = 1024;
	b->iv = malloc(b->room * sizeof(*b->iv));
	b->old = malloc(sizeof(*b->old));
	return b->iv && b->old ? b : sw_build6_done(b);
}

struct sw_build6 *sw_build6_done(struct sw_build6 *b)
{
	if (!b)
		return NULL;
	for (unsigned i = 0; i < SW_LEVELS6; i++)
		free(b->level[i]);
	free(b->old);
	free(b->iv);
	free(b);
	return NULL;
}
