/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who gets a connection: the desk or the mail server, for every action, family, end of a
 * verdict and silence of the daemon, through BPF_PROG_TEST_RUN. The clock is the test's; the
 * desk is a socket that listens.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/bpf.h>

#include "support/card.h"
#include "support/random.h"

#define SEED 20261126
#define S 1000000000ull
#define T0 (1000000 * S) /* some time after the boot */

static const struct sw_entry4 flat4[] = {
	{ .addr = 0x05010000, .len = 16, .class = CARD_REJECT }, /* 5.1.0.0/16 */
	{ .addr = 0x05020000, .len = 16, .class = CARD_SHADOW_REJECT },
	{ .addr = 0x05030000, .len = 16, .class = CARD_DROP },
	{ .addr = 0x05040000, .len = 16, .class = CARD_LIMIT },
	{ .addr = 0x05050000, .len = 16, .class = CARD_PASS },
	{ .addr = 0x05060000, .len = 16, .class = CARD_ALLOW },
};
static const struct sw_entry6 flat6[] = {
	{ .hi = 0x2a01000000000000, .len = 16, .class = CARD_REJECT }, /* 2a01::/16 */
	{ .hi = 0x2a02000000000000, .len = 16, .class = CARD_SHADOW_REJECT },
	{ .hi = 0x2a03000000000000, .len = 16, .class = CARD_DROP },
};

static struct sw_datapath *dp;
static int desk4, desk6; /* what the tests register; not registered by setup */
static struct sw_err err;

/* ---- the card and the sockets of a test ---- */

static int make_net(void **unused)
{
	if (unshare(CLONE_NEWNET)) {
		print_error("cannot make a network namespace: %s; this test needs root\n",
			    strerror(errno));
		return -1;
	}
	return system("ip link set lo up");
}

static int listener(int family)
{
	struct sockaddr_in ip4 = { .sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 ip6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(family == 4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 ||
	    bind(fd, family == 4 ? (void *)&ip4 : (void *)&ip6,
		 family == 4 ? sizeof(ip4) : sizeof(ip6)) ||
	    listen(fd, 16))
		fail_msg("a listening socket: %s", strerror(errno));
	return fd;
}

static uint64_t cookie(int fd)
{
	uint64_t value = 0;
	socklen_t len = sizeof(value);

	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_COOKIE, &value, &len), 0);
	return value;
}

static int setup(void **unused)
{
	const struct sw_datapath_size size = {
		.table4_blocks = 4096, .table6_blocks = 1024, .bucket_lines = 64, .verdicts = 1024
	};
	struct sw_class rows[SW_CLASS_MAX];

	card_rows(rows);
	if (card_open(&size, &dp) ||
	    card_apply(dp, &(struct card_lists){ .rows = rows,
						 .flat4 = flat4,
						 .flat4_n = sizeof(flat4) / sizeof(*flat4),
						 .flat6 = flat6,
						 .flat6_n = sizeof(flat6) / sizeof(*flat6) }))
		return -1;
	sw_datapath_alive(dp, T0);
	desk4 = listener(4);
	desk6 = listener(6);
	return 0;
}

static int teardown(void **unused)
{
	dp = sw_datapath_close(dp);
	close(desk4);
	close(desk6);
	return 0;
}

static void open_desk(void)
{
	assert_int_equal(sw_datapath_desk(dp, 4, desk4, &err), 0);
	assert_int_equal(sw_datapath_desk(dp, 6, desk6, &err), 0);
}

/* ---- who gets it ---- */

enum who { MAIL, DESK, PASSED };

static uint64_t run(const char *source, uint16_t port, uint64_t now_ns)
{
	struct sw_prefix p = card_prefix(source);
	uint64_t got;
	int code = sw_datapath_run_steer(dp, &p, port, now_ns, &got);

	if (code)
		fail_msg("run_steer: %s", strerror(-code));
	return got;
}

/* MAIL: it is nobody's business here; PASSED: the mail server, for want of a desk. */
static void expect_at(uint64_t now_ns, const char *source, uint16_t port, enum who who)
{
	uint64_t steered = card_reason(dp, SW_REASON_STEERED),
		 passed = card_reason(dp, SW_REASON_REJECT_PASSED);
	uint64_t desk = cookie(strchr(source, ':') ? desk6 : desk4);
	uint64_t got = run(source, port, now_ns);

	if (got != (who == DESK ? desk : 0))
		fail_msg("%s to port %u: not whom it should be", source, port);
	assert_int_equal(card_reason(dp, SW_REASON_STEERED), steered + (who == DESK));
	assert_int_equal(card_reason(dp, SW_REASON_REJECT_PASSED), passed + (who == PASSED));
}

static void expect(const char *source, enum who who)
{
	expect_at(T0, source, 25, who);
}

