/* SPDX-License-Identifier: GPL-2.0-only */
/* The desk's replies, and what it says to whom: RFC 5321 3.1 to polite clients, an end to others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desk/smtp.h"

#define TEXT "Mail from [192.0.2.1] is not accepted: listed"
#define MANY 600

static const struct sw_smtp_words words = { "mx.example", TEXT };

/* ---- replies ---- */

/* Every line is at most 512 octets of printable ASCII and CRLF, has @code, and only the last one has a
 * blank behind it. Returns the number of lines. */
static unsigned check_reply(const char *bytes, size_t n, const char *code)
{
	unsigned lines = 0;

	assert_true(n <= SW_REPLY_BYTES);
	for (size_t i = 0, start = 0; i < n; i++) {
		if (bytes[i] != '\n') {
			assert_true(bytes[i] == '\r' || (bytes[i] >= ' ' && bytes[i] < 0x7f));
			continue;
		}
		assert_true(i - start + 1 <= SW_REPLY_LINE && i - start >= 5);
		assert_true(bytes[i - 1] == '\r' && !memchr(bytes + start, '\r', i - 1 - start));
		assert_memory_equal(bytes + start, code, 3);
		assert_int_equal(bytes[start + 3], i + 1 == n ? ' ' : '-');
		start = i + 1;
		lines++;
	}
	assert_int_equal(bytes[n - 1], '\n');
	return lines;
}

static void test_reply(void **state)
{
	char out[SW_REPLY_BYTES];
	size_t n = sw_reply_put(out, 554, "5.7.1", "no");

	assert_int_equal(n, 14);
	assert_memory_equal(out, "554 5.7.1 no\r\n", n);
	n = sw_reply_put(out, 220, NULL, "mx.example");
	assert_memory_equal(out, "220 mx.example\r\n", n);
	n = sw_reply_put(out, 250, NULL, "");
	assert_memory_equal(out, "250 \r\n", n);
}

static void test_reply_hostile(void **state)
{
	char out[SW_REPLY_BYTES];
	size_t n = sw_reply_put(out, 554, "5.7.1", "a\r\n250 ok\r\n\tb\x80\x1b[2J \x7f ");

	assert_memory_equal(out, "554 5.7.1 a 250 ok b??[2J ?\r\n", n);
	assert_int_equal(check_reply(out, n, "554"), 1);
}

/* Whatever its blanks are, a text of any length is a few lines. */
static void test_reply_long(void **state)
{
	char out[SW_REPLY_BYTES], text[3000];

	for (size_t n = 0; n < sizeof(text); n += 37) {
		for (size_t blank = 0; blank < 520; blank += 13) {
			memset(text, 'x', n);
			text[n] = '\0';
			for (size_t i = blank; blank && i < n; i += blank)
				text[i] = ' ';
			assert_in_range(
				check_reply(out, sw_reply_put(out, 450, "4.7.1", text), "450"), 1,
				5);
		}
	}
}

static void test_clean(void **state)
{
	char out[8];

	assert_int_equal(sw_reply_clean(out, sizeof(out), "  a \t b  ", 9), 3);
	assert_string_equal(out, "a b");
	assert_int_equal(sw_reply_clean(out, sizeof(out), "abcdefghij", 10), 7);
	assert_string_equal(out, "abcdefg");
	assert_int_equal(sw_reply_clean(out, sizeof(out), "abcdef gh", 9), 6);
	assert_string_equal(out, "abcdef");
	assert_int_equal(sw_reply_clean(out, sizeof(out), "a\0b", 3), 3);
	assert_string_equal(out, "a?b");
	assert_int_equal(sw_reply_clean(out, 1, "a", 1), 0);
	assert_int_equal(sw_reply_clean(out, 0, "a", 1), 0);
}

/* ---- conversations ---- */

static struct sw_smtp client;

/* The codes of all replies to @n bytes, as "503 221". */
static const char *codes_of(const char *out, size_t n)
{
	static char codes[1024];
	size_t used = 0;

	codes[0] = '\0';
	for (size_t i = 0, start = 0; i < n; i++) {
		if (out[i] != '\n')
			continue;
		if (out[start + 3] == ' ')
			used += (size_t)sprintf(codes + used, "%s%.3s", used ? " " : "",
						out + start);
		start = i + 1;
	}
	return codes;
}

static const char *said_n(const char *bytes, size_t n)
{
	char out[SW_SMTP_BYTES];

	return codes_of(out, sw_smtp_take(&client, &words, bytes, n, out));
}

static const char *said(const char *bytes)
{
	return said_n(bytes, strlen(bytes));
}

static const char *greeted(enum sw_smtp_at at, enum sw_smtp_why why)
{
	static char out[SW_REPLY_BYTES + 1];

	out[sw_smtp_greet(&client, at, why, &words, out)] = '\0';
	return out;
}

static void come(enum sw_smtp_at at)
{
	greeted(at, SW_SMTP_TURNED_AWAY);
	assert_false(client.over);
}

