/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages taken apart: fields, parameters, parts, encodings, dates; bounds, and text that is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mta/mime.h"
#include "support/random.h"

static void check_text(struct sw_text have, const char *want)
{
	if (!want) {
		assert_null(have.at);
		return;
	}
	if (have.n != strlen(want) || memcmp(have.at, want, have.n))
		fail_msg("'%.*s', not '%s'", (int)have.n, have.at ? have.at : "", want);
}

/* ---- fields ---- */

static void test_fields(void **state)
{
	struct sw_text rest = sw_text_of("From someone Thu Apr 29\r\n"
					 "One: 1\r\n"
					 "Two:\ta\r\n  b \n\tc\r\n"
					 "no field\n"
					 "Three :3\n"
					 "with blank: no\n"
					 ": nothing\n"
					 "Last:");
	struct sw_mime_field field;
	char out[16];

	assert_true(sw_mime_next(&rest, &field));
	check_text(field.name, "One");
	check_text(field.value, "1");
	assert_true(sw_mime_next(&rest, &field));
	check_text(field.name, "Two");
	check_text(field.value, "a\r\n  b \n\tc");
	check_text((struct sw_text){ out, sw_mime_unfold(field.value, out) }, "a b c");
	assert_true(sw_mime_next(&rest, &field));
	check_text(field.name, "Three");
	check_text(field.value, "3");
	assert_true(sw_mime_next(&rest, &field));
	check_text(field.name, "Last");
	check_text(field.value, "");
	assert_false(sw_mime_next(&rest, &field));
}

static void test_find(void **state)
{
	struct sw_text headers = sw_text_of("A: 1\nb: 2\nB: 3\n");

	check_text(sw_mime_find(headers, "B"), "2");
	check_text(sw_mime_find(headers, "c"), NULL);
	assert_true(sw_text_begins(sw_text_of("Feedback-Type"), "feedback"));
	assert_false(sw_text_begins(sw_text_of("feed"), "feedback"));
	assert_non_null(sw_text_find(sw_text_of("a mailer-DAEMON b"), "Mailer-Daemon"));
	assert_null(sw_text_find(sw_text_of(""), "a"));
}

static void test_control_characters(void **state)
{
	static const char raw[] = "a\0b\x1b[31mc\x7f";
	char out[sizeof(raw)];
	struct sw_text text = { raw, sizeof(raw) - 1 };

	check_text((struct sw_text){ out, sw_mime_unfold(text, out) }, "a b [31mc ");
}

static void test_params(void **state)
{
	struct sw_text value = sw_text_of("multipart/report; report-type=\"a;boundary=x\";\n"
					  "\tBoundary = \"==_\\\"q\" ; charset=utf-8");

	check_text(sw_mime_param(value, "boundary"), "==_\\\"q");
	check_text(sw_mime_param(value, "report-type"), "a;boundary=x");
	check_text(sw_mime_param(value, "charset"), "utf-8");
	check_text(sw_mime_param(value, "name"), NULL);
	check_text(sw_mime_param(sw_text_of("a/b; boundary=\"open"), "boundary"), "open");
	check_text(sw_mime_param(sw_text_of("a/b; boundary="), "boundary"), "");
	check_text(sw_mime_param(sw_text_of("a/b; x; boundary=y"), "boundary"), "y");
	check_text(sw_mime_param(sw_text_of(""), "boundary"), NULL);
}

/* ---- parts ---- */

struct seen {
	unsigned n;
	char text[2048];
};

static int note_part(void *ctx, const struct sw_mime_part *part)
{
	struct seen *seen = ctx;
	size_t used = strlen(seen->text);

	snprintf(seen->text + used, sizeof(seen->text) - used, "%u:%.*s(%.*s)", part->depth,
		 (int)part->type.n, part->type.at, (int)part->body.n, part->body.at);
	seen->n++;
	return 0;
}

static void check_parts(const char *message, const char *want)
{
	struct seen seen = { 0 };

	assert_int_equal(sw_mime_walk(sw_text_of(message), note_part, &seen, NULL), 0);
	assert_string_equal(seen.text, want);
}

