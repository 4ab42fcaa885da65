/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * verdicts_fixture - the daemon's verdicts with a ledger in a folder of the test's own, a clock that
 * stands, and a card that is a list, so that a test can look at it and make it refuse. For
 * tests/unit/test_verdict_*.c.
 */
#ifndef SYNWARD_TESTS_VERDICTS_FIXTURE_H
#define SYNWARD_TESTS_VERDICTS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "daemon/verdicts.h"
#include "lib/addr.h"
#include "maps/abi.h"
#include "rules/origin.h"
#include "support/folder.h"
#include "support/script_clock.h"

#define NOON INT64_C(1795608000000)
#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)
#define ON_CARD 64

struct on_card {
	struct sw_prefix source;
	uint8_t class;
	uint64_t ends_ns;
};

static struct verdicts_fixture {
	char *folder;
	struct script_clock clock;
	const char *boot;
	struct sw_ledger *ledger;
	struct sw_verdicts *v;
	struct on_card card[ON_CARD];
	size_t card_n, card_room; /* it refuses more than that */
	struct sw_history events[32];
	size_t events_n;
	size_t notes;
} w;

/* ---- the card ---- */

static inline struct on_card *on_card(const struct sw_prefix *source)
{
	for (size_t i = 0; i < w.card_n; i++)
		if (!sw_prefix_cmp(&w.card[i].source, source))
			return &w.card[i];
	return NULL;
}

static inline int card_set(void *ctx, const struct sw_prefix *source, uint8_t class,
			   uint64_t ends_ns, struct sw_err *err)
{
	struct on_card *c = on_card(source);

	if (!c && w.card_n == w.card_room)
		return sw_err_set(err, -ENOSPC, "the card is full; raise verdicts");
	if (!c)
		c = &w.card[w.card_n++];
	*c = (struct on_card){ *source, class, ends_ns };
	return 0;
}

static inline int card_clear(void *ctx, const struct sw_prefix *source, struct sw_err *err)
{
	struct on_card *c = on_card(source);

	if (!c)
		return -ENOENT;
	*c = w.card[--w.card_n];
	return 0;
}

static inline int card_get(void *ctx, const struct sw_prefix *source, uint8_t *class,
			   uint64_t *ends_ns)
{
	const struct on_card *c = on_card(source);

	if (!c)
		return -ENOENT;
	*class = c->class;
	*ends_ns = c->ends_ns;
	return 0;
}

static const struct sw_verdicts_card card = { .set = card_set,
					      .clear = card_clear,
					      .get = card_get };

/* ---- the daemon ---- */

static inline void note_event(void *ctx, const struct sw_history *event)
{
	if (w.events_n < 32)
		w.events[w.events_n++] = *event;
}

static inline void note(void *ctx, int level, const char *text)
{
	w.notes++;
}

static inline int preset(void *ctx, const struct sw_prefix *source, uint8_t class, uint64_t ends_ns)
{
	struct sw_err err;

	return card_set(NULL, source, class, ends_ns, &err);
}

static inline void verdicts_open_again(void)
{
	struct sw_ledger_options options = { .state_dir = w.folder };
	struct sw_verdicts_options how = {
		.clock = &w.clock.clock, .boot = w.boot, .event = note_event, .note = note
	};
	struct sw_err err;

	assert_int_equal(sw_ledger_open(&options, &w.ledger, &err), 0);
	how.ledger = w.ledger;
	assert_int_equal(sw_verdicts_open(&how, &w.v, &err), 0);
	w.card_n = 0;
	assert_int_equal(sw_verdicts_each(w.v, preset, NULL), 0);
	sw_verdicts_use_card(w.v, &card);
}

static inline void verdicts_close_all(void)
{
	sw_verdicts_close(w.v);
	sw_ledger_close(w.ledger);
}

static inline int verdicts_setup(void **unused)
{
	memset(&w, 0, sizeof(w));
	w.folder = folder_make();
	w.boot = "boot-1";
	w.card_room = ON_CARD;
	script_clock_set(&w.clock, NOON, 5000);
	verdicts_open_again();
	return 0;
}

static inline int verdicts_teardown(void **unused)
{
	verdicts_close_all();
	folder_remove(w.folder);
	return 0;
}

/* ---- what is done and what came of it ---- */

static inline struct sw_verdict_change change_of(const char *source, uint8_t action, int64_t for_ms)
{
	struct sw_verdict_change c = { .origin = SW_ORIGIN_OPERATOR,
				       .action = action,
				       .for_ms = for_ms,
				       .reason = "because" };

	assert_int_equal(sw_prefix_parse(source, strlen(source), &c.source), 0);
	return c;
}

static inline struct sw_verdict_change set(const char *source, uint8_t action, int64_t for_ms)
{
	struct sw_verdict_change c = change_of(source, action, for_ms);
	struct sw_err err;

	assert_int_equal(sw_verdicts_set(w.v, &c, 1, "alice", &err), 0);
	return c;
}

static inline int take_back(const char *source)
{
	struct sw_verdict_change c = change_of(source, 0, 0);
	struct sw_err err;

	assert_int_equal(sw_verdicts_remove(w.v, &c, 1, "bob", &err), 0);
	return c.code;
}

static inline uint8_t class_on_card(const char *source)
{
	struct sw_verdict_change c = change_of(source, 0, 0);
	const struct on_card *o = on_card(&c.source);

	return o ? o->class : 0;
}

static inline void pass(int64_t ms)
{
	script_clock_pass(&w.clock, ms);
	sw_verdicts_tick(w.v);
}

static inline int count_one(void *ctx, const struct sw_history *h)
{
	++*(size_t *)ctx;
	return 0;
}

static inline size_t changes_of(const char *source)
{
	struct sw_verdict_change c = change_of(source, 0, 0);
	struct sw_err err;
	size_t n = 0;

	assert_int_equal(sw_ledger_history(w.ledger, &c.source, 0, count_one, &n, &err), 0);
	return n;
}

static inline uint64_t in_ledger(void)
{
	struct sw_ledger_counts n;
	struct sw_err err;

	assert_int_equal(sw_ledger_count(w.ledger, &n, &err), 0);
	return n.verdicts;
}

#endif
