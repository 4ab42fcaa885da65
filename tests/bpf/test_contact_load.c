/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * First contact when somebody cannot keep up: the daemon, the ring or the card's memory, in a flood
 * too. Nobody is held then who would not be told of, or for longer than hold-max; and the program
 * does what its own code does natively.
 */
#include "support/contacts_fixture.h"

#include <string.h>

#include "support/random.h"

#define SEED 20261130
#define RING_ROOM (SW_CONTACTS_BYTES / (sizeof(struct sw_contact) + 8))

static int setup_one_line(void **unused)
{
	return contacts_setup_with(0);
}

/* ---- what cannot keep up ---- */

static void a_silent_daemon_is_told_nothing_and_nobody_is_held(void **unused)
{
	use(SW_CONTACT_HOLD);
	expect("9.9.9.9", T0 + 5 * S, XDP_DROP, HELD);
	expect("9.9.9.9", T0 + 5 * S + TICK, XDP_PASS, NOTHING);
	expect("9.9.9.8", T0 + 6 * S, XDP_PASS, NOTHING);
	assert_int_equal(card_reason(dp, SW_REASON_CONTACT_UNTOLD), 2);
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
	assert_int_equal(card_reason(dp, SW_REASON_CONTACT_UNTOLD), 2);
	sw_datapath_contact_load(dp, SW_CONTACT_ALL);
	/* Who was let in is not held any more, and is told of as soon as it can be. */
	expect("9.9.9.1", T0 + S, XDP_PASS, NOTHING);
	expect("9.9.9.2", T0 + S + S / 2, XDP_PASS, AGAIN);
	expect("9.9.9.4", T0 + S + S / 2, XDP_PASS, NOTHING);
	expect("9.9.9.4", T0 + 2 * S, XDP_PASS, AGAIN);
	assert_int_equal(card_reason(dp, SW_REASON_HOLD_OVER), 0);
}

static void a_full_ring_lets_pass(void **unused)
{
	use(SW_CONTACT_HOLD);
	for (uint32_t i = 0; i < RING_ROOM + 1000; i++) {
		struct sw_prefix p = sw_prefix_ip4(0x0b000000 + i, 32);
		uint32_t xdp = card_run(dp, &p, T0).xdp;

		if (i < RING_ROOM - 1)
			assert_int_equal(xdp, XDP_DROP);
		else if (i > RING_ROOM)
			assert_int_equal(xdp, XDP_PASS);
	}
	assert_in_range(card_reason(dp, SW_REASON_CONTACT_LOST), 999, 1002);
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

		card_run(dp, &p, T0);
	}
	told_n = 0;
	assert_int_equal(sw_contacts_read(ring, 0, contacts_keep, NULL), 0);
	assert_int_equal(sw_contacts_read(ring, 20, contacts_keep, NULL), 20);
	assert_int_equal(sw_contacts_read(ring, 20, contacts_keep, NULL), 20);
	assert_int_equal(sw_contacts_read(ring, 20, contacts_keep, NULL), 10);
	assert_int_equal(sw_contacts_read(ring, 20, contacts_keep, NULL), 0);
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

		assert_int_equal(card_run(dp, &p, T0 + i * TICK).xdp, XDP_DROP);
	}
	look();
	expect("11.0.0.9", T0 + S, XDP_PASS, FIRST); /* told of, if not held */
	expect("11.0.0.9", T0 + S, XDP_PASS, FIRST);
	assert_int_equal(card_reason(dp, SW_REASON_CONTACT_CROWDED), 2);
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
		run = card_run(dp, &p, now);
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
		held = card_run(dp, &p, now).xdp == XDP_DROP;
		if (!first[source]) {
			assert_true(held);
			first[source] = now;
		} else if (now - first[source] >= HOLD_MAX) {
			assert_false(held);
		}
		if (i % 1000 == 0)
			look();
	}
	crowded = card_reason(dp, SW_REASON_CONTACT_CROWDED);
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

		assert_int_equal(card_run(dp, &p, now).xdp, XDP_DROP);
	}
}

static unsigned good_ones(uint64_t now, unsigned flags)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < GOOD; i++) {
		struct sw_prefix p = sw_prefix_ip4(0x60000000 + i * 13, 32);

		card_run(dp, &p, now);
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

		card_set(dp, &p, SW_CLASS_OPERATOR_BLOCK, 0);
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

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, contacts_setup, contacts_teardown)
#define TEST1(name) cmocka_unit_test_setup_teardown(name, setup_one_line, contacts_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_silent_daemon_is_told_nothing_and_nobody_is_held),
		TEST(an_overloaded_daemon_hears_of_those_who_came_again),
		TEST(a_full_ring_lets_pass),
		TEST(reading_in_batches),
		TEST1(who_has_no_cell_passes),
		TEST1(the_same_as_natively),
		TEST(nobody_waits_longer_than_hold_max),
		TEST(a_flood_takes_nothing_from_anybody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
