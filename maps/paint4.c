/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * paint4 - a few addresses of the IPv4 table get another class, in place; see
 * sw_table4_paint. From the cheapest way to the dearest:
 *
 *   a store   where a block has room for the address: a lane, a bit or a byte
 *   a run     copied with the one block that changes written anew
 *   a /16     read, painted and cut anew, where no block of that kind and span can
 *             say it, or where one has become simpler: memory comes back
 *
 * A lane of points is free when it repeats lane 0, and only such lanes are written, or
 * made so. So a point never moves while it is in force: a reader, which takes the
 * words one after the other, cannot miss it between two places.
 */
#include <errno.h>
#include <string.h>

#include "lanes.h"
#include "writer4.h"

/* Retired blocks for which readers are waited for, as a share of the table. */
#define RECLAIM_SHARE 8
#define RECLAIM_BLOCKS_MAX (1u << 18) /* 16 MiB */

/* The slot that speaks for an address. */
struct place {
	uint32_t *slot;
	uint32_t value;
	unsigned bits; /* log2 of the addresses that it stands for */
	uint32_t base; /* the first of them, as offset in its /16 */
};

static struct place place_of(const struct sw_table4 *t, uint32_t addr)
{
	uint32_t *slot = sw_slot4_at(t, addr >> SW_SLOT_BITS);
	unsigned sub = addr >> SW_SUBSLOT_BITS & 15;

	if (!sw_slot4_is_split(*slot))
		return (struct place){ slot, *slot, SW_SLOT_BITS, 0 };
	slot = &t->blocks[sw_slot4_block(*slot)].split[sub];
	return (struct place){ slot, *slot, SW_SUBSLOT_BITS, sub << SW_SUBSLOT_BITS };
}

void sw_table4_expect(const struct sw_table4 *t, uint32_t addr)
{
	struct place p = place_of(t, addr);
	unsigned span = sw_slot4_span(p.value);
	uint32_t rest = (addr & (SW_CHUNK4 - 1)) - p.base;

	if (sw_slot4_owns(p.value))
		__builtin_prefetch(&t->blocks[sw_slot4_block(p.value) + (rest >> span)], 1);
}

/* ---- a store ---- */

static bool add_point(__u64 *words, unsigned n, uint16_t point)
{
	for (unsigned k = 1; k < n; k++) {
		if (sw_lane(words, k) != sw_lane(words, 0))
			continue;
		sw_lane_store(words, k, point);
		return true;
	}
	return false;
}

static bool remove_point(__u64 *words, unsigned n, uint16_t point)
{
	if (sw_lane(words, 0) == point)
		return false;
	for (unsigned k = 1; k < n; k++)
		if (sw_lane(words, k) == point)
			sw_lane_store(words, k, sw_lane(words, 0));
	return true;
}

static bool has_point(const __u64 *words, unsigned n, uint16_t point)
{
	for (unsigned k = 0; k < n; k++)
		if (sw_lane(words, k) == point)
			return true;
	return false;
}

/* Among points, @offset is to be or not to be one. */
static bool set_point(__u64 *words, unsigned n, uint16_t offset, bool wanted)
{
	if (has_point(words, n, offset) == wanted)
		return true;
	return wanted ? add_point(words, n, offset) : remove_point(words, n, offset);
}

static bool set_in_mixed(const struct sw_table4 *t, union sw_block4 *block, uint32_t addr,
			 uint16_t offset, uint8_t class)
{
	unsigned now = sw_table4_get(t, addr) == block->mixed.value[1];
	bool is_point;

	if (!block->mixed.points || block->mixed.value[0] == block->mixed.value[1])
		return false;
	is_point = has_point(block->mixed.point, SW_MIXED_POINTS, offset);
	return set_point(block->mixed.point, SW_MIXED_POINTS, offset,
			 is_point ^ (class != block->mixed.value[now]));
}

static bool set_bit(union sw_block4 *block, uint32_t offset, bool value)
{
	__u64 *word = &block->bitmap.bits[offset / 64 & 3], bit = 1ull << offset % 64;

	__atomic_store_n(word, value ? *word | bit : *word & ~bit, __ATOMIC_RELEASE);
	return true;
}

/* One address, by one store; a point that goes may lie in several lanes. */
static bool paint_by_store(struct sw_table4 *t, uint32_t addr, uint8_t class)
{
	struct place p = place_of(t, addr);
	unsigned span = sw_slot4_span(p.value);
	uint32_t rest = (addr & (SW_CHUNK4 - 1)) - p.base;
	uint16_t offset = (uint16_t)(rest & ((1u << span) - 1));
	union sw_block4 *block = &t->blocks[sw_slot4_block(p.value) + (rest >> span)];
	const uint8_t *value = block->points.value;

	if (!sw_slot4_owns(p.value))
		return p.value == class;
	switch (p.value & SW_SLOT_KIND) {
	case SW_SLOT_POINTS:
		return (class == value[0] || class == value[1]) && value[0] != value[1] &&
		       set_point(block->points.point, SW_POINTS, offset, class == value[1]);
	case SW_SLOT_MIXED:
		value = block->mixed.value;
		return (class == value[0] || class == value[1]) &&
		       set_in_mixed(t, block, addr, offset, class);
	case SW_SLOT_BITMAP:
		value = block->bitmap.value;
		return (class == value[0] || class == value[1]) &&
		       set_bit(block, offset, class != value[0]);
	case SW_SLOT_DIRECT:
		__atomic_store_n(&block->direct[offset & 63], class, __ATOMIC_RELEASE);
		return true;
	default:
		return sw_table4_get(t, addr) == class;
	}
}

/* ---- a run ---- */

