/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stream - print an answer of many objects, one at a time: a table for people, or the
 * daemon's own objects, one a line.
 */
#ifndef SYNWARD_CLI_STREAM_H
#define SYNWARD_CLI_STREAM_H

#include <stdint.h>

#include "cli/ask.h"
#include "cli/columns.h"

struct sw_stream {
	const char *const *titles; /* of the table, ended by NULL */
	/* Add the row of @object with sw_columns_row, whose code it returns. */
	int (*row)(struct sw_columns *columns, const json_t *object, int64_t now_ms);
	const char *nothing; /* said in place of a table without rows */
	const char *cut; /* said on stderr when the daemon left some out; NULL: it never does */
};

/* Ask @request (taken) of the daemon that @options says, and print; an exit code. */
int sw_stream_print(const struct sw_stream *stream, const struct sw_options *options,
		    json_t *request);

/* ---- cells, for the caller to free ---- */

/* The text of @key, escaped; NULL: there is none. */
char *sw_stream_text(const json_t *object, const char *key);

/* Who did something, escaped: the user's name alone. */
char *sw_stream_who(const json_t *object);

#endif
