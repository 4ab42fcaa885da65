/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * First contact in the program of the card: who is told of, how often, who is held and for how
 * long; what happens when the daemon, the ring or the memory cannot keep up; and where what
 * DNS says of a source stands. The clock is the test's.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <linux/bpf.h>

#include "bpf/contact.h"
#include "datapath/contacts.h"
#include "datapath/datapath.h"
#include "rules/precedence.h"
#include "rules/verdict_class.h"
#include "tests/support/frames.h"
#include "tests/support/random.h"

#define SEED 20261130
#define S 1000000000ull
#define TICK (1ull << SW_TICK_SHIFT)
#define T0 (1000000 * TICK) /* some time after the boot, on a tick */
#define HOLD_MAX (5 * S / 2)
#define RING_ROOM (SW_CONTACTS_BYTES / (sizeof(struct sw_contact) + 8))

enum {
	BLOCK = SW_CLASS_OPERATOR_BLOCK,
	LIST_DROP = SW_CLASS_FIRST_LIST,
	LIST_DIALUP,
	LIST_SHADOW,
};

static const struct sw_class lists[] = {
	{ .action = SW_ACTION_DROP, .tier = SW_TIER_BLOCK, .name = "drop" },
	{ .action = SW_ACTION_DROP, .tier = SW_TIER_DIALUP, .name = "dialup" },
	{ .action = SW_ACTION_DROP,
	  .tier = SW_TIER_BLOCK,
	  .flags = SW_CLASS_SHADOW,
	  .name = "shadow" },
};

static const struct sw_entry4 flat4[] = {
	{ .addr = 0x05010000, .len = 16, .class = LIST_DROP }, /* 5.1.0.0/16 */
	{ .addr = 0x05020000, .len = 16, .class = LIST_DIALUP },
	{ .addr = 0x05030000, .len = 16, .class = LIST_SHADOW },
};

static struct sw_class classes[SW_CLASS_MAX];
static struct sw_datapath *dp;
static struct sw_contacts *ring;
static struct sw_contact told[64]; /* by the last look into the ring */
static size_t told_n;

/* ---- the card of a test ---- */

static void fill_classes(void)
{
	classes[SW_CLASS_UNLISTED] =
		(struct sw_class){ .action = SW_ACTION_PASS, .name = "unlisted" };
	for (const struct sw_verdict_class *c = sw_verdict_classes; c->name; c++) {
		struct sw_class *row = &classes[c->class];

		if (!c->class)
			continue;
		*row = (struct sw_class){ .action = c->action,
					  .tier = c->tier,
					  .flags = c->ends ? SW_CLASS_TEMPORARY : 0 };
		row->interval = c->action == SW_ACTION_LIMIT ? 152588 : 0;
		strncpy(row->name, c->name, sizeof(row->name) - 1);
	}
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		classes[LIST_DROP + i] = lists[i];
}

static int apply(struct sw_datapath *to)
{
	const uint16_t ports[] = { 25, 587 };
	struct sw_rank rank[SW_CLASS_MAX];
	const struct sw_datapath_rules rules = { .class = classes,
						 .rank = rank,
						 .flat4 = flat4,
						 .flat4_n = sizeof(flat4) / sizeof(*flat4),
						 .ports = ports,
						 .ports_n = 2 };
	struct sw_err err = { "" };
	int code;

	for (unsigned c = 0; c < SW_CLASS_MAX; c++)
		rank[c] = (struct sw_rank){
			.tier = sw_precedence_rank(classes[c].tier,
						   classes[c].flags & SW_CLASS_SHADOW),
			.harsh = classes[c].action,
		};
	code = sw_datapath_apply(to, &rules, &err);
	if (code)
		print_error("%s\n", err.text);
	return code;
}

static struct sw_datapath *open_card(uint32_t lines)
{
	const struct sw_datapath_size size = { .table4_blocks = 8192,
					       .table6_blocks = 4096,
					       .bucket_lines = 1024,
					       .verdicts = 8192,
					       .seen_lines = lines };
	struct sw_datapath *card;
	struct sw_err err = { "" };

	if (sw_datapath_open(NULL, SW_DATAPATH_PRIVATE, &size, &card, &err)) {
		print_error("%s\n", err.text);
		return NULL;
	}
	return card;
}

