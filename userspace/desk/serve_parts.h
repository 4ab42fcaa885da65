/* SPDX-License-Identifier: GPL-2.0-only */
/* serve_parts - what the two files of serve share: who comes and goes (serve.c), and what is said to one
 * of them (serve_caller.c). */
#ifndef SYNWARD_DESK_SERVE_PARTS_H
#define SYNWARD_DESK_SERVE_PARTS_H

#include <event2/event.h>
#include <event2/event_struct.h>

#include "desk/serve.h"
#include "lib/clock.h"

struct sw_caller {
	struct sw_crowd_member member; /* the first: who has this has the client */
	struct sw_serve *serve;
	struct sw_caller *next; /* of those that are free */
	struct event event;
	struct sw_prefix source;
	struct sw_smtp smtp;
	int fd;
	uint32_t ask; /* 0: none is open */
	size_t drained;
	char text[SW_PACKET_TEXT];
};

struct sw_serve {
	struct sw_serve_options options;
	struct event_base *base;
	struct event *listening[SW_SERVE_LISTENERS], *tick;
	bool paused; /* no descriptors are left: until the next tick */
	struct sw_link *link;
	struct sw_tally *tally;
	struct sw_recall *texts;
	struct sw_crowd crowd;
	struct sw_caller *clients, *idle;
};

static inline uint64_t sw_serve_now_ms(void)
{
	return sw_clock_monotonic_ns(sw_clock_system()) / 1000000;
}

/* Ask what to say to it, who came to local @port; greet it with the answer, at once where nobody can be
 * asked. */
void sw_caller_ask(struct sw_caller *c, uint16_t port);
/* It is told that its time is over. */
void sw_caller_timeout(struct sw_caller *c);
/* Its place is needed: told, and hung up on. */
void sw_caller_evict(struct sw_caller *c);
void sw_caller_close(struct sw_caller *c);

#endif
