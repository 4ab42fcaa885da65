/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The evaluator of SPF against scripted zones: every mechanism, every limit, errors at every
 * place, what is told, and being dropped or given up at every moment.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/spf.h"
#include "support/script_dns.h"

#define TOLD 4096

struct world {
	struct script_dns *dns;
	struct sw_spf *spf;
	unsigned calls;
	bool free_in_callback;
	char told[TOLD]; /* "result: domain term > domain term" */
	char why[SW_SPF_WORDS], explanation[SW_SPF_EXPLANATION];
	unsigned terms, voids, questions;
};

static void take(void *ctx, const struct sw_spf_answer *answer)
{
	struct world *w = ctx;
	size_t n;

	w->calls++;
	n = (size_t)snprintf(w->told, TOLD, "%s:", sw_spf_result_name(answer->result));
	for (size_t i = 0; i < answer->steps; i++)
		n += (size_t)snprintf(w->told + n, TOLD - n, "%s %s %s", i ? " >" : "",
				      answer->step[i].domain, answer->step[i].term);
	snprintf(w->why, sizeof(w->why), "%s", answer->why);
	snprintf(w->explanation, sizeof(w->explanation), "%s", answer->explanation);
	w->terms = answer->terms;
	w->voids = answer->voids;
	w->questions = answer->questions;
	if (w->free_in_callback)
		w->spf = sw_spf_free(w->spf);
}

static int setup(void **state)
{
	static struct world w;

	w = (struct world){ .dns = script_dns_open() };
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	sw_spf_free(w->spf);
	script_dns_close(w->dns);
	return 0;
}

static void begin(struct world *w, const char *ip, const char *sender, const char *helo)
{
	struct sw_spf_question q = { .sender = sender, .helo = helo, .now_s = 1700000000 };

	assert_int_equal(sw_addr_parse(ip, &q.ip), 0);
	w->calls = 0;
	w->told[0] = '\0';
	w->spf = sw_spf_free(w->spf);
	assert_int_equal(sw_spf_open(&q, script_dns_dns(w->dns), &w->spf), 0);
	sw_spf_start(w->spf, take, w);
}

/* Answered at once and answered later, which gives the same. */
static const char *check(struct world *w, const char *ip, const char *sender, const char *helo)
{
	char at_once[TOLD];

	script_dns_hold(w->dns, false);
	begin(w, ip, sender, helo);
	assert_int_equal(w->calls, 1);
	strcpy(at_once, w->told);
	script_dns_hold(w->dns, true);
	begin(w, ip, sender, helo);
	script_dns_run(w->dns);
	assert_int_equal(w->calls, 1);
	assert_string_equal(w->told, at_once);
	script_dns_hold(w->dns, false);
	return w->told;
}

static const char *check_from(struct world *w, const char *ip)
{
	return check(w, ip, "joe@example.com", "mail.example.net");
}

/* ---- mechanisms ---- */

static void networks(void **state)
{
	struct world *w = *state;

	script_dns_zone(w->dns, "example.com TXT v=spf1 ip4:192.0.2.0/24 -ip6:2001:db8:1::/48 "
				"ip6:2001:db8::/32 ~all");
	assert_string_equal(check_from(w, "192.0.2.7"), "pass: example.com ip4:192.0.2.0/24");
	assert_string_equal(check_from(w, "192.0.3.7"), "softfail: example.com ~all");
	assert_string_equal(check_from(w, "2001:db8:1::1"),
			    "fail: example.com -ip6:2001:db8:1::/48");
	assert_string_equal(check_from(w, "2001:db8:2::1"), "pass: example.com ip6:2001:db8::/32");
	assert_string_equal(check_from(w, "::ffff:192.0.2.7"),
			    "pass: example.com ip4:192.0.2.0/24");
	assert_int_equal(w->terms, 0);
	assert_int_equal(w->questions, 1);
}

