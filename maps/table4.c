/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * table4 - the writer of the IPv4 table; see table.h for what it promises.
 *
 * A flat set is turned into runs of addresses with one class each, runs into
 * what each /24 should be: a class, or a block. A /24 that is so already is left
 * alone; otherwise its new block is written first and its slot stored last.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alloc4.h"
#include "table.h"

static inline const struct sw_table4_line *sw_table4_line(const struct sw_table4 *view, uint32_t i)
{
	return &view->lines[i];
}

static inline const union sw_table4_unit *sw_table4_unit(const struct sw_table4 *view, uint32_t i)
{
	return i < view->capacity ? &view->units[i] : NULL;
}

#include "table4.h"

#define RESERVE_UNITS 8 /* to change one /24 of a full table, and to move others out of the way */
#define HOSTS 256

uint8_t sw_table4_get(const struct sw_table4 *t, uint32_t addr)
{
	return (uint8_t)sw_table4_find(t, addr);
}

static uint32_t slot_get(const struct sw_table4 *t, uint32_t i)
{
	return t->lines[i / SW_TABLE4_LINE_SLOTS].slot[i % SW_TABLE4_LINE_SLOTS];
}

static void slot_set(struct sw_table4 *t, uint32_t i, uint32_t slot)
{
	__atomic_store_n(&t->lines[i / SW_TABLE4_LINE_SLOTS].slot[i % SW_TABLE4_LINE_SLOTS], slot,
			 __ATOMIC_RELEASE);
}

static unsigned slot_units(uint32_t slot)
{
	return (slot & SW_SLOT_KIND) == SW_SLOT_NARROW ? 1 : slot & SW_SLOT_KIND ? 4 : 0;
}

int sw_table4_init(struct sw_table4 *t, struct sw_table4_line *lines, union sw_table4_unit *units,
		   uint32_t capacity, uint32_t *repaired)
{
	struct sw_table4 n = { .lines = lines, .units = units, .capacity = capacity & ~3u };

	*repaired = 0;
	n.alloc = sw_alloc4_new(n.capacity);
	if (!n.alloc)
		return -ENOMEM;
	for (uint32_t i = 0; i < SW_TABLE4_SLOTS; i++) {
		uint32_t slot = slot_get(&n, i);
		unsigned count = slot_units(slot);

		if (!count)
			continue;
		if ((slot & SW_SLOT_KIND) != SW_SLOT_KIND &&
		    sw_alloc4_claim(n.alloc, slot & SW_SLOT_UNIT, count, i)) {
			n.used += count;
			continue;
		}
		slot_set(&n, i, SW_CLASS_UNLISTED);
		(*repaired)++;
	}
	sw_alloc4_ready(n.alloc);
	*t = n;
	return 0;
}

void sw_table4_done(struct sw_table4 *t)
{
	t->alloc = sw_alloc4_free(t->alloc);
}

/* ---- what a /24 should be ---- */

/* Number of classes among the hosts of a block: 1, 2, or 3 for more. */
static unsigned classes_in(const uint8_t host[HOSTS], uint8_t value[2])
{
	unsigned n = 1;

	value[0] = value[1] = host[0];
	for (unsigned i = 1; i < HOSTS; i++) {
		if (host[i] == value[0] || (n == 2 && host[i] == value[1]))
			continue;
		if (n == 2)
			return 3;
		value[1] = host[i];
		n = 2;
	}
	if (n == 2 && value[0] > value[1]) { /* one form for one content */
		uint8_t swap = value[0];

		value[0] = value[1];
		value[1] = swap;
	}
	return n;
}

static void narrow_bits(const uint8_t host[HOSTS], uint8_t one, uint64_t bits[4])
{
	memset(bits, 0, 4 * sizeof(*bits));
	for (unsigned i = 0; i < HOSTS; i++)
		bits[i / 64] |= (uint64_t)(host[i] == one) << i % 64;
}

