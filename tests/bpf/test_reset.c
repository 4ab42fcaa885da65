/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a class that resets sends, through BPF_PROG_TEST_RUN: for every shape of a SYN the frame is
 * what bpf/reset.h makes natively, what code that shares nothing with it expects, and what tcpdump
 * finds no fault with; and what is not answered at all.
 */
#include "support/reset_fixture.h"

#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpf/reset.h"
#include "support/answer.h"
#include "support/random.h"

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
	uint8_t options[40];
	struct capture c;

	sw_datapath_reset_rate(dp, MANY);
	memset(options, 1, sizeof(options)); /* NOP */
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

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, reset_setup, reset_teardown)
	const struct CMUnitTest tests[] = {
		TEST(plain_ones),	   TEST(every_shape_that_is_taken),
		TEST(jumbo_frames),	   TEST(what_must_not_be_answered),
		TEST(the_uncut_one_loads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