static int setup_with(uint32_t lines)
{
	struct sw_err err = { "" };

	fill_classes();
	dp = open_card(lines);
	if (!dp || apply(dp))
		return -1;
	if (sw_contacts_open(dp, &ring, &err)) {
		print_error("%s\n", err.text);
		return -1;
	}
	sw_datapath_alive(dp, T0);
	return 0;
}

static int setup(void **unused)
{
	return setup_with(65536);
}

static int setup_one_line(void **unused)
{
	return setup_with(0);
}

static int teardown(void **unused)
{
	ring = sw_contacts_close(ring);
	dp = sw_datapath_close(dp);
	return 0;
}

static void use(enum sw_contact_mode mode)
{
	struct sw_err err = { "" };

	if (sw_datapath_first_contact(dp, mode, HOLD_MAX, &err))
		fail_msg("%s", err.text);
}

static struct sw_prefix prefix(const char *text)
{
	struct sw_prefix p;

	assert_int_equal(sw_prefix_parse(text, strlen(text), &p), 0);
	return p;
}

/* ---- SYNs, and what is told of them ---- */

static struct sw_datapath_run run_from(const struct sw_prefix *source, uint64_t now_ns)
{
	struct sw_frame f = { .source = *source };
	uint8_t frame[SW_FRAME_ROOM];
	struct sw_datapath_run run;
	size_t bytes;

	f.dest = source->family == 4 ? sw_prefix_ip4(0xc6120019, 32)
				     : sw_prefix_ip6(0x20014d8800000000, 0x25, 128);
	bytes = sw_frame_build(&f, frame, sizeof(frame));
	assert_true(bytes > 0);
	assert_int_equal(sw_datapath_run(dp, frame, bytes, now_ns, &run), 0);
	return run;
}

static struct sw_datapath_run syn(const char *source, uint64_t now_ns)
{
	struct sw_prefix p = prefix(source);

	return run_from(&p, now_ns);
}

static void keep(void *ctx, const struct sw_contact *contact)
{
	if (told_n < sizeof(told) / sizeof(*told))
		told[told_n] = *contact;
	told_n++;
}

static size_t look(void)
{
	told_n = 0;
	sw_contacts_read(ring, SIZE_MAX, keep, NULL);
	return told_n;
}

enum { NOTHING = -1, FIRST = 0, AGAIN = SW_CONTACT_AGAIN, HELD = SW_CONTACT_HELD };

/* What became of the SYN, and with which flags the daemon was told. */
static void expect(const char *source, uint64_t now_ns, uint32_t xdp, int flags)
{
	struct sw_datapath_run run = syn(source, now_ns);

	assert_int_equal(run.xdp, xdp);
	assert_int_equal(run.trace.reason, xdp == XDP_DROP ? SW_REASON_HELD : SW_REASON_UNLISTED);
	assert_int_equal(run.trace.action, xdp == XDP_DROP ? SW_ACTION_HOLD : SW_ACTION_PASS);
	assert_int_equal(run.trace.class, SW_CLASS_UNLISTED);
	assert_int_equal(look(), flags != NOTHING);
	if (flags == NOTHING)
		return;
	assert_int_equal(told[0].flags, flags);
	assert_true(told[0].time_ns == now_ns);
	assert_int_equal(told[0].port, 25);
}

static uint64_t count_of(unsigned reason)
{
	uint64_t all[SW_REASON_MAX];

	assert_int_equal(sw_datapath_reasons(dp, all), 0);
	return all[reason];
}

static void set(const char *source, uint8_t class, uint64_t ends_ns)
{
	struct sw_prefix p = prefix(source);
	struct sw_err err = { "" };

	if (sw_datapath_verdict_set(dp, &p, class, ends_ns, &err))
		fail_msg("%s", err.text);
}

/* ---- the modes ---- */

