/* SPDX-License-Identifier: GPL-2.0-only */
/* warning - see warning.h. */
#include "warning.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/mail_address.h"
#include "mta/mime.h"

#define SUBJECT "Subject:"
#define MACROS "anmrdgh%"
#define LINE_BYTES 980 /* with all values; a line of the message has 998 (RFC 5322 2.1.1) */
#define VALUE_BYTES 255
#define SHORT "mdg" /* numbers and times, which have ... */
#define SHORT_BYTES 24

/* ---- the template ---- */

static bool is_control(char c)
{
	return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

/* How many bytes the character of UTF-8 at @text has (RFC 3629 4); 0: it is none. */
static size_t utf8(const char *text, size_t n)
{
	unsigned char c = (unsigned char)text[0];
	size_t more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
	unsigned char second = n > 1 ? (unsigned char)text[1] : 0;

	if (c < 0x80)
		return 1;
	if (c < 0xc2 || c > 0xf4 || n <= more)
		return 0;
	if ((c == 0xe0 && second < 0xa0) || (c == 0xed && second > 0x9f) ||
	    (c == 0xf0 && second < 0x90) || (c == 0xf4 && second > 0x8f))
		return 0;
	for (size_t i = 1; i <= more; i++)
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return 0;
	return more + 1;
}

static int check_macros(struct sw_text line, unsigned number, struct sw_err *err)
{
	size_t length = line.n;

	for (size_t i = 0; i < line.n; i++) {
		if (line.at[i] != '%')
			continue;
		if (++i == line.n || !strchr(MACROS, line.at[i]))
			return sw_err_set(err, -EINVAL,
					  "line %u: %%%.*s stands for nothing; there are %%a %%n "
					  "%%m %%r %%d %%g %%h, and %%%% for a percent sign",
					  number, i < line.n && line.at[i] > ' ',
					  line.at + (i < line.n ? i : 0));
		if (line.at[i] != '%')
			length += strchr(SHORT, line.at[i]) ? SHORT_BYTES : VALUE_BYTES;
	}
	if (length > LINE_BYTES)
		return sw_err_set(err, -EINVAL,
				  "line %u can get longer than %d bytes, with what stands for %%a "
				  "and the like; break it",
				  number, LINE_BYTES);
	return 0;
}

static int check_line(struct sw_text line, unsigned number, struct sw_err *err)
{
	size_t step;

	for (size_t i = 0; i < line.n; i += step) {
		step = utf8(line.at + i, line.n - i);
		if (!step || is_control(line.at[i]))
			return sw_err_set(err, -EINVAL, "line %u is no text in UTF-8", number);
		if (number == 1 && step > 1)
			return sw_err_set(err, -EINVAL, "line 1, the subject, has to be ASCII");
	}
	return check_macros(line, number, err);
}

/* What is said in *@subject, and below it in *@body. */
static int split(const char *text, size_t n, struct sw_text *subject, struct sw_text *body,
		 struct sw_err *err)
{
	struct sw_text rest = { text, n }, line = { "", 0 };

	sw_text_line(&rest, &line);
	if (!sw_text_begins(line, SUBJECT))
		return sw_err_set(err, -EINVAL,
				  "line 1: it does not begin with \"" SUBJECT "\"; give the "
				  "subject there, then an empty line, then the text");
	line.at += strlen(SUBJECT);
	line.n -= strlen(SUBJECT);
	*subject = sw_text_trim(line);
	if (!subject->n)
		return sw_err_set(err, -EINVAL, "line 1: the subject is empty");
	if (!sw_text_line(&rest, &line) || line.n)
		return sw_err_set(err, -EINVAL,
				  "line 2 is not empty; other headers are none of a template's");
	if (!sw_text_trim(rest).n)
		return sw_err_set(err, -EINVAL, "behind the subject there is no text");
	*body = rest;
	return 0;
}

int sw_warning_check(const char *text, size_t n, struct sw_err *err)
{
	struct sw_text rest = { text, n }, line, subject, body;
	unsigned number = 0;
	int code;

	if (n > SW_WARNING_TEMPLATE)
		return sw_err_set(err, -EINVAL, "it has more than %d bytes", SW_WARNING_TEMPLATE);
	code = split(text, n, &subject, &body, err);
	while (!code && sw_text_line(&rest, &line))
		code = check_line(line, ++number, err);
	return code;
}

/* ---- the message ---- */

/* Inside of a line, whatever it holds. */
static void put_value(FILE *out, const char *value)
{
	for (size_t i = 0; i < VALUE_BYTES && value[i]; i++)
		putc(value[i] >= 0x20 && value[i] < 0x7f ? value[i] : '?', out);
}

static void put_time(FILE *out, const char *format, int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	char text[64] = "?";
	struct tm tm;

	if (gmtime_r(&seconds, &tm))
		strftime(text, sizeof(text), format, &tm);
	fputs(text, out);
}

static void put_macro(FILE *out, char macro, const struct sw_warning_facts *f)
{
	switch (macro) {
	case 'a':
		put_value(out, f->source);
		break;
	case 'n':
		put_value(out, f->name ? f->name : f->source);
		break;
	case 'm':
		fprintf(out, "%u", f->complaints);
		break;
	case 'r':
		put_value(out, f->reason);
		break;
	case 'd':
		put_time(out, "%Y-%m-%d %H:%M UTC", f->opened_ms);
		break;
	case 'g':
		put_time(out, "%Y-%m-%d %H:%M UTC", f->grace_ends_ms);
		break;
	case 'h':
		put_value(out, f->host);
		break;
	default:
		putc('%', out);
	}
}

static void put_line(FILE *out, struct sw_text line, const struct sw_warning_facts *f)
{
	for (size_t i = 0; i < line.n; i++) {
		if (line.at[i] == '%')
			put_macro(out, line.at[++i], f);
		else
			putc(line.at[i], out);
	}
	putc('\n', out);
}

static bool is_ascii(struct sw_text text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.at[i] & 0x80)
			return false;
	return true;
}

