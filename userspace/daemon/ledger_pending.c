/* SPDX-License-Identifier: GPL-2.0-only */
/* ledger_pending - see ledger_pending.h. */
#include "ledger_pending.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int sw_view_cmp(struct sw_view a, struct sw_view b)
{
	int order = memcmp(a.data, b.data, a.n < b.n ? a.n : b.n);

	return order ? order : (a.n > b.n) - (a.n < b.n);
}

/* The first eight bytes of a key, as a number that is ordered like them. */
static uint64_t start_of(struct sw_view key)
{
	uint64_t start = 0;

	memcpy(&start, key.data, key.n < sizeof(start) ? key.n : sizeof(start));
	return __builtin_bswap64(start); /* little-endian machines alone: ledger_pages.c */
}

static bool is_before(uint64_t start, const struct sw_pending_node *node, uint64_t key_start,
		      struct sw_view key)
{
	return start != key_start ? start < key_start : sw_view_cmp(sw_pending_key(node), key) < 0;
}

void sw_pending_init(struct sw_pending *pending)
{
	memset(pending, 0, sizeof(*pending));
}

void sw_pending_done(struct sw_pending *pending)
{
	for (size_t i = 0; i < pending->n; i++) {
		struct sw_pending_chunk *chunk = pending->chunk[i];

		for (unsigned j = 0; j < chunk->n; j++)
			free(chunk->node[j]);
	}
	for (size_t i = 0; i < pending->room; i++)
		free(pending->chunk[i]);
	free(pending->chunk);
	free(pending->start);
	free(pending->age);
	sw_pending_init(pending);
}

struct sw_pending_node *sw_pending_new(struct sw_view key, struct sw_view body, uint64_t number)
{
	struct sw_pending_node *node = malloc(sizeof(*node) + body.n);

	if (!node)
		return NULL;
	*node = (struct sw_pending_node){ .number = number,
					  .body_n = (uint16_t)body.n,
					  .key_n = (uint8_t)key.n };
	memcpy(node->key, key.data, key.n);
	if (body.n)
		memcpy(node->body, body.data, body.n);
	return node;
}

void sw_pending_free(struct sw_pending_node *node)
{
	free(node);
}

/* ---- chunks: those behind the first n are spare ---- */

static int have_chunks(struct sw_pending *pending, size_t n)
{
	size_t room = pending->room ? pending->room * 2 : 4;
	struct sw_pending_chunk **chunk;
	uint64_t *start;

	if (n > pending->room) {
		if (room < n)
			room = n;
		chunk = realloc(pending->chunk, room * sizeof(struct sw_pending_chunk *));
		if (chunk)
			pending->chunk = chunk;
		start = realloc(pending->start, room * sizeof(*start));
		if (start)
			pending->start = start;
		if (!chunk || !start)
			return -ENOMEM;
		memset(chunk + pending->room, 0,
		       (room - pending->room) * sizeof(struct sw_pending_chunk *));
		pending->room = room;
	}
	for (size_t i = pending->n; i < n; i++) {
		if (!pending->chunk[i])
			pending->chunk[i] = malloc(sizeof(struct sw_pending_chunk));
		if (!pending->chunk[i])
			return -ENOMEM;
	}
	return 0;
}

/* ---- ages ---- */

#define AGE(number) ((number) / 1024)

/* Have a counter for @number. */
static int have_age(struct sw_pending *pending, uint64_t number)
{
	uint64_t age = AGE(number), first = pending->ages ? pending->first_age : age;
	size_t before = age < first ? first - age : 0;
	size_t need = age < first ? before + pending->ages : age - first + 1, room;
	uint32_t *larger;

	if (need > pending->ages_room) {
		room = need + need / 2 + 4;
		larger = realloc(pending->age, room * sizeof(*larger));
		if (!larger)
			return -ENOMEM;
		pending->age = larger;
		pending->ages_room = room;
	}
	if (before) {
		memmove(pending->age + before, pending->age, pending->ages * sizeof(uint32_t));
		memset(pending->age, 0, before * sizeof(uint32_t));
		pending->ages += before;
	}
	pending->first_age = first - before;
	for (; pending->ages < need; pending->ages++)
		pending->age[pending->ages] = 0;
	return 0;
}

/* Let those at the front go that have come to nothing, when they are many. */
static void trim_ages(struct sw_pending *pending)
{
	size_t gone = 0;

	while (gone < pending->ages && pending->age[gone] == 0)
		gone++;
	if (gone * 2 <= pending->ages)
		return;
	pending->ages -= gone;
	pending->first_age += gone;
	memmove(pending->age, pending->age + gone, pending->ages * sizeof(uint32_t));
}

static uint32_t *age_of(struct sw_pending *pending, const struct sw_pending_node *node)
{
	return &pending->age[AGE(node->number) - pending->first_age];
}

