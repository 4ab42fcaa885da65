/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * deskload - many clients of the desk: SLOW that hear why they are turned away and say nothing, and RATE
 * new ones a second that say QUIT, as clients should.
 *
 *   deskload [-d SECONDS] [-c SLOW] [-r RATE] [-s SOURCE] [-n SOURCES] [-w CODE] [-p PORT] DESTINATION
 *
 * Each comes from another IPv4 address, SOURCES (65536) of them from SOURCE on; a route of type
 * local is enough for these. Slow ones that are hung up on come again. When SECONDS (6) are over nobody comes
 * any more, and after those who are there have their answer a line of JSON says how it went:
 *
 *   slow, quick     connections of each kind ...
 *   slow_answered, quick_answered   ... that were greeted with CODE (554) ...
 *   quick_quit      ... and were told 221, too
 *   first_failure   what happened to the first one that was not, or ""
 *   slow_most       slow ones that were there at once, with their answer
 *   p50_ms, p99_ms, most_ms   from connect to the greeting, of quick ones
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define QUICK_MOST 5000 /* under way at once: who cannot be served waits here, not there */
#define DESCRIPTORS 64 /* that are nobody's */
#define RAMP 2500 /* slow ones a second, at the beginning */
#define PATIENCE_NS (20 * UINT64_C(1000000000))
#define LINE_BYTES 600
#define EVENTS 512

struct client {
	struct client *next; /* of those that are free */
	uint64_t began_ns;
	int fd; /* -1: free */
	bool slow, greeted;
	unsigned n;
	char line[LINE_BYTES];
};

static struct {
	struct sockaddr_in to;
	uint32_t source, sources;
	unsigned seconds, slow, rate;
	const char *code;
} want = { .seconds = 6, .slow = 0, .rate = 100, .sources = 65536, .code = "554" };

static struct {
	unsigned long slow, slow_answered, quick, quick_answered, quick_quit;
	unsigned slow_now, slow_there, slow_most, quick_now;
	const char *first_failure;
} seen = { .first_failure = "" };

static struct client *clients, *idle;
static size_t clients_n;
static uint32_t *took_us;
static size_t took_n, took_room;
static uint32_t next_source;
static int loop;

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* ---- one client ---- */

static void failed(const char *why)
{
	if (!*seen.first_failure)
		seen.first_failure = why;
}

static void leave(struct client *c)
{
	close(c->fd);
	c->fd = -1;
	if (c->slow) {
		seen.slow_now--;
		seen.slow_there -= c->greeted;
	} else {
		seen.quick_now--;
	}
	c->next = idle;
	idle = c;
}

static int open_socket(void)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0)
		return -1;
	from.sin_addr.s_addr = htonl(want.source + next_source++ % want.sources);
	setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &one, sizeof(one));
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	if (want.source && bind(fd, (struct sockaddr *)&from, sizeof(from))) {
		close(fd);
		return -1;
	}
	if (connect(fd, (struct sockaddr *)&want.to, sizeof(want.to)) && errno != EINPROGRESS) {
		close(fd);
		return -1;
	}
	return fd;
}

/* False: nobody can come now. */
static bool come(bool slow)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct client *c = idle;

	if (!c)
		return false;
	c->fd = open_socket();
	if (c->fd < 0) {
		failed(strerror(errno));
		return false;
	}
	idle = c->next;
	c->slow = slow;
	c->greeted = false;
	c->n = 0;
	c->began_ns = now_ns();
	event.data.ptr = c;
	epoll_ctl(loop, EPOLL_CTL_ADD, c->fd, &event);
	if (slow) {
		seen.slow++;
		seen.slow_now++;
	} else {
		seen.quick++;
		seen.quick_now++;
	}
	return true;
}

static void note_time(const struct client *c)
{
	if (took_n == took_room) {
		size_t room = took_room ? 2 * took_room : 65536;
		uint32_t *more = realloc(took_us, room * sizeof(*more));

		if (!more)
			return;
		took_us = more;
		took_room = room;
	}
	took_us[took_n++] = (uint32_t)((now_ns() - c->began_ns) / 1000);
}

static void greeted(struct client *c)
{
	c->greeted = true;
	if (c->slow) {
		seen.slow_answered++;
		seen.slow_there++;
		if (seen.slow_there > seen.slow_most)
			seen.slow_most = seen.slow_there;
		return;
	}
	seen.quick_answered++;
	note_time(c);
	if (send(c->fd, "QUIT\r\n", 6, MSG_NOSIGNAL) != 6) {
		failed("cannot say QUIT");
		leave(c);
	}
}

/* A whole line; false: it is gone. */
static bool hear(struct client *c)
{
	const char *code = c->line;

	if (!c->greeted && !strncmp(code, want.code, 3)) {
		greeted(c);
		return c->fd >= 0;
	}
	if (c->greeted && c->slow) /* it is told that its time is over */
		return true;
	if (c->greeted && !strncmp(code, "221", 3))
		seen.quick_quit++;
	else
		failed(c->greeted ? "QUIT was not answered with 221" : "another greeting");
	leave(c);
	return false;
}

