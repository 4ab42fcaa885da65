/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asking for names and the way back: what there is, what there is not, and what is not
 * known; answers at once, late and in any order; cancelled at every moment.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "dns/ptr.h"
#include "support/script_dns.h"

#define IP4 "203.0.113.57"
#define REVERSE4 "57.113.0.203.in-addr.arpa"
#define IP6 "2001:db8:47::c0de:1f2e:9a01"
#define REVERSE6 "1.0.a.9.e.2.f.1.e.d.0.c.0.0.0.0.0.0.0.0.7.4.0.0.8.b.d.0.1.0.0.2.ip6.arpa"

struct world {
	struct script_dns *script;
	struct sw_ptr *ptr;
	unsigned called;
	struct sw_rdns_facts facts;
};

static int make_world(void **state)
{
	static struct world world;

	world = (struct world){ .script = script_dns_open() };
	*state = &world;
	return 0;
}

static int end_world(void **state)
{
	struct world *w = *state;

	script_dns_close(w->script);
	return 0;
}

static void take(void *ctx, const struct sw_rdns_facts *facts)
{
	struct world *w = ctx;

	w->called++;
	w->facts = *facts;
	w->ptr = NULL;
}

static struct sw_prefix address(const char *text)
{
	struct sw_prefix p;

	assert_int_equal(sw_addr_parse(text, &p), 0);
	return p;
}

static void ask(struct world *w, const char *ip)
{
	struct sw_prefix source = address(ip);
	struct sw_ptr *ptr = (struct sw_ptr *)w; /* anything but NULL */
	unsigned called = w->called;

	assert_int_equal(sw_ptr_ask(script_dns_dns(w->script), &source, take, w, &ptr), 0);
	assert_int_equal(!ptr, w->called > called);
	w->ptr = ptr;
}

/* The same with answers at once. */
static const struct sw_rdns_facts *find(struct world *w, const char *ip)
{
	unsigned called = w->called;

	ask(w, ip);
	assert_int_equal(w->called, called + 1);
	assert_int_equal(sw_prefix_cmp(&w->facts.source, &(struct sw_prefix){ 0 }) != 0, 1);
	return &w->facts;
}

/* ---- names in the reverse tree ---- */

static void test_names(void **state)
{
	char buf[SW_PTR_NAME];
	struct sw_prefix p = address(IP4);

	assert_string_equal(sw_ptr_name(&p, buf), REVERSE4);
	p = address(IP6);
	assert_string_equal(sw_ptr_name(&p, buf), REVERSE6);
	p = address("255.255.255.255");
	assert_string_equal(sw_ptr_name(&p, buf), "255.255.255.255.in-addr.arpa");
	p = address("::");
	assert_int_equal(strlen(sw_ptr_name(&p, buf)), 72);
}

static void test_length(void **state)
{
	struct world *w = *state;
	struct sw_prefix p = sw_prefix_ip6(0x20010db8ull << 32, 0, 64);
	struct sw_ptr *ptr = NULL;

	assert_int_equal(sw_ptr_ask(script_dns_dns(w->script), &p, take, w, &ptr), -EINVAL);
	assert_int_equal(w->called, 0);
	assert_null(sw_ptr_cancel(NULL));
}

/* ---- what there is ---- */

static void test_confirmed(void **state)
{
	struct world *w = *state;
	const struct sw_rdns_facts *facts;

	script_dns_zone(w->script, REVERSE4 " 600 PTR mx.example.net\n"
					    "mx.example.net 200 A 203.0.113.9\n"
					    "mx.example.net 200 A " IP4 "\n"
					    "mx.example.net 100 AAAA " IP6 "\n");
	facts = find(w, IP4);
	assert_int_equal(facts->state, SW_RDNS_NAMED);
	assert_int_equal(facts->n, 1);
	assert_string_equal(facts->name[0].name, "mx.example.net");
	assert_int_equal(facts->name[0].back, SW_RDNS_BACK_YES);
	assert_int_equal(facts->ttl, 200);
	assert_int_equal(facts->more, 0);
	assert_int_equal(script_dns_asked(w->script), 2);
	assert_int_equal(script_dns_asked_for(w->script, "mx.example.net", SW_DNS_A), 1);
}

static void test_confirmed_six(void **state)
{
	struct world *w = *state;

	script_dns_zone(w->script, REVERSE6 " PTR mx.example.net\n"
					    "mx.example.net A " IP4 "\n"
					    "mx.example.net AAAA " IP6 "\n");
	assert_int_equal(find(w, IP6)->name[0].back, SW_RDNS_BACK_YES);
	assert_int_equal(script_dns_asked_for(w->script, "mx.example.net", SW_DNS_AAAA), 1);
	assert_int_equal(script_dns_asked_for(w->script, "mx.example.net", SW_DNS_A), 0);
}

