/* SPDX-License-Identifier: GPL-2.0-only */
/* smtp - see smtp.h. */
#include "smtp.h"

#include <string.h>

/* One reply, and the conversation goes on. */
struct reply {
	const char *verb; /* in capitals; NULL: all others */
	unsigned code;
	const char *status, *text; /* text NULL: why it is turned away */
};

static const struct reply recipient[] = {
	{ "HELO", 250, NULL, "" }, /* our name */
	{ "EHLO", 250, NULL, "" },
	{ "MAIL", 250, "2.1.0", "Ok" },
	{ "RCPT", 554, "5.7.1", NULL },
	{ "DATA", 554, "5.5.1", "No valid recipients" },
	{ "RSET", 250, "2.0.0", "Ok" },
	{ "NOOP", 250, "2.0.0", "Ok" },
	{ NULL, 502, "5.5.1", "Command not implemented" },
};

static const struct reply greeting[] = {
	{ NULL, 503, "5.5.1", "Bad sequence of commands: the greeting says why" },
};

size_t sw_smtp_greet(struct sw_smtp *s, enum sw_smtp_at at, enum sw_smtp_why why,
		     const struct sw_smtp_words *words, char out[SW_REPLY_BYTES])
{
	*s = (struct sw_smtp){ .at = (uint8_t)at, .over = why != SW_SMTP_TURNED_AWAY };
	switch (why) {
	case SW_SMTP_NOT_LISTED:
		return sw_reply_put(out, 421, "4.3.2", "Please try again in a moment");
	case SW_SMTP_TOO_MANY:
		return sw_reply_put(out, 421, "4.7.0", "Too many connections from your address");
	case SW_SMTP_TURNED_AWAY:
		break;
	}
	return at == SW_SMTP_RECIPIENT ? sw_reply_put(out, 220, NULL, words->host)
				       : sw_reply_put(out, 554, "5.7.1", words->text);
}

static size_t end(struct sw_smtp *s, char *out, unsigned code, const char *status, const char *text)
{
	s->over = true;
	return sw_reply_put(out, code, status, text);
}

size_t sw_smtp_timeout(struct sw_smtp *s, char out[SW_REPLY_BYTES])
{
	return end(s, out, 421, "4.4.2", "Timeout");
}

size_t sw_smtp_make_room(struct sw_smtp *s, char out[SW_REPLY_BYTES])
{
	return end(s, out, 421, "4.3.2", "The place is needed");
}

static const struct reply *find(const struct reply *table, const char *verb)
{
	while (table->verb && strcmp(table->verb, verb))
		table++;
	return table;
}

/* The line is whole: its reply. */
static size_t answer(struct sw_smtp *s, const struct sw_smtp_words *words, char *out)
{
	const struct reply *reply;
	const char *text;

	if (!strcmp(s->verb, "QUIT"))
		return end(s, out, 221, "2.0.0", "Bye");
	if (s->lines >= SW_SMTP_LINES)
		return end(s, out, 421, "4.7.0", "Too many commands");
	reply = find(s->at == SW_SMTP_RECIPIENT ? recipient : greeting, s->verb);
	text = reply->text ? reply->text : words->text;
	return sw_reply_put(out, reply->code, reply->status, *text ? text : words->host);
}

static char upper(char c)
{
	return (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
}

/* One more byte of a line. A fifth letter makes it another word than those that we know. */
static void keep(struct sw_smtp *s, char c)
{
	s->line_n++;
	if (s->verb_n < SW_SMTP_VERB && c != ' ' && c != '\t' && c != '\r')
		s->verb[s->verb_n++] = upper(c);
	else
		s->verb_n = SW_SMTP_VERB; /* the word is over */
}

static size_t finish_line(struct sw_smtp *s, const struct sw_smtp_words *words, char *out)
{
	size_t n;

	s->lines++;
	n = answer(s, words, out);
	s->line_n = 0;
	s->verb_n = 0;
	memset(s->verb, 0, sizeof(s->verb));
	return n;
}

size_t sw_smtp_take(struct sw_smtp *s, const struct sw_smtp_words *words, const char *bytes,
		    size_t n, char out[SW_SMTP_BYTES])
{
	unsigned lines = 0;
	size_t used = 0;

	for (size_t i = 0; i < n && !s->over; i++) {
		if (bytes[i] == '\n') {
			if (lines++ == SW_SMTP_AT_ONCE)
				used += end(s, out + used, 421, "4.7.0",
					    "Too many commands at once");
			else
				used += finish_line(s, words, out + used);
		} else if (!bytes[i]) {
			used += end(s, out + used, 500, "5.5.2", "Not SMTP");
		} else {
			keep(s, bytes[i]);
			if (s->line_n >= SW_SMTP_LINE)
				used += end(s, out + used, 500, "5.5.2", "Line too long");
		}
	}
	return used;
}
