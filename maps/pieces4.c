/* SPDX-License-Identifier: GPL-2.0-only */
/* pieces4 - see pieces4.h. */
#include "pieces4.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lanes.h"

#define ALL_LANES 0x0001000100010001ull
#define NO_STEPS (SW_NO_STEP * ALL_LANES)

struct cutter {
	int (*each)(void *ctx, const struct sw_pieces4 *pieces);
	void *ctx;
	struct sw_chunk4 chunk;
	struct sw_pieces4 pieces;
};

/* 2^span addresses from @offset on; interval @first is the one that @offset is in. */
struct range {
	const struct sw_chunk4 *chunk;
	uint32_t first, offset;
	unsigned span;
};

static uint32_t range_end(const struct range *r)
{
	return r->offset + (1u << r->span);
}

/* The next range of the same span. */
static struct range range_after(struct range r)
{
	r.offset += 1u << r.span;
	while (r.first + 1 < r.chunk->n && sw_chunk4_end(r.chunk, r.first) <= r.offset)
		r.first++;
	return r;
}

/* ---- what is in a range ---- */

struct shape {
	unsigned intervals;
	uint8_t low, high; /* smallest and greatest class */
	bool two; /* no class but these two */
};

static void see_class(struct shape *s, uint8_t class)
{
	if (class == s->low || class == s->high)
		return;
	if (s->low != s->high)
		s->two = false;
	if (class < s->low)
		s->low = class;
	if (class > s->high)
		s->high = class;
}

static struct shape shape_of(const struct range *r)
{
	const struct sw_chunk4 *c = r->chunk;
	struct shape s = { 1, c->class[r->first], c -> class[r->first], true };
	uint32_t i = r->first;

	while (sw_chunk4_end(c, i) < range_end(r)) {
		see_class(&s, c->class[++i]);
		s.intervals++;
	}
	return s;
}

/* ---- points ---- */

/* The addresses of @class in the range, at most one more than fits; their offsets
 * go to @point. */
static unsigned points_of(const struct range *r, uint8_t class, uint16_t point[SW_POINTS])
{
	const struct sw_chunk4 *c = r->chunk;
	unsigned n = 0;
	uint32_t at = r->offset;

	for (uint32_t i = r->first; at < range_end(r) && n <= SW_POINTS; i++) {
		uint32_t end =
			sw_chunk4_end(c, i) < range_end(r) ? sw_chunk4_end(c, i) : range_end(r);

		for (; c->class[i] == class && at < end && n <= SW_POINTS; at++, n++)
			if (n < SW_POINTS)
				point[n] = (uint16_t)(at - r->offset);
		at = end;
	}
	return n;
}

/* The class of the points, and how many there are; 0: they do not fit. */
static unsigned find_points(const struct range *r, const struct shape *s, uint8_t *class,
			    uint16_t point[SW_POINTS])
{
	unsigned n = points_of(r, s->high, point);

	*class = s->high;
	if (n > SW_POINTS) {
		n = points_of(r, s->low, point);
		*class = s->low;
	}
	return n > SW_POINTS ? 0 : n;
}

static bool fits_points(const struct range *r)
{
	struct shape s = shape_of(r);
	uint16_t point[SW_POINTS];
	uint8_t class;

	return s.low == s.high || (s.two && find_points(r, &s, &class, point));
}

/* A range of one class, beside others that have points: one point of that class. */
static void encode_points(const struct range *r, union sw_block4 *block)
{
	struct shape s = shape_of(r);
	uint16_t point[SW_POINTS] = { 0 };
	uint8_t class = s.low;
	unsigned n = s.low == s.high ? 1 : find_points(r, &s, &class, point);

	memset(block, 0, sizeof(*block));
	for (unsigned k = n; k < SW_POINTS; k++)
		point[k] = point[0];
	for (unsigned w = 0; w < SW_POINTS / 4; w++)
		block->points.point[w] = (__u64)point[4 * w] | (__u64)point[4 * w + 1] << 16 |
					 (__u64)point[4 * w + 2] << 32 |
					 (__u64)point[4 * w + 3] << 48;
	block->points.value[0] = class == s.low ? s.high : s.low;
	block->points.value[1] = class;
}

