/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report_dsn - returned mail as programs say it: delivery status (RFC 3464), and what
 * follows from it. See report.h.
 *
 * Strictly it is one group of fields for the message and one for each recipient, with an empty
 * line between them. Here a field belongs to the recipient before it, and a second Final-Recipient, or
 * the first field of a group behind one, begins the next; so groups that were joined or torn are read, too.
 */
#include "report_parts.h"

#include <stdio.h>
#include <string.h>

/* ---- values ---- */

struct sw_text sw_report_address(struct sw_text value)
{
	const char *at = value.n ? memchr(value.at, ';', value.n) : NULL;

	if (at && !memchr(value.at, '@', (size_t)(at - value.at))) {
		value.n -= (size_t)(at + 1 - value.at);
		value.at = at + 1;
	}
	value = sw_text_trim(value);
	at = value.n ? memchr(value.at, '<', value.n) : NULL;
	if (at && value.at[value.n - 1] == '>') {
		value.n = (size_t)(value.at + value.n - at) - 2;
		value.at = at + 1;
	}
	return sw_text_trim(value);
}

static enum sw_report_action action_of(struct sw_text value)
{
	static const char *const names[] = { "",	  "failed",  "delayed",
					     "delivered", "relayed", "expanded" };

	for (unsigned i = 1; i < sizeof(names) / sizeof(names[0]); i++)
		if (sw_text_begins(value, names[i]))
			return (enum sw_report_action)i;
	return sw_text_begins(value, "fail") ? SW_ACTION_FAILED : SW_ACTION_NONE;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Bytes of the status code that @text begins with (RFC 3463 2), 0: it begins with none. */
static size_t status_length(struct sw_text text)
{
	size_t i = 2;

	if (text.n < 5 || (text.at[0] != '2' && text.at[0] != '4' && text.at[0] != '5') ||
	    text.at[1] != '.')
		return 0;
	for (unsigned part = 0; part < 2; part++) {
		size_t start = i;

		while (i < text.n && i < start + 3 && is_digit(text.at[i]))
			i++;
		if (i == start || (!part && (i >= text.n || text.at[i] != '.')))
			return 0;
		i += !part;
	}
	/* An address, a version, a longer number. */
	if (i < text.n && (is_digit(text.at[i]) ||
			   (text.at[i] == '.' && i + 1 < text.n && is_digit(text.at[i + 1]))))
		return 0;
	return i;
}

static void copy_status(struct sw_report_recipient *recipient, struct sw_text text, size_t n)
{
	snprintf(recipient->status, sizeof(recipient->status), "%.*s", (int)n, text.at);
}

static void find_status(struct sw_report_recipient *recipient, struct sw_text text)
{
	char before = ' ';

	for (; text.n; before = *text.at++, text.n--) {
		size_t n = strchr(" \t(#:;-", before) ? status_length(text) : 0;

		if (!n)
			continue;
		copy_status(recipient, text, n);
		return;
	}
}

/* The reply code (RFC 5321 4.2) of what a host said. */
static uint16_t find_code(struct sw_text text)
{
	char before = ' ';

	for (; text.n >= 3; before = *text.at++, text.n--) {
		const char *at = text.at;

		if (!strchr(" \t(;:\"'", before) || (at[0] != '4' && at[0] != '5') || at[1] < '0' ||
		    at[1] > '5' || !is_digit(at[2]))
			continue;
		if (text.n == 3 || strchr(" -:\t,", at[3]))
			return (uint16_t)((at[0] - '0') * 100 + (at[1] - '0') * 10 + at[2] - '0');
	}
	return 0;
}

/* ---- delivery status ---- */

struct sw_report_recipient *sw_report_recipient(struct sw_reading *reading)
{
	struct sw_report *report = reading->report;

	if (report->recipients == SW_REPORT_RECIPIENTS) {
		report->more_recipients++;
		return NULL;
	}
	return &report->recipient[report->recipients++];
}

static bool message_field(struct sw_reading *reading, const struct sw_mime_field *field)
{
	struct sw_report *report = reading->report;

	if (sw_text_is(field->name, "Reporting-MTA"))
		report->reporting_mta = sw_report_mta(field->value);
	else if (sw_text_is(field->name, "Received-From-MTA"))
		report->received_from_mta = sw_report_mta(field->value);
	else if (sw_text_is(field->name, "Original-Envelope-Id"))
		report->envelope_id = field->value;
	else if (sw_text_is(field->name, "Arrival-Date"))
		sw_mime_date(field->value, &report->arrival_ms);
	else
		return false;
	return true;
}

/* "smtp; 550 5.1.1 no" -> "550 5.1.1 no" */
static struct sw_text said_of(struct sw_reading *reading, struct sw_text value)
{
	const char *semicolon = value.n ? memchr(value.at, ';', value.n) : NULL;
	size_t type = semicolon ? (size_t)(semicolon - value.at) : 0;

