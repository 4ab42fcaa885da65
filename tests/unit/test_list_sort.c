/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sorting, merging and counting of entries, against the simplest way to do each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lists/flatten.h"
#include "lists/reader.h"

#define ENTRIES 3000

static uint64_t state;

static uint64_t rnd(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1dull;
}

static int compare4(const void *pa, const void *pb)
{
	const struct sw_entry4 *a = pa, *b = pb;

	if (a->addr != b->addr)
		return a->addr < b->addr ? -1 : 1;
	return a->len != b->len ? a->len - b->len : a->class - b->class;
}

static int compare6(const void *pa, const void *pb)
{
	const struct sw_entry6 *a = pa, *b = pb;

	if (a->hi != b->hi)
		return a->hi < b->hi ? -1 : 1;
	if (a->lo != b->lo)
		return a->lo < b->lo ? -1 : 1;
	return a->len != b->len ? a->len - b->len : a->class - b->class;
}

/* What an entry may differ in; each digit of the sort is constant in some set. */
struct shape {
	uint64_t hi, lo; /* bits of the address that are drawn; IPv4: the low half of lo */
	unsigned lengths, classes; /* so many different ones */
};

static const struct shape shapes[] = {
	{ ~0ull, ~0ull, 129, 255 },
	{ ~0ull, ~0ull, 1, 1 },
	{ ~0ull, 0, 1, 1 },
	{ 0, 0xff, 3, 2 },
	{ 0x8000000000000000, 1, 1, 1 },
	{ 0, 0x80000000, 2, 1 },
	{ 0, 0xf0, 1, 4 },
	{ 1, 0x8000000000000000, 1, 1 },
	{ 0, 0, 1, 1 },
	{ 0, 0, 5, 1 },
	{ 0, 0, 1, 9 },
};

static struct sw_entry4 draw4(const struct shape *s)
{
	unsigned len = 32 - (unsigned)(rnd() % s->lengths) % 33;

	return (struct sw_entry4){ .addr = (uint32_t)(rnd() & s->lo),
				   .len = (uint8_t)len,
				   .class = (uint8_t)(1 + rnd() % s->classes),
				   .flags = rnd() % 8 ? 0 : SW_ENTRY_EXCLUDE };
}

static struct sw_entry6 draw6(const struct shape *s)
{
	unsigned len = 128 - (unsigned)(rnd() % s->lengths);

	return (struct sw_entry6){ .hi = rnd() & s->hi,
				   .lo = rnd() & s->lo,
				   .len = (uint8_t)len,
				   .class = (uint8_t)(1 + rnd() % s->classes),
				   .flags = rnd() % 8 ? 0 : SW_ENTRY_EXCLUDE };
}

static void test_sort4(void **unused)
{
	static struct sw_entry4 sorted[ENTRIES], expected[ENTRIES];

	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		for (size_t n = 0; n <= ENTRIES; n = n * 3 + 1) {
			uint64_t flags = 0, expected_flags = 0;

			for (size_t k = 0; k < n; k++)
				sorted[k] = expected[k] = draw4(&shapes[i]);
			qsort(expected, n, sizeof(*expected), compare4);
			assert_int_equal(sw_entries4_sort(sorted, n), 0);
			for (size_t k = 0; k < n; k++) {
				assert_int_equal(compare4(&sorted[k], &expected[k]), 0);
				flags += sorted[k].flags * (sorted[k].addr + sorted[k].len);
				expected_flags +=
					expected[k].flags * (expected[k].addr + expected[k].len);
			}
			assert_int_equal(flags, expected_flags);
		}
	}
}

static void test_sort6(void **unused)
{
	static struct sw_entry6 sorted[ENTRIES], expected[ENTRIES];

	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		for (size_t n = 0; n <= ENTRIES; n = n * 3 + 1) {
			uint64_t flags = 0, expected_flags = 0;

			for (size_t k = 0; k < n; k++)
				sorted[k] = expected[k] = draw6(&shapes[i]);
			qsort(expected, n, sizeof(*expected), compare6);
			assert_int_equal(sw_entries6_sort(sorted, n), 0);
			for (size_t k = 0; k < n; k++) {
				assert_int_equal(compare6(&sorted[k], &expected[k]), 0);
				flags += sorted[k].flags * (sorted[k].hi + sorted[k].lo);
				expected_flags +=
					expected[k].flags * (expected[k].hi + expected[k].lo);
			}
			assert_int_equal(flags, expected_flags);
		}
	}
}

