/* SPDX-License-Identifier: GPL-2.0-only */
/* mta_socket - see mta_socket.h. */
#include "mta_socket.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>

#include <event2/event.h>

#include "daemon/mta_json.h"
#include "daemon/socket_file.h"

#define AT_ONCE 32 /* datagrams, before other events have their turn */
#define LINE 4096 /* bytes; so what jansson makes of it is bounded, too */
#define COMPLAIN_EVERY 1000 /* bad lines */

struct sw_mta_socket {
	struct sw_mta_socket_options options;
	struct sw_socket_file file;
	struct event *readable;
	struct sw_mta_socket_counts counts;
};

__attribute__((format(printf, 3, 4))) static void say(const struct sw_mta_socket *s, int level,
						      const char *format, ...)
{
	char text[512];
	va_list args;

	if (!s->options.note)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	s->options.note(s->options.ctx, level, text);
}

/* ---- lines ---- */

/* The first, and then each thousandth: a log that anybody can fill is no use. */
static void complain(struct sw_mta_socket *s, const char *why)
{
	if (s->counts.bad++ % COMPLAIN_EVERY == 0)
		say(s, LOG_WARNING, "%s: a line that is not understood: %s (%llu so far)",
		    s->file.path, why, (unsigned long long)s->counts.bad);
}

static void take_line(struct sw_mta_socket *s, const char *line, size_t n)
{
	struct sw_mta_event event;
	json_error_t error;
	struct sw_err err;
	json_t *object;

	if (n > LINE) {
		complain(s, "it is too long");
		return;
	}
	object = json_loadb(line, n, JSON_REJECT_DUPLICATES, &error);
	if (!object) {
		complain(s, "it is not JSON");
		return;
	}
	if (sw_mta_json_event(object, &event, &err)) {
		complain(s, err.text);
	} else {
		s->counts.lines++;
		s->options.event(s->options.ctx, &event);
	}
	json_decref(object);
}

static void take_datagram(struct sw_mta_socket *s, const char *text, size_t n)
{
	const char *end = text + n;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *stop = newline ? newline : end;

		if (stop > text)
			take_line(s, text, (size_t)(stop - text));
		text = stop + 1;
	}
}

static void on_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct sw_mta_socket *s = ctx;
	char text[SW_MTA_SOCKET_BYTES];

	for (int i = 0; i < AT_ONCE; i++) {
		ssize_t n = recv(fd, text, sizeof(text), MSG_TRUNC | MSG_DONTWAIT);

		if (n < 0)
			return;
		if ((size_t)n > sizeof(text))
			complain(s, "its datagram is too long");
		else
			take_datagram(s, text, (size_t)n);
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
