/* SPDX-License-Identifier: GPL-2.0-only */
/* examiner: trust in lists, answers in any order, and an end at any moment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "support/examine_world.h"
#include "support/random.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define REASON                                                                                    \
	"two.example 127.0.0.9 (+4), bl.example 127.0.0.2 (+3), no-ptr (+1): score 8, drop from " \
	"8; Open relay"

static int teardown(void **state)
{
	examine_world_close();
	return 0;
}

static void begin_with(const char *sites, const char *weight)
{
	examine_world_open(
		&(struct examine_options){ .sites = sites, .weights = { weight, NULL, NULL } });
	examine_world_test_points("bl.example");
	examine_world_test_points("two.example");
	examine_world_tick();
}

/* 192.0.2.1 is what REASON says. */
static void begin(void)
{
	begin_with("bl.example*3 two.example*4", "no-ptr=1");
	examine_world_list("bl.example", "192.0.2.1", "127.0.0.2");
	examine_world_list("two.example", "192.0.2.1", "127.0.0.9");
	script_dns_add(world.script, examine_world_question("two.example", "192.0.2.1"), SW_DNS_TXT,
		       "Open relay", 60);
}

static size_t asked_about(const char *domain, const char *text)
{
	return script_dns_asked_for(world.script, examine_world_question(domain, text), 0);
}

static const struct sw_trust *trust_of(size_t i)
{
	const struct sw_trust *t = sw_examiner_trust(world.x, i);

	assert_non_null(t);
	return t;
}

/* ---- order ---- */

static void answers_in_any_order(void **state)
{
	uint64_t random = 4711;

	begin();
	examine_world_is("192.0.2.1", SW_OUTCOME_DROP, REASON);
	script_dns_hold(world.script, true);
	for (unsigned i = 0; i < 300; i++) {
		assert_int_equal(examine_world_ask("192.0.2.1"), 0);
		assert_int_equal(script_dns_waiting(world.script), 3);
		while (script_dns_waiting(world.script)) {
			assert_int_equal(world.outcomes, i + 1);
			script_dns_step_at(world.script,
					   sw_random(&random) % script_dns_waiting(world.script));
		}
		assert_int_equal(world.outcomes, i + 2);
		examine_world_was(SW_OUTCOME_DROP, REASON);
	}
}

static void a_source_is_examined_once_at_a_time(void **state)
{
	struct sw_examiner_counts n;
	struct sw_prefix source = sw_prefix_ip4(0xc0000201, 32);

	begin();
	script_dns_hold(world.script, true);
	assert_false(sw_examiner_has(world.x, &source));
	assert_int_equal(examine_world_ask("192.0.2.1"), 0);
	assert_true(sw_examiner_has(world.x, &source));
	assert_int_equal(examine_world_ask("192.0.2.1"), -EALREADY);
	assert_int_equal(script_dns_waiting(world.script), 3);
	sw_examiner_counts(world.x, &n);
	assert_int_equal(n.running, 1);
	script_dns_run(world.script);
	assert_false(sw_examiner_has(world.x, &source));
	assert_int_equal(examine_world_ask("192.0.2.1"), 0);
	script_dns_run(world.script);
	assert_int_equal(world.outcomes, 2);
	sw_examiner_counts(world.x, &n);
	assert_int_equal(n.running, 0);
	assert_int_equal(n.outcomes[SW_OUTCOME_DROP], 2);
	assert_int_equal(n.provisional, 0);
	/* of a /64 one address at a time */
	assert_int_equal(examine_world_ask("2001:db8::1"), 0);
	assert_int_equal(examine_world_ask("2001:db8::2"), -EALREADY);
	assert_int_equal(examine_world_ask("2001:db8:0:1::2"), 0);
}

static void many_at_the_same_time(void **state)
{
	struct sw_prefix p;
	unsigned n = 0;

	begin_with("bl.example*3", NULL);
	script_dns_hold(world.script, true);
	for (uint32_t i = 0; i < 3000; i++, n += 2) {
		p = sw_prefix_ip4(0xc6120000 + i, 32);
		assert_int_equal(sw_examine(world.x, &p, &p), 0);
		/* these would all be in one bucket, were the halves but mixed */
		p = sw_prefix_ip6(i, i, 128);
		assert_int_equal(sw_examine(world.x, &p, &p), 0);
	}
	for (uint32_t i = 0; i < 3000; i++) {
		p = sw_prefix_ip4(0xc6120000 + i, 32);
		assert_true(sw_examiner_has(world.x, &p));
		p = sw_prefix_ip6(i, i, 128);
		assert_true(sw_examiner_has(world.x, &p));
	}
	script_dns_run(world.script);
	assert_int_equal(world.outcomes, n);
}

