/* SPDX-License-Identifier: GPL-2.0-only */
/* desk_socket - see desk_socket.h. */
#include "desk_socket.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include <event2/event.h>

#include "daemon/socket_file.h"
#include "lib/log.h"

#define AT_ONCE 32 /* packets of a client, before other events have their turn */
#define ACCEPT_AT_ONCE 16
#define COMPLAIN_EVERY 1000 /* bad packets */
#define REST_S 1 /* when no more files can be opened */
#define DEPTH_MAX 8 /* of what comes in */

struct sw_desk_client {
	struct sw_desk_socket *socket;
	int fd; /* -1: this place is free */
	int pid;
	struct event *readable;
};

struct sw_desk_socket {
	struct sw_desk_socket_options options;
	struct event_base *base;
	struct sw_socket_file file;
	struct event *incoming, *rest;
	struct sw_desk_socket_counts counts;
	struct sw_desk_client client[SW_DESK_SOCKET_CLIENTS];
};

#define say(s, ...) sw_log_note((s)->options.note, (s)->options.ctx, __VA_ARGS__)

/* ---- clients ---- */

static void let_go(struct sw_desk_client *c)
{
	event_free(c->readable);
	close(c->fd);
	c->readable = NULL;
	c->fd = -1;
	c->socket->counts.clients--;
}

static void end(struct sw_desk_client *c)
{
	struct sw_desk_socket *s = c->socket;

	if (s->options.gone)
		s->options.gone(s->options.ctx, c);
	let_go(c);
}

/* The first, and then each thousandth: a log that anybody can fill is no use. */
static void hang_up(struct sw_desk_client *c, const char *why)
{
	struct sw_desk_socket *s = c->socket;

	if (s->counts.dropped++ % COMPLAIN_EVERY == 0)
		say(s, LOG_WARNING, "%s: hung up on process %d: %s (%llu so far)", s->file.path,
		    c->pid, why, (unsigned long long)s->counts.dropped);
	end(c);
}

/* It is seen as gone when the loop comes to it: whoever sends may be in the midst of it. */
void sw_desk_socket_send(struct sw_desk_client *c, json_t *message)
{
	char text[SW_DESK_SOCKET_BYTES];
	size_t n = message ? json_dumpb(message, text, sizeof(text), JSON_COMPACT) : 0;

	json_decref(message);
	if (!n || n > sizeof(text) || send(c->fd, text, n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		shutdown(c->fd, SHUT_RDWR);
}

int sw_desk_socket_pid(const struct sw_desk_client *client)
{
	return client->pid;
}

/* ---- packets ---- */

static void take_descriptors(struct msghdr *msg, struct sw_desk_fds *fds)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		if (n > SW_DESK_SOCKET_FDS) /* the kernel was told of no more room than that */
			abort();
		memcpy(fds->fd, CMSG_DATA(c), sizeof(int) * n);
		fds->n = n;
	}
}

/* Bytes of a packet; 0: it is over; -EAGAIN: nothing; -EMSGSIZE, -errno. */
static ssize_t receive(int fd, char *text, size_t room, struct sw_desk_fds *fds)
{
	union {
		char room[CMSG_SPACE(sizeof(int) * SW_DESK_SOCKET_FDS)];
		struct cmsghdr align;
	} control;
	struct iovec iov = { .iov_base = text, .iov_len = room };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.room,
			      /* not CMSG_SPACE: its padding may hold one more */
			      .msg_controllen = CMSG_LEN(sizeof(int) * SW_DESK_SOCKET_FDS) };
	ssize_t n = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	fds->n = 0;
	if (n < 0)
		return errno == EWOULDBLOCK || errno == EINTR ? -EAGAIN : -errno;
	take_descriptors(&msg, fds);
	return msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC) ? -EMSGSIZE : n;
}

/* jansson stops at 2048, and what is asked here is flat. */
static bool is_deep(const char *text, size_t n)
{
	unsigned depth = 0;

	for (size_t i = 0; i < n; i++) {
		if (text[i] == '{' || text[i] == '[')
			depth++;
		else if ((text[i] == '}' || text[i] == ']') && depth)
			depth--;
		if (depth > DEPTH_MAX)
			return true;
	}
	return false;
}

static int take(struct sw_desk_client *c, const char *text, size_t n, const struct sw_desk_fds *fds)
{
	const struct sw_desk_socket *s = c->socket;
	json_t *request =
		is_deep(text, n) ? NULL : json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
	json_t *answer = NULL;
	int code = -EPROTO;

	if (json_is_object(request))
		code = s->options.ask(s->options.ctx, c, request, fds, &answer);
	json_decref(request);
	if (code)
		json_decref(answer);
	else if (answer)
		sw_desk_socket_send(c, answer);
	return code;
}

