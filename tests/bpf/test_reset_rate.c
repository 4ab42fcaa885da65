/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much a card resets, through BPF_PROG_TEST_RUN: the rates of card and source, how each SYN is
 * counted, and when a class that resets does not: in shadow, without a daemon, after its end.
 */
#include "support/reset_fixture.h"

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
	next = reset_card();
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
	assert_int_equal(sw_datapath_class_count(dp, CARD_RESET, &before), 0);
	assert_int_equal(answers_to_many(5), 1);
	assert_int_equal(sw_datapath_class_count(dp, CARD_RESET, &after), 0);
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
	struct sw_prefix source = card_prefix("5.4.0.1"); /* where a list limits */
	struct sw_err err = { "" };

	assert_int_equal(sw_datapath_verdict_set(dp, &source, SW_CLASS_OPERATOR_RESET_TEMPORARY,
						 now + 10 * S, &err),
			 0);
	assert_int_equal(xdp_of("5.4.0.1"), XDP_TX);
	now += 11 * S;
	assert_int_equal(xdp_of("5.4.0.1"), XDP_PASS);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, reset_setup, reset_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_source_gets_its_share),
		TEST(the_card_gives_its_rate_and_no_more),
		TEST(a_greedy_source_is_alone_with_it),
		TEST(new_maps_have_a_rate),
		TEST(it_is_counted),
		TEST(in_shadow_it_passes),
		TEST(without_a_daemon_it_passes_where_it_is_to),
		TEST(a_verdict_that_resets_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
