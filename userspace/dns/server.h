/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * server - how a name server is doing, and which one to ask. Pure.
 *
 * Questions without an answer say little of the server they went to: a zone whose own
 * servers are dead makes a good resolver just as silent. So after some in a row the server
 * is probed with a question that it answers by itself. Only when that stays without an
 * answer, too, is it troubled; it is then not asked, but probed at growing intervals until
 * anything comes back from it.
 *
 *    WELL --failures--> DOUBTED --no answer to the probe--> TROUBLED
 *      ^-------------------any answer of any kind--------------'
 */
#ifndef SYNWARD_DNS_SERVER_H
#define SYNWARD_DNS_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SW_DNS_SERVERS 8 /* are asked at most */
#define SW_DNS_SERVER_DOUBT 4 /* questions in a row without an answer */
#define SW_DNS_SERVER_BACKOFF_MS 1000 /* until the first probe of one that is troubled */
#define SW_DNS_SERVER_BACKOFF_MAX_MS 10000

enum sw_dns_health {
	SW_DNS_WELL,
	SW_DNS_DOUBTED,
	SW_DNS_TROUBLED,
};

struct sw_dns_server {
	enum sw_dns_health health;
	uint32_t rtt_us; /* smoothed; 0: not known */
	uint32_t failures; /* in a row */
	uint32_t backoff_ms; /* until the next probe */
};

/* Something came back, after @rtt_us (0: not known). True: it was troubled, and is well. */
bool sw_dns_server_answered(struct sw_dns_server *server, uint32_t rtt_us);

/* A question had no answer in time. True: probe it now. */
bool sw_dns_server_failed(struct sw_dns_server *server);

/* A probe had no answer in time. Probe it again after server->backoff_ms. True: it is
 * troubled, and was not before. */
bool sw_dns_server_probe_failed(struct sw_dns_server *server);

/*
 * Whom to ask the @turn-th question: one of the @n that is not troubled, and not in @avoid
 * (a bit each) unless there is no other; of these the fastest, but now and then another
 * one, so that we know how fast they are. -1: all are troubled.
 */
int sw_dns_server_pick(const struct sw_dns_server *server, size_t n, uint32_t avoid, uint32_t turn);

#endif