static void addresses_and_exchangers(void **state)
{
	struct world *w = *state;

	script_dns_zone(w->dns,
			"example.com TXT v=spf1 a:h.example.com mx/24//64 -all\n"
			"h.example.com A 192.0.2.1\n"
			"h.example.com AAAA 2001:db8::1\n"
			"example.com MX 20 m2.example.com\nexample.com MX 10 m1.example.com\n"
			"example.com MX 0 .\n"
			"m1.example.com A 198.51.100.1\nm2.example.com A 203.0.113.1\n"
			"m2.example.com AAAA 2001:db8:5::1\n");
	assert_string_equal(check_from(w, "192.0.2.1"), "pass: example.com a:h.example.com");
	assert_string_equal(check_from(w, "192.0.2.2"), "fail: example.com -all");
	assert_int_equal(w->terms, 2);
	assert_string_equal(check_from(w, "198.51.100.200"), "pass: example.com mx/24//64");
	assert_string_equal(check_from(w, "203.0.113.77"), "pass: example.com mx/24//64");
	assert_string_equal(check_from(w, "2001:db8::1"), "pass: example.com a:h.example.com");
	assert_string_equal(check_from(w, "2001:db8::2"), "fail: example.com -all");
	assert_string_equal(check_from(w, "2001:db8:5:0:1:2:3:4"), "pass: example.com mx/24//64");
	/* that an exchanger has no address of this family is no void look-up */
	assert_int_equal(w->voids, 0);
}

static void existence(void **state)
{
	struct world *w = *state;

	script_dns_zone(w->dns, "example.com TXT v=spf1 exists:%{ir}.%{l}.%{v}.ok.example -all\n"
				"7.2.0.192.joe.in-addr.ok.example A 127.0.0.2\n");
	assert_string_equal(check_from(w, "192.0.2.7"),
			    "pass: example.com exists:%{ir}.%{l}.%{v}.ok.example");
	assert_string_equal(check_from(w, "192.0.2.8"), "fail: example.com -all");
	assert_int_equal(w->voids, 1);
}

static void names_of_the_sender(void **state)
{
	struct world *w = *state;

	script_dns_zone(w->dns, "example.com TXT v=spf1 ptr:example.org ptr -all\n"
				"1.2.0.192.in-addr.arpa PTR forged.example.com\n"
				"1.2.0.192.in-addr.arpa PTR a.EXAMPLE.org\n"
				"forged.example.com A 192.0.2.99\n"
				"a.example.org A 192.0.2.50\na.example.org A 192.0.2.1\n"
				"2.2.0.192.in-addr.arpa PTR example.com\nexample.com A 192.0.2.2\n"
				"3.2.0.192.in-addr.arpa PTR slow.example.com\n"
				"3.2.0.192.in-addr.arpa PTR notexample.com\n"
				"notexample.com A 192.0.2.3\nslow.example.com TIMEOUT\n"
				"4.2.0.192.in-addr.arpa SERVFAIL\n");
	assert_string_equal(check_from(w, "192.0.2.1"), "pass: example.com ptr:example.org");
	assert_string_equal(check_from(w, "192.0.2.2"), "pass: example.com ptr");
	/* they are looked for once */
	assert_int_equal(w->questions, 3);
	assert_string_equal(check_from(w, "192.0.2.3"), "fail: example.com -all");
	assert_string_equal(check_from(w, "192.0.2.4"), "fail: example.com -all");
	assert_string_equal(check_from(w, "192.0.2.5"), "fail: example.com -all");
	assert_int_equal(w->voids, 1);
}

