/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wheel - see wheel.h.
 *
 * A timer is at the level of the highest 6-bit digit in which its tick differs from now,
 * in the slot of that digit. So all of a level are before all of the next one, a slot
 * never holds what is due before the slot begins, and what the lowest occupied slot of
 * the lowest occupied level holds is next. When its time comes its timers move down; on
 * level 0 they expire.
 */
#include "wheel.h"

#include <string.h>

#define SLOT_BITS 6

static void link_at(struct sw_wheel_timer **head, struct sw_wheel_timer *timer)
{
	timer->next = *head;
	timer->link = head;
	if (timer->next)
		timer->next->link = &timer->next;
	*head = timer;
}

static void unlink_it(struct sw_wheel_timer *timer)
{
	*timer->link = timer->next;
	if (timer->next)
		timer->next->link = timer->link;
	timer->next = NULL;
	timer->link = NULL;
}

/* Let @to be the head of the list @from, which is empty then. */
static void take_list(struct sw_wheel_timer **from, struct sw_wheel_timer **to)
{
	*to = *from;
	if (*to)
		(*to)->link = to;
	*from = NULL;
}

/* Into its slot; what is due goes to @due. */
static void place(struct sw_wheel *wheel, struct sw_wheel_timer *timer, struct sw_wheel_timer **due)
{
	unsigned level, slot;

	if (timer->expires <= wheel->now) {
		link_at(due, timer);
		return;
	}
	level = (63 - (unsigned)__builtin_clzll(timer->expires ^ wheel->now)) / SLOT_BITS;
	slot = timer->expires >> level * SLOT_BITS & (SW_WHEEL_SLOTS - 1);
	link_at(&wheel->slot[level][slot], timer);
	wheel->occupied[level] |= UINT64_C(1) << slot;
}

void sw_wheel_init(struct sw_wheel *wheel, uint64_t now)
{
	memset(wheel, 0, sizeof(*wheel));
	wheel->now = now;
}

void sw_wheel_set(struct sw_wheel *wheel, struct sw_wheel_timer *timer, uint64_t expires)
{
	sw_wheel_cancel(wheel, timer);
	timer->expires = expires;
	place(wheel, timer, &wheel->due);
	wheel->count++;
}

void sw_wheel_cancel(struct sw_wheel *wheel, struct sw_wheel_timer *timer)
{
	struct sw_wheel_timer **link = timer->link;
	uintptr_t at = (uintptr_t)link - (uintptr_t)wheel->slot;

	if (!link)
		return;
	unlink_it(timer);
	wheel->count--;
	/* Was it the last of a slot? Lists elsewhere have heads elsewhere. */
	if (at < sizeof(wheel->slot) && !*link) {
		size_t level = at / sizeof(wheel->slot[0]);
		size_t slot = (size_t)(link - wheel->slot[level]);

		wheel->occupied[level] &= ~(UINT64_C(1) << slot);
	}
}

/* The slot that comes next, and when it begins. False: all are empty. */
static bool next_slot(const struct sw_wheel *wheel, unsigned *level, unsigned *slot, uint64_t *tick)
{
	for (unsigned i = 0; i < SW_WHEEL_LEVELS; i++) {
		unsigned shift = i * SLOT_BITS;
		uint64_t above;

		if (!wheel->occupied[i])
			continue;
		*level = i;
		*slot = (unsigned)__builtin_ctzll(wheel->occupied[i]);
		/* the digits above are those of now; the top level has none */
		above = shift + SLOT_BITS < 64 ? wheel->now >> (shift + SLOT_BITS) : 0;
		*tick = (above << SLOT_BITS | *slot) << shift;
		return true;
	}
	return false;
}

/* Call all of @list. Whatever the callbacks cancel is not in it any more. */
static void call_all(struct sw_wheel *wheel, struct sw_wheel_timer **list, sw_wheel_fn *fn,
		     void *ctx)
{
	while (*list) {
		struct sw_wheel_timer *timer = *list;

		unlink_it(timer);
		wheel->count--;
		fn(ctx, timer);
	}
}

void sw_wheel_advance(struct sw_wheel *wheel, uint64_t now, sw_wheel_fn *fn, void *ctx)
{
	struct sw_wheel_timer *due, *moving;
	unsigned level, slot;
	uint64_t tick;

	take_list(&wheel->due, &due);
	call_all(wheel, &due, fn, ctx);
	while (next_slot(wheel, &level, &slot, &tick) && tick <= now) {
		wheel->now = tick;
		wheel->occupied[level] &= ~(UINT64_C(1) << slot);
		take_list(&wheel->slot[level][slot], &moving);
		while (moving) {
			struct sw_wheel_timer *timer = moving;

			unlink_it(timer);
			place(wheel, timer, &due);
		}
		call_all(wheel, &due, fn, ctx);
	}
	if (now > wheel->now)
		wheel->now = now;
}

uint64_t sw_wheel_next(const struct sw_wheel *wheel)
{
	unsigned level, slot;
	uint64_t tick;

	if (wheel->due)
		return wheel->now;
	return next_slot(wheel, &level, &slot, &tick) ? tick : SW_WHEEL_NEVER;
}
