/* SPDX-License-Identifier: GPL-2.0-only */
/* columns - see columns.h. */
#include "columns.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define GAP 2

struct sw_columns {
	FILE *out;
	const char *const *titles;
	unsigned n;
	size_t width[SW_COLUMNS_MAX];
	bool flowing; /* rows are written as they come */
	size_t kept;
	char *rows[SW_COLUMNS_KEPT]; /* cells one after the other, each with its NUL */
};

struct sw_columns *sw_columns_open(FILE *out, const char *const *titles)
{
	struct sw_columns *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->out = out;
	c->titles = titles;
	while (c->n < SW_COLUMNS_MAX && titles[c->n])
		c->n++;
	return c;
}

/* Characters of UTF-8; that some are wider than others is not worth a locale. */
static size_t width_of(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

static const char *cell_of(const char *const *cells, unsigned i)
{
	return cells[i] ? cells[i] : "";
}

static void widen(struct sw_columns *c, const char *const *cells)
{
	for (unsigned i = 0; i + 1 < c->n; i++) {
		size_t width = width_of(cell_of(cells, i));

		if (width > c->width[i])
			c->width[i] = width;
	}
}

static void write_row(const struct sw_columns *c, const char *const *cells)
{
	size_t behind = 0; /* spaces that are due; none at the end of a line */

	for (unsigned i = 0; i < c->n; i++) {
		const char *cell = cell_of(cells, i);
		size_t width = width_of(cell);

		if (*cell) {
			fprintf(c->out, "%*s%s", (int)behind, "", cell);
			behind = 0;
		}
		if (c->width[i] >= width)
			behind += c->width[i] - width;
		behind += GAP;
	}
	fputc('\n', c->out);
}

/* Write the rows that were kept, and from now on those that come. */
static void flow(struct sw_columns *c)
{
	const char *cells[SW_COLUMNS_MAX];

	c->flowing = true;
	if (c->kept) {
		widen(c, c->titles);
		write_row(c, c->titles);
	}
	for (size_t i = 0; i < c->kept; i++) {
		const char *cell = c->rows[i];

		for (unsigned j = 0; j < c->n; j++) {
			cells[j] = cell;
			cell += strlen(cell) + 1;
		}
		write_row(c, cells);
		free(c->rows[i]);
	}
	c->kept = 0;
}

static int keep(struct sw_columns *c, const char *const *cells)
{
	size_t n = 1; /* so that it is never 0 */
	char *row, *p;

	for (unsigned i = 0; i < c->n; i++)
		n += strlen(cell_of(cells, i)) + 1;
	row = p = malloc(n);
	if (!row)
		return -ENOMEM;
	for (unsigned i = 0; i < c->n; i++)
		p = stpcpy(p, cell_of(cells, i)) + 1;
	c->rows[c->kept++] = row;
	return 0;
}

int sw_columns_row(struct sw_columns *c, const char *const *cells)
{
	widen(c, cells);
	if (!c->flowing && c->kept < SW_COLUMNS_KEPT)
		return keep(c, cells);
	if (!c->flowing)
		flow(c);
	write_row(c, cells);
	return ferror(c->out) ? -EPIPE : 0;
}

struct sw_columns *sw_columns_close(struct sw_columns *c)
{
	if (!c)
		return NULL;
	if (!c->flowing)
		flow(c);
	free(c);
	return NULL;
}
