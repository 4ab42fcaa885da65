/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * resolver - struct sw_dns over the network: c-ares on an event loop.
 *
 * Answers are kept in a cache of our own (dns/cache.h) within bounds; questions for the
 * same name and type that is being asked for already are joined; how many are asked a
 * second, and are outstanding, is bounded, and beyond that the answer is SW_DNS_TEMPFAIL
 * with SW_DNS_OVER_BUDGET at once. Truncated answers are asked for again over TCP. A server
 * that does not answer is asked less, and looked at again later; when that is so of all of
 * them, the answer is SW_DNS_TEMPFAIL with SW_DNS_NO_SERVER at once.
 *
 * A question that nobody waits for any more goes on for one try: its answer is kept.
 * Names that are none are SW_DNS_MALFORMED at once. "Servers" are resolvers: what only
 * refers to others counts as SW_DNS_REFUSED.
 *
 * The only file that knows c-ares is resolver.c. One thread.
 */
#ifndef SYNWARD_DNS_RESOLVER_H
#define SYNWARD_DNS_RESOLVER_H

#include <stdbool.h>

#include "dns/dns.h"
#include "lib/clock.h"
#include "lib/err.h"

#define SW_RESOLVER_TIMEOUT_MS 1500
#define SW_RESOLVER_TRIES 2

struct event_base;
struct sw_dns_cache;
struct sw_resolver;

struct sw_resolver_options {
	struct event_base *base;
	const struct sw_clock *clock;
	const char *const *server; /* "ADDRESS", "ADDRESS:PORT", "[ADDRESS]:PORT" */
	size_t servers; /* 0: those of /etc/resolv.conf as it is now */
	uint32_t timeout_ms; /* of one try at one server; 0: SW_RESOLVER_TIMEOUT_MS */
	uint32_t tries; /* at each server; 0: SW_RESOLVER_TRIES */
	uint32_t queries_per_second; /* with all tries; 0: as many as there are */
	/* Questions at the same time; 0: as many as there are (SW_DNS_WAITERS at most). */
	uint32_t outstanding;
	struct sw_dns_cache *cache; /* borrowed; NULL: nothing is kept */
	/* A server is troubled, or well again; level as in syslog. May not call the resolver.
	 * NULL: nobody is told. */
	void (*note)(void *ctx, int level, const char *text);
	void *ctx;
};

/* -EINVAL with words: an address that is none, or too many; -ENOMEM. */
int sw_resolver_open(const struct sw_resolver_options *options, struct sw_resolver **ret,
		     struct sw_err *err);
/* Questions under way are dropped, and their callbacks are not called. Not from within an
 * answer's callback. NULL. */
struct sw_resolver *sw_resolver_close(struct sw_resolver *resolver);

/* To ask with; valid until sw_resolver_close. */
const struct sw_dns *sw_resolver_dns(struct sw_resolver *resolver);

/* ---- for people and counters ---- */

struct sw_resolver_stats {
	uint64_t asked; /* and of these: */
	uint64_t cached, joined, over_budget, no_server, malformed; /* not a query of their own */
	uint64_t sent, sent_tcp; /* queries, with all tries */
	uint64_t answered; /* messages that came back */
	uint64_t timeouts; /* tries */
	uint64_t temporary; /* questions that ended with SW_DNS_TEMPFAIL */
	size_t under_way; /* questions */
	size_t sockets;
};

struct sw_resolver_server_state {
	const char *address;
	bool troubled;
	uint32_t rtt_us; /* smoothed; 0: not known */
};

void sw_resolver_stats(const struct sw_resolver *resolver, struct sw_resolver_stats *ret);
/* The @i-th server, from 0; false: there is none. */
bool sw_resolver_server(const struct sw_resolver *resolver, size_t i,
			struct sw_resolver_server_state *ret);

#endif
