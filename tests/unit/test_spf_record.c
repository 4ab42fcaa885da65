/* SPDX-License-Identifier: GPL-2.0-only */
/* The text of SPF records: what is a record, every term, every error, and endless ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/spf_record.h"

/* Terms as text: what was understood of each mechanism, and the modifiers. */
static const char *read_back(const char *text)
{
	static char ret[1024];
	static const char *const kinds[] = { "all", "include", "a",	 "mx", "ptr",
					     "ip4", "ip6",     "exists", "???" };
	char net[SW_PREFIX_TEXT];
	struct sw_spf_record record;
	struct sw_spf_term t;
	struct sw_err err = { "" };
	size_t at = 0, n = 0;

	if (sw_spf_parse(text, strlen(text), &record, &err)) {
		snprintf(ret, sizeof(ret), "error: %s", err.text);
		return ret;
	}
	ret[0] = '\0';
	while (sw_spf_next(&record, &at, &t)) {
		n += (size_t)snprintf(ret + n, sizeof(ret) - n, "%s%s %s", n ? "; " : "",
				      sw_spf_result_name(t.qualifier), kinds[t.kind]);
		if (t.domain.n)
			n += (size_t)snprintf(ret + n, sizeof(ret) - n, " %.*s", (int)t.domain.n,
					      t.domain.bytes);
		if (t.kind == SW_SPF_A || t.kind == SW_SPF_MX)
			n += (size_t)snprintf(ret + n, sizeof(ret) - n, " %u %u", t.len4, t.len6);
		if (t.net.family)
			n += (size_t)snprintf(ret + n, sizeof(ret) - n, " %s",
					      sw_prefix_format(&t.net, net));
	}
	if (record.redirect.n)
		n += (size_t)snprintf(ret + n, sizeof(ret) - n, "; redirect %.*s",
				      (int)record.redirect.n, record.redirect.bytes);
	if (record.exp.n)
		snprintf(ret + n, sizeof(ret) - n, "; exp %.*s", (int)record.exp.n,
			 record.exp.bytes);
	return ret;
}

static void what_is_a_record(void **state)
{
	static const char *const yes[] = { "v=spf1", "V=SPF1 ", "v=spf1 -all", "v=spf1  " };
	static const char *const no[] = { "",	     "v=spf",	   "v=spf10",	   "v=spf1\t-all",
					  " v=spf1", "v=spf1-all", "v=spf2.0/pra", "v=DKIM1" };

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		assert_true(sw_spf_is_record(yes[i], strlen(yes[i])));
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		assert_false(sw_spf_is_record(no[i], strlen(no[i])));
	assert_true(sw_spf_is_record("v=spf1x", 6));
}