static void policies_in_policies(void **state)
{
	struct world *w = *state;

	script_dns_zone(
		w->dns,
		"example.com TXT v=spf1 include:a.example -include:b.example "
		"redirect=c.example\n"
		"a.example TXT v=spf1 include:aa.example ?all\n"
		"aa.example TXT v=spf1 -ip4:192.0.2.9 ip4:192.0.2.0/28 ~ip4:192.0.2.32 -all\n"
		"b.example TXT v=spf1 ip4:192.0.2.16/28\n"
		"c.example TXT v=spf1 ip4:192.0.2.64/28 redirect=d.example\n"
		"d.example TXT v=spf1 ?ip4:192.0.2.128\n");
	assert_string_equal(check_from(w, "192.0.2.1"),
			    "pass: example.com include:a.example > a.example include:aa.example > "
			    "aa.example ip4:192.0.2.0/28");
	assert_string_equal(check_from(w, "192.0.2.17"),
			    "fail: example.com -include:b.example > b.example ip4:192.0.2.16/28");
	assert_string_equal(check_from(w, "192.0.2.70"),
			    "pass: example.com redirect=c.example > c.example ip4:192.0.2.64/28");
	assert_string_equal(check_from(w, "192.0.2.128"),
			    "neutral: example.com redirect=c.example > c.example "
			    "redirect=d.example > d.example ?ip4:192.0.2.128");
	assert_string_equal(check_from(w, "192.0.2.9"),
			    "neutral: example.com redirect=c.example > c.example "
			    "redirect=d.example > d.example ");
	assert_string_equal(w->why, "no mechanism matches");
	assert_int_equal(w->terms, 5);
}

/* %{d} is the domain of the policy it stands in, %{o} that of the sender. */
static void macros_know_where_they_are(void **state)
{
	struct world *w = *state;

	script_dns_zone(w->dns, "example.com TXT v=spf1 include:_a.%{d} -all\n"
				"_a.example.com TXT v=spf1 exists:%{l}.%{o}.x.%{d} ?all\n"
				"joe.example.com.x._a.example.com A 127.0.0.2\n");
	assert_string_equal(check_from(w, "192.0.2.1"),
			    "pass: example.com include:_a.%{d} > _a.example.com "
			    "exists:%{l}.%{o}.x.%{d}");
}

/* ---- senders ---- */

static void who_is_asked_about(void **state)
{
	struct world *w = *state;

	script_dns_zone(w->dns, "example.com TXT v=spf1 exists:%{l}.l.example -all\n"
				"postmaster.l.example A 127.0.0.2\n"
				"mail.example.net TXT v=spf1 +all\n");
	assert_string_equal(check(w, "192.0.2.1", "@example.com", "h.example"),
			    "pass: example.com exists:%{l}.l.example");
	assert_string_equal(check(w, "192.0.2.1", "example.com", "h.example"),
			    "pass: example.com exists:%{l}.l.example");
	assert_string_equal(check(w, "192.0.2.1", "", "mail.example.net"),
			    "pass: mail.example.net +all");
	assert_string_equal(check(w, "192.0.2.1", NULL, "mail.example.net."),
			    "pass: mail.example.net +all");
	assert_string_equal(check(w, "192.0.2.1", "\"a@b\"@mail.example.net", NULL),
			    "pass: mail.example.net +all");
	assert_string_equal(check(w, "192.0.2.1", "joe@example.net", NULL), "none: example.net ");
	assert_string_equal(w->why, "the domain has no SPF record");
}

static void senders_without_a_domain(void **state)
{
	struct world *w = *state;
	char *huge = malloc(100001);
	static const char *const senders[] = { "joe@",		"@",
					       "joe@localhost", "joe@[192.0.2.1]",
					       "joe@a..b",	"joe@.example.com" };

	assert_non_null(huge);
	for (size_t i = 0; i < sizeof(senders) / sizeof(senders[0]); i++)
		assert_string_equal(check(w, "192.0.2.1", senders[i], "x"), "none:");
	assert_string_equal(check(w, "192.0.2.1", NULL, NULL), "none:");
	memset(huge, 'a', 100000);
	huge[100000] = '\0';
	assert_string_equal(check(w, "192.0.2.1", huge, huge), "none:");
	memcpy(huge, "joe@", 4);
	for (size_t i = 9; i < 100000; i += 5)
		huge[i] = '.';
	assert_string_equal(check(w, "192.0.2.1", huge, huge), "none:");
	assert_int_equal(script_dns_asked(w->dns), 0);
	/* a local part of any length */
	memset(huge, '%', 100000);
	memcpy(huge + 100000 - 12, "@example.com", 12);
	script_dns_zone(w->dns, "example.com TXT v=spf1 exists:%{l}.example.com -all");
	assert_string_equal(check(w, "192.0.2.1", huge, "x"), "fail: example.com -all");
	free(huge);
}