static void test_parts(void **state)
{
	check_parts("Subject: x\n\nwords\n", "0:text/plain(words\n)");
	check_parts("Subject: x\n", "0:text/plain()");
	check_parts("Content-Type: multipart/mixed; boundary=b\r\n\r\n"
		    "before\r\n--b\r\nContent-Type: "
		    "a/b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n\r\n--b--\r\nafter",
		    "1:a/b(one)1:text/plain(two\r\n)");
	/* A boundary that begins like another one. */
	check_parts("Content-Type: multipart/mixed; boundary=b\n\n--bb\n--b \n\nx\n--bc\n--b--\n",
		    "1:text/plain(x\n--bc)");
	/* Not ended, and cut in the headers of a part. */
	check_parts("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: a/b\n\nx\ny",
		    "1:a/b(x\ny)");
	check_parts("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: a/b",
		    "1:a/b()");
	check_parts("Content-Type: multipart/mixed; boundary=b\n\n--b--\n", "");
	/* Without a delimiter, without a boundary. */
	check_parts("Content-Type: multipart/mixed; boundary=b\n\nx\n", "1:text/plain()");
	check_parts("Content-Type: multipart/mixed\n\n--b\nx\n", "0:multipart/mixed(--b\nx\n)");
	/* Neither folded nor a field. */
	check_parts("Content-Type: multipart/mixed;\nboundary=b\n\n--b\n\nx\n--b--\n",
		    "1:text/plain(x)");
}

static void test_nested(void **state)
{
	check_parts("Content-Type: multipart/a; boundary=o\n\n--o\n"
		    "Content-Type: multipart/b; boundary=i\n\n--i\n\n1\n--i--\n--o\n\n2\n--o--\n",
		    "2:text/plain(1)1:text/plain(2)");
	/* The outer one ends what the inner one left open. */
	check_parts("Content-Type: multipart/a; boundary=o\n\n--o\n"
		    "Content-Type: multipart/b; boundary=i\n\n--i\n\n1\n--o\n\n2\n--o--\n",
		    "2:text/plain(1)1:text/plain(2)");
}

static void test_bounds(void **state)
{
	struct seen seen = { 0 };
	struct sw_err err = { "" };
	char text[16384];
	size_t n = 0;

	for (unsigned i = 0; i < 2 * SW_MIME_DEPTH; i++)
		n += (size_t)sprintf(text + n, "Content-Type: multipart/x; boundary=b%u\n\n--b%u\n",
				     i, i);
	assert_int_equal(sw_mime_walk((struct sw_text){ text, n }, note_part, &seen, &err), -E2BIG);
	assert_int_equal(seen.n, 0);
	assert_non_null(strstr(err.text, "8 multiparts"));
	n = (size_t)sprintf(text, "Content-Type: multipart/x; boundary=b\n\n");
	for (unsigned i = 0; i < 2 * SW_MIME_PARTS; i++)
		n += (size_t)sprintf(text + n, "--b\n\n%u\n", i);
	assert_int_equal(sw_mime_walk((struct sw_text){ text, n }, note_part, &seen, &err), -E2BIG);
	assert_int_equal(seen.n, SW_MIME_PARTS);
}

/* ---- encodings ---- */

static void check_decode(enum sw_mime_encoding encoding, const char *text, const char *want)
{
	char *out = malloc(strlen(text) + 1);

	assert_non_null(out);
	check_text((struct sw_text){ out, sw_mime_decode(encoding, sw_text_of(text), out) }, want);
	free(out);
}

static void test_decode(void **state)
{
	check_decode(SW_MIME_BASE64, "aGVs\r\nbG8=", "hello");
	check_decode(SW_MIME_BASE64, "aGVsbG8", "hello");
	check_decode(SW_MIME_BASE64, "a G*V s b G 8 = aGk=", "hellohi");
	check_decode(SW_MIME_BASE64, "=", "");
	check_decode(SW_MIME_BASE64, "a", "");
	check_decode(SW_MIME_QUOTED, "a=3Db=\r\nc=\nd= \ne=zz=4", "a=bcde=zz=4");
	check_decode(SW_MIME_QUOTED, "=", "");
	check_decode(SW_MIME_QUOTED, "=e2=82=ac", "\xe2\x82\xac");
	check_decode(SW_MIME_PLAIN, "=3D", "=3D");
	check_decode(SW_MIME_PLAIN, "", "");
}

