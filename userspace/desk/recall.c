/* SPDX-License-Identifier: GPL-2.0-only */
/* recall - see recall.h. */
#include "recall.h"

#include <stdlib.h>
#include <string.h>

#include "maps/hash.h"

#define WAYS 4

struct entry {
	uint64_t hi, lo, stamp; /* stamp 0: empty */
	uint8_t family;
	char text[SW_PACKET_TEXT];
};

struct sw_recall {
	uint64_t seed, stamp;
	struct entry entry[SW_RECALL / WAYS][WAYS];
};

struct sw_recall *sw_recall_new(uint64_t seed)
{
	struct sw_recall *texts = calloc(1, sizeof(*texts));

	if (texts)
		texts->seed = seed;
	return texts;
}

struct sw_recall *sw_recall_free(struct sw_recall *texts)
{
	free(texts);
	return NULL;
}

static size_t line_of(const struct sw_recall *texts, const struct sw_prefix *source)
{
	return sw_hash(source->hi ^ source->family, source->lo, texts->seed) % (SW_RECALL / WAYS);
}

static bool is_of(const struct entry *e, const struct sw_prefix *source)
{
	return e->stamp && e->family == source->family && e->hi == source->hi &&
	       e->lo == source->lo;
}

const char *sw_recall_get(const struct sw_recall *texts, const struct sw_prefix *source)
{
	const struct entry *line = texts->entry[line_of(texts, source)];

	for (int i = 0; i < WAYS; i++)
		if (is_of(&line[i], source))
			return line[i].text;
	return NULL;
}

void sw_recall_put(struct sw_recall *texts, const struct sw_prefix *source,
		   const struct sw_answer *answer)
{
	struct entry *line = texts->entry[line_of(texts, source)], *to = line;
	bool keep = answer->turns_away && answer->enforced && answer->text[0];

	for (int i = 0; i < WAYS; i++) {
		if (is_of(&line[i], source)) {
			to = &line[i];
			break;
		}
		if (line[i].stamp < to->stamp)
			to = &line[i];
	}
	if (!keep) {
		if (is_of(to, source))
			to->stamp = 0;
		return;
	}
	to->hi = source->hi;
	to->lo = source->lo;
	to->family = source->family;
	to->stamp = ++texts->stamp;
	memcpy(to->text, answer->text, sizeof(to->text));
}