void sw_pending_mark(struct sw_pending *pending, struct sw_pending_node *node, bool marked)
{
	if (node->marked != marked)
		*age_of(pending, node) += marked ? UINT32_MAX : 1; /* one less, or more */
	node->marked = marked;
}

uint64_t sw_pending_oldest(const struct sw_pending *pending, uint64_t none)
{
	size_t i = 0;

	while (i < pending->ages && pending->age[i] == 0)
		i++;
	if (i == pending->ages)
		return none;
	return pending->first_age + i ? (pending->first_age + i) * 1024 : 1;
}

int sw_pending_reserve(struct sw_pending *pending, size_t more, uint64_t first, uint64_t last)
{
	/* Every chunk may be split once, and what comes of it when so many more have come. */
	size_t full = more < pending->n ? more : pending->n;
	int code = have_chunks(pending, pending->n + full + more / (SW_PENDING_CHUNK / 2) + 1);

	if (!code)
		code = have_age(pending, first);
	return code ? code : have_age(pending, last);
}

/* A spare chunk, empty, as the one before @i. */
static struct sw_pending_chunk *put_chunk(struct sw_pending *pending, size_t i)
{
	struct sw_pending_chunk *chunk = pending->chunk[pending->n];
	size_t behind = pending->n - i;

	memmove(pending->chunk + i + 1, pending->chunk + i,
		behind * sizeof(struct sw_pending_chunk *));
	memmove(pending->start + i + 1, pending->start + i, behind * sizeof(*pending->start));
	pending->chunk[i] = chunk;
	pending->n++;
	if (!chunk)
		abort(); /* a bug: there must be one */
	chunk->n = 0;
	return chunk;
}

/* Chunk @i is empty: let it be a spare one. */
static void spare_chunk(struct sw_pending *pending, size_t i)
{
	struct sw_pending_chunk *chunk = pending->chunk[i];
	size_t behind = --pending->n - i;

	memmove(pending->chunk + i, pending->chunk + i + 1,
		behind * sizeof(struct sw_pending_chunk *));
	memmove(pending->start + i, pending->start + i + 1, behind * sizeof(*pending->start));
	pending->chunk[pending->n] = chunk;
}

/* Chunk @i is full: move the second half of it behind it. */
static void split_chunk(struct sw_pending *pending, size_t i)
{
	struct sw_pending_chunk *full = pending->chunk[i], *half = put_chunk(pending, i + 1);

	half->n = full->n = SW_PENDING_CHUNK / 2;
	memcpy(half->start, full->start + full->n, sizeof(*half->start) * half->n);
	memcpy(half->node, full->node + full->n, sizeof(struct sw_pending_node *) * half->n);
	pending->start[i + 1] = half->start[0];
}

/* ---- searching ---- */

struct sw_pending_place sw_pending_from(const struct sw_pending *pending, struct sw_view key)
{
	struct sw_pending_place place = { 0, 0 };
	uint64_t start = key.n ? start_of(key) : 0;
	const struct sw_pending_chunk *chunk;
	size_t low = 0, high = pending->n;
	unsigned from = 0, to;

	if (!key.n || !pending->n)
		return place;
	/* the last chunk that begins before the key, or the first */
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (is_before(pending->start[middle], pending->chunk[middle]->node[0], start, key))
			low = middle + 1;
		else
			high = middle;
	}
	place.chunk = low ? low - 1 : 0;
	chunk = pending->chunk[place.chunk];
	for (to = chunk->n; from < to;) {
		unsigned middle = (from + to) / 2;

		if (is_before(chunk->start[middle], chunk->node[middle], start, key))
			from = middle + 1;
		else
			to = middle;
	}
	place.at = from;
	return place;
}

/* A place behind the last node of a chunk means the first of the next one. */
static struct sw_pending_place settle(const struct sw_pending *pending,
				      struct sw_pending_place place)
{
	if (place.chunk < pending->n && place.at == pending->chunk[place.chunk]->n)
		return (struct sw_pending_place){ place.chunk + 1, 0 };
	return place;
}

struct sw_pending_node *sw_pending_at(const struct sw_pending *pending,
				      struct sw_pending_place place)
{
	place = settle(pending, place);
	return place.chunk < pending->n ? pending->chunk[place.chunk]->node[place.at] : NULL;
}

struct sw_pending_place sw_pending_next(const struct sw_pending *pending,
					struct sw_pending_place place)
{
	place = settle(pending, place);
	place.at++;
	return place;
}

struct sw_pending_node *sw_pending_find(const struct sw_pending *pending, struct sw_view key)
{
	struct sw_pending_place place = settle(pending, sw_pending_from(pending, key));
	const struct sw_pending_chunk *chunk;

