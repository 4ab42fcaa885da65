/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The program of the card over frames of every shape, through BPF_PROG_TEST_RUN:
 * which packets are SYNs, what is done with each class, what is counted, and that
 * nothing but a listed SYN is ever dropped.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <linux/bpf.h>

#include "support/card.h"

#define HOLD 6 /* of a class, it is reserved and has to pass */

static const struct sw_entry4 flat4[] = {
	{ .addr = 0x05010000, .len = 16, .class = CARD_DROP }, /* 5.1.0.0/16 */
	{ .addr = 0x05010202, .len = 32, .class = CARD_ALLOW }, /* 5.1.2.2 inside it */
	{ .addr = 0x05020000, .len = 16, .class = CARD_LIMIT },
	{ .addr = 0x05030000, .len = 24, .class = CARD_SHADOW_DROP },
	{ .addr = 0x05030100, .len = 24, .class = CARD_SHADOW_LIMIT },
	{ .addr = 0x05030200, .len = 24, .class = HOLD },
};

static const struct sw_entry6 flat6[] = {
	{ .hi = 0x2a01000100000000, .len = 32, .class = CARD_DROP }, /* 2a01:1::/32 */
	{ .hi = 0x2a01000100020000, .lo = 2, .len = 128, .class = CARD_ALLOW }, /* 2a01:1:2::2 */
	{ .hi = 0x2a01000200000000, .len = 32, .class = CARD_LIMIT },
};

static struct sw_datapath *dp;

static int open_datapath(void **unused)
{
	const struct sw_datapath_size size = { .table4_blocks = 4096,
					       .table6_blocks = 64,
					       .bucket_lines = 1024 };
	struct sw_class rows[SW_CLASS_MAX];

	card_rows(rows);
	rows[CARD_LIMIT].tolerance = 2 * CARD_TICKS_10S; /* burst 3 */
	rows[HOLD] = (struct sw_class){ .action = SW_ACTION_HOLD, .name = "hold" };
	if (card_open(&size, &dp))
		return -1;
	return card_apply(dp, &(struct card_lists){ .rows = rows,
						    .flat4 = flat4,
						    .flat4_n = sizeof(flat4) / sizeof(*flat4),
						    .flat6 = flat6,
						    .flat6_n = sizeof(flat6) / sizeof(*flat6) });
}

static int close_datapath(void **unused)
{
	dp = sw_datapath_close(dp);
	return 0;
}

static struct sw_frame syn_from(const char *source)
{
	struct sw_prefix p = card_prefix(source);

	return card_syn(&p);
}

static struct sw_datapath_run run_frame(const struct sw_frame *f, uint64_t now_ns)
{
	uint8_t frame[SW_FRAME_ROOM];
	size_t bytes = sw_frame_build(f, frame, sizeof(frame));
	struct sw_datapath_run run;

	assert_true(bytes > 0);
	assert_int_equal(sw_datapath_run(dp, frame, bytes, now_ns, &run), 0);
	assert_true(run.xdp == XDP_PASS || run.xdp == XDP_DROP);
	return run;
}

static void expect(const struct sw_frame *f, uint32_t xdp, enum sw_reason reason)
{
	struct sw_datapath_run run = run_frame(f, 0);

	assert_int_equal(run.trace.reason, reason);
	assert_int_equal(run.xdp, xdp);
}

/* ---- what each class does ---- */

