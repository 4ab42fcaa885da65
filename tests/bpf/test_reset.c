/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Classes that reset, through BPF_PROG_TEST_RUN: the frame that is sent, for every shape, is what
 * bpf/reset.h makes natively, what code that shares nothing with it expects, and what tcpdump
 * finds no fault with; what is not answered, the rates of card and source, and how all of that
 * is counted. Limits of networks, which use the same buckets.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cmocka.h>
#include <linux/bpf.h>

#include "bpf/reset.h"
#include "datapath/datapath.h"
#include "rules/precedence.h"
#include "support/answer.h"
#include "support/random.h"

/* Below those of lists, which get numbers of the card's own. */
#define RESET 27
#define SHADOW_RESET 28
#define LIMIT 29

#define S 1000000000ull
#define T0 (1000 * S)
#define MANY 1e5 /* resets a second: as good as no limit */

static struct sw_class classes[SW_CLASS_MAX] = {
	[SW_CLASS_UNLISTED] = { .action = SW_ACTION_PASS, .name = "unlisted" },
	[SW_CLASS_OPERATOR_RESET_TEMPORARY] = { .action = SW_ACTION_RESET,
						.tier = SW_TIER_OPERATOR,
						.flags = SW_CLASS_TEMPORARY,
						.name = "operator-reset-temporary" },
	[RESET] = { .action = SW_ACTION_RESET, .tier = SW_TIER_BLOCK, .name = "reset" },
	[SHADOW_RESET] = { .action = SW_ACTION_RESET,
			   .flags = SW_CLASS_SHADOW,
			   .tier = SW_TIER_BLOCK,
			   .name = "shadow-reset" },
	/* 1/s, burst 2, and for the network 2/s, burst 5; in ticks of 2^16 ns */
	[LIMIT] = { .action = SW_ACTION_LIMIT,
		    .tier = SW_TIER_BLOCK,
		    .interval = 15259,
		    .tolerance = 15259,
		    .network_interval = 7629,
		    .network_tolerance = 4 * 7629,
		    .name = "limit" },
};

static const struct sw_entry4 flat4[] = {
	{ .addr = 0, .len = 1, .class = RESET }, /* all that random SYNs come from */
	{ .addr = 0x05030000, .len = 16, .class = SHADOW_RESET },
	{ .addr = 0x05040000, .len = 16, .class = LIMIT },
	{ .addr = 0xc0000000, .len = 2, .class = RESET }, /* groups, and what is reserved */
};

static const struct sw_entry6 flat6[] = {
	{ .len = 2, .class = RESET },
	{ .hi = 0x2a01000400000000, .len = 32, .class = LIMIT },
	{ .hi = 0xff00000000000000, .len = 8, .class = RESET },
};

static struct sw_datapath *dp;
static uint8_t options[40];
static uint64_t now;

/* ---- the card of a test ---- */

static int apply(struct sw_datapath *to)
{
	const uint16_t ports[] = { 25 };
	struct sw_rank rank[SW_CLASS_MAX];
	const struct sw_datapath_rules rules = { .class = classes,
						 .rank = rank,
						 .flat4 = flat4,
						 .flat4_n = sizeof(flat4) / sizeof(*flat4),
						 .flat6 = flat6,
						 .flat6_n = sizeof(flat6) / sizeof(*flat6),
						 .ports = ports,
						 .ports_n = 1 };
	struct sw_err err = { "" };
	int code;

	for (unsigned c = 0; c < SW_CLASS_MAX; c++)
		rank[c] = (struct sw_rank){ .tier = sw_precedence_rank(classes[c].tier, false),
					    .harsh = classes[c].action };
	code = sw_datapath_apply(to, &rules, &err);
	if (code)
		print_error("%s\n", err.text);
	return code;
}

static struct sw_datapath *open_card(void)
{
	const struct sw_datapath_size size = { .table4_blocks = 4096,
					       .table6_blocks = 1024,
					       .bucket_lines = 65536,
					       .verdicts = 1024 };
	struct sw_datapath *card;
	struct sw_err err = { "" };

	if (!sw_datapath_open(NULL, SW_DATAPATH_PRIVATE, &size, &card, &err))
		return card;
	print_error("%s\n", err.text);
	return NULL;
}

static int setup(void **unused)
{
	memset(options, 1, sizeof(options)); /* NOP */
	now = T0;
	dp = open_card();
	if (!dp || apply(dp))
		return -1;
	sw_datapath_alive(dp, T0);
	return 0;
}

