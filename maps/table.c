/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * table - lists and verdicts, joined and written; see table.h.
 *
 * layers.h says what counts where. sw_table4 and sw_table6 are painted with it where a
 * verdict changes (repaint.h), and written as a whole when lists do (joined.h). What packets
 * need when a verdict has ended is in sw_expiry before that, and goes after (endings.h).
 */
#include "table.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "endings.h"
#include "joined.h"
#include "repaint.h"

/* What was painted may take more memory than it has to. All is written anew when there
 * is no other way to make room, and not before so many changes for each entry that the
 * work is shared out. */
#define CHANGES_PER_ENTRY (1.0 / 256)

/* From so many verdicts on a load is worth a thread. */
#define SIDE_BY_SIDE 65536

struct sw_table {
	struct sw_table4 *t4;
	struct sw_table6 *t6;
	struct sw_expiry *expiry; /* NULL: no verdict ends */
	struct sw_layers layers4, layers6;
	size_t changes4, changes6; /* since all was written */
	bool is_current; /* what was written is what the layers say: not before a load */
	struct sw_table_shortage shortage;
	struct {
		bool last; /* of IPv6 */
		size_t at; /* an entry of the lists; behind them, a place of the overlay */
	} checking;
};

struct sw_table *sw_table_open(struct sw_table4 *t4, struct sw_table6 *t6, struct sw_expiry *expiry)
{
	struct sw_table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->t4 = t4;
	t->t6 = t6;
	t->expiry = expiry;
	if (sw_layers_init(&t->layers4, 4) || sw_layers_init(&t->layers6, 6))
		return sw_table_close(t);
	return t;
}

struct sw_table *sw_table_close(struct sw_table *t)
{
	if (!t)
		return NULL;
	sw_layers_done(&t->layers4);
	sw_layers_done(&t->layers6);
	free(t);
	return NULL;
}

static const struct sw_layers *layers_of(const struct sw_table *t, unsigned family)
{
	return family == 4 ? &t->layers4 : &t->layers6;
}

/* ---- the whole table ---- */

static int lacks(struct sw_table *t, enum sw_table_part part, size_t need)
{
	t->shortage = (struct sw_table_shortage){ part, need };
	return -ENOSPC;
}

static int lacks_blocks(struct sw_table *t, unsigned family, size_t need)
{
	return lacks(t, family == 4 ? SW_TABLE_PART_4 : SW_TABLE_PART_6, need);
}

static int lacks_entries(struct sw_table *t, size_t need)
{
	return lacks(t, SW_TABLE_PART_EXPIRY, need);
}

static size_t *changes_of(struct sw_table *t, unsigned family)
{
	return family == 4 ? &t->changes4 : &t->changes6;
}

/* How many blocks it needs was looked at before. */
static int write_joined(struct sw_table *t, unsigned family, const struct sw_joined *j)
{
	*changes_of(t, family) = 0;
	return family == 4 ? sw_table4_write(t->t4, j->flat4, j->n)
			   : sw_table6_write(t->t6, j->flat6, j->n);
}

static int check_blocks(struct sw_table *t, unsigned family, const struct sw_joined *j)
{
	uint32_t need =
		family == 4 ? sw_table4_need(j->flat4, j->n) : sw_table6_need(j->flat6, j->n);

	if (need > (family == 4 ? t->t4->capacity : t->t6->capacity))
		return lacks_blocks(t, family, need);
	return 0;
}

static int sync_layers(struct sw_table *t, const struct sw_layers *l)
{
	struct sw_joined j;
	int err = sw_join(l, &j);

	if (err)
		return err;
	*changes_of(t, l->family) = 0; /* also when it is in vain */
	err = check_blocks(t, l->family, &j);
	if (!err)
		err = write_joined(t, l->family, &j);
	sw_joined_done(&j);
	return err;
}

/* Bring the table to what is said of a prefix now, whatever it takes. */
static int change(struct sw_table *t, const struct sw_overlay_entry *e, unsigned family,
		  struct sw_listed listed)
{
	const struct sw_layers *l = layers_of(t, family);
	size_t changes = ++*changes_of(t, family);
	int err = sw_repaint(t->t4, t->t6, l, e, listed);

