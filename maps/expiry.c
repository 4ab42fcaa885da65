/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * expiry - the writer's side of sw_expiry; see table.h for what it promises and expiry.h
 * for how it is read.
 *
 * A new entry goes to the emptier of its two buckets and never moves. The table is made so
 * large that there is room in one of them (sw_expiry_need); if it is not, the entry is
 * refused.
 *
 * An entry that is removed has no verdict from then on, and stays as long as a packet may
 * have found in the table what it was about: that one has to learn that the verdict does not
 * count. Then its cell is emptied, and given away again when nobody can have read what was
 * in it before he reads the new name. For both, many are waited for at once.
 */
#include <errno.h>
#include <stdlib.h>

#include "expiry_view.h"
#include "lib/huge.h"

/* Cells that readers are waited for, as a share of all. */
#define RECLAIM_SHARE 8

#define NO_CELL SIZE_MAX
#define LENGTHS 129

/* What the writer knows of a cell. */
enum state {
	KNOWN, /* in use as it is, or free */
	STALE, /* in use, and not put since all were marked */
	LEAVING, /* removed: has an entry without a verdict, which nobody will miss */
	RETIRED, /* empty */
};

struct sw_expiry_writer {
	uint8_t *state; /* enum state, by cell */
	size_t in[RETIRED + 1]; /* how many cells are in a state */
	size_t lengths[2][LENGTHS]; /* cells, by family (IPv6: 1) and length */
	struct sw_expiry_count count; /* without those that leave */
};

/* ---- cells ---- */