/* ---- trust ---- */

static void lists_that_are_not_trusted_are_not_asked(void **state)
{
	examine_world_open(&(struct examine_options){ .sites = "bl.example*3 dead.example*9" });
	examine_world_test_points("bl.example");
	examine_world_list("bl.example", "192.0.2.1", "127.0.0.2");
	examine_world_list("dead.example", "192.0.2.1", "127.0.0.2");
	/* not tested yet */
	examine_world_is("192.0.2.1", SW_OUTCOME_NONE, "nothing is known");
	assert_int_equal(asked_about("bl.example", "192.0.2.1"), 0);
	/* without a test point */
	examine_world_tick();
	assert_int_equal(trust_of(0)->state, SW_TRUST_TRUSTED);
	assert_int_equal(trust_of(1)->state, SW_TRUST_QUARANTINED);
	assert_int_equal(trust_of(2)->family, 6);
	assert_null(sw_examiner_trust(world.x, 4));
	examine_world_is("192.0.2.1", SW_OUTCOME_REJECT,
			 "bl.example 127.0.0.2 (+3): score 3, reject from 3, and not all is known");
	assert_int_equal(asked_about("dead.example", "192.0.2.1"), 0);
	assert_true(world.outcome.provisional);
}

/* What was found out while a list was not believed holds until it may be again, and no longer. */
static void a_list_that_is_away_is_missed(void **state)
{
	begin_with("bl.example*3 two.example*-9", NULL);
	examine_world_is("192.0.2.2", SW_OUTCOME_CLEARANCE, "score 0");
	assert_false(world.outcome.provisional);
	world.now += HOUR;
	script_dns_remove(world.script, examine_world_question("bl.example", "127.0.0.2"), 0);
	examine_world_tick();
	assert_int_equal(trust_of(0)->state, SW_TRUST_QUARANTINED);
	examine_world_is("192.0.2.2", SW_OUTCOME_CLEARANCE, "score 0, and not all is known");
	assert_true(world.outcome.expires >= world.now + 2 * MINUTE);
	assert_true(world.outcome.expires <= world.now + 3 * MINUTE);
	script_dns_absence(world.script, 24 * 3600);
	for (unsigned i = 0; i < 8; i++) {
		world.now = trust_of(0)->due;
		examine_world_tick();
	}
	examine_world_is("192.0.2.2", SW_OUTCOME_CLEARANCE, "score 0, and not all is known");
	assert_true(world.outcome.expires > world.now + HOUR);
	assert_int_equal(world.outcome.expires, sw_trust_back(trust_of(0)));
	/* there is nothing to miss in IPv6 */
	examine_world_is("2001:db8::2", SW_OUTCOME_CLEARANCE, "score 0");
	assert_false(world.outcome.provisional);
}

/* What it said before it fell may still be kept. */
static void a_list_that_is_back_is_asked_anew(void **state)
{
	size_t anew;

	begin_with("bl.example*3", NULL);
	anew = script_dns_asked_anew(world.script);
	examine_world_is("192.0.2.2", SW_OUTCOME_CLEARANCE, "score 0");
	assert_int_equal(script_dns_asked_anew(world.script), anew);
	world.now += HOUR;
	script_dns_remove(world.script, examine_world_question("bl.example", "127.0.0.2"), 0);
	examine_world_tick();
	examine_world_test_points("bl.example");
	for (unsigned i = 0; i < 3; i++, world.now += 5 * MINUTE)
		examine_world_tick();
	assert_int_equal(trust_of(0)->state, SW_TRUST_TRUSTED);
	anew = script_dns_asked_anew(world.script);
	examine_world_is("192.0.2.2", SW_OUTCOME_CLEARANCE, "score 0");
	assert_int_equal(script_dns_asked_anew(world.script), anew + 1);
	world.now += 24 * HOUR;
	examine_world_is("192.0.2.2", SW_OUTCOME_CLEARANCE, "score 0");
	assert_int_equal(script_dns_asked_anew(world.script), anew + 1);
}

