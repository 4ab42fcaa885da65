/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeping the networks of allow-spf up to date, by scripted DNS and clock: who is asked when,
 * what an answer changes, what a failure does not, and what is told of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/allow_spf.h"
#include "support/script_clock.h"
#include "support/script_dns.h"

#define TOLD 8192
#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

struct world {
	struct script_dns *dns;
	struct script_clock clock;
	struct sw_allow_spf *a;
	char told[TOLD];
};

static void take_note(void *ctx, int level, const char *text)
{
	struct world *w = ctx;

	assert_true(strlen(w->told) + strlen(text) + 2 < TOLD);
	strcat(w->told, text);
	strcat(w->told, "\n");
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	const struct sw_allow_spf_options options = { .clock = &w->clock.clock,
						      .note = take_note,
						      .ctx = w };

	w->dns = script_dns_open();
	script_clock_set(&w->clock, INT64_C(1764100000000), 1000);
	assert_int_equal(sw_allow_spf_open(&options, &w->a), 0);
	sw_allow_spf_use(w->a, script_dns_dns(w->dns));
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	sw_allow_spf_close(w->a);
	script_dns_close(w->dns);
	free(w);
	return 0;
}

/* Names in one text, separated by spaces. */
static void name(struct world *w, const char *text, bool keep)
{
	char copy[4096], *word[SW_ALLOW_SPF_MAX], *rest = copy;
	struct sw_texts names = { word, 0 };

	snprintf(copy, sizeof(copy), "%s", text);
	for (char *p; (p = strsep(&rest, " "));)
		if (*p)
			word[names.n++] = p;
	sw_allow_spf_name(w->a, &names, keep);
}

/* Let time pass in steps of a second, as the daemon has it. */
static void pass(struct world *w, int64_t ms)
{
	for (int64_t done = 0; done < ms; done += SECOND) {
		script_clock_pass(&w->clock, SECOND);
		sw_allow_spf_tick(w->a);
	}
}

/* What is in force: "example.com: 192.0.2.0/24 ...; ..." */
static const char *in_force(const struct world *w)
{
	static char text[4096];
	const struct sw_spf_domains *d = sw_allow_spf_domains(w->a);
	char buf[SW_PREFIX_TEXT];
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < d->n; i++) {
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s:", i ? "; " : "",
				      d->domain[i].name);
		for (size_t k = 0; k < d->domain[i].allow.n; k++)
			n += (size_t)snprintf(
				text + n, sizeof(text) - n, " %s",
				sw_prefix_format(&d->domain[i].allow.net[k].net, buf));
	}
	return text;
}

static const char *told(struct world *w)
{
	static char text[TOLD];

	strcpy(text, w->told);
	w->told[0] = '\0';
	return text;
}

static struct sw_allow_spf_state state_of(const struct world *w, size_t i)
{
	struct sw_allow_spf_state s;

	sw_allow_spf_state(w->a, i, &s);
	return s;
}

static void set_policy(struct world *w, const char *domain, const char *policy, uint32_t ttl)
{
	script_dns_remove(w->dns, domain, SW_DNS_TXT);
	script_dns_add(w->dns, domain, SW_DNS_TXT, policy, ttl);
}

static void it_grows_at_once_and_shrinks_by_agreement(void **state)
{
	struct world *w = *state;
	uint64_t version;

	set_policy(w, "a.example", "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all", 600);
	name(w, "a.example", false);
	version = sw_allow_spf_version(w->a);
	pass(w, SECOND);
	assert_string_equal(in_force(w), "a.example: 192.0.2.0/24 2001:db8::/32");
	assert_string_equal(told(w), "allow-spf a.example: 2 networks now, 0 before\n");
	assert_true(sw_allow_spf_version(w->a) > version);
	/* nothing is asked before its time, and the same answer changes nothing */
	version = sw_allow_spf_version(w->a);
	pass(w, 9 * MINUTE);
	assert_int_equal(script_dns_asked(w->dns), 1);
	pass(w, MINUTE);
	assert_int_equal(script_dns_asked(w->dns), 2);
	assert_int_equal(sw_allow_spf_version(w->a), version);
	assert_string_equal(told(w), "");
	set_policy(w, "a.example", "v=spf1 ip4:192.0.2.0/24 ip4:198.51.100.0/24 -all", 600);
	pass(w, 10 * MINUTE);
	assert_string_equal(in_force(w), "a.example: 192.0.2.0/24 198.51.100.0/24 2001:db8::/32");
	assert_string_equal(told(w),
			    "allow-spf a.example: 3 networks now, 2 before\n"
			    "allow-spf a.example: 1 networks are not named any more; they go "
			    "unless they come back\n");
	assert_int_equal(state_of(w, 0).going, 1);
	pass(w, 10 * MINUTE);
	assert_string_equal(in_force(w), "a.example: 192.0.2.0/24 198.51.100.0/24 2001:db8::/32");
	assert_string_equal(told(w), "");
	pass(w, 10 * MINUTE);
	assert_string_equal(in_force(w), "a.example: 192.0.2.0/24 198.51.100.0/24");
	assert_string_equal(told(w), "allow-spf a.example: 2 networks now, 3 before\n");
}

