/* SPDX-License-Identifier: GPL-2.0-only */
/* The prober asks what a round has to ask, and outlives answers that are late or never come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "dns/prober.h"
#include "support/script_dns.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

static struct world {
	struct script_dns *dns;
	struct sw_sites *sites;
	struct sw_prober *prober;
	struct sw_trust_rules rules;
	struct sw_prefix own;
	int64_t now;
	unsigned believed, quarantined;
} w;

static int64_t now(void *ctx)
{
	return w.now;
}

static void news(void *ctx, const struct sw_trust *trust, struct sw_trust_event event)
{
	assert_ptr_equal(ctx, &w);
	assert_ptr_equal(trust, sw_prober_trust(w.prober));
	w.believed += event.news == SW_TRUST_BELIEVE;
	w.quarantined += event.news == SW_TRUST_QUARANTINE;
}

static int setup(void **state)
{
	struct sw_prober_options o = {
		.family = 4, .seed = 9, .now = now, .news = news, .ctx = &w
	};

	memset(&w, 0, sizeof(w));
	w.now = 1000 * HOUR;
	w.rules = sw_trust_defaults;
	w.own = sw_prefix_ip4(0xc6336419, 32); /* 198.51.100.25 */
	w.dns = script_dns_open();
	script_dns_zone(w.dns, "2.0.0.127.a.test 300 A 127.0.0.2\n");
	assert_int_equal(sw_sites_parse("a.test", 6, NULL, &w.sites, NULL), 0);
	o.dns = script_dns_dns(w.dns);
	o.site = &w.sites->site[0];
	o.rules = &w.rules;
	o.own = &w.own;
	o.owns = 1;
	return sw_prober_open(&o, &w.prober);
}

static int teardown(void **state)
{
	w.prober = sw_prober_close(w.prober);
	w.sites = sw_sites_free(w.sites);
	w.dns = script_dns_close(w.dns);
	return 0;
}

static enum sw_trust_state state_of(void)
{
	return sw_prober_trust(w.prober)->state;
}

static void test_asks_what_it_must(void **state)
{
	sw_prober_step(w.prober);
	assert_int_equal(script_dns_asked_for(w.dns, "2.0.0.127.a.test", SW_DNS_A), 1);
	assert_int_equal(script_dns_asked_for(w.dns, "1.0.0.127.a.test", SW_DNS_A), 1);
	assert_int_equal(script_dns_asked_for(w.dns, "25.100.51.198.a.test", SW_DNS_A), 1);
	assert_int_equal(script_dns_asked(w.dns), 3 + SW_TRUST_CONTROLS);
	assert_int_equal(script_dns_asked_anew(w.dns), script_dns_asked(w.dns));
	assert_int_equal(state_of(), SW_TRUST_TRUSTED);
	assert_int_equal(w.believed, 1);
	sw_prober_step(w.prober); /* it is not time yet */
	assert_int_equal(script_dns_asked(w.dns), 3 + SW_TRUST_CONTROLS);
	assert_int_equal(sw_prober_due(w.prober), w.now + HOUR);
}

static void test_answers_come_later(void **state)
{
	script_dns_hold(w.dns, true);
	sw_prober_step(w.prober);
	assert_int_equal(script_dns_waiting(w.dns), 3 + SW_TRUST_CONTROLS);
	sw_prober_step(w.prober);
	assert_int_equal(script_dns_waiting(w.dns), 3 + SW_TRUST_CONTROLS);
	while (script_dns_waiting(w.dns) > 1)
		script_dns_step_at(w.dns, script_dns_waiting(w.dns) / 2);
	assert_int_equal(state_of(), SW_TRUST_UNTESTED);
	script_dns_step(w.dns);
	assert_int_equal(state_of(), SW_TRUST_TRUSTED);
}

/* A round nobody answers ends; what comes in after it says nothing. */
static void test_answers_come_too_late(void **state)
{
	script_dns_hold(w.dns, true);
	sw_prober_step(w.prober);
	w.now = sw_prober_due(w.prober);
	sw_prober_step(w.prober);
	assert_int_equal(state_of(), SW_TRUST_UNTESTED);
	script_dns_run(w.dns);
	assert_int_equal(state_of(), SW_TRUST_UNTESTED);
	w.now = sw_prober_due(w.prober);
	sw_prober_step(w.prober); /* anew */
	script_dns_run(w.dns);
	assert_int_equal(state_of(), SW_TRUST_TRUSTED);
}

/* What is still open when the next round begins is not waited for any more. */
static void test_old_questions_are_cancelled(void **state)
{
	script_dns_hold(w.dns, true);
	for (unsigned i = 0; i < 5; i++) {
		sw_prober_step(w.prober);
		assert_true(script_dns_waiting(w.dns) <= 3 + SW_TRUST_CONTROLS);
		w.now = sw_prober_due(w.prober);
	}
	assert_int_equal(w.quarantined, 1);
	sw_prober_close(w.prober);
	w.prober = NULL;
	assert_int_equal(script_dns_waiting(w.dns), 0);
}

/* One answer that proves a lie ends the round; the rest is neither asked nor listened to. */
static void test_a_lie_ends_the_round(void **state)
{
	script_dns_zone(w.dns, "1.0.0.127.a.test 300 A 127.0.0.2\n");
	sw_prober_step(w.prober);
	assert_int_equal(state_of(), SW_TRUST_QUARANTINED);
	assert_int_equal(script_dns_asked(w.dns), 2);
	assert_int_equal(w.quarantined, 1);
}

static void test_other_addresses(void **state)
{
	struct sw_prefix other[2] = { sw_prefix_ip4(0xc6336401, 32), sw_prefix_ip6(1, 2, 128) };

	sw_prober_step(w.prober);
	sw_prober_know(w.prober, other, 2, other, 2);
	script_dns_zone(w.dns, "1.100.51.198.a.test 300 A 127.0.0.2\n");
	w.now = sw_prober_due(w.prober);
	sw_prober_step(w.prober);
	assert_int_equal(state_of(), SW_TRUST_QUARANTINED);
	assert_int_equal(sw_prober_trust(w.prober)->fault, SW_FAULT_LISTS_OWN);
}

/* Traffic that looks odd has a round held at once. */
static void test_watch(void **state)
{
	struct sw_dnsbl_reading stray = { .said = SW_DNSBL_TROUBLE, .strays = 1 };
	struct sw_prefix source = sw_prefix_ip4(0x01020304, 32);

	sw_prober_step(w.prober);
	w.now += 10 * MINUTE;
	script_dns_zone(w.dns, "1.0.0.127.a.test 300 A 127.0.0.2\n");
	sw_prober_watch(w.prober, &source, &stray);
	assert_int_equal(state_of(), SW_TRUST_QUARANTINED);
	sw_prober_watch(w.prober, &source, &stray);
	assert_int_equal(w.quarantined, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_asks_what_it_must, setup, teardown),
		cmocka_unit_test_setup_teardown(test_answers_come_later, setup, teardown),
		cmocka_unit_test_setup_teardown(test_answers_come_too_late, setup, teardown),
		cmocka_unit_test_setup_teardown(test_old_questions_are_cancelled, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_lie_ends_the_round, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_addresses, setup, teardown),
		cmocka_unit_test_setup_teardown(test_watch, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
