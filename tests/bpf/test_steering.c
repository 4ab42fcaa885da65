/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Steering on a real network: senders in a namespace of their own, over a veth; a mail server
 * and a desk that are sockets of this process. What is attached stays when its process goes,
 * moves to new maps without a gap, and goes with the last interface.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <bpf/bpf.h>

#include "datapath/datapath.h"

#define PIN_DIR "/sys/fs/bpf/synward"
#define TEXT(number) #number
#define VERSION(number) "/v" TEXT(number)
#define PINS PIN_DIR VERSION(SW_ABI_VERSION)
#define LINK PINS "/sw_steer"

static const struct sw_datapath_size small = {
	.table4_blocks = 4096, .table6_blocks = 1024, .bucket_lines = 1024, .verdicts = 1024
};
static const struct sw_datapath_size large = {
	.table4_blocks = 8192, .table6_blocks = 1024, .bucket_lines = 1024, .verdicts = 1024
};
static const struct sw_class classes[SW_CLASS_MAX] = {
	[SW_CLASS_UNLISTED] = { .action = SW_ACTION_PASS, .name = "unlisted" },
	[SW_CLASS_FIRST_LIST] = { .action = SW_ACTION_REJECT, .name = "reject" },
};
static const struct sw_entry4 flat4[] = {
	{ .addr = 0x05010000, .len = 16, .class = SW_CLASS_FIRST_LIST },
	{ .addr = 0x7f000000, .len = 8, .class = SW_CLASS_FIRST_LIST }, /* loopback */
};
static const struct sw_entry6 flat6[] = {
	{ .hi = 0x2a01000000000000, .len = 16, .class = SW_CLASS_FIRST_LIST },
};
static const uint16_t ports[] = { 25, 587 };
static const struct sw_datapath_rules rules = { .class = classes,
						.flat4 = flat4,
						.flat4_n = 2,
						.flat6 = flat6,
						.flat6_n = 1,
						.ports = ports,
						.ports_n = 2 };

static int home, away; /* network namespaces: of the mail server, of the senders */
static pid_t resident; /* so that a cable can be laid to the senders */
static int mail4, mail6, desk4, desk6; /* they listen */
static struct sw_err err;

/* ---- the lab ---- */

static int run(const char *command)
{
	int status = system(command);

	if (status)
		print_error("%s: status %d\n", command, status);
	return status;
}

static int make_away(void)
{
	char command[64];

	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (home < 0 || unshare(CLONE_NEWNET))
		return -1;
	away = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	resident = fork();
	if (resident == 0) {
		pause();
		_exit(0);
	}
	if (away < 0 || resident < 0 || setns(home, CLONE_NEWNET))
		return -1;
	snprintf(command, sizeof(command), "ip link set sw1 netns %d", (int)resident);
	return run("ip link add sw0 type veth peer name sw1") || run(command);
}

static const char *const no_waiting =
	"for f in all default; do echo 0 > /proc/sys/net/ipv6/conf/$f/accept_dad; "
	"echo 0 > /proc/sys/net/ipv4/conf/$f/rp_filter; done; ip link set lo up";

static int make_lab(void **unused)
{
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL) || make_away()) {
		print_error("cannot make namespaces: %s; this test needs root\n", strerror(errno));
		return -1;
	}
	if (run(no_waiting) ||
	    run("ip addr add 192.0.2.25/24 dev sw0 && "
		"ip addr add 2001:db8::25/64 dev sw0 nodad && ip link set sw0 up && "
		"ip route add 5.0.0.0/8 dev sw0 && ip route add 2a00::/8 via 2001:db8::1"))
		return -1;
	if (setns(away, CLONE_NEWNET) || run(no_waiting) ||
	    run("ip addr add 192.0.2.1/24 dev sw1 && "
		"ip addr add 2001:db8::1/64 dev sw1 nodad && ip link set sw1 up && "
		"ip addr add 5.1.0.1/32 dev sw1 && ip addr add 5.9.0.1/32 dev sw1 && "
		"ip addr add 2a01::1/128 dev lo nodad && ip addr add 2a09::1/128 dev lo nodad"))
		return -1;
	return setns(home, CLONE_NEWNET);
}

