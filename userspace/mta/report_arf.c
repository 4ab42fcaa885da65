/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report_arf - complaints: feedback reports (RFC 5965, with the fields of 6591, 6692, 7489), and
 * those of senders who write no feedback part. See report.h.
 *
 * What is missing is missing, and what is not as the RFC has it is read as far as it can be: an
 * address with words behind it, a list with other separators. Only without a type is a report none.
 */
#include "report_parts.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *header, *name;
} fields[SW_FEEDBACK_FIELDS] = {
#define SW_FEEDBACK_FIELD(symbol, header, name) [SW_FEEDBACK_FIELD_##symbol] = { header, name },
#include "mta/report.def"
};

static const struct {
	const char *header, *name;
} lists[SW_FEEDBACK_LISTS] = {
#define SW_FEEDBACK_LIST(symbol, header, name) [SW_FEEDBACK_LIST_##symbol] = { header, name },
#include "mta/report.def"
};

static const struct {
	const char *word;
	bool complaint;
} types[SW_FEEDBACK_TYPES] = {
#define SW_FEEDBACK_TYPE(symbol, word, complaint) [SW_FEEDBACK_##symbol] = { word, complaint },
#include "mta/report.def"
};

const char *sw_feedback_type_name(enum sw_feedback_type type)
{
	return types[type].word;
}

bool sw_feedback_is_complaint(enum sw_feedback_type type)
{
	return types[type].complaint;
}

const char *sw_feedback_field_name(enum sw_feedback_field field)
{
	return fields[field].name;
}

const char *sw_feedback_list_name(enum sw_feedback_list list)
{
	return lists[list].name;
}

/* ---- values ---- */

struct sw_text sw_report_mta(struct sw_text value)
{
	const char *semicolon;
	size_t i = 0;

	value = sw_text_trim(value);
	semicolon = value.n ? memchr(value.at, ';', value.n) : NULL;
	if (semicolon) {
		value.n -= (size_t)(semicolon + 1 - value.at);
		value.at = semicolon + 1;
		value = sw_text_trim(value);
	}
	while (i < value.n && !strchr(" \t\r\n(", value.at[i]))
		i++;
	value.n = i;
	return value;
}

static bool is_ip_byte(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') ||
	       c == '.' || c == ':';
}

#define AROUND " \t\r\n,;=[]()<>\"" /* what may stand before and behind an address */

int sw_report_ip(struct sw_text text, struct sw_prefix *ret)
{
	while (text.n) {
		struct sw_text word = text;
		size_t i = 0;

		if (sw_text_begins(text, "IPv6:"))
			text.at += 5, text.n -= 5;
		word.at = text.at;
		while (i < text.n && is_ip_byte(text.at[i]))
			i++;
		word.n = i;
		while (word.n && word.at[word.n - 1] == '.')
			word.n--;
		if (word.n >= 3 && (i == text.n || strchr(AROUND, text.at[i])) &&
		    word.n < SW_PREFIX_TEXT && !sw_prefix_parse(word.at, word.n, ret)) {
			*ret = sw_prefix_unmapped(ret);
			return 0;
		}
		/* On to the next word: letters and dashes around digits are names. */
		while (i < text.n && !strchr(AROUND, text.at[i]))
			i++;
		while (i < text.n && strchr(AROUND, text.at[i]))
			i++;
		text.at += i;
		text.n -= i;
	}
	return -EINVAL;
}

static uint32_t number_of(struct sw_text text, uint32_t most)
{
	uint64_t number = 0;

	for (size_t i = 0; i < text.n && text.at[i] >= '0' && text.at[i] <= '9'; i++) {
		number = number * 10 + (uint64_t)(text.at[i] - '0');
		if (number > most)
			return most;
	}
	return (uint32_t)number;
}

/* Behind it there may be a comment (RFC 5965 3.5), or what RFC 2045 has for parameters. */
static enum sw_feedback_type type_of(struct sw_text value)
{
	struct sw_text word = { value.at, 0 };

