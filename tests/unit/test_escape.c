/* SPDX-License-Identifier: GPL-2.0-only */
/* escape: what a terminal obeys becomes text; what people write stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "cli/escape.h"

static void check(const char *text, const char *want)
{
	char *have = sw_escape(text);

	assert_string_equal(have, want);
	free(have);
}

static void plain_text_stays(void **state)
{
	check("", "");
	check("spam run, ticket #4711 (again)", "spam run, ticket #4711 (again)");
	check("Müller, 多謝, naïve, €, 😀", "Müller, 多謝, naïve, €, 😀");
}

static void control_characters_are_shown(void **state)
{
	check("a\nb\r\tc", "a\\nb\\r\\tc");
	check("\x1b[2J\x1b]0;title\a", "\\x1b[2J\\x1b]0;title\\x07");
	check("\x7f\b", "\\x7f\\x08");
	/* CSI and NEL of ISO 6429, as UTF-8 */
	check("\xc2\x9b"
	      "2J\xc2\x85",
	      "\\u009b2J\\u0085");
}

static void what_hides_or_turns_text_is_shown(void **state)
{
	check("\xe2\x80\xae"
	      "live",
	      "\\u202elive"); /* right to left */
	check("\xe2\x81\xa6x\xe2\x81\xa9", "\\u2066x\\u2069"); /* isolates */
	check("a\xe2\x80\x8b"
	      "b\xc2\xad\xef\xbb\xbf",
	      "a\\u200bb\\u00ad\\ufeff"); /* no width */
	check("\xe2\x80\xa8\xe2\x80\xa9", "\\u2028\\u2029"); /* line and paragraph */
	check("\xf3\xa0\x80\x81", "\\U000e0001"); /* tags */
}

static void what_is_no_utf8_is_shown_byte_by_byte(void **state)
{
	check("caf\xe9", "caf\\xe9");
	check("\xff\xfe", "\\xff\\xfe");
	check("\xc0\xaf", "\\xc0\\xaf"); /* too long for what it says */
	check("\xe0\x80\xaf", "\\xe0\\x80\\xaf");
	check("\xed\xa0\x80", "\\xed\\xa0\\x80"); /* a surrogate */
	check("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* beyond U+10FFFF */
	check("\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80");
	check("\xe2\x82", "\\xe2\\x82"); /* cut off */
	check("\xe2\x82z", "\\xe2\\x82z");
	check("\x80", "\\x80");
}

static void a_backslash_cannot_play_an_escape(void **state)
{
	check("\\x1b", "\\\\x1b");
}

/* Every string of up to three bytes fits, and comes out as printable text. */
static void any_bytes_come_out_clean(void **state)
{
	char text[4] = "";

	for (unsigned i = 0x010101; i <= 0xffffff; i += 0x3b) {
		char *have;

		text[0] = (char)(i >> 16);
		text[1] = (char)(i >> 8);
		text[2] = (char)i;
		have = sw_escape(text);
		for (const unsigned char *p = (unsigned char *)have; *p; p++)
			assert_true(*p >= 0x20 && *p != 0x7f && (*p != 0xc2 || p[1] >= 0xa0));
		free(have);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_text_stays),
		cmocka_unit_test(control_characters_are_shown),
		cmocka_unit_test(what_hides_or_turns_text_is_shown),
		cmocka_unit_test(what_is_no_utf8_is_shown_byte_by_byte),
		cmocka_unit_test(a_backslash_cannot_play_an_escape),
		cmocka_unit_test(any_bytes_come_out_clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
