/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * expiry - the writer's side of sw_expiry; see table.h for what it promises and expiry.h
 * for how it is read.
 *
 * A new entry goes to the emptier of its two buckets and never moves. The table is made so
 * large that there is room in one of them (sw_expiry_need); if it is not, the entry is
 * refused. A cell that was emptied is retired: given away again when no reader can have
 * read the old one before it reads the new name, for which many are waited for at once.
 */
#include <errno.h>
#include <stdlib.h>

#include "bits128.h"
#include "table.h"

static inline const struct sw_expiry_bucket *sw_expiry_bucket(const struct sw_expiry *view,
							      uint32_t i)
{
	return i < view->capacity ? &view->buckets[i] : NULL;
}

#include "expiry.h"

static inline bool sw_expiry_ask(const struct sw_expiry *view, const struct sw_expiry_head *head,
				 struct sw_expiry_search *search, uint32_t w, uint32_t b)
{
	return sw_expiry_step(view, head, search, w, b);
}

/*
 * Seven cells for four entries. In simulations of 80 million changes in a full table, with
 * the same number of entries again and again, one in a hundred million found both buckets
 * full; filling it never did.
 */
#define CELLS 7
#define ENTRIES 4

/* Retired cells for which readers are waited for, as a share of all. */
#define RECLAIM_SHARE 8

#define NO_CELL SIZE_MAX
#define LENGTHS 129

/* Of a cell. */
#define IS_STALE 0x01
#define IS_RETIRED 0x02

struct sw_expiry_writer {
	uint8_t *state; /* by cell */
	size_t lengths[2][LENGTHS]; /* entries, by family (IPv6: 1) and length */
	size_t stale, retired;
	struct sw_expiry_count count;
};

uint32_t sw_expiry_need(uint32_t verdicts)
{
	uint64_t half = ((uint64_t)verdicts * CELLS + 2 * ENTRIES * SW_EXPIRY_WAYS - 1) /
			(2 * ENTRIES * SW_EXPIRY_WAYS);

	return half ? (uint32_t)half * 2 : 2;
}

uint32_t sw_expiry_room(uint32_t buckets)
{
	return (uint32_t)((uint64_t)buckets * SW_EXPIRY_WAYS * ENTRIES / CELLS);
}

uint64_t sw_expiry_ticks(uint64_t ends_ns)
{
	uint64_t ticks = ends_ns >> SW_EXPIRY_SHIFT;

	if (!ends_ns)
		return SW_EXPIRY_NEVER;
	ticks += (ticks << SW_EXPIRY_SHIFT) < ends_ns;
	return ticks < SW_EXPIRY_NEVER ? ticks : SW_EXPIRY_NEVER - 1;
}

uint64_t sw_expiry_ns(uint64_t ticks)
{
	return ticks >= SW_EXPIRY_NEVER ? 0 : ticks << SW_EXPIRY_SHIFT;
}

/* ---- cells ---- */

static size_t cells(const struct sw_expiry *x)
{
	return (size_t)x->capacity * SW_EXPIRY_WAYS;
}

static __u64 *cell_at(const struct sw_expiry *x, size_t i)
{
	return &x->buckets[i / SW_EXPIRY_WAYS].cell[i % SW_EXPIRY_WAYS];
}

static __u64 *name_at(const struct sw_expiry *x, size_t i)
{
	return &x->buckets[i / SW_EXPIRY_WAYS].name[i % SW_EXPIRY_WAYS];
}

