/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * table6 - the look-up of an IPv6 source: three cache lines for nearly all, and
 * few branches that a random source makes unpredictable.
 *
 * A trie that eats 16 bits of the address at a time, and skips what does not
 * differ. A slot of the index stands for a /16. It names a run of 1 to 64 lines,
 * which share the values of the next 16 bits out evenly. A line is a cache line:
 * it cuts its values into intervals with a class each, and has points, which are
 * values below which there is more. What is more follows in the point's tail: the
 * next bits of a prefix, however many they are. Do they match, then the tail says
 * the class, or the run that goes on behind them; else the interval does.
 *
 * The interval of a value is the number of steps that are not above it, counted
 * three at a time in the lanes of a word; a point is looked for in the lanes of
 * all words at once. The tails of a run are in the blocks behind its lines.
 *
 * What is too much for a run is split: a slot for each value of the next 4 bits.
 * Only what is left of the address is kept, so that nothing depends on how far
 * the look-up has come. Memory that is all zero says "unlisted" everywhere.
 *
 * A line and its tails change in place by one aligned store at a time, each of
 * which is right by itself (paint6.c says which); so each word is read once.
 *
 * The same code in BPF and in userspace: see table4.h. The includer defines
 *   sw_table6_index(view, i), sw_table6_block(view, i): NULL when out of range
 */
#ifndef SYNWARD_MAPS_TABLE6_H
#define SYNWARD_MAPS_TABLE6_H

#include "abi.h"
#include "verifier.h"

#define SW_LANES16 0x0001000100010001ull
#define SW_LANES16_TOP 0x8000800080008000ull
#define SW_LANES21 0x0000040000200001ull
#define SW_LANES21_TOP 0x4000020000100000ull

#define SW_INLINE6 static inline __attribute__((always_inline))

/* What is left of an address, left-aligned. */
struct sw_rest6 {
	__u64 hi, lo;
};

/* @bits: 1 to 63 */
SW_INLINE6 void sw_rest6_drop(struct sw_rest6 *rest, __u32 bits)
{
	rest->hi = rest->hi << bits | rest->lo >> (64 - bits);
	rest->lo <<= bits;
}

SW_INLINE6 __u64 sw_word6(const union sw_block6 *block, __u32 i)
{
	return *(const volatile __u64 *)&block->word[i];
}

/* The top bit of each lane of @same where the lane is 0 (Mycroft's test); above
 * such a lane it may be wrong. */
SW_INLINE6 __u64 sw_lanes16_zero(__u64 same)
{
	return (same - SW_LANES16) & ~same & SW_LANES16_TOP;
}

/* In the lowest bit of each lane: is the value (in each lane of @x, top bit set) at
 * the step or above it? */
SW_INLINE6 __u64 sw_lanes21_reach(__u64 x, __u64 steps)
{
	return ((x - steps) & SW_LANES21_TOP) >> 20;
}

/* All ones if bit 63 of @n is set, else 0. The compiler must know neither where @n is
 * from nor what became of it: it would make a branch, and random sources a random one. */
SW_INLINE6 __u64 sw_mask_if_negative(__u64 n)
{
	return sw_opaque((__u64)((__s64)sw_opaque(n) >> 63));
}

SW_INLINE6 __u64 sw_mask_unless_zero(__u64 n)
{
	return sw_mask_if_negative(n | -n);
}

SW_INLINE6 __u64 sw_choose(__u64 mask, __u64 ones, __u64 zeros)
{
	return zeros ^ ((zeros ^ ones) & mask);
}

/* A value's place in a line. */
struct sw_place6 {
	__u64 hit; /* 0: it is no point */
	__u32 lane; /* of the point */
	__u32 lanes; /* of points in such a line */
	__u32 class; /* of its interval */
};

