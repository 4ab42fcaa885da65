/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * maillog_parts - what the parts of maillog share: programs, actions, the two tables.
 * For userspace/mta/maillog*.c alone.
 */
#ifndef SYNWARD_MTA_MAILLOG_PARTS_H
#define SYNWARD_MTA_MAILLOG_PARTS_H

#include <stdbool.h>

#include "mta/maillog.h"
#include "mta/mailids.h"
#include "mta/regex.h"
#include "mta/syslog_line.h"

/* Which patterns are tried. */
enum program {
	PROGRAM_NONE,
	PROGRAM_POSTFIX_SMTPD,
	PROGRAM_POSTSCREEN,
	PROGRAM_POSTFIX_CLEANUP,
	PROGRAM_POSTFIX_QMGR,
	PROGRAM_POSTFIX_DELIVERY,
	PROGRAM_POSTFIX_OTHER,
	PROGRAM_POSTFIX_ANY, /* the message has to say which: maillog_postfix */
	PROGRAM_EXIM,
	PROGRAM_SENDMAIL,
	PROGRAM_OPENSMTPD,
	PROGRAM_COURIER,
	PROGRAM_KERIO,
	PROGRAM_ASSP,
	PROGRAMS,
};

/* What is done with a line, and which groups of its pattern are for that. */
enum action {
	ACTION_NONE, /* understood, and no evidence */
	ACTION_REFUSED_RCPT, /* text: the reply, which says the kind; ip, or id of who was named;
			      * rcpt; soft */
	ACTION_REFUSED, /* before or behind recipients; text, soft: for now or for good */
	ACTION_CLIENT, /* id is ip's from here on; orig's, when a filter or relay handed it on, where it
			* was alt; auth */
	ACTION_AUTHENTICATED, /* id is of a user of ours */
	ACTION_ACCEPTED, /* n recipients of id were taken; alt is the same message */
	ACTION_DELIVERED, /* one more recipient of id was */
	ACTION_BOUNCED, /* a recipient of id turned out to be unknown; dsn, text */
	ACTION_PENDING, /* text: a reply to a client who will be named in id's ACTION_SENDER */
	ACTION_SENDER, /* id is ip's, n were taken, and what was pending is its, too */
	ACTION_FORGET, /* nothing more comes of id */
};

struct pattern_row {
	unsigned number;
	const char *name;
	enum program program;
	enum action action;
	const char *pattern;
	const char *example, *expected;
};

struct reply_row {
	unsigned number;
	enum sw_mta_kind kind;
	const char *pattern;
	const char *example;
};

extern const struct pattern_row maillog_patterns[];
extern const size_t maillog_patterns_n;
extern const struct reply_row maillog_replies[];
extern const size_t maillog_replies_n;

struct sw_maillog {
	enum sw_maillog_format format;
	struct sw_regex_room *room;
	struct sw_regex **pattern; /* one for each row */
	struct sw_regex **reply;
	struct sw_mailids *ids;
	size_t first[PROGRAMS + 1]; /* rows of a program: from first[p] to first[p + 1] */
	struct sw_syslog_hour hour;
	struct sw_maillog_result last; /* for "last message repeated", without recipients */
	char masked[SW_MAILLOG_LINE]; /* a reply without the addresses in it */
};

/* A line on its way. */
struct message {
	enum program program;
	uint64_t scope; /* format and instance: whose queue ids these are */
	const char *text;
	size_t n;
	uint32_t times; /* it stands for */
	int64_t time_ms;
};

enum program maillog_program(const char *tag, size_t n);
enum sw_maillog_format maillog_format_of(enum program program);

/* Which program of Postfix begins a message like that, where only its instance is named. */
enum program maillog_postfix(const char *text, size_t n);

/* ---- maillog_reply.c ---- */

struct reply {
	bool soft; /* 4xx */
	bool sure; /* it has a code, or its words are known */
	enum sw_mta_kind kind; /* SW_MTA_KINDS: no evidence */
	struct sw_piece rcpt; /* the address that it begins with, else the one that Postfix adds */
};

/* What a reply means: "550 5.1.1 <a@example.org>: words", any of these missing. @dsn: from
 * elsewhere in the line. */
struct reply maillog_reply(struct sw_maillog *m, struct sw_piece text, struct sw_piece dsn);

/* ---- maillog_act.c ---- */

/* Do what @row says with what was found; fills @ret but for pattern and name. */
void maillog_act(struct sw_maillog *m, const struct pattern_row *row, const struct message *message,
		 const struct sw_regex_found *found, struct sw_maillog_result *ret);

#endif
