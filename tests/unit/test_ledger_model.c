/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ledger against a model that keeps everything in arrays: random changes, prunings and
 * reopenings, and each way to read it.
 */
#include "support/ledger_fixture.h"

#define MODEL 200
#define CHANGES 4000

struct model {
	struct sw_verdict verdicts[MODEL]; /* by source and origin */
	bool there[MODEL];
	struct sw_history history[CHANGES];
	unsigned n;
	unsigned forgotten; /* of history, from its front */
};

static int model_cmp(const void *a, const void *b)
{
	const struct sw_verdict *x = a, *y = b;
	int order = sw_prefix_cmp(&x->source, &y->source);

	return order ? order : (x->origin > y->origin) - (x->origin < y->origin);
}

static void model_init(struct model *m, uint64_t *seed)
{
	for (unsigned i = 0; i < MODEL; i++) {
		struct sw_verdict *v = &m->verdicts[i];

		/* few addresses, so that there are prefixes in prefixes, and some twice */
		v->source = sw_random(seed) % 3
				    ? sw_prefix_ip4((uint32_t)(sw_random(seed) % 7) << 24 |
							    (uint32_t)(sw_random(seed) % 5),
						    (unsigned)(sw_random(seed) % 33))
				    : sw_prefix_ip6(sw_random(seed) % 3 << 61, sw_random(seed) % 5,
						    (unsigned)(sw_random(seed) % 129));
		v->origin = (uint8_t)(1 + sw_random(seed) % 3);
	}
	qsort(m->verdicts, MODEL, sizeof(m->verdicts[0]), model_cmp);
	for (unsigned i = 1; i < MODEL; i++) /* twice: give it another origin */
		if (model_cmp(&m->verdicts[i - 1], &m->verdicts[i]) >= 0) {
			m->verdicts[i].source = m->verdicts[i - 1].source;
			m->verdicts[i].origin = m->verdicts[i - 1].origin + 1;
		}
}

static void model_text(char *text, size_t size, uint64_t *seed)
{
	size_t n = sw_random(seed) % (sw_random(seed) % 8 ? 12 : size);

	for (size_t i = 0; i < n; i++)
		text[i] = (char)(1 + sw_random(seed) % 255);
	text[n] = '\0';
}

/* One change of the model, and of the ledger. */
static void model_change(struct model *m, struct ledger_fixture *f, uint64_t *seed)
{
	unsigned i = (unsigned)(sw_random(seed) % MODEL);
	struct sw_verdict *v = &m->verdicts[i];
	struct sw_history *h = &m->history[m->n];
	struct sw_change c = { .time_ms = T0 + m->n / 3 };

	h->number = ++m->n;
	h->time_ms = c.time_ms;
	model_text(h->who, sizeof(h->who), seed);
	model_text(h->why, sizeof(h->why), seed);
	if (sw_random(seed) % 2)
		c.who = h->who;
	if (sw_random(seed) % 2)
		c.why = h->why;
	if (m->there[i] && sw_random(seed) % 2) {
		c.kind = sw_random(seed) % 2 ? SW_CHANGE_REMOVED : SW_CHANGE_ENDED;
		ok(f, sw_ledger_remove(f->ledger, &v->source, v->origin, &c, &f->err));
		m->there[i] = false;
	} else {
		c.kind = m->there[i] ? SW_CHANGE_EXTENDED : SW_CHANGE_SET;
		v->action = (uint8_t)(1 + sw_random(seed) % (SW_ACTION_MAX - 1));
		v->created_ms = (int64_t)(sw_random(seed) >> 1);
		v->expires_ms = (int64_t)(sw_random(seed) >> 1 >> sw_random(seed) % 64);
		v->count = (uint32_t)sw_random(seed);
		model_text(v->reason, sizeof(v->reason), seed);
		model_text(v->who, sizeof(v->who), seed);
		ok(f, sw_ledger_put(f->ledger, v, &c, &f->err));
		m->there[i] = true;
	}
	h->kind = c.kind;
	h->verdict = *v;
	if (!c.who)
		strcpy(h->who, v->who);
	if (!c.why)
		strcpy(h->why, v->reason);
}

static void same_verdict(const struct sw_verdict *a, const struct sw_verdict *b)
{
	assert_int_equal(model_cmp(a, b), 0);
	assert_true(a->action == b->action && a->created_ms == b->created_ms &&
		    a->expires_ms == b->expires_ms && a->count == b->count);
	assert_string_equal(a->reason, b->reason);
	assert_string_equal(a->who, b->who);
}

/* A walk of the ledger beside one of the model. */
struct beside {
	const struct model *m;
	const struct sw_prefix *within, *inner; /* NULL: any */
	unsigned next;
	bool back; /* history: from the end */
};

static bool is_meant(const struct beside *b, const struct sw_prefix *source)
{
	return (!b->within || sw_prefix_contains(b->within, source)) &&
	       (!b->inner || sw_prefix_contains(source, b->inner));
}

