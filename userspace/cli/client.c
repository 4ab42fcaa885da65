/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * client - see client.h. Timeouts are the socket's own (SO_RCVTIMEO, SO_SNDTIMEO): each
 * call waits for as long for the next byte, not for the whole.
 */
#include "client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/control.h"

#define PIECE 65536
#define ERRNO_MAX 4095

struct sw_client {
	char *path;
	int fd;
	int timeout_ms;
	bool broken;
	char *data; /* what was read; lines begin at from */
	size_t from, n, size;
};

/* ---- connecting ---- */

static int explain(const char *path, int code, struct sw_err *err)
{
	switch (code) {
	case -ENOENT:
	case -ENOTDIR:
		return sw_err_set(err, code,
				  "synwardd does not answer: there is no %s; start it (systemctl "
				  "start synwardd), or name its configuration with -c FILE",
				  path);
	case -ECONNREFUSED:
		return sw_err_set(err, code,
				  "synwardd does not answer on %s: it is not running; start it "
				  "(systemctl start synwardd)",
				  path);
	case -EACCES:
	case -EPERM:
		return sw_err_set(err, code,
				  "%s: only root and the group " SW_CONTROL_GROUP
				  " may ask synwardd; check with id(1) that you are in it",
				  path);
	case -EAGAIN:
		return sw_err_set(err, -ETIMEDOUT,
				  "synwardd does not answer on %s: it is there, and too busy",
				  path);
	default:
		return sw_err_set(err, code, "cannot connect to synwardd on %s: %s", path,
				  strerror(-code));
	}
}

static int set_timeout(int fd, int ms)
{
	struct timeval time = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	if (ms < 0)
		return 0;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time)))
		return -errno;
	return 0;
}

static int connect_to(const char *path, int timeout_ms)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd, code;

	if (strlen(path) >= sizeof(a.sun_path))
		return -ENAMETOOLONG;
	memcpy(a.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	code = set_timeout(fd, timeout_ms);
	while (!code && connect(fd, (struct sockaddr *)&a, sizeof(a)))
		if (errno != EINTR)
			code = -errno;
	if (code) {
		close(fd);
		return code;
	}
	return fd;
}

int sw_client_open(const char *path, int timeout_ms, struct sw_client **ret, struct sw_err *err)
{
	struct sw_client *c = calloc(1, sizeof(*c));

	if (c)
		c->path = strdup(path);
	if (!c || !c->path) {
		free(c);
		return sw_err_set(err, -ENOMEM, "out of memory");
	}
	c->timeout_ms = timeout_ms ? timeout_ms : SW_CLIENT_TIMEOUT_MS;
	c->fd = connect_to(path, c->timeout_ms);
	if (c->fd < 0) {
		int code = explain(path, c->fd, err);

		sw_client_close(c);
		return code;
	}
	*ret = c;
	return 0;
}

int sw_client_open_in(const char *run_dir, int timeout_ms, struct sw_client **ret,
		      struct sw_err *err)
{
	char *path;
	int code;

	if (asprintf(&path, "%s/%s", run_dir, SW_CONTROL_FILE) < 0)
		return sw_err_set(err, -ENOMEM, "out of memory");
	code = sw_client_open(path, timeout_ms, ret, err);
	free(path);
	return code;
}

struct sw_client *sw_client_close(struct sw_client *c)
{
	if (!c)
		return NULL;
	if (c->fd >= 0)
		close(c->fd);
	free(c->data);
	free(c->path);
	free(c);
	return NULL;
}

bool sw_client_is_broken(const struct sw_client *c)
{
	return c->broken;
}

/* ---- lines ---- */

static int break_off(struct sw_client *c, int code, struct sw_err *err)
{
	c->broken = true;
	switch (code) {
	case -EAGAIN:
		return sw_err_set(err, -ETIMEDOUT, "synwardd on %s did not answer for %g s",
				  c->path, c->timeout_ms / 1000.0);
	case -EPIPE:
	case -ECONNRESET:
		return sw_err_set(err, -EPIPE, "synwardd on %s hung up before it answered",
				  c->path);
	case -EMSGSIZE:
		return sw_err_set(err, code, "synwardd on %s sent a line of more than %u bytes",
				  c->path, SW_CLIENT_ANSWER);
	case -ENOMEM:
		return sw_err_set(err, code, "out of memory");
	default:
		return sw_err_set(err, code, "synwardd on %s: %s", c->path, strerror(-code));
	}
}