static void off_tells_nobody(void **unused)
{
	expect("9.9.9.9", T0, XDP_PASS, NOTHING);
	use(SW_CONTACT_PASS);
	expect("9.9.9.8", T0, XDP_PASS, FIRST);
	use(SW_CONTACT_OFF);
	expect("9.9.9.7", T0, XDP_PASS, NOTHING);
	use(SW_CONTACT_HOLD);
	expect("9.9.9.6", T0, XDP_DROP, HELD);
	assert_int_equal(apply(dp), 0); /* new lists do not end it */
	expect("9.9.9.5", T0, XDP_DROP, HELD);
	use(SW_CONTACT_OFF);
	expect("9.9.9.6", T0, XDP_PASS, NOTHING);
	assert_int_equal(count_of(SW_REASON_UNLISTED), 4);
	assert_int_equal(count_of(SW_REASON_HELD), 2);
	assert_int_equal(count_of(SW_REASON_CONTACT_TOLD), 3);
}

static void pass_tells_once_and_when_it_comes_again(void **unused)
{
	use(SW_CONTACT_PASS);
	expect("9.9.9.9", T0, XDP_PASS, FIRST);
	assert_int_equal(told[0].family, 4);
	assert_true(told[0].source_hi == 0 && told[0].source_lo == 0x09090909);
	expect("9.9.9.9", T0, XDP_PASS, NOTHING);
	expect("9.9.9.9", T0 + S / 2, XDP_PASS, NOTHING);
	expect("9.9.9.9", T0 + 899 * S / 1000, XDP_PASS, NOTHING);
	expect("9.9.9.9", T0 + S, XDP_PASS, AGAIN);
	sw_datapath_alive(dp, T0 + 4 * S);
	expect("9.9.9.9", T0 + 3 * S, XDP_PASS, NOTHING);
	sw_datapath_alive(dp, T0 + 11 * S);
	expect("9.9.9.9", T0 + 10 * S + TICK, XDP_PASS, AGAIN); /* it keeps coming */
	expect("9.9.9.9", T0 + 15 * S, XDP_PASS, NOTHING);
	sw_datapath_alive(dp, T0 + 111 * S);
	expect("9.9.9.9", T0 + 110 * S, XDP_PASS, AGAIN);
	sw_datapath_alive(dp, T0 + 1111 * S);
	expect("9.9.9.9", T0 + 1110 * S, XDP_PASS, FIRST); /* forgotten */
	assert_int_equal(count_of(SW_REASON_CONTACT_TOLD), 2);
	assert_int_equal(count_of(SW_REASON_CONTACT_AGAIN), 3);
}

static void hold_ends_after_hold_max_exactly(void **unused)
{
	const uint64_t over = T0 + HOLD_MAX / TICK * TICK;

	use(SW_CONTACT_HOLD);
	expect("9.9.9.9", T0, XDP_DROP, HELD);
	expect("9.9.9.9", T0, XDP_DROP, NOTHING);
	expect("9.9.9.9", T0 + S, XDP_DROP, AGAIN | HELD);
	expect("9.9.9.9", over - 1, XDP_DROP, NOTHING);
	assert_int_equal(count_of(SW_REASON_HOLD_OVER), 0);
	expect("9.9.9.9", over, XDP_PASS, NOTHING);
	expect("9.9.9.9", T0 + 3 * S, XDP_PASS, NOTHING); /* TCP's second retransmission */
	for (uint64_t t = 4; t < 1000; t += 7) { /* never again while it keeps coming */
		sw_datapath_alive(dp, T0 + t * S);
		assert_int_equal(syn("9.9.9.9", T0 + t * S).xdp, XDP_PASS);
	}
	look();
	assert_int_equal(count_of(SW_REASON_HELD), 4);
	assert_int_equal(count_of(SW_REASON_HOLD_OVER), 1);
}

/* Whose first SYN was lost or whose TCP is in no hurry: the time is that of the first. */
static void hold_is_counted_from_the_first_syn(void **unused)
{
	use(SW_CONTACT_HOLD);
	expect("9.9.9.9", T0, XDP_DROP, HELD);
	expect("9.9.9.9", T0 + 3 * S, XDP_PASS, AGAIN);
	expect("9.9.9.8", T0 + S, XDP_DROP, HELD);
	sw_datapath_alive(dp, T0 + 60 * S);
	expect("9.9.9.8", T0 + 60 * S, XDP_PASS, AGAIN);
	assert_int_equal(count_of(SW_REASON_HOLD_OVER), 2);
}

