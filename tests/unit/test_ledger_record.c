/* SPDX-License-Identifier: GPL-2.0-only */
/* Records of the ledger: there and back, the order of keys, and every damaged byte found. */
#include "support/ledger_fixture.h"

#include "daemon/ledger_pending.h"

static struct sw_view view(const void *data, size_t n)
{
	return (struct sw_view){ data, n };
}

static struct sw_prefix random_prefix(uint64_t *seed)
{
	if (sw_random(seed) % 2)
		return sw_prefix_ip4((uint32_t)sw_random(seed), (unsigned)(sw_random(seed) % 33));
	return sw_prefix_ip6(sw_random(seed), sw_random(seed), (unsigned)(sw_random(seed) % 129));
}

static void test_layout(void **state)
{
	static const uint8_t key4[] = { 4, 192, 0, 2, 0, 24, 1 };
	struct sw_prefix p = prefix("192.0.2.0/24"), q;
	uint8_t key[SW_RECORD_KEY], origin;

	/* on disks already: never another */
	assert_int_equal(sw_record_key(&p, 1, key), sizeof(key4));
	assert_memory_equal(key, key4, sizeof(key4));
	assert_int_equal(sw_record_key_read(view(key, 7), &q, &origin), 0);
	p = prefix("2001:db8::/32");
	assert_int_equal(sw_record_key(&p, 255, key), 19);
	assert_memory_equal(key, "\x06\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\0\x20\xff", 19);
	assert_int_equal(sw_record_key_read(view(key, 19), &q, &origin), 0);
	assert_int_equal(sw_prefix_cmp(&p, &q), 0);
	assert_int_equal(origin, 255);
}

static void test_bad_keys(void **state)
{
	static const struct {
		uint8_t key[SW_RECORD_KEY];
		size_t n;
	} cases[] = {
		{ { 0 }, 0 },
		{ { 4 }, 1 },
		{ { 4, 1, 2, 3, 4, 32 }, 6 },
		{ { 4, 1, 2, 3, 4, 32, 1, 0 }, 8 },
		{ { 4, 1, 2, 3, 4, 33, 1 }, 7 }, /* length */
		{ { 4, 1, 2, 3, 4, 24, 1 }, 7 }, /* bits below it */
		{ { 4, 1, 2, 3, 4, 32, 0 }, 7 }, /* origin */
		{ { 5, 1, 2, 3, 4, 32, 1 }, 7 },
		{ { 6, 1, 2, 3, 4, 32, 1 }, 7 },
		{ { 6, [17] = 129, [18] = 1 }, 19 },
		{ { 6, [16] = 1, [17] = 127, [18] = 1 }, 19 },
	};
	struct sw_prefix p;
	uint8_t origin;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(sw_record_key_read(view(cases[i].key, cases[i].n), &p, &origin),
				 -EBADMSG);
}

static void test_order_of_keys(void **state)
{
	uint64_t seed = 11;

	for (int i = 0; i < 20000; i++) {
		uint8_t a[SW_RECORD_KEY], b[SW_RECORD_KEY];
		struct sw_prefix p = random_prefix(&seed), q = random_prefix(&seed);
		int order;
		size_t n, m;

		if (i % 2)
			q = sw_prefix_truncate(&p, (unsigned)(sw_random(&seed) % 129));
		n = sw_record_key(&p, 7, a);
		m = sw_record_key(&q, 7, b);
		order = sw_view_cmp(view(a, n), view(b, m));
		assert_int_equal((order > 0) - (order < 0), sw_prefix_cmp(&p, &q));
	}
}

static struct sw_verdict verdict_on_two(const char *source, uint8_t origin)
{
	struct sw_verdict v = verdict(source, origin);

	sw_rests_add(&v.rests, 0x01000000);
	sw_rests_add(&v.rests, 0xfeedbeef);
	return v;
}