static void set(const char *source, uint8_t class, uint64_t ends_ns)
{
	struct sw_prefix p = card_prefix(source);

	card_set(dp, &p, class, ends_ns);
}

/* ---- tests ---- */

static void what_rejects_goes_to_the_desk(void **unused)
{
	open_desk();
	expect("5.1.2.3", DESK);
	expect("5.1.255.255", DESK);
	expect("2a01::1", DESK);
	expect("2a01:ffff::9:9", DESK);
	expect_at(T0, "5.1.2.3", 587, DESK);
	expect_at(T0, "2a01::1", 587, DESK);
}

static void nothing_else_does(void **unused)
{
	static const char *const sources[] = { "5.0.255.255", "5.2.0.1", "5.3.0.1",	  "5.4.0.1",
					       "5.5.0.1",     "5.6.0.1", "127.0.0.1",	  "0.0.0.0",
					       "2a02::1",     "2a03::1", "2001:db8::5:1", "::1" };

	open_desk();
	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++)
		expect(sources[i], MAIL);
	expect_at(T0, "5.1.2.3", 26, MAIL);
	expect_at(T0, "5.1.2.3", 0, MAIL);
	expect_at(T0, "5.1.2.3", 65535, MAIL);
	expect_at(T0, "2a01::1", 24, MAIL);
}

static void without_a_desk_the_mail_server_gets_it(void **unused)
{
	expect("5.1.2.3", PASSED);
	expect("2a01::1", PASSED);
	assert_int_equal(sw_datapath_desk(dp, 6, desk6, &err), 0);
	expect("5.1.2.3", PASSED);
	expect("2a01::1", DESK);
	assert_int_equal(sw_datapath_desk(dp, 6, -1, &err), 0);
	assert_int_equal(sw_datapath_desk(dp, 6, -1, &err), 0); /* nobody is there already */
	expect("2a01::1", PASSED);
}

static void the_kernel_forgets_who_is_gone(void **unused)
{
	open_desk();
	expect("5.1.2.3", DESK);
	close(desk4);
	desk4 = listener(4);
	expect("5.1.2.3", PASSED);
	expect("2a01::1", DESK);
	assert_int_equal(sw_datapath_desk(dp, 4, desk4, &err), 0);
	expect("5.1.2.3", DESK);
}

static void another_desk_takes_its_place(void **unused)
{
	int old = desk4;

	open_desk();
	desk4 = listener(4);
	assert_int_equal(sw_datapath_desk(dp, 4, desk4, &err), 0);
	expect("5.1.2.3", DESK);
	close(old);
	expect("5.1.2.3", DESK);
}

static void what_does_not_listen_is_refused(void **unused)
{
	int tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0);
	int file = open("/dev/null", O_RDONLY), pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	open_desk();
	assert_int_equal(sw_datapath_desk(dp, 4, tcp, &err), -EINVAL);
	assert_int_equal(sw_datapath_desk(dp, 4, udp, &err), -EINVAL);
	assert_int_equal(sw_datapath_desk(dp, 4, file, &err), -EINVAL);
	assert_int_equal(sw_datapath_desk(dp, 4, pair[0], &err), -EINVAL);
	assert_int_equal(sw_datapath_desk(dp, 4, desk6, &err), -EINVAL);
	assert_int_equal(sw_datapath_desk(dp, 6, desk4, &err), -EINVAL);
	assert_int_equal(sw_datapath_desk(dp, 4, 999, &err), -EINVAL);
	assert_int_equal(sw_datapath_desk(dp, 5, desk4, &err), -EINVAL);
	expect("5.1.2.3", DESK);
	expect("2a01::1", DESK);
	close(tcp);
	close(udp);
	close(file);
	close(pair[0]);
	close(pair[1]);
}

static void a_verdict_that_ended_steers_no_more(void **unused)
{
	open_desk();
	set("9.9.9.9", SW_CLASS_OPERATOR_REJECT_TEMPORARY, T0 + 10 * S);
	set("2a09:1:2:3::/64", SW_CLASS_OPERATOR_REJECT_TEMPORARY, T0 + 10 * S);
	expect_at(T0 + 9 * S, "9.9.9.9", 25, DESK);
	expect_at(T0 + 9 * S, "2a09:1:2:3:4:5:6:7", 25, DESK);
	expect_at(T0 + 10 * S + S / 100, "9.9.9.9", 25, MAIL);
	expect_at(T0 + 10 * S + S / 100, "2a09:1:2:3:4:5:6:7", 25, MAIL);
	/* what is below it counts then */
	set("5.1.9.9", SW_CLASS_OPERATOR_REJECT_TEMPORARY, T0 + 10 * S);
	set("5.3.9.9", SW_CLASS_OPERATOR_REJECT_TEMPORARY, T0 + 10 * S);
	expect_at(T0, "5.3.9.9", 25, DESK);
	expect_at(T0 + 11 * S, "5.1.9.9", 25, DESK);
	expect_at(T0 + 11 * S, "5.3.9.9", 25, MAIL);
}

