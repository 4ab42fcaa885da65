/* SPDX-License-Identifier: GPL-2.0-only */
/* serve - see serve.h: who comes, who has to go. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "desk/endpoint.h"
#include "serve_parts.h"

#define AT_ONCE 64 /* connections, before other events have their turn */
#define AT_END 8192 /* ... when there are no others any more */
#define LINGER_MS 2000
#define TICK_US 100000
#define SOCKET_BYTES 8192 /* of the kernel's buffers: a client has nothing long to say */

/* ---- coming and going ---- */

/* False: all are still waiting for their answer. */
static bool make_room(struct sw_serve *serve)
{
	struct sw_caller *c = (struct sw_caller *)sw_crowd_idle(&serve->crowd);

	if (!c)
		return false;
	serve->tally->evicted++;
	sw_caller_evict(c);
	return true;
}

static void refuse(struct sw_serve *serve, int fd)
{
	struct sw_smtp smtp;
	char out[SW_REPLY_BYTES];
	size_t n = sw_smtp_greet(&smtp, serve->options.at, SW_SMTP_TOO_MANY, NULL, out);

	serve->tally->refused++;
	if (send(fd, out, n, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)n)
		shutdown(fd, SHUT_WR);
	close(fd);
}

static uint16_t local_port(int fd)
{
	union sw_endpoint_address address;
	socklen_t bytes = sizeof(address);

	memset(&address, 0, sizeof(address));
	return getsockname(fd, &address.any, &bytes) ? 0 : sw_endpoint_port(&address);
}

static void admit(struct sw_serve *serve, int fd, const struct sw_prefix *source)
{
	struct sw_caller *c = serve->idle; /* there is always one more than there may be clients */
	uint64_t now = sw_serve_now_ms();
	int code = sw_crowd_join(&serve->crowd, &c->member, source, now);

	if (code == -ENOSPC && make_room(serve)) {
		c = serve->idle;
		code = sw_crowd_join(&serve->crowd, &c->member, source, now);
	}
	if (code) {
		refuse(serve, fd);
		return;
	}
	serve->idle = c->next;
	c->fd = fd;
	c->source = *source;
	c->drained = 0;
	memset(&c->event, 0, sizeof(c->event));
	memset(&c->smtp, 0, sizeof(c->smtp));
	c->ask = 0;
	sw_caller_ask(c, local_port(fd));
}

static void listen_again(struct sw_serve *serve, bool listen)
{
	for (int i = 0; i < SW_SERVE_LISTENERS; i++) {
		if (serve->listening[i] && listen)
			event_add(serve->listening[i], NULL);
		else if (serve->listening[i])
			event_del(serve->listening[i]);
	}
	serve->paused = !listen;
}