static void a_judged_source_is_no_first_contact(void **unused)
{
	const uint64_t end = T0 + 1000 * S;
	struct sw_datapath_run run;

	use(SW_CONTACT_HOLD);
	expect("9.9.9.9", T0, XDP_DROP, HELD);
	set("9.9.9.9", SW_CLASS_DNS_CLEAR, end);
	run = syn("9.9.9.9", T0 + S);
	assert_int_equal(run.xdp, XDP_PASS);
	assert_int_equal(run.trace.class, SW_CLASS_DNS_CLEAR);
	assert_int_equal(run.trace.reason, SW_REASON_LISTED);
	expect("9.9.9.8", T0, XDP_DROP, HELD);
	set("9.9.9.8", SW_CLASS_DNS_DROP, end);
	run = syn("9.9.9.8", T0 + S);
	assert_int_equal(run.xdp, XDP_DROP);
	assert_int_equal(run.trace.class, SW_CLASS_DNS_DROP);
	assert_int_equal(look(), 0);
	/* What ends on the card, while its daemon has not noticed: a first contact as any. */
	sw_datapath_alive(dp, end + 2 * S);
	expect("9.9.9.9", end + 2 * S, XDP_DROP, HELD);
	expect("9.9.9.8", end + 2 * S, XDP_DROP, HELD);
}

/* Lists, in shadow or not, and verdicts are as they would be without. */
static void listed_sources_are_none_of_it(void **unused)
{
	static const char *const sources[] = { "5.1.2.3", "5.2.2.3", "5.3.2.3", "9.1.1.1" };

	set("9.1.1.1", BLOCK, 0);
	for (unsigned mode = SW_CONTACT_OFF; mode <= SW_CONTACT_HOLD; mode++) {
		use((enum sw_contact_mode)mode);
		for (unsigned i = 0; i < 4; i++) {
			struct sw_datapath_run run = syn(sources[i], T0);

			assert_int_equal(run.xdp, i == 2 ? XDP_PASS : XDP_DROP);
			assert_int_equal(run.trace.reason,
					 i == 2 ? SW_REASON_SHADOW : SW_REASON_LISTED);
		}
	}
	assert_int_equal(look(), 0);
}

static void an_ipv6_64_is_one_source(void **unused)
{
	use(SW_CONTACT_HOLD);
	expect("2a01:1:2:3::1", T0, XDP_DROP, HELD);
	assert_int_equal(told[0].family, 6);
	assert_true(told[0].source_hi == 0x2a01000100020003 && told[0].source_lo == 1);
	expect("2a01:1:2:3::2", T0, XDP_DROP, NOTHING);
	expect("2a01:1:2:3:4:5:6:7", T0 + S, XDP_DROP, AGAIN | HELD);
	assert_true(told[0].source_lo == 0x0004000500060007);
	expect("2a01:1:2:3::4", T0 + 3 * S, XDP_PASS, NOTHING);
	expect("2a01:1:2:4::1", T0 + 3 * S, XDP_DROP, HELD);
	/* of the same numbers, and another family */
	expect("0.0.0.1", T0, XDP_DROP, HELD);
	expect("0:0:0:1::", T0, XDP_DROP, HELD);
}

/* ---- what cannot keep up ---- */

static void a_silent_daemon_is_told_nothing_and_nobody_is_held(void **unused)
{
	use(SW_CONTACT_HOLD);
	expect("9.9.9.9", T0 + 5 * S, XDP_DROP, HELD);
	expect("9.9.9.9", T0 + 5 * S + TICK, XDP_PASS, NOTHING);
	expect("9.9.9.8", T0 + 6 * S, XDP_PASS, NOTHING);
	assert_int_equal(count_of(SW_REASON_CONTACT_UNTOLD), 2);
	sw_datapath_alive(dp, T0 + 7 * S);
	expect("9.9.9.8", T0 + 6 * S, XDP_DROP, HELD); /* a clock behind the daemon's */
}

