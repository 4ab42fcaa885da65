/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The networks of a domain: every term, what takes away from what, what is left out, errors
 * and limits; and that an address in them passes the evaluator, and one outside does not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/spf_nets.h"
#include "dns/spf_set.h"
#include "support/random.h"
#include "support/script_dns.h"

#define TOLD 65536

struct world {
	struct script_dns *dns;
	struct sw_spf_nets *nets;
	unsigned calls;
	bool free_in_callback;
	char told[TOLD]; /* "complete 300: 192.0.2.0/24 ..." */
	char left[TOLD], why[2048];
	size_t n, left_all;
	bool wide;
	unsigned questions;
	struct sw_prefix net[SW_SPF_NETS];
};

static void take(void *ctx, const struct sw_spf_nets_answer *answer)
{
	static const char *const states[] = { "complete", "temporary", "broken" };
	struct world *w = ctx;
	char buf[SW_PREFIX_TEXT];
	size_t n;

	w->calls++;
	n = (size_t)snprintf(w->told, TOLD, "%s %u:", states[answer->state], answer->ttl);
	for (size_t i = 0; i < answer->n && n < TOLD - 64; i++)
		n += (size_t)snprintf(w->told + n, TOLD - n, " %s",
				      sw_prefix_format(&answer->net[i], buf));
	w->left[0] = '\0';
	n = 0;
	for (size_t i = 0; i < answer->left_n; i++)
		n += (size_t)snprintf(w->left + n, TOLD - n, "%s%s %s: %s", i ? "; " : "",
				      answer->left[i].where.domain, answer->left[i].where.term,
				      answer->left[i].why);
	snprintf(w->why, sizeof(w->why), "%s %s: %s", answer->where ? answer->where->domain : "",
		 answer->where ? answer->where->term : "", answer->why);
	w->n = answer->n;
	assert_true(answer->n <= SW_SPF_NETS);
	if (answer->n)
		memcpy(w->net, answer->net, answer->n * sizeof(*w->net));
	w->left_all = answer->left_all;
	w->wide = answer->wide;
	w->questions = answer->questions;
	if (w->free_in_callback)
		w->nets = sw_spf_nets_free(w->nets);
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	w->dns = script_dns_open();
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	sw_spf_nets_free(w->nets);
	script_dns_close(w->dns);
	free(w);
	return 0;
}

static void begin(struct world *w, const char *domain)
{
	w->calls = 0;
	w->nets = sw_spf_nets_free(w->nets);
	assert_int_equal(sw_spf_nets_open(domain, script_dns_dns(w->dns), &w->nets), 0);
	sw_spf_nets_start(w->nets, take, w);
}

static const char *collect(struct world *w, const char *domain)
{
	static char at_once[TOLD];

	script_dns_hold(w->dns, false);
	begin(w, domain);
	assert_int_equal(w->calls, 1);
	strcpy(at_once, w->told);
	script_dns_hold(w->dns, true);
	begin(w, domain);
	script_dns_run(w->dns);
	assert_int_equal(w->calls, 1);
	assert_string_equal(w->told, at_once);
	script_dns_hold(w->dns, false);
	return w->told;
}

static void every_term(void **state)
{
	struct world *w = *state;

	script_dns_zone(
		w->dns,
		"example.com 3600 TXT v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 a:h.example.com/28 "
		"mx//64 include:in.example redirect=re.%{d2}\n"
		"h.example.com 600 A 198.51.100.17\nh.example.com 600 AAAA 2001:db9::1\n"
		"example.com 500 MX 1 m.example.com\nexample.com 500 MX 0 .\n"
		"m.example.com 400 A 203.0.113.5\nm.example.com 700 AAAA 2001:dba::5\n"
		"in.example TXT v=spf1 ip4:203.0.113.9 -all\n"
		"re.example.com TXT v=spf1 ip4:192.0.2.128/25 ip4:10.0.0.0/8 ~all\n");
	script_dns_absence(w->dns, 100000);
	assert_string_equal(collect(w, "Example.com."),
			    "complete 300: 10.0.0.0/8 192.0.2.0/24 198.51.100.16/28 203.0.113.5 "
			    "203.0.113.9 2001:db8::/32 2001:db9::1 2001:dba::/64");
	assert_string_equal(w->left, "");
	assert_int_equal(w->questions, 8);
}

/* That something is not there has a TTL too. */
static void absence_counts(void **state)
{
	struct world *w = *state;

	script_dns_zone(w->dns, "example.com 3600 TXT v=spf1 a\nexample.com 3600 A 192.0.2.1");
	script_dns_absence(w->dns, 60);
	assert_string_equal(collect(w, "example.com"), "complete 60: 192.0.2.1");
}

