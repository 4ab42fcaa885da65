/* SPDX-License-Identifier: GPL-2.0-only */
/* The warning: what a template may be, what stands for what, and that nothing from outside
 * becomes a header or a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mta/mime.h"
#include "mta/warning.h"
#include "support/random.h"

#define NOON INT64_C(1795608000000) /* 25 November 2026 12:00 UTC */

static struct sw_warning_facts facts;
static char *message;
static size_t message_n;

static int setup(void **state)
{
	facts = (struct sw_warning_facts){ .from = "postmaster@example.org",
					   .to = "abuse@example.net",
					   .host = "mx.example.org",
					   .source = "192.0.2.1",
					   .name = "mail.example.net",
					   .reason = "complaint 1: abuse, by fbl@example.com",
					   .complaints = 1,
					   .opened_ms = NOON,
					   .grace_ends_ms = NOON + INT64_C(7) * 86400000,
					   .now_ms = NOON + 1000,
					   .random = 0xbeef };
	return 0;
}

static int teardown(void **state)
{
	free(message);
	message = NULL;
	return 0;
}

static void make(const char *template)
{
	struct sw_err err = { "" };

	free(message);
	message = NULL;
	if (sw_warning_write(template, strlen(template), &facts, &message, &message_n, &err))
		fail_msg("%s", err.text);
	assert_int_equal(strlen(message), message_n);
}

static void refused(const char *template, const char *words)
{
	struct sw_err err = { "" };
	char *text = NULL;
	size_t n = 0;

	assert_int_equal(sw_warning_check(template, strlen(template), &err), -EINVAL);
	if (!strstr(err.text, words))
		fail_msg("\"%s\" does not say: %s", err.text, words);
	assert_int_equal(sw_warning_write(template, strlen(template), &facts, &text, &n, &err),
			 -EINVAL);
	assert_null(text);
}

static void a_message(void **state)
{
	make("Subject: mail from %a\n\nHello,\n%n, %m since %d, until %g.\n%r\n%h: 100%%\n.\n");
	assert_string_equal(
		message,
		"From: <postmaster@example.org>\nTo: <abuse@example.net>\n"
		"Subject: mail from 192.0.2.1\n"
		"Date: Wed, 25 Nov 2026 12:00:01 +0000\n"
		"Message-ID: <synward.1a21293b9e8.beef@example.org>\n"
		"Auto-Submitted: auto-generated\nX-Auto-Response-Suppress: All\n"
		"Precedence: bulk\nMIME-Version: 1.0\n"
		"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 7bit\n"
		"\n"
		"Hello,\nmail.example.net, 1 since 2026-11-25 12:00 UTC, until 2026-12-02 "
		"12:00 UTC.\n"
		"complaint 1: abuse, by fbl@example.com\nmx.example.org: 100%\n.\n");
}

static void other_shapes(void **state)
{
	facts.name = NULL;
	make("subject:x\r\n\r\nno name: %n\r\nends without a newline");
	assert_non_null(strstr(message, "\nSubject: x\n"));
	assert_non_null(strstr(message, "\n\nno name: 192.0.2.1\nends without a newline\n"));
	assert_null(strchr(message, '\r'));
	make("Subject: x\n\nGr\xc3\xbc\xc3\x9f Gott, \xf0\x9f\x93\xa7\n");
	assert_non_null(strstr(message, "\nContent-Transfer-Encoding: 8bit\n"));
	assert_non_null(strstr(message, "Gr\xc3\xbc\xc3\x9f Gott"));
	make("Subject: x\n\n\n\nX: no header\n");
	assert_non_null(strstr(message, "\n\n\n\nX: no header\n"));
}