static void an_overloaded_daemon_hears_of_those_who_came_again(void **unused)
{
	use(SW_CONTACT_HOLD);
	expect("9.9.9.1", T0, XDP_DROP, HELD);
	expect("9.9.9.2", T0, XDP_DROP, HELD);
	sw_datapath_contact_load(dp, SW_CONTACT_ONLY_AGAIN);
	expect("9.9.9.3", T0, XDP_PASS, NOTHING);
	expect("9.9.9.1", T0 + S, XDP_PASS, AGAIN);
	expect("9.9.9.3", T0 + S, XDP_PASS, AGAIN);
	sw_datapath_contact_load(dp, SW_CONTACT_NONE);
	expect("9.9.9.2", T0 + S, XDP_PASS, NOTHING);
	expect("9.9.9.4", T0 + S, XDP_PASS, NOTHING);
	assert_int_equal(count_of(SW_REASON_CONTACT_UNTOLD), 2);
	sw_datapath_contact_load(dp, SW_CONTACT_ALL);
	/* Who was let in is not held any more, and is told of as soon as it can be. */
	expect("9.9.9.1", T0 + S, XDP_PASS, NOTHING);
	expect("9.9.9.2", T0 + S + S / 2, XDP_PASS, AGAIN);
	expect("9.9.9.4", T0 + S + S / 2, XDP_PASS, NOTHING);
	expect("9.9.9.4", T0 + 2 * S, XDP_PASS, AGAIN);
	assert_int_equal(count_of(SW_REASON_HOLD_OVER), 0);
}

static void a_full_ring_lets_pass(void **unused)
{
	use(SW_CONTACT_HOLD);
	for (uint32_t i = 0; i < RING_ROOM + 1000; i++) {
		struct sw_prefix p = sw_prefix_ip4(0x0b000000 + i, 32);
		uint32_t xdp = run_from(&p, T0).xdp;

		if (i < RING_ROOM - 1)
			assert_int_equal(xdp, XDP_DROP);
		else if (i > RING_ROOM)
			assert_int_equal(xdp, XDP_PASS);
	}
	assert_in_range(count_of(SW_REASON_CONTACT_LOST), 999, 1002);
	assert_int_equal(syn("11.0.0.1", T0 + S / 2).xdp, XDP_DROP); /* was told of */
	assert_int_equal(syn("11.0.0.1", T0 + S).xdp, XDP_PASS); /* cannot be again */
	/* Those who were lost passed, and go on to; there is room again. */
	assert_in_range(look(), RING_ROOM - 2, RING_ROOM + 1);
	assert_int_equal(syn("11.0.106.0", T0 + S / 2).xdp, XDP_PASS);
	expect("11.0.106.0", T0 + S, XDP_PASS, AGAIN);
	expect("11.0.0.1", T0 + S, XDP_PASS, AGAIN);
	expect("9.9.9.9", T0 + S, XDP_DROP, HELD);
}

static void reading_in_batches(void **unused)
{
	use(SW_CONTACT_PASS);
	for (uint32_t i = 0; i < 50; i++) {
		struct sw_prefix p = sw_prefix_ip4(0x0b000000 + i, 32);

		run_from(&p, T0);
	}
	told_n = 0;
	assert_int_equal(sw_contacts_read(ring, 0, keep, NULL), 0);
	assert_int_equal(sw_contacts_read(ring, 20, keep, NULL), 20);
	assert_int_equal(sw_contacts_read(ring, 20, keep, NULL), 20);
	assert_int_equal(sw_contacts_read(ring, 20, keep, NULL), 10);
	assert_int_equal(sw_contacts_read(ring, 20, keep, NULL), 0);
	for (uint32_t i = 0; i < 50; i++)
		assert_true(told[i].source_lo == 0x0b000000 + i);
	assert_true(sw_contacts_is_of(ring, dp));
}

