/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * desk_socket: packets and descriptors come in whole, answers go out in order, and whoever sends
 * what is not understood, or does not read, is hung up on, and nobody else notices.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "daemon/desk_socket.h"
#include "support/folder.h"

static struct {
	char *folder;
	char path[4096];
	struct event_base *base;
	struct sw_desk_socket *socket;
	unsigned asked, gone, notes;
	size_t fds; /* of the last packet */
	int kept; /* a descriptor that was looked at, by its number */
	struct sw_desk_client *client; /* who asked last */
} w;

/* ---- the daemon's side ---- */

static int on_ask(void *ctx, struct sw_desk_client *client, const json_t *request,
		  const struct sw_desk_fds *fds, json_t **answer)
{
	const char *op = json_string_value(json_object_get(request, "op"));

	w.client = client;
	w.asked++;
	w.fds = fds->n;
	if (fds->n)
		w.kept = fds->fd[0];
	if (!op)
		return -EPROTO;
	if (!strcmp(op, "echo"))
		*answer = json_pack("{s:O}", "said", json_object_get(request, "say"));
	return 0;
}

static void on_gone(void *ctx, struct sw_desk_client *client)
{
	w.gone++;
}

static void note(void *ctx, int level, const char *text)
{
	w.notes++;
}

static int setup(void **state)
{
	struct sw_desk_socket_options options = { .path = w.path,
						  .group = "no-such-group",
						  .ask = on_ask,
						  .gone = on_gone,
						  .note = note };
	struct sw_err err;

	memset(&w, 0, sizeof(w));
	w.folder = folder_make();
	snprintf(w.path, sizeof(w.path), "%s/desk", w.folder);
	w.base = event_base_new();
	assert_non_null(w.base);
	assert_int_equal(sw_desk_socket_open(w.base, &options, &w.socket, &err), 0);
	w.notes = 0;
	return 0;
}

static int teardown(void **state)
{
	struct stat st;

	sw_desk_socket_close(w.socket);
	assert_int_equal(lstat(w.path, &st), -1);
	event_base_free(w.base);
	folder_remove(w.folder);
	return 0;
}

static void turn(void)
{
	for (int i = 0; i < 50; i++)
		event_base_loop(w.base, EVLOOP_NONBLOCK);
}

/* ---- the desk's side ---- */

static int come(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%.100s", w.path);
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	turn();
	return fd;
}

static void say_bytes(int fd, const void *bytes, size_t n)
{
	assert_int_equal(send(fd, bytes, n, MSG_NOSIGNAL), (ssize_t)n);
	turn();
}

static void say(int fd, const char *text)
{
	say_bytes(fd, text, strlen(text));
}

static void hand_over(int fd, const char *text, const int *fds, size_t n)
{
	char room[CMSG_SPACE(sizeof(int) * 16)] __attribute__((aligned(8))) = { 0 };
	struct iovec iov = { .iov_base = (void *)text, .iov_len = strlen(text) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = room,
			      .msg_controllen = CMSG_SPACE(sizeof(int) * n) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int) * n);
	memcpy(CMSG_DATA(c), fds, sizeof(int) * n);
	assert_int_equal(sendmsg(fd, &msg, MSG_NOSIGNAL), (ssize_t)iov.iov_len);
	turn();
}

/* What is answered; "over": hung up on; "": nothing. */
static const char *hear(int fd)
{
	static char text[8192];
	ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN ? "" : "over";
	text[n] = '\0';
	return n ? text : "over";
}

static unsigned clients(void)
{
	struct sw_desk_socket_counts n;

	sw_desk_socket_counts(w.socket, &n);
	return n.clients;
}

static unsigned open_files(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* ---- tests ---- */

static void answers_come_in_order(void **state)
{
	int fd = come();
	char text[64];

	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "{\"op\":\"echo\",\"say\":%d}", i);
		assert_true(send(fd, text, strlen(text), 0) > 0);
	}
	turn();
	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "{\"said\":%d}", i);
		assert_string_equal(hear(fd), text);
	}
	say(fd, "{\"op\":\"quiet\"}");
	assert_string_equal(hear(fd), "");
	assert_int_equal(sw_desk_socket_pid(w.client), getpid());
	assert_int_equal(clients(), 1);
	close(fd);
	turn();
	assert_int_equal(w.gone, 1);
	assert_int_equal(clients(), 0);
}

static void what_is_not_asked_for_is_heard_too(void **state)
{
	int fd = come();

	say(fd, "{\"op\":\"quiet\"}");
	sw_desk_socket_send(w.client, json_pack("{s:s}", "op", "again"));
	assert_string_equal(hear(fd), "{\"op\":\"again\"}");
	close(fd);
	turn();
}

