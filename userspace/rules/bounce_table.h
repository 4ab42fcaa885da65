/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bounce_table - the entries that bounce counts in: windows, marks of recipients, and who gets
 * which place. Pure; for the files of bounce alone.
 */
#ifndef SYNWARD_RULES_BOUNCE_TABLE_H
#define SYNWARD_RULES_BOUNCE_TABLE_H

#include "rules/bounce.h"

#define SW_BOUNCE_WAYS 8 /* entries of a line */

/* How many came in each of the last slots; a slot is a time divided by its width. */
struct sw_bounce_window {
	int64_t newest; /* slot */
	uint32_t n[SW_BOUNCE_SLOTS]; /* by slot modulo their number */
};

struct sw_bounce_entry {
	struct sw_prefix of;
	int64_t heard_ms;
	int64_t quiet_until_ms;
	struct sw_bounce_window unknown, accepted;
	/* Who was written to in the window of unknown, and in which slot last (its low byte);
	 * 0: nobody. */
	uint32_t mark[SW_BOUNCE_DIFFERENT];
	uint8_t mark_slot[SW_BOUNCE_DIFFERENT];
	bool network;
};

struct sw_bounce_table {
	struct sw_bounce_entry *entry;
	uint32_t *tag; /* of each entry; 0: free */
	size_t entries, lines, used;
	uint64_t seed, evicted;
	int64_t unknown_width, accepted_width; /* ms of a slot */
	uint32_t heavy, network_heavy; /* unknown recipients with which a place is kept */
};

int sw_bounce_table_init(struct sw_bounce_table *t, const struct sw_bounce_rules *rules,
			 size_t entries, uint64_t seed); /* -ENOMEM */
void sw_bounce_table_done(struct sw_bounce_table *t);

/* NULL: there is none. */
struct sw_bounce_entry *sw_bounce_find(const struct sw_bounce_table *t, const struct sw_prefix *of);
/* The same, or a new one; NULL: there is no place for who is only accepted from, or at all. */
struct sw_bounce_entry *sw_bounce_place(struct sw_bounce_table *t, const struct sw_prefix *of,
					bool network, bool accepted, int64_t now_ms);

/* It is @now_ms: what is older than the windows goes. */
void sw_bounce_go_on(const struct sw_bounce_table *t, struct sw_bounce_entry *e, int64_t now_ms);
void sw_bounce_forget_unknown(struct sw_bounce_entry *e);

/* False: @slot is before the window. */
bool sw_bounce_add(struct sw_bounce_window *w, int64_t slot, uint32_t n);
uint32_t sw_bounce_sum(const struct sw_bounce_window *w);
/* @n less, of the newest; as far as there are so many. */
void sw_bounce_take(struct sw_bounce_window *w, uint32_t n);

/* In the place of the one that was seen the longest ago, when all are taken. */
void sw_bounce_mark(struct sw_bounce_entry *e, uint64_t hash, int64_t slot);
uint32_t sw_bounce_marks(const struct sw_bounce_entry *e);

uint64_t sw_bounce_hash_text(const struct sw_bounce_table *t, const char *text, size_t n);
uint64_t sw_bounce_hash_number(const struct sw_bounce_table *t, uint64_t number);

#endif
