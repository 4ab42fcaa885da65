/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The CLI's end of the control socket: against the daemon's end, and against daemons that
 * are not there, not allowed, slow, or something else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/client.h"
#include "support/control_world.h"
#include "support/folder.h"

/* ---- with the daemon's end ---- */

static int setup(void **state)
{
	struct world *w = world_make();

	*state = w;
	world_open(w);
	world_start(w);
	return 0;
}

static int teardown(void **state)
{
	world_stop(*state);
	world_free(*state);
	return 0;
}

static struct sw_client *dial(const struct world *w)
{
	struct sw_client *c = NULL;
	struct sw_err err;

	if (sw_client_open(w->path, 0, &c, &err))
		fail_msg("%s", err.text);
	return c;
}

static json_t *request(const char *op, const char *key, json_t *value)
{
	return json_pack("{s:s, s:o}", "op", op, key, value);
}

static void test_ask(void **state)
{
	struct world *w = *state;
	struct sw_client *c = dial(w);
	json_t *answer;
	struct sw_err err;

	for (int i = 0; i < 100; i++) {
		assert_int_equal(
			sw_client_ask(c, request("echo", "value", json_integer(i)), &answer, &err),
			0);
		assert_int_equal(json_integer_value(json_object_get(answer, "value")), i);
		json_decref(answer);
	}
	assert_int_equal(sw_client_ask(c, NULL, &answer, &err), -ENOMEM);
	assert_true(sw_client_is_broken(c));
	assert_null(sw_client_close(c));
	assert_null(sw_client_close(NULL));
}

static void test_open_in(void **state)
{
	struct world *w = *state;
	struct sw_client *c;

	assert_int_equal(sw_client_open_in(w->folder, -1, &c, NULL), 0);
	sw_client_close(c);
	assert_int_equal(sw_client_open_in("/nowhere", 0, &c, NULL), -ENOENT);
}

static void test_refused(void **state)
{
	struct sw_client *c = dial(*state);
	json_t *answer = NULL;
	struct sw_err err;

	assert_int_equal(sw_client_ask(c, json_pack("{s:s}", "op", "refuse"), &answer, &err),
			 -ENOENT);
	assert_string_equal(err.text, "there is no verdict of 192.0.2.1");
	assert_int_equal(sw_client_ask(c, json_pack("{s:s}", "op", "blok"), &answer, &err),
			 -ENOSYS);
	assert_null(answer);
	assert_false(sw_client_is_broken(c));
	assert_int_equal(sw_client_ask(c, json_pack("{s:s}", "op", "echo"), &answer, NULL), 0);
	json_decref(answer);
	sw_client_close(c);
}

static void test_long_lines(void **state)
{
	struct sw_client *c = dial(*state);
	json_t *answer, *value;
	size_t n = SW_CONTROL_LINE - 100;
	char *text = malloc(n + 1);
	struct sw_err err;

	assert_non_null(text);
	memset(text, 'x', n);
	text[n] = '\0';
	value = json_string(text);
	assert_int_equal(sw_client_ask(c, request("echo", "value", value), &answer, &err), 0);
	assert_int_equal(json_string_length(json_object_get(answer, "value")), n);
	json_decref(answer);
	assert_int_equal(
		sw_client_ask(c, request("big", "n", json_integer(4000000)), &answer, &err), 0);
	assert_int_equal(json_string_length(json_object_get(answer, "text")), 4000000);
	json_decref(answer);
	value = json_array();
	for (int i = 0; i < 2; i++)
		json_array_append_new(value, json_string(text));
	assert_int_equal(sw_client_ask(c, request("echo", "value", value), &answer, &err),
			 -EMSGSIZE);
	assert_string_equal(err.text, "a request has at most 4194304 bytes");
	assert_false(sw_client_is_broken(c));
	free(text);
	sw_client_close(c);
}

struct seen {
	json_int_t next, until;
};

static int see(void *ctx, json_t *object)
{
	struct seen *s = ctx;

	if (s->next == s->until)
		return 7;
	assert_int_equal(json_integer_value(json_object_get(object, "i")), s->next);
	s->next++;
	return 0;
}

static void test_each(void **state)
{
	struct sw_client *c = dial(*state);
	struct seen seen = { 0, -1 };
	json_t *last;
	struct sw_err err;

	assert_int_equal(sw_client_each(c, request("count", "n", json_integer(50000)), see, &seen,
					&last, &err),
			 0);
	assert_int_equal(seen.next, 50000);
	assert_int_equal(json_integer_value(json_object_get(last, "n")), 50000);
	json_decref(last);
	seen.next = 0;
	assert_int_equal(
		sw_client_each(c, request("count", "n", json_integer(0)), see, &seen, NULL, NULL),
		0);
	assert_int_equal(seen.next, 0);
	assert_int_equal(
		sw_client_each(c, json_pack("{s:s}", "op", "break"), see, &seen, &last, &err),
		-EIO);
	assert_string_equal(err.text, "it broke");
	assert_int_equal(seen.next, 1);
	assert_int_equal(
		sw_client_each(c, json_pack("{s:s}", "op", "refuse"), see, &seen, &last, &err),
		-ENOENT);
	assert_false(sw_client_is_broken(c));
	seen = (struct seen){ 0, 10 };
	assert_int_equal(
		sw_client_each(c, request("count", "n", json_integer(50)), see, &seen, &last, &err),
		7);
	assert_true(sw_client_is_broken(c));
	assert_int_equal(sw_client_ask(c, json_object(), &last, &err), -EPIPE);
	sw_client_close(c);
}

