/* SPDX-License-Identifier: GPL-2.0-only */
/* Whose mail a report is about: what it names, our relays, and what strangers wrote below. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/report_source.h"

static const char *const ours[] = { "mx.example.org", "relay.example.org" };

/* As text, with blanks between. @source: that the report names, or NULL; @received: fields of the mail. */
static const char *sources(const char *source, const char *received)
{
	static char text[SW_REPORT_SOURCES * SW_PREFIX_TEXT];
	struct sw_prefix found[SW_REPORT_SOURCES];
	char message[8192], one[SW_PREFIX_TEXT];
	struct sw_report *report = NULL;
	struct sw_err err = { "" };
	size_t n;

	snprintf(message, sizeof(message),
		 "From: fbl@example.net\nContent-Type: multipart/report; boundary=b\n\n"
		 "--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n%s%s\n"
		 "--b\nContent-Type: message/rfc822\n\n%sSubject: x\n\nx\n--b--\n",
		 source ? "Source-IP: " : "", source ? source : "", received);
	if (sw_report_parse(message, strlen(message), &report, &err))
		fail_msg("%s", err.text);
	n = sw_report_sources(report, ours, 2, found);
	text[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		strcat(text, i ? " " : "");
		strcat(text, sw_prefix_format(&found[i], one));
	}
	sw_report_free(report);
	return text;
}

#define INNER \
	"Received: from relay.example.org (r [198.51.100.1]) by inner.example.org with ESMTP\n"
#define CLIENT "Received: from x (unknown [192.0.2.7]) by relay.example.org with ESMTP\n"
#define FORGED "Received: from y (good [192.0.2.99]) by relay.example.org with ESMTP\n"
#define STRANGER "Received: from z (z [192.0.2.66]) by evil.example with ESMTP\n"
#define FILTER "Received: from localhost (localhost [127.0.0.1]) by mx.example.org with ESMTP\n"
#define FILTER6 "Received: from localhost (localhost [IPv6:::1]) by mx.example.org with ESMTP\n"
#define AT_MX "Received: from relay.example.org (r [198.51.100.1]) by MX.example.org with ESMTP\n"

static void named(void **state)
{
	assert_string_equal(sources("192.0.2.7", ""), "192.0.2.7");
	assert_string_equal(sources("192.0.2.7", STRANGER CLIENT), "192.0.2.7");
	assert_string_equal(sources("2001:db8::1", ""), "2001:db8::1");
	/* what it had behind it is asked about only if the daemon says that it is ours */
	assert_string_equal(sources("192.0.2.7", CLIENT FORGED STRANGER), "192.0.2.7 192.0.2.99");
}

static void by_our_own_words(void **state)
{
	assert_string_equal(sources(NULL, ""), "");
	assert_string_equal(sources(NULL, CLIENT STRANGER), "192.0.2.7");
	assert_string_equal(sources(NULL, AT_MX CLIENT STRANGER), "198.51.100.1 192.0.2.7");
	assert_string_equal(sources(NULL, STRANGER CLIENT), "");
	assert_string_equal(sources(NULL, FILTER FILTER6 CLIENT STRANGER), "192.0.2.7");
}

static void through_a_relay(void **state)
{
	/* the reporter's own server, which is none of ours, had it from our relay */
	assert_string_equal(sources("198.51.100.1", INNER CLIENT STRANGER),
			    "198.51.100.1 192.0.2.7");
	assert_string_equal(sources("198.51.100.1", STRANGER INNER CLIENT STRANGER),
			    "198.51.100.1 192.0.2.7");
	assert_string_equal(sources("198.51.100.1", AT_MX FILTER CLIENT STRANGER),
			    "198.51.100.1 192.0.2.7");
	/* nobody says that it came through the relay */
	assert_string_equal(sources("198.51.100.1", STRANGER CLIENT), "198.51.100.1");
	assert_string_equal(sources("198.51.100.1", INNER STRANGER CLIENT), "198.51.100.1");
}

static void as_many_as_there_are(void **state)
{
	char received[40 * sizeof(CLIENT)] = "";
	unsigned n = 1;

	for (unsigned i = 0; i < 40; i++)
		strcat(received, CLIENT);
	for (const char *p = sources("198.51.100.1", received); *p; p++)
		n += *p == ' ';
	assert_int_equal(n, SW_REPORT_SOURCES);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(named),
		cmocka_unit_test(by_our_own_words),
		cmocka_unit_test(through_a_relay),
		cmocka_unit_test(as_many_as_there_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
