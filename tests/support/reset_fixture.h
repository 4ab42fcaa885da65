/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reset_fixture - a card that resets whoever has no other class, frames and all: what goes in and
 * what comes out. The clock is the test's. For tests/bpf/test_reset*.c and test_limit_network.c.
 */
#ifndef SYNWARD_TESTS_RESET_FIXTURE_H
#define SYNWARD_TESTS_RESET_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/bpf.h>

#include "support/card.h"

#define S 1000000000ull
#define MANY 1e5 /* resets a second: as good as no limit */

static struct sw_datapath *dp;
static uint64_t now;

/* ---- the card of a test ---- */

static inline int reset_apply(struct sw_datapath *to)
{
	static struct sw_class rows[SW_CLASS_MAX];
	static const struct sw_entry4 flat4[] = {
		{ .addr = 0, .len = 1, .class = CARD_RESET }, /* all that random SYNs come from */
		{ .addr = 0x05030000, .len = 16, .class = CARD_SHADOW_RESET },
		{ .addr = 0x05040000, .len = 16, .class = CARD_LIMIT },
		{ .addr = 0xc0000000, .len = 2, .class = CARD_RESET }, /* groups, and reserved */
	};
	static const struct sw_entry6 flat6[] = {
		{ .len = 2, .class = CARD_RESET },
		{ .hi = 0x2a01000400000000, .len = 32, .class = CARD_LIMIT },
		{ .hi = 0xff00000000000000, .len = 8, .class = CARD_RESET },
	};

	card_rows(rows);
	/* 1/s, burst 2, and for the network 2/s, burst 5 */
	rows[CARD_LIMIT].interval = rows[CARD_LIMIT].tolerance = CARD_TICKS_1S;
	rows[CARD_LIMIT].network_interval = CARD_TICKS_1S / 2;
	rows[CARD_LIMIT].network_tolerance = 4 * (CARD_TICKS_1S / 2);
	return card_apply(to, &(struct card_lists){ .rows = rows,
						    .flat4 = flat4,
						    .flat4_n = sizeof(flat4) / sizeof(*flat4),
						    .flat6 = flat6,
						    .flat6_n = sizeof(flat6) / sizeof(*flat6) });
}

static inline struct sw_datapath *reset_card(void)
{
	const struct sw_datapath_size size = { .table4_blocks = 4096,
					       .table6_blocks = 1024,
					       .bucket_lines = 65536,
					       .verdicts = 1024 };
	struct sw_datapath *card = NULL;

	return card_open(&size, &card) ? NULL : card;
}

static inline int reset_setup(void **unused)
{
	now = 1000 * S;
	dp = reset_card();
	if (!dp || reset_apply(dp))
		return -1;
	sw_datapath_alive(dp, now);
	return 0;
}

static inline int reset_teardown(void **unused)
{
	dp = sw_datapath_close(dp);
	return 0;
}

/* ---- frames ---- */

static inline struct sw_frame syn_from(const char *source)
{
	struct sw_prefix p = card_prefix(source);

	return card_syn(&p);
}

/* A run, and what came of the frame. */
struct run {
	struct sw_datapath_run run;
	uint8_t in[16384], out[16384];
	size_t in_bytes, out_bytes;
};

/* With so many bytes behind it. */
static inline void run_padded(const struct sw_frame *f, size_t padding, struct run *r)
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

static inline void run_frame(const struct sw_frame *f, struct run *r)
{
	run_padded(f, 0, r);
}

static inline unsigned xdp_of(const char *source)
{
	struct sw_prefix p = card_prefix(source);

	return card_run(dp, &p, now).xdp;
}

#endif
