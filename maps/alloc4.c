/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * alloc4 - see alloc4.h.
 *
 * A quad is whole (all four units free), partial, or full. Whole and partial
 * quads stand on a stack each. The partial stack is cleaned lazily: a quad on it
 * may have become whole or full meanwhile.
 */
#include "alloc4.h"

#include <stdlib.h>

#include "table.h"

#define FREE_MASK 0x0f /* bit u: unit u of the quad is free */
#define ON_PARTIAL 0x80

struct sw_table4_alloc {
	uint32_t quads;
	uint8_t *state; /* of each quad: free units and whether it is on the partial stack */
	uint32_t *owner; /* of each unit: the slot that names it */
	uint32_t *whole, *partial; /* stacks of quads */
	uint32_t whole_n, partial_n;
	uint32_t *retired; /* units that wait for readers */
	uint32_t retired_n;
};

struct sw_table4_alloc *sw_alloc4_new(uint32_t units)
{
	struct sw_table4_alloc *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->quads = units / 4;
	a->state = malloc(a->quads);
	a->owner = malloc((size_t)units * sizeof(*a->owner));
	a->whole = malloc((size_t)a->quads * sizeof(*a->whole));
	a->partial = malloc((size_t)a->quads * sizeof(*a->partial));
	a->retired = malloc((size_t)units * sizeof(*a->retired));
	if (!a->state || !a->owner || !a->whole || !a->partial || !a->retired)
		return sw_alloc4_free(a);
	for (uint32_t q = 0; q < a->quads; q++)
		a->state[q] = FREE_MASK;
	return a;
}

struct sw_table4_alloc *sw_alloc4_free(struct sw_table4_alloc *a)
{
	if (!a)
		return NULL;
	free(a->state);
	free(a->owner);
	free(a->whole);
	free(a->partial);
	free(a->retired);
	free(a);
	return NULL;
}

bool sw_alloc4_claim(struct sw_table4_alloc *a, uint32_t unit, unsigned count, uint32_t owner)
{
	uint32_t q = unit / 4;
	uint8_t bits = (uint8_t)(count == 4 ? FREE_MASK : 1u << unit % 4);

	if (q >= a->quads || (count == 4 && unit % 4) || (a->state[q] & bits) != bits)
		return false;
	a->state[q] &= (uint8_t)~bits;
	for (unsigned u = 0; u < count; u++)
		a->owner[unit + u] = owner;
	return true;
}

static void push_partial(struct sw_table4_alloc *a, uint32_t q)
{
	a->state[q] |= ON_PARTIAL;
	a->partial[a->partial_n++] = q;
}

void sw_alloc4_ready(struct sw_table4_alloc *a)
{
	/* From the end, so that low units are given out first. */
	for (uint32_t q = a->quads; q-- > 0;) {
		if (a->state[q] == FREE_MASK)
			a->whole[a->whole_n++] = q;
		else if (a->state[q])
			push_partial(a, q);
	}
}

static void put_back(struct sw_table4_alloc *a, uint32_t unit)
{
	uint32_t q = unit / 4;

	a->state[q] |= (uint8_t)(1u << unit % 4);
	if (a->state[q] & ON_PARTIAL)
		return;
	if (a->state[q] == FREE_MASK)
		a->whole[a->whole_n++] = q;
	else
		push_partial(a, q);
}

/* True if something came free. */
static bool reclaim(struct sw_table4_alloc *a)
{
	if (!a->retired_n)
		return false;
	sw_table_wait_readers();
	while (a->retired_n)
		put_back(a, a->retired[--a->retired_n]);
	return true;
}

/* The stack's top quad if it is partial, after dropping those that are not. */
static bool top_partial(struct sw_table4_alloc *a, uint32_t *q)
{
	while (a->partial_n) {
		uint8_t state = a->state[ *q = a->partial[a->partial_n - 1]] & FREE_MASK;

		if (state && state != FREE_MASK)
			return true;
		a->partial_n--;
		a->state[*q] = state;
		if (state)
			a->whole[a->whole_n++] = *q;
	}
	return false;
}

/* Move quads that became whole from the partial stack to where they belong. */
static void sweep_partial(struct sw_table4_alloc *a)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < a->partial_n; i++) {
		uint32_t q = a->partial[i];
		uint8_t state = a->state[q] & FREE_MASK;

		if (state && state != FREE_MASK) {
			a->partial[kept++] = q;
			continue;
		}
		a->state[q] = state;
		if (state)
			a->whole[a->whole_n++] = q;
	}
	a->partial_n = kept;
}

static uint32_t take_one(struct sw_table4_alloc *a)
{
	uint32_t q, unit;

	if (!top_partial(a, &q)) {
		if (!a->whole_n)
			return SW_ALLOC4_NONE;
		q = a->whole[--a->whole_n];
		push_partial(a, q);
	}
	unit = (uint32_t)__builtin_ctz(a->state[q] & FREE_MASK);
	a->state[q] &= (uint8_t) ~(1u << unit);
	return q * 4 + unit;
}

static uint32_t take_four(struct sw_table4_alloc *a)
{
	if (!a->whole_n)
		sweep_partial(a);
	if (!a->whole_n)
		return SW_ALLOC4_NONE;
	a->state[a->whole[--a->whole_n]] = 0;
	return a->whole[a->whole_n] * 4;
}

uint32_t sw_alloc4_take(struct sw_table4_alloc *a, unsigned count, uint32_t owner)
{
	uint32_t unit = count == 1 ? take_one(a) : take_four(a);

	if (unit == SW_ALLOC4_NONE && reclaim(a))
		unit = count == 1 ? take_one(a) : take_four(a);
	if (unit != SW_ALLOC4_NONE)
		for (unsigned u = 0; u < count; u++)
			a->owner[unit + u] = owner;
	return unit;
}

void sw_alloc4_retire(struct sw_table4_alloc *a, uint32_t unit, unsigned count)
{
	for (unsigned u = 0; u < count; u++)
		a->retired[a->retired_n++] = unit + u;
}

unsigned sw_alloc4_sparse(struct sw_table4_alloc *a, uint32_t unit[3], uint32_t owner[3])
{
	uint32_t q;
	unsigned n = 0;

	reclaim(a);
	if (!top_partial(a, &q))
		return 0;
	/* Off the stack, so that its own free units are not what is taken next. */
	a->partial_n--;
	a->state[q] &= FREE_MASK;
	for (uint32_t u = 0; u < 4; u++) {
		if (a->state[q] & 1u << u)
			continue;
		unit[n] = q * 4 + u;
		owner[n++] = a->owner[q * 4 + u];
	}
	/* Hidden until its units are retired: put_back then finds it again. */
	return n;
}