static void earlier_terms_take_away(void **state)
{
	struct world *w = *state;

	script_dns_zone(
		w->dns,
		"example.com TXT v=spf1 ip4:192.0.2.0/30 -ip4:192.0.2.0/29 ?ip4:192.0.2.64/26 "
		"~include:in.example ip4:192.0.2.0/24 -all\n"
		"in.example TXT v=spf1 -ip4:192.0.2.200 ip4:192.0.2.192/28 ~all\n"
		"all.example TXT v=spf1 ip4:192.0.2.1 -all ip4:192.0.2.2 redirect=example.com\n"
		"not.example TXT v=spf1 -ip4:192.0.0.0/16 ip4:192.0.2.0/24\n"
		"none.example TXT v=spf1 -include:every.example ip4:192.0.2.0/24\n"
		"every.example TXT v=spf1 +all\n");
	assert_string_equal(collect(w, "example.com"),
			    "complete 300: 192.0.2.0/30 192.0.2.8/29 192.0.2.16/28 192.0.2.32/27 "
			    "192.0.2.128/26 192.0.2.200 192.0.2.208/28 192.0.2.224/27");
	assert_string_equal(collect(w, "all.example"), "complete 300: 192.0.2.1");
	assert_string_equal(collect(w, "not.example"), "complete 300:");
	assert_string_equal(collect(w, "none.example"), "complete 300:");
	assert_false(w->wide);
}

static void what_is_left_out_is_told(void **state)
{
	struct world *w = *state;

	script_dns_zone(
		w->dns,
		"example.com TXT v=spf1 exists:%{i}.x.example ptr -ptr:x.example a:%{l}.x.example "
		"include:%{ir}.x.example ip4:0.0.0.0/7 ip6:2000::/3 ip4:192.0.2.1 "
		"include:in.example redirect=%{h}.x.example\n"
		"in.example TXT v=spf1 +all\n");
	assert_string_equal(collect(w, "example.com"), "complete 300: 192.0.2.1");
	assert_int_equal(w->left_all, 9);
	assert_true(w->wide);
	assert_string_equal(w->left,
			    "example.com exists:%{i}.x.example: it is found out for each sender; "
			    "example.com ptr: it is found out for each sender; "
			    "example.com -ptr:x.example: it is found out for each sender; "
			    "example.com a:%{l}.x.example: it depends on who sends; "
			    "example.com include:%{ir}.x.example: it depends on who sends; "
			    "example.com ip4:0.0.0.0/7: it is a large part of the internet; "
			    "example.com ip6:2000::/3: it is a large part of the internet; "
			    "in.example +all: it is everybody; "
			    "example.com redirect=%{h}.x.example: it depends on who sends");
}

static void incomplete_ones_have_what_came_before(void **state)
{
	struct world *w = *state;

	script_dns_zone(w->dns,
			"example.com TXT v=spf1 ip4:192.0.2.1 include:in.example ip4:192.0.2.9\n"
			"in.example TXT v=spf1 ip4:192.0.2.2 a:h.example ip4:192.0.2.3\n"
			"h.example A 192.0.2.4\n");
	script_dns_trouble(w->dns, "h.example", SW_DNS_AAAA, SW_DNS_SERVFAIL);
	assert_string_equal(collect(w, "example.com"),
			    "temporary 300: 192.0.2.1 192.0.2.2 192.0.2.4");
	assert_string_equal(w->why, "in.example a:h.example: the DNS does not say: the server "
				    "failed (SERVFAIL)");
	script_dns_trouble(w->dns, "in.example", SW_DNS_TXT, SW_DNS_TIMEOUT);
	assert_string_equal(collect(w, "example.com"), "temporary 300: 192.0.2.1");
	script_dns_down(w->dns, SW_DNS_TIMEOUT);
	assert_string_equal(collect(w, "example.com"), "temporary 0:");
}

