/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report_received - the way of a message, by its Received fields (RFC 5321 4.4). See report.h.
 *
 * The client chose its HELO name and owns its PTR name, and both are written next to its address.
 * So the address is taken from the comment behind the name, where MTAs put what they know, and
 * what says of itself that it is a HELO is stepped over, as are the comments of a session, which
 * have the names of a certificate or a login in them:
 *
 *   from HELO (PTR [192.0.2.1]) by     Postfix, Sendmail, OpenSMTPD, Gmail
 *   from PTR ([192.0.2.1] helo=HELO) by, from [192.0.2.1] (helo=HELO) by     Exim
 *   from PTR (HELO name) (192.0.2.1) by     qmail
 *   from NAME (192.0.2.1) by     Exchange
 */
#include "report_parts.h"

#include <string.h>

#define RECEIVED_BYTES 2048 /* of a field; by is found in less */

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_helo(struct sw_text word)
{
	return sw_text_begins(word, "helo") || sw_text_begins(word, "ehlo") ||
	       sw_text_begins(word, "lhlo") || sw_text_begins(word, "ident") ||
	       sw_text_begins(word, "port=");
}

/* "(using TLSv1.3 ...)", "(Client CN "...", Issuer ...)", "(Authenticated sender: ...)" */
static bool is_session(struct sw_text word)
{
	return sw_text_is(word, "using") || sw_text_is(word, "client") ||
	       sw_text_is(word, "authenticated");
}

/* "[192.0.2.1]" or "[IPv6:2001:db8::1]", with anything behind it. */
static bool bracketed(struct sw_text word, struct sw_prefix *ret)
{
	const char *end;

	if (!word.n || word.at[0] != '[')
		return false;
	end = memchr(word.at, ']', word.n);
	return end &&
	       !sw_report_ip((struct sw_text){ word.at + 1, (size_t)(end - word.at) - 1 }, ret);
}

static struct sw_text next_word(struct sw_text *rest)
{
	struct sw_text word;
	size_t i = 0;

	*rest = sw_text_trim(*rest);
	while (i < rest->n && !is_space(rest->at[i]))
		i++;
	word = (struct sw_text){ rest->at, i };
	rest->at += i;
	rest->n -= i;
	return word;
}

/* The address of a comment, without its parentheses. */
static bool comment_address(struct sw_text comment, struct sw_prefix *ret)
{
	struct sw_text rest = comment, word = next_word(&rest);

	if (is_helo(word) || is_session(word))
		return false;
	if (word.n && word.at[0] != '[' && !rest.n && !sw_prefix_parse(word.at, word.n, ret))
		return true;
	for (; word.n; word = next_word(&rest)) {
		if (is_helo(word))
			return false;
		if (bracketed(word, ret))
			return true;
		/* A name without blank before the address. */
		if (word.at[0] != '[' && memchr(word.at, '[', word.n)) {
			const char *at = memchr(word.at, '[', word.n);

			return bracketed((struct sw_text){ at, word.n - (size_t)(at - word.at) },
					 ret);
		}
	}
	return false;
}

/* Where the comment ends that begins at @text: behind its parenthesis, or at the end. */
static size_t comment_end(struct sw_text text)
{
	unsigned depth = 0;
	size_t i;

	for (i = 0; i < text.n; i++) {
		if (text.at[i] == '(')
			depth++;
		else if (text.at[i] == ')' && !--depth)
			return i + 1;
	}
	return i;
}

static void read_hop(struct sw_text value, struct sw_report_hop *hop)
{
	struct sw_prefix address;
	bool in_comment = false, from = false;
	struct sw_text word;

	if (value.n > RECEIVED_BYTES)
		value.n = RECEIVED_BYTES;
	*hop = (struct sw_report_hop){ 0 };
	while ((value = sw_text_trim(value)).n) {
		if (value.at[0] == '(') {
			size_t n = comment_end(value);
			bool closed = n > 1 && value.at[n - 1] == ')';
			struct sw_text inside = { value.at + 1, n - 1 - closed };

			if (from && comment_address(inside, &address)) {
				hop->from = address;
				in_comment = true;
			}
			value.at += n;
			value.n -= n;
			continue;
		}
		word = next_word(&value);
		if (sw_text_is(word, "by")) {
			hop->by = next_word(&value);
			if (hop->by.n && hop->by.at[hop->by.n - 1] == ';')
				hop->by.n--;
			return;
		}
		from = from || sw_text_is(word, "from");
		if (from && !in_comment && !hop->from.family && bracketed(word, &address))
			hop->from = address;
	}
}

void sw_report_read_hops(struct sw_report *report, struct sw_text headers)
{
	struct sw_mime_field field;
	struct sw_text body;

	sw_mime_split(headers, &headers, &body);
	while (report->hops < SW_REPORT_HOPS && sw_mime_next(&headers, &field))
		if (sw_text_is(field.name, "Received"))
			read_hop(field.value, &report->hop[report->hops++]);
}