/* Each once; and more than there is room for is any. */
static void test_rests(void **state)
{
	struct sw_verdict v = verdict("10.0.0.1", 1);
	struct sw_err err;

	assert_false(sw_rests_on(&v.rests, 7));
	for (uint32_t i = 1; i <= SW_RESTS; i++) {
		sw_rests_add(&v.rests, i);
		sw_rests_add(&v.rests, i);
	}
	assert_int_equal(v.rests.n, SW_RESTS);
	assert_true(sw_rests_on(&v.rests, SW_RESTS));
	assert_false(sw_rests_on(&v.rests, 1000));
	assert_int_equal(sw_verdict_check(&v, &err), 0);
	sw_rests_add(&v.rests, 1000);
	assert_int_equal(v.rests.n, 1);
	assert_true(sw_rests_on(&v.rests, 1000) && sw_rests_on(&v.rests, 1001));
	sw_rests_add(&v.rests, 3);
	assert_int_equal(v.rests.n, 1);
	v.rests.n = SW_RESTS + 1;
	assert_int_equal(sw_verdict_check(&v, &err), -EINVAL);
	v.rests = (struct sw_rests){ .n = 1 };
	assert_int_equal(sw_verdict_check(&v, &err), -EINVAL);
}

static size_t encode_source(const struct sw_verdict *v, uint64_t number, uint8_t *key,
			    size_t *key_n, uint8_t *out)
{
	uint8_t body[SW_RECORD_BODY];

	*key_n = sw_record_key(&v->source, v->origin, key);
	return sw_record_source(view(key, *key_n), number, view(body, sw_record_body(v, body)),
				out);
}

static int decode_source(struct sw_view key, struct sw_view record, struct sw_verdict *v)
{
	struct sw_view body;
	uint64_t number;
	int code = sw_record_source_read(key, record, &number, &body);

	return code ? code : body.n ? sw_record_verdict(key, body, v) : 1;
}