static void bytes_in_senders(void **state)
{
	struct world *w = *state;

	script_dns_zone(w->dns, "example.com TXT v=spf1 exists:%{l}.x.example -all\n"
				"\\\\\\255\\032.x.example A 127.0.0.2\n");
	assert_string_equal(check(w, "192.0.2.1", "\\\xff @example.com", "x"),
			    "pass: example.com exists:%{l}.x.example");
	assert_string_equal(check(w, "192.0.2.1", "\\255\\032@example.com", "x"),
			    "fail: example.com -all");
	assert_string_equal(check(w, "192.0.2.1", "joe@\xc3\xa4.example", "x"),
			    "none: \xc3\xa4.example ");
}

/* ---- errors ---- */

static void records_with_errors(void **state)
{
	struct world *w = *state;

	script_dns_zone(w->dns, "example.com TXT v=spf1 +all moo\n"
				"two.example TXT v=spf1 +all\ntwo.example TXT v=spf1 +all\n"
				"in.example TXT v=spf1 include:example.com\n"
				"gone.example TXT v=spf1 include:none.example +all\n"
				"there.example TXT v=spf1 redirect=none.example\n"
				"bad.example TXT v=spf1 include:a..b.example +all\n"
				"bad2.example TXT v=spf1 redirect=a..b.example\n");
	assert_string_equal(check_from(w, "192.0.2.1"), "permerror: example.com ");
	assert_string_equal(w->why, "the record has an error: \"moo\": there is no such mechanism");
	assert_string_equal(check(w, "192.0.2.1", "a@two.example", ""), "permerror: two.example ");
	assert_string_equal(check(w, "192.0.2.1", "a@in.example", ""),
			    "permerror: in.example include:example.com > example.com ");
	assert_string_equal(check(w, "192.0.2.1", "a@gone.example", ""),
			    "permerror: gone.example include:none.example > none.example ");
	assert_string_equal(check(w, "192.0.2.1", "a@there.example", ""),
			    "permerror: there.example redirect=none.example > none.example ");
	assert_string_equal(check(w, "192.0.2.1", "a@bad.example", ""),
			    "permerror: bad.example include:a..b.example");
	assert_string_equal(check(w, "192.0.2.1", "a@bad2.example", ""),
			    "permerror: bad2.example redirect=a..b.example");
}

static void what_is_not_known_is_temperror(void **state)
{
	static const char *const records[] = { "a:t.example",	    "mx:t.example",
					       "mx:m.example",	    "exists:t.example",
					       "include:t.example", "?include:i.example" };
	struct world *w = *state;
	char line[256];

	script_dns_zone(w->dns, "t.example TIMEOUT\nm.example MX 1 t.example\n"
				"i.example TXT v=spf1 a:t.example\nr.example TXT v=spf1 "
				"redirect=t.example\n");
	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		snprintf(line, sizeof(line), "v=spf1 %s -all", records[i]);
		script_dns_remove(w->dns, "example.com", SW_DNS_TXT);
		script_dns_add(w->dns, "example.com", SW_DNS_TXT, line, 60);
		assert_int_equal(strncmp(check_from(w, "192.0.2.1"), "temperror: ", 11), 0);
		assert_non_null(strstr(w->why, "nobody answered in time"));
	}
	assert_string_equal(check(w, "192.0.2.1", "a@r.example", ""),
			    "temperror: r.example redirect=t.example > t.example ");
	assert_string_equal(check(w, "192.0.2.1", "a@t.example", ""), "temperror: t.example ");
	script_dns_down(w->dns, SW_DNS_OVER_BUDGET);
	assert_string_equal(check_from(w, "192.0.2.1"), "temperror: example.com ");
	assert_string_equal(w->why,
			    "asking for the SPF record: too many questions are being asked");
}