static void store(__u64 *word, __u64 value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

static unsigned kind_of(__u64 cell)
{
	return (unsigned)(cell & SW_EXPIRY_KIND);
}

static unsigned is_six(__u64 cell)
{
	return kind_of(cell) > 33;
}

static unsigned length_of(__u64 cell)
{
	return kind_of(cell) - 1 - is_six(cell) * 33;
}

static bool has_verdict(__u64 cell)
{
	return sw_expiry_cell_class(cell) != SW_CLASS_UNLISTED;
}

static uint64_t ends_of(__u64 cell)
{
	return cell >> SW_EXPIRY_ENDS_SHIFT;
}

static size_t find_in(const struct sw_expiry *x, uint32_t bucket, const struct sw_expiry_key *key)
{
	for (size_t i = (size_t)bucket * SW_EXPIRY_WAYS; i < (size_t)(bucket + 1) * SW_EXPIRY_WAYS;
	     i++)
		if (kind_of(*cell_at(x, i)) == key->kind && *name_at(x, i) == key->name)
			return i;
	return NO_CELL;
}

static size_t find(const struct sw_expiry *x, const struct sw_expiry_key *key)
{
	size_t i = find_in(x, sw_expiry_first(x->head, key), key);

	return i == NO_CELL ? find_in(x, sw_expiry_second(x->head, key), key) : i;
}

static struct sw_expiry_key key_of(const struct sw_expiry *x, unsigned family, uint64_t hi,
				   uint64_t lo, uint8_t len)
{
	return sw_expiry_key(x->head, family == 6, hi, lo, len);
}

/* ---- counting ---- */

static void add_to_count(struct sw_expiry_count *c, __u64 cell, size_t n)
{
	c->entries += n;
	c->verdicts += has_verdict(cell) ? n : 0;
	c->temporary += has_verdict(cell) && ends_of(cell) != SW_EXPIRY_NEVER ? n : 0;
}

/* The bit of a length is set before its first cell and cleared after its last one. */
static void set_length(const struct sw_expiry *x, unsigned six, unsigned len, bool used)
{
	unsigned bit = 128 - len;
	__u64 *word = &x->head->lengths[six][bit / 64], mask = 1ull << bit % 64;

	store(word, used ? *word | mask : *word & ~mask);
}

static void add_cell(struct sw_expiry *x, __u64 cell)
{
	size_t *n = &x->writer->lengths[is_six(cell)][length_of(cell)];

	add_to_count(&x->writer->count, cell, 1);
	if (++*n == 1)
		set_length(x, is_six(cell), length_of(cell), true);
}

static void forget_cell(struct sw_expiry *x, __u64 cell)
{
	size_t *n = &x->writer->lengths[is_six(cell)][length_of(cell)];

	add_to_count(&x->writer->count, cell, (size_t)-1);
	if (--*n == 0)
		set_length(x, is_six(cell), length_of(cell), false);
}

struct sw_expiry_count sw_expiry_count(const struct sw_expiry *x)
{
	struct sw_expiry_count c = { 0 };

	if (x->writer)
		return x->writer->count;
	for (size_t i = 0; i < cells(x); i++)
		if (*cell_at(x, i))
			add_to_count(&c, *cell_at(x, i), 1);
	return c;
}

size_t sw_expiry_stale(const struct sw_expiry *x)
{
	return x->writer->stale;
}

/* ---- taking over, letting go ---- */

/* Can a writer have left this cell? The look-up has to find it. */
static bool is_sound(const struct sw_expiry *x, size_t i)
{
	struct sw_expiry_key key = { .name = *name_at(x, i), .kind = kind_of(*cell_at(x, i)) };

	if (!key.kind || key.kind > sw_expiry_kind(1, 128))
		return false;
	key.hash = sw_hash(key.name, key.kind, x->head->seed);
	return find(x, &key) == i && sw_expiry_cell(x, x->head, &key) == *cell_at(x, i);
}

static void take_over(struct sw_expiry *x, uint32_t *repaired)
{
	struct sw_expiry_writer *w = x->writer;

	for (size_t i = 0; i < cells(x); i++) {
		__u64 *cell = cell_at(x, i);

		if (*cell && !is_sound(x, i)) {
			store(cell, 0);
			(*repaired)++;
		}
		if (*cell) {
			w->state[i] = IS_STALE;
			w->stale++;
			add_cell(x, *cell);
		} else if (*name_at(x, i)) { /* who knows when it was emptied */
			w->state[i] = IS_RETIRED;
			w->retired++;
		}
	}
	/* Bits whose cells never came, or went. */
	for (unsigned six = 0; six < 2; six++)
		for (unsigned len = 0; len < LENGTHS; len++)
			set_length(x, six, len, w->lengths[six][len] > 0);
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
	n.writer->state = calloc(cells(&n), 1);
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

/* ---- changing ---- */

static void reclaim(struct sw_expiry *x)
{
	sw_table_wait_readers();
	for (size_t i = 0; i < cells(x); i++)
		x->writer->state[i] &= (uint8_t)~IS_RETIRED;
	x->writer->retired = 0;
}

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
		bool is_empty = !*cell_at(x, i), is_same = *name_at(x, i) == key->name;

		if (is_empty && is_same)
			r.same = i;
		else if (is_same)
			r.clash = true;
		if (is_empty && !(x->writer->state[i] & IS_RETIRED))
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

static size_t take_free(struct sw_expiry *x, const struct sw_expiry_key *key)
{
	size_t i;

	if (x->writer->count.entries - x->writer->stale >= sw_expiry_room(x->capacity))
		return NO_CELL;
	i = find_free(x, key);
	if (i != NO_CELL || !x->writer->retired)
		return i;
	reclaim(x);
	return find_free(x, key);
}

static __u64 cell_of(const struct sw_expiry_key *key, const struct sw_expiry_entry *e)
{
	return e->ends << SW_EXPIRY_ENDS_SHIFT | (__u64)e->below << SW_EXPIRY_BELOW_SHIFT |
	       (__u64)e->class << SW_EXPIRY_CLASS_SHIFT | key->kind;
}

static void replace(struct sw_expiry *x, size_t i, __u64 cell)
{
	struct sw_expiry_writer *w = x->writer;

	if (w->state[i] & IS_STALE)
		w->stale--;
	w->state[i] &= (uint8_t)~IS_STALE;
	add_to_count(&w->count, *cell_at(x, i), (size_t)-1);
	add_to_count(&w->count, cell, 1);
	store(cell_at(x, i), cell);
}

int sw_expiry_put(struct sw_expiry *x, unsigned family, uint64_t hi, uint64_t lo, uint8_t len,
		  const struct sw_expiry_entry *entry)
{
	struct sw_expiry_key key = key_of(x, family, hi, lo, len);
	__u64 cell = cell_of(&key, entry);
	size_t i = find(x, &key);

	if (i != NO_CELL) {
		replace(x, i, cell);
		return 0;
	}
	i = take_free(x, &key);
	if (i == NO_CELL)
		return -ENOSPC;
	if (x->writer->state[i] & IS_RETIRED)
		x->writer->retired--;
	x->writer->state[i] = 0;
	add_cell(x, cell);
	store(name_at(x, i), key.name);
	store(cell_at(x, i), cell);
	return 0;
}

static void empty(struct sw_expiry *x, size_t i)
{
	struct sw_expiry_writer *w = x->writer;
	__u64 cell = *cell_at(x, i);

	store(cell_at(x, i), 0);
	forget_cell(x, cell);
	if (w->state[i] & IS_STALE)
		w->stale--;
	w->state[i] = IS_RETIRED;
	if (++w->retired * RECLAIM_SHARE > cells(x))
		reclaim(x);
}

int sw_expiry_remove(struct sw_expiry *x, unsigned family, uint64_t hi, uint64_t lo, uint8_t len)
{
	struct sw_expiry_key key = key_of(x, family, hi, lo, len);
	size_t i = find(x, &key);

	if (i == NO_CELL)
		return -ENOENT;
	empty(x, i);
	return 0;
}

void sw_expiry_mark(struct sw_expiry *x, unsigned family)
{
	struct sw_expiry_writer *w = x->writer;

	for (size_t i = 0; i < cells(x); i++) {
		__u64 cell = *cell_at(x, i);

		if (!cell || is_six(cell) != (family == 6) || w->state[i] & IS_STALE)
			continue;
		w->state[i] |= IS_STALE;
		w->stale++;
	}
}

void sw_expiry_sweep(struct sw_expiry *x, unsigned family)
{
	for (size_t i = 0; i < cells(x); i++) {
		__u64 cell = *cell_at(x, i);

		if (cell && is_six(cell) == (family == 6) && x->writer->state[i] & IS_STALE)
			empty(x, i);
	}
}

/* ---- reading ---- */

int sw_expiry_get(const struct sw_expiry *x, unsigned family, uint64_t hi, uint64_t lo, uint8_t len,
		  struct sw_expiry_entry *ret)
{
	struct sw_expiry_key key = key_of(x, family, hi, lo, len);
	__u64 cell = sw_expiry_cell(x, x->head, &key);

	if (!cell)
		return -ENOENT;
	*ret = (struct sw_expiry_entry){ .ends = ends_of(cell),
					 .class = (uint8_t)sw_expiry_cell_class(cell),
					 .below = (uint8_t)sw_expiry_cell_below(cell) };
	return 0;
}

uint8_t sw_expiry_class(const struct sw_expiry *x, const struct sw_prefix *source, uint8_t class,
			uint64_t now_ns, struct sw_table_verdict *decided)
{
	struct sw_expiry_search search = {
		.hi = source->family == 4 ? source->lo << 32 : source->hi,
		.lo = source->family == 4 ? 0 : source->lo,
		.now = now_ns >> SW_EXPIRY_SHIFT,
		.is_six = source->family == 6,
		.class = class,
	};
	uint8_t answer;

	sw_expiry_find(x, x->head, &search);
	answer = (uint8_t)sw_expiry_answer(x->head, &search);
	if (!decided || !search.best || answer != sw_expiry_cell_class(search.best))
		return answer;
	decided->source = sw_prefix_truncate(source, length_of(search.best));
	decided->class = answer;
	decided->ends_ns = sw_expiry_ns(ends_of(search.best));
	return answer;
}