/* The lane whose bit is the only one in @bit: bit 16 l + w is lane l of word w. */
SW_INLINE6 __u32 sw_lane6_number(__u64 bit, __u32 words)
{
	__u64 l = (sw_opaque(0xffffull - bit) >> 63) + (sw_opaque(0xffffffffull - bit) >> 63) +
		  (sw_opaque(0xffffffffffffull - bit) >> 63);

	bit |= bit >> 32;
	bit |= bit >> 16;
	/* The bit of word w, times 3, picks w out of the number, three bits each. */
	return l * words + (0x0004000503002046ull >> (3 * (bit & 0x7f) & 63) & 7);
}

SW_INLINE6 void sw_line6_plain(const union sw_block6 *line, __u32 value, struct sw_place6 *place)
{
	__u64 x = value * SW_LANES16, hit;

	hit = sw_lanes16_zero(sw_word6(line, 0) ^ x) >> 15;
	hit |= sw_lanes16_zero(sw_word6(line, 1) ^ x) >> 14;
	hit |= sw_lanes16_zero(sw_word6(line, 2) ^ x) >> 13;
	hit |= sw_lanes16_zero(sw_word6(line, 3) ^ x) >> 12;
	hit |= sw_lanes16_zero(sw_word6(line, 4) ^ x) >> 11;
	hit |= sw_lanes16_zero(sw_word6(line, 5) ^ x) >> 10;
	hit |= sw_lanes16_zero(sw_word6(line, 6) ^ x) >> 9;
	place->hit = hit;
	place->lane = sw_lane6_number(hit & -hit, SW_PLAIN6_WORDS);
	place->lanes = 4 * SW_PLAIN6_WORDS;
	place->class = line->byte[SW_PLAIN6_CLASSES];
}

SW_INLINE6 void sw_line6_stepped(const union sw_block6 *line, __u32 value, struct sw_place6 *place)
{
	__u64 x = value * SW_LANES16, y = value * SW_LANES21 | SW_LANES21_TOP, steps, hit;

	hit = sw_lanes16_zero(sw_word6(line, 0) ^ x) >> 15;
	hit |= sw_lanes16_zero(sw_word6(line, 1) ^ x) >> 14;
	hit |= sw_lanes16_zero(sw_word6(line, 2) ^ x) >> 13;
	steps = sw_lanes21_reach(y, line->word[3]);
	steps += sw_lanes21_reach(y, line->word[4]);
	steps += sw_lanes21_reach(y, line->word[5]);
	steps = steps * SW_LANES21 >> 42;
	place->hit = hit;
	place->lane = sw_lane6_number(hit & -hit, SW_STEPPED6_WORDS);
	place->lanes = 4 * SW_STEPPED6_WORDS;
	place->class = line->byte[SW_STEPPED6_CLASSES + (sw_opaque(steps) & 15)];
}

/* The slot of a run behind the tail, if its bits are those of @rest. */
SW_INLINE6 __u32 sw_tail6_node(__u64 first, __u64 second, struct sw_rest6 *rest, __u32 outer)
{
	__u32 len = second >> SW_TAIL6_NODE_LEN_SHIFT & 127;
	__u64 top = ~(~0ull >> (len & 63));

	if (len >= 64) {
		if (rest->hi != first || (rest->lo ^ second) & top)
			return outer;
		rest->hi = rest->lo;
		rest->lo = 0;
	} else if ((rest->hi ^ first) & top) {
		return outer;
	}
	if (len & 63)
		sw_rest6_drop(rest, len & 63);
	return (__u32)second;
}

/*
 * The slot that a run has for the value at the head of @rest. Without a branch on
 * whether it is a point, how long its tail is, and whether the tail matches: a
 * value that is none takes the first word of its line, which is there already,
 * for a tail that does not match.
 */
