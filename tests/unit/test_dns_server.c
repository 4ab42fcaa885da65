/* SPDX-License-Identifier: GPL-2.0-only */
/* How name servers are doing: who is asked, doubted, troubled, and well again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "dns/server.h"

static void trouble(struct sw_dns_server *s)
{
	while (!sw_dns_server_failed(s))
		;
	assert_int_equal(s->health, SW_DNS_DOUBTED);
	assert_true(sw_dns_server_probe_failed(s));
	assert_int_equal(s->health, SW_DNS_TROUBLED);
}

static void doubt_after_some_in_a_row(void **unused)
{
	struct sw_dns_server s = { .health = SW_DNS_WELL };

	for (int i = 1; i < SW_DNS_SERVER_DOUBT; i++)
		assert_false(sw_dns_server_failed(&s));
	assert_false(sw_dns_server_answered(&s, 100));
	for (int i = 1; i < SW_DNS_SERVER_DOUBT; i++)
		assert_false(sw_dns_server_failed(&s));
	assert_int_equal(s.health, SW_DNS_WELL);
	assert_true(sw_dns_server_failed(&s));
	assert_int_equal(s.health, SW_DNS_DOUBTED);
	/* one probe is enough, whatever fails meanwhile */
	for (int i = 0; i < 1000; i++)
		assert_false(sw_dns_server_failed(&s));
}

/* A dead zone: questions have no answer, but the server answers its probe. */
static void doubt_that_was_wrong(void **unused)
{
	struct sw_dns_server s = { .health = SW_DNS_WELL };

	while (!sw_dns_server_failed(&s))
		;
	assert_false(sw_dns_server_answered(&s, 50)); /* was not troubled: nobody is told */
	assert_int_equal(s.health, SW_DNS_WELL);
	assert_false(sw_dns_server_probe_failed(&s)); /* too late to mean anything */
	assert_int_equal(s.health, SW_DNS_WELL);
}

static void told_once_each(void **unused)
{
	struct sw_dns_server s = { .health = SW_DNS_WELL };
	uint32_t before = 0;

	trouble(&s);
	for (int i = 0; i < 20; i++) {
		assert_true(s.backoff_ms >= before);
		assert_true(s.backoff_ms <= SW_DNS_SERVER_BACKOFF_MAX_MS);
		before = s.backoff_ms;
		assert_false(sw_dns_server_failed(&s));
		assert_false(sw_dns_server_probe_failed(&s));
	}
	assert_int_equal(s.backoff_ms, SW_DNS_SERVER_BACKOFF_MAX_MS);
	assert_true(sw_dns_server_answered(&s, 0));
	assert_false(sw_dns_server_answered(&s, 0));
	trouble(&s);
	assert_int_equal(s.backoff_ms, SW_DNS_SERVER_BACKOFF_MS);
}

static void round_trip_is_smoothed(void **unused)
{
	struct sw_dns_server s = { .health = SW_DNS_WELL };

	sw_dns_server_answered(&s, 1000);
	assert_int_equal(s.rtt_us, 1000);
	sw_dns_server_answered(&s, 9000);
	assert_in_range(s.rtt_us, 1001, 3000);
	for (int i = 0; i < 100; i++)
		sw_dns_server_answered(&s, 200);
	assert_in_range(s.rtt_us, 190, 220);
	sw_dns_server_answered(&s, 0); /* not known: as it was */
	assert_in_range(s.rtt_us, 190, 220);
	for (int i = 0; i < 200; i++)
		sw_dns_server_failed(&s);
	assert_true(s.rtt_us <= 10000000);
	for (int i = 0; i < 100; i++)
		sw_dns_server_answered(&s, 1);
	assert_true(s.rtt_us >= 1);
}

static void count_picks(const struct sw_dns_server *s, size_t n, uint32_t avoid, int picks[])
{
	for (size_t i = 0; i < n; i++)
		picks[i] = 0;
	for (uint32_t turn = 0; turn < 6400; turn++) {
		int i = sw_dns_server_pick(s, n, avoid, turn);

		assert_in_range(i, 0, n - 1);
		picks[i]++;
	}
}

static void the_fastest_mostly(void **unused)
{
	struct sw_dns_server s[3] = { { .rtt_us = 900 }, { .rtt_us = 100 }, { .rtt_us = 500 } };
	int picks[3];

	count_picks(s, 3, 0, picks);
	assert_true(picks[1] > 6200);
	assert_in_range(picks[0], 20, 60);
	assert_in_range(picks[2], 20, 60);
	count_picks(s, 3, 1u << 1, picks);
	assert_int_equal(picks[1], 0);
	assert_true(picks[2] > 6200);
}

static void the_doubted_last(void **unused)
{
	struct sw_dns_server s[2] = { { .rtt_us = 1, .health = SW_DNS_DOUBTED },
				      { .rtt_us = 9000 } };

	assert_int_equal(sw_dns_server_pick(s, 2, 0, 0), 1);
	assert_int_equal(sw_dns_server_pick(s, 2, 2, 0), 0);
}

static void the_troubled_never(void **unused)
{
	struct sw_dns_server s[2] = { { .health = SW_DNS_TROUBLED }, { .rtt_us = 9000 } };
	int picks[2];

	count_picks(s, 2, 0, picks);
	assert_int_equal(picks[0], 0);
	/* there is no other, so the one that is to be avoided */
	assert_int_equal(sw_dns_server_pick(s, 2, 2, 0), 1);
	s[1].health = SW_DNS_TROUBLED;
	assert_int_equal(sw_dns_server_pick(s, 2, 0, 0), -1);
	assert_int_equal(sw_dns_server_pick(s, 2, 1, 63), -1);
	assert_int_equal(sw_dns_server_pick(s, 0, 0, 0), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doubt_after_some_in_a_row),
		cmocka_unit_test(doubt_that_was_wrong),
		cmocka_unit_test(told_once_each),
		cmocka_unit_test(round_trip_is_smoothed),
		cmocka_unit_test(the_fastest_mostly),
		cmocka_unit_test(the_doubted_last),
		cmocka_unit_test(the_troubled_never),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
