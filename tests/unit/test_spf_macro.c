/* SPDX-License-Identifier: GPL-2.0-only */
/* Macros of SPF: the examples of RFC 7208 7.4, every letter and transformer, names, bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dns/spf_macro.h"
#include "dns/spf_name.h"

static struct sw_spf_values values_of(const char *ip)
{
	struct sw_spf_values v = { .local = "strong-bad",
				   .sender_domain = "email.example.com",
				   .domain = "email.example.com",
				   .helo = "mx.example.net",
				   .validated = "mail.example.org",
				   .receiver = "mx1.example.edu",
				   .now_s = 1700000000 };

	assert_int_equal(sw_addr_parse(ip, &v.ip), 0);
	return v;
}

static const char *expand(const char *ip, const char *text)
{
	static char ret[1024];
	struct sw_spf_values v = values_of(ip);

	assert_int_equal(sw_spf_macro_check(text, strlen(text), SW_SPF_USE_EXPLANATION, NULL), 0);
	assert_int_equal(sw_spf_macro_text(text, strlen(text), &v, ret, sizeof(ret)), 0);
	return ret;
}

static void examples_of_the_rfc(void **state)
{
	static const char *const rows[][2] = {
		{ "%{s}", "strong-bad@email.example.com" },
		{ "%{o}", "email.example.com" },
		{ "%{d}", "email.example.com" },
		{ "%{d4}", "email.example.com" },
		{ "%{d3}", "email.example.com" },
		{ "%{d2}", "example.com" },
		{ "%{d1}", "com" },
		{ "%{dr}", "com.example.email" },
		{ "%{d2r}", "example.email" },
		{ "%{l}", "strong-bad" },
		{ "%{l-}", "strong.bad" },
		{ "%{lr}", "strong-bad" },
		{ "%{lr-}", "bad.strong" },
		{ "%{l1r-}", "strong" },
		{ "%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com" },
		{ "%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com" },
		{ "%{lr-}.lp.%{ir}.%{v}._spf.%{d2}",
		  "bad.strong.lp.3.2.0.192.in-addr._spf.example.com" },
		{ "%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}",
		  "3.2.0.192.in-addr.strong.lp._spf.example.com" },
		{ "%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(expand("192.0.2.3", rows[i][0]), rows[i][1]);
	assert_int_equal(strcasecmp(expand("2001:db8::cb01", "%{ir}.%{v}._spf.%{d2}"),
				    "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0."
				    "1.0.0.2.ip6._spf.example.com"),
			 0);
}

static void other_letters_and_escapes(void **state)
{
	static const char *const rows[][2] = {
		{ "%{h} %{p} %{r} %{t}",
		  "mx.example.net mail.example.org mx1.example.edu 1700000000" },
		{ "%{c} %{i} %{v}", "192.0.2.3 192.0.2.3 in-addr" },
		{ "%%%_%-", "% %20" },
		{ "%{S}", "strong-bad%40email.example.com" },
		{ "%{D2R}", "example.email" },
		{ "%{d999999999999999999999}", "email.example.com" },
		{ "%{d128r}", "com.example.email" },
		{ "%{ha1}", "" },
		{ "%{s-@}", "" },
		{ "%{s.-+,/_=}", "strong.bad@email.example.com" },
		{ "%{s1.-}", "com" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = strlen(rows[i][0]);

		if (rows[i][1][0])
			assert_string_equal(expand("192.0.2.3", rows[i][0]), rows[i][1]);
		else
			assert_int_equal(
				sw_spf_macro_check(rows[i][0], n, SW_SPF_USE_EXPLANATION, NULL),
				-EINVAL);
	}
	assert_string_equal(expand("2001:db8::cb01", "%{c} %{v}"), "2001:db8::cb01 ip6");
}

/* Parts that are empty count, and stay. */
static void parts_with_nothing_in_them(void **state)
{
	static const char *const rows[][3] = {
		{ "", "%{l}%{l1}%{lr}%{l1r}", "" },
		{ ".", "%{l}", "." },
		{ "a.", "%{l1}", "" },
		{ "a.", "%{l1r}", "a" },
		{ "a..b", "%{lr}", "b..a" },
		{ "a..b", "%{l2}", ".b" },
		{ "a..b", "%{l2r}", ".a" },
		{ "..", "%{l2r}", "." },
		{ "-a-", "%{lr-}", ".a." },
		{ "a+b.c", "%{l1+}", "b.c" },
		{ "a+b.c", "%{l1r.+}", "a" },
		{ "a", "%{l2r}", "a" },
	};
	char ret[64];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sw_spf_values v = values_of("192.0.2.3");

		v.local = rows[i][0];
		assert_int_equal(
			sw_spf_macro_text(rows[i][1], strlen(rows[i][1]), &v, ret, sizeof(ret)), 0);
		assert_string_equal(ret, rows[i][2]);
	}
}

