/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench_steer - what it costs those who are not turned away that others are: connections from
 * random sources of which nothing is said, over a veth to a socket that accepts them, with the
 * program that steers on the network namespace and without, in turns.
 *
 * Client and server are one thread: what is timed is connect, accept and both ends closed, by
 * the time of the processor, in which the kernel's part for both is. Sockets are made and bound
 * before. The filter is on the veth, filled with a million prefixes that reject, in both cases.
 *
 * usage: bench_steer JSON-FILE [quick]
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "commands.h"
#include "datapath/datapath.h"
#include "figures.h"
#include "lists.h"
#include "live.h"
#include "tests/support/random.h"

#define PINS "/sys/fs/bpf/synward"
#define SEED 20261127
#define LISTED 1000000
#define BATCH 400 /* sockets at a time */
#define BATCHES 4 /* in a round */
#define ROUNDS 41
#define ALONE 200000 /* test-runs of the program alone */

static int home, away; /* network namespaces */
static int mail, desk; /* they listen */
static struct bench_list list;
static struct sw_datapath *dp;
static uint64_t seed = SEED;
static struct sw_err err;

/* ---- two namespaces ---- */

static void enter(int net)
{
	if (setns(net, CLONE_NEWNET))
		bench_die("setns");
}

static int here(void)
{
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		bench_die("/proc/self/ns/net");
	return fd;
}

/* Somebody has to be there for a cable to be laid to. */
static void settle(char pid[16])
{
	pid_t child = fork();

	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
		_exit(0);
	}
	if (child < 0)
		bench_die("fork");
	snprintf(pid, 16, "%d", (int)child);
}

static void use_any_source(void)
{
	BENCH_COMMAND("sh", "-c", "echo 0 > /proc/sys/net/ipv4/conf/all/rp_filter");
	BENCH_COMMAND("sh", "-c", "echo 0 > /proc/sys/net/ipv4/conf/default/rp_filter");
	BENCH_COMMAND("ip", "link", "set", "lo", "up");
}

static void lay_cable(void)
{
	char pid[16];

	bench_live_enter();
	home = here();
	if (unshare(CLONE_NEWNET))
		bench_die("a network namespace");
	away = here();
	settle(pid);
	enter(home);
	use_any_source();
	BENCH_COMMAND("ip", "link", "add", "m0", "type", "veth", "peer", "name", "s0", "netns",
		      pid);
	BENCH_COMMAND("ip", "addr", "add", "192.0.2.25/24", "dev", "m0");
	BENCH_COMMAND("ip", "link", "set", "m0", "up");
	BENCH_COMMAND("ip", "route", "add", "0.0.0.0/1", "via", "192.0.2.1");
	enter(away);
	use_any_source();
	BENCH_COMMAND("ip", "addr", "add", "192.0.2.1/24", "dev", "s0");
	BENCH_COMMAND("ip", "link", "set", "s0", "up");
	BENCH_COMMAND("ip", "route", "add", "local", "0.0.0.0/1", "dev", "lo");
	enter(home);
}

/* ---- the filter ---- */

static void attach(void)
{
	static const uint16_t ports[] = { 25 };
	static struct sw_class classes[SW_CLASS_MAX] = {
		[SW_CLASS_UNLISTED] = { .action = SW_ACTION_PASS, .name = "unlisted" },
		[BENCH_CLASS] = { .action = SW_ACTION_REJECT, .name = "bench" },
	};
	const struct sw_datapath_size size = { .table4_blocks = 1u << 20,
					       .table6_blocks = 1024,
					       .bucket_lines = 1024 };
	const struct sw_datapath_rules rules = { .class = classes,
						 .flat4 = list.four,
						 .flat4_n = list.n,
						 .ports = ports,
						 .ports_n = 1 };

	if (sw_datapath_open(PINS, SW_DATAPATH_WRITE, &size, &dp, &err) ||
	    sw_datapath_apply(dp, &rules, &err) ||
	    sw_datapath_attach(dp, "m0", SW_MODE_NATIVE, &err))
		bench_void("%s", err.text);
}

static void steer(bool with)
{
	int code = with ? sw_datapath_commit(dp, &err) : sw_datapath_unsteer(PINS, &err);

	if (!code && with)
		code = sw_datapath_steering(dp, &err);
	if (code)
		bench_void("%s", err.text);
}

/* ---- sockets ---- */

static int listener(const char *at, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (inet_pton(AF_INET, at, &a.sin_addr) != 1 || fd < 0 ||
	    bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, BATCH))
		bench_die("a socket that listens");
	return fd;
}