static void what_the_dns_does_not_say_changes_nothing(void **state)
{
	struct world *w = *state;
	size_t asked;

	set_policy(w, "a.example", "v=spf1 ip4:192.0.2.0/24 -all", 300);
	name(w, "a.example", false);
	pass(w, SECOND);
	told(w);
	script_dns_down(w->dns, SW_DNS_TIMEOUT);
	pass(w, 24 * HOUR);
	assert_string_equal(in_force(w), "a.example: 192.0.2.0/24");
	assert_string_equal(told(w), "allow-spf a.example: a.example: the DNS does not say: nobody "
				     "answered in time; what is in force stays\n");
	assert_true(sw_allow_spf_domains(w->a)->domain[0].allow.failures > 20);
	assert_string_equal(state_of(w, 0).problem,
			    "a.example: the DNS does not say: nobody answered in time");
	asked = script_dns_asked(w->dns);
	pass(w, 24 * HOUR);
	assert_int_equal(script_dns_asked(w->dns), asked + 24); /* once an hour */
	/* somebody else is asked at once */
	script_dns_down(w->dns, SW_DNS_TROUBLE_NONE);
	sw_allow_spf_use(w->a, script_dns_dns(w->dns));
	pass(w, SECOND);
	assert_string_equal(told(w), "allow-spf a.example: its policy is known again\n");
	assert_string_equal(state_of(w, 0).problem, "");
	assert_int_equal(sw_allow_spf_domains(w->a)->domain[0].allow.failures, 0);
}

static void an_absence_takes_nothing_away(void **state)
{
	struct world *w = *state;

	set_policy(w, "a.example", "v=spf1 ip4:192.0.2.0/24 -all", 300);
	name(w, "a.example", false);
	pass(w, SECOND);
	told(w);
	script_dns_remove(w->dns, "a.example", 0);
	pass(w, 24 * HOUR);
	assert_string_equal(in_force(w), "a.example: 192.0.2.0/24");
	assert_string_equal(told(w),
			    "allow-spf a.example: a.example: the domain has no SPF record; "
			    "what is in force stays\n");
	set_policy(w, "a.example", "v=spf1 ip4:198.51.100.0/24 ip4:x -all", 300);
	pass(w, 24 * HOUR);
	assert_string_equal(in_force(w), "a.example: 192.0.2.0/24");
	/* but a policy that names nobody does */
	set_policy(w, "a.example", "v=spf1 -all", 300);
	pass(w, HOUR + 15 * MINUTE);
	assert_string_equal(in_force(w), "a.example:");
}

static void half_an_answer_adds_and_takes_nothing(void **state)
{
	struct world *w = *state;

	set_policy(w, "a.example", "v=spf1 ip4:192.0.2.0/24 -all", 300);
	name(w, "a.example", false);
	pass(w, SECOND);
	set_policy(w, "a.example", "v=spf1 ip4:198.51.100.0/24 include:b.example -all", 300);
	script_dns_trouble(w->dns, "b.example", 0, SW_DNS_SERVFAIL);
	pass(w, 24 * HOUR);
	assert_string_equal(in_force(w), "a.example: 192.0.2.0/24 198.51.100.0/24");
	assert_int_equal(state_of(w, 0).going, 0);
	assert_true(sw_allow_spf_domains(w->a)->domain[0].allow.confirmed_ms <
		    w->clock.wall_ms - 23 * HOUR);
}

