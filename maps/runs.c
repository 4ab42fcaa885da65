/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * runs - see runs.h. Each end of a free run says that it is free and how long it
 * is (Knuth's boundary tags, TAOCP 1, 2.5), so that neighbours are found at once.
 */
#include "runs.h"

#include <stdlib.h>

#include "lib/huge.h"

#define BINS (SW_RUN6_BLOCKS + 2) /* by length; the last one: all that are longer */
#define WORDS ((BINS + 63) / 64)

/* Of the first block of a used run and both ends of a free one; 0 inside. */
#define FREE 0x80000000u
#define USED 0x40000000u
#define LENGTH 0x3fffffffu

struct sw_runs {
	uint32_t blocks, used, retired;
	uint32_t *tag;
	uint32_t *next, *prev; /* of free runs of one bin; next also of retired ones */
	uint32_t head[BINS], first_retired;
	uint64_t filled[WORDS]; /* bins that are not empty */
};

struct sw_runs *sw_runs_new(uint32_t blocks)
{
	struct sw_runs *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->blocks = blocks;
	r->tag = sw_huge(calloc(blocks, sizeof(*r->tag)), blocks * sizeof(*r->tag));
	r->next = malloc(blocks * sizeof(*r->next));
	r->prev = malloc(blocks * sizeof(*r->prev));
	if (!r->tag || !r->next || !r->prev)
		return sw_runs_done(r);
	for (unsigned b = 0; b < BINS; b++)
		r->head[b] = SW_RUNS_NONE;
	r->first_retired = SW_RUNS_NONE;
	return r;
}

struct sw_runs *sw_runs_done(struct sw_runs *r)
{
	if (!r)
		return NULL;
	free(r->tag);
	free(r->next);
	free(r->prev);
	free(r);
	return NULL;
}

uint32_t sw_runs_length(const struct sw_runs *r, uint32_t first)
{
	return r->tag[first] & LENGTH;
}

void sw_runs_expect(const struct sw_runs *r, uint32_t first)
{
	__builtin_prefetch(&r->tag[first]);
}

uint32_t sw_runs_used(const struct sw_runs *r)
{
	return r->used;
}

uint32_t sw_runs_retired(const struct sw_runs *r)
{
	return r->retired;
}

/* ---- free runs ---- */

static unsigned bin_of(uint32_t length)
{
	return length < BINS ? length : BINS - 1;
}

static void push(struct sw_runs *r, uint32_t first, uint32_t length)
{
	unsigned b = bin_of(length);

	r->tag[first] = FREE | length;
	r->tag[first + length - 1] = FREE | length;
	r->next[first] = r->head[b];
	r->prev[first] = SW_RUNS_NONE;
	if (r->head[b] != SW_RUNS_NONE)
		r->prev[r->head[b]] = first;
	r->head[b] = first;
	r->filled[b / 64] |= 1ull << b % 64;
}

static void unlink_run(struct sw_runs *r, uint32_t first)
{
	uint32_t length = r->tag[first] & LENGTH;
	unsigned b = bin_of(length);

	if (r->prev[first] == SW_RUNS_NONE)
		r->head[b] = r->next[first];
	else
		r->next[r->prev[first]] = r->next[first];
	if (r->next[first] != SW_RUNS_NONE)
		r->prev[r->next[first]] = r->prev[first];
	if (r->head[b] == SW_RUNS_NONE)
		r->filled[b / 64] &= ~(1ull << b % 64);
	r->tag[first] = 0;
	r->tag[first + length - 1] = 0;
}

/* The bin with the shortest runs of at least @length; BINS: there is none. */
static unsigned find_bin(const struct sw_runs *r, uint32_t length)
{
	unsigned w = length / 64;
	uint64_t bits = r->filled[w] & ~0ull << length % 64;

	while (!bits && ++w < WORDS)
		bits = r->filled[w];
	return bits ? w * 64 + (unsigned)__builtin_ctzll(bits) : BINS;
}

uint32_t sw_runs_take(struct sw_runs *r, uint32_t blocks)
{
	unsigned b = find_bin(r, blocks);
	uint32_t first, length;

	if (b == BINS)
		return SW_RUNS_NONE;
	first = r->head[b];
	length = r->tag[first] & LENGTH;
	unlink_run(r, first);
	if (length > blocks)
		push(r, first + blocks, length - blocks);
	r->tag[first] = USED | blocks;
	r->used += blocks;
	return first;
}

static void give_back(struct sw_runs *r, uint32_t first)
{
	uint32_t length = r->tag[first] & LENGTH, end = first + length;

	r->tag[first] = 0;
	if (end < r->blocks && r->tag[end] & FREE) {
		length += r->tag[end] & LENGTH;
		unlink_run(r, end);
	}
	if (first && r->tag[first - 1] & FREE) {
		uint32_t before = r->tag[first - 1] & LENGTH;

		first -= before;
		length += before;
		unlink_run(r, first);
	}
	push(r, first, length);
}

void sw_runs_put(struct sw_runs *r, uint32_t first)
{
	r->used -= r->tag[first] & LENGTH;
	give_back(r, first);
}

void sw_runs_retire(struct sw_runs *r, uint32_t first)
{
	uint32_t length = r->tag[first] & LENGTH;

	r->used -= length;
	r->retired += length;
	r->next[first] = r->first_retired;
	r->first_retired = first;
}

void sw_runs_free_retired(struct sw_runs *r)
{
	while (r->first_retired != SW_RUNS_NONE) {
		uint32_t first = r->first_retired;

		r->first_retired = r->next[first];
		give_back(r, first);
	}
	r->retired = 0;
}

/* ---- taking over ---- */

/* Until sw_runs_ready, a used run has USED on each of its blocks. */
bool sw_runs_claim(struct sw_runs *r, uint32_t first, uint32_t blocks)
{
	if (!blocks || first >= r->blocks || blocks > r->blocks - first)
		return false;
	for (uint32_t i = 0; i < blocks; i++)
		if (r->tag[first + i])
			return false;
	for (uint32_t i = 0; i < blocks; i++)
		r->tag[first + i] = USED;
	r->tag[first] = USED | blocks;
	r->used += blocks;
	return true;
}

void sw_runs_ready(struct sw_runs *r)
{
	uint32_t at = 0;

	while (at < r->blocks) {
		uint32_t end = at;

		if (r->tag[at]) {
			end += r->tag[at] & LENGTH;
			for (uint32_t i = at + 1; i < end; i++)
				r->tag[i] = 0;
		} else {
			while (end < r->blocks && !r->tag[end])
				end++;
			push(r, at, end - at);
		}
		at = end;
	}
}
