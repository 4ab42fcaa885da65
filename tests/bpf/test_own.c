/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What must never be blocked, found in a network namespace of this test's own: addresses,
 * gateways of all tables and kinds, SSH connections of those who are logged in; and the
 * watch, which tells of changes and of messages that were lost.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utmpx.h>

#include <cmocka.h>

#include "daemon/own.h"
#include "support/folder.h"

static char *folder;
static struct sw_own_places places;

static int run(const char *command)
{
	int status = system(command);

	if (status)
		print_error("%s: status %d\n", command, status);
	return status;
}

static int make_lab(void **unused)
{
	if (unshare(CLONE_NEWNET)) {
		print_error("cannot make a namespace: %s; this test needs root\n", strerror(errno));
		return -1;
	}
	folder = folder_make();
	places.resolv_conf = strdup(folder_write(folder, "resolv.conf", ""));
	places.utmp = strdup(folder_write(folder, "utmp", ""));
	return run(
		/* no link-local addresses, whose news come seconds later */
		"echo 1 > /proc/sys/net/ipv6/conf/default/addr_gen_mode && "
		"ip link set lo up && ip link add own0 type veth peer name own1 && "
		"ip link set own0 up && ip link set own1 up && "
		"ip addr add 192.0.2.25/24 dev own0 && ip addr add 198.51.100.25/32 dev own0 && "
		"ip addr add 2001:db8::25/64 dev own0 nodad && "
		"ip addr add 192.0.2.1/24 dev own1 && ip addr add 2001:db8:1::1/64 dev own1 nodad");
}

static int remove_lab(void **unused)
{
	free((void *)places.resolv_conf);
	free((void *)places.utmp);
	folder_remove(folder);
	return 0;
}

/* ---- looking ---- */

static void print_note(void *ctx, int level, const char *text)
{
	print_message("# note %d: %s\n", level, text);
}

static struct sw_own look(void)
{
	struct sw_own own;

	assert_int_equal(sw_own_find(&places, print_note, NULL, &own, NULL), 0);
	return own;
}

/* Why @address must not be blocked; "": nothing says so. */
static const char *why(const char *address)
{
	static char words[SW_OWN_WHY];
	struct sw_own own = look();
	struct sw_prefix p;

	assert_int_equal(sw_addr_parse(address, &p), 0);
	words[0] = '\0';
	for (size_t i = 0; i < own.n; i++)
		if (!sw_prefix_cmp(&own.entry[i].prefix, &p))
			memcpy(words, own.entry[i].why, sizeof(words));
	sw_own_done(&own);
	return words;
}

/* ---- addresses and gateways ---- */

static void addresses_of_all_interfaces(void **unused)
{
	assert_string_equal(why("127.0.0.1"), "address of lo");
	assert_string_equal(why("::1"), "address of lo");
	assert_string_equal(why("192.0.2.25"), "address of own0");
	assert_string_equal(why("198.51.100.25"), "address of own0");
	assert_string_equal(why("2001:db8::25"), "address of own0");
	assert_string_equal(why("192.0.2.1"), "address of own1");
	assert_string_equal(why("192.0.2.2"), "");
}

static void default_gateways_of_all_tables(void **unused)
{
	assert_int_equal(run("ip route add default via 192.0.2.254 dev own0 && "
			     "ip route add default via 192.0.2.253 dev own0 table 100 && "
			     "ip route add default via 192.0.2.252 dev own0 metric 500 && "
			     "ip -6 route add default via 2001:db8::fffe dev own0 && "
			     "ip -6 route add default via fe80::1 dev own1 table 77"),
			 0);
	assert_string_equal(why("192.0.2.254"), "default gateway via own0");
	assert_string_equal(why("192.0.2.253"), "default gateway via own0");
	assert_string_equal(why("192.0.2.252"), "default gateway via own0");
	assert_string_equal(why("2001:db8::fffe"), "default gateway via own0");
	assert_string_equal(why("fe80::1"), "default gateway via own1");
}

static void gateways_of_several_paths(void **unused)
{
	assert_int_equal(run("ip route add default metric 7 nexthop via 192.0.2.251 dev own0 "
			     "nexthop via 192.0.2.250 dev own1 && "
			     "ip -6 route add default metric 7 nexthop via 2001:db8::fffd dev own0 "
			     "nexthop via 2001:db8:1::fffd dev own1"),
			 0);
	assert_string_equal(why("192.0.2.251"), "default gateway via own0");
	assert_string_equal(why("192.0.2.250"), "default gateway via own1");
	assert_string_equal(why("2001:db8::fffd"), "default gateway via own0");
	assert_string_equal(why("2001:db8:1::fffd"), "default gateway via own1");
}

/* IPv4 by way of an IPv6 router. */
static void gateways_of_the_other_family(void **unused)
{
	assert_int_equal(run("ip route add default metric 9 via inet6 2001:db8::fffc dev own0"), 0);
	assert_string_equal(why("2001:db8::fffc"), "default gateway via own0");
}

