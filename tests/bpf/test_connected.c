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
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/connected.h"
#include "tests/support/dns_server.h"

#define PORT 2525

static int listener, client, served;
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
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };

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

static int look(uint16_t port)
{
	peers = 0;
	return sw_connected_each(port, take, &peers);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_families),
		cmocka_unit_test(one_that_we_closed),
	};

	return cmocka_run_group_tests_name("connected", tests, setup, NULL);
}
