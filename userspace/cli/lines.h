/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lines - the lines of a file or pipe, one after the other, in bounded memory.
 *
 * Unlike stdio it can say whether the next line is there yet, so that who reads from a
 * pipe can work on what came instead of waiting for more.
 */
#ifndef SYNWARD_CLI_LINES_H
#define SYNWARD_CLI_LINES_H

#include <stdbool.h>
#include <stddef.h>

#define SW_LINES_MAX 65536 /* bytes of a line */

struct sw_lines {
	int fd; /* borrowed */
	unsigned long number; /* of the last line, from 1 */
	bool ended;
	size_t from, n;
	char data[SW_LINES_MAX + 2]; /* and an end of line */
};

/* Begin with what is next in @fd. */
void sw_lines_init(struct sw_lines *l, int fd);

/*
 * The next line, without its newline (or CR and newline), valid until the next call.
 * 1: there is one. 0: the end. -E2BIG: it is longer than SW_LINES_MAX and passed over; go
 * on. Otherwise what read(2) says.
 */
int sw_lines_next(struct sw_lines *l, const char **line, size_t *n);

/* Whether sw_lines_next need not wait. */
bool sw_lines_is_ready(const struct sw_lines *l);

#endif
