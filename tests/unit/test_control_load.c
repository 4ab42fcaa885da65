/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Clients of the control socket that are slow, broken, greedy or many: what they cost is
 * bounded, and the others do not notice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "support/control_world.h"

#define IDLE 1000
#define GARBAGE 100

static int setup(void **state)
{
	*state = world_make();
	return 0;
}

static int teardown(void **state)
{
	world_free(*state);
	return 0;
}

static void assert_answers(struct world *w, int fd)
{
	const char *answer = world_ask(w, fd, "{\"op\":\"echo\",\"value\":1}");

	assert_string_equal(answer ? answer : w->notes, "{\"value\":1}");
}

static unsigned count(const char *text, const char *words)
{
	unsigned n = 0;

	for (; (text = strstr(text, words)); text++)
		n++;
	return n;
}

/* With nothing to do the base sleeps: nothing is reported to it again and again. */
static void assert_sleeps(struct world *w)
{
	const struct timeval end = { 0, 60000 };
	clock_t before = clock();

	event_base_loopexit(w->base, &end);
	event_base_dispatch(w->base);
	assert_true((double)(clock() - before) / CLOCKS_PER_SEC < 0.02);
}

/* ---- slow ---- */

static void test_half_a_request(void **state)
{
	struct world *w = *state;
	int slow, good;

	w->options.stuck_ms = 300;
	world_open(w);
	slow = world_dial(w);
	good = world_dial(w);
	world_send(w, slow, "{\"op\":");
	world_run_ms(w, 5);
	assert_in_range(world_counts(w).buffers_bytes, 6, 512);
	/* byte after byte is no progress */
	for (int i = 0; i < 2000 && world_counts(w).clients == 2; i++) {
		send(slow, " ", 1, MSG_NOSIGNAL);
		world_run_ms(w, 5);
		assert_answers(w, good);
	}
	assert_non_null(strstr(world_line(w, slow), "hung up: it does not finish its request"));
	assert_null(world_line(w, slow));
	assert_int_equal(world_counts(w).buffers_bytes, 0);
	assert_answers(w, good);
	close(slow);
	close(good);
}

/* The time begins with the request, not with the connection. */
static void test_idle_then_slow(void **state)
{
	struct world *w = *state;
	int fd;

	w->options.stuck_ms = 300;
	world_open(w);
	fd = world_dial(w);
	world_run_ms(w, 500);
	for (int i = 0; i < 4; i++) {
		assert_true(world_send(w, fd, "{\"op\":\"echo\","));
		world_run_ms(w, 100);
		assert_string_equal(world_ask(w, fd, "\"value\":2}"), "{\"value\":2}");
	}
	assert_sleeps(w); /* nothing to look after */
	close(fd);
}

static void test_does_not_read(void **state)
{
	struct world *w = *state;
	unsigned asked;
	int slow, good;

	w->options.unread_ms = 600;
	world_open(w);
	slow = world_dial(w);
	good = world_dial(w);
	while (send(slow, "{\"op\":\"big\",\"n\":1000}\n", 22, MSG_NOSIGNAL) > 0)
		world_step(w);
	world_run_ms(w, 10);
	asked = w->asked;
	/* paused: requests wait in its own buffer, and cost nothing */
	assert_in_range(world_counts(w).buffers_bytes, 1, 256 << 10);
	assert_sleeps(w);
	assert_int_equal(w->asked, asked);
	assert_answers(w, good);
	for (int i = 0; i < 500 && world_counts(w).clients == 2; i++)
		world_run_ms(w, 10);
	assert_int_equal(world_counts(w).clients, 1);
	assert_int_equal(world_counts(w).buffers_bytes, 0);
	assert_non_null(strstr(w->notes, "it does not read its answers"));
	assert_answers(w, good);
	close(slow);
	close(good);
}

