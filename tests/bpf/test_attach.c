/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The program on a real interface: a veth pair in a network and mount namespace
 * of this test's own, with a BPF file system of its own. Alone, replaced, beside a
 * stranger under libxdp's dispatcher (where the kernel lets it), and refused; and by a
 * kernel that takes no program there that cuts frames, which this test plays.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <xdp/libxdp.h>

#include "datapath/datapath.h"
#include "tests/support/frames.h"

#define PIN_DIR "/sys/fs/bpf/synward"
#define TEXT(number) #number
#define VERSION(number) "/v" TEXT(number)
#define PINS PIN_DIR VERSION(SW_ABI_VERSION)
#define SIDE "sw0" /* where the program is */
#define PEER "sw1" /* where frames come from */

static const struct sw_datapath_size small = {
	.table4_blocks = 4096, .table6_blocks = 64, .bucket_lines = 1024, .verdicts = 1024
};
static const struct sw_class classes[SW_CLASS_MAX] = {
	[SW_CLASS_UNLISTED] = { .action = SW_ACTION_PASS, .name = "unlisted" },
	[SW_CLASS_OPERATOR_ALLOW_TEMPORARY] = { .action = SW_ACTION_ALLOW,
						.flags = SW_CLASS_TEMPORARY,
						.name = "allow" },
	[SW_CLASS_FIRST_LIST] = { .action = SW_ACTION_DROP, .name = "bad" },
};
static const struct sw_entry4 bad = { .addr = 0x05010000, .len = 16, .class = SW_CLASS_FIRST_LIST };
static const uint16_t ports[] = { 25 };
static const struct sw_datapath_rules rules = {
	.class = classes, .flat4 = &bad, .flat4_n = 1, .ports = ports, .ports_n = 1
};

/* ---- the lab ---- */

static int make_lab(void **unused)
{
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL)) {
		print_error("cannot make namespaces: %s; this test needs root\n", strerror(errno));
		return -1;
	}
	return 0;
}

static int make_veth(void **unused)
{
	return system("ip link add " SIDE " type veth peer name " PEER " && ip link set " SIDE
		      " up && ip link set " PEER " up");
}

static int remove_veth(void **unused)
{
	sw_datapath_detach(SIDE, NULL);
	sw_datapath_unpin(PIN_DIR, NULL);
	return system("ip link del " SIDE);
}

/* Send one SYN from a listed source into the program, from the other end. */
static void send_syn(void)
{
	struct sw_frame f = { .dmac = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
				  .sll_ifindex = (int)if_nametoindex(PEER) };
	int s = socket(AF_PACKET, SOCK_RAW, 0);
	uint8_t frame[SW_FRAME_ROOM];
	size_t bytes;

	assert_true(s >= 0);
	assert_int_equal(sw_addr_parse("5.1.2.3", &f.source), 0);
	assert_int_equal(sw_addr_parse("5.9.0.25", &f.dest), 0);
	bytes = sw_frame_build(&f, frame, sizeof(frame));
	assert_int_equal(sendto(s, frame, bytes, 0, (struct sockaddr *)&to, sizeof(to)), bytes);
	close(s);
}

static uint64_t counted(struct sw_datapath *dp, unsigned class, enum sw_action action)
{
	struct sw_class_count count;

	assert_int_equal(sw_datapath_class_count(dp, class, &count), 0);
	return count.packets[action];
}

static uint64_t dropped(struct sw_datapath *dp)
{
	return counted(dp, SW_CLASS_FIRST_LIST, SW_ACTION_DROP);
}

/* What does the filter do with a SYN? Frames cross a veth in a softirq: wait for it. */
static void expect_of_syn(struct sw_datapath *dp, unsigned class, enum sw_action action)
{
	uint64_t before = counted(dp, class, action);

	send_syn();
	for (int i = 0; i < 200 && counted(dp, class, action) == before; i++)
		usleep(10000);
	assert_int_equal(counted(dp, class, action), before + 1);
}

static void expect_it_drops(struct sw_datapath *dp)
{
	expect_of_syn(dp, SW_CLASS_FIRST_LIST, SW_ACTION_DROP);
}

