/* SPDX-License-Identifier: GPL-2.0-only */
/* syslog_line - see syslog_line.h. */
#include "syslog_line.h"

#include <string.h>

struct rest {
	const char *at;
	size_t n;
};

static void pass(struct rest *r, size_t n)
{
	r->at += n;
	r->n -= n;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name(char c)
{
	return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '.' || c == '_' ||
	       c == '-' || c == '/';
}

/* How many bytes the next word has. */
static size_t word(const struct rest *r)
{
	const char *space = memchr(r->at, ' ', r->n);

	return space ? (size_t)(space - r->at) : r->n;
}

/* "<22>" of the protocol, "<mail.info>" of BSD's syslogd. */
static bool pass_priority(struct rest *r)
{
	size_t n = 1;

	if (!r->n || *r->at != '<')
		return false;
	while (n < r->n && n < 20 && is_name(r->at[n]))
		n++;
	if (n == 1 || n == r->n || r->at[n] != '>')
		return false;
	pass(r, n + 1);
	if (r->n && *r->at == ' ')
		pass(r, 1);
	return true;
}

/*
 * "postfix/smtpd[123]: " at the start of @r. How many bytes of it are the name, and in *@ret how
 * many all of it; 0: there is no tag.
 */
static size_t tag_length(const struct rest *r, size_t *ret)
{
	size_t n = 0, end;

	while (n < r->n && n < 128 && is_name(r->at[n]))
		n++;
	end = n;
	if (end < r->n && r->at[end] == '[') {
		for (end++; end < r->n && is_digit(r->at[end]); end++)
			;
		if (end == r->n || r->at[end] != ']')
			return 0;
		end++;
	}
	if (!n || end == r->n || r->at[end] != ':')
		return 0;
	end++;
	if (end < r->n && r->at[end] != ' ')
		return 0;
	*ret = end < r->n ? end + 1 : end;
	return n;
}

/* The message goes on at @r; some write two spaces before it. */
static void set_text(struct sw_syslog_line *l, struct rest r)
{
	if (r.n && *r.at == ' ')
		pass(&r, 1);
	l->text = r.at;
	l->text_n = r.n;
}

static bool take_tag(struct sw_syslog_line *l, struct rest r)
{
	size_t all, n = tag_length(&r, &all);

	if (!n)
		return false;
	l->tag = r.at;
	l->tag_n = n;
	l->has_pid = r.at[n] == '[';
	pass(&r, all);
	set_text(l, r);
	return true;
}

/* A word that may be a host's name, or a zone's. */
static bool pass_host(struct rest *r)
{
	size_t n = word(r);

	for (size_t i = 0; i < n; i++)
		if (!is_name(r->at[i]) && r->at[i] != ':')
			return false;
	if (!n || n == r->n)
		return false;
	pass(r, n + 1);
	return true;
}

/* RFC 5424, 6: "1 TIME HOST APP PROCID MSGID SD MSG", from HOST on. */
static bool take_rfc5424(struct sw_syslog_line *l, struct rest r)
{
	size_t n;

	if (!pass_host(&r))
		return false;
	l->tag = r.at;
	l->tag_n = word(&r);
	for (int i = 0; i < 3; i++) {
		n = word(&r);
		if (n == r.n)
			return false;
		pass(&r, n + 1);
	}
	while (r.n && *r.at == '[') { /* structured data; a ] in it is escaped */
		for (n = 1; n < r.n && (r.at[n] != ']' || r.at[n - 1] == '\\'); n++)
			;
		pass(&r, n < r.n ? n + 1 : n);
	}
	if (r.n && *r.at == '-')
		pass(&r, 1);
	set_text(l, r);
	return l->tag_n > 0;
}

/* The tag behind at most @hosts words. No more: further on is what others may have chosen. */
static void take_tag_behind(struct sw_syslog_line *l, struct rest r, int hosts)
{
	for (int i = 0; !take_tag(l, r); i++) {
		if (i == hosts || !pass_host(&r))
			return;
		if (i == 0 && l->time.stamp) /* "HOST last message repeated 3 times" has no tag */
			set_text(l, r);
	}
}

void sw_syslog_line_parse(const char *line, size_t n, struct sw_syslog_line *ret)
{
	struct sw_syslog_line l = { .tag = NULL };
	struct rest r = { line, n };
	bool framed = pass_priority(&r), version = framed && r.n > 2 && !memcmp(r.at, "1 ", 2);
	bool weekday;
	size_t stamp;

	if (version)
		pass(&r, 2);
	weekday = r.n > 3 && r.at[3] == ' ' && !is_digit(r.at[2]);
	stamp = sw_syslog_time_parse(r.at, r.n, &l.time);
	l.is_space_iso = l.time.stamp == SW_STAMP_ISO && stamp > 10 && r.at[10] == ' ';
	pass(&r, stamp);
	if (stamp)
		pass_priority(&r);
	l.untagged = l.text = r.at;
	l.untagged_n = l.text_n = r.n;
	if (version && stamp && take_rfc5424(&l, r)) {
		*ret = l;
		return;
	}
	l.tag = NULL;
	l.tag_n = 0;
	take_tag_behind(&l, r, weekday && l.time.stamp == SW_STAMP_ISO ? 2 : 1);
	*ret = l;
}