/* Lists that a reload leaves alone are asked at once after it; others are tested first. */
static void a_reload_keeps_trust_in_the_same_lists(void **state)
{
	begin_with("bl.example*3 two.example*4", NULL);
	world.now += HOUR;
	script_dns_remove(world.script, examine_world_question("two.example", "127.0.0.2"), 0);
	examine_world_tick();
	examine_world_reload(&(struct examine_options){ .sites = "two.example*4 new.example*2 "
								 "bl.example*3" });
	assert_int_equal(trust_of(0)->state, SW_TRUST_QUARANTINED);
	assert_int_equal(trust_of(1)->state, SW_TRUST_UNTESTED);
	assert_int_equal(trust_of(2)->state, SW_TRUST_TRUSTED);
	assert_int_equal(trust_of(3)->state, SW_TRUST_TRUSTED);
	assert_int_equal(trust_of(4)->state, SW_TRUST_UNTESTED);
	assert_int_equal(trust_of(5)->state, SW_TRUST_TRUSTED);
	assert_int_equal(trust_of(5)->family, 6);
	examine_world_list("bl.example", "192.0.2.1", "127.0.0.2");
	assert_int_equal(examine_world_ask("192.0.2.1"), 0);
	assert_int_equal(world.outcome.action, SW_OUTCOME_REJECT);
	/* another weight is another list */
	examine_world_reload(&(struct examine_options){ .sites = "bl.example*4" });
	assert_int_equal(trust_of(0)->state, SW_TRUST_UNTESTED);
	examine_world_tick();
	assert_int_equal(trust_of(0)->state, SW_TRUST_TRUSTED);
}

static void nothing_holds_long_before_lists_are_tested(void **state)
{
	examine_world_open(
		&(struct examine_options){ .sites = "bl.example*3", .weights = { "no-ptr=1" } });
	examine_world_is("192.0.2.1", SW_OUTCOME_LIMIT,
			 "no-ptr (+1): score 1, limit from 1, and not all is known");
	assert_int_equal(world.outcome.expires, world.now + 2 * MINUTE);
}

/* Whatever else the reason has no room for. */
static void outcomes_know_what_they_rest_on(void **state)
{
	begin_with("bl.example*3 two.example*-4 far.example*0", "no-ptr=1");
	examine_world_test_points("far.example");
	world.now += MINUTE;
	examine_world_tick();
	world.now += MINUTE;
	examine_world_tick();
	examine_world_list("bl.example", "192.0.2.1", "127.0.0.2");
	examine_world_list("two.example", "192.0.2.2", "127.0.0.2");
	assert_int_equal(examine_world_ask("192.0.2.1"), 0);
	assert_true(examine_world_rests_on("bl.example"));
	assert_false(examine_world_rests_on("two.example"));
	assert_int_equal(world.rests.n, 1);
	assert_int_equal(examine_world_ask("192.0.2.2"), 0);
	assert_int_equal(world.outcome.action, SW_OUTCOME_CLEARANCE);
	assert_true(examine_world_rests_on("two.example"));
	assert_int_equal(examine_world_ask("192.0.2.3"), 0);
	assert_int_equal(world.rests.n, 0);
}

static void a_list_that_has_an_own_address_is_withdrawn(void **state)
{
	const struct sw_prefix own[] = { sw_prefix_ip4(0xc0000232, 32) };

	begin();
	world.now += HOUR;
	examine_world_list("two.example", "192.0.2.50", "127.0.0.2");
	sw_examiner_tick(world.x, own, 1);
	assert_int_equal(world.withdrawn, 1);
	assert_string_equal(world.name, "two.example");
	assert_int_equal(world.family, 4);
	assert_int_equal(trust_of(1)->state, SW_TRUST_QUARANTINED);
	assert_string_equal(world.note, "4 DNS list two.example, IPv4: not believed, and tested "
					"again later: it lists our own address 192.0.2.50 as "
					"127.0.0.2");
	examine_world_is("192.0.2.1", SW_OUTCOME_REJECT,
			 "bl.example 127.0.0.2 (+3), no-ptr (+1): score 4, reject from 3, and not "
			 "all is known");
	/* its IPv6 is believed all the same */
	assert_int_equal(trust_of(3)->state, SW_TRUST_TRUSTED);
}

