/* SPDX-License-Identifier: GPL-2.0-only */
/* overlay - see overlay.h. Linear probing; what is removed is closed up behind. */
#include "overlay.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "bits128.h"
#include "hash.h"
#include "lib/huge.h"

#define SLOTS_LEAST 1024
#define LOAD_PERCENT 65
#define MARKED 64 /* what lies below prefixes of this length is marked there */

static size_t home(const struct sw_overlay *o, uint64_t hi, uint64_t lo, uint8_t len)
{
	return sw_hash(hi, lo ^ len, o->seed) & (o->slots - 1);
}

static struct sw_overlay_entry *new_slots(size_t n)
{
	size_t bytes = n * sizeof(struct sw_overlay_entry);
	struct sw_overlay_entry *slot = sw_huge(malloc(bytes), bytes);

	for (size_t i = 0; slot && i < n; i++)
		slot[i].len = SW_OVERLAY_FREE;
	return slot;
}

struct sw_overlay *sw_overlay_open(void)
{
	struct sw_overlay *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->slots = SLOTS_LEAST;
	o->slot = new_slots(o->slots);
	/* Cannot fail for so few bytes once the pool is ready, and waits until then. */
	if (getrandom(&o->seed, sizeof(o->seed), 0) != sizeof(o->seed))
		o->seed ^= (uintptr_t)o;
	return o->slot ? o : sw_overlay_close(o);
}

struct sw_overlay *sw_overlay_close(struct sw_overlay *o)
{
	if (o)
		free(o->slot);
	free(o);
	return NULL;
}

/* The slot of this prefix, or the free one where it would go. */
static struct sw_overlay_entry *probe(const struct sw_overlay *o, uint64_t hi, uint64_t lo,
				      uint8_t len)
{
	for (size_t i = home(o, hi, lo, len);; i = (i + 1) & (o->slots - 1)) {
		struct sw_overlay_entry *e = &o->slot[i];

		if (e->len == SW_OVERLAY_FREE || (e->hi == hi && e->lo == lo && e->len == len))
			return e;
	}
}

struct sw_overlay_entry *sw_overlay_find(const struct sw_overlay *o, uint64_t hi, uint64_t lo,
					 uint8_t len)
{
	struct sw_overlay_entry *e = probe(o, hi, lo, len);

	return e->len == SW_OVERLAY_FREE ? NULL : e;
}

static void expect_slot(const struct sw_overlay *o, uint64_t hi, uint64_t lo, uint8_t len)
{
	const struct sw_overlay_entry *e = &o->slot[home(o, hi, lo, len)];

	__builtin_prefetch(e, 1);
	__builtin_prefetch((const char *)e + 64, 1); /* where it goes on: one probe is few */
}

void sw_overlay_expect(const struct sw_overlay *o, uint64_t hi, uint64_t lo, uint8_t len)
{
	expect_slot(o, hi, lo, len);
	if (len >= MARKED && sw_overlay_length(o, MARKED + 1) < SW_OVERLAY_LENGTHS)
		expect_slot(o, hi, 0, SW_OVERLAY_MARK);
}

static int grow_to(struct sw_overlay *o, size_t slots)
{
	struct sw_overlay bigger = *o;

	bigger.slots = slots;
	bigger.slot = new_slots(bigger.slots);
	if (!bigger.slot)
		return -ENOMEM;
	for (size_t i = 0; i < o->slots; i++) {
		const struct sw_overlay_entry *e = &o->slot[i];

		if (e->len != SW_OVERLAY_FREE)
			*probe(&bigger, e->hi, e->lo, e->len) = *e;
	}
	free(o->slot);
	*o = bigger;
	return 0;
}

static bool is_crowded(size_t used, size_t slots)
{
	return used * 100 > slots * LOAD_PERCENT;
}

int sw_overlay_reserve(struct sw_overlay *o, size_t n)
{
	size_t slots = o->slots;

	while (is_crowded(n + 2, slots))
		slots *= 2;
	return slots > o->slots ? grow_to(o, slots) : 0;
}

/* A slot for this prefix, new ones with nothing in them. */
static struct sw_overlay_entry *claim(struct sw_overlay *o, uint64_t hi, uint64_t lo, uint8_t len)
{
	struct sw_overlay_entry *e = probe(o, hi, lo, len);

	if (e->len == SW_OVERLAY_FREE) {
		*e = (struct sw_overlay_entry){ .hi = hi, .lo = lo, .len = len };
		o->used++;
	}
	return e;
}

/* ---- lengths ---- */

