/* SPDX-License-Identifier: GPL-2.0-only */
/* Who has a connection, by the kernel's word: in a network namespace of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "daemon/connected.h"
#include "daemon/kill.h"
#include "tests/support/dns_server.h"

#define PORT 2525

static int listener, client, served;
static uint16_t served_port = PORT;
static unsigned peers, most;
static struct sw_prefix last;

/* On both families, so that one of IPv4 is ::ffff:127.0.0.1. */
static int setup(void **state)
{
	struct sockaddr_in6 at = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };

	if (!dns_server_namespace()) {
		*state = (void *)"needs root to make a network namespace";
		return 0;
	}
	listener = socket(AF_INET6, SOCK_STREAM, 0);
	return bind(listener, (struct sockaddr *)&at, sizeof(at)) || listen(listener, 8);
}

static void open_connection(int family)
{
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(served_port) };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(served_port) };

	four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	six.sin6_addr = in6addr_loopback;
	client = socket(family, SOCK_STREAM, 0);
	if (family == AF_INET)
		assert_int_equal(connect(client, (struct sockaddr *)&four, sizeof(four)), 0);
	else
		assert_int_equal(connect(client, (struct sockaddr *)&six, sizeof(six)), 0);
	served = accept(listener, NULL, NULL);
	assert_true(served >= 0);
}

static int take(void *ctx, const struct sw_prefix *peer)
{
	assert_ptr_equal(ctx, &peers);
	last = *peer;
	return ++peers == most ? 77 : 0;
}

static int look(uint16_t at)
{
	peers = 0;
	return sw_connected_each(at, take, &peers);
}

static void need(void **state)
{
	if (*state) {
		print_message("%s\n", (const char *)*state);
		skip();
	}
	if (look(PORT) == -ENOENT) {
		print_message("this kernel has no tcp_diag\n");
		skip();
	}
}

static void both_families(void **state)
{
	need(state);
	assert_int_equal(look(PORT), 0);
	assert_int_equal(peers, 0); /* one that listens is no connection */
	open_connection(AF_INET);
	assert_int_equal(look(PORT), 0);
	assert_int_equal(peers, 1);
	assert_int_equal(last.family, 4);
	assert_int_equal(last.lo, INADDR_LOOPBACK);
	assert_int_equal(last.len, 32);
	assert_int_equal(look(PORT + 1), 0);
	assert_int_equal(peers, 0);
	open_connection(AF_INET6);
	most = 1;
	assert_int_equal(look(PORT), 77); /* and no further */
	assert_int_equal(peers, 1);
	most = 0;
	assert_int_equal(look(PORT), 0);
	assert_int_equal(peers, 2);
}

static void one_that_we_closed(void **state)
{
	unsigned before;

	need(state);
	assert_int_equal(look(PORT), 0);
	before = peers;
	open_connection(AF_INET6);
	close(served);
	close(client);
	assert_int_equal(look(PORT), 0);
	assert_int_equal(peers, before + 1);
}

/* ---- sessions, and closing them ---- */

static struct sw_connection sessions[64];
static size_t sessions_n;

static int take_session(void *ctx, const struct sw_prefix *peer, const struct sw_connection *c)
{
	last = *peer;
	sessions[sessions_n++ % 64] = *c;
	return 0;
}

static size_t look_for_sessions(void)
{
	sessions_n = 0;
	assert_int_equal(sw_connected_sessions(served_port, take_session, NULL), 0);
	return sessions_n;
}

/* Each of these tests has a port of its own. */
static void begin(void)
{
	struct sockaddr_in6 at = { .sin6_family = AF_INET6 };

	at.sin6_port = htons(++served_port);
	close(listener);
	listener = socket(AF_INET6, SOCK_STREAM, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(listener, 8), 0);
}

static void need_destroy(void **state)
{
	struct sw_err err;

	need(state);
	begin();
	look_for_sessions();
	if (sw_datapath_destroy(sessions, sessions_n, &err) == -EOPNOTSUPP) {
		print_message("%s\n", err.text);
		skip();
	}
}

/* What the server reads of its connection: 0 an end, -errno. */
static int state_of(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_DONTWAIT) < 0 ? -errno : 0;
}

