/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * replay_clock - the time that the filter is told while captures are replayed. Pure.
 *
 * Goes on with the time stamps and never back, because limits count by it. Packets
 * a little out of order, as several card queues deliver them, do not move it. A
 * great step back is another clock, or the next file: time goes on from there. All
 * zeros is a clock that has not begun.
 */
#ifndef SYNWARD_CLI_REPLAY_CLOCK_H
#define SYNWARD_CLI_REPLAY_CLOCK_H

#include <stdint.h>

struct sw_replay_clock {
	uint64_t now_ns; /* what the filter takes for now; greater than 0 once begun */
	int64_t seconds; /* the time stamp that this stands for */
	uint32_t nanoseconds;
};

/* A packet with this time stamp comes; any value is taken. */
void sw_replay_clock_move(struct sw_replay_clock *clock, int64_t seconds, uint32_t nanoseconds);

#endif
