/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trust in a list, by script: a list that behaves in some way, a clock, and what is made of
 * it. "Everybody" is a list that has its test point and nothing else, unless it says more.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "dns/trust.h"
#include "support/random.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* How a list behaves. */
struct list {
	bool empty; /* has no test point */
	bool world; /* lists every address */
	bool dead; /* no answers */
	enum sw_dns_trouble trouble; /* of a dead one; default: time-out */
	uint32_t refusal, stray; /* answers with this */
	unsigned share; /* of all other addresses, in percent; by address, always the same */
	struct sw_prefix also; /* lists this one, too */
};

static struct world {
	struct sw_sites *sites;
	struct sw_trust t;
	struct sw_trust_rules rules;
	struct list list;
	int64_t now;
	struct sw_prefix own[4], canary[4];
	size_t owns, canaries;
	unsigned rounds, believed, quarantines, withdrawn, questions;
} w;

static void begin(const char *sites, const char *dialup, unsigned family)
{
	struct sw_err err;

	sw_sites_free(w.sites);
	memset(&w, 0, sizeof(w));
	w.rules = sw_trust_defaults;
	w.now = 1000 * DAY;
	if (sw_sites_parse(sites, strlen(sites), NULL, &w.sites, &err) ||
	    sw_sites_mark_dialup(w.sites, dialup, strlen(dialup), NULL, &err))
		fail_msg("%s", err.text);
	sw_trust_init(&w.t, &w.rules, &w.sites->site[0], (uint8_t)family, 4711, w.now);
}

static int teardown(void **state)
{
	w.sites = sw_sites_free(w.sites);
	return 0;
}

/* ---- a list ---- */

static bool has_test_point(const struct sw_prefix *a)
{
	return a->family == 4 ? a->lo == 0x7f000002 : !a->hi && a->lo == 0xffff7f000002;
}

static bool has_other_point(const struct sw_prefix *a)
{
	return a->family == 4 ? a->lo == 0x7f000001 : !a->hi && a->lo == 0xffff7f000001;
}

static bool lists(const struct sw_prefix *a)
{
	uint64_t mixed = (a->lo ^ a->hi * 3) * UINT64_C(0x9e3779b97f4a7c15);

	if (w.list.world)
		return true;
	if (has_test_point(a))
		return !w.list.empty;
	if (has_other_point(a))
		return false;
	return !sw_prefix_cmp(a, &w.list.also) || (mixed >> 40) % 100 < w.list.share;
}

static struct sw_dnsbl_reading answer(const struct sw_prefix *a)
{
	uint32_t code = w.list.refusal ? w.list.refusal : w.list.stray ? w.list.stray : 0x7f000002;
	struct sw_dns_record record = { .a = { (uint8_t)(code >> 24), (uint8_t)(code >> 16),
					       (uint8_t)(code >> 8), (uint8_t)code } };
	struct sw_dns_answer dns = { .status = SW_DNS_NXDOMAIN, .ttl = 300 };
	struct sw_dnsbl_reading r;

	if (w.list.dead) {
		dns.status = SW_DNS_TEMPFAIL;
		dns.trouble = w.list.trouble ? w.list.trouble : SW_DNS_TIMEOUT;
	} else if (w.list.refusal || w.list.stray || lists(a)) {
		dns.status = SW_DNS_OK;
		dns.record = &record;
		dns.n = 1;
	}
	sw_dnsbl_read(&w.sites->site[0], &dns, &r);
	return r;
}

static void note(struct sw_trust_event e)
{
	w.believed += e.news == SW_TRUST_BELIEVE;
	w.quarantines += e.news == SW_TRUST_QUARANTINE;
	w.withdrawn += e.withdraw;
}

static void round_if_due(void)
{
	unsigned n = sw_trust_begin(&w.t, w.own, w.owns, w.canary, w.canaries, w.now);

	w.rounds += n != 0;
	w.questions += n;
	for (unsigned i = 0; i < n; i++) {
		struct sw_dnsbl_reading r = answer(sw_trust_question(&w.t, i));

		note(sw_trust_answer(&w.t, i, &r, w.now));
	}
}

/* Let time pass, and rounds be held when they are due. */
static void pass(int64_t ms)
{
	int64_t until = w.now + ms;

	round_if_due();
	while (sw_trust_due(&w.t) <= until) {
		if (w.now < sw_trust_due(&w.t))
			w.now = sw_trust_due(&w.t);
		round_if_due();
	}
	w.now = until;
}