	if (place.chunk >= pending->n)
		return NULL;
	/* mostly there is none, and what lies beside it tells so without the node */
	chunk = pending->chunk[place.chunk];
	if (chunk->start[place.at] != start_of(key) ||
	    sw_view_cmp(sw_pending_key(chunk->node[place.at]), key) != 0)
		return NULL;
	return chunk->node[place.at];
}

/* ---- changing ---- */

/* Into @place, or where a split moves that. */
static void put_in(struct sw_pending *pending, struct sw_pending_place place,
		   struct sw_pending_node *node)
{
	struct sw_pending_chunk *chunk;
	unsigned behind;

	chunk = pending->n ? pending->chunk[place.chunk] : put_chunk(pending, 0);
	if (chunk && chunk->n == SW_PENDING_CHUNK) {
		split_chunk(pending, place.chunk);
		if (place.at > SW_PENDING_CHUNK / 2) {
			place.chunk++;
			place.at -= SW_PENDING_CHUNK / 2;
		}
	}
	chunk = pending->chunk[place.chunk];
	if (!chunk)
		abort(); /* as above */
	behind = chunk->n++ - place.at;
	memmove(chunk->start + place.at + 1, chunk->start + place.at,
		behind * sizeof(*chunk->start));
	memmove(chunk->node + place.at + 1, chunk->node + place.at,
		behind * sizeof(struct sw_pending_node *));
	chunk->start[place.at] = start_of(sw_pending_key(node));
	chunk->node[place.at] = node;
	pending->start[place.chunk] = chunk->start[0];
}

int sw_pending_add(struct sw_pending *pending, struct sw_pending_node *node)
{
	struct sw_view key = sw_pending_key(node);
	struct sw_pending_place place = sw_pending_from(pending, key), found;
	struct sw_pending_node *same = sw_pending_at(pending, place);

	if (have_chunks(pending, pending->n + 1) || have_age(pending, node->number))
		return -ENOMEM;
	++*age_of(pending, node);
	if (!same || sw_view_cmp(sw_pending_key(same), key) != 0) {
		put_in(pending, place, node);
		pending->count++;
		return 0;
	}
	found = settle(pending, place);
	pending->chunk[found.chunk]->node[found.at] = node;
	sw_pending_mark(pending, same, true);
	free(same);
	return 0;
}

/* A node with what it is sorted by beside it. */
struct newcomer {
	uint64_t start;
	struct sw_pending_node *node;
};

static int by_key(const void *a, const void *b)
{
	const struct newcomer *x = a, *y = b;
	int order = (x->start > y->start) - (x->start < y->start);

	if (!order)
		order = sw_view_cmp(sw_pending_key(x->node), sw_pending_key(y->node));
	return order ? order
		     : (x->node->number > y->node->number) - (x->node->number < y->node->number);
}

/* Without memory they stay as they are. */
static void sort_by_key(struct sw_pending_node **nodes, size_t n)
{
	struct newcomer *all = malloc(n * sizeof(*all));

	for (size_t i = 0; all && i < n; i++)
		all[i] = (struct newcomer){ start_of(sw_pending_key(nodes[i])), nodes[i] };
	if (all)
		qsort(all, n, sizeof(*all), by_key);
	for (size_t i = 0; all && i < n; i++)
		nodes[i] = all[i].node;
	free(all);
}

int sw_pending_add_all(struct sw_pending *pending, struct sw_pending_node **nodes, size_t n)
{
	int code = 0;

	if (n > 1)
		sort_by_key(nodes, n);
	for (size_t i = 0; i < n; i++) {
		if (!code)
			code = sw_pending_add(pending, nodes[i]);
		if (code)
			sw_pending_free(nodes[i]);
	}
	return code;
}

void sw_pending_remove(struct sw_pending *pending, struct sw_pending_node *node)
{
	struct sw_pending_place place =
		settle(pending, sw_pending_from(pending, sw_pending_key(node)));
	struct sw_pending_chunk *chunk = pending->chunk[place.chunk];
	unsigned behind = --chunk->n - place.at;

	memmove(chunk->start + place.at, chunk->start + place.at + 1,
		behind * sizeof(*chunk->start));
	memmove(chunk->node + place.at, chunk->node + place.at + 1,
		behind * sizeof(struct sw_pending_node *));
	if (chunk->n == 0)
		spare_chunk(pending, place.chunk);
	else
		pending->start[place.chunk] = chunk->start[0];
	pending->count--;
	sw_pending_mark(pending, node, true);
	free(node);
}

void sw_pending_move(struct sw_pending *to, struct sw_pending *from, uint64_t offset)
{
	for (size_t i = 0; i < from->n; i++) {
		struct sw_pending_chunk *chunk = from->chunk[i];

		for (unsigned j = 0; j < chunk->n; j++) {
			chunk->node[j]->number += offset;
			sw_pending_add(to, chunk->node[j]);
		}
		chunk->n = 0;
	}
	from->n = from->count = from->ages = 0;
	trim_ages(to);
}
