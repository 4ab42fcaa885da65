/* SPDX-License-Identifier: GPL-2.0-only */
/* The scripted DNS that other tests lean on: what exists, what is an alias, and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "support/script_dns.h"

struct asker {
	struct script_dns *s;
	unsigned answers;
	char said[256]; /* of the last answer: "OK 300 name" and so on */
	char order[64]; /* the letter of each question, as they were answered */
};

struct one {
	struct asker *asker;
	char letter;
};

static void say_record(char *text, size_t size, const struct sw_dns_record *r,
		       enum sw_dns_type type)
{
	size_t n = strlen(text);

	if (type == SW_DNS_A)
		snprintf(text + n, size - n, " %u.%u.%u.%u", r->a[0], r->a[1], r->a[2], r->a[3]);
	else if (type == SW_DNS_AAAA)
		snprintf(text + n, size - n, " %02x..%02x", r->aaaa[0], r->aaaa[15]);
	else if (type == SW_DNS_TXT)
		snprintf(text + n, size - n, " [%s]", r->txt.bytes);
	else if (type == SW_DNS_MX)
		snprintf(text + n, size - n, " %u:%s", r->preference, r->name);
	else
		snprintf(text + n, size - n, " %s", r->name);
}

static enum sw_dns_type asked_type;

static void take_answer(void *ctx, const struct sw_dns_answer *answer)
{
	static const char *const words[] = { "OK", "NODATA", "NXDOMAIN", "TEMPFAIL" };
	struct asker *a = ctx;

	a->answers++;
	snprintf(a->said, sizeof(a->said), "%s %u", words[answer->status],
		 answer->status == SW_DNS_TEMPFAIL ? answer->trouble : answer->ttl);
	for (size_t i = 0; i < answer->n; i++)
		say_record(a->said, sizeof(a->said), &answer->record[i], asked_type);
}

static const char *ask(struct asker *a, const char *name, enum sw_dns_type type)
{
	asked_type = type;
	assert_int_equal(sw_dns_ask(script_dns_dns(a->s), name, type, take_answer, a), 0);
	return a->said;
}

static void take_letter(void *ctx, const struct sw_dns_answer *answer)
{
	struct one *one = ctx;

	strncat(one->asker->order, &one->letter, 1);
}

static int setup(void **state)
{
	static struct asker a;

	a = (struct asker){ .s = script_dns_open() };
	*state = &a;
	return 0;
}

static int teardown(void **state)
{
	struct asker *a = *state;

	script_dns_close(a->s);
	return 0;
}

static void records_of_every_type(void **state)
{
	struct asker *a = *state;

	script_dns_zone(a->s, "Mail.Example.com 60 A 192.0.2.1\nmail.example.com 30 A 192.0.2.2\n"
			      "# a remark\n\n"
			      "mail.example.com AAAA 2001:db8::7\n"
			      "example.com MX 10 Mail.example.com.\nexample.com MX 0 \n"
			      "example.com TXT v=spf1  -all \n"
			      "1.2.0.192.in-addr.arpa PTR mail.example.com\n");
	assert_string_equal(ask(a, "mail.example.com.", SW_DNS_A), "OK 30 192.0.2.1 192.0.2.2");
	assert_string_equal(ask(a, "MAIL.example.com", SW_DNS_AAAA), "OK 300 20..07");
	assert_string_equal(ask(a, "example.com", SW_DNS_MX), "OK 300 10:mail.example.com 0:");
	assert_string_equal(ask(a, "example.com", SW_DNS_TXT), "OK 300 [v=spf1  -all ]");
	assert_string_equal(ask(a, "1.2.0.192.in-addr.arpa", SW_DNS_PTR),
			    "OK 300 mail.example.com");
	assert_int_equal(script_dns_asked(a->s), 5);
	assert_int_equal(script_dns_asked_for(a->s, "example.com", SW_DNS_MX), 1);
	assert_int_equal(script_dns_asked_for(a->s, "example.com", 0), 2);
}

