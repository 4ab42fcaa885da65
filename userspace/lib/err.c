/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * err - see err.h. Words that do not fit are cut at the end; nothing fails.
 */
#include "err.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

int sw_err_set(struct sw_err *err, int code, const char *format, ...)
{
	/* The arguments may point into @err itself, so build the words elsewhere. */
	char words[sizeof(err->text)];
	va_list args;

	if (!err)
		return code;
	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	memcpy(err->text, words, sizeof(words));
	return code;
}

int sw_err_prepend(struct sw_err *err, int code, const char *format, ...)
{
	char words[sizeof(err->text)];
	va_list args;
	size_t n;

	if (!err)
		return code;
	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	n = strlen(words);
	if (n + 2 < sizeof(words)) {
		memcpy(words + n, ": ", 3);
		n += 2;
		memccpy(words + n, err->text, '\0', sizeof(words) - n);
		words[sizeof(words) - 1] = '\0';
	}
	memcpy(err->text, words, sizeof(words));
	return code;
}
