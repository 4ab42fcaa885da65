/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A year in a minute: verdicts are set, extended, replaced, taken back and end; lists change;
 * the daemon restarts, the machine reboots, somebody sets the clock. All by a script, from a
 * seed, with the daemon's own ledger, verdicts and table; only the clock and the card's
 * memory are the test's. All along, and in the end for every source and prefix, the table
 * says what an oracle says that remembers every word, and so does the ledger.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>

#include <cmocka.h>

#include "daemon/verdicts.h"
#include "lists/flatten.h"
#include "rules/origin.h"
#include "support/folder.h"
#include "support/oracle.h"
#include "support/random.h"
#include "support/script_clock.h"
#include "support/tables.h"

#define NOON INT64_C(1795608000000)
#define SECOND INT64_C(1000)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define YEAR (365 * DAY)
#define MODELS 400
#define ENTRIES 150
#define BLOCKS 65536
#define NEAR 20 /* ms around the end of a verdict in which it may be seen either way */

struct model {
	struct sw_prefix source;
	uint8_t action;
	int64_t ends; /* in true time; 0: never */
};

static struct world {
	char *folder;
	struct script_clock clock;
	unsigned boots;
	int64_t now; /* true time: what has passed since the beginning */
	struct sw_ledger *ledger;
	struct sw_verdicts *verdicts;
	struct sw_table4 t4;
	struct sw_table6 t6;
	struct sw_expiry expiry;
	struct sw_expiry_head head;
	struct sw_table *table;
	struct sw_rank rank[SW_CLASS_MAX];
	struct sw_entry4 list4[ENTRIES];
	struct sw_entry6 list6[ENTRIES];
	size_t n4, n6;
	struct model model[MODELS];
	size_t models;
	struct {
		unsigned set, extended, replaced, removed, ended, lists, restarts, reboots, steps,
			checks;
	} did;
} w;

static uint64_t state;

static uint64_t rnd(void)
{
	return sw_random(&state);
}

/* ---- the card's memory ---- */

static void new_tables(void)
{
	uint32_t repaired, buckets = sw_expiry_need(4096);

	w.t4 = table4_new(BLOCKS);
	w.t6 = table6_new(BLOCKS);
	memset(&w.head, 0, sizeof(w.head));
	w.head.seed = 20261125;
	w.expiry.buckets = calloc(buckets, sizeof(*w.expiry.buckets));
	assert_int_equal(sw_expiry_init(&w.expiry, &w.head, w.expiry.buckets, buckets, &repaired),
			 0);
}

static void free_tables(void)
{
	table4_free(&w.t4);
	table6_free(&w.t6);
	sw_expiry_done(&w.expiry);
	free(w.expiry.buckets);
}

/* A daemon that starts finds the memory as the last one left it; after a reboot, none. */
static void take_over_tables(bool reboot)
{
	uint32_t repaired;
	uint32_t buckets = w.expiry.capacity;

	if (reboot) {
		free_tables();
		new_tables();
		return;
	}
	sw_table4_done(&w.t4);
	sw_table6_done(&w.t6);
	sw_expiry_done(&w.expiry);
	assert_int_equal(sw_table4_init(&w.t4, w.t4.index, w.t4.blocks, BLOCKS, &repaired), 0);
	assert_int_equal(repaired, 0);
	assert_int_equal(sw_table6_init(&w.t6, w.t6.index, w.t6.blocks, BLOCKS, &repaired), 0);
	assert_int_equal(repaired, 0);
	assert_int_equal(sw_expiry_init(&w.expiry, &w.head, w.expiry.buckets, buckets, &repaired),
			 0);
	assert_int_equal(repaired, 0);
}

static int card_set(void *ctx, const struct sw_prefix *source, uint8_t class, uint64_t ends_ns,
		    struct sw_err *err)
{
	return sw_table_set(w.table, source, class, ends_ns);
}

static int card_clear(void *ctx, const struct sw_prefix *source, struct sw_err *err)
{
	return sw_table_clear(w.table, source);
}

static int card_get(void *ctx, const struct sw_prefix *source, uint8_t *class, uint64_t *ends_ns)
{
	struct sw_table_verdict v;
	int code = sw_table_verdict(w.table, source, &v);

	if (code)
		return code;
	*class = v.class;
	*ends_ns = v.ends_ns;
	return 0;
}

static int preset(void *ctx, const struct sw_prefix *source, uint8_t class, uint64_t ends_ns)
{
	return sw_table_preset(w.table, source, class, ends_ns);
}

