/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of the DNS: text, bytes and back; what is none; pointers that lead nowhere. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "dns/address.h"
#include "dns/hash.h"
#include "dns/name.h"
#include "support/random.h"

static void same(const char *text, const char *want)
{
	char out[SW_DNS_NAME];
	struct sw_dns_name name;

	assert_int_equal(sw_dns_name_parse(text, &name), 0);
	assert_true(sw_dns_name_is_wire(name.wire, name.n));
	assert_int_equal(sw_dns_name_format(&name, out), 0);
	assert_string_equal(out, want);
}

static void text_and_back(void **unused)
{
	same("example.org", "example.org");
	same("EXAMPLE.Org.", "example.org");
	same("a", "a");
	same("2.0.0.127.zen.example", "2.0.0.127.zen.example");
	same("_spf.example", "_spf.example");
	same("\\065b.c", "ab.c"); /* by its number, and lower case */
	same("a\\.b.c", "a\\046b.c");
	same("a\\\\b", "a\\092b");
	same("a b", "a\\032b");
	same("\\000\\255.x", "\\000\\255.x");
	same("m\xc3\xbcller.de", "m\\195\\188ller.de");
}

static void is_none(const char *text)
{
	struct sw_dns_name name;

	if (sw_dns_name_parse(text, &name) != -EINVAL)
		fail_msg("\"%s\" is taken for a name", text);
}

static void what_is_no_name(void **unused)
{
	char text[600];

	is_none("");
	is_none(".");
	is_none(".a");
	is_none("a..b");
	is_none("a..");
	is_none("a\\");
	is_none("a\\1");
	is_none("a\\12");
	is_none("a\\1x2");
	is_none("a\\256");
	snprintf(text, sizeof(text), "%064d.x", 0);
	is_none(text);
	snprintf(text, sizeof(text), "%063d.%063d.%063d.%062d", 0, 0, 0, 0);
	is_none(text);
}

static void as_long_as_can_be(void **unused)
{
	char text[300], out[SW_DNS_NAME];
	struct sw_dns_name name;

	snprintf(text, sizeof(text), "%063d.%063d.%063d.%061d", 0, 0, 0, 0);
	assert_int_equal(strlen(text), 253);
	same(text, text);
	assert_int_equal(sw_dns_name_parse(text, &name), 0);
	assert_int_equal(name.n, SW_DNS_WIRE);
	strcat(text, ".");
	assert_int_equal(sw_dns_name_parse(text, &name), 0);
	/* the same with a byte that has to be escaped is too long as text */
	name.wire[1] = 7;
	assert_int_equal(sw_dns_name_format(&name, out), -ENAMETOOLONG);
}

static void root_is_empty(void **unused)
{
	const struct sw_dns_name root = { .n = 1 };
	char out[SW_DNS_NAME];

	assert_int_equal(sw_dns_name_format(&root, out), 0);
	assert_string_equal(out, "");
}

static int read_at(const uint8_t *message, size_t n, size_t at, struct sw_dns_name *name)
{
	size_t end = at, skipped = at;
	int code = sw_dns_name_read(message, n, &end, name);

	if (!code) {
		assert_int_equal(sw_dns_name_skip(message, n, &skipped), 0);
		assert_int_equal(skipped, end);
		assert_true(sw_dns_name_is_wire(name->wire, name->n));
	}
	return code;
}

static void compressed(void **unused)
{
	static const uint8_t m[] = {
		3, 'O', 'r', 'G', 0, 1, 'a', 0xc0, 0, 0xc0, 5, 1, 'b', 0xc0, 9
	};
	struct sw_dns_name name, want;
	size_t at = 11;

	assert_int_equal(sw_dns_name_read(m, sizeof(m), &at, &name), 0);
	assert_int_equal(at, sizeof(m));
	assert_int_equal(sw_dns_name_parse("b.a.org", &want), 0);
	assert_true(sw_dns_name_equal(&name, &want));
}

static void pointers_that_do_not_lead_back(void **unused)
{
	static const uint8_t self[] = { 0xc0, 0 };
	static const uint8_t pair[] = { 0xc0, 2, 0xc0, 0 };
	static const uint8_t forward[] = { 0xc0, 2, 1, 'a', 0 };
	static const uint8_t into_itself[] = { 1, 'a', 0xc0, 0 };
	static const uint8_t cut[] = { 1, 'a', 0xc0 };
	static const uint8_t label[] = { 5, 'a', 'b' };
	static const uint8_t kind[] = { 0x41, 'a', 0 };
	struct sw_dns_name name;

	assert_int_equal(read_at(self, sizeof(self), 0, &name), -EBADMSG);
	assert_int_equal(read_at(pair, sizeof(pair), 0, &name), -EBADMSG);
	assert_int_equal(read_at(pair, sizeof(pair), 2, &name), -EBADMSG);
	assert_int_equal(read_at(forward, sizeof(forward), 0, &name), -EBADMSG);
	assert_int_equal(read_at(into_itself, sizeof(into_itself), 0, &name), -EBADMSG);
	assert_int_equal(read_at(cut, sizeof(cut), 0, &name), -EBADMSG);
	assert_int_equal(read_at(label, sizeof(label), 0, &name), -EBADMSG);
	assert_int_equal(read_at(kind, sizeof(kind), 0, &name), -EBADMSG);
	assert_int_equal(read_at(label, 0, 0, &name), -EBADMSG);
}

