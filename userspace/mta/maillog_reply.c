/* SPDX-License-Identifier: GPL-2.0-only */
/* maillog_reply - what the words of a refusal mean; the table is maillog_replies.def. */
#include <string.h>

#include "maillog_parts.h"

const struct reply_row maillog_replies[] = {
#define SW_MAILLOG_REPLY(number, kind, pattern, example) \
	{ number, SW_MTA_##kind, "(?i)" pattern, example },
#include "maillog_replies.def"
#undef SW_MAILLOG_REPLY
};
const size_t maillog_replies_n = sizeof(maillog_replies) / sizeof(*maillog_replies);

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void pass(struct sw_piece *p, size_t n)
{
	p->at += n;
	p->n -= n;
}

static void pass_spaces(struct sw_piece *p)
{
	while (p->n && *p->at == ' ')
		pass(p, 1);
}

/* "550 " or "550-"; its first digit, or 0. */
static char take_code(struct sw_piece *p)
{
	char class;

	if (p->n < 3 || (*p->at != '4' && *p->at != '5') || !is_digit(p->at[1]) ||
	    !is_digit(p->at[2]) || (p->n > 3 && p->at[3] != ' ' && p->at[3] != '-'))
		return 0;
	class = *p->at;
	pass(p, p->n > 3 ? 4 : 3);
	return class;
}

/* "5.1.1", also "#5.1.1": RFC 3463, 2. */
static struct sw_piece take_dsn(struct sw_piece *p)
{
	size_t from = p->n && *p->at == '#' ? 1 : 0, n = from, dots = 0;
	struct sw_piece ret = { NULL, 0 };

	while (n < p->n && n < 12 && (is_digit(p->at[n]) || p->at[n] == '.'))
		dots += p->at[n++] == '.';
	if (dots != 2 || (p->at[from] != '4' && p->at[from] != '5') || p->at[from + 1] != '.')
		return ret;
	ret.at = p->at + from;
	ret.n = n - from;
	pass(p, n);
	return ret;
}

/* "<a@example.org>"; > in quotes is not its end. */
static struct sw_piece take_address(struct sw_piece *p)
{
	struct sw_piece ret = { NULL, 0 };
	bool quoted = false;
	size_t n = 1;

	if (!p->n || *p->at != '<')
		return ret;
	for (; n < p->n && (quoted || p->at[n] != '>'); n++) {
		if (p->at[n] == '\\' && n + 1 < p->n)
			n++;
		else if (p->at[n] == '"')
			quoted = !quoted;
	}
	if (n == p->n)
		return ret;
	ret.at = p->at + 1;
	ret.n = n - 1;
	pass(p, n + 1);
	return ret;
}

/* ": ", "... ", " ". */
static void pass_mark(struct sw_piece *p)
{
	if (p->n >= 3 && !memcmp(p->at, "...", 3))
		pass(p, 3);
	pass_spaces(p);
	if (p->n && *p->at == ':')
		pass(p, 1);
	pass_spaces(p);
}

/* What follows the words in Postfix's lines is the client's choice. It is returned. */
static struct sw_piece cut_tail(struct sw_piece *p)
{
	static const char *const tails[] = { "; from=<", "; to=<", "; proto=" };
	size_t all = p->n;

	for (size_t i = 0; i < 3; i++) {
		const char *tail = p->n ? memmem(p->at, p->n, tails[i], strlen(tails[i])) : NULL;

		if (tail)
			p->n = (size_t)(tail - p->at);
	}
	return (struct sw_piece){ p->at + p->n, all - p->n };
}

/* The recipient in it, for replies that do not begin with him: a milter's. */
static struct sw_piece tail_rcpt(struct sw_piece tail)
{
	const char *to = tail.n ? memmem(tail.at, tail.n, " to=<", 5) : NULL;

	if (!to)
		return (struct sw_piece){ NULL, 0 };
	pass(&tail, (size_t)(to + 4 - tail.at));
	return take_address(&tail);
}

static bool is_dsn(struct sw_piece dsn, const char *wanted)
{
	return dsn.n == strlen(wanted) && !memcmp(dsn.at, wanted, dsn.n);
}

static enum sw_mta_kind kind_of_dsn(struct sw_piece dsn)
{
	if (is_dsn(dsn, "5.1.1"))
		return SW_MTA_UNKNOWN_RCPT;
	return is_dsn(dsn, "5.2.1") || is_dsn(dsn, "5.1.6") ? SW_MTA_DISABLED_RCPT
							    : SW_MTA_OTHER_REJECT;
}

/* @text with nothing but @ for each address in it. Valid until the next call. */
static struct sw_piece mask_addresses(struct sw_maillog *m, struct sw_piece text)
{
	size_t from = 0;

	if (!memchr(text.at, '@', text.n) || text.n > sizeof(m->masked))
		return text;
	memcpy(m->masked, text.at, text.n);
	for (size_t i = 0; i <= text.n; i++) {
		if (i < text.n && !strchr(" <>()[]\"',;:", text.at[i]))
			continue;
		if (memchr(text.at + from, '@', i - from))
			memset(m->masked + from, '@', i - from);
		from = i + 1;
	}
	return (struct sw_piece){ m->masked, text.n };
}

struct reply maillog_reply(struct sw_maillog *m, struct sw_piece text, struct sw_piece dsn)
{
	struct reply ret = { .kind = SW_MTA_OTHER_REJECT };
	struct sw_piece own, tail;
	char class;

	if (!text.at)
		return ret;
	class = take_code(&text);
	pass_spaces(&text);
	own = take_dsn(&text);
	pass_spaces(&text);
	ret.rcpt = take_address(&text);
	pass_mark(&text);
	tail = cut_tail(&text);
	if (!ret.rcpt.at)
		ret.rcpt = tail_rcpt(tail);
	if (own.at)
		dsn = own;
	ret.soft = class == '4' || (!class && dsn.at && *dsn.at == '4');
	ret.sure = class || dsn.at;
	if (ret.soft)
		return ret;
	text = mask_addresses(m, text);
	for (size_t i = 0; i < maillog_replies_n; i++) {
		if (sw_regex_match(m->room, m->reply[i], text.at, text.n, NULL)) {
			ret.kind = maillog_replies[i].kind;
			ret.sure = true;
			return ret;
		}
	}
	ret.kind = kind_of_dsn(dsn);
	return ret;
}