/* ---- lists ---- */

/* Few places, so that all nests and collides. */
static struct sw_prefix random_prefix(void)
{
	static const uint8_t len4[] = { 32, 32, 32, 24, 28, 16, 12 };
	static const uint8_t len6[] = { 64, 64, 64, 128, 48, 32, 56 };
	uint32_t a = 0x05bc0000 | (uint32_t)(rnd() % 4) << 8 | (uint32_t)(rnd() % 32);
	uint64_t hi = 0x2a01000000000000 | rnd() % 4 << 16 | rnd() % 16;

	if (rnd() % 2)
		return sw_prefix_ip4(a, len4[rnd() % sizeof(len4)]);
	return sw_prefix_ip6(hi, rnd() % 2, len6[rnd() % sizeof(len6)]);
}

static void load_lists(void)
{
	struct sw_entry4 flat4[ENTRIES];
	struct sw_entry6 flat6[ENTRIES];
	size_t n4, n6;

	sw_flatten4(w.list4, w.n4, w.rank, flat4, &n4);
	sw_flatten6(w.list6, w.n6, w.rank, flat6, &n6);
	assert_int_equal(sw_table_load(w.table, flat4, n4, flat6, n6, w.rank), 0);
}

static void random_lists(void)
{
	w.n4 = w.n6 = 0;
	for (unsigned i = (unsigned)(rnd() % ENTRIES); i > 0; i--) {
		struct sw_prefix p = random_prefix();
		uint8_t class = (uint8_t)(SW_CLASS_FIRST_LIST + rnd() % 6);

		if (p.family == 4)
			w.list4[w.n4++] = (struct sw_entry4){ .addr = (uint32_t)p.lo,
							      .len = p.len,
							      .class = class };
		else
			w.list6[w.n6++] = (struct sw_entry6){ .hi = p.hi,
							      .lo = p.lo,
							      .len = p.len,
							      .class = class };
	}
	sw_entries4_sort(w.list4, w.n4);
	sw_entries6_sort(w.list6, w.n6);
	w.did.lists++;
}

/* ---- the oracle ---- */

static bool holds(const struct model *m)
{
	return !m->ends || m->ends > w.now;
}

static struct model *find_model(const struct sw_prefix *source)
{
	for (size_t i = 0; i < w.models; i++)
		if (!sw_prefix_cmp(&w.model[i].source, source))
			return &w.model[i];
	return NULL;
}

static uint8_t class_of(const struct model *m)
{
	return sw_verdict_class(SW_ORIGIN_OPERATOR, m->action, m->ends != 0);
}

/* NULL: no verdict. *@unsure: one ends just now. */
static const struct model *best_model(const struct sw_prefix *addr, bool *unsure)
{
	const struct model *best = NULL;

	for (size_t i = 0; i < w.models; i++) {
		const struct model *m = &w.model[i];

		if (!sw_prefix_contains(&m->source, addr))
			continue;
		*unsure |= m->ends && llabs(m->ends - w.now) < NEAR;
		if (holds(m) && (!best || m->source.len > best->source.len))
			best = m;
	}
	return best;
}

static void expect(struct sw_prefix addr)
{
	bool unsure = false, v4 = addr.family == 4;
	const struct model *m;
	uint8_t want, got;
	char text[SW_PREFIX_TEXT];

	addr.len = (uint8_t)sw_prefix_full(&addr);
	m = best_model(&addr, &unsure);
	if (unsure)
		return;
	want = v4 ? sw_oracle4(w.list4, w.n4, w.rank, (uint32_t)addr.lo)
		  : sw_oracle6(w.list6, w.n6, w.rank, addr.hi, addr.lo);
	if (m)
		want = class_of(m);
	got = v4 ? sw_table4_get(&w.t4, (uint32_t)addr.lo) : sw_table6_get(&w.t6, addr.hi, addr.lo);
	if (got >= SW_CLASS_OPERATOR_ALLOW_TEMPORARY && got < SW_CLASS_FIRST_LIST)
		got = sw_expiry_class(&w.expiry, &addr, got, w.clock.monotonic_ns, NULL);
	if (got != want)
		print_error("%s on day %lld: the table says class %u, the oracle %u\n",
			    sw_prefix_format(&addr, text), (long long)(w.now / DAY), got, want);
	assert_int_equal(got, want);
	w.did.checks++;
}

