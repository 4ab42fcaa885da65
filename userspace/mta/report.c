/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report - see report.h. Here: which kind of report it is, and memory. report_arf.c,
 * report_dsn.c and report_notice.c read what programs wrote for programs, report_text.c the rest.
 */
#include "report_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Memory of a report: the texts that had to be copied. */
struct sw_report_chunk {
	struct sw_report_chunk *next;
	char bytes[];
};

/* What is handed out is the first of these. */
struct held_report {
	struct sw_report report;
	struct sw_report_chunk *chunk;
};

struct sw_report *sw_report_free(struct sw_report *report)
{
	struct held_report *held = (struct held_report *)report;

	while (held && held->chunk) {
		struct sw_report_chunk *next = held->chunk->next;

		free(held->chunk);
		held->chunk = next;
	}
	free(held);
	return NULL;
}

char *sw_reading_room(struct sw_reading *reading, size_t n)
{
	struct held_report *held = (struct held_report *)reading->report;
	struct sw_report_chunk *chunk = malloc(sizeof(*chunk) + n + 1);

	if (!chunk) {
		reading->memory = -ENOMEM;
		return NULL;
	}
	chunk->next = held->chunk;
	held->chunk = chunk;
	return chunk->bytes;
}

struct sw_text sw_reading_line(struct sw_reading *reading, struct sw_text raw)
{
	bool whole = true;
	char *room;

	raw = sw_text_trim(raw);
	for (size_t i = 0; i < raw.n && whole; i++)
		whole = (unsigned char)raw.at[i] >= 0x20 && raw.at[i] != 0x7f;
	if (whole)
		return raw;
	room = sw_reading_room(reading, raw.n);
	if (!room)
		return (struct sw_text){ NULL, 0 };
	return sw_text_trim((struct sw_text){ room, sw_mime_unfold(raw, room) });
}

/* ---- parts ---- */

static bool ends_with(struct sw_text text, const char *end)
{
	size_t n = strlen(end);

	return text.n >= n && !strncasecmp(text.at + text.n - n, end, n);
}

static struct sw_text decoded(struct sw_reading *reading, const struct sw_mime_part *part,
			      size_t most)
{
	struct sw_text body = part->body;
	char *room;

	if (body.n > most)
		body.n = most;
	if (part->encoding == SW_MIME_PLAIN)
		return body;
	room = sw_reading_room(reading, body.n);
	if (!room)
		return (struct sw_text){ "", 0 };
	return (struct sw_text){ room, sw_mime_decode(part->encoding, body, room) };
}

/* Put @text behind @to, so that several parts of text are one. */
static void append(struct sw_reading *reading, struct sw_text *to, struct sw_text text)
{
	char *room;

	if (!to->n || !text.n) {
		*to = to->n ? *to : text;
		return;
	}
	if (to->n >= SW_REPORT_TEXT_BYTES)
		return;
	room = sw_reading_room(reading, to->n + 1 + text.n);
	if (!room)
		return;
	memcpy(room, to->at, to->n);
	room[to->n] = '\n';
	memcpy(room + to->n + 1, text.at, text.n);
	*to = (struct sw_text){ room, to->n + 1 + text.n };
}

static bool is_headers(struct sw_text type)
{
	return ends_with(type, "/rfc822-headers") || ends_with(type, "/rfc822-header") ||
	       ends_with(type, "/global-headers");
}

static int take_part(void *ctx, const struct sw_mime_part *part)
{
	struct sw_reading *reading = ctx;

	reading->parts++;
	if (ends_with(part->type, "/feedback-report")) {
		if (reading->feedback_part)
			return 0;
		reading->feedback = decoded(reading, part, SIZE_MAX);
		reading->feedback_part = reading->parts;
	} else if (ends_with(part->type, "/delivery-status") ||
		   ends_with(part->type, "/global-delivery-status")) {
		if (reading->status_part)
			return 0;
		reading->status = decoded(reading, part, SIZE_MAX);
		reading->status_part = reading->parts;
	} else if (is_headers(part->type) || sw_text_is(part->type, "message/rfc822") ||
		   sw_text_is(part->type, "message/global")) {
		if (reading->returned.at)
			return 0;
		reading->returned = decoded(reading, part, SIZE_MAX);
		reading->returned_whole = !is_headers(part->type);
	} else if (sw_text_is(part->type, "text/html")) {
		append(reading, &reading->html, decoded(reading, part, SW_REPORT_TEXT_BYTES));
	} else if (sw_text_begins(part->type, "text/")) {
		append(reading, &reading->text, decoded(reading, part, SW_REPORT_TEXT_BYTES));
	}
	return 0;
}

/* ---- kinds ---- */

