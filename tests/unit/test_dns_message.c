/* SPDX-License-Identifier: GPL-2.0-only */
/* Answers of the DNS: what they say, and what they cannot make us believe. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "dns/message.h"
#include "support/dns_wire.h"
#include "support/random.h"

static struct dns_wire wire;

static struct sw_dns_name name_of(const char *text)
{
	struct sw_dns_name name;

	assert_int_equal(sw_dns_name_parse(text, &name), 0);
	return name;
}

/* What the message says to "name.example" of @type. */
static int read_as(uint16_t type, struct sw_dns_reply **ret)
{
	struct sw_dns_name name = name_of("name.example");
	/* of just its size, so that reading beyond its end is found */
	uint8_t *exact = malloc(wire.n ? wire.n : 1);
	int code;

	memcpy(exact, wire.bytes, wire.n);
	code = sw_dns_message_reply(exact, wire.n, &name, type, ret);
	free(exact);
	return code;
}

static struct sw_dns_reply *reply_as(uint16_t type)
{
	struct sw_dns_reply *reply = NULL;

	assert_int_equal(read_as(type, &reply), 0);
	return reply;
}

static void start(uint16_t type, unsigned rcode)
{
	dns_wire_start(&wire, "name.example", type, rcode);
}

static void is_status(uint16_t type, enum sw_dns_status status, enum sw_dns_trouble trouble,
		      uint32_t ttl)
{
	struct sw_dns_reply *reply = reply_as(type);

	assert_int_equal(reply->answer.status, status);
	assert_int_equal(reply->answer.trouble, trouble);
	assert_int_equal(reply->answer.ttl, ttl);
	if (status != SW_DNS_OK)
		assert_int_equal(reply->answer.n, 0);
	sw_dns_reply_drop(reply);
}

static void is_malformed(uint16_t type)
{
	is_status(type, SW_DNS_TEMPFAIL, SW_DNS_MALFORMED, 0);
}

/* ---- questions ---- */

static void question_as_it_goes_out(void **unused)
{
	uint8_t query[SW_DNS_QUERY];
	struct sw_dns_name name = name_of("name.example"), read;
	size_t n = sw_dns_message_ask(&name, SW_DNS_TXT, 0x1234, 1232, query);
	uint16_t type;

	assert_int_equal(n, 12 + 14 + 4 + 11);
	assert_memory_equal(query, "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x01", 12);
	assert_memory_equal(query + n - 11, "\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x00", 11);
	assert_int_equal(sw_dns_message_question(query, n, &read, &type), -EBADMSG);
	query[2] |= 0x80;
	assert_int_equal(sw_dns_message_question(query, n, &read, &type), 0);
	assert_true(sw_dns_name_equal(&name, &read));
	assert_int_equal(type, SW_DNS_TXT);
	assert_int_equal(sw_dns_message_ask(&name, SW_DNS_TXT, 0, 0, query), n - 11);
}

/* ---- records ---- */

static void addresses(void **unused)
{
	struct sw_dns_reply *reply;

	start(SW_DNS_A, 0);
	dns_wire_a(&wire, NULL, 300, "127.0.0.2");
	dns_wire_a(&wire, "NAME.example", 200, "127.0.0.4");
	reply = reply_as(SW_DNS_A);
	assert_int_equal(reply->answer.status, SW_DNS_OK);
	assert_int_equal(reply->answer.n, 2);
	assert_int_equal(reply->answer.ttl, 200);
	assert_memory_equal(reply->answer.record[0].a, "\x7f\0\0\x02", 4);
	assert_memory_equal(reply->answer.record[1].a, "\x7f\0\0\x04", 4);
	sw_dns_reply_drop(reply);

	start(SW_DNS_AAAA, 0);
	dns_wire_aaaa(&wire, NULL, 60, "2001:db8::1");
	reply = reply_as(SW_DNS_AAAA);
	assert_int_equal(reply->answer.n, 1);
	assert_int_equal(reply->answer.record[0].aaaa[15], 1);
	sw_dns_reply_drop(reply);
}