static void each_class_does_what_it_says(void **unused)
{
	static const struct {
		const char *source;
		unsigned class;
		uint32_t xdp;
		enum sw_action action;
		enum sw_reason reason;
	} rows[] = {
		{ "192.0.2.7", SW_CLASS_UNLISTED, XDP_PASS, SW_ACTION_PASS, SW_REASON_UNLISTED },
		{ "5.1.2.3", CARD_DROP, XDP_DROP, SW_ACTION_DROP, SW_REASON_LISTED },
		{ "5.1.255.255", CARD_DROP, XDP_DROP, SW_ACTION_DROP, SW_REASON_LISTED },
		{ "5.1.2.2", CARD_ALLOW, XDP_PASS, SW_ACTION_ALLOW, SW_REASON_LISTED },
		{ "5.3.0.1", CARD_SHADOW_DROP, XDP_PASS, SW_ACTION_DROP, SW_REASON_SHADOW },
		{ "5.3.2.1", HOLD, XDP_PASS, SW_ACTION_PASS, SW_REASON_NO_CLASS },
		{ "2a01:1::1", CARD_DROP, XDP_DROP, SW_ACTION_DROP, SW_REASON_LISTED },
		{ "2a01:1:2::2", CARD_ALLOW, XDP_PASS, SW_ACTION_ALLOW, SW_REASON_LISTED },
		{ "2a01:1:2::3", CARD_DROP, XDP_DROP, SW_ACTION_DROP, SW_REASON_LISTED },
		{ "2a02::1", SW_CLASS_UNLISTED, XDP_PASS, SW_ACTION_PASS, SW_REASON_UNLISTED },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct sw_frame f = syn_from(rows[i].source);
		struct sw_class_count before, after;
		struct sw_datapath_run run;

		assert_int_equal(sw_datapath_class_count(dp, rows[i].class, &before), 0);
		run = run_frame(&f, 0);
		assert_int_equal(sw_datapath_class_count(dp, rows[i].class, &after), 0);
		assert_int_equal(run.trace.class, rows[i].class);
		assert_int_equal(run.trace.action, rows[i].action);
		assert_int_equal(run.trace.reason, rows[i].reason);
		assert_int_equal(run.xdp, rows[i].xdp);
		assert_int_equal(run.trace.source_port, 40000);
		assert_int_equal(run.trace.dest_port, 25);
		assert_true(run.trace.source_hi == f.source.hi &&
			    run.trace.source_lo == f.source.lo);
		assert_int_equal(after.packets[rows[i].action], before.packets[rows[i].action] + 1);
		assert_true(after.bytes[rows[i].action] >= before.bytes[rows[i].action] + 54);
	}
}

static void limit_gives_its_burst_and_its_rate_and_no_more(void **unused)
{
	struct sw_frame f = syn_from("5.2.0.1"), other = syn_from("5.2.0.2");
	const uint64_t s = 1000000000;
	unsigned passed = 0;

	for (int i = 0; i < 10; i++) /* all at once: the burst */
		passed += run_frame(&f, 100 * s).xdp == XDP_PASS;
	assert_int_equal(passed, 3);
	assert_int_equal(run_frame(&f, 100 * s).trace.reason, SW_REASON_LIMIT_EXCEEDED);
	assert_int_equal(run_frame(&other, 100 * s).xdp, XDP_PASS); /* its own bucket */
	assert_int_equal(run_frame(&f, 109 * s).xdp, XDP_DROP);
	assert_int_equal(run_frame(&f, 111 * s).xdp, XDP_PASS);
	assert_int_equal(run_frame(&f, 112 * s).xdp, XDP_DROP);
	for (passed = 0; passed < 3; passed++) /* long idle: full again, not more than full */
		assert_int_equal(run_frame(&f, 5000 * s).xdp, XDP_PASS);
	assert_int_equal(run_frame(&f, 5000 * s).xdp, XDP_DROP);
}

/* Empty cells are free at every uptime, also just before the ticks wrap (834 days). */
static void limit_knows_empty_cells_at_every_uptime(void **unused)
{
	const uint64_t day = 86400ull * 1000000000;

	for (unsigned d = 826; d < 838; d++) {
		char source[32];
		struct sw_frame f;

		snprintf(source, sizeof(source), "5.2.%u.%u", 16 + d % 16, d % 256);
		f = syn_from(source);
		for (unsigned i = 0; i < 3; i++)
			assert_int_equal(run_frame(&f, d * day).xdp, XDP_PASS);
		assert_int_equal(run_frame(&f, d * day).xdp, XDP_DROP);
	}
}

/* A /64 is one source: all its addresses draw from one bucket. */
static void limit_counts_an_ipv6_network_as_one_source(void **unused)
{
	struct sw_frame f = syn_from("2a01:2::1"), g = syn_from("2a01:2::ffff:1"),
			h = syn_from("2a01:2:0:1::1");

	for (int i = 0; i < 3; i++)
		assert_int_equal(run_frame(i % 2 ? &g : &f, 0).xdp, XDP_PASS);
	assert_int_equal(run_frame(&g, 0).xdp, XDP_DROP);
	assert_int_equal(run_frame(&h, 0).xdp, XDP_PASS);
}

static void limit_in_shadow_never_drops(void **unused)
{
	struct sw_frame f = syn_from("5.3.1.1");

	assert_int_equal(run_frame(&f, 0).trace.reason, SW_REASON_LIMIT_CONFORMS);
	for (int i = 0; i < 5; i++)
		expect(&f, XDP_PASS, SW_REASON_SHADOW);
}

/* ---- which frames are SYNs ---- */