/* ---- changing one /24 ---- */

static void retire(struct sw_table4 *t, uint32_t slot)
{
	unsigned count = slot_units(slot);

	if (!count)
		return;
	sw_alloc4_retire(t->alloc, slot & SW_SLOT_UNIT, count);
	t->used -= count;
}

static void set_leaf(struct sw_table4 *t, uint32_t i, uint8_t class)
{
	uint32_t old = slot_get(t, i);

	if (old == class)
		return;
	slot_set(t, i, class);
	retire(t, old);
}

/* Empty a partly used quad into others, so that a wide block finds its place. */
static bool make_room(struct sw_table4 *t)
{
	uint32_t unit[3], owner[3];
	unsigned n = sw_alloc4_sparse(t->alloc, unit, owner);

	for (unsigned i = 0; i < n; i++) {
		uint32_t to = sw_alloc4_take(t->alloc, 1, owner[i]);

		if (to == SW_ALLOC4_NONE)
			return false;
		t->units[to] = t->units[unit[i]];
		slot_set(t, owner[i], SW_SLOT_NARROW | to);
		sw_alloc4_retire(t->alloc, unit[i], 1);
	}
	return n != 0;
}

static uint32_t take(struct sw_table4 *t, unsigned count, uint32_t owner)
{
	uint32_t unit = sw_alloc4_take(t->alloc, count, owner);

	if (unit == SW_ALLOC4_NONE && count == 4 && make_room(t))
		unit = sw_alloc4_take(t->alloc, count, owner);
	if (unit != SW_ALLOC4_NONE)
		t->used += count;
	return unit;
}

static int set_narrow(struct sw_table4 *t, uint32_t i, const uint8_t host[HOSTS],
		      const uint8_t value[2])
{
	uint32_t old = slot_get(t, i), unit;
	union sw_table4_unit *u;
	uint64_t bits[4];

	narrow_bits(host, value[1], bits);
	if ((old & SW_SLOT_KIND) == SW_SLOT_NARROW) {
		u = &t->units[old & SW_SLOT_UNIT];
		if (u->narrow.value[0] == value[0] && u->narrow.value[1] == value[1]) {
			for (unsigned w = 0; w < 4; w++)
				__atomic_store_n(&u->narrow.bits[w], bits[w], __ATOMIC_RELEASE);
			return 0;
		}
	}
	unit = take(t, 1, i);
	if (unit == SW_ALLOC4_NONE)
		return -ENOSPC;
	u = &t->units[unit];
	memcpy(u->narrow.bits, bits, sizeof(bits));
	u->narrow.value[0] = value[0];
	u->narrow.value[1] = value[1];
	old = slot_get(t, i); /* making room may have moved it */
	slot_set(t, i, SW_SLOT_NARROW | unit);
	retire(t, old);
	return 0;
}

static int set_wide(struct sw_table4 *t, uint32_t i, const uint8_t host[HOSTS])
{
	uint32_t old = slot_get(t, i), unit;

	if ((old & SW_SLOT_KIND) == SW_SLOT_WIDE) {
		volatile uint8_t *at = t->units[old & SW_SLOT_UNIT].wide;

		for (unsigned h = 0; h < HOSTS; h++)
			if (at[h] != host[h])
				at[h] = host[h];
		return 0;
	}
	unit = take(t, 4, i);
	if (unit == SW_ALLOC4_NONE)
		return -ENOSPC;
	memcpy(t->units[unit].wide, host, HOSTS);
	old = slot_get(t, i);
	slot_set(t, i, SW_SLOT_WIDE | unit);
	retire(t, old);
	return 0;
}

/* ---- painting ---- */

enum paint_mode {
	PAINT_COUNT, /* only count units */
	PAINT_SHRINK, /* change only what frees units: makes room for the rest */
	PAINT_ALL,
};