/* Eight sources to a line: the ninth passes, whatever is held. */
static void who_has_no_cell_passes(void **unused)
{
	use(SW_CONTACT_HOLD);
	for (uint32_t i = 1; i <= 8; i++) {
		struct sw_prefix p = sw_prefix_ip4(0x0b000000 + i, 32);

		assert_int_equal(run_from(&p, T0 + i * TICK).xdp, XDP_DROP);
	}
	look();
	expect("11.0.0.9", T0 + S, XDP_PASS, FIRST); /* told of, if not held */
	expect("11.0.0.9", T0 + S, XDP_PASS, FIRST);
	assert_int_equal(count_of(SW_REASON_CONTACT_CROWDED), 2);
	expect("11.0.0.1", T0 + 2 * S, XDP_DROP, AGAIN | HELD);
	expect("11.0.0.1", T0 + 3 * S, XDP_PASS, NOTHING);
	/* After hold_max and some, cells are given away: the oldest, and not of who came again. */
	sw_datapath_alive(dp, T0 + 4 * S);
	expect("11.0.0.9", T0 + 4 * S, XDP_DROP, HELD);
	expect("11.0.0.1", T0 + 4 * S, XDP_PASS, NOTHING);
	expect("11.0.0.3", T0 + 4 * S, XDP_PASS, AGAIN);
	expect("11.0.0.2", T0 + 4 * S, XDP_DROP, HELD); /* was forgotten, which nobody knows */
}

/* ---- the program and its own code, natively, in one crowded line ---- */

static void the_same_as_natively(void **unused)
{
	struct sw_contact_settings settings = { .hold_max_ns = HOLD_MAX, .every_ns = 10 * S };
	struct sw_seen_line line = { { 0 } };
	uint64_t state = SEED, now = T0;
	unsigned seen[4] = { 0 };

	for (unsigned i = 0; i < 30000; i++) {
		uint64_t r = sw_random(&state);
		uint32_t source = 1 + (r >> 16) % (r >> 40 & 1 ? 6 : 14);
		struct sw_prefix p = sw_prefix_ip4(0x0b000000 + source, 32);
		struct sw_contact_rules rules;
		struct sw_contact_step step = { .way = 0 };
		struct sw_datapath_found found;
		struct sw_datapath_run run;

		now += (r & 63 ? r >> 8 & 0xff : (r >> 8 & 0x7ff) + 1) * 1000000;
		if (i % 500 == 0) {
			settings.mode = i / 500 % 3 ? SW_CONTACT_HOLD : SW_CONTACT_PASS;
			settings.overload = i / 500 % 7 < 5 ? 0 : i / 500 % 7 - 4;
			use((enum sw_contact_mode)settings.mode);
			sw_datapath_contact_load(dp, (enum sw_contact_load)settings.overload);
		}
		sw_datapath_alive(dp, now);
		rules = sw_contact_rules(&settings, now);
		assert_true(sw_contact_step(&line, source, &rules, &step));
		if (!step.crowded)
			line.cell[step.way] = step.after;
		run = run_from(&p, now);
		assert_int_equal(run.xdp, step.hold ? XDP_DROP : XDP_PASS);
		assert_int_equal(look(), step.tell);
		if (step.tell)
			assert_int_equal(told[0].flags,
					 (step.again ? AGAIN : 0) | (step.hold ? HELD : 0));
		sw_datapath_lookup(dp, &p, now, &found);
		assert_int_equal(found.class, run.trace.class);
		seen[0] += step.crowded;
		seen[1] += step.over;
		seen[2] += step.hold;
		seen[3] += step.tell && step.again;
	}
	for (unsigned k = 0; k < 4; k++) /* the walk came everywhere */
		assert_true(seen[k] > 100);
}

/* Nobody is held for longer than hold_max from when the card saw it first, and each of its
 * SYNs told of has a fresh reason; by a model that forgets nothing. */
static void nobody_waits_longer_than_hold_max(void **unused)
{
	static uint64_t first[4096];
	uint64_t state = SEED, now = T0, crowded;

	use(SW_CONTACT_HOLD);
	for (unsigned i = 0; i < 40000; i++) {
		uint64_t r = sw_random(&state);
		uint32_t source = r % 4096;
		struct sw_prefix p = sw_prefix_ip4(0x0b000000 + source, 32);
		bool held;

		now += r >> 32 & 0x3ffff;
		sw_datapath_alive(dp, now);
		held = run_from(&p, now).xdp == XDP_DROP;
		if (!first[source]) {
			assert_true(held);
			first[source] = now;
		} else if (now - first[source] >= HOLD_MAX) {
			assert_false(held);
		}
		if (i % 1000 == 0)
			look();
	}
	crowded = count_of(SW_REASON_CONTACT_CROWDED);
	assert_int_equal(crowded, 0);
}

/* ---- a flood ---- */