static void names(void **unused)
{
	struct sw_dns_reply *reply;

	start(SW_DNS_PTR, 0);
	dns_wire_name(&wire, NULL, SW_DNS_PTR, 60, "MX1.Example.org");
	dns_wire_name(&wire, NULL, SW_DNS_PTR, 60, "a\\000b.example");
	reply = reply_as(SW_DNS_PTR);
	assert_int_equal(reply->answer.n, 2);
	assert_string_equal(reply->answer.record[0].name, "mx1.example.org");
	assert_string_equal(reply->answer.record[1].name, "a\\000b.example");
	sw_dns_reply_drop(reply);

	start(SW_DNS_MX, 0);
	dns_wire_mx(&wire, NULL, 60, 258, "mx.example");
	dns_wire_mx(&wire, NULL, 60, 0, "");
	reply = reply_as(SW_DNS_MX);
	assert_int_equal(reply->answer.n, 2);
	assert_int_equal(reply->answer.record[0].preference, 258);
	assert_string_equal(reply->answer.record[0].name, "mx.example");
	assert_string_equal(reply->answer.record[1].name, "");
	sw_dns_reply_drop(reply);
}

static void texts(void **unused)
{
	struct sw_dns_reply *reply;
	char text[600];

	snprintf(text, sizeof(text), "%0599d", 7);
	start(SW_DNS_TXT, 0);
	dns_wire_txt(&wire, NULL, 60, text);
	dns_wire_txt(&wire, NULL, 60, "");
	dns_wire_record(&wire, DNS_ANSWER, NULL, SW_DNS_TXT, 60, "\x02v=\x03s\0f", 7);
	dns_wire_record(&wire, DNS_ANSWER, NULL, SW_DNS_TXT, 60, "", 0);
	reply = reply_as(SW_DNS_TXT);
	assert_int_equal(reply->answer.n, 4);
	assert_int_equal(reply->answer.record[0].txt.n, 599);
	assert_string_equal(reply->answer.record[0].txt.bytes, text);
	assert_int_equal(reply->answer.record[1].txt.n, 0);
	assert_int_equal(reply->answer.record[2].txt.n, 5);
	assert_memory_equal(reply->answer.record[2].txt.bytes, "v=s\0f", 6);
	assert_string_equal(reply->answer.record[3].txt.bytes, "");
	sw_dns_reply_drop(reply);
}

static void records_of_others_are_nothing(void **unused)
{
	start(SW_DNS_A, 0);
	dns_wire_a(&wire, "other.example", 300, "127.0.0.2");
	dns_wire_record(&wire, DNS_ANSWER, NULL, SW_DNS_TXT, 60, "\x01x", 2);
	dns_wire_soa(&wire, "example", 100, 90);
	is_status(SW_DNS_A, SW_DNS_NODATA, SW_DNS_TROUBLE_NONE, 90);

	/* of another class */
	start(SW_DNS_A, 0);
	dns_wire_a(&wire, NULL, 300, "127.0.0.2");
	wire.bytes[wire.n - 11] = 3;
	is_status(SW_DNS_A, SW_DNS_NODATA, SW_DNS_TROUBLE_NONE, 0);
}

/* That there is nothing has to be said, not to be read between lines that are wrong. */
static void records_of_nobody_are_no_absence(void **unused)
{
	size_t owner;

	for (unsigned rcode = 0; rcode <= 3; rcode += 3) {
		start(SW_DNS_A, rcode);
		dns_wire_a(&wire, "other.example", 300, "127.0.0.2");
		is_malformed(SW_DNS_A);
		/* an owner that is a pointer to itself, or to what comes later */
		for (unsigned ahead = 0; ahead <= 4; ahead += 4) {
			start(SW_DNS_A, rcode);
			owner = wire.n;
			dns_wire_a(&wire, NULL, 300, "127.0.0.2");
			wire.bytes[owner + 1] = (uint8_t)(owner + ahead);
			dns_wire_soa(&wire, "example", 100, 90);
			is_malformed(SW_DNS_A);
		}
	}
	start(SW_DNS_A, 0);
	dns_wire_name(&wire, NULL, DNS_TYPE_CNAME, 500, "b.other");
	dns_wire_a(&wire, "c.other", 300, "127.0.0.2");
	is_malformed(SW_DNS_A);
}

static void ttl_with_the_sign_is_none(void **unused)
{
	start(SW_DNS_A, 0);
	dns_wire_a(&wire, NULL, 0x80000001, "127.0.0.2");
	is_status(SW_DNS_A, SW_DNS_OK, SW_DNS_TROUBLE_NONE, 0);
}

