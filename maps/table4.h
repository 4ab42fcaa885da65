/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * table4 - the look-up of an IPv4 source: at most two cache misses, mostly one,
 * and no branch that a random source makes unpredictable.
 *
 * A slot of the index (256 KiB, which stay in a core's cache) stands for a /16.
 * It names a run of blocks, each of which spans 2048 to 65536 addresses. A block
 * is a cache line and cuts its span into intervals with a class each: the interval
 * of an address is the number of steps below it, which is counted four at a time
 * in the lanes of a word. Kinds of blocks:
 *   points   28 single addresses: hosts of one list
 *   mixed    12 steps, two classes that take turns, and 16 single addresses that
 *            have the other class: networks and hosts of one list
 *   steps    20 steps, any classes: several lists
 * Where more is listed than that, the slot is split: it names a line with a slot
 * for each of its /20s, whose blocks span 64 to 4096 addresses; kinds also
 *   bitmap   a bit for each host of a /24 picks one of two classes
 *   direct   a byte for each of 64 hosts
 *
 * The first SW_CLASS_MAX blocks are uniform: block c says class c everywhere, so
 * that a /16 or /20 of one class is no special case. Memory that is all zero says
 * "unlisted" everywhere.
 *
 * The same code in BPF and in userspace. Before it includes this file, the
 * includer defines how its side reaches the memory (@view is NULL in BPF):
 *   sw_table4_index(view, i), sw_table4_block(view, i): NULL when out of range
 */
#ifndef SYNWARD_MAPS_TABLE4_H
#define SYNWARD_MAPS_TABLE4_H

#include "abi.h"
#include "verifier.h"

#define SW_LANES 0x0001000100010001ull
#define SW_LANE_TOP 0x8000800080008000ull

/* In each lane of the result bit 0 says whether @x (a 15 bit number in each lane,
 * less one, with the top bit as a guard) is greater than the lane of @last. */
static inline __attribute__((always_inline)) __u64 sw_lanes_above(__u64 x, __u64 last)
{
	return ((x - last) & SW_LANE_TOP) >> 15;
}

static inline __attribute__((always_inline)) __u64 sw_lanes_guarded(__u32 x)
{
	return ((x | 0x8000ull) - 1) * SW_LANES;
}

/* The sum of the lanes of @n. */
static inline __attribute__((always_inline)) __u32 sw_lanes_sum(__u64 n)
{
	return (__u32)((n * SW_LANES) >> 48);
}

/* Not 0 in a top bit if a lane of @n is 0 (Mycroft's test). */
static inline __attribute__((always_inline)) __u64 sw_lanes_zero(__u64 n)
{
	return (n - SW_LANES) & ~n;
}

/* 1 if a lane of the @words at @point is equal to the lanes of @same, else 0. */
static inline __attribute__((always_inline)) __u64 sw_lanes_have(const __u64 *point, __u32 words,
								 __u64 same)
{
	__u64 hit = 0;

	for (__u32 w = 0; w < words; w++)
		hit |= sw_lanes_zero(point[w] ^ same);
	hit &= SW_LANE_TOP;
	return (hit | -hit) >> 63;
}

static inline __attribute__((always_inline)) __u32 sw_block4_points(const union sw_block4 *block,
								    __u32 offset)
{
	__u64 hit = sw_lanes_have(block->points.point, SW_POINTS / 4, offset * SW_LANES);

	return block->points.value[sw_opaque(hit) & 1];
}

static inline __attribute__((always_inline)) __u32 sw_block4_mixed(const union sw_block4 *block,
								   __u32 offset)
{
	__u64 x = sw_lanes_guarded(offset >> 1), steps, hit;

	steps = sw_lanes_above(x, block->mixed.last[0]);
	steps += sw_lanes_above(x, block->mixed.last[1]);
	steps += sw_lanes_above(x, block->mixed.last[2]);
	hit = sw_lanes_have(block->mixed.point, SW_MIXED_POINTS / 4, offset * SW_LANES);
	hit &= block->mixed.points;
	return block->mixed.value[sw_opaque(sw_lanes_sum(steps) ^ hit) & 1];
}

static inline __attribute__((always_inline)) __u32 sw_block4_steps(const union sw_block4 *block,
								   __u32 offset)
{
	__u64 x = sw_lanes_guarded(offset), steps;
	__u32 interval;

	steps = sw_lanes_above(x, block->steps.last[0]);
	steps += sw_lanes_above(x, block->steps.last[1]);
	steps += sw_lanes_above(x, block->steps.last[2]);
	steps += sw_lanes_above(x, block->steps.last[3]);
	steps += sw_lanes_above(x, block->steps.last[4]);
	interval = sw_lanes_sum(steps);
	return interval <= SW_STEPS_STEPS ? block->steps.value[interval] : SW_CLASS_UNLISTED;
}

/* The class of @rest, the low 16 bits of an address in a slot of the index, the
 * low 12 in a slot of a /20. */
static inline __attribute__((always_inline)) __u32 sw_slot4_class(const struct sw_table4 *view,
								  __u32 slot, __u32 rest)
{
	__u32 span = 16 - (slot >> SW_SLOT_SPAN_SHIFT), kind = slot & SW_SLOT_KIND;
	const union sw_block4 *block =
		sw_table4_block(view, (slot & SW_SLOT_BLOCK) + (rest >> span));
	__u32 offset = rest & ((1u << span) - 1);

	if (!block)
		return SW_CLASS_UNLISTED;
	if (kind == SW_SLOT_POINTS)
		return sw_block4_points(block, offset);
	if (kind == SW_SLOT_MIXED)
		return sw_block4_mixed(block, offset);
	if (kind == SW_SLOT_STEPS)
		return sw_block4_steps(block, offset);
	if (kind == SW_SLOT_BITMAP)
		return block->bitmap
			.value[block->bitmap.bits[offset >> 6 & 3] >> (offset & 63) & 1];
	return block->direct[offset & 63];
}

/* Reads of a slot happen once: the writer may change it between two reads. */
static inline __attribute__((always_inline)) __u32 sw_table4_find(const struct sw_table4 *view,
								  __u32 addr)
{
	const struct sw_index4_line *line = sw_table4_index(view, addr >> 20);
	const union sw_block4 *split;
	__u32 slot;

	if (!line)
		return SW_CLASS_UNLISTED;
	slot = *(const volatile __u32 *)&line->slot[addr >> 16 & 15];
	if ((slot & SW_SLOT_KIND) != SW_SLOT_SPLIT)
		return sw_slot4_class(view, slot, addr & 0xffff);
	split = sw_table4_block(view, slot & SW_SLOT_BLOCK);
	if (!split)
		return SW_CLASS_UNLISTED;
	slot = *(const volatile __u32 *)&split->split[addr >> 12 & 15];
	return sw_slot4_class(view, slot, addr & 0xfff);
}

#endif