static void every_term(void **state)
{
	static const char *const rows[][2] = {
		{ "v=spf1", "" },
		{ "v=spf1   ", "" },
		{ "v=spf1 -ALL", "fail all" },
		{ "v=spf1 all -all ~all ?all +all",
		  "pass all; fail all; softfail all; neutral all; pass all" },
		{ "v=spf1 a", "pass a 32 128" },
		{ "v=spf1 a/24 mx//64 a/0//0", "pass a 24 128; pass mx 32 64; pass a 0 0" },
		{ "v=spf1 a:x.example/24//64", "pass a x.example 24 64" },
		{ "v=spf1 a:a/b.example", "pass a a/b.example 32 128" },
		{ "v=spf1 a:%{d/}/8", "pass a %{d/} 8 128" },
		{ "v=spf1 ~include:_spf.%{d}", "softfail include _spf.%{d}" },
		{ "v=spf1 ptr ptr:x.example.", "pass ptr; pass ptr x.example." },
		{ "v=spf1 ip4:192.0.2.0/24 ip4:192.0.2.77/24 ip4:192.0.2.1",
		  "pass ip4 192.0.2.0/24; pass ip4 192.0.2.0/24; pass ip4 192.0.2.1" },
		{ "v=spf1 IP6:2001:DB8::/32 ip6:::1.2.3.4/128",
		  "pass ip6 2001:db8::/32; pass ip6 ::102:304" },
		{ "v=spf1 exists:%{ir}.x.example", "pass exists %{ir}.x.example" },
		{ "v=spf1 redirect=y.example -all exp=z.example",
		  "fail all; redirect y.example; exp z.example" },
		{ "v=spf1 x-y_z.1=%{c}%{r}/:% a", "error" },
		{ "v=spf1 x-y_z.1=%{c}%{r}/:= ip4=foo a= ?all", "neutral all" },
		{ "v=spf1 a:foo.example.xn--zckzah a:foo.1-2",
		  "pass a foo.example.xn--zckzah 32 128; "
		  "pass a foo.1-2 32 128" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *got = read_back(rows[i][0]);

		if (!strcmp(rows[i][1], "error"))
			assert_int_equal(strncmp(got, "error: ", 7), 0);
		else
			assert_string_equal(got, rows[i][1]);
	}
}

static void every_error(void **state)
{
	static const char *const rows[] = {
		"moo",
		"-",
		"+",
		"all:x.example",
		"all/8",
		"all.",
		"include",
		"include:",
		"include/24",
		"include:x.ex/24",
		"a:",
		"a/",
		"a/33",
		"a//129",
		"a/024",
		"a//00",
		"a/24/64",
		"a/24//",
		"a//64/24",
		"a:x/",
		"a:x",
		"a:x.",
		"a:.x.1",
		"a:x.-com",
		"a:x.com-",
		"a:1.2.3.4",
		"a:x.example:80",
		"a:%{x}",
		"a:%{c}",
		"a:%{r}.x.example",
		"a:%{t}",
		"a:%",
		"a:%{d",
		"a:%{d0}",
		"a:%{d2x}",
		"a:%{}",
		"a:%(d)",
		"a:%{d}x",
		"a:%{d}.",
		"mx:",
		"mx/33",
		"mx:x",
		"ptr/24",
		"ptr:",
		"ptr:x",
		"ip4",
		"ip4:",
		"ip4:1.2.3",
		"ip4:1.2.3.4.5",
		"ip4:1.2.3.4/33",
		"ip4:1.2.3.4//24",
		"ip4:01.2.3.4",
		"ip4:1.2.3.4/",
		"ip4:1.2.3.4/024",
		"ip4:2001:db8::1",
		"ip4:1.2.3.4:25",
		"ip4/24",
		"ip6",
		"ip6:",
		"ip6::",
		"ip6:1.2.3.4",
		"ip6:::1/129",
		"ip6:::1//64",
		"ip6:x",
		"exists",
		"exists:",
		"exists:x.ex/24",
		"redirect:x.ex",
		"redirect=",
		"redirect",
		"redirect=x",
		"-redirect=x.example",
		"exp:x.example",
		"exp=",
		"exp=-all",
		"1up=x",
		"=x",
		"-x=y",
		"x=%",
		"x=%{d",
		"a\tmx",
	};
	char text[256];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text), "v=spf1 ip4:192.0.2.1 %s ?all", rows[i]);
		if (strncmp(read_back(text), "error: ", 7) != 0)
			fail_msg("%s", text);
	}
	assert_int_equal(strncmp(read_back("v=spf1 redirect=a.b redirect=a.b"), "error", 5), 0);
	assert_int_equal(strncmp(read_back("v=spf1 exp=a.b ?all EXP=c.d"), "error", 5), 0);
}

static void errors_are_told_with_the_term(void **state)
{
	assert_string_equal(read_back("v=spf1 a:192.0.2.1 -all"),
			    "error: \"a:192.0.2.1\": the domain does not end in a top-level label "
			    "(an address is written ip4: or ip6:)");
	assert_string_equal(read_back("v=spf1 ip4:10.0.0.0/40"),
			    "error: \"ip4:10.0.0.0/40\": prefix length out of range");
	assert_string_equal(read_back("v=spf1 a\x80 -all"),
			    "error: byte 8 is 0x80, which is no printable ASCII");
}

static void bytes_that_are_no_text(void **state)
{
	struct sw_spf_record record;
	char text[] = "v=spf1 a:x.example -all";

	for (int c = 0; c < 256; c++) {
		bool good = c > 0x20 && c < 0x7f && c != '%';

		text[9] = (char)c;
		if (c == ' ') /* cuts the term in two */
			continue;
		assert_int_equal(
			sw_spf_parse(text, strlen("v=spf1 a:x.example -all"), &record, NULL),
			good ? 0 : -EINVAL);
	}
}

