/* SPDX-License-Identifier: GPL-2.0-only */
/* control_world - see control_world.h. */
#include "support/control_world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "support/folder.h"

static void die(const char *what)
{
	fprintf(stderr, "control_world: %s\n", what);
	abort();
}

uint64_t world_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* ---- operations ---- */

static json_int_t number(json_t *request, const char *key)
{
	return json_integer_value(json_object_get(request, key));
}

static json_t *echo(void *ctx, struct sw_control_client *client, json_t *request)
{
	struct world *w = ctx;

	w->asked++;
	return json_pack("{s:O?}", "value", json_object_get(request, "value"));
}

struct counter {
	struct world *w;
	json_int_t i, n;
};

static json_t *count_next(void *ctx, bool *end)
{
	struct counter *c = ctx;

	if (c->i == c->n) {
		*end = true;
		return json_pack("{s:I}", "n", c->n);
	}
	c->w->pulled++;
	return json_pack("{s:I}", "i", c->i++);
}

static void count_done(void *ctx)
{
	struct counter *c = ctx;

	c->w->done++;
	free(c);
}

static json_t *stream(struct world *w, struct sw_control_client *client, json_t *request,
		      const struct sw_control_source *source)
{
	struct counter *c = malloc(sizeof(*c));

	if (!c)
		return NULL;
	w->asked++;
	*c = (struct counter){ .w = w, .n = number(request, "n") };
	w->ticket = sw_control_stream(client, source, c);
	return NULL;
}

static json_t *count(void *ctx, struct sw_control_client *client, json_t *request)
{
	static const struct sw_control_source source = { count_next, count_done };

	return stream(ctx, client, request, &source);
}

static json_t *wait_next(void *ctx, bool *end)
{
	struct counter *c = ctx;

	if (c->i < c->w->ready)
		return json_pack("{s:I}", "i", c->i++);
	*end = c->w->ready == 3;
	return NULL;
}

static json_t *op_wait(void *ctx, struct sw_control_client *client, json_t *request)
{
	static const struct sw_control_source source = { wait_next, count_done };

	return stream(ctx, client, request, &source);
}

static json_t *break_next(void *ctx, bool *end)
{
	struct counter *c = ctx;

	return c->i++ ? sw_control_error(-EIO, "it broke") : json_pack("{s:i}", "i", 0);
}

static json_t *op_break(void *ctx, struct sw_control_client *client, json_t *request)
{
	static const struct sw_control_source source = { break_next, count_done };

	return stream(ctx, client, request, &source);
}

/* Objects of 1000, 2000, ... bytes. */
static json_t *grow_next(void *ctx, bool *end)
{
	struct counter *c = ctx;
	json_t *array = json_array();

	c->i++;
	for (json_int_t i = 0; i < c->i * 500; i++)
		json_array_append_new(array, json_integer(1));
	return json_pack("{s:o}", "a", array);
}

static json_t *grow(void *ctx, struct sw_control_client *client, json_t *request)
{
	static const struct sw_control_source source = { grow_next, count_done };

	return stream(ctx, client, request, &source);
}

static json_t *big(void *ctx, struct sw_control_client *client, json_t *request)
{
	struct world *w = ctx;
	size_t n = (size_t)number(request, "n");
	char *text = malloc(n + 1);
	json_t *answer;

	w->asked++;
	if (!text)
		return NULL;
	memset(text, 'x', n);
	answer = json_pack("{s:s#}", "text", text, (int)n);
	free(text);
	return answer;
}

static json_t *spin(void *ctx, struct sw_control_client *client, json_t *request)
{
	uint64_t end = world_now_ms() + (uint64_t)number(request, "ms");
	struct world *w = ctx;

	w->asked++;
	while (world_now_ms() < end)
		;
	return json_object();
}

static json_t *later(void *ctx, struct sw_control_client *client, json_t *request)
{
	struct world *w = ctx;

	w->asked++;
	w->ticket = sw_control_later(client);
	return NULL;
}

static json_t *none(void *ctx, struct sw_control_client *client, json_t *request)
{
	return NULL;
}

static json_t *refuse(void *ctx, struct sw_control_client *client, json_t *request)
{
	return sw_control_error(-ENOENT, "there is no verdict of %s", "192.0.2.1");
}

static json_t *who(void *ctx, struct sw_control_client *client, json_t *request)
{
	const struct sw_control_peer *p = sw_control_peer(client);

	return json_pack("{s:i, s:i, s:i, s:s, s:s}", "pid", (int)p->pid, "uid", (int)p->uid, "gid",
			 (int)p->gid, "name", p->name, "who", p->who);
}

