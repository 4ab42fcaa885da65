/* SPDX-License-Identifier: GPL-2.0-only */
/* Reports of our own: complaints, returned mail of programs and for people; what is none; bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mta/report.h"
#include "support/random.h"

static char *copy; /* of the message, without NUL, so that a sanitizer sees a step too far */

static int parse_bytes(const char *text, size_t n, struct sw_report **ret, struct sw_err *err)
{
	free(copy);
	copy = malloc(n ? n : 1);
	assert_non_null(copy);
	memcpy(copy, text, n);
	return sw_report_parse(copy, n, ret, err);
}

static struct sw_report *must_parse(const char *text)
{
	struct sw_report *report = NULL;
	struct sw_err err = { "" };

	if (parse_bytes(text, strlen(text), &report, &err))
		fail_msg("%s", err.text);
	return report;
}

static void must_fail(const char *text, const char *words)
{
	struct sw_report *report = (struct sw_report *)&copy;
	struct sw_err err = { "" };

	assert_int_equal(parse_bytes(text, strlen(text), &report, &err), -EINVAL);
	assert_ptr_equal(report, &copy);
	if (!strstr(err.text, words))
		fail_msg("'%s' says nothing of '%s'", err.text, words);
}

static int forget(void **state)
{
	free(copy);
	copy = NULL;
	return 0;
}

static void check_text(struct sw_text have, const char *want)
{
	if (have.n != strlen(want) || (have.n && memcmp(have.at, want, have.n)))
		fail_msg("'%.*s', not '%s'", (int)have.n, have.at ? have.at : "", want);
}

static void check_address(const struct sw_prefix *have, const char *want)
{
	char text[SW_PREFIX_TEXT] = "none";

	if (have->family)
		sw_prefix_format(have, text);
	assert_string_equal(text, want);
}

/* ---- complaints ---- */

#define ARF(fields)                                                                           \
	"From: <fbl@isp.example>\nMIME-Version: 1.0\nSubject: complaint\n"                    \
	"Content-Type: multipart/report; report-type=feedback-report; boundary=\"b\"\n\n"     \
	"--b\nContent-Type: text/plain\n\nSomebody complains.\n--b\n"                         \
	"Content-Type: message/feedback-report\n\n" fields                                    \
	"\n--b\nContent-Type: message/rfc822\n\n"                                             \
	"Received: from [6.6.6.6] (client.example [192.0.2.25])\n\tby mx1.isp.example; now\n" \
	"Received: from x (HELO y) (198.51.100.9)\n  by client.example with SMTP\n"           \
	"Subject: buy\n\nBuy.\n--b--\n"

static void test_feedback(void **state)
{
	struct sw_report *report = must_parse(
		ARF("Feedback-Type: abuse\nUser-Agent: A/1\nVersion: 1\n"
		    "Original-Mail-From: <bulk@sender.example>\n"
		    "Original-Rcpt-To: <a@isp.example>\nOriginal-Rcpt-To: <b@isp.example>\n"
		    "Received-Date: Thu, 29 Apr 2021 23:34:45 +0900\n"
		    "Reporting-MTA: dns;mx1.isp.example\nSource-IP: 192.0.2.25\n"
		    "Source-Port: 40000\nIncidents: 3\nReported-Domain: sender.example\n"
		    "Authentication-Results: mx1.isp.example;\n  spf=pass\n"));
	const struct sw_feedback *feedback = &report->feedback;

	assert_int_equal(report->kind, SW_REPORT_FEEDBACK);
	assert_int_equal(feedback->type, SW_FEEDBACK_ABUSE);
	assert_true(sw_feedback_is_complaint(feedback->type));
	check_address(&report->source, "192.0.2.25");
	assert_int_equal(feedback->incidents, 3);
	assert_int_equal(feedback->source_port, 40000);
	assert_int_equal(feedback->arrival_ms, 1619706885000);
	check_text(feedback->reporting_mta, "mx1.isp.example");
	check_text(feedback->field[SW_FEEDBACK_FIELD_MAIL_FROM], "<bulk@sender.example>");
	assert_int_equal(feedback->list[SW_FEEDBACK_LIST_RCPT_TO].n, 2);
	check_text(feedback->list[SW_FEEDBACK_LIST_AUTH_RESULTS].value[0],
		   "mx1.isp.example;\n  spf=pass");
	assert_null(feedback->field[SW_FEEDBACK_FIELD_DKIM_DOMAIN].at);
	assert_true(report->returned_whole);
	assert_int_equal(report->hops, 2);
	check_text(report->hop[0].by, "mx1.isp.example");
	check_address(&report->hop[0].from, "192.0.2.25");
	check_address(&report->hop[1].from, "198.51.100.9");
	sw_report_free(report);
}

