/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report_text - returned mail as mail systems say it to people: qmail, Exim, and all that came
 * before RFC 3464 or never read it. See report.h.
 *
 * No format is known here. What nearly all have in common is: a line that begins with, or is
 * nothing but, the recipient's address, what the host said behind it, and then the message,
 * announced by a line of its own. Whether the message is of that kind at all is asked first.
 */
#include "report_parts.h"

#include <string.h>

#define LINES_MAX 2000
#define ADDRESS_MAX 320 /* RFC 5321 4.5.3.1: 64, '@', 255 */

struct reader {
	struct sw_reading *reading;
	unsigned known; /* recipients before there was a text */
	struct sw_report_recipient *now; /* whom the lines are about; NULL: nobody */
	const char *said; /* where what is said of it begins */
	bool sender_next; /* the next address is the sender's */
};

bool sw_report_looks_returned(const struct sw_reading *reading)
{
	static const char *const from[] = { "mailer-daemon", "postmaster",    "post_master",
					    "mail delivery", "mail.delivery", "maildelivery" };
	static const char *const subject[] = {
		"undeliver",	     "delivery status",	   "delivery fail",
		"failure notice",    "returned mail",	   "mail failure",
		"delivery report",   "returned to sender", "delivery error",
		"not delivered",     "not be delivered",   "mail system error",
		"non-delivery",	     "delivery problem",   "delivery notification",
		"unable to deliver", "delivery delayed",   "delivery incomplete",
	};
	struct sw_text value = sw_mime_find(reading->headers, "From");

	if (sw_mime_find(reading->headers, "X-Failed-Recipients").at)
		return true;
	for (size_t i = 0; i < sizeof(from) / sizeof(from[0]); i++)
		if (sw_text_find(value, from[i]))
			return true;
	value = sw_mime_find(reading->headers, "Subject");
	for (size_t i = 0; i < sizeof(subject) / sizeof(subject[0]); i++)
		if (sw_text_find(value, subject[i]))
			return true;
	return false;
}

/* ---- lines ---- */

/* Does @line say that behind it comes the message that was returned? */
static bool announces_message(struct sw_text line)
{
	static const char *const words[] = {
		"copy of the message",	    "copy of your message",	"copy of the original",
		"original message follows", "header of the original",	"headers of the original",
		"message headers follow",   "message header follow",	"unsent message follows",
		"returned message -",	    "original message -",	"original mail info",
		"original message:",	    "original message headers", "begin returned message",
		"original message below",   "original message ---",	"message text follows",
	};

	if (line.n > 200)
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (sw_text_find(line, words[i]))
			return true;
	return false;
}

static bool is_local(char c)
{
	return (unsigned char)c > ' ' && c != 0x7f && !strchr("<>()[],;:\\\"", c);
}

static bool is_domain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '-' || c == '_' || (unsigned char)c >= 0x80;
}

/* The address around the '@' at @at in @line, without what it stands between; .n 0: none. */
static struct sw_text address_around(struct sw_text line, const char *at)
{
	const char *first = at, *end = at + 1, *limit = line.at + line.n;

	while (first > line.at && is_local(first[-1]) && at - first < ADDRESS_MAX)
		first--;
	while (end < limit && is_domain(*end) && end - at < ADDRESS_MAX)
		end++;
	while (end > at + 1 && (end[-1] == '.' || end[-1] == '-'))
		end--;
	if (first == at || end == at + 1)
		return (struct sw_text){ at, 0 };
	return (struct sw_text){ first, (size_t)(end - first) };
}

static struct sw_text first_address(struct sw_text line)
{
	struct sw_text rest = line, address = { line.at, 0 };
	const char *at;

	while (rest.n && !address.n && (at = memchr(rest.at, '@', rest.n))) {
		address = address_around(line, at);
		rest.n -= (size_t)(at + 1 - rest.at);
		rest.at = at + 1;
	}
	return address;
}

static bool same(struct sw_text a, struct sw_text b)
{
	return a.n == b.n && a.n && !memcmp(a.at, b.at, a.n);
}