/* 0, or the errno of what is no more than bad luck of one client. */
static int take_one(struct sw_serve *serve, int listener)
{
	union sw_endpoint_address address;
	socklen_t bytes = sizeof(address);
	struct sw_prefix source;
	int fd;

	memset(&address, 0, sizeof(address));
	fd = accept4(listener, &address.any, &bytes, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return errno;
	source = sw_endpoint_source(&address);
	if (source.family)
		admit(serve, fd, &source);
	else
		close(fd);
	return 0;
}

static void take(struct sw_serve *serve, int listener, int most)
{
	for (int i = 0; i < most; i++) {
		switch (take_one(serve, listener)) {
		case EAGAIN:
			return;
		case EMFILE:
		case ENFILE:
		case ENOBUFS:
		case ENOMEM:
			if (!make_room(serve)) {
				listen_again(serve, false);
				return;
			}
			break;
		default: /* this one was there, or is gone again: the next one */
			break;
		}
	}
}

static void on_listener(evutil_socket_t fd, short what, void *ctx)
{
	take(ctx, fd, AT_ONCE);
}

static void on_tick(evutil_socket_t fd, short what, void *ctx)
{
	struct sw_serve *serve = ctx;
	uint64_t now = sw_serve_now_ms();
	struct sw_caller *c;

	if (serve->paused)
		listen_again(serve, true);
	while ((c = (struct sw_caller *)sw_crowd_due(&serve->crowd, now))) {
		if (c->smtp.over)
			sw_caller_close(c);
		else
			sw_caller_timeout(c);
	}
}

/* ---- for everybody ---- */

size_t sw_serve_count(const struct sw_serve *serve)
{
	return serve->crowd.n;
}

static void drop_listener(struct sw_serve *serve, int i)
{
	if (!serve->listening[i])
		return;
	event_free(serve->listening[i]);
	serve->listening[i] = NULL;
	close(serve->options.listeners[i]);
}

void sw_serve_stop(struct sw_serve *serve)
{
	for (int i = 0; i < SW_SERVE_LISTENERS; i++) {
		if (serve->listening[i])
			take(serve, serve->options.listeners[i], AT_END);
		drop_listener(serve, i);
	}
}

static int add_listeners(struct sw_serve *serve)
{
	const int bytes = SOCKET_BYTES;

	for (int i = 0; i < SW_SERVE_LISTENERS; i++) {
		int fd = serve->options.listeners[i];

		if (fd < 0)
			continue;
		/* What is accepted has the same. */
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
		serve->listening[i] =
			event_new(serve->base, fd, EV_READ | EV_PERSIST, on_listener, serve);
		if (!serve->listening[i] || event_add(serve->listening[i], NULL))
			return -ENOMEM;
	}
	return 0;
}

static int make(struct sw_serve *serve)
{
	const struct sw_serve_options *o = &serve->options;
	const struct sw_crowd_limits limits = {
		.all = o->connections,
		.by_source = o->by_source,
		.phase_ms = { 0, o->idle_ms, LINGER_MS }, /* answers have their own time */
		.life_ms = o->life_ms,
	};
	const struct timeval tick = { .tv_usec = TICK_US };

	if (sw_crowd_init(&serve->crowd, &limits, o->seed))
		return -ENOMEM;
	serve->texts = sw_recall_new(o->seed);
	serve->clients = calloc(o->connections + 1, sizeof(*serve->clients));
	serve->tick = event_new(serve->base, -1, EV_PERSIST, on_tick, serve);
	if (!serve->texts || !serve->clients || !serve->tick || event_add(serve->tick, &tick))
		return -ENOMEM;
	for (size_t i = o->connections + 1; i--;) {
		serve->clients[i].serve = serve;
		serve->clients[i].next = serve->idle;
		serve->idle = &serve->clients[i];
	}
	return add_listeners(serve);
}

int sw_serve_open(struct event_base *base, const struct sw_serve_options *options,
		  struct sw_link *link, struct sw_tally *tally, struct sw_serve **ret)
{
	struct sw_serve *serve = calloc(1, sizeof(*serve));
	int code;

	if (!serve)
		return -ENOMEM;
	serve->options = *options;
	serve->base = base;
	serve->link = link;
	serve->tally = tally;
	code = make(serve);
	if (code) {
		for (int i = 0; i < SW_SERVE_LISTENERS; i++)
			if (serve->listening[i])
				event_free(serve->listening[i]);
		memset(serve->listening, 0, sizeof(serve->listening));
		sw_serve_close(serve);
		return code;
	}
	*ret = serve;
	return 0;
}

struct sw_serve *sw_serve_close(struct sw_serve *serve)
{
	struct sw_crowd_member *m;

	if (!serve)
		return NULL;
	for (int i = 0; i < SW_SERVE_LISTENERS; i++)
		drop_listener(serve, i);
	for (int i = 0; serve->clients && i < SW_CROWD_PHASES; i++)
		while ((m = TAILQ_FIRST(&serve->crowd.phase[i])))
			sw_caller_close((struct sw_caller *)m);
	if (serve->tick)
		event_free(serve->tick);
	sw_crowd_done(&serve->crowd);
	sw_recall_free(serve->texts);
	free(serve->clients);
	free(serve);
	return NULL;
}
