/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * table4 - the look-up of an IPv4 source: at most two cache misses, mostly one,
 * and no branch that a random source makes unpredictable.
 *
 * A slot of the index (256 KiB, which stay in a core's cache) stands for a /16.
 * It names a run of blocks and the span of one block, 2048 to 32768 addresses.
 * A block is a cache line and cuts its span into intervals with a class each:
 * the interval of an address is the number of steps below it, which is counted
 * four at a time in the lanes of a word. With two classes there may be 28 steps,
 * with more six.
 *
 * Where more is listed than that, the slot is split: it names a line with a slot
 * for each of its /20s, whose blocks span 64 to 4096 addresses. Their kinds:
 *   steps    as above
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

#define SW_LANES 0x0001000100010001ull
#define SW_LANE_TOP 0x8000800080008000ull

/* How many steps lie below @offset (15 bits). A lane keeps its top bit when
 * @offset is greater than its value; the bits are then added up across lanes. */
static inline __attribute__((always_inline)) __u32 sw_block4_interval(const union sw_block4 *block,
								      __u32 offset)
{
	__u64 x = ((offset | 0x8000ull) - 1) * SW_LANES, sum;

	sum = ((x - block->steps.last[0]) & SW_LANE_TOP) >> 15;
	sum += ((x - block->steps.last[1]) & SW_LANE_TOP) >> 15;
	sum += ((x - block->steps.last[2]) & SW_LANE_TOP) >> 15;
	sum += ((x - block->steps.last[3]) & SW_LANE_TOP) >> 15;
	sum += ((x - block->steps.last[4]) & SW_LANE_TOP) >> 15;
	sum += ((x - block->steps.last[5]) & SW_LANE_TOP) >> 15;
	sum += ((x - block->steps.last[6]) & SW_LANE_TOP) >> 15;
	return (__u32)((sum * SW_LANES) >> 48);
}

/* The class of @addr by the block that @slot has for @rest, its low 16 bits in a
 * slot of the index, 12 in a slot of a /20. */
static inline __attribute__((always_inline)) __u32 sw_slot4_class(const struct sw_table4 *view,
								  __u32 slot, __u32 rest)
{
	__u32 span = 16 - (slot >> SW_SLOT_SPAN_SHIFT);
	const union sw_block4 *block =
		sw_table4_block(view, (slot & SW_SLOT_BLOCK) + (rest >> span));
	__u32 offset = rest & ((1u << span) - 1) & 0x7fff;

	if (!block)
		return SW_CLASS_UNLISTED;
	if (slot & SW_SLOT_BITMAP)
		return block->bitmap
			.value[block->bitmap.bits[offset >> 6 & 3] >> (offset & 63) & 1];
	if (slot & SW_SLOT_DIRECT)
		return block->direct[offset & 63];
	return block->steps.value[sw_block4_interval(block, offset) & block->steps.mask & 7];
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
