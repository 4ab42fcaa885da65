/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rate of first contacts of the whole card, through BPF_PROG_TEST_RUN: how many SYNs of
 * unlisted sources pass, that the daemon hears of the others too, who never feels it, and when it
 * does not count.
 */
#include "support/contacts_fixture.h"

static uint64_t now;
static uint32_t next_source;

static int setup(void **state)
{
	now = T0;
	next_source = 0x09000000;
	return contacts_setup(state);
}

static struct sw_datapath_run syn_of(uint32_t source)
{
	struct sw_prefix p = sw_prefix_ip4(source, 32);

	return card_run(dp, &p, now);
}

/* Of so many sources that were never seen, how many pass; the others are dropped for this. */
static unsigned pass_of_new(unsigned n)
{
	unsigned passed = 0;

	for (unsigned i = 0; i < n; i++) {
		struct sw_datapath_run run = syn_of(next_source++);

		passed += run.xdp == XDP_PASS;
		assert_int_equal(run.trace.class, SW_CLASS_UNLISTED);
		if (run.xdp == XDP_PASS)
			continue;
		assert_int_equal(run.xdp, XDP_DROP);
		assert_int_equal(run.trace.reason, SW_REASON_SURGE);
		assert_int_equal(run.trace.action, SW_ACTION_LIMIT);
	}
	return passed;
}

static void the_burst_and_the_rate_pass(void **unused)
{
	struct sw_class_count count;
	uint64_t reasons[SW_REASON_MAX];
	unsigned passed = 0;

	use(SW_CONTACT_PASS);
	sw_datapath_surge(dp, 100, 30);
	assert_int_equal(pass_of_new(200), 30);
	assert_int_equal(look(), 200); /* of all of them, dropped or not */
	assert_int_equal(sw_datapath_class_count(dp, SW_CLASS_UNLISTED, &count), 0);
	assert_int_equal(count.packets[SW_ACTION_PASS], 30);
	assert_int_equal(count.packets[SW_ACTION_LIMIT], 170);
	assert_int_equal(sw_datapath_reasons(dp, reasons), 0);
	assert_int_equal(reasons[SW_REASON_UNLISTED], 30);
	assert_int_equal(reasons[SW_REASON_SURGE], 170);
	assert_int_equal(reasons[SW_REASON_CONTACT_TOLD], 200);
	for (unsigned ms = 0; ms < 1000; ms++, now += S / 1000)
		passed += pass_of_new(1);
	assert_in_range(passed, 99, 101);
	sw_datapath_surge(dp, 0, 0);
	assert_int_equal(pass_of_new(500), 500);
}

static void who_tries_again_is_told_of_again(void **unused)
{
	use(SW_CONTACT_PASS);
	sw_datapath_surge(dp, 1, 1);
	assert_int_equal(pass_of_new(1), 1);
	assert_int_equal(syn_of(0x09090909).xdp, XDP_DROP);
	assert_int_equal(look(), 2);
	now += S;
	assert_int_equal(pass_of_new(1), 1); /* somebody else took what there was */
	assert_int_equal(syn_of(0x09090909).xdp, XDP_DROP);
	assert_int_equal(look(), 2);
}

static void who_is_known_never_feels_it(void **unused)
{
	struct sw_prefix source = sw_prefix_ip4(0x09090909, 32);

	use(SW_CONTACT_PASS);
	sw_datapath_surge(dp, 1, 1);
	card_set(dp, &source, SW_CLASS_DNS_CLEAR, now + 60 * S);
	assert_int_equal(pass_of_new(100), 1);
	for (unsigned i = 0; i < 100; i++) {
		assert_int_equal(syn_of(0x09090909).xdp, XDP_PASS);
		assert_int_equal(syn_of(0x05040101).xdp, XDP_PASS);
		assert_int_equal(syn_of(0x05050202).xdp, XDP_PASS);
	}
	assert_int_equal(pass_of_new(100), 0); /* and took nothing from the others */
	sw_datapath_alive(dp, now + 61 * S);
	now += 61 * S;
	assert_int_equal(pass_of_new(1), 1);
	assert_int_equal(syn_of(0x09090909).xdp, XDP_DROP); /* it is not known any more */
}

static void without_first_contact_or_a_daemon_it_does_not_count(void **unused)
{
	sw_datapath_surge(dp, 1, 1);
	assert_int_equal(pass_of_new(100), 100);
	use(SW_CONTACT_PASS);
	assert_int_equal(pass_of_new(100), 1);
	now += SW_CONTACT_SILENT_NS + S;
	assert_int_equal(pass_of_new(100), 100);
	sw_datapath_alive(dp, now);
	assert_int_equal(pass_of_new(100), 1);
}

/* Who is held takes nothing, and comes to the rate when nobody judged it in time. */
static void after_hold(void **unused)
{
	use(SW_CONTACT_HOLD);
	sw_datapath_surge(dp, 1, 2);
	for (uint32_t i = 0; i < 10; i++)
		assert_int_equal(syn_of(0x09090900 + i).trace.reason, SW_REASON_HELD);
	now += HOLD_MAX + S / 10;
	assert_int_equal(syn_of(0x09090900).xdp, XDP_PASS);
	assert_int_equal(syn_of(0x09090901).xdp, XDP_PASS);
	assert_int_equal(syn_of(0x09090902).trace.reason, SW_REASON_SURGE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, contacts_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_burst_and_the_rate_pass),
		TEST(who_tries_again_is_told_of_again),
		TEST(who_is_known_never_feels_it),
		TEST(without_first_contact_or_a_daemon_it_does_not_count),
		TEST(after_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
