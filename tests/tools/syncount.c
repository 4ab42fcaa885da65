/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * syncount - count the SYNs that come in on an interface, behind XDP, by source.
 *
 *   syncount -i INTERFACE [-d SECONDS] [-p PORT] PREFIX...
 *
 * Prints "ready" when it counts, and at the end (after SECONDS, 10, or at SIGINT or
 * SIGTERM) a line "PREFIX COUNT" for each argument, "other COUNT", and "lost COUNT":
 * frames for which its socket had no room. Of nested prefixes the first named counts.
 */
#include <errno.h>
#include <net/if.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bpf/parse.h"
#include "lib/addr.h"

#define PREFIX_MAX 64
#define BUFFER_BYTES (64 << 20)

struct count {
	struct sw_prefix prefix[PREFIX_MAX];
	const char *name[PREFIX_MAX];
	uint64_t syns[PREFIX_MAX + 1]; /* the last: other */
	int n;
	uint16_t port;
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	stop = 1;
}

static int open_socket(const char *interface)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int one = 1, bytes = BUFFER_BYTES;
	/* Protocol 0 until it is bound: nothing of other interfaces is queued. */
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0);

	address.sll_ifindex = (int)if_nametoindex(interface);
	if (fd >= 0 && address.sll_ifindex &&
	    !setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) &&
	    !setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)) &&
	    !bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	fprintf(stderr, "syncount: %s: %s\n", interface, strerror(errno));
	exit(1);
}

static void count_frame(struct count *c, const uint8_t *frame, size_t bytes)
{
	struct sw_prefix source;
	struct sw_syn syn;
	int i;

	if (sw_parse(frame, frame + bytes, &syn) || syn.dest_port != c->port)
		return;
	source = syn.family == 4 ? sw_prefix_ip4((uint32_t)syn.source_lo, 32)
				 : sw_prefix_ip6(syn.source_hi, syn.source_lo, 128);
	for (i = 0; i < c->n && !sw_prefix_contains(&c->prefix[i], &source); i++)
		;
	c->syns[i == c->n ? PREFIX_MAX : i]++;
}

static void run(struct count *c, int fd, unsigned seconds)
{
	static uint8_t frame[1 << 17];
	time_t end = time(NULL) + (time_t)seconds;
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	while (!stop && time(NULL) < end) {
		ssize_t bytes;

		poll(&pollfd, 1, 100);
		while ((bytes = recv(fd, frame, sizeof(frame), 0)) > 0)
			count_frame(c, frame, (size_t)bytes);
	}
}

static uint64_t lost(int fd)
{
	struct tpacket_stats stats = { 0 };
	socklen_t bytes = sizeof(stats);

	getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &bytes);
	return stats.tp_drops;
}

static int usage(void)
{
	fputs("usage: syncount -i INTERFACE [-d SECONDS] [-p PORT] PREFIX...\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	static struct count c = { .port = 25 };
	struct sigaction action = { .sa_handler = on_signal };
	const char *interface = NULL;
	unsigned seconds = 10;
	int option, fd;

	while ((option = getopt(argc, argv, "i:d:p:")) != -1) {
		if (option == 'i')
			interface = optarg;
		else if (option == 'd')
			seconds = (unsigned)strtoul(optarg, NULL, 10);
		else if (option == 'p')
			c.port = (uint16_t)strtoul(optarg, NULL, 10);
		else
			return usage();
	}
	if (!interface || argc - optind > PREFIX_MAX)
		return usage();
	for (; optind < argc; optind++, c.n++) {
		c.name[c.n] = argv[optind];
		if (sw_prefix_parse(argv[optind], strlen(argv[optind]), &c.prefix[c.n]))
			return usage();
	}
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	fd = open_socket(interface);
	puts("ready");
	fflush(stdout);
	run(&c, fd, seconds);
	for (int i = 0; i < c.n; i++)
		printf("%s %llu\n", c.name[i], (unsigned long long)c.syns[i]);
	printf("other %llu\nlost %llu\n", (unsigned long long)c.syns[PREFIX_MAX],
	       (unsigned long long)lost(fd));
	close(fd);
	return 0;
}