/* No memory is touched for what is in order already: a list of one's own making. */
static void test_sorted_stays(void **unused)
{
	struct sw_entry4 four[] = { { .addr = 1, .len = 24, .class = 7 },
				    { .addr = 1, .len = 32, .class = 3, .flags = 1 },
				    { .addr = 1, .len = 32, .class = 3 },
				    { .addr = 2, .len = 8, .class = 1 } };
	struct sw_entry6 six[] = { { .hi = 1, .lo = 9, .len = 24 },
				   { .hi = 2, .lo = 1, .len = 24, .class = 2, .flags = 1 },
				   { .hi = 2, .lo = 1, .len = 24, .class = 2 },
				   { .hi = 2, .lo = 2, .len = 8 } };
	struct sw_entry4 same4[4];
	struct sw_entry6 same6[4];

	memcpy(same4, four, sizeof(four));
	memcpy(same6, six, sizeof(six));
	assert_int_equal(sw_entries4_sort(four, 4), 0);
	assert_int_equal(sw_entries6_sort(six, 4), 0);
	assert_memory_equal(same4, four, sizeof(four));
	assert_memory_equal(same6, six, sizeof(six));
	assert_int_equal(sw_entries4_sort(NULL, 0), 0);
	assert_int_equal(sw_entries6_sort(NULL, 0), 0);
}

/* ---- many runs are as one ---- */

#define RUNS 7

static void fill_ranks(struct sw_rank rank[SW_CLASS_MAX])
{
	for (unsigned c = 0; c < SW_CLASS_MAX; c++)
		rank[c] = (struct sw_rank){ (uint8_t)(rnd() % 3), (uint8_t)(rnd() % 3) };
}

/* Chains of prefixes, the same ones in several runs, entries and holes. */
static struct sw_prefix draw_prefix(unsigned family)
{
	unsigned len = (unsigned)(rnd() % (family == 4 ? 33 : 129));
	uint64_t bits = rnd() & 0xc000000000000001;

	return family == 4 ? sw_prefix_ip4((uint32_t)(bits >> 32 | bits), len)
			   : sw_prefix_ip6(bits, rnd() & 0x8000000000000001, len);
}

static void test_runs4(void **unused)
{
	static struct sw_entry4 entries[ENTRIES], joined[ENTRIES], one[ENTRIES], many[ENTRIES];
	static struct sw_rank rank[SW_CLASS_MAX];

	for (unsigned round = 0; round < 200; round++) {
		struct sw_run runs[RUNS];
		size_t n = 0, one_n, many_n;

		fill_ranks(rank);
		for (unsigned r = 0; r < RUNS; r++) {
			size_t first = n, size = rnd() % 4 ? rnd() % 40 : 0;

			for (size_t i = 0; i < size; i++) {
				struct sw_prefix p = draw_prefix(4);

				entries[n++] = (struct sw_entry4){
					.addr = (uint32_t)p.lo,
					.len = p.len,
					.class = (uint8_t)(1 + 30 * r + rnd() % 2),
					.flags = rnd() % 4 ? 0 : SW_ENTRY_EXCLUDE
				};
			}
			sw_entries4_sort(entries + first, size);
			runs[r] = (struct sw_run){ entries + first, size };
		}
		memcpy(joined, entries, n * sizeof(*joined));
		sw_entries4_sort(joined, n);
		assert_int_equal(sw_flatten4(joined, n, rank, one, &one_n), 0);
		assert_int_equal(sw_flatten4_runs(runs, RUNS, rank, many, &many_n), 0);
		assert_int_equal(one_n, many_n);
		assert_memory_equal(one, many, many_n * sizeof(*many));
	}
}