static void broken_policies(void **state)
{
	static const char *const rows[][2] = {
		{ "none.example", "none.example : the domain has no SPF record" },
		{ "two.example", "two.example : the domain has more than one SPF record" },
		{ "bad.example",
		  "bad.example : the record has an error: \"ip4:x\": not an address" },
		{ "in.example", "none.example : the domain has no SPF record" },
		{ "loop.example", "loop.example include:loop.example: more than 10 terms that ask "
				  "the DNS" },
		{ "re.example",
		  "re.example redirect=re.example: more than 10 terms that ask the DNS" },
		{ "name.example",
		  "name.example include:a..b.example: there can be no such domain" },
	};
	struct world *w = *state;

	script_dns_zone(w->dns, "two.example TXT v=spf1\ntwo.example TXT v=spf1\n"
				"bad.example TXT v=spf1 ip4:192.0.2.1 ip4:x\n"
				"in.example TXT v=spf1 include:none.example\n"
				"loop.example TXT v=spf1 include:loop.example\n"
				"re.example TXT v=spf1 redirect=re.example\n"
				"name.example TXT v=spf1 include:a..b.example\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(strncmp(collect(w, rows[i][0]), "broken ", 7), 0);
		assert_string_equal(w->why, rows[i][1]);
	}
	assert_int_equal(sw_spf_nets_open("localhost", script_dns_dns(w->dns), &w->nets), -EINVAL);
	assert_int_equal(sw_spf_nets_open("", script_dns_dns(w->dns), &w->nets), -EINVAL);
	assert_int_equal(sw_spf_nets_open("a..b", script_dns_dns(w->dns), &w->nets), -EINVAL);
}

/* A record of 64 KiB at each of eleven places, of addresses and holes in them. */
static void hostile_policies_are_bounded(void **state)
{
	struct world *w = *state;
	char *text = malloc(70000);
	size_t n;

	assert_non_null(text);
	n = (size_t)sprintf(text, "v=spf1");
	for (unsigned i = 0; n < 64900; i++)
		n += (size_t)sprintf(text + n, " ip4:10.%u.%u.1", i / 256, i % 256);
	script_dns_add_txt(w->dns, "full.example", text, n, 60);
	script_dns_zone(w->dns,
			"many.example TXT v=spf1 include:full.example include:full.example");
	assert_int_equal(strncmp(collect(w, "full.example"), "broken 60: ", 11), 0);
	assert_string_equal(w->why + strlen(w->why) - 23, "more than 4096 networks");
	assert_int_equal(w->n, SW_SPF_NETS);
	assert_int_equal(strncmp(collect(w, "many.example"), "broken 60: ", 11), 0);
	n = (size_t)sprintf(text, "v=spf1");
	for (unsigned i = 0; i < 1024; i++)
		n += (size_t)sprintf(text + n, " -ip4:10.%u.%u.0/18", i / 4, i % 4 * 64);
	while (n < 64900)
		n += (size_t)sprintf(text + n, " ip4:10.0.0.0/8");
	script_dns_add_txt(w->dns, "holes.example", text, n, 60);
	assert_int_equal(strncmp(collect(w, "holes.example"), "broken 60:", 10), 0);
	free(text);
}

static void freed_and_given_up_at_every_moment(void **state)
{
	struct world *w = *state;
	unsigned questions;

	script_dns_zone(w->dns,
			"example.com TXT v=spf1 mx include:in.example ip4:192.0.2.9\n"
			"example.com MX 1 h.example\nh.example A 192.0.2.1\n"
			"in.example TXT v=spf1 ip4:192.0.2.2 a:h.example redirect=re.example\n"
			"re.example TXT v=spf1 ip4:192.0.2.3\n");
	collect(w, "example.com");
	questions = w->questions;
	script_dns_hold(w->dns, true);
	for (unsigned i = 0; i < questions; i++) {
		begin(w, "example.com");
		for (unsigned k = 0; k < i; k++)
			assert_true(script_dns_step(w->dns));
		w->nets = sw_spf_nets_free(w->nets);
		assert_int_equal(w->calls, 0);
		assert_int_equal(script_dns_waiting(w->dns), 0);
		begin(w, "example.com");
		for (unsigned k = 0; k < i; k++)
			assert_true(script_dns_step(w->dns));
		sw_spf_nets_give_up(w->nets);
		sw_spf_nets_give_up(w->nets);
		assert_int_equal(w->calls, 1);
		assert_int_equal(strncmp(w->told, "temporary ", 10), 0);
	}
	w->free_in_callback = true;
	begin(w, "example.com");
	script_dns_run(w->dns);
	assert_null(w->nets);
	script_dns_hold(w->dns, false);
	begin(w, "example.com");
	assert_null(w->nets);
	assert_null(sw_spf_nets_free(NULL));
}

/* ---- beside the evaluator ---- */

static void take_result(void *ctx, const struct sw_spf_answer *answer)
{
	*(enum sw_spf_result *)ctx = answer->result;
}

