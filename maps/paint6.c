/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * paint6 - change one prefix of the IPv6 table, in place.
 *
 * What can be done by one aligned store is done so: another class for a prefix
 * that has a tail, a tail where its line has room, a slot behind a tail or in a
 * split. Else the one run on the way that has to change is written anew, and then
 * the slot that names it is stored. Memory is taken before anything that readers
 * see is touched, and retired after that; so a table that is full is not changed.
 *
 * A store in place is seen as the old or the new, with two exceptions that are one
 * by their order: a new point is seen only once the line counts it as one, which it
 * does last; and of a long tail only the second word ever changes, whose bits say
 * how many of the first word's count.
 *
 * What is painted as the interval around it stays as a tail that makes no difference.
 * When these are most of a line, its run is written anew without them, if there is
 * memory; so what comes and goes for years takes no more than what is there.
 */
#include <assert.h>
#include <string.h>

#include "bits128.h"
#include "writer6.h"

/* Each slot on the way has at most one run that goes; where two prefixes part, the
 * way behind is gone twice; and all that is below the prefix. */
#define GONE_MAX (2 * SW_TABLE6_DEPTH + 1)

#define DEAD_TO_LIVE 3 /* tails that make no difference, for each that does */

/* A prefix, left-aligned where the slot that it is painted below begins. */
struct prefix {
	sw_bits128 bits;
	unsigned len;
	uint8_t class;
};

/* What is to be retired: a run and all below some of its values, or all of a slot. */
struct gone {
	uint32_t slot, from, to;
	bool all;
};

struct paint {
	struct sw_table6 *table;
	struct gone gone[GONE_MAX];
	unsigned gone_n;
};

static int paint(struct paint *p, uint32_t slot, struct prefix x, uint32_t *ret);

/* Without its first @bits bits. */
static struct prefix behind(struct prefix x, unsigned bits)
{
	x.bits = bits < 128 ? x.bits << bits : 0;
	x.len -= bits;
	return x;
}

static uint32_t first_bits(struct prefix x, unsigned bits)
{
	return (uint32_t)(x.bits >> (128 - bits));
}

static sw_bits128 tail_bits(const struct sw_point6 *t)
{
	return (sw_bits128)t->hi << 64 | t->lo;
}

