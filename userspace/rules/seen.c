/* SPDX-License-Identifier: GPL-2.0-only */
/* seen - see seen.h. A line has its newest name first. */
#include "seen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rules/cells.h"
#include "rules/text_hash.h"

#define MAGIC "swseen01"

struct sw_seen {
	struct sw_cells *cells;
	uint64_t changes;
};

/* Takes @cells, which may be NULL. */
static int wrap(struct sw_cells *cells, struct sw_seen **ret)
{
	struct sw_seen *s = cells ? calloc(1, sizeof(*s)) : NULL;

	if (!s) {
		free(cells);
		return -ENOMEM;
	}
	s->cells = cells;
	*ret = s;
	return 0;
}

int sw_seen_open(size_t entries, uint64_t seed, struct sw_seen **ret)
{
	return wrap(sw_cells_make(entries, seed), ret);
}

struct sw_seen *sw_seen_close(struct sw_seen *s)
{
	if (s)
		free(s->cells);
	free(s);
	return NULL;
}

uint64_t sw_seen_name(const struct sw_seen *s, const char *text, size_t n, uint64_t hi, uint64_t lo)
{
	uint64_t seed = s->cells->seed;

	return sw_hash(sw_text_hash(text, n, seed) ^ hi, lo, seed) | 1;
}

bool sw_seen_has(const struct sw_seen *s, uint64_t name)
{
	const uint64_t *line = s->cells->cell + sw_cells_line(s->cells, name);

	for (unsigned i = 0; i < SW_CELLS_WAYS; i++)
		if (line[i] == name)
			return true;
	return false;
}

void sw_seen_add(struct sw_seen *s, uint64_t name)
{
	uint64_t *line = s->cells->cell + sw_cells_line(s->cells, name);

	if (sw_seen_has(s, name))
		return;
	memmove(line + 1, line, (SW_CELLS_WAYS - 1) * sizeof(*line));
	line[0] = name;
	s->changes++;
}

uint64_t sw_seen_changes(const struct sw_seen *s)
{
	return s->changes;
}

size_t sw_seen_bytes(const struct sw_seen *s)
{
	return sw_cells_bytes(s->cells);
}

void sw_seen_save(const struct sw_seen *s, uint8_t *out)
{
	sw_cells_save(s->cells, MAGIC, out);
}

int sw_seen_load(const uint8_t *bytes, size_t n, struct sw_seen **ret)
{
	struct sw_cells *cells;
	int code = sw_cells_load(bytes, n, MAGIC, &cells);

	return code ? code : wrap(cells, ret);
}
