/* SPDX-License-Identifier: GPL-2.0-only */
/* What mail may be sent to, and what only looks like it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/mail_address.h"
#include "support/random.h"

static bool is_address(const char *text)
{
	return sw_mail_address_is(text, strlen(text));
}

static void good_ones(void **state)
{
	static const char *const good[] = { "abuse@example.org",
					    "a@b.c",
					    "Abuse.Desk+x=1_y-z@MX1.example.co.uk",
					    "1@2.example",
					    "a@xn--bcher-kva.example",
					    "a@1.2.3.4a" };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(is_address(good[i]));
	assert_string_equal(sw_mail_address_domain("a@b.c"), "b.c");
	assert_true(sw_mail_address_is("a@b.c>", 5)); /* no more of it is looked at */
}

static void bad_ones(void **state)
{
	static const char *const bad[] = {
		"",
		"@",
		"a",
		"a@",
		"@b.c",
		"a@b",
		"a@b.",
		"a@.b.c",
		"a@b..c",
		"a b@c.d",
		"a@b c.d",
		"a@b.c ",
		" a@b.c",
		"a@b.c\n",
		"a@b.c\r\nBcc: x@y.z",
		"a\n@b.c",
		"<a@b.c>",
		"\"a b\"@c.d",
		"a@[192.0.2.1]",
		"a@192.0.2.1",
		"-oQ/tmp@b.c",
		"a@-b.c",
		"a@b-.c",
		".a@b.c",
		"a.@b.c",
		"a..b@c.d",
		"a@b@c.d",
		"a@b_c.d",
		"a%b@c.d",
		"a!b@c.d",
		"a|b@c.d",
		"a`b@c.d",
		"a$b@c.d",
		"a,b@c.d",
		"j\xc3\xbcrgen@b.c",
		"a@b\xc3\xbc.c",
		"a@b.c,d@e.f",
		"a/b@c.d",
		"a'b@c.d",
		"a(b)@c.d",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (is_address(bad[i]))
			fail_msg("\"%s\" is taken for an address", bad[i]);
	assert_false(sw_mail_address_is("a\0b@c.d", 7));
	assert_false(sw_mail_address_is("a@b\0.c", 6));
}

static void long_ones(void **state)
{
	char text[400];

	memset(text, 'a', sizeof(text));
	memcpy(text + 64, "@b.c", 5);
	assert_true(is_address(text));
	memset(text, 'a', sizeof(text));
	memcpy(text + 65, "@b.c", 5);
	assert_false(is_address(text));
	memset(text, 'a', sizeof(text));
	text[1] = '@';
	for (size_t i = 60; i < 250; i += 50)
		text[i] = '.';
	text[254] = '\0';
	assert_true(is_address(text)); /* 254 bytes */
	text[254] = 'a';
	text[255] = '\0';
	assert_false(is_address(text));
	strcpy(text, "a@");
	memset(text + 2, 'b', 64); /* a label too long */
	strcpy(text + 66, ".c");
	assert_false(is_address(text));
}

/* Whatever is taken has nothing in it that means something elsewhere. */
static void any_bytes(void **state)
{
	static const char some[] = "ab.@-_+\n\r\t <>\"'\\%!|`$&;()[]{}:,/=\x80\xff~^*?#0";
	uint64_t random = 20261126;
	unsigned taken = 0;

	for (unsigned i = 0; i < 300000; i++) {
		size_t n = sw_random(&random) % 12;
		char text[12];

		for (size_t k = 0; k < n; k++)
			text[k] = some[sw_random(&random) % (i % 2 ? 4 : sizeof(some))];
		if (!sw_mail_address_is(text, n))
			continue;
		taken++;
		assert_true(text[0] != '-');
		for (size_t k = 0; k < n; k++)
			assert_true(strchr("ab.-@_+=0", text[k]) && text[k]);
	}
	assert_true(taken > 100);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_ones),
		cmocka_unit_test(bad_ones),
		cmocka_unit_test(long_ones),
		cmocka_unit_test(any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