#define FLOOD 1000000
#define GOOD 1000
#define VERDICTS 1000

static void verdicts_are(uint64_t now)
{
	for (uint32_t i = 0; i < VERDICTS; i++) {
		struct sw_prefix p = sw_prefix_ip4(0x50000000 + i * 77, 32);

		assert_int_equal(run_from(&p, now).xdp, XDP_DROP);
	}
}

static unsigned good_ones(uint64_t now, unsigned flags)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < GOOD; i++) {
		struct sw_prefix p = sw_prefix_ip4(0x60000000 + i * 13, 32);

		run_from(&p, now);
		n += look() == 1 && told[0].flags == flags;
	}
	return n;
}

/* One of very many: the frame is made once. */
static void run_flood(uint32_t addr, uint64_t now)
{
	static uint8_t frame[SW_FRAME_ROOM];
	static size_t bytes;
	struct sw_datapath_run run;
	const uint32_t be = __builtin_bswap32(addr);

	if (!bytes) {
		struct sw_frame f = { .source = sw_prefix_ip4(addr, 32),
				      .dest = sw_prefix_ip4(0xc6120019, 32) };

		bytes = sw_frame_build(&f, frame, sizeof(frame));
	}
	memcpy(frame + 26, &be, 4); /* the source, after 14 bytes of Ethernet and 12 of IP */
	assert_int_equal(sw_datapath_run(dp, frame, bytes, now, &run), 0);
}

/* A million sources in two seconds, on a card that remembers half as many. Good ones come in
 * the middle of it, and again one second later. */
static void a_flood_takes_nothing_from_anybody(void **unused)
{
	struct sw_datapath_info before, after;
	uint64_t state = SEED;
	unsigned again = 0;

	for (uint32_t i = 0; i < VERDICTS; i++) {
		struct sw_prefix p = sw_prefix_ip4(0x50000000 + i * 77, 32);
		struct sw_err err = { "" };

		if (sw_datapath_verdict_set(dp, &p, BLOCK, 0, &err))
			fail_msg("%s", err.text);
	}
	sw_datapath_info(dp, &before);
	use(SW_CONTACT_PASS);
	for (uint32_t i = 0; i < FLOOD; i++) {
		uint64_t now = T0 + i * (2 * S / FLOOD);

		run_flood(0x80000000 | (uint32_t)sw_random(&state), now);
		if (i % 8192 == 0) { /* the daemon reads what it can, and says so */
			sw_datapath_alive(dp, now);
			sw_datapath_contact_load(dp, look() > 4096 ? SW_CONTACT_ONLY_AGAIN
								   : SW_CONTACT_ALL);
		}
		if (i == FLOOD / 4 || i == FLOOD * 3 / 4) {
			sw_datapath_contact_load(dp, SW_CONTACT_ONLY_AGAIN);
			look();
			again = good_ones(now, AGAIN);
			verdicts_are(now);
		}
	}
	print_message("%u of %d that came again in the flood were told of as such\n", again, GOOD);
	assert_true(again > GOOD * 9 / 10);
	verdicts_are(T0 + 3 * S);
	sw_datapath_info(dp, &after);
	assert_true(before.memory_bytes == after.memory_bytes);
	assert_int_equal(after.verdicts, VERDICTS);
}

/* ---- new maps ---- */

static void new_maps_go_on_with_it(void **unused)
{
	struct sw_datapath *next = open_card(1024), *before = dp;
	struct sw_err err = { "" };

	use(SW_CONTACT_HOLD);
	sw_datapath_contact_load(dp, SW_CONTACT_ONLY_AGAIN);
	assert_non_null(next);
	assert_int_equal(sw_datapath_carry(dp, next, &err), 0);
	assert_int_equal(apply(next), 0);
	assert_false(sw_contacts_is_of(ring, next));
	sw_contacts_close(ring);
	assert_int_equal(sw_contacts_open(next, &ring, &err), 0);
	dp = next;
	sw_datapath_close(before);
	expect("9.9.9.9", T0, XDP_PASS, NOTHING);
	sw_datapath_contact_load(dp, SW_CONTACT_ALL);
	expect("9.9.9.8", T0, XDP_DROP, HELD);
}