static void descriptors_come_with_a_packet_and_are_closed(void **state)
{
	int fd = come(), two[2];
	unsigned before;

	assert_int_equal(pipe(two), 0);
	before = open_files();
	hand_over(fd, "{\"op\":\"quiet\"}", two, 2);
	assert_int_equal(w.fds, 2);
	assert_int_equal(open_files(), before);
	assert_int_equal(fcntl(w.kept, F_GETFD), -1);
	say(fd, "{\"op\":\"quiet\"}");
	assert_int_equal(w.fds, 0);
	/* more than there may be: none stays open, and the sender is hung up on */
	hand_over(fd, "{\"op\":\"quiet\"}", (const int[]){ two[0], two[1], two[0], two[1] }, 4);
	assert_string_equal(hear(fd), "over");
	assert_int_equal(open_files(), before - 1); /* its end of the connection */
	close(two[0]);
	close(two[1]);
	close(fd);
}

static void what_is_not_understood_ends_the_connection(void **state)
{
	static const char *const bad[] = { "x",
					   "[]",
					   "1",
					   "{}",
					   "{\"op\":1}",
					   "{\"op\":\"echo\"",
					   "{\"op\":\"a\",\"op\":\"b\"}",
					   "{\"op\":\"echo\"} more",
					   "{\"op\":\"quiet\",\"x\":[[[[[[[[[[]]]]]]]]]]}" };
	int other = come();

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int fd = come();

		say(fd, bad[i]);
		assert_string_equal(hear(fd), "over");
		close(fd);
	}
	assert_int_equal(w.notes, 1); /* the first of them */
	assert_int_equal(w.gone, sizeof(bad) / sizeof(bad[0]));
	say(other, "{\"op\":\"echo\",\"say\":1}");
	assert_string_equal(hear(other), "{\"said\":1}");
	close(other);
}

static void a_packet_has_its_length(void **state)
{
	char text[SW_DESK_SOCKET_BYTES + 2];
	int fd = come();

	memset(text, ' ', sizeof(text));
	memcpy(text, "{\"op\":\"echo\",\"say\":7}", 21);
	say_bytes(fd, text, SW_DESK_SOCKET_BYTES);
	assert_string_equal(hear(fd), "{\"said\":7}");
	say_bytes(fd, text, SW_DESK_SOCKET_BYTES + 1);
	assert_string_equal(hear(fd), "over");
	close(fd);
	fd = come();
	say_bytes(fd, "\0\0\0", 3);
	assert_string_equal(hear(fd), "over");
	close(fd);
}

static void who_does_not_read_is_hung_up_on(void **state)
{
	int fd = come(), other = come();
	char text[3000];

	snprintf(text, sizeof(text), "{\"op\":\"echo\",\"say\":\"%02000d\"}", 0);
	for (int i = 0; i < 10000 && clients() == 2; i++)
		if (send(fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			turn();
	turn();
	assert_int_equal(clients(), 1);
	say(other, "{\"op\":\"echo\",\"say\":1}");
	assert_string_equal(hear(other), "{\"said\":1}");
	close(fd);
	close(other);
}

static void a_fixed_number_is_let_in(void **state)
{
	int fd[SW_DESK_SOCKET_CLIENTS], late;

	for (unsigned i = 0; i < SW_DESK_SOCKET_CLIENTS; i++)
		fd[i] = come();
	late = come();
	assert_string_equal(hear(late), "over");
	assert_int_equal(clients(), SW_DESK_SOCKET_CLIENTS);
	close(fd[3]);
	turn();
	close(late);
	late = come();
	say(late, "{\"op\":\"echo\",\"say\":1}");
	assert_string_equal(hear(late), "{\"said\":1}");
	close(late);
	for (unsigned i = 0; i < SW_DESK_SOCKET_CLIENTS; i++)
		if (i != 3)
			close(fd[i]);
}

static void the_file_is_of_its_group_alone(void **state)
{
	struct sw_desk_socket_options options = { .path = w.path, .group = "x", .ask = on_ask };
	struct sw_desk_socket *second = NULL;
	char other[4200];
	struct sw_err err;
	struct stat st;

	assert_int_equal(lstat(w.path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 0777, 0660);
	snprintf(other, sizeof(other), "%s/file", w.folder);
	close(open(other, O_CREAT | O_WRONLY, 0600));
	options.path = other;
	assert_int_equal(sw_desk_socket_open(w.base, &options, &second, &err), -EEXIST);
	memset(other, 'x', 200);
	other[0] = '/';
	other[200] = '\0';
	assert_int_equal(sw_desk_socket_open(w.base, &options, &second, &err), -ENAMETOOLONG);
	assert_null(second);
	assert_null(sw_desk_socket_close(NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(answers_come_in_order),
		TEST(what_is_not_asked_for_is_heard_too),
		TEST(descriptors_come_with_a_packet_and_are_closed),
		TEST(what_is_not_understood_ends_the_connection),
		TEST(a_packet_has_its_length),
		TEST(who_does_not_read_is_hung_up_on),
		TEST(a_fixed_number_is_let_in),
		TEST(the_file_is_of_its_group_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
