/* SPDX-License-Identifier: GPL-2.0-only */
/* To whom complaints go: each way, in order; answers at once and late; what is hostile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <string.h>

#include <cmocka.h>

#include "dns/contact.h"
#include "support/script_dns.h"

#define REVERSE "7.100.51.198"
#define REVERSE6 "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"

static struct world {
	struct script_dns *script;
	struct sw_suffix *suffix;
	struct sw_contact_ways ways;
	struct sw_contact *contact;
	struct sw_contact_answer answer;
	unsigned called;
} w;

static int setup(void **state)
{
	memset(&w, 0, sizeof(w));
	w.script = script_dns_open();
	return sw_suffix_open(&w.suffix, NULL);
}

static int teardown(void **state)
{
	sw_contact_free(w.contact);
	sw_suffix_close(w.suffix);
	script_dns_close(w.script);
	return 0;
}

static void way(const char *text)
{
	struct sw_err err = { "" };

	if (sw_contact_ways_add(&w.ways, text, &err))
		fail_msg("%s", err.text);
}

static void take(void *ctx, const struct sw_contact_answer *answer)
{
	w.called++;
	w.answer = *answer;
}

static void ask(const char *address)
{
	struct sw_prefix source;

	assert_int_equal(sw_addr_parse(address, &source), 0);
	w.contact = sw_contact_free(w.contact);
	w.called = 0;
	memset(&w.answer, 0, sizeof(w.answer));
	assert_int_equal(sw_contact_ask(script_dns_dns(w.script), w.suffix, &w.ways, &source, take,
					NULL, &w.contact),
			 0);
}

static void found(const char *address, const char *name, bool failed)
{
	assert_int_equal(w.called, 1);
	assert_string_equal(w.answer.address, address);
	assert_string_equal(w.answer.name, name);
	assert_int_equal(w.answer.failed, failed);
}

static const char named[] = REVERSE ".in-addr.arpa PTR mx7.mail.example.co.uk\n"
				    "mx7.mail.example.co.uk A 198.51.100.7\n";

static void by_the_name(void **state)
{
	way("rdns");
	script_dns_zone(w.script, named);
	ask("198.51.100.7");
	found("abuse@example.co.uk", "mx7.mail.example.co.uk", false);
	ask("198.51.100.8");
	found("", "", false);
	script_dns_zone(w.script, "8.100.51.198.in-addr.arpa PTR mail.victim.com\n"
				  "mail.victim.com A 192.0.2.1\n"
				  "9.100.51.198.in-addr.arpa PTR localdomain\n"
				  "10.100.51.198.in-addr.arpa PTR x.example.org\n"
				  "x.example.org SERVFAIL\n"
				  "11.100.51.198.in-addr.arpa TIMEOUT\n");
	ask("198.51.100.8"); /* a name that does not lead back is anybody's */
	found("", "", false);
	ask("198.51.100.9");
	found("", "", false);
	ask("198.51.100.10");
	found("", "", true);
	ask("198.51.100.11");
	found("", "", true);
}

static void by_zones(void **state)
{
	way("address contacts.example.net");
	way("domain abuse.example.com");
	way("rdns");
	script_dns_zone(w.script, named);
	ask("198.51.100.7");
	found("abuse@example.co.uk", "mx7.mail.example.co.uk", false); /* the zones say nothing */
	script_dns_zone(w.script, "example.co.uk.abuse.example.com TXT noc@example.co.uk\n");
	ask("198.51.100.7");
	found("noc@example.co.uk", "mx7.mail.example.co.uk", false);
	script_dns_zone(w.script, REVERSE ".contacts.example.net TXT "
					  "mailto:Abuse@isp.example, second@isp.example\n" REVERSE6
					  ".contacts.example.net TXT six@isp.example\n");
	ask("198.51.100.7");
	found("Abuse@isp.example", "mx7.mail.example.co.uk", false);
	ask("2001:db8::1");
	found("six@isp.example", "", false);
	script_dns_trouble(w.script, REVERSE ".contacts.example.net", SW_DNS_TXT, SW_DNS_TIMEOUT);
	ask("198.51.100.7"); /* the next one is asked, and that one failed is known */
	found("noc@example.co.uk", "mx7.mail.example.co.uk", true);
}