/* In whichever order: before its own answer, after it, between that and its words. */
static void a_list_falls_while_an_examination_waits(void **state)
{
	const struct sw_prefix own[] = { sw_prefix_ip4(0xc0000232, 32) };
	char name[SW_DNS_NAME], lie[SW_DNS_NAME];

	for (unsigned when = 0; when < 3; when++) {
		begin_with("bl.example*3", NULL);
		examine_world_list("bl.example", "192.0.2.1", "127.0.0.2");
		examine_world_list("bl.example", "192.0.2.50", "127.0.0.2");
		strcpy(name, examine_world_question("bl.example", "192.0.2.1"));
		strcpy(lie, examine_world_question("bl.example", "192.0.2.50"));
		script_dns_hold(world.script, true);
		assert_int_equal(examine_world_ask("192.0.2.1"), 0);
		world.now += HOUR;
		sw_examiner_tick(world.x, own, 1);
		if (when == 0)
			assert_true(script_dns_step_for(world.script, lie, SW_DNS_A));
		assert_true(script_dns_step_for(world.script, name, SW_DNS_A));
		if (when == 1)
			assert_true(script_dns_step_for(world.script, lie, SW_DNS_A));
		assert_int_equal(world.withdrawn, when < 2);
		script_dns_step_for(world.script, name, SW_DNS_TXT);
		assert_int_equal(world.outcomes, 1);
		if (when < 2)
			examine_world_was(SW_OUTCOME_NONE, "nothing is known");
		else
			examine_world_was(SW_OUTCOME_REJECT,
					  "bl.example 127.0.0.2 (+3): score 3, reject from 3");
		script_dns_run(world.script);
		assert_int_equal(world.withdrawn, 1);
		assert_int_equal(world.outcomes, 1);
	}
}

/* Traffic makes a round begin, from within an answer. */
static void an_answer_that_makes_us_look(void **state)
{
	begin_with("bl.example*3", NULL);
	world.now += 2 * MINUTE;
	/* the list refuses, from now on */
	examine_world_list("bl.example", "192.0.2.1", "127.255.255.254");
	script_dns_remove(world.script, examine_world_question("bl.example", "127.0.0.2"), 0);
	examine_world_is("192.0.2.1", SW_OUTCOME_NONE, "nothing is known");
	assert_int_equal(trust_of(0)->state, SW_TRUST_QUARANTINED);
	assert_int_equal(world.withdrawn, 1);
	assert_string_equal(world.name, "bl.example");
}

static void a_list_of_ip4_alone_takes_nothing_back(void **state)
{
	examine_world_open(&(struct examine_options){ .sites = "bl.example*3" });
	examine_world_list("bl.example", "127.0.0.2", "127.0.0.2");
	examine_world_tick();
	assert_int_equal(trust_of(0)->state, SW_TRUST_TRUSTED);
	assert_int_equal(trust_of(1)->state, SW_TRUST_NOT_SERVED);
	assert_int_equal(world.withdrawn, 0);
	assert_string_equal(world.note,
			    "6 DNS list bl.example, IPv6: left out: it knows nothing of "
			    "IPv6, and is not asked of it");
	examine_world_is("2001:db8::25", SW_OUTCOME_CLEARANCE, "score 0");
	assert_int_equal(asked_about("bl.example", "2001:db8::25"), 0);
	/* what it says of IPv6 all the same is taken back there, and what of IPv4 there */
	script_dns_add(world.script, "*.bl.example", SW_DNS_A, "127.0.0.2", 60);
	world.now += HOUR;
	examine_world_tick();
	assert_int_equal(world.withdrawn, 1);
	assert_int_equal(world.family, 4);
	world.now += 24 * HOUR;
	examine_world_tick();
	assert_int_equal(world.withdrawn, 2);
	assert_int_equal(world.family, 6);
	assert_int_equal(trust_of(1)->fault, SW_FAULT_LISTS_TEST);
}

static void silence_is_taken_back_in_the_end(void **state)
{
	begin_with("bl.example*3", NULL);
	script_dns_down(world.script, SW_DNS_NO_SERVER);
	for (unsigned i = 0; i < 10; i++, world.now += HOUR)
		examine_world_tick();
	assert_int_equal(world.withdrawn, 0); /* it is not the list that is silent */
	script_dns_down(world.script, SW_DNS_TIMEOUT);
	for (unsigned i = 0; i < 10; i++, world.now += HOUR)
		examine_world_tick();
	assert_true(world.withdrawn >= 1);
	assert_int_equal(trust_of(0)->fault, SW_FAULT_MUTE);
}

