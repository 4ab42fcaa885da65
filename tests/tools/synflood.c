/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * synflood - SYNs from so many forged sources, as fast as this machine makes them.
 *
 *   synflood -i INTERFACE -o FORGE-OBJECT [-d SECONDS] [-n SOURCES] WORD...
 *
 * WORDs describe the frame (support/frame_words.h), IPv4 alone; src= is the first source, and
 * SOURCES (1048576) a power of two that divides it. All have their turn, scattered, then they
 * begin anew. The kernel makes the frames (BPF_F_TEST_XDP_LIVE_FRAMES) and hands them to the
 * driver of INTERFACE: a packet socket is ten times slower. It stops after SECONDS (10), or at
 * SIGINT or SIGTERM, and prints how many frames it made; those that a full queue had no
 * room for are lost, as they are on a wire. It sends where it is told: run it in a namespace.
 */
#include <errno.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "support/frame_words.h"

#define AT_ONCE 65536 /* frames made by one system call */

struct plan {
	struct sw_frame frame;
	const char *interface, *object;
	unsigned long sources, seconds;
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	stop = 1;
}

static int fail(const char *what)
{
	fprintf(stderr, "synflood: %s: %s\n", what, strerror(errno));
	return 1;
}

static struct bpf_object *load(const struct plan *plan)
{
	const uint32_t set[2] = { (uint32_t)plan->frame.source.lo, (uint32_t)plan->sources - 1 };
	struct bpf_object *object = bpf_object__open(plan->object);
	struct bpf_map *map;

	if (!object)
		return NULL;
	bpf_object__for_each_map (map, object)
		if (strstr(bpf_map__name(map), ".rodata") &&
		    bpf_map__set_initial_value(map, set, sizeof(set)))
			return NULL;
	return bpf_object__load(object) ? NULL : object;
}

static int run(const struct plan *plan, uint64_t *sent)
{
	struct xdp_md context = { .ingress_ifindex = if_nametoindex(plan->interface) };
	uint8_t frame[SW_FRAME_ROOM];
	size_t bytes = sw_frame_build(&plan->frame, frame, sizeof(frame));
	struct bpf_object *object = load(plan);
	time_t end = time(NULL) + (time_t)plan->seconds;
	int program;

	if (!object || !context.ingress_ifindex)
		return fail(object ? plan->interface : plan->object);
	program = bpf_program__fd(bpf_object__find_program_by_name(object, "forge"));
	context.data_end = (uint32_t)bytes;
	while (!stop && time(NULL) < end) {
		LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
			    .data_size_in = (uint32_t)bytes, .ctx_in = &context,
			    .ctx_size_in = sizeof(context), .repeat = AT_ONCE,
			    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);

		if (bpf_prog_test_run_opts(program, &opts) && errno != EINTR)
			return fail("sending");
		*sent += AT_ONCE;
	}
	bpf_object__close(object);
	return 0;
}

static int usage(void)
{
	fputs("usage: synflood -i INTERFACE -o FORGE-OBJECT [-d SECONDS] [-n SOURCES] WORD...\n",
	      stderr);
	return 2;
}

static int parse(int argc, char **argv, struct plan *plan)
{
	int option;

	while ((option = getopt(argc, argv, "i:o:d:n:")) != -1) {
		if (option == 'i')
			plan->interface = optarg;
		else if (option == 'o')
			plan->object = optarg;
		else if (option == 'd')
			plan->seconds = strtoul(optarg, NULL, 10);
		else if (option == 'n')
			plan->sources = strtoul(optarg, NULL, 10);
		else
			return -EINVAL;
	}
	for (; optind < argc; optind++)
		if (sw_frame_word(&plan->frame, argv[optind])) {
			fprintf(stderr, "synflood: what is \"%s\"?\n", argv[optind]);
			return -EINVAL;
		}
	return plan->interface && plan->object && plan->sources &&
			       !(plan->sources & (plan->sources - 1)) &&
			       plan->frame.source.family == 4 &&
			       !(plan->frame.source.lo & (plan->sources - 1))
		       ? 0
		       : -EINVAL;
}

int main(int argc, char **argv)
{
	struct plan plan = { .sources = 1 << 20, .seconds = 10 };
	struct sigaction action = { .sa_handler = on_signal };
	uint64_t sent = 0;
	int code;

	if (parse(argc, argv, &plan))
		return usage();
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	code = run(&plan, &sent);
	printf("%llu\n", (unsigned long long)sent);
	return code;
}
