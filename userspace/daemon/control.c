/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * control - who may connect, whose turn it is, and what is too much; see control.h.
 *
 * The base's callbacks only note who has something to do. The work is done in turns: a
 * few milliseconds for all of them, of which each client has a slice, and then the base's
 * other events before the next turn. So the time that clients take is bounded by the
 * turn, however many they are and whatever they send.
 *
 * When something runs short, it is taken from the client that did nothing for the
 * longest time: its place, when a new one comes, and its memory.
 */
#include "control_parts.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#define TURN_NS 4000000ull
#define ACCEPTS 16 /* in one turn of the base */
#define ACCEPT_AGAIN_MS 250 /* after there were no descriptors */
#define SPARE_FILES 64 /* for lists, the ledger, maps */
#define CLIENTS_MAX 65536 /* tickets have 16 bits for the slot */
#define RARE_NS (60 * 1000000000ull)

static const struct timeval at_once = { 0, 0 };

uint64_t sw_control_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static bool is_rare(struct sw_control *c, enum sw_control_rare kind)
{
	uint64_t now = sw_control_now_ns();

	if (c->told_ns[kind] && now - c->told_ns[kind] < RARE_NS)
		return false;
	c->told_ns[kind] = now;
	return true;
}

static struct timeval after_ms(unsigned ms)
{
	return (struct timeval){ .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
}

/* ---- turns ---- */

void sw_control_queue(struct sw_control_client *client)
{
	struct sw_control *c = client->control;

	if (client->queued)
		return;
	client->queued = true;
	TAILQ_INSERT_TAIL(&c->ready, client, by_turn);
	if (!evtimer_pending(c->turn, NULL))
		event_add(c->turn, &at_once);
}

/* What is queued meanwhile goes to the end: everybody has had a slice before. */
static void on_turn(evutil_socket_t fd, short what, void *ctx)
{
	struct sw_control *c = ctx;
	uint64_t end = sw_control_now_ns() + TURN_NS;
	struct sw_control_client *client;

	while ((client = TAILQ_FIRST(&c->ready))) {
		TAILQ_REMOVE(&c->ready, client, by_turn);
		client->queued = false;
		c->working = client;
		sw_control_client_work(client);
		c->working = NULL;
		if (sw_control_now_ns() >= end)
			break;
	}
	if (!TAILQ_EMPTY(&c->ready) && !evtimer_pending(c->turn, NULL))
		event_add(c->turn, &at_once);
}

/* ---- who has to go ---- */

void sw_control_dropped(struct sw_control_client *client, const char *words)
{
	struct sw_control *c = client->control;

	c->counts.dropped++;
	if (!is_rare(c, SW_CONTROL_RARE_DROP))
		return;
	sw_control_peer_name(c, &client->peer);
	sw_control_note(c, LOG_WARNING, "control: hung up on %s: %s", client->peer.who, words);
}

static void drop(struct sw_control_client *client, int code, const char *words)
{
	sw_control_dropped(client, words);
	sw_control_client_free(client, code, words);
}

void sw_control_account(struct sw_control_client *client)
{
	struct sw_control *c = client->control;
	struct sw_control_client *other = TAILQ_FIRST(&c->clients), *next;
	size_t held = client->input.bytes.size + client->output.size;

	c->held = c->held - client->held + held;
	client->held = held;
	for (; other && c->held > c->options.buffers_bytes; other = next) {
		next = TAILQ_NEXT(other, by_age);
		if (other != client && other != c->working && other->held)
			drop(other, -ENOBUFS, "clients hold too much, and this one did not move");
	}
}

/* Hang up on @client if it has been stuck for too long; true: it is stuck, and may stay. */
static bool still_stuck(struct sw_control_client *client, uint64_t now)
{
	const struct sw_control_options *o = &client->control->options;
	bool unread = client->output.n;

	if (!sw_control_client_is_stuck(client))
		return false;
	if (now - client->since_ns < (unread ? o->unread_ms : o->stuck_ms) * 1000000ull)
		return true;
	drop(client, -ETIMEDOUT,
	     unread ? "it does not read its answers" : "it does not finish its request");
	return false;
}

static void on_sweep(evutil_socket_t fd, short what, void *ctx)
{
	struct sw_control *c = ctx;
	uint64_t now = sw_control_now_ns();
	struct sw_control_client *client, *next;
	bool more = false;

	for (client = TAILQ_FIRST(&c->clients); client; client = next) {
		next = TAILQ_NEXT(client, by_age);
		more |= still_stuck(client, now);
	}
	if (more)
		sw_control_watch(c);
}

void sw_control_watch(struct sw_control *c)
{
	const struct sw_control_options *o = &c->options;
	unsigned ms = (o->stuck_ms < o->unread_ms ? o->stuck_ms : o->unread_ms) / 4;
	struct timeval soon = after_ms(ms < 5 ? 5 : ms > 1000 ? 1000 : ms);

	if (!evtimer_pending(c->sweep, NULL))
		event_add(c->sweep, &soon);
}

/* Whether it waits for nothing, or does not read what it waited for. */
static bool is_idle(const struct sw_control_client *client)
{
	return !client->queued && client->call != SW_CONTROL_CALL_LATER &&
	       client != client->control->working;
}

/* Hang up on who was idle for the longest time. False: all are busy. */
static bool drop_idle(struct sw_control *c)
{
	struct sw_control_client *client = TAILQ_FIRST(&c->clients);

	while (client && !is_idle(client))
		client = TAILQ_NEXT(client, by_age);
	if (client)
		drop(client, -EMFILE, "too many clients, and this one was idle");
	return client;
}

/* ---- accepting ---- */

static unsigned free_slot(const struct sw_control *c)
{
	unsigned slot = 0;

	while (slot < c->options.clients && c->slots[slot])
		slot++;
	return slot;
}

static void refuse(struct sw_control *c, int fd)
{
	static const char line[] = "{\"error\":\"too many clients\",\"code\":\"EMFILE\"}\n";

	c->counts.dropped++;
	if (is_rare(c, SW_CONTROL_RARE_DROP))
		sw_control_note(c, LOG_WARNING, "control: %u clients, and all are busy",
				c->counts.clients);
	send(fd, line, sizeof(line) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
}

static void welcome(struct sw_control *c, int fd)
{
	c->counts.accepted++;
	if (c->counts.clients < c->options.clients || drop_idle(c))
		sw_control_client_start(c, fd, free_slot(c));
	else
		refuse(c, fd);
}

/* accept(2) looks for a descriptor first, and says that there is none to nobody, too. */
static bool somebody_waits(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

/* There are no descriptors, or no memory: those that exist go on, others wait. */
static void wait_for_files(struct sw_control *c, int code)
{
	struct timeval later = after_ms(ACCEPT_AGAIN_MS);

	if (is_rare(c, SW_CONTROL_RARE_ACCEPT))
		sw_control_note(c, LOG_ERR, "control: cannot accept clients for now: %s",
				strerror(-code));
	if (code == -EMFILE && drop_idle(c))
		return;
	event_del(c->accept_event);
	event_add(c->accept_again, &later);
}

static void on_accept_again(evutil_socket_t fd, short what, void *ctx)
{
	struct sw_control *c = ctx;

	event_add(c->accept_event, NULL);
}

static void on_accept(evutil_socket_t fd, short what, void *ctx)
{
	struct sw_control *c = ctx;

	for (unsigned i = 0; i < ACCEPTS; i++) {
		int client = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (client >= 0) {
			welcome(c, client);
		} else if (errno == EAGAIN) {
			return;
		} else if (errno != EINTR && errno != ECONNABORTED) {
			int code = -errno;

			if (somebody_waits(fd))
				wait_for_files(c, code);
			return;
		}
	}
}

/* ---- open and close ---- */

static void limit_clients(struct sw_control *c)
{
	struct sw_control_options *o = &c->options;
	struct rlimit files;
	rlim_t most;

	if (getrlimit(RLIMIT_NOFILE, &files))
		return;
	most = files.rlim_cur > 2 * SPARE_FILES ? files.rlim_cur - SPARE_FILES : SPARE_FILES;
	if (o->clients <= most)
		return;
	o->clients = (unsigned)most;
	sw_control_note(c, LOG_INFO,
			"control: at most %u clients at once, for the process may open %llu files",
			o->clients, (unsigned long long)files.rlim_cur);
}

static void set_defaults(struct sw_control_options *o)
{
	o->group = o->group ? o->group : SW_CONTROL_GROUP;
	o->line_bytes = o->line_bytes ? o->line_bytes : SW_CONTROL_LINE;
	o->answer_bytes = o->answer_bytes ? o->answer_bytes : 4u << 20;
	o->buffers_bytes = o->buffers_bytes ? o->buffers_bytes : 64u << 20;
	o->clients = o->clients ? o->clients : 2000;
	o->clients = o->clients < CLIENTS_MAX ? o->clients : CLIENTS_MAX;
	o->bad_requests = o->bad_requests ? o->bad_requests : 10;
	o->stuck_ms = o->stuck_ms ? o->stuck_ms : 30000;
	o->unread_ms = o->unread_ms ? o->unread_ms : 600000;
}

static int make_file(struct sw_control *c, struct sw_err *err)
{
	const struct sw_socket_file_options file = { .path = c->options.path,
						     .type = SOCK_STREAM,
						     .yields = true,
						     .group = c->options.group,
						     .note = c->options.note,
						     .ctx = c->options.note_ctx };

	return sw_socket_file_make(&file, &c->file, err);
}

static int make_events(struct sw_control *c)
{
	c->accept_event = event_new(c->base, c->file.fd, EV_READ | EV_PERSIST, on_accept, c);
	c->accept_again = evtimer_new(c->base, on_accept_again, c);
	c->turn = evtimer_new(c->base, on_turn, c);
	c->sweep = evtimer_new(c->base, on_sweep, c);
	if (!c->accept_event || !c->accept_again || !c->turn || !c->sweep ||
	    event_add(c->accept_event, NULL))
		return -ENOMEM;
	return 0;
}

int sw_control_open(struct event_base *base, const struct sw_control_options *options,
		    struct sw_control **ret, struct sw_err *err)
{
	struct sw_control *c;
	int code;

	if (!options->path || !options->ops)
		return sw_err_set(err, -EINVAL, "the control socket has no path or no operations");
	c = calloc(1, sizeof(*c));
	if (!c)
		return sw_err_set(err, -ENOMEM, "out of memory");
	c->base = base;
	c->file.fd = -1;
	c->options = *options;
	TAILQ_INIT(&c->clients);
	TAILQ_INIT(&c->ready);
	set_defaults(&c->options);
	limit_clients(c);
	c->slots = calloc(c->options.clients, sizeof(struct sw_control_client *));
	code = c->slots ? make_file(c, err) : sw_err_set(err, -ENOMEM, "out of memory");
	if (!code && make_events(c))
		code = sw_err_set(err, -ENOMEM, "%s: out of memory", c->file.path);
	if (code)
		sw_control_close(c);
	else
		*ret = c;
	return code;
}

static void free_event(struct event *event)
{
	if (event)
		event_free(event);
}

struct sw_control *sw_control_close(struct sw_control *c)
{
	struct sw_control_client *client;

	if (!c)
		return NULL;
	while ((client = TAILQ_FIRST(&c->clients))) {
		sw_control_client_send(client);
		sw_control_client_free(client, -ESHUTDOWN, "synwardd ends");
	}
	free_event(c->accept_event);
	free_event(c->accept_again);
	free_event(c->turn);
	free_event(c->sweep);
	sw_socket_file_remove(&c->file);
	free(c->slots);
	free(c);
	return NULL;
}

void sw_control_counts(const struct sw_control *c, struct sw_control_counts *ret)
{
	*ret = c->counts;
	ret->buffers_bytes = c->held;
}
