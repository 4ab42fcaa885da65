/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Limits of networks, through BPF_PROG_TEST_RUN: the sources of one share a rate beside their own,
 * and who is over its own takes nothing from the others.
 */
#include "support/reset_fixture.h"

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

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, reset_setup, reset_teardown)
	const struct CMUnitTest tests[] = {
		TEST(sources_of_a_network_share_a_rate),
		TEST(who_is_over_takes_nothing_from_its_network),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
