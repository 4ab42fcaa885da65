/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Forgetting single changes from the midst of the history: against an array that knows what
 * must be left, whatever is folded and in whatever order things came.
 */
#include "support/ledger_fixture.h"

#define SOURCES 12
#define CHANGES 6000

struct known {
	unsigned source;
	uint8_t kind, action;
	int64_t time_ms;
	bool gone;
};

static struct model {
	struct known change[CHANGES + 1]; /* by number, from 1 */
	uint64_t n;
	uint64_t newest[SOURCES]; /* change; 0: none */
	bool there[SOURCES];
	uint64_t hand;
} m;

static bool is_passing(const struct sw_history *h)
{
	return h->verdict.action == SW_ACTION_PASS && h->kind != SW_CHANGE_REPLACED;
}

static struct sw_prefix source_of(unsigned i)
{
	return i % 2 ? sw_prefix_ip4(0x0a000000 + i, 32) : sw_prefix_ip6(i, 0, 64);
}

static void change_one(struct ledger_fixture *f, uint64_t *seed)
{
	unsigned i = (unsigned)(sw_random(seed) % SOURCES);
	struct sw_verdict v = verdict("10.0.0.1", 2);
	struct known *k = &m.change[m.n + 1];
	struct sw_change c = { .time_ms = T0 + (int64_t)m.n };
	uint8_t action = sw_random(seed) % 3 ? SW_ACTION_PASS : SW_ACTION_DROP;

	v.source = source_of(i);
	if (m.there[i] && sw_random(seed) % 2) {
		c.kind = SW_CHANGE_ENDED;
		action = m.change[m.newest[i]].action;
		ok(f, sw_ledger_remove(f->ledger, &v.source, 2, &c, &f->err));
	} else {
		c.kind = !m.there[i]				  ? SW_CHANGE_SET
			 : m.change[m.newest[i]].action == action ? SW_CHANGE_EXTENDED
								  : SW_CHANGE_REPLACED;
		v.action = action;
		ok(f, sw_ledger_put(f->ledger, &v, &c, &f->err));
	}
	*k = (struct known){ i, c.kind, action, c.time_ms, false };
	m.newest[i] = ++m.n;
	m.there[i] = c.kind != SW_CHANGE_ENDED;
}

static void thin(struct ledger_fixture *f, int64_t before_ms, size_t max)
{
	uint64_t from = m.hand;
	size_t n = 0, expected = 0;

	ok(f, sw_ledger_thin_history(f->ledger, before_ms, is_passing, max, &m.hand, &n, &f->err));
	assert_true(m.hand >= from);
	for (uint64_t i = from + 1; i <= m.hand; i++) {
		struct known *k = &m.change[i];
		bool in_force = m.newest[k->source] == i && m.there[k->source];

		if (k->gone)
			continue;
		assert_true(k->time_ms < before_ms);
		k->gone = k->action == SW_ACTION_PASS && k->kind != SW_CHANGE_REPLACED && !in_force;
		expected += k->gone;
	}
	assert_int_equal(n, expected);
}

struct beside {
	uint64_t next;
	unsigned source;
};

static int beside(void *ctx, const struct sw_history *h)
{
	struct beside *b = ctx;

	while (b->next <= m.n && (m.change[b->next].gone || m.change[b->next].source != b->source))
		b->next++;
	assert_int_equal(h->number, b->next);
	assert_int_equal(h->kind, m.change[b->next].kind);
	b->next++;
	return 0;
}

static void check(struct ledger_fixture *f)
{
	for (unsigned i = 0; i < SOURCES; i++) {
		struct sw_prefix source = source_of(i);
		struct beside b = { .next = 1, .source = i };
		struct sw_verdict v;

		ok(f, sw_ledger_history(f->ledger, &source, 0, beside, &b, &f->err));
		for (; b.next <= m.n; b.next++)
			assert_true(m.change[b.next].gone || m.change[b.next].source != i);
		assert_int_equal(sw_ledger_peek(f->ledger, &source, 2, &v, &f->err),
				 m.there[i] ? 0 : -ENOENT);
	}
	ok(f, sw_ledger_verify(f->ledger, &f->err));
}

