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
	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++) {
		size_t start = strlen(programs[i].start);

		if (n >= start && !memcmp(tag, programs[i].start, start))
			return programs[i].program;
	}
	return PROGRAM_NONE;
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
