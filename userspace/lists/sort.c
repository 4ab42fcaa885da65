/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sort - entries by address, length, class; see flatten.h. By radix, the least
 * significant digit first, and only by digits that are not the same everywhere:
 * a list of hosts has one length, one of /64s no low half, one list one class.
 */
#include "flatten.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/huge.h"

#define ADDR_BITS 11
#define DIGIT_MAX (1u << ADDR_BITS)
#define DIGITS4 (2 + 3) /* class, length, and 33 bits that hold the address */
#define DIGITS6 (2 + 12)

/* The same for both families; inlined into each, so that calls cost nothing. */
struct family {
	size_t size; /* of an entry, in bytes; words of 64 bits */
	unsigned digits;
	unsigned (*digit)(const void *entry, unsigned k);
	bool (*follows)(const void *entry, const void *before); /* or is equal */
};

static inline unsigned digit4(const void *entry, unsigned k)
{
	const struct sw_entry4 *e = entry;

	if (k < 2)
		return k ? e->len : e->class;
	return e->addr >> (k - 2) * ADDR_BITS & (DIGIT_MAX - 1);
}

static inline unsigned digit6(const void *entry, unsigned k)
{
	const struct sw_entry6 *e = entry;

	if (k < 2)
		return k ? e->len : e->class;
	return (unsigned)(((unsigned __int128)e->hi << 64 | e->lo) >> (k - 2) * ADDR_BITS) &
	       (DIGIT_MAX - 1);
}

static inline bool follows4(const void *entry, const void *before)
{
	const struct sw_entry4 *e = entry, *b = before;
	uint64_t key = (uint64_t)e->addr << 16 | e->len << 8 | e->class;

	return key >= ((uint64_t)b->addr << 16 | b->len << 8 | b->class);
}

static inline bool follows6(const void *entry, const void *before)
{
	const struct sw_entry6 *e = entry, *b = before;

	if (e->hi != b->hi)
		return e->hi > b->hi;
	if (e->lo != b->lo)
		return e->lo > b->lo;
	return (e->len << 8 | e->class) >= (b->len << 8 | b->class);
}

static inline __attribute__((always_inline)) bool is_sorted(const char *entries, size_t n,
							    struct family f)
{
	for (size_t i = 1; i < n; i++)
		if (!f.follows(entries + i * f.size, entries + (i - 1) * f.size))
			return false;
	return true;
}

/* The bits in which entries differ, as an entry: a digit of it that is 0 is the same
 * in all of them. */
union difference {
	uint64_t word[3];
	struct sw_entry4 four;
	struct sw_entry6 six;
};

static inline __attribute__((always_inline)) union difference compare_all(const char *entries,
									  size_t n, size_t size)
{
	union difference first = { { 0 } }, entry = { { 0 } }, ret = { { 0 } };

	memcpy(&first, entries, size);
	for (size_t i = 1; i < n; i++) {
		memcpy(&entry, entries + i * size, size);
		for (size_t w = 0; w < size / sizeof(uint64_t); w++)
			ret.word[w] |= entry.word[w] ^ first.word[w];
	}
	return ret;
}

/* One pass: from @from to @to by digit @k. */
static inline __attribute__((always_inline)) void deal(const char *from, char *to, size_t n,
						       unsigned k, struct family f)
{
	uint32_t place[DIGIT_MAX] = { 0 }, sum = 0;

	for (size_t i = 0; i < n; i++)
		place[f.digit(from + i * f.size, k)]++;
	for (unsigned d = 0; d < DIGIT_MAX; d++) {
		uint32_t here = place[d];

		place[d] = sum;
		sum += here;
	}
	for (size_t i = 0; i < n; i++) {
		const char *entry = from + i * f.size;

		memcpy(to + place[f.digit(entry, k)]++ * f.size, entry, f.size);
	}
}

static inline __attribute__((always_inline)) int sort(void *entries, size_t n, struct family f)
{
	union difference differs;
	char *scratch, *from = entries, *to, *swap;

	if (n > UINT32_MAX)
		return -E2BIG;
	if (is_sorted(entries, n, f))
		return 0;
	scratch = sw_huge(malloc(n * f.size), n * f.size);
	if (!scratch)
		return -ENOMEM;
	to = scratch;
	differs = compare_all(entries, n, f.size);
	for (unsigned k = 0; k < f.digits; k++) {
		if (!f.digit(&differs, k))
			continue;
		deal(from, to, n, k, f);
		swap = from, from = to, to = swap;
	}
	if (from != entries)
		memcpy(entries, from, n * f.size);
	free(scratch);
	return 0;
}

int sw_entries4_sort(struct sw_entry4 *entries, size_t n)
{
	return sort(entries, n, (struct family){ sizeof(*entries), DIGITS4, digit4, follows4 });
}

int sw_entries6_sort(struct sw_entry6 *entries, size_t n)
{
	return sort(entries, n, (struct family){ sizeof(*entries), DIGITS6, digit6, follows6 });
}