static void expect_some(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct sw_prefix p = random_prefix(), last = sw_prefix_last(&p);

		expect(p);
		expect(last);
	}
}

static int in_ledger(void *ctx, const struct sw_verdict *v)
{
	const struct model *m = find_model(&v->source);
	size_t *n = ctx;

	if (v->expires_ms && v->expires_ms <= sw_ledger_clock_now(sw_verdicts_clock(w.verdicts)))
		return 0;
	assert_non_null(m);
	assert_int_equal(m->action, v->action);
	assert_int_equal(m->ends != 0, v->expires_ms != 0);
	if (m->ends)
		assert_in_range(v->expires_ms - sw_ledger_clock_now(sw_verdicts_clock(w.verdicts)) -
					(m->ends - w.now) + NEAR,
				0, 2 * NEAR);
	++*n;
	return 0;
}

/* Ledger and oracle, both ways. */
static void expect_ledger(void)
{
	struct sw_err err;
	size_t n = 0, want = 0;

	for (size_t i = 0; i < w.models; i++) {
		if (w.model[i].ends && llabs(w.model[i].ends - w.now) < NEAR)
			return;
		want += holds(&w.model[i]);
	}
	assert_int_equal(sw_ledger_each(w.ledger, NULL, in_ledger, &n, &err), 0);
	assert_int_equal(n, want);
}

/* ---- what happens ---- */

static void note(void *ctx, int level, const char *text)
{
	if (strstr(text, "self-check"))
		fail_msg("%s", text);
}

static void count_event(void *ctx, const struct sw_history *event)
{
	switch (event->kind) {
	case SW_CHANGE_SET:
		w.did.set++;
		break;
	case SW_CHANGE_EXTENDED:
		w.did.extended++;
		break;
	case SW_CHANGE_REPLACED:
		w.did.replaced++;
		break;
	case SW_CHANGE_REMOVED:
		w.did.removed++;
		break;
	case SW_CHANGE_ENDED:
		w.did.ended++;
		break;
	}
}

static void start(void)
{
	static const struct sw_verdicts_card card = { .set = card_set,
						      .clear = card_clear,
						      .get = card_get };
	struct sw_ledger_options options = { .state_dir = w.folder };
	char boot[32];
	struct sw_verdicts_options how = {
		.clock = &w.clock.clock, .boot = boot, .event = count_event, .note = note
	};
	struct sw_err err;

	snprintf(boot, sizeof(boot), "boot-%u", w.boots);
	assert_int_equal(sw_ledger_open(&options, &w.ledger, &err), 0);
	how.ledger = w.ledger;
	assert_int_equal(sw_verdicts_open(&how, &w.verdicts, &err), 0);
	w.table = sw_table_open(&w.t4, &w.t6, &w.expiry);
	assert_non_null(w.table);
	assert_int_equal(sw_verdicts_each(w.verdicts, preset, NULL), 0);
	load_lists();
	sw_verdicts_use_card(w.verdicts, &card);
}

static void stop(void)
{
	sw_verdicts_close(w.verdicts);
	sw_ledger_close(w.ledger);
	sw_table_close(w.table);
}

static void pass(int64_t ms)
{
	w.now += ms;
	script_clock_pass(&w.clock, ms);
}

static void tick(void)
{
	struct sw_verdicts_counts n;

	do {
		sw_verdicts_tick(w.verdicts);
		sw_verdicts_counts(w.verdicts, &n);
	} while (n.ended);
}

static int64_t random_duration(void)
{
	switch (rnd() % 5) {
	case 0:
		return 0;
	case 1:
		return 1 + (int64_t)(rnd() % (60 * SECOND));
	case 2:
		return 1 + (int64_t)(rnd() % (6 * HOUR));
	default:
		return 1 + (int64_t)(rnd() % (30 * DAY));
	}
}

static void set_some(void)
{
	struct sw_verdict_change c[8];
	size_t n = 1 + rnd() % 8;
	struct sw_err err;

	memset(c, 0, sizeof(c));
	for (size_t i = 0; i < n; i++)
		c[i] = (struct sw_verdict_change){ .source = random_prefix(),
						   .origin = SW_ORIGIN_OPERATOR,
						   .action = rnd() % 3 ? SW_ACTION_DROP
								       : SW_ACTION_ALLOW,
						   .for_ms = random_duration(),
						   .reason = "scripted" };
	assert_int_equal(sw_verdicts_set(w.verdicts, c, n, "script", &err), 0);
	for (size_t i = 0; i < n; i++) {
		struct model *m = find_model(&c[i].source);
		int64_t ends = c[i].for_ms ? w.now + c[i].for_ms : 0;

		assert_int_equal(c[i].code, 0);
		if (!m) {
			assert_true(w.models < MODELS);
			m = &w.model[w.models++];
			*m = (struct model){ .ends = -1 };
		}
		if (holds(m) && m->action == c[i].action && (!m->ends || (ends && m->ends > ends)))
			ends = m->ends;
		*m = (struct model){ c[i].source, c[i].action, ends };
	}
}

