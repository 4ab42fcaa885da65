/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names and what is said of them: every row of the tables, every class, what outweighs what,
 * and names that somebody wrote to do harm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dns/rdns.h"
#include "dns/rdns_parts.h"
#include "support/random.h"

#define IP4 "203.0.113.57"
#define IP6 "2001:db8:47::c0de:1f2e:9a01"

static struct sw_suffix *suffix;

static int open_suffix(void **unused)
{
	return sw_suffix_open(&suffix, NULL);
}

static int close_suffix(void **unused)
{
	suffix = sw_suffix_close(suffix);
	return 0;
}

static struct sw_rdns_facts facts_of(const char *ip, const char *name)
{
	struct sw_rdns_facts facts = { .state = SW_RDNS_NAMED, .n = 1 };

	assert_int_equal(sw_addr_parse(ip, &facts.source), 0);
	assert_true(strlen(name) < SW_DNS_NAME);
	strcpy(facts.name[0].name, name);
	facts.name[0].back = SW_RDNS_BACK_YES;
	return facts;
}

static struct sw_rdns judge(const char *ip, const char *name)
{
	struct sw_rdns_facts facts = facts_of(ip, name);
	struct sw_rdns rdns;

	sw_rdns_classify(suffix, &facts, &rdns);
	return rdns;
}

static void check_points(const char *ip, const char *name, int points)
{
	struct sw_rdns rdns = judge(ip, name);

	if (rdns.points != points)
		fail_msg("%s, %s: %d points, not %d", ip, name, rdns.points, points);
}

static void check_classes(const char *ip, const char *name, uint32_t classes)
{
	struct sw_rdns rdns = judge(ip, name);

	if (rdns.classes != classes)
		fail_msg("%s, %s: %x, not %x", ip, name, rdns.classes, classes);
}

/* ---- the tables ---- */