static void own_addresses_beyond_measure(void **state)
{
	struct sw_prefix own[40];

	for (uint32_t i = 0; i < 40; i++)
		own[i] = sw_prefix_ip4(0xc0000200 + i, 32);
	begin_with("bl.example*3", NULL);
	for (size_t n = 0; n <= 40; n++) {
		world.now += HOUR;
		sw_examiner_tick(world.x, own, n);
	}
	assert_int_equal(trust_of(0)->state, SW_TRUST_TRUSTED);
	assert_int_equal(asked_about("bl.example", "192.0.2.0"), 40);
	assert_int_equal(asked_about("bl.example", "192.0.2.15"), 25);
	assert_int_equal(asked_about("bl.example", "192.0.2.16"), 0);
}

/* ---- the end ---- */

static size_t any_of(size_t i)
{
	size_t n = script_dns_waiting(world.script);

	return n ? i * 7 % n : 0;
}

/* Examinations and rounds under way: close after so many answers. */
static bool close_after(size_t answers)
{
	struct script_dns *script;
	unsigned outcomes;
	bool more = true;

	begin();
	script_dns_hold(world.script, true);
	world.now += HOUR;
	assert_int_equal(examine_world_ask("192.0.2.1"), 0);
	assert_int_equal(examine_world_ask("192.0.2.2"), 0);
	assert_int_equal(examine_world_ask("2001:db8::1"), 0);
	examine_world_tick();
	for (size_t i = 0; i < answers && more; i++)
		more = script_dns_step_at(world.script, any_of(i));
	outcomes = world.outcomes;
	script = world.script;
	world.x = sw_examiner_close(world.x);
	assert_int_equal(script_dns_waiting(script), 0);
	assert_int_equal(world.outcomes, outcomes);
	return more;
}

static void closed_at_every_moment(void **state)
{
	size_t n = 0;

	while (close_after(n))
		n++;
	assert_true(n > 80);
	assert_int_equal(world.outcomes, 3);
	assert_null(sw_examiner_close(NULL));
}

static void closed_by_an_outcome(void **state)
{
	uint64_t random = 42;

	for (unsigned i = 0; i < 50; i++) {
		begin();
		script_dns_hold(world.script, i > 0);
		world.close = true;
		if (i)
			assert_int_equal(examine_world_ask("192.0.2.2"), 0);
		assert_int_equal(examine_world_ask("192.0.2.1"), 0);
		while (script_dns_waiting(world.script))
			script_dns_step_at(world.script,
					   sw_random(&random) % script_dns_waiting(world.script));
		assert_int_equal(world.outcomes, 1);
		assert_null(world.x);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(answers_in_any_order, teardown),
		cmocka_unit_test_teardown(a_source_is_examined_once_at_a_time, teardown),
		cmocka_unit_test_teardown(many_at_the_same_time, teardown),
		cmocka_unit_test_teardown(lists_that_are_not_trusted_are_not_asked, teardown),
		cmocka_unit_test_teardown(a_list_that_has_an_own_address_is_withdrawn, teardown),
		cmocka_unit_test_teardown(a_list_that_is_away_is_missed, teardown),
		cmocka_unit_test_teardown(a_list_that_is_back_is_asked_anew, teardown),
		cmocka_unit_test_teardown(a_reload_keeps_trust_in_the_same_lists, teardown),
		cmocka_unit_test_teardown(nothing_holds_long_before_lists_are_tested, teardown),
		cmocka_unit_test_teardown(outcomes_know_what_they_rest_on, teardown),
		cmocka_unit_test_teardown(a_list_falls_while_an_examination_waits, teardown),
		cmocka_unit_test_teardown(an_answer_that_makes_us_look, teardown),
		cmocka_unit_test_teardown(a_list_of_ip4_alone_takes_nothing_back, teardown),
		cmocka_unit_test_teardown(silence_is_taken_back_in_the_end, teardown),
		cmocka_unit_test_teardown(own_addresses_beyond_measure, teardown),
		cmocka_unit_test_teardown(closed_at_every_moment, teardown),
		cmocka_unit_test_teardown(closed_by_an_outcome, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
