/* SPDX-License-Identifier: GPL-2.0-only */
/* layers - see layers.h. */
#include "layers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bits128.h"
#include "lib/huge.h"

#define TOPS 65536u /* values of the high 16 bits */
#define SAMPLED 8

/* ---- the lists ---- */

static struct sw_overlay_entry list_entry(const struct sw_layers *l, size_t i)
{
	if (l->family == 4) {
		const struct sw_entry4 *e = &l->lists.flat4[i];

		return (struct sw_overlay_entry){ .hi = (uint64_t)e->addr << 32,
						  .len = e->len,
						  .class = e->class };
	}
	const struct sw_entry6 *e = &l->lists.flat6[i];

	return (struct sw_overlay_entry){ .hi = e->hi,
					  .lo = e->lo,
					  .len = e->len,
					  .class = e->class };
}

/* Of an entry: 1 more than the length of the one around it, 0 when there is none. It is
 * kept in a byte that lists do not use. */
static uint8_t *outer(struct sw_layer_lists *lists, unsigned family, size_t i)
{
	return family == 4 ? &lists->flat4[i].spare : &lists->flat6[i].spare[0];
}

static bool contains(const struct sw_overlay_entry *a, uint64_t hi, uint64_t lo, uint8_t len)
{
	return a->len <= len && sw_bits_agree(a->hi, a->lo, hi, lo, a->len);
}

static void note_outer(struct sw_layers *l)
{
	struct sw_overlay_entry open[SW_OVERLAY_LENGTHS];
	unsigned depth = 0;

	for (size_t i = 0; i < l->lists.n; i++) {
		struct sw_overlay_entry e = list_entry(l, i);

		while (depth && !contains(&open[depth - 1], e.hi, e.lo, e.len))
			depth--;
		*outer(&l->lists, l->family, i) = depth ? open[depth - 1].len + 1 : 0;
		open[depth++] = e;
	}
}

static void note_first(struct sw_layers *l)
{
	uint32_t top = 0;

	for (size_t i = 0; i < l->lists.n; i++) {
		uint32_t here = (uint32_t)(list_entry(l, i).hi >> 48);

		while (top <= here)
			l->lists.first[top++] = (uint32_t)i;
	}
	while (top <= TOPS)
		l->lists.first[top++] = (uint32_t)l->lists.n;
}

/* How many of the entries before @i are samples. */
static size_t samples(size_t i)
{
	return (i + SAMPLED - 1) / SAMPLED;
}

static uint32_t sample_of(uint64_t hi)
{
	return (uint32_t)(hi >> 16);
}

static void note_samples(struct sw_layers *l)
{
	for (size_t i = 0; i < l->lists.n; i += SAMPLED)
		l->lists.sample[i / SAMPLED] = sample_of(list_entry(l, i).hi);
}

int sw_layer_lists_init(struct sw_layer_lists *lists, unsigned family, const void *flat, size_t n,
			const struct sw_rank *rank)
{
	size_t bytes = n * (family == 4 ? sizeof(struct sw_entry4) : sizeof(struct sw_entry6));
	struct sw_layers l = { .family = family };

	if (n > UINT32_MAX)
		return -E2BIG;
	l.lists.flat = sw_huge(malloc(bytes + 1), bytes);
	l.lists.first = malloc((TOPS + 1) * sizeof(*l.lists.first));
	l.lists.sample = malloc((samples(n) + 1) * sizeof(*l.lists.sample));
	if (!l.lists.flat || !l.lists.first || !l.lists.sample) {
		sw_layer_lists_done(&l.lists);
		return -ENOMEM;
	}
	if (n)
		memcpy(l.lists.flat, flat, bytes);
	l.lists.n = n;
	if (rank)
		memcpy(l.lists.rank, rank, sizeof(l.lists.rank));
	note_outer(&l);
	note_first(&l);
	note_samples(&l);
	*lists = l.lists;
	return 0;
}

void sw_layer_lists_done(struct sw_layer_lists *lists)
{
	free(lists->flat);
	free(lists->first);
	free(lists->sample);
	lists->flat = NULL;
	lists->first = NULL;
	lists->sample = NULL;
}

/* Does entry @i sort before this prefix, or is it the same? Without a branch. */
static bool is_before(const struct sw_layers *l, size_t i, sw_bits128 addr, uint8_t len)
{
	const struct sw_entry6 *e;
	sw_bits128 at;

	if (l->family == 4) {
		const struct sw_entry4 *four = &l->lists.flat4[i];

		return ((uint64_t)four->addr << 8 | four->len) <=
		       ((uint64_t)(addr >> 96) << 8 | len);
	}
	e = &l->lists.flat6[i];
	at = (sw_bits128)e->hi << 64 | e->lo;
	return (at < addr) | ((at == addr) & (e->len <= len));
}

/* How many of @n ascending numbers are less than @x. Which half is next is as random as the
 * source, so it is worked out and not branched on. */
static size_t count_less(const uint32_t *number, size_t n, uint64_t x)
{
	size_t low = 0;

	while (n > 1) {
		size_t half = (n + 1) / 2;

		low += (number[low + half - 1] < x) * half;
		n -= half;
	}
	return low + (n && number[low] < x);
}