/* What follows the text in memory is not looked at. */
static void every_prefix_of_a_record(void **state)
{
	static const char text[] = "v=spf1 a:%{l1r-+}.x.example/24//64 mx ip4:192.0.2.0/24 "
				   "ip6:2001:db8::/32 ?include:y.example redirect=z.example";
	struct sw_spf_record record;
	struct sw_spf_term term;

	for (size_t n = 0; n < sizeof(text); n++) {
		char *copy = malloc(n ? n : 1);
		size_t at = 0;

		assert_non_null(copy);
		memcpy(copy, text, n);
		if (!sw_spf_parse(copy, n, &record, NULL))
			while (sw_spf_next(&record, &at, &term))
				assert_true(term.text.bytes >= copy &&
					    term.text.bytes + term.text.n <= copy + n);
		free(copy);
	}
}

static void endless_records(void **state)
{
	enum { N = 65000 };
	char *text = malloc(N + 1);
	struct sw_spf_record record;
	struct sw_spf_term term;
	size_t at = 0, terms = 0;

	assert_non_null(text);
	memset(text, 'a', N);
	memcpy(text, "v=spf1 ", 7);
	assert_int_equal(sw_spf_parse(text, N, &record, NULL), -EINVAL);
	memcpy(text, "v=spf1 x=", 9);
	assert_int_equal(sw_spf_parse(text, N, &record, NULL), 0);
	memcpy(text, "v=spf1 a:", 9);
	memcpy(text + N - 8, ".example", 8);
	assert_int_equal(sw_spf_parse(text, N, &record, NULL), -EINVAL);
	for (size_t i = 6; i < N; i++)
		text[i] = i % 2 ? 'a' : ' ';
	assert_int_equal(sw_spf_parse(text, N, &record, NULL), 0);
	while (sw_spf_next(&record, &at, &term))
		terms++;
	assert_int_equal(terms, (N - 6) / 2);
	memset(text + 6, ' ', N - 6);
	assert_int_equal(sw_spf_parse(text, N, &record, NULL), 0);
	free(text);
}

static void the_one_record_of_many(void **state)
{
	struct sw_dns_record r[] = { { .txt = { "google-site-verification=x", 26 } },
				     { .txt = { "v=spf1 -all", 11 } },
				     { .txt = { "", 0 } },
				     { .txt = { "V=SPF1", 6 } } };
	struct sw_dns_answer answer = { .status = SW_DNS_OK, .record = r, .n = 3 };
	char *text = NULL;
	size_t n = 0;

	assert_int_equal(sw_spf_select(&answer, &text, &n), 0);
	assert_string_equal(text, "v=spf1 -all");
	assert_int_equal(n, 11);
	free(text);
	answer.n = 4;
	assert_int_equal(sw_spf_select(&answer, &text, &n), -EEXIST);
	answer.n = 1;
	assert_int_equal(sw_spf_select(&answer, &text, &n), -ENOENT);
	answer.n = 0;
	assert_int_equal(sw_spf_select(&answer, &text, &n), -ENOENT);
}

static void which_terms_ask(void **state)
{
	static const char text[] = "v=spf1 all include:a.b a mx ptr ip4:1.1.1.1 ip6:::1 exists:a.b";
	static const bool asks[] = { false, true, true, true, true, false, false, true };
	struct sw_spf_record record;
	struct sw_spf_term term;
	size_t at = 0, n = 0;

	assert_int_equal(sw_spf_parse(text, strlen(text), &record, NULL), 0);
	while (sw_spf_next(&record, &at, &term))
		assert_int_equal(sw_spf_term_asks(&term), asks[n++]);
	assert_int_equal(n, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_a_record),
		cmocka_unit_test(every_term),
		cmocka_unit_test(every_error),
		cmocka_unit_test(errors_are_told_with_the_term),
		cmocka_unit_test(bytes_that_are_no_text),
		cmocka_unit_test(every_prefix_of_a_record),
		cmocka_unit_test(endless_records),
		cmocka_unit_test(the_one_record_of_many),
		cmocka_unit_test(which_terms_ask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
