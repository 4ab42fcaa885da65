/* SPDX-License-Identifier: GPL-2.0-only */
/* chunk4 - see chunk4.h. */
#include "chunk4.h"

#include <stdbool.h>
#include <string.h>

#include "lanes.h"

/* The different values of @n lanes, ascending. Lanes written by pieces4.c are in order
 * already; those changed in place may not be. */
static unsigned sorted_lanes(const __u64 *words, unsigned n, uint16_t *ret)
{
	unsigned kept = 0;

	for (unsigned k = 0; k < n; k++) {
		uint16_t value = sw_lane(words, k);
		unsigned at = kept;

		if (k && value == sw_lane(words, 0))
			continue; /* a lane that is free */
		while (at && ret[at - 1] > value)
			at--;
		if (at && ret[at - 1] == value)
			continue;
		memmove(&ret[at + 1], &ret[at], (kept - at) * sizeof(*ret));
		ret[at] = value;
		kept++;
	}
	return kept;
}

static void read_points(struct sw_chunk4 *c, const union sw_block4 *block, uint32_t offset,
			unsigned span)
{
	uint16_t point[SW_POINTS];
	unsigned n = sorted_lanes(block->points.point, SW_POINTS, point);

	for (unsigned k = 0; k < n; k++) {
		if (point[k] && (k == 0 || point[k] != point[k - 1] + 1))
			sw_chunk4_add(c, offset + (k ? point[k - 1] + 1u : 0),
				      block->points.value[0]);
		sw_chunk4_add(c, offset + point[k], block->points.value[1]);
	}
	if (point[n - 1] + 1u < 1u << span)
		sw_chunk4_add(c, offset + point[n - 1] + 1, block->points.value[0]);
}

static void read_mixed(struct sw_chunk4 *c, const union sw_block4 *block, uint32_t offset,
		       unsigned span)
{
	uint16_t point[SW_MIXED_POINTS];
	unsigned points = 0, p = 0, step = 0, pair = 0;
	uint32_t at = 0;

	if (block->mixed.points)
		points = sorted_lanes(block->mixed.point, SW_MIXED_POINTS, point);
	while (at < 1u << span) {
		uint32_t end = 1u << span;
		bool is_point = p < points && point[p] == at;

		while (step < SW_MIXED_STEPS && sw_lane(block->mixed.last, step) != SW_NO_STEP &&
		       (sw_lane(block->mixed.last, step) + 1u) * 2 <= at) {
			step++;
			pair ^= 1;
		}
		if (step < SW_MIXED_STEPS && sw_lane(block->mixed.last, step) != SW_NO_STEP)
			end = (sw_lane(block->mixed.last, step) + 1u) * 2;
		sw_chunk4_add(c, offset + at, block->mixed.value[pair ^ is_point]);
		p += is_point;
		if (is_point)
			end = at + 1;
		else if (p < points && point[p] < end)
			end = point[p];
		at = end;
	}
}

static void read_steps(struct sw_chunk4 *c, const union sw_block4 *block, uint32_t offset)
{
	sw_chunk4_add(c, offset, block->steps.value[0]);
	for (unsigned k = 0; k < SW_STEPS_STEPS && sw_lane(block->steps.last, k) != SW_NO_STEP; k++)
		sw_chunk4_add(c, offset + sw_lane(block->steps.last, k) + 1,
			      block->steps.value[k + 1]);
}

void sw_chunk4_read(struct sw_chunk4 *c, uint32_t kind, const union sw_block4 *block,
		    uint32_t offset, unsigned span)
{
	switch (kind) {
	case SW_SLOT_POINTS:
		read_points(c, block, offset, span);
		break;
	case SW_SLOT_MIXED:
		read_mixed(c, block, offset, span);
		break;
	case SW_SLOT_STEPS:
		read_steps(c, block, offset);
		break;
	case SW_SLOT_BITMAP:
		for (uint32_t h = 0; h < 256; h++)
			sw_chunk4_add(
				c, offset + h,
				block->bitmap.value[block->bitmap.bits[h / 64] >> h % 64 & 1]);
		break;
	default:
		for (uint32_t h = 0; h < 64; h++)
			sw_chunk4_add(c, offset + h, block->direct[h]);
		break;
	}
}

/* The interval that @offset is in. */
static uint32_t find(const struct sw_chunk4 *c, uint32_t offset)
{
	uint32_t low = 0, high = c->n;

	while (high - low > 1) {
		uint32_t middle = (low + high) / 2;

		if (c->start[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}

void sw_chunk4_paint(struct sw_chunk4 *c, uint32_t first, uint32_t last, uint8_t class)
{
	uint32_t from = find(c, first), to = find(c, last), tail = to + 1;
	bool after = last + 1 < sw_chunk4_end(c, to);
	uint8_t class_after = after ? c->class[to] : class;
	uint16_t start[3];
	uint8_t value[3];
	unsigned kept = 0;

	/* In the place of the intervals @from to @to come up to three. */
	if (c->start[from] < first) {
		start[kept] = c->start[from];
		value[kept++] = c->class[from];
	}
	if ((kept ? c->class[from] : from ? c->class[from - 1] : ~class) != class) {
		start[kept] = (uint16_t)first;
		value[kept++] = class;
	}
	if (class_after != class) {
		start[kept] = (uint16_t)(last + 1);
		value[kept++] = class_after;
	}
	if (!after && tail < c->n && c->class[tail] == class)
		tail++;
	memmove(&c->start[from + kept], &c->start[tail], (c->n - tail) * sizeof(*c->start));
	memmove(&c->class[from + kept], &c -> class[tail], c -> n - tail);
	c->n = c->n - (tail - from) + kept;
	for (unsigned k = 0; k < kept; k++) {
		c->start[from + k] = start[k];
		c->class[from + k] = value[k];
	}
}