/* Entries among which those end that sort before a prefix, or are it. */
struct range {
	size_t low, n;
};

/* Eight of them, unless more have the same bits as the prefix where the samples are from. */
static struct range range_of(const struct sw_layers *l, uint64_t hi)
{
	size_t low = l->lists.first[hi >> 48], high = l->lists.first[(hi >> 48) + 1];
	size_t from = samples(low), n = samples(high) - from, less, not_more;
	const uint32_t *sample = l->lists.sample + from;
	uint32_t bits = sample_of(hi);

	less = not_more = count_less(sample, n, bits);
	if (less < n && sample[less] == bits)
		not_more += count_less(sample + less, n - less, bits + 1ull);
	if (less)
		low = (from + less - 1) * SAMPLED + 1;
	if (not_more < n)
		high = (from + not_more) * SAMPLED;
	return (struct range){ low, high - low };
}

/* How many entries sort before this prefix or are it. */
static size_t position(const struct sw_layers *l, uint64_t hi, uint64_t lo, uint8_t len)
{
	sw_bits128 addr = (sw_bits128)hi << 64 | lo;
	struct range r = range_of(l, hi);

	while (r.n > 1) {
		size_t half = (r.n + 1) / 2;

		r.low += is_before(l, r.low + half - 1, addr, len) * half;
		r.n -= half;
	}
	return r.low + (r.n && is_before(l, r.low, addr, len));
}

/* Where the lists say what they say of a prefix. */
static uint8_t class_at(const struct sw_layers *l, size_t at, uint64_t hi, uint64_t lo, uint8_t len)
{
	while (at) {
		struct sw_overlay_entry e = list_entry(l, at - 1);
		uint8_t around = *outer((struct sw_layer_lists *)&l->lists, l->family, at - 1);

		if (contains(&e, hi, lo, len))
			return e.class;
		if (!around)
			break;
		around--;
		at = position(l, e.hi & sw_bits_hi(around), e.lo & sw_bits_lo(around), around);
	}
	return SW_CLASS_UNLISTED;
}

/* Is entry @i of the lists inside this prefix? */
static bool list_inside(const struct sw_layers *l, size_t i, uint64_t hi, uint64_t lo, uint8_t len)
{
	struct sw_overlay_entry e;

	if (i >= l->lists.n)
		return false;
	e = list_entry(l, i);
	return sw_bits_agree(e.hi, e.lo, hi, lo, len);
}

struct sw_listed sw_layers_listed(const struct sw_layers *l, uint64_t hi, uint64_t lo, uint8_t len)
{
	size_t at = position(l, hi, lo, len);

	return (struct sw_listed){ .class = class_at(l, at, hi, lo, len),
				   .has_inside = list_inside(l, at, hi, lo, len) };
}

bool sw_layers_is_listed(const struct sw_layers *l, uint64_t hi, uint64_t lo, uint8_t len)
{
	size_t at = position(l, hi, lo, len);
	struct sw_overlay_entry e;

	if (!at)
		return false;
	e = list_entry(l, at - 1);
	return !sw_bits_cmp(e.hi, e.lo, e.len, hi, lo, len);
}

int sw_layers_each_listed(const struct sw_layers *l, uint64_t hi, uint64_t lo, uint8_t len,
			  int (*each)(void *ctx, const struct sw_overlay_entry *entry), void *ctx)
{
	int err = 0;

	for (size_t i = position(l, hi, lo, len); !err && list_inside(l, i, hi, lo, len); i++) {
		struct sw_overlay_entry e = list_entry(l, i);

		err = each(ctx, &e);
	}
	return err;
}

/* ---- both ---- */

static void expect_entry(const struct sw_layers *l, size_t i)
{
	if (l->family == 4)
		__builtin_prefetch(&l->lists.flat4[i]);
	else
		__builtin_prefetch(&l->lists.flat6[i]);
}

/* The samples have to be waited for, if they are not in a cache: they are one number for
 * eight entries. */
void sw_layers_expect(const struct sw_layers *l, uint64_t hi, uint64_t lo, uint8_t len)
{
	struct range r;

	sw_overlay_expect(l->verdicts, hi, lo, len);
	r = range_of(l, hi);
	expect_entry(l, r.low);
	expect_entry(l, r.low + r.n / 2);
	expect_entry(l, r.low + r.n);
}

int sw_layers_init(struct sw_layers *l, unsigned family)
{
	struct sw_layers n = { .family = family, .verdicts = sw_overlay_open() };

	if (!n.verdicts)
		return -ENOMEM;
	if (sw_layer_lists_init(&n.lists, family, NULL, 0, NULL)) {
		sw_overlay_close(n.verdicts);
		return -ENOMEM;
	}
	*l = n;
	return 0;
}

void sw_layers_done(struct sw_layers *l)
{
	sw_layer_lists_done(&l->lists);
	l->verdicts = sw_overlay_close(l->verdicts);
}