/* ---- limits ---- */

static void ten_terms_ask(void **state)
{
	struct world *w = *state;

	script_dns_zone(w->dns,
			"example.com A 192.0.2.99\n"
			"ten.example TXT v=spf1 a a a a a a a a a include:in.example -all\n"
			"ten.example A 192.0.2.99\nin.example TXT v=spf1 ip4:192.0.2.1\n"
			"eleven.example TXT v=spf1 a a a a a a a a a include:in2.example -all\n"
			"eleven.example A 192.0.2.99\nin2.example TXT v=spf1 a -all\n"
			"in2.example A 192.0.2.99\n");
	assert_int_equal(strncmp(check(w, "192.0.2.1", "a@ten.example", ""), "pass: ", 6), 0);
	assert_int_equal(w->terms, 10);
	assert_string_equal(check(w, "192.0.2.1", "a@eleven.example", ""),
			    "permerror: eleven.example include:in2.example > in2.example a");
	assert_string_equal(w->why, "more than 10 terms that ask the DNS");
	assert_int_equal(w->terms, 10);
}

static void loops_end(void **state)
{
	struct world *w = *state;

	script_dns_zone(w->dns, "a.example TXT v=spf1 include:b.example -all\n"
				"b.example TXT v=spf1 include:a.example -all\n"
				"r.example TXT v=spf1 redirect=r.example\n"
				"m.example TXT v=spf1 include:m.example redirect=m.example\n"
				"w.example TXT v=spf1 include:x.%{d} -all\n"
				"*.w.example TXT v=spf1 include:x.%{d} -all\n");
	assert_int_equal(strncmp(check(w, "192.0.2.1", "a@a.example", ""), "permerror: ", 11), 0);
	assert_int_equal(w->questions, 11);
	assert_int_equal(strncmp(check(w, "192.0.2.1", "a@r.example", ""), "permerror: ", 11), 0);
	assert_int_equal(w->questions, 11);
	assert_int_equal(strncmp(check(w, "192.0.2.1", "a@m.example", ""), "permerror: ", 11), 0);
	assert_int_equal(strncmp(check(w, "192.0.2.1", "a@w.example", ""), "permerror: ", 11), 0);
	assert_int_equal(w->questions, 11);
}

static void two_terms_find_nothing(void **state)
{
	struct world *w = *state;

	script_dns_zone(w->dns,
			"two.example TXT v=spf1 a:n1.example mx:n2.example ip4:192.0.2.1 -all\n"
			"three.example TXT v=spf1 a:n1.example exists:n2.example ptr -all\n");
	assert_string_equal(check(w, "192.0.2.1", "a@two.example", ""),
			    "pass: two.example ip4:192.0.2.1");
	assert_int_equal(w->voids, 2);
	assert_string_equal(check(w, "192.0.2.1", "a@three.example", ""),
			    "permerror: three.example ptr");
	assert_string_equal(w->why, "more than 2 terms that find nothing in the DNS");
}

static void ten_names_of_exchangers(void **state)
{
	struct world *w = *state;
	char line[64];

	script_dns_zone(w->dns, "example.com TXT v=spf1 mx -all");
	for (int i = 0; i < 10; i++) {
		snprintf(line, sizeof(line), "%d m%d.example.com", i, i);
		script_dns_add(w->dns, "example.com", SW_DNS_MX, line, 60);
		snprintf(line, sizeof(line), "m%d.example.com A 192.0.2.%d", i, i);
		script_dns_zone(w->dns, line);
	}
	assert_string_equal(check_from(w, "192.0.2.9"), "pass: example.com mx");
	assert_string_equal(check_from(w, "192.0.2.10"), "fail: example.com -all");
	assert_int_equal(w->questions, 12);
	script_dns_add(w->dns, "example.com", SW_DNS_MX, "1 m0.example.com", 60);
	assert_string_equal(check_from(w, "192.0.2.0"), "permerror: example.com mx");
}

