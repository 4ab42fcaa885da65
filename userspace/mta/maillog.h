/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * maillog - lines of a mail log in, what they say of sources out.
 *
 * Pure but for its memory: it reads no file and no clock, and never logs. What each line means is
 * in tables (maillog_patterns.def, maillog_replies.def; docs/maillog.md).
 *
 * Lines are hostile: HELO, sender, recipient and the PTR name are an attacker's choice. So a
 * pattern begins at the start of the message, takes the address from the one place where the
 * mail server writes it, and looks for none behind it. Where a format writes what a client
 * chose before the address, a line that could be read in two ways is read in none.
 *
 * Memory is bounded: who sent a queued message is known of the last so many messages.
 */
#ifndef SYNWARD_MTA_MAILLOG_H
#define SYNWARD_MTA_MAILLOG_H

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "mta/event.h"

enum sw_maillog_format {
	SW_MAILLOG_AUTO, /* the program's name says it, line by line */
	SW_MAILLOG_POSTFIX,
	SW_MAILLOG_EXIM,
	SW_MAILLOG_SENDMAIL,
	SW_MAILLOG_OPENSMTPD,
	SW_MAILLOG_COURIER,
	SW_MAILLOG_KERIO,
	SW_MAILLOG_ASSP,
	SW_MAILLOG_FORMATS,
};

enum sw_maillog_fate {
	SW_MAILLOG_EVENT, /* it became one or more events */
	SW_MAILLOG_NOTHING, /* understood, and it is no evidence, or not yet */
	SW_MAILLOG_DEFERRED, /* a temporary refusal: 4xx, greylisting */
	SW_MAILLOG_STRANGE, /* from a mail server, and not understood */
	SW_MAILLOG_FOREIGN, /* from no mail server that is known here */
	SW_MAILLOG_FATES,
};

#define SW_MAILLOG_EVENTS 5 /* of one line, at most */
#define SW_MAILLOG_LINE 16384 /* bytes; a longer line is not understood */
#define SW_MAILLOG_MESSAGES 16384 /* how many messages are remembered, unless told otherwise */

struct sw_maillog_result {
	enum sw_maillog_fate fate;
	enum sw_maillog_format format; /* SW_MAILLOG_AUTO: foreign */
	unsigned pattern; /* its number in the table; 0: none */
	const char *name; /* its name; NULL: none */
	size_t n;
	struct sw_mta_event event[SW_MAILLOG_EVENTS]; /* recipients are borrowed from the line */
};

struct sw_maillog;

/* Read lines of @format alone; @messages 0: SW_MAILLOG_MESSAGES. -ENOMEM, -EINVAL: a pattern
 * of the table is wrong; @err says which. */
int sw_maillog_open(enum sw_maillog_format format, size_t messages, struct sw_maillog **ret,
		    struct sw_err *err);
struct sw_maillog *sw_maillog_close(struct sw_maillog *m);

/* A line of a log file, without its newline. @now_ms is for time stamps that have no year. */
void sw_maillog_line(struct sw_maillog *m, const char *line, size_t n, int64_t now_ms,
		     struct sw_maillog_result *ret);

/* A message that something else has taken out of its log already: the journal. @tag is the
 * program's name, as in a log file, without pid. */
void sw_maillog_message(struct sw_maillog *m, const char *tag, size_t tag_n, const char *text,
			size_t n, int64_t time_ms, struct sw_maillog_result *ret);

const char *sw_maillog_format_name(enum sw_maillog_format format); /* "postfix", ... */
int sw_maillog_format_parse(const char *name, enum sw_maillog_format *ret); /* -EINVAL */
const char *sw_maillog_fate_name(enum sw_maillog_fate fate); /* "event", "nothing", ... */

#endif
