/* SPDX-License-Identifier: GPL-2.0-only */
/* mime - see mime.h. Texts, fields and parts; mime_decode.c and mime_date.c have the rest. */
#include "mime.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define PARAMS_MAX 8192 /* bytes of a value that are searched for parameters */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct sw_text sw_text_of(const char *string)
{
	return (struct sw_text){ string, strlen(string) };
}

struct sw_text sw_text_trim(struct sw_text text)
{
	while (text.n && is_blank(text.at[0]))
		text.at++, text.n--;
	while (text.n && is_blank(text.at[text.n - 1]))
		text.n--;
	return text;
}

bool sw_text_is(struct sw_text text, const char *string)
{
	return text.n == strlen(string) && !strncasecmp(text.at ? text.at : "", string, text.n);
}

bool sw_text_begins(struct sw_text text, const char *string)
{
	size_t n = strlen(string);

	return text.n >= n && (!n || !strncasecmp(text.at, string, n));
}

const char *sw_text_find(struct sw_text text, const char *string)
{
	size_t n = strlen(string);

	for (; text.n >= n && text.n; text.at++, text.n--)
		if (!strncasecmp(text.at, string, n))
			return text.at;
	return NULL;
}

bool sw_text_line(struct sw_text *rest, struct sw_text *ret)
{
	const char *end;

	if (!rest->n)
		return false;
	end = memchr(rest->at, '\n', rest->n);
	ret->at = rest->at;
	ret->n = end ? (size_t)(end - rest->at) : rest->n;
	rest->n -= ret->n + (end ? 1 : 0);
	rest->at += ret->n + (end ? 1 : 0);
	if (ret->n && ret->at[ret->n - 1] == '\r')
		ret->n--;
	return true;
}

/* ---- headers ---- */

void sw_mime_split(struct sw_text message, struct sw_text *headers, struct sw_text *body)
{
	struct sw_text rest = message, line;

	*headers = message;
	*body = (struct sw_text){ message.at + message.n, 0 };
	while (sw_text_line(&rest, &line)) {
		if (line.n)
			continue;
		headers->n = (size_t)(line.at - message.at);
		*body = rest;
		return;
	}
}

/* The name of the field that @line begins with: .n is 0 when it begins with none. Blanks
 * before the colon are obsolete (RFC 5322 4.5.8), and still seen. */
static struct sw_text field_name(struct sw_text line)
{
	const char *colon = line.n ? memchr(line.at, ':', line.n) : NULL;
	struct sw_text name = { line.at, colon ? (size_t)(colon - line.at) : 0 };

	while (name.n && (name.at[name.n - 1] == ' ' || name.at[name.n - 1] == '\t'))
		name.n--;
	for (size_t i = 0; i < name.n; i++)
		if (name.at[i] <= ' ' || name.at[i] >= 0x7f)
			return (struct sw_text){ line.at, 0 };
	return name;
}

/* Does the next line of @rest go on with the field that @line ends? One that is not folded, but stands
 * behind a semicolon and is no field, does too: there are mail systems that write boundaries so. */
static bool goes_on(struct sw_text rest, struct sw_text line)
{
	struct sw_text next;

	if (!rest.n)
		return false;
	if (rest.at[0] == ' ' || rest.at[0] == '\t')
		return true;
	line = sw_text_trim(line);
	return line.n && line.at[line.n - 1] == ';' && sw_text_line(&rest, &next) && next.n &&
	       !field_name(next).n;
}

bool sw_mime_next(struct sw_text *headers, struct sw_mime_field *ret)
{
	struct sw_text line;

	while (sw_text_line(headers, &line)) {
		const char *value;

		ret->name = field_name(line);
		if (!ret->name.n)
			continue;
		value = (const char *)memchr(line.at, ':', line.n) + 1;
		while (goes_on(*headers, line))
			sw_text_line(headers, &line);
		ret->value.at = value;
		ret->value.n = (size_t)(line.at + line.n - value);
		ret->value = sw_text_trim(ret->value);
		return true;
	}
	return false;
}

struct sw_text sw_mime_find(struct sw_text headers, const char *name)
{
	struct sw_mime_field field;

	while (sw_mime_next(&headers, &field))
		if (sw_text_is(field.name, name))
			return field.value;
	return (struct sw_text){ NULL, 0 };
}

/* Take a value off @rest, quoted or not, up to what ends a parameter. */
static struct sw_text param_value(struct sw_text *rest)
{
	struct sw_text value;
	size_t i = 0;

	*rest = sw_text_trim(*rest);
	if (rest->n && rest->at[0] == '"') {
		for (i = 1; i < rest->n && rest->at[i] != '"'; i++)
			if (rest->at[i] == '\\' && i + 1 < rest->n)
				i++;
		value = (struct sw_text){ rest->at + 1, (i < rest->n ? i : rest->n) - 1 };
	} else {
		while (i < rest->n && rest->at[i] != ';' && !is_blank(rest->at[i]))
			i++;
		value = (struct sw_text){ rest->at, i };
	}
	i = i < rest->n ? i : rest->n;
	rest->at += i;
	rest->n -= i;
	return value;
}