/* A name that cannot be said in SW_DNS_NAME bytes: as if it were not there. */
static void name_that_cannot_be_said(void **unused)
{
	uint8_t data[1 + 63 + 1 + 63 + 1] = { 63 };

	data[64] = 63; /* all other bytes are 0: four each as text */
	start(SW_DNS_PTR, 0);
	dns_wire_record(&wire, DNS_ANSWER, NULL, SW_DNS_PTR, 50, data, sizeof(data));
	is_status(SW_DNS_PTR, SW_DNS_NODATA, SW_DNS_TROUBLE_NONE, 50);
	dns_wire_name(&wire, NULL, SW_DNS_PTR, 60, "a.example");
	is_status(SW_DNS_PTR, SW_DNS_OK, SW_DNS_TROUBLE_NONE, 50);
}

static void more_than_are_kept(void **unused)
{
	struct sw_dns_reply *reply;

	start(SW_DNS_A, 0);
	for (int i = 0; i < 3000; i++)
		dns_wire_a(&wire, NULL, 300, "127.0.0.2");
	reply = reply_as(SW_DNS_A);
	assert_int_equal(reply->answer.n, SW_DNS_RECORDS);
	sw_dns_reply_drop(reply);
}

static void data_that_is_wrong(uint16_t type, const char *data, size_t n)
{
	start(type, 0);
	dns_wire_record(&wire, DNS_ANSWER, NULL, type, 60, data, n);
	is_malformed(type);
}

static void data_of_the_wrong_shape(void **unused)
{
	data_that_is_wrong(SW_DNS_A, "\x7f\0\0", 3);
	data_that_is_wrong(SW_DNS_A, "\x7f\0\0\x02\0", 5);
	data_that_is_wrong(SW_DNS_AAAA, "\x7f\0\0\x02", 4);
	data_that_is_wrong(SW_DNS_TXT,
			   "\x05"
			   "abc",
			   4);
	data_that_is_wrong(SW_DNS_PTR, "", 0);
	data_that_is_wrong(SW_DNS_PTR, "\x01", 1);
	data_that_is_wrong(SW_DNS_PTR,
			   "\x01"
			   "a\0x",
			   4); /* more behind it */
	data_that_is_wrong(SW_DNS_PTR, "\xc0\xff", 2);
	data_that_is_wrong(SW_DNS_MX, "\0", 1);
	data_that_is_wrong(SW_DNS_MX, "\0\x0a", 2);
}

/* ---- CNAMEs ---- */

static void chain_in_order(void **unused)
{
	start(SW_DNS_A, 0);
	dns_wire_name(&wire, NULL, DNS_TYPE_CNAME, 500, "b.example");
	dns_wire_name(&wire, "b.example", DNS_TYPE_CNAME, 20, "C.example");
	dns_wire_a(&wire, "c.EXAMPLE", 300, "192.0.2.1");
	is_status(SW_DNS_A, SW_DNS_OK, SW_DNS_TROUBLE_NONE, 20);
}

static void chain_in_any_order(void **unused)
{
	start(SW_DNS_A, 0);
	dns_wire_a(&wire, "c.example", 300, "192.0.2.1");
	dns_wire_name(&wire, "b.example", DNS_TYPE_CNAME, 200, "c.example");
	dns_wire_name(&wire, NULL, DNS_TYPE_CNAME, 500, "b.example");
	is_status(SW_DNS_A, SW_DNS_OK, SW_DNS_TROUBLE_NONE, 200);
}

static void chain_to_nothing(void **unused)
{
	start(SW_DNS_A, 3);
	dns_wire_name(&wire, NULL, DNS_TYPE_CNAME, 500, "b.other");
	dns_wire_soa(&wire, "other", 900, 800);
	is_status(SW_DNS_A, SW_DNS_NXDOMAIN, SW_DNS_TROUBLE_NONE, 500);

	start(SW_DNS_A, 0);
	dns_wire_name(&wire, NULL, DNS_TYPE_CNAME, 500, "b.other");
	dns_wire_soa(&wire, "other", 900, 100);
	is_status(SW_DNS_A, SW_DNS_NODATA, SW_DNS_TROUBLE_NONE, 100);
}

