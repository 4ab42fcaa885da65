/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ledger_fixture - a ledger in a folder of a test's own, and short words for what tests do
 * with one. For tests/unit/test_ledger*.c.
 */
#ifndef SYNWARD_TESTS_LEDGER_FIXTURE_H
#define SYNWARD_TESTS_LEDGER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/ledger.h"
#include "maps/abi.h"
#include "support/folder.h"
#include "support/random.h"

#define T0 INT64_C(1732000000000) /* when tests begin */

struct ledger_fixture {
	char *folder;
	struct sw_ledger_options options;
	struct sw_ledger *ledger;
	struct sw_err err;
	char text[16384]; /* of what was walked */
};

#define ok(f, call)                                                            \
	do {                                                                   \
		int ok_code = (call);                                          \
		if (ok_code)                                                   \
			fail_msg("%s: %d: %s", #call, ok_code, (f)->err.text); \
	} while (0)

/* Asserts that it fails, and that the words have @words in them. */
#define fails(f, code, words, call)                                                           \
	do {                                                                                  \
		int fails_code = (call);                                                      \
		if (fails_code != (code) || !strstr((f)->err.text, (words)))                  \
			fail_msg("%s: %d (%s): %s", #call, fails_code, strerror(-fails_code), \
				 (f)->err.text);                                              \
	} while (0)

static inline void ledger_open(struct ledger_fixture *f)
{
	ok(f, sw_ledger_open(&f->options, &f->ledger, &f->err));
}

static inline void ledger_close(struct ledger_fixture *f)
{
	f->ledger = sw_ledger_close(f->ledger);
}

static inline void ledger_open_again(struct ledger_fixture *f)
{
	ledger_close(f);
	ledger_open(f);
}

static inline int ledger_setup(void **state)
{
	struct ledger_fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	f->folder = folder_make();
	f->options.state_dir = f->folder;
	*state = f;
	ledger_open(f);
	return 0;
}

/* Whatever restores have left. */
static inline int ledger_teardown(void **state)
{
	struct ledger_fixture *f = *state;

	ledger_close(f);
	folder_remove(f->folder);
	free(f);
	return 0;
}

static inline struct sw_prefix prefix(const char *text)
{
	struct sw_prefix p;

	assert_int_equal(sw_prefix_parse(text, strlen(text), &p), 0);
	return p;
}

static inline struct sw_verdict verdict(const char *source, uint8_t origin)
{
	struct sw_verdict v = { .source = prefix(source),
				.origin = origin,
				.action = SW_ACTION_DROP,
				.reason = "spam",
				.who = "alice",
				.created_ms = T0,
				.expires_ms = T0 + 3600000,
				.count = 1 };

	return v;
}

static inline struct sw_change change(unsigned kind, int64_t time_ms)
{
	return (struct sw_change){ .time_ms = time_ms, .kind = (uint8_t)kind };
}

static inline void ledger_put(struct ledger_fixture *f, const char *source, uint8_t origin)
{
	struct sw_verdict v = verdict(source, origin);
	struct sw_change c = change(SW_CHANGE_SET, T0);

	ok(f, sw_ledger_put(f->ledger, &v, &c, &f->err));
}

static inline void ledger_put_now(struct ledger_fixture *f, const char *source, uint8_t origin)
{
	ok(f, sw_ledger_begin(f->ledger, &f->err));
	ledger_put(f, source, origin);
	ok(f, sw_ledger_commit(f->ledger, &f->err));
}

static inline void ledger_remove_now(struct ledger_fixture *f, const char *source, uint8_t origin)
{
	struct sw_prefix p = prefix(source);
	struct sw_change c = change(SW_CHANGE_REMOVED, T0 + 1);

	ok(f, sw_ledger_begin(f->ledger, &f->err));
	ok(f, sw_ledger_remove(f->ledger, &p, origin, &c, &f->err));
	ok(f, sw_ledger_commit(f->ledger, &f->err));
}

static inline uint64_t ledger_count(struct ledger_fixture *f)
{
	struct sw_ledger_counts counts;

	ok(f, sw_ledger_count(f->ledger, &counts, &f->err));
	return counts.verdicts;
}

static inline void ledger_say(struct ledger_fixture *f, const struct sw_prefix *p, const char *more)
{
	char buf[SW_PREFIX_TEXT];
	size_t n = strlen(f->text);

	snprintf(f->text + n, sizeof(f->text) - n, "%s%s%s", n ? " " : "", sw_prefix_format(p, buf),
		 more);
}

static inline int ledger_say_verdict(void *ctx, const struct sw_verdict *v)
{
	char more[8];

	snprintf(more, sizeof(more), "/o%u", v->origin);
	ledger_say(ctx, &v->source, more);
	return 0;
}

static inline int ledger_say_change(void *ctx, const struct sw_history *h)
{
	char more[64];

	snprintf(more, sizeof(more), ":%s@%lld", sw_change_name(h->kind),
		 (long long)(h->time_ms - T0));
	ledger_say(ctx, &h->verdict.source, more);
	return 0;
}

/* "192.0.2.1/o1 ..." inside @within; NULL: all. */
static inline const char *ledger_all(struct ledger_fixture *f, const char *within)
{
	struct sw_prefix p = within ? prefix(within) : (struct sw_prefix){ 0 };

	f->text[0] = '\0';
	ok(f, sw_ledger_each(f->ledger, within ? &p : NULL, ledger_say_verdict, f, &f->err));
	return f->text;
}

static inline const char *ledger_containing(struct ledger_fixture *f, const char *inner)
{
	struct sw_prefix p = prefix(inner);

	f->text[0] = '\0';
	ok(f, sw_ledger_each_containing(f->ledger, &p, ledger_say_verdict, f, &f->err));
	return f->text;
}

static inline const char *ledger_history(struct ledger_fixture *f, const char *source,
					 unsigned flags)
{
	struct sw_prefix p = prefix(source);

	f->text[0] = '\0';
	ok(f, sw_ledger_history(f->ledger, &p, flags, ledger_say_change, f, &f->err));
	return f->text;
}

static inline int ledger_count_verdict(void *ctx, const struct sw_verdict *v)
{
	++*(uint64_t *)ctx;
	return 0;
}

/* Batches of random single IPv4 sources; the same for the same seed. */
static inline void ledger_fill(struct ledger_fixture *f, uint64_t *seed, unsigned batches,
			       unsigned size)
{
	struct sw_verdict v = verdict("0.0.0.0", 1);
	struct sw_change c = change(SW_CHANGE_SET, T0);

	for (unsigned i = 0; i < batches; i++) {
		ok(f, sw_ledger_begin(f->ledger, &f->err));
		for (unsigned j = 0; j < size; j++) {
			v.source = sw_prefix_ip4((uint32_t)sw_random(seed), 32);
			ok(f, sw_ledger_put(f->ledger, &v, &c, &f->err));
		}
		ok(f, sw_ledger_commit(f->ledger, &f->err));
	}
}

#endif