	if (err == -ENOSPC &&
	    (double)changes >= (double)(l->lists.n + l->verdicts->n) * CHANGES_PER_ENTRY)
		err = sync_layers(t, l);
	return err == -ENOSPC || err == -EAGAIN ? lacks_blocks(t, family, 0) : err;
}

/* ---- verdicts ---- */

/* As the layers have it: an IPv4 address in the high 32 bits. */
static struct sw_overlay_entry entry_of(const struct sw_prefix *p, uint8_t class, uint64_t ends_ns)
{
	return (struct sw_overlay_entry){ .hi = p->family == 4 ? p->lo << 32 : p->hi,
					  .lo = p->family == 4 ? 0 : p->lo,
					  .len = p->len,
					  .class = class,
					  .ends = sw_expiry_ticks(ends_ns) };
}

static struct sw_table_verdict verdict_of(const struct sw_overlay_entry *e, unsigned family)
{
	return (struct sw_table_verdict){
		.source = family == 4 ? sw_prefix_ip4((uint32_t)(e->hi >> 32), e->len)
				      : sw_prefix_ip6(e->hi, e->lo, e->len),
		.class = e->class,
		.ends_ns = sw_expiry_ns(e->ends),
	};
}

/*
 * All that will be looked at is in random places
 * far from one another, and a cache miss takes longer than the work between two: so all of
 * them are asked for at once, last that where the answer itself has to be waited for.
 */
void sw_table_expect(const struct sw_table *t, const struct sw_prefix *source)
{
	struct sw_overlay_entry key = entry_of(source, 0, 0);

	if (!t->is_current) { /* the next load looks at the rest, in an order of its own */
		sw_overlay_expect(layers_of(t, source->family)->verdicts, key.hi, key.lo, key.len);
		return;
	}
	sw_layers_expect(layers_of(t, source->family), key.hi, key.lo, key.len);
	if (t->expiry)
		sw_expiry_expect(t->expiry, source->family, key.hi, key.lo, key.len);
	if (source->family == 4)
		sw_table4_expect(t->t4, (uint32_t)source->lo);
	else
		sw_table6_expect(t->t6, key.hi);
}

static struct sw_overlay_entry *find(const struct sw_table *t, const struct sw_prefix *source)
{
	struct sw_overlay_entry key = entry_of(source, 0, 0);

	return sw_overlay_find(layers_of(t, source->family)->verdicts, key.hi, key.lo, key.len);
}

static bool same_verdict(const struct sw_overlay_entry *a, const struct sw_overlay_entry *b)
{
	return a->class == b->class && a->ends == b->ends;
}

/* The verdict is in the overlay and replaces @before, if not NULL. */
static int put_in_force(struct sw_table *t, unsigned family, const struct sw_overlay_entry *now,
			const struct sw_overlay_entry *before, struct sw_listed listed)
{
	const struct sw_layers *l = layers_of(t, family);
	int err = sw_endings_set(t->expiry, l, now, listed);

	if (err)
		return lacks_entries(t, sw_expiry_count(t->expiry).entries + 1);
	if (!before || before->class != now->class || !t->is_current)
		err = change(t, now, family, listed);
	if (!err && before && before->ends != SW_EXPIRY_NEVER && now->ends == SW_EXPIRY_NEVER)
		sw_endings_clear(t->expiry, l, before, listed);
	return err;
}

int sw_table_set(struct sw_table *t, const struct sw_prefix *source, uint8_t class,
		 uint64_t ends_ns)
{
	const struct sw_layers *l = layers_of(t, source->family);
	struct sw_overlay_entry now = entry_of(source, class, ends_ns), old;
	struct sw_overlay_entry *before;
	struct sw_listed listed;
	int err;

	if (class == SW_CLASS_UNLISTED || (ends_ns && !t->expiry))
		return -EINVAL;
	sw_table_expect(t, source);
	before = find(t, source);
	if (before && same_verdict(before, &now) && t->is_current)
		return 0;
	if (before) {
		old = *before;
		before = &old;
	}
	err = sw_overlay_put(l->verdicts, &now);
	if (err)
		return err;
	listed = sw_layers_listed(l, now.hi, now.lo, now.len);
	err = put_in_force(t, source->family, &now, before, listed);
	if (!err)
		return 0;
	if (before)
		*find(t, source) = old;
	else
		sw_overlay_remove(l->verdicts, find(t, source));
	sw_endings_clear(t->expiry, l, &now, listed);
	return err;
}