static void test_forms(void **state)
{
	static const struct {
		enum sw_rdns_form form;
		const char *name;
		int points;
		uint32_t class;
	} rows[] = {
#define SW_RDNS_FORM(symbol, class, points, words, test) \
	{ SW_RDNS_FORM_##symbol, (test), (points), SW_RDNS_##class },
#include "dns/rdns_forms.def"
#undef SW_RDNS_FORM
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool six = rows[i].form >= SW_RDNS_FORM_V6 && rows[i].form <= SW_RDNS_FORM_V6_HALF;
		size_t n = strlen(rows[i].name) - strlen(".example.net");
		struct sw_rdns_part part;
		struct sw_prefix source;
		enum sw_rdns_form form;

		assert_int_equal(sw_addr_parse(six ? IP6 : IP4, &source), 0);
		form = sw_rdns_find_address(&source, rows[i].name, n, &part);
		if (!form)
			form = sw_rdns_find_code(rows[i].name, n, &part);
		if (form != rows[i].form)
			fail_msg("%s: form %d, not %d", rows[i].name, form, rows[i].form);
		assert_true(part.from < part.to && part.to <= n);
		check_points(six ? IP6 : IP4, rows[i].name, rows[i].points);
		assert_true(judge(six ? IP6 : IP4, rows[i].name).classes & rows[i].class);
		/* the same name says nothing of its neighbour */
		check_points(six ? "2001:db8:48::1" : "203.0.114.58",
			     rows[i].form >= SW_RDNS_FORM_EQUIPMENT ? "example.net" : rows[i].name,
			     0);
	}
}

static void test_words(void **state)
{
	static const struct {
		const char *text, *name;
		enum sw_rdns_kind kind;
	} rows[] = {
#define SW_RDNS_WORD(text, match, kind, test) { (text), (test), SW_RDNS_KIND_##kind },
#include "dns/rdns_words.def"
#undef SW_RDNS_WORD
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = strlen(rows[i].name) - strlen(".example.net");
		struct sw_rdns_words words;
		struct sw_rdns_part part;

		sw_rdns_find_words(rows[i].name, n, &words);
		part = words.first[rows[i].kind];
		if (!words.has[rows[i].kind])
			fail_msg("%s is not found in %s", rows[i].text, rows[i].name);
		assert_non_null(memmem(rows[i].name + part.from, (size_t)(part.to - part.from),
				       rows[i].text, strlen(rows[i].text)));
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(rows[i].text, rows[j].text);
		/* a word alone makes no name generic, unless of a line and with a number */
		if (rows[i].kind == SW_RDNS_KIND_SERVER || rows[i].kind == SW_RDNS_KIND_STATIC)
			assert_false(judge(IP4, rows[i].name).classes & SW_RDNS_GENERIC);
	}
}

static void test_domains(void **state)
{
	static const struct {
		const char *name;
		uint32_t class;
	} rows[] = {
#define SW_RDNS_DOMAIN(text, class, test) { (test), SW_RDNS_##class },
#include "dns/rdns_domains.def"
#undef SW_RDNS_DOMAIN
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_classes(IP4, rows[i].name, rows[i].class);
}

static void test_class_names(void **state)
{
	for (unsigned i = 0; i < SW_RDNS_CLASSES; i++) {
		assert_non_null(sw_rdns_class_name(i));
		assert_true(strlen(sw_rdns_class_name(i)) <= 13);
		assert_non_null(sw_rdns_class_words(i));
	}
	assert_int_equal(SW_RDNS_UNKNOWN, 1);
	assert_int_equal(SW_RDNS_GENERIC, 16);
	assert_int_equal(SW_RDNS_HOSTING, 1 << 11);
}

/* ---- addresses ---- */

static void test_orders(void **state)
{
	static const char *const whole[] = {
		"x203-0-113-57",     "57-113-0-203x",	"57.red-203-0-113", "x203x0x113x57",
		"x203.0-113.57",     "a203000113057",	"a057113000203",    "xcb-00-71-39",
		"397100cb",	     "0xcb007139",	"x203_0_113_57",    "adsl2-203-0-113-57",
		"x-203-000-113-057", "b57-113.0-203-r", "x203011357",
	};
	char name[128];

	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
		snprintf(name, sizeof(name), "%s.example.net", whole[i]);
		if (!(judge(IP4, name).classes & SW_RDNS_ADDRESS))
			fail_msg("%s: no address", name);
	}
}

static void test_no_address(void **state)
{
	static const char *const none[] = {
		"a203",	    "a57",    "a203-57",  "x0-113",	 "x13-57", "x1130057",
		"x113-5-7", "xcb-71", "20301135", "x203-0-1-13", "cb00-7", "ns57",
	};
	char name[128];

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		snprintf(name, sizeof(name), "%s.example.net", none[i]);
		if (judge(IP4, name).classes)
			fail_msg("%s: %x", name, judge(IP4, name).classes);
	}
	/* small numbers are in all sorts of names */
	check_classes("1.0.0.1", "a1-0.example.net", 0);
	check_classes("10.0.0.1", "www10-0-1.example.net", 0);
}

static void test_six(void **state)
{
	static const char *const whole[] = {
		"x2001-0db8-0047-0000-0000-c0de-1f2e-9a01",
		"x2001-db8-47--c0de-1f2e-9a01",
		"10a9e2f1ed0c0000000074008bd01002",
		"2.0.0.1.0.d.b.8.0.0.4.7.0.0.0.0.0.0.0.0.c.0.d.e.1.f.2.e.9.a.0.1",
		"x2001-0db8-0047-0000",
		"0000c0de1f2e9a01",
	};
	char name[128];

	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
		snprintf(name, sizeof(name), "%s.example.net", whole[i]);
		if (!(judge(IP6, name).classes & SW_RDNS_GENERIC))
			fail_msg("%s: not generic", name);
	}
	/* nothing of these is only this address's */
	check_classes("2001:db8::1", "a0000000000000001.example.net", 0);
	check_classes("2001:db8::1", "a2001-db8--1f.example.net", 0);
	check_classes("::1", "a--1.example.net", 0);
	check_classes("::", "a--.example.net", 0);
	check_classes(IP6, "x203-0-113-57.example.net", 0);
}