static void check_source(const char *value, const char *want)
{
	char text[2048];
	struct sw_report *report;

	snprintf(text, sizeof(text), ARF("Feedback-Type: abuse\nSource-IP: %s\n"), value);
	report = must_parse(text);
	check_address(&report->source, want);
	sw_report_free(report);
}

/* What is not as RFC 5965 has it, and still plain. */
static void test_feedback_loose(void **state)
{
	struct sw_report *report;

	check_source("192.0.2.25 (client.example)", "192.0.2.25");
	check_source("[192.0.2.25]", "192.0.2.25");
	check_source("IPv6:2001:DB8::1", "2001:db8::1");
	check_source("::ffff:192.0.2.25", "192.0.2.25");
	check_source("2001:db8::1", "2001:db8::1");
	check_source("192.0.2.25.client.example", "none");
	check_source("192.0.2.25-client.example", "none");
	check_source("192.0.2.256", "none");
	check_source("unknown", "none");
	check_source("", "none");
	report = must_parse(ARF("feedback-type : Opt-Out\nversion:x\nIncidents: 0\n"
				"Source-Port: 99999999999999999999\n"));
	assert_int_equal(report->feedback.type, SW_FEEDBACK_OPT_OUT);
	assert_false(sw_feedback_is_complaint(report->feedback.type));
	assert_int_equal(report->feedback.incidents, 1);
	assert_int_equal(report->feedback.source_port, 65535);
	sw_report_free(report);
	report = must_parse(ARF("Feedback-Type: abuse (by a button)\n"));
	assert_int_equal(report->feedback.type, SW_FEEDBACK_ABUSE);
	sw_report_free(report);
	report = must_parse(ARF("Feedback-Type: not-spam; abuse\n"));
	assert_int_equal(report->feedback.type, SW_FEEDBACK_NOT_SPAM);
	sw_report_free(report);
	report = must_parse(ARF("Feedback-Type: something-new\n"));
	assert_int_equal(report->feedback.type, SW_FEEDBACK_OTHER);
	sw_report_free(report);
	/* Encoded, in another multipart, and cut off behind it. */
	report = must_parse(
		"From: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
		"Content-Type: Message/Feedback-Report; name=x\n"
		"Content-Transfer-Encoding: base64\n\n"
		"RmVlZGJhY2stVHlwZTogYWJ1c2UKU291cmNlLUlQOiAxOTIuMC4yLjI1Cg==\n--b\nConte");
	assert_int_equal(report->feedback.type, SW_FEEDBACK_ABUSE);
	check_address(&report->source, "192.0.2.25");
	sw_report_free(report);
}

static void test_feedback_bounds(void **state)
{
	char text[8192];
	struct sw_report *report;
	size_t n;

	n = (size_t)sprintf(text,
			    "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\n");
	for (unsigned i = 0; i < 100; i++)
		n += (size_t)sprintf(text + n, "Reported-URI: http://%u.example/\n", i);
	report = must_parse(text);
	assert_int_equal(report->feedback.list[SW_FEEDBACK_LIST_URI].n, SW_REPORT_LIST);
	assert_int_equal(report->feedback.list[SW_FEEDBACK_LIST_URI].more, 100 - SW_REPORT_LIST);
	sw_report_free(report);
}

