/* SPDX-License-Identifier: GPL-2.0-only */
/* wording: a template and the facts to one line that can be sent, whatever strangers put into it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/config.h"
#include "rules/wording.h"
#include "support/random.h"

static const struct sw_wording_facts facts = { .address = "192.0.2.1",
					       .class = "drop-list",
					       .reason = "listed in bl.example",
					       .words = "Spam was seen",
					       .lookup = "https://mx.example/?192.0.2.1",
					       .host = "mx.example" };

static void says_of(const char *template, const struct sw_wording_facts *f, const char *want)
{
	char out[SW_WORDING_TEXT];
	size_t n = sw_wording_render(template, f, out);

	assert_string_equal(out, want);
	assert_int_equal(n, strlen(want));
}

static void says(const char *template, const char *want)
{
	says_of(template, &facts, want);
}

static void every_macro_stands_for_its_fact(void **state)
{
	says("nothing to fill in", "nothing to fill in");
	says("Mail from %a: %r", "Mail from 192.0.2.1: listed in bl.example");
	says("%c|%w|%u|%h", "drop-list|Spam was seen|https://mx.example/?192.0.2.1|mx.example");
	says("100%% of %a%a", "100% of 192.0.2.1192.0.2.1");
	says("%%a", "%a");
	/* no config has these */
	says("%", "");
	says("%x%a%", "192.0.2.1");
	says("", "");
}

static void each_that_the_configuration_knows_is_one(void **state)
{
	for (const char *p = SW_DESK_MACROS; *p; p++) {
		char template[] = { '%', *p, '\0' }, out[SW_WORDING_TEXT];

		assert_true(sw_wording_render(template, &facts, out) > 0);
	}
	for (const char *p = SW_LOOKUP_MACROS; *p; p++)
		assert_non_null(strchr(SW_DESK_MACROS, *p));
}

static void what_is_not_known_is_left_out(void **state)
{
	const struct sw_wording_facts none = { .address = "192.0.2.1" };

	says_of("Mail from %a is refused. %r %w  See", &none,
		"Mail from 192.0.2.1 is refused. See");
	says_of("%r%w%u%c%h", &none, "");
	says_of(" %r %a ", &none, "192.0.2.1");
}

static void strangers_words_are_made_harmless(void **state)
{
	const struct sw_wording_facts f = {
		.reason = "one\r\n250 two\t\tthree \x1b[31m",
		.words = "caf\xc3\xa9 \xff\xfe \xe2\x82\xac \x80 \x7f!"
	};

	says_of("%r", &f, "one 250 two three ?[31m");
	says_of("%w", &f, "caf? ?? ? ? ?!");
	says_of("a\x01"
		"b\nc",
		&f, "a?b c");
	/* macros in what is filled in are none */
	says_of("%r", &(struct sw_wording_facts){ .reason = "%a %% %w" }, "%a %% %w");
}

static char *many(char c, size_t n)
{
	char *text = malloc(n + 1);

	assert_non_null(text);
	memset(text, c, n);
	text[n] = '\0';
	return text;
}

static void what_is_long_gives_way(void **state)
{
	char *reason = many('r', 5000), *words = many('w', 5000), out[SW_WORDING_TEXT];
	struct sw_wording_facts f = facts;
	size_t n;

	f.reason = reason;
	f.words = words;
	n = sw_wording_render("From %a: %r (%w); see %u", &f, out);
	assert_int_equal(n, SW_WORDING_MAX);
	assert_string_equal(out + n - 35, "; see https://mx.example/?192.0.2.1");
	assert_non_null(strstr(out, "rrr... (www"));
	assert_non_null(strstr(out, "www...);"));
	/* the room of what is short goes to what is long */
	f.reason = "short";
	n = sw_wording_render("%r %w %u", &f, out);
	assert_int_equal(n, SW_WORDING_MAX);
	assert_int_equal(strspn(out + 6, "w"), SW_WORDING_MAX - 6 - 3 - 30);
	/* and many of them have little each */
	f.reason = reason;
	n = sw_wording_render("%r%w%r%w%r%w%r%w%r%w", &f, out);
	assert_true(n <= SW_WORDING_MAX && n > SW_WORDING_MAX - 10);
	free(reason);
	free(words);
}

