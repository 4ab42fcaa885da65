/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>

#include "commands.h"
#include "figures.h"
#include "live.h"
#include "subject.h"

#define SENDER_MAC "02:53:57:00:00:01"
#define RECEIVER_MAC "02:53:57:00:00:02"

struct bench_live {
	struct bpf_object *send, *softirq;
	struct bpf_link *entry, *exit;
	struct bench_line *sources;
	uint8_t frame[SW_FRAME_ROOM];
	size_t frame_bytes;
};

/* ---- where ---- */

static void write_file(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	if (!out || fputs(text, out) < 0 || fclose(out))
		bench_die(path);
}

void bench_live_enter(void)
{
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL) || mount("bench", "/run", "tmpfs", 0, NULL))
		bench_die("namespaces of its own (this needs root)");
	/* Nobody is to speak on the cables but the bench. */
	if (!access("/proc/sys/net/ipv6", F_OK)) {
		write_file("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
		write_file("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	}
}

/* A veth takes whole batches of frames, XDP or not, when it has GRO, as cards have. */
static void set_gro(const char *ifname)
{
	struct ethtool_value value = { .cmd = ETHTOOL_SGRO, .data = 1 };
	struct ifreq request = { .ifr_data = (void *)&value };
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", ifname);
	if (s < 0 || ioctl(s, SIOCETHTOOL, &request))
		bench_die("GRO on a veth");
	close(s);
}

struct bench_cable bench_cable_new(unsigned number)
{
	struct bench_cable c;

	snprintf(c.sender, sizeof(c.sender), "s%u", number);
	snprintf(c.receiver, sizeof(c.receiver), "r%u", number);
	BENCH_COMMAND("ip", "link", "add", c.sender, "address", SENDER_MAC, "type", "veth", "peer",
		      "name", c.receiver, "address", RECEIVER_MAC);
	set_gro(c.sender);
	set_gro(c.receiver);
	BENCH_COMMAND("ip", "link", "set", c.sender, "up");
	BENCH_COMMAND("ip", "link", "set", c.receiver, "up");
	c.sender_index = (int)if_nametoindex(c.sender);
	c.receiver_index = (int)if_nametoindex(c.receiver);
	return c;
}

void bench_cable_free(const struct bench_cable *cable)
{
	BENCH_COMMAND("ip", "link", "del", cable->sender);
}

/* ---- sending ---- */

static void stay_on_this_cpu(unsigned *cpu)
{
	cpu_set_t set;

	if (getcpu(cpu, NULL))
		bench_die("getcpu");
	CPU_ZERO(&set);
	CPU_SET(*cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		bench_die("sched_setaffinity");
}

static struct bpf_link *attach(struct bpf_object *object, const char *name)
{
	struct bpf_link *link = bpf_program__attach(bpf_object__find_program_by_name(object, name));

	if (!link)
		bench_die(name);
	return link;
}

static void load_softirq(struct bench_live *live, const char *folder)
{
	unsigned cpu;

	stay_on_this_cpu(&cpu);
	live->softirq = bench_open(folder, "softirq");
	bench_set_const(live->softirq, "bench_cpu", cpu);
	if (bpf_object__load(live->softirq))
		bench_die("loading softirq.bpf.o");
	live->entry = attach(live->softirq, "bench_softirq_entry");
	live->exit = attach(live->softirq, "bench_softirq_exit");
}

static void load_send(struct bench_live *live, const char *folder, const struct bench_list *list)
{
	live->send = bench_open(folder, "send");
	bench_set_const(live->send, "bench_family", list->family);
	if (bpf_object__load(live->send))
		bench_die("loading send.bpf.o");
	live->sources =
		bench_map_memory(bpf_object__find_map_fd_by_name(live->send, "bench_sources"),
				 BENCH_LINES * sizeof(*live->sources));
	bench_sources(list, BENCH_LISTED, live->sources);
}

struct bench_live *bench_live_new(const char *folder, const struct bench_list *list)
{
	struct bench_live *live = bench_allocate(1, sizeof(*live));
	struct sw_frame syn = bench_frame(list->family, 25, SW_FRAME_SYN);

	sw_frame_mac_parse(SENDER_MAC, syn.smac);
	sw_frame_mac_parse(RECEIVER_MAC, syn.dmac);
	live->frame_bytes = sw_frame_build(&syn, live->frame, sizeof(live->frame));
	load_send(live, folder, list);
	load_softirq(live, folder);
	return live;
}

void bench_live_free(struct bench_live *live)
{
	bpf_link__destroy(live->entry);
	bpf_link__destroy(live->exit);
	munmap(live->sources, BENCH_LINES * sizeof(*live->sources));
	bpf_object__close(live->softirq);
	bpf_object__close(live->send);
	free(live);
}

void bench_live_send(struct bench_live *live, const struct bench_cable *cable, uint32_t count)
{
	struct xdp_md context = { .data_end = (__u32)live->frame_bytes,
				  .ingress_ifindex = (__u32)cable->sender_index };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = live->frame,
		    .data_size_in = (__u32)live->frame_bytes, .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .repeat = (int)count,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);

	if (bpf_prog_test_run_opts(
		    bpf_program__fd(bpf_object__find_program_by_name(live->send, "bench_send")),
		    &opts))
		bench_die("sending live frames");
}

double bench_live_receive_ns(const struct bench_live *live)
{
	struct bench_softirq now;
	__u32 key = 0;

	if (bpf_map_lookup_elem(bpf_object__find_map_fd_by_name(live->softirq, "bench_softirq"),
				&key, &now))
		bench_die("time of softirqs");
	return (double)now.ns;
}