static int teardown(void **unused)
{
	dp = sw_datapath_close(dp);
	return 0;
}

static struct sw_prefix address(const char *text)
{
	struct sw_prefix p;

	assert_int_equal(sw_addr_parse(text, &p), 0);
	return p;
}

static struct sw_frame syn_from(const char *source)
{
	struct sw_frame f = { .smac = { 2, 0, 0, 0, 0, 1 }, .dmac = { 2, 0, 0, 0, 0, 2 } };

	f.source = address(source);
	f.dest = address(f.source.family == 4 ? "198.18.0.25" : "2001:4d88::25");
	return f;
}

/* A run, and what came of the frame. */
struct run {
	struct sw_datapath_run run;
	uint8_t in[16384], out[16384];
	size_t in_bytes, out_bytes;
};

static void run_padded(const struct sw_frame *f, size_t padding, struct run *r)
{
	memset(r->in, 0xa5, sizeof(r->in));
	r->in_bytes = sw_frame_build(f, r->in, sizeof(r->in));
	assert_true(r->in_bytes > 0);
	memset(r->in + r->in_bytes, 0xa5, padding);
	r->in_bytes += padding;
	r->out_bytes = sizeof(r->out);
	assert_int_equal(
		sw_datapath_run_out(dp, r->in, r->in_bytes, now, &r->run, r->out, &r->out_bytes),
		0);
}

static void run_frame(const struct sw_frame *f, struct run *r)
{
	run_padded(f, 0, r);
}

static unsigned xdp_of(const char *source)
{
	struct sw_frame f = syn_from(source);
	struct run *r = malloc(sizeof(*r));
	unsigned xdp;

	assert_non_null(r);
	run_frame(&f, r);
	xdp = r->run.xdp;
	free(r);
	return xdp;
}

/* ---- the answer ---- */

/* What reset.h makes of it here; several buffers are one. */
static size_t natively(const struct run *r, uint8_t *frame)
{
	struct sw_syn syn = { .family = 0 };
	size_t bytes;

	memcpy(frame, r->in, r->in_bytes);
	assert_int_equal(sw_parse(frame, frame + r->in_bytes, &syn), 0);
	assert_true(sw_reset_may(frame, frame + r->in_bytes, &syn));
	bytes = sw_reset_write(frame, frame + r->in_bytes, &syn);
	return bytes < r->in_bytes ? bytes : r->in_bytes;
}

static void is_answered(const struct sw_frame *f, size_t padding, struct run *r)
{
	static uint8_t same[sizeof(r->in)];
	const char *fault;

	run_padded(f, padding, r);
	assert_int_equal(r->run.xdp, XDP_TX);
	assert_int_equal(r->run.trace.reason, SW_REASON_LISTED);
	assert_int_equal(r->run.trace.action, SW_ACTION_RESET);
	assert_int_equal(r->out_bytes, natively(r, same));
	assert_memory_equal(r->out, same, r->out_bytes);
	fault = sw_answer_fault(f, r->out, r->out_bytes);
	if (fault)
		fail_msg("%s", fault);
}

/* Dropped, as it was, in silence. */
static void is_not_answered(const struct sw_frame *f, struct run *r)
{
	run_frame(f, r);
	assert_int_equal(r->run.xdp, XDP_DROP);
	assert_int_equal(r->run.trace.reason, SW_REASON_RESET_OVER);
	assert_int_equal(r->run.trace.action, SW_ACTION_DROP);
	assert_int_equal(r->out_bytes, r->in_bytes);
	assert_memory_equal(r->out, r->in, r->in_bytes);
}

/* ---- a capture of answers, and what tcpdump thinks of it ---- */

struct capture {
	char path[64];
	FILE *file;
	unsigned n;
};

static void put32(FILE *out, uint32_t n)
{
	assert_int_equal(fwrite(&n, sizeof(n), 1, out), 1);
}

static void begin(struct capture *c)
{
	int fd;

	*c = (struct capture){ .path = "/tmp/synward-test_reset.XXXXXX" };
	fd = mkstemp(c->path);
	assert_true(fd >= 0);
	c->file = fdopen(fd, "w");
	assert_non_null(c->file);
	put32(c->file, 0xa1b2c3d4);
	put32(c->file, 4u << 16 | 2); /* little end first, as all of this */
	put32(c->file, 0);
	put32(c->file, 0);
	put32(c->file, 65535);
	put32(c->file, 1); /* Ethernet */
}

