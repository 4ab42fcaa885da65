/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reply - an answer that several hold at a time: who asked, and the cache.
 *
 * One piece of memory, which nothing changes once it is filled in; it goes with the last
 * one that holds it. One thread.
 */
#ifndef SYNWARD_DNS_REPLY_H
#define SYNWARD_DNS_REPLY_H

#include "dns/dns.h"

struct sw_dns_reply {
	struct sw_dns_answer answer;
	uint32_t holders;
	uint32_t bytes; /* of all of it */
	struct sw_dns_record record[]; /* of answer, and their text behind */
};

/* To be filled in, held once: room for @n records, and @text bytes (sw_dns_reply_text).
 * NULL: no memory. */
struct sw_dns_reply *sw_dns_reply_new(size_t n, size_t text);
char *sw_dns_reply_text(struct sw_dns_reply *reply);

/* No answer; NULL: no memory. */
struct sw_dns_reply *sw_dns_reply_trouble(enum sw_dns_trouble trouble);

/* One more who holds it; returns @reply. */
static inline struct sw_dns_reply *sw_dns_reply_hold(struct sw_dns_reply *reply)
{
	reply->holders++;
	return reply;
}

/* One less. NULL. */
struct sw_dns_reply *sw_dns_reply_drop(struct sw_dns_reply *reply);

#endif
