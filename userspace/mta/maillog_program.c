/* SPDX-License-Identifier: GPL-2.0-only */
/* maillog_program - which mail server a program belongs to, by the name it gives to syslog. */
#include <string.h>

#include "maillog_parts.h"

/* Postfix: NAME/PROGRAM or NAME/SERVICE/PROGRAM, NAME as syslog_name has it. */
static const struct {
	const char *name;
	enum program program;
} postfix_programs[] = {
	{ "smtpd", PROGRAM_POSTFIX_SMTPD },	 { "qmgr", PROGRAM_POSTFIX_QMGR },
	{ "cleanup", PROGRAM_POSTFIX_CLEANUP },	 { "smtp", PROGRAM_POSTFIX_DELIVERY },
	{ "local", PROGRAM_POSTFIX_DELIVERY },	 { "virtual", PROGRAM_POSTFIX_DELIVERY },
	{ "lmtp", PROGRAM_POSTFIX_DELIVERY },	 { "pipe", PROGRAM_POSTFIX_DELIVERY },
	{ "postscreen", PROGRAM_POSTSCREEN },	 { "bounce", PROGRAM_POSTFIX_DELIVERY },
	{ "error", PROGRAM_POSTFIX_DELIVERY },	 { "relay", PROGRAM_POSTFIX_DELIVERY },
	{ "discard", PROGRAM_POSTFIX_DELIVERY }, { "nqmgr", PROGRAM_POSTFIX_QMGR },
	{ "oqmgr", PROGRAM_POSTFIX_QMGR },	 { "retry", PROGRAM_POSTFIX_DELIVERY },
};

/* What their messages begin with, behind the queue id; all that follows can be a client's. */
static const struct {
	const char *start;
	enum program program;
} postfix_messages[] = {
	{ "reject: ", PROGRAM_POSTFIX_SMTPD },	     { "milter-reject: ", PROGRAM_POSTFIX_SMTPD },
	{ "proxy-reject: ", PROGRAM_POSTFIX_SMTPD }, { "client=", PROGRAM_POSTFIX_SMTPD },
	{ "from=<", PROGRAM_POSTFIX_QMGR },	     { "removed", PROGRAM_POSTFIX_QMGR },
	{ "to=", PROGRAM_POSTFIX_DELIVERY },
};

/* Others: the name begins with it. */
static const struct {
	const char *start;
	enum program program;
} programs[] = {
	{ "exim", PROGRAM_EXIM },
	{ "sendmail", PROGRAM_SENDMAIL },
	{ "sm-", PROGRAM_SENDMAIL },
	{ "courieresmtpd", PROGRAM_COURIER },
	{ "postfix", PROGRAM_POSTFIX_OTHER },
};

static bool begins(const char *text, size_t n, const char *start)
{
	return n >= strlen(start) && !memcmp(text, start, strlen(start));
}

static bool is_word(const char *word, const char *text, size_t n)
{
	return strlen(word) == n && !memcmp(word, text, n);
}

enum program maillog_program(const char *tag, size_t n)
{
	const char *slash = memrchr(tag, '/', n);
	size_t last = slash ? (size_t)(slash + 1 - tag) : 0;

	for (size_t i = 0; slash && i < sizeof(postfix_programs) / sizeof(*postfix_programs); i++)
		if (is_word(postfix_programs[i].name, tag + last, n - last))
			return postfix_programs[i].program;
	if (is_word("smtpd", tag, n) || is_word("opensmtpd", tag, n))
		return PROGRAM_OPENSMTPD;
	/* rsyslog's programname, which is also its APP-NAME of RFC 5424, ends before a slash */
	if (!slash && (is_word("postfix", tag, n) || begins(tag, n, "postfix-")))
		return PROGRAM_POSTFIX_ANY;
	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++)
		if (begins(tag, n, programs[i].start))
			return programs[i].program;
	return PROGRAM_NONE;
}

static enum program find_message(const char *text, size_t n)
{
	for (size_t i = 0; i < sizeof(postfix_messages) / sizeof(*postfix_messages); i++)
		if (begins(text, n, postfix_messages[i].start))
			return postfix_messages[i].program;
	return PROGRAM_POSTFIX_OTHER;
}

enum program maillog_postfix(const char *text, size_t n)
{
	const char *behind = memmem(text, n, ": ", 2);
	enum program program = find_message(text, n); /* old ones have no id */

	if (program != PROGRAM_POSTFIX_OTHER || !behind)
		return program;
	behind += 2;
	return find_message(behind, n - (size_t)(behind - text));
}

enum sw_maillog_format maillog_format_of(enum program program)
{
	switch (program) {
	case PROGRAM_EXIM:
		return SW_MAILLOG_EXIM;
	case PROGRAM_SENDMAIL:
		return SW_MAILLOG_SENDMAIL;
	case PROGRAM_OPENSMTPD:
		return SW_MAILLOG_OPENSMTPD;
	case PROGRAM_COURIER:
		return SW_MAILLOG_COURIER;
	case PROGRAM_KERIO:
		return SW_MAILLOG_KERIO;
	case PROGRAM_ASSP:
		return SW_MAILLOG_ASSP;
	case PROGRAM_NONE:
	case PROGRAMS:
		return SW_MAILLOG_AUTO;
	default:
		return SW_MAILLOG_POSTFIX;
	}
}
