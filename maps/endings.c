/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * endings - see endings.h.
 *
 * Packets look at the table first and here then, so what a verdict needs is here before it
 * is in the table, and goes after. Inside a verdict that comes, its own entry is the last
 * one, and the first to go: as long as it is there, the others tell what is below it.
 */
#include "endings.h"

#include <errno.h>

#include "bits128.h"

struct writing {
	struct sw_expiry *x;
	const struct sw_layers *l;
};

static bool is_temporary(const struct sw_overlay_entry *verdict)
{
	return verdict->ends != SW_EXPIRY_NEVER;
}

static const struct sw_overlay_entry *verdict_on(const struct sw_layers *l,
						 const struct sw_overlay_entry *p)
{
	return sw_overlay_find(l->verdicts, p->hi, p->lo, p->len);
}

/* Is it inside a temporary verdict on a shorter prefix? */
static bool is_covered(const struct sw_layers *l, const struct sw_overlay_entry *p)
{
	for (unsigned k = 0; (k = sw_overlay_length(l->verdicts, k)) < p->len; k++) {
		const struct sw_overlay_entry *e = sw_overlay_find(
			l->verdicts, p->hi & sw_bits_hi(k), p->lo & sw_bits_lo(k), (uint8_t)k);

		if (e && is_temporary(e))
			return true;
	}
	return false;
}

static int put(const struct writing *w, const struct sw_overlay_entry *p,
	       const struct sw_overlay_entry *verdict, struct sw_listed listed)
{
	struct sw_expiry_entry e = {
		.ends = verdict ? verdict->ends : SW_EXPIRY_NEVER,
		.class = verdict ? verdict->class : SW_CLASS_UNLISTED,
		.below = listed.class,
	};

	return sw_expiry_put(w->x, w->l->family, p->hi, p->lo, p->len, &e);
}

static struct sw_listed listed_of(const struct sw_layers *l, const struct sw_overlay_entry *p)
{
	return sw_layers_listed(l, p->hi, p->lo, p->len);
}

/* What the lists have inside a temporary verdict; verdicts there have their own entry. */
static int put_listed(void *ctx, const struct sw_overlay_entry *p)
{
	const struct writing *w = ctx;

	return verdict_on(w->l, p) ? 0 : put(w, p, NULL, listed_of(w->l, p));
}

static int put_verdict(struct writing *w, const struct sw_overlay_entry *verdict,
		       struct sw_listed listed)
{
	int err = 0;

	if (is_temporary(verdict) && listed.has_inside)
		err = sw_layers_each_listed(w->l, verdict->hi, verdict->lo, verdict->len,
					    put_listed, w);
	return err ? err : put(w, verdict, verdict, listed);
}

int sw_endings_set(struct sw_expiry *x, const struct sw_layers *l,
		   const struct sw_overlay_entry *verdict, struct sw_listed listed)
{
	struct writing w = { x, l };

	return x ? put_verdict(&w, verdict, listed) : 0;
}

/* Bring the entry of a prefix to what is known of it, if only by taking it away: none comes. */
static int review(void *ctx, const struct sw_overlay_entry *p)
{
	const struct writing *w = ctx;
	const struct sw_overlay_entry *verdict = verdict_on(w->l, p);
	unsigned family = w->l->family;
	struct sw_expiry_entry now;

	if (!verdict && !(is_covered(w->l, p) && sw_layers_is_listed(w->l, p->hi, p->lo, p->len)))
		sw_expiry_remove(w->x, family, p->hi, p->lo, p->len);
	else if (!sw_expiry_get(w->x, family, p->hi, p->lo, p->len, &now))
		put(w, p, verdict, listed_of(w->l, p));
	return 0;
}

void sw_endings_clear(struct sw_expiry *x, const struct sw_layers *l,
		      const struct sw_overlay_entry *verdict, struct sw_listed listed)
{
	struct writing w = { x, l };

	if (!x)
		return;
	review(&w, verdict);
	if (is_temporary(verdict) && listed.has_inside)
		sw_layers_each_listed(l, verdict->hi, verdict->lo, verdict->len, review, &w);
}

#define AHEAD 16 /* verdicts, of which cache lines are on their way */

/* The verdict behind @at; what it needs is asked for. */
static const struct sw_overlay_entry *look_ahead(const struct writing *w,
						 const struct sw_overlay_entry *at)
{
	at = sw_overlay_next(w->l->verdicts, at);
	if (!at)
		return NULL;
	sw_expiry_expect(w->x, w->l->family, at->hi, at->lo, at->len);
	sw_layers_expect(w->l, at->hi, at->lo, at->len);
	return at;
}

static int put_all(struct writing *w)
{
	const struct sw_overlay_entry *verdict = NULL, *ahead = NULL;
	int err = 0;

	for (unsigned i = 0; i < AHEAD && (!i || ahead); i++)
		ahead = look_ahead(w, ahead);
	while (!err && (verdict = sw_overlay_next(w->l->verdicts, verdict))) {
		if (ahead)
			ahead = look_ahead(w, ahead);
		err = put_verdict(w, verdict, listed_of(w->l, verdict));
	}
	return err;
}

int sw_endings_write(struct sw_expiry *x, const struct sw_layers *l)
{
	struct writing w = { x, l };
	struct sw_expiry_count count;
	int err;

	if (!x)
		return 0;
	sw_expiry_mark(x, l->family);
	err = put_all(&w);
	if (err != -ENOSPC)
		return err;
	count = sw_expiry_count(x);
	return count.entries - sw_expiry_stale(x) < sw_expiry_room(x->capacity) ? -EAGAIN : err;
}

void sw_endings_sweep(struct sw_expiry *x, const struct sw_layers *l)
{
	if (x)
		sw_expiry_sweep(x, l->family);
}

static int count_one(void *ctx, const struct sw_overlay_entry *p)
{
	++*(size_t *)ctx;
	return 0;
}

size_t sw_endings_need(const struct sw_layers *l)
{
	const struct sw_overlay_entry *verdict = NULL;
	size_t n = l->verdicts->n;

	while ((verdict = sw_overlay_next(l->verdicts, verdict)))
		if (is_temporary(verdict))
			sw_layers_each_listed(l, verdict->hi, verdict->lo, verdict->len, count_one,
					      &n);
	return n;
}