static void ten_names_of_the_sender(void **state)
{
	struct world *w = *state;
	char line[64];

	script_dns_zone(w->dns, "example.com TXT v=spf1 ptr:p9.example -all\n"
				"example.net TXT v=spf1 ptr:p10.example -all\n");
	for (int i = 0; i < 12; i++) {
		snprintf(line, sizeof(line), "1.2.0.192.in-addr.arpa PTR p%d.example", i);
		script_dns_zone(w->dns, line);
		snprintf(line, sizeof(line), "p%d.example A 192.0.2.1", i);
		script_dns_zone(w->dns, line);
	}
	assert_string_equal(check_from(w, "192.0.2.1"), "pass: example.com ptr:p9.example");
	assert_int_equal(w->questions, 12);
	assert_string_equal(check(w, "192.0.2.1", "a@example.net", ""), "fail: example.net -all");
}

/* As many questions as there can be, and no more. */
static void the_worst_policy(void **state)
{
	struct world *w = *state;
	char line[64];

	script_dns_zone(w->dns, "example.com TXT v=spf1 mx mx mx mx mx mx mx mx mx ptr -all "
				"exp=%{p}.example\n");
	for (int i = 0; i < 10; i++) {
		snprintf(line, sizeof(line), "example.com MX 0 m%d.example", i);
		script_dns_zone(w->dns, line);
		snprintf(line, sizeof(line), "1.2.0.192.in-addr.arpa PTR m%d.example", i);
		script_dns_zone(w->dns, line);
	}
	assert_string_equal(check_from(w, "192.0.2.1"), "fail: example.com -all");
	assert_int_equal(w->questions, 1 + 9 * 11 + 11 + 1);
}

/* The DNS question behind %{p} is one of the ten. */
static void the_name_macro_asks(void **state)
{
	struct world *w = *state;

	script_dns_zone(w->dns, "example.com TXT v=spf1 a a a a a a a a a exists:%{p}.x.example\n"
				"example.com A 192.0.2.99\n"
				"example.net TXT v=spf1 a a a a a a a a exists:%{p}.x.example\n"
				"example.net A 192.0.2.99\n"
				"1.2.0.192.in-addr.arpa PTR m.example.org\n"
				"m.example.org A 192.0.2.1\nm.example.org.x.example A 127.0.0.2\n");
	assert_int_equal(strncmp(check_from(w, "192.0.2.1"), "permerror: ", 11), 0);
	assert_string_equal(check(w, "192.0.2.1", "a@example.net", ""),
			    "pass: example.net exists:%{p}.x.example");
	assert_int_equal(w->terms, 10);
}

static void the_best_name_is_picked(void **state)
{
	struct world *w = *state;

	script_dns_zone(w->dns, "example.com TXT v=spf1 -all exp=why.example\n"
				"why.example TXT it is %{p}\n"
				"1.2.0.192.in-addr.arpa PTR other.example\n"
				"1.2.0.192.in-addr.arpa PTR sub.example.com\n"
				"other.example A 192.0.2.1\nsub.example.com A 192.0.2.1\n");
	check_from(w, "192.0.2.1");
	assert_string_equal(w->explanation, "it is sub.example.com");
	script_dns_zone(w->dns, "1.2.0.192.in-addr.arpa PTR example.com\nexample.com A 192.0.2.1");
	check_from(w, "192.0.2.1");
	assert_string_equal(w->explanation, "it is example.com");
	check_from(w, "192.0.2.2");
	assert_string_equal(w->explanation, "it is unknown");
}

/* ---- explanations ---- */

