/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * First contact in the program of the card: who is told of, how often, who is held and for how
 * long; and where what DNS says of a source stands.
 */
#include "support/contacts_fixture.h"

#include <stdio.h>

static void set(const char *source, uint8_t class, uint64_t ends_ns)
{
	struct sw_prefix p = card_prefix(source);

	card_set(dp, &p, class, ends_ns);
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
	assert_int_equal(contacts_apply(dp), 0); /* new lists do not end it */
	expect("9.9.9.5", T0, XDP_DROP, HELD);
	use(SW_CONTACT_OFF);
	expect("9.9.9.6", T0, XDP_PASS, NOTHING);
	assert_int_equal(card_reason(dp, SW_REASON_UNLISTED), 4);
	assert_int_equal(card_reason(dp, SW_REASON_HELD), 2);
	assert_int_equal(card_reason(dp, SW_REASON_CONTACT_TOLD), 3);
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
	assert_int_equal(card_reason(dp, SW_REASON_CONTACT_TOLD), 2);
	assert_int_equal(card_reason(dp, SW_REASON_CONTACT_AGAIN), 3);
}

static void hold_ends_after_hold_max_exactly(void **unused)
{
	const uint64_t over = T0 + HOLD_MAX / TICK * TICK;

	use(SW_CONTACT_HOLD);
	expect("9.9.9.9", T0, XDP_DROP, HELD);
	expect("9.9.9.9", T0, XDP_DROP, NOTHING);
	expect("9.9.9.9", T0 + S, XDP_DROP, AGAIN | HELD);
	expect("9.9.9.9", over - 1, XDP_DROP, NOTHING);
	assert_int_equal(card_reason(dp, SW_REASON_HOLD_OVER), 0);
	expect("9.9.9.9", over, XDP_PASS, NOTHING);
	expect("9.9.9.9", T0 + 3 * S, XDP_PASS, NOTHING); /* TCP's second retransmission */
	for (uint64_t t = 4; t < 1000; t += 7) { /* never again while it keeps coming */
		sw_datapath_alive(dp, T0 + t * S);
		assert_int_equal(syn("9.9.9.9", T0 + t * S).xdp, XDP_PASS);
	}
	look();
	assert_int_equal(card_reason(dp, SW_REASON_HELD), 4);
	assert_int_equal(card_reason(dp, SW_REASON_HOLD_OVER), 1);
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
	assert_int_equal(card_reason(dp, SW_REASON_HOLD_OVER), 2);
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

	set("9.1.1.1", SW_CLASS_OPERATOR_BLOCK, 0);
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

/* ---- new maps ---- */

static void new_maps_go_on_with_it(void **unused)
{
	struct sw_datapath *next = contacts_card(1024), *before = dp;
	struct sw_err err = { "" };

	use(SW_CONTACT_HOLD);
	sw_datapath_contact_load(dp, SW_CONTACT_ONLY_AGAIN);
	assert_non_null(next);
	assert_int_equal(sw_datapath_carry(dp, next, &err), 0);
	assert_int_equal(contacts_apply(next), 0);
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
	expect_class("5.1.9.9", CARD_DROP, XDP_DROP, SW_REASON_LISTED);
	expect_class("5.2.9.9", CARD_DIALUP, XDP_DROP, SW_REASON_LISTED);
	expect_class("5.3.9.9", SW_CLASS_DNS_CLEAR, XDP_PASS, SW_REASON_LISTED);
	/* a verdict, in the tier of dialup lists and above those in it */
	set("5.1.9.9", SW_CLASS_DNS_LIMIT, end);
	set("5.2.9.9", SW_CLASS_DNS_LIMIT, end);
	expect_class("5.1.9.9", CARD_DROP, XDP_DROP, SW_REASON_LISTED);
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
	assert_int_equal(card_reason(dp, SW_REASON_LISTED), 2);
	assert_int_equal(card_reason(dp, SW_REASON_REJECT_PASSED), 0); /* whose, it does not know */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, contacts_setup, contacts_teardown)
	const struct CMUnitTest tests[] = {
		TEST(off_tells_nobody),
		TEST(pass_tells_once_and_when_it_comes_again),
		TEST(hold_ends_after_hold_max_exactly),
		TEST(hold_is_counted_from_the_first_syn),
		TEST(a_judged_source_is_no_first_contact),
		TEST(listed_sources_are_none_of_it),
		TEST(an_ipv6_64_is_one_source),
		TEST(new_maps_go_on_with_it),
		TEST(what_dns_says_stands_below_lists),
		TEST(reject_passes_and_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
