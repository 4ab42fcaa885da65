/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench_dns - questions a second, and what each costs: CPU and memory.
 *
 * A responder of the bench's own on loopback, in a process and on a CPU of its own where
 * there are two, answers everything with one A record. Who asks is a thread that keeps a
 * number of questions under way, each for another name. Its CPU time has all of it in: name,
 * cache, query, system calls, the kernel's way to the responder's socket, answer, callback.
 *
 * Another one who asks is another struct asker.
 *
 * usage: bench_dns JSON-FILE [quick]
 */
#include <arpa/inet.h>
#include <errno.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>

#include "dns/cache.h"
#include "dns/resolver.h"
#include "figures.h"
#include "tests/support/dns_server.h"

#define SERVER "127.0.0.1"
#define BATCH 64
#define NAMES 1000000u

/* ---- the responder ---- */

static size_t answer(uint8_t *m, size_t n)
{
	static const uint8_t record[] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 14, 16, 0, 4, 127, 0, 0, 2 };
	size_t at = 12;

	while (at < n && m[at])
		at += 1u + m[at];
	at += 5;
	if (at > n)
		return 0;
	m[2] = 0x81;
	m[3] = 0x80;
	m[7] = 1;
	m[11] = 0; /* no EDNS */
	memcpy(m + at, record, sizeof(record));
	return at + sizeof(record);
}

__attribute__((noreturn)) static void respond(int fd)
{
	static uint8_t data[BATCH][512];
	static struct sockaddr_in from[BATCH];
	struct mmsghdr message[BATCH];
	struct iovec part[BATCH];

	for (;;) {
		int n, sent = 0;

		memset(message, 0, sizeof(message));
		for (int i = 0; i < BATCH; i++) {
			part[i] = (struct iovec){ data[i], sizeof(data[i]) };
			message[i].msg_hdr = (struct msghdr){
				.msg_name = &from[i],
				.msg_namelen = sizeof(from[i]),
				.msg_iov = &part[i],
				.msg_iovlen = 1,
			};
		}
		n = recvmmsg(fd, message, BATCH, MSG_WAITFORONE, NULL);
		for (int i = 0; i < n; i++)
			part[i].iov_len = answer(data[i], message[i].msg_len);
		while (sent < n) {
			int k = sendmmsg(fd, message + sent, (unsigned)(n - sent), 0);

			sent += k > 0 ? k : 1;
		}
	}
}

static void on_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sysconf(_SC_NPROCESSORS_ONLN) > 1)
		sched_setaffinity(0, sizeof(set), &set);
}

static pid_t start_responder(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(53) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), bytes = 16 << 20;
	pid_t pid;

	inet_pton(AF_INET, SERVER, &at.sin_addr);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)))
		bench_die("bind");
	pid = fork();
	if (pid < 0)
		bench_die("fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		on_cpu(0);
		respond(fd);
	}
	close(fd);
	on_cpu(1);
	return pid;
}

/* ---- who asks ---- */

struct run {
	const struct sw_dns *dns;
	uint32_t total, at_a_time, names;
	uint32_t asked, answered, good;
};

struct asker {
	const char *who;
	/* Ask run->total questions, run->at_a_time at the same time. */
	void (*ask)(struct run *run);
};

static void ask_more(struct run *run);

static void on_answer(void *ctx, const struct sw_dns_answer *a)
{
	struct run *run = ctx;

	run->answered++;
	run->good += a->status == SW_DNS_OK;
}

/* As a DNSBL is asked: an address backwards. */
static void ask_more(struct run *run)
{
	while (run->asked < run->total && run->asked - run->answered < run->at_a_time) {
		uint32_t i = run->asked++ % run->names;
		char name[64];

		snprintf(name, sizeof(name), "%u.%u.%u.10.zone.bench.example", i & 255,
			 i >> 8 & 255, i >> 16 & 255);
		sw_dns_ask(run->dns, name, SW_DNS_A, on_answer, run);
	}
}

static struct event_base *base;
static struct sw_resolver *resolver;
static struct sw_dns_cache *cache;

static void open_resolver(bool cached)
{
	static const char *const server = SERVER;
	struct sw_dns_cache_options kept = {
		.max_bytes = 512u << 20,
		.max_entries = 2 * NAMES,
		.ttl_max = 86400,
		.negative_max = 86400,
		.failed = 5,
	};
	struct sw_resolver_options options = {
		.clock = sw_clock_system(),
		.server = &server,
		.servers = 1,
		.timeout_ms = 2000,
	};
	struct sw_err err;

	if (cached && sw_dns_cache_open(&kept, &cache))
		bench_void("no cache");
	base = event_base_new();
	options.base = base;
	options.cache = cache;
	if (sw_resolver_open(&options, &resolver, &err))
		bench_void("%s", err.text);
}

static void close_resolver(void)
{
	resolver = sw_resolver_close(resolver);
	cache = sw_dns_cache_close(cache);
	event_base_free(base);
}

static void ask_synward(struct run *run)
{
	run->dns = sw_resolver_dns(resolver);
	while (run->answered < run->total) {
		ask_more(run);
		if (run->answered < run->total)
			event_base_loop(base, EVLOOP_ONCE);
	}
}

/* ---- measuring ---- */

static double cpu_seconds(void)
{
	struct rusage r;

	getrusage(RUSAGE_THREAD, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
	       (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

static void measure(const struct asker *asker, const char *what, uint32_t total, uint32_t at_a_time,
		    uint32_t names)
{
	struct run run = { .total = total, .at_a_time = at_a_time, .names = names };
	double cpu = cpu_seconds(), start = bench_now();
	char list[64];

	asker->ask(&run);
	cpu = cpu_seconds() - cpu;
	start = bench_now() - start;
	/* one that was lost is asked again; that some are lost is no reason to trust nothing */
	if (run.good < total * 99ull / 100)
		bench_void("%s: only %u of %u questions were answered", what, run.good, total);
	snprintf(list, sizeof(list), "dns, %u at a time", at_a_time);
	bench_record(list, what, asker->who, "ns", start * 1e9 / total);
	snprintf(list, sizeof(list), "dns CPU, %u at a time", at_a_time);
	bench_record(list, what, asker->who, "ns", cpu * 1e9 / total);
}

static size_t memory_in_use(void)
{
	return mallinfo2().uordblks;
}

static void measure_all(const struct asker *asker, bool quick)
{
	static const uint32_t windows[] = { 1, 100, 1000, 10000 };
	const uint32_t total = quick ? 50000 : 300000;
	size_t before;

	for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
		open_resolver(false);
		measure(asker, "a question", windows[i] == 1 ? total / 10 : total, windows[i],
			NAMES);
		close_resolver();
	}
	before = memory_in_use();
	open_resolver(true);
	measure(asker, "a question, kept", total, 1000, NAMES);
	bench_record("dns", "an answer that is kept", asker->who, "bytes",
		     (double)(memory_in_use() - before) / total);
	measure(asker, "a question, from the cache", total, 1000, total);
	close_resolver();
}

int main(int argc, char **argv)
{
	static const struct asker synward = { "synward", ask_synward };
	bool quick = argc > 2;
	pid_t responder;

	if (argc < 2) {
		fprintf(stderr, "usage: bench_dns JSON-FILE [quick]\n");
		return 2;
	}
	bench_start("bench_dns");
	if (!dns_server_namespace())
		bench_die("unshare");
	responder = start_responder();
	for (int round = 0; round < (quick ? 1 : 5); round++)
		measure_all(&synward, quick);
	kill(responder, SIGKILL);
	waitpid(responder, NULL, 0);
	bench_write(argv[1]);
	return 0;
}
