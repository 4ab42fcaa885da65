/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * repaint - see repaint.h. A source about which nothing longer says anything, which is
 * nearly every one, is one paint; else the prefix is painted interval by interval, each once
 * and with what it is to have in the end.
 */
#include "repaint.h"

#include "bits128.h"

struct painter {
	struct sw_table4 *t4;
	struct sw_table6 *t6;
	unsigned family;
	sw_bits128 at; /* up to here all is painted */
	struct {
		sw_bits128 last;
		uint8_t class;
	} open[SW_OVERLAY_LENGTHS + 1]; /* prefixes whose end is not reached */
	unsigned depth;
};

static int paint_prefix6(void *ctx, const struct sw_prefix *p)
{
	const struct painter *painter = ctx;

	return sw_table6_paint(painter->t6, p->hi, p->lo, p->len,
			       painter->open[painter->depth].class);
}

/* From where the painting is to @last, in the class of the frame above the open ones. */
static int paint_to(struct painter *p, sw_bits128 last)
{
	struct sw_prefix from = sw_prefix_ip6((uint64_t)(p->at >> 64), (uint64_t)p->at, 128);
	struct sw_prefix to = sw_prefix_ip6((uint64_t)(last >> 64), (uint64_t)last, 128);

	if (p->family == 4)
		return sw_table4_paint(p->t4, (uint32_t)(p->at >> 96), (uint32_t)(last >> 96),
				       p->open[p->depth].class);
	return sw_range_split(&from, &to, paint_prefix6, p);
}

/* Close the innermost prefix. */
static int close_one(struct painter *p)
{
	sw_bits128 last = p->open[--p->depth].last;
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
	sw_bits128 start = (sw_bits128)hi << 64 | lo;
	sw_bits128 size_less_one = (sw_bits128)~sw_bits_hi(len) << 64 | (uint64_t)~sw_bits_lo(len);
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

/* All of a prefix in one class. */
static int paint_whole(const struct painter *p, const struct sw_overlay_entry *e, uint8_t class)
{
	uint32_t first = (uint32_t)(e->hi >> 32);

	if (p->family == 6)
		return sw_table6_paint(p->t6, e->hi, e->lo, e->len, class);
	return sw_table4_paint(p->t4, first, first | (uint32_t)(~sw_bits_hi(e->len) >> 32), class);
}

int sw_repaint(struct sw_table4 *t4, struct sw_table6 *t6, const struct sw_layers *l,
	       const struct sw_overlay_entry *e, struct sw_listed listed)
{
	struct painter p; /* not zeroed as a whole: its stack is larger than what is needed */
	int inside = sw_layers_has_inside(l, e->hi, e->lo, e->len, listed), err;

	if (inside < 0)
		return inside;
	p.t4 = t4;
	p.t6 = t6;
	p.family = l->family;
	p.at = 0;
	p.depth = 0;
	if (!inside)
		return paint_whole(&p, e, sw_layers_class(l, e->hi, e->lo, e->len, listed));
	err = sw_layers_each(l, e->hi, e->lo, e->len, paint_entry, &p);
	while (p.depth && !err)
		err = close_one(&p);
	return err;
}