/* ---- what adds up to what ---- */

static void test_generic(void **state)
{
	static const struct {
		const char *name;
		int points;
	} rows[] = {
		/* a plain address alone is not enough, with a word it is */
		{ "203-0-113-57.example.net", 4 },
		{ "ip-203-0-113-57.example.net", 4 },
		{ "203-0-113-57.dsl.example.net", 4 + 4 + 2 },
		{ "dsl-203-0-113-57.example.net", 8 },
		{ "cust-203-0-113-57.example.net", 7 },
		{ "pool-203-0-113-57.example.net", 4 },
		/* a label of nothing else, and one of words */
		{ "203-0-113-57.north.example.net", 6 },
		{ "203-0-113-57.ip.example.net", 4 },
		{ "203-0-113-57.city.north.example.net", 4 },
		{ "x203-0-113-57.north.example.net", 4 },
		{ "203-0-113-57.7.example.net", 4 },
		/* only the strongest word for lines counts */
		{ "203-0-113-57.dyn.dsl.user.pool.example.net", 8 },
		/* who rents an address is not generic, unless it changes */
		{ "203-0-113-57.static.example.net", 4 + 2 - 4 },
		{ "static-203-0-113-57.dsl.example.net", 4 - 4 },
		{ "57.113.0.203.static.dsl.example.net", 6 - 4 },
		{ "203-0-113-57.dynamic.business.example.net", 8 },
		{ "nat-203-0-113-57.dsl.example.net", 8 - 2 },
		{ "57.113.0.203.unknown.example.net", 6 - 2 },
		/* parts of an address */
		{ "x113-57.example.net", 2 },
		{ "x113-57.cust.example.net", 5 },
		{ "x113-57.dsl.example.net", 6 },
		{ "x0-113-57.example.net", 4 },
		{ "x0-113-57.dsl.example.net", 8 },
		/* lines with a number, without an address */
		{ "abx7.dsl.example.net", 4 + 2 },
		{ "abx.dsl.example.net", 4 },
		{ "dsl7.example.net", 4 },
		{ "desk7.dhcp.example.net", 4 },
		{ "user7.example.net", 3 },
		/* two words for lines, of which one is for nothing else */
		{ "dynamic-ip-adsl.example.net", 4 + 1 },
		{ "abxdsl-471147.home.example.net", 4 + 1 },
		{ "wimax-client.example.net", 4 + 1 },
		{ "customer-wifi.example.net", 4 },
		{ "static-dsl.user.example.net", -4 },
		{ "203-0-113-57.dsl.user.example.net", 8 },
		{ "www7.example.net", 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_points(IP4, rows[i].name, rows[i].points);
		assert_int_equal(!!(judge(IP4, rows[i].name).classes & SW_RDNS_GENERIC),
				 rows[i].points >= SW_RDNS_GENERIC_AT);
	}
}

static void test_server_wins(void **state)
{
	check_classes(IP4, "mail.example.net", SW_RDNS_SERVER);
	check_classes(IP4, "mail-203-0-113-57.example.net", SW_RDNS_SERVER | SW_RDNS_ADDRESS);
	check_classes(IP4, "203-0-113-57.dyn.out.example.net", SW_RDNS_SERVER | SW_RDNS_ADDRESS);
	check_classes(IP4, "out.203-0-113-57.dyn.example.net", SW_RDNS_SERVER | SW_RDNS_ADDRESS);
	check_classes(IP4, "ipcb007139.smtp.example.net", SW_RDNS_SERVER | SW_RDNS_ADDRESS);
	/* no word for one */
	assert_true(judge(IP4, "layout-203-0-113-57.dyn.example.net").classes & SW_RDNS_GENERIC);
	/* what the domain is called does not count */
	assert_true(judge(IP4, "203-0-113-57.dyn.mail.com").classes & SW_RDNS_GENERIC);
}

/* Who has a word for mail servers in each name of a range, has it in those of lines, too. */
static void test_server_of_a_program(void **state)
{
	const uint32_t classes = SW_RDNS_ADDRESS | SW_RDNS_DIALUP | SW_RDNS_GENERIC;

	check_classes(IP4, "mx-ll-203.0.113-57.dynamic.example.net", classes);
	check_classes(IP4, "mail203-0-113-57.dyn.example.net", classes);
	/* that one is rented, and these are no such names */
	check_classes(IP4, "mx-ll-203.0.113-57.static.example.net",
		      SW_RDNS_ADDRESS | SW_RDNS_STATIC | SW_RDNS_SERVER);
	check_classes(IP4, "mail-203-0-113-57.example.net", SW_RDNS_ADDRESS | SW_RDNS_SERVER);
	check_classes(IP4, "mail7.dyn.example.net", SW_RDNS_SERVER);
}

/* Names that people chose, in which there are words of lines. */
static void test_no_lines(void **state)
{
	static const char *const names[] = {
		"mail.home",
		"mx2.clients.hosting",
		"mail-pool-12",
		"smtp.customer",
		"mx.fiber.city",
		"relay.wireless",
		"mxout3.dsl",
		"mbox3.cable",
		"mail7.mobile",
		"lists2.dsl",
		"private-bank",
		"customer-service",
		"user-notifications",
		"res-confirmation",
		"guest-rooms",
		"wifi",
		"mobile",
		"home7",
		"crm-dynamics",
		"dynamics365",
		"prdlnxmsgrly0001",
		"dcwpvmsgrtr00012",
		"range",
		"cell-biology",
		"vmta113-57.clients",
		"pmta12",
		"retail-promo-3",
		"sub",
	};
	char name[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(name, sizeof(name), "%s.example.net", names[i]);
		if (judge(IP4, name).classes & (SW_RDNS_GENERIC | SW_RDNS_DIALUP))
			fail_msg("%s: %x", name, judge(IP4, name).classes);
	}
}

static void test_other_classes(void **state)
{
	check_classes(IP4, "example.net", 0);
	check_classes(IP4, "www.example.net", 0);
	check_classes(IP4, "a.static.example.net", SW_RDNS_STATIC);
	check_classes(IP4, "a.pool.example.net", 0);
	check_classes(IP4, "a203-0-113-57.pool.example.net", SW_RDNS_ADDRESS | SW_RDNS_DIALUP);
	check_classes(IP4, "static-203-0-113-57.dsl.example.net", SW_RDNS_ADDRESS | SW_RDNS_STATIC);
	check_classes(IP4, "a113-57.example.net", SW_RDNS_PART);
	/* a domain for a block of addresses: seen, and worth nothing */
	check_classes(IP4, "57.ip-203-0-113.net", SW_RDNS_ADDRESS);
	check_points(IP4, "57.ip-203-0-113.net", 0);
}

/* ---- no host's name ---- */

static void test_no_host(void **state)
{
	static const char *const names[] = {
		"",
		".",
		"localhost",
		"mail",
		"com",
		"co.uk",
		"net",
		"203.0.113.57",
		"2001:db8::1",
		"mail.localdomain",
		"mail.example",
		"bigcore.local",
		"router.lan",
		"a..b",
		"57.113.0.203.in-addr.arpa",
		"1.0.0.2.ip6.arpa",
		"arpa",
		"e164.arpa",
		"a\\032b.example.net",
		"[203.0.113.57]",
		"a b.example.net",
		"a@b.example.net",
		"UPPER.example.net",
		"xn--.",
		"%s%n.example.net",
		"-",
		"a.-.-",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct sw_rdns rdns = judge(IP4, names[i]);

		if (rdns.classes != SW_RDNS_NO_HOST)
			fail_msg("\"%s\": %x", names[i], rdns.classes);
		assert_int_equal(rdns.n, 1);
		assert_non_null(rdns.sign[0].words);
	}
}

static void test_suffixes(void **state)
{
	static const struct {
		const char *name, *registered;
	} rows[] = {
		{ "a.b.example.net", "example.net" },
		{ "example.co.uk", "example.co.uk" },
		{ "mx.example.com.br", "example.com.br" },
		{ "a.xn--e1afmkfd.xn--p1ai", "xn--e1afmkfd.xn--p1ai" },
		{ "a.b.c.d.kobe.jp", "c.d.kobe.jp" }, /* *.kobe.jp */
		{ "a.city.kobe.jp", "city.kobe.jp" }, /* !city.kobe.jp */
		/* customers' names below a hoster's are his */
		{ "a.eu-west-1.compute.amazonaws.com", "amazonaws.com" },
		{ "blog.github.io", "github.io" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *registered = sw_suffix_registered(suffix, rows[i].name);

		assert_non_null(registered);
		assert_string_equal(registered, rows[i].registered);
		assert_true(registered >= rows[i].name &&
			    registered < rows[i].name + strlen(rows[i].name));
	}
	assert_null(sw_suffix_registered(suffix, "net"));
	assert_null(sw_suffix_registered(suffix, "co.uk"));
	assert_null(sw_suffix_registered(suffix, ""));
	assert_null(sw_suffix_registered(suffix, "."));
	assert_null(sw_suffix_registered(suffix, "a.invalid"));
	assert_null(sw_suffix_close(NULL));
}

/* ---- hostile names ---- */

static char *fill(char *name, size_t n, const char *pattern)
{
	size_t m = strlen(pattern), end = strlen(".example.net");

	for (size_t i = 0; i < n - end; i++)
		name[i] = pattern[i % m];
	strcpy(name + n - end, ".example.net");
	return name;
}

/* Signs are inside of the name, and the words are ASCII, whatever the name is. */
static void check_sane(const struct sw_rdns_facts *facts)
{
	char text[SW_RDNS_TEXT], little[8];
	struct sw_rdns rdns;

	sw_rdns_classify(suffix, facts, &rdns);
	assert_true(rdns.n <= SW_RDNS_SIGNS_MAX && rdns.name < facts->n);
	assert_int_equal(rdns.classes >> SW_RDNS_CLASSES, 0);
	for (size_t i = 0; i < rdns.n; i++) {
		assert_non_null(rdns.sign[i].words);
		assert_true(rdns.sign[i].from <= rdns.sign[i].to);
		assert_true(rdns.sign[i].to <= strlen(facts->name[rdns.name].name));
	}
	sw_rdns_explain(facts, &rdns, text, sizeof(text));
	assert_true(*text && strlen(text) < sizeof(text) - 1);
	assert_ptr_equal(sw_rdns_explain(facts, &rdns, little, sizeof(little)), little);
	assert_int_equal(strlen(little), sizeof(little) - 1);
	assert_memory_equal(little, text, sizeof(little) - 1);
}

static void test_hostile(void **state)
{
	static const char *const patterns[] = {
		"a",
		"1",
		"1.",
		"1-",
		"a.",
		"a1",
		"1a.",
		"-",
		"_",
		"dsl.",
		"mail",
		"static-",
		"203-0-113-57.",
		"203-",
		"cb007139",
		"0",
		"f",
		"57-113-",
		"aaaaaaaaaaaaaaaaaa0.",
		"xn--",
		"xn--a.",
		"dyn-dsl-res-cust-pool-static-nat.",
		"999999999999999999999.",
		"2001-0db8-0047-0000-0000-c0de-1f2e-9a01-",
		"0000000000000000",
		".",
	};
	struct sw_rdns_facts facts;
	char name[SW_DNS_NAME];

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		for (size_t n = 13; n < SW_DNS_NAME; n++) {
			facts = facts_of(n % 2 ? IP4 : IP6, fill(name, n, patterns[i]));
			check_sane(&facts);
		}
	}
}

static void test_random(void **state)
{
	static const char *const bricks[] = {
		"203",	"0",	 "113",	 "57",	   "-",	   ".",	   "_",	      "x",
		"dsl",	"dyn",	 "mail", "static", "cb",   "00",   "71",      "39",
		"2001", "db8",	 "47",	 "c0de",   "1f2e", "9a01", "example", "net",
		"com",	"co.uk", "arpa", "\\001",  "000",  "pool", "cust",    "xn--",
	};
	uint64_t random = 5;

	for (unsigned round = 0; round < 20000; round++) {
		char name[SW_DNS_NAME] = "";
		size_t n = 0, parts = sw_random(&random) % 24;
		struct sw_rdns_facts facts;

		for (size_t i = 0; i < parts; i++) {
			const char *brick =
				bricks[sw_random(&random) % (sizeof(bricks) / sizeof(bricks[0]))];

			if (n + strlen(brick) >= sizeof(name))
				break;
			strcpy(name + n, brick);
			n += strlen(brick);
		}
		facts = facts_of(round % 2 ? IP4 : IP6, name);
		check_sane(&facts);
	}
}

/* ---- several names, or none ---- */

static void add_name(struct sw_rdns_facts *facts, const char *name, enum sw_rdns_way_back back)
{
	strcpy(facts->name[facts->n].name, name);
	facts->name[facts->n++].back = back;
}

static void test_states(void **state)
{
	struct sw_rdns_facts facts = { .state = SW_RDNS_FAILED, .trouble = SW_DNS_SERVFAIL };
	char text[SW_RDNS_TEXT];
	struct sw_rdns rdns;

	assert_int_equal(sw_addr_parse(IP4, &facts.source), 0);
	sw_rdns_classify(suffix, &facts, &rdns);
	assert_int_equal(rdns.classes, SW_RDNS_UNKNOWN);
	assert_int_equal(rdns.points, 0);
	assert_string_equal(sw_rdns_explain(&facts, &rdns, text, sizeof(text)),
			    "the DNS did not answer: nothing is known");
	facts.state = SW_RDNS_NONE;
	sw_rdns_classify(suffix, &facts, &rdns);
	assert_int_equal(rdns.classes, SW_RDNS_NO_PTR);
	assert_string_equal(sw_rdns_explain(&facts, &rdns, text, sizeof(text)),
			    "the address has no name");
	facts.state = SW_RDNS_NAMED; /* and yet none */
	sw_rdns_classify(suffix, &facts, &rdns);
	assert_int_equal(rdns.classes, SW_RDNS_NO_PTR);
}

static void test_way_back(void **state)
{
	struct sw_rdns_facts facts = facts_of(IP4, "mx.example.net");
	struct sw_rdns rdns;

	facts.name[0].back = SW_RDNS_BACK_NO;
	sw_rdns_classify(suffix, &facts, &rdns);
	assert_int_equal(rdns.classes, SW_RDNS_SERVER | SW_RDNS_UNCONFIRMED);
	facts.name[0].back = SW_RDNS_BACK_UNKNOWN;
	sw_rdns_classify(suffix, &facts, &rdns);
	assert_int_equal(rdns.classes, SW_RDNS_SERVER | SW_RDNS_UNKNOWN);
	facts.name[0].back = SW_RDNS_BACK_NOT_ASKED;
	sw_rdns_classify(suffix, &facts, &rdns);
	assert_int_equal(rdns.classes, SW_RDNS_SERVER);
}

static void test_best_name(void **state)
{
	struct sw_rdns_facts facts = facts_of(IP4, "203-0-113-57.dsl.example.net");
	struct sw_rdns rdns;

	/* what leads back counts for more than what looks good */
	add_name(&facts, "mail.example.com", SW_RDNS_BACK_NO);
	sw_rdns_classify(suffix, &facts, &rdns);
	assert_int_equal(rdns.name, 0);
	assert_true(rdns.classes & SW_RDNS_GENERIC);
	add_name(&facts, "mail.example.org", SW_RDNS_BACK_UNKNOWN);
	sw_rdns_classify(suffix, &facts, &rdns);
	assert_int_equal(rdns.name, 0);
	add_name(&facts, "www.example.org", SW_RDNS_BACK_YES);
	sw_rdns_classify(suffix, &facts, &rdns);
	assert_int_equal(rdns.name, 3);
	assert_int_equal(rdns.classes, 0);
	add_name(&facts, "localhost", SW_RDNS_BACK_YES);
	sw_rdns_classify(suffix, &facts, &rdns);
	assert_int_equal(rdns.name, 3);
	/* with more names than are looked at, one of the others may lead back */
	facts.n = 2;
	facts.more = 1;
	facts.name[0].back = facts.name[1].back = SW_RDNS_BACK_NO;
	sw_rdns_classify(suffix, &facts, &rdns);
	assert_int_equal(rdns.classes & SW_RDNS_UNCONFIRMED, 0);
	facts.more = 0;
	sw_rdns_classify(suffix, &facts, &rdns);
	assert_int_equal(rdns.classes & SW_RDNS_UNCONFIRMED, SW_RDNS_UNCONFIRMED);
	/* the order does not matter */
	facts.name[0] = facts.name[3];
	facts.n = 2;
	sw_rdns_classify(suffix, &facts, &rdns);
	assert_int_equal(rdns.name, 0);
}

static void test_unknown_source(void **state)
{
	struct sw_rdns_facts facts = facts_of(IP4, "203-0-113-57.dsl.example.net");
	struct sw_rdns rdns;

	facts.source.family = 0;
	sw_rdns_classify(suffix, &facts, &rdns);
	assert_int_equal(rdns.points, 6); /* a line and a number */
}

static void test_text(void **state)
{
	struct sw_rdns_facts facts = facts_of(IP4, "a203-0-113-57.dyn.example.net");
	char text[SW_RDNS_TEXT];
	struct sw_rdns rdns;

	sw_rdns_classify(suffix, &facts, &rdns);
	assert_string_equal(sw_rdns_explain(&facts, &rdns, text, sizeof(text)),
			    "a203-0-113-57.dyn.example.net is generic, 8 points of 5: the address "
			    "(\"203-0-113-57\") +4, a word for addresses that change (\"dyn\") +4; "
			    "it leads back to the address");
	facts = facts_of(IP4, "a.local");
	facts.name[0].back = SW_RDNS_BACK_NO;
	sw_rdns_classify(suffix, &facts, &rdns);
	assert_string_equal(sw_rdns_explain(&facts, &rdns, text, sizeof(text)),
			    "\"a.local\" cannot be a host's name: nothing that anybody could have "
			    "registered; it does not lead back to the address");
	assert_string_equal(sw_rdns_explain(&facts, &rdns, text, 1), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),	    cmocka_unit_test(test_words),
		cmocka_unit_test(test_domains),	    cmocka_unit_test(test_class_names),
		cmocka_unit_test(test_orders),	    cmocka_unit_test(test_no_address),
		cmocka_unit_test(test_six),	    cmocka_unit_test(test_generic),
		cmocka_unit_test(test_server_wins), cmocka_unit_test(test_other_classes),
		cmocka_unit_test(test_no_host),	    cmocka_unit_test(test_suffixes),
		cmocka_unit_test(test_hostile),	    cmocka_unit_test(test_random),
		cmocka_unit_test(test_states),	    cmocka_unit_test(test_way_back),
		cmocka_unit_test(test_best_name),   cmocka_unit_test(test_unknown_source),
		cmocka_unit_test(test_text),	    cmocka_unit_test(test_server_of_a_program),
		cmocka_unit_test(test_no_lines),
	};

	return cmocka_run_group_tests(tests, open_suffix, close_suffix);
}