/* ---- dates ---- */

static void test_dates(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds; /* -1: none */
	} table[] = {
		{ "Thu, 8 Mar 2005 14:00:00 EDT", 1110304800 },
		{ "Wed, 14 Apr 2010 12:15:31 -0700 (PDT)", 1271272531 },
		{ "8 Oct 2011 20:15:58 +0000 (GMT)", 1318104958 },
		{ "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
		{ "29 Feb 2024 12:34 +0530", 1709190240 },
		{ "Sat, 1 Jan 00 00:00:00 Z", 946684800 },
		{ "31 Dec 99 23:59:60 UT", 946684800 },
		{ "1 Jan 2000 00:00:00", 946684800 },
		{ "1 Jan 2000 00:00:00 nowhere", 946684800 },
		{ "Thu,29 Apr 2009\r\n 23:34:45 +0900", 1241015685 },
		{ "", -1 },
		{ "Thu", -1 },
		{ "32 Jan 2000 00:00:00 Z", -1 },
		{ "1 Foo 2000 00:00:00 Z", -1 },
		{ "1 Jan 20000 00:00:00 Z", -1 },
		{ "1 Jan 2000 24:00:00 Z", -1 },
		{ "1 Jan 2000 12", -1 },
		{ "1 Jan 2000 12:", -1 },
		{ "1 Jan 2000 12:3x:00", -1 },
		{ "1 Jan 1950 00:00:00 Z", -1 },
		{ "2000-01-01T00:00:00Z", -1 },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		int64_t ms = -7;
		int code = sw_mime_date(sw_text_of(table[i].text), &ms);

		if (code != (table[i].seconds < 0 ? -EINVAL : 0) ||
		    ms != (table[i].seconds < 0 ? -7 : table[i].seconds * 1000))
			fail_msg("%s: %d, %lld", table[i].text, code, (long long)ms);
	}
}

/* ---- anything ---- */

static int measure_part(void *ctx, const struct sw_mime_part *part)
{
	const struct sw_text *message = ctx;
	char *out = malloc(part->body.n + 1);

	assert_non_null(out);
	assert_true(part->body.at >= message->at &&
		    part->body.at + part->body.n <= message->at + message->n);
	assert_true(sw_mime_decode(part->encoding, part->body, out) <= part->body.n);
	assert_true(sw_mime_unfold(part->body, out) <= part->body.n);
	free(out);
	return 0;
}

/* Pieces of messages in any order: nothing reaches outside the text. */
static void test_pieces(void **state)
{
	static const char *const pieces[] = {
		"Content-Type: multipart/mixed; boundary=b\n",
		"\n",
		"\r\n",
		"--b\n",
		"--b--\n",
		"Content-Transfer-Encoding: base64\n",
		"Content-Transfer-Encoding: quoted-printable\n",
		"=",
		"==\n",
		" folded\n",
		"x",
		": ",
		";",
		"\"",
		"boundary=",
		"\\",
		"(",
		"--",
	};
	uint64_t seed = 5965;

	for (unsigned round = 0; round < 20000; round++) {
		char buffer[1024], *text;
		struct sw_text message;
		size_t n = 0;

		for (unsigned i = sw_random(&seed) % 20; i; i--) {
			const char *piece =
				pieces[sw_random(&seed) % (sizeof(pieces) / sizeof(*pieces))];

			n += (size_t)sprintf(buffer + n, "%s", piece);
		}
		text = malloc(n ? n : 1);
		assert_non_null(text);
		memcpy(text, buffer, n);
		message = (struct sw_text){ text, n };
		sw_mime_walk(message, measure_part, &message, NULL);
		sw_mime_param(message, "boundary");
		free(text);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_control_characters),
		cmocka_unit_test(test_params),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