/* A block that is alone may become of another kind. */
static bool write_block(uint32_t slot, bool alone, const struct sw_chunk4 *chunk, uint32_t offset,
			union sw_block4 *ret, uint32_t *kind)
{
	static const uint32_t any[] = { SW_SLOT_POINTS, SW_SLOT_MIXED, SW_SLOT_STEPS };
	unsigned span = sw_slot4_span(slot);

	*kind = slot & SW_SLOT_KIND;
	if (!alone)
		return sw_block4_write(*kind, chunk, offset, span, ret);
	for (unsigned k = 0; k < sizeof(any) / sizeof(*any); k++) {
		*kind = any[k];
		if (sw_block4_write(*kind, chunk, offset, span, ret))
			return true;
	}
	return false;
}

static int copy_run(struct sw_table4 *t, const struct place *p, uint32_t at, uint32_t kind,
		    const union sw_block4 *changed)
{
	unsigned order = sw_slot4_order(p->value, p->bits);
	uint32_t block = sw_writer4_take(t, order);

	if (block == SW_BUDDY_NONE)
		return -ENOSPC;
	if (order)
		memcpy(&t->blocks[block], &t->blocks[sw_slot4_block(p->value)],
		       sizeof(*changed) << order);
	t->blocks[block + at] = *changed;
	return sw_writer4_prepare(t, p->slot, sw_slot4_value(kind, sw_slot4_span(p->value), block));
}

/* -E2BIG: that cannot be said by this run. */
static int paint_run(struct sw_table4 *t, uint32_t first, uint32_t last, uint8_t class)
{
	struct place p = place_of(t, first);
	unsigned span = sw_slot4_owns(p.value) ? sw_slot4_span(p.value) : p.bits;
	uint32_t from = (first & (SW_CHUNK4 - 1)) - p.base, to = (last & (SW_CHUNK4 - 1)) - p.base,
		 offset = p.base + (from >> span << span);
	struct sw_chunk4 *chunk = &t->writer->chunk;
	union sw_block4 block;
	uint32_t kind;

	if (to >> p.bits || from >> span != to >> span)
		return -E2BIG;
	if (!sw_slot4_owns(p.value)) /* as a block of its own */
		p.value = sw_slot4_value(SW_SLOT_MIXED, p.bits, p.value);
	chunk->n = 0;
	sw_chunk4_read(chunk, p.value & SW_SLOT_KIND,
		       &t->blocks[sw_slot4_block(p.value) + (from >> span)], offset, span);
	sw_chunk4_paint(chunk, p.base + from, p.base + to, class);
	if (chunk->n == 1 || !write_block(p.value, span == p.bits, chunk, offset, &block, &kind))
		return -E2BIG;
	return copy_run(t, &p, from >> span, kind, &block);
}

/* ---- a /16 ---- */

static void read_slot(const struct sw_table4 *t, struct sw_chunk4 *chunk, uint32_t slot,
		      unsigned bits, uint32_t base)
{
	unsigned span = sw_slot4_span(slot);

	if (!sw_slot4_owns(slot)) {
		sw_chunk4_add(chunk, base, (uint8_t)slot);
		return;
	}
	for (uint32_t b = 0; b < 1u << (bits - span); b++)
		sw_chunk4_read(chunk, slot & SW_SLOT_KIND, &t->blocks[sw_slot4_block(slot) + b],
			       base + (b << span), span);
}

static int paint_chunk(struct sw_table4 *t, uint32_t first, uint32_t last, uint8_t class)
{
	struct sw_table4_writer *w = t->writer;
	uint32_t slot = *sw_slot4_at(t, first >> SW_SLOT_BITS);

	w->chunk.n = 0;
	if (sw_slot4_is_split(slot))
		for (unsigned s = 0; s < 16; s++)
			read_slot(t, &w->chunk, t->blocks[sw_slot4_block(slot)].split[s],
				  SW_SUBSLOT_BITS, s << SW_SUBSLOT_BITS);
	else
		read_slot(t, &w->chunk, slot, SW_SLOT_BITS, 0);
	sw_chunk4_paint(&w->chunk, first & (SW_CHUNK4 - 1), last & (SW_CHUNK4 - 1), class);
	w->pieces.slot = first >> SW_SLOT_BITS;
	sw_pieces4_cut(&w->chunk, &w->pieces);
	return sw_writer4_change(t, &w->pieces);
}

/* ---- all ways ---- */

/* @first and @last are in one /16. */
static int paint_part(struct sw_table4 *t, uint32_t first, uint32_t last, uint8_t class)
{
	int err;

	if (last - first == SW_CHUNK4 - 1)
		return sw_writer4_prepare(t, sw_slot4_at(t, first >> SW_SLOT_BITS), class);
	err = paint_run(t, first, last, class);
	return err == -E2BIG ? paint_chunk(t, first, last, class) : err;
}

int sw_table4_paint(struct sw_table4 *t, uint32_t first, uint32_t last, uint8_t class)
{
	struct sw_table4_writer *w = t->writer;
	uint32_t most = t->capacity / RECLAIM_SHARE;
	int err = 0;

	if (first > last)
		return -EINVAL;
	if (first == last && paint_by_store(t, first, class))
		return 0;
	for (uint64_t at = first, end; at <= last && !err; at = end + 1) {
		end = at | (SW_CHUNK4 - 1);
		if (end > last)
			end = last;
		err = paint_part(t, (uint32_t)at, (uint32_t)end, class);
	}
	if (err)
		sw_writer4_roll_back(t);
	else
		sw_writer4_commit(t);
	if (w->retired_blocks > (most < RECLAIM_BLOCKS_MAX ? most : RECLAIM_BLOCKS_MAX))
		sw_writer4_reclaim(t);
	return err;
}
