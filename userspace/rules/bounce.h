/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bounce - who keeps writing to mailboxes that do not exist.
 *
 * Pure: what the mail server saw of a source and when comes in; what comes out is that a source
 * has crossed the line, with the numbers it rests on. What is done then, and whether this
 * source may be locked at all, is the caller's to know.
 *
 * A source crosses it when within the window it wrote to enough unknown recipients, enough of
 * them different, and they are enough of all recipients, those that were accepted (in a longer
 * window) among them. So a list with dead addresses in it does not lock its sender, and a
 * dictionary does.
 *
 * Counted are the address and what it is in:
 *   IPv4   the address; and its /24 as a network, by a line of its own, which wants several
 *          addresses: a hoster's customers do not pay for one of them
 *   IPv6   the address, and its /64 by the same line: an address there costs nothing. The /64
 *          crosses it first, unless others in it are good
 *
 * Windows are of SW_BOUNCE_SLOTS slots: what is counted is never more than what came within the
 * window, and never less than what came within the window less a slot. Times may come late and
 * out of order; what is older than the window does not count.
 *
 * Memory is what sw_bounce_open took, for a fixed number of entries in lines of eight, placed by
 * a keyed hash. When a line is full, who comes takes the place of the entry that weighs the
 * least, by unknown and accepted recipients, and of those the one that was silent for the
 * longest. Never of one that has half of what locks; and who was only accepted from takes the
 * place of none that has unknown recipients, or many accepted ones. Who finds no place is not
 * counted: more sources at once than there are entries are let through, none is locked for what
 * it did not do.
 */
#ifndef SYNWARD_RULES_BOUNCE_H
#define SYNWARD_RULES_BOUNCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/err.h"

#define SW_BOUNCE_SLOTS 12
#define SW_BOUNCE_DIFFERENT 32 /* recipients that are told apart, of each source */
#define SW_BOUNCE_LOCKS 8
#define SW_BOUNCE_ENTRY 320 /* bytes of memory each, about */

struct sw_bounce_rules {
	int64_t window_ms; /* of unknown recipients */
	int64_t accepted_ms; /* of accepted ones; not shorter */
	uint32_t unknown; /* that lock an address or a /64 ... */
	uint32_t different; /* ... so many of them different; up to SW_BOUNCE_DIFFERENT */
	double share; /* ... and so much of all recipients, more than 0 to 1 */
	uint32_t network_unknown; /* that lock an IPv4 /24; 0: none does */
	uint32_t network_sources; /* ... of so many addresses; up to SW_BOUNCE_DIFFERENT */
	/* How long the first lock holds, the second, ...; 0: for good. All later ones as the
	 * last. */
	int64_t lock_ms[SW_BOUNCE_LOCKS];
	size_t locks;
	int64_t memory_ms; /* locks from before that are not counted any more */
};

/* 30 unknown ones within 1 h, 10 different, half of all; 100 of a network from 4 addresses; 1 h,
 * 6 h, 24 h, for good, within 30 d. */
extern const struct sw_bounce_rules sw_bounce_defaults;

/* -EINVAL: @err says which of them make no sense, and what would. */
int sw_bounce_check(const struct sw_bounce_rules *rules, struct sw_err *err);

struct sw_bounce;

/* @rules (copied) have passed sw_bounce_check; @entries is rounded up; @seed is random and
 * nobody's to know. -ENOMEM. */
int sw_bounce_open(const struct sw_bounce_rules *rules, size_t entries, uint64_t seed,
		   struct sw_bounce **ret);
struct sw_bounce *sw_bounce_close(struct sw_bounce *b); /* NULL */

/* What was seen of one source. */
struct sw_bounce_seen {
	struct sw_prefix source; /* an address, at its full length */
	bool accepted; /* else unknown */
	bool taken; /* unknown, and counted as accepted before: they are not any more */
	bool alone; /* what it is in is not counted */
	uint32_t n; /* recipients */
	/* Who it was, up to its case; NULL: not known, and then they count as different ones. */
	const char *rcpt;
	size_t rcpt_n;
	int64_t time_ms; /* when; not in the future */
};

/* Who crossed the line, and by what. */
struct sw_bounce_finding {
	struct sw_prefix source;
	bool network; /* a /24: "different" counts addresses */
	uint32_t unknown, accepted, different;
};

/* Count it. True: a line is crossed, and goes on being so until sw_bounce_quiet. @now_ms never
 * goes back. */
bool sw_bounce_count(struct sw_bounce *b, const struct sw_bounce_seen *seen, int64_t now_ms,
		     struct sw_bounce_finding *ret);

/* Forget the unknown recipients of exactly @source, and count no new ones, of it and of what is
 * in it, before @until_ms: they are of sessions that had begun before it was locked. */
void sw_bounce_quiet(struct sw_bounce *b, const struct sw_prefix *source, int64_t now_ms,
		     int64_t until_ms);

/* The lock that follows on @before locks; 1 is the first. */
struct sw_bounce_lock {
	unsigned number;
	unsigned last; /* number of the one that is for good; 0: none is */
	int64_t for_ms; /* 0: for good */
};

struct sw_bounce_lock sw_bounce_next_lock(const struct sw_bounce_rules *rules, unsigned before);

struct sw_bounce_counts {
	size_t entries, used; /* places, and those that were ever taken */
	uint64_t late; /* recipients that came too late to count */
	uint64_t evicted; /* entries that gave their place away while they counted something */
	uint64_t crowded; /* recipients that found no place */
};

void sw_bounce_counts(const struct sw_bounce *b, struct sw_bounce_counts *ret);

#define SW_BOUNCE_TEXT 160

/* "31 unknown recipients (30 different) within 1h, 2 accepted within 1d, lock 2 of 4". @lock may
 * be NULL. */
const char *sw_bounce_words(const struct sw_bounce_rules *rules,
			    const struct sw_bounce_finding *finding,
			    const struct sw_bounce_lock *lock, char text[SW_BOUNCE_TEXT]);

#endif