static void test_runs6(void **unused)
{
	static struct sw_entry6 entries[ENTRIES], joined[ENTRIES], one[ENTRIES], many[ENTRIES];
	static struct sw_rank rank[SW_CLASS_MAX];

	for (unsigned round = 0; round < 200; round++) {
		struct sw_run runs[RUNS];
		size_t n = 0, one_n, many_n;

		fill_ranks(rank);
		for (unsigned r = 0; r < RUNS; r++) {
			size_t first = n, size = rnd() % 4 ? rnd() % 40 : 0;

			for (size_t i = 0; i < size; i++) {
				struct sw_prefix p = draw_prefix(6);

				entries[n++] = (struct sw_entry6){
					.hi = p.hi,
					.lo = p.lo,
					.len = p.len,
					.class = (uint8_t)(1 + 30 * r + rnd() % 2),
					.flags = rnd() % 4 ? 0 : SW_ENTRY_EXCLUDE
				};
			}
			sw_entries6_sort(entries + first, size);
			runs[r] = (struct sw_run){ entries + first, size };
		}
		memcpy(joined, entries, n * sizeof(*joined));
		sw_entries6_sort(joined, n);
		assert_int_equal(sw_flatten6(joined, n, rank, one, &one_n), 0);
		assert_int_equal(sw_flatten6_runs(runs, RUNS, rank, many, &many_n), 0);
		assert_int_equal(one_n, many_n);
		assert_memory_equal(one, many, many_n * sizeof(*many));
	}
}

static void test_no_runs(void **unused)
{
	static const struct sw_rank rank[SW_CLASS_MAX];
	struct sw_run empty = { NULL, 0 };
	size_t n = 99;

	assert_int_equal(sw_flatten4_runs(NULL, 0, rank, NULL, &n), 0);
	assert_int_equal(n, 0);
	n = 99;
	assert_int_equal(sw_flatten6_runs(&empty, 1, rank, NULL, &n), 0);
	assert_int_equal(n, 0);
}

/* ---- covered ---- */

/* Is entry @i inside another, the longest such one being no hole? */
static bool covered(const struct sw_prefix *p, const bool *hole, size_t n, size_t i)
{
	size_t around = n;

	for (size_t k = 0; k < n; k++)
		if (k != i && sw_prefix_contains(&p[k], &p[i]) &&
		    (around == n || p[k].len > p[around].len))
			around = k;
	return around < n && !hole[i] && !hole[around];
}

static int compare_prefixes(const void *a, const void *b)
{
	return sw_prefix_cmp(a, b);
}

static void test_covered(void **unused)
{
	for (unsigned round = 0; round < 400; round++) {
		unsigned family = round % 2 ? 4 : 6;
		struct sw_prefix p[60];
		struct sw_entry4 four[60];
		struct sw_entry6 six[60];
		bool hole[60];
		size_t n = 0, expected = 0;
		struct sw_list list = { .entries4 = four, .entries6 = six };

		for (size_t i = 0; i < 60; i++)
			p[i] = draw_prefix(family);
		qsort(p, 60, sizeof(*p), compare_prefixes);
		for (size_t i = 0; i < 60; i++)
			if (!n || sw_prefix_cmp(&p[n - 1], &p[i]))
				p[n++] = p[i];
		for (size_t i = 0; i < n; i++) {
			uint8_t flags = rnd() % 4 ? 0 : SW_ENTRY_EXCLUDE;

			hole[i] = flags;
			four[i] = (struct sw_entry4){ .addr = (uint32_t)p[i].lo,
						      .len = p[i].len,
						      .flags = flags };
			six[i] = (struct sw_entry6){
				.hi = p[i].hi, .lo = p[i].lo, .len = p[i].len, .flags = flags
			};
		}
		*(family == 4 ? &list.n4 : &list.n6) = n;
		for (size_t i = 0; i < n; i++)
			expected += covered(p, hole, n, i);
		assert_int_equal(sw_count_covered(&list), expected);
	}
}

static int seed(void **unused)
{
	state = 20261125;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sort4),	     cmocka_unit_test(test_sort6),
		cmocka_unit_test(test_sorted_stays), cmocka_unit_test(test_runs4),
		cmocka_unit_test(test_runs6),	     cmocka_unit_test(test_no_runs),
		cmocka_unit_test(test_covered),
	};

	return cmocka_run_group_tests(tests, seed, NULL);
}