/* Room for one more piece. */
static int make_room(struct sw_client *c)
{
	size_t size = c->size ? c->size * 2 : PIECE;
	char *data;

	if (c->from) {
		memmove(c->data, c->data + c->from, c->n);
		c->from = 0;
	}
	if (c->n > SW_CLIENT_ANSWER)
		return -EMSGSIZE;
	if (c->size - c->n >= PIECE / 2)
		return 0;
	data = realloc(c->data, size);
	if (!data)
		return -ENOMEM;
	c->data = data;
	c->size = size;
	return 0;
}

static int read_piece(struct sw_client *c)
{
	int code = make_room(c);
	ssize_t n;

	if (code)
		return code;
	do {
		n = recv(c->fd, c->data + c->n, c->size - c->n, 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	c->n += (size_t)n;
	return n ? 0 : -EPIPE;
}

/* The next line, without its newline, valid until the next call. */
static int read_line(struct sw_client *c, const char **line, size_t *n)
{
	size_t scanned = 0;
	char *end = NULL;
	int code;

	for (;;) {
		if (c->n > scanned)
			end = memchr(c->data + c->from + scanned, '\n', c->n - scanned);
		if (end)
			break;
		scanned = c->n;
		code = read_piece(c);
		if (code)
			return code;
	}
	*line = c->data + c->from;
	*n = (size_t)(end - *line);
	c->from += *n + 1;
	c->n -= *n + 1;
	return 0;
}

/* ---- requests and answers ---- */

static int send_all(struct sw_client *c, const char *data, size_t n)
{
	while (n) {
		ssize_t sent = send(c->fd, data, n, MSG_NOSIGNAL);

		if (sent < 0 && errno != EINTR)
			return -errno;
		if (sent > 0) {
			data += sent;
			n -= (size_t)sent;
		}
	}
	return 0;
}

static int send_object(struct sw_client *c, const json_t *request)
{
	char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;
	size_t n = text ? strlen(text) : 0;
	int code = -ENOMEM;

	if (text) {
		text[n] = '\n'; /* for the zero that send does not need */
		code = send_all(c, text, n + 1);
	}
	free(text);
	return code;
}

int sw_client_send(struct sw_client *c, json_t *request, struct sw_err *err)
{
	int code = c->broken ? -EPIPE : send_object(c, request);

	json_decref(request);
	/* The daemon says why it hangs up: the words are to be read. */
	if (!code || (!c->broken && (code == -EPIPE || code == -ECONNRESET)))
		return 0;
	return break_off(c, code, err);
}

int sw_client_receive(struct sw_client *c, json_t **ret, struct sw_err *err)
{
	json_error_t error;
	const char *line;
	json_t *object;
	size_t n;
	int code = c->broken ? -EPIPE : read_line(c, &line, &n);

	if (code)
		return break_off(c, code, err);
	object = json_loadb(line, n, 0, &error);
	if (json_is_object(object)) {
		*ret = object;
		return 0;
	}
	json_decref(object);
	c->broken = true;
	return sw_err_set(err, -EPROTO, "what answers on %s is not synwardd: %s", c->path,
			  error.text);
}

static int code_of(const json_t *name)
{
	const char *word = json_string_value(name);

	for (int code = 1; word && code <= ERRNO_MAX; code++) {
		const char *known = strerrorname_np(code);

		if (known && !strcmp(known, word))
			return -code;
	}
	return -EIO;
}

/* What @answer says when it is a refusal. */
static int refusal(const json_t *answer, struct sw_err *err)
{
	const json_t *words = json_object_get(answer, "error");

	if (!words)
		return 0;
	return sw_err_set(err, code_of(json_object_get(answer, "code")), "%s",
			  json_is_string(words) ? json_string_value(words) : "synwardd refuses");
}

int sw_client_ask(struct sw_client *c, json_t *request, json_t **ret, struct sw_err *err)
{
	json_t *answer;
	int code = sw_client_send(c, request, err);

	if (!code)
		code = sw_client_receive(c, &answer, err);
	if (code)
		return code;
	code = refusal(answer, err);
	if (code)
		json_decref(answer);
	else
		*ret = answer;
	return code;
}

int sw_client_each(struct sw_client *c, json_t *request, sw_client_fn each, void *ctx, json_t **ret,
		   struct sw_err *err)
{
	int code = sw_client_send(c, request, err);

	while (!code) {
		json_t *object;

		code = sw_client_receive(c, &object, err);
		if (code)
			break;
		code = refusal(object, err);
		if (!code && json_is_true(json_object_get(object, "end"))) {
			if (ret)
				*ret = object;
			else
				json_decref(object);
			return 0;
		}
		if (!code) {
			code = each(ctx, object);
			c->broken |= code != 0;
		}
		json_decref(object);
	}
	return code;
}
