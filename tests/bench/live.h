/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * live - live frames over a cable (a veth pair), and what they cost who receives them.
 *
 * Frames are made by BPF_PROG_TEST_RUN with BPF_F_TEST_XDP_LIVE_FRAMES on the one end,
 * with a new source each, and go through the other end as if they came from a card.
 * Sending and receiving take turns on one CPU, 64 frames at a time, so that none is
 * lost; receiving happens in a softirq, and the time in there is what is measured.
 */
#ifndef SYNWARD_TESTS_BENCH_LIVE_H
#define SYNWARD_TESTS_BENCH_LIVE_H

#include <stdint.h>

#include "lists.h"

struct bench_live;

/* One cable: "sN" sends, "rN" receives. */
struct bench_cable {
	char sender[16], receiver[16];
	int sender_index, receiver_index;
};

/*
 * Enter namespaces of this process's own: a network that is connected to nothing, and
 * mounts with a BPF file system and an empty /run. They go when the process does,
 * however it ends, with all that was made in them.
 */
void bench_live_enter(void);

/* For cables of family @list->family; sends sources that are all in @list. */
struct bench_live *bench_live_new(const char *folder, const struct bench_list *list);
void bench_live_free(struct bench_live *live);

struct bench_cable bench_cable_new(unsigned number);
void bench_cable_free(const struct bench_cable *cable);

/* Send @count SYNs. */
void bench_live_send(struct bench_live *live, const struct bench_cable *cable, uint32_t count);

/* Nanoseconds that receiving took since bench_live_new. */
double bench_live_receive_ns(const struct bench_live *live);

#endif