static void what_is_not_there(void **state)
{
	struct asker *a = *state;

	script_dns_zone(a->s, "a.b.example.com A 192.0.2.1");
	script_dns_absence(a->s, 7);
	assert_string_equal(ask(a, "b.example.com", SW_DNS_A), "NODATA 7");
	assert_string_equal(ask(a, "a.b.example.com", SW_DNS_TXT), "NODATA 7");
	assert_string_equal(ask(a, "c.example.com", SW_DNS_A), "NXDOMAIN 7");
	assert_string_equal(ask(a, "c.example.com", SW_DNS_A), "NXDOMAIN 7");
	script_dns_remove(a->s, "a.b.example.com", SW_DNS_A);
	assert_string_equal(ask(a, "a.b.example.com", SW_DNS_A), "NODATA 7");
}

static void aliases_and_their_loops(void **state)
{
	struct asker *a = *state;

	script_dns_zone(a->s, "www.example.com 20 CNAME web.example.com\n"
			      "web.example.com 10 CNAME host.example.com\n"
			      "host.example.com 30 A 192.0.2.9\n"
			      "dead.example.com 5 CNAME gone.example.net\n"
			      "loop.example.com CNAME LOOP.example.com\n");
	assert_string_equal(ask(a, "www.example.com", SW_DNS_A), "OK 10 192.0.2.9");
	assert_string_equal(ask(a, "www.example.com", SW_DNS_MX), "NODATA 10");
	assert_string_equal(ask(a, "dead.example.com", SW_DNS_A), "NXDOMAIN 5");
	assert_string_equal(ask(a, "loop.example.com", SW_DNS_A), "TEMPFAIL 2");
}

static void stars_stand_for_what_does_not_exist(void **state)
{
	struct asker *a = *state;

	script_dns_zone(a->s, "*.bl.example A 127.0.0.2\nx.here.bl.example TXT t");
	assert_string_equal(ask(a, "4.3.2.1.bl.example", SW_DNS_A), "OK 300 127.0.0.2");
	assert_string_equal(ask(a, "here.bl.example", SW_DNS_A), "NODATA 300");
	assert_string_equal(ask(a, "y.here.bl.example", SW_DNS_A), "NXDOMAIN 300");
	assert_string_equal(ask(a, "bl.example", SW_DNS_A), "NODATA 300");
}

static void names_that_are_none(void **state)
{
	struct asker *a = *state;
	char name[600];

	memset(name, 'a', 63);
	strcpy(name + 63, ".example");
	assert_string_equal(ask(a, name, SW_DNS_A), "NXDOMAIN 300");
	memset(name, 'a', 64);
	strcpy(name + 64, ".example");
	assert_string_equal(ask(a, name, SW_DNS_A), "TEMPFAIL 4");
	assert_string_equal(ask(a, "a..example", SW_DNS_A), "TEMPFAIL 4");
	assert_string_equal(ask(a, ".example", SW_DNS_A), "TEMPFAIL 4");
	assert_string_equal(ask(a, "a\\9.example", SW_DNS_A), "TEMPFAIL 4");
	assert_string_equal(ask(a, "a\\300.example", SW_DNS_A), "TEMPFAIL 4");
	for (int i = 0; i < 300; i++)
		memcpy(name + i * 2L, "a.", 2);
	name[254] = '\0';
	assert_string_equal(ask(a, name, SW_DNS_A),
			    "NXDOMAIN 300"); /* the last dot does not count */
	strcpy(name + 253, "aa");
	assert_string_equal(ask(a, name, SW_DNS_A), "TEMPFAIL 4");
	assert_string_equal(ask(a, "", SW_DNS_A), "NXDOMAIN 300");
}

static void escapes_are_one_name(void **state)
{
	struct asker *a = *state;

	script_dns_add(a->s, "a\\.b\\032c\\200.example", SW_DNS_A, "192.0.2.1", 9);
	assert_string_equal(ask(a, "A\\046\\B c\xc8.example", SW_DNS_A), "OK 9 192.0.2.1");
	assert_string_equal(ask(a, "b c\\200.example", SW_DNS_A), "NXDOMAIN 300");
}

