/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * node6 - a run of the IPv6 table as its lines and tails, and as a list of what it
 * says. Pure; inside maps/. The same list always gives the same lines, of which a
 * line has room to get two more short tails, or a long one, in place.
 */
#ifndef SYNWARD_MAPS_NODE6_H
#define SYNWARD_MAPS_NODE6_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"

#define SW_VALUES6 (1u << SW_RUN6_WIDTH)

/* From @first on, until the next step, values are of @class. */
struct sw_step6 {
	uint32_t first;
	uint8_t class;
};

/* Below @value, @slot is what holds if the next @len bits are those of hi, lo
 * (left-aligned, the others zero). A slot that goes on has a length in fours. */
struct sw_point6 {
	uint32_t value;
	uint32_t slot;
	uint64_t hi, lo;
	uint8_t len;
};

/* Ascending; the first step is at 0. */
struct sw_items6 {
	uint32_t steps, points;
	struct sw_step6 step[SW_VALUES6];
	struct sw_point6 point[SW_VALUES6];
};

/* 2^width values from @first on, and what is said of them. */
struct sw_part6 {
	const struct sw_items6 *items;
	uint32_t first;
	unsigned width;
	uint32_t step, steps; /* the first of them is at @first or before it */
	uint32_t point, points;
};

/* Put a point in, or in the place of the one that the value has. */
void sw_items6_set_point(struct sw_items6 *items, const struct sw_point6 *p);
/* Values from @from to before @to, of @end in all, are of @class, without points. */
void sw_items6_set_range(struct sw_items6 *items, uint32_t from, uint32_t to, uint32_t end,
			 uint8_t class);

struct sw_part6 sw_part6_whole(const struct sw_items6 *items, unsigned width);
/* One of the 16 that it is split into. They are asked for one after the other:
 * @before is the last one, NULL for the first. */
struct sw_part6 sw_part6_sixteenth(const struct sw_part6 *part, const struct sw_part6 *before);
static inline bool sw_part6_is_uniform(const struct sw_part6 *part)
{
	return part->steps == 1 && part->points == 0;
}
static inline uint8_t sw_part6_class(const struct sw_part6 *part)
{
	return part->items->step[part->step].class;
}

/* How a part is cut into lines. */
struct sw_plan6 {
	unsigned width, lines, blocks;
	struct {
		uint32_t step, steps; /* the first of them is at its first value or before */
		uint32_t point, points, longs;
	} line[SW_RUN6_LINES];
};

/* False: it is too much for a run and has to be split. */
bool sw_node6_plan(const struct sw_part6 *part, struct sw_plan6 *plan);
void sw_node6_encode(const struct sw_part6 *part, const struct sw_plan6 *plan,
		     union sw_block6 *run);
/* Points that say what is said of their value anyway are left out. */
void sw_node6_decode(const union sw_block6 *run, uint32_t slot, struct sw_items6 *ret);

/* A value's place in a run. */
struct sw_spot6 {
	unsigned line;
	int lane; /* -1: it is no point */
	__u64 *tail;
	bool is_long;
	uint8_t outer; /* class of its interval */
};

struct sw_spot6 sw_node6_find(union sw_block6 *run, uint32_t slot, uint32_t value);
/* Can the run be used? False if it says what encode never would; the memory behind
 * @run has @room blocks. *@blocks is what it takes. */
bool sw_node6_check(const union sw_block6 *run, uint32_t slot, uint32_t room, uint32_t *blocks);

/* ---- slots ---- */

static inline uint32_t sw_slot6_kind(uint32_t slot)
{
	return slot & SW_SLOT6_KIND;
}

static inline uint32_t sw_slot6_uniform(uint8_t class)
{
	return (uint32_t) class << SW_SLOT6_CLASS_SHIFT;
}

static inline uint8_t sw_slot6_class(uint32_t slot)
{
	return (uint8_t)(slot >> SW_SLOT6_CLASS_SHIFT);
}

static inline uint32_t sw_slot6_block(uint32_t slot)
{
	return slot >> SW_SLOT6_BLOCK_SHIFT;
}

static inline unsigned sw_slot6_width(uint32_t slot)
{
	return ((slot >> SW_SLOT6_WIDTH_SHIFT & 3) + 1) * 4;
}

static inline unsigned sw_slot6_lines(uint32_t slot)
{
	return (slot >> SW_SLOT6_LINES_SHIFT & 63) + 1;
}

static inline uint32_t sw_slot6_run(uint32_t block, unsigned width, unsigned lines)
{
	return block << SW_SLOT6_BLOCK_SHIFT | (lines - 1) << SW_SLOT6_LINES_SHIFT |
	       (width / 4 - 1) << SW_SLOT6_WIDTH_SHIFT | SW_SLOT6_RUN;
}

static inline uint32_t sw_slot6_split(uint32_t block)
{
	return block << SW_SLOT6_BLOCK_SHIFT | SW_SLOT6_SPLIT;
}

/* ---- the lines of a run ---- */

/* The first value of line @line of so many; that of the line behind the last: all. */
static inline uint32_t sw_line6_first(unsigned width, unsigned lines, unsigned line)
{
	return ((line << width) + lines - 1) / lines;
}

struct sw_line6_shape {
	bool stepped;
	unsigned words, lanes; /* of points */
	unsigned longs, shorts;
	unsigned meet; /* in units of 8 bytes from the first block */
};

struct sw_line6_shape sw_line6_shape(const union sw_block6 *line);
uint64_t sw_line6_flags(const struct sw_line6_shape *shape);

static inline uint16_t sw_line6_lane(const union sw_block6 *line, unsigned words, unsigned lane)
{
	return (uint16_t)(line->word[lane % words] >> lane / words * 16);
}

/* Its tail, in units of 8 bytes. */
static inline unsigned sw_line6_tail(const struct sw_line6_shape *shape, unsigned lane)
{
	return lane < shape->longs ? shape->meet - 2 * lane - 2
				   : shape->meet + shape->lanes - 1 - lane;
}

/* The class of the interval that a value of the line is in. */
uint8_t sw_line6_class(const union sw_block6 *line, uint32_t value);

/* ---- tails ---- */

static inline bool sw_point6_is_long(const struct sw_point6 *p)
{
	return sw_slot6_kind(p->slot) || p->len > SW_TAIL6_SHORT;
}

void sw_tail6_write(__u64 *tail, const struct sw_point6 *p);
struct sw_point6 sw_tail6_read(const __u64 *tail, bool is_long);

#endif
