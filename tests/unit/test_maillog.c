/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines of mail logs: the example of every pattern and reply, what stands before a message,
 * what an attacker writes into HELO, sender, recipient and PTR name, and what is bounded.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "mta/maillog_parts.h"
#include "mta/syslog_line.h"

#define NOW 1795652297000 /* 26 November 2026 */

static struct sw_maillog *maillog;

static int open_maillog(void **unused)
{
	struct sw_err err = { "" };
	int code = sw_maillog_open(SW_MAILLOG_AUTO, 64, &maillog, &err);

	if (code)
		print_message("%s\n", err.text);
	return code;
}

static int close_maillog(void **unused)
{
	maillog = sw_maillog_close(maillog);
	return 0;
}

/* What a line became, in the words of the table. */
static const char *words(const struct sw_maillog_result *r)
{
	static char text[1024];
	char source[SW_PREFIX_TEXT];
	size_t n = 0;

	if (r->fate != SW_MAILLOG_EVENT)
		return sw_maillog_fate_name(r->fate);
	text[0] = '\0';
	for (size_t i = 0; i < r->n; i++) {
		const struct sw_mta_event *e = &r->event[i];

		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s %s", i ? "; " : "",
				      sw_mta_kind_name(e->kind),
				      sw_prefix_format(&e->source, source));
		if (e->rcpt)
			n += (size_t)snprintf(text + n, sizeof(text) - n, " %.*s", (int)e->rcpt_n,
					      e->rcpt);
		else if (e->kind == SW_MTA_ACCEPTED_RCPT || e->recipients > 1 ||
			 e->kind == SW_MTA_UNKNOWN_RCPT)
			n += (size_t)snprintf(text + n, sizeof(text) - n, " x%u", e->recipients);
		assert_true(n < sizeof(text));
	}
	return text;
}

/* Feed @lines, with newlines between them; what the last became. */
static struct sw_maillog_result feed(const char *lines)
{
	struct sw_maillog_result r = { .fate = SW_MAILLOG_FOREIGN };

	while (*lines) {
		size_t n = strcspn(lines, "\n");

		sw_maillog_line(maillog, lines, n, NOW, &r);
		lines += n + (lines[n] == '\n');
	}
	return r;
}

static void becomes(const char *lines, const char *expected)
{
	struct sw_maillog_result r = feed(lines);

	if (strcmp(words(&r), expected))
		print_message("%s\n", lines);
	assert_string_equal(words(&r), expected);
}

/* ---- the tables ---- */

static void test_patterns(void **state)
{
	for (size_t i = 0; i < maillog_patterns_n; i++) {
		const struct pattern_row *row = &maillog_patterns[i];
		struct sw_maillog_result r;

		if (i) {
			assert_true(row[-1].program <= row->program);
			assert_true(row[-1].number < row->number);
		}
		close_maillog(NULL);
		assert_int_equal(open_maillog(NULL), 0);
		r = feed(row->example);
		if (r.pattern != row->number || strcmp(words(&r), row->expected))
			print_message("pattern %u, %s: matched %u\n%s\n", row->number, row->name,
				      r.pattern, row->example);
		assert_int_equal(r.pattern, row->number);
		assert_string_equal(words(&r), row->expected);
	}
}

static void test_replies(void **state)
{
	for (size_t i = 0; i < maillog_replies_n; i++) {
		const struct reply_row *row = &maillog_replies[i];
		size_t j = 0;

		while (j < maillog_replies_n &&
		       !sw_regex_match(maillog->room, maillog->reply[j], row->example,
				       strlen(row->example), NULL))
			j++;
		if (i != j)
			print_message("reply %u: \"%s\"\n", row->number, row->example);
		assert_int_equal(i, j);
		assert_true(i == 0 || row[-1].number < row->number);
	}
}

