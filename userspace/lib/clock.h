/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clock - what time it is, from the machine or from a script.
 *
 * Whoever needs the time takes a clock from its caller, so that tests and scenarios
 * say what time it is. Borrowed: the clock outlives those who hold it.
 */
#ifndef SYNWARD_LIB_CLOCK_H
#define SYNWARD_LIB_CLOCK_H

#include <stdint.h>

struct sw_clock {
	/* Milliseconds since the epoch; steps when somebody sets the clock. */
	int64_t (*wall_ms)(void *ctx);
	/* Nanoseconds of CLOCK_MONOTONIC, as bpf_ktime_get_ns() has them; never goes back. */
	uint64_t (*monotonic_ns)(void *ctx);
	void *ctx;
};

/* The machine's own; always the same one. */
const struct sw_clock *sw_clock_system(void);

#define SW_CLOCK_BOOT 40 /* bytes, with NUL */

/* What tells this boot of the machine from all others (random(4)); "" when the kernel does
 * not say. */
void sw_clock_boot(char ret[SW_CLOCK_BOOT]);

static inline int64_t sw_clock_wall_ms(const struct sw_clock *clock)
{
	return clock->wall_ms(clock->ctx);
}

static inline uint64_t sw_clock_monotonic_ns(const struct sw_clock *clock)
{
	return clock->monotonic_ns(clock->ctx);
}

#endif