/* False: the client is gone, or there is nothing more. */
static bool take_next(struct sw_desk_client *c)
{
	struct sw_desk_socket *s = c->socket;
	char text[SW_DESK_SOCKET_BYTES];
	struct sw_desk_fds fds;
	ssize_t n = receive(c->fd, text, sizeof(text), &fds);
	int code;

	if (n == -EAGAIN)
		return false;
	if (n == 0 || (n < 0 && n != -EMSGSIZE)) {
		end(c);
		return false;
	}
	code = n < 0 ? (int)n : take(c, text, (size_t)n, &fds);
	for (size_t i = 0; i < fds.n; i++)
		close(fds.fd[i]);
	if (!code) {
		s->counts.packets++;
		return true;
	}
	s->counts.bad++;
	hang_up(c, code == -EMSGSIZE ? "a packet that is too long, or with too many descriptors"
				     : "a packet that is not understood");
	return false;
}

static void on_readable(evutil_socket_t fd, short what, void *ctx)
{
	int i = 0;

	while (i < AT_ONCE && take_next(ctx))
		i++;
}

/* ---- who comes ---- */

static struct sw_desk_client *free_place(struct sw_desk_socket *s)
{
	for (unsigned i = 0; i < SW_DESK_SOCKET_CLIENTS; i++)
		if (s->client[i].fd < 0)
			return &s->client[i];
	return NULL;
}

static void admit(struct sw_desk_socket *s, int fd)
{
	struct sw_desk_client *c = free_place(s);
	struct ucred who = { .pid = 0 };
	socklen_t n = sizeof(who);
	struct event *readable =
		c ? event_new(s->base, fd, EV_READ | EV_PERSIST, on_readable, c) : NULL;

	if (!readable || event_add(readable, NULL)) {
		s->counts.dropped++;
		if (readable)
			event_free(readable);
		close(fd);
		return;
	}
	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n);
	*c = (struct sw_desk_client){ .socket = s, .fd = fd, .pid = who.pid, .readable = readable };
	s->counts.clients++;
}

static void on_rested(evutil_socket_t fd, short what, void *ctx)
{
	const struct sw_desk_socket *s = ctx;

	event_add(s->incoming, NULL);
}

/* Who cannot be let in stays in the queue, which would wake us at once. */
static void rest(const struct sw_desk_socket *s, int code)
{
	static const struct timeval wait = { .tv_sec = REST_S };

	say(s, LOG_WARNING, "%s: nobody can be let in: %s", s->file.path, strerror(code));
	event_del(s->incoming);
	evtimer_add(s->rest, &wait);
}

static void on_incoming(evutil_socket_t fd, short what, void *ctx)
{
	struct sw_desk_socket *s = ctx;

	for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
		int one = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (one >= 0)
			admit(s, one);
		else if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
			return;
		else {
			rest(s, errno);
			return;
		}
	}
}

/* ---- open and close ---- */

static int listen_on(struct sw_desk_socket *s, struct sw_err *err)
{
	const struct sw_socket_file_options file = { .path = s->options.path,
						     .type = SOCK_SEQPACKET,
						     .group = s->options.group,
						     .note = s->options.note,
						     .ctx = s->options.ctx };
	int code = sw_socket_file_make(&file, &s->file, err);

	if (code)
		return code;
	s->rest = evtimer_new(s->base, on_rested, s);
	s->incoming = event_new(s->base, s->file.fd, EV_READ | EV_PERSIST, on_incoming, s);
	if (!s->rest || !s->incoming || event_add(s->incoming, NULL))
		return sw_err_set(err, -ENOMEM, "out of memory");
	return 0;
}

int sw_desk_socket_open(struct event_base *base, const struct sw_desk_socket_options *options,
			struct sw_desk_socket **ret, struct sw_err *err)
{
	struct sw_desk_socket *s = calloc(1, sizeof(*s));
	int code;

	if (!s)
		return sw_err_set(err, -ENOMEM, "out of memory");
	s->options = *options;
	s->base = base;
	s->file.fd = -1;
	for (unsigned i = 0; i < SW_DESK_SOCKET_CLIENTS; i++)
		s->client[i].fd = -1;
	code = listen_on(s, err);
	s->options.path = s->options.group = NULL; /* borrowed for that alone */
	if (code)
		sw_desk_socket_close(s);
	else
		*ret = s;
	return code;
}

struct sw_desk_socket *sw_desk_socket_close(struct sw_desk_socket *s)
{
	if (!s)
		return NULL;
	for (unsigned i = 0; i < SW_DESK_SOCKET_CLIENTS; i++)
		if (s->client[i].fd >= 0)
			let_go(&s->client[i]);
	if (s->incoming)
		event_free(s->incoming);
	if (s->rest)
		event_free(s->rest);
	sw_socket_file_remove(&s->file);
	free(s);
	return NULL;
}

void sw_desk_socket_counts(const struct sw_desk_socket *s, struct sw_desk_socket_counts *ret)
{
	*ret = s->counts;
}