static int remove_lab(void **unused)
{
	kill(resident, SIGKILL);
	waitpid(resident, NULL, 0);
	close(home);
	close(away);
	return 0;
}

/* ---- sockets ---- */

struct address {
	union {
		struct sockaddr any;
		struct sockaddr_in ip4;
		struct sockaddr_in6 ip6;
	};
	socklen_t bytes;
};

static struct address address(const char *text, uint16_t port)
{
	struct address a;

	memset(&a, 0, sizeof(a));
	if (strchr(text, ':')) {
		a.ip6.sin6_family = AF_INET6;
		a.ip6.sin6_port = htons(port);
		a.bytes = sizeof(a.ip6);
		assert_int_equal(inet_pton(AF_INET6, text, &a.ip6.sin6_addr), 1);
	} else {
		a.ip4.sin_family = AF_INET;
		a.ip4.sin_port = htons(port);
		a.bytes = sizeof(a.ip4);
		assert_int_equal(inet_pton(AF_INET, text, &a.ip4.sin_addr), 1);
	}
	return a;
}

static int listener(const char *at, uint16_t port)
{
	struct address a = address(at, port);
	int one = 1, fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (a.any.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (bind(fd, &a.any, a.bytes) || listen(fd, 16))
		fail_msg("%s port %u: %s", at, port, strerror(errno));
	return fd;
}

/* A connection from @source, in the senders' namespace. -errno. */
static int connect_from(const char *source, const char *to, uint16_t port, int net)
{
	struct address from = address(source, 0), dest = address(to, port);
	const struct timeval patience = { .tv_sec = 5 };
	int fd, code;

	assert_int_equal(setns(net, CLONE_NEWNET), 0);
	fd = socket(from.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(setns(home, CLONE_NEWNET), 0);
	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (bind(fd, &from.any, from.bytes))
		fail_msg("bind to %s: %s", source, strerror(errno));
	code = connect(fd, &dest.any, dest.bytes) ? -errno : fd;
	if (code < 0)
		close(fd);
	return code;
}

static bool is_from(const struct address *a, const char *text)
{
	char buf[INET6_ADDRSTRLEN];

	inet_ntop(a->any.sa_family,
		  a->any.sa_family == AF_INET ? (const void *)&a->ip4.sin_addr
					      : (const void *)&a->ip6.sin6_addr,
		  buf, sizeof(buf));
	return !strcmp(buf, text);
}

/* Take the connection of @source from @listening, with the true addresses at both ends. */
static void expect_accept(int listening, const char *source, const char *to)
{
	struct address peer = { .bytes = sizeof(peer.ip6) }, local = { .bytes = sizeof(local.ip6) };
	struct pollfd p = { .fd = listening, .events = POLLIN };
	int fd;

	assert_int_equal(poll(&p, 1, 2000), 1);
	fd = accept(listening, &peer.any, &peer.bytes);
	assert_true(fd >= 0);
	assert_int_equal(getsockname(fd, &local.any, &local.bytes), 0);
	assert_true(is_from(&peer, source) && is_from(&local, to));
	close(fd);
}

static void expect_nobody(int listening)
{
	struct pollfd p = { .fd = listening, .events = POLLIN };

	assert_int_equal(poll(&p, 1, 0), 0);
}

enum who { MAIL, DESK };

static void expect(const char *source, enum who who)
{
	bool four = !strchr(source, ':');
	const char *to = four ? "192.0.2.25" : "2001:db8::25";
	int mail = four ? mail4 : mail6, desk = four ? desk4 : desk6;
	int fd = connect_from(source, to, 25, away);

	if (fd < 0)
		fail_msg("%s cannot connect: %s", source, strerror(-fd));
	expect_accept(who == DESK ? desk : mail, source, to);
	expect_nobody(who == DESK ? mail : desk);
	close(fd);
}

static void expect_rejected_get(enum who who)
{
	expect("5.1.0.1", who);
	expect("2a01::1", who);
	expect("5.9.0.1", MAIL);
	expect("2a09::1", MAIL);
}

static int setup(void **unused)
{
	mail4 = listener("0.0.0.0", 25);
	mail6 = listener("::", 25);
	desk4 = listener("127.0.0.1", 0);
	desk6 = listener("::1", 0);
	return 0;
}

static int teardown(void **unused)
{
	close(mail4);
	close(mail6);
	close(desk4);
	close(desk6);
	sw_datapath_detach("sw0", NULL);
	return sw_datapath_unpin(PIN_DIR, NULL);
}

/* ---- the filter ---- */

static struct sw_datapath *attach(const struct sw_datapath_size *size)
{
	struct sw_datapath *dp = NULL;
	int code = sw_datapath_open(PIN_DIR, SW_DATAPATH_WRITE, size, &dp, &err);

	if (!code)
		code = sw_datapath_apply(dp, &rules, &err);
	if (!code)
		code = sw_datapath_attach(dp, "sw0", SW_MODE_NATIVE, &err);
	if (!code)
		code = sw_datapath_commit(dp, &err);
	if (!code)
		code = sw_datapath_steering(dp, &err);
	if (code)
		fail_msg("%s", err.text);
	return dp;
}

static void open_desk(struct sw_datapath *dp)
{
	if (sw_datapath_desk(dp, 4, desk4, &err) || sw_datapath_desk(dp, 6, desk6, &err))
		fail_msg("%s", err.text);
}

static struct sw_datapath_info read_info(void)
{
	struct sw_datapath_info info;
	struct sw_datapath *reader;

	if (sw_datapath_open(PIN_DIR, SW_DATAPATH_READ, NULL, &reader, &err))
		fail_msg("%s", err.text);
	sw_datapath_info(reader, &info);
	sw_datapath_close(reader);
	return info;
}

static uint32_t link_number(void)
{
	struct bpf_link_info info = { 0 };
	__u32 len = sizeof(info);
	int fd = bpf_obj_get(LINK);

	if (fd < 0)
		return 0;
	assert_int_equal(bpf_obj_get_info_by_fd(fd, &info, &len), 0);
	close(fd);
	return info.id;
}

/* ---- tests ---- */

static void the_desk_gets_what_is_rejected_and_nothing_else(void **unused)
{
	struct sw_datapath *dp = attach(&small);
	struct sw_datapath_info info;
	uint64_t reasons[SW_REASON_MAX];
	int fd;

	expect_rejected_get(MAIL);
	open_desk(dp);
	expect_rejected_get(DESK);
	/* a port that is served and on which no mail server listens */
	fd = connect_from("5.1.0.1", "192.0.2.25", 587, away);
	assert_true(fd >= 0);
	expect_accept(desk4, "5.1.0.1", "192.0.2.25");
	close(fd);
	assert_int_equal(connect_from("5.9.0.1", "192.0.2.25", 587, away), -ECONNREFUSED);
	assert_int_equal(connect_from("5.1.0.1", "192.0.2.25", 26, away), -ECONNREFUSED);
	assert_int_equal(sw_datapath_reasons(dp, reasons), 0);
	assert_int_equal(reasons[SW_REASON_STEERED], 3);
	assert_int_equal(reasons[SW_REASON_REJECT_PASSED], 2);
	info = read_info();
	assert_true(info.steering && info.desk[SW_DESK_IPV4] && info.desk[SW_DESK_IPV6]);
	sw_datapath_close(dp);
}

static void this_machine_is_not_steered(void **unused)
{
	struct sw_datapath *dp = attach(&small);
	int fd;

	open_desk(dp);
	fd = connect_from("127.0.0.1", "127.0.0.1", 25, home);
	assert_true(fd >= 0);
	expect_accept(mail4, "127.0.0.1", "127.0.0.1");
	expect_nobody(desk4);
	close(fd);
	sw_datapath_close(dp);
}

static void it_goes_on_without_the_one_who_attached_it(void **unused)
{
	struct sw_datapath *dp = attach(&small);

	open_desk(dp);
	sw_datapath_close(dp);
	expect_rejected_get(DESK);
	close(desk4);
	close(desk6);
	desk4 = listener("127.0.0.1", 0);
	desk6 = listener("::1", 0);
	expect_rejected_get(MAIL);
	assert_true(read_info().steering && !read_info().desk[SW_DESK_IPV4]);
	/* a new daemon, on the same maps */
	dp = attach(&small);
	open_desk(dp);
	expect_rejected_get(DESK);
	sw_datapath_close(dp);
}

static void new_maps_take_link_and_desk_over(void **unused)
{
	struct sw_datapath *dp = attach(&small), *next;
	uint32_t number = link_number();

	assert_true(number > 0);
	open_desk(dp);
	next = attach(&large);
	assert_int_equal(link_number(), number);
	sw_datapath_close(dp);
	expect_rejected_get(DESK);
	assert_true(read_info().steering && read_info().desk[SW_DESK_IPV6]);
	assert_true(access(PINS "_new", F_OK) != 0);
	sw_datapath_close(next);
	expect_rejected_get(DESK);
}

/* What another ABI left; the desk comes again by itself when the daemon is a new one. */
static void another_version_takes_the_link_over(void **unused)
{
	struct sw_datapath *dp = attach(&small);
	uint32_t number = link_number();

	open_desk(dp);
	sw_datapath_close(dp);
	assert_int_equal(rename(PINS, PIN_DIR "/v99"), 0);
	expect_rejected_get(DESK);
	dp = attach(&small);
	assert_int_equal(link_number(), number);
	assert_true(access(PIN_DIR "/v99", F_OK) != 0);
	expect_rejected_get(MAIL);
	open_desk(dp);
	expect_rejected_get(DESK);
	sw_datapath_close(dp);
}

static void it_goes_with_the_filter(void **unused)
{
	struct sw_datapath *dp = attach(&small);

	open_desk(dp);
	assert_int_equal(sw_datapath_elsewhere(PIN_DIR), 0); /* the one here is no filter */
	assert_int_equal(sw_datapath_detach("sw0", &err), 0);
	assert_int_equal(sw_datapath_elsewhere(PIN_DIR), 0);
	assert_int_equal(sw_datapath_unsteer(PIN_DIR, &err), 0);
	assert_int_equal(sw_datapath_unsteer(PIN_DIR, &err), 0);
	expect_rejected_get(MAIL);
	assert_false(read_info().steering);
	/* again, and all of it at once */
	sw_datapath_close(dp);
	dp = attach(&small);
	expect_rejected_get(DESK);
	sw_datapath_close(dp);
	assert_int_equal(sw_datapath_detach("sw0", &err), 0);
	assert_int_equal(sw_datapath_unpin(PIN_DIR, &err), 0);
	expect_rejected_get(MAIL);
}

static void the_pin_of_another_network_is_not_ours(void **unused)
{
	struct sw_datapath *dp = attach(&small);
	uint32_t number = link_number();

	sw_datapath_close(dp);
	assert_int_equal(setns(away, CLONE_NEWNET), 0);
	assert_false(read_info().steering);
	assert_int_equal(setns(home, CLONE_NEWNET), 0);
	assert_true(read_info().steering);
	assert_int_equal(link_number(), number);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_desk_gets_what_is_rejected_and_nothing_else),
		TEST(this_machine_is_not_steered),
		TEST(it_goes_on_without_the_one_who_attached_it),
		TEST(new_maps_take_link_and_desk_over),
		TEST(another_version_takes_the_link_over),
		TEST(it_goes_with_the_filter),
		TEST(the_pin_of_another_network_is_not_ours),
	};

	return cmocka_run_group_tests(tests, make_lab, remove_lab);
}
