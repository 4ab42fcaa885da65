/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What may sit at the desk's socket in the desk's place: packets, each with a byte before it that
 * says how many descriptors come with it, and two with its length. Each is answered by one packet
 * of JSON within bounds, or with nothing, or the client is hung up on; no descriptor stays open, and the
 * next client is served as ever.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/event.h>

#include "daemon/desk_counts.h"
#include "daemon/desk_request.h"
#include "daemon/desk_socket.h"
#include "daemon/told.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAD 3 /* bytes before a packet */
#define PACKETS 16
#define FDS 4 /* one packet may bring, and two are taken */
#define TURNS 8 /* of the loop: 32 packets each */

static char folder[] = "/tmp/synward-fuzz-XXXXXX", path[64];
static struct event_base *base;
static struct sw_desk_socket *server;
static struct sw_desk_counts counts;
static unsigned here; /* clients that asked and are not gone */

static void check(bool good)
{
	if (!good)
		abort();
}

/* ---- the daemon's side, without its card and ledger ---- */

static json_t *say(const json_t *request)
{
	static const struct sw_config config = { .desk_text = (char *)"%a %c %r %w %u" };
	struct sw_desk_question q = { .id = -1 };
	struct sw_told told = { .config = &config, .source = &q.source, .class = "drop-list" };
	char text[SW_WORDING_TEXT];
	int code = sw_desk_request_question(request, &q);

	if (code == -EPROTO)
		return NULL;
	check(q.id >= 0 && q.id <= INT64_C(1) << 53);
	if (code)
		return json_pack("{s:s, s:I, s:s}", "op", "say", "id", q.id, "error", "no");
	check(q.source.family == 4 || q.source.family == 6);
	check(q.source.len == sw_prefix_full(&q.source));
	check(sw_told_render(&told, text));
	return json_pack("{s:s, s:I, s:s}", "op", "say", "id", q.id, "text", text);
}

static json_t *count(const json_t *request)
{
	json_t *object;

	if (sw_desk_counts_add(&counts, request))
		return NULL;
	check(counts.classes <= SW_DESK_CLASSES);
	object = sw_desk_counts_object(&counts);
	check(object);
	json_decref(object);
	return json_pack("{s:s}", "op", "count");
}

static json_t *listeners(const json_t *request, const struct sw_desk_fds *fds)
{
	int fd[SW_DESK_SOCKETS];
	size_t n = 0;

	if (sw_desk_request_families(request, fds, fd))
		return NULL;
	for (unsigned i = 0; i < SW_DESK_SOCKETS; i++) {
		check(fd[i] < 0 || fcntl(fd[i], F_GETFD) >= 0);
		n += fd[i] >= 0;
	}
	check(n == fds->n);
	return json_pack("{s:s, s:b}", "op", "desk", "ok", true);
}

static int on_ask(void *ctx, struct sw_desk_client *client, const json_t *request,
		  const struct sw_desk_fds *fds, json_t **answer)
{
	const char *op = json_string_value(json_object_get(request, "op"));

	check(json_is_object(request) && fds->n <= SW_DESK_SOCKET_FDS);
	if (!op)
		return -EPROTO;
	if (!strcmp(op, "desk"))
		*answer = listeners(request, fds);
	else if (!fds->n && !strcmp(op, "say"))
		*answer = say(request);
	else if (!fds->n && !strcmp(op, "count"))
		*answer = count(request);
	return *answer ? 0 : -EPROTO;
}

static void on_gone(void *ctx, struct sw_desk_client *client)
{
	check(here);
	here--;
}

static void note(void *ctx, int level, const char *text)
{
	check(text[0] && !strchr(text, '\n'));
}

static void close_all(void)
{
	sw_desk_socket_close(server);
	event_base_free(base);
	rmdir(folder);
}

static void open_all(void)
{
	const struct sw_desk_socket_options options = {
		.path = path, .group = "root", .ask = on_ask, .gone = on_gone, .note = note
	};
	struct sw_err err;

	check(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/desk", folder);
	base = event_base_new();
	check(base && !sw_desk_socket_open(base, &options, &server, &err));
	atexit(close_all);
}

static void turn(void)
{
	for (int i = 0; i < TURNS; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

/* ---- the desk's side ---- */

static int come(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	check(fd >= 0 && !connect(fd, (struct sockaddr *)&at, sizeof(at)));
	here++;
	return fd;
}

/* False: it was hung up on. */
static bool hand_over(int fd, const uint8_t *bytes, size_t n, unsigned fds)
{
	union {
		char room[CMSG_SPACE(sizeof(int) * FDS)];
		struct cmsghdr align;
	} control = { .room = { 0 } };
	struct iovec iov = { .iov_base = (void *)bytes, .iov_len = n };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	int *fd_at = (int *)CMSG_DATA(&control.align);

	if (fds) {
		msg.msg_control = control.room;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * fds);
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(sizeof(int) * fds);
		for (unsigned i = 0; i < fds; i++)
			fd_at[i] = fd;
	}
	return sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)n;
}

static void hear(int fd)
{
	char text[SW_DESK_SOCKET_BYTES + 1];
	ssize_t n;

	while ((n = recv(fd, text, sizeof(text), MSG_DONTWAIT)) > 0) {
		json_t *answer = json_loadb(text, (size_t)n, 0, NULL);

		check(n <= SW_DESK_SOCKET_BYTES && json_is_object(answer));
		check(json_string_value(json_object_get(answer, "op")));
		json_decref(answer);
	}
}

static void send_all(int fd, const uint8_t *data, size_t size)
{
	for (int i = 0; i < PACKETS && size >= HEAD; i++) {
		size_t n = data[1] | (size_t)data[2] << 8;
		unsigned fds = data[0] % (FDS + 1);

		data += HEAD;
		size -= HEAD;
		n = n < size ? n : size;
		if (!hand_over(fd, data, n, fds))
			return;
		turn();
		data += n;
		size -= n;
	}
}

/* The first number that is free: when one is left open, it is another. */
static int next_descriptor(void)
{
	int fd = dup(STDERR_FILENO);

	check(fd >= 0);
	close(fd);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_desk_socket_counts n;
	int before, fd;

	if (!server)
		open_all();
	before = next_descriptor();
	fd = come();
	send_all(fd, data, size);
	turn();
	hear(fd);
	close(fd);
	turn();
	sw_desk_socket_counts(server, &n);
	check(!n.clients && !here && next_descriptor() == before);
	return 0;
}