static void explanations(void **state)
{
	static const struct {
		const char *words, *explanation;
	} rows[] = {
		{ "%{i} is not one of %{d}'s mail servers.",
		  "192.0.2.1 is not one of example.com's mail servers." },
		{ "%{s} %{h} %{r} %{t} %{c}",
		  "j\\e?@example.com mail.example.net unknown 1700000000 192.0.2.1" },
		{ "%{x}", "" },
		{ "\x80", "" },
		{ "", "" },
	};
	struct world *w = *state;
	char huge[2000];

	script_dns_zone(w->dns, "example.com TXT v=spf1 exp=why.%{d} -all");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		script_dns_remove(w->dns, "why.example.com", SW_DNS_TXT);
		script_dns_add(w->dns, "why.example.com", SW_DNS_TXT, rows[i].words, 60);
		assert_string_equal(
			check(w, "192.0.2.1", "j\\e\x1b@example.com", "mail.example.net"),
			"fail: example.com -all");
		assert_string_equal(w->explanation, rows[i].explanation);
	}
	memset(huge, 'x', sizeof(huge));
	script_dns_remove(w->dns, "why.example.com", SW_DNS_TXT);
	script_dns_add_txt(w->dns, "why.example.com", huge, sizeof(huge), 60);
	check_from(w, "192.0.2.1");
	assert_string_equal(w->explanation, "");
	script_dns_remove(w->dns, "why.example.com", SW_DNS_TXT);
	script_dns_add_txt(w->dns, "why.example.com", huge, SW_SPF_EXPLANATION - 1, 60);
	check_from(w, "192.0.2.1");
	assert_int_equal(strlen(w->explanation), SW_SPF_EXPLANATION - 1);
}

static void whose_explanation(void **state)
{
	struct world *w = *state;

	script_dns_zone(
		w->dns,
		"example.com TXT v=spf1 -include:in.example exp=out.x.example "
		"redirect=re.example\n"
		"in.example TXT v=spf1 ip4:192.0.2.1 -all exp=in.x.example\n"
		"re.example TXT v=spf1 -all\nsoft.example TXT v=spf1 ~all exp=in.x.example\n"
		"out.x.example TXT out\nin.x.example TXT in\n");
	assert_int_equal(strncmp(check_from(w, "192.0.2.1"), "fail: ", 6), 0);
	assert_string_equal(w->explanation, "out");
	assert_int_equal(strncmp(check_from(w, "192.0.2.2"), "fail: ", 6), 0);
	assert_string_equal(w->explanation, "");
	check(w, "192.0.2.2", "a@soft.example", "");
	assert_string_equal(w->explanation, "");
	script_dns_trouble(w->dns, "out.x.example", 0, SW_DNS_SERVFAIL);
	assert_int_equal(strncmp(check_from(w, "192.0.2.1"), "fail: ", 6), 0);
	assert_string_equal(w->explanation, "");
}

/* ---- at every moment ---- */

static void big_zone(struct world *w)
{
	script_dns_zone(
		w->dns,
		"example.com TXT v=spf1 include:in.example mx ptr exists:%{p}.x.example "
		"redirect=re.example\n"
		"in.example TXT v=spf1 a:h.example include:in2.example ?all\n"
		"in2.example TXT v=spf1 mx ?all\nin2.example MX 1 h.example\n"
		"h.example A 192.0.2.9\nexample.com MX 1 h.example\n"
		"re.example TXT v=spf1 -all exp=%{p}.why.example\n"
		"1.2.0.192.in-addr.arpa PTR n.example\n"
		"1.2.0.192.in-addr.arpa PTR n2.example\nn.example A 192.0.2.1\n"
		"n.example.x.example A 192.0.2.1\nn.example.why.example TXT because %{p}\n");
	script_dns_remove(w->dns, "n.example.x.example", SW_DNS_A);
}

