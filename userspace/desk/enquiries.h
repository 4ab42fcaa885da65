/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * enquiries - questions to the daemon that have no answer yet: a fixed number of places.
 *
 * Pure. A question's number has its place and how often that was given away, so that a late answer
 * meets nobody else's question. All wait for the same time, so the order of asking is that of ending.
 */
#ifndef SYNWARD_DESK_ENQUIRIES_H
#define SYNWARD_DESK_ENQUIRIES_H

#include <sys/queue.h>

#include "desk/packet.h"

#define SW_ENQUIRIES 32768 /* at most */

/* @answer NULL: there is none. */
typedef void sw_enquiry_fn(void *ctx, const struct sw_answer *answer);

struct sw_enquiry {
	TAILQ_ENTRY(sw_enquiry) entry;
	sw_enquiry_fn *fn;
	void *ctx;
	uint64_t asked_ms;
	struct sw_prefix source;
	uint32_t id; /* 0: free */
	uint32_t turn; /* how often it was given away */
	uint16_t port;
	uint8_t how; /* enum sw_packet_how */
	bool sent;
};

TAILQ_HEAD(sw_enquiry_list, sw_enquiry);

struct sw_enquiries {
	size_t n, waiting_n;
	struct sw_enquiry *place;
	struct sw_enquiry_list unsent, waiting, idle; /* the first two in the order of asking */
};

/* @n places, up to SW_ENQUIRIES. -ENOMEM. */
int sw_enquiries_init(struct sw_enquiries *asks, size_t n);
void sw_enquiries_done(struct sw_enquiries *asks);

/* An open question with a number, unsent; the caller fills in the rest. NULL: no place is free. */
struct sw_enquiry *sw_enquiries_take(struct sw_enquiries *asks, uint64_t now_ms);
struct sw_enquiry *sw_enquiries_find(struct sw_enquiries *asks, uint32_t id);
void sw_enquiries_sent(struct sw_enquiries *asks, struct sw_enquiry *ask);
void sw_enquiries_give_back(struct sw_enquiries *asks, struct sw_enquiry *ask);
/* Give it back and tell its owner, who may take others. */
void sw_enquiries_finish(struct sw_enquiries *asks, struct sw_enquiry *ask,
			 const struct sw_answer *answer);

/* The one that was asked first; NULL: none is open. */
struct sw_enquiry *sw_enquiries_oldest(const struct sw_enquiries *asks);

#endif