/* @n sources come, each from another network; all are listed, or none. */
static void flood(unsigned n, bool listed)
{
	struct sw_dnsbl_reading r = { .said = listed ? SW_DNSBL_LISTED : SW_DNSBL_CLEAN,
				      .matched = listed,
				      .score = listed };
	struct sw_prefix p = sw_prefix_ip4(0, 32);

	for (unsigned i = 0; i < n; i++) {
		if (w.t.family == 4)
			p = sw_prefix_ip4(0x01000000 + i * 65536u * 3 + i, 32);
		else
			p = sw_prefix_ip6(0x2a00000000000000 + ((uint64_t)i << 32), 1, 128);
		note(sw_trust_watch(&w.t, &p, &r, w.now));
		if (i % 10 == 9)
			pass(1);
	}
}

static void expect(enum sw_trust_state state, enum sw_trust_fault fault, const char *words)
{
	char why[SW_TRUST_TEXT];

	sw_trust_why(&w.t, why);
	if (w.t.state != state || w.t.fault != fault || !strstr(why, words))
		fail_msg("%s, %s: \"%s\"", sw_trust_state_name(w.t.state),
			 sw_trust_fault_name(w.t.fault), why);
	assert_int_equal(sw_trust_scores(&w.t), state == SW_TRUST_TRUSTED);
}

#define TRUSTED() expect(SW_TRUST_TRUSTED, SW_FAULT_NONE, "")
#define QUARANTINED(fault, words) expect(SW_TRUST_QUARANTINED, SW_FAULT_##fault, words)

/* ---- how lists behave, and what is made of it ---- */

