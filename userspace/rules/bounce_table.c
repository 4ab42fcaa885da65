/* SPDX-License-Identifier: GPL-2.0-only */
/* bounce_table - see bounce_table.h. */
#include "bounce_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rules/text_hash.h"

#define KEPT UINT32_MAX /* weight of what gives its place to nobody */

/* ---- hashes ---- */

uint64_t sw_bounce_hash_number(const struct sw_bounce_table *t, uint64_t number)
{
	return sw_hash(number, 0x6e, t->seed);
}

/* Domains know no case, and mailboxes in practice neither. */
uint64_t sw_bounce_hash_text(const struct sw_bounce_table *t, const char *text, size_t n)
{
	return sw_text_hash(text, n, t->seed);
}

static uint64_t hash_prefix(const struct sw_bounce_table *t, const struct sw_prefix *p)
{
	return sw_hash(p->hi ^ (uint64_t)p->len << 8 ^ p->family, p->lo, t->seed);
}

/* ---- windows ---- */

static void window_go_on(struct sw_bounce_window *w, int64_t slot)
{
	if (slot <= w->newest)
		return;
	if (slot - w->newest >= SW_BOUNCE_SLOTS)
		memset(w->n, 0, sizeof(w->n));
	else
		for (int64_t s = w->newest + 1; s <= slot; s++)
			w->n[s % SW_BOUNCE_SLOTS] = 0;
	w->newest = slot;
}

bool sw_bounce_add(struct sw_bounce_window *w, int64_t slot, uint32_t n)
{
	uint32_t *at = &w->n[slot % SW_BOUNCE_SLOTS];

	if (slot <= w->newest - SW_BOUNCE_SLOTS || slot > w->newest)
		return false;
	*at = n > UINT32_MAX - *at ? UINT32_MAX : *at + n;
	return true;
}

static uint32_t add_up(const struct sw_bounce_window *w, int64_t newest)
{
	uint64_t sum = 0;

	for (int64_t s = newest; s > newest - SW_BOUNCE_SLOTS && s >= 0; s--)
		if (s <= w->newest && s > w->newest - SW_BOUNCE_SLOTS)
			sum += w->n[s % SW_BOUNCE_SLOTS];
	return sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX;
}

uint32_t sw_bounce_sum(const struct sw_bounce_window *w)
{
	return add_up(w, w->newest);
}

void sw_bounce_take(struct sw_bounce_window *w, uint32_t n)
{
	for (int64_t s = w->newest; n && s > w->newest - SW_BOUNCE_SLOTS && s >= 0; s--) {
		uint32_t *at = &w->n[s % SW_BOUNCE_SLOTS];
		uint32_t some = *at < n ? *at : n;

		*at -= some;
		n -= some;
	}
}

/* ---- marks ---- */

/* How many slots ago it was; all that are kept are less than two windows old. */
static unsigned age_of(const struct sw_bounce_entry *e, unsigned i)
{
	return (uint8_t)((uint8_t)e->unknown.newest - e->mark_slot[i]);
}

static void marks_go_on(struct sw_bounce_entry *e, int64_t slot)
{
	if (slot - e->unknown.newest >= SW_BOUNCE_SLOTS) {
		memset(e->mark, 0, sizeof(e->mark));
		return;
	}
	for (unsigned i = 0; i < SW_BOUNCE_DIFFERENT; i++)
		if ((uint8_t)((uint8_t)slot - e->mark_slot[i]) >= SW_BOUNCE_SLOTS)
			e->mark[i] = 0;
}

void sw_bounce_mark(struct sw_bounce_entry *e, uint64_t hash, int64_t slot)
{
	uint32_t mark = (uint32_t)(hash >> 32) ? (uint32_t)(hash >> 32) : 1;
	unsigned age = (unsigned)(e->unknown.newest - slot), at = SW_BOUNCE_DIFFERENT, oldest = 0;

	for (unsigned i = 0; i < SW_BOUNCE_DIFFERENT; i++) {
		if (e->mark[i] == mark) {
			if (age < age_of(e, i))
				e->mark_slot[i] = (uint8_t)slot;
			return;
		}
		if (!e->mark[i] && at == SW_BOUNCE_DIFFERENT)
			at = i;
		if (age_of(e, i) > age_of(e, oldest))
			oldest = i;
	}
	if (at == SW_BOUNCE_DIFFERENT) {
		if (age > age_of(e, oldest))
			return;
		at = oldest;
	}
	e->mark[at] = mark;
	e->mark_slot[at] = (uint8_t)slot;
}

uint32_t sw_bounce_marks(const struct sw_bounce_entry *e)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < SW_BOUNCE_DIFFERENT; i++)
		n += e->mark[i] != 0;
	return n;
}

/* ---- entries ---- */

