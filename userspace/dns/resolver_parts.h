/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * resolver_parts - what the three parts of the resolver share. resolver.h is the interface.
 *
 *    resolver_loop.c  opened, woken, closed: the event loop
 *    resolver_ask.c   what is asked, of whom, and again; knows no sockets and no c-ares
 *    resolver.c       c-ares and its sockets: lanes
 *
 * c-ares calls back from deep inside, where it must not be called again. So an answer only
 * changes questions; what follows (trying again, telling those who wait) is done by
 * sw_resolver_run, when c-ares has returned.
 */
#ifndef SYNWARD_DNS_RESOLVER_PARTS_H
#define SYNWARD_DNS_RESOLVER_PARTS_H

#include "dns/address.h"
#include "dns/budget.h"
#include "dns/cache.h"
#include "dns/datagrams.h"
#include "dns/questions.h"
#include "dns/resolver.h"
#include "dns/server.h"
#include "lib/wheel.h"

struct sw_lane; /* a channel of c-ares with one socket: resolver.c */

struct sw_resolver_server {
	struct sw_dns_server health;
	struct sw_dns_address address;
	struct sw_lane *lanes[2]; /* [0] UDP, [1] TCP */
	struct sw_dns_try *probe; /* on its way */
	bool probing;
	uint64_t probe_ms; /* when a probe counts as not answered, or the next is due */
	uint64_t plain_until_ms; /* it knows no EDNS, we think; 0: it does */
};

struct sw_resolver {
	struct sw_resolver_options options;
	struct sw_dns dns;
	struct sw_resolver_server server[SW_DNS_SERVERS];
	size_t servers;
	struct sw_dns_questions questions;
	struct sw_dns_question *again, **again_end; /* to be tried again */
	struct sw_dns_budget budget;
	struct sw_wheel wheel; /* of questions; ticks are milliseconds */
	uint32_t turn;
	struct sw_resolver_stats stats;

	/* resolver_loop.c */
	struct event *alarm; /* for the wheel */
	uint64_t alarm_ms; /* for when it is set; 0: it is not */
	struct event *later; /* when something is left to be done */
	struct event *tick; /* while there are lanes, or servers to be probed */
	bool running; /* what is left will be done by who runs */

	/* resolver.c */
	struct sw_lane *broken; /* lanes that met an error when they sent */
	struct sw_lane *sender; /* whose datagrams are in out */
	struct sw_datagrams_out out;
	struct sw_datagrams_in in;
	uint16_t id[128]; /* random numbers, and how many are left of them */
	unsigned ids;
};

/* ---- resolver_ask.c ---- */

sw_dns_ticket sw_asking_ask(void *resolver, const char *name, enum sw_dns_type type,
			    sw_dns_answer_fn fn, void *ctx);
sw_dns_ticket sw_asking_ask_anew(void *resolver, const char *name, enum sw_dns_type type,
				 sw_dns_answer_fn fn, void *ctx);
void sw_asking_cancel(void *resolver, sw_dns_ticket ticket);

/*
 * @message came from @server after @rtt_us, for @q, or for a question that has ended
 * (NULL). @edns: it had been asked with EDNS.
 */
void sw_asking_answered(struct sw_resolver *r, struct sw_dns_question *q,
			struct sw_resolver_server *server, uint32_t rtt_us, bool edns,
			const uint8_t *message, size_t n);
/* A try of @q (NULL: a probe) at @server failed. */
void sw_asking_failed(struct sw_resolver *r, struct sw_dns_question *q,
		      struct sw_resolver_server *server, enum sw_dns_trouble trouble);

/* Questions whose time is up. */
void sw_asking_advance(struct sw_resolver *r);
/* Servers to be probed, and probes whose time is up. True: call it again soon. */
bool sw_asking_tick(struct sw_resolver *r);
/* Try again, tell those who wait. True: call it again, there is more already. */
bool sw_asking_run(struct sw_resolver *r);

/* ---- resolver_loop.c ---- */

uint64_t sw_resolver_now_us(const struct sw_resolver *r);
/* Do what is left to be done after anything that happened. Not from inside c-ares. */
void sw_resolver_run(struct sw_resolver *r);
/* Something is left to be done: see to it that sw_resolver_run is called. */
void sw_resolver_wake(struct sw_resolver *r);
/* See to it that sw_asking_advance is called at @ms, or soon after. */
void sw_resolver_alarm(struct sw_resolver *r, uint64_t ms);
/* See to it that sw_asking_tick and sw_lanes_tidy are called now and then. */
void sw_resolver_tick(struct sw_resolver *r);

/* ---- resolver.c ---- */

/* -ENOMEM. Each goes with one sw_lanes_stop, which closes all lanes. */
int sw_lanes_start(void);
void sw_lanes_stop(struct sw_resolver *r);
/* Those of /etc/resolv.conf become r->server. -EINVAL with words, -ENOMEM. */
int sw_lanes_find_servers(struct sw_resolver *r, struct sw_err *err);

/* Send what is gathered. */
void sw_lanes_flush(struct sw_resolver *r);
/* Tell c-ares of errors that were met when sending. */
void sw_lanes_mend(struct sw_resolver *r);
/* Close what is not needed any more. True: there are lanes. */
bool sw_lanes_tidy(struct sw_resolver *r);

/* Send @name and @type to @server, for @q; NULL: a probe. What fails later, or at once, is
 * told by sw_asking_failed; -errno: it was not even begun, and that is all that is told. */
int sw_lane_send(struct sw_resolver *r, struct sw_resolver_server *server,
		 struct sw_dns_question *q, const struct sw_dns_name *name, uint16_t type,
		 bool tcp);
/* @q has no answer in time: its connection may hang, so that others get a new one. */
void sw_lane_doubt(struct sw_dns_question *q);
/* @q has ended: what is on its way for it is nobody's now. */
void sw_lane_forget(struct sw_dns_question *q);
void sw_lane_forget_probe(struct sw_resolver_server *server);
/* @server is asked in another way from now on: by new lanes. */
void sw_lane_renew(struct sw_resolver_server *server);

#endif
