/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * resolver - struct sw_dns over the network: c-ares on an event loop.
 *
 * Answers are kept in a cache of our own (dns/cache.h) within bounds; questions for the
 * same name and type that is being asked for already are joined; how many are asked a
 * second, and are outstanding, is bounded, and beyond that the answer is SW_DNS_TEMPFAIL
 * with SW_DNS_OVER_BUDGET at once. Truncated answers are asked for again over TCP. A server
 * that does not answer is asked less, and looked at again later.
 *
 * The only file that knows c-ares is resolver.c. One thread.
 */
#ifndef SYNWARD_DNS_RESOLVER_H
#define SYNWARD_DNS_RESOLVER_H

#include "dns/dns.h"
#include "lib/clock.h"
#include "lib/err.h"

struct event_base;
struct sw_dns_cache;
struct sw_resolver;

struct sw_resolver_options {
	struct event_base *base;
	const struct sw_clock *clock;
	const char *const *server; /* "ADDRESS", "ADDRESS:PORT", "[ADDRESS]:PORT" */
	size_t servers; /* 0: those of /etc/resolv.conf */
	uint32_t timeout_ms; /* of one try at one server */
	uint32_t tries; /* at each server */
	uint32_t queries_per_second; /* 0: as many as there are */
	uint32_t outstanding; /* at the same time; 0: as many as there are */
	struct sw_dns_cache *cache; /* borrowed; NULL: nothing is kept */
	/* A server is troubled, or well again; level as in syslog. NULL: nobody is told. */
	void (*note)(void *ctx, int level, const char *text);
	void *ctx;
};

/* -EINVAL with words: an address that is none; -ENOMEM. */
int sw_resolver_open(const struct sw_resolver_options *options, struct sw_resolver **ret,
		     struct sw_err *err);
/* Questions under way are dropped, and their callbacks are not called. NULL. */
struct sw_resolver *sw_resolver_close(struct sw_resolver *resolver);

/* To ask with; valid until sw_resolver_close. */
const struct sw_dns *sw_resolver_dns(struct sw_resolver *resolver);

#endif