int sw_table_clear(struct sw_table *t, const struct sw_prefix *source)
{
	const struct sw_layers *l = layers_of(t, source->family);
	struct sw_overlay_entry *e, old;
	struct sw_listed listed;
	int err;

	sw_table_expect(t, source);
	e = find(t, source);
	if (!e)
		return -ENOENT;
	old = *e;
	sw_overlay_remove(l->verdicts, e);
	listed = sw_layers_listed(l, old.hi, old.lo, old.len);
	err = change(t, &old, source->family, listed);
	if (err) /* there was room for it a moment ago */
		sw_overlay_put(l->verdicts, &old);
	else
		sw_endings_clear(t->expiry, l, &old, listed);
	return err;
}

int sw_table_preset(struct sw_table *t, const struct sw_prefix *source, uint8_t class,
		    uint64_t ends_ns)
{
	struct sw_overlay_entry e = entry_of(source, class, ends_ns);

	if (class == SW_CLASS_UNLISTED || (ends_ns && !t->expiry))
		return -EINVAL;
	t->is_current = false;
	return sw_overlay_put(layers_of(t, source->family)->verdicts, &e);
}

int sw_table_reserve(struct sw_table *t, size_t n4, size_t n6)
{
	int err = n4 ? sw_overlay_reserve(t->layers4.verdicts, n4) : 0;

	return err || !n6 ? err : sw_overlay_reserve(t->layers6.verdicts, n6);
}

int sw_table_verdict(const struct sw_table *t, const struct sw_prefix *source,
		     struct sw_table_verdict *ret)
{
	const struct sw_overlay_entry *e = find(t, source);

	if (!e)
		return -ENOENT;
	*ret = verdict_of(e, source->family);
	return 0;
}

size_t sw_table_verdicts(const struct sw_table *t)
{
	return t->layers4.verdicts->n + t->layers6.verdicts->n;
}

static int each_of(const struct sw_layers *l,
		   int (*each)(void *ctx, const struct sw_table_verdict *verdict), void *ctx)
{
	const struct sw_overlay_entry *e = NULL;
	int err = 0;

	while (!err && (e = sw_overlay_next(l->verdicts, e))) {
		struct sw_table_verdict verdict = verdict_of(e, l->family);

		err = each(ctx, &verdict);
	}
	return err;
}

int sw_table_verdicts_each(const struct sw_table *t,
			   int (*each)(void *ctx, const struct sw_table_verdict *verdict),
			   void *ctx)
{
	int err = each_of(&t->layers4, each, ctx);

	return err ? err : each_of(&t->layers6, each, ctx);
}

struct sw_table_shortage sw_table_shortage(const struct sw_table *t)
{
	return t->shortage;
}

/* ---- lists ---- */

/* New lists of one family on their way. */
struct loading {
	struct sw_table *table;
	struct sw_layers *layers; /* NULL: nothing was done */
	/* Those that are not in the layers: old ones, or refused ones. */
	struct sw_layer_lists other;
	struct sw_joined joined;
	int endings; /* how sw_endings_write went */
};

static void exchange(struct loading *ld)
{
	struct sw_layer_lists lists = ld->layers->lists;

	ld->layers->lists = ld->other;
	ld->other = lists;
}

static void *write_endings(void *ctx)
{
	struct loading *ld = ctx;

	ld->endings = sw_endings_write(ld->table->expiry, ld->layers);
	return NULL;
}

/*
 * What is to be written, and what verdicts leave when they end. Both read what the layers say and
 * write elsewhere, and with a million verdicts each is waiting for memory: so side by side.
 */
static int join_and_end(struct loading *ld)
{
	bool many = ld->layers->verdicts->n >= SIDE_BY_SIDE;
	pthread_t thread;
	int err;

	many = many && !pthread_create(&thread, NULL, write_endings, ld);
	err = sw_join(ld->layers, &ld->joined);
	if (!err)
		err = check_blocks(ld->table, ld->layers->family, &ld->joined);
	if (many)
		pthread_join(thread, NULL);
	else if (!err)
		write_endings(ld);
	return err;
}

/* Into the layers, and no further. */
static int take(struct loading *ld, struct sw_layers *l, const void *flat, size_t n,
		const struct sw_rank *rank)
{
	int err = sw_layer_lists_init(&ld->other, l->family, flat, n, rank);

	if (err)
		return err;
	ld->layers = l;
	exchange(ld);
	return 0;
}