static void count_length(struct sw_overlay *o, uint8_t len)
{
	if (++o->count[len] == 1)
		o->lengths[len / 64] |= 1ull << len % 64;
}

static void discount_length(struct sw_overlay *o, uint8_t len)
{
	if (--o->count[len] == 0)
		o->lengths[len / 64] &= ~(1ull << len % 64);
}

unsigned sw_overlay_length(const struct sw_overlay *o, unsigned len)
{
	uint64_t from = ~0ull << len % 64;

	for (unsigned w = len / 64; w < 3; w++, from = ~0ull)
		if (o->lengths[w] & from)
			return w * 64 + (unsigned)__builtin_ctzll(o->lengths[w] & from);
	return SW_OVERLAY_LENGTHS;
}

/* ---- changing ---- */

static bool is_entry(const struct sw_overlay_entry *e)
{
	return e->len != SW_OVERLAY_FREE && e->len != SW_OVERLAY_MARK;
}

int sw_overlay_put(struct sw_overlay *o, const struct sw_overlay_entry *entry)
{
	uint8_t len = entry->len;
	struct sw_overlay_entry *e = sw_overlay_find(o, entry->hi, entry->lo, len);

	if (e) {
		*e = *entry;
		return 0;
	}
	if (is_crowded(o->used + 2, o->slots) && grow_to(o, o->slots * 2))
		return -ENOMEM;
	if (len > MARKED)
		claim(o, entry->hi, 0, SW_OVERLAY_MARK)->ends++;
	*claim(o, entry->hi, entry->lo, len) = *entry;
	o->n++;
	count_length(o, len);
	return 0;
}

static void close_up(struct sw_overlay *o, struct sw_overlay_entry *entry)
{
	size_t mask = o->slots - 1, hole = (size_t)(entry - o->slot);

	o->used--;
	for (size_t i = (hole + 1) & mask; o->slot[i].len != SW_OVERLAY_FREE; i = (i + 1) & mask) {
		const struct sw_overlay_entry *e = &o->slot[i];

		/* May it move to the hole: is its home not after it? */
		if (((i - home(o, e->hi, e->lo, e->len)) & mask) < ((i - hole) & mask))
			continue;
		o->slot[hole] = *e;
		hole = i;
	}
	o->slot[hole].len = SW_OVERLAY_FREE;
}

void sw_overlay_remove(struct sw_overlay *o, struct sw_overlay_entry *entry)
{
	struct sw_overlay_entry *mark;
	uint64_t hi = entry->hi;
	uint8_t len = entry->len;

	o->n--;
	discount_length(o, len);
	close_up(o, entry);
	if (len <= MARKED)
		return;
	mark = sw_overlay_find(o, hi, 0, SW_OVERLAY_MARK);
	if (--mark->ends == 0)
		close_up(o, mark);
}

/* ---- many at once ---- */

static int by_prefix(const void *a, const void *b)
{
	const struct sw_overlay_entry *x = a, *y = b;

	return sw_bits_cmp(x->hi, x->lo, x->len, y->hi, y->lo, y->len);
}

struct found {
	struct sw_overlay_entry *entry;
	size_t n, room;
};

static int add(struct found *f, const struct sw_overlay_entry *e)
{
	if (f->n == f->room) {
		size_t room = f->room ? f->room * 2 : 64;
		void *more = realloc(f->entry, room * sizeof(*f->entry));

		if (!more)
			return -ENOMEM;
		f->entry = more;
		f->room = room;
	}
	f->entry[f->n++] = *e;
	return 0;
}

/* Where entries are looked for that are longer. */
struct around {
	uint64_t hi, lo;
	uint8_t len;
};

static bool is_inside(const struct sw_overlay_entry *e, const struct around *around)
{
	return is_entry(e) && e->len > around->len &&
	       sw_bits_agree(e->hi, e->lo, around->hi, around->lo, around->len);
}

static int scan(const struct sw_overlay *o, const struct around *around, struct found *f)
{
	int err = 0;

	for (size_t i = 0; i < o->slots && !err; i++)
		if (is_inside(&o->slot[i], around))
			err = add(f, &o->slot[i]);
	return err;
}

/* Ask for each prefix of @inner bits inside one of @len bits. */
static int ask_each(const struct sw_overlay *o, uint64_t hi, uint64_t lo, uint8_t len,
		    uint8_t inner, struct found *f)
{
	unsigned __int128 at = (unsigned __int128)hi << 64 | lo, one = 1;
	int err = 0;

	for (uint64_t i = 0; i < 1ull << (inner - len) && !err; i++, at += one << (128 - inner)) {
		const struct sw_overlay_entry *e =
			sw_overlay_find(o, (uint64_t)(at >> 64), (uint64_t)at, inner);

		if (e)
			err = add(f, e);
	}
	return err;
}