static void too_much_of_the_internet(void **state)
{
	static const char *const policies[] = { "v=spf1 ip4:198.51.100.0/24 +all",
						"v=spf1 include:b.example -all",
						"v=spf1 ip4:198.51.100.0/24 ip4:0.0.0.0/1 -all",
						"v=spf1 ip4:7.0.0.0/8 ip4:8.0.0.0/8 -all",
						"v=spf1 ip6:2000::/16 -all" };
	struct world *w = *state;

	set_policy(w, "b.example", "v=spf1 all", 300);
	set_policy(w, "a.example", "v=spf1 ip4:192.0.2.0/24 -all", 300);
	name(w, "a.example", false);
	pass(w, SECOND);
	told(w);
	for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
		set_policy(w, "a.example", policies[i], 300);
		pass(w, 24 * HOUR);
		assert_string_equal(in_force(w), "a.example: 192.0.2.0/24");
		assert_non_null(strstr(state_of(w, 0).problem, "not believed: "));
	}
	assert_string_equal(
		told(w), "allow-spf a.example: not believed: its policy passes everybody, or much "
			 "of the internet; what is in force stays\n"
			 "allow-spf a.example: not believed: its networks are more than a /8 of "
			 "IPv4 or a /20 of IPv6; what is in force stays\n");
}

static void what_is_left_out_is_shown(void **state)
{
	struct world *w = *state;

	set_policy(w, "a.example", "v=spf1 ip4:192.0.2.0/24 exists:%{i}.x.example ptr -all", 300);
	name(w, "a.example", false);
	pass(w, SECOND);
	assert_string_equal(state_of(w, 0).left_out, "a.example exists:%{i}.x.example: it is found "
						     "out for each sender, and more");
	assert_string_equal(state_of(w, 0).problem, "");
}

static void a_few_at_a_time(void **state)
{
	struct world *w = *state;
	char names[4096] = "", one[32];

	for (unsigned i = 0; i < SW_ALLOW_SPF_MAX; i++) {
		snprintf(one, sizeof(one), "d%u.example", i);
		set_policy(w, one, "v=spf1 ip4:192.0.2.0/24 -all", 300);
		strcat(names, one);
		strcat(names, " ");
	}
	script_dns_hold(w->dns, true);
	name(w, names, false);
	for (unsigned i = 0; i < SW_ALLOW_SPF_MAX / SW_ALLOW_SPF_AT_ONCE; i++) {
		pass(w, SECOND);
		assert_true(sw_allow_spf_is_busy(w->a));
		assert_int_equal(script_dns_waiting(w->dns), SW_ALLOW_SPF_AT_ONCE);
		script_dns_run(w->dns);
	}
	assert_false(sw_allow_spf_is_busy(w->a));
	pass(w, MINUTE);
	assert_int_equal(script_dns_asked(w->dns), SW_ALLOW_SPF_MAX);
	assert_int_equal(sw_spf_domains_nets(sw_allow_spf_domains(w->a)), SW_ALLOW_SPF_MAX);
}

static void who_takes_too_long_is_given_up(void **state)
{
	struct world *w = *state;

	set_policy(w, "a.example", "v=spf1 ip4:192.0.2.0/24 -all", 300);
	script_dns_hold(w->dns, true);
	name(w, "a.example", false);
	pass(w, SECOND + SW_ALLOW_SPF_PATIENCE_MS);
	assert_true(sw_allow_spf_is_busy(w->a));
	assert_true(state_of(w, 0).asking);
	pass(w, SECOND);
	assert_int_equal(script_dns_cancelled(w->dns), 1);
	assert_string_equal(state_of(w, 0).problem, "a.example: it takes too long");
	assert_non_null(strstr(told(w), "it has no networks until that is better"));
}

static void others_come_and_go(void **state)
{
	struct world *w = *state;

	set_policy(w, "a.example", "v=spf1 ip4:192.0.2.1 -all", 300);
	set_policy(w, "b.example", "v=spf1 ip4:192.0.2.2 -all", 300);
	set_policy(w, "c.example", "v=spf1 ip4:192.0.2.3 -all", 300);
	name(w, "a.example b.example", false);
	pass(w, SECOND);
	name(w, "c.example b.example", true); /* on probation */
	pass(w, SECOND);
	assert_string_equal(in_force(w),
			    "a.example: 192.0.2.1; b.example: 192.0.2.2; c.example: 192.0.2.3");
	name(w, "c.example b.example", false);
	assert_string_equal(in_force(w), "b.example: 192.0.2.2; c.example: 192.0.2.3");
	/* one goes while others are under way */
	script_dns_hold(w->dns, true);
	pass(w, 5 * MINUTE);
	assert_int_equal(script_dns_waiting(w->dns), 2);
	name(w, "c.example", false);
	assert_int_equal(script_dns_waiting(w->dns), 0);
	pass(w, SECOND);
	assert_int_equal(script_dns_waiting(w->dns), 1);
	script_dns_run(w->dns);
	assert_string_equal(in_force(w), "c.example: 192.0.2.3");
	name(w, "", false);
	assert_string_equal(in_force(w), "");
	pass(w, HOUR);
	assert_false(sw_allow_spf_is_busy(w->a));
}