/* A verdict on a longer prefix against one around it; UNLISTED: there is none. */
static uint8_t upper(const struct sw_layers *l, uint8_t around, uint8_t longer)
{
	const struct sw_rank *rank = l->lists.rank;

	return around && rank[around].tier > rank[longer].tier ? around : longer;
}

static uint8_t winner(const struct sw_layers *l, uint8_t list, uint8_t verdict)
{
	const struct sw_rank *rank = l->lists.rank;

	if (!verdict)
		return list;
	return list && rank[list].tier > rank[verdict].tier ? list : verdict;
}

static uint8_t verdict_class(const struct sw_layers *l, uint64_t hi, uint64_t lo, uint8_t len)
{
	uint8_t best = SW_CLASS_UNLISTED;

	for (unsigned k = 0; (k = sw_overlay_length(l->verdicts, k)) <= len; k++) {
		const struct sw_overlay_entry *e = sw_overlay_find(l->verdicts, hi & sw_bits_hi(k),
								   lo & sw_bits_lo(k), (uint8_t)k);

		if (e)
			best = upper(l, best, e->class);
	}
	return best;
}

uint8_t sw_layers_class(const struct sw_layers *l, uint64_t hi, uint64_t lo, uint8_t len,
			struct sw_listed listed)
{
	return winner(l, listed.class, verdict_class(l, hi, lo, len));
}

int sw_layers_has_inside(const struct sw_layers *l, uint64_t hi, uint64_t lo, uint8_t len,
			 struct sw_listed listed)
{
	struct sw_overlay_entry *inner;
	size_t n;
	int err;

	if (len == (l->family == 4 ? 32 : 128))
		return 0;
	if (listed.has_inside)
		return 1;
	err = sw_overlay_inside(l->verdicts, hi, lo, len, &inner, &n);
	if (err)
		return err;
	free(inner);
	return n > 0;
}

/* A prefix that the walk is in, and what is said of it. */
struct frame {
	struct sw_overlay_entry at; /* class: what counts */
	uint8_t list, verdict;
};

struct walk {
	const struct sw_layers *layers;
	int (*each)(void *ctx, uint64_t hi, uint64_t lo, uint8_t len, uint8_t class);
	void *ctx;
	struct frame stack[SW_OVERLAY_LENGTHS + 1];
	unsigned depth;
};

/* The next prefix @at: of the lists, of the verdicts or of both. */
static int enter(struct walk *w, const struct sw_overlay_entry *at,
		 const struct sw_overlay_entry *list, const struct sw_overlay_entry *verdict)
{
	struct frame f = { .at = *at };
	const struct frame *around;

	while (!contains(&w->stack[w->depth - 1].at, f.at.hi, f.at.lo, f.at.len))
		w->depth--;
	around = &w->stack[w->depth - 1];
	f.list = list ? list->class : around->list;
	f.verdict = verdict ? upper(w->layers, around->verdict, verdict->class) : around->verdict;
	f.at.class = winner(w->layers, f.list, f.verdict);
	w->stack[w->depth++] = f;
	if (f.at.class == around->at.class)
		return 0;
	return w->each(w->ctx, f.at.hi, f.at.lo, f.at.len, f.at.class);
}

static int walk_inside(struct walk *w, const struct sw_overlay_entry *verdict, size_t n)
{
	const struct sw_layers *l = w->layers;
	struct sw_overlay_entry top = w->stack[0].at, list;
	size_t i = position(l, top.hi, top.lo, top.len), j = 0;
	int err = 0;

	while (!err) {
		bool more = list_inside(l, i, top.hi, top.lo, top.len);
		int order = more ? -1 : 1;

		if (!more && j == n)
			break;
		if (more)
			list = list_entry(l, i);
		if (more && j < n)
			order = sw_bits_cmp(list.hi, list.lo, list.len, verdict[j].hi,
					    verdict[j].lo, verdict[j].len);
		err = enter(w, order <= 0 ? &list : &verdict[j], order <= 0 ? &list : NULL,
			    order >= 0 ? &verdict[j] : NULL);
		i += order <= 0;
		j += order >= 0;
	}
	return err;
}

int sw_layers_each(const struct sw_layers *l, uint64_t hi, uint64_t lo, uint8_t len,
		   int (*each)(void *ctx, uint64_t hi, uint64_t lo, uint8_t len, uint8_t class),
		   void *ctx)
{
	struct walk w = { .layers = l, .each = each, .ctx = ctx, .depth = 1 };
	struct frame *top = &w.stack[0];
	struct sw_overlay_entry *inner;
	size_t n;
	int err = sw_overlay_inside(l->verdicts, hi, lo, len, &inner, &n);

	if (err)
		return err;
	top->at = (struct sw_overlay_entry){ .hi = hi, .lo = lo, .len = len };
	top->list = sw_layers_listed(l, hi, lo, len).class;
	top->verdict = verdict_class(l, hi, lo, len);
	top->at.class = winner(l, top->list, top->verdict);
	err = each(ctx, hi, lo, len, top->at.class);
	if (!err)
		err = walk_inside(&w, inner, n);
	free(inner);
	return err;
}
