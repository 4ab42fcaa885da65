/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * resolver_loop - the resolver on its event loop: opened, woken, closed. See resolver.h;
 * resolver_parts.h has the other parts.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include <event2/event.h>

#include "resolver_parts.h"

#define TICK_MS 250
#define ALARM_MS 5 /* time-outs are this late at most, and so come several at a time */
#define HOUR_MS 3600000u

uint64_t sw_resolver_now_us(const struct sw_resolver *r)
{
	return sw_clock_monotonic_ns(r->options.clock) / 1000;
}

/* ---- the loop ---- */

void sw_resolver_wake(struct sw_resolver *r)
{
	if (!r->running)
		event_active(r->later, EV_TIMEOUT, 0);
}

void sw_resolver_alarm(struct sw_resolver *r, uint64_t ms)
{
	uint64_t now_ms, wait_ms;
	struct timeval wait;

	if (r->alarm_ms && r->alarm_ms <= ms + ALARM_MS)
		return;
	now_ms = sw_resolver_now_us(r) / 1000;
	wait_ms = (ms > now_ms ? ms - now_ms : 0) + ALARM_MS;
	if (wait_ms > HOUR_MS)
		wait_ms = HOUR_MS;
	r->alarm_ms = now_ms + wait_ms;
	wait.tv_sec = (time_t)(wait_ms / 1000);
	wait.tv_usec = (suseconds_t)(wait_ms % 1000 * 1000);
	event_add(r->alarm, &wait);
}

void sw_resolver_tick(struct sw_resolver *r)
{
	const struct timeval wait = { .tv_usec = TICK_MS * 1000 };

	if (!event_pending(r->tick, EV_TIMEOUT, NULL))
		event_add(r->tick, &wait);
}

static void on_alarm(evutil_socket_t fd, short what, void *ctx)
{
	struct sw_resolver *r = ctx;

	r->alarm_ms = 0;
	r->running = true;
	sw_asking_advance(r);
	sw_resolver_run(r);
}

static void on_later(evutil_socket_t fd, short what, void *ctx)
{
	sw_resolver_run(ctx);
}

static void on_tick(evutil_socket_t fd, short what, void *ctx)
{
	struct sw_resolver *r = ctx;
	bool more;

	r->running = true;
	more = sw_asking_tick(r);
	sw_resolver_run(r);
	more |= sw_lanes_tidy(r);
	if (more)
		sw_resolver_tick(r);
}

void sw_resolver_run(struct sw_resolver *r)
{
	bool more;

	r->running = true;
	more = sw_asking_run(r);
	sw_lanes_flush(r);
	sw_lanes_mend(r);
	r->running = false;
	if (more || r->again || r->questions.ended || r->out.n || r->broken)
		sw_resolver_wake(r);
}

/* ---- open and close ---- */

static int parse_servers(struct sw_resolver *r, struct sw_err *err)
{
	const struct sw_resolver_options *o = &r->options;

	if (o->servers > SW_DNS_SERVERS)
		return sw_err_set(err, -EINVAL, "%zu name servers: at most %d are asked",
				  o->servers, SW_DNS_SERVERS);
	for (size_t i = 0; i < o->servers; i++)
		if (sw_dns_address_parse(o->server[i], &r->server[i].address))
			return sw_err_set(err, -EINVAL,
					  "name server \"%s\": not ADDRESS, ADDRESS:PORT or "
					  "[ADDRESS]:PORT",
					  o->server[i]);
	r->servers = o->servers;
	return 0;
}

static int open_events(struct sw_resolver *r)
{
	struct event_base *base = r->options.base;

	r->alarm = event_new(base, -1, 0, on_alarm, r);
	r->later = event_new(base, -1, 0, on_later, r);
	r->tick = event_new(base, -1, 0, on_tick, r);
	return r->alarm && r->later && r->tick ? 0 : -ENOMEM;
}

static int open_parts(struct sw_resolver *r, struct sw_err *err)
{
	uint8_t seed[SW_DNS_SEED];
	int code;

	if (getrandom(seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
		return -EIO;
	code = r->options.servers ? parse_servers(r, err) : sw_lanes_find_servers(r, err);
	if (!code)
		code = sw_dns_questions_init(&r->questions, seed);
	return code ? code : open_events(r);
}

int sw_resolver_open(const struct sw_resolver_options *options, struct sw_resolver **ret,
		     struct sw_err *err)
{
	struct sw_resolver *r = calloc(1, sizeof(*r));
	int code;

	if (!r || sw_lanes_start()) {
		free(r);
		return sw_err_set(err, -ENOMEM, "resolver: no memory");
	}
	r->options = *options;
	if (!r->options.timeout_ms)
		r->options.timeout_ms = SW_RESOLVER_TIMEOUT_MS;
	if (!r->options.tries)
		r->options.tries = SW_RESOLVER_TRIES;
	r->dns = (struct sw_dns){ .ask = sw_asking_ask,
				  .cancel = sw_asking_cancel,
				  .dns = r,
				  .ask_anew = sw_asking_ask_anew };
	r->again_end = &r->again;
	sw_wheel_init(&r->wheel, sw_resolver_now_us(r) / 1000);
	sw_dns_budget_init(&r->budget, options->queries_per_second,
			   options->outstanding ? options->outstanding : SW_DNS_WAITERS,
			   sw_resolver_now_us(r));
	sw_err_set(err, 0, "resolver: no memory"); /* unless there are better words */
	code = open_parts(r, err);
	r->options.server = NULL; /* borrowed until here */
	if (code) {
		sw_resolver_close(r);
		return code;
	}
	*ret = r;
	return 0;
}

static void drop_question(void *ctx, struct sw_dns_question *q)
{
	sw_lane_forget(q);
}

struct sw_resolver *sw_resolver_close(struct sw_resolver *r)
{
	if (!r)
		return NULL;
	r->running = true; /* nothing is left to be done */
	sw_dns_questions_done(&r->questions, drop_question, r);
	sw_lanes_stop(r);
	if (r->alarm)
		event_free(r->alarm);
	if (r->later)
		event_free(r->later);
	if (r->tick)
		event_free(r->tick);
	free(r);
	return NULL;
}

const struct sw_dns *sw_resolver_dns(struct sw_resolver *r)
{
	return &r->dns;
}

void sw_resolver_stats(const struct sw_resolver *r, struct sw_resolver_stats *ret)
{
	*ret = r->stats;
	ret->under_way = r->questions.n;
}

bool sw_resolver_server(const struct sw_resolver *r, size_t i, struct sw_resolver_server_state *ret)
{
	if (i >= r->servers)
		return false;
	*ret = (struct sw_resolver_server_state){
		.address = r->server[i].address.text,
		.troubled = r->server[i].health.health == SW_DNS_TROUBLED,
		.rtt_us = r->server[i].health.rtt_us,
	};
	return true;
}