/* Who reads, however slowly, is served to the end. */
static void test_reads_slowly(void **state)
{
	struct world *w = *state;
	const size_t all = 2000012;
	char piece[100000];
	ssize_t got;
	int fd;

	w->options.unread_ms = 400;
	world_open(w);
	fd = world_dial(w);
	world_send(w, fd, "{\"op\":\"big\",\"n\":2000000}\n");
	for (size_t n = 0; n<all; n += got> 0 ? (size_t)got : 0) {
		got = recv(fd, piece, all - n < sizeof(piece) ? all - n : sizeof(piece), 0);
		assert_true(got > 0 || (got < 0 && errno == EAGAIN));
		world_run_ms(w, 50);
	}
	assert_answers(w, fd);
	assert_int_equal(world_counts(w).dropped, 0);
	close(fd);
}

/* Resets that epoll reports again and again until somebody listens to them. */
static void test_gone_with_unread_answers(void **state)
{
	struct world *w = *state;
	int fd;

	world_open(w);
	for (int i = 0; i < 3; i++) {
		fd = world_dial(w);
		world_send(w, fd, "{\"op\":\"echo\"}\n");
		world_send(w, fd,
			   i == 0   ? "{\"op\":\"later\"}\n"
			   : i == 1 ? "{\"op\":\"wait\"}\n"
				    : "{\"op\":\"later\"}\n{\"op\":\"echo\"}\n");
		world_run_ms(w, 5);
		close(fd);
		assert_sleeps(w);
		if (i == 2)
			sw_control_answer(w->control, w->ticket, json_object());
		world_run_ms(w, 5);
		assert_int_equal(world_counts(w).clients, 0);
	}
}

/* ---- greedy ---- */

struct beat {
	uint64_t last_ms, worst_ms;
	unsigned n;
};

static void on_beat(evutil_socket_t fd, short what, void *ctx)
{
	struct beat *b = ctx;
	uint64_t now = world_now_ms();

	if (b->last_ms && now - b->last_ms > b->worst_ms)
		b->worst_ms = now - b->last_ms;
	b->last_ms = now;
	b->n++;
}

/* Floods of cheap and of dear requests: another client's come between them. */
static void test_flood(void **state)
{
	struct world *w = *state;
	struct timeval every = { 0, 5000 };
	struct beat beat = { 0 };
	struct event *timer;
	int flood[20], good;
	char text[4096];
	unsigned before;

	world_open(w);
	good = world_dial(w);
	for (int i = 0; i < 20; i++)
		flood[i] = world_dial(w);
	timer = event_new(w->base, -1, EV_PERSIST, on_beat, &beat);
	event_add(timer, &every);
	for (size_t n = 0; n < sizeof(text) - 32;)
		n += (size_t)sprintf(text + n, "{\"op\":\"spin\",\"ms\":1}\n");
	for (int i = 0; i < 20; i++)
		while (send(flood[i], text, strlen(text), MSG_NOSIGNAL) > 0)
			;
	before = w->asked;
	for (int i = 0; i < 10; i++)
		assert_answers(w, good);
	/* a slice is one "spin" of 1 ms: 20 of them, perhaps of 2 ms, in every round */
	assert_in_range(w->asked - before, 1, 600);
	assert_true(beat.n >= 5);
	assert_true(beat.worst_ms < 1000); /* a turn is 4 ms; the machine may be busy */
	assert_in_range(world_counts(w).buffers_bytes, 1, 20 * (80 << 10));
	event_free(timer);
	for (int i = 0; i < 20; i++)
		close(flood[i]);
	close(good);
}