static void troubles_come_and_go(void **state)
{
	struct asker *a = *state;

	script_dns_zone(a->s, "x.example A 192.0.2.1\nx.example TXT t\ny.example SERVFAIL");
	script_dns_trouble(a->s, "x.example", SW_DNS_A, SW_DNS_TIMEOUT);
	assert_string_equal(ask(a, "x.example", SW_DNS_A), "TEMPFAIL 1");
	assert_string_equal(ask(a, "x.example", SW_DNS_TXT), "OK 300 [t]");
	assert_string_equal(ask(a, "y.example", SW_DNS_PTR), "TEMPFAIL 2");
	script_dns_trouble(a->s, "x.example", 0, SW_DNS_TROUBLE_NONE);
	assert_string_equal(ask(a, "x.example", SW_DNS_A), "OK 300 192.0.2.1");
	script_dns_down(a->s, SW_DNS_NO_SERVER);
	assert_string_equal(ask(a, "x.example", SW_DNS_A), "TEMPFAIL 5");
}

static void answers_in_the_order_of_the_test(void **state)
{
	struct asker *a = *state;
	struct one one[] = { { a, 'a' }, { a, 'b' }, { a, 'c' }, { a, 'd' }, { a, 'e' } };
	const struct sw_dns *dns = script_dns_dns(a->s);
	sw_dns_ticket ticket[5];
	char name[] = "a.example";

	script_dns_hold(a->s, true);
	for (unsigned i = 0; i < 5; i++) {
		name[0] = one[i].letter;
		ticket[i] = sw_dns_ask(dns, name, SW_DNS_A, take_letter, &one[i]);
		assert_int_not_equal(ticket[i], 0);
	}
	sw_dns_cancel(dns, ticket[3]);
	sw_dns_cancel(dns, ticket[3]);
	sw_dns_cancel(dns, 0);
	assert_int_equal(script_dns_waiting(a->s), 4);
	assert_int_equal(script_dns_cancelled(a->s), 1);
	assert_true(script_dns_step_at(a->s, 1));
	assert_true(script_dns_step_for(a->s, "e.example", SW_DNS_A));
	assert_false(script_dns_step_for(a->s, "e.example", SW_DNS_A));
	assert_int_equal(script_dns_run(a->s), 2);
	assert_string_equal(a->order, "beac");
	assert_false(script_dns_step(a->s));
}

static void answers_in_the_order_of_time(void **state)
{
	struct asker *a = *state;
	struct one one[] = { { a, 'a' }, { a, 'b' }, { a, 'c' } };
	const struct sw_dns *dns = script_dns_dns(a->s);

	script_dns_zone(a->s, "a.example DELAY 300\nb.example DELAY 100");
	sw_dns_ask(dns, "a.example", SW_DNS_A, take_letter, &one[0]);
	sw_dns_ask(dns, "b.example", SW_DNS_A, take_letter, &one[1]);
	sw_dns_ask(dns, "c.example", SW_DNS_A, take_letter, &one[2]);
	assert_string_equal(a->order, "c");
	script_dns_pass(a->s, 99);
	assert_string_equal(a->order, "c");
	script_dns_pass(a->s, 500);
	assert_string_equal(a->order, "cba");
}

static void lines_that_are_none(void **state)
{
	struct asker *a = *state;
	static const char *const lines[] = {
		"",
		"x.example",
		"x.example A",
		"x.example A 1.2.3",
		"x.example B 1",
		"x.example 3x A 1.1.1.1",
		"x..y A 1.1.1.1",
		"x.example MX mail",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_false(script_dns_line(a->s, lines[i], strlen(lines[i])));
	assert_string_equal(ask(a, "x.example", SW_DNS_A), "NXDOMAIN 300");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(records_of_every_type, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_not_there, setup, teardown),
		cmocka_unit_test_setup_teardown(aliases_and_their_loops, setup, teardown),
		cmocka_unit_test_setup_teardown(stars_stand_for_what_does_not_exist, setup,
						teardown),
		cmocka_unit_test_setup_teardown(names_that_are_none, setup, teardown),
		cmocka_unit_test_setup_teardown(escapes_are_one_name, setup, teardown),
		cmocka_unit_test_setup_teardown(troubles_come_and_go, setup, teardown),
		cmocka_unit_test_setup_teardown(answers_in_the_order_of_the_test, setup, teardown),
		cmocka_unit_test_setup_teardown(answers_in_the_order_of_time, setup, teardown),
		cmocka_unit_test_setup_teardown(lines_that_are_none, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
