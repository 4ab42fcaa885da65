/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spf_allow - the networks of a domain that are in force, over many collections of them.
 *
 * Pure: collections and the time come in. What a collection adds is in force at once. What it
 * lacks goes only when SW_SPF_ALLOW_AGREE complete ones in a row lacked it, so that a slip at
 * the sender's, or a DNS that gives some of many addresses, turns nobody away. One that is
 * not complete takes nothing away, and counts for nothing but what it has. When to collect
 * anew goes by TTL, so that collections which agree do not all come from the same cache.
 */
#ifndef SYNWARD_DNS_SPF_ALLOW_H
#define SYNWARD_DNS_SPF_ALLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

#define SW_SPF_ALLOW_AGREE 3
#define SW_SPF_ALLOW_MAX 16384 /* networks in force */
#define SW_SPF_ALLOW_TTL_MIN_S 300 /* bounds of what a TTL says */
#define SW_SPF_ALLOW_TTL_MAX_S 86400
#define SW_SPF_ALLOW_RETRY_MIN_S 60 /* after one that is not complete; doubled each time */
#define SW_SPF_ALLOW_RETRY_MAX_S 3600

/* All zero at first: nothing is in force, and a collection is due at once. */
struct sw_spf_allow {
	struct sw_prefix *net; /* sorted: in force */
	uint8_t *missing; /* of each: complete collections in a row without it */
	size_t n;
	unsigned failures; /* in a row */
	int64_t due_ms; /* when to collect next */
};

/*
 * A collection of @n networks, sorted and each once, came at @now_ms. *@ret_changed: other
 * networks are in force now. -ENOSPC: there are too many; no new ones were taken, but what is
 * gone went. -ENOMEM: all is as before, but for due_ms.
 */
int sw_spf_allow_take(struct sw_spf_allow *allow, const struct sw_prefix *net, size_t n,
		      bool complete, uint32_t ttl_s, int64_t now_ms, bool *ret_changed);

void sw_spf_allow_done(struct sw_spf_allow *allow);

#endif