/* Each holds nearly a whole request: those that began last get their turn. */
static void test_memory(void **state)
{
	struct world *w = *state;
	char *text = malloc(100001);
	int fd[100], good;

	assert_non_null(text);
	memset(text, ' ', 100000);
	memcpy(text, "{\"op\":\"echo\",", 13);
	text[100000] = '\0';
	w->options.buffers_bytes = 2 << 20;
	w->options.line_bytes = 200000;
	world_open(w);
	for (int i = 0; i < 100; i++) {
		fd[i] = world_dial(w);
		world_send_bytes(w, fd[i], text, 100000);
		world_run_ms(w, 1);
		assert_true(world_counts(w).buffers_bytes <= 2 << 20);
	}
	assert_in_range(world_counts(w).clients, 10, 21);
	good = world_dial(w);
	assert_answers(w, good);
	assert_non_null(strstr(world_line(w, fd[0]), "ENOBUFS"));
	assert_string_equal(world_ask(w, fd[99], "\"value\":99}"), "{\"value\":99}");
	assert_int_equal(count(w->notes, "hung up"), 1); /* told once, not 80 times */
	for (int i = 0; i < 100; i++)
		close(fd[i]);
	world_run_ms(w, 2);
	assert_int_equal(world_counts(w).buffers_bytes, 0);
	free(text);
	close(good);
}

/* ---- many ---- */

static void test_too_many_clients(void **state)
{
	struct world *w = *state;
	int fd[30], last;

	w->options.clients = 20;
	world_open(w);
	for (int i = 0; i < 30; i++) {
		fd[i] = world_dial(w);
		assert_answers(w, fd[i]);
		assert_answers(w, fd[0]); /* never the one that was idle the longest */
	}
	assert_int_equal(world_counts(w).clients, 20);
	for (int i = 1; i < 11; i++)
		assert_non_null(strstr(world_line(w, fd[i]),
				       "hung up: too many clients, and this one was idle"));
	/* nobody is hung up on while an answer is due */
	assert_answers(w, fd[0]);
	for (int i = 11; i < 30; i++)
		world_send(w, fd[i], "{\"op\":\"later\"}\n");
	world_send(w, fd[0], "{\"op\":\"later\"}\n");
	world_run_ms(w, 5);
	last = world_dial(w);
	assert_string_equal(world_line(w, last),
			    "{\"error\":\"too many clients\",\"code\":\"EMFILE\"}");
	assert_null(world_line(w, last));
	sw_control_answer(w->control, w->ticket, json_object());
	world_run_ms(w, 2);
	close(last);
	last = world_dial(w);
	assert_answers(w, last);
	for (int i = 0; i < 30; i++)
		close(fd[i]);
	close(last);
}

static void test_no_descriptors(void **state)
{
	struct world *w = *state;
	struct rlimit old, few;
	int held[64], n = 0, busy, waiting, idle;

	world_open(w);
	idle = world_dial(w);
	assert_answers(w, idle);
	waiting = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	close(waiting);
	getrlimit(RLIMIT_NOFILE, &old);
	few = old;
	few.rlim_cur = (rlim_t)waiting + 8;
	setrlimit(RLIMIT_NOFILE, &few);
	busy = world_dial(w);
	while (n < 64 && (held[n] = dup(0)) >= 0)
		n++;
	assert_in_range(n, 1, 20);
	/* the idle one makes room, so that this one is answered */
	assert_answers(w, busy);
	assert_non_null(strstr(w->notes, "cannot accept clients for now: Too many open files"));
	close(idle);
	world_send(w, busy, "{\"op\":\"later\"}\n");
	world_run_ms(w, 2);
	waiting = world_dial(w);
	while (n < 64 && (held[n] = dup(0)) >= 0)
		n++;
	/* nobody to hang up on: accepting pauses */
	assert_sleeps(w);
	assert_int_equal(count(w->notes, "cannot accept"), 1);
	while (n > 0)
		close(held[--n]);
	assert_answers(w, waiting);
	setrlimit(RLIMIT_NOFILE, &old);
	close(busy);
	close(waiting);
}

static void test_few_descriptors(void **state)
{
	struct world *w = *state;
	struct rlimit old, few;

	getrlimit(RLIMIT_NOFILE, &old);
	few = old;
	few.rlim_cur = 1024;
	setrlimit(RLIMIT_NOFILE, &few);
	world_open(w);
	setrlimit(RLIMIT_NOFILE, &old);
	assert_non_null(strstr(w->notes, "at most 960 clients at once, for the process may open "
					 "1024 files"));
}

/* ---- all at once ---- */

static uint64_t seed = 88172645463325252ull;

