/* SPDX-License-Identifier: GPL-2.0-only */
/* serve - see serve.h. */
#include "serve.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "desk/endpoint.h"
#include "lib/clock.h"
#include "lib/log.h"

#define AT_ONCE 64 /* connections, before other events have their turn */
#define AT_END 8192 /* ... when there are no others any more */
#define READ_BYTES 1024
#define LINGER_MS 2000
#define LINGER_BYTES 16384 /* of what a client still says */
#define TICK_US 100000
#define SOCKET_BYTES 8192 /* of the kernel's buffers: a client has nothing long to say */

struct client {
	struct sw_crowd_member member; /* the first: who has this has the client */
	struct sw_serve *serve;
	struct client *next; /* of those that are free */
	struct event event;
	struct sw_prefix source;
	struct sw_smtp smtp;
	int fd;
	uint32_t ask; /* 0: none is open */
	size_t drained;
	char text[SW_PACKET_TEXT];
};

struct sw_serve {
	struct sw_serve_options options;
	struct event_base *base;
	struct event *listening[SW_SERVE_LISTENERS], *tick;
	bool paused; /* no descriptors are left: until the next tick */
	struct sw_link *link;
	struct sw_tally *tally;
	struct sw_recall *texts;
	struct sw_crowd crowd;
	struct client *clients, *idle;
};

static uint64_t now_ms(void)
{
	return sw_clock_monotonic_ns(sw_clock_system()) / 1000000;
}

/* ---- one client ---- */

static void close_client(struct client *c)
{
	struct sw_serve *serve = c->serve;

	if (c->ask)
		sw_link_forget(serve->link, c->ask);
	if (event_initialized(&c->event))
		event_del(&c->event);
	close(c->fd);
	sw_crowd_leave(&serve->crowd, &c->member);
	c->next = serve->idle;
	serve->idle = c;
}

/* False: it takes nothing, and is gone. */
static bool say(struct client *c, const char *bytes, size_t n)
{
	if (send(c->fd, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)n)
		return true;
	close_client(c);
	return false;
}

/* What was said was said; what comes next depends on whether it was the last. */
static void go_on(struct client *c)
{
	if (c->smtp.over)
		shutdown(c->fd, SHUT_WR);
	sw_crowd_turn(&c->serve->crowd, &c->member,
		      c->smtp.over ? SW_CROWD_LEAVING : SW_CROWD_TALKING, now_ms());
}

static struct sw_smtp_words words_of(const struct client *c)
{
	return (struct sw_smtp_words){ .host = c->serve->options.host, .text = c->text };
}

static void on_client(evutil_socket_t fd, short what, void *ctx)
{
	struct client *c = ctx;
	const struct sw_smtp_words words = words_of(c);
	char bytes[READ_BYTES], out[SW_SMTP_BYTES];
	ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	size_t reply;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	c->drained += c->smtp.over && n > 0 ? (size_t)n : 0;
	if (n <= 0 || c->drained > LINGER_BYTES) {
		close_client(c);
		return;
	}
	reply = sw_smtp_take(&c->smtp, &words, bytes, (size_t)n, out);
	/* Only whole lines count as doing something. */
	if (reply && say(c, out, reply))
		go_on(c);
}

/* ---- the greeting ---- */

/* The general text has the address for %a; all else is as it stands. */
static void general_text(const struct client *c, char out[SW_PACKET_TEXT])
{
	const char *from = c->serve->options.general, *mark = strstr(from, "%a");
	char address[SW_PREFIX_TEXT];

	if (mark)
		snprintf(out, SW_PACKET_TEXT, "%.*s%s%s", (int)(mark - from), from,
			 sw_prefix_format(&c->source, address), mark + 2);
	else
		snprintf(out, SW_PACKET_TEXT, "%s", from);
}

static void choose_text(struct client *c, const struct sw_answer *answer)
{
	const char *text = answer ? answer->text : sw_recall_get(c->serve->texts, &c->source);

	if (text && *text)
		snprintf(c->text, sizeof(c->text), "%s", text);
	else
		general_text(c, c->text);
}

/* The card's word stands unless the daemon takes it back: it sent the client here. */
static enum sw_smtp_why why_here(struct client *c, const struct sw_answer *answer)
{
	struct sw_tally *tally = c->serve->tally;

	if (!answer) {
		tally->general++;
		return SW_SMTP_TURNED_AWAY;
	}
	sw_recall_put(c->serve->texts, &c->source, answer);
	if (!answer->turns_away || !answer->enforced) {
		tally->again++;
		return SW_SMTP_NOT_LISTED;
	}
	sw_tally_smtp(tally, answer->class_name);
	return SW_SMTP_TURNED_AWAY;
}

static void greet(struct client *c, const struct sw_answer *answer)
{
	const struct sw_smtp_words words = words_of(c);
	char out[SW_REPLY_BYTES];
	size_t n;

	choose_text(c, answer);
	sw_log(LOG_DEBUG, "%s: %s", answer ? answer->class_name : "no answer", c->text);
	n = sw_smtp_greet(&c->smtp, c->serve->options.at, why_here(c, answer), &words, out);
	if (!say(c, out, n))
		return;
	event_assign(&c->event, c->serve->base, c->fd, EV_READ | EV_PERSIST, on_client, c);
	if (event_add(&c->event, NULL))
		close_client(c);
	else
		go_on(c);
}

static void on_answer(void *ctx, const struct sw_answer *answer)
{
	struct client *c = ctx;

	c->ask = 0;
	greet(c, answer);
}

/* ---- coming and going ---- */

static void end_talk(struct client *c, size_t (*last)(struct sw_smtp *, char *))
{
	char out[SW_REPLY_BYTES];
	size_t n = last(&c->smtp, out);

	if (say(c, out, n))
		go_on(c);
}

/* False: all are still waiting for their answer. */
static bool make_room(struct sw_serve *serve)
{
	struct client *c = (struct client *)sw_crowd_idle(&serve->crowd);
	char out[SW_REPLY_BYTES];
	size_t n;

	if (!c)
		return false;
	serve->tally->evicted++;
	n = c->smtp.over ? 0 : sw_smtp_make_room(&c->smtp, out);
	if (!n || say(c, out, n))
		close_client(c);
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
	struct client *c = serve->idle; /* there is always one more than there may be clients */
	uint64_t now = now_ms();
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
	c->ask = sw_link_ask(serve->link, SW_PACKET_SMTP, source, local_port(fd), on_answer, c);
	if (!c->ask)
		greet(c, NULL);
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
	uint64_t now = now_ms();
	struct client *c;

	if (serve->paused)
		listen_again(serve, true);
	while ((c = (struct client *)sw_crowd_due(&serve->crowd, now))) {
		if (c->smtp.over)
			close_client(c);
		else
			end_talk(c, sw_smtp_timeout);
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
			close_client((struct client *)m);
	if (serve->tick)
		event_free(serve->tick);
	sw_crowd_done(&serve->crowd);
	sw_recall_free(serve->texts);
	free(serve->clients);
	free(serve);
	return NULL;
}