static void vlan_tags_up_to_two_are_looked_through(void **unused)
{
	static const uint16_t tpid[] = { 0x8100, 0x88a8 };
	const char *source[] = { "5.1.0.1", "2a01:1::1" };

	for (unsigned family = 0; family < 2; family++)
		for (unsigned tags = 0; tags <= 3; tags++)
			for (unsigned outer = 0; outer < 2; outer++) {
				struct sw_frame f = syn_from(source[family]);

				f.vlans = tags;
				f.vlan[0] = (struct sw_frame_vlan){ tpid[outer], 0xe123 };
				expect(&f, tags < 3 ? XDP_DROP : XDP_PASS,
				       tags < 3 ? SW_REASON_LISTED : SW_REASON_VLAN_DEPTH);
			}
}

static void ipv4_options_of_any_length(void **unused)
{
	uint8_t options[40];

	memset(options, 1, sizeof(options)); /* NOP */
	for (size_t n = 0; n <= 40; n += 4) {
		struct sw_frame f = syn_from("5.1.0.1");

		f.ip_options = options;
		f.ip_options_bytes = n;
		expect(&f, XDP_DROP, SW_REASON_LISTED);
	}
}

static void tcp_options_and_data_offset(void **unused)
{
	uint8_t options[40];
	struct sw_frame f = syn_from("5.1.0.1");

	memset(options, 1, sizeof(options));
	f.tcp_options = options;
	for (f.tcp_options_bytes = 0; f.tcp_options_bytes <= 40; f.tcp_options_bytes += 4) {
		f.payload_bytes =
			f.tcp_options_bytes % 8 ? 100 : 0; /* TCP Fast Open carries data */
		expect(&f, XDP_DROP, SW_REASON_LISTED);
	}
	f = syn_from("5.1.0.1");
	f.doff_delta = -1; /* 4 words: impossible */
	expect(&f, XDP_PASS, SW_REASON_TCP_MALFORMED);
	f.doff_delta = 1; /* ends behind the packet */
	expect(&f, XDP_PASS, SW_REASON_TCP_TRUNCATED);
}

static void only_syn_without_ack_opens(void **unused)
{
	for (unsigned flags = 1; flags < 256; flags++) {
		struct sw_frame f = syn_from("5.1.0.1");
		bool opens = (flags & (SW_FRAME_SYN | SW_FRAME_ACK)) == SW_FRAME_SYN;

		f.flags = (uint8_t)flags;
		expect(&f, opens ? XDP_DROP : XDP_PASS,
		       opens ? SW_REASON_LISTED : SW_REASON_NOT_SYN);
	}
	struct sw_frame null = syn_from("5.1.0.1");

	null.no_flags = true;
	expect(&null, XDP_PASS, SW_REASON_NOT_SYN);
}

static void only_served_ports(void **unused)
{
	for (unsigned port = 1; port < 65536; port += port < 700 ? 1 : 997) {
		struct sw_frame f = syn_from("5.1.0.1");
		bool served = port == 25 || port == 587;

		f.dport = (uint16_t)port;
		expect(&f, served ? XDP_DROP : XDP_PASS,
		       served ? SW_REASON_LISTED : SW_REASON_NOT_SERVED);
	}
}

static void fragments(void **unused)
{
	struct sw_frame f = syn_from("5.1.0.1");

	f.more_fragments = true; /* the first one holds the TCP header: it is the SYN */
	f.payload_bytes = 4;
	expect(&f, XDP_DROP, SW_REASON_LISTED);
	f.fragment_offset = 3;
	expect(&f, XDP_PASS, SW_REASON_FRAGMENT_LATER);
	f.more_fragments = false;
	expect(&f, XDP_PASS, SW_REASON_FRAGMENT_LATER);
	f = syn_from("5.1.0.1");
	f.more_fragments = true; /* RFC 1858: flags pushed into the second fragment */
	f.l4_bytes = 8;
	expect(&f, XDP_PASS, SW_REASON_FRAGMENT_SHORT);
	f.l4_bytes = 16; /* flags and ports are there: enough to know it */
	expect(&f, XDP_DROP, SW_REASON_LISTED);
	f = syn_from("2a01:1::1");
	f.exts = 1;
	f.ext[0].type = SW_FRAME_FRAGMENT;
	f.more_fragments = true;
	f.doff_delta = 5; /* options in the next fragment */
	f.payload_bytes = 4;
	expect(&f, XDP_DROP, SW_REASON_LISTED);
}

/* Linux takes a payload length of 0 behind hop-by-hop options for "to the end". */
static void ipv6_without_a_length(void **unused)
{
	struct sw_frame f = syn_from("2a01:1::1");

	f.exts = 1;
	f.ext[0].type = SW_FRAME_HOPOPTS;
	f.ip_length_delta = -28; /* 8 of options and 20 of TCP */
	expect(&f, XDP_DROP, SW_REASON_LISTED);
	f.exts = 0;
	f.ip_length_delta = -20;
	expect(&f, XDP_PASS, SW_REASON_TCP_TRUNCATED);
}