/* What the lists say below verdicts comes first, and what is not said any more goes last: see
 * endings.h. */
static int prepare(struct loading *ld)
{
	struct sw_table *t = ld->table;
	int err = join_and_end(ld);

	if (!err && ld->endings == -ENOSPC)
		lacks_entries(t, sw_endings_need(&t->layers4) + sw_endings_need(&t->layers6));
	return err ? err : ld->endings;
}

/* What an earlier writer left is in the table for as long as nothing else is. */
static void sweep(struct loading *ld, bool written)
{
	if (written || ld->table->is_current)
		sw_endings_sweep(ld->table->expiry, ld->layers);
}

/* Back to the lists of before. */
static void undo(struct loading *ld)
{
	if (!ld->layers)
		return;
	exchange(ld);
	sw_endings_write(ld->table->expiry, ld->layers);
	sweep(ld, false);
}

static int finish(struct loading *ld)
{
	int err = write_joined(ld->table, ld->layers->family, &ld->joined);

	if (!err)
		sweep(ld, true);
	return err;
}

static void loading_done(struct loading *ld)
{
	if (!ld->layers)
		return;
	sw_joined_done(&ld->joined);
	sw_layer_lists_done(&ld->other);
}

int sw_table_load(struct sw_table *t, const struct sw_entry4 *flat4, size_t n4,
		  const struct sw_entry6 *flat6, size_t n6, const struct sw_rank *rank)
{
	struct loading six = { .table = t }, four = { .table = t };
	bool six_written = false;
	int err = take(&six, &t->layers6, flat6, n6, rank);

	if (!err)
		err = take(&four, &t->layers4, flat4, n4, rank);
	if (!err)
		err = prepare(&six);
	if (!err)
		err = prepare(&four);
	if (!err) {
		err = finish(&six);
		six_written = !err;
	}
	if (!err)
		err = finish(&four);
	if (err)
		undo(&four);
	if (err && !six_written)
		undo(&six);
	if (!err)
		t->is_current = true;
	loading_done(&six);
	loading_done(&four);
	return err;
}

/* ---- self-check ---- */

/* 1: what packets read of the address differed, and is mended. */
static int check_one(struct sw_table *t, const struct sw_layers *l, uint64_t hi, uint64_t lo)
{
	struct sw_overlay_entry key = { .hi = hi, .lo = lo, .len = l->family == 4 ? 32 : 128 };
	struct sw_listed listed = sw_layers_listed(l, hi, lo, key.len);
	uint8_t got = l->family == 4 ? sw_table4_get(t->t4, (uint32_t)(hi >> 32))
				     : sw_table6_get(t->t6, hi, lo);
	int err;

	if (got == sw_layers_class(l, hi, lo, key.len, listed))
		return 0;
	err = sw_repaint(t->t4, t->t6, l, &key, listed);
	return err ? err : 1;
}

/* Entry @i of the lists, counted on into the places of the overlay. */
static int check_at(struct sw_table *t, const struct sw_layers *l, size_t i)
{
	const struct sw_overlay_entry *e;

	if (i < l->lists.n && l->family == 4)
		return check_one(t, l, (uint64_t)l->lists.flat4[i].addr << 32, 0);
	if (i < l->lists.n)
		return check_one(t, l, l->lists.flat6[i].hi, l->lists.flat6[i].lo);
	e = &l->verdicts->slot[i - l->lists.n];
	if (e->len == SW_OVERLAY_FREE || e->len == SW_OVERLAY_MARK)
		return 0;
	return check_one(t, l, e->hi, e->lo);
}

int sw_table_check(struct sw_table *t, size_t max, size_t *mended)
{
	for (size_t i = 0; i < max; i++) {
		const struct sw_layers *l = t->checking.last ? &t->layers6 : &t->layers4;
		int code;

		if (t->checking.at >= l->lists.n + l->verdicts->slots) {
			t->checking.at = 0;
			t->checking.last = !t->checking.last;
			if (!t->checking.last)
				return 1;
			continue;
		}
		code = check_at(t, l, t->checking.at++);
		if (code < 0)
			return code;
		*mended += (size_t)code;
	}
	return 0;
}