static void chain_that_is_a_loop(void **unused)
{
	start(SW_DNS_A, 0);
	dns_wire_name(&wire, NULL, DNS_TYPE_CNAME, 500, "name.example");
	is_malformed(SW_DNS_A);

	start(SW_DNS_A, 0);
	dns_wire_name(&wire, NULL, DNS_TYPE_CNAME, 500, "b.example");
	dns_wire_name(&wire, "b.example", DNS_TYPE_CNAME, 500, "name.example");
	is_malformed(SW_DNS_A);
}

static void chain_of(int n)
{
	char from[32], to[32];

	start(SW_DNS_A, 0);
	dns_wire_name(&wire, NULL, DNS_TYPE_CNAME, 500, "n0.example");
	for (int i = 1; i < n; i++) {
		snprintf(from, sizeof(from), "n%d.example", i - 1);
		snprintf(to, sizeof(to), "n%d.example", i);
		dns_wire_name(&wire, from, DNS_TYPE_CNAME, 500, to);
	}
	snprintf(to, sizeof(to), "n%d.example", n - 1);
	dns_wire_a(&wire, to, 500, "192.0.2.1");
}

static void chain_that_is_long(void **unused)
{
	chain_of(SW_DNS_CHAIN);
	is_status(SW_DNS_A, SW_DNS_OK, SW_DNS_TROUBLE_NONE, 500);
	chain_of(SW_DNS_CHAIN + 1);
	is_malformed(SW_DNS_A);
}

static void cname_with_bad_data(void **unused)
{
	start(SW_DNS_A, 0);
	dns_wire_record(&wire, DNS_ANSWER, NULL, DNS_TYPE_CNAME, 60,
			"\x01"
			"a\0x",
			4);
	is_malformed(SW_DNS_A);
}

/* ---- absence, RFC 2308 ---- */

static void absence(void **unused)
{
	start(SW_DNS_A, 3);
	dns_wire_soa(&wire, "example", 900, 60);
	is_status(SW_DNS_A, SW_DNS_NXDOMAIN, SW_DNS_TROUBLE_NONE, 60);

	start(SW_DNS_A, 3);
	dns_wire_soa(&wire, "", 30, 60);
	is_status(SW_DNS_A, SW_DNS_NXDOMAIN, SW_DNS_TROUBLE_NONE, 30);

	start(SW_DNS_A, 0);
	dns_wire_soa(&wire, "name.example", 900, 60);
	is_status(SW_DNS_A, SW_DNS_NODATA, SW_DNS_TROUBLE_NONE, 60);
}

static void absence_without_a_word_on_time(void **unused)
{
	start(SW_DNS_A, 3);
	is_status(SW_DNS_A, SW_DNS_NXDOMAIN, SW_DNS_TROUBLE_NONE, 0);
	start(SW_DNS_A, 0);
	is_status(SW_DNS_A, SW_DNS_NODATA, SW_DNS_TROUBLE_NONE, 0);
	/* somebody else's zone */
	start(SW_DNS_A, 3);
	dns_wire_soa(&wire, "other", 900, 60);
	is_status(SW_DNS_A, SW_DNS_NXDOMAIN, SW_DNS_TROUBLE_NONE, 0);
}

static void referral_is_no_absence(void **unused)
{
	start(SW_DNS_A, 0);
	dns_wire_record(&wire, DNS_AUTHORITY, "example", DNS_TYPE_NS, 60, "\x02ns\0", 4);
	is_status(SW_DNS_A, SW_DNS_TEMPFAIL, SW_DNS_REFUSED, 0);
	dns_wire_soa(&wire, "example", 900, 60);
	is_status(SW_DNS_A, SW_DNS_NODATA, SW_DNS_TROUBLE_NONE, 60);
}

/* An authoritative server that knows where the name leads, and not what is there. */
static void end_of_a_chain_that_is_left_to_us(void **unused)
{
	start(SW_DNS_A, 0);
	dns_wire_name(&wire, NULL, DNS_TYPE_CNAME, 500, "b.other");
	is_status(SW_DNS_A, SW_DNS_NODATA, SW_DNS_TROUBLE_NONE, 0);
	wire.bytes[3] &= 0x7f; /* does not resolve */
	is_status(SW_DNS_A, SW_DNS_TEMPFAIL, SW_DNS_REFUSED, 0);
}

