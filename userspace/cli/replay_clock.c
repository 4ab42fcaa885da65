/* SPDX-License-Identifier: GPL-2.0-only */
/* replay_clock - see replay_clock.h. */
#include "replay_clock.h"

#include <stdbool.h>

#define NS_PER_SECOND 1000000000ull
/* Steps back up to this long are packets out of order. */
#define REORDER_NS NS_PER_SECOND
/* A wild time stamp must not wrap the clock; nothing in the filter remembers longer. */
#define GAP_MAX_NS (400ull * 86400 * NS_PER_SECOND)

/* From the first time stamp to the second, which is not before it; at most GAP_MAX_NS. */
static uint64_t ns_between(int64_t s1, uint32_t ns1, int64_t s2, uint32_t ns2)
{
	uint64_t seconds = (uint64_t)s2 - (uint64_t)s1;

	if (seconds > GAP_MAX_NS / NS_PER_SECOND)
		return GAP_MAX_NS;
	return seconds * NS_PER_SECOND + ns2 - ns1;
}

void sw_replay_clock_move(struct sw_replay_clock *clock, int64_t seconds, uint32_t nanoseconds)
{
	bool back = seconds < clock->seconds ||
		    (seconds == clock->seconds && nanoseconds < clock->nanoseconds);

	if (!clock->now_ns)
		clock->now_ns = NS_PER_SECOND;
	else if (!back)
		clock->now_ns +=
			ns_between(clock->seconds, clock->nanoseconds, seconds, nanoseconds);
	else if (ns_between(seconds, nanoseconds, clock->seconds, clock->nanoseconds) <= REORDER_NS)
		return;
	clock->seconds = seconds;
	clock->nanoseconds = nanoseconds;
}
