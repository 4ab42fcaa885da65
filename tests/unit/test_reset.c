/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The RST that refuses a SYN (bpf/reset.h), built natively over frames of every shape that the
 * parser takes, and judged by code that shares nothing with it; and what is not answered.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bpf/reset.h"
#include "support/answer.h"
#include "support/random.h"

static uint8_t options[40];

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

/* The frame, in memory of just its size. *@bytes is what of it is to be sent; 0: no answer. */
static uint8_t *answer_to(const struct sw_frame *spec, size_t padding, size_t *bytes)
{
	static uint8_t built[1 << 16];
	size_t n = sw_frame_build(spec, built, sizeof(built) - padding);
	uint8_t *frame = malloc(n + padding);
	struct sw_syn syn;

	assert_true(n > 0);
	assert_non_null(frame);
	memcpy(frame, built, n);
	memset(frame + n, 0xa5, padding);
	n += padding;
	*bytes = 0;
	if (!sw_parse(frame, frame + n, &syn) && !sw_syn_fits(&syn, n) &&
	    sw_reset_may(frame, frame + n, &syn)) {
		*bytes = sw_reset_write(frame, frame + n, &syn);
		assert_true(*bytes >= SW_ETH_LEAST);
		if (*bytes > n)
			*bytes = n;
	}
	return frame;
}

static void is_answered(const struct sw_frame *spec, size_t padding)
{
	size_t bytes;
	uint8_t *frame = answer_to(spec, padding, &bytes);
	const char *fault = bytes ? sw_answer_fault(spec, frame, bytes) : "no answer";

	free(frame);
	if (fault)
		fail_msg("%s", fault);
}

static void is_not_answered(const struct sw_frame *spec)
{
	static uint8_t built[1 << 16];
	size_t bytes, n = sw_frame_build(spec, built, sizeof(built));
	uint8_t *frame = answer_to(spec, 0, &bytes);

	assert_int_equal(bytes, 0);
	assert_memory_equal(frame, built, n); /* and it is as it was */
	free(frame);
}

static void test_plain(void **state)
{
	for (int six = 0; six < 2; six++) {
		struct sw_frame f = syn_from(six ? "2a01:1::1" : "5.1.0.1");

		for (f.vlans = 0; f.vlans <= 2; f.vlans++)
			for (size_t padding = 0; padding < 20; padding++)
				is_answered(&f, padding);
	}
}

static void test_numbers(void **state)
{
	static const uint32_t seq[] = { 0, 1, 0x7fffffff, 0xfffffffe, 0xffffffff };
	struct sw_frame f = syn_from("5.1.0.1");

	for (size_t i = 0; i < sizeof(seq) / sizeof(seq[0]); i++) {
		f.seq = seq[i];
		f.flags = SW_FRAME_SYN;
		f.payload_bytes = 0;
		is_answered(&f, 0);
		f.flags = SW_FRAME_SYN | SW_FRAME_FIN;
		is_answered(&f, 0);
		f.payload_bytes = 1400;
		is_answered(&f, 0);
	}
}

static void test_options_and_extensions(void **state)
{
	struct sw_frame four = syn_from("5.1.0.1"), six = syn_from("2a01:1::1");

	four.ip_options = four.tcp_options = six.tcp_options = options;
	for (size_t n = 0; n <= 40; n += 4) {
		four.ip_options_bytes = n;
		four.tcp_options_bytes = six.tcp_options_bytes = 40 - n;
		is_answered(&four, 0);
		six.exts = (unsigned)(n / 5);
		for (unsigned i = 0; i < six.exts; i++)
			six.ext[i].type = i % 2 ? SW_FRAME_HOPOPTS : SW_FRAME_DSTOPTS;
		is_answered(&six, 0);
	}
	six.exts = 1;
	six.ext[0].type = SW_FRAME_FRAGMENT; /* alone: RFC 6946 */
	is_answered(&six, 0);
}

