/* SPDX-License-Identifier: GPL-2.0-only */
/* mta_socket - see mta_socket.h. */
#include "mta_socket.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>

#include <event2/event.h>

#include "daemon/mta_json.h"
#include "daemon/socket_file.h"
#include "lib/log.h"

#define AT_ONCE 32 /* datagrams, before other events have their turn */
#define COMPLAIN_EVERY 1000 /* bad lines */

struct sw_mta_socket {
	struct sw_mta_socket_options options;
	struct sw_socket_file file;
	struct event *readable;
	struct sw_mta_socket_counts counts;
};

#define say(s, ...) sw_log_note((s)->options.note, (s)->options.ctx, __VA_ARGS__)

/* ---- lines ---- */

/* The first, and then each thousandth: a log that anybody can fill is no use. */
static void complain(void *ctx, const char *why)
{
	struct sw_mta_socket *s = ctx;

	if (s->counts.bad++ % COMPLAIN_EVERY == 0)
		say(s, LOG_WARNING, "%s: a line that is not understood: %s (%llu so far)",
		    s->file.path, why, (unsigned long long)s->counts.bad);
}

static void take_event(void *ctx, const struct sw_mta_event *event)
{
	struct sw_mta_socket *s = ctx;

	s->counts.lines++;
	s->options.event(s->options.ctx, event);
}

static void on_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct sw_mta_socket *s = ctx;
	const struct sw_mta_json_reader reader = { take_event, complain, s };
	char text[SW_MTA_SOCKET_BYTES];

	for (int i = 0; i < AT_ONCE; i++) {
		ssize_t n = recv(fd, text, sizeof(text), MSG_TRUNC | MSG_DONTWAIT);

		if (n < 0)
			return;
		if ((size_t)n > sizeof(text))
			complain(s, "its datagram is too long");
		else
			sw_mta_json_lines(text, (size_t)n, &reader);
	}
}

/* ---- open and close ---- */

int sw_mta_socket_open(struct event_base *base, const struct sw_mta_socket_options *options,
		       struct sw_mta_socket **ret, struct sw_err *err)
{
	struct sw_mta_socket *s = calloc(1, sizeof(*s));
	const struct sw_socket_file_options file = { .path = options->path,
						     .type = SOCK_DGRAM,
						     .group = options->group,
						     .note = options->note,
						     .ctx = options->ctx };
	int code;

	if (!s)
		return sw_err_set(err, -ENOMEM, "out of memory");
	s->options = *options;
	s->file.fd = -1;
	code = sw_socket_file_make(&file, &s->file, err);
	if (!code) {
		s->readable = event_new(base, s->file.fd, EV_READ | EV_PERSIST, on_readable, s);
		if (!s->readable || event_add(s->readable, NULL))
			code = sw_err_set(err, -ENOMEM, "out of memory");
	}
	if (code) {
		sw_mta_socket_close(s);
		return code;
	}
	s->options.path = s->file.path;
	*ret = s;
	return 0;
}

struct sw_mta_socket *sw_mta_socket_close(struct sw_mta_socket *s)
{
	if (!s)
		return NULL;
	if (s->readable)
		event_free(s->readable);
	sw_socket_file_remove(&s->file);
	free(s);
	return NULL;
}

void sw_mta_socket_counts(const struct sw_mta_socket *s, struct sw_mta_socket_counts *ret)
{
	*ret = s->counts;
}