	if (semicolon && type <= 32 && !memchr(value.at, ' ', type)) {
		value.at += type + 1;
		value.n -= type + 1;
	}
	if (value.n > SW_REPORT_SAID_BYTES)
		value.n = SW_REPORT_SAID_BYTES;
	return sw_reading_line(reading, value);
}

static void recipient_field(struct sw_reading *reading, struct sw_report_recipient *recipient,
			    const struct sw_mime_field *field)
{
	struct sw_text value = field->value;
	size_t n;

	if (sw_text_is(field->name, "Final-Recipient")) {
		recipient->address = sw_report_address(sw_reading_line(reading, value));
	} else if (sw_text_is(field->name, "Original-Recipient")) {
		recipient->original = sw_report_address(sw_reading_line(reading, value));
	} else if (sw_text_is(field->name, "Action")) {
		recipient->action = action_of(value);
	} else if (sw_text_is(field->name, "Status")) {
		n = status_length(value);
		if (n)
			copy_status(recipient, value, n);
	} else if (sw_text_is(field->name, "Remote-MTA")) {
		recipient->remote_mta = sw_report_mta(value);
		sw_report_ip(value, &recipient->remote);
	} else if (sw_text_is(field->name, "Diagnostic-Code")) {
		recipient->diagnostic = said_of(reading, value);
	}
}

static bool is_recipient_field(struct sw_text name)
{
	static const char *const names[] = { "Final-Recipient", "Original-Recipient",
					     "Action",		"Status",
					     "Remote-MTA",	"Diagnostic-Code" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (sw_text_is(name, names[i]))
			return true;
	return false;
}

/* The group of fields up to the next empty line, taken off @rest. */
static struct sw_text take_group(struct sw_text *rest)
{
	struct sw_text group = *rest, line;

	while (sw_text_line(rest, &line)) {
		if (line.n)
			continue;
		group.n = (size_t)(line.at - group.at);
		break;
	}
	return group;
}

unsigned sw_report_read_status(struct sw_reading *reading)
{
	struct sw_report *report = reading->report;
	struct sw_text rest = reading->status;
	unsigned n = 0;

	while (rest.n) {
		struct sw_report_recipient *recipient = NULL;
		struct sw_text group = take_group(&rest);
		struct sw_mime_field field;
		bool named = false;

		while (sw_mime_next(&group, &field)) {
			bool final = sw_text_is(field.name, "Final-Recipient");

			if (message_field(reading, &field) || !is_recipient_field(field.name))
				continue;
			if (!recipient || (final && named)) {
				recipient = sw_report_recipient(reading);
				named = false;
			}
			if (!recipient)
				return n;
			named = named || final;
			recipient_field(reading, recipient, &field);
		}
		if (recipient && !recipient->address.n)
			recipient->address = recipient->original;
		/* Fields that are of no recipient. */
		if (recipient && !recipient->address.n && !recipient->diagnostic.n)
			memset(&report->recipient[--report->recipients], 0, sizeof(*recipient));
		n = report->recipients;
	}
	return n;
}

/* ---- what follows ---- */

struct sw_text sw_report_command(struct sw_text text)
{
	/* As those who return mail say at which command of theirs it ended, END being the message
	 * itself; the first counts. */
	static const struct {
		const char *words, *command;
	} said[] = {
		{ "in reply to RCPT", "RCPT" },
		{ "in reply to MAIL", "MAIL" },
		{ "in reply to end of DATA", "END" },
		{ "in reply to DATA", "DATA" },
		{ "in reply to HELO", "HELO" },
		{ "in reply to EHLO", "HELO" },
		{ "after RCPT", "RCPT" },
		{ "after pipelined RCPT", "RCPT" },
		{ "after MAIL", "MAIL" },
		{ "after pipelined MAIL", "MAIL" },
		{ "after end of data", "END" },
		{ "after DATA", "DATA" },
		{ "after initial connection", "HELO" },
		{ "after HELO", "HELO" },
		{ "after EHLO", "HELO" },
		{ "not like our RCPT", "RCPT" },
		{ "not like our MAIL", "MAIL" },
		{ "not like our final DATA", "END" },
		{ "not like our DATA", "DATA" },
		{ "does not like recipient", "RCPT" },
		{ "does not like sender", "MAIL" },
		{ "failed after I sent the message", "END" },
		{ "for TEXT command", "END" },
		{ "for RCPT command", "RCPT" },
		{ "for MAIL command", "MAIL" },
		{ "[RCPT_TO]", "RCPT" },
		{ ">>> DATA", "DATA" },
		{ ">>> RCPT", "RCPT" },
		{ ">>> MAIL", "MAIL" },
		{ "SMTP command\nDATA", "DATA" },
		{ "RCPT TO:", "RCPT" },
	};

	if (text.n > SW_REPORT_TEXT_BYTES)
		text.n = SW_REPORT_TEXT_BYTES;
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		if (sw_text_find(text, said[i].words))
			return sw_text_of(said[i].command);
	return sw_text_of("");
}

static bool is_vague(const char *status)
{
	return !status[0] || (!strcmp(status + 1, ".0.0"));
}

void sw_report_conclude(struct sw_report_recipient *recipient, struct sw_text text,
			struct sw_text command)
{
	struct sw_report_recipient said = { .status = "" };
	struct sw_text own = sw_report_command(recipient->diagnostic);

	find_status(&said, recipient->diagnostic);
	/* A host's own word is nearer than what its client made of it. */
	if (said.status[0] && (!is_vague(said.status) || is_vague(recipient->status)))
		memcpy(recipient->status, said.status, sizeof(said.status));
	recipient->code = find_code(recipient->diagnostic);
	/* What was said stands before the address, or nowhere near it. */
	if (!recipient->code && !recipient->status[0]) {
		recipient->code = find_code(text);
		find_status(recipient, text);
	}
	if (recipient->action == SW_ACTION_NONE)
		recipient->action = SW_ACTION_FAILED;
	recipient->permanent = recipient->action == SW_ACTION_FAILED &&
			       recipient->status[0] != '4' && recipient->code / 100 != 4;
	recipient->reason = sw_report_reason_of(recipient, text, own.n ? own : command);
}