SW_INLINE6 __u32 sw_run6_slot(const struct sw_table6 *view, __u32 slot, struct sw_rest6 *rest)
{
	__u32 width = ((slot >> SW_SLOT6_WIDTH_SHIFT & 3) + 1) * 4;
	__u32 lines = (slot >> SW_SLOT6_LINES_SHIFT & 63) + 1;
	__u32 value = rest->hi >> (64 - width), first = slot >> SW_SLOT6_BLOCK_SHIFT, outer;
	__u64 number = value * lines >> width, flags, is_long, is_point, unit, one, two, miss;
	__u64 len, top, whole;
	const union sw_block6 *block = sw_table6_block(view, first + number);
	struct sw_place6 p;

	if (!block)
		return SW_CLASS_UNLISTED;
	flags = sw_word6(block, 7);
	if (flags & SW_LINE6_STEPPED)
		sw_line6_stepped(block, value, &p);
	else
		sw_line6_plain(block, value, &p);
	outer = p.class << SW_SLOT6_CLASS_SHIFT;
	sw_rest6_drop(rest, width);

	/* Lanes of long tails come first, then such as are not in use, then short ones. */
	is_long = sw_mask_if_negative((__u64)p.lane - (flags >> SW_LINE6_LONGS_SHIFT & 31));
	is_point = ~sw_mask_if_negative((__u64)p.lane + (flags >> SW_LINE6_SHORTS_SHIFT & 31) -
					p.lanes);
	is_point = (is_point | is_long) & sw_mask_if_negative(-p.hit);
	unit = sw_choose(is_long, -2 * (__u64)p.lane - 2, p.lanes - 1 - (__u64)p.lane) +
	       (flags >> SW_LINE6_TAILS_SHIFT & 0x7ff) * 2;
	unit = sw_choose(is_point, unit, number * 8);
	block = sw_table6_block(view, first + (__u32)(unit >> 3));
	if (!block)
		return outer;
	one = sw_word6(block, sw_opaque(unit) & 7);
	two = sw_word6(block, sw_opaque(unit | (is_long & 1)) & 7);
	two = sw_choose(is_long, two, one) & is_point;
	if (two & SW_SLOT6_KIND)
		return sw_tail6_node(one, two, rest, outer);
	len = two >> SW_TAIL6_LEN_SHIFT & ((is_long & 64) | 63);
	top = ~(~0ull >> (len & 63)); /* bits of the word that the prefix ends in */
	whole = -(len >> 6);
	miss = ((rest->hi ^ one) & (top | whole)) | ((rest->lo ^ two) & top & whole) | ~is_point;
	return sw_choose(sw_mask_unless_zero(miss), outer, two & SW_TAIL6_SLOT);
}

/* Reads of a slot happen once: the writer may change it between two reads. */
SW_INLINE6 __u32 sw_table6_find(const struct sw_table6 *view, __u64 hi, __u64 lo)
{
	const struct sw_index6_line *line = sw_table6_index(view, hi >> 52);
	struct sw_rest6 rest = { hi, lo };
	__u32 slot;

	if (!line)
		return SW_CLASS_UNLISTED;
	slot = *(const volatile __u32 *)&line->slot[sw_opaque(hi >> 48) & 15];
	sw_rest6_drop(&rest, 16);
	for (int i = 0; i < SW_TABLE6_DEPTH && slot & SW_SLOT6_KIND; i++) {
		const union sw_block6 *split;

		if ((slot & SW_SLOT6_KIND) != SW_SLOT6_SPLIT) {
			slot = sw_run6_slot(view, slot, &rest);
			continue;
		}
		split = sw_table6_block(view, slot >> SW_SLOT6_BLOCK_SHIFT);
		if (!split)
			return SW_CLASS_UNLISTED;
		slot = *(const volatile __u32 *)&split->split[sw_opaque(rest.hi >> 60) & 15];
		sw_rest6_drop(&rest, 4);
	}
	return slot & SW_SLOT6_KIND ? SW_CLASS_UNLISTED : slot >> SW_SLOT6_CLASS_SHIFT & 0xff;
}

#endif
