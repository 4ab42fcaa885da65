/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench_judge - sources judged in a second, each by five DNS lists: from the SYN on a cable to
 * the verdict in ledger and table, beside postscreen's dnsblog with the same questions.
 *
 * Both ask the same rbldnsd, which has one processor, with the bench itself; who is measured
 * has the other. A look-up is one source at one list. Of dnsblog that is all; of synward it
 * has a fifth of all else in it: contact, judgement, a durable record, the table. Sources are
 * new in each round, a tenth of them is listed; of those synward asks for the list's words,
 * too. CPU is that of the process.
 *
 * What was lost on the way to rbldnsd is asked again by whoever asked; a round with more than
 * 1 % of that is void.
 *
 * usage: bench_judge COMMAND-SYNWARDD JSON-FILE [quick]
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "blog.h"
#include "commands.h"
#include "datapath/datapath.h"
#include "figures.h"
#include "live.h"
#include "running.h"
#include "tests/support/frames.h"

#define LOOKUP "a DNS look-up"
#define SITES 5
#define NET 0x0b000000u /* 11.0.0.0/8 */
#define WINDOW 1536 /* sources under way */
#define AGAIN_SECONDS 1.0 /* then TCP tries again, and so do we */
#define CARE_CPU 0
#define MEASURED_CPU 1
/* Of these two thirds are for sources: 150,000 look-ups a second at most. */
#define QUERIES 225000

static const char *const site[SITES] = { "z1.bench.example", "z2.bench.example", "z3.bench.example",
					 "z4.bench.example", "z5.bench.example" };

/* The @i-th source of all rounds: all of a /8 have their turn, scattered. */
static uint32_t source(uint32_t i)
{
	return NET | (i * 2654435761u & 0xffffff);
}

static bool is_listed(uint32_t net)
{
	return (net * 2654435761u >> 16) % 10 == 0;
}

/* ---- the lists ---- */

static void write_zone(const char *path, bool listed)
{
	FILE *out = fopen(path, "w");

	if (!out)
		bench_die(path);
	fprintf(out, "$SOA 300 ns.bench.example h.bench.example 1 600 300 86400 120\n"
		     "$NS 300 ns.bench.example\n:127.0.0.2:seen sending spam, see "
		     "http://bench.example/?$\n127.0.0.2\n");
	for (uint32_t net = 0; listed && net < 65536; net++)
		if (is_listed(net))
			fprintf(out, "11.%u.%u.0/24\n", net >> 8, net & 255);
	if (fclose(out))
		bench_die(path);
}

/* Does the name server answer? */
static bool answers(void)
{
	static const uint8_t question[] = "\0\1\1\0\0\1\0\0\0\0\0\0\1"
					  "2\1"
					  "0\1"
					  "0\3"
					  "127\2z5"
					  "\5bench\7example\0\0\1\0\1";
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(53) };
	struct timeval patience = { .tv_usec = 100000 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint8_t answer[512];
	bool good;

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	good = !connect(fd, (struct sockaddr *)&at, sizeof(at)) &&
	       send(fd, question, sizeof(question) - 1, 0) > 0 &&
	       recv(fd, answer, sizeof(answer), 0) > 12 && answer[7] > 0;
	close(fd);
	if (!good)
		usleep(50000);
	return good;
}

/*
 * It gives its socket room for a hundred questions or two. While it waits for its processor, on
 * a machine that others use, more would be lost, and what is measured were time-outs.
 */
static void make_room(pid_t rbldnsd)
{
	int pidfd = (int)syscall(SYS_pidfd_open, rbldnsd, 0), bytes = 16 << 20;

	for (int fd = 3; fd < 16; fd++) {
		int s = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);

		if (s < 0)
			continue;
		setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
		close(s);
	}
	close(pidfd);
}

static void start_lists(void)
{
	pid_t pid;
	static char zone[SITES][64];
	const char *argv[16] = { "rbldnsd", "-n",	  "-f", "-u",	       "nobody:nogroup",
				 "-w",	    "/run/zones", "-b", "127.0.0.1/53" };

	BENCH_COMMAND("mkdir", "/run/zones");
	write_zone("/run/zones/some", true);
	write_zone("/run/zones/none", false);
	for (unsigned i = 0; i < SITES; i++) {
		snprintf(zone[i], sizeof(zone[i]), "%s:ip4set:%s", site[i], i ? "none" : "some");
		argv[9 + i] = zone[i];
	}
	pid = bench_background(argv, CARE_CPU, "/run/rbldnsd.log");
	for (int i = 0; !answers(); i++)
		if (i == 100)
			bench_void("rbldnsd: %s",
				   BENCH_OUTPUT("tail", "-n", "3", "/run/rbldnsd.log"));
	make_room(pid);
}