static void sessions_are_closed(void **state)
{
	static const int families[] = { AF_INET, AF_INET6 };
	struct sw_err err;

	need_destroy(state);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(look_for_sessions(), 0);
		open_connection(families[i]);
		assert_int_equal(look_for_sessions(), 1);
		assert_int_equal(last.family, families[i] == AF_INET ? 4 : 6);
		assert_int_equal(state_of(served), -EAGAIN);
		assert_int_equal(sw_datapath_destroy(sessions, 1, &err), 1);
		assert_int_equal(state_of(served), -ECONNABORTED);
		assert_int_equal(state_of(client), -ECONNRESET);
		/* it is gone by now */
		assert_int_equal(sw_datapath_destroy(sessions, 1, &err), 0);
		close(served);
		close(client);
	}
}

static void another_one_of_the_same_name_stays(void **state)
{
	struct sw_connection wrong;
	struct sw_err err;

	need_destroy(state);
	open_connection(AF_INET);
	assert_int_equal(look_for_sessions(), 1);
	wrong = sessions[0];
	wrong.cookie[0] ^= 1;
	assert_int_equal(sw_datapath_destroy(&wrong, 1, &err), 0);
	assert_int_equal(state_of(served), -EAGAIN);
	wrong = sessions[0];
	wrong.family = 77;
	assert_true(sw_datapath_destroy(&wrong, 1, &err) < 0);
	assert_int_equal(sw_datapath_destroy(sessions, SW_DESTROY_MAX + 1, &err), -EINVAL);
	assert_int_equal(sw_datapath_destroy(sessions, 0, &err), 0);
	assert_int_equal(state_of(served), -EAGAIN);
	close(served);
	close(client);
}

/* ---- all that prefixes have open: daemon/kill ---- */

#define MANY 1300 /* more than are kept of a look */

static struct sw_kill_result result;

static void on_done(void *ctx, uint64_t ticket, const struct sw_kill_result *r)
{
	assert_int_equal(ticket, 4711);
	result = *r;
	event_base_loopbreak(ctx);
}

static void kill_of(const struct sw_prefix *prefix, const uint16_t *port, size_t ports)
{
	struct event_base *base = event_base_new();
	struct sw_kill_options options = { .prefix = prefix,
					   .prefixes = 1,
					   .port = port,
					   .ports = ports,
					   .done = on_done,
					   .ctx = base,
					   .ticket = 4711 };
	struct sw_kill *k;
	struct sw_err err;

	assert_int_equal(sw_kill_open(base, &k), 0);
	assert_int_equal(sw_kill_start(k, &options, &err), 0);
	event_base_dispatch(base);
	sw_kill_close(k);
	event_base_free(base);
}

static void many_are_closed_in_turns(void **state)
{
	const struct sw_prefix here = sw_prefix_ip4(INADDR_LOOPBACK, 32);
	uint16_t ports[2] = { 1 };
	const struct rlimit files = { 4096, 4096 };
	int fd[MANY][2], other;

	need_destroy(state);
	if (setrlimit(RLIMIT_NOFILE, &files))
		skip();
	ports[1] = served_port;
	open_connection(AF_INET6);
	other = served;
	for (unsigned i = 0; i < MANY; i++) {
		open_connection(AF_INET);
		fd[i][0] = client;
		fd[i][1] = served;
		if (i % 3 == 0)
			shutdown(client, SHUT_WR); /* half closed ones are sessions, too */
	}
	kill_of(&here, ports, 1);
	assert_int_equal(result.code, 0);
	assert_int_equal(result.killed, 0);
	kill_of(&here, ports, 2);
	assert_int_equal(result.code, 0);
	assert_int_equal(result.killed, MANY);
	assert_int_equal(state_of(other), -EAGAIN);
	for (unsigned i = 0; i < MANY; i++) {
		close(fd[i][0]);
		close(fd[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_families),
		cmocka_unit_test(one_that_we_closed),
		cmocka_unit_test(sessions_are_closed),
		cmocka_unit_test(another_one_of_the_same_name_stays),
		cmocka_unit_test(many_are_closed_in_turns),
	};

	return cmocka_run_group_tests_name("connected", tests, setup, NULL);
}
