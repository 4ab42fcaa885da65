/* SPDX-License-Identifier: GPL-2.0-only */
/* lines - see lines.h. */
#include "lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void sw_lines_init(struct sw_lines *l, int fd)
{
	l->fd = fd;
	l->number = 0;
	l->ended = false;
	l->from = l->n = 0;
}

static char *find_end(const struct sw_lines *l)
{
	return memchr(l->data + l->from, '\n', l->n);
}

bool sw_lines_is_ready(const struct sw_lines *l)
{
	return l->ended || find_end(l);
}

/* Read more behind what there is; the buffer must not be full. */
static int fill(struct sw_lines *l)
{
	ssize_t n;

	memmove(l->data, l->data + l->from, l->n);
	l->from = 0;
	do {
		n = read(l->fd, l->data + l->n, sizeof(l->data) - l->n);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	l->ended = n == 0;
	l->n += (size_t)n;
	return 0;
}

/* Drop what there is of a line, and what follows of it. */
static int pass_over(struct sw_lines *l)
{
	const char *end;
	int code = 0;

	while (!code && !(end = find_end(l)) && !l->ended) {
		l->n = 0;
		code = fill(l);
	}
	if (code)
		return code;
	if (end) {
		size_t n = (size_t)(end + 1 - (l->data + l->from));

		l->from += n;
		l->n -= n;
	} else {
		l->n = 0;
	}
	return -E2BIG;
}

/* Take @n bytes, and @end more that end the line. */
static int take(struct sw_lines *l, size_t n, size_t end, const char **line, size_t *ret)
{
	*line = l->data + l->from;
	l->from += n + end;
	l->n -= n + end;
	if (n && (*line)[n - 1] == '\r')
		n--;
	if (n > SW_LINES_MAX)
		return -E2BIG;
	*ret = n;
	return 1;
}

int sw_lines_next(struct sw_lines *l, const char **line, size_t *n)
{
	const char *end;

	while (!(end = find_end(l))) {
		int code;

		if (l->ended || l->n == sizeof(l->data))
			break;
		code = fill(l);
		if (code)
			return code;
	}
	if (!end && l->n == 0)
		return 0;
	l->number++;
	if (end)
		return take(l, (size_t)(end - (l->data + l->from)), 1, line, n);
	if (l->n == sizeof(l->data))
		return pass_over(l);
	return take(l, l->n, 0, line, n);
}