static void run(struct ledger_fixture *f, uint64_t seed)
{
	memset(&m, 0, sizeof(m));
	f->options.pending_max = seed % 2 ? 0 : 1 + seed % 9;
	ledger_open_again(f);
	for (unsigned round = 0; round < 100; round++) {
		ok(f, sw_ledger_begin(f->ledger, &f->err));
		for (uint64_t i = 1 + sw_random(&seed) % 40; i > 0 && m.n < CHANGES; i--)
			change_one(f, &seed);
		ok(f, sw_ledger_commit(f->ledger, &f->err));
		if (sw_random(&seed) % 2)
			ok(f, sw_ledger_settle(f->ledger, sw_random(&seed) % 30, NULL, &f->err));
		thin(f, T0 + (int64_t)(sw_random(&seed) % (m.n + 10)), sw_random(&seed) % 50);
		if (round % 5 == 4)
			check(f);
		if (round % 10 == 9)
			ledger_open_again(f);
	}
	ok(f, sw_ledger_settle(f->ledger, SIZE_MAX, NULL, &f->err));
	m.hand = 0; /* again from the front: those that were in force then, and are not now */
	thin(f, INT64_MAX, 2 * CHANGES);
	assert_int_equal(m.hand, m.n);
	check(f);
	ledger_open_again(f);
	check(f);
}

static void test_any_order(void **state)
{
	for (uint64_t seed = 1; seed <= 6; seed++) {
		struct ledger_fixture *f = NULL;

		ledger_setup((void **)&f);
		run(f, seed * 7919);
		ledger_teardown((void **)&f);
	}
}

/* Of a source that only ever passed nothing at all is left. */
static void test_nothing_is_left(void **state)
{
	struct ledger_fixture *f = *state;
	struct sw_ledger_counts counts;
	struct sw_verdict v = verdict("10.0.0.1", 2);
	struct sw_change c = change(SW_CHANGE_SET, T0);
	uint64_t hand = 0;
	size_t n = 9;

	v.action = SW_ACTION_PASS;
	for (uint32_t i = 0; i < 500; i++) {
		v.source = sw_prefix_ip4(0x0a000000 + i, 32);
		ok(f, sw_ledger_begin(f->ledger, &f->err));
		c.kind = SW_CHANGE_SET;
		ok(f, sw_ledger_put(f->ledger, &v, &c, &f->err));
		c.kind = SW_CHANGE_ENDED;
		ok(f, sw_ledger_remove(f->ledger, &v.source, 2, &c, &f->err));
		ok(f, sw_ledger_commit(f->ledger, &f->err));
	}
	/* not what a start still has to read */
	ok(f, sw_ledger_thin_history(f->ledger, T0 + 1, is_passing, 5000, &hand, &n, &f->err));
	assert_int_equal(n, 0);
	ok(f, sw_ledger_settle(f->ledger, SIZE_MAX, NULL, &f->err));
	ok(f, sw_ledger_thin_history(f->ledger, T0, is_passing, 5000, &hand, &n, &f->err));
	assert_int_equal(n, 0); /* too young */
	ok(f, sw_ledger_thin_history(f->ledger, T0 + 1, is_passing, 300, &hand, &n, &f->err));
	assert_int_equal(n, 300);
	ok(f, sw_ledger_thin_history(f->ledger, T0 + 1, is_passing, 5000, &hand, &n, &f->err));
	assert_int_equal(n, 700);
	ok(f, sw_ledger_count(f->ledger, &counts, &f->err));
	assert_int_equal(counts.history, 0);
	assert_int_equal(counts.verdicts, 0);
	assert_string_equal(ledger_history(f, "10.0.0.1", 0), "");
	ok(f, sw_ledger_verify(f->ledger, &f->err));
	ledger_put_now(f, "10.0.0.1", 2);
	assert_string_equal(ledger_history(f, "10.0.0.1", 0), "10.0.0.1:set@0");
}

static void test_refused(void **state)
{
	struct ledger_fixture *f = *state;
	uint64_t hand = 0;

	ok(f, sw_ledger_begin(f->ledger, &f->err));
	fails(f, -EBUSY, "batch is open",
	      sw_ledger_thin_history(f->ledger, T0, is_passing, 9, &hand, NULL, &f->err));
	sw_ledger_abort(f->ledger);
	f->options.read_only = true;
	ledger_open_again(f);
	fails(f, -EROFS, "reading only",
	      sw_ledger_thin_history(f->ledger, T0, is_passing, 9, &hand, NULL, &f->err));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, ledger_setup, ledger_teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_order),
		TEST(test_nothing_is_left),
		TEST(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