static void test_not_confirmed(void **state)
{
	struct world *w = *state;
	const struct sw_rdns_facts *facts;

	script_dns_zone(w->script,
			REVERSE4 " PTR other.example.net\n" REVERSE4
				 " PTR none.example.net\n" REVERSE4 " PTR six.example.net\n"
				 "other.example.net A 203.0.113.58\n"
				 "six.example.net AAAA " IP6 "\n");
	facts = find(w, IP4);
	assert_int_equal(facts->n, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(facts->name[i].back, SW_RDNS_BACK_NO);
	assert_true(facts->ttl > 0);
}

static void test_no_name(void **state)
{
	struct world *w = *state;

	script_dns_absence(w->script, 77);
	assert_int_equal(find(w, IP4)->state, SW_RDNS_NONE);
	assert_int_equal(w->facts.ttl, 77);
	assert_int_equal(w->facts.n, 0);
	/* the name exists, and has no PTR */
	script_dns_zone(w->script, REVERSE4 " TXT hello\n");
	assert_int_equal(find(w, IP4)->state, SW_RDNS_NONE);
}

/* ---- what is not known ---- */

static void test_no_answer(void **state)
{
	static const enum sw_dns_trouble troubles[] = { SW_DNS_TIMEOUT, SW_DNS_SERVFAIL,
							SW_DNS_REFUSED, SW_DNS_MALFORMED };
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++) {
		script_dns_trouble(w->script, REVERSE4, SW_DNS_PTR, troubles[i]);
		assert_int_equal(find(w, IP4)->state, SW_RDNS_FAILED);
		assert_int_equal(w->facts.trouble, troubles[i]);
		assert_int_equal(w->facts.ttl, 0);
	}
	script_dns_down(w->script, SW_DNS_OVER_BUDGET);
	assert_int_equal(find(w, IP6)->state, SW_RDNS_FAILED);
	assert_int_equal(w->facts.trouble, SW_DNS_OVER_BUDGET);
}

static void test_no_way_back_known(void **state)
{
	struct world *w = *state;

	script_dns_zone(w->script, REVERSE4 " PTR a.example.net\n" REVERSE4 " PTR b.example.net\n"
					    "a.example.net SERVFAIL\n"
					    "b.example.net A 203.0.113.58\n");
	assert_int_equal(find(w, IP4)->state, SW_RDNS_NAMED);
	assert_int_equal(w->facts.name[0].back, SW_RDNS_BACK_UNKNOWN);
	assert_int_equal(w->facts.name[1].back, SW_RDNS_BACK_NO);
	assert_int_equal(w->facts.trouble, SW_DNS_SERVFAIL);
	assert_int_equal(w->facts.ttl, 0);
}

/* ---- bounds ---- */

static void test_many_names(void **state)
{
	struct world *w = *state;
	char name[64];

	for (unsigned i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "n%u.example.net", i % 100);
		script_dns_add(w->script, REVERSE4, SW_DNS_PTR, name, 60);
	}
	assert_int_equal(find(w, IP4)->n, SW_RDNS_NAMES_MAX);
	assert_true(w->facts.more >= 95);
	assert_int_equal(script_dns_asked(w->script), 1 + SW_RDNS_NAMES_MAX);
}

/* What no host is called is not asked for. */
static void test_strange_names(void **state)
{
	struct world *w = *state;

	script_dns_zone(w->script,
			REVERSE4 " PTR localhost\n" REVERSE4 " PTR a\\032b.example.net\n" REVERSE4
				 " PTR a_b.example.net\n");
	assert_int_equal(find(w, IP4)->n, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(w->facts.name[i].back, SW_RDNS_BACK_NO);
	assert_int_equal(script_dns_asked(w->script), 2);
	assert_int_equal(script_dns_asked_for(w->script, "a_b.example.net", SW_DNS_A), 1);
}

/* ---- when answers come ---- */

#define THREE                                                                    \
	REVERSE4 " PTR a.example.net\n" REVERSE4 " PTR b.example.net\n" REVERSE4 \
		 " PTR c.example.net\n"                                          \
		 "b.example.net A " IP4 "\n"

static void test_late(void **state)
{
	static const unsigned orders[][3] = { { 0, 0, 0 }, { 2, 1, 0 }, { 1, 1, 0 }, { 1, 0, 0 } };
	struct world *w = *state;

	script_dns_zone(w->script, THREE);
	script_dns_hold(w->script, true);
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		ask(w, IP4);
		assert_non_null(w->ptr);
		assert_int_equal(script_dns_waiting(w->script), 1);
		assert_true(script_dns_step(w->script));
		assert_int_equal(script_dns_waiting(w->script), 3);
		for (size_t j = 0; j < 3; j++) {
			assert_int_equal(w->called, i);
			assert_true(script_dns_step_at(w->script, orders[i][j]));
		}
		assert_int_equal(w->called, i + 1);
		assert_int_equal(w->facts.name[0].back, SW_RDNS_BACK_NO);
		assert_int_equal(w->facts.name[1].back, SW_RDNS_BACK_YES);
		assert_int_equal(w->facts.name[2].back, SW_RDNS_BACK_NO);
	}
}