struct painter {
	struct sw_table4 *table; /* NULL with PAINT_COUNT */
	enum paint_mode mode;
	uint64_t units;
	uint8_t host[HOSTS]; /* the /24 that is being put together */
};

static int paint_block(struct painter *p, uint32_t i)
{
	uint8_t value[2];
	unsigned classes = classes_in(p->host, value);
	unsigned units = classes == 1 ? 0 : classes == 2 ? 1 : 4;

	p->units += units;
	if (p->mode == PAINT_COUNT)
		return 0;
	if (p->mode == PAINT_SHRINK && units >= slot_units(slot_get(p->table, i)))
		return 0;
	if (classes == 1) {
		set_leaf(p->table, i, value[0]);
		return 0;
	}
	return classes == 2 ? set_narrow(p->table, i, p->host, value)
			    : set_wide(p->table, i, p->host);
}

static void paint_leaves(struct painter *p, uint32_t first, uint32_t last, uint8_t class)
{
	if (p->mode == PAINT_COUNT)
		return;
	for (uint64_t i = first; i <= last; i++) {
		if (p->mode == PAINT_SHRINK && !slot_units(slot_get(p->table, (uint32_t)i)))
			continue;
		set_leaf(p->table, (uint32_t)i, class);
	}
}

/* Addresses @first to @last, in ascending order and without gaps between calls. */
static int paint(struct painter *p, uint64_t first, uint64_t last, uint8_t class)
{
	while (first <= last) {
		uint32_t i = (uint32_t)(first >> 8);
		uint64_t end = first | 0xff;

		if (first % HOSTS == 0 && end <= last) {
			uint32_t to = (uint32_t)((last + 1) >> 8) - 1;

			paint_leaves(p, i, to, class);
			first = ((uint64_t)to + 1) << 8;
			continue;
		}
		if (end > last)
			end = last;
		memset(p->host + first % HOSTS, class, end - first + 1);
		if (end % HOSTS == HOSTS - 1) {
			int err = paint_block(p, i);

			if (err)
				return err;
		}
		first = end + 1;
	}
	return 0;
}

/* Runs of one class, from prefixes in pre-order with a stack of those still open. */
static int paint_flat(struct painter *p, const struct sw_entry4 *flat, size_t n)
{
	struct {
		uint64_t last;
		uint8_t class;
	} open[34] = { { .last = UINT32_MAX, .class = SW_CLASS_UNLISTED } };
	unsigned depth = 1;
	uint64_t at = 0;
	int err = 0;

	for (size_t i = 0; i <= n && !err; i++) {
		uint64_t start = i < n ? flat[i].addr : (uint64_t)UINT32_MAX + 1;

		while (depth && open[depth - 1].last < start && !err) {
			depth--;
			if (at <= open[depth].last) {
				err = paint(p, at, open[depth].last, open[depth].class);
				at = open[depth].last + 1;
			}
		}
		if (i == n || err)
			break;
		if (at < start)
			err = paint(p, at, start - 1, open[depth - 1].class);
		at = start;
		open[depth].last = start + (1ull << (32 - flat[i].len)) - 1;
		open[depth++].class = flat[i].class;
	}
	return err;
}

uint32_t sw_table4_need(const struct sw_entry4 *flat, size_t n)
{
	struct painter p = { .mode = PAINT_COUNT };

	paint_flat(&p, flat, n);
	return (uint32_t)((p.units + RESERVE_UNITS + 3) & ~(uint64_t)3);
}

int sw_table4_sync(struct sw_table4 *t, const struct sw_entry4 *flat, size_t n)
{
	struct painter p = { .table = t, .mode = PAINT_SHRINK };
	int err;

	if (sw_table4_need(flat, n) > t->capacity)
		return -ENOSPC;
	err = paint_flat(&p, flat, n);
	if (err)
		return err;
	p.mode = PAINT_ALL;
	return paint_flat(&p, flat, n);
}