/* ---- what DNS says ---- */

static void expect_class(const char *source, unsigned class, uint32_t xdp, unsigned reason)
{
	struct sw_datapath_run run = syn(source, T0);

	assert_int_equal(run.trace.class, class);
	assert_int_equal(run.xdp, xdp);
	assert_int_equal(run.trace.reason, reason);
}

static void what_dns_says_stands_below_lists(void **unused)
{
	const uint64_t end = T0 + 60 * S;

	/* a clearance, below any list that is enforced */
	for (unsigned i = 1; i <= 3; i++) {
		char source[16];

		snprintf(source, sizeof(source), "5.%u.9.9", i);
		set(source, SW_CLASS_DNS_CLEAR, end);
	}
	expect_class("5.1.9.9", LIST_DROP, XDP_DROP, SW_REASON_LISTED);
	expect_class("5.2.9.9", LIST_DIALUP, XDP_DROP, SW_REASON_LISTED);
	expect_class("5.3.9.9", SW_CLASS_DNS_CLEAR, XDP_PASS, SW_REASON_LISTED);
	/* a verdict, in the tier of dialup lists and above those in it */
	set("5.1.9.9", SW_CLASS_DNS_LIMIT, end);
	set("5.2.9.9", SW_CLASS_DNS_LIMIT, end);
	expect_class("5.1.9.9", LIST_DROP, XDP_DROP, SW_REASON_LISTED);
	expect_class("5.2.9.9", SW_CLASS_DNS_LIMIT, XDP_PASS, SW_REASON_LIMIT_CONFORMS);
	expect_class("5.2.9.9", SW_CLASS_DNS_LIMIT, XDP_DROP, SW_REASON_LIMIT_EXCEEDED);
	/* the operator's word */
	set("9.9.0.0/16", SW_CLASS_OPERATOR_ALLOW, 0);
	set("9.9.9.9", SW_CLASS_DNS_DROP, end);
	expect_class("9.9.9.9", SW_CLASS_OPERATOR_ALLOW, XDP_PASS, SW_REASON_LISTED);
}

static void reject_passes_and_is_counted(void **unused)
{
	struct sw_class_count count;

	set("9.9.9.9", SW_CLASS_DNS_REJECT, T0 + 60 * S);
	set("9.9.9.8", SW_CLASS_DNS_DIALUP_REJECT, T0 + 60 * S);
	expect_class("9.9.9.9", SW_CLASS_DNS_REJECT, XDP_PASS, SW_REASON_LISTED);
	expect_class("9.9.9.8", SW_CLASS_DNS_DIALUP_REJECT, XDP_PASS, SW_REASON_LISTED);
	assert_int_equal(sw_datapath_class_count(dp, SW_CLASS_DNS_REJECT, &count), 0);
	assert_int_equal(count.packets[SW_ACTION_REJECT], 1);
	assert_int_equal(count.packets[SW_ACTION_PASS], 0);
	assert_int_equal(count_of(SW_REASON_LISTED), 2);
	assert_int_equal(count_of(SW_REASON_REJECT_PASSED), 0); /* whose, it does not know */
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
#define TEST1(f) cmocka_unit_test_setup_teardown(f, setup_one_line, teardown)
	const struct CMUnitTest tests[] = {
		TEST(off_tells_nobody),
		TEST(pass_tells_once_and_when_it_comes_again),
		TEST(hold_ends_after_hold_max_exactly),
		TEST(hold_is_counted_from_the_first_syn),
		TEST(a_judged_source_is_no_first_contact),
		TEST(listed_sources_are_none_of_it),
		TEST(an_ipv6_64_is_one_source),
		TEST(a_silent_daemon_is_told_nothing_and_nobody_is_held),
		TEST(an_overloaded_daemon_hears_of_those_who_came_again),
		TEST(a_full_ring_lets_pass),
		TEST(reading_in_batches),
		TEST1(who_has_no_cell_passes),
		TEST1(the_same_as_natively),
		TEST(nobody_waits_longer_than_hold_max),
		TEST(a_flood_takes_nothing_from_anybody),
		TEST(new_maps_go_on_with_it),
		TEST(what_dns_says_stands_below_lists),
		TEST(reject_passes_and_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