const struct sw_control_op *world_ops(void)
{
	static const struct sw_control_op ops[] = {
		{ "echo", "value other", "says it again", echo },
		{ "count", "n", "a stream", count },
		{ "big", "n", "a long answer", big },
		{ "spin", "ms", "takes long", spin },
		{ "later", NULL, "is answered later", later },
		{ "wait", "n", "a stream that waits", op_wait },
		{ "break", NULL, "a stream that breaks", op_break },
		{ "grow", NULL, "a stream of longer and longer objects", grow },
		{ "none", NULL, "returns nothing", none },
		{ "refuse", NULL, "refuses", refuse },
		{ "who", NULL, "who asks", who },
		{ 0 },
	};

	return ops;
}

/* ---- the world ---- */

static void note(void *ctx, int level, const char *text)
{
	struct world *w = ctx;
	size_t n = strlen(w->notes);

	snprintf(w->notes + n, sizeof(w->notes) - n, "%d %s\n", level, text);
}

struct world *world_make(void)
{
	struct world *w = calloc(1, sizeof(*w));

	if (!w)
		die("out of memory");
	w->folder = folder_make();
	w->path = strdup(folder_path(w->folder, SW_CONTROL_FILE));
	w->base = event_base_new();
	if (!w->base || !w->path)
		die("no event base");
	w->options = (struct sw_control_options){
		.path = w->path, .ops = world_ops(), .ctx = w, .note = note, .note_ctx = w
	};
	return w;
}

void world_free(struct world *w)
{
	sw_control_close(w->control);
	event_base_free(w->base);
	folder_remove(w->folder);
	free((char *)w->path);
	free(w);
}

void world_open(struct world *w)
{
	struct sw_err err;

	if (!sw_control_open(w->base, &w->options, &w->control, &err))
		return;
	die(err.text);
}

void world_step(struct world *w)
{
	event_base_loop(w->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

void world_run_ms(struct world *w, unsigned ms)
{
	uint64_t end = world_now_ms() + ms;

	for (unsigned i = 0; i < 200 || world_now_ms() < end; i++) {
		world_step(w);
		if (i >= 200)
			usleep(200);
	}
}

static void *run(void *ctx)
{
	struct world *w = ctx;

	while (!w->stop) {
		world_step(w);
		usleep(50);
	}
	return NULL;
}

void world_start(struct world *w)
{
	w->stop = false;
	if (pthread_create(&w->thread, NULL, run, w))
		die("no thread");
}

void world_stop(struct world *w)
{
	w->stop = true;
	pthread_join(w->thread, NULL);
}

struct sw_control_counts world_counts(const struct world *w)
{
	struct sw_control_counts counts;

	sw_control_counts(w->control, &counts);
	return counts;
}

/* ---- clients ---- */

static uint64_t patience(void)
{
	return world_now_ms() + WORLD_PATIENCE_MS;
}

int world_dial(struct world *w)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	uint64_t end = patience();
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", w->path);
	while (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a))) {
		if (errno != EAGAIN || world_now_ms() > end)
			die("cannot connect");
		world_step(w);
	}
	if (fd < 0)
		die("no descriptor");
	return fd;
}

bool world_send_bytes(struct world *w, int fd, const char *data, size_t n)
{
	uint64_t end = patience();

	while (n) {
		ssize_t sent = send(fd, data, n, MSG_NOSIGNAL);

		if (sent > 0) {
			data += sent;
			n -= (size_t)sent;
		} else if (errno != EAGAIN) {
			return false;
		} else if (world_now_ms() > end) {
			die("nothing is read");
		}
		world_step(w);
	}
	return true;
}

bool world_send(struct world *w, int fd, const char *text)
{
	return world_send_bytes(w, fd, text, strlen(text));
}

/* Byte by byte from the socket's queue: what follows stays there for the next call. */
const char *world_line(struct world *w, int fd)
{
	static char *line;
	static size_t size;
	uint64_t end = patience();
	size_t n = 0;

	for (;;) {
		ssize_t got;
		char *newline;

		if (size - n < 65537) {
			size = size ? size * 2 : 131072;
			line = realloc(line, size);
			if (!line)
				die("out of memory");
		}
		got = recv(fd, line + n, 65536, MSG_PEEK);
		newline = got > 0 ? memchr(line + n, '\n', (size_t)got) : NULL;
		if (newline)
			got = newline - (line + n) + 1;
		if (got > 0)
			got = recv(fd, line + n, (size_t)got, 0);
		if (newline) {
			*newline = '\0';
			return line;
		}
		if (got == 0 || (got < 0 && errno != EAGAIN))
			return NULL;
		if (got > 0)
			n += (size_t)got;
		else if (world_now_ms() > end)
			die("no answer");
		world_step(w);
	}
}

const char *world_ask(struct world *w, int fd, const char *request)
{
	if (!world_send(w, fd, request) || !world_send(w, fd, "\n"))
		return NULL;
	return world_line(w, fd);
}

bool world_is_closed(struct world *w, int fd)
{
	char bytes[4096];
	ssize_t n;

	for (unsigned i = 0; i < 20; i++)
		world_step(w);
	do {
		n = recv(fd, bytes, sizeof(bytes), 0);
		world_step(w);
	} while (n > 0);
	return n == 0 || errno != EAGAIN;
}