	while (word.n < value.n && !strchr(" \t\r\n;(", value.at[word.n]))
		word.n++;
	for (unsigned i = 0; i < SW_FEEDBACK_TYPES; i++)
		if (sw_text_is(word, types[i].word))
			return i;
	return SW_FEEDBACK_OTHER;
}

/* ---- the feedback part ---- */

static void keep(struct sw_feedback *feedback, const struct sw_mime_field *field)
{
	for (unsigned i = 0; i < SW_FEEDBACK_FIELDS; i++) {
		if (sw_text_is(field->name, fields[i].header)) {
			if (!feedback->field[i].at)
				feedback->field[i] = field->value;
			return;
		}
	}
	for (unsigned i = 0; i < SW_FEEDBACK_LISTS; i++) {
		struct sw_report_values *values = &feedback->list[i];

		if (!sw_text_is(field->name, lists[i].header))
			continue;
		if (values->n < SW_REPORT_LIST)
			values->value[values->n++] = field->value;
		else
			values->more++;
		return;
	}
}

/* Numbers, times and addresses of what is in .field. */
static void interpret(struct sw_report *report)
{
	struct sw_feedback *feedback = &report->feedback;
	const struct sw_text *field = feedback->field;

	feedback->type = type_of(field[SW_FEEDBACK_FIELD_TYPE]);
	feedback->version = number_of(field[SW_FEEDBACK_FIELD_VERSION], UINT32_MAX);
	feedback->incidents = number_of(field[SW_FEEDBACK_FIELD_INCIDENTS], UINT32_MAX);
	if (!feedback->incidents)
		feedback->incidents = 1;
	feedback->source_port =
		(uint16_t)number_of(field[SW_FEEDBACK_FIELD_SOURCE_PORT], UINT16_MAX);
	if (field[SW_FEEDBACK_FIELD_REPORTING_MTA].at)
		feedback->reporting_mta = sw_report_mta(field[SW_FEEDBACK_FIELD_REPORTING_MTA]);
	/* RFC 5965 3.2: Received-Date is another name for Arrival-Date. */
	if (sw_mime_date(field[SW_FEEDBACK_FIELD_ARRIVAL_DATE], &feedback->arrival_ms))
		sw_mime_date(field[SW_FEEDBACK_FIELD_RECEIVED_DATE], &feedback->arrival_ms);
	sw_report_ip(field[SW_FEEDBACK_FIELD_SOURCE_IP], &report->source);
}

int sw_report_read_feedback(struct sw_reading *reading, struct sw_err *err)
{
	struct sw_feedback *feedback = &reading->report->feedback;
	struct sw_text rest = reading->feedback;
	struct sw_mime_field field;
	unsigned n = 0;

	for (; sw_mime_next(&rest, &field); n++)
		keep(feedback, &field);
	if (!n)
		return sw_err_set(
			err, -EINVAL,
			"part %u (message/feedback-report) has no fields: the report is cut "
			"off or garbled, ask its sender for another",
			reading->feedback_part);
	if (!feedback->field[SW_FEEDBACK_FIELD_TYPE].n)
		return sw_err_set(
			err, -EINVAL,
			"part %u (message/feedback-report): no Feedback-Type among its %u "
			"fields, so nobody knows what is reported (RFC 5965 3.1)",
			reading->feedback_part, n);
	interpret(reading->report);
	return 0;
}

/* ---- complaints without one ---- */

/* Hotmail's: a subject that names the source, and the message. */
bool sw_report_read_complaint(struct sw_reading *reading)
{
	static const char words[] = "complaint about message from";
	struct sw_text subject = sw_mime_find(reading->headers, "Subject");
	struct sw_report *report = reading->report;
	struct sw_prefix source;

	if (!reading->returned.at || reading->status_part || !sw_text_begins(subject, words))
		return false;
	subject.at += sizeof(words) - 1;
	subject.n -= sizeof(words) - 1;
	if (sw_report_ip(subject, &source))
		return false;
	report->source = source;
	report->feedback.type = SW_FEEDBACK_ABUSE;
	report->feedback.incidents = 1;
	return true;
}