static void test_pipelining(void **state)
{
	struct sw_client *c = dial(*state);
	json_t *answer;

	for (int i = 0; i < 1000; i++)
		assert_int_equal(sw_client_send(c, request("echo", "value", json_integer(i)), NULL),
				 0);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(sw_client_receive(c, &answer, NULL), 0);
		assert_int_equal(json_integer_value(json_object_get(answer, "value")), i);
		json_decref(answer);
	}
	assert_int_equal(sw_client_send(c, json_object(), NULL), 0);
	assert_int_equal(sw_client_receive(c, &answer, NULL), 0);
	assert_non_null(json_object_get(answer, "error")); /* as it is */
	json_decref(answer);
	sw_client_close(c);
}

/* Hung up on, while it still sends: the reason is read all the same. */
static void test_told_why(void **state)
{
	struct world *w = *state;
	struct sw_client *c = dial(w);
	json_t *answer;
	struct sw_err err;

	world_stop(w);
	world_step(w);
	w->control = sw_control_close(w->control);
	assert_int_equal(sw_client_ask(c, json_pack("{s:s}", "op", "echo"), &answer, &err),
			 -ESHUTDOWN);
	assert_string_equal(err.text, "hung up: synwardd ends");
	assert_int_equal(sw_client_ask(c, json_pack("{s:s}", "op", "echo"), &answer, &err), -EPIPE);
	assert_non_null(strstr(err.text, "hung up before it answered"));
	assert_true(sw_client_is_broken(c));
	sw_client_close(c);
	world_open(w);
	world_start(w);
}

static void test_timeout(void **state)
{
	struct world *w = *state;
	struct sw_client *c;
	struct sw_err err;
	json_t *answer;
	uint64_t before = world_now_ms();

	assert_int_equal(sw_client_open(w->path, 50, &c, &err), 0);
	assert_int_equal(sw_client_ask(c, json_pack("{s:s}", "op", "later"), &answer, &err),
			 -ETIMEDOUT);
	assert_in_range(world_now_ms() - before, 40, 5000);
	assert_non_null(strstr(err.text, "did not answer for 0.05 s"));
	assert_true(sw_client_is_broken(c));
	assert_int_equal(sw_client_ask(c, json_pack("{s:s}", "op", "echo"), &answer, &err), -EPIPE);
	sw_client_close(c);
}

/* ---- without it ---- */

static int setup_folder(void **state)
{
	*state = folder_make();
	return 0;
}

static int teardown_folder(void **state)
{
	folder_remove(*state);
	return 0;
}

static int listen_on(const char *path, int backlog)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, backlog), 0);
	return fd;
}