/* ---- mixed blocks ---- */

/* A range of two classes as intervals of pairs, and points that differ. */
struct mixture {
	unsigned steps, points; /* one more than fits: too many */
	uint16_t last[SW_MIXED_STEPS + 1]; /* in units of two addresses */
	uint16_t point[SW_MIXED_POINTS + 1];
};

static void add_step(struct mixture *m, uint32_t last)
{
	if (m->steps <= SW_MIXED_STEPS)
		m->last[m->steps++] = (uint16_t)(last >> 1);
}

static void add_point(struct mixture *m, uint32_t offset)
{
	if (m->points <= SW_MIXED_POINTS)
		m->point[m->points++] = (uint16_t)offset;
}

/*
 * Each interval's end is a boundary where the class changes to the other one. Two
 * boundaries that cut one host out of a pair, or an odd one, make a point; the
 * base of a pair is the class before it.
 */
static struct mixture mixture_of(const struct range *r)
{
	const struct sw_chunk4 *c = r->chunk;
	struct mixture m = { 0 };
	uint32_t i = r->first;

	while (sw_chunk4_end(c, i) < range_end(r) && m.steps <= SW_MIXED_STEPS &&
	       m.points <= SW_MIXED_POINTS) {
		uint32_t at = sw_chunk4_end(c, i) - r->offset;
		uint32_t next = sw_chunk4_end(c, i + 1) - r->offset;
		bool single = next == at + 1 && next < 1u << r->span;

		i++;
		if (at % 2) { /* the second host of its pair, and perhaps what follows */
			add_point(&m, at);
			if (single)
				i++;
			else if (at + 1 < 1u << r->span)
				add_step(&m, at);
		} else if (single) { /* the first host of its pair alone */
			add_point(&m, at);
			i++;
		} else {
			add_step(&m, at - 1);
		}
	}
	return m;
}

static bool fits_mixed(const struct range *r)
{
	struct mixture m;

	if (!shape_of(r).two)
		return false;
	m = mixture_of(r);
	return m.steps <= SW_MIXED_STEPS && m.points <= SW_MIXED_POINTS;
}

static void encode_mixed(const struct range *r, union sw_block4 *block)
{
	struct mixture m = mixture_of(r);
	struct shape s = shape_of(r);
	uint8_t first = r->chunk->class[r->first];

	memset(block, 0, sizeof(*block));
	for (unsigned w = 0; w < SW_MIXED_STEPS / 4; w++)
		block->mixed.last[w] = NO_STEPS;
	for (unsigned k = 0; k < m.steps; k++)
		sw_lane_store(block->mixed.last, k, m.last[k]);
	for (unsigned k = 0; m.points && k < SW_MIXED_POINTS; k++)
		sw_lane_store(block->mixed.point, k, m.point[k < m.points ? k : 0]);
	block->mixed.points = m.points != 0;
	block->mixed.value[0] = first;
	block->mixed.value[1] = first == s.low ? s.high : s.low;
}

/* ---- blocks of steps ---- */

static bool fits_steps(const struct range *r)
{
	return r->span <= 15 && shape_of(r).intervals <= SW_STEPS_STEPS + 1;
}

static void encode_steps(const struct range *r, union sw_block4 *block)
{
	unsigned intervals = shape_of(r).intervals;

	memset(block, 0, sizeof(*block));
	for (unsigned w = 0; w < SW_STEPS_STEPS / 4; w++)
		block->steps.last[w] = NO_STEPS;
	for (uint32_t k = 0; k < intervals; k++) {
		block->steps.value[k] = r->chunk->class[r->first + k];
		if (k + 1 < intervals)
			sw_lane_store(
				block->steps.last, k,
				(uint16_t)(sw_chunk4_end(r->chunk, r->first + k) - 1 - r->offset));
	}
}