static void other_routes_are_not_gateways(void **unused)
{
	assert_int_equal(run("ip route add 203.0.113.0/24 via 192.0.2.9 dev own0 && "
			     "ip route add blackhole default metric 9999 && "
			     "ip -6 route add 2001:db8:9::/48 via 2001:db8::9 dev own0"),
			 0);
	assert_string_equal(why("192.0.2.9"), "");
	assert_string_equal(why("2001:db8::9"), "");
}

static void an_address_of_ours_is_no_gateway(void **unused)
{
	folder_write(folder, "resolv.conf", "nameserver 127.0.0.1\nnameserver 192.0.2.254\n");
	assert_string_equal(why("127.0.0.1"), "address of lo"); /* found first */
	assert_string_equal(why("192.0.2.254"), "default gateway via own0");
	folder_write(folder, "resolv.conf", "");
}

/* ---- SSH ---- */

/* A connection from @from to @port of @to, both ends of it; closed by the caller. */
struct connection {
	int listener, client, server;
};

static socklen_t fill(struct sockaddr_storage *ret, const char *address, uint16_t port)
{
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)ret;
	struct sockaddr_in *four = (struct sockaddr_in *)ret;

	memset(ret, 0, sizeof(*ret));
	if (inet_pton(AF_INET, address, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons(port);
		return sizeof(*four);
	}
	assert_int_equal(inet_pton(AF_INET6, address, &six->sin6_addr), 1);
	six->sin6_family = AF_INET6;
	six->sin6_port = htons(port);
	return sizeof(*six);
}