/* On new maps with the verdicts of @from, if any. */
static struct sw_datapath *attach_with(const struct sw_datapath_size *size,
				       const struct sw_datapath *from)
{
	struct sw_err err = { "" };
	struct sw_datapath *dp = NULL;
	int code = sw_datapath_open(PIN_DIR, SW_DATAPATH_WRITE, size, &dp, &err);

	if (!code && from)
		code = sw_datapath_carry(from, dp, &err);
	if (!code)
		code = sw_datapath_apply(dp, &rules, &err);
	if (!code)
		code = sw_datapath_attach(dp, SIDE, SW_MODE_NATIVE, &err);
	if (!code)
		code = sw_datapath_commit(dp, &err);
	if (code)
		print_error("%s\n", err.text);
	assert_int_equal(code, 0);
	return dp;
}

static struct sw_datapath *attach(const struct sw_datapath_size *size)
{
	return attach_with(size, NULL);
}

static unsigned descriptors(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static struct sw_datapath_link only_link(void)
{
	struct sw_datapath_link *links, link;
	struct sw_err err;
	size_t n;

	assert_int_equal(sw_datapath_links(PIN_DIR, &links, &n, &err), 0);
	assert_int_equal(n, 1);
	link = links[0];
	free(links);
	return link;
}

static size_t count_links(void)
{
	struct sw_datapath_link *links;
	struct sw_err err;
	size_t n;

	assert_int_equal(sw_datapath_links(PIN_DIR, &links, &n, &err), 0);
	free(links);
	return n;
}

/* ---- strangers ---- */

static uint32_t attached_id(void)
{
	uint32_t id = 0;

	assert_int_equal(bpf_xdp_query_id((int)if_nametoindex(SIDE), 0, &id), 0);
	return id;
}

static struct bpf_object *open_stranger(void)
{
	char path[512];
	struct bpf_object *object;

	snprintf(path, sizeof(path), "%s/tests/bpf/stranger.bpf.o",
		 getenv("O") ? getenv("O") : "build");
	object = bpf_object__open_file(path, NULL);
	if (!object)
		fail_msg("%s: %s", path, strerror(errno));
	return object;
}

static uint32_t attach_stranger_alone(void)
{
	struct bpf_object *object = open_stranger();
	struct bpf_program *program = bpf_object__next_program(object, NULL);

	assert_int_equal(bpf_object__load(object), 0);
	assert_int_equal(bpf_xdp_attach((int)if_nametoindex(SIDE), bpf_program__fd(program),
					XDP_FLAGS_DRV_MODE, NULL),
			 0);
	bpf_object__close(object);
	return attached_id();
}

/* False: the kernel refuses the dispatcher, and libxdp attached it alone. */
static bool attach_stranger_by_libxdp(void)
{
	DECLARE_LIBXDP_OPTS(xdp_program_opts, opts, .obj = open_stranger(),
			    .prog_name = "stranger");
	struct xdp_program *program = xdp_program__create(&opts);
	struct xdp_multiprog *mp;
	bool shared;

	assert_int_equal(libxdp_get_error(program), 0);
	assert_int_equal(
		xdp_program__attach(program, (int)if_nametoindex(SIDE), XDP_MODE_NATIVE, 0), 0);
	mp = xdp_multiprog__get_from_ifindex((int)if_nametoindex(SIDE));
	assert_int_equal(libxdp_get_error(mp), 0);
	shared = !xdp_multiprog__is_legacy(mp);
	xdp_multiprog__close(mp);
	xdp_program__close(program);
	return shared;
}

static bool stranger_is_there(void)
{
	struct xdp_multiprog *mp = xdp_multiprog__get_from_ifindex((int)if_nametoindex(SIDE));
	struct xdp_program *p = NULL;
	bool there = false;

	assert_int_equal(libxdp_get_error(mp), 0);
	while ((p = xdp_multiprog__next_prog(p, mp)))
		there |= !strcmp(xdp_program__name(p), "stranger");
	xdp_multiprog__close(mp);
	return there;
}

/* ---- a kernel that refuses in a dispatcher what changes the length of a frame ---- */

static enum { TAKES_ALL, TAKES_UNCUT, TAKES_NONE } kernel;
static unsigned refused;

/* Of a program that is loaded: what it calls is part of it by then. */
static bool cuts(const struct bpf_program *program)
{
	const struct bpf_insn *insn = bpf_program__insns(program);

	for (size_t i = 0; i < bpf_program__insn_cnt(program); i++)
		if (insn[i].code == (BPF_JMP | BPF_CALL) && !insn[i].src_reg &&
		    insn[i].imm == BPF_FUNC_xdp_adjust_tail)
			return true;
	return false;
}

typedef int attach_fn(struct xdp_program *, int, enum xdp_attach_mode, unsigned);

/* In the place of libxdp's, which is called. */
int xdp_program__attach(struct xdp_program *program, int ifindex, enum xdp_attach_mode mode,
			unsigned flags)
{
	attach_fn *libxdp;
	int code;

	*(void **)&libxdp = dlsym(RTLD_NEXT, "xdp_program__attach");
	code = libxdp(program, ifindex, mode, flags);
	if (code || kernel == TAKES_ALL ||
	    (kernel == TAKES_UNCUT &&
	     !cuts(bpf_object__find_program_by_name(xdp_program__bpf_obj(program), "synward"))))
		return code;
	assert_int_equal(xdp_program__detach(program, ifindex, mode, flags), 0);
	refused++;
	return -EINVAL;
}

static void where_none_may_cut_one_that_does_not_is_attached(void **unused)
{
	struct sw_datapath *dp;
	struct sw_datapath_link link;

	refused = 0;
	kernel = TAKES_UNCUT;
	dp = attach(&small);
	kernel = TAKES_ALL;
	assert_int_equal(refused, 1);
	link = only_link();
	assert_true(link.current);
	expect_it_drops(dp);
	sw_datapath_close(dp);
	dp = attach(&small); /* on another kernel, say: it is exchanged as ever */
	assert_int_not_equal(only_link().program_id, link.program_id);
	expect_it_drops(dp);
	sw_datapath_close(dp);
}

static void what_is_refused_both_ways_is_said_and_leaves_nothing(void **unused)
{
	struct sw_err err = { "" };
	struct sw_datapath *dp;
	unsigned before;

	assert_int_equal(sw_datapath_open(PIN_DIR, SW_DATAPATH_WRITE, &small, &dp, &err), 0);
	assert_int_equal(sw_datapath_apply(dp, &rules, &err), 0);
	before = descriptors();
	refused = 0;
	kernel = TAKES_NONE;
	assert_int_equal(sw_datapath_attach(dp, SIDE, SW_MODE_NATIVE, &err), -EINVAL);
	kernel = TAKES_ALL;
	assert_int_equal(refused, 2);
	assert_non_null(strstr(err.text, SIDE ": cannot attach in native mode: Invalid argument"));
	assert_int_equal(count_links(), 0);
	assert_int_equal(attached_id(), 0);
	assert_int_equal(descriptors(), before);
	sw_datapath_close(dp);
}

/* ---- tests ---- */

static void attached_it_drops_and_detached_it_is_gone(void **unused)
{
	struct sw_datapath *dp = attach(&small);
	struct sw_datapath_link link = only_link();
	struct sw_err err = { "" };

	assert_string_equal(link.ifname, SIDE);
	assert_int_equal(link.mode, SW_MODE_NATIVE);
	assert_true(link.current);
	expect_it_drops(dp);
	assert_int_equal(sw_datapath_detach(SIDE, &err), 0);
	assert_int_equal(count_links(), 0);
	assert_int_equal(attached_id(), 0);
	assert_int_equal(sw_datapath_detach(SIDE, &err), -ENOENT);
	sw_datapath_close(dp);
}

static void a_second_start_works_on_the_same_maps(void **unused)
{
	struct sw_datapath *dp = attach(&small), *again;
	struct sw_datapath_link first = only_link(), second;
	uint64_t before;

	expect_it_drops(dp);
	before = dropped(dp);
	sw_datapath_close(dp); /* the daemon is gone: the filter stays */
	again = attach(&small);
	second = only_link();
	assert_int_not_equal(first.program_id, second.program_id);
	assert_true(second.current);
	assert_int_equal(dropped(again), before);
	expect_it_drops(again);
	sw_datapath_close(again);
}

static void other_sizes_get_new_maps_and_the_old_ones_go(void **unused)
{
	struct sw_datapath_size larger = small;
	struct sw_datapath *dp = attach(&small), *again, *reader;
	struct sw_datapath_info info;
	struct sw_err err = { "" };

	larger.table4_blocks *= 2;
	again = attach(&larger);
	assert_true(only_link().current);
	expect_it_drops(again);
	assert_int_equal(sw_datapath_open(PIN_DIR, SW_DATAPATH_READ, NULL, &reader, &err), 0);
	assert_int_equal(sw_datapath_info(reader, &info), 0);
	assert_int_equal(info.size.table4_blocks, larger.table4_blocks);
	sw_datapath_close(reader);
	sw_datapath_close(dp);
	sw_datapath_close(again);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* The daemon is gone, the card has the clock; on the way the maps are exchanged once. */
static void a_verdict_ends_when_nobody_is_there(void **unused)
{
	const unsigned class = SW_CLASS_OPERATOR_ALLOW_TEMPORARY;
	struct sw_datapath *dp = attach(&small), *again, *reader;
	struct sw_datapath_size larger = small;
	struct sw_datapath_found found;
	struct sw_prefix source;
	struct sw_err err = { "" };
	uint64_t end;

	assert_int_equal(sw_addr_parse("5.1.2.3", &source), 0);
	expect_it_drops(dp);
	end = now_ns() + 3000000000;
	assert_int_equal(sw_datapath_verdict_set(dp, &source, (uint8_t) class, end, &err), 0);
	expect_of_syn(dp, class, SW_ACTION_ALLOW);
	larger.verdicts *= 2;
	again = attach_with(&larger, dp);
	sw_datapath_close(dp);
	sw_datapath_close(again);
	assert_int_equal(sw_datapath_open(PIN_DIR, SW_DATAPATH_READ, NULL, &reader, &err), 0);
	if (now_ns() < end - 500000000) /* on a slow machine it may be over by now */
		expect_of_syn(reader, class, SW_ACTION_ALLOW);
	while (now_ns() < end + 20000000)
		usleep(10000);
	expect_it_drops(reader);
	sw_datapath_lookup(reader, &source, now_ns(), &found);
	assert_int_equal(found.table, class);
	assert_int_equal(found.class, SW_CLASS_FIRST_LIST);
	assert_false(found.is_verdict);
	sw_datapath_close(reader);
}

static void the_deadman_opens_when_nobody_is_there(void **unused)
{
	struct sw_datapath *dp = attach(&small);
	uint64_t reason[SW_REASON_MAX];
	uint64_t before;

	sw_datapath_alive(dp, now_ns());
	sw_datapath_deadman(dp, 3600000000000);
	expect_it_drops(dp);
	sw_datapath_deadman(dp, 1);
	usleep(20000);
	before = dropped(dp);
	send_syn();
	for (int i = 0; i < 200; i++) {
		assert_int_equal(sw_datapath_reasons(dp, reason), 0);
		if (reason[SW_REASON_DEADMAN_OPEN])
			break;
		usleep(10000);
	}
	assert_int_equal(reason[SW_REASON_DEADMAN_OPEN], 1);
	assert_int_equal(dropped(dp), before);
	sw_datapath_close(dp);
}

static void another_abi_is_never_read(void **unused)
{
	struct sw_datapath *dp = attach(&small), *reader = NULL;
	struct sw_err err = { "" };
	int fd;

	sw_datapath_close(dp);
	/* an older version's pins beside ours, and a map of ours that is not what it should be */
	assert_int_equal(system("mkdir " PIN_DIR "/v0"), 0);
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "sw_settings", 4, 16, 1, NULL);
	assert_int_equal(bpf_obj_pin(fd, PIN_DIR "/v0/sw_settings"), 0);
	assert_int_equal(unlink(PINS "/sw_settings"), 0);
	assert_int_equal(bpf_obj_pin(fd, PINS "/sw_settings"), 0);
	close(fd);
	assert_int_equal(sw_datapath_open(PIN_DIR, SW_DATAPATH_READ, NULL, &reader, &err), -EPROTO);
	assert_non_null(strstr(err.text, "restart the daemon"));
	dp = attach(&small); /* replaces the one, removes the other */
	assert_int_not_equal(access(PIN_DIR "/v0", F_OK), 0);
	expect_it_drops(dp);
	sw_datapath_close(dp);
}

static void without_maps_there_is_nothing_to_read(void **unused)
{
	struct sw_datapath *reader = NULL;
	struct sw_err err = { "" };

	assert_int_equal(sw_datapath_open(PIN_DIR, SW_DATAPATH_READ, NULL, &reader, &err), -ENOENT);
	assert_null(reader);
	assert_int_equal(sw_datapath_detach("nonesuch", &err), -ENODEV);
}

static void generic_mode_works_when_asked_for(void **unused)
{
	struct sw_datapath *dp;
	struct sw_err err = { "" };

	assert_int_equal(sw_datapath_open(PIN_DIR, SW_DATAPATH_WRITE, &small, &dp, &err), 0);
	assert_int_equal(sw_datapath_apply(dp, &rules, &err), 0);
	assert_int_equal(sw_datapath_attach(dp, SIDE, SW_MODE_GENERIC, &err), 0);
	assert_int_equal(sw_datapath_commit(dp, &err), 0);
	assert_int_equal(only_link().mode, SW_MODE_GENERIC);
	expect_it_drops(dp);
	sw_datapath_close(dp);
}

static void a_stranger_alone_is_left_and_we_refuse(void **unused)
{
	uint32_t id = attach_stranger_alone();
	struct sw_datapath *dp;
	struct sw_err err = { "" };

	assert_int_equal(sw_datapath_open(PIN_DIR, SW_DATAPATH_WRITE, &small, &dp, &err), 0);
	assert_int_equal(sw_datapath_attach(dp, SIDE, SW_MODE_NATIVE, &err), -EBUSY);
	assert_non_null(strstr(err.text, "stranger"));
	assert_int_equal(attached_id(), id);
	assert_int_equal(sw_datapath_detach(SIDE, &err), -ENOENT);
	assert_int_equal(attached_id(), id);
	sw_datapath_close(dp);
}

static void under_the_dispatcher_we_share_the_interface(void **unused)
{
	struct sw_datapath *dp;
	struct sw_datapath_link link;
	struct sw_err err = { "" };

	if (!attach_stranger_by_libxdp()) {
		print_message(
			"SKIP: this kernel refuses BPF_PROG_TYPE_EXT, so there is no dispatcher\n");
		skip();
	}
	dp = attach(&small);
	link = only_link();
	assert_true(link.dispatcher);
	assert_true(stranger_is_there());
	expect_it_drops(dp);
	sw_datapath_close(dp);
	dp = attach(&small); /* again: exchanged, the stranger not touched */
	assert_int_not_equal(only_link().program_id, link.program_id);
	assert_true(stranger_is_there());
	expect_it_drops(dp);
	assert_int_equal(sw_datapath_detach(SIDE, &err), 0);
	assert_int_equal(count_links(), 0);
	assert_true(stranger_is_there());
	sw_datapath_close(dp);
}

#define ON_VETH(test) cmocka_unit_test_setup_teardown(test, make_veth, remove_veth)

/* A daemon does this at each reload, for years. */
static void no_descriptor_is_left_open(void **unused)
{
	unsigned before, linked, attached, detached;
	struct sw_datapath *dp = attach(&small);

	sw_datapath_close(dp);
	only_link(); /* what libraries open once */
	before = descriptors();
	only_link();
	linked = descriptors();
	sw_datapath_close(attach(&small));
	attached = descriptors();
	assert_int_equal(sw_datapath_detach(SIDE, NULL), 0);
	detached = descriptors();
	assert_int_equal(linked, before);
	assert_int_equal(attached, linked);
	assert_int_equal(detached, attached);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_VETH(attached_it_drops_and_detached_it_is_gone),
		ON_VETH(a_second_start_works_on_the_same_maps),
		ON_VETH(other_sizes_get_new_maps_and_the_old_ones_go),
		ON_VETH(a_verdict_ends_when_nobody_is_there),
		ON_VETH(the_deadman_opens_when_nobody_is_there),
		ON_VETH(another_abi_is_never_read),
		ON_VETH(without_maps_there_is_nothing_to_read),
		ON_VETH(generic_mode_works_when_asked_for),
		ON_VETH(a_stranger_alone_is_left_and_we_refuse),
		ON_VETH(under_the_dispatcher_we_share_the_interface),
		ON_VETH(where_none_may_cut_one_that_does_not_is_attached),
		ON_VETH(what_is_refused_both_ways_is_said_and_leaves_nothing),
		ON_VETH(no_descriptor_is_left_open),
	};

	return cmocka_run_group_tests(tests, make_lab, NULL);
}