/* An answer that a program wrote for somebody who is not there (RFC 3834), as far as it says so. */
static bool is_reply(struct sw_text headers)
{
	static const char *const subjects[] = { "automatic reply", "auto reply",    "autoreply",
						"auto-reply",	   "auto response", "autorespon",
						"auto:",	   "out of office", "out-of-office",
						"vacation",	   "away from",	    "on holiday" };
	struct sw_text submitted = sw_mime_find(headers, "Auto-Submitted");
	struct sw_text subject = sw_mime_find(headers, "Subject");

	if (sw_text_begins(submitted, "auto-replied") ||
	    sw_text_begins(submitted, "auto-generated") ||
	    sw_mime_find(headers, "X-Autoreply").at || sw_mime_find(headers, "X-Autorespond").at ||
	    sw_text_is(sw_mime_find(headers, "Precedence"), "auto_reply"))
		return true;
	for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++)
		if (sw_text_find(subject, subjects[i]))
			return true;
	return false;
}

/* A returned message that says of nobody in particular that it was not delivered: take whom it
 * was for. */
static unsigned read_failed_recipients(struct sw_reading *reading)
{
	struct sw_text value = sw_mime_find(reading->headers, "X-Failed-Recipients");
	struct sw_report_recipient *recipient;

	if (!value.at && reading->status_part && reading->returned.at)
		value = sw_mime_find(reading->returned, "To");
	value = sw_report_address(sw_reading_line(reading, value));
	recipient = value.n ? sw_report_recipient(reading) : NULL;
	if (!recipient)
		return 0;
	recipient->address = value;
	return 1;
}

static unsigned read_delivery(struct sw_reading *reading)
{
	unsigned n = reading->status_part ? sw_report_read_status(reading) : 0;

	if (n || reading->status_part || sw_report_looks_returned(reading))
		n += sw_report_read_text(reading);
	if (!n && (reading->status_part || sw_report_looks_returned(reading)))
		n = read_failed_recipients(reading);
	return n;
}

static void conclude(struct sw_reading *reading)
{
	struct sw_report *report = reading->report;
	struct sw_text command = sw_report_command(reading->text);

	for (unsigned i = 0; i < report->recipients; i++)
		sw_report_conclude(&report->recipient[i], reading->text, command);
}

static int refuse(const struct sw_reading *reading, struct sw_err *err)
{
	if (reading->status_part)
		return sw_err_set(err, -EINVAL,
				  "part %u (message/delivery-status): no recipient is named; "
				  "a returned message has Final-Recipient and Status (RFC 3464)",
				  reading->status_part);
	return sw_err_set(err, -EINVAL,
			  "no report: of its %u parts none is message/feedback-report or "
			  "message/delivery-status, and it is not from a mail system that returns "
			  "mail; hand over reports alone, whole and with their headers",
			  reading->parts);
}

static int read_report(struct sw_reading *reading, struct sw_err *err)
{
	struct sw_report *report = reading->report;
	int code = 0;

	if (!reading->feedback_part && !reading->status_part)
		sw_report_read_notice(reading);
	if (reading->feedback_part || sw_report_read_complaint(reading)) {
		report->kind = SW_REPORT_FEEDBACK;
		code = reading->feedback_part ? sw_report_read_feedback(reading, err) : 0;
	} else if (read_delivery(reading)) {
		report->kind = SW_REPORT_DELIVERY;
		conclude(reading);
	} else if (!reading->status_part && is_reply(reading->headers)) {
		report->kind = SW_REPORT_REPLY;
	} else {
		code = refuse(reading, err);
	}
	report->returned = reading->returned;
	report->returned_whole = reading->returned_whole;
	if (!code && reading->returned.at)
		sw_report_read_hops(report, reading->returned);
	return code;
}

static bool has_fields(struct sw_text headers)
{
	struct sw_mime_field field;

	return sw_mime_next(&headers, &field);
}

static int check_message(const struct sw_reading *reading, size_t n, struct sw_err *err)
{
	if (n > SW_REPORT_BYTES)
		return sw_err_set(err, -EFBIG,
				  "%zu bytes: more than a report has (%u); is it a mailbox?", n,
				  SW_REPORT_BYTES);
	if (!sw_text_trim(reading->message).n)
		return sw_err_set(err, -EINVAL, "nothing but blanks: where is the message?");
	if (!has_fields(reading->headers))
		return sw_err_set(err, -EINVAL,
				  "line 1: no message, it does not begin with headers; hand over "
				  "the message as it came, with its headers");
	return 0;
}

int sw_report_parse(const char *message, size_t n, struct sw_report **ret, struct sw_err *err)
{
	struct sw_reading reading = { .message = { n ? message : "", n },
				      .text = { "", 0 },
				      .html = { "", 0 } };
	struct held_report *held;
	struct sw_text body;
	int code;

	while (reading.message.n && (*reading.message.at == '\n' || *reading.message.at == '\r'))
		reading.message.at++, reading.message.n--;
	sw_mime_split(reading.message, &reading.headers, &body);
	code = check_message(&reading, n, err);
	if (code)
		return code;
	held = calloc(1, sizeof(*held));
	if (!held)
		return sw_err_set(err, -ENOMEM, "out of memory");
	reading.report = &held->report;
	/* A message of too many parts: what it says in the first ones counts. */
	sw_mime_walk(reading.message, take_part, &reading, NULL);
	code = read_report(&reading, err);
	if (!code && reading.memory)
		code = sw_err_set(err, reading.memory, "out of memory");
	if (code) {
		sw_report_free(&held->report);
		return code;
	}
	*ret = &held->report;
	return 0;
}
