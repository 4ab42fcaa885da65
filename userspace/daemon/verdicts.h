/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * verdicts - what holds for single sources, and the one who changes it.
 *
 *   set, remove ─► ledger (durable) ─► index and timers ─► card ─► event, answer
 *
 * In this order: what a caller is told of is on the disk and in force; what it is not told
 * of is either both or neither, also after kill -9, for a daemon that starts puts in force
 * what the ledger says. When the card cannot take a verdict, it is taken back from the ledger
 * and the caller told so. A temporary verdict is ended by a timer here, and by the card
 * itself when nobody is here.
 *
 * Of several verdicts on one source, of different origins, the one of the highest tier is
 * in force (rules/origin.h); what holds between prefixes and lists is the table's to know.
 *
 * One thread. Times are ledger time (ledger_clock.h), but for ends on the card, which are
 * CLOCK_MONOTONIC.
 */
#ifndef SYNWARD_DAEMON_VERDICTS_H
#define SYNWARD_DAEMON_VERDICTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/ledger.h"
#include "daemon/ledger_clock.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "rules/verdict_class.h"

#define SW_VERDICTS_WHO "synwardd" /* makes the changes that nobody asks for */

struct sw_verdicts;

/* Where verdicts are put in force: the datapath, or in tests a table in memory. */
struct sw_verdicts_card {
	/* As sw_datapath_verdict_set and its like. */
	int (*set)(void *ctx, const struct sw_prefix *source, uint8_t class, uint64_t ends_ns,
		   struct sw_err *err);
	int (*clear)(void *ctx, const struct sw_prefix *source, struct sw_err *err);
	int (*get)(void *ctx, const struct sw_prefix *source, uint8_t *class, uint64_t *ends_ns);
	/* Named some sources before it is set or cleared; may be NULL. */
	void (*expect)(void *ctx, const struct sw_prefix *source);
	void *ctx;
};

/* A change that is durable: as the history has it, without a number; times are the wall
 * clock's. */
typedef void (*sw_verdicts_event_fn)(void *ctx, const struct sw_history *event);
/* Something to tell the operator; level as in syslog. */
typedef void (*sw_verdicts_note_fn)(void *ctx, int level, const char *text);

struct sw_verdicts_options {
	struct sw_ledger *ledger; /* borrowed */
	const struct sw_clock *clock;
	const char *boot; /* tells boots apart; NULL: nothing is known of earlier ones */
	sw_verdicts_event_fn event; /* NULL: nobody is told */
	sw_verdicts_note_fn note;
	void *ctx; /* of both */
};

/*
 * Read the ledger. Verdicts whose time was up while nobody was here do not come into force;
 * their end is noted in the ledger by the first sw_verdicts_tick. With a ledger that is open
 * for reading only nothing can be changed. -EBADMSG, -ENOMEM, ...
 */
int sw_verdicts_open(const struct sw_verdicts_options *options, struct sw_verdicts **ret,
		     struct sw_err *err);
struct sw_verdicts *sw_verdicts_close(struct sw_verdicts *v);

/* Report what is to be on the card, one verdict for a source, until @each returns other
 * than 0, and return that. */
typedef int (*sw_verdicts_each_fn)(void *ctx, const struct sw_prefix *source, uint8_t class,
				   uint64_t ends_ns);
int sw_verdicts_each(const struct sw_verdicts *v, sw_verdicts_each_fn each, void *ctx);

/* All of that onto @dp, before its first apply. -ENOMEM with words. */
struct sw_datapath;
int sw_verdicts_preset(const struct sw_verdicts *v, struct sw_datapath *dp, struct sw_err *err);

/* From now on changes go to @card (copied), which holds what sw_verdicts_each reported. NULL:
 * to none, while the maps are exchanged. */
void sw_verdicts_use_card(struct sw_verdicts *v, const struct sw_verdicts_card *card);

/* ---- changing ---- */

/* One change of a batch, and what became of it. */
struct sw_verdict_change {
	struct sw_prefix source;
	uint8_t origin;
	uint8_t action; /* that a class or a note has; remove: not looked at */
	int64_t for_ms; /* how long from now; 0: for good, which not every origin may say */
	const char *reason; /* NULL: none; remove: why */
	struct sw_rests rests; /* set alone: what it rests on */

	int code; /* out: 0, or -errno and ... */
	char words[200]; /* ... where, what, what to do */
	uint8_t kind; /* out: enum sw_change_kind */
	uint8_t pardoned; /* out, of sw_pardon: whose verdict it took back, too; origin or 0 */
	int64_t expires_ms; /* out: by the clock on the wall; 0: never */
};

/*
 * Set the verdicts of a batch, durable all at once. The same again extends, and never
 * shortens; another action replaces, and so does another way to block of the operator's, which
 * does not shorten either. 0: see the code of each. -errno: the ledger failed,
 * nothing was changed.
 *
 * Codes: -EINVAL, -ENOSPC (the card is full; with the option to raise), -ENOMEM.
 */
int sw_verdicts_set(struct sw_verdicts *v, struct sw_verdict_change *change, size_t n,
		    const char *who, struct sw_err *err);
/* Take them back. Code -ENOENT: there is none of this origin on exactly this source. */
int sw_verdicts_remove(struct sw_verdicts *v, struct sw_verdict_change *change, size_t n,
		       const char *who, struct sw_err *err);

/* ---- as time goes by ---- */

/* End what is due, at most some thousand at once, and look at the clocks. */
void sw_verdicts_tick(struct sw_verdicts *v);
/* When to call it next, of CLOCK_MONOTONIC; a second from now at the latest. */
uint64_t sw_verdicts_next_ns(const struct sw_verdicts *v);

/* ---- reading ---- */

/* What the verdict of @origin on exactly @source does, enum sw_action; 0: there is none. */
uint8_t sw_verdicts_action(const struct sw_verdicts *v, const struct sw_prefix *source,
			   uint8_t origin);

struct sw_ledger_clock *sw_verdicts_clock(struct sw_verdicts *v);

struct sw_verdicts_counts {
	size_t intended; /* sources that have a verdict */
	size_t temporary; /* verdicts that end */
	size_t notes; /* that are on no card; their sources are among intended */
	size_t ended; /* whose end the ledger does not know yet */
	uint64_t checked, missing, differing, repaired; /* by sw_verdicts_check, since the start */
	uint64_t ledger_differs;
	uint64_t rounds; /* how often all were checked */
};

void sw_verdicts_counts(const struct sw_verdicts *v, struct sw_verdicts_counts *ret);

/* Is there room for one more that nobody asked for by hand, beside @waiting that are on their
 * way? The last eighth of the card's @capacity is the operator's. */
bool sw_verdicts_has_room(const struct sw_verdicts *v, size_t capacity, size_t waiting);

/*
 * Compare some of the verdicts, @max about, with the card and the ledger: the next ones
 * each time. What the card has not, or has otherwise, is set anew; each difference is noted.
 */
void sw_verdicts_check(struct sw_verdicts *v, size_t max);

#endif
