/* SPDX-License-Identifier: GPL-2.0-only */
/* verdict_index - see verdict_index.h. */
#include "verdict_index.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "lib/huge.h"
#include "maps/hash.h"

#define BUCKETS_FIRST 1024
#define SLAB_LEAST 1024 /* entries */
#define SLAB_MOST 65536 /* some MiB, which get large pages */

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
	while (index->slabs) {
		struct sw_verdict_slab *slab = index->slabs;

		index->slabs = slab->next;
		free(slab);
	}
	index->spare = NULL;
	free(index->bucket);
	index->bucket = NULL;
}

/* ---- entries ---- */

static int add_slab(struct sw_verdict_index *index, size_t n)
{
	size_t bytes = sizeof(struct sw_verdict_slab) + n * sizeof(struct sw_verdict_entry);
	struct sw_verdict_slab *slab = aligned_alloc(SW_VERDICT_ENTRY_BYTES, bytes);

	if (!slab)
		return -ENOMEM;
	sw_huge(slab, bytes);
	slab->n = n;
	slab->used = 0;
	slab->next = index->slabs;
	index->slabs = slab;
	return 0;
}

/* As many again, so that there are few slabs. */
static size_t slab_entries(const struct sw_verdict_index *index)
{
	if (index->n < SLAB_LEAST)
		return SLAB_LEAST;
	return index->n < SLAB_MOST ? index->n : SLAB_MOST;
}

struct sw_verdict_entry *sw_verdict_index_take(struct sw_verdict_index *index)
{
	struct sw_verdict_entry *entry = index->spare;

	if (entry) {
		index->spare = entry->next;
		entry->next = NULL;
		return entry;
	}
	if ((!index->slabs || index->slabs->used == index->slabs->n) &&
	    add_slab(index, slab_entries(index)))
		return NULL;
	entry = &index->slabs->entry[index->slabs->used++];
	*entry = (struct sw_verdict_entry){ 0 };
	return entry;
}

void sw_verdict_index_give(struct sw_verdict_index *index, struct sw_verdict_entry *entry)
{
	if (!entry)
		return;
	*entry = (struct sw_verdict_entry){ .next = index->spare };
	index->spare = entry;
}

struct sw_verdict_entry *sw_verdict_index_after(const struct sw_verdict_index *index,
						struct sw_verdict_place *at)
{
	if (!at->slab)
		*at = (struct sw_verdict_place){ .slab = index->slabs, .ended = !index->slabs };
	while (!at->ended) {
		for (; at->at < at->slab->used; at->at++)
			if (at->slab->entry[at->at].indexed)
				return (struct sw_verdict_entry *)&at->slab->entry[at->at++];
		at->ended = !at->slab->next;
		if (!at->ended)
			*at = (struct sw_verdict_place){ .slab = at->slab->next };
	}
	return NULL;
}

/* ---- the table ---- */

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

	while (e && !sw_verdict_entry_is_on(e, source))
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

void sw_verdict_index_expect(const struct sw_verdict_index *index, const struct sw_prefix *source)
{
	__builtin_prefetch(bucket_of(index, source), 1);
}

void sw_verdict_index_expect_entry(const struct sw_verdict_index *index,
				   const struct sw_prefix *source)
{
	__builtin_prefetch(*bucket_of(index, source));
}

static void push(struct sw_verdict_index *index, struct sw_verdict_entry *entry)
{
	struct sw_prefix source = sw_verdict_entry_source(entry);
	struct sw_verdict_entry **bucket = bucket_of(index, &source);

	entry->next = *bucket;
	*bucket = entry;
}

/* An entry for two buckets at most: what shares one with others costs a look at each. */
static bool is_crowded(size_t n, size_t buckets)
{
	return 2 * n > buckets;
}

static void expect_bucket(const struct sw_verdict_index *index,
			  const struct sw_verdict_entry *entry)
{
	struct sw_prefix source;

	if (!entry)
		return;
	source = sw_verdict_entry_source(entry);
	sw_verdict_index_expect(index, &source);
}

#define AHEAD 16 /* entries whose buckets are on their way */

/* All entries of @index into @larger. */
static void push_all(const struct sw_verdict_index *index, struct sw_verdict_index *larger)
{
	struct sw_verdict_place here = { 0 }, there = { 0 };
	struct sw_verdict_entry *e, *ahead;

	for (unsigned i = 0; i < AHEAD; i++) {
		ahead = sw_verdict_index_after(index, &there);
		expect_bucket(larger, ahead);
	}
	while ((e = sw_verdict_index_after(index, &here))) {
		ahead = sw_verdict_index_after(index, &there);
		expect_bucket(larger, ahead);
		push(larger, e);
	}
}

static int grow_to(struct sw_verdict_index *index, size_t buckets)
{
	struct sw_verdict_index larger = { .seed = index->seed, .buckets = buckets };

	larger.bucket = calloc(larger.buckets, sizeof(struct sw_verdict_entry *));
	sw_huge(larger.bucket, larger.buckets * sizeof(struct sw_verdict_entry *));
	if (!larger.bucket)
		return -ENOMEM;
	push_all(index, &larger);
	free(index->bucket);
	index->bucket = larger.bucket;
	index->buckets = larger.buckets;
	return 0;
}

int sw_verdict_index_reserve(struct sw_verdict_index *index, size_t n)
{
	size_t buckets = index->buckets;
	int code;

	while (is_crowded(n, buckets))
		buckets *= 2;
	code = buckets > index->buckets ? grow_to(index, buckets) : 0;
	return code || !n ? code : add_slab(index, n);
}

void sw_verdict_index_add(struct sw_verdict_index *index, struct sw_verdict_entry *entry)
{
	if (is_crowded(index->n + 1, index->buckets))
		(void)grow_to(index, 2 * index->buckets);
	push(index, entry);
	entry->indexed = true;
	index->n++;
}

void sw_verdict_index_remove(struct sw_verdict_index *index, struct sw_verdict_entry *entry)
{
	struct sw_prefix source = sw_verdict_entry_source(entry);
	struct sw_verdict_entry **at = bucket_of(index, &source);

	while (*at != entry)
		at = &(*at)->next;
	*at = entry->next;
	entry->indexed = false;
	index->n--;
}