static void add(struct capture *c, const struct run *r)
{
	put32(c->file, c->n++);
	put32(c->file, 0);
	put32(c->file, (uint32_t)r->out_bytes);
	put32(c->file, (uint32_t)r->out_bytes);
	assert_int_equal(fwrite(r->out, r->out_bytes, 1, c->file), 1);
}

static void judge_by_tcpdump(struct capture *c)
{
	char command[128], line[1024];
	unsigned right = 0, resets = 0;
	FILE *in;

	assert_int_equal(fclose(c->file), 0);
	snprintf(command, sizeof(command), "tcpdump -envvr %s 2>&1", c->path);
	in = popen(command, "re");
	assert_non_null(in);
	while (fgets(line, sizeof(line), in)) {
		if (strstr(line, " bad") || strstr(line, "(bad") || strstr(line, "[bad") ||
		    strstr(line, "incorrect") || strstr(line, "[|"))
			fail_msg("%s", line);
		right += strstr(line, "(correct)") != NULL;
		resets += strstr(line, "Flags [R.]") && strstr(line, "seq 0") &&
			  strstr(line, "win 0, length 0");
	}
	pclose(in);
	unlink(c->path);
	assert_int_equal(right, c->n);
	assert_int_equal(resets, c->n);
}

static bool has_tcpdump(void)
{
	return system("command -v tcpdump > /dev/null 2>&1") == 0;
}

/* ---- shapes ---- */

static void plain_ones(void **unused)
{
	static struct run r;

	sw_datapath_reset_rate(dp, MANY);
	for (int six = 0; six < 2; six++) {
		struct sw_frame f = syn_from(six ? "2a01:1::1" : "5.1.0.1");

		for (f.vlans = 0; f.vlans <= 2; f.vlans++)
			for (size_t padding = 0; padding < 12; padding++, now += S)
				is_answered(&f, padding, &r);
	}
}

static void every_shape_that_is_taken(void **unused)
{
	static struct run r;
	uint64_t random = 20261126;
	struct capture c;

	sw_datapath_reset_rate(dp, MANY);
	begin(&c);
	for (int i = 0; i < 4000; i++, now += S) {
		struct sw_frame f;

		sw_answer_random_syn(&random, options, &f);
		if (f.source.family == 4 && f.source.lo >> 24 == 5) /* other classes */
			continue;
		is_answered(&f, sw_random(&random) % 30, &r);
		add(&c, &r);
	}
	if (has_tcpdump())
		judge_by_tcpdump(&c);
	else
		print_message("SKIP tcpdump is not installed\n");
	unlink(c.path);
}

/* A frame of several pages reaches the program as several buffers: what is behind the first is cut
 * off with the rest. */
static void jumbo_frames(void **unused)
{
	static struct run r;

	for (int six = 0; six < 2; six++) {
		struct sw_frame f = syn_from(six ? "2a01:1::1" : "5.1.0.1");

		f.payload_bytes = 9000;
		is_answered(&f, 0, &r);
	}
}

static void what_must_not_be_answered(void **unused)
{
	static const char *const nobody[] = { "0.0.0.0",	 "127.0.0.1", "224.0.0.5",
					      "255.255.255.255", "::1",	      "ff02::1" };
	static struct run r;
	struct sw_frame f;

	for (size_t i = 0; i < sizeof(nobody) / sizeof(nobody[0]); i++) {
		f = syn_from(nobody[i]);
		is_not_answered(&f, &r);
	}
	for (unsigned who = 0; who < 2; who++) {
		f = syn_from("5.1.0.1");
		memset(who ? f.smac : f.dmac, 0xff, 6);
		is_not_answered(&f, &r);
	}
	f = syn_from("5.1.0.1");
	f.flags = SW_FRAME_SYN | SW_FRAME_RST;
	is_not_answered(&f, &r);
	f = syn_from("5.1.0.1");
	f.more_fragments = true;
	f.payload_bytes = 4;
	is_not_answered(&f, &r);
	f = syn_from("2a01:1::1");
	f.exts = 1;
	f.ext[0].type = SW_FRAME_FRAGMENT;
	f.more_fragments = true;
	f.payload_bytes = 4;
	is_not_answered(&f, &r);
	f.ext[0].type = SW_FRAME_HOPOPTS;
	f.payload_bytes = 0;
	f.ip_length_delta = -28;
	is_not_answered(&f, &r);
	assert_int_equal(xdp_of("5.1.0.1"), XDP_TX); /* and none of them took anything away */
}