static unsigned min(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static struct sw_point6 new_point(uint32_t value, sw_bits128 bits, unsigned len, uint32_t slot)
{
	if (len < 128)
		bits &= ~(~(sw_bits128)0 >> len);
	return (struct sw_point6){ .value = value,
				   .slot = slot,
				   .hi = (uint64_t)(bits >> 64),
				   .lo = (uint64_t)bits,
				   .len = (uint8_t)len };
}

/* ---- what goes ---- */

static void note_gone(struct paint *p, struct gone gone)
{
	assert(p->gone_n < GONE_MAX);
	p->gone[p->gone_n++] = gone;
}

static void run_goes(struct paint *p, uint32_t slot, uint32_t from, uint32_t to)
{
	note_gone(p, (struct gone){ .slot = slot, .from = from, .to = to });
}

static void all_goes(struct paint *p, uint32_t slot)
{
	if (sw_slot6_kind(slot) != SW_SLOT6_UNIFORM)
		note_gone(p, (struct gone){ .slot = slot, .all = true });
}

static void retire_below(struct sw_table6 *t, const struct gone *g)
{
	const union sw_block6 *run = sw_table6_run(t, g->slot);

	for (unsigned k = 0; g->from < g->to && k < sw_slot6_lines(g->slot); k++) {
		struct sw_line6_shape shape = sw_line6_shape(&run[k]);

		for (unsigned lane = 0; lane < shape.longs; lane++) {
			uint32_t value = sw_line6_lane(&run[k], shape.words, lane);
			const __u64 *tail = &run->word[0] + sw_line6_tail(&shape, lane);

			if (value >= g->from && value < g->to)
				sw_table6_retire(t, sw_tail6_read(tail, true).slot);
		}
	}
}

static void retire_gone(struct paint *p)
{
	for (unsigned i = 0; i < p->gone_n; i++) {
		const struct gone *g = &p->gone[i];

		if (g->all) {
			sw_table6_retire(p->table, g->slot);
			continue;
		}
		if (sw_slot6_kind(g->slot) == SW_SLOT6_RUN)
			retire_below(p->table, g);
		sw_runs_retire(p->table->writer->runs, sw_slot6_block(g->slot));
	}
}

/* ---- a run written anew ---- */

static int write_items(struct paint *p, const struct sw_items6 *items, unsigned width,
		       uint32_t *ret)
{
	struct sw_part6 part = sw_part6_whole(items, width);

	return sw_build6_part(p->table, &part, ret);
}

static int rewrite_point(struct paint *p, uint32_t slot, const struct sw_point6 *point,
			 uint32_t *ret)
{
	struct sw_items6 *items = p->table->writer->items;
	int err;

	sw_node6_decode(sw_table6_run(p->table, slot), slot, items);
	sw_items6_set_point(items, point);
	err = write_items(p, items, sw_slot6_width(slot), ret);
	if (!err)
		run_goes(p, slot, 0, 0);
	return err;
}

static int rewrite_range(struct paint *p, uint32_t slot, struct prefix x, uint32_t *ret)
{
	struct sw_items6 *items = p->table->writer->items;
	unsigned width = sw_slot6_width(slot);
	uint32_t from = first_bits(x, width), to = from + (1u << (width - x.len));
	int err;

	sw_node6_decode(sw_table6_run(p->table, slot), slot, items);
	sw_items6_set_range(items, from, to, 1u << width, x.class);
	err = write_items(p, items, width, ret);
	if (!err)
		run_goes(p, slot, from, to);
	return err;
}

/* A new run where all was of class @outer. */
static int new_run(struct paint *p, uint8_t outer, struct prefix x, uint32_t *ret)
{
	struct sw_items6 *items = p->table->writer->items;
	uint32_t value = first_bits(x, SW_RUN6_WIDTH);
	struct sw_point6 point;

	items->steps = 1;
	items->step[0] = (struct sw_step6){ 0, outer };
	items->points = 0;
	if (x.len < SW_RUN6_WIDTH) {
		sw_items6_set_range(items, value, value + (1u << (SW_RUN6_WIDTH - x.len)),
				    SW_VALUES6, x.class);
	} else {
		struct prefix rest = behind(x, SW_RUN6_WIDTH);

		point = new_point(value, rest.bits, rest.len, sw_slot6_uniform(x.class));
		sw_items6_set_point(items, &point);
	}
	return write_items(p, items, SW_RUN6_WIDTH, ret);
}

/* ---- stores in place ---- */

static void store(__u64 *word, uint64_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/* Another slot or length for a tail whose bits do not change but for being fewer. */
static void store_tail(const struct sw_spot6 *spot, const struct sw_point6 *point)
{
	__u64 tail[2];

	sw_tail6_write(tail, point);
	if (!spot->is_long)
		store(&spot->tail[0], tail[0]);
	else if (sw_point6_is_long(point))
		store(&spot->tail[1], tail[1]);
	else
		store(&spot->tail[1], (uint64_t)point->len << SW_TAIL6_LEN_SHIFT | point->slot);
}

/* Between where the tails of the lines before and behind end. */
static bool has_room(const struct sw_table6 *t, uint32_t slot, unsigned k,
		     const struct sw_line6_shape *shape, bool is_long)
{
	const union sw_block6 *run = sw_table6_run(t, slot);
	unsigned lines = sw_slot6_lines(slot), begin = lines * 8;
	unsigned end = 8 * sw_runs_length(t->writer->runs, sw_slot6_block(slot));
	struct sw_line6_shape next;

	if (shape->longs + shape->shorts == shape->lanes)
		return false;
	if (is_long) {
		if (k > 0) {
			next = sw_line6_shape(&run[k - 1]);
			begin = next.meet + next.shorts;
		}
		return shape->meet - 2 * shape->longs >= begin + 2;
	}
	if (k + 1 < lines) {
		next = sw_line6_shape(&run[k + 1]);
		end = next.meet - 2 * next.longs;
	}
	return shape->meet + shape->shorts < end;
}

/* One more point in its line. False: there is no room. */
static bool append_point(const struct sw_table6 *t, uint32_t slot, unsigned k,
			 const struct sw_point6 *point)
{
	union sw_block6 *run = sw_table6_run(t, slot), *line = &run[k];
	struct sw_line6_shape shape = sw_line6_shape(line);
	bool is_long = sw_point6_is_long(point);
	__u64 *word, with_lane, tail[2];
	unsigned lane, unit;

	if (!has_room(t, slot, k, &shape, is_long))
		return false;
	for (lane = 0; lane < shape.lanes; lane++) /* also among those not in use */
		if (sw_line6_lane(line, shape.words, lane) == point->value)
			return false;
	lane = is_long ? shape.longs++ : shape.lanes - ++shape.shorts;
	unit = sw_line6_tail(&shape, lane);
	sw_tail6_write(tail, point);
	memcpy(&run->word[0] + unit, tail, is_long ? 16 : 8);
	word = &line->word[lane % shape.words];
	with_lane = *word & ~(0xffffull << lane / shape.words * 16);
	with_lane |= (uint64_t)point->value << lane / shape.words * 16;
	store(word, with_lane);
	store(&line->word[7],
	      (line->word[7] & ((1ull << SW_LINE6_TAILS_SHIFT) - 1)) | sw_line6_flags(&shape));
	return true;
}

/* ---- below a point ---- */

/* @slot behind the first @len bits of @bits, which are fours; @outer elsewhere. */
static int wrap(struct paint *p, uint32_t slot, sw_bits128 bits, unsigned len, uint8_t outer,
		uint32_t *ret)
{
	struct sw_items6 *items = p->table->writer->items;
	uint32_t block, inner, i = (uint32_t)(bits >> 124);
	int err;

	if (len == 0) {
		*ret = slot;
		return 0;
	}
	if (len >= SW_RUN6_WIDTH) {
		items->steps = items->points = 1;
		items->step[0] = (struct sw_step6){ 0, outer };
		items->point[0] = new_point((uint32_t)(bits >> 112), bits << 16, len - 16, slot);
		return write_items(p, items, SW_RUN6_WIDTH, ret);
	}
	err = wrap(p, slot, bits << 4, len - 4, outer, &inner);
	if (!err)
		err = sw_table6_take(p->table, 1, &block);
	if (err)
		return err;
	for (unsigned k = 0; k < 16; k++)
		p->table->blocks[block].split[k] = k == i ? inner : sw_slot6_uniform(outer);
	*ret = sw_slot6_split(block);
	return 0;
}

/* The point's tail leads to a slot: *@ret is @slot, the store is in the tail. */
static int paint_node(struct paint *p, uint32_t slot, const struct sw_spot6 *spot,
		      struct sw_point6 was, struct prefix x, uint32_t *ret)
{
	unsigned same = min(sw_bits_common(tail_bits(&was), x.bits), min(was.len, x.len));
	struct sw_point6 new = was;
	int err = 0;

	*ret = slot;
	if (same == x.len) { /* all of it */
		new = new_point(was.value, x.bits, x.len, sw_slot6_uniform(x.class));
		all_goes(p, was.slot);
	} else if (same == was.len) {
		err = paint(p, was.slot, behind(x, same), &new.slot);
	} else if (x.class != spot->outer) {
		uint32_t wrapped;

		same &= ~3u;
		new = new_point(was.value, x.bits, same, 0);
		err = wrap(p, was.slot, tail_bits(&was) << same, was.len - same, spot->outer,
			   &wrapped);
		if (!err)
			err = paint(p, wrapped, behind(x, same), &new.slot);
	}
	if (!err && (new.slot != was.slot || new.len != was.len))
		store_tail(spot, &new);
	return err;
}

/* Two prefixes below one point: they get a run of their own behind what they share. */
static int paint_beside(struct paint *p, uint32_t slot, const struct sw_spot6 *spot,
			struct sw_point6 was, struct prefix x, unsigned same, uint32_t *ret)
{
	struct prefix old = { tail_bits(&was), was.len, sw_slot6_class(was.slot) };
	struct sw_point6 new;
	uint32_t inner = sw_slot6_uniform(spot->outer);
	int err;

	same = min(same, SW_TAIL6_NODE) & ~3u;
	err = paint(p, inner, behind(old, same), &inner);
	if (!err)
		err = paint(p, inner, behind(x, same), &inner);
	if (err)
		return err;
	new = new_point(was.value, x.bits, same, inner);
	if (!spot->is_long)
		return rewrite_point(p, slot, &new, ret);
	store_tail(spot, &new);
	*ret = slot;
	return 0;
}

/* The point's tail is a prefix that has a class. */
static int paint_leaf(struct paint *p, uint32_t slot, const struct sw_spot6 *spot,
		      struct sw_point6 was, struct prefix x, uint32_t *ret)
{
	unsigned same = min(sw_bits_common(tail_bits(&was), x.bits), min(was.len, x.len));
	struct sw_point6 new = new_point(was.value, x.bits, x.len, sw_slot6_uniform(x.class));
	bool differs = sw_slot6_class(was.slot) != spot->outer, covers = same == x.len;

	*ret = slot;
	if (covers && (x.len == was.len || x.class == spot->outer)) {
		was.slot = new.slot;
		store_tail(spot, &was);
		return 0;
	}
	if (x.class == (same == was.len && differs ? sw_slot6_class(was.slot) : spot->outer))
		return 0;
	if (differs && !covers)
		return paint_beside(p, slot, spot, was, x, same, ret);
	if (spot->is_long ? !covers : sw_point6_is_long(&new))
		return rewrite_point(p, slot, &new, ret);
	store_tail(spot, &new);
	return 0;
}

/* ---- tails that make no difference ---- */

static bool makes_difference(const union sw_block6 *run, unsigned k,
			     const struct sw_line6_shape *shape, unsigned lane)
{
	const __u64 *tail = &run->word[0] + sw_line6_tail(shape, lane);
	uint32_t value = sw_line6_lane(&run[k], shape->words, lane);

	return sw_tail6_read(tail, lane < shape->longs).slot !=
	       sw_slot6_uniform(sw_line6_class(&run[k], value));
}

static bool is_mostly_dead(const union sw_block6 *run, unsigned k)
{
	struct sw_line6_shape shape = sw_line6_shape(&run[k]);
	unsigned live = 0;

	for (unsigned lane = 0; lane < shape.lanes; lane++) {
		if (lane == shape.longs)
			lane = shape.lanes - shape.shorts;
		live += lane < shape.lanes && makes_difference(run, k, &shape, lane);
	}
	return live * (1 + DEAD_TO_LIVE) <= shape.longs + shape.shorts;
}

/* The tail at @spot was changed in place: write the run anew if too little of the line is
 * left. It is as right as before when there is no memory for that. */
static void prune(struct paint *p, uint32_t slot, const struct sw_spot6 *spot, uint32_t *ret)
{
	struct sw_table6_writer *w = p->table->writer;
	union sw_block6 *run = sw_table6_run(p->table, slot);
	size_t before = w->fresh_n;

	if (sw_tail6_read(spot->tail, spot->is_long).slot != sw_slot6_uniform(spot->outer) ||
	    !is_mostly_dead(run, spot->line))
		return;
	sw_node6_decode(run, slot, w->items);
	if (write_items(p, w->items, sw_slot6_width(slot), ret)) {
		sw_table6_roll_back(p->table, before);
		*ret = slot;
		return;
	}
	run_goes(p, slot, 0, 0);
}

/* ---- slots ---- */

static int paint_run(struct paint *p, uint32_t slot, struct prefix x, uint32_t *ret)
{
	unsigned width = sw_slot6_width(slot);
	struct sw_point6 point;
	struct sw_spot6 spot;
	struct prefix rest;
	int err;

	if (x.len < width)
		return rewrite_range(p, slot, x, ret);
	spot = sw_node6_find(sw_table6_run(p->table, slot), slot, first_bits(x, width));
	rest = behind(x, width);
	if (spot.lane >= 0) {
		point = sw_tail6_read(spot.tail, spot.is_long);
		point.value = first_bits(x, width);
		if (sw_slot6_kind(point.slot))
			err = paint_node(p, slot, &spot, point, rest, ret);
		else
			err = paint_leaf(p, slot, &spot, point, rest, ret);
		if (!err && *ret == slot)
			prune(p, slot, &spot, ret);
		return err;
	}
	*ret = slot;
	if (spot.outer == x.class)
		return 0;
	point = new_point(first_bits(x, width), rest.bits, rest.len, sw_slot6_uniform(x.class));
	if (append_point(p->table, slot, spot.line, &point))
		return 0;
	return rewrite_point(p, slot, &point, ret);
}

static bool is_uniform(const uint32_t slot[16])
{
	for (unsigned i = 0; i < 16; i++)
		if (sw_slot6_kind(slot[i]) != SW_SLOT6_UNIFORM || slot[i] != slot[0])
			return false;
	return true;
}

/* All of @n slots. */
static void paint_slots(struct paint *p, uint32_t *slot, uint32_t n, uint8_t class)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t old = slot[i];

		sw_slot6_store(&slot[i], sw_slot6_uniform(class));
		sw_table6_retire(p->table, old);
	}
}

