/* SPDX-License-Identifier: GPL-2.0-only */
/* report_parts - what the files of report.h share among themselves; for nobody else. */
#ifndef SYNWARD_MTA_REPORT_PARTS_H
#define SYNWARD_MTA_REPORT_PARTS_H

#include "mta/report.h"

/* How much of a text for people is read. */
#define SW_REPORT_TEXT_BYTES (64u << 10)
/* How much of what a host said counts. */
#define SW_REPORT_SAID_BYTES 2000

struct sw_report_chunk;

/* A report being read. */
struct sw_reading {
	struct sw_report *report;
	struct sw_text message, headers;
	unsigned parts; /* seen so far */
	struct sw_text type; /* of the message */
	struct sw_text feedback, status, text, html, returned; /* parts, decoded */
	unsigned feedback_part, status_part; /* their numbers, from 1 */
	bool returned_whole;
	int memory; /* -ENOMEM once it was short */
};

/* @n bytes that live as long as the report; NULL: out of memory, which reading->memory keeps. */
char *sw_reading_room(struct sw_reading *reading, size_t n);
/* @raw in one line, blanks around it gone; copied only where it was folded. */
struct sw_text sw_reading_line(struct sw_reading *reading, struct sw_text raw);

/* "dns; mx.example.com" -> "mx.example.com", also without the type and with comments. */
struct sw_text sw_report_mta(struct sw_text value);
/* "rfc822; <user@example.com>" -> "user@example.com" */
struct sw_text sw_report_address(struct sw_text value);
/* The first address in @text, also in brackets, as IPv6:..., or IPv4 mapped. -EINVAL. */
int sw_report_ip(struct sw_text text, struct sw_prefix *ret);

/* report_arf.c. -EINVAL: with words. */
int sw_report_read_feedback(struct sw_reading *reading, struct sw_err *err);
/* A complaint without a feedback part, as Hotmail's. False: it is none. */
bool sw_report_read_complaint(struct sw_reading *reading);

/* report_dsn.c. How many recipients @reading->status has, which are then in the report. */
unsigned sw_report_read_status(struct sw_reading *reading);
/* A new recipient; NULL when there is no room. */
struct sw_report_recipient *sw_report_recipient(struct sw_reading *reading);
/* Work out what was not said: code, status, permanent, reason. @text: the one for people;
 * @command: of SMTP, to which the host answered, or "". */
void sw_report_conclude(struct sw_report_recipient *recipient, struct sw_text text,
			struct sw_text command);
/* The command of SMTP that an answer was given to, if @text says it. */
struct sw_text sw_report_command(struct sw_text text);

/* report_text.c. Recipients and why, from a text that was written for people: how many. When
 * there are recipients already, their diagnostics alone, where they have none. */
unsigned sw_report_read_text(struct sw_reading *reading);
/* Does the message come from a mail system that returns mail? */
bool sw_report_looks_returned(const struct sw_reading *reading);

/* report_notice.c. A notice in JSON becomes the feedback or the status of @reading. */
void sw_report_read_notice(struct sw_reading *reading);

/* report_reason.c. Why, by what was said (@said: any text), the status and the command. */
enum sw_report_reason sw_report_reason_of(const struct sw_report_recipient *recipient,
					  struct sw_text said, struct sw_text command);

/* report_received.c. The Received fields of @headers. */
void sw_report_read_hops(struct sw_report *report, struct sw_text headers);

#endif