/* The program for dispatchers that take none that cuts: the kernel takes it. */
static void the_uncut_one_loads(void **unused)
{
	const char *folder = getenv("O");
	struct bpf_object *object;
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/bpf/uncut.bpf.o", folder ? folder : "build");
	object = bpf_object__open_file(path, NULL);
	if (!object)
		skip();
	assert_int_equal(bpf_object__load(object), 0);
	bpf_object__close(object);
}

/* ---- rates ---- */

static void a_source_gets_its_share(void **unused)
{
	unsigned answered = 0;

	sw_datapath_reset_rate(dp, MANY);
	for (int i = 0; i < 100; i++)
		answered += xdp_of("5.1.0.1") == XDP_TX;
	assert_int_equal(answered, 20);
	assert_int_equal(xdp_of("5.1.0.1"), XDP_DROP);
	assert_int_equal(xdp_of("5.1.0.2"), XDP_TX);
	now += S;
	for (answered = 0; answered < 100; answered++)
		if (xdp_of("5.1.0.1") != XDP_TX)
			break;
	assert_in_range(answered, 9, 11); /* a second's worth */
	for (answered = 0; answered < 100; answered++) /* an IPv6 /64 is one source */
		if (xdp_of(answered % 2 ? "2a01:1::1" : "2a01:1::2") != XDP_TX)
			break;
	assert_int_equal(answered, 20);
	assert_int_equal(xdp_of("2a01:1:0:1::1"), XDP_TX);
}

static unsigned answers_to_many(unsigned n)
{
	static unsigned next;
	unsigned answered = 0;

	for (unsigned i = 0; i < n; i++, next++) {
		char source[32];

		snprintf(source, sizeof(source), "7.%u.%u.%u", next >> 16 & 255, next >> 8 & 255,
			 next & 255);
		answered += xdp_of(source) == XDP_TX;
	}
	return answered;
}

static void the_card_gives_its_rate_and_no_more(void **unused)
{
	unsigned answered = 0;

	sw_datapath_reset_rate(dp, 100); /* ten at once */
	assert_int_equal(answers_to_many(1000), 10);
	for (unsigned ms = 0; ms < 2000; ms++, now += S / 1000)
		answered += answers_to_many(1);
	assert_in_range(answered, 198, 202);
	now += 100 * S;
	assert_int_equal(answers_to_many(100), 10);
	sw_datapath_reset_rate(dp, 1000); /* another rate counts at once */
	assert_int_equal(answers_to_many(1000), 100);
}

/* One that sends too much takes nothing from the others. */
static void a_greedy_source_is_alone_with_it(void **unused)
{
	sw_datapath_reset_rate(dp, 400); /* forty at once, of which it gets twenty */
	for (int i = 0; i < 1000; i++)
		xdp_of("5.1.0.1");
	assert_int_equal(answers_to_many(100), 20);
}

static void new_maps_have_a_rate(void **unused)
{
	struct sw_datapath *next;
	struct sw_datapath_info info;
	struct sw_err err = { "" };

	sw_datapath_info(dp, &info);
	assert_int_equal((int)info.reset.rate, 1000);
	assert_int_equal(info.reset.burst, 100);
	assert_int_equal(info.surge.burst, 0);
	sw_datapath_reset_rate(dp, 50);
	sw_datapath_surge(dp, 10, 30);
	next = open_card();
	assert_non_null(next);
	assert_int_equal(sw_datapath_carry(dp, next, &err), 0);
	sw_datapath_info(next, &info);
	sw_datapath_close(next);
	assert_int_equal((int)info.reset.rate, 50);
	assert_int_equal((int)info.surge.rate, 10);
	assert_int_equal(info.surge.burst, 30);
}

/* ---- what it is counted as, and when it does not count ---- */

static void it_is_counted(void **unused)
{
	struct sw_class_count before, after;
	uint64_t reasons[SW_REASON_MAX];

	sw_datapath_reset_rate(dp, 10); /* one at once */
	assert_int_equal(sw_datapath_class_count(dp, RESET, &before), 0);
	assert_int_equal(answers_to_many(5), 1);
	assert_int_equal(sw_datapath_class_count(dp, RESET, &after), 0);
	assert_int_equal(after.packets[SW_ACTION_RESET] - before.packets[SW_ACTION_RESET], 1);
	assert_int_equal(after.bytes[SW_ACTION_RESET] - before.bytes[SW_ACTION_RESET], 54);
	assert_int_equal(after.packets[SW_ACTION_DROP] - before.packets[SW_ACTION_DROP], 4);
	assert_int_equal(sw_datapath_reasons(dp, reasons), 0);
	assert_int_equal(reasons[SW_REASON_LISTED], 1);
	assert_int_equal(reasons[SW_REASON_RESET_OVER], 4);
}