static struct connection connect_to(const char *listen_at, const char *from, const char *to,
				    uint16_t port)
{
	struct sockaddr_storage a;
	socklen_t n = fill(&a, listen_at, port);
	struct connection c;
	const int on = 1;

	c.listener = socket(a.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(setsockopt(c.listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	assert_int_equal(bind(c.listener, (struct sockaddr *)&a, n), 0);
	assert_int_equal(listen(c.listener, 1), 0);
	n = fill(&a, from, 0);
	c.client = socket(a.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(c.client, (struct sockaddr *)&a, n), 0);
	n = fill(&a, to, port);
	assert_int_equal(connect(c.client, (struct sockaddr *)&a, n), 0);
	c.server = accept(c.listener, NULL, NULL);
	assert_true(c.server >= 0);
	return c;
}

static void disconnect(struct connection *c)
{
	const struct linger now = { .l_onoff = 1 };

	setsockopt(c->client, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(c->client);
	close(c->server);
	close(c->listener);
}

/* Who is logged in, according to utmp. */
static void log_in(const char *address, short type)
{
	struct utmpx u = { .ut_type = type, .ut_user = "postmaster", .ut_line = "pts/0" };
	unsigned char bytes[16] = { 0 };

	assert_true(inet_pton(AF_INET, address, bytes) == 1 ||
		    inet_pton(AF_INET6, address, bytes) == 1);
	memcpy(u.ut_addr_v6, bytes, sizeof(bytes));
	folder_write_bytes(folder, "utmp", &u, sizeof(u));
}

/* 127.0.0.7 and the like are addresses of lo that nothing lists. */
static void a_peer_who_is_logged_in(void **unused)
{
	struct connection c = connect_to("127.0.0.1", "127.0.0.7", "127.0.0.1", 22);

	log_in("127.0.0.7", USER_PROCESS);
	assert_string_equal(why("127.0.0.7"), "peer of an SSH session");
	disconnect(&c);
	assert_string_equal(why("127.0.0.7"), "");
}

static void a_peer_who_only_connects(void **unused)
{
	struct connection c = connect_to("127.0.0.1", "127.0.0.8", "127.0.0.1", 22);

	log_in("127.0.0.7", USER_PROCESS); /* somebody else */
	assert_string_equal(why("127.0.0.8"), "");
	log_in("127.0.0.8", DEAD_PROCESS); /* was here once */
	assert_string_equal(why("127.0.0.8"), "");
	places.any_ssh_peer = true;
	assert_string_equal(why("127.0.0.8"), "peer of an SSH session");
	places.any_ssh_peer = false;
	disconnect(&c);
}

static void a_peer_by_ipv6_and_of_a_socket_for_both(void **unused)
{
	struct connection c = connect_to("2001:db8::25", "2001:db8:1::1", "2001:db8::25", 22);

	places.any_ssh_peer = true;
	assert_string_equal(why("2001:db8:1::1"), "address of own1"); /* found first */
	disconnect(&c);
	assert_int_equal(run("ip -6 addr add 2001:db8:7::7/128 dev lo nodad"), 0);
	c = connect_to("::", "127.0.0.9", "127.0.0.1", 22);
	assert_string_equal(why("127.0.0.9"), "peer of an SSH session");
	disconnect(&c);
	places.any_ssh_peer = false;
}

static void a_peer_on_the_port_that_the_caller_uses(void **unused)
{
	struct connection c = connect_to("127.0.0.1", "127.0.0.10", "127.0.0.1", 2222);

	places.any_ssh_peer = true;
	assert_string_equal(why("127.0.0.10"), "");
	places.ssh = "127.0.0.11 4000 127.0.0.1 2222";
	assert_string_equal(why("127.0.0.10"), "peer of an SSH session");
	assert_string_equal(why("127.0.0.11"), "peer of an SSH session"); /* the caller */
	places.ssh = NULL;
	places.any_ssh_peer = false;
	disconnect(&c);
}

/* Connections of ours to the port 22 of others are none of theirs to us. */
static void a_session_to_elsewhere_does_not_count(void **unused)
{
	struct connection c = connect_to("127.0.0.12", "127.0.0.1", "127.0.0.12", 22);

	places.any_ssh_peer = true;
	assert_string_equal(why("127.0.0.12"), "");
	places.any_ssh_peer = false;
	disconnect(&c);
}

/* ---- the watch ---- */

static bool readable(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

static int open_watch(void)
{
	struct sw_err err = { "" };
	int fd = sw_own_watch_open(&err);

	assert_true(fd >= 0);
	return fd;
}

static void expect_change(int fd, const char *command)
{
	int changed = 0;

	assert_int_equal(run(command), 0);
	while (!changed && readable(fd, 2000))
		changed = sw_own_watch_read(fd);
	assert_int_equal(changed, 1);
	while (readable(fd, 100)) /* what comes with it */
		assert_true(sw_own_watch_read(fd) >= 0);
}

static void changes_are_told(void **unused)
{
	int fd = open_watch();

	assert_int_equal(sw_own_watch_read(fd), 0);
	expect_change(fd, "ip addr add 192.0.2.77/32 dev own0");
	expect_change(fd, "ip addr del 192.0.2.77/32 dev own0");
	expect_change(fd, "ip -6 addr add 2001:db8::77/128 dev own0 nodad");
	expect_change(fd, "ip route add default via 192.0.2.254 dev own0 table 5");
	expect_change(fd, "ip route del default table 5");
	expect_change(fd, "ip -6 route add default via fe80::9 dev own0 table 5");
	expect_change(fd, "ip link add own2 type veth peer name own3");
	expect_change(fd, "ip link set own2 up");
	expect_change(fd, "ip link set own2 down");
	expect_change(fd, "ip link del own2");
	close(fd);
}

static void other_routes_are_no_change(void **unused)
{
	int fd = open_watch();

	assert_int_equal(run("ip route add 203.0.113.128/25 via 192.0.2.9 dev own0 && "
			     "ip route del 203.0.113.128/25"),
			 0);
	assert_true(readable(fd, 2000));
	assert_int_equal(sw_own_watch_read(fd), 0);
	assert_false(readable(fd, 0)); /* drained */
	close(fd);
}

/* Thousands of messages that nobody took: the kernel throws some away and says so. */
static void lost_messages_are_a_change(void **unused)
{
	const int least = 1;
	int fd = open_watch(), changed = 0;
	FILE *batch = fopen(folder_path(folder, "batch"), "w");
	char command[512];

	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof(least)), 0);
	assert_non_null(batch);
	for (int i = 0; i < 500; i++)
		fprintf(batch,
			"route add 203.0.113.%d/32 dev own0 table 9\n"
			"route del 203.0.113.%d/32 dev own0 table 9\n",
			i % 250, i % 250);
	fclose(batch);
	snprintf(command, sizeof(command), "ip -batch %s", folder_path(folder, "batch"));
	assert_int_equal(run(command), 0);
	while (readable(fd, 100)) {
		int code = sw_own_watch_read(fd);

		assert_true(code >= 0);
		changed |= code;
	}
	assert_int_equal(changed, 1); /* although none of these is one by itself */
	expect_change(fd, "ip addr add 192.0.2.78/32 dev own0"); /* and it works on */
	close(fd);
}

static void a_descriptor_that_is_no_watch_is_an_error(void **unused)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_true(sw_own_watch_read(fd) < 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_of_all_interfaces),
		cmocka_unit_test(default_gateways_of_all_tables),
		cmocka_unit_test(gateways_of_several_paths),
		cmocka_unit_test(gateways_of_the_other_family),
		cmocka_unit_test(other_routes_are_not_gateways),
		cmocka_unit_test(an_address_of_ours_is_no_gateway),
		cmocka_unit_test(a_peer_who_is_logged_in),
		cmocka_unit_test(a_peer_who_only_connects),
		cmocka_unit_test(a_peer_by_ipv6_and_of_a_socket_for_both),
		cmocka_unit_test(a_peer_on_the_port_that_the_caller_uses),
		cmocka_unit_test(a_session_to_elsewhere_does_not_count),
		cmocka_unit_test(changes_are_told),
		cmocka_unit_test(other_routes_are_no_change),
		cmocka_unit_test(lost_messages_are_a_change),
		cmocka_unit_test(a_descriptor_that_is_no_watch_is_an_error),
	};

	return cmocka_run_group_tests(tests, make_lab, remove_lab);
}