static void test_sources(void **state)
{
	struct sw_verdict v = verdict_on_two("2001:db8::/32", 9), w;
	uint8_t key[SW_RECORD_KEY], out[SW_RECORD_SOURCE];
	struct sw_view body;
	size_t key_n, n = encode_source(&v, 77, key, &key_n, out);
	uint64_t number;

	assert_int_equal(n, 9 + 24 + 9 + 4 + 8);
	assert_int_equal(decode_source(view(key, key_n), view(out, n), &w), 0);
	assert_string_equal(w.reason, "spam");
	assert_string_equal(w.who, "alice");
	assert_int_equal(w.expires_ms, v.expires_ms);
	assert_int_equal(w.rests.n, 2);
	assert_true(sw_rests_on(&w.rests, 0x01000000) && sw_rests_on(&w.rests, 0xfeedbeef));
	/* every bit of record and key counts */
	for (size_t i = 0; i < n * 8; i++) {
		out[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(decode_source(view(key, key_n), view(out, n), &w), -EBADMSG);
		out[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (size_t i = 0; i < key_n * 8; i++) {
		key[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(decode_source(view(key, key_n), view(out, n), &w), -EBADMSG);
		key[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (size_t i = 0; i < n; i++)
		assert_int_equal(decode_source(view(key, key_n), view(out, i), &w), -EBADMSG);
	/* without a verdict */
	n = sw_record_source(view(key, key_n), 5, view(NULL, 0), out);
	assert_int_equal(sw_record_source_read(view(key, key_n), view(out, n), &number, &body), 0);
	assert_int_equal(number, 5);
	assert_int_equal(body.n, 0);
	n = sw_record_source(view(key, key_n), 0, view(NULL, 0), out);
	assert_int_equal(sw_record_source_read(view(key, key_n), view(out, n), &number, &body),
			 -EBADMSG);
}

/* The sum is right, what is inside is not. */
static void test_bad_bodies(void **state)
{
	static const struct {
		size_t at;
		uint8_t byte;
	} cases[] = {
		{ 0, SW_ACTION_NONE },
		{ 0, SW_ACTION_MAX },
		{ 1, 0x80 }, /* a time before 1970 */
		{ 9, 0x80 },
		{ 21, 5 }, /* a reason that is longer than that */
		{ 21, 0 },
		{ 22, 64 },
		{ 22, 200 },
		{ 23, 1 }, /* fewer lists than there are, or more */
		{ 23, 3 },
		{ 23, 17 },
		{ 25, 0 }, /* a NUL in a text */
		{ 29, 0 },
		{ 33, 0 }, /* rests on list 0 */
	};
	struct sw_verdict v = verdict_on_two("10.0.0.1", 1), w;
	uint8_t key[SW_RECORD_KEY], body[SW_RECORD_BODY], byte;
	size_t key_n = sw_record_key(&v.source, 1, key), n = sw_record_body(&v, body);

	assert_int_equal(sw_record_verdict(view(key, key_n), view(body, n), &w), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		byte = body[cases[i].at];
		body[cases[i].at] = cases[i].byte;
		assert_int_equal(sw_record_verdict(view(key, key_n), view(body, n), &w), -EBADMSG);
		body[cases[i].at] = byte;
	}
	for (size_t i = 0; i < n; i++)
		assert_int_equal(sw_record_verdict(view(key, key_n), view(body, i), &w), -EBADMSG);
}

static void test_changes(void **state)
{
	struct sw_verdict v = verdict("10.0.0.1", 1);
	uint8_t key[SW_RECORD_KEY], body[SW_RECORD_BODY], out[SW_RECORD_CHANGE];
	struct sw_record_change c = { .number = 9, .previous = 4, .time_ms = T0, .kind = 2 }, d;
	struct sw_history h;
	size_t n;

	c.key = view(key, sw_record_key(&v.source, 1, key));
	c.body = view(body, sw_record_body(&v, body));
	for (int i = 0; i < 4; i++) {
		c.who = i & 1 ? view("bob", 3) : view(NULL, 0);
		c.why = i & 2 ? view("because", 7) : view(NULL, 0);
		n = sw_record_change(&c, out);
		assert_int_equal(sw_record_change_read(9, view(out, n), &d), 0);
		assert_int_equal(sw_record_history(&d, &h), 0);
		assert_int_equal(h.number, 9);
		assert_int_equal(d.previous, 4);
		assert_int_equal(h.kind, SW_CHANGE_EXTENDED);
		assert_string_equal(h.who, i & 1 ? "bob" : "alice");
		assert_string_equal(h.why, i & 2 ? "because" : "spam");
		assert_string_equal(h.verdict.reason, "spam");
		assert_int_equal(sw_record_change_read(8, view(out, n), &d), -EBADMSG);
		for (size_t j = 0; j < n * 8; j++) {
			out[j / 8] ^= (uint8_t)(1 << j % 8);
			assert_int_equal(sw_record_change_read(9, view(out, n), &d), -EBADMSG);
			out[j / 8] ^= (uint8_t)(1 << j % 8);
		}
		for (size_t j = 0; j < n; j++)
			assert_int_equal(sw_record_change_read(9, view(out, j), &d), -EBADMSG);
	}
	/* new numbers */
	sw_record_change_number(out, n, 1000, 999);
	assert_int_equal(sw_record_change_read(1000, view(out, n), &d), 0);
	assert_int_equal(d.previous, 999);
	sw_record_change_number(out, n, 1000, 1000); /* before itself */
	assert_int_equal(sw_record_change_read(1000, view(out, n), &d), -EBADMSG);
}

static void test_state(void **state)
{
	struct sw_record_state s = { .next = 5, .folded = 3, .verdicts = 2 }, t;
	uint8_t out[SW_RECORD_STATE];

	sw_record_state(&s, out);
	assert_int_equal(sw_record_state_read(view(out, sizeof(out)), &t), 0);
	assert_memory_equal(&s, &t, sizeof(s));
	for (size_t i = 0; i < sizeof(out) * 8; i++) {
		out[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(sw_record_state_read(view(out, sizeof(out)), &t), -EBADMSG);
		out[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	assert_int_equal(sw_record_state_read(view(out, 27), &t), -EBADMSG);
	s.folded = 6;
	sw_record_state(&s, out);
	assert_int_equal(sw_record_state_read(view(out, sizeof(out)), &t), -EBADMSG);
}

static void test_kinds(void **state)
{
	uint8_t kind = 99;

	for (unsigned i = 1; i < SW_CHANGE_KINDS; i++) {
		assert_int_equal(sw_change_parse(sw_change_name(i), &kind), 0);
		assert_int_equal(kind, i);
	}
	assert_string_equal(sw_change_name(SW_CHANGE_ENDED), "ended");
	assert_string_equal(sw_change_name(0), "unknown");
	assert_string_equal(sw_change_name(SW_CHANGE_KINDS), "unknown");
	assert_int_equal(sw_change_parse("unknown", &kind), -EINVAL);
}

/* ---- what waits, against an array ---- */

#define KEYS 3000

struct entry {
	uint8_t key[SW_RECORD_KEY];
	size_t n;
	uint64_t number; /* 0: not there */
};

static int by_key(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return sw_view_cmp(view(x->key, x->n), view(y->key, y->n));
}

static void check_pending(const struct sw_pending *p, const struct entry *entries, size_t from)
{
	struct sw_pending_place place =
		sw_pending_from(p, from ? view(entries[from].key, entries[from].n) : view(NULL, 0));
	uint64_t oldest = UINT64_MAX, number = sw_pending_oldest(p, UINT64_MAX);
	struct sw_pending_node *node;
	size_t n = 0;

	for (size_t i = from; i < KEYS; i++) {
		if (!entries[i].number)
			continue;
		node = sw_pending_at(p, place);
		assert_non_null(node);
		assert_int_equal(
			sw_view_cmp(sw_pending_key(node), view(entries[i].key, entries[i].n)), 0);
		assert_int_equal(node->number, entries[i].number);
		place = sw_pending_next(p, place);
		n++;
	}
	assert_null(sw_pending_at(p, place));
	assert_true(from || n == p->count);
	for (size_t i = 0; i < KEYS; i++)
		if (entries[i].number && entries[i].number < oldest)
			oldest = entries[i].number;
	assert_true(number <= oldest && (oldest == UINT64_MAX || number + 1024 > oldest));
}

static void add(struct sw_pending *p, struct entry *e, uint64_t number)
{
	struct sw_pending_node *node = sw_pending_new(view(e->key, e->n), view("body", 4), number);

	assert_non_null(node);
	assert_int_equal(sw_pending_add(p, node), 0);
	e->number = number;
}

static void test_pending(void **state)
{
	struct entry *entries = calloc(KEYS, sizeof(*entries));
	struct sw_pending p, batch;
	uint64_t seed = 21, number = 0;

	assert_non_null(entries);
	sw_pending_init(&p);
	sw_pending_init(&batch);
	for (size_t i = 0; i < KEYS; i++) {
		struct sw_prefix source = random_prefix(&seed);

		/* all different; some that begin alike */
		while (source.len < 24)
			source = random_prefix(&seed);
		if (i % 3 == 0)
			source = sw_prefix_ip6(0x20010db800000000, sw_random(&seed), 128);
		entries[i].n = sw_record_key(&source, (uint8_t)(1 + i % 255), entries[i].key);
	}
	qsort(entries, KEYS, sizeof(*entries), by_key);
	for (int round = 0; round < 60; round++) {
		unsigned percent = 5 + (unsigned)(sw_random(&seed) % 90);

		for (int i = 0; i < 400; i++) {
			struct entry *e = &entries[sw_random(&seed) % KEYS];
			struct sw_pending_node *node = sw_pending_find(&p, view(e->key, e->n));

			assert_int_equal(node ? node->number : 0, e->number);
			if (sw_random(&seed) % 100 < percent) {
				add(&p, e, ++number);
			} else if (node) {
				sw_pending_remove(&p, node);
				e->number = 0;
			}
		}
		/* a range, from a random place on */
		for (size_t i = sw_random(&seed) % KEYS, n = 500; n > 0 && i < KEYS; n--, i++) {
			if (round % 5 == 4 && entries[i].number) {
				sw_pending_remove(&p, sw_pending_find(&p, view(entries[i].key,
									       entries[i].n)));
				entries[i].number = 0;
			}
		}
		/* a batch, which needs no memory */
		for (uint64_t i = 1; round % 6 == 5 && i <= 300; i++)
			add(&batch, &entries[sw_random(&seed) % KEYS], i);
		assert_int_equal(sw_pending_reserve(&p, batch.count, number, number + 300), 0);
		for (size_t i = 0; i < KEYS; i++)
			if (sw_pending_find(&batch, view(entries[i].key, entries[i].n)))
				entries[i].number += number;
		sw_pending_move(&p, &batch, number);
		assert_int_equal(batch.count, 0);
		number += 300;
		check_pending(&p, entries, 0);
		check_pending(&p, entries, sw_random(&seed) % KEYS);
	}
	sw_pending_done(&p);
	sw_pending_done(&batch);
	check_pending(&p, memset(entries, 0, KEYS * sizeof(*entries)), 0);
	free(entries);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout),	      cmocka_unit_test(test_bad_keys),
		cmocka_unit_test(test_order_of_keys), cmocka_unit_test(test_sources),
		cmocka_unit_test(test_bad_bodies),    cmocka_unit_test(test_rests),
		cmocka_unit_test(test_changes),	      cmocka_unit_test(test_state),
		cmocka_unit_test(test_kinds),	      cmocka_unit_test(test_pending),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