static void the_highest_word_counts(void **unused)
{
	open_desk();
	set("5.1.0.0/24", SW_CLASS_OPERATOR_ALLOW, 0);
	set("5.3.0.0/24", SW_CLASS_OPERATOR_REJECT, 0);
	set("5.6.0.1", SW_CLASS_OPERATOR_REJECT, 0);
	expect("5.1.0.7", MAIL);
	expect("5.1.1.7", DESK);
	expect("5.3.0.7", DESK);
	expect("5.6.0.1", DESK);
	/* from words to silence, and back */
	set("5.1.7.7", SW_CLASS_DESK_DROP, T0 + 10 * S);
	expect("5.1.7.7", MAIL);
	expect_at(T0 + 11 * S, "5.1.7.7", 25, DESK);
}

static void when_the_daemon_is_gone_for_too_long_the_mail_server_gets_it(void **unused)
{
	open_desk();
	expect_at(T0 + 1000 * S, "5.1.2.3", 25, DESK); /* keep */
	sw_datapath_deadman(dp, 60 * S);
	expect_at(T0 + 60 * S, "5.1.2.3", 25, DESK);
	expect_at(T0 + 61 * S, "5.1.2.3", 25, PASSED);
	expect_at(T0 + 61 * S, "2a01::1", 25, PASSED);
	expect_at(T0 + 61 * S, "5.5.0.1", 25, MAIL);
	sw_datapath_alive(dp, T0 + 61 * S);
	expect_at(T0 + 61 * S, "5.1.2.3", 25, DESK);
}

static void info_tells_who_is_there(void **unused)
{
	struct sw_datapath_info info;

	assert_int_equal(sw_datapath_info(dp, &info), 0);
	assert_true(!info.desk[SW_DESK_IPV4] && !info.desk[SW_DESK_IPV6] && !info.steering);
	assert_int_equal(sw_datapath_desk(dp, 6, desk6, &err), 0);
	assert_int_equal(sw_datapath_info(dp, &info), 0);
	assert_true(!info.desk[SW_DESK_IPV4] && info.desk[SW_DESK_IPV6]);
	assert_int_equal(sw_datapath_steering(dp, &err), -ENOENT);
}

/* What the card says of a SYN, and who gets the connection. */
static void expect_agreement(const struct sw_prefix *source, uint64_t now_ns)
{
	struct sw_datapath_run card = card_run(dp, source, now_ns);
	uint64_t got;
	bool rejects;

	assert_int_equal(sw_datapath_run_steer(dp, source, 25, now_ns, &got), 0);
	rejects = card.trace.action == SW_ACTION_REJECT && card.trace.reason == SW_REASON_LISTED;
	assert_true(!rejects || card.xdp == XDP_PASS);
	assert_int_equal(got != 0, rejects);
}

/* Near the lists: 5.0.0.0/13, and a few /64 of 2a00::/13. */
static struct sw_prefix some_source(uint64_t *r)
{
	if (sw_random(r) % 2)
		return sw_prefix_ip4(0x05000000 | (uint32_t)(sw_random(r) % (8 << 16)), 32);
	return sw_prefix_ip6(0x2a00000000000000 | (sw_random(r) % 8) << 48 |
				     (sw_random(r) % 16) << 32,
			     sw_random(r), 128);
}

static void card_and_steering_never_disagree(void **unused)
{
	uint64_t r = SEED;

	open_desk();
	for (int i = 0; i < 300; i++) {
		struct sw_prefix p = some_source(&r);
		uint8_t class = i % 2 ? SW_CLASS_OPERATOR_REJECT_TEMPORARY : SW_CLASS_DESK_DROP;

		p = p.family == 4 ? sw_prefix_ip4((uint32_t)p.lo & 0xffffff00, 24)
				  : sw_prefix_ip6(p.hi, 0, 64);
		card_set(dp, &p, class, T0 + (1 + sw_random(&r) % 20) * S);
	}
	for (int i = 0; i < 20000; i++) {
		struct sw_prefix p = some_source(&r);

		expect_agreement(&p, T0 + sw_random(&r) % 22 * S);
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_rejects_goes_to_the_desk),
		TEST(nothing_else_does),
		TEST(without_a_desk_the_mail_server_gets_it),
		TEST(the_kernel_forgets_who_is_gone),
		TEST(another_desk_takes_its_place),
		TEST(what_does_not_listen_is_refused),
		TEST(a_verdict_that_ended_steers_no_more),
		TEST(the_highest_word_counts),
		TEST(when_the_daemon_is_gone_for_too_long_the_mail_server_gets_it),
		TEST(info_tells_who_is_there),
		TEST(card_and_steering_never_disagree),
	};

	return cmocka_run_group_tests(tests, make_net, NULL);
}
