/* SPDX-License-Identifier: GPL-2.0-only */
/* control_input - bytes and lines; see control_input.h. control_parse.c goes on from there. */
#include "control_input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define GRAIN 256 /* bytes; what half a line of a slow client takes at least */

/* ---- bytes ---- */

/* By a quarter: many reads make one long line, and few copies of it. */
static int grow(struct sw_control_bytes *b, size_t needed)
{
	size_t size = b->size + b->size / 4;
	char *data;

	if (needed <= b->size)
		return 0;
	size = ((size < needed ? needed : size) + GRAIN - 1) / GRAIN * GRAIN;
	data = realloc(b->data, size);
	if (!data)
		return -ENOMEM;
	b->data = data;
	b->size = size;
	return 0;
}

int sw_control_bytes_add(struct sw_control_bytes *b, const char *data, size_t n)
{
	if (!n)
		return 0;
	if (b->from && b->n)
		memmove(b->data, b->data + b->from, b->n);
	b->from = 0;
	if (grow(b, b->n + n))
		return -ENOMEM;
	memcpy(b->data + b->n, data, n);
	b->n += n;
	return 0;
}

void sw_control_bytes_drop(struct sw_control_bytes *b, size_t n)
{
	b->from += n;
	b->n -= n;
	if (!b->n) {
		free(b->data);
		*b = (struct sw_control_bytes){ 0 };
	}
}

/* ---- lines ---- */

/* Whether there is a newline; what is before it is scanned. */
static bool find_end(struct sw_control_input *in)
{
	const char *start, *end;

	if (in->scanned == in->bytes.n)
		return false;
	start = in->bytes.data + in->bytes.from;
	end = memchr(start + in->scanned, '\n', in->bytes.n - in->scanned);
	in->scanned = end ? (size_t)(end - start) : in->bytes.n;
	return end;
}

static void drop(struct sw_control_input *in, size_t n)
{
	sw_control_bytes_drop(&in->bytes, n);
	in->scanned = 0;
}

/* The rest of a line that is too long; true: it has ended. */
static bool drop_rest(struct sw_control_input *in)
{
	bool ends = find_end(in);

	in->dropped += in->scanned;
	drop(in, in->scanned + ends);
	in->dropping = !ends;
	return ends;
}

enum sw_control_look sw_control_input_look(struct sw_control_input *in, size_t max,
					   const char **line, size_t *n)
{
	bool ends;

	if (in->dropping && !drop_rest(in))
		return in->dropped > 2 * max ? SW_CONTROL_LOOK_ENDLESS : SW_CONTROL_LOOK_MORE;
	ends = find_end(in);
	if (in->scanned > max)
		return SW_CONTROL_LOOK_LONG;
	if (!ends)
		return SW_CONTROL_LOOK_MORE;
	*line = in->bytes.data + in->bytes.from;
	*n = in->scanned;
	return SW_CONTROL_LOOK_LINE;
}

void sw_control_input_next(struct sw_control_input *in)
{
	if (find_end(in)) {
		drop(in, in->scanned + 1);
		return;
	}
	in->dropped = in->bytes.n;
	in->dropping = true;
	drop(in, in->bytes.n);
}