/* Take marks of lists off the front of a line: "* ", "-- ", ">>> ", "Recipient: ". */
static struct sw_text unmarked(struct sw_text line)
{
	static const char *const marks[] = { "recipient:", "recipient address:", "user:",
					     "rcpt to:" };

	while (line.n && strchr("*->| \t", line.at[0]))
		line.at++, line.n--;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (sw_text_begins(line, marks[i])) {
			line.at += strlen(marks[i]);
			line.n -= strlen(marks[i]);
		}
	}
	return sw_text_trim(line);
}

/* The recipient that @line is about, if it begins with one: alone, or with a colon or more words
 * in parentheses behind. *@said: what is behind it. */
static struct sw_text leading_recipient(struct sw_text line, struct sw_text *said)
{
	struct sw_text address, rest;

	line = unmarked(line);
	address = first_address(line);
	if (!address.n || address.at - line.at > 1 ||
	    (address.at > line.at && !strchr("<\"'", line.at[0])))
		return (struct sw_text){ line.at, 0 };
	rest.at = address.at + address.n;
	rest.n = (size_t)(line.at + line.n - rest.at);
	while (rest.n && strchr(">\"'", rest.at[0]))
		rest.at++, rest.n--;
	*said = rest;
	rest = sw_text_trim(rest);
	if (!rest.n || rest.at[0] == ':' || rest.at[0] == '(' || same(address, first_address(rest)))
		return address;
	return sw_text_begins(rest, "delivery failed") ? address : (struct sw_text){ line.at, 0 };
}

/* The text as far as it is no part of the message that was returned, which is behind it. */
static struct sw_text cut(struct sw_reading *reading, struct sw_text text)
{
	struct sw_text rest, line;

	if (text.n > SW_REPORT_TEXT_BYTES)
		text.n = SW_REPORT_TEXT_BYTES;
	rest = text;
	while (sw_text_line(&rest, &line)) {
		if (!announces_message(line))
			continue;
		text.n = (size_t)(line.at - text.at);
		while (rest.n && (*rest.at == '\n' || *rest.at == '\r'))
			rest.at++, rest.n--;
		if (!reading->returned.at && rest.n)
			reading->returned = rest;
		break;
	}
	return text;
}

/* ---- text of a page ---- */

static const char *after_tag(struct sw_text html, const char *at, bool *breaks)
{
	const char *end = memchr(at, '>', (size_t)(html.at + html.n - at));
	struct sw_text tag = { at + 1, end ? (size_t)(end - at) - 1 : 0 };

	*breaks = sw_text_begins(tag, "br") || sw_text_begins(tag, "p") ||
		  sw_text_begins(tag, "/p") || sw_text_begins(tag, "div") ||
		  sw_text_begins(tag, "/div") || sw_text_begins(tag, "tr") ||
		  sw_text_begins(tag, "/tr") || sw_text_begins(tag, "li");
	return end ? end + 1 : html.at + html.n;
}

static struct sw_text without_tags(struct sw_reading *reading, struct sw_text html)
{
	static const struct {
		const char *entity;
		char c;
	} entities[] = { { "&lt;", '<' },   { "&gt;", '>' },   { "&amp;", '&' },
			 { "&nbsp;", ' ' }, { "&quot;", '"' }, { "&#39;", '\'' } };
	char *room = sw_reading_room(reading, html.n);
	const char *at = html.at, *end = html.at + html.n;
	size_t n = 0;

	while (room && at < end) {
		struct sw_text rest = { at, (size_t)(end - at) };
		bool breaks = false;
		size_t i = 0;

		if (*at == '<') {
			at = after_tag(html, at, &breaks);
			if (breaks)
				room[n++] = '\n';
			continue;
		}
		while (i < 6 && !sw_text_begins(rest, entities[i].entity))
			i++;
		room[n++] = i < 6 ? entities[i].c : *at;
		at += i < 6 ? strlen(entities[i].entity) : 1;
	}
	return (struct sw_text){ room, n };
}

/* ---- recipients ---- */