static void remove_one(void)
{
	struct sw_verdict_change c = { .origin = SW_ORIGIN_OPERATOR, .reason = "scripted" };
	struct model *m;
	struct sw_err err;

	if (!w.models)
		return;
	m = &w.model[rnd() % w.models];
	if (m->ends && llabs(m->ends - w.now) < NEAR)
		return;
	c.source = m->source;
	assert_int_equal(sw_verdicts_remove(w.verdicts, &c, 1, "script", &err), 0);
	assert_int_equal(c.code, holds(m) ? 0 : -ENOENT);
	*m = w.model[--w.models];
}

/* Without the daemon, time goes on, and the card ends what it is to end by itself. */
static void restart(bool reboot)
{
	if (reboot) /* a step of the clock a moment before it is forgotten; see ledger_clock.h */
		tick();
	stop();
	pass((int64_t)(rnd() % (reboot ? 2 * DAY : HOUR)));
	if (reboot) {
		w.boots++;
		w.clock.monotonic_ns = 1000000000;
		w.did.reboots++;
	} else {
		if (rnd() % 4 == 0)
			w.clock.wall_ms += rnd() % 2 ? DAY : -DAY;
		expect_some(20);
	}
	take_over_tables(reboot);
	start();
	w.did.restarts++;
}

static void something(void)
{
	unsigned what = (unsigned)(rnd() % 100);

	if (what < 45) {
		set_some();
	} else if (what < 60) {
		remove_one();
	} else if (what < 75) {
		random_lists();
		load_lists();
	} else if (what < 85) {
		restart(rnd() % 4 == 0);
	} else if (what < 90) {
		w.clock.wall_ms += rnd() % 2 ? DAY : -DAY;
		w.did.steps++;
	} else {
		sw_verdicts_check(w.verdicts, SIZE_MAX);
	}
}

static void a_year(void **unused)
{
	state = 20261125;
	w.folder = folder_make();
	script_clock_set(&w.clock, NOON, 60000);
	for (unsigned c = SW_CLASS_FIRST_LIST; c < SW_CLASS_FIRST_LIST + 6; c++)
		w.rank[c] = (struct sw_rank){ .tier = 1 + c % 3, .harsh = 1 + c % 2 };
	for (unsigned c = SW_CLASS_OPERATOR_ALLOW; c < SW_CLASS_FIRST_LIST; c++)
		w.rank[c] = (struct sw_rank){ .tier = 200, .harsh = 1 };
	new_tables();
	random_lists();
	start();
	while (w.now < YEAR) {
		something();
		expect_some(10);
		pass(rnd() % 3 ? (int64_t)(rnd() % (20 * SECOND)) : (int64_t)(rnd() % (2 * DAY)));
		expect_some(10); /* the card alone, before the daemon wakes up */
		tick();
		expect_some(10);
		if (rnd() % 8 == 0)
			expect_ledger();
	}
	for (size_t i = 0; i < w.models; i++)
		expect(w.model[i].source);
	expect_some(5000);
	expect_ledger();
	sw_verdicts_check(w.verdicts, SIZE_MAX);
	print_message("# a year: %u set, %u extended, %u replaced, %u removed, %u ended, %u lists, "
		      "%u restarts (%u reboots), %u clock steps, %u look-ups compared\n",
		      w.did.set, w.did.extended, w.did.replaced, w.did.removed, w.did.ended,
		      w.did.lists, w.did.restarts, w.did.reboots, w.did.steps, w.did.checks);
	assert_true(w.did.set > 500 && w.did.extended > 10 && w.did.replaced > 10 &&
		    w.did.removed > 30 && w.did.ended > 300 && w.did.lists > 30 &&
		    w.did.restarts > 20 && w.did.reboots > 3 && w.did.steps > 10);
	stop();
	free_tables();
	folder_remove(w.folder);
}

/* Nobody reads this memory beside us. */
void sw_table_wait_readers(void)
{
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_year) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