static void ipv6_extension_headers(void **unused)
{
	static const uint8_t walked[] = { SW_FRAME_HOPOPTS, SW_FRAME_ROUTING, SW_FRAME_DSTOPTS,
					  SW_FRAME_FRAGMENT };
	struct sw_frame f = syn_from("2a01:1::1");

	for (unsigned n = 1; n <= 10; n++) {
		f.exts = n;
		f.ext[n - 1].type = walked[(n - 1) % 4];
		f.ext[n - 1].more =
			n % 3 && f.ext[n - 1].type != SW_FRAME_FRAGMENT ? (uint8_t)n : 0;
		expect(&f, n <= 8 ? XDP_DROP : XDP_PASS,
		       n <= 8 ? SW_REASON_LISTED : SW_REASON_EXT_DEPTH);
	}
	f = syn_from("2a01:1::1");
	f.exts = 2;
	f.ext[0].type = SW_FRAME_HOPOPTS;
	f.ext[1].type = SW_FRAME_AH;
	expect(&f, XDP_PASS, SW_REASON_EXT_UNKNOWN);
	f.ext[1].type = SW_FRAME_ESP;
	expect(&f, XDP_PASS, SW_REASON_EXT_UNKNOWN);
	f.exts = 1; /* hop-by-hop options and ICMPv6: every MLD report */
	f.protocol = 58;
	expect(&f, XDP_PASS, SW_REASON_NOT_TCP);
	f = syn_from("2a01:1::1");
	f.exts = 1;
	f.ext[0].type = SW_FRAME_FRAGMENT;
	f.more_fragments = true;
	f.payload_bytes = 4;
	expect(&f, XDP_DROP, SW_REASON_LISTED);
	f.fragment_offset = 3;
	expect(&f, XDP_PASS, SW_REASON_FRAGMENT_LATER);
	f = syn_from("2a01:1::1");
	f.exts = 1;
	f.ext[0] = (struct sw_frame_ext){ .type = SW_FRAME_DSTOPTS, .length_delta = 200 };
	assert_int_equal(run_frame(&f, 0).xdp, XDP_PASS); /* points behind the packet */
}

static void what_is_not_tcp_over_ip_passes(void **unused)
{
	struct sw_frame f = syn_from("5.1.0.1");

	f.protocol = 17;
	expect(&f, XDP_PASS, SW_REASON_NOT_TCP);
	f = syn_from("2a01:1::1");
	f.protocol = 58;
	expect(&f, XDP_PASS, SW_REASON_NOT_TCP);
	f = syn_from("5.1.0.1");
	f.ethertype = 0x0806;
	expect(&f, XDP_PASS, SW_REASON_NOT_IP);
	f.ethertype = 0x86dd; /* IPv4 bytes under the type of IPv6 */
	expect(&f, XDP_PASS, SW_REASON_IP_MALFORMED);
	f = syn_from("5.1.0.1");
	f.version = 5;
	expect(&f, XDP_PASS, SW_REASON_IP_MALFORMED);
	f = syn_from("5.1.0.1");
	f.ihl_delta = -1;
	expect(&f, XDP_PASS, SW_REASON_IP_MALFORMED);
	f = syn_from("5.1.0.1");
	f.ip_length_delta = 1;
	expect(&f, XDP_PASS, SW_REASON_IP_TRUNCATED);
	f.ip_length_delta = -1;
	expect(&f, XDP_PASS, SW_REASON_TCP_TRUNCATED);
	f = syn_from("2a01:1::1");
	f.ip_length_delta = 1;
	expect(&f, XDP_PASS, SW_REASON_IP_TRUNCATED);
}

/* Every shape, cut at every byte: no byte beyond the frame is read (the verifier
 * sees to that), and a cut SYN is no SYN. */