static void bad_templates(void **state)
{
	static char many[SW_WARNING_TEMPLATE + 20];

	refused("", "line 1: it does not begin with \"Subject:\"");
	refused("Hello\n", "line 1: it does not begin");
	refused("Subject:  \n\nx\n", "line 1: the subject is empty");
	refused("Subject: x", "line 2 is not empty");
	refused("Subject: x\nBcc: a@b.c\n\nx\n", "line 2 is not empty; other headers are none");
	refused("Subject: x\n\n", "there is no text");
	refused("Subject: x\n\n \n\n", "there is no text");
	refused("Subject: x\n\nfine\n%q\n", "line 4: %q stands for nothing; there are %a %n");
	refused("Subject: x\n\n50%\n", "line 3: % stands for nothing");
	refused("Subject: 50%\n\nx\n", "line 1: % stands for nothing");
	refused("Subject: x\n\n%\x7f\n", "line 3 is no text");
	refused("Subject: x\n\na\x01z\n", "line 3 is no text in UTF-8");
	refused("Subject: x\n\n\xc3(\n", "line 3 is no text in UTF-8");
	refused("Subject: x\n\n\xc0\x80\n", "line 3 is no text in UTF-8");
	refused("Subject: x\n\n\xed\xa0\x80\n", "line 3 is no text in UTF-8");
	refused("Subject: \xc3\xbc\n\nx\n", "line 1, the subject, has to be ASCII");
	refused("Subject: x\n\n%a %n %r %h\n", "line 3 can get longer than 980 bytes");
	memcpy(many, "Subject: x\n\n", 12);
	memset(many + 12, 'a', 981);
	refused(many, "line 3 can get longer than 980 bytes");
	many[12 + 980] = '\0';
	make(many);
	memset(many + 12, '\n', sizeof(many) - 13);
	refused(many, "more than 16384 bytes");
	assert_int_equal(sw_warning_check("Subject: x\n\na\0b\n", 16, &(struct sw_err){ "" }),
			 -EINVAL);
}

/* ---- what comes from outside ---- */

static unsigned lines_of(const char *text)
{
	unsigned n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void nothing_gets_out_of_its_line(void **state)
{
	static const char template[] = "Subject: %a %r\n\n%n %r\n%h\n";
	struct sw_text headers, body;
	unsigned lines;

	make(template);
	lines = lines_of(message);
	facts.reason = "x\r\nBcc: victim@example.com\r\n\r\n%a %q \x1b[2J\xff";
	facts.name = "a\nb.example";
	facts.source = "192.0.2.1\n";
	facts.host = "mx\nX-Evil: 1";
	make(template);
	assert_int_equal(lines_of(message), lines);
	sw_mime_split((struct sw_text){ message, message_n }, &headers, &body);
	assert_null(sw_mime_find(headers, "Bcc").at);
	assert_null(sw_mime_find(headers, "X-Evil").at);
	assert_non_null(strstr(message, "\nSubject: 192.0.2.1? x??Bcc: victim@example.com????%a %q "
					"?[2J?\n"));
}

static void any_facts(void **state)
{
	static const char template[] = "Subject: %r%r\n\n%a%n\n%h%r\n";
	static char value[4][3000];
	uint64_t random = 20261126;
	unsigned lines;

	make(template);
	lines = lines_of(message);
	for (unsigned round = 0; round < 2000; round++) {
		for (unsigned i = 0; i < 4; i++) {
			size_t n = sw_random(&random) % (round % 10 ? 40 : sizeof(value[0]) - 1);

			for (size_t k = 0; k < n; k++)
				value[i][k] = (char)(sw_random(&random) % 255 + 1);
			value[i][n] = '\0';
		}
		facts.reason = value[0];
		facts.source = value[1];
		facts.name = value[2];
		facts.host = value[3];
		facts.opened_ms = (int64_t)sw_random(&random);
		facts.now_ms = (int64_t)sw_random(&random);
		make(template);
		assert_int_equal(lines_of(message), lines);
		for (const char *p = message; *p; p += strcspn(p, "\n") + 1)
			assert_true(strcspn(p, "\n") <= 998);
		for (size_t i = 0; i < message_n; i++)
			assert_true(message[i] == '\n' || (message[i] >= ' ' && message[i] < 0x7f));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_message),     TEST(other_shapes),
		TEST(bad_templates), TEST(nothing_gets_out_of_its_line),
		TEST(any_facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
