/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spf_allow - the networks of a domain that are in force, over many collections of them.
 *
 * Pure: collections and the time come in. What a collection adds is in force at once. What it
 * lacks goes only when SW_SPF_ALLOW_AGREE complete ones in a row lacked it, with some time
 * between them, so that a slip at the sender's, or a DNS that gives some of many addresses,
 * turns nobody away. One that is not complete takes nothing away, and counts for nothing but
 * what it has. One that is too much of the internet counts for nothing at all.
 *
 * When to collect anew goes by TTL, so that collections which agree do not all come from the
 * same cache; those that somebody asked for in between do not count twice.
 */
#ifndef SYNWARD_DNS_SPF_ALLOW_H
#define SYNWARD_DNS_SPF_ALLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

#define SW_SPF_ALLOW_AGREE 3
#define SW_SPF_ALLOW_MAX 16384 /* networks in force */
#define SW_SPF_ALLOW_WIDTH4 (UINT64_C(1) << 24) /* addresses in all: a /8 */
#define SW_SPF_ALLOW_WIDTH6 (UINT64_C(1) << 44) /* /64s in all: a /20 */
#define SW_SPF_ALLOW_TTL_MIN_S 300 /* bounds of what a TTL says */
#define SW_SPF_ALLOW_TTL_MAX_S 86400
#define SW_SPF_ALLOW_RETRY_MIN_S 60 /* after one that is not complete; doubled each time */
#define SW_SPF_ALLOW_RETRY_MAX_S 3600

struct sw_spf_allow_net {
	struct sw_prefix net;
	int64_t since_ms; /* wall clock: when it came into force */
	uint8_t missing; /* complete collections in a row without it */
};

/* All zero at first: nothing is in force, and a collection is due at once. */
struct sw_spf_allow {
	struct sw_spf_allow_net *net; /* sorted, each once: in force */
	size_t n;
	unsigned failures; /* in a row */
	int64_t confirmed_ms; /* wall clock: the last complete collection; 0: none */
	int64_t counted_ms; /* likewise: the last that counted for what is missing */
	int64_t due_ms; /* when to collect next, by now_ms */
};

struct sw_spf_collection {
	const struct sw_prefix *net; /* sorted, each once */
	size_t n;
	bool complete;
	uint32_t ttl_s;
	size_t room; /* so many may be in force, SW_SPF_ALLOW_MAX at most */
};

/*
 * @c came at @now_ms of a clock that never goes back, and @wall_ms. *@ret_changed: other
 * networks are in force now. -ERANGE: it is too much of the internet; nothing was taken.
 * -ENOSPC: with those in force it is too many, or too much; no new ones were taken, but what
 * is gone went. -ENOMEM: all is as before, but for due_ms.
 */
int sw_spf_allow_take(struct sw_spf_allow *allow, const struct sw_spf_collection *c, int64_t now_ms,
		      int64_t wall_ms, bool *ret_changed);

/* *@ret is the caller's, too. -ENOMEM. */
int sw_spf_allow_copy(const struct sw_spf_allow *allow, struct sw_spf_allow *ret);
void sw_spf_allow_done(struct sw_spf_allow *allow);

/* Sorted, each once, not too many and not too much: fit to be in force. */
bool sw_spf_allow_is_sound(const struct sw_spf_allow *allow);

#endif
