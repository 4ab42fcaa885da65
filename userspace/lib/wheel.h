/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wheel - timers by the million: hierarchical timing wheels (Varghese, Lauck: SOSP 1987).
 *
 * Pure: knows no clock, allocates nothing. Ticks are whatever the caller counts in
 * (milliseconds in synwardd); a wheel holds every tick that a uint64_t can say, so no
 * timer is too far away. Eleven levels of 64 slots, one for each 6 bits of a tick. Setting
 * and cancelling is O(1); a timer moves down at most once for each level, however long
 * it waits, and a jump of any size costs only what expires or moves.
 *
 * The timer lives inside the caller's struct, all zero when it is not set. Memory of a
 * timer that is set must stay where it is. One thread.
 */
#ifndef SYNWARD_LIB_WHEEL_H
#define SYNWARD_LIB_WHEEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SW_WHEEL_LEVELS 11
#define SW_WHEEL_SLOTS 64
#define SW_WHEEL_NEVER UINT64_MAX /* sw_wheel_next: nothing is set */

struct sw_wheel_timer {
	struct sw_wheel_timer *next, **link; /* link is what points here; NULL: not set */
	uint64_t expires; /* tick */
};

struct sw_wheel {
	uint64_t now; /* everything due up to here has been called, but for *due */
	size_t count; /* of timers that are set */
	struct sw_wheel_timer *due; /* set for a tick that had come already */
	uint64_t occupied[SW_WHEEL_LEVELS]; /* a bit for each slot that is not empty */
	struct sw_wheel_timer *slot[SW_WHEEL_LEVELS][SW_WHEEL_SLOTS];
};

/* An empty wheel at tick @now. Nothing to be done at its end. */
void sw_wheel_init(struct sw_wheel *wheel, uint64_t now);

/*
 * Let @timer expire at tick @expires; moves it when it is set already. A tick that is
 * past or present counts as the present one: the next sw_wheel_advance calls it (not the
 * one that is running, so a callback that does this does not run for ever).
 */
void sw_wheel_set(struct sw_wheel *wheel, struct sw_wheel_timer *timer, uint64_t expires);

/* Nothing happens if it is not set. */
void sw_wheel_cancel(struct sw_wheel *wheel, struct sw_wheel_timer *timer);

static inline bool sw_wheel_is_set(const struct sw_wheel_timer *timer)
{
	return timer->link;
}

/* @timer is not set any more, and may be set again or freed. */
typedef void sw_wheel_fn(void *ctx, struct sw_wheel_timer *timer);

/*
 * Go on to tick @now and call @fn for each timer that expires up to it, in the order of
 * their ticks (within one tick in any order); wheel->now is meanwhile the tick of the
 * timer. @fn may set and cancel any timer, this one and those of the same tick too; what
 * it sets for a tick after wheel->now, up to @now, is called in the same run. It may not
 * call sw_wheel_advance. A @now before wheel->now counts as wheel->now.
 */
void sw_wheel_advance(struct sw_wheel *wheel, uint64_t now, sw_wheel_fn *fn, void *ctx);

/*
 * A tick before which nothing expires, at least wheel->now; SW_WHEEL_NEVER when no timer
 * is set. Exact for what is near. Who sleeps until then, advances and asks again wakes up
 * for a timer that is far at most once for each level, and once when it expires.
 */
uint64_t sw_wheel_next(const struct sw_wheel *wheel);

#endif