static void on_client(struct client *c)
{
	char bytes[LINE_BYTES];
	ssize_t n = recv(c->fd, bytes, sizeof(bytes), 0);

	if (n <= 0) {
		if (n < 0 && errno == EAGAIN)
			return;
		if (!c->greeted || !c->slow)
			failed(n < 0	    ? strerror(errno)
			       : c->greeted ? "closed before 221"
					    : "closed before the greeting");
		leave(c);
		return;
	}
	for (ssize_t i = 0; i < n; i++) {
		if (c->n < LINE_BYTES - 1)
			c->line[c->n++] = bytes[i];
		if (bytes[i] != '\n')
			continue;
		c->line[c->n] = '\0';
		c->n = 0;
		if (!hear(c))
			return;
	}
}

/* ---- all of them ---- */

static void listen_to_all(int wait_ms)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(loop, events, EVENTS, wait_ms);

	for (int i = 0; i < n; i++)
		on_client(events[i].data.ptr);
}

static void drop_lost(void)
{
	uint64_t now = now_ns();

	for (size_t i = 0; i < clients_n; i++) {
		struct client *c = &clients[i];

		if (c->fd < 0 || now - c->began_ns < PATIENCE_NS || (c->slow && c->greeted))
			continue;
		failed("no answer in time");
		leave(c);
	}
}

/* How many of @rate a second should have come by now. */
static unsigned long due(unsigned rate, uint64_t since_ns)
{
	return (unsigned long)((now_ns() - since_ns) / 1000 * rate / 1000000);
}

static void run(void)
{
	uint64_t began = now_ns(), end = began + want.seconds * UINT64_C(1000000000);
	unsigned long ramp = 0;

	while (now_ns() < end) {
		for (; ramp < due(RAMP, began); ramp++)
			if (seen.slow_now < want.slow)
				come(true);
		while (seen.quick < due(want.rate, began) && seen.quick_now < clients_n - want.slow)
			if (!come(false))
				break;
		listen_to_all(1);
	}
	/* Those who are there still get their answer. */
	end = now_ns() + PATIENCE_NS + 1000000000;
	while ((seen.quick_now || seen.slow_now > seen.slow_there) && now_ns() < end) {
		listen_to_all(10);
		drop_lost();
	}
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static double share_ms(double share)
{
	return took_n ? took_us[(size_t)(share * (double)(took_n - 1))] / 1000.0 : 0;
}

static void report(void)
{
	if (took_n)
		qsort(took_us, took_n, sizeof(*took_us), compare);
	printf("{\"slow\":%lu,\"slow_answered\":%lu,\"slow_most\":%u,\"quick\":%lu,"
	       "\"quick_answered\":%lu,\"quick_quit\":%lu,\"first_failure\":\"%s\",\"p50_ms\":%.1f,"
	       "\"p99_ms\":%.1f,"
	       "\"most_ms\":%.1f}\n",
	       seen.slow, seen.slow_answered, seen.slow_most, seen.quick, seen.quick_answered,
	       seen.quick_quit, seen.first_failure, share_ms(0.5), share_ms(0.99), share_ms(1));
}

static bool prepare(void)
{
	struct rlimit limit;

	clients_n = want.slow + QUICK_MOST;
	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
		if (limit.rlim_max < clients_n + DESCRIPTORS)
			clients_n = limit.rlim_max - DESCRIPTORS;
	}
	if (clients_n <= want.slow)
		return false;
	clients = calloc(clients_n, sizeof(*clients));
	loop = epoll_create1(EPOLL_CLOEXEC);
	if (!clients || loop < 0)
		return false;
	for (size_t i = clients_n; i--;) {
		clients[i].fd = -1;
		clients[i].next = idle;
		idle = &clients[i];
	}
	return true;
}

static int usage(void)
{
	fputs("usage: deskload [-d SECONDS] [-c SLOW] [-r RATE] [-s SOURCE] [-n SOURCES]\n"
	      "                [-w CODE] [-p PORT] DESTINATION\n",
	      stderr);
	return 2;
}

static bool read_options(int argc, char **argv)
{
	struct in_addr address;
	uint16_t port = 25;
	int option;

	while ((option = getopt(argc, argv, "d:c:r:s:n:w:p:")) != -1) {
		unsigned number = optarg ? (unsigned)strtoul(optarg, NULL, 10) : 0;

		if (option == 'd')
			want.seconds = number;
		else if (option == 'c')
			want.slow = number;
		else if (option == 'r')
			want.rate = number;
		else if (option == 'n' && number)
			want.sources = number;
		else if (option == 'w')
			want.code = optarg;
		else if (option == 'p')
			port = (uint16_t)number;
		else if (option == 's' && inet_pton(AF_INET, optarg, &address) == 1)
			want.source = ntohl(address.s_addr);
		else
			return false;
	}
	want.to.sin_family = AF_INET;
	want.to.sin_port = htons(port);
	return optind + 1 == argc && inet_pton(AF_INET, argv[optind], &want.to.sin_addr) == 1;
}

int main(int argc, char **argv)
{
	if (!read_options(argc, argv))
		return usage();
	if (!prepare()) {
		perror("deskload");
		return 1;
	}
	run();
	report();
	free(clients);
	free(took_us);
	return 0;
}