/* Some at once and some later. */
static void test_mixed(void **state)
{
	struct world *w = *state;

	script_dns_zone(w->script, THREE);
	script_dns_delay(w->script, "b.example.net", 500);
	ask(w, IP4);
	assert_int_equal(script_dns_waiting(w->script), 1);
	script_dns_pass(w->script, 499);
	assert_int_equal(w->called, 0);
	script_dns_pass(w->script, 1);
	assert_int_equal(w->called, 1);
	assert_int_equal(w->facts.name[1].back, SW_RDNS_BACK_YES);
}

static void test_cancel(void **state)
{
	struct world *w = *state;

	script_dns_zone(w->script, THREE);
	script_dns_hold(w->script, true);
	for (size_t steps = 0; steps < 4; steps++) {
		size_t cancelled = script_dns_cancelled(w->script);

		ask(w, IP4);
		for (size_t i = 0; i < steps; i++)
			assert_true(script_dns_step(w->script));
		assert_null(sw_ptr_cancel(w->ptr));
		assert_int_equal(script_dns_waiting(w->script), 0);
		assert_int_equal(script_dns_cancelled(w->script) - cancelled,
				 steps ? 4 - steps : 1);
	}
	assert_int_equal(w->called, 0);
}

/* A DNS that has its asker cancelled while it is being asked. */
struct trap {
	struct sw_dns dns;
	struct world *world;
	unsigned asked, at;
};

static sw_dns_ticket trap_ask(void *dns, const char *name, enum sw_dns_type type,
			      sw_dns_answer_fn fn, void *ctx)
{
	struct trap *trap = dns;
	sw_dns_ticket ticket = sw_dns_ask(script_dns_dns(trap->world->script), name, type, fn, ctx);

	if (++trap->asked == trap->at)
		trap->world->ptr = sw_ptr_cancel(trap->world->ptr);
	return ticket;
}

static void trap_cancel(void *dns, sw_dns_ticket ticket)
{
	struct trap *trap = dns;

	sw_dns_cancel(script_dns_dns(trap->world->script), ticket);
}

static void test_cancel_inside(void **state)
{
	struct world *w = *state;
	struct sw_prefix source = address(IP4);

	script_dns_zone(w->script, THREE);
	script_dns_hold(w->script, true);
	for (unsigned at = 2; at <= 4; at++) {
		struct trap trap = { .world = w, .at = at };

		trap.dns = (struct sw_dns){ .ask = trap_ask, .cancel = trap_cancel, .dns = &trap };
		assert_int_equal(sw_ptr_ask(&trap.dns, &source, take, w, &w->ptr), 0);
		assert_true(script_dns_step(w->script)); /* now the names are asked for */
		assert_null(w->ptr);
		assert_int_equal(trap.asked, at);
		assert_int_equal(script_dns_waiting(w->script), 0);
	}
	assert_int_equal(w->called, 0);
}

/* Who is told may ask again. */
static void take_and_ask(void *ctx, const struct sw_rdns_facts *facts)
{
	struct world *w = ctx;
	struct sw_prefix source = address(IP6);

	w->called++;
	if (w->called < 50)
		assert_int_equal(
			sw_ptr_ask(script_dns_dns(w->script), &source, take_and_ask, w, &w->ptr),
			0);
}

static void test_again(void **state)
{
	struct world *w = *state;
	struct sw_prefix source = address(IP4);

	script_dns_zone(w->script, THREE);
	assert_int_equal(sw_ptr_ask(script_dns_dns(w->script), &source, take_and_ask, w, &w->ptr),
			 0);
	assert_int_equal(w->called, 50);
	assert_null(w->ptr);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_world, end_world)
	const struct CMUnitTest tests[] = {
		TEST(test_names),	  TEST(test_length),
		TEST(test_confirmed),	  TEST(test_confirmed_six),
		TEST(test_not_confirmed), TEST(test_no_name),
		TEST(test_no_answer),	  TEST(test_no_way_back_known),
		TEST(test_many_names),	  TEST(test_strange_names),
		TEST(test_late),	  TEST(test_mixed),
		TEST(test_cancel),	  TEST(test_cancel_inside),
		TEST(test_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