static void test_random(void **state)
{
	uint64_t random = 20261126;

	for (int i = 0; i < 200000; i++) {
		struct sw_frame f;

		sw_answer_random_syn(&random, options, &f);
		is_answered(&f, sw_random(&random) % 50);
	}
}

static void test_not_whole(void **state)
{
	struct sw_frame f = syn_from("5.1.0.1");

	f.more_fragments = true;
	f.payload_bytes = 4;
	is_not_answered(&f);
	f.l4_bytes = 16;
	is_not_answered(&f);
	f = syn_from("2a01:1::1");
	f.exts = 1;
	f.ext[0].type = SW_FRAME_FRAGMENT;
	f.more_fragments = true;
	f.payload_bytes = 4;
	is_not_answered(&f);
	f = syn_from("2a01:1::1");
	f.exts = 1;
	f.ext[0].type = SW_FRAME_HOPOPTS;
	f.ip_length_delta = -28; /* it does not say how long it is */
	is_not_answered(&f);
}

static void test_resets_are_not_reset(void **state)
{
	struct sw_frame f = syn_from("5.1.0.1");

	f.flags = SW_FRAME_SYN | SW_FRAME_RST;
	is_not_answered(&f);
}

static void test_groups_and_nobody(void **state)
{
	static const char *const bad[] = {
		"0.0.0.0",	  "0.1.2.3",	     "127.0.0.1",  "224.0.0.1",	  "239.255.255.255",
		"240.0.0.1",	  "255.255.255.255", "::",	   "::1",	  "::1.2.3.4",
		"::ffff:5.1.0.1", "ff02::1",	     "ff0e::1234", "198.18.0.25", "2001:4d88::25",
	};
	static const char *const good[] = {
		"1.0.0.0",     "10.0.0.1",	  "126.255.255.255",  "128.0.0.1",
		"192.168.0.1", "223.255.255.255", "64:ff9b::5.1.0.1", "fe80::1",
		"fc00::1",     "::1:0:0:1",
	};
	struct sw_frame f;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		f = syn_from(bad[i]);
		is_not_answered(&f);
		f.dest = f.source; /* who is none is nobody to answer for */
		f.source = address(f.dest.family == 4 ? "5.1.0.1" : "2a01:1::1");
		if (i < sizeof(bad) / sizeof(bad[0]) - 2)
			is_not_answered(&f);
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		f = syn_from(good[i]);
		is_answered(&f, 0);
	}
	for (unsigned who = 0; who < 4; who++) {
		f = syn_from("5.1.0.1");
		memset(who & 1 ? f.smac : f.dmac, who & 2 ? 0xff : 1, 6);
		is_not_answered(&f);
	}
}

/* The headers are not all in the buffer: nothing is read or written behind it. */
static void test_cut(void **state)
{
	uint64_t random = 7;

	for (int i = 0; i < 2000; i++) {
		uint8_t built[SW_FRAME_ROOM];
		struct sw_frame f;
		struct sw_syn syn;
		size_t n, cut;
		uint8_t *frame;

		sw_answer_random_syn(&random, options, &f);
		n = sw_frame_build(&f, built, sizeof(built));
		assert_true(n > 0);
		cut = sw_random(&random) % n;
		frame = malloc(cut ? cut : 1);
		assert_non_null(frame);
		memcpy(frame, built, cut);
		if (!sw_parse(frame, frame + cut, &syn) && sw_reset_may(frame, frame + cut, &syn))
			assert_true(sw_reset_write(frame, frame + cut, &syn) > 0);
		else
			assert_memory_equal(frame, built, cut);
		free(frame);
	}
}

static int setup(void **state)
{
	memset(options, 1, sizeof(options)); /* NOP, of both */
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_options_and_extensions),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_not_whole),
		cmocka_unit_test(test_resets_are_not_reset),
		cmocka_unit_test(test_groups_and_nobody),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
