/* SPDX-License-Identifier: GPL-2.0-only */
/* script_clock - a clock that shows what the test says. */
#ifndef SYNWARD_TESTS_SUPPORT_SCRIPT_CLOCK_H
#define SYNWARD_TESTS_SUPPORT_SCRIPT_CLOCK_H

#include "lib/clock.h"

struct script_clock {
	struct sw_clock clock; /* for those who take one; call script_clock_get */
	int64_t wall_ms;
	uint64_t monotonic_ns;
};

static inline int64_t script_clock_wall(void *ctx)
{
	return ((const struct script_clock *)ctx)->wall_ms;
}

static inline uint64_t script_clock_monotonic(void *ctx)
{
	return ((const struct script_clock *)ctx)->monotonic_ns;
}

/* Its address must not change while it is in use: @s is set in place. */
static inline void script_clock_set(struct script_clock *s, int64_t wall_ms, uint64_t monotonic_ms)
{
	s->clock = (struct sw_clock){ script_clock_wall, script_clock_monotonic, s };
	s->wall_ms = wall_ms;
	s->monotonic_ns = monotonic_ms * 1000000;
}

static inline void script_clock_pass(struct script_clock *s, int64_t ms)
{
	s->wall_ms += ms;
	s->monotonic_ns += (uint64_t)ms * 1000000;
}

#endif
