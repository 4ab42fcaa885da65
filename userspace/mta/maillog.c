/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * maillog - see maillog.h. From a line to the pattern that matches it: time and program by hand,
 * then the few patterns of that program.
 */
#include "maillog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "maillog_parts.h"

const struct pattern_row maillog_patterns[] = {
#define SW_MAILLOG_PATTERN(number, name, program, action, pattern, example, expected) \
	{ number, name, PROGRAM_##program, ACTION_##action, pattern, example, expected },
#include "maillog_patterns.def"
#undef SW_MAILLOG_PATTERN
};
const size_t maillog_patterns_n = sizeof(maillog_patterns) / sizeof(*maillog_patterns);

static const char *const format_names[SW_MAILLOG_FORMATS] = {
	[SW_MAILLOG_AUTO] = "auto",	      [SW_MAILLOG_POSTFIX] = "postfix",
	[SW_MAILLOG_EXIM] = "exim",	      [SW_MAILLOG_SENDMAIL] = "sendmail",
	[SW_MAILLOG_OPENSMTPD] = "opensmtpd", [SW_MAILLOG_COURIER] = "courier",
	[SW_MAILLOG_KERIO] = "kerio",	      [SW_MAILLOG_ASSP] = "assp",
};

static const char *const fate_names[SW_MAILLOG_FATES] = {
	[SW_MAILLOG_EVENT] = "event",	    [SW_MAILLOG_NOTHING] = "nothing",
	[SW_MAILLOG_DEFERRED] = "deferred", [SW_MAILLOG_STRANGE] = "not-understood",
	[SW_MAILLOG_FOREIGN] = "foreign",
};

const char *sw_maillog_format_name(enum sw_maillog_format format)
{
	return (unsigned)format < SW_MAILLOG_FORMATS ? format_names[format] : "?";
}

int sw_maillog_format_parse(const char *name, enum sw_maillog_format *ret)
{
	for (unsigned i = 0; i < SW_MAILLOG_FORMATS; i++) {
		if (!strcmp(name, format_names[i])) {
			*ret = (enum sw_maillog_format)i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *sw_maillog_fate_name(enum sw_maillog_fate fate)
{
	return (unsigned)fate < SW_MAILLOG_FATES ? fate_names[fate] : "?";
}

/* ---- made and ended ---- */

static int compile_patterns(struct sw_maillog *m, struct sw_err *err)
{
	int code = 0;

	for (size_t i = 0; !code && i < maillog_patterns_n; i++) {
		const struct pattern_row *row = &maillog_patterns[i];

		code = sw_regex_compile(row->pattern, true, &m->pattern[i], err);
		if (code)
			sw_err_prepend(err, code, "pattern %u, %s: ", row->number, row->name);
		for (unsigned p = row->program + 1; p <= PROGRAMS; p++)
			m->first[p] = i + 1;
	}
	for (size_t i = 0; !code && i < maillog_replies_n; i++) {
		const struct reply_row *row = &maillog_replies[i];

		code = sw_regex_compile(row->pattern, false, &m->reply[i], err);
		if (code)
			sw_err_prepend(err, code, "reply %u: ", row->number);
	}
	return code;
}

int sw_maillog_open(enum sw_maillog_format format, size_t messages, struct sw_maillog **ret,
		    struct sw_err *err)
{
	struct sw_maillog *m = calloc(1, sizeof(*m));
	uint64_t seed = 0;
	int code = -ENOMEM;

	if (!m)
		return sw_err_set(err, -ENOMEM, "no memory for a mail log");
	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) < 0)
		seed = (uint64_t)(uintptr_t)m; /* ids are no client's choice: any will do */
	m->format = format;
	m->pattern = calloc(maillog_patterns_n, sizeof(struct sw_regex *));
	m->reply = calloc(maillog_replies_n, sizeof(struct sw_regex *));
	if (m->pattern && m->reply && !sw_regex_room_open(&m->room))
		code = sw_mailids_open(messages ? messages : SW_MAILLOG_MESSAGES, seed, &m->ids);
	if (code)
		sw_err_set(err, code, "no memory for a mail log");
	else
		code = compile_patterns(m, err);
	if (code) {
		sw_maillog_close(m);
		return code;
	}
	*ret = m;
	return 0;
}

struct sw_maillog *sw_maillog_close(struct sw_maillog *m)
{
	if (!m)
		return NULL;
	for (size_t i = 0; m->pattern && i < maillog_patterns_n; i++)
		sw_regex_free(m->pattern[i]);
	for (size_t i = 0; m->reply && i < maillog_replies_n; i++)
		sw_regex_free(m->reply[i]);
	free(m->pattern);
	free(m->reply);
	sw_regex_room_close(m->room);
	sw_mailids_close(m->ids);
	free(m);
	return NULL;
}

/* ---- messages ---- */

static const struct pattern_row *find(struct sw_maillog *m, const struct message *message,
				      struct sw_regex_found *ret)
{
	for (size_t i = m->first[message->program]; i < m->first[message->program + 1]; i++)
		if (sw_regex_match(m->room, m->pattern[i], message->text, message->n, ret))
			return &maillog_patterns[i];
	return NULL;
}

/* Bytes of "last message repeated 3 times" or "message repeated 3 times: [", with the number;
 * 0: @text does not begin with that. */
static size_t repeated(const char *text, size_t n, const char *before, const char *after,
		       uint32_t *ret)
{
	size_t at = strlen(before), behind = strlen(after);
	uint32_t times = 0;

	if (n < at || memcmp(text, before, at))
		return 0;
	for (; at < n && text[at] >= '0' && text[at] <= '9' && times < 10000; at++)
		times = 10 * times + (uint32_t)(text[at] - '0');
	if (n - at < behind || memcmp(text + at, after, behind))
		return 0;
	*ret = times;
	return at + behind;
}

/* rsyslog: "message repeated 3 times: [ NOQUEUE: ...]"; it has written the message once before. */
static void unwrap(struct message *message)
{
	size_t n = repeated(message->text, message->n, "message repeated ", " times: [",
			    &message->times);

	if (!n) {
		message->times = 1;
		return;
	}
	message->text += n;
	message->n -= n;
	if (message->n && message->text[message->n - 1] == ']')
		message->n--;
	if (message->n && *message->text == ' ') {
		message->text++;
		message->n--;
	}
}

/* "[1/3] " of a message that Exim has cut, "[4711] " its pid. False: not the first part, which
 * may begin with whatever a client chose. */
static bool pass_brackets(struct message *message)
{
	for (int i = 0; i < 2 && message->n && *message->text == '['; i++) {
		size_t n = 1, part = 0;

		for (; n < message->n && message->text[n] >= '0' && message->text[n] <= '9'; n++)
			part = 10 * part + (size_t)(message->text[n] - '0');
		if (n == message->n || n == 1)
			return true;
		if (message->text[n] == '/' || message->text[n] == '\\') {
			if (part != 1)
				return false;
			for (n++; n < message->n && message->text[n] != ']'; n++)
				;
		}
		if (message->n - n < 2 || message->text[n] != ']' || message->text[n + 1] != ' ')
			return true;
		message->text += n + 2;
		message->n -= n + 2;
	}
	return true;
}

/* Exim puts a time of its own behind that of syslog. */
static bool open_exim(struct message *message)
{
	struct sw_syslog_time time;
	size_t n;

	if (!pass_brackets(message))
		return false;
	n = sw_syslog_time_parse(message->text, message->n, &time);
	message->text += n;
	message->n -= n;
	return pass_brackets(message);
}

static void run(struct sw_maillog *m, struct message *message, struct sw_maillog_result *ret)
{
	const struct pattern_row *row;
	struct sw_regex_found found;

	ret->format = maillog_format_of(message->program);
	if (m->format && m->format != ret->format) {
		ret->format = SW_MAILLOG_AUTO;
		return;
	}
	ret->fate = SW_MAILLOG_STRANGE;
	if (message->n > SW_MAILLOG_LINE)
		return;
	unwrap(message);
	if (message->program == PROGRAM_POSTFIX_ANY)
		message->program = maillog_postfix(message->text, message->n);
	if (message->program == PROGRAM_EXIM && !open_exim(message)) {
		ret->fate = SW_MAILLOG_NOTHING;
		return;
	}
	row = find(m, message, &found);
	if (!row)
		return;
	ret->pattern = row->number;
	ret->name = row->name;
	maillog_act(m, row, message, &found, ret);
}

/* Remember what a line became, in case it comes again. */
static void keep(struct sw_maillog *m, const struct sw_maillog_result *ret)
{
	m->last.fate = ret->fate;
	if (ret->fate != SW_MAILLOG_EVENT)
		return;
	m->last = *ret;
	for (size_t i = 0; i < m->last.n; i++) {
		m->last.event[i].rcpt = NULL;
		m->last.event[i].rcpt_n = 0;
	}
}

/* BSD's syslogd: the line before came again. */
static bool repeat(struct sw_maillog *m, const struct sw_syslog_line *l, int64_t now_ms,
		   struct sw_maillog_result *ret)
{
	uint32_t times;

	if (l->tag && (l->tag_n != 7 || memcmp(l->tag, "syslogd", 7)))
		return false;
	if (!repeated(l->text, l->text_n, "last message repeated ", " time", &times))
		return false;
	ret->fate = SW_MAILLOG_NOTHING;
	if (m->last.fate != SW_MAILLOG_EVENT)
		return true;
	*ret = m->last;
	for (size_t i = 0; i < ret->n; i++) {
		ret->event[i].recipients = times;
		ret->event[i].time_ms = sw_syslog_time_ms(&l->time, now_ms, &m->hour);
	}
	if (!times)
		ret->n = 0;
	m->last.fate = SW_MAILLOG_NOTHING;
	return true;
}

static void name_program(const struct sw_syslog_line *l, struct message *message)
{
	message->text = l->text;
	message->n = l->text_n;
	if (l->tag)
		message->program = maillog_program(l->tag, l->tag_n);
	if (message->program || l->has_pid)
		return;
	message->text = l->untagged;
	message->n = l->untagged_n;
	if (l->is_space_iso)
		message->program = PROGRAM_EXIM;
	else if (l->time.stamp == SW_STAMP_KERIO)
		message->program = PROGRAM_KERIO;
	else if (l->time.stamp == SW_STAMP_ASSP)
		message->program = PROGRAM_ASSP;
}

/* Queue ids are of one instance, which the first part of the tag names. */
static uint64_t scope_of(enum program program, const char *tag, size_t n)
{
	uint64_t hash = 0xcbf29ce484222325ull;

	for (size_t i = 0; tag && i < n && tag[i] != '/'; i++)
		hash = (hash ^ (unsigned char)tag[i]) * 0x100000001b3ull;
	return hash << 4 | (unsigned)maillog_format_of(program);
}

void sw_maillog_line(struct sw_maillog *m, const char *line, size_t n, int64_t now_ms,
		     struct sw_maillog_result *ret)
{
	struct message message = { .program = PROGRAM_NONE };
	struct sw_syslog_line l;

	*ret = (struct sw_maillog_result){ .fate = SW_MAILLOG_FOREIGN };
	if (n && line[n - 1] == '\r')
		n--;
	sw_syslog_line_parse(line, n, &l);
	if (repeat(m, &l, now_ms, ret))
		return;
	name_program(&l, &message);
	if (message.program) {
		message.scope = scope_of(message.program, l.tag, l.tag_n);
		run(m, &message, ret);
	}
	for (size_t i = 0; i < ret->n; i++)
		ret->event[i].time_ms = sw_syslog_time_ms(&l.time, now_ms, &m->hour);
	keep(m, ret);
}

void sw_maillog_message(struct sw_maillog *m, const char *tag, size_t tag_n, const char *text,
			size_t n, int64_t time_ms, struct sw_maillog_result *ret)
{
	struct message message = {
		.program = maillog_program(tag, tag_n), .text = text, .n = n, .time_ms = time_ms
	};

	*ret = (struct sw_maillog_result){ .fate = SW_MAILLOG_FOREIGN };
	if (!message.program)
		return;
	message.scope = scope_of(message.program, tag, tag_n);
	run(m, &message, ret);
}