static void what_may_be_where(void **state)
{
	assert_int_equal(sw_spf_macro_check("a b", 3, SW_SPF_USE_EXPLANATION, NULL), 0);
	assert_int_equal(sw_spf_macro_check("a b", 3, SW_SPF_USE_MODIFIER, NULL), -EINVAL);
	assert_int_equal(sw_spf_macro_check("%{c}", 4, SW_SPF_USE_MODIFIER, NULL), 0);
	assert_int_equal(sw_spf_macro_check("%{c}", 4, SW_SPF_USE_DOMAIN, NULL), -EINVAL);
	assert_int_equal(sw_spf_macro_check("", 0, SW_SPF_USE_MODIFIER, NULL), 0);
	assert_int_equal(sw_spf_macro_check("a\0b", 3, SW_SPF_USE_EXPLANATION, NULL), -EINVAL);
	assert_int_equal(sw_spf_macro_check("\xc3\xa4", 2, SW_SPF_USE_EXPLANATION, NULL), -EINVAL);
	assert_int_equal(sw_spf_macro_check("%{d}", 3, SW_SPF_USE_DOMAIN, NULL), -EINVAL);
	assert_int_equal(sw_spf_macro_check("%{d}", 1, SW_SPF_USE_DOMAIN, NULL), -EINVAL);
	assert_true(sw_spf_macro_has("x%{d}%{P1r}", 11, "p"));
	assert_false(sw_spf_macro_has("p%%{p}", 6, "p"));
}

static int domain_of(const char *spec, const struct sw_spf_values *v, char ret[SW_DNS_NAME])
{
	assert_int_equal(sw_spf_macro_check_domain(spec, strlen(spec), NULL), 0);
	return sw_spf_macro_domain(spec, strlen(spec), v, ret);
}

static void long_domains_lose_their_left(void **state)
{
	struct sw_spf_values v = values_of("192.0.2.3");
	char ret[SW_DNS_NAME], spec[1025] = "", label[SW_DNS_NAME];

	for (int i = 0; i < 50; i++)
		strcat(spec, "%{o}.");
	strcat(spec, "example");
	assert_int_equal(domain_of(spec, &v, ret), 0);
	assert_true(strlen(ret) <= SW_SPF_NAME_MAX && strlen(ret) > SW_SPF_NAME_MAX - 18);
	assert_int_equal(strncmp(ret, "com.email.example.com.", 10) &&
				 strncmp(ret, "example.com.", 10) && strncmp(ret, "email.ex", 8),
			 0);
	assert_string_equal(ret + strlen(ret) - 15, "ple.com.example");
	/* no dot to cut at */
	memset(label, 'x', 250);
	label[250] = '\0';
	v.local = label;
	assert_int_equal(domain_of("%{l}%{l}%{l}%{l}%{l}", &v, ret), -EINVAL);
	assert_int_equal(domain_of("%{l}%{l}%{l}%{l}%{l}.example.com", &v, ret), 0);
	assert_string_equal(ret, "example.com");
}

