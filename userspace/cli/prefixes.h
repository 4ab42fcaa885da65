/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * prefixes - the PREFIX operands of a command; "-" stands for those on standard input, one
 * a line, with # for comments.
 */
#ifndef SYNWARD_CLI_PREFIXES_H
#define SYNWARD_CLI_PREFIXES_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/lines.h"
#include "lib/addr.h"
#include "lib/err.h"

/*
 * Parse @n bytes of @text as people write prefixes. An IPv4-mapped IPv6 address is the IPv4
 * address in it. -EINVAL, -ERANGE, -EDOM as of sw_prefix_parse, with words that quote the
 * text and say what could be meant.
 */
int sw_prefix_read(const char *text, size_t n, struct sw_prefix *ret, struct sw_err *err);

struct sw_prefixes {
	char **operands; /* borrowed */
	size_t n, at;
	bool reading; /* the present operand is "-" */
	char text[64]; /* of the last one, as it came, cut when it is longer */
	struct sw_lines lines;
};

/* @operands is borrowed; @fd is read for "-". Nothing to be done at the end. */
void sw_prefixes_init(struct sw_prefixes *p, char **operands, size_t n, int fd);

/*
 * The next prefix. 1: there is one. 0: the end. -EINVAL, -ERANGE, -EDOM, -E2BIG with words:
 * this one is bad; go on. Any other error: reading failed.
 */
int sw_prefixes_next(struct sw_prefixes *p, struct sw_prefix *ret, struct sw_err *err);

/* Whether an error of sw_prefixes_next is about one prefix. */
bool sw_prefixes_goes_on(int code);

/* Whether sw_prefixes_next need not wait. */
bool sw_prefixes_is_ready(const struct sw_prefixes *p);

#endif
