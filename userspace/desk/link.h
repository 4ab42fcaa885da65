/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * link - the desk's end of the daemon's socket run-dir/desk: questions, our listeners, counts.
 *
 * The daemon may be gone, slow, or talk nonsense; all of that ends as "no answer" after a bounded time, and
 * the link is tried anew each second. Nothing here waits. On the loop, one thread.
 */
#ifndef SYNWARD_DESK_LINK_H
#define SYNWARD_DESK_LINK_H

#include "desk/enquiries.h"
#include "desk/packet.h"

struct event_base;

struct sw_link_options {
	const char *path;
	size_t asks; /* questions that can be open, up to SW_ENQUIRIES */
	unsigned wait_ms; /* for an answer */
	int ip4, ip6; /* listeners that the daemon is given, -1: none; they stay the caller's */
	/* A line for the log. */
	void (*note)(void *ctx, int level, const char *text);
	void *ctx;
};

struct sw_link;

/* Connects when the loop runs. -ENAMETOOLONG, -ENOMEM. */
int sw_link_open(struct event_base *base, const struct sw_link_options *options,
		 struct sw_link **ret);
/* Open questions are forgotten, and nobody is called. NULL. */
struct sw_link *sw_link_close(struct sw_link *link);

/*
 * Ask what holds for @source; @fn is called once, from the loop, unless sw_link_forget comes before; it
 * may ask and forget others. Returns the question's number. 0: nobody can be asked now.
 */
uint32_t sw_link_ask(struct sw_link *link, enum sw_packet_how how, const struct sw_prefix *source,
		     uint16_t port, sw_enquiry_fn *fn, void *ctx);
void sw_link_forget(struct sw_link *link, uint32_t id);

/* Send a packet as it is. False: it did not go. */
bool sw_link_tell(struct sw_link *link, const char *packet, size_t n);

/* Have our listeners taken out of the map: no more connections come. */
void sw_link_withdraw(struct sw_link *link);

bool sw_link_is_up(const struct sw_link *link);

#endif
