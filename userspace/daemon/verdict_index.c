/* SPDX-License-Identifier: GPL-2.0-only */
/* verdict_index - see verdict_index.h. */
#include "verdict_index.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "maps/hash.h"

#define BUCKETS_FIRST 1024

int sw_verdict_index_init(struct sw_verdict_index *index)
{
	*index = (struct sw_verdict_index){ .buckets = BUCKETS_FIRST };
	if (getrandom(&index->seed, sizeof(index->seed), GRND_NONBLOCK) < 0)
		index->seed = 1; /* only who may set verdicts could make use of knowing it */
	index->bucket = calloc(index->buckets, sizeof(struct sw_verdict_entry *));
	return index->bucket ? 0 : -ENOMEM;
}

void sw_verdict_index_done(struct sw_verdict_index *index)
{
	for (size_t i = 0; index->bucket && i < index->buckets; i++) {
		while (index->bucket[i]) {
			struct sw_verdict_entry *entry = index->bucket[i];

			index->bucket[i] = entry->next;
			free(entry);
		}
	}
	free(index->bucket);
	index->bucket = NULL;
}

static struct sw_verdict_entry **bucket_of(const struct sw_verdict_index *index,
					   const struct sw_prefix *source)
{
	uint64_t hash = sw_hash(source->hi, source->lo, index->seed);

	hash = sw_hash(hash, (uint64_t)source->family << 8 | source->len, index->seed);
	return &index->bucket[hash & (index->buckets - 1)];
}

struct sw_verdict_entry *sw_verdict_index_next(const struct sw_verdict_index *index,
					       const struct sw_prefix *source,
					       const struct sw_verdict_entry *entry)
{
	struct sw_verdict_entry *e = entry ? entry->next : *bucket_of(index, source);

	while (e && sw_prefix_cmp(&e->source, source))
		e = e->next;
	return e;
}

struct sw_verdict_entry *sw_verdict_index_find(const struct sw_verdict_index *index,
					       const struct sw_prefix *source, uint8_t origin)
{
	struct sw_verdict_entry *e = sw_verdict_index_next(index, source, NULL);

	while (e && e->origin != origin)
		e = sw_verdict_index_next(index, source, e);
	return e;
}

static void push(struct sw_verdict_index *index, struct sw_verdict_entry *entry)
{
	struct sw_verdict_entry **bucket = bucket_of(index, &entry->source);

	entry->next = *bucket;
	*bucket = entry;
}

static void grow(struct sw_verdict_index *index)
{
	struct sw_verdict_index larger = { .seed = index->seed, .buckets = 2 * index->buckets };

	larger.bucket = calloc(larger.buckets, sizeof(struct sw_verdict_entry *));
	if (!larger.bucket)
		return;
	for (size_t i = 0; i < index->buckets; i++) {
		while (index->bucket[i]) {
			struct sw_verdict_entry *entry = index->bucket[i];

			index->bucket[i] = entry->next;
			push(&larger, entry);
		}
	}
	free(index->bucket);
	index->bucket = larger.bucket;
	index->buckets = larger.buckets;
}

void sw_verdict_index_add(struct sw_verdict_index *index, struct sw_verdict_entry *entry)
{
	if (index->n >= index->buckets)
		grow(index);
	push(index, entry);
	index->n++;
}

void sw_verdict_index_remove(struct sw_verdict_index *index, struct sw_verdict_entry *entry)
{
	struct sw_verdict_entry **at = bucket_of(index, &entry->source);

	while (*at != entry)
		at = &(*at)->next;
	*at = entry->next;
	index->n--;
}