static void test_greeting(void **state)
{
	assert_string_equal(greeted(SW_SMTP_GREETING, SW_SMTP_TURNED_AWAY),
			    "554 5.7.1 " TEXT "\r\n");
	assert_string_equal(said("EHLO client.example\r\n"), "503");
	assert_string_equal(said("MAIL FROM:<a@b>\r\n"), "503");
	assert_string_equal(said("\r\n"), "503");
	assert_string_equal(said("quitting\r\n"), "503");
	assert_string_equal(said(" QUIT\r\n"), "503");
	assert_false(client.over);
	assert_string_equal(said("qUiT\r\n"), "221");
	assert_true(client.over);
	assert_string_equal(said("EHLO again\r\n"), "");
}

static void test_pieces(void **state)
{
	come(SW_SMTP_GREETING);
	assert_string_equal(said("EH"), "");
	assert_string_equal(said("LO x"), "");
	assert_string_equal(said("\r"), "");
	assert_string_equal(said("\nQU"), "503");
	assert_string_equal(said("IT\n"), "221");
}

/* Who does not wait for the greeting. */
static void test_impatient(void **state)
{
	come(SW_SMTP_GREETING);
	assert_string_equal(said("EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nQUIT\r\nmore\r\n"),
			    "503 503 503 221");
	come(SW_SMTP_GREETING);
	assert_string_equal(said("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n"),
			    "503 503 503 503 503 503 503 503 421");
	assert_true(client.over);
}

static void test_not_listed(void **state)
{
	assert_memory_equal(greeted(SW_SMTP_GREETING, SW_SMTP_NOT_LISTED), "421 4.3.2 ", 10);
	assert_true(client.over);
	assert_memory_equal(greeted(SW_SMTP_RECIPIENT, SW_SMTP_TOO_MANY), "421 4.7.0 ", 10);
	assert_true(client.over);
	assert_string_equal(said("QUIT\r\n"), "");
}

static void test_recipient(void **state)
{
	char out[SW_SMTP_BYTES + 1];
	size_t n;

	assert_string_equal(greeted(SW_SMTP_RECIPIENT, SW_SMTP_TURNED_AWAY), "220 mx.example\r\n");
	assert_string_equal(said("helo x\r\n"), "250");
	assert_string_equal(said("EHLO x\r\n"), "250");
	assert_string_equal(said("STARTTLS\r\n"), "502");
	assert_string_equal(said("MAIL FROM:<a@b> SIZE=1\r\n"), "250");
	n = sw_smtp_take(&client, &words, "RCPT TO:<c@d>\r\n", 15, out);
	out[n] = '\0';
	assert_string_equal(out, "554 5.7.1 " TEXT "\r\n");
	assert_string_equal(said("RCPT TO:<e@f>\r\nDATA\r\n"), "554 554");
	assert_string_equal(said("BDAT 3 LAST\r\n"), "502");
	assert_string_equal(said("RSET\r\nNOOP\r\nDATUM\r\n"), "250 250 502");
	assert_string_equal(said("QUIT\r\n"), "221");
	assert_true(client.over);
}

static void test_too_long(void **state)
{
	char line[MANY];

	memset(line, 'a', sizeof(line));
	line[SW_SMTP_LINE - 1] = '\n';
	come(SW_SMTP_GREETING);
	assert_string_equal(said_n(line, SW_SMTP_LINE), "503");
	come(SW_SMTP_GREETING);
	assert_string_equal(said_n(line, SW_SMTP_LINE - 1), "");
	assert_string_equal(said_n("a", 1), "500");
	assert_true(client.over);
	/* in pieces */
	come(SW_SMTP_RECIPIENT);
	for (int i = 0; i < SW_SMTP_LINE - 1; i++)
		assert_string_equal(said("b"), "");
	assert_string_equal(said("b"), "500");
}

static void test_binary(void **state)
{
	static const char hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc";

	come(SW_SMTP_GREETING);
	assert_string_equal(said_n(hello, sizeof(hello)), "500");
	assert_true(client.over);
	come(SW_SMTP_GREETING);
	assert_string_equal(said_n("EHLO\xff\xfe\r\r\n", 9), "503");
	assert_string_equal(said_n("EHLO\n\0", 6), "503 500");
}

static void test_too_many(void **state)
{
	for (int at = SW_SMTP_GREETING; at <= SW_SMTP_RECIPIENT; at++) {
		unsigned n = 0;

		come((enum sw_smtp_at)at);
		while (!client.over && n++ < MANY)
			said("NOOP\r\n");
		assert_int_equal(n, SW_SMTP_LINES);
	}
}

static void test_ends(void **state)
{
	char out[SW_REPLY_BYTES];

	come(SW_SMTP_GREETING);
	assert_string_equal(codes_of(out, sw_smtp_timeout(&client, out)), "421");
	assert_true(client.over);
	come(SW_SMTP_RECIPIENT);
	assert_string_equal(codes_of(out, sw_smtp_make_room(&client, out)), "421");
	assert_true(client.over);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reply),	   cmocka_unit_test(test_reply_hostile),
		cmocka_unit_test(test_reply_long), cmocka_unit_test(test_clean),
		cmocka_unit_test(test_greeting),   cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_impatient),  cmocka_unit_test(test_not_listed),
		cmocka_unit_test(test_recipient),  cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_binary),	   cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