static unsigned dice(unsigned sides)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % sides;
}

/* Bytes that mean nothing, pieces of requests, whole ones, ends. */
static void send_garbage(struct world *w, int *fd)
{
	static const char *const pieces[] = { "{\"op\":", "\"echo\"",
					      "}\n",	  "[[[[",
					      "\n",	  "{",
					      "\xff\xfe", "{\"op\":\"count\",\"n\":100000}\n" };
	char bytes[3000];
	const char *piece = pieces[dice(8)];
	ssize_t n = 0;

	if (*fd < 0) {
		*fd = world_dial(w);
		return;
	}
	if (dice(3)) {
		n = send(*fd, piece, strlen(piece), MSG_NOSIGNAL);
	} else {
		for (unsigned i = 0; i < sizeof(bytes); i++)
			bytes[i] = (char)dice(256);
		n = send(*fd, bytes, dice(sizeof(bytes)), MSG_NOSIGNAL);
	}
	if (!dice(50) || (n < 0 && errno != EAGAIN)) {
		close(*fd);
		*fd = -1;
	} else if (!dice(10)) {
		n = recv(*fd, bytes, sizeof(bytes), 0);
	}
}

/* In pieces, as if over a slow link. */
static void assert_echoes(struct world *w, int fd, unsigned i)
{
	char text[100];

	snprintf(text, sizeof(text), "{\"id\":%u,\"op\":\"echo\",", i);
	assert_true(world_send(w, fd, text));
	snprintf(text, sizeof(text), " \"value\":\"v%u\"}\n", dice(1000));
	assert_true(world_send(w, fd, text));
	snprintf(strchr(text, '}'), 20, ",\"id\":%u}", i);
	text[0] = '{';
	assert_string_equal(world_line(w, fd), text);
}

static void test_idle_and_garbage(void **state)
{
	struct world *w = *state;
	int idle[IDLE], garbage[GARBAGE], good;

	w->options.line_bytes = 100000;
	world_open(w);
	for (int i = 0; i < IDLE; i++) {
		idle[i] = world_dial(w);
		if (i % 100 == 0)
			world_run_ms(w, 1);
	}
	for (int i = 0; i < GARBAGE; i++)
		garbage[i] = world_dial(w);
	good = world_dial(w);
	for (unsigned i = 0; i < 300; i++) {
		for (int k = 0; k < 20; k++)
			send_garbage(w, &garbage[dice(GARBAGE)]);
		assert_echoes(w, good, i);
		assert_true(world_counts(w).buffers_bytes < GARBAGE * (200 << 10));
	}
	assert_true(world_counts(w).clients > IDLE);
	assert_true(world_counts(w).refused > 100);
	for (int i = 0; i < IDLE; i += 50)
		assert_answers(w, idle[i]);
	for (int i = 0; i < GARBAGE; i++)
		if (garbage[i] >= 0)
			close(garbage[i]);
	world_run_ms(w, 20);
	assert_int_equal(world_counts(w).clients, IDLE + 1);
	assert_int_equal(world_counts(w).buffers_bytes, 0);
	/* all of them cost nothing while they say nothing */
	assert_sleeps(w);
	for (int i = 0; i < IDLE; i++)
		close(idle[i]);
	close(good);
	world_run_ms(w, 20);
	assert_int_equal(world_counts(w).clients, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* Both ends of every connection are in this process. */
static int enough_files(void **state)
{
	struct rlimit files;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max < 8192 ? files.rlim_max : 8192;
	return setrlimit(RLIMIT_NOFILE, &files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_half_a_request),
		TEST(test_idle_then_slow),
		TEST(test_does_not_read),
		TEST(test_reads_slowly),
		TEST(test_gone_with_unread_answers),
		TEST(test_flood),
		TEST(test_memory),
		TEST(test_too_many_clients),
		TEST(test_no_descriptors),
		TEST(test_few_descriptors),
		TEST(test_idle_and_garbage),
	};

	return cmocka_run_group_tests(tests, enough_files, NULL);
}