static void put_headers(FILE *out, struct sw_text subject, bool ascii,
			const struct sw_warning_facts *f)
{
	fprintf(out, "From: <%s>\nTo: <%s>\nSubject: ", f->from, f->to);
	put_line(out, subject, f);
	fputs("Date: ", out);
	put_time(out, "%a, %d %b %Y %H:%M:%S +0000", f->now_ms);
	fprintf(out, "\nMessage-ID: <synward.%llx.%llx@%s>\n", (unsigned long long)f->now_ms,
		(unsigned long long)f->random, sw_mail_address_domain(f->from));
	fputs("Auto-Submitted: auto-generated\nX-Auto-Response-Suppress: All\nPrecedence: bulk\n"
	      "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n",
	      out);
	fprintf(out, "Content-Transfer-Encoding: %s\n\n", ascii ? "7bit" : "8bit");
}

int sw_warning_write(const char *text, size_t n, const struct sw_warning_facts *f, char **ret,
		     size_t *ret_n, struct sw_err *err)
{
	struct sw_text subject = { "", 0 }, body = { "", 0 }, line;
	char *message = NULL;
	size_t length = 0;
	FILE *out;
	bool failed;
	int code = sw_warning_check(text, n, err);

	if (!code)
		code = split(text, n, &subject, &body, err);
	if (code)
		return code;
	out = open_memstream(&message, &length);
	if (!out)
		return sw_err_set(err, -ENOMEM, "out of memory");
	put_headers(out, subject, is_ascii(body), f);
	while (sw_text_line(&body, &line))
		put_line(out, line, f);
	failed = ferror(out);
	if (fclose(out) || failed) {
		free(message);
		return sw_err_set(err, -ENOMEM, "out of memory");
	}
	*ret = message;
	*ret_n = length;
	return 0;
}