static void test_nobody(void **state)
{
	const char *path = folder_path(*state, "control");
	struct sw_client *c = NULL;
	struct sw_err err;
	char text[300];

	assert_int_equal(sw_client_open(path, 0, &c, &err), -ENOENT);
	snprintf(text, sizeof(text), "synwardd does not answer: there is no %s; start it", path);
	assert_non_null(strstr(err.text, text));
	close(listen_on(path, 1));
	assert_int_equal(sw_client_open(path, 0, &c, &err), -ECONNREFUSED);
	snprintf(text, sizeof(text), "synwardd does not answer on %s: it is not running; start it",
		 path);
	assert_non_null(strstr(err.text, text));
	assert_null(c);
	memset(text, 'p', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(sw_client_open(text, 0, &c, &err), -ENAMETOOLONG);
	assert_int_equal(sw_client_open(path, 0, &c, NULL), -ECONNREFUSED);
}

static void test_too_busy(void **state)
{
	const char *path = folder_path(*state, "control");
	int fd = listen_on(path, 0);
	struct sw_client *c, *first;
	struct sw_err err;

	assert_int_equal(sw_client_open(path, 50, &first, &err), 0);
	assert_int_equal(sw_client_open(path, 50, &c, &err), -ETIMEDOUT);
	assert_non_null(strstr(err.text, "too busy"));
	sw_client_close(first);
	close(fd);
}

/* In a process of its own, as nobody in no group. */
static int open_as_nobody(const char *path)
{
	pid_t child = fork();
	struct sw_client *c;
	struct sw_err err;
	int status;

	assert_true(child >= 0);
	if (!child) {
		if (setgid(65534) || setuid(65534))
			_exit(9);
		status = sw_client_open(path, 0, &c, &err);
		if (status == -EACCES && !strstr(err.text, "only root and the group synward"))
			_exit(8);
		_exit(status == -EACCES ? 1 : !status ? 2 : 7);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_not_allowed(void **state)
{
	const char *path = folder_path(*state, "control");
	int fd = listen_on(path, 10);

	if (getuid() != 0) {
		print_message("SKIP needs root, to become somebody else\n");
		close(fd);
		skip();
	}
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(open_as_nobody(path), 1); /* the folder is in the way */
	assert_int_equal(chmod(*state, 0755), 0);
	assert_int_equal(open_as_nobody(path), 2);
	assert_int_equal(chmod(path, 0660), 0);
	assert_int_equal(open_as_nobody(path), 1);
	close(fd);
}

/* ---- with something else ---- */

/* Says @n bytes of @text, @size at a time, to one who connects, and hangs up or waits. */
static pid_t pretend(const char *path, const char *text, size_t n, size_t size, bool waits)
{
	int fd = listen_on(path, 10), client;
	pid_t child = fork();
	char request[100];

	assert_true(child >= 0);
	if (child) {
		close(fd);
		return child;
	}
	client = accept(fd, NULL, NULL);
	if (client < 0 || recv(client, request, sizeof(request), 0) <= 0)
		_exit(1);
	while (n) {
		ssize_t sent = send(client, text, n < size ? n : size, MSG_NOSIGNAL);

		if (sent < 0)
			break;
		text += sent;
		n -= (size_t)sent;
		if (n)
			usleep(2000);
	}
	if (waits)
		pause();
	_exit(0);
}

static int ask_pretender(const char *path, const char *text, size_t size, bool waits,
			 json_t **answer, struct sw_err *err)
{
	struct sw_client *c;
	pid_t child;
	int code;

	unlink(path);
	child = pretend(path, text, strlen(text), size, waits);
	assert_int_equal(sw_client_open(path, 100, &c, NULL), 0);
	code = sw_client_ask(c, json_pack("{s:s}", "op", "hello"), answer, err);
	assert_int_equal(sw_client_is_broken(c), code != 0 && code != -EIO);
	sw_client_close(c);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return code;
}

static void test_strange_answers(void **state)
{
	static const struct {
		const char *text, *words;
		int code;
		bool waits;
	} cases[] = {
		{ "", "hung up before it answered", -EPIPE, false },
		{ "{\"a\":1}", "hung up before it answered", -EPIPE, false },
		{ "{\"a\":1}", "did not answer", -ETIMEDOUT, true },
		{ "HTTP/1.1 400 Bad Request\r\n", "what answers on", -EPROTO, true },
		{ "[]\n", "what answers on", -EPROTO, true },
		{ "\n", "what answers on", -EPROTO, true },
		{ "{\"error\":7}\n", "synwardd refuses", -EIO, true },
		{ "{\"error\":\"no\",\"code\":\"EWHAT\"}\n", "no", -EIO, true },
		{ "{\"error\":\"no\",\"code\":5}\n", "no", -EIO, true },
		{ "{\"a\":1}\n", "", 0, true },
		{ "{\"a\":1}\n", "", 0, false },
		{ "{\"a\":1}\r\n{\"b\":2}", "", 0, false },
	};
	const char *path = folder_path(*state, "control");

	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		for (size_t size = 3; size < 4000; size *= 1000) {
			struct sw_err err = { "" };
			json_t *answer = NULL;

			assert_int_equal(ask_pretender(path, cases[i].text, size, cases[i].waits,
						       &answer, &err),
					 cases[i].code);
			if (!strstr(err.text, cases[i].words))
				fail_msg("%u: %s", i, err.text);
			assert_int_equal(answer != NULL, cases[i].code == 0);
			json_decref(answer);
		}
	}
}

static void test_line_without_end(void **state)
{
	const char *path = folder_path(*state, "control");
	size_t n = (size_t)SW_CLIENT_ANSWER + (1 << 20);
	char *text = malloc(n + 1);
	json_t *answer = NULL;
	struct sw_err err;

	assert_non_null(text);
	memset(text, ' ', n);
	text[n] = '\0';
	assert_int_equal(ask_pretender(path, text, n, true, &answer, &err), -EMSGSIZE);
	assert_non_null(strstr(err.text, "a line of more than"));
	free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define TEST_FOLDER(name) cmocka_unit_test_setup_teardown(name, setup_folder, teardown_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_ask),
		TEST(test_open_in),
		TEST(test_refused),
		TEST(test_long_lines),
		TEST(test_each),
		TEST(test_pipelining),
		TEST(test_told_why),
		TEST(test_timeout),
		TEST_FOLDER(test_nobody),
		TEST_FOLDER(test_too_busy),
		TEST_FOLDER(test_not_allowed),
		TEST_FOLDER(test_strange_answers),
		TEST_FOLDER(test_line_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