/* Of somebody who writes no feedback part. */
static void test_complaint(void **state)
{
	struct sw_report *report = must_parse(
		"From: staff@isp.example\nSubject: complaint about message from 192.0.2.222\n"
		"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n"
		"Subject: x\n\ny\n--b--\n");

	assert_int_equal(report->kind, SW_REPORT_FEEDBACK);
	assert_int_equal(report->feedback.type, SW_FEEDBACK_ABUSE);
	check_address(&report->source, "192.0.2.222");
	sw_report_free(report);
	must_fail("From: a@b.example\nSubject: complaint about message from 192.0.2.222\n\nhello\n",
		  "no report");
}

/* ---- returned mail ---- */

#define DSN(fields)                                                                   \
	"From: MAILER-DAEMON@relay.example\nSubject: Undelivered Mail\n"              \
	"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n" \
	"--b\n\nSorry.\n--b\nContent-Type: message/delivery-status\n\n" fields "\n--b--\n"

static void check_recipient(const struct sw_report_recipient *r, const char *address,
			    const char *reason, const char *status, unsigned code, bool permanent)
{
	check_text(r->address, address);
	assert_string_equal(sw_report_reason_name(r->reason), reason);
	assert_string_equal(r->status, status);
	assert_int_equal(r->code, code);
	assert_int_equal(r->permanent, permanent);
}

static void test_status(void **state)
{
	struct sw_report *report = must_parse(DSN(
		"Reporting-MTA: dns; relay.example\nReceived-From-MTA: dns; client.example\n"
		"Arrival-Date: Thu, 29 Apr 2021 23:34:45 +0900\nOriginal-Envelope-Id: x1\n\n"
		"Final-Recipient: rfc822; <one@mx.example>\n"
		"Original-Recipient: rfc822;alias@mx.example\nAction: failed\nStatus: 5.1.1\n"
		"Remote-MTA: dns; mx.mx.example [198.51.100.7]\n"
		"Diagnostic-Code: smtp; 550-5.1.1 no\n   550 5.1.1 such user\n\n"
		"Final-Recipient: rfc822; two@mx.example\nAction: delayed\nStatus: 4.2.2\n\n"
		"Final-Recipient: rfc822; three@mx.example\nAction: delivered\nStatus: 2.0.0\n"));

	assert_int_equal(report->kind, SW_REPORT_DELIVERY);
	check_text(report->reporting_mta, "relay.example");
	check_text(report->received_from_mta, "client.example");
	check_text(report->envelope_id, "x1");
	assert_int_equal(report->arrival_ms, 1619706885000);
	assert_int_equal(report->recipients, 3);
	check_recipient(&report->recipient[0], "one@mx.example", "userunknown", "5.1.1", 550, true);
	check_text(report->recipient[0].original, "alias@mx.example");
	check_text(report->recipient[0].remote_mta, "mx.mx.example");
	check_address(&report->recipient[0].remote, "198.51.100.7");
	check_text(report->recipient[0].diagnostic, "550-5.1.1 no 550 5.1.1 such user");
	check_recipient(&report->recipient[1], "two@mx.example", "mailboxfull", "4.2.2", 0, false);
	check_recipient(&report->recipient[2], "three@mx.example", "delivered", "2.0.0", 0, false);
	sw_report_free(report);
}