static void store(__u64 *word, __u64 value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/* Names first: they are one cache line, and the cells another. */
static size_t find_in(const struct sw_expiry *x, uint32_t bucket, const struct sw_expiry_key *key)
{
	const struct sw_expiry_bucket *b = &x->buckets[bucket];

	for (unsigned w = 0; w < SW_EXPIRY_WAYS; w++)
		if (b->name[w] == key->name && sw_expiry_cell_kind(b->cell[w]) == key->kind)
			return (size_t)bucket * SW_EXPIRY_WAYS + w;
	return NO_CELL;
}

static size_t find(const struct sw_expiry *x, const struct sw_expiry_key *key)
{
	size_t i = find_in(x, sw_expiry_first(x->head, key), key);

	return i == NO_CELL ? find_in(x, sw_expiry_second(x->head, key), key) : i;
}

static void set_state(const struct sw_expiry *x, size_t i, enum state state)
{
	struct sw_expiry_writer *w = x->writer;

	w->in[w->state[i]]--;
	w->in[state]++;
	w->state[i] = (uint8_t)state;
}

/* ---- counting ---- */

/* The bit of a length is set before its first cell and cleared after its last one. */
static void set_length(const struct sw_expiry *x, unsigned six, unsigned len, bool used)
{
	unsigned bit = 128 - len;
	__u64 *word = &x->head->lengths[six][bit / 64], mask = 1ull << bit % 64;

	store(word, used ? *word | mask : *word & ~mask);
}

static void add_length(struct sw_expiry *x, __u64 cell)
{
	size_t *n = &x->writer->lengths[sw_expiry_cell_is_six(cell)][sw_expiry_cell_length(cell)];

	if (++*n == 1)
		set_length(x, sw_expiry_cell_is_six(cell), sw_expiry_cell_length(cell), true);
}

static void drop_length(struct sw_expiry *x, __u64 cell)
{
	size_t *n = &x->writer->lengths[sw_expiry_cell_is_six(cell)][sw_expiry_cell_length(cell)];

	if (--*n == 0)
		set_length(x, sw_expiry_cell_is_six(cell), sw_expiry_cell_length(cell), false);
}

struct sw_expiry_count sw_expiry_count(const struct sw_expiry *x)
{
	return x->writer->count;
}

size_t sw_expiry_stale(const struct sw_expiry *x)
{
	return x->writer->in[STALE];
}

/* ---- taking over, letting go ---- */

/* Can a writer have left this cell? The look-up has to find it. */
static bool is_sound(const struct sw_expiry *x, size_t i)
{
	struct sw_expiry_key key = { .name = *sw_expiry_name_at(x, i),
				     .kind = sw_expiry_cell_kind(*sw_expiry_cell_at(x, i)) };

	if (!key.kind || key.kind > sw_expiry_kind(1, 128))
		return false;
	key.hash = sw_hash(key.name, key.kind, x->head->seed);
	return find(x, &key) == i && sw_expiry_cell(x, x->head, &key) == *sw_expiry_cell_at(x, i);
}

static void take_over_cell(struct sw_expiry *x, size_t i, uint32_t *repaired)
{
	__u64 *cell = sw_expiry_cell_at(x, i);

	if (*cell && !is_sound(x, i)) {
		store(cell, 0);
		(*repaired)++;
	}
	sw_expiry_count_cell(&x->writer->count, *cell, 1);
	if (*cell)
		add_length(x, *cell);
	if (*cell)
		set_state(x, i, sw_expiry_cell_is_leaving(*cell) ? LEAVING : STALE);
	else if (*sw_expiry_name_at(x, i)) /* who knows when it was emptied */
		set_state(x, i, RETIRED);
}

static void take_over(struct sw_expiry *x, uint32_t *repaired)
{
	x->writer->in[KNOWN] = sw_expiry_cells(x);
	for (size_t i = 0; i < sw_expiry_cells(x); i++)
		take_over_cell(x, i, repaired);
	/* Bits whose cells never came, or went. */
	for (unsigned six = 0; six < 2; six++) {
		for (unsigned len = 0; len < LENGTHS; len++)
			set_length(x, six, len, x->writer->lengths[six][len] > 0);
		store(&x->head->lengths[six][2], x->writer->lengths[six][0] > 0);
	}
}

int sw_expiry_init(struct sw_expiry *x, struct sw_expiry_head *head,
		   struct sw_expiry_bucket *buckets, uint32_t capacity, uint32_t *repaired)
{
	struct sw_expiry n = { .head = head, .buckets = buckets, .capacity = capacity };

	if (capacity < 2 || capacity % 2)
		return -EINVAL;
	n.writer = calloc(1, sizeof(*n.writer));
	if (!n.writer)
		return -ENOMEM;
	n.writer->state = sw_huge(calloc(sw_expiry_cells(&n), 1), sw_expiry_cells(&n));
	if (!n.writer->state) {
		sw_expiry_done(&n);
		return -ENOMEM;
	}
	head->half = capacity / 2;
	*repaired = 0;
	take_over(&n, repaired);
	*x = n;
	return 0;
}

void sw_expiry_done(struct sw_expiry *x)
{
	if (x->writer)
		free(x->writer->state);
	free(x->writer);
	x->writer = NULL;
}

/* ---- cells that come free ---- */

static void empty(struct sw_expiry *x, size_t i)
{
	__u64 cell = *sw_expiry_cell_at(x, i);

	store(sw_expiry_cell_at(x, i), 0);
	drop_length(x, cell);
	set_state(x, i, RETIRED);
}

/* After this, what was retired is free, and what was leaving is retired. */
static void reclaim(struct sw_expiry *x)
{
	sw_table_wait_readers();
	for (size_t i = 0; i < sw_expiry_cells(x); i++) {
		if (x->writer->state[i] == RETIRED)
			set_state(x, i, KNOWN);
		else if (x->writer->state[i] == LEAVING)
			empty(x, i);
	}
}

static size_t waiting(const struct sw_expiry *x)
{
	return x->writer->in[LEAVING] + x->writer->in[RETIRED];
}

/* From now on it says nothing but what the lists say. */
static void leave(struct sw_expiry *x, size_t i)
{
	__u64 cell = *sw_expiry_cell_at(x, i),
	      kept = SW_EXPIRY_KIND | 0xffull << SW_EXPIRY_BELOW_SHIFT;

	sw_expiry_count_cell(&x->writer->count, cell, (size_t)-1);
	store(sw_expiry_cell_at(x, i), cell & kept);
	set_state(x, i, LEAVING);
}

/* ---- changing ---- */

/* Where in a bucket a new entry could go. */
struct room {
	unsigned taken; /* cells, retired ones too */
	size_t free; /* one that is not; NO_CELL */
	size_t same; /* one that is empty and has the name already: at once, for nobody can take
			it for another one; NO_CELL */
	bool clash; /* the name is that of another kind: one chance in 2^64 */
};

static struct room look_at(const struct sw_expiry *x, uint32_t bucket,
			   const struct sw_expiry_key *key)
{
	struct room r = { .free = NO_CELL, .same = NO_CELL, .clash = !key->name };

	for (unsigned w = 0; w < SW_EXPIRY_WAYS; w++) {
		size_t i = (size_t)bucket * SW_EXPIRY_WAYS + w;
		bool is_empty = !*sw_expiry_cell_at(x, i),
		     is_same = *sw_expiry_name_at(x, i) == key->name;

		if (is_empty && is_same)
			r.same = i;
		else if (is_same)
			r.clash = true;
		if (is_empty && x->writer->state[i] != RETIRED)
			r.free = i;
		else
			r.taken++;
	}
	return r;
}

static size_t find_free(const struct sw_expiry *x, const struct sw_expiry_key *key)
{
	struct room first = look_at(x, sw_expiry_first(x->head, key), key);
	struct room second = look_at(x, sw_expiry_second(x->head, key), key);

	if (first.clash || second.clash)
		return NO_CELL;
	if (first.same != NO_CELL)
		return first.same;
	if (second.same != NO_CELL)
		return second.same;
	return second.taken < first.taken ? second.free : first.free;
}

/* Of an entry that is leaving, its cell has to become retired first. */
static size_t take_free(struct sw_expiry *x, const struct sw_expiry_key *key)
{
	size_t i = find_free(x, key);

	for (unsigned tries = 0; tries < 2 && i == NO_CELL && waiting(x); tries++) {
		reclaim(x);
		i = find_free(x, key);
	}
	return i;
}

static bool is_full(const struct sw_expiry *x)
{
	return x->writer->count.entries - x->writer->in[STALE] >= sw_expiry_room(x->capacity);
}

static __u64 cell_of(const struct sw_expiry_key *key, const struct sw_expiry_entry *e)
{
	return e->ends << SW_EXPIRY_ENDS_SHIFT | (__u64)e->below << SW_EXPIRY_BELOW_SHIFT |
	       (__u64)e->class << SW_EXPIRY_CLASS_SHIFT | key->kind;
}

static void put_cell(struct sw_expiry *x, size_t i, __u64 cell)
{
	sw_expiry_count_cell(&x->writer->count, *sw_expiry_cell_at(x, i), (size_t)-1);
	sw_expiry_count_cell(&x->writer->count, cell, 1);
	set_state(x, i, KNOWN);
	store(sw_expiry_cell_at(x, i), cell);
}

static void expect_bucket(const struct sw_expiry *x, uint32_t bucket)
{
	__builtin_prefetch(x->buckets[bucket].name, 1);
	__builtin_prefetch(x->buckets[bucket].cell, 1);
	__builtin_prefetch(&x->writer->state[(size_t)bucket * SW_EXPIRY_WAYS], 1);
}

void sw_expiry_expect(const struct sw_expiry *x, unsigned family, uint64_t hi, uint64_t lo,
		      uint8_t len)
{
	struct sw_expiry_key key = sw_expiry_key_of(x, family, hi, lo, len);

	expect_bucket(x, sw_expiry_first(x->head, &key));
	expect_bucket(x, sw_expiry_second(x->head, &key));
}

int sw_expiry_put(struct sw_expiry *x, unsigned family, uint64_t hi, uint64_t lo, uint8_t len,
		  const struct sw_expiry_entry *entry)
{
	struct sw_expiry_key key = sw_expiry_key_of(x, family, hi, lo, len);
	__u64 cell = cell_of(&key, entry);
	size_t i = find(x, &key);

	if ((i == NO_CELL || x->writer->state[i] != KNOWN) && is_full(x))
		return -ENOSPC;
	if (i == NO_CELL) {
		i = take_free(x, &key);
		if (i == NO_CELL)
			return -ENOSPC;
		add_length(x, cell);
		store(sw_expiry_name_at(x, i), key.name);
	}
	put_cell(x, i, cell);
	return 0;
}

int sw_expiry_remove(struct sw_expiry *x, unsigned family, uint64_t hi, uint64_t lo, uint8_t len)
{
	struct sw_expiry_key key = sw_expiry_key_of(x, family, hi, lo, len);
	size_t i = find(x, &key);

	if (i == NO_CELL || x->writer->state[i] == LEAVING)
		return -ENOENT;
	leave(x, i);
	if (waiting(x) * RECLAIM_SHARE > sw_expiry_cells(x))
		reclaim(x);
	return 0;
}

void sw_expiry_mark(struct sw_expiry *x, unsigned family)
{
	for (size_t i = 0; i < sw_expiry_cells(x); i++) {
		__u64 cell = *sw_expiry_cell_at(x, i);

		if (cell && sw_expiry_cell_is_six(cell) == (family == 6) &&
		    x->writer->state[i] == KNOWN)
			set_state(x, i, STALE);
	}
}

/* Those that leave already, too: what they say the lists say is out of date. */
void sw_expiry_sweep(struct sw_expiry *x, unsigned family)
{
	for (size_t i = 0; i < sw_expiry_cells(x); i++)
		if (x->writer->state[i] == STALE &&
		    sw_expiry_cell_is_six(*sw_expiry_cell_at(x, i)) == (family == 6))
			leave(x, i);
	if (x->writer->in[LEAVING])
		reclaim(x);
}