/* ---- bitmaps, bytes ---- */

static uint8_t class_at(const struct range *r, uint32_t *i, uint32_t address)
{
	while (sw_chunk4_end(r->chunk, *i) <= address)
		(*i)++;
	return r->chunk->class[*i];
}

static void encode_bitmap(const struct range *r, union sw_block4 *block)
{
	struct shape s = shape_of(r);
	uint32_t i = r->first;

	memset(block, 0, sizeof(*block));
	block->bitmap.value[0] = s.low;
	block->bitmap.value[1] = s.high;
	for (uint32_t h = 0; h < 256; h++)
		if (class_at(r, &i, r->offset + h) != s.low)
			block->bitmap.bits[h / 64] |= 1ull << h % 64;
}

static void encode_direct(const struct range *r, union sw_block4 *block)
{
	uint32_t i = r->first;

	for (uint32_t h = 0; h < 64; h++)
		block->direct[h] = class_at(r, &i, r->offset + h);
}

static bool has_two_classes(const struct range *r)
{
	return r->span == 8 && shape_of(r).two;
}

static bool fits_direct(const struct range *r)
{
	return r->span == 6;
}

/* ---- kinds ---- */

/* In the order in which they are tried. */
static const struct kind {
	uint32_t kind;
	bool (*fits)(const struct range *r);
	void (*encode)(const struct range *r, union sw_block4 *block);
	unsigned most; /* intervals that a block can have */
} kinds[] = {
	{ SW_SLOT_POINTS, fits_points, encode_points, 2 * SW_POINTS + 1 },
	{ SW_SLOT_MIXED, fits_mixed, encode_mixed, SW_MIXED_STEPS + 2 * SW_MIXED_POINTS + 1 },
	{ SW_SLOT_STEPS, fits_steps, encode_steps, SW_STEPS_STEPS + 1 },
	{ SW_SLOT_BITMAP, has_two_classes, encode_bitmap, 256 },
	{ SW_SLOT_DIRECT, fits_direct, encode_direct, 64 },
};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

bool sw_block4_write(uint32_t kind, const struct sw_chunk4 *chunk, uint32_t offset, unsigned span,
		     union sw_block4 *ret)
{
	struct range r = { .chunk = chunk, .offset = offset, .span = span };

	for (const struct kind *k = kinds; k < kinds + KINDS; k++) {
		if (k->kind != kind || !k->fits(&r))
			continue;
		k->encode(&r, ret);
		return true;
	}
	return false;
}

/* Write @whole as a run of blocks that span 2^span addresses each. */
static void encode(struct sw_piece4 *p, struct range whole, const struct kind *kind, unsigned span)
{
	p->kind = kind->kind;
	p->span = (uint8_t)span;
	p->blocks = 1u << (whole.span - span);
	whole.span = span;
	for (uint32_t b = 0; b < p->blocks; b++, whole = range_after(whole))
		kind->encode(&whole, &p->block[b]);
}

/* ---- pieces ---- */

static bool cut_uniform(struct sw_piece4 *p, const struct range *r)
{
	if (sw_chunk4_end(r->chunk, r->first) < range_end(r))
		return false;
	p->kind = SW_SLOT_MIXED;
	p->blocks = 0;
	p->uniform = r->chunk->class[r->first];
	return true;
}

/* Is @fits true for all ranges of 2^span addresses in @whole? */
static bool all_fit(struct range whole, unsigned span, bool (*fits)(const struct range *r))
{
	uint32_t end = range_end(&whole);

	for (whole.span = span; whole.offset < end; whole = range_after(whole))
		if (!fits(&whole))
			return false;
	return true;
}

