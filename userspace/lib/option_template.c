/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * option_template - texts for senders, with macros; see option.h. What stands for something is
 * filled in elsewhere (rules/wording.h): here it is seen that a text can be sent at all, and says
 * where if not.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "option.h"

/* "%a %c %h %%" */
static const char *macros_of(const struct sw_option *o, char text[64])
{
	size_t n = 0;

	for (const char *p = o->words; *p && n < 50; p++) {
		text[n++] = '%';
		text[n++] = *p;
		text[n++] = ' ';
	}
	strcpy(text + n, "%%");
	return text;
}

static int check_macro(const struct sw_option *o, const char *text, size_t at, struct sw_err *err)
{
	char letter = text[at + 1], known[64];

	if (letter == '%' || (letter && strchr(o->words, letter)))
		return 0;
	if (!letter)
		return sw_err_set(err, -EINVAL,
				  "ends with a %% that stands for nothing; write %%%% for a "
				  "percent sign");
	if (letter <= ' ' || letter >= 0x7f)
		return sw_err_set(err, -EINVAL,
				  "at byte %zu stands a %% and nothing behind it; write %%%% for a "
				  "percent sign",
				  at + 1);
	return sw_err_set(err, -EINVAL, "at byte %zu, %%%c stands for nothing; there are %s",
			  at + 1, letter, macros_of(o, known));
}

static int check_byte(const struct sw_option *o, unsigned char c, size_t at, struct sw_err *err)
{
	if (c < ' ' || c >= 0x7f)
		return sw_err_set(err, -EINVAL,
				  "byte %zu is not printable ASCII, which is all that can be sent",
				  at + 1);
	if (c == ' ' && !*o->words)
		return sw_err_set(err, -EINVAL, "at byte %zu is a blank; leave it out", at + 1);
	return 0;
}

static int check(const struct sw_option *o, const char *text, struct sw_err *err)
{
	size_t n = strlen(text);
	int code = 0;

	if (n < o->min || n > o->max)
		return sw_err_set(err, -EINVAL, "has %zu bytes; give it %.0f to %.0f", n, o->min,
				  o->max);
	for (size_t i = 0; i < n && !code; i++) {
		code = check_byte(o, (unsigned char)text[i], i, err);
		if (code || text[i] != '%')
			continue;
		code = check_macro(o, text, i, err);
		i++;
	}
	return code;
}

int sw_option_set_template(const struct sw_option *o, char **field, const char *text,
			   struct sw_err *err)
{
	int code = check(o, text, err);
	char *copy;

	if (code)
		return code;
	copy = strdup(text);
	if (!copy)
		return sw_err_set(err, -ENOMEM, "out of memory");
	free(*field);
	*field = copy;
	return 0;
}