static void no_room_for_those_from_before(void **state)
{
	struct world *w = *state;
	char names[2][4096] = { "", "" }, one[32];

	for (unsigned i = 0; i < 2 * SW_ALLOW_SPF_MAX; i++) {
		snprintf(one, sizeof(one), "d%u.example ", i);
		strcat(names[i / SW_ALLOW_SPF_MAX], one);
	}
	name(w, names[0], false);
	name(w, names[1], true);
	assert_int_equal(sw_allow_spf_domains(w->a)->n, SW_ALLOW_SPF_MAX);
	assert_string_equal(sw_allow_spf_domains(w->a)->domain[0].name, "d64.example");
}

static void nobody_to_ask(void **state)
{
	struct world *w = *state;

	set_policy(w, "a.example", "v=spf1 ip4:192.0.2.1 -all", 300);
	script_dns_hold(w->dns, true);
	name(w, "a.example", false);
	pass(w, SECOND);
	sw_allow_spf_use(w->a, NULL);
	assert_int_equal(script_dns_waiting(w->dns), 0);
	pass(w, HOUR);
	assert_int_equal(script_dns_asked(w->dns), 1);
	sw_allow_spf_use(w->a, script_dns_dns(w->dns));
	pass(w, SECOND);
	assert_int_equal(script_dns_asked(w->dns), 2);
}

static void over_a_restart(void **state)
{
	static struct sw_spf_domains kept;
	struct world *w = *state;

	set_policy(w, "a.example", "v=spf1 ip4:192.0.2.1 ip4:192.0.2.2 -all", 300);
	name(w, "a.example", false);
	pass(w, SECOND);
	set_policy(w, "a.example", "v=spf1 ip4:192.0.2.1 -all", 300);
	for (int restart = 0; restart < 2; restart++) {
		pass(w, 5 * MINUTE);
		assert_int_equal(sw_allow_spf_domains(w->a)->domain[0].allow.net[1].missing,
				 restart + 1);
		assert_int_equal(sw_spf_domains_copy(sw_allow_spf_domains(w->a), NULL, &kept), 0);
		sw_allow_spf_take(w->a, &kept);
		/* the start asks at once, and that is no reason to count twice */
		for (int i = 0; i < 10; i++) {
			assert_int_equal(
				sw_spf_domains_copy(sw_allow_spf_domains(w->a), NULL, &kept), 0);
			kept.domain[0].allow.due_ms = 0;
			sw_allow_spf_take(w->a, &kept);
			pass(w, SECOND);
		}
		assert_string_equal(in_force(w), "a.example: 192.0.2.1 192.0.2.2");
	}
	pass(w, 5 * MINUTE);
	assert_string_equal(in_force(w), "a.example: 192.0.2.1");
}

static void what_is_to_be_kept(void **state)
{
	struct world *w = *state;
	uint64_t kept;

	set_policy(w, "a.example", "v=spf1 ip4:192.0.2.1 -all", 300);
	name(w, "a.example", false);
	pass(w, SECOND);
	kept = sw_allow_spf_kept_version(w->a);
	pass(w, 5 * MINUTE); /* that it was confirmed */
	assert_true(sw_allow_spf_kept_version(w->a) > kept);
	kept = sw_allow_spf_kept_version(w->a);
	script_dns_down(w->dns, SW_DNS_SERVFAIL);
	pass(w, HOUR);
	assert_int_equal(sw_allow_spf_kept_version(w->a), kept);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(it_grows_at_once_and_shrinks_by_agreement),
		WITH(what_the_dns_does_not_say_changes_nothing),
		WITH(an_absence_takes_nothing_away),
		WITH(half_an_answer_adds_and_takes_nothing),
		WITH(too_much_of_the_internet),
		WITH(what_is_left_out_is_shown),
		WITH(a_few_at_a_time),
		WITH(who_takes_too_long_is_given_up),
		WITH(others_come_and_go),
		WITH(no_room_for_those_from_before),
		WITH(nobody_to_ask),
		WITH(over_a_restart),
		WITH(what_is_to_be_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