/* A chain of pointers, each to the one before. */
static void long_chain_of_pointers(void **unused)
{
	uint8_t m[3 + 2 * 1000] = { 1, 'a', 0 };
	struct sw_dns_name name;

	for (size_t i = 0; i < 1000; i++) {
		size_t to = i ? 3 + 2 * (i - 1) : 0;

		m[3 + 2 * i] = (uint8_t)(0xc0 | to >> 8);
		m[4 + 2 * i] = (uint8_t)to;
	}
	assert_int_equal(read_at(m, sizeof(m), 3 + 2 * 20, &name), 0);
	assert_int_equal(read_at(m, sizeof(m), 3 + 2 * 999, &name), -EBADMSG);
}

static void too_long_by_pointers(void **unused)
{
	uint8_t m[64 * 5 + 2] = { 0 };
	size_t at = 1;
	struct sw_dns_name name;

	/* labels of 63 that each go on with the one before: the fifth is too much */
	for (int i = 0; i < 4; i++) {
		size_t before = i ? at - 66 : 0;

		m[at] = 63;
		memset(m + at + 1, 'x', 63);
		m[at + 64] = (uint8_t)(0xc0 | before >> 8);
		m[at + 65] = (uint8_t)before;
		assert_int_equal(read_at(m, sizeof(m), at, &name), i < 3 ? 0 : -EBADMSG);
		at += 66;
		if (at + 66 > sizeof(m))
			break;
	}
}

static void random_bytes(void **unused)
{
	uint64_t state = 7;
	uint8_t m[64];

	for (int round = 0; round < 200000; round++) {
		struct sw_dns_name name;
		size_t n = sw_random(&state) % sizeof(m);

		for (size_t i = 0; i < n; i++) {
			uint64_t r = sw_random(&state);

			m[i] = (uint8_t)(r % 3 ? r >> 8 & 7 : r % 7 ? r >> 8 : 0xc0 | (r >> 8 & 1));
		}
		read_at(m, n, n ? sw_random(&state) % n : 0, &name);
	}
}

static void within(void **unused)
{
	static const char *const yes[][2] = {
		{ "a.b", "b" }, { "a.b", "a.b" }, { "x.a.b", "a.b" }, { "A.B", "b" }
	};
	static const char *const no[][2] = { { "b", "a.b" }, { "xb", "b" }, { "a.b", "a" } };
	const struct sw_dns_name root = { .n = 1 };
	struct sw_dns_name a, b;

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		sw_dns_name_parse(yes[i][0], &a);
		sw_dns_name_parse(yes[i][1], &b);
		assert_true(sw_dns_name_is_within(&a, &b));
		assert_true(sw_dns_name_is_within(&a, &root));
	}
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		sw_dns_name_parse(no[i][0], &a);
		sw_dns_name_parse(no[i][1], &b);
		assert_false(sw_dns_name_is_within(&a, &b));
	}
}

static void what_is_not_wire(void **unused)
{
	static const uint8_t upper[] = { 1, 'A', 0 }, open[] = { 1, 'a' }, more[] = { 0, 0 },
			     pointer[] = { 0xc0, 0 }, good[] = { 1, 'a', 0 };

	assert_true(sw_dns_name_is_wire(good, sizeof(good)));
	assert_false(sw_dns_name_is_wire(upper, sizeof(upper)));
	assert_false(sw_dns_name_is_wire(open, sizeof(open)));
	assert_false(sw_dns_name_is_wire(more, sizeof(more)));
	assert_false(sw_dns_name_is_wire(pointer, sizeof(pointer)));
	assert_false(sw_dns_name_is_wire(good, 0));
}

/* The vectors of the paper: key 00 to 0f, data 00, 01, ... */
static void hash_is_siphash(void **unused)
{
	uint8_t key[SW_DNS_SEED], data[15];

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)i;
	assert_true(sw_dns_hash(key, data, 15) == 0xa129ca6149be45e5);
	assert_true(sw_dns_hash(key, data, 0) == 0x726fdb47dd0e0e31);
	assert_true(sw_dns_hash(key, data, 8) == 0x93f5f5799a932462);
}

static void address_is(const char *text, const char *want, int port)
{
	struct sw_dns_address a;

	assert_int_equal(sw_dns_address_parse(text, &a), 0);
	assert_string_equal(a.text, want);
	assert_int_equal(a.port, port);
}

static void addresses(void **unused)
{
	static const char *const none[] = { "",
					    "x",
					    "1.2.3",
					    "1.2.3.4:",
					    "1.2.3.4:0",
					    "1.2.3.4:65536",
					    "1.2.3.4:5x",
					    "[::1",
					    "[1.2.3.4]:5",
					    "[::1]5",
					    "::1%lo",
					    "[::1]:",
					    "1.2.3.4:123456789012345678901",
					    "fe80::1::2" };
	struct sw_dns_address a;

	address_is("192.0.2.1", "192.0.2.1", 53);
	address_is("192.0.2.1:53", "192.0.2.1", 53);
	address_is("192.0.2.1:5353", "192.0.2.1:5353", 5353);
	address_is("2001:db8::1", "2001:db8::1", 53);
	address_is("[2001:DB8::1]", "2001:db8::1", 53);
	address_is("[2001:db8::1]:5353", "[2001:db8::1]:5353", 5353);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (sw_dns_address_parse(none[i], &a) != -EINVAL)
			fail_msg("\"%s\" is taken for an address", none[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_and_back),
		cmocka_unit_test(what_is_no_name),
		cmocka_unit_test(as_long_as_can_be),
		cmocka_unit_test(root_is_empty),
		cmocka_unit_test(compressed),
		cmocka_unit_test(pointers_that_do_not_lead_back),
		cmocka_unit_test(long_chain_of_pointers),
		cmocka_unit_test(too_long_by_pointers),
		cmocka_unit_test(random_bytes),
		cmocka_unit_test(within),
		cmocka_unit_test(what_is_not_wire),
		cmocka_unit_test(hash_is_siphash),
		cmocka_unit_test(addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