/* Groups that were joined, fields in any order, a status in the words alone. */
static void test_status_loose(void **state)
{
	struct sw_report *report = must_parse(
		DSN("Reporting-MTA : relay.example\nAction : failed\nStatus : 5.0.0 (unknown)\n"
		    "Diagnostic-Code : smtp;550 5.7.26 DMARC\n"
		    "Final-Recipient : rfc/822;one@mx.example\n"
		    "Final-Recipient: two@mx.example\nAction: FAILED\n"
		    "Diagnostic-Code: smtp; 554 mailbox is full at 192.0.2.25\n"));

	assert_int_equal(report->recipients, 2);
	check_recipient(&report->recipient[0], "one@mx.example", "authfailure", "5.7.26", 550,
			true);
	check_recipient(&report->recipient[1], "two@mx.example", "mailboxfull", "", 554, true);
	sw_report_free(report);
	must_fail(DSN("Reporting-MTA: dns; relay.example\n"), "no recipient is named");
	must_fail(DSN(""), "part 2");
}

/* What a host said, and what it is taken for. */
static void test_status_words(void **state)
{
	static const struct {
		const char *status, *said, *reason;
	} cases[] = {
		{ "5.7.1", "554 5.7.1 <a@b>: Recipient address rejected: see our site",
		  "rejected" },
		{ "5.0.0", "550 <a@b>: Recipient address rejected: see our site", "userunknown" },
		{ "5.4.1", "550 5.4.1 Recipient address rejected: Access denied. AS(1)",
		  "userunknown" },
		{ "5.0.0", "550 Sorry, nobody by that name here", "userunknown" },
		{ "5.0.0", "550 Recipient verification failed", "userunknown" },
		{ "5.0.0", "550 User is locked", "suspend" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct sw_report *report;
		char text[1024];

		snprintf(text, sizeof(text),
			 DSN("Final-Recipient: rfc822; one@mx.example\nAction: failed\n"
			     "Status: %s\nDiagnostic-Code: smtp; %s\n"),
			 cases[i].status, cases[i].said);
		report = must_parse(text);
		assert_int_equal(report->recipients, 1);
		assert_string_equal(sw_report_reason_name(report->recipient[0].reason),
				    cases[i].reason);
		sw_report_free(report);
	}
}

static void test_status_bounds(void **state)
{
	static char text[64 * 1024];
	struct sw_report *report;
	size_t n = (size_t)sprintf(text, "From: x\nContent-Type: message/delivery-status\n\n");

	for (unsigned i = 0; i < 300; i++)
		n += (size_t)sprintf(text + n,
				     "Final-Recipient: rfc822;%u@x.example\nStatus: 5.1.1\n\n", i);
	report = must_parse(text);
	assert_int_equal(report->recipients, SW_REPORT_RECIPIENTS);
	assert_true(report->more_recipients > 0);
	sw_report_free(report);
}

static void test_qmail(void **state)
{
	struct sw_report *report = must_parse(
		"From: MAILER-DAEMON@out.example\nSubject: failure notice\n\n"
		"Hi. This is the qmail-send program at out.example.\n\n"
		"<nobody@mx.example>:\n198.51.100.7 does not like recipient.\n"
		"Remote host said: 550 5.2.1 <nobody@mx.example>: mailbox disabled\n\n"
		"<other@mx.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n"
		"--- Below this line is a copy of the message.\n\n"
		"Return-Path: <me@out.example>\n"
		"Received: from unknown (HELO x) (203.0.113.9)\n  by out.example with SMTP; now\n"
		"Subject: hello\n");

	assert_int_equal(report->recipients, 2);
	check_recipient(&report->recipient[0], "nobody@mx.example", "suspend", "5.2.1", 550, true);
	check_recipient(&report->recipient[1], "other@mx.example", "userunknown", "5.1.1", 0, true);
	assert_int_equal(report->hops, 1);
	check_text(report->hop[0].by, "out.example");
	check_address(&report->hop[0].from, "203.0.113.9");
	sw_report_free(report);
}

static void test_exim(void **state)
{
	struct sw_report *report = must_parse(
		"From: Mail Delivery System <Mailer-Daemon@out.example>\n"
		"Subject: Warning: message delayed 24 hours\n\nA message sent by\n\n"
		"  <me@out.example>\n\nwas not delivered to:\n\n  nobody@mx.example\n"
		"    host mx.mx.example [198.51.100.7]\n"
		"    Delay reason: 451 4.7.1 please try again later\n\n"
		"------ This is a copy of the message, including all the headers. ------\n\n"
		"Received: from [203.0.113.9] (port=4 helo=[6.6.6.6])\n\tby out.example with "
		"esmtp\n");

	assert_int_equal(report->recipients, 1);
	check_recipient(&report->recipient[0], "nobody@mx.example", "systemerror", "4.7.1", 451,
			false);
	assert_int_equal(report->recipient[0].action, SW_ACTION_DELAYED);
	check_address(&report->hop[0].from, "203.0.113.9");
	sw_report_free(report);
}

static void test_page(void **state)
{
	struct sw_report *report =
		must_parse("From: postmaster@mx.example\nSubject: Undeliverable: hello\n"
			   "Content-Type: text/html\n\n<html><p>Delivery failed:<br>\n"
			   "&lt;nobody@mx.example&gt;:</p><p>550 5.1.1 no such user</p></html>");

	assert_int_equal(report->recipients, 1);
	check_recipient(&report->recipient[0], "nobody@mx.example", "userunknown", "5.1.1", 550,
			true);
	sw_report_free(report);
}

/* ---- the way of a message ---- */

static void check_hop(const char *received, const char *by, const char *from)
{
	char text[1024];
	struct sw_report *report;

	snprintf(text, sizeof(text),
		 "From: MAILER-DAEMON\nContent-Type: multipart/x; "
		 "boundary=b\n\n--b\n\n<a@b.example>:\n"
		 "no such user\n--b\nContent-Type: text/rfc822-headers\n\nReceived: %s\n--b--\n",
		 received);
	report = must_parse(text);
	assert_int_equal(report->hops, 1);
	check_text(report->hop[0].by, by);
	check_address(&report->hop[0].from, from);
	sw_report_free(report);
}

/* A client may call itself what it likes: the address is the one that the server wrote. */
static void test_received(void **state)
{
	check_hop("from helo (ptr.example [192.0.2.1]) by mx.example (Postfix) with ESMTP",
		  "mx.example", "192.0.2.1");
	check_hop("from [6.6.6.6] (unknown [IPv6:2001:db8::1]) by mx.example; now", "mx.example",
		  "2001:db8::1");
	check_hop("from h (p [192.0.2.1] (may be forged)) by mx.example (8.17)", "mx.example",
		  "192.0.2.1");
	check_hop("from p ([192.0.2.1]:4000 helo=[6.6.6.6]) by mx.example with esmtp", "mx.example",
		  "192.0.2.1");
	check_hop("from [192.0.2.1] (helo=[6.6.6.6]) by mx.example with esmtp", "mx.example",
		  "192.0.2.1");
	check_hop("from p (HELO [6.6.6.6]) (192.0.2.1) by mx.example with SMTP", "mx.example",
		  "192.0.2.1");
	check_hop("from x.example (2001:db8::1) by mx.example (2001:db8::2) with SMTP",
		  "mx.example", "2001:db8::1");
	check_hop("from h (p [192.0.2.1])\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 "
		  "(256/256 bits))\n\t(Client CN \"x [6.6.6.6] y\", Issuer \"z\" (not verified))\n"
		  "\tby mx.example (Postfix) with ESMTPS",
		  "mx.example", "192.0.2.1");
	check_hop("from h (p [192.0.2.1]) (Authenticated sender: a [6.6.6.6] b) by mx.example",
		  "mx.example", "192.0.2.1");
	check_hop("from 192.0.2.1 by mx.example", "mx.example", "none");
	check_hop("by mx.example (Postfix, from userid 0) id 1", "mx.example", "none");
	check_hop("(qmail 1 invoked from network); now", "", "none");
	check_hop("from a (b [192.0.2.1]", "", "192.0.2.1");
	check_hop("from a (b [192.0.2.300]) by mx.example;", "mx.example", "none");
	check_hop("", "", "none");
}

/* ---- notices in JSON ---- */

#define NOTICE(json) \
	"From: <no-reply@sns.example>\nSubject: Notification\n\n" json "\n\n--\nTo stop, visit\n"

static void test_notice(void **state)
{
	struct sw_report *report = must_parse(NOTICE(
		"{\"notificationType\":\"Bounce\",\"bounce\":{\"bounceType\":\"Permanent\","
		"\"bounceSubType\":\"General\",\"reportingMTA\":\"dns; out.example\","
		"\"bouncedRecipients\":[{\"emailAddress\":\"a@mx.example\",\"action\":\"failed\","
		"\"status\":\"5.1.1\",\"diagnosticCode\":\"smtp; 550 5.1.1 user unknown\"},"
		"{\"emailAddress\":\"b@mx.example\"}]},\"mail\":{\"sourceIp\":\"192.0.2.1\"}}"));

	assert_int_equal(report->kind, SW_REPORT_DELIVERY);
	check_text(report->reporting_mta, "out.example");
	assert_int_equal(report->recipients, 2);
	check_recipient(&report->recipient[0], "a@mx.example", "userunknown", "5.1.1", 550, true);
	check_text(report->recipient[1].address, "b@mx.example");
	sw_report_free(report);
	report = must_parse(
		NOTICE("{\"eventType\":\"Bounce\",\"bounce\":{\"bounceSubType\":\"MailboxFull\","
		       "\"bouncedRecipients\":[{\"emailAddress\":\"c@mx.example\"}]}}"));
	assert_string_equal(sw_report_reason_name(report->recipient[0].reason), "mailboxfull");
	sw_report_free(report);
	report = must_parse(
		NOTICE("{\"notificationType\":\"Delivery\",\"delivery\":{\"recipients\":["
		       "\"d@mx.example\"],\"smtpResponse\":\"250 2.6.0 ok\"}}"));
	check_recipient(&report->recipient[0], "d@mx.example", "delivered", "2.6.0", 0, false);
	sw_report_free(report);
	report = must_parse(NOTICE(
		"{\"notificationType\":\"Complaint\",\"complaint\":{\"userAgent\":\"fbl/1\","
		"\"complainedRecipients\":[{\"emailAddress\":\"e@mx.example\"}],"
		"\"complaintFeedbackType\":\"fraud\"},\"mail\":{\"sourceIp\":\"192.0.2.1\"}}"));
	assert_int_equal(report->kind, SW_REPORT_FEEDBACK);
	assert_int_equal(report->feedback.type, SW_FEEDBACK_FRAUD);
	check_address(&report->source, "192.0.2.1");
	check_text(report->feedback.list[SW_FEEDBACK_LIST_RCPT_TO].value[0], "e@mx.example");
	sw_report_free(report);
}

/* A value is one line, and what is none of these is no report. */
static void test_notice_hostile(void **state)
{
	struct sw_report *report = must_parse(NOTICE(
		"{\"notificationType\":\"Bounce\",\"bounce\":{\"bouncedRecipients\":[7,null,{},"
		"{\"emailAddress\":\"a@mx.example\\nFinal-Recipient: rfc822; v@mx.example\","
		"\"status\":\"5.1.1\\n\\nFinal-Recipient: rfc822; w@mx.example\"}]}}"));

	assert_int_equal(report->recipients, 1);
	check_text(report->recipient[0].address,
		   "a@mx.example Final-Recipient: rfc822; v@mx.example");
	assert_string_equal(report->recipient[0].status, "5.1.1");
	sw_report_free(report);
	must_fail(NOTICE("{\"notificationType\":\"Bounce\",\"bounce\":{\"bouncedRecipients\":[]}}"),
		  "no report");
	must_fail(NOTICE("{\"notificationType\":\"Bounce\",\"bounce\":[]}"), "no report");
	must_fail(NOTICE("{\"notificationType\":\"Lunch\"}"), "no report");
	must_fail(NOTICE("{\"notificationType\":7}"), "no report");
	must_fail(NOTICE("{}"), "no report");
	must_fail(NOTICE("{\"a\":"), "no report");
	must_fail(NOTICE("{{{{"), "no report");
}

/* ---- what is none ---- */

static void test_none(void **state)
{
	must_fail("", "where is the message");
	must_fail("\n\r\n \n", "where is the message");
	must_fail("\x7f"
		  "ELF\x01\x02 binary",
		  "line 1");
	must_fail("no headers at all\n\nwords\n", "line 1");
	must_fail("From: a@b.example\nSubject: lunch?\n\n<a@b.example>: user unknown\n",
		  "no report");
	must_fail("Content-Type: message/feedback-report\n\n", "has no fields");
	must_fail("Content-Type: message/feedback-report\n\n\x01\x02\x03\n", "has no fields");
	must_fail("Content-Type: message/feedback-report\n\nSource-IP: 192.0.2.1\n",
		  "no Feedback-Type");
	must_fail("Content-Type: message/feedback-report\n\nFeedback-Type:\n", "no Feedback-Type");
	must_fail("From: MAILER-DAEMON@x.example\n\nNothing to see.\n", "no report");
}

static void test_too_long(void **state)
{
	struct sw_err err = { "" };
	struct sw_report *report = NULL;

	assert_int_equal(sw_report_parse("From: x\n\n", (size_t)SW_REPORT_BYTES + 1, &report, &err),
			 -EFBIG);
	assert_non_null(strstr(err.text, "mailbox"));
}

static void test_reply(void **state)
{
	struct sw_report *report =
		must_parse("From: a@b.example\nSubject: Automatic reply: lunch\n\nAway.\n");

	assert_int_equal(report->kind, SW_REPORT_REPLY);
	assert_int_equal(report->recipients, 0);
	sw_report_free(report);
}

/* Each message cut at each byte, and with bytes turned over: an answer, and nothing out of bounds. */
static void test_cut(void **state)
{
	static const char *const texts[] = {
		ARF("Feedback-Type: abuse\nSource-IP: 192.0.2.25\n"),
		DSN("Reporting-MTA: dns; r\n\nFinal-Recipient: rfc822; a@b.example\nStatus: 5.1.1\n"
		    "Diagnostic-Code: smtp; 550 5.1.1 no\n"),
		"From: MAILER-DAEMON\n\n<a@b.example>:\n550 no\n--- copy of the message\n\nTo: x\n",
		NOTICE("{\"notificationType\":\"Delivery\",\"delivery\":{\"recipients\":[\"d@e.f\"]"
		       "}}"),
	};
	uint64_t seed = 3464;

	for (size_t t = 0; t < sizeof(texts) / sizeof(texts[0]); t++) {
		size_t n = strlen(texts[t]);
		char *bytes = strdup(texts[t]);

		assert_non_null(bytes);
		for (size_t i = 0; i <= 2 * n; i++) {
			struct sw_report *report = NULL;
			struct sw_err err = { "" };

			if (i > n)
				bytes[sw_random(&seed) % n] = (char)sw_random(&seed);
			if (parse_bytes(bytes, i <= n ? i : n, &report, &err))
				assert_true(err.text[0]);
			sw_report_free(report);
		}
		free(bytes);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_feedback),
		cmocka_unit_test(test_feedback_loose),
		cmocka_unit_test(test_feedback_bounds),
		cmocka_unit_test(test_complaint),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_status_loose),
		cmocka_unit_test(test_status_words),
		cmocka_unit_test(test_status_bounds),
		cmocka_unit_test(test_qmail),
		cmocka_unit_test(test_exim),
		cmocka_unit_test(test_page),
		cmocka_unit_test(test_received),
		cmocka_unit_test(test_notice),
		cmocka_unit_test(test_notice_hostile),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_reply),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, forget);
}