/* Whoever looks into /etc/resolv.conf finds it, in our mount namespace. */
static void name_server(void)
{
	FILE *out = fopen("/run/resolv.conf", "w");

	if (!out || fputs("nameserver 127.0.0.1\n", out) < 0 || fclose(out) ||
	    mount("/run/resolv.conf", "/etc/resolv.conf", NULL, MS_BIND, NULL))
		bench_die("/etc/resolv.conf");
	BENCH_COMMAND("ip", "link", "set", "lo", "up");
}

/* ---- UDP, as the kernel counts it for this namespace ---- */

struct udp {
	unsigned long long in, out, lost;
};

static struct udp udp_now(void)
{
	FILE *file = fopen("/proc/self/net/snmp", "r");
	struct udp u = { 0 };
	char text[512];

	while (file && fgets(text, sizeof(text), file))
		if (sscanf(text, "Udp: %llu %*u %*u %llu %llu", &u.in, &u.out, &u.lost) == 3)
			break;
	if (file)
		fclose(file);
	return u;
}

/* ---- synwardd ---- */

static double daemon_cpu(void)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid(bench_running_pid(), &clock) || clock_gettime(clock, &t))
		bench_void("synwardd ended");
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double daemon_bytes(void)
{
	char path[64], text[256];
	unsigned long kib = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", bench_running_pid());
	file = fopen(path, "r");
	while (file && fgets(text, sizeof(text), file))
		if (sscanf(text, "RssAnon: %lu kB", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return (double)kib * 1024;
}

static unsigned lists_trusted(struct sw_client *client)
{
	json_t *answer, *one;
	struct sw_err err;
	unsigned n = 0;
	size_t i;

	if (sw_client_ask(client, json_pack("{s:s}", "op", "status"), &answer, &err))
		bench_void("status: %s", err.text);
	json_array_foreach(json_object_get(json_object_get(answer, "dns"), "lists"), i, one) n +=
		json_integer_value(json_object_get(one, "family")) == 4 &&
		!strcmp(json_string_value(json_object_get(one, "state")), "trusted");
	json_decref(answer);
	return n;
}

static struct sw_client *start_synwardd(const char *program, const char *ifname)
{
	struct sw_client *client;

	bench_running_configure(
		ifname,
		"verdicts = 1048576\nfirst-contact = pass\n"
		"dns-servers = {\"127.0.0.1\"}\ndns-queries = %u\ndns-outstanding = 100000\n"
		"dns-timeout = 500ms\nscore-drop = 8\n"
		"dnsbl-sites = {\"%s*8 %s*8 %s*8 %s*8 %s*8\"}\n",
		QUERIES, site[0], site[1], site[2], site[3], site[4]);
	bench_on_cpu(MEASURED_CPU); /* it stays where it is started */
	bench_running_start(program, &client);
	bench_on_cpu(CARE_CPU);
	for (int i = 0; lists_trusted(client) < SITES; i++) {
		if (i == 300)
			bench_void("the lists are not believed");
		usleep(100000);
	}
	return client;
}

/* ---- SYNs ---- */

struct flight {
	struct sw_prefix source;
	double sent;
};

struct feed {
	int fd;
	struct sw_frame frame;
	struct sw_datapath *dp;
	struct flight flight[WINDOW];
	unsigned n;
	uint32_t next, end;
	uint32_t again;
};

static void open_feed(struct feed *feed, const struct bench_cable *cable)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_ifindex = cable->sender_index };
	struct sw_err err;

	feed->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (feed->fd < 0 || bind(feed->fd, (struct sockaddr *)&at, sizeof(at)))
		bench_die("packet socket");
	memset(feed->frame.dmac, 0xff, sizeof(feed->frame.dmac));
	feed->frame.dest = sw_prefix_ip4(0xc0000219, 32);
	if (sw_datapath_open(BENCH_PINS, SW_DATAPATH_READ, NULL, &feed->dp, &err))
		bench_void("%s", err.text);
}

static void send_syn(struct feed *feed, struct flight *f)
{
	uint8_t frame[SW_FRAME_ROOM];
	size_t bytes;

	feed->frame.source = f->source;
	bytes = sw_frame_build(&feed->frame, frame, sizeof(frame));
	f->sent = bench_now();
	if (send(feed->fd, frame, bytes, 0) < 0 && errno != ENOBUFS)
		bench_die("sending");
}