struct sw_text sw_mime_param(struct sw_text value, const char *name)
{
	if (value.n > PARAMS_MAX)
		value.n = PARAMS_MAX;
	while (value.n) {
		const char *semicolon = memchr(value.at, ';', value.n), *equals;
		struct sw_text have, content;

		if (!semicolon)
			break;
		value.n -= (size_t)(semicolon + 1 - value.at);
		value.at = semicolon + 1;
		value = sw_text_trim(value);
		equals = value.n ? memchr(value.at, '=', value.n) : NULL;
		if (!equals)
			break;
		have = sw_text_trim((struct sw_text){ value.at, (size_t)(equals - value.at) });
		if (memchr(have.at, ';', have.n))
			continue;
		value.n -= (size_t)(equals + 1 - value.at);
		value.at = equals + 1;
		content = param_value(&value);
		if (sw_text_is(have, name))
			return content;
	}
	return (struct sw_text){ NULL, 0 };
}

size_t sw_mime_unfold(struct sw_text raw, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < raw.n; i++) {
		unsigned char c = (unsigned char)raw.at[i];

		if (c == '\n') {
			while (n && out[n - 1] == ' ')
				n--;
			while (i + 1 < raw.n && is_blank(raw.at[i + 1]))
				i++;
			c = ' ';
		}
		out[n++] = c < 0x20 || c == 0x7f ? ' ' : (char)c;
	}
	return n;
}

/* ---- parts ---- */

struct walk {
	int (*each)(void *ctx, const struct sw_mime_part *part);
	void *ctx;
	struct sw_err *err;
	unsigned parts;
};

/* Is @line a delimiter of @boundary, and is it the last (RFC 2046 5.1.1)? */
static bool is_delimiter(struct sw_text line, struct sw_text boundary, bool *last)
{
	struct sw_text rest;

	if (line.n < boundary.n + 2 || line.at[0] != '-' || line.at[1] != '-' ||
	    memcmp(line.at + 2, boundary.at, boundary.n))
		return false;
	rest = (struct sw_text){ line.at + 2 + boundary.n, line.n - 2 - boundary.n };
	*last = rest.n >= 2 && rest.at[0] == '-' && rest.at[1] == '-';
	if (*last)
		rest.at += 2, rest.n -= 2;
	return !sw_text_trim(rest).n;
}

/* Take what is before the next delimiter off @rest; its last line end is the delimiter's. False:
 * no delimiter is left, and *@ret is all of the rest. */
static bool until_delimiter(struct sw_text *rest, struct sw_text boundary, struct sw_text *ret,
			    bool *last)
{
	struct sw_text line;

	*ret = *rest;
	while (sw_text_line(rest, &line)) {
		if (!is_delimiter(line, boundary, last))
			continue;
		ret->n = (size_t)(line.at - ret->at);
		if (ret->n && ret->at[ret->n - 1] == '\n')
			ret->n--;
		if (ret->n && ret->at[ret->n - 1] == '\r')
			ret->n--;
		return true;
	}
	*last = true;
	return false;
}

static enum sw_mime_encoding encoding_of(struct sw_text headers)
{
	struct sw_text value = sw_mime_find(headers, "Content-Transfer-Encoding");

	if (sw_text_begins(value, "base64"))
		return SW_MIME_BASE64;
	return sw_text_begins(value, "quoted-printable") ? SW_MIME_QUOTED : SW_MIME_PLAIN;
}

/* The type and subtype at the start of a Content-Type. */
static struct sw_text type_of(struct sw_text value)
{
	size_t i = 0;

	while (i < value.n && value.at[i] != ';' && !is_blank(value.at[i]))
		i++;
	value.n = i;
	return value.n && memchr(value.at, '/', value.n) ? value : sw_text_of("text/plain");
}

static int walk_part(struct walk *walk, struct sw_text text, unsigned depth);

static int walk_multipart(struct walk *walk, struct sw_text body, struct sw_text boundary,
			  unsigned depth)
{
	struct sw_text part;
	bool last = false;
	int code = 0;

	if (depth >= SW_MIME_DEPTH)
		return sw_err_set(walk->err, -E2BIG, "more than %d multiparts inside one another",
				  SW_MIME_DEPTH);
	if (!until_delimiter(&body, boundary, &part, &last))
		return walk_part(walk, part, depth + 1);
	while (!last && !code && body.n) {
		until_delimiter(&body, boundary, &part, &last);
		code = walk_part(walk, part, depth + 1);
	}
	return code;
}

static int walk_part(struct walk *walk, struct sw_text text, unsigned depth)
{
	struct sw_mime_part part = { .depth = depth };
	struct sw_text content, boundary;

	/* A part without headers begins with an empty line. */
	sw_mime_split(text, &part.headers, &part.body);
	content = sw_mime_find(part.headers, "Content-Type");
	part.type = type_of(content);
	boundary = sw_mime_param(content, "boundary");
	if (sw_text_begins(part.type, "multipart/") && boundary.n && boundary.n <= SW_MIME_BOUNDARY)
		return walk_multipart(walk, part.body, boundary, depth);
	if (walk->parts++ >= SW_MIME_PARTS)
		return sw_err_set(walk->err, -E2BIG, "more than %d parts", SW_MIME_PARTS);
	part.encoding = encoding_of(part.headers);
	return walk->each(walk->ctx, &part);
}

int sw_mime_walk(struct sw_text message, int (*each)(void *ctx, const struct sw_mime_part *part),
		 void *ctx, struct sw_err *err)
{
	struct walk walk = { .each = each, .ctx = ctx, .err = err };

	return walk_part(&walk, message, 0);
}