/* With the largest span from @high down to @low at which one kind fits everywhere. */
static bool cut_blocks(struct sw_piece4 *p, const struct range *r, unsigned high, unsigned low)
{
	unsigned intervals = shape_of(r).intervals;

	for (unsigned span = high; span >= low; span--) {
		for (const struct kind *k = kinds; k < kinds + KINDS; k++) {
			if (intervals > k->most << (r->span - span)) /* spares the closer look */
				continue;
			if (all_fit(*r, span, k->fits)) {
				encode(p, *r, k, span);
				return true;
			}
		}
	}
	return false;
}

static void cut_subslot(struct sw_piece4 *p, const struct range *r)
{
	if (!cut_uniform(p, r))
		cut_blocks(p, r, SW_SUBSLOT_BITS, 6); /* direct fits everywhere */
}

void sw_pieces4_cut(const struct sw_chunk4 *chunk, struct sw_pieces4 *ret)
{
	struct range whole = { .chunk = chunk, .span = SW_SLOT_BITS };

	if (cut_uniform(&ret->whole, &whole) || cut_blocks(&ret->whole, &whole, 16, 11))
		return;
	ret->whole.kind = SW_SLOT_SPLIT;
	ret->whole.blocks = 1;
	whole.span = SW_SUBSLOT_BITS;
	for (unsigned s = 0; s < 16; s++, whole = range_after(whole))
		cut_subslot(&ret->sub[s], &whole);
}

uint32_t sw_pieces4_blocks(const struct sw_pieces4 *pieces)
{
	uint32_t blocks = pieces->whole.blocks;

	if (pieces->whole.kind == SW_SLOT_SPLIT)
		for (unsigned s = 0; s < 16; s++)
			blocks += pieces->sub[s].blocks;
	return blocks;
}

/* ---- from prefixes to intervals ---- */

/* Addresses @first to @last, in ascending order and without gaps between calls. */
static int add(struct cutter *t, uint64_t first, uint64_t last, uint8_t class)
{
	while (first <= last) {
		uint32_t offset = first % SW_CHUNK4;
		uint64_t end = first - offset + SW_CHUNK4 - 1;
		int err;

		if (offset == 0)
			t->chunk.n = 0;
		sw_chunk4_add(&t->chunk, offset, class);
		if (last < end)
			return 0;
		t->pieces.slot = (uint32_t)(first >> SW_SLOT_BITS);
		sw_pieces4_cut(&t->chunk, &t->pieces);
		err = t->each(t->ctx, &t->pieces);
		if (err)
			return err;
		first = end + 1;
	}
	return 0;
}

/* A prefix whose end the walk has not come to yet. */
struct open_prefix {
	uint64_t last;
	uint8_t class;
};

static int walk(struct cutter *t, const struct sw_entry4 *flat, size_t n)
{
	struct open_prefix open[34] = { { UINT32_MAX, SW_CLASS_UNLISTED } };
	unsigned depth = 1;
	uint64_t at = 0;
	int err = 0;

	for (size_t i = 0; i <= n && !err; i++) {
		uint64_t start = i < n ? flat[i].addr : (uint64_t)UINT32_MAX + 1;

		while (depth && open[depth - 1].last < start && !err) {
			depth--;
			if (at <= open[depth].last) {
				err = add(t, at, open[depth].last, open[depth].class);
				at = open[depth].last + 1;
			}
		}
		if (i == n || err)
			break;
		if (at < start)
			err = add(t, at, start - 1, open[depth - 1].class);
		at = start;
		open[depth].last = start + (1ull << (32 - flat[i].len)) - 1;
		open[depth++].class = flat[i].class;
	}
	return err;
}

int sw_pieces4_each(const struct sw_entry4 *flat, size_t n,
		    int (*each)(void *ctx, const struct sw_pieces4 *pieces), void *ctx)
{
	struct cutter *t = malloc(sizeof(*t));
	int err;

	if (!t)
		return -ENOMEM;
	t->each = each;
	t->ctx = ctx;
	err = walk(t, flat, n);
	free(t);
	return err;
}
