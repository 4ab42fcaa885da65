/* SPDX-License-Identifier: GPL-2.0-only */
/* prefixes - see prefixes.h. */
#include "prefixes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/escape.h"

#define QUOTED 64 /* bytes of a text that words quote */

/* What to say of the prefix @p that is @text with its host bits cleared. */
static int explain_bits(const char *text, const struct sw_prefix *p, struct sw_err *err)
{
	char meant[SW_PREFIX_TEXT];

	sw_prefix_format(p, meant);
	return sw_err_set(err, -EDOM,
			  "%s is one address and a length: write %s for the whole network, or %.*s "
			  "for the address",
			  text, meant, (int)strcspn(text, "/"), text);
}

static int explain(int code, const char *text, size_t n, const struct sw_prefix *p,
		   struct sw_err *err)
{
	char copy[QUOTED + 1] = "", *quoted;
	const char *shown;

	memcpy(copy, text, n < QUOTED ? n : QUOTED);
	quoted = sw_escape(copy);
	shown = quoted ? quoted : "?";
	if (code == -EDOM)
		explain_bits(shown, p, err);
	else if (code == -ERANGE)
		sw_err_set(err, code,
			   "%s: the length is out of range; IPv4 goes to /32, IPv6 to /128", shown);
	else
		sw_err_set(
			err, code,
			"\"%s\" is not an address or a prefix, such as 192.0.2.1, 192.0.2.0/24 or "
			"2001:db8::/32",
			shown);
	free(quoted);
	return code;
}

int sw_prefix_read(const char *text, size_t n, struct sw_prefix *ret, struct sw_err *err)
{
	struct sw_prefix p = { 0 };
	int code = sw_prefix_parse(text, n, &p);

	if (code)
		return explain(code, text, n, &p, err);
	*ret = sw_prefix_unmapped(&p);
	return 0;
}

void sw_prefixes_init(struct sw_prefixes *p, char **operands, size_t n, int fd)
{
	p->operands = operands;
	p->n = n;
	p->at = 0;
	p->reading = false;
	p->text[0] = '\0';
	sw_lines_init(&p->lines, fd);
}

bool sw_prefixes_goes_on(int code)
{
	return code == -EINVAL || code == -ERANGE || code == -EDOM || code == -E2BIG;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void remember(struct sw_prefixes *p, const char *text, size_t n)
{
	if (n >= sizeof(p->text))
		n = sizeof(p->text) - 1;
	memcpy(p->text, text, n);
	p->text[n] = '\0';
}

/* The next line that says something. As sw_lines_next. */
static int next_line(struct sw_prefixes *p, const char **text, size_t *ret)
{
	for (;;) {
		const char *line, *comment;
		size_t n;
		int code = sw_lines_next(&p->lines, &line, &n);

		if (code <= 0)
			return code;
		comment = memchr(line, '#', n);
		if (comment)
			n = (size_t)(comment - line);
		while (n && is_blank(line[n - 1]))
			n--;
		for (; n && is_blank(*line); n--)
			line++;
		if (n) {
			*text = line;
			*ret = n;
			return 1;
		}
	}
}

static int read_line(struct sw_prefixes *p, struct sw_prefix *ret, struct sw_err *err)
{
	const char *text;
	size_t n;
	int code = next_line(p, &text, &n);

	if (code > 0) {
		remember(p, text, n);
		code = sw_prefix_read(text, n, ret, err);
		if (!code)
			return 1;
	} else if (code == -E2BIG) {
		remember(p, "...", 3);
		sw_err_set(err, code, "a line of more than %d bytes", SW_LINES_MAX);
	} else if (code) {
		return sw_err_set(err, code == -EINVAL ? -EIO : code, "standard input: %s",
				  strerror(-code));
	} else {
		return 0;
	}
	return sw_err_prepend(err, code, "standard input:%lu", p->lines.number);
}

int sw_prefixes_next(struct sw_prefixes *p, struct sw_prefix *ret, struct sw_err *err)
{
	int code;

	for (; p->at < p->n; p->at++) {
		const char *text = p->operands[p->at];

		if (strcmp(text, "-") != 0) {
			p->at++;
			remember(p, text, strlen(text));
			code = sw_prefix_read(text, strlen(text), ret, err);
			return code ? code : 1;
		}
		p->reading = true;
		code = read_line(p, ret, err);
		if (code)
			return code;
		p->reading = false;
	}
	return 0;
}

bool sw_prefixes_is_ready(const struct sw_prefixes *p)
{
	return !p->reading || sw_lines_is_ready(&p->lines);
}
