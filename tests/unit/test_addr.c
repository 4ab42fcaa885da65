/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses and prefixes: what is accepted, what is refused, against inet_pton(3)
 * where the two must agree, and ranges against a count of every address.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/addr.h"
#include "lib/err.h"

static int parse(const char *text, struct sw_prefix *p)
{
	/* A copy without NUL at the end, so that a sanitizer sees every step too far. */
	size_t n = strlen(text);
	char *copy = malloc(n ? n : 1);
	int err;

	assert_non_null(copy);
	memcpy(copy, text, n);
	err = sw_prefix_parse(copy, n, p);
	free(copy);
	return err;
}

static void assert_text(const char *in, const char *out)
{
	struct sw_prefix p;
	char buf[SW_PREFIX_TEXT];

	assert_int_equal(parse(in, &p), 0);
	assert_string_equal(sw_prefix_format(&p, buf), out);
}

static void test_accepted(void **state)
{
	static const char *const cases[][2] = {
		{ "0.0.0.0", "0.0.0.0" },
		{ "255.255.255.255", "255.255.255.255" },
		{ "192.0.2.1/32", "192.0.2.1" },
		{ "192.0.2.0/24", "192.0.2.0/24" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "128.0.0.0/1", "128.0.0.0/1" },
		{ "::", "::" },
		{ "::/0", "::/0" },
		{ "::1", "::1" },
		{ "1::", "1::" },
		{ "2001:DB8::/32", "2001:db8::/32" },
		{ "2001:0db8:0000:0000:0000:0000:0000:0001/128", "2001:db8::1" },
		{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" }, /* the first of two runs */
		{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" }, /* the longer of two runs */
		{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" }, /* one zero stays */
		{ "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0" },
		{ "::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8" },
		{ "::ffff:192.0.2.1", "::ffff:192.0.2.1" },
		{ "::ffff:c000:201", "::ffff:192.0.2.1" },
		{ "64:ff9b::192.0.2.33", "64:ff9b::c000:221" },
		{ "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304" },
		{ "ff02::/16", "ff02::/16" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_text(cases[i][0], cases[i][1]);
}

static void test_refused(void **state)
{
	static const struct {
		const char *text;
		int err;
	} cases[] = {
		{ "", -EINVAL },
		{ "1.2.3", -EINVAL },
		{ "1.2.3.", -EINVAL },
		{ "1.2.3.4.", -EINVAL },
		{ "1.2.3.4.5", -EINVAL },
		{ ".1.2.3.4", -EINVAL },
		{ "1..2.3", -EINVAL },
		{ "256.1.1.1", -EINVAL },
		{ "1.2.3.999", -EINVAL },
		{ "1.2.3.1234", -EINVAL },
		{ "010.1.2.3", -EINVAL },
		{ "1.2.3.00", -EINVAL },
		{ "1.2.3.4 ", -EINVAL },
		{ " 1.2.3.4", -EINVAL },
		{ "0x1.2.3.4", -EINVAL },
		{ "+1.2.3.4", -EINVAL },
		{ "16909060", -EINVAL },
		{ "1.2.3.4/", -EINVAL },
		{ "1.2.3.4/x", -EINVAL },
		{ "1.2.3.4/-1", -EINVAL },
		{ "1.2.3.4/024", -EINVAL },
		{ "1.2.3.4/255.255.255.0", -EINVAL },
		{ "1.2.3.4/33", -ERANGE },
		{ "1.2.3.4/4294967328", -ERANGE },
		{ "1.2.3.4/99999999999999999999", -ERANGE },
		{ "1.2.3.4/24", -EDOM },
		{ "1.2.3.4/0", -EDOM },
		{ ":", -EINVAL },
		{ ":::", -EINVAL },
		{ ":1:2:3:4:5:6:7", -EINVAL },
		{ "1:2:3:4:5:6:7", -EINVAL },
		{ "1:2:3:4:5:6:7:", -EINVAL },
		{ "1:2:3:4:5:6:7:8:9", -EINVAL },
		{ "1:2:3:4::5:6:7:8", -EINVAL },
		{ "1:2:3:4:5:6:7:8::", -EINVAL },
		{ "::1::", -EINVAL },
		{ "12345::", -EINVAL },
		{ "::g", -EINVAL },
		{ "::1.2.3", -EINVAL },
		{ "::1.2.3.4:5", -EINVAL },
		{ "1:2:3:4:5:6:7:1.2.3.4", -EINVAL },
		{ "fe80::1%eth0", -EINVAL },
		{ "[::1]", -EINVAL },
		{ "::/129", -ERANGE },
		{ "1::/0", -EDOM },
		{ "2001:db8::1/64", -EDOM },
		{ "example.org", -EINVAL },
		{ "dead", -EINVAL },
	};
	struct sw_prefix p;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sw_prefix before = { .hi = 7, .lo = 7, .family = 7, .len = 7 };

		p = before;
		if (parse(cases[i].text, &p) != cases[i].err)
			fail_msg("\"%s\": %d, expected %d", cases[i].text, parse(cases[i].text, &p),
				 cases[i].err);
		if (cases[i].err != -EDOM)
			assert_memory_equal(&p, &before, sizeof(p));
	}
}

static void test_host_bits_give_the_prefix_meant(void **state)
{
	char buf[SW_PREFIX_TEXT];
	struct sw_prefix p;

	assert_int_equal(parse("172.16.1.3/21", &p), -EDOM);
	assert_string_equal(sw_prefix_format(&p, buf), "172.16.0.0/21");
	assert_int_equal(parse("2001:db8::ff/120", &p), -EDOM);
	assert_string_equal(sw_prefix_format(&p, buf), "2001:db8::/120");
	assert_string_equal(sw_prefix_error(-EDOM), "bits are set below the prefix length");
	assert_string_equal(sw_prefix_error(-ERANGE), "prefix length out of range");
	assert_string_equal(sw_prefix_error(-EINVAL), "not an address");
}

static void test_addr_takes_no_length(void **state)
{
	struct sw_prefix p;

	assert_int_equal(sw_addr_parse("192.0.2.1", &p), 0);
	assert_int_equal(p.len, 32);
	assert_int_equal(p.lo, 0xc0000201);
	assert_int_equal(sw_addr_parse("192.0.2.1/32", &p), -EINVAL);
	assert_int_equal(sw_addr_parse("2001:db8::1", &p), 0);
	assert_int_equal(p.len, 128);
	assert_int_equal(p.hi, 0x20010db800000000);
	assert_int_equal(p.lo, 1);
}

/* Random texts from the characters of addresses: we and inet_pton agree. */
static void test_agrees_with_inet_pton(void **state)
{
	static const char alphabet[] = "0123456789abcdefABF.:::::....";
	unsigned char buf[16];
	unsigned seen = 0;

	srandom(1);
	for (int i = 0; i < 2000000; i++) {
		char text[24];
		size_t n = 2 + (size_t)random() % 20;
		struct sw_prefix p;
		int family;

		for (size_t k = 0; k < n; k++)
			text[k] = alphabet[(size_t)random() % (sizeof(alphabet) - 1)];
		text[n] = '\0';
		family = inet_pton(AF_INET, text, buf) == 1    ? 4
			 : inet_pton(AF_INET6, text, buf) == 1 ? 6
							       : 0;
		if ((parse(text, &p) == 0 ? p.family : 0) != family)
			fail_msg("\"%s\": inet_pton says %d", text, family);
		if (family)
			seen++;
	}
	assert_true(seen > 1000);
}

/* Sparse random addresses, as they have the runs of zeros that format shortens. */
static void test_format_and_back(void **state)
{
	srandom(2);
	for (int i = 0; i < 200000; i++) {
		unsigned char raw[16];
		char text[INET6_ADDRSTRLEN], buf[SW_PREFIX_TEXT];
		uint64_t hi = 0, lo = 0;
		struct sw_prefix p, back;

		for (int k = 0; k < 8; k++) {
			unsigned group = random() % 3 ? 0 : (unsigned)random() & 0xffff;

			raw[2 * k] = (unsigned char)(group >> 8);
			raw[2 * k + 1] = (unsigned char)group;
			*(k < 4 ? &hi : &lo) = (k < 4 ? hi : lo) << 16 | group;
		}
		p = sw_prefix_ip6(hi, lo, 128);
		sw_prefix_format(&p, buf);
		inet_ntop(AF_INET6, raw, text, sizeof(text));
		/* inet_ntop also writes ::a.b.c.d, which RFC 5952 does not ask for */
		if (!strchr(text, '.'))
			assert_string_equal(buf, text);
		assert_int_equal(sw_addr_parse(buf, &back), 0);
		assert_int_equal(sw_prefix_cmp(&p, &back), 0);
		p = sw_prefix_ip6(hi, lo, (unsigned)random() % 129);
		sw_prefix_format(&p, buf);
		assert_int_equal(parse(buf, &back), 0);
		assert_int_equal(sw_prefix_cmp(&p, &back), 0);
		p = sw_prefix_ip4((uint32_t)lo, (unsigned)random() % 33);
		sw_prefix_format(&p, buf);
		assert_int_equal(parse(buf, &back), 0);
		assert_int_equal(sw_prefix_cmp(&p, &back), 0);
	}
}

static struct sw_prefix made(const char *text)
{
	struct sw_prefix p;

	if (parse(text, &p))
		fail_msg("\"%s\" does not parse", text);
	return p;
}

static bool contains(const char *outer, const char *inner)
{
	struct sw_prefix a = made(outer), b = made(inner);

	return sw_prefix_contains(&a, &b);
}

static int cmp(const char *a, const char *b)
{
	struct sw_prefix p = made(a), q = made(b);

	return sw_prefix_cmp(&p, &q);
}

static void test_relations(void **state)
{
	struct sw_prefix p;
	char buf[SW_PREFIX_TEXT];

	assert_true(contains("10.0.0.0/8", "10.255.255.255"));
	assert_true(contains("10.0.0.0/8", "10.0.0.0/8"));
	assert_false(contains("10.0.0.0/8", "11.0.0.0"));
	assert_false(contains("10.0.0.0/9", "10.0.0.0/8"));
	assert_true(contains("0.0.0.0/0", "255.255.255.255"));
	assert_false(contains("0.0.0.0/0", "::"));
	assert_true(contains("::/0", "ffff::"));
	assert_true(contains("2001:db8::/64", "2001:db8::ffff:0:0:1"));
	assert_false(contains("2001:db8::/64", "2001:db8:0:1::"));
	assert_true(contains("2001:db8::/33", "2001:db8:7fff::"));
	assert_false(contains("2001:db8::/33", "2001:db8:8000::"));

	assert_true(cmp("10.0.0.0/8", "10.0.0.0/9") < 0);
	assert_true(cmp("10.0.0.0/9", "10.0.0.0") < 0);
	assert_true(cmp("11.0.0.0/8", "10.0.0.0") > 0);
	assert_true(cmp("255.255.255.255", "::") < 0);
	assert_true(cmp("1::", "::ffff") > 0);
	assert_int_equal(cmp("1::/16", "1::/16"), 0);

	p = made("10.1.2.3");
	p = sw_prefix_truncate(&p, 9);
	assert_string_equal(sw_prefix_format(&p, buf), "10.0.0.0/9");
	p = sw_prefix_last(&p);
	assert_string_equal(sw_prefix_format(&p, buf), "10.127.255.255");
	p = made("2001:db8::/32");
	p = sw_prefix_last(&p);
	assert_string_equal(sw_prefix_format(&p, buf), "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff");
	p = sw_prefix_truncate(&p, 0);
	assert_string_equal(sw_prefix_format(&p, buf), "::/0");
}

struct split {
	char text[1024];
	int stop_after;
};

static int append(void *ctx, const struct sw_prefix *p)
{
	struct split *s = ctx;
	char buf[SW_PREFIX_TEXT];

	strcat(s->text, sw_prefix_format(p, buf));
	strcat(s->text, " ");
	return s->stop_after && --s->stop_after == 0 ? 42 : 0;
}

static void assert_split(const char *first, const char *last, const char *expected)
{
	struct sw_prefix a = made(first), b = made(last);
	struct split s = { "", 0 };

	assert_int_equal(sw_range_split(&a, &b, append, &s), 0);
	assert_string_equal(s.text, expected);
}

static void test_split(void **state)
{
	struct sw_prefix a, b;
	struct split s = { "", 2 };

	assert_split("192.0.2.0", "192.0.2.255", "192.0.2.0/24 ");
	assert_split("192.0.2.1", "192.0.2.1", "192.0.2.1 ");
	assert_split("192.0.2.1", "192.0.2.6", "192.0.2.1 192.0.2.2/31 192.0.2.4/31 192.0.2.6 ");
	assert_split("0.0.0.0", "255.255.255.255", "0.0.0.0/0 ");
	assert_split("255.255.255.254", "255.255.255.255", "255.255.255.254/31 ");
	assert_split("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/0 ");
	assert_split("::ffff:ffff:ffff:ffff", "0:0:0:1::", "::ffff:ffff:ffff:ffff 0:0:0:1:: ");

	a = made("192.0.2.1");
	b = made("192.0.2.6");
	assert_int_equal(sw_range_split(&b, &a, append, &s), -EINVAL);
	assert_string_equal(s.text, "");
	assert_int_equal(sw_range_split(&a, &b, append, &s), 42);
	assert_string_equal(s.text, "192.0.2.1 192.0.2.2/31 ");
	b = made("::1");
	assert_int_equal(sw_range_split(&a, &b, append, &s), -EINVAL);
}

struct cover {
	uint64_t next; /* the address that must come next */
	unsigned pieces;
	uint8_t len; /* of the piece before, to see that no two could be one */
	uint32_t addr;
};

static int cover_piece(void *ctx, const struct sw_prefix *p)
{
	struct cover *c = ctx;

	assert_int_equal(p->lo, c->next);
	if (c->pieces && c->len == p->len && p->len)
		assert_int_not_equal(c->addr >> (32 - p->len) ^ 1, p->lo >> (32 - p->len));
	c->len = p->len;
	c->addr = (uint32_t)p->lo;
	c->next += 1ull << (32 - p->len);
	c->pieces++;
	return 0;
}

static void test_split_covers_and_is_minimal(void **state)
{
	srandom(3);
	for (int i = 0; i < 100000; i++) {
		uint32_t x = (uint32_t)random() << 1 ^ (uint32_t)random();
		uint32_t y = x + ((uint32_t)random() >> random() % 31);
		struct sw_prefix a = sw_prefix_ip4(x < y ? x : y, 32);
		struct sw_prefix b = sw_prefix_ip4(x < y ? y : x, 32);
		struct cover c = { .next = a.lo };

		assert_int_equal(sw_range_split(&a, &b, cover_piece, &c), 0);
		assert_int_equal(c.next, b.lo + 1);
		assert_true(c.pieces <= 62);
	}
}

static void test_err_words(void **state)
{
	struct sw_err err;
	char text[600];

	assert_int_equal(sw_err_set(&err, -EINVAL, "bad %s", "thing"), -EINVAL);
	assert_string_equal(err.text, "bad thing");
	assert_int_equal(sw_err_prepend(&err, -EPERM, "file %d", 7), -EPERM);
	assert_string_equal(err.text, "file 7: bad thing");
	assert_int_equal(sw_err_set(&err, -EIO, "<%s>", err.text), -EIO);
	assert_string_equal(err.text, "<file 7: bad thing>");
	assert_int_equal(sw_err_set(NULL, -EIO, "ignored"), -EIO);
	assert_int_equal(sw_err_prepend(NULL, -EIO, "ignored"), -EIO);

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	sw_err_set(&err, -EIO, "%s", text);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	sw_err_prepend(&err, -EIO, "front");
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	assert_memory_equal(err.text, "front: xxx", 10);
	sw_err_prepend(&err, -EIO, "%s", text);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
}

static void test_mapped(void **state)
{
	static const struct {
		const char *text, *seen;
	} cases[] = {
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "::ffff:c000:0200/120", "192.0.2.0/24" },
		{ "::ffff:0:0/96", "0.0.0.0/0" },
		{ "::ffff:0:0/95", NULL },
		{ "::fffe:c000:201", NULL },
		{ "1::ffff:192.0.2.1", NULL },
		{ "192.0.2.1", NULL },
	};
	char buf[SW_PREFIX_TEXT];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sw_prefix p, seen;
		int code = parse(cases[i].text, &p);

		assert_true(code == 0 || code == -EDOM);
		assert_int_equal(sw_prefix_is_mapped(&p), cases[i].seen != NULL);
		seen = sw_prefix_unmapped(&p);
		if (cases[i].seen)
			assert_string_equal(sw_prefix_format(&seen, buf), cases[i].seen);
		else
			assert_int_equal(sw_prefix_cmp(&seen, &p), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mapped),
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_host_bits_give_the_prefix_meant),
		cmocka_unit_test(test_addr_takes_no_length),
		cmocka_unit_test(test_agrees_with_inet_pton),
		cmocka_unit_test(test_format_and_back),
		cmocka_unit_test(test_relations),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_split_covers_and_is_minimal),
		cmocka_unit_test(test_err_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