void sw_bounce_go_on(const struct sw_bounce_table *t, struct sw_bounce_entry *e, int64_t now_ms)
{
	int64_t slot = now_ms / t->unknown_width;

	if (slot > e->unknown.newest) {
		marks_go_on(e, slot);
		window_go_on(&e->unknown, slot);
	}
	window_go_on(&e->accepted, now_ms / t->accepted_width);
	e->heard_ms = now_ms;
}

void sw_bounce_forget_unknown(struct sw_bounce_entry *e)
{
	memset(e->unknown.n, 0, sizeof(e->unknown.n));
	memset(e->mark, 0, sizeof(e->mark));
}

static bool is_of(const struct sw_bounce_entry *e, const struct sw_prefix *of)
{
	return e->of.lo == of->lo && e->of.hi == of->hi && e->of.family == of->family &&
	       e->of.len == of->len;
}

/* The line of a hash, and the tag in it, are different bits of it. */
static size_t line_of(const struct sw_bounce_table *t, uint64_t hash)
{
	return (size_t)(((hash >> 32) * t->lines) >> 32) * SW_BOUNCE_WAYS;
}

static uint32_t tag_of(uint64_t hash)
{
	return (uint32_t)hash ? (uint32_t)hash : 1;
}

struct sw_bounce_entry *sw_bounce_find(const struct sw_bounce_table *t, const struct sw_prefix *of)
{
	uint64_t hash = hash_prefix(t, of);
	size_t line = line_of(t, hash);

	for (size_t i = line; i < line + SW_BOUNCE_WAYS; i++)
		if (t->tag[i] == tag_of(hash) && is_of(&t->entry[i], of))
			return &t->entry[i];
	return NULL;
}

/* What an entry has to say for its place. 0: nothing. */
static uint32_t weight_of(const struct sw_bounce_table *t, const struct sw_bounce_entry *e,
			  bool accepted, int64_t now_ms)
{
	uint32_t unknown = add_up(&e->unknown, now_ms / t->unknown_width);
	uint32_t good = add_up(&e->accepted, now_ms / t->accepted_width);
	uint32_t heavy = e->network ? t->network_heavy : t->heavy;

	if (unknown >= heavy || (accepted && (unknown || good >= heavy)))
		return KEPT;
	return good < heavy - unknown ? unknown + good : heavy;
}

/* The place in a line that is given away next; its end: none is. */
static size_t weakest(const struct sw_bounce_table *t, size_t line, bool accepted, int64_t now_ms,
		      uint32_t *weight)
{
	size_t at = line + SW_BOUNCE_WAYS;
	uint32_t least = KEPT;

	for (size_t i = line; i < line + SW_BOUNCE_WAYS; i++) {
		uint32_t w;

		if (!t->tag[i]) {
			*weight = 0;
			return i;
		}
		w = weight_of(t, &t->entry[i], accepted, now_ms);
		if (w < least ||
		    (w != KEPT && w == least && t->entry[i].heard_ms < t->entry[at].heard_ms)) {
			least = w;
			at = i;
		}
	}
	*weight = least;
	return at;
}

struct sw_bounce_entry *sw_bounce_place(struct sw_bounce_table *t, const struct sw_prefix *of,
					bool network, bool accepted, int64_t now_ms)
{
	struct sw_bounce_entry *e = sw_bounce_find(t, of);
	uint64_t hash = hash_prefix(t, of);
	size_t line = line_of(t, hash), at;
	uint32_t weight;

	if (e)
		return e;
	at = weakest(t, line, accepted, now_ms, &weight);
	if (at == line + SW_BOUNCE_WAYS)
		return NULL;
	t->used += !t->tag[at];
	t->evicted += weight != 0;
	t->tag[at] = tag_of(hash);
	t->entry[at] = (struct sw_bounce_entry){ .of = *of, .network = network };
	return &t->entry[at];
}

/* ---- the table ---- */

static uint32_t half(uint32_t n)
{
	return n / 2 > 2 ? n / 2 : 2;
}

int sw_bounce_table_init(struct sw_bounce_table *t, const struct sw_bounce_rules *rules,
			 size_t entries, uint64_t seed)
{
	*t = (struct sw_bounce_table){
		.seed = seed,
		.lines = (entries + SW_BOUNCE_WAYS - 1) / SW_BOUNCE_WAYS,
		.unknown_width = rules->window_ms / SW_BOUNCE_SLOTS,
		.accepted_width = rules->accepted_ms / SW_BOUNCE_SLOTS,
		.heavy = half(rules->unknown),
		.network_heavy = half(rules->network_unknown),
	};
	if (!t->lines)
		t->lines = 1;
	t->entries = t->lines * SW_BOUNCE_WAYS;
	t->entry = calloc(t->entries, sizeof(*t->entry));
	t->tag = calloc(t->entries, sizeof(*t->tag));
	if (t->entry && t->tag)
		return 0;
	sw_bounce_table_done(t);
	return -ENOMEM;
}

void sw_bounce_table_done(struct sw_bounce_table *t)
{
	free(t->entry);
	free(t->tag);
	*t = (struct sw_bounce_table){ .entry = NULL };
}