static enum sw_spf_result evaluate(struct world *w, uint32_t ip)
{
	struct sw_spf_question q = { .ip = sw_prefix_ip4(ip, 32), .sender = "x@d0.example" };
	enum sw_spf_result result = SW_SPF_NONE;
	struct sw_spf *spf;

	assert_int_equal(sw_spf_open(&q, script_dns_dns(w->dns), &spf), 0);
	sw_spf_start(spf, take_result, &result);
	sw_spf_free(spf);
	return result;
}

static bool is_collected(const struct world *w, uint32_t ip)
{
	struct sw_prefix p = sw_prefix_ip4(ip, 32);

	for (size_t i = 0; i < w->n; i++)
		if (sw_prefix_contains(&w->net[i], &p))
			return true;
	return false;
}

/* Policies that include one another, of random networks in a small space. */
static void make_policies(struct world *w, uint64_t *random)
{
	static const char marks[] = "+++-~?";
	char text[512], name[32];

	for (int d = 0; d < 4; d++) {
		size_t n = (size_t)sprintf(text, "v=spf1");

		for (unsigned i = 0; i < 6; i++) {
			uint64_t r = sw_random(random);
			char mark = marks[r % 6];

			if (r >> 8 & 1 || d == 3)
				n += (size_t)sprintf(text + n, " %cip4:192.0.2.%u/%u", mark,
						     (unsigned)(r >> 16 & 255),
						     24 + (unsigned)(r >> 32) % 9);
			else if (i < 2)
				n += (size_t)sprintf(text + n, " %cinclude:d%d.example", mark,
						     d + 1);
		}
		if (sw_random(random) % 4 == 0 && d < 3)
			sprintf(text + n, " redirect=d%d.example", d + 1);
		else if (sw_random(random) % 4 == 0)
			sprintf(text + n, " -all");
		sprintf(name, "d%d.example", d);
		script_dns_remove(w->dns, name, SW_DNS_TXT);
		script_dns_add(w->dns, name, SW_DNS_TXT, text, 60);
	}
}

static void what_is_collected_is_what_passes(void **state)
{
	struct world *w = *state;
	uint64_t random = 20;
	unsigned passed = 0, complete = 0;

	for (int round = 0; round < 300; round++) {
		make_policies(w, &random);
		begin(w, "d0.example");
		if (strncmp(w->told, "complete", 8) != 0)
			continue;
		complete++;
		for (uint32_t i = 0; i < 256; i++) {
			uint32_t ip = 0xc0000200 + i;
			bool pass = evaluate(w, ip) == SW_SPF_PASS;

			passed += pass;
			assert_int_equal(pass, is_collected(w, ip));
		}
	}
	assert_true(complete > 50 && passed > 1000);
}

/* ---- sets ---- */

static void pieces_of_what_is_left(void **state)
{
	struct sw_spf_set set = { .n = 0 }, less = { .n = 0 };
	struct sw_prefix all = sw_prefix_ip6(0, 0, 0),
			 one = sw_prefix_ip6(0x20010db8ull << 32, 7, 128);

	assert_int_equal(sw_spf_set_add(&less, &one, 10), 0);
	assert_int_equal(sw_spf_set_add_less(&set, &all, &less, 4096), 0);
	assert_int_equal(set.n, 128);
	for (size_t i = 0; i < set.n; i++)
		assert_false(sw_prefix_contains(&set.prefix[i], &one));
	sw_spf_set_sort(&set);
	assert_int_equal(set.n, 128);
	assert_true(sw_spf_set_has(
		&set, &(struct sw_prefix){ .family = 6, .len = 1, .hi = UINT64_C(1) << 63 }));
	assert_false(sw_spf_set_has(&set, &one));
	assert_int_equal(sw_spf_set_add_less(&set, &all, &less, 200), -ENOSPC);
	sw_spf_set_done(&set);
	assert_int_equal(sw_spf_set_add_less(&set, &one, &less, 10), 0);
	assert_int_equal(set.n, 0);
	assert_false(sw_spf_set_has(&set, &one));
	sw_spf_set_done(&set);
	sw_spf_set_done(&less);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(every_term),
		WITH(absence_counts),
		WITH(earlier_terms_take_away),
		WITH(what_is_left_out_is_told),
		WITH(incomplete_ones_have_what_came_before),
		WITH(broken_policies),
		WITH(hostile_policies_are_bounded),
		WITH(freed_and_given_up_at_every_moment),
		WITH(what_is_collected_is_what_passes),
		cmocka_unit_test(pieces_of_what_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
