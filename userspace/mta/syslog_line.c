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

/* Bytes of "postfix/smtpd" before "[123]" at the end of a word of @n bytes; @n: there is none. */
static size_t without_pid(const char *at, size_t n)
{
	size_t digits = n;

	if (!n || at[n - 1] != ']')
		return n;
	while (digits > 1 && is_digit(at[digits - 2]))
		digits--;
	return digits > 1 && at[digits - 2] == '[' ? digits - 2 : n;
}

/* Postfix's may have the name of a service before its last slash: "postfix/[::1]:10025/smtpd". */
static bool is_tag(const char *at, size_t n)
{
	const char *slash = memrchr(at, '/', n);
	size_t last = slash ? (size_t)(slash - at) : 0;

	for (size_t i = 0; i < n; i++)
		if (!is_name(at[i]) && (i >= last || !at[i] || !strchr(":[]@+", at[i])))
			return false;
	return n && n < 128;
}

/*
 * "postfix/smtpd[123]: " at the start of @r. How many bytes of it are the name, and in *@ret how
 * many all of it; 0: there is no tag.
 */
static size_t tag_length(const struct rest *r, size_t *ret)
{
	size_t all = word(r), n;

	if (!all || r->at[all - 1] != ':')
		return 0;
	n = without_pid(r->at, all - 1);
	if (!is_tag(r->at, n))
		return 0;
	*ret = all < r->n ? all + 1 : all;
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

/* A word that may be a host's name or address, a zone's, or "source@host" of syslog-ng. */
static bool pass_host(struct rest *r)
{
	size_t n = word(r);
	bool bracketed = n > 2 && r->at[0] == '[' && r->at[n - 1] == ']';

	for (size_t i = bracketed; i < n - bracketed; i++)
		if (!is_name(r->at[i]) && r->at[i] != ':' && r->at[i] != '@')
			return false;
	if (!n || n == r->n)
		return false;
	pass(r, n + 1);
	return true;
}

/* "mail.info " of BusyBox, where the tag would be. */
static void pass_level(struct rest *r)
{
	static const char *const levels[] = { "emerg",	 "alert",  "crit", "err",  "warn",
					      "warning", "notice", "info", "debug" };
	size_t n;

	if (r->n < 9 || memcmp(r->at, "mail.", 5) != 0)
		return;
	n = word(r);
	for (size_t i = 0; n < r->n && i < sizeof(levels) / sizeof(*levels); i++) {
		if (strlen(levels[i]) == n - 5 && !memcmp(r->at + 5, levels[i], n - 5)) {
			pass(r, n + 1);
			return;
		}
	}
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
	if (l->text_n >= 3 && !memcmp(l->text, "\xef\xbb\xbf", 3)) { /* UTF-8 says so */
		l->text += 3;
		l->text_n -= 3;
	}
	return l->tag_n > 0;
}

/* The tag behind at most @hosts words. No more: further on is what others may have chosen. */
static void take_tag_behind(struct sw_syslog_line *l, struct rest r, int hosts)
{
	pass_level(&r);
	for (int i = 0; !take_tag(l, r); i++) {
		if (i == hosts || !pass_host(&r))
			return;
		pass_level(&r);
		if (i == 0 && l->time.stamp) /* "HOST last message repeated 3 times" has no tag */
			set_text(l, r);
	}
}

/* "NAME  | " of docker compose. */
static void pass_container(struct rest *r)
{
	size_t n = word(r);

	for (size_t i = 0; i < n; i++)
		if (!is_name(r->at[i]))
			return;
	while (n < r->n && r->at[n] == ' ')
		n++;
	if (n && r->n - n > 2 && r->at[n] == '|' && r->at[n + 1] == ' ')
		pass(r, n + 2);
}

/* "stdout F " of CRI, behind the time: a whole line. */
static void pass_stream(struct rest *r)
{
	if (r->n > 9 && (!memcmp(r->at, "stdout F ", 9) || !memcmp(r->at, "stderr F ", 9)))
		pass(r, 9);
}

/* The time; where a container's engine has put its own before that of syslog, the one that says
 * its zone. How many bytes the last one has. */
static size_t take_times(struct sw_syslog_line *l, struct rest *r)
{
	size_t stamp = sw_syslog_time_parse(r->at, r->n, &l->time), second;
	struct sw_syslog_time time;

	l->is_space_iso = l->time.stamp == SW_STAMP_ISO && stamp > 10 && r->at[10] == ' ';
	pass(r, stamp);
	if (!stamp || l->is_space_iso || !l->time.has_offset)
		return stamp;
	pass_stream(r);
	second = sw_syslog_time_parse(r->at, r->n, &time);
	if (!second)
		return stamp;
	l->is_space_iso = time.stamp == SW_STAMP_ISO && second > 10 && r->at[10] == ' ';
	pass(r, second);
	return second;
}

void sw_syslog_line_parse(const char *line, size_t n, struct sw_syslog_line *ret)
{
	struct sw_syslog_line l = { .tag = NULL };
	struct rest r = { line, n };
	bool framed, version, weekday;
	size_t stamp;

	pass_container(&r);
	framed = pass_priority(&r);
	version = r.n > 2 && !memcmp(r.at, "1 ", 2);
	if (version)
		pass(&r, 2);
	weekday = r.n > 3 && r.at[3] == ' ' && !is_digit(r.at[2]);
	stamp = take_times(&l, &r);
	if (stamp) {
		pass_priority(&r);
	} else if (framed && version && r.n > 2 && !memcmp(r.at, "- ", 2)) { /* not known */
		stamp = 2;
		pass(&r, stamp);
	}
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