/* One to which nothing waits after it is closed, bound to @source; of the senders' side. */
static int sender(uint32_t source)
{
	const struct linger at_once = { .l_onoff = 1 };
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(source) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)) ||
	    bind(fd, (struct sockaddr *)&a, sizeof(a)))
		bench_die("a socket of a sender");
	return fd;
}

/* From 1.0.0.0 to 126.255.255.255; @listed: in the list, or not. */
static uint32_t some_source(bool listed)
{
	for (;;) {
		struct sw_datapath_found found;
		uint32_t address = (uint32_t)sw_random(&seed) >> 1;
		struct sw_prefix p = sw_prefix_ip4(address, 32);

		if (address >> 24 == 0 || address >> 24 == 127)
			continue;
		sw_datapath_lookup(dp, &p, 0, &found);
		if ((found.class == BENCH_CLASS) == listed)
			return address;
	}
}

static void make_senders(int fd[BATCH])
{
	enter(away);
	for (int i = 0; i < BATCH; i++)
		fd[i] = sender(some_source(false));
	enter(home);
}

/* ---- connections ---- */

/* The other end is closed first, by a reset: nobody waits for anybody. */
static void connect_once(int fd, int listening)
{
	static const struct sockaddr_in to = { .sin_family = AF_INET,
					       .sin_port = __builtin_bswap16(25),
					       .sin_addr.s_addr = __builtin_bswap32(0xc0000219) };
	int accepted;

	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)))
		bench_die("connect");
	accepted = accept(listening, NULL, NULL);
	if (accepted < 0)
		bench_void("a connection was given to somebody else: %s", strerror(errno));
	close(fd);
	close(accepted);
}

/* Seconds of the processor, softirqs that it did meanwhile included. */
static double spent_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Nanoseconds for a connection, the mean of a round. */
static double measure(void)
{
	static int fd[BATCH];
	double spent = 0;

	for (int b = 0; b < BATCHES; b++) {
		double start;

		make_senders(fd);
		start = spent_now();
		for (int i = 0; i < BATCH; i++)
			connect_once(fd[i], mail);
		spent += spent_now() - start;
	}
	return spent * 1e9 / (BATCH * BATCHES);
}

/* It does steer, or does not. */
static void check(bool with)
{
	int fd;

	enter(away);
	fd = sender(some_source(true));
	enter(home);
	connect_once(fd, with ? desk : mail);
}

/* The program alone, and what it asks of the table is in the caches. */
static double alone(void)
{
	struct bpf_sk_lookup in = { .family = AF_INET, .protocol = IPPROTO_TCP, .local_port = 25 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &in, .ctx_size_in = sizeof(in),
		    .repeat = ALONE);
	struct bpf_link_info info = { 0 };
	__u32 len = sizeof(info);
	char path[128];
	int link, program;

	snprintf(path, sizeof(path), PINS "/v%d/sw_steer", SW_ABI_VERSION);
	link = bpf_obj_get(path);
	if (link < 0 || bpf_obj_get_info_by_fd(link, &info, &len))
		bench_die(path);
	program = bpf_prog_get_fd_by_id(info.prog_id);
	in.remote_ip4 = htonl(some_source(false));
	if (program < 0 || bpf_prog_test_run_opts(program, &opts))
		bench_die("a test-run of what steers");
	close(program);
	close(link);
	return opts.duration;
}

int main(int argc, char **argv)
{
	static const char *const who[] = { "without steering", "with steering" };
	const char *what = "a connection that is not steered";

	if (argc < 2) {
		fputs("usage: bench_steer JSON-FILE [quick]\n", stderr);
		return 2;
	}
	bench_start("bench_steer");
	bench_on_cpu(0);
	list = bench_list_new(4, BENCH_MIXED, LISTED);
	lay_cable();
	attach();
	steer(true);
	mail = listener("0.0.0.0", 25);
	desk = listener("127.0.0.1", 0);
	if (sw_datapath_desk(dp, 4, desk, &err))
		bench_void("%s", err.text);
	for (int round = 0; round < (argc > 2 ? 11 : ROUNDS); round++)
		for (int with = 0; with < 2; with++) {
			steer(with);
			check(with);
			measure(); /* the caches are its own now */
			bench_record(list.name, what, who[with], "ns", measure());
			if (with)
				bench_record(list.name, "what steers, alone", "synward", "ns",
					     alone());
		}
	sw_datapath_close(dp);
	bench_list_free(&list);
	bench_write(argv[1]);
	return 0;
}
