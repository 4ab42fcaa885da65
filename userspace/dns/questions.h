/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * questions - those that are under way, and who waits for which. Pure.
 *
 * A name and type is under way once, however many wait for it. Who waits has a ticket. A
 * question that has ended is found no more by those who ask anew; its answer is handed out
 * by sw_dns_questions_deliver, which the callbacks may ask and cancel in as they like.
 */
#ifndef SYNWARD_DNS_QUESTIONS_H
#define SYNWARD_DNS_QUESTIONS_H

#include "dns/hash.h"
#include "dns/name.h"
#include "dns/reply.h"
#include "lib/wheel.h"

#define SW_DNS_WAITERS (1u << 20) /* wait at the same time, at most */

struct sw_dns_waiter;
struct sw_dns_try; /* the asker's */

struct sw_dns_question {
	struct sw_dns_question *chain; /* in the bucket, or the next that has ended */
	struct sw_dns_reply *reply; /* once it has ended */
	uint64_t hash;
	uint32_t first, last; /* who waits, by number; 0: nobody */
	uint16_t type;
	struct sw_wheel_timer timer; /* the asker's, like all that follows but the name */
	struct sw_dns_question *next; /* of those to be tried again */
	struct sw_dns_try *tries; /* what is on its way */
	uint32_t asked, refused; /* servers, a bit each: in this round; that gave no good answer */
	uint8_t server; /* that was asked last */
	uint8_t sent; /* how often */
	uint8_t trouble; /* the last, enum sw_dns_trouble */
	bool tcp, again; /* over TCP; among those to be tried again */
	struct sw_dns_name name;
};

struct sw_dns_questions {
	struct sw_dns_question **bucket;
	size_t buckets, n; /* under way, without those that have ended */
	struct sw_dns_question *ended, **ended_end;
	struct sw_dns_waiter *waiter; /* [0] is nobody */
	uint32_t waiters, free; /* room; the first that is free */
	uint64_t serial; /* of the last ticket */
	uint8_t seed[SW_DNS_SEED];
};

/* -ENOMEM. @seed: random. */
int sw_dns_questions_init(struct sw_dns_questions *qs, const uint8_t seed[SW_DNS_SEED]);
/* Drops all, and calls nobody who waits. @drop is called for each that is under way before
 * it goes. */
void sw_dns_questions_done(struct sw_dns_questions *qs,
			   void (*drop)(void *ctx, struct sw_dns_question *q), void *ctx);

/* The one that is under way, or NULL. */
struct sw_dns_question *sw_dns_questions_find(const struct sw_dns_questions *qs,
					      const struct sw_dns_name *name, uint16_t type);
/* A new one that is not under way yet, for which nobody waits. NULL: no memory. */
struct sw_dns_question *sw_dns_questions_add(struct sw_dns_questions *qs,
					     const struct sw_dns_name *name, uint16_t type);

/* Wait for it. 0: no memory, or too many wait. */
sw_dns_ticket sw_dns_questions_wait(struct sw_dns_questions *qs, struct sw_dns_question *q,
				    sw_dns_answer_fn fn, void *ctx);
void sw_dns_questions_cancel(struct sw_dns_questions *qs, sw_dns_ticket ticket);

/* It has ended with @reply, which it takes over; NULL: no memory for that. */
void sw_dns_questions_end(struct sw_dns_questions *qs, struct sw_dns_question *q,
			  struct sw_dns_reply *reply);
/* Tell those who wait for what has ended, and free it. Not from within a callback. */
void sw_dns_questions_deliver(struct sw_dns_questions *qs);

#endif
