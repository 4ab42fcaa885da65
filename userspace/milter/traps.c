/* SPDX-License-Identifier: GPL-2.0-only */
/* traps - see traps.h. A sorted array of texts in small letters. */
#include "traps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ADDRESS_BYTES 320 /* RFC 5321 4.5.3.1 */

struct sw_traps {
	char *text; /* all of them, each with NUL */
	const char **trap;
	size_t n;
};

struct sw_traps *sw_traps_free(struct sw_traps *traps)
{
	if (traps) {
		free(traps->text);
		free(traps->trap);
	}
	free(traps);
	return NULL;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* @line without blanks and comment. */
static void strip(const char **line, size_t *n)
{
	const char *comment = *n ? memchr(*line, '#', *n) : NULL;

	if (comment)
		*n = (size_t)(comment - *line);
	while (*n && (unsigned char)**line <= ' ')
		(*line)++, (*n)--;
	while (*n && (unsigned char)(*line)[*n - 1] <= ' ')
		(*n)--;
}

static int check(const char *line, size_t n, unsigned number, struct sw_err *err)
{
	const char *at = memchr(line, '@', n);

	if (n > ADDRESS_BYTES || !at || at == line + n - 1 || memchr(line, ' ', n) ||
	    memchr(line, '\0', n) || memchr(at + 1, '@', n - (size_t)(at + 1 - line)))
		return sw_err_set(err, -EINVAL,
				  "line %u: '%.*s' is no address; write user@example.com, or "
				  "@example.com for a domain",
				  number, n > 60 ? 60 : (int)n, line);
	return 0;
}

static int add(struct sw_traps *traps, char **free_text, const char *line, size_t n,
	       struct sw_err *err)
{
	if (traps->n == SW_TRAPS_MAX)
		return sw_err_set(err, -E2BIG, "more than %d traps", SW_TRAPS_MAX);
	traps->trap[traps->n++] = *free_text;
	for (size_t i = 0; i < n; i++)
		*(*free_text)++ = lower(line[i]);
	*(*free_text)++ = '\0';
	return 0;
}

static int fill(struct sw_traps *traps, const char *text, size_t n, struct sw_err *err)
{
	char *free_text = traps->text;
	int code = 0;

	for (unsigned number = 1; n && !code; number++) {
		const char *line = text, *end = memchr(text, '\n', n);
		size_t length = end ? (size_t)(end - text) : n;
		size_t step = length + (end ? 1 : 0);

		text += step;
		n -= step;
		strip(&line, &length);
		if (!length)
			continue;
		code = check(line, length, number, err);
		if (!code)
			code = add(traps, &free_text, line, length, err);
	}
	return code;
}

static size_t count_lines(const char *text, size_t n)
{
	size_t lines = 1;

	for (size_t i = 0; i < n; i++)
		lines += text[i] == '\n';
	return lines < SW_TRAPS_MAX ? lines : SW_TRAPS_MAX;
}

int sw_traps_parse(const char *text, size_t n, struct sw_traps **ret, struct sw_err *err)
{
	struct sw_traps *traps = calloc(1, sizeof(*traps));
	int code = -ENOMEM;

	if (!traps)
		return sw_err_set(err, -ENOMEM, "out of memory");
	traps->text = malloc(n + 2);
	traps->trap = calloc(count_lines(text, n), sizeof(*traps->trap));
	if (!traps->text || !traps->trap)
		sw_err_set(err, code, "out of memory");
	else
		code = fill(traps, text, n, err);
	if (code) {
		sw_traps_free(traps);
		return code;
	}
	qsort(traps->trap, traps->n, sizeof(*traps->trap), compare);
	*ret = traps;
	return 0;
}

size_t sw_traps_count(const struct sw_traps *traps)
{
	return traps ? traps->n : 0;
}

static bool has(const struct sw_traps *traps, const char *text)
{
	return bsearch(&text, traps->trap, traps->n, sizeof(*traps->trap), compare);
}

bool sw_traps_has(const struct sw_traps *traps, const char *rcpt, size_t n)
{
	char text[ADDRESS_BYTES + 1], *at, *plus;

	if (!traps || !traps->n || !n || n > ADDRESS_BYTES)
		return false;
	for (size_t i = 0; i < n; i++)
		text[i] = lower(rcpt[i]);
	text[n] = '\0';
	at = strrchr(text, '@');
	if (!at)
		return false;
	if (has(traps, text) || has(traps, at))
		return true;
	plus = memchr(text, '+', (size_t)(at - text));
	if (!plus)
		return false;
	memmove(plus, at, strlen(at) + 1);
	return has(traps, text);
}