static void targets_that_are_no_names(void **state)
{
	struct sw_spf_values v = values_of("192.0.2.3");
	char ret[SW_DNS_NAME], label[65];

	v.local = "";
	assert_int_equal(domain_of("%{l}", &v, ret), -EINVAL);
	assert_int_equal(domain_of("%{l}.example.com", &v, ret), -EINVAL);
	assert_int_equal(domain_of("a..example.com", &v, ret), -EINVAL);
	memset(label, 'x', 64);
	label[64] = '\0';
	v.local = label;
	assert_int_equal(domain_of("%{l}.example.com", &v, ret), -EINVAL);
	label[63] = '\0';
	assert_int_equal(domain_of("%{l}.example.com", &v, ret), 0);
	v.local = "a.b";
	assert_int_equal(domain_of("%{l}.example.com.", &v, ret), 0);
	assert_string_equal(ret, "a.b.example.com");
}

static void texts_that_do_not_fit(void **state)
{
	struct sw_spf_values v = values_of("192.0.2.3");
	char ret[8] = "xxxxxxx";

	assert_int_equal(sw_spf_macro_text("1234567", 7, &v, ret, sizeof(ret)), 0);
	assert_string_equal(ret, "1234567");
	assert_int_equal(sw_spf_macro_text("12345678", 8, &v, ret, sizeof(ret)), -E2BIG);
	assert_string_equal(ret, "");
	assert_int_equal(sw_spf_macro_text("%{d}", 4, &v, ret, sizeof(ret)), -E2BIG);
}

static void names_as_text(void **state)
{
	char ret[SW_DNS_NAME], name[SW_DNS_NAME];

	assert_int_equal(sw_spf_name_text("a b\\c\xff.example", ret), 0);
	assert_string_equal(ret, "a b\\092c\\255.example");
	memset(name, 0xff, 63);
	strcpy(name + 63, ".example");
	assert_int_equal(sw_spf_name_text(name, ret), -EINVAL);
	assert_int_equal(sw_spf_name_make("a\0b.example", 11, ret), -EINVAL);
	assert_int_equal(sw_spf_name_make("", 0, ret), -EINVAL);
	assert_int_equal(sw_spf_name_make(".", 1, ret), -EINVAL);
	assert_int_equal(sw_spf_name_make("..", 2, ret), -EINVAL);
	assert_int_equal(sw_spf_name_make(".a", 2, ret), -EINVAL);
	assert_int_equal(sw_spf_name_make("a.b.", 4, ret), 0);
	assert_string_equal(ret, "a.b");
	assert_int_equal(sw_spf_name_labels("a.b"), 2);
	assert_int_equal(sw_spf_name_labels("a"), 1);
	assert_int_equal(sw_spf_name_labels(""), 0);
}

static void below_and_reverse(void **state)
{
	char ret[SW_DNS_NAME];
	struct sw_prefix p;

	assert_true(sw_spf_name_is_below("Mail.Example.com", "example.COM"));
	assert_true(sw_spf_name_is_below("example.com", "example.com"));
	assert_false(sw_spf_name_is_below("badexample.com", "example.com"));
	assert_false(sw_spf_name_is_below("com", "example.com"));
	assert_int_equal(sw_addr_parse("192.0.2.3", &p), 0);
	sw_spf_name_reverse(&p, ret);
	assert_string_equal(ret, "3.2.0.192.in-addr.arpa");
	assert_int_equal(sw_addr_parse("2001:db8::567:89ab", &p), 0);
	sw_spf_name_reverse(&p, ret);
	assert_string_equal(ret, "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2."
				 "ip6.arpa");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples_of_the_rfc),
		cmocka_unit_test(other_letters_and_escapes),
		cmocka_unit_test(parts_with_nothing_in_them),
		cmocka_unit_test(what_may_be_where),
		cmocka_unit_test(long_domains_lose_their_left),
		cmocka_unit_test(targets_that_are_no_names),
		cmocka_unit_test(texts_that_do_not_fit),
		cmocka_unit_test(names_as_text),
		cmocka_unit_test(below_and_reverse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