static void texts_that_are_no_address(void **state)
{
	static const char *const bad[] = { "",
					   "none",
					   "v=spf1 -all",
					   "a@b",
					   "x@[192.0.2.1]",
					   "-oQ@b.c",
					   "a@b.c\n\nBcc: x@y.z",
					   "\"a b\"@c.d" };

	way("address z.example");
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		script_dns_remove(w.script, REVERSE ".z.example", 0);
		script_dns_add_txt(w.script, REVERSE ".z.example", bad[i], strlen(bad[i]), 60);
		ask("198.51.100.7");
		/* whatever it is, it is one address, or none */
		assert_int_equal(w.called, 1);
		if (w.answer.address[0])
			assert_true(sw_mail_address_is(w.answer.address, strlen(w.answer.address)));
		assert_int_equal(!w.answer.address[0], i != 6);
	}
	script_dns_remove(w.script, REVERSE ".z.example", 0);
	script_dns_add_txt(w.script, REVERSE ".z.example", "a@b.c\0d@e.f", 11, 60);
	script_dns_add_txt(w.script, REVERSE ".z.example", "later@b.c", 9, 60);
	ask("198.51.100.7");
	found("a@b.c", "", false);
}

/* Every order of answers, and an end at any moment. */
static void later(void **state)
{
	way("address a.example");
	way("domain b.example");
	script_dns_zone(w.script, named);
	script_dns_zone(w.script, "example.co.uk.b.example TXT noc@example.co.uk\n");
	script_dns_hold(w.script, true);
	for (unsigned steps = 0;; steps++) {
		ask("198.51.100.7");
		assert_int_equal(w.called, 0);
		for (unsigned i = 0; i < steps && !w.called; i++)
			assert_true(script_dns_step(w.script));
		if (w.called)
			break;
		w.contact = sw_contact_free(w.contact);
		assert_int_equal(script_dns_waiting(w.script), 0);
	}
	found("noc@example.co.uk", "mx7.mail.example.co.uk", false);
	assert_int_equal(script_dns_waiting(w.script), 0);
}

static void long_names(void **state)
{
	char zone[300] = "domain ";
	struct sw_err err;

	for (unsigned i = 0; i < 4; i++)
		memset(zone + 7 + i * 60, 'a', 59), zone[7 + i * 60 + 59] = '.';
	strcpy(zone + 7 + 240, "org");
	way(zone); /* with the domain before it that is no name any more */
	way("rdns");
	script_dns_zone(w.script, named);
	ask("198.51.100.7");
	found("abuse@example.co.uk", "mx7.mail.example.co.uk", false);
	memset(zone + 7, 'a', 280);
	assert_int_equal(sw_contact_ways_add(&w.ways, zone, &err), -EINVAL);
}

static void ways_that_are_none(void **state)
{
	static const char *const bad[] = { "",	      "rdns ",	      "RDNS",	   "whois",
					   "address", "address ",     "domain a",  "domain a b.c",
					   "domain",  "address a..b", "zone a.b.c" };
	struct sw_err err;

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(sw_contact_ways_add(&w.ways, bad[i], &err), -EINVAL);
		assert_non_null(strstr(err.text, "is none of"));
	}
	assert_int_equal(w.ways.n, 0);
	for (unsigned i = 0; i < SW_CONTACT_WAYS; i++)
		way("rdns");
	assert_int_equal(sw_contact_ways_add(&w.ways, "rdns", &err), -EINVAL);
	assert_null(sw_contact_free(NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(by_the_name), TEST(by_zones),   TEST(texts_that_are_no_address),
		TEST(later),	   TEST(long_names), TEST(ways_that_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