static void test_table(void **state)
{
	static const struct {
		const char *what, *site, *dialup, *probes;
		struct list list;
		const char *own, *canary;
		enum sw_trust_fault fault; /* NONE: trusted */
		const char *words;
	} cases[] = {
		{ "a good list", "a.b", "", NULL, { .share = 5 }, NULL, NULL, SW_FAULT_NONE, "" },
		{ "one that lists the world",
		  "a.b",
		  "",
		  NULL,
		  { .world = true },
		  NULL,
		  NULL,
		  SW_FAULT_LISTS_TEST,
		  "lists 127.0.0.1 as 127.0.0.2, which no list may list" },
		{ "one that was emptied",
		  "a.b",
		  "",
		  NULL,
		  { .empty = true },
		  NULL,
		  NULL,
		  SW_FAULT_EMPTY,
		  "does not list 127.0.0.2, which it must" },
		{ "one that knows its test points and lists all else",
		  "a.b",
		  "",
		  NULL,
		  { .share = 100 },
		  NULL,
		  NULL,
		  SW_FAULT_LISTS_ALL,
		  "lists all the world: 16 of 16" },
		{ "a parked domain",
		  "a.b",
		  "",
		  NULL,
		  { .stray = 0x5db8d822 },
		  NULL,
		  NULL,
		  SW_FAULT_STRAYS,
		  "answers 93.184.216.34, which no list does" },
		{ "asked by a public resolver",
		  "a.b",
		  "",
		  NULL,
		  { .refusal = 0x7ffffffe },
		  NULL,
		  NULL,
		  SW_FAULT_REFUSES,
		  "refuses with 127.255.255.254: it is asked through" },
		{ "asked too much",
		  "a.b",
		  "",
		  NULL,
		  { .refusal = 0x7fffffff },
		  NULL,
		  NULL,
		  SW_FAULT_REFUSES,
		  "too many questions" },
		{ "dead",
		  "a.b",
		  "",
		  NULL,
		  { .dead = true },
		  NULL,
		  NULL,
		  SW_FAULT_MUTE,
		  "does not answer" },
		{ "SERVFAIL",
		  "a.b",
		  "",
		  NULL,
		  { .dead = true, .trouble = SW_DNS_SERVFAIL },
		  NULL,
		  NULL,
		  SW_FAULT_MUTE,
		  "does not answer" },
		{ "lists us",
		  "a.b",
		  "",
		  NULL,
		  { .share = 0 },
		  "192.0.2.1",
		  NULL,
		  SW_FAULT_LISTS_OWN,
		  "lists our own address 192.0.2.1" },
		{ "lists a canary",
		  "a.b",
		  "",
		  NULL,
		  { .share = 0 },
		  NULL,
		  "192.0.2.1",
		  SW_FAULT_LISTS_CANARY,
		  "lists the canary 192.0.2.1" },
		{ "has us as a dialup line",
		  "a.b",
		  "a.b=127.0.0.2",
		  NULL,
		  { .share = 0 },
		  "192.0.2.1",
		  NULL,
		  SW_FAULT_NONE,
		  "" },
		{ "an allow list that has us",
		  "a.b*-3",
		  "",
		  NULL,
		  { .share = 0 },
		  "192.0.2.1",
		  NULL,
		  SW_FAULT_NONE,
		  "" },
		{ "an allow list that has the world",
		  "a.b*-3",
		  "",
		  NULL,
		  { .world = true },
		  NULL,
		  NULL,
		  SW_FAULT_LISTS_TEST,
		  "" },
		{ "a filter that does not mean it",
		  "a.b=127.0.0.9",
		  "",
		  NULL,
		  { .share = 0 },
		  "192.0.2.1",
		  NULL,
		  SW_FAULT_NONE,
		  "" },
		{ "no test points, and says so",
		  "a.b",
		  "",
		  "a.b none",
		  { .empty = true },
		  NULL,
		  NULL,
		  SW_FAULT_NONE,
		  "" },
		{ "no test points, and lists the world",
		  "a.b",
		  "",
		  "a.b none",
		  { .world = true },
		  NULL,
		  NULL,
		  SW_FAULT_LISTS_ALL,
		  "" },
		{ "no test points, and dead",
		  "a.b",
		  "",
		  "a.b none",
		  { .dead = true },
		  NULL,
		  NULL,
		  SW_FAULT_MUTE,
		  "" },
		{ "test points of its own",
		  "a.b",
		  "",
		  "a.b 192.0.2.1 !192.0.2.2",
		  { .empty = true },
		  NULL,
		  NULL,
		  SW_FAULT_NONE,
		  "" },
		{ "test points of its own, wrong",
		  "a.b",
		  "",
		  "a.b 192.0.2.2 !192.0.2.1",
		  { .empty = true },
		  NULL,
		  NULL,
		  SW_FAULT_LISTS_TEST,
		  "lists 192.0.2.1" },
		/* much of the world is a dialup line, and no list is bad for saying so */
		{ "a policy list",
		  "a.b",
		  "a.b",
		  NULL,
		  { .share = 100 },
		  NULL,
		  NULL,
		  SW_FAULT_NONE,
		  "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char why[SW_TRUST_TEXT];
		struct sw_err err;

		begin(cases[i].site, cases[i].dialup, 4);
		w.list = cases[i].list;
		assert_int_equal(sw_addr_parse("192.0.2.1", &w.list.also), 0);
		if (cases[i].probes && sw_sites_set_probes(w.sites, cases[i].probes,
							   strlen(cases[i].probes), NULL, &err))
			fail_msg("%s", err.text);
		if (cases[i].own)
			w.owns = !sw_addr_parse(cases[i].own, &w.own[0]);
		if (cases[i].canary)
			w.canaries = !sw_addr_parse(cases[i].canary, &w.canary[0]);
		assert_false(sw_trust_scores(&w.t));
		pass(2 * MINUTE);
		sw_trust_why(&w.t, why);
		if (w.t.fault != cases[i].fault || !strstr(why, cases[i].words) ||
		    sw_trust_scores(&w.t) != !cases[i].fault)
			fail_msg("%s: %s, %s: %s", cases[i].what, sw_trust_state_name(w.t.state),
				 sw_trust_fault_name(w.t.fault), why);
		assert_int_equal(w.quarantines, cases[i].fault != SW_FAULT_NONE);
		assert_int_equal(w.withdrawn, cases[i].fault != SW_FAULT_NONE);
	}
}

static void test_ipv6(void **state)
{
	begin("a.b", "", 6);
	pass(SECOND);
	TRUSTED();
	begin("a.b", "", 6);
	w.list.world = true;
	w.owns = !sw_addr_parse("192.0.2.1", &w.own[0]); /* of the other family */
	pass(SECOND);
	QUARANTINED(LISTS_TEST, "lists ::ffff:127.0.0.1");
}

/* A list of IPv4 alone: two questions a day, and no word of it; until it serves IPv6. */
static void test_not_served(void **state)
{
	begin("a.b", "", 6);
	w.list.empty = true;
	pass(SECOND);
	expect(SW_TRUST_NOT_SERVED, SW_FAULT_NONE, "knows nothing of IPv6");
	assert_false(sw_trust_serves(&w.t));
	w.questions = w.rounds = 0;
	pass(10 * DAY);
	assert_int_equal(w.rounds, 10);
	assert_int_equal(w.questions, 20);
	w.list.dead = true; /* says nothing of it */
	pass(DAY);
	expect(SW_TRUST_NOT_SERVED, SW_FAULT_NONE, "knows nothing of IPv6");
	assert_int_equal(w.quarantines, 0);
	w.list.dead = w.list.empty = false;
	pass(DAY + MINUTE);
	TRUSTED();
	/* it was one of IPv6: it is missed now */
	w.list.empty = true;
	pass(HOUR);
	QUARANTINED(EMPTY, "does not list ::ffff:127.0.0.2, which it must");
	assert_int_equal(w.withdrawn, 1);
	assert_true(sw_trust_serves(&w.t));
}

/* What is silent at first, and what lies, is none of IPv4 alone. */
static void test_served_badly(void **state)
{
	begin("a.b", "", 6);
	w.list.dead = true;
	pass(HOUR);
	QUARANTINED(MUTE, "does not answer");
	w.list.dead = false;
	w.list.empty = true;
	pass(7 * HOUR);
	expect(SW_TRUST_NOT_SERVED, SW_FAULT_NONE, "knows nothing of IPv6");
	w.list.empty = false;
	w.list.world = true;
	pass(DAY);
	QUARANTINED(LISTS_TEST, "lists ::ffff:127.0.0.1");
	/* in IPv4 an empty list is a dead one */
	begin("a.b", "", 4);
	w.list.empty = true;
	pass(SECOND);
	QUARANTINED(EMPTY, "does not list 127.0.0.2, which it must");
}

/* Another one goes on where this one is; a round that ran is held anew. */
static void test_adopted(void **state)
{
	struct sw_trust other;

	begin("a.b", "", 4);
	pass(HOUR);
	sw_trust_init(&other, &w.rules, &w.sites->site[0], 4, 99, w.now);
	sw_trust_adopt(&other, &w.t, false);
	assert_true(sw_trust_scores(&other));
	assert_int_equal(sw_trust_due(&other), sw_trust_due(&w.t));
	sw_trust_adopt(&other, &w.t, true);
	assert_true(sw_trust_due(&other) <= w.now);
	w.now = sw_trust_due(&w.t);
	assert_true(sw_trust_begin(&w.t, NULL, 0, NULL, 0, w.now) > 0);
	sw_trust_adopt(&other, &w.t, false);
	assert_true(sw_trust_scores(&other));
	assert_true(sw_trust_due(&other) <= w.now);
	assert_true(sw_trust_begin(&other, NULL, 0, NULL, 0, w.now) > 0);
}

/* Not before the time that is said it is trusted again, and then it is. */
static void test_when_it_is_back(void **state)
{
	int64_t back = 0;

	begin("a.b", "", 4);
	assert_int_equal(sw_trust_back(&w.t), 0);
	pass(SECOND);
	assert_int_equal(sw_trust_back(&w.t), 0);
	w.list.world = true;
	pass(HOUR);
	assert_true(sw_trust_back(&w.t) > w.now);
	w.list.world = false;
	while (w.t.state == SW_TRUST_QUARANTINED) {
		back = sw_trust_back(&w.t);
		pass(SECOND);
	}
	TRUSTED();
	assert_in_range(back - w.now, 0, 30 * SECOND);
}

/* It goes bad in the middle of the day, and comes back. */
static void test_there_and_back(void **state)
{
	begin("a.b", "", 4);
	pass(3 * HOUR + MINUTE);
	TRUSTED();
	assert_int_equal(w.rounds, 4);
	w.list.world = true;
	pass(HOUR);
	QUARANTINED(LISTS_TEST, "");
	assert_int_equal(w.quarantines, 1);
	assert_int_equal(w.withdrawn, 1);
	w.list.world = false;
	pass(9 * MINUTE); /* it is not believed at once */
	QUARANTINED(LISTS_TEST, "");
	pass(6 * HOUR);
	TRUSTED();
	assert_int_equal(w.believed, 2);
}

/* One that is bad every other hour spends ever more of its time in quarantine. */
static void test_no_flapping(void **state)
{
	unsigned half = 0;

	begin("a.b", "", 4);
	for (unsigned i = 0; i < 24; i++) {
		w.list.world = i % 2;
		pass(HOUR);
		if (i == 11)
			half = w.quarantines;
	}
	assert_in_range(w.quarantines, 1, 6);
	assert_true(w.quarantines - half <= half);
	assert_true(w.rounds < 60);
	/* and a day of good behaviour is forgiven */
	w.list.world = false;
	pass(3 * DAY);
	TRUSTED();
	w.list.world = true;
	for (unsigned i = 0; i < 61; i++)
		if (w.t.state == SW_TRUST_TRUSTED)
			pass(MINUTE);
	QUARANTINED(LISTS_TEST, "");
	assert_int_equal(w.t.falls, 1);
}

/* Pauses double, up to a limit, for years. */
static void test_back_off(void **state)
{
	begin("a.b", "", 4);
	w.list.world = true;
	pass(0);
	for (int64_t pause = 10 * MINUTE; pause < 6 * HOUR; pause *= 2) {
		assert_int_equal(sw_trust_due(&w.t) - w.now, pause);
		pass(pause);
	}
	w.rounds = 0;
	pass(365 * DAY);
	assert_in_range(w.rounds, 365 * 4 - 2, 365 * 4 + 2);
	assert_int_equal(w.quarantines, 1);
	w.list.world = false;
	pass(7 * HOUR);
	TRUSTED();
}

/* ---- what attackers can do ---- */

/* Listed sources of ten thousand networks, all day: looked at, and left alone. */
static void test_flood_of_listed_sources(void **state)
{
	begin("a.b", "", 4);
	w.list.share = 5;
	pass(HOUR);
	flood(2000, false);
	for (unsigned i = 0; i < 24; i++) {
		flood(10000, true);
		pass(HOUR);
		TRUSTED();
	}
	assert_int_equal(w.quarantines, 0);
	/* and it makes us ask no more than a round a minute */
	assert_true(w.rounds < 24 * 61 + 10);
	assert_true(w.t.share > 0.5);
}

/* However fast it is, a round is held once a minute at the most. */
static void test_flood_makes_few_questions(void **state)
{
	unsigned before;

	begin("a.b", "", 4);
	pass(HOUR);
	before = w.rounds;
	for (unsigned i = 0; i < 100; i++)
		flood(1000, i % 2); /* ten seconds */
	assert_true(w.rounds - before <= 2);
	TRUSTED();
}

/* A bad list cannot be hidden behind any traffic. */
static void test_flood_of_clean_sources(void **state)
{
	begin("a.b", "", 4);
	pass(HOUR);
	w.list.world = true;
	for (unsigned i = 0; i < 4; i++) {
		flood(10000, false);
		pass(20 * MINUTE);
	}
	QUARANTINED(LISTS_TEST, "");
}

static void test_all_the_world_but_one(void **state)
{
	unsigned n, others = 0;

	begin("a.b", "", 4);
	n = sw_trust_begin(&w.t, NULL, 0, NULL, 0, w.now);
	for (unsigned i = 0; i < n; i++) {
		const struct sw_prefix *a = sw_trust_question(&w.t, i);
		struct sw_dnsbl_reading r;

		w.list.share = a->lo >> 24 != 127 && !others++ ? 0 : 100;
		r = answer(a);
		note(sw_trust_answer(&w.t, i, &r, w.now));
	}
	assert_true(others > 10);
	QUARANTINED(LISTS_ALL, "");
}

/* When nearly all who come are suddenly listed, it takes no hour to look why. */
static void test_sudden_world(void **state)
{
	begin("a.b", "", 4);
	w.list.share = 10;
	pass(HOUR + 2 * MINUTE);
	flood(300, false);
	w.list.share = 100; /* its test points are as they should be */
	flood(300, true);
	pass(SECOND);
	QUARANTINED(LISTS_ALL, "lists all the world");
	assert_int_equal(w.withdrawn, 1);
}

/* The same for a list that lists much more than it did for days. */
static void test_lists_more(void **state)
{
	begin("a.b", "", 4);
	w.list.share = 10;
	pass(DAY);
	TRUSTED();
	w.list.share = 80;
	for (unsigned i = 0; i < 180 && w.t.state == SW_TRUST_TRUSTED; i++)
		pass(MINUTE);
	QUARANTINED(LISTS_MORE, "addresses drawn at random, far more than it used to");
}

/* @n sources of which @listed in a hundred are listed, in a mixture. */
static void mixed(unsigned n, unsigned listed)
{
	struct sw_dnsbl_reading r = { .said = SW_DNSBL_LISTED };
	struct sw_prefix p;

	for (unsigned i = 0; i < n; i++) {
		r.matched = i * 37 % 100 < listed;
		p = sw_prefix_ip4(0x01000000 + i * 65536u * 3 + i, 32);
		note(sw_trust_watch(&w.t, &p, &r, w.now));
	}
}

/* What makes us look before the hour is over. */
static void test_what_makes_us_look(void **state)
{
	static const struct {
		unsigned before, now; /* of a hundred; before 999: there is no before */
		bool look;
	} cases[] = {
		{ 999, 100, true }, { 999, 50, false }, { 10, 60, true },  { 60, 10, true },
		{ 50, 0, true },    { 10, 20, false },	{ 50, 60, false }, { 90, 100, true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin("a.b", "", 4);
		pass(10 * MINUTE);
		if (cases[i].before != 999)
			mixed(400, cases[i].before);
		pass(10 * MINUTE);
		w.rounds = 0;
		mixed(80, cases[i].now);
		pass(SECOND);
		if (w.rounds != cases[i].look)
			fail_msg("from %u to %u: %u rounds", cases[i].before, cases[i].now,
				 w.rounds);
		TRUSTED();
	}
}

/* A share that chance alone makes look different does nothing, in a year of rounds. */
static void test_no_chance_hits(void **state)
{
	for (unsigned share = 0; share <= 40; share += 10) {
		begin("a.b", "", 4);
		w.list.share = share;
		pass(365 * DAY);
		TRUSTED();
		assert_int_equal(w.quarantines, 0);
	}
}

/* A list that is down for traffic, but whose test points are still in a cache. */
static void test_silence_is_looked_at(void **state)
{
	struct sw_prefix p = sw_prefix_ip4(0x01020304, 32);
	struct sw_dnsbl_reading mute = { .trouble = SW_DNS_TIMEOUT };

	begin("a.b", "", 4);
	pass(HOUR - MINUTE);
	TRUSTED();
	w.list.dead = true;
	for (unsigned i = 0; i < 16; i++)
		note(sw_trust_watch(&w.t, &p, &mute, w.now));
	assert_int_equal(sw_trust_due(&w.t), w.now);
	pass(2 * MINUTE);
	QUARANTINED(MUTE, "does not answer");
	w.list.dead = false;
	pass(10 * MINUTE);
	TRUSTED();
}

/* What our own budget refused, or our resolver, is not the list's fault. */
static void test_our_own_trouble(void **state)
{
	static const enum sw_dns_trouble ours[] = { SW_DNS_OVER_BUDGET, SW_DNS_NO_SERVER };
	struct sw_prefix p = sw_prefix_ip4(0x01020304, 32);

	for (unsigned k = 0; k < 2; k++) {
		struct sw_dnsbl_reading r = { .trouble = ours[k] };

		begin("a.b", "", 4);
		pass(HOUR);
		w.list.dead = true;
		w.list.trouble = ours[k];
		for (unsigned i = 0; i < 1000; i++)
			note(sw_trust_watch(&w.t, &p, &r, w.now));
		assert_int_equal(sw_trust_due(&w.t), w.now + HOUR); /* no reason to look */
		pass(DAY);
		TRUSTED();
		/* and an untested list stays so */
		begin("a.b", "", 4);
		w.list.dead = true;
		w.list.trouble = ours[k];
		pass(DAY);
		assert_int_equal(w.t.state, SW_TRUST_UNTESTED);
	}
}

/* Silence keeps what it said before if the rules say so; a lie never does. */
static void test_withdraw(void **state)
{
	begin("a.b", "", 4);
	w.rules.withdraw_mute = false;
	pass(HOUR);
	w.list.dead = true;
	pass(3 * HOUR);
	QUARANTINED(MUTE, "");
	assert_int_equal(w.withdrawn, 0);
	w.list.dead = false;
	w.list.world = true; /* its domain has expired meanwhile */
	pass(7 * HOUR);
	QUARANTINED(LISTS_TEST, "");
	assert_int_equal(w.withdrawn, 1);
	w.list.dead = true; /* that it is silent now is no better */
	pass(DAY);
	QUARANTINED(LISTS_TEST, "");
}

/* An answer that looks wrong in traffic is looked at once; by itself it does nothing. */
static void test_stray_answers(void **state)
{
	struct sw_prefix p = sw_prefix_ip4(0x01020304, 32);
	struct sw_dnsbl_reading stray = { .said = SW_DNSBL_TROUBLE, .strays = 1 };
	struct sw_dnsbl_reading refusal = { .said = SW_DNSBL_TROUBLE, .refusals = 1 };

	begin("a.b", "", 4);
	pass(HOUR - MINUTE);
	w.rounds = 0;
	note(sw_trust_watch(&w.t, &p, &stray, w.now));
	pass(SECOND);
	assert_int_equal(w.rounds, 1);
	note(sw_trust_watch(&w.t, &p, &refusal, w.now)); /* not so soon again */
	pass(SECOND);
	assert_int_equal(w.rounds, 1);
	pass(MINUTE);
	assert_int_equal(w.rounds, 2);
	TRUSTED();
}

/* ---- rounds ---- */

static void test_controls_are_public_and_secret(void **state)
{
	struct sw_prefix first = { .family = 0 };

	for (unsigned family = 4; family <= 6; family += 2) {
		for (unsigned seed = 1; seed < 200; seed++) {
			unsigned n;

			begin("a.b", "", family);
			sw_trust_init(&w.t, &w.rules, &w.sites->site[0], (uint8_t)family, seed,
				      w.now);
			n = sw_trust_begin(&w.t, NULL, 0, NULL, 0, w.now);
			assert_int_equal(n, 2 + SW_TRUST_CONTROLS);
			for (unsigned i = 2; i < n; i++) {
				const struct sw_prefix *p = sw_trust_question(&w.t, i);

				assert_int_equal(p->family, family);
				assert_int_equal(p->len, sw_prefix_full(p));
				if (family == 4)
					assert_true(p->lo >> 24 > 0 && p->lo >> 24 < 224 &&
						    p->lo >> 24 != 10 && p->lo >> 24 != 127);
				else
					assert_int_equal(p->hi >> 61, 1);
			}
			assert_int_not_equal(sw_prefix_cmp(&first, sw_trust_question(&w.t, 2)), 0);
			first = *sw_trust_question(&w.t, 2);
		}
	}
}

/* Answers that are late, doubled, or of no question at all. */
static void test_odd_answers(void **state)
{
	struct sw_dnsbl_reading clean = { .said = SW_DNSBL_CLEAN };
	struct sw_dnsbl_reading listed = {
		.said = SW_DNSBL_LISTED, .codes = 1, .matched = 1, .score = 1
	};
	unsigned n;

	begin("a.b", "", 4);
	note(sw_trust_answer(&w.t, 0, &listed, w.now)); /* before any round */
	n = sw_trust_begin(&w.t, NULL, 0, NULL, 0, w.now);
	assert_int_equal(sw_trust_begin(&w.t, NULL, 0, NULL, 0, w.now), 0);
	note(sw_trust_answer(&w.t, n, &listed, w.now));
	note(sw_trust_answer(&w.t, ~0u, &listed, w.now));
	for (unsigned i = 0; i < 100; i++) /* the first one counts, and it alone */
		note(sw_trust_answer(&w.t, 2, i ? &listed : &clean, w.now));
	assert_int_equal(w.t.round.answered, 1);
	note(sw_trust_answer(&w.t, 0, &listed, w.now));
	note(sw_trust_answer(&w.t, 1, &clean, w.now));
	for (unsigned i = 3; i < n; i++)
		note(sw_trust_answer(&w.t, i, &clean, w.now));
	TRUSTED();
	note(sw_trust_answer(&w.t, 1, &listed, w.now)); /* after it */
	TRUSTED();
}

/* A round nobody answers ends by itself. */
static void test_rounds_expire(void **state)
{
	begin("a.b", "", 4);
	assert_true(sw_trust_begin(&w.t, NULL, 0, NULL, 0, w.now) > 0);
	assert_int_equal(sw_trust_due(&w.t), w.now + 20 * SECOND);
	w.now += 20 * SECOND - 1;
	note(sw_trust_expire(&w.t, w.now));
	assert_true(w.t.running);
	w.now++;
	note(sw_trust_expire(&w.t, w.now));
	assert_false(w.t.running);
	assert_int_equal(w.t.state, SW_TRUST_UNTESTED);
	assert_int_equal(w.t.fault, SW_FAULT_MUTE);
}

/* Hundreds of own addresses do not push out the controls. */
static void test_many_own_addresses(void **state)
{
	struct sw_prefix own[300];
	unsigned n;

	for (unsigned i = 0; i < 300; i++)
		own[i] = i % 2 ? sw_prefix_ip4(0xc0000200 + i, 32)
			       : sw_prefix_ip6(0x20010db800000000, i, 128);
	begin("a.b", "", 4);
	n = sw_trust_begin(&w.t, own, 300, own, 300, w.now);
	assert_int_equal(n, SW_TRUST_QUESTIONS);
	assert_int_equal(w.t.round.question[n - SW_TRUST_CONTROLS].role, SW_ROLE_CONTROL);
	assert_int_equal(w.t.round.question[n - SW_TRUST_CONTROLS - 1].role, SW_ROLE_OWN);
}

/* Any answers, traffic and times in any order: bounded, and never trusted without a round. */
static void test_any_script(void **state)
{
	uint64_t seed = 17;

	for (unsigned k = 0; k < 200; k++) {
		begin(k % 2 ? "a.b" : "a.b*-2", "", k % 3 ? 4 : 6);
		for (unsigned i = 0; i < 300; i++) {
			uint64_t r = sw_random(&seed);
			struct sw_dnsbl_reading reading = {
				.said = r % 4,
				.trouble = r >> 3 & 7,
				.matched = r >> 6 & 1,
				.score = (int32_t)(r >> 7 & 3) - 1,
				.refusals = r >> 9 & 1,
				.strays = (r >> 10) % 13 == 0,
				.codes = 1,
			};
			struct sw_prefix p = sw_prefix_ip4((uint32_t)sw_random(&seed), 32);
			enum sw_trust_state before = w.t.state;

			switch (sw_random(&seed) % 5) {
			case 0:
				w.list = (struct list){ .world = r >> 20 & 1,
							.dead = r >> 21 & 1,
							.empty = r >> 22 & 1,
							.share = (unsigned)(r >> 23) % 101 };
				break;
			case 1:
				note(sw_trust_watch(&w.t, &p, &reading, w.now));
				assert_int_equal(w.t.state, before);
				break;
			case 2:
				note(sw_trust_answer(&w.t, r % 70, &reading, w.now));
				break;
			case 3:
				w.now += (int64_t)(r % HOUR);
				note(sw_trust_expire(&w.t, w.now));
				break;
			default:
				round_if_due();
			}
			assert_true(sw_trust_due(&w.t) <=
				    w.now + (sw_trust_serves(&w.t) ? 6 * HOUR : DAY));
			assert_true(w.t.state != SW_TRUST_TRUSTED || w.believed > 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_ipv6),
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_no_flapping),
		cmocka_unit_test(test_back_off),
		cmocka_unit_test(test_flood_of_listed_sources),
		cmocka_unit_test(test_flood_makes_few_questions),
		cmocka_unit_test(test_flood_of_clean_sources),
		cmocka_unit_test(test_all_the_world_but_one),
		cmocka_unit_test(test_sudden_world),
		cmocka_unit_test(test_lists_more),
		cmocka_unit_test(test_what_makes_us_look),
		cmocka_unit_test(test_no_chance_hits),
		cmocka_unit_test(test_silence_is_looked_at),
		cmocka_unit_test(test_our_own_trouble),
		cmocka_unit_test(test_withdraw),
		cmocka_unit_test(test_not_served),
		cmocka_unit_test(test_served_badly),
		cmocka_unit_test(test_when_it_is_back),
		cmocka_unit_test(test_adopted),
		cmocka_unit_test(test_stray_answers),
		cmocka_unit_test(test_controls_are_public_and_secret),
		cmocka_unit_test(test_odd_answers),
		cmocka_unit_test(test_rounds_expire),
		cmocka_unit_test(test_many_own_addresses),
		cmocka_unit_test(test_any_script),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
