/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * columns - rows of text in aligned columns, for people; as many rows as there are.
 *
 * The first thousand rows are kept to see how wide the columns are; those that follow
 * are written at once, so that memory does not grow. The last column is not padded.
 */
#ifndef SYNWARD_CLI_COLUMNS_H
#define SYNWARD_CLI_COLUMNS_H

#include <stdio.h>

#define SW_COLUMNS_MAX 8
#define SW_COLUMNS_KEPT 1000

struct sw_columns;

/* To @out, with @titles, ended by NULL and borrowed, above the first row. NULL: out of
 * memory. */
struct sw_columns *sw_columns_open(FILE *out, const char *const *titles);

/* Add a row, copied; a cell for each title, NULL for an empty one; no control characters.
 * -ENOMEM. -EPIPE: @out has an error, so nobody reads what would follow. */
int sw_columns_row(struct sw_columns *c, const char *const *cells);

/* Write what is kept and free @c, NULL is fine; returns NULL. */
struct sw_columns *sw_columns_close(struct sw_columns *c);

#endif