static int paint_split(struct paint *p, uint32_t slot, struct prefix x, uint32_t *ret)
{
	uint32_t *sub = sw_table6_run(p->table, slot)->split, *at = &sub[first_bits(x, 4)];
	int err = 0;

	if (x.len < 4) {
		paint_slots(p, at, 1u << (4 - x.len), x.class);
	} else {
		uint32_t new;

		err = paint(p, *at, behind(x, 4), &new);
		if (!err && new != *at)
			sw_slot6_store(at, new);
	}
	*ret = slot;
	if (!err && is_uniform(sub)) {
		*ret = sub[0];
		run_goes(p, slot, 0, 0);
	}
	return err;
}

static int paint(struct paint *p, uint32_t slot, struct prefix x, uint32_t *ret)
{
	if (x.len == 0) {
		*ret = sw_slot6_uniform(x.class);
		all_goes(p, slot);
		return 0;
	}
	if (sw_slot6_kind(slot) == SW_SLOT6_RUN)
		return paint_run(p, slot, x, ret);
	if (sw_slot6_kind(slot) == SW_SLOT6_SPLIT)
		return paint_split(p, slot, x, ret);
	*ret = slot;
	if (sw_slot6_class(slot) == x.class)
		return 0;
	return new_run(p, sw_slot6_class(slot), x, ret);
}

