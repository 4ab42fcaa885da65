/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * synsend - send frames from many sources through a packet socket, at a rate.
 *
 *   synsend -i INTERFACE [-c COUNT] [-r PER_SECOND] [-d SECONDS] [-n SOURCES] WORD...
 *
 * WORDs describe the frame (support/frame_words.h); of -n SOURCES the first is src=,
 * the others count up from it. Source ports go up with each round of sources. It
 * stops after COUNT frames (1), after SECONDS (10), or at SIGINT or SIGTERM, and
 * prints how many it sent. It sends where it is told: run it in a namespace.
 */
#include <errno.h>
#include <net/if.h>
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "support/frame_words.h"

#define NS_PER_SECOND 1000000000ull

struct plan {
	struct sw_frame frame;
	const char *interface;
	uint64_t count, rate, seconds, sources;
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	stop = 1;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SECOND + (uint64_t)ts.tv_nsec;
}

static void sleep_until(uint64_t at_ns)
{
	struct timespec ts = { .tv_sec = (time_t)(at_ns / NS_PER_SECOND),
			       .tv_nsec = (long)(at_ns % NS_PER_SECOND) };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

static int open_socket(const char *interface)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET };
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	address.sll_ifindex = (int)if_nametoindex(interface);
	if (fd >= 0 && address.sll_ifindex &&
	    !bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	fprintf(stderr, "synsend: %s: %s\n", interface, strerror(errno));
	exit(1);
}

/* The frame number @i of the plan. */
static size_t build(const struct plan *plan, uint64_t i, uint8_t *out, size_t room)
{
	struct sw_frame frame = plan->frame;
	uint16_t first = frame.sport ? frame.sport : 1024;

	frame.source.lo += i % plan->sources;
	frame.sport = (uint16_t)(first + i / plan->sources % (65536u - first));
	frame.seq += (uint32_t)i;
	return sw_frame_build(&frame, out, room);
}

static int send_one(int fd, const uint8_t *frame, size_t bytes)
{
	while (send(fd, frame, bytes, 0) < 0) {
		if (stop)
			return -EINTR;
		if (errno != ENOBUFS && errno != EINTR)
			return -errno;
		usleep(100);
	}
	return 0;
}

static int run(const struct plan *plan, uint64_t *sent)
{
	static uint8_t frame[1 << 17];
	uint64_t start = now_ns(), end = start + plan->seconds * NS_PER_SECOND;
	int fd = open_socket(plan->interface);
	int err = 0;

	for (uint64_t i = 0; i < plan->count && !stop && !err && now_ns() < end; i++) {
		size_t bytes = build(plan, i, frame, sizeof(frame));

		if (!bytes) {
			err = -EINVAL;
			break;
		}
		if (plan->rate)
			sleep_until(start + i * NS_PER_SECOND / plan->rate);
		err = send_one(fd, frame, bytes);
		*sent += !err;
	}
	close(fd);
	return err == -EINTR ? 0 : err;
}

static int usage(void)
{
	fputs("usage: synsend -i INTERFACE [-c COUNT] [-r PER_SECOND] [-d SECONDS] [-n SOURCES] "
	      "WORD...\n",
	      stderr);
	return 2;
}

static int parse(int argc, char **argv, struct plan *plan)
{
	int option;

	while ((option = getopt(argc, argv, "i:c:r:d:n:")) != -1) {
		if (option == 'i')
			plan->interface = optarg;
		else if (option == 'c')
			plan->count = strtoull(optarg, NULL, 10);
		else if (option == 'r')
			plan->rate = strtoull(optarg, NULL, 10);
		else if (option == 'd')
			plan->seconds = strtoull(optarg, NULL, 10);
		else if (option == 'n')
			plan->sources = strtoull(optarg, NULL, 10);
		else
			return -EINVAL;
	}
	for (; optind < argc; optind++)
		if (sw_frame_word(&plan->frame, argv[optind])) {
			fprintf(stderr, "synsend: what is \"%s\"?\n", argv[optind]);
			return -EINVAL;
		}
	return plan->interface && plan->sources && plan->frame.source.family ? 0 : -EINVAL;
}

int main(int argc, char **argv)
{
	struct plan plan = { .count = 1, .seconds = 10, .sources = 1 };
	struct sigaction action = { .sa_handler = on_signal };
	uint64_t sent = 0;
	int err;

	if (parse(argc, argv, &plan))
		return usage();
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	err = run(&plan, &sent);
	if (err)
		fprintf(stderr, "synsend: %s\n", strerror(-err));
	printf("%llu\n", (unsigned long long)sent);
	return err ? 1 : 0;
}