static int beside_verdict(void *ctx, const struct sw_verdict *v)
{
	struct beside *b = ctx;

	while (b->next < MODEL &&
	       (!b->m->there[b->next] || !is_meant(b, &b->m->verdicts[b->next].source)))
		b->next++;
	assert_true(b->next < MODEL);
	same_verdict(&b->m->verdicts[b->next++], v);
	return 0;
}

static int beside_change(void *ctx, const struct sw_history *h)
{
	struct beside *b = ctx;
	const struct sw_history *want;

	do {
		assert_true(b->next < b->m->n);
		want = &b->m->history[b->back ? b->m->n - 1 - b->next : b->next];
		b->next++;
	} while (!is_meant(b, &want->verdict.source));
	assert_int_equal(h->number, want->number);
	assert_int_equal(h->time_ms, want->time_ms);
	assert_int_equal(h->kind, want->kind);
	assert_string_equal(h->who, want->who);
	assert_string_equal(h->why, want->why);
	same_verdict(&want->verdict, &h->verdict);
	return 0;
}

static void check_verdicts(const struct model *m, struct ledger_fixture *f,
			   const struct sw_prefix *within, const struct sw_prefix *inner)
{
	struct beside b = { .m = m, .within = within, .inner = inner };

	if (inner)
		ok(f, sw_ledger_each_containing(f->ledger, inner, beside_verdict, &b, &f->err));
	else
		ok(f, sw_ledger_each(f->ledger, within, beside_verdict, &b, &f->err));
	for (; b.next < MODEL; b.next++)
		assert_false(m->there[b.next] && is_meant(&b, &m->verdicts[b.next].source));
}

static void check_history(const struct model *m, struct ledger_fixture *f,
			  const struct sw_prefix *source, unsigned flags)
{
	bool containing = flags & SW_HISTORY_CONTAINING;
	struct beside b = { .m = m,
			    .within = containing ? NULL : source,
			    .inner = source,
			    .back = flags & SW_HISTORY_NEWEST_FIRST };

	if (!b.back)
		b.next = m->forgotten;
	ok(f, sw_ledger_history(f->ledger, source, flags, beside_change, &b, &f->err));
	for (; b.next < m->n - (b.back ? m->forgotten : 0); b.next++)
		assert_false(is_meant(
			&b, &m->history[b.back ? m->n - 1 - b.next : b.next].verdict.source));
}

static void model_check(const struct model *m, struct ledger_fixture *f, uint64_t *seed)
{
	uint64_t count = 0;
	struct sw_verdict got;

	for (unsigned i = 0; i < MODEL; i++) {
		const struct sw_verdict *v = &m->verdicts[i];
		int code = sw_ledger_get(f->ledger, &v->source, v->origin, &got, &f->err);

		assert_int_equal(code, m->there[i] ? 0 : -ENOENT);
		if (!code)
			same_verdict(v, &got);
		count += m->there[i];
	}
	assert_int_equal(ledger_count(f), count);
	check_verdicts(m, f, NULL, NULL);
	for (int i = 0; i < 10; i++) {
		const struct sw_prefix *p = &m->verdicts[sw_random(seed) % MODEL].source;

		check_verdicts(m, f, p, NULL);
		check_verdicts(m, f, NULL, p);
		check_history(m, f, p, (unsigned)(sw_random(seed) % 4));
	}
	ok(f, sw_ledger_verify(f->ledger, &f->err));
}

static void model_run(struct ledger_fixture *f, uint64_t seed)
{
	struct model *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	model_init(m, &seed);
	f->options.pending_max = seed % 2 ? 0 : 1 + seed % 50;
	ledger_open_again(f);
	for (int round = 0; round < 40; round++) {
		ok(f, sw_ledger_begin(f->ledger, &f->err));
		for (uint64_t i = 1 + sw_random(&seed) % 40; i > 0; i--)
			model_change(m, f, &seed);
		ok(f, sw_ledger_commit(f->ledger, &f->err));
		if (round % 8 == 5) {
			size_t n;
			unsigned most = (unsigned)(sw_random(&seed) % 60);

			ok(f, sw_ledger_prune_history(f->ledger, T0 + m->n / 3 - 20, most, &n,
						      &f->err));
			assert_true(n <= most);
			m->forgotten += (unsigned)n;
		}
		if (round % 4 == 3)
			model_check(m, f, &seed);
		if (round % 10 == 9)
			ledger_open_again(f);
	}
	model_check(m, f, &seed);
	free(m);
}

static void test_model(void **state)
{
	for (uint64_t seed = 1; seed <= 4; seed++) {
		struct ledger_fixture *f = NULL;

		ledger_setup((void **)&f);
		model_run(f, seed * 7919);
		ledger_teardown((void **)&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_model) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