/* The tail is where a new one would go: those that there are lie beside it. */
void sw_table6_expect(const struct sw_table6 *t, uint64_t hi)
{
	uint32_t slot = *sw_table6_slot(t, (uint32_t)(hi >> 48));
	const union sw_block6 *run, *line;
	uint32_t value;

	if (sw_slot6_kind(slot) != SW_SLOT6_RUN)
		return;
	run = sw_table6_run(t, slot);
	value = (uint32_t)(hi << 16 >> (64 - sw_slot6_width(slot)));
	line = &run[value * sw_slot6_lines(slot) >> sw_slot6_width(slot)];
	__builtin_prefetch(line + 1);
	sw_runs_expect(t->writer->runs, sw_slot6_block(slot));
	__builtin_prefetch(&run->word[0] + sw_line6_shape(line).meet, 1);
}

int sw_table6_paint(struct sw_table6 *t, uint64_t hi, uint64_t lo, uint8_t len, uint8_t class)
{
	struct prefix x = { .bits = (sw_bits128)hi << 64 | lo, .len = len, .class = class };
	struct paint p; /* gone[] is not zeroed: it is larger than what is needed */
	uint32_t *slot, new;
	int err;

	if (len < 128)
		x.bits &= ~(~(sw_bits128)0 >> len);
	p.table = t;
	p.gone_n = 0;
	slot = sw_table6_slot(t, first_bits(x, 16));
	if (len < 16) {
		paint_slots(&p, slot, 1u << (16 - len), class);
		return 0;
	}
	err = paint(&p, *slot, behind(x, 16), &new);
	if (err) {
		sw_table6_roll_back(t, 0);
		return err;
	}
	if (new != *slot)
		sw_slot6_store(slot, new);
	sw_table6_commit(t);
	retire_gone(&p);
	return 0;
}