#define TOPS 65536u /* values of the high 16 bits */
#define MANY 4096 /* entries from which on they are dealt out by these */

static size_t top_of(const struct sw_overlay_entry *e)
{
	return e->hi >> 48;
}

/* Of few, as a share of 65536 mostly are. */
static void insert_all(struct sw_overlay_entry *entry, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct sw_overlay_entry e = entry[i];
		size_t at = i;

		for (; at && by_prefix(&e, &entry[at - 1]) < 0; at--)
			entry[at] = entry[at - 1];
		entry[at] = e;
	}
}

#define FEW 32

/* Sort what came together. @end: of each value. */
static void sort_tops(struct sw_overlay_entry *entry, const size_t *end)
{
	size_t start = 0;

	for (size_t top = 0; top < TOPS; start = end[top++]) {
		size_t n = end[top] - start;

		if (n <= FEW)
			insert_all(entry + start, n);
		else
			qsort(entry + start, n, sizeof(*entry), by_prefix);
	}
}

/*
 * Of many, deal them out by their high 16 bits: count first, then copy each to its place at
 * once. To look at all slots twice costs less than memory for a copy that is not in order.
 */
static int deal(const struct sw_overlay *o, const struct around *around,
		struct sw_overlay_entry **ret, size_t *n)
{
	size_t *end = calloc(TOPS + 1, sizeof(*end)), bytes; /* of each value, one further on */
	struct sw_overlay_entry *sorted = NULL;

	for (size_t i = 0; end && i < o->slots; i++)
		if (is_inside(&o->slot[i], around))
			end[top_of(&o->slot[i]) + 1]++;
	for (size_t top = 0; end && top < TOPS; top++)
		end[top + 1] += end[top];
	if (end) {
		bytes = (end[TOPS] + 1) * sizeof(*sorted);
		sorted = sw_huge(malloc(bytes), bytes);
	}
	if (!sorted) {
		free(end);
		return -ENOMEM;
	}
	for (size_t i = 0; i < o->slots; i++)
		if (is_inside(&o->slot[i], around))
			sorted[end[top_of(&o->slot[i])]++] = o->slot[i];
	/* each now ends where the one behind it began */
	sort_tops(sorted, end);
	*ret = sorted;
	*n = end[TOPS];
	free(end);
	return 0;
}

static int hand_over(struct found *f, int err, struct sw_overlay_entry **ret, size_t *n)
{
	if (err) {
		free(f->entry);
		return err;
	}
	if (f->n)
		qsort(f->entry, f->n, sizeof(*f->entry), by_prefix);
	*ret = f->entry;
	*n = f->n;
	return 0;
}

int sw_overlay_inside(const struct sw_overlay *o, uint64_t hi, uint64_t lo, uint8_t len,
		      struct sw_overlay_entry **ret, size_t *n)
{
	const struct around around = { hi, lo, len };
	unsigned longer = sw_overlay_length(o, len + 1u);
	struct found f = { 0 };
	uint64_t asks = 0;
	int err = 0;

	if (longer == SW_OVERLAY_LENGTHS ||
	    (len >= MARKED && !sw_overlay_find(o, hi, 0, SW_OVERLAY_MARK)))
		return hand_over(&f, 0, ret, n);
	for (unsigned l = longer; l < SW_OVERLAY_LENGTHS; l = sw_overlay_length(o, l + 1))
		asks += l - len < 40 ? 1ull << (l - len) : 1ull << 40;
	if (asks > o->slots && o->n >= MANY)
		return deal(o, &around, ret, n);
	if (asks > o->slots)
		err = scan(o, &around, &f);
	for (unsigned l = longer; asks <= o->slots && l < SW_OVERLAY_LENGTHS && !err;
	     l = sw_overlay_length(o, l + 1))
		err = ask_each(o, hi, lo, len, (uint8_t)l, &f);
	return hand_over(&f, err, ret, n);
}

const struct sw_overlay_entry *sw_overlay_next(const struct sw_overlay *o,
					       const struct sw_overlay_entry *entry)
{
	const struct sw_overlay_entry *e = entry ? entry + 1 : o->slot;

	while (e < o->slot + o->slots && !is_entry(e))
		e++;
	return e < o->slot + o->slots ? e : NULL;
}
