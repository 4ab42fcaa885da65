/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * buddy - see buddy.h. Free runs of one order are a doubly linked list through
 * arrays, so that a buddy is taken out of the middle in constant time.
 */
#include "buddy.h"

#include <stdlib.h>

#include "lib/huge.h"

/* State of the first block of a run; INSIDE for its others. */
enum { INSIDE = 0, FREE = 0x10, USED = 0x20, ORDER = 0x0f };

#define LARGEST (1u << (SW_BUDDY_ORDERS - 1)) /* blocks of a run */

struct sw_buddy {
	uint32_t blocks, reserved, used;
	uint32_t fresh; /* from here on nothing was ever in use, and is in no list */
	uint8_t *state;
	struct link {
		uint32_t next, prev;
	} * link; /* of free runs, by first block */
	uint32_t head[SW_BUDDY_ORDERS];
};

struct sw_buddy *sw_buddy_new(uint32_t blocks, uint32_t reserved)
{
	struct sw_buddy *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->blocks = blocks;
	b->reserved = reserved;
	b->fresh = reserved;
	b->state = sw_huge(calloc(blocks, 1), blocks);
	b->link = malloc((size_t)blocks * sizeof(*b->link));
	sw_huge(b->link, (size_t)blocks * sizeof(*b->link));
	if (!b->state || !b->link)
		return sw_buddy_done(b);
	for (unsigned o = 0; o < SW_BUDDY_ORDERS; o++)
		b->head[o] = SW_BUDDY_NONE;
	return b;
}

struct sw_buddy *sw_buddy_done(struct sw_buddy *b)
{
	if (!b)
		return NULL;
	free(b->state);
	free(b->link);
	free(b);
	return NULL;
}

uint32_t sw_buddy_used(const struct sw_buddy *b)
{
	return b->used;
}

static void push(struct sw_buddy *b, uint32_t block, unsigned order)
{
	b->state[block] = (uint8_t)(FREE | order);
	b->link[block].next = b->head[order];
	b->link[block].prev = SW_BUDDY_NONE;
	if (b->head[order] != SW_BUDDY_NONE)
		b->link[b->head[order]].prev = block;
	b->head[order] = block;
}

static void unlink_run(struct sw_buddy *b, uint32_t block, unsigned order)
{
	if (b->link[block].prev == SW_BUDDY_NONE)
		b->head[order] = b->link[block].next;
	else
		b->link[b->link[block].prev].next = b->link[block].next;
	if (b->link[block].next != SW_BUDDY_NONE)
		b->link[b->link[block].next].prev = b->link[block].prev;
	b->state[block] = INSIDE;
}

/* Until sw_buddy_ready, a used run has USED on each of its blocks. */
bool sw_buddy_claim(struct sw_buddy *b, uint32_t block, unsigned order)
{
	uint32_t size = 1u << order;

	if (block < b->reserved || block % size || block >= b->blocks || size > b->blocks - block)
		return false;
	for (uint32_t i = 0; i < size; i++)
		if (b->state[block + i])
			return false;
	for (uint32_t i = 0; i < size; i++)
		b->state[block + i] = USED | ORDER;
	b->state[block] = (uint8_t)(USED | order);
	b->used += size;
	if (b->fresh < block + size)
		b->fresh = block + size;
	return true;
}

/* The largest aligned run of free blocks that starts at @block. */
static unsigned free_order(const struct sw_buddy *b, uint32_t block)
{
	unsigned order = 0;

	while (order + 1 < SW_BUDDY_ORDERS) {
		uint32_t half = 1u << order, i = half;

		if (block % (2 * half) || 2 * half > b->blocks - block)
			break;
		while (i < 2 * half && !b->state[block + i])
			i++;
		if (i < 2 * half)
			break;
		order++;
	}
	return order;
}

void sw_buddy_ready(struct sw_buddy *b)
{
	/* Aligned, so that no run has its buddy on the other side. */
	b->fresh += -b->fresh % LARGEST;
	if (b->fresh > b->blocks)
		b->fresh = b->blocks;
	for (uint32_t block = b->reserved; block < b->fresh;) {
		unsigned order;

		if (b->state[block] & USED) {
			uint32_t end = block + (1u << (b->state[block] & ORDER));

			for (uint32_t i = block + 1; i < end; i++)
				b->state[i] = INSIDE;
			block = end;
			continue;
		}
		order = free_order(b, block);
		push(b, block, order);
		block += 1u << order;
	}
}

/* The shortest free run that is long enough; SW_BUDDY_ORDERS: there is none. */
static unsigned find_order(const struct sw_buddy *b, unsigned order)
{
	while (order < SW_BUDDY_ORDERS && b->head[order] == SW_BUDDY_NONE)
		order++;
	return order;
}

/* The next of what was never in use becomes free runs only now: putting all of them into
 * the lists at once would have the memory of all links come into being. */
static bool open_fresh(struct sw_buddy *b)
{
	unsigned order;

	if (b->fresh == b->blocks)
		return false;
	order = free_order(b, b->fresh);
	push(b, b->fresh, order);
	b->fresh += 1u << order;
	return true;
}

uint32_t sw_buddy_take(struct sw_buddy *b, unsigned order)
{
	unsigned o = find_order(b, order);
	uint32_t block;

	while (o == SW_BUDDY_ORDERS && open_fresh(b))
		o = find_order(b, order);
	if (o == SW_BUDDY_ORDERS)
		return SW_BUDDY_NONE;
	block = b->head[o];
	unlink_run(b, block, o);
	while (o > order) {
		o--;
		push(b, block + (1u << o), o);
	}
	b->state[block] = (uint8_t)(USED | order);
	b->used += 1u << order;
	return block;
}

void sw_buddy_put(struct sw_buddy *b, uint32_t block, unsigned order)
{
	b->used -= 1u << order;
	b->state[block] = INSIDE;
	while (order + 1 < SW_BUDDY_ORDERS) {
		uint32_t buddy = block ^ 1u << order;

		if (buddy < b->reserved || buddy >= b->blocks || b->state[buddy] != (FREE | order))
			break;
		unlink_run(b, buddy, order);
		block &= ~(1u << order);
		order++;
	}
	push(b, block, order);
}