static void in_shadow_it_passes(void **unused)
{
	static struct run r;
	struct sw_frame f = syn_from("5.3.0.1");

	run_frame(&f, &r);
	assert_int_equal(r.run.xdp, XDP_PASS);
	assert_int_equal(r.run.trace.reason, SW_REASON_SHADOW);
	assert_int_equal(r.run.trace.action, SW_ACTION_RESET);
	assert_int_equal(r.out_bytes, r.in_bytes);
	assert_memory_equal(r.out, r.in, r.in_bytes);
}

static void without_a_daemon_it_passes_where_it_is_to(void **unused)
{
	static struct run r;
	struct sw_frame f = syn_from("5.1.0.1");

	sw_datapath_deadman(dp, 60 * S);
	assert_int_equal(xdp_of("5.1.0.1"), XDP_TX);
	now += 61 * S;
	run_frame(&f, &r);
	assert_int_equal(r.run.xdp, XDP_PASS);
	assert_int_equal(r.run.trace.reason, SW_REASON_DEADMAN_OPEN);
	assert_memory_equal(r.out, r.in, r.in_bytes);
	sw_datapath_alive(dp, now);
	assert_int_equal(xdp_of("5.1.0.1"), XDP_TX);
}

static void a_verdict_that_resets_ends(void **unused)
{
	struct sw_prefix source = address("5.4.0.1"); /* where a list limits */
	struct sw_err err = { "" };

	assert_int_equal(sw_datapath_verdict_set(dp, &source, SW_CLASS_OPERATOR_RESET_TEMPORARY,
						 now + 10 * S, &err),
			 0);
	assert_int_equal(xdp_of("5.4.0.1"), XDP_TX);
	now += 11 * S;
	assert_int_equal(xdp_of("5.4.0.1"), XDP_PASS);
}

/* ---- limits of networks ---- */

static void sources_of_a_network_share_a_rate(void **unused)
{
	static const char *const net4[] = { "5.4.1.1", "5.4.1.2", "5.4.1.3", "5.4.1.4" };
	static const char *const net6[] = { "2a01:4:7:1::1", "2a01:4:7:2::1", "2a01:4:7:3::1",
					    "2a01:4:7:4::1" };

	for (int six = 0; six < 2; six++) {
		const char *const *net = six ? net6 : net4;
		unsigned passed = 0;

		for (int i = 0; i < 40; i++) /* each alone would have two, and all five */
			passed += xdp_of(net[i % 4]) == XDP_PASS;
		assert_int_equal(passed, 5);
		assert_int_equal(xdp_of(six ? "2a01:4:8:1::1" : "5.4.2.1"), XDP_PASS);
		now += S + S / 100; /* two more */
		for (passed = 0; passed < 10; passed++)
			if (xdp_of(net[passed % 4]) != XDP_PASS)
				break;
		assert_int_equal(passed, 2);
	}
}

static void who_is_over_takes_nothing_from_its_network(void **unused)
{
	unsigned passed = 0;

	for (int i = 0; i < 1000; i++)
		passed += xdp_of("5.4.1.1") == XDP_PASS;
	assert_int_equal(passed, 2);
	passed = 0;
	for (int i = 0; i < 20; i++)
		passed += xdp_of(i % 2 ? "5.4.1.2" : "5.4.1.3") == XDP_PASS;
	assert_int_equal(passed, 3);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(plain_ones),
		TEST(every_shape_that_is_taken),
		TEST(jumbo_frames),
		TEST(what_must_not_be_answered),
		TEST(the_uncut_one_loads),
		TEST(a_source_gets_its_share),
		TEST(the_card_gives_its_rate_and_no_more),
		TEST(a_greedy_source_is_alone_with_it),
		TEST(new_maps_have_a_rate),
		TEST(it_is_counted),
		TEST(in_shadow_it_passes),
		TEST(without_a_daemon_it_passes_where_it_is_to),
		TEST(a_verdict_that_resets_ends),
		TEST(sources_of_a_network_share_a_rate),
		TEST(who_is_over_takes_nothing_from_its_network),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