static void test_reply_kinds(void **state)
{
	static const struct {
		const char *reply, *expected;
	} cases[] = {
		{ "550 5.1.1 <x@y>... User unknown", "unknown-rcpt" },
		{ "550 User unknown", "unknown-rcpt" },
		{ "550 User <benny> unknown", "unknown-rcpt" },
		{ "550 <x@y>: User unknown in relay recipient table", "unknown-rcpt" },
		{ "550 5.1.1 <x@y>: Recipient address rejected: User unknown in virtual alias "
		  "table",
		  "unknown-rcpt" },
		{ "550 5.1.1 <x@y>: Recipient address rejected: undeliverable address: unknown "
		  "user: "
		  "\"x\"",
		  "unknown-rcpt" },
		{ "550 5.1.1 <x@y>: Recipient address rejected: not one of our words",
		  "unknown-rcpt" },
		{ "550 5.1.1 The email account that you tried to reach does not exist",
		  "unknown-rcpt" },
		{ "550 No such user here", "unknown-rcpt" },
		{ "550 no mailbox here by that name", "unknown-rcpt" },
		{ "550-5.1.1 bad destination mailbox address", "unknown-rcpt" },
		{ "550 Requested action not taken: mailbox unavailable", "unknown-rcpt" },
		{ "550 #5.1.0 Address rejected.", "other-reject" },
		{ "550 5.1.2 <x@y>: Recipient address rejected: Domain not found", "other-reject" },
		{ "550 5.2.1 <x@y>... Mailbox disabled for this recipient", "disabled-rcpt" },
		{ "550 5.2.1 closed", "disabled-rcpt" },
		{ "550 The account x@y has been suspended", "disabled-rcpt" },
		{ "554 user account is inactive", "disabled-rcpt" },
		{ "552 5.2.2 <x@y>: Recipient address rejected: mailbox over quota",
		  "other-reject" },
		{ "550 5.1.1 <x@y>: Recipient address rejected: undeliverable address: host "
		  "m[10.0.0.1] "
		  "said: 552 5.2.2 mailbox full",
		  "other-reject" },
		{ "554 5.7.1 <x@y>: Relay access denied", "relay-reject" },
		{ "550 5.7.1 <x@y>... Relaying denied. IP name lookup failed [192.0.2.1]",
		  "relay-reject" },
		{ "relay not permitted", "relay-reject" },
		{ "550 5.7.1 Unable to relay", "relay-reject" },
		{ "550 we don't relay for strangers", "relay-reject" },
		{ "513 Relaying denied.", "relay-reject" },
		{ "550 5.1.0 <x@y>: Sender address rejected: User unknown in local recipient table",
		  "other-reject" },
		{ "553 5.1.8 <x@y>... Domain of sender address a@b does not exist",
		  "other-reject" },
		{ "Sender verify failed", "other-reject" },
		{ "rejected because 192.0.2.1 is in a black list at relays.example",
		  "other-reject" },
		{ "554 5.7.1 <x@y>: Recipient address rejected: Access denied", "other-reject" },
		{ "all relevant MX records point to non-existent hosts", "other-reject" },
		{ "554 5.7.1 Greylisting in action, please come back later", "?" },
		{ "550 5.1.6 <x@y>: Recipient address rejected: User has moved to z@y",
		  "disabled-rcpt" },
		{ "550 5.1.6 gone", "disabled-rcpt" },
		{ "550 This account is not allowed to receive mail", "disabled-rcpt" },
		{ "550 5.2.1 The user you are trying to contact is receiving mail at a rate that "
		  "prevents additional messages from being delivered.",
		  "other-reject" },
		{ "550 5.4.1 [x@y]: Recipient address rejected: Access denied "
		  "[XX2.eop-eur02.prod.protection.outlook.com]",
		  "unknown-rcpt" },
		{ "550 5.7.1 <x@y>: Recipient address rejected: User email address is marked as "
		  "invalid",
		  "unknown-rcpt" },
		{ "554 delivery error: dd This user doesn't have a yahoo.com account (x@y) [0]",
		  "unknown-rcpt" },
		{ "550 The mailbox specified in the message does not exist", "unknown-rcpt" },
		{ "550 Recipient verification failed", "unknown-rcpt" },
		{ "550 The address given as sender does not exist", "other-reject" },
		{ "550 Too many unknown users", "other-reject" },
		{ "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
		  "relay-reject" },
		/* of the server that was asked, not of the recipient */
		{ "550 5.1.1 <x@y>: Recipient address rejected: undeliverable address: mail for y "
		  "loops back to myself",
		  "other-reject" },
		{ "550 5.1.1 <x@y>: Recipient address rejected: undeliverable address: host "
		  "m[10.0.0.1] refused to talk to me: 554 5.7.1 no",
		  "other-reject" },
		{ "550 5.1.1 <x@y>: Recipient address rejected: undeliverable address: host "
		  "m[10.0.0.1] said: 550 5.1.0 unknown user (in reply to MAIL FROM command)",
		  "other-reject" },
		{ "550 5.1.1 <x@y>: Recipient address rejected: undeliverable address: host "
		  "m[10.0.0.1] said: 554 5.7.1 Service unavailable; Client host [10.0.0.2] "
		  "blocked (in reply to RCPT TO command)",
		  "other-reject" },
		{ "550 5.1.1 <x@y>: Recipient address rejected: undeliverable address: host "
		  "m[10.0.0.1] said: 550 no (in reply to RCPT TO command)",
		  "unknown-rcpt" },
		{ "response to \"MAIL FROM:<>\" from m [10.0.0.1] was: 550 unknown user",
		  "other-reject" },
		/* an address is not what is said of it */
		{ "550 5.1.1 <quota@y>: Recipient address rejected: undeliverable address: host "
		  "m[10.0.0.1] said: 550 5.1.1 <quota@y> User doesn't exist: quota@y",
		  "unknown-rcpt" },
		{ "response to \"RCPT TO:<greylist@y>\" from m [10.0.0.1] was: 550 5.1.1 User "
		  "unknown",
		  "unknown-rcpt" },
		{ "550 5.1.1 <x@y>: Recipient address rejected: undeliverable address: unknown "
		  "user: \"quota\"",
		  "unknown-rcpt" },
		{ "550 5.7.1 <x@y>: Recipient address rejected: SPF fail, see "
		  "http://spf.example/?id=user-unknown@y;r=x",
		  "other-reject" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct sw_piece text = { cases[i].reply, strlen(cases[i].reply) };
		struct reply reply = maillog_reply(maillog, text, (struct sw_piece){ .at = NULL });

		if (strcmp(sw_mta_kind_name(reply.kind), cases[i].expected))
			print_message("%s\n", cases[i].reply);
		assert_false(reply.soft);
		assert_string_equal(sw_mta_kind_name(reply.kind), cases[i].expected);
	}
}

/* ---- before the message ---- */

#define REJECT                                                                                   \
	"NOQUEUE: reject: RCPT from a.example[192.0.2.1]: 550 5.1.1 <b@example.org>: Recipient " \
	"address rejected: User unknown; from=<> to=<b@example.org> proto=SMTP helo=<a>"
#define REJECTED "unknown-rcpt 192.0.2.1 b@example.org"

static void test_prefixes(void **state)
{
	static const char *const lines[] = {
		"Nov 26 00:18:17 mx postfix/smtpd[1]: " REJECT,
		"Nov  6 00:18:17 mx postfix/smtpd[1]: " REJECT,
		"Nov 6 00:18:17 mx postfix/smtpd[1]: " REJECT,
		"Nov 26 00:18:17.123456 mx postfix/smtpd[1]: " REJECT,
		"Nov 26 2026 00:18:17 mx postfix/smtpd[1]: " REJECT,
		"Nov 26 00:18:17 mx postfix/submission/smtpd[1]: " REJECT,
		"Nov 26 00:18:17 mx postfix-in/smtpd: " REJECT,
		"Nov 26 00:18:17 postfix/smtpd[1]: " REJECT,
		"Nov 26 00:18:17 <mail.info> mx postfix/smtpd[1]: " REJECT,
		"M\xc3\xa4r 08 20:48:47 mx postfix/smtpd[1]: " REJECT,
		"2026-11-26T00:18:17+01:00 mx postfix/smtpd[1]: " REJECT,
		"2026-11-26T00:18:17.123456Z mx postfix/smtpd[1]: " REJECT,
		"2026-11-26T00:18:17+0100 mx postfix/smtpd[1]: " REJECT,
		"2026-11-26 00:18:17 mx postfix/smtpd[1]: " REJECT,
		"Thu 2026-11-26 00:18:17 CET mx postfix/smtpd[1]: " REJECT,
		"1795652297.123456 mx postfix/smtpd[1]: " REJECT,
		"<22>Nov 26 00:18:17 mx postfix/smtpd[1]: " REJECT,
		"<22>1 2026-11-26T00:18:17Z mx postfix/smtpd 1 - - " REJECT,
		"<22>1 2026-11-26T00:18:17Z mx postfix/smtpd 1 - [a b=\"\\]\"] " REJECT,
		"postfix/smtpd[1]: " REJECT,
		"mx.example.org postfix/smtpd[1]: " REJECT,
		"2026 Nov 26 00:18:17 mx postfix/smtpd[1]: " REJECT,
		"Nov 26 00:18:17 source@mx/relay postfix/smtpd[1]: " REJECT,
		"Nov 26 00:18:17 [198.51.100.9] postfix/smtpd[1]: " REJECT,
		"Nov 26 00:18:17 mx postfix/198.51.100.9:25/smtpd[1]: " REJECT,
		"Nov 26 00:18:17 mx postfix/[2001:db8::9]:25/smtpd[1]: " REJECT,
		/* BusyBox */
		"Nov 26 00:18:17 mx mail.info postfix/smtpd[1]: " REJECT,
		"Nov 26 00:18:17 mail.warn postfix/smtpd[1]: " REJECT,
		/* rsyslog's programname */
		"Nov 26 00:18:17 mx postfix: " REJECT,
		"Nov 26 00:18:17 mx postfix-in[1]: " REJECT,
		"<22>1 2026-11-26T00:18:17Z mx postfix 1 - - " REJECT,
		"<22>1 2026-11-26T00:18:17Z mx postfix/smtpd 1 - - \xef\xbb\xbf" REJECT,
		"<22>1 - mx postfix/smtpd 1 - - " REJECT,
		"1 2026-11-26T00:18:17Z mx postfix/smtpd 1 - - " REJECT,
		/* docker logs -t, docker compose logs, CRI */
		"2026-11-26T00:18:17.123456789Z Nov 26 00:18:17 mx postfix/smtpd[1]: " REJECT,
		"2026-11-26T00:18:17.123456789Z postfix/smtpd[1]: " REJECT,
		"mail-1  | Nov 26 00:18:17 mx postfix/smtpd[1]: " REJECT,
		"mail-1  | postfix/smtpd[1]: " REJECT,
		"2026-11-26T00:18:17.123456789Z stdout F Nov 26 00:18:17 mx "
		"postfix/smtpd[1]: " REJECT,
		"2026-11-26T00:18:17.123456789+01:00 stderr F postfix/smtpd[1]: " REJECT,
		"Nov 26 00:18:17 mx postfix/smtpd[1]: " REJECT "\r",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		becomes(lines[i], REJECTED);
	becomes("Nov 26 00:18:17 mx sshd[1]: Invalid user postfix/smtpd[1]: " REJECT, "foreign");
	becomes("Nov 26 00:18:17 mx a b postfix/smtpd[1]: " REJECT, "foreign");
	becomes("Nov 26 00:18:17 mx su: postfix/smtpd[1]: " REJECT, "foreign");
	becomes("Nov 26 00:18:17 mx web[1]: Nov 26 00:18:17 mx postfix/smtpd[1]: " REJECT,
		"foreign");
	becomes("Nov 26 00:18:17 mx a:b: postfix/smtpd[1]: " REJECT, "foreign");
	becomes("Nov 26 00:18:17 mx mail.info su: postfix/smtpd[1]: " REJECT, "foreign");
	becomes("web-1  | GET / postfix/smtpd[1]: " REJECT, "foreign");
	becomes("2026-11-26T00:18:17Z stdout F GET postfix/smtpd[1] : " REJECT, "foreign");
	becomes("2026-11-26T00:18:17Z stdout P postfix/smtpd[1]: " REJECT, "foreign");
	becomes("2026-11-26 00:18:17 mx sshd[1]: H=(a) [192.0.2.1] rejected RCPT <b@c>: Unknown "
		"user",
		"foreign");
	becomes("", "foreign");
	becomes("Nov 26 00:18:17", "foreign");
	becomes("<22>", "foreign");
}

static int64_t time_of(const char *line)
{
	struct sw_maillog_result r = feed(line);

	assert_int_equal(r.n, 1);
	return r.event[0].time_ms;
}

/* What real servers write, and the tables have no example of. */
static void test_others(void **state)
{
	static const struct {
		const char *line, *expected;
	} cases[] = {
		/* before Postfix had queue ids and status codes there */
		{ "Nov 26 00:18:17 mx postfix/smtpd[1]: reject: RCPT from a[192.0.2.1]: 550 "
		  "<b@example.org>: User unknown in local recipient table; from=<x@y> "
		  "to=<b@example.org>",
		  REJECTED },
		{ "Nov 26 00:18:17 mx postfix/smtpd[1]: NOQUEUE: milter-reject: RCPT from "
		  "a[192.0.2.1]: 550 "
		  "5.1.1 <b@example.org>: no; from=<x@y> to=<b@example.org> proto=SMTP helo=<a>",
		  REJECTED },
		{ "Nov 26 00:18:17 mx postfix/smtpd[1]: NOQUEUE: milter-reject: RCPT from "
		  "a[192.0.2.1]: 550 5.1.1 No such user; from=<x@y> to=<b@example.org> proto=SMTP "
		  "helo=<a>",
		  REJECTED },
		{ "Nov 26 00:18:17 mx postfix/smtpd[1]: NOQUEUE: reject: VRFY from a[192.0.2.1]: "
		  "550 5.1.1 "
		  "<b@example.org>: Recipient address rejected: User unknown; to=<b@example.org> "
		  "proto=SMTP",
		  REJECTED },
		{ "Nov 26 00:18:17 mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from a[192.0.2.1]: "
		  "450 4.1.1 "
		  "<b@example.org>: Recipient address rejected: User unknown; from=<> "
		  "to=<b@example.org>",
		  "deferred" },
		{ "Nov 26 00:18:17 mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from a[192.0.2.1]: "
		  "454 4.7.1 "
		  "<b@example.org>: Relay access denied; from=<> to=<b@example.org> proto=SMTP "
		  "helo=<a>",
		  "deferred" },
		{ "Nov 26 00:18:17 mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from "
		  "x[192.0.2.9][192.0.2.1]: 550 "
		  "5.1.1 <b@example.org>: Recipient address rejected: User unknown; from=<>",
		  "not-understood" },
		{ "2026-11-26 00:18:17 H=a.example [192.0.2.1] F=<x@y> rejected RCPT "
		  "<b@example.org>: \"No Such "
		  "User Here\"",
		  REJECTED },
		{ "2026-11-26 00:18:17 H=a.example (c.example) [192.0.2.1]:587 F=<x@y> rejected "
		  "RCPT "
		  "<b@example.org>: response to \"RCPT TO:<b@example.org>\" from inner [10.0.0.1] "
		  "was: 550 5.1.1 "
		  "User unknown",
		  REJECTED },
		{ "2026-11-26 00:18:17 H=a.example [192.0.2.1] X=TLS1.3:AES:256 CV=no F=<x@y> "
		  "rejected RCPT "
		  "<b@example.org>: relay not permitted",
		  "relay-reject 192.0.2.1 b@example.org" },
		{ "Feb 27 15:49:02 mx sendmail[8]: s1REn1un088377: ruleset=check_rcpt, "
		  "arg1=b@example.org, "
		  "relay=me@a.example [192.0.2.1], reject=550 5.7.1 b@example.org... Relaying "
		  "denied",
		  "relay-reject 192.0.2.1" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		becomes(cases[i].line, cases[i].expected);
}

static void test_times(void **state)
{
	setenv("TZ", "UTC", 1);
	tzset();
	assert_int_equal(time_of("Nov 26 00:18:17 mx postfix/smtpd[1]: " REJECT), 1795652297000);
	assert_int_equal(time_of("Nov 26 00:18:17.25 mx postfix/smtpd[1]: " REJECT), 1795652297250);
	assert_int_equal(time_of("Nov 27 00:18:16 mx postfix/smtpd[1]: " REJECT), 1795738696000);
	/* more than a day ahead: of last year */
	assert_int_equal(time_of("Nov 28 00:18:17 mx postfix/smtpd[1]: " REJECT), 1764289097000);
	assert_int_equal(time_of("2026-11-26T01:18:17+01:00 mx postfix/smtpd[1]: " REJECT),
			 1795652297000);
	assert_int_equal(time_of("1795652297.500 mx postfix/smtpd[1]: " REJECT), 1795652297500);
	assert_int_equal(time_of("M\xc3\xa4r 08 20:48:47 mx postfix/smtpd[1]: " REJECT), 0);
	assert_int_equal(time_of("postfix/smtpd[1]: " REJECT), 0);
	assert_int_equal(time_of("2025 Nov 26 00:18:17 mx postfix/smtpd[1]: " REJECT),
			 1764116297000);
	/* the engine's time has a zone, and the container's none */
	assert_int_equal(
		time_of("2026-11-26T00:18:17Z Nov 26 01:18:17 mx postfix/smtpd[1]: " REJECT),
		1795652297000);
	assert_int_equal(time_of("<22>1 - mx postfix/smtpd 1 - - " REJECT), 0);
	assert_int_equal(time_of("2026-11-26 00:18:17 +0000 H=[192.0.2.1] rejected RCPT <a@b>: no"),
			 1795652297000);
}

static void test_exim_prefixes(void **state)
{
#define EXIM "H=(a) [192.0.2.1] F=<> rejected RCPT <b@example.org>: Unknown user"
	static const char *const lines[] = {
		"2026-11-26 00:18:17 " EXIM,
		"2026-11-26 00:18:17.123 " EXIM,
		"2026-11-26 00:18:17 +0100 " EXIM,
		"2026-11-26 00:18:17 [4711] " EXIM,
		"2026-11-26 00:18:17 [4711] 1UlasQ-0003fr-45 " EXIM,
		"2026-11-26 00:18:17 1UlasQ-000000003fr-0045 " EXIM,
		"2026-11-26 00:18:17 mx exim[4711]: " EXIM,
		"Nov 26 00:18:17 mx exim[4711]: " EXIM,
		"Nov 26 00:18:17 mx exim4[4711]: 2026-11-26 00:18:17 " EXIM,
		"Nov 26 00:18:17 mx exim[4711]: [1/2] 2026-11-26 00:18:17 " EXIM,
		"Nov 26 00:18:17 mx exim[4711]: 2026-11-26 00:18:17 [4711] " EXIM,
		"2026-11-26 00:18:17 H=a.example [192.0.2.1] rejected RCPT b@example.org: Unknown "
		"user",
		"2026-11-26 00:18:17 H=a.example (a) [192.0.2.1]:25 I=[10.0.0.1]:25 U=x A=login:y "
		"F=<> rejected RCPT <b@example.org>: Unknown user",
		"2026-11-26T00:18:17.123Z 2026-11-26 00:18:17 " EXIM,
		"2026-11-26T00:18:17.123Z stdout F 2026-11-26 00:18:17 +0000 " EXIM,
		"mail-1  | 2026-11-26 00:18:17 " EXIM,
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		becomes(lines[i], REJECTED);
	/* the second part of a line that was cut begins with whatever a client chose */
	becomes("Nov 26 00:18:17 mx exim[4711]: [2/2] " EXIM, "nothing");
	becomes("Nov 26 00:18:17 mx exim[4711]: [2\\2] " EXIM, "nothing");
	becomes("2026-11-26 00:18:17 H=(a) [192.0.2.1] F=<> temporarily rejected RCPT "
		"<b@example.org>: "
		"Unknown user",
		"deferred");
	becomes("2026-11-26 00:18:17 H=[192.0.2.1] temporarily rejected RCPT <b@example.org>",
		"deferred");
	becomes("2026-11-26 00:18:17 H=[192.0.2.1] rejected RCPT <b@example.org>",
		"other-reject 192.0.2.1");
	becomes("2026-11-26 00:18:17 H=(a) [192.0.2.1] sender verify fail for <b@example.org>: "
		"Unrouteable address",
		"nothing");
}

static void test_repeated(void **state)
{
	becomes("Nov 26 00:18:17 mx postfix/smtpd[1]: message repeated 3 times: [ " REJECT "]",
		REJECTED);
	assert_int_equal(
		feed("Nov 26 00:18:17 mx postfix/smtpd[1]: message repeated 3 times: [ " REJECT "]")
			.event[0]
			.recipients,
		3);
	becomes("Nov 26 00:18:17 mx postfix/smtpd[1]: " REJECT "\n"
		"Nov 26 00:18:18 mx last message repeated 4 times",
		"unknown-rcpt 192.0.2.1 x4");
	becomes("Nov 26 00:18:17 mx postfix/smtpd[1]: " REJECT "\n"
		"Nov 26 00:18:18 mx syslogd: last message repeated 1 time",
		"unknown-rcpt 192.0.2.1 x1");
	becomes("Nov 26 00:18:17 mx postfix/smtpd[1]: " REJECT "\n"
		"Nov 26 00:18:18 mx cron[1]: hello\n"
		"Nov 26 00:18:18 mx last message repeated 4 times",
		"nothing");
	becomes("Nov 26 00:18:17 mx postfix/smtpd[1]: " REJECT "\n"
		"Nov 26 00:18:18 mx cron[1]: last message repeated 4 times",
		"foreign");
}

/* ---- addresses ---- */

static void test_addresses(void **state)
{
#define FROM(address)                                                              \
	"Nov 26 00:18:17 mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from " address \
	": 550 5.1.1 <b@example.org>: Recipient address rejected: User unknown; from=<>"
	becomes(FROM("unknown[2001:DB8::1]"), "unknown-rcpt 2001:db8::1 b@example.org");
	becomes(FROM("unknown[IPv6:2001:db8::1]:4711"), "unknown-rcpt 2001:db8::1 b@example.org");
	becomes(FROM("unknown[::ffff:192.0.2.1]"), REJECTED);
	becomes(FROM("unknown[192.0.2.1]:65535"), REJECTED);
	becomes(FROM("unknown[unknown]"), "not-understood");
	becomes(FROM("unknown[192.0.2.300]"), "nothing");
	becomes(FROM("unknown[192.0.2.0/24]"), "not-understood");
	becomes("Nov  2 00:01:33 mx smtpd[6]: 88166f7f21c951f4 smtp connected address=local "
		"host=mx\n"
		"Nov  2 00:01:33 mx smtpd[6]: 88166f7f21c951f4 smtp failed-command command=\"RCPT "
		"TO:<b@example.org>\" result=\"550 Invalid recipient: <b@example.org>\"",
		"nothing");
	becomes("Jun 17 14:37:39 mx sendmail[27]: 55HIbcGI002794: from=root, size=108, class=0, "
		"nrcpts=1, "
		"msgid=<1@mx>, relay=root@localhost",
		"nothing");
}

/* ---- an attacker, who is 192.0.2.66, and wants 198.51.100.1 to be counted ---- */

static void test_hostile(void **state)
{
#define GOOD "good.example[198.51.100.1]"
#define EVIL "evil.example[192.0.2.66]"
	static const char *const lines[] = {
		/* Postfix: HELO, sender, recipient */
		"Nov 26 00:18:17 mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from " EVIL
		": 550 5.1.1 <\"x>: Recipient address rejected: User unknown; reject: RCPT "
		"from " GOOD ": 550 5.1.1 <a\"@example.org>: Recipient address rejected: User "
		"unknown; from=<> to=<>",
		"Nov 26 00:18:17 mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from " EVIL
		": 550 5.1.1 <a@example.org>: Recipient address rejected: User unknown; from=<> "
		"to=<a@example.org> proto=SMTP helo=<x reject: RCPT from " GOOD ": 550 5.1.1>",
		"Nov 26 00:18:17 mx postfix/smtpd[1]: warning: reject: RCPT from " GOOD
		": 550 5.1.1 <a@example.org>: User unknown",
		"Nov 26 00:18:17 mx postfix: 4104E3D: reject: body x reject: RCPT from " GOOD
		": 550 5.1.1 <a@b>: User unknown from " EVIL ": 550 5.7.1 no; from=<>",
		"Nov 26 00:18:17 mx postfix: improper command pipelining after RCPT from " EVIL
		": NOQUEUE: reject: RCPT from " GOOD ": 550 5.1.1 <a@b>: User unknown",
		"Nov 26 00:18:17 mx postfix/smtpd[1]: warning: " EVIL
		": NOQUEUE: reject: RCPT from " GOOD ": 550 5.1.1 <a@example.org>: User unknown",
		"Nov 26 00:18:17 mx postfix/cleanup[1]: 4104E3D: reject: header Subject: "
		"4104E3D: milter-reject: END-OF-MESSAGE from " GOOD ": 5.7.1 x from " EVIL
		"; from=<>",
		"Nov 26 00:18:17 mx postfix/postscreen[1]: PREGREET 14 after 0.08 from "
		"[192.0.2.66]:5: NOQUEUE: "
		"reject: RCPT from [198.51.100.1]:25: 550 5.1.1 <a@b>: User unknown",
		/* a sender in Postfix's queue */
		"Nov 26 00:18:17 mx postfix/qmgr[1]: 4104E3D: from=<\"4104E3D: client=" GOOD
		"\"@example.net>, size=1, nrcpt=1 (queue active)",
		"Nov 26 00:18:17 mx postfix/smtpd[1]: 4104E3D: client=" EVIL
		", sasl_method=PLAIN, sasl_username=x, orig_queue_id=1, orig_client=" GOOD "\n"
		"Nov 26 00:18:17 mx postfix/qmgr[1]: 4104E3D: from=<>, size=1, nrcpt=1 (queue "
		"active)",
		/* Exim: HELO stands before the address */
		"2026-11-26 00:18:17 H=(x) [198.51.100.1] F=<a@b> rejected RCPT <c@d>: Unknown "
		"user () "
		"[192.0.2.66] F=<> rejected RCPT <e@f>: Unknown user",
		"2026-11-26 00:18:17 H=(x) [198.51.100.1] (y) [192.0.2.66] F=<> rejected RCPT "
		"<e@f>: Unknown "
		"user",
		"2026-11-26 00:18:17 H=evil.example (x) [198.51.100.1] F=<a (y) [192.0.2.66] "
		"F=<s@t> rejected "
		"RCPT <e@f>: Unknown user",
		"2026-11-26 00:18:17 H=(x [198.51.100.1]) [192.0.2.66] F=<> rejected RCPT <e@f>: "
		"Unknown user",
		"2026-11-26 00:18:17 H=([198.51.100.1]) [192.0.2.66] F=<> rejected RCPT <e@f>: "
		"Unknown user",
		"2026-11-26 00:18:17 H=(evil) [192.0.2.66] F=<\"H=(x) [198.51.100.1] \"@b> "
		"rejected RCPT <e@f>: "
		"Unknown user",
		"2026-11-26 00:18:17 SMTP protocol error in \"AUTH H=(x) [198.51.100.1] rejected "
		"RCPT <a@b>: "
		"Unknown user\" H=(evil) [192.0.2.66] x",
		"2026-11-26 00:18:17 rejected EHLO from [192.0.2.66]: syntactically invalid "
		"argument(s): H=(x) "
		"[198.51.100.1] rejected RCPT <a@b>: Unknown user",
		"2026-11-26 00:18:17 1UlasQ-0003fr-45 <= \"a H=(x) [198.51.100.1] P=smtp\"@b "
		"H=(evil) "
		"[192.0.2.66] P=smtp S=1\n"
		"2026-11-26 00:18:17 1UlasQ-0003fr-45 => e@f R=a T=b",
		"2026-11-26 00:18:17 1UlasQ-0003fr-45 F=x@y H=(x) [198.51.100.1] P=smtp H=(evil) "
		"[192.0.2.66] "
		"P=smtp rejected by local_scan(): no",
		/* Sendmail: the argument stands before the address, and the reply behind it */
		"Feb 27 15:49:02 mx sm-mta[8]: s1REn1un088377: ruleset=check_rcpt, arg1=<\"a, "
		"relay=good "
		"[198.51.100.1], reject=550 5.1.1 \"@example.org>, relay=evil.example "
		"[192.0.2.66], reject=550 "
		"5.1.1 <\"a, relay=good [198.51.100.1], reject=550 5.1.1 \"@example.org>... User "
		"unknown",
		"Feb 27 15:49:02 mx sm-mta[8]: s1REn1un088377: ruleset=check_rcpt, arg1=<a(>, "
		"relay=good "
		"[198.51.100.1], reject=550 5.1.1 x)@b>, relay=evil.example [192.0.2.66], "
		"reject=550 5.1.1 User "
		"unknown",
		"Feb 27 15:49:02 mx sm-mta[8]: s1REn1un088377: <a@example.org>... User unknown\n"
		"Feb 27 15:49:02 mx sm-mta[8]: s1REn1un088377: from=<\"x, size=1, class=0, "
		"nrcpts=0, relay=good "
		"[198.51.100.1]\"@b>, size=1, class=0, nrcpts=0, proto=ESMTP, daemon=MTA, "
		"relay=evil.example "
		"[192.0.2.66]",
		"Feb 27 15:49:02 mx sm-mta[8]: s1REn1un088378: from=<x@b>, size=1, class=0, "
		"nrcpts=1, msgid=<x, "
		"proto=ESMTP, daemon=MTA, relay=good [198.51.100.1]>, proto=ESMTP, daemon=MTA, "
		"relay=x@evil.example [192.0.2.66]",
		"Feb 27 15:49:02 mx sm-mta[8]: s1REn1un088379: from=<x@b>, size=1, class=0, "
		"nrcpts=1, msgid=<x, "
		"relay=good [198.51.100.1], relay=evil.example [192.0.2.66] (may be forged)",
		"Feb 27 15:49:02 mx sm-mta[8]: s1REn1un088377[2]: s1REn1un088377: from=<x@b>, "
		"size=1, class=0, "
		"nrcpts=1, relay=good [198.51.100.1]",
		/* OpenSMTPD: the session says who it is */
		"Nov  2 00:01:33 mx smtpd[6]: 88166f7f21c951f4 smtp connected address=192.0.2.66 "
		"host=evil.example\n"
		"Nov  2 00:01:33 mx smtpd[6]: 88166f7f21c951f4 smtp failed-command command=\"RCPT "
		"TO:<\"\n"
		"Nov  2 00:01:33 mx smtpd[6]: 88166f7f21c951f4 smtp failed-command command=\"RCPT "
		"TO:<a> smtp connected address=198.51.100.1 host=x\" result=\"550 Invalid "
		"recipient\"",
		"Nov  2 00:01:33 mx smtpd[6]: 88166f7f21c951f4 smtp failed-command command=\"rcpt "
		"to:<a> smtp connected address=198.51.100.1 host=x\" result=\"550 Invalid "
		"recipient\"",
		"Nov  2 00:01:33 mx smtpd[6]: 88166f7f21c951f4 smtp failed-command command=\"x "
		"address=198.51.100.1 host=x command=\"RCPT TO:<a>\" result=\"550 Invalid "
		"recipient\"",
		/* others */
		"Apr 10 03:47:57 mx courieresmtpd: error,relay=::ffff:192.0.2.66,from=<error,"
		"relay=198.51.100.1,from=<a>,to=<b>: 550 User unknown>,to=<c>: 550 User unknown.",
		"[17/Jun/2011 17:00:45] Attempt to deliver to unknown recipient <a>, from <b>, IP "
		"address "
		"198.51.100.1>, IP address 192.0.2.66",
		"[17/Jun/2011 17:00:45] SMTP: User Attempt to deliver to unknown recipient <a>, "
		"from <b>, IP "
		"address 198.51.100.1",
	};

	struct sw_prefix good;

	sw_addr_parse("198.51.100.1", &good);
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		struct sw_maillog_result r = feed(lines[i]);

		for (size_t j = 0; j < r.n; j++) {
			if (sw_prefix_cmp(&r.event[j].source, &good) == 0)
				print_message("%s\n", lines[i]);
			assert_int_not_equal(sw_prefix_cmp(&r.event[j].source, &good), 0);
		}
	}
}

/* The attacker is found where the line is clear. */
static void test_hostile_is_found(void **state)
{
	becomes("Nov 26 00:18:17 mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from " EVIL
		": 550 5.1.1 <a@example.org>: Recipient address rejected: User unknown; "
		"from=<Relay access "
		"denied> to=<a@example.org> proto=SMTP helo=<x reject: RCPT from " GOOD
		": 550 5.1.1>",
		"unknown-rcpt 192.0.2.66 a@example.org");
	becomes("2026-11-26 00:18:17 H=([198.51.100.1]) [192.0.2.66] F=<> rejected RCPT <e@f>: "
		"Unknown user",
		"unknown-rcpt 192.0.2.66 e@f");
	becomes("Feb 27 15:49:02 mx sm-mta[8]: s1REn1un088377: <a@example.org>... User unknown\n"
		"Feb 27 15:49:02 mx sm-mta[8]: s1REn1un088377: from=<\"x, size=1, class=0, "
		"nrcpts=9, "
		"relay=good [198.51.100.1]\"@b>, size=1, class=0, nrcpts=2, proto=ESMTP, "
		"daemon=MTA, "
		"relay=evil.example [192.0.2.66]",
		"unknown-rcpt 192.0.2.66 x1");
}

/* ---- lines that belong together ---- */

static void test_not_recipients(void **state)
{
	/* no client is known: not ours, or long ago */
	becomes("Oct 10 15:59:28 mx postfix/qmgr[1]: C6E0DDB74006: from=<x>, size=1, nrcpt=1 "
		"(queue active)",
		"nothing");
	becomes("Oct 10 15:59:28 mx postfix/smtpd[1]: C6E0DDB74006: client=a[192.0.2.1], "
		"sasl_method=PLAIN, sasl_username=x\n"
		"Oct 10 15:59:29 mx postfix/smtp[1]: C6E0DDB74006: to=<a@example.org>, "
		"relay=m[10.0.0.1]:25, "
		"delay=1, delays=1/0/0/0, dsn=5.1.1, status=bounced (host m[10.0.0.1] said: 550 "
		"5.1.1 User "
		"unknown (in reply to RCPT TO command))",
		"nothing");
	becomes("Oct 10 15:59:28 mx postfix/smtpd[1]: C6E0DDB74007: client=a[192.0.2.1]\n"
		"Oct 10 15:59:29 mx postfix/smtp[1]: C6E0DDB74007: to=<a@example.org>, "
		"relay=m[10.0.0.1]:25, "
		"delay=1, delays=1/0/0/0, dsn=5.7.1, status=bounced (host m[10.0.0.1] said: 550 "
		"5.7.1 spam "
		"(in reply to end of DATA command))",
		"nothing");
	becomes("Oct 10 15:59:29 mx postfix/smtp[1]: C6E0DDB74007: to=<a@example.org>, "
		"relay=m[10.0.0.1]:25, "
		"delay=1, delays=1/0/0/0, dsn=5.1.1, status=bounced (host m[10.0.0.1] said: 550 "
		"5.1.1 User "
		"unknown (in reply to RCPT TO command))",
		"unknown-rcpt 192.0.2.1 a@example.org");
	/* the same id of another instance */
	becomes("Oct 10 15:59:29 mx postfix-b/qmgr[1]: C6E0DDB74007: from=<x>, size=1, nrcpt=1 "
		"(queue "
		"active)",
		"nothing");
	/* once, however often it is tried */
	becomes("Oct 10 15:59:29 mx postfix/qmgr[1]: C6E0DDB74007: from=<x>, size=1, nrcpt=1 "
		"(queue active)",
		"accepted-rcpt 192.0.2.1 x1");
	becomes("Oct 10 15:59:29 mx postfix/qmgr[1]: C6E0DDB74007: from=<x>, size=1, nrcpt=1 "
		"(queue active)",
		"nothing");
	becomes("Oct 10 15:59:29 mx postfix/qmgr[1]: C6E0DDB74007: removed\n"
		"Oct 10 15:59:29 mx postfix/qmgr[1]: C6E0DDB74007: from=<x>, size=1, nrcpt=1 "
		"(queue active)",
		"nothing");
	/* from a filter: its recipients were counted when they came */
	becomes("Oct 10 15:59:28 mx postfix/smtpd[1]: C6E0DDB74008: client=localhost[127.0.0.1], "
		"orig_queue_id=C6E0DDB74007, orig_client=a[192.0.2.1]\n"
		"Oct 10 15:59:29 mx postfix/qmgr[1]: C6E0DDB74008: from=<x>, size=1, nrcpt=1 "
		"(queue active)",
		"nothing");
	/* the same when it is another machine, and the log has both */
	becomes("Oct 10 15:59:28 mx postfix/smtpd[1]: C6E0DDB74009: client=b[192.0.2.2]\n"
		"Oct 10 15:59:28 mx postfix/smtpd[1]: C6E0DDB7400A: client=f[198.51.100.7], "
		"orig_queue_id=C6E0DDB74009, orig_client=b[192.0.2.2]\n"
		"Oct 10 15:59:29 mx postfix/qmgr[1]: C6E0DDB7400A: from=<x>, size=1, nrcpt=1 "
		"(queue active)",
		"nothing");
	/* from a relay whose log is not this one, or a filter before the queue: it is looked through */
	becomes("Oct 10 15:59:28 mx postfix/smtpd[1]: C6E0DDB7400B: client=r[198.51.100.7], "
		"orig_queue_id=4TzABC0x1Y, orig_client=c[192.0.2.3]\n"
		"Oct 10 15:59:29 mx postfix/qmgr[1]: C6E0DDB7400B: from=<x>, size=1, nrcpt=2 "
		"(queue active)",
		"accepted-rcpt 192.0.2.3 x2");
	becomes("Oct 10 15:59:28 mx postfix/smtpd[1]: C6E0DDB7400C: client=localhost[127.0.0.1], "
		"orig_client=c[192.0.2.3]\n"
		"Oct 10 15:59:29 mx postfix/qmgr[1]: C6E0DDB7400C: from=<x>, size=1, nrcpt=1 "
		"(queue active)",
		"accepted-rcpt 192.0.2.3 x1");
	becomes("Oct 10 15:59:28 mx postfix/smtpd[1]: C6E0DDB7400D: client=localhost[127.0.0.1], "
		"orig_queue_id=NOQUEUE, orig_client=c[192.0.2.3]\n"
		"Oct 10 15:59:29 mx postfix/qmgr[1]: C6E0DDB7400D: from=<x>, size=1, nrcpt=1 "
		"(queue active)",
		"accepted-rcpt 192.0.2.3 x1");
	becomes("Oct 10 15:59:29 mx postfix/local[1]: C6E0DDB74008: to=<a@example.org>, "
		"relay=local, "
		"delay=1, delays=1/0/0/0, dsn=5.1.1, status=bounced (unknown user: \"a\")",
		"unknown-rcpt 192.0.2.1 a@example.org");
}

static void test_sendmail_pending(void **state)
{
	becomes("Nov  3 11:35:30 mx sendmail[2]: rA37ZTSC026254: <a@example.org>... No such user "
		"here\n"
		"Nov  3 11:35:30 mx sendmail[2]: rA37ZTSC026254: <b@example.org>... User unknown\n"
		"Nov  3 11:35:30 mx sendmail[2]: rA37ZTSC026254: Milter: to=<c@example.org>, "
		"reject=550 5.2.1 "
		"<c@example.org>... Mailbox disabled\n"
		"Nov  3 11:35:30 mx sendmail[2]: rA37ZTSC026254: Milter: to=<d@example.org>, "
		"reject=451 4.7.1 "
		"Greylisting in action\n"
		"Nov  3 11:35:30 mx sendmail[2]: rA37ZTSC026255: from=<x@y>, size=0, class=0, "
		"nrcpts=0, "
		"proto=ESMTP, daemon=MTA, relay=[192.0.2.2]\n"
		"Nov  3 11:35:30 mx sendmail[2]: rA37ZTSC026254: from=<x@y>, size=9, class=0, "
		"nrcpts=3, msgid=<1@y>, "
		"proto=ESMTP, daemon=MTA, relay=a.example [192.0.2.1]",
		"unknown-rcpt 192.0.2.1 x2; disabled-rcpt 192.0.2.1; accepted-rcpt 192.0.2.1 x3");
	becomes("Nov  3 11:35:30 mx sendmail[2]: rA37ZTSC026254: from=<x@y>, size=0, class=0, "
		"nrcpts=0, "
		"proto=ESMTP, daemon=MTA, relay=a.example [192.0.2.1]",
		"nothing");
	/* recipients alone, and RSET: whoever is to be locked would have as many as he likes */
	becomes("Nov 26 04:00:12 mx sm-mta[1]: 6AQ40CHb002016: <a10@mx.test>... User unknown\n"
		"Nov 26 04:00:12 mx sm-mta[1]: 6AQ40CHb002016: from=<\"a, msgid=x\"@b>, size=500, "
		"class=0, "
		"nrcpts=1, proto=ESMTP, daemon=MTA, relay=[192.0.2.1]",
		"unknown-rcpt 192.0.2.1 x1");
	becomes("Nov  3 11:35:30 mx sendmail[2]: rA37ZTSC026256: <a@example.org>... aliased to b",
		"nothing");
}

/* Taken first, and refused by another server or a transport. */
static void test_bounced(void **state)
{
#define EXIM_TAKEN "2026-11-26 00:18:17 1UlasR-0003fr-45 <= x@y H=(a) [192.0.2.1] P=esmtp S=1\n"
#define EXIM_BOUNCED "2026-11-26 00:18:18 1UlasR-0003fr-45 ** b@example.org F=<x@y> R=r T=t"
	static const struct {
		const char *lines, *expected;
	} cases[] = {
		{ EXIM_TAKEN EXIM_BOUNCED ": LMTP error after RCPT TO:<b@example.org>: 550 5.1.1 "
					  "<b@example.org> User doesn't exist: b@example.org",
		  "unknown-rcpt 192.0.2.1 b@example.org" },
		{ EXIM_TAKEN EXIM_BOUNCED
		  " H=in [10.0.0.2]:24 L: LMTP error from remote mail server "
		  "after RCPT TO:<b@example.org>: 550 5.1.1 no",
		  "unknown-rcpt 192.0.2.1 b@example.org" },
		{ EXIM_TAKEN EXIM_BOUNCED
		  " H=in [10.0.0.2]: SMTP error from remote mail server after "
		  "RCPT TO:<b@example.org> ORCPT=rfc822;b@example.org: 550 "
		  "5.1.1 no",
		  "unknown-rcpt 192.0.2.1 b@example.org" },
		{ EXIM_TAKEN EXIM_BOUNCED ": LMTP error after end of data: 550 5.1.1 unknown user",
		  "nothing" },
		{ EXIM_TAKEN EXIM_BOUNCED ": mailbox is full", "nothing" },
		{ "Feb 27 15:49:02 mx sm-mta[8]: s1REn1un088380: from=<x@y>, size=1, class=0, "
		  "nrcpts=2, msgid=<1@y>, proto=ESMTP, daemon=MTA, relay=[192.0.2.1]\n"
		  "Feb 27 15:49:02 mx sm-mta[8]: s1REn1un088380: to=<b@example.org>,"
		  "<c@example.org>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=1, "
		  "relay=in [10.0.0.2], dsn=5.1.1, stat=User unknown",
		  "unknown-rcpt 192.0.2.1 b@example.org" },
		{ "Nov 26 00:18:17 mx postfix[1]: C6E0DDB74020: client=a[192.0.2.1]\n"
		  "Nov 26 00:18:17 mx postfix[1]: C6E0DDB74020: from=<x@y>, size=1, nrcpt=2 "
		  "(queue active)",
		  "accepted-rcpt 192.0.2.1 x2" },
		{ "Nov 26 00:18:17 mx postfix[1]: C6E0DDB74020: to=<b@example.org>, relay=in, "
		  "delay=1, dsn=5.1.1, status=bounced (host mx[private/dovecot-lmtp] said: 550 "
		  "5.1.1 <b@example.org> User doesn't exist: b@example.org (in reply to RCPT TO "
		  "command))",
		  "unknown-rcpt 192.0.2.1 b@example.org" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		becomes(cases[i].lines, cases[i].expected);
}

/* Was the recipient of the last line counted as accepted before? */
static void test_taken(void **state)
{
	static const struct {
		const char *lines;
		bool taken;
	} cases[] = {
		/* Exim's are counted when they were delivered */
		{ EXIM_TAKEN EXIM_BOUNCED ": no such user", false },
		{ "Nov 26 00:18:17 mx postfix/smtpd[1]: C6E0DDB74021: client=a[192.0.2.1]\n"
		  "Nov 26 00:18:17 mx postfix/qmgr[1]: C6E0DDB74021: from=<x@y>, size=1, nrcpt=2 "
		  "(queue active)\n"
		  "Nov 26 00:18:17 mx postfix/local[1]: C6E0DDB74021: to=<b@example.org>, "
		  "relay=local, delay=1, dsn=5.1.1, status=bounced (unknown user: \"b\")",
		  true },
		{ "Feb 27 15:49:02 mx sm-mta[8]: s1REn1un088381: from=<x@y>, size=1, class=0, "
		  "nrcpts=2, msgid=<1@y>, proto=ESMTP, daemon=MTA, relay=[192.0.2.1]\n"
		  "Feb 27 15:49:02 mx sm-mta[8]: s1REn1un088381: to=<b@example.org>, "
		  "delay=00:00:01, mailer=local, pri=1, dsn=5.1.1, stat=User unknown",
		  true },
		{ "Nov  2 00:01:33 mx smtpd[6]: f274cf34b7d0786c smtp connected address=192.0.2.1 "
		  "host=x\n"
		  "Nov  2 00:01:35 mx smtpd[6]: f274cf34b7d0786c smtp message msgid=78e5c403 "
		  "size=1 "
		  "nrcpt=2 proto=ESMTP\n"
		  "Nov  2 00:01:36 mx smtpd[6]: f274cf35d39a7d0b mta delivery "
		  "evpid=78e5c403920bcc4f from=<x@y> to=<b@example.org> rcpt=<-> "
		  "source=\"10.0.0.1\" "
		  "relay=\"10.0.0.2 (in)\" delay=1s result=\"PermFail\" stat=\"550 5.1.1 no\"",
		  true },
		{ "Nov 26 00:18:17 mx postfix/smtpd[1]: " REJECT, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct sw_maillog_result r = feed(cases[i].lines);

		assert_int_equal(r.n, 1);
		assert_int_equal(r.event[0].kind, SW_MTA_UNKNOWN_RCPT);
		assert_int_equal(r.event[0].taken, cases[i].taken);
	}
}

static void test_forgetting(void **state)
{
	char line[256];

	feed("2026-11-26 00:18:17 1AAAAA-0003fr-45 <= x@y H=(a) [192.0.2.1] P=smtp S=1");
	for (int i = 0; i < 63; i++) {
		snprintf(line, sizeof(line),
			 "2026-11-26 00:18:17 1B%04d-0003fr-45 <= x@y H=(a) [192.0.2.2] P=smtp S=1",
			 i);
		feed(line);
	}
	becomes("2026-11-26 00:18:17 1AAAAA-0003fr-45 => a R=b T=c", "accepted-rcpt 192.0.2.1 x1");
	feed("2026-11-26 00:18:17 1CCCCC-0003fr-45 <= x@y H=(a) [192.0.2.2] P=smtp S=1");
	becomes("2026-11-26 00:18:17 1AAAAA-0003fr-45 => a R=b T=c", "nothing");
	becomes("2026-11-26 00:18:17 1B0000-0003fr-45 => a R=b T=c", "accepted-rcpt 192.0.2.2 x1");
}

/* ---- formats, sizes ---- */

static void test_formats(void **state)
{
	struct sw_maillog *m;
	struct sw_maillog_result r;
	const char *line = "Nov 26 00:18:17 mx postfix/smtpd[1]: " REJECT;

	for (unsigned i = 0; i < SW_MAILLOG_FORMATS; i++) {
		enum sw_maillog_format format = SW_MAILLOG_FORMATS;

		assert_int_equal(sw_maillog_format_parse(sw_maillog_format_name(i), &format), 0);
		assert_int_equal(format, i);
		assert_int_equal(sw_maillog_open(format, 0, &m, NULL), 0);
		sw_maillog_line(m, line, strlen(line), NOW, &r);
		assert_int_equal(r.fate,
				 i <= SW_MAILLOG_POSTFIX ? SW_MAILLOG_EVENT : SW_MAILLOG_FOREIGN);
		sw_maillog_close(m);
	}
	assert_int_not_equal(sw_maillog_format_parse("qmail", &(enum sw_maillog_format){ 0 }), 0);
}

static void test_message(void **state)
{
	struct sw_maillog_result r;

	sw_maillog_message(maillog, "postfix/smtpd", 13, REJECT, strlen(REJECT), 1234, &r);
	assert_string_equal(words(&r), REJECTED);
	assert_int_equal(r.event[0].time_ms, 1234);
	sw_maillog_message(maillog, "cron", 4, REJECT, strlen(REJECT), 1234, &r);
	assert_int_equal(r.fate, SW_MAILLOG_FOREIGN);
	sw_maillog_message(maillog, "", 0, "", 0, 0, &r);
	assert_int_equal(r.fate, SW_MAILLOG_FOREIGN);
}

static void test_sizes(void **state)
{
	static const char *const starts[] = {
		"Nov 26 00:18:17 mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from a[192.0.2.1]: 550 "
		"5.1.1 <",
		"2026-11-26 00:18:17 H=(",
		"2026-11-26 00:18:17 H=(a) [192.0.2.1] ",
		"2026-11-26 00:18:17 1AAAAA-0003fr-45 <= ",
		"Feb 27 15:49:02 mx sm-mta[8]: s1REn1un088377: ruleset=check_rcpt, arg1=<",
		"Feb 27 15:49:02 mx sm-mta[8]: s1REn1un088377: from=<",
		"Nov  2 00:01:33 mx smtpd[6]: 88166f7f21c951f4 smtp failed-command command=\"RCPT "
		"TO:<",
		"",
	};
	static const char *const fills[] = { "a",   "\"", "\\", " ",   ", relay=",
					     ") [", "(",  "<",	"\0\n" };
	size_t size = SW_MAILLOG_LINE + 100;
	char *line = malloc(size);
	struct sw_maillog_result r;

	assert_non_null(line);
	for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++) {
		for (size_t j = 0; j < sizeof(fills) / sizeof(*fills); j++) {
			size_t n = strlen(starts[i]), fill = fills[j][0] ? strlen(fills[j]) : 2;

			memcpy(line, starts[i], n);
			for (; n + fill < size; n += fill)
				memcpy(line + n, fills[j], fill);
			sw_maillog_line(maillog, line, n, NOW, &r);
			assert_int_not_equal(r.fate, SW_MAILLOG_EVENT);
			sw_maillog_line(maillog, line, 8000, NOW, &r);
			sw_maillog_line(maillog, line, 900, NOW, &r);
		}
	}
	free(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_replies),
		cmocka_unit_test(test_reply_kinds),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_exim_prefixes),
		cmocka_unit_test(test_repeated),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_hostile_is_found),
		cmocka_unit_test(test_not_recipients),
		cmocka_unit_test(test_sendmail_pending),
		cmocka_unit_test(test_bounced),
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_forgetting),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_message),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, open_maillog, close_maillog);
}