static void freed_at_every_moment(void **state)
{
	struct world *w = *state;
	unsigned questions;

	big_zone(w);
	script_dns_hold(w->dns, true);
	begin(w, "192.0.2.1", "joe@example.com", "h");
	script_dns_run(w->dns);
	assert_int_equal(strncmp(w->told, "fail: ", 6), 0);
	assert_string_equal(w->explanation, "because n.example");
	questions = w->questions;
	assert_true(questions > 12);
	for (unsigned i = 0; i < questions; i++) {
		size_t cancelled = script_dns_cancelled(w->dns);

		begin(w, "192.0.2.1", "joe@example.com", "h");
		for (unsigned k = 0; k < i; k++)
			assert_true(script_dns_step(w->dns));
		w->spf = sw_spf_free(w->spf);
		assert_int_equal(script_dns_waiting(w->dns), 0);
		assert_int_equal(script_dns_cancelled(w->dns), cancelled + 1);
		assert_int_equal(w->calls, 0);
	}
}

static void given_up_at_every_moment(void **state)
{
	struct world *w = *state;
	unsigned questions;

	big_zone(w);
	script_dns_hold(w->dns, true);
	begin(w, "192.0.2.1", "joe@example.com", "h");
	script_dns_run(w->dns);
	questions = w->questions;
	for (unsigned i = 0; i < questions; i++) {
		begin(w, "192.0.2.1", "joe@example.com", "h");
		for (unsigned k = 0; k < i; k++)
			assert_true(script_dns_step(w->dns));
		sw_spf_give_up(w->spf);
		sw_spf_give_up(w->spf);
		assert_int_equal(w->calls, 1);
		assert_int_equal(script_dns_waiting(w->dns), 0);
		/* the last question is for the explanation, and the result stands */
		assert_int_equal(strncmp(w->told, i + 1 < questions ? "temperror: " : "fail: ", 6),
				 0);
	}
}

static void freed_in_its_callback(void **state)
{
	struct world *w = *state;

	big_zone(w);
	w->free_in_callback = true;
	begin(w, "192.0.2.1", "joe@example.com", "h");
	assert_int_equal(w->calls, 1);
	assert_null(w->spf);
	script_dns_hold(w->dns, true);
	begin(w, "192.0.2.1", "joe@example.com", "h");
	script_dns_run(w->dns);
	assert_int_equal(w->calls, 1);
	assert_null(w->spf);
	begin(w, "192.0.2.1", "joe@", "h");
	assert_int_equal(w->calls, 1);
	assert_null(w->spf);
	begin(w, "192.0.2.1", "joe@example.com", "h");
	sw_spf_give_up(w->spf);
	assert_null(w->spf);
	assert_null(sw_spf_free(NULL));
}

/* One that was made and never started. */
static void never_started(void **state)
{
	struct world *w = *state;
	struct sw_spf_question q = { .ip = sw_prefix_ip4(1, 32) };

	assert_int_equal(sw_spf_open(&q, script_dns_dns(w->dns), &w->spf), 0);
	w->spf = sw_spf_free(w->spf);
	assert_int_equal(w->calls, 0);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(networks),
		WITH(addresses_and_exchangers),
		WITH(existence),
		WITH(names_of_the_sender),
		WITH(policies_in_policies),
		WITH(macros_know_where_they_are),
		WITH(who_is_asked_about),
		WITH(senders_without_a_domain),
		WITH(bytes_in_senders),
		WITH(records_with_errors),
		WITH(what_is_not_known_is_temperror),
		WITH(ten_terms_ask),
		WITH(loops_end),
		WITH(two_terms_find_nothing),
		WITH(ten_names_of_exchangers),
		WITH(ten_names_of_the_sender),
		WITH(the_worst_policy),
		WITH(the_name_macro_asks),
		WITH(the_best_name_is_picked),
		WITH(explanations),
		WITH(whose_explanation),
		WITH(freed_at_every_moment),
		WITH(given_up_at_every_moment),
		WITH(freed_in_its_callback),
		WITH(never_started),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