/* What was said up to @end of the one that the lines were about. */
static void finish(struct reader *reader, const char *end)
{
	struct sw_text said;

	if (!reader->now)
		return;
	said = sw_text_trim((struct sw_text){ reader->said, (size_t)(end - reader->said) });
	while (said.n && said.at[0] == ':') {
		said.at++;
		said.n--;
	}
	if (said.n > SW_REPORT_SAID_BYTES)
		said.n = SW_REPORT_SAID_BYTES;
	if (!reader->now->diagnostic.n)
		reader->now->diagnostic = sw_reading_line(reader->reading, said);
	reader->now = NULL;
}

static struct sw_report_recipient *find(struct sw_report *report, struct sw_text address)
{
	for (unsigned i = 0; i < report->recipients; i++)
		if (same(report->recipient[i].address, address) ||
		    same(report->recipient[i].original, address))
			return &report->recipient[i];
	return NULL;
}

static void begin(struct reader *reader, struct sw_text address, struct sw_text said)
{
	struct sw_report *report = reader->reading->report;
	struct sw_report_recipient *recipient = find(report, address);

	if (!recipient && !reader->known) {
		recipient = sw_report_recipient(reader->reading);
		if (recipient)
			recipient->address = address;
	}
	reader->now = recipient;
	reader->said = said.at;
}

static void read_line(struct reader *reader, struct sw_text line)
{
	struct sw_text trimmed = sw_text_trim(line), said, address;

	if (!trimmed.n)
		return;
	address = leading_recipient(trimmed, &said);
	if (address.n && !reader->sender_next) {
		finish(reader, line.at);
		begin(reader, address, said);
	}
	reader->sender_next =
		trimmed.n >= 7 &&
		sw_text_find((struct sw_text){ trimmed.at + trimmed.n - 7, 7 }, "sent by");
}

/* No line begins with one: the first that is named at all, but not as the sender. */
static unsigned read_anywhere(struct sw_reading *reading, struct sw_text text)
{
	static const char *const names[] = {
		"from:", "mail from", "reply-to:", "postmaster@", "mailer-daemon@", "to:", "cc:"
	};
	struct sw_report_recipient *recipient;
	struct sw_text line, address;
	unsigned lines = 0;

	while (lines++ < LINES_MAX && sw_text_line(&text, &line)) {
		bool other = false;

		line = sw_text_trim(line);
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !other; i++)
			other = sw_text_begins(line, names[i]);
		address = other ? (struct sw_text){ line.at, 0 } : first_address(line);
		if (!address.n)
			continue;
		recipient = sw_report_recipient(reading);
		if (!recipient)
			return 0;
		recipient->address = address;
		text.n += (size_t)(text.at - line.at);
		text.at = line.at;
		if (text.n > SW_REPORT_SAID_BYTES)
			text.n = SW_REPORT_SAID_BYTES;
		recipient->diagnostic = sw_reading_line(reading, text);
		return 1;
	}
	return 0;
}

/* A delay is one only when it says so: "Delivery Status Notification (Delay)". */
static enum sw_report_action action_of(const struct sw_reading *reading)
{
	struct sw_text subject = sw_mime_find(reading->headers, "Subject");

	return sw_text_find(subject, "delay") || sw_text_find(subject, "warning")
		       ? SW_ACTION_DELAYED
		       : SW_ACTION_FAILED;
}

unsigned sw_report_read_text(struct sw_reading *reading)
{
	struct sw_report *report = reading->report;
	struct reader reader = { .reading = reading, .known = report->recipients };
	struct sw_text rest, line, text;
	unsigned lines = 0;

	if (!sw_text_trim(reading->text).n && reading->html.n)
		reading->text = without_tags(reading, reading->html);
	text = cut(reading, reading->text);
	reading->text = text;
	/* Delivery status that was put among the words. */
	if (!reader.known && !reading->status_part && sw_text_find(text, "Final-Recipient:")) {
		reading->status = text;
		return sw_report_read_status(reading);
	}
	for (rest = text; lines++ < LINES_MAX && sw_text_line(&rest, &line);)
		read_line(&reader, line);
	finish(&reader, text.at + text.n);
	if (!report->recipients)
		read_anywhere(reading, text);
	for (unsigned i = reader.known; i < report->recipients; i++)
		report->recipient[i].action = action_of(reading);
	return report->recipients - reader.known;
}