static void what_is_short_and_too_long_is_cut(void **state)
{
	char *host = many('h', 5000), *template = many('t', 5000), out[SW_WORDING_TEXT];
	struct sw_wording_facts f = { .host = host, .reason = "why" };

	assert_int_equal(sw_wording_render("%h %r", &f, out), SW_WORDING_MAX);
	assert_int_equal(sw_wording_render(template, &f, out), SW_WORDING_MAX);
	free(host);
	free(template);
}

static bool is_sendable(const char *text, size_t n)
{
	bool good = n <= SW_WORDING_MAX && strlen(text) == n && !strstr(text, "  ");

	for (size_t i = 0; i < n; i++)
		good &= text[i] >= ' ' && text[i] < 0x7f;
	return good && (!n || (text[0] != ' ' && text[n - 1] != ' '));
}

static void random_bytes_never_do_harm(void **state)
{
	uint64_t seed = 20261126;
	char template[64], fact[1200], out[SW_WORDING_TEXT];

	for (unsigned round = 0; round < 20000; round++) {
		struct sw_wording_facts f = { fact, "c", fact, fact, fact, "h" };
		size_t t = sw_random(&seed) % sizeof(template);
		size_t n = sw_random(&seed) % (round % 7 ? 60 : sizeof(fact));

		for (size_t i = 0; i < t; i++) {
			uint64_t r = sw_random(&seed);

			template[i] = r % 3 ? "%acruwh %%x"[r / 3 % 11] : (char)(r / 3 % 255 + 1);
		}
		for (size_t i = 0; i < n; i++)
			fact[i] = (char)(sw_random(&seed) % 255 + 1);
		template[t ? t - 1 : 0] = fact[n ? n - 1 : 0] = '\0';
		assert_true(is_sendable(out, sw_wording_render(template, &f, out)));
		assert_true(is_sendable(out, sw_wording_clean(fact, out, sizeof(out))));
		assert_true(is_sendable(out, sw_wording_lists(fact, out)));
		assert_true(is_sendable(out, sw_wording_said(fact, out)));
	}
}

/* ---- reasons ---- */

static void reason_is(const char *reason, const char *lists, const char *said)
{
	char out[SW_WORDING_TEXT];

	sw_wording_lists(reason, out);
	assert_string_equal(out, lists);
	sw_wording_said(reason, out);
	assert_string_equal(out, said);
}

static void of_a_reason_lists_and_words_are_taken(void **state)
{
	reason_is("bl.example 127.0.0.2 (+3): score 3, reject from 3; Seen in spam", "bl.example",
		  "Seen in spam");
	reason_is(
		"bl.example 127.0.0.2, 127.0.0.4 (+3), two.example 127.0.0.2 (+2): score 5, reject "
		"from 5",
		"bl.example, two.example", "");
	reason_is("bl.example 127.0.0.2 (+3), bl.example 127.0.0.4 (+2): score 5", "bl.example",
		  "");
	reason_is("generic host-1.isp.example (+1), bl.example 127.0.0.2 (+3), and 2 more: score 4",
		  "bl.example", "");
	reason_is("wl.example 127.0.5.1 (-4), bl.example 127.0.0.2 (+9): score 5, and not all is "
		  "known",
		  "wl.example, bl.example", "");
}

static void of_what_is_no_such_reason_nothing_is(void **state)
{
	reason_is("", "", "");
	reason_is("score 0", "", "");
	reason_is("nothing is known", "", "");
	reason_is("an operator's words; and more", "", "");
	/* a list that plays the examination */
	reason_is("bl.example 127.0.0.2 (+3): score 3; evil.example x (+9): score 9; more",
		  "bl.example", "evil.example x (+9): score 9; more");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_macro_stands_for_its_fact),
		cmocka_unit_test(each_that_the_configuration_knows_is_one),
		cmocka_unit_test(what_is_not_known_is_left_out),
		cmocka_unit_test(strangers_words_are_made_harmless),
		cmocka_unit_test(what_is_long_gives_way),
		cmocka_unit_test(what_is_short_and_too_long_is_cut),
		cmocka_unit_test(random_bytes_never_do_harm),
		cmocka_unit_test(of_a_reason_lists_and_words_are_taken),
		cmocka_unit_test(of_what_is_no_such_reason_nothing_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