/* Who has a verdict makes place for another. */
static void look(struct feed *feed)
{
	double now = bench_now();

	for (unsigned i = 0; i < feed->n;) {
		struct flight *f = &feed->flight[i];

		if (bench_running_class(feed->dp, &f->source)) {
			*f = feed->flight[--feed->n];
			continue;
		}
		if (now - f->sent > AGAIN_SECONDS) {
			feed->again++;
			send_syn(feed, f);
		}
		i++;
	}
}

/* Until all sources from @first on, @n of them, have their verdict in the table. */
static void judge(struct feed *feed, uint32_t first, uint32_t n)
{
	double start = bench_now();

	feed->next = first;
	feed->end = first + n;
	while (feed->next < feed->end || feed->n) {
		look(feed);
		while (feed->n < WINDOW && feed->next < feed->end) {
			struct flight *f = &feed->flight[feed->n++];

			f->source = sw_prefix_ip4(source(feed->next++), 32);
			send_syn(feed, f);
		}
		usleep(1000); /* its processor is rbldnsd's, too */
		if (bench_now() - start > 120)
			bench_void("%u sources are not judged", feed->n);
	}
}

/* ---- measuring ---- */

static void measure_synward(struct feed *feed, uint32_t first, uint32_t n)
{
	struct udp before = udp_now(), after;
	double bytes = daemon_bytes(), cpu = daemon_cpu(), start = bench_now(), lookups = n * 5.0;

	feed->again = 0;
	judge(feed, first, n);
	start = bench_now() - start;
	cpu = daemon_cpu() - cpu;
	bytes = daemon_bytes() - bytes;
	after = udp_now();
	if ((double)(after.lost - before.lost) > lookups / 100)
		bench_void("%llu datagrams of %.0f look-ups were lost", after.lost - before.lost,
			   lookups);
	bench_record("DNS", "SYNs for a source", "synward", "SYNs", 1 + (double)feed->again / n);
	bench_record(LOOKUP, "time", "synward", "ns", start * 1e9 / lookups);
	bench_record(LOOKUP, "CPU", "synward", "ns", cpu * 1e9 / lookups);
	bench_record("DNS", "a source judged by five lists", "synward", "ns", start * 1e9 / n);
	bench_record("DNS", "CPU of a source judged by five lists", "synward", "ns", cpu * 1e9 / n);
	bench_record("DNS", "queries for a source", "synward", "queries",
		     (double)(after.out - before.out) / 2 / n);
	bench_record("DNS", "memory for a source", "synward", "B", bytes / n);
}

static uint32_t blog_first;

static void blog_question(uint32_t i, const char **list, char address[16])
{
	uint32_t a = source(blog_first + i / SITES);

	*list = site[i % SITES];
	snprintf(address, 16, "%u.%u.%u.%u", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
}

static void measure_blog(uint32_t first, uint32_t n)
{
	double start = bench_now(), lookups = n * 5.0;
	struct bench_blog_counts counts;
	uint32_t listed = 0;

	blog_first = first;
	counts = bench_blog_ask(n * SITES, blog_question);
	start = bench_now() - start;
	for (uint32_t i = 0; i < n; i++)
		listed += is_listed(source(first + i) >> 8 & 0xffff);
	if (counts.listed != listed)
		bench_void("dnsblog finds %u sources listed, not %u", counts.listed, listed);
	bench_record(LOOKUP, "time", "dnsblog", "ns", start * 1e9 / lookups);
	bench_record(LOOKUP, "CPU", "dnsblog", "ns", counts.cpu * 1e9 / lookups);
}

int main(int argc, char **argv)
{
	static struct feed feed;
	bool quick = argc > 3;
	const uint32_t rounds = quick ? 2 : 5, n = quick ? 20000 : 100000;
	struct bench_cable cable;
	struct sw_client *client;
	const char *why;

	if (argc < 3) {
		fprintf(stderr, "usage: bench_judge COMMAND-SYNWARDD JSON-FILE [quick]\n");
		return 2;
	}
	bench_start("bench_judge");
	bench_live_enter();
	if (bench_has_command("rbldnsd")) {
		name_server();
		start_lists();
		cable = bench_cable_new(0);
		client = start_synwardd(argv[1], cable.receiver);
		open_feed(&feed, &cable);
		why = bench_blog_start(MEASURED_CPU);
		if (why)
			bench_omit(LOOKUP, "dnsblog", why);
		for (uint32_t round = 0; round < rounds; round++) {
			measure_synward(&feed, round * n, n);
			if (!why)
				measure_blog(round * n, n / 10);
		}
		bench_running_stop(client, SIGTERM);
	} else {
		bench_omit(LOOKUP, "synward", "rbldnsd is not installed");
	}
	bench_write(argv[2]);
	return 0;
}
