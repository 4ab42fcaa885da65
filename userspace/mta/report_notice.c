/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report_notice - notices of web services that send mail: JSON in a message of text, the shape that
 * Amazon SES has. See report.h.
 *
 *   {"notificationType": "Bounce", "bounce": {"bouncedRecipients": [{"emailAddress": ...}]}, "mail": {}}
 *
 * What it says is written down as the fields of RFC 3464 or 5965, and read by who reads those: so
 * all that is said of reports there holds here. A value is one line, whatever was in it.
 */
#include "report_parts.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#define RECIPIENTS_MAX (2 * SW_REPORT_RECIPIENTS)

/* ---- fields ---- */

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text && *text ? text : NULL;
}

/* Nothing when there is no @value. */
static void put(FILE *out, const char *name, const char *type, const char *value)
{
	if (!value)
		return;
	fprintf(out, "%s: %s", name, type);
	for (; *value; value++)
		putc((unsigned char)*value < ' ' || *value == 0x7f ? ' ' : *value, out);
	putc('\n', out);
}

/* "MailboxFull" as words, for who gives no others. */
static void put_words(FILE *out, const char *name, const char *value)
{
	char words[80];
	size_t n = 0;

	for (; value && *value && n < sizeof(words) - 2; value++) {
		if (isupper((unsigned char)*value) && n)
			words[n++] = ' ';
		words[n++] = *value;
	}
	words[n] = '\0';
	put(out, name, "", n ? words : NULL);
}

/* ---- what became of mail ---- */

static void put_bounced(FILE *out, const json_t *bounce, const json_t *recipient)
{
	const char *said = text_of(recipient, "diagnosticCode");

	put(out, "Final-Recipient", "rfc822; ", text_of(recipient, "emailAddress"));
	put(out, "Action", "", text_of(recipient, "action"));
	put(out, "Status", "", text_of(recipient, "status"));
	put(out, "Diagnostic-Code", "", said);
	if (!said)
		put_words(out, "Diagnostic-Code", text_of(bounce, "bounceSubType"));
}

static void put_delivered(FILE *out, const json_t *delivery, const json_t *recipient)
{
	put(out, "Final-Recipient", "rfc822; ", json_string_value(recipient));
	put(out, "Action", "", "delivered");
	put(out, "Diagnostic-Code", "smtp; ", text_of(delivery, "smtpResponse"));
}

static unsigned put_recipients(FILE *out, const json_t *event, const char *key,
			       void (*put_one)(FILE *, const json_t *, const json_t *))
{
	const json_t *recipients = json_object_get(event, key);
	const char *mta = text_of(event, "reportingMTA");
	size_t n = json_array_size(recipients);

	if (mta)
		put(out, "Reporting-MTA", strchr(mta, ';') ? "" : "dns; ", mta);
	for (size_t i = 0; i < n && i < RECIPIENTS_MAX; i++) {
		putc('\n', out);
		put_one(out, event, json_array_get(recipients, i));
	}
	return n != 0;
}

/* ---- who complains ---- */

static unsigned put_complaint(FILE *out, const json_t *complaint, const json_t *mail)
{
	const char *type = text_of(complaint, "complaintFeedbackType");
	const json_t *recipients = json_object_get(complaint, "complainedRecipients");

	put(out, "Feedback-Type", "", type ? type : "abuse");
	put(out, "User-Agent", "", text_of(complaint, "userAgent"));
	put(out, "Source-IP", "", text_of(mail, "sourceIp"));
	put(out, "Original-Mail-From", "", text_of(mail, "source"));
	for (size_t i = 0; i < json_array_size(recipients) && i < SW_REPORT_LIST; i++)
		put(out, "Original-Rcpt-To", "",
		    text_of(json_array_get(recipients, i), "emailAddress"));
	return 1;
}

/* ---- a notice ---- */

/* As fields; 0: it is none of these. */
static unsigned write_fields(FILE *out, const json_t *notice, bool *complaint)
{
	const char *type = text_of(notice, "notificationType");
	const json_t *event;

	if (!type)
		type = text_of(notice, "eventType");
	*complaint = type && !strcmp(type, "Complaint");
	if (*complaint && (event = json_object_get(notice, "complaint")))
		return put_complaint(out, event, json_object_get(notice, "mail"));
	if (type && !strcmp(type, "Bounce") && (event = json_object_get(notice, "bounce")))
		return put_recipients(out, event, "bouncedRecipients", put_bounced);
	if (type && !strcmp(type, "Delivery") && (event = json_object_get(notice, "delivery")))
		return put_recipients(out, event, "recipients", put_delivered);
	return 0;
}

/* @n bytes of @text, as a part of the message. */
static void be_part(struct sw_reading *reading, const char *text, size_t n, bool complaint)
{
	char *room = sw_reading_room(reading, n);
	struct sw_text fields = { room, n };

	if (!room)
		return;
	memcpy(room, text, n);
	if (complaint) {
		reading->feedback = fields;
		reading->feedback_part = 1;
	} else {
		reading->status = fields;
		reading->status_part = 1;
	}
}

void sw_report_read_notice(struct sw_reading *reading)
{
	struct sw_text body = sw_text_trim(reading->text);
	char *text = NULL;
	json_error_t error;
	bool complaint, good;
	json_t *notice;
	size_t n = 0;
	FILE *out;

	if (!body.n || body.at[0] != '{' || body.n > SW_REPORT_TEXT_BYTES)
		return;
	/* behind it there may be words for people */
	notice = json_loadb(body.at, body.n, JSON_DISABLE_EOF_CHECK, &error);
	out = notice ? open_memstream(&text, &n) : NULL;
	if (out) {
		good = write_fields(out, notice, &complaint);
		if (!fclose(out) && good)
			be_part(reading, text, n, complaint);
	}
	free(text);
	json_decref(notice);
}
