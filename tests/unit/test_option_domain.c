/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of domains in the configuration: what is one, and the words for what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/option.h"

static struct sw_texts domains;
static struct sw_err err;

static int teardown(void **state)
{
	for (size_t i = 0; i < domains.n; i++)
		free(domains.text[i]);
	free(domains.text);
	domains = (struct sw_texts){ .n = 0 };
	return 0;
}

static void good(const char *text, const char *name)
{
	assert_int_equal(sw_option_add_domain(&domains, text, &err), 0);
	assert_string_equal(domains.text[domains.n - 1], name);
}

static void bad(const char *text, const char *words)
{
	size_t n = domains.n;

	assert_int_equal(sw_option_add_domain(&domains, text, &err), -EINVAL);
	assert_int_equal(domains.n, n);
	if (!strstr(err.text, words))
		fail_msg("\"%s\": \"%s\" does not say \"%s\"", text, err.text, words);
}

/* @n letters. */
static const char *label(size_t n)
{
	static char text[300];

	memset(text, 'a', n);
	text[n] = '\0';
	return text;
}

static void good_names(void **state)
{
	char text[600];

	good("google.com", "google.com");
	good("_SPF.Google.COM.", "_spf.google.com");
	good("xn--bcher-kva.example", "xn--bcher-kva.example");
	good("1and1.com", "1and1.com");
	good("a-b.c_d.e1", "a-b.c_d.e1");
	snprintf(text, sizeof(text), "%s.example", label(63));
	good(text, text);
	for (size_t i = 0; i < 253; i++)
		text[i] = i % 50 == 49 ? '.' : 'b';
	text[253] = '\0';
	good(text, text);
}

static void bad_names(void **state)
{
	char text[600];

	bad("", "is empty");
	bad(".", "not the name of a domain");
	bad("..", "not the name of a domain");
	bad("localhost", "one word");
	bad("com.", "one word");
	bad("a..b", "not the name of a domain");
	bad(".a.b", "not the name of a domain");
	bad("a.b..", "not the name of a domain");
	bad("-a.example", "not the name of a domain");
	bad("a-.example", "not the name of a domain");
	bad("a/b.example", "not the name of a domain");
	bad("a\nb.example", "not the name of a domain");
	bad("a.example:53", "not the name of a domain");
	bad("1.2.3", "not the name of a domain");
	bad("1.2.3.4", "list with action = allow");
	bad("192.0.2.0/24", "list with action = allow");
	bad("192.0.2.1/24", "list with action = allow");
	bad("2001:db8::1", "list with action = allow");
	bad("joe@example.com", "address of mail");
	bad("*.example.com", "has a *");
	bad("a.example, b.example", "more than a name");
	bad("a.example b.example", "more than a name");
	bad("v=spf1", "more than a name");
	bad("b\xc3\xbc"
	    "cher.example",
	    "xn--");
	snprintf(text, sizeof(text), "%s.example", label(64));
	bad(text, "not the name of a domain");
	for (size_t i = 0; i < 254; i++)
		text[i] = i % 50 == 49 ? '.' : 'b';
	text[254] = '\0';
	bad(text, "not the name of a domain");
}

static void twice_and_too_many(void **state)
{
	char text[32];

	good("a.example", "a.example");
	bad("A.example.", "\"a.example\" is given twice");
	while (domains.n < SW_ALLOW_SPF_MAX) {
		snprintf(text, sizeof(text), "d%zu.example", domains.n);
		good(text, text);
	}
	bad("b.example", "more than 64");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(good_names, teardown),
		cmocka_unit_test_teardown(bad_names, teardown),
		cmocka_unit_test_teardown(twice_and_too_many, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