static void cut_anywhere_it_passes(void **unused)
{
	uint8_t options[8] = { 1, 1, 1, 1, 1, 1, 1, 1 };
	struct sw_frame shape[3] = { syn_from("5.1.0.1"), syn_from("2a01:1::1"),
				     syn_from("5.1.0.1") };

	shape[1].exts = 2;
	shape[1].ext[0].type = SW_FRAME_HOPOPTS;
	shape[1].ext[1] = (struct sw_frame_ext){ .type = SW_FRAME_ROUTING, .more = 2 };
	shape[2].vlans = 2;
	shape[2].ip_options = options;
	shape[2].ip_options_bytes = 8;
	for (unsigned s = 0; s < 3; s++) {
		uint8_t frame[SW_FRAME_ROOM];
		size_t bytes = sw_frame_build(&shape[s], frame, sizeof(frame));
		struct sw_datapath_run run;

		for (size_t cut = 14; cut < bytes; cut++) {
			assert_int_equal(sw_datapath_run(dp, frame, cut, 0, &run), 0);
			assert_int_equal(run.xdp, XDP_PASS);
			assert_int_equal(run.trace.class, SW_CLASS_MAX);
		}
		assert_int_equal(sw_datapath_run(dp, frame, bytes, 0, &run), 0);
		assert_int_equal(run.xdp, XDP_DROP);
	}
}

/* Padding behind the IP packet, as Ethernet adds to short frames, changes nothing. */
static void padding_is_not_looked_at(void **unused)
{
	struct sw_frame f = syn_from("5.1.0.1");
	uint8_t frame[SW_FRAME_ROOM];
	struct sw_datapath_run run;
	size_t bytes;

	memset(frame, 0xff, sizeof(frame));
	bytes = sw_frame_build(&f, frame, sizeof(frame));
	memset(frame + bytes, 0xff, 20);
	assert_int_equal(sw_datapath_run(dp, frame, bytes + 20, 0, &run), 0);
	assert_int_equal(run.xdp, XDP_DROP);
	assert_int_equal(sw_datapath_run(dp, frame, 13, 0, &run), -EMSGSIZE);
}

/* A frame of several pages reaches the program as several buffers (xdp.frags). */
static void jumbo_frames_work(void **unused)
{
	size_t bytes = 9000;
	uint8_t *frame = calloc(1, bytes);
	struct sw_frame f = syn_from("5.1.0.1");
	struct sw_datapath_run run;

	assert_non_null(frame);
	f.payload_bytes = bytes - 54;
	assert_int_equal(sw_frame_build(&f, frame, bytes), bytes);
	assert_int_equal(sw_datapath_run(dp, frame, bytes, 0, &run), 0);
	assert_int_equal(run.xdp, XDP_DROP);
	assert_int_equal(run.trace.reason, SW_REASON_LISTED);
	free(frame);
}

/* Random bytes behind a header that looks right: passes or is a listed SYN. */
static void noise_is_never_dropped_unless_it_is_a_listed_syn(void **unused)
{
	uint64_t s = 88172645463325252ull;

	for (int i = 0; i < 20000; i++) {
		struct sw_frame f = syn_from(i % 2 ? "5.1.0.1" : "2a01:1::1");
		uint8_t frame[SW_FRAME_ROOM];
		struct sw_datapath_run run;
		size_t bytes;

		f.vlans = (unsigned)i % 3;
		bytes = sw_frame_build(&f, frame, sizeof(frame));
		for (int hit = 0; hit < 1 + i % 4; hit++) {
			s ^= s << 13, s ^= s >> 7, s ^= s << 17;
			frame[12 + s % (bytes - 12)] = (uint8_t)(s >> 32);
		}
		assert_int_equal(sw_datapath_run(dp, frame, bytes, 0, &run), 0);
		assert_true(run.xdp == XDP_PASS ||
			    (run.xdp == XDP_DROP && run.trace.class == CARD_DROP) ||
			    (run.xdp == XDP_DROP && run.trace.class == CARD_LIMIT));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_class_does_what_it_says),
		cmocka_unit_test(limit_gives_its_burst_and_its_rate_and_no_more),
		cmocka_unit_test(limit_knows_empty_cells_at_every_uptime),
		cmocka_unit_test(limit_counts_an_ipv6_network_as_one_source),
		cmocka_unit_test(limit_in_shadow_never_drops),
		cmocka_unit_test(vlan_tags_up_to_two_are_looked_through),
		cmocka_unit_test(ipv4_options_of_any_length),
		cmocka_unit_test(tcp_options_and_data_offset),
		cmocka_unit_test(only_syn_without_ack_opens),
		cmocka_unit_test(only_served_ports),
		cmocka_unit_test(fragments),
		cmocka_unit_test(ipv6_extension_headers),
		cmocka_unit_test(ipv6_without_a_length),
		cmocka_unit_test(what_is_not_tcp_over_ip_passes),
		cmocka_unit_test(cut_anywhere_it_passes),
		cmocka_unit_test(padding_is_not_looked_at),
		cmocka_unit_test(jumbo_frames_work),
		cmocka_unit_test(noise_is_never_dropped_unless_it_is_a_listed_syn),
	};

	return cmocka_run_group_tests(tests, open_datapath, close_datapath);
}