static void absence_with_what_is_there(void **unused)
{
	start(SW_DNS_A, 3);
	dns_wire_a(&wire, NULL, 60, "127.0.0.2");
	is_malformed(SW_DNS_A);
}

static void soa_of_the_wrong_shape(void **unused)
{
	start(SW_DNS_A, 3);
	dns_wire_record(&wire, DNS_AUTHORITY, "example", DNS_TYPE_SOA, 60, "\0\0\0\0", 4);
	is_malformed(SW_DNS_A);
}

/* ---- no answer ---- */

static void codes(void **unused)
{
	static const struct {
		unsigned rcode;
		enum sw_dns_trouble trouble;
	} rows[] = {
		{ 2, SW_DNS_SERVFAIL }, { 5, SW_DNS_REFUSED },	 { 9, SW_DNS_REFUSED },
		{ 6, SW_DNS_SERVFAIL }, { 15, SW_DNS_SERVFAIL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		start(SW_DNS_A, rows[i].rcode);
		dns_wire_a(&wire, NULL, 60, "127.0.0.2");
		is_status(SW_DNS_A, SW_DNS_TEMPFAIL, rows[i].trouble, 0);
	}
}

static void add_opt(uint8_t extended)
{
	dns_wire_record(&wire, DNS_ADDITIONAL, "", DNS_TYPE_OPT, (uint32_t)extended << 24, "", 0);
}

static void extended_codes(void **unused)
{
	start(SW_DNS_A, 0);
	dns_wire_a(&wire, NULL, 60, "127.0.0.2");
	add_opt(0);
	is_status(SW_DNS_A, SW_DNS_OK, SW_DNS_TROUBLE_NONE, 60);

	start(SW_DNS_A, 0);
	dns_wire_a(&wire, NULL, 60, "127.0.0.2");
	add_opt(1); /* BADVERS */
	is_status(SW_DNS_A, SW_DNS_TEMPFAIL, SW_DNS_SERVFAIL, 0);
}

static void to_be_asked_otherwise(void **unused)
{
	struct sw_dns_reply *reply;

	start(SW_DNS_A, 0);
	dns_wire_truncated(&wire);
	assert_int_equal(read_as(SW_DNS_A, &reply), -EMSGSIZE);
	start(SW_DNS_A, 1);
	assert_int_equal(read_as(SW_DNS_A, &reply), -EPROTONOSUPPORT);
	start(SW_DNS_A, 4);
	assert_int_equal(read_as(SW_DNS_A, &reply), -EPROTONOSUPPORT);
	start(SW_DNS_A, 4);
	add_opt(0);
	is_status(SW_DNS_A, SW_DNS_TEMPFAIL, SW_DNS_REFUSED, 0);
	start(SW_DNS_A, 1);
	add_opt(0); /* it knows EDNS, and yet does not understand us */
	is_malformed(SW_DNS_A);
}

static void answer_to_something_else(void **unused)
{
	dns_wire_start(&wire, "other.example", SW_DNS_A, 0);
	dns_wire_a(&wire, NULL, 60, "127.0.0.2");
	is_malformed(SW_DNS_A);
	start(SW_DNS_TXT, 0);
	is_malformed(SW_DNS_A);
	start(SW_DNS_A, 0);
	wire.bytes[wire.n - 1] = 3; /* class */
	is_malformed(SW_DNS_A);
	start(SW_DNS_A, 0);
	wire.bytes[5] = 2; /* two questions */
	is_malformed(SW_DNS_A);
	start(SW_DNS_A, 0);
	wire.bytes[2] &= 0x7f; /* a question */
	is_malformed(SW_DNS_A);
	start(SW_DNS_A, 0);
	wire.bytes[2] |= 0x28; /* an update */
	is_malformed(SW_DNS_A);
}

/* Cut off anywhere it is malformed, or says what it would without the part that is cut. */
static void cut_anywhere(void **unused)
{
	size_t whole;

	start(SW_DNS_A, 0);
	dns_wire_name(&wire, NULL, DNS_TYPE_CNAME, 500, "b.example");
	dns_wire_a(&wire, "b.example", 60, "127.0.0.2");
	whole = wire.n;
	while (wire.n--)
		is_malformed(SW_DNS_A);
	wire.n = whole;
	is_status(SW_DNS_A, SW_DNS_OK, SW_DNS_TROUBLE_NONE, 60);
	wire.bytes[11] = 1; /* an additional record that is not there */
	is_status(SW_DNS_A, SW_DNS_OK, SW_DNS_TROUBLE_NONE, 60);
}

static void numbers_that_are_absurd(void **unused)
{
	for (int at = 6; at < 10; at++) {
		start(SW_DNS_A, 0);
		wire.bytes[at] = 0xff;
		is_malformed(SW_DNS_A);
	}
}

static void check_reply(const struct sw_dns_reply *reply, uint16_t type)
{
	const struct sw_dns_answer *a = &reply->answer;

	assert_int_equal(a->status == SW_DNS_OK, a->n > 0);
	assert_int_equal(a->status == SW_DNS_TEMPFAIL, a->trouble != SW_DNS_TROUBLE_NONE);
	for (size_t i = 0; i < a->n; i++) {
		if (type == SW_DNS_TXT)
			assert_int_equal(a->record[i].txt.bytes[a->record[i].txt.n], 0);
		if (type == SW_DNS_PTR || type == SW_DNS_MX)
			assert_true(strlen(a->record[i].name) < SW_DNS_NAME);
	}
}

/* Whole messages with some bytes changed. */
static void changed_at_random(void **unused)
{
	static const uint16_t types[] = { SW_DNS_A, SW_DNS_AAAA, SW_DNS_PTR, SW_DNS_MX,
					  SW_DNS_TXT };
	uint64_t state = 11;

	for (int round = 0; round < 50000; round++) {
		uint16_t type = types[sw_random(&state) % 5];
		struct sw_dns_reply *reply = NULL;

		start(type, sw_random(&state) % 8 ? 0 : 3);
		dns_wire_name(&wire, NULL, DNS_TYPE_CNAME, 500, "b.example");
		dns_wire_a(&wire, "b.example", 60, "127.0.0.2");
		dns_wire_name(&wire, "b.example", SW_DNS_PTR, 60, "x.b.example");
		dns_wire_mx(&wire, "b.example", 60, 10, "x.b.example");
		dns_wire_txt(&wire, "b.example", 60, "v=spf1 -all");
		dns_wire_aaaa(&wire, "b.example", 60, "::1");
		dns_wire_soa(&wire, "example", 60, 50);
		add_opt(0);
		for (uint64_t n = sw_random(&state) % 6; n; n--)
			wire.bytes[sw_random(&state) % wire.n] = (uint8_t)(sw_random(&state) >> 9);
		if (sw_random(&state) % 4 == 0)
			wire.n = sw_random(&state) % (wire.n + 1);
		if (read_as(type, &reply))
			continue;
		check_reply(reply, type);
		sw_dns_reply_drop(reply);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(question_as_it_goes_out),
		cmocka_unit_test(addresses),
		cmocka_unit_test(names),
		cmocka_unit_test(texts),
		cmocka_unit_test(records_of_others_are_nothing),
		cmocka_unit_test(records_of_nobody_are_no_absence),
		cmocka_unit_test(ttl_with_the_sign_is_none),
		cmocka_unit_test(name_that_cannot_be_said),
		cmocka_unit_test(more_than_are_kept),
		cmocka_unit_test(data_of_the_wrong_shape),
		cmocka_unit_test(chain_in_order),
		cmocka_unit_test(chain_in_any_order),
		cmocka_unit_test(chain_to_nothing),
		cmocka_unit_test(chain_that_is_a_loop),
		cmocka_unit_test(chain_that_is_long),
		cmocka_unit_test(cname_with_bad_data),
		cmocka_unit_test(absence),
		cmocka_unit_test(absence_without_a_word_on_time),
		cmocka_unit_test(referral_is_no_absence),
		cmocka_unit_test(end_of_a_chain_that_is_left_to_us),
		cmocka_unit_test(absence_with_what_is_there),
		cmocka_unit_test(soa_of_the_wrong_shape),
		cmocka_unit_test(codes),
		cmocka_unit_test(extended_codes),
		cmocka_unit_test(to_be_asked_otherwise),
		cmocka_unit_test(answer_to_something_else),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(numbers_that_are_absurd),
		cmocka_unit_test(changed_at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
