/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * flatten - see flatten.h. One walk over the sorted entries with a stack of the
 * prefixes that contain the present one; no recursion, one pass, any depth.
 *
 * IPv4 and IPv6 share the walk: an address is left-aligned in 128 bits, so that
 * an IPv4 prefix looks like a short IPv6 one.
 */
#include "flatten.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 129 /* a chain of prefixes has one of each length, 0 to 128 */

struct node {
	uint64_t hi, lo;
	uint8_t len;
	uint8_t class;
	uint8_t flags;
};

struct winner {
	uint8_t class;
	uint8_t tier;
	uint8_t harsh;
	uint8_t len;
};

struct frame {
	struct node at;
	struct winner winner;
	size_t begin, end; /* the entries of exactly this prefix */
};

/* How the walk reads and writes entries of either family. */
struct access {
	struct node (*get)(const void *entries, size_t i);
	void (*put)(void *entries, size_t i, const struct node *node);
};

static struct node get4(const void *entries, size_t i)
{
	const struct sw_entry4 *e = (const struct sw_entry4 *)entries + i;

	return (struct node){
		.hi = (uint64_t)e->addr << 32, .len = e->len, .class = e->class, .flags = e->flags
	};
}

static void put4(void *entries, size_t i, const struct node *node)
{
	((struct sw_entry4 *)entries)[i] = (struct sw_entry4){ .addr = (uint32_t)(node->hi >> 32),
							       .len = node->len,
							       .class = node->class };
}

static struct node get6(const void *entries, size_t i)
{
	const struct sw_entry6 *e = (const struct sw_entry6 *)entries + i;

	return (struct node){
		.hi = e->hi, .lo = e->lo, .len = e->len, .class = e->class, .flags = e->flags
	};
}

static void put6(void *entries, size_t i, const struct node *node)
{
	((struct sw_entry6 *)entries)[i] = (struct sw_entry6){ .hi = node->hi,
							       .lo = node->lo,
							       .len = node->len,
							       .class = node->class };
}

static inline bool contains(const struct node *outer, const struct node *inner)
{
	uint64_t diff_hi = outer->hi ^ inner->hi, diff_lo = outer->lo ^ inner->lo;

	if (outer->len > inner->len)
		return false;
	if (outer->len == 0)
		return true;
	if (outer->len <= 64)
		return diff_hi >> (64 - outer->len) == 0;
	return diff_hi == 0 && diff_lo >> (128 - outer->len) == 0;
}

static inline bool beats(const struct winner *a, const struct winner *b)
{
	if (a->tier != b->tier)
		return a->tier > b->tier;
	if (a->len != b->len)
		return a->len > b->len;
	if (a->harsh != b->harsh)
		return a->harsh > b->harsh;
	return a->class < b->class;
}

static inline void consider(struct winner *best, uint8_t class, uint8_t len,
			    const struct sw_rank rank[SW_CLASS_MAX])
{
	struct winner w = {
		.class = class, .tier = rank[class].tier, .harsh = rank[class].harsh, .len = len
	};

	if (best->class == SW_CLASS_UNLISTED || beats(&w, best))
		*best = w;
}

/*
 * The winner at the top of the stack when a hole is among its entries: a class
 * speaks through its longest entry alone, so every class of the chain has to be
 * asked again, from the longest prefix to the shortest.
 */
static struct winner judge_chain(const void *sorted, struct access io, const struct frame *stack,
				 size_t depth, const struct sw_rank rank[SW_CLASS_MAX])
{
	struct winner best = { .class = SW_CLASS_UNLISTED };
	bool spoken[SW_CLASS_MAX] = { false };

	for (size_t d = depth; d-- > 0;) {
		bool listed[SW_CLASS_MAX] = { false };

		for (size_t i = stack[d].begin; i < stack[d].end; i++) {
			struct node n = io.get(sorted, i);

			if (n.flags & SW_ENTRY_EXCLUDE)
				spoken[n.class] = true;
			else
				listed[n.class] = true;
		}
		for (unsigned c = 1; c < SW_CLASS_MAX; c++) {
			if (listed[c] && !spoken[c])
				consider(&best, (uint8_t)c, stack[d].at.len, rank);
			spoken[c] |= listed[c];
		}
	}
	return best;
}

/* One distinct prefix: entries [begin, end) of @sorted. Fills the frame on top. */
static inline void judge_prefix(const void *sorted, struct access io, struct frame *stack,
				size_t depth, const struct sw_rank rank[SW_CLASS_MAX])
{
	struct frame *top = &stack[depth - 1];
	struct winner best = { .class = SW_CLASS_UNLISTED };

	if (depth > 1)
		best = stack[depth - 2].winner;
	for (size_t i = top->begin; i < top->end; i++) {
		struct node n = io.get(sorted, i);

		if (n.flags & SW_ENTRY_EXCLUDE) {
			best = judge_chain(sorted, io, stack, depth, rank);
			break;
		}
		consider(&best, n.class, n.len, rank);
	}
	top->winner = best;
}

static inline __attribute__((always_inline)) size_t walk(const void *sorted, size_t n,
							 struct access io,
							 const struct sw_rank rank[SW_CLASS_MAX],
							 void *out)
{
	struct frame stack[DEPTH_MAX];
	size_t depth = 0, nout = 0;

	for (size_t i = 0, end; i < n; i = end) {
		struct node at = io.get(sorted, i);
		uint8_t above;

		for (end = i + 1; end < n; end++) {
			struct node next = io.get(sorted, end);

			if (next.hi != at.hi || next.lo != at.lo || next.len != at.len)
				break;
		}
		while (depth && !contains(&stack[depth - 1].at, &at))
			depth--;
		above = depth ? stack[depth - 1].winner.class : SW_CLASS_UNLISTED;
		stack[depth] = (struct frame){ .at = at, .begin = i, .end = end };
		depth++;
		judge_prefix(sorted, io, stack, depth, rank);
		at.class = stack[depth - 1].winner.class;
		if (at.class != above)
			io.put(out, nout++, &at);
	}
	return nout;
}

int sw_flatten4(const struct sw_entry4 *sorted, size_t n, const struct sw_rank rank[SW_CLASS_MAX],
		struct sw_entry4 *out, size_t *nout)
{
	*nout = walk(sorted, n, (struct access){ get4, put4 }, rank, out);
	return 0;
}

int sw_flatten6(const struct sw_entry6 *sorted, size_t n, const struct sw_rank rank[SW_CLASS_MAX],
		struct sw_entry6 *out, size_t *nout)
{
	*nout = walk(sorted, n, (struct access){ get6, put6 }, rank, out);
	return 0;
}

/* ---- sorting ---- */

#define DIGIT_BITS 11
#define ADDR_DIGITS 3 /* 11 bits each cover an IPv4 address */
#define LOW_DIGIT (33 * 256) /* length and class as one digit */

static inline unsigned low_digit(const struct sw_entry4 *e)
{
	return (unsigned)e->len * 256 + e->class;
}

static inline unsigned addr_digit(const struct sw_entry4 *e, unsigned k)
{
	return e->addr >> (k * DIGIT_BITS) & ((1u << DIGIT_BITS) - 1);
}

/* Counts to starting positions; true if all entries have the same digit. */
static bool positions(uint32_t *count, unsigned digits, size_t n)
{
	uint32_t sum = 0;

	for (unsigned d = 0; d < digits; d++) {
		uint32_t here = count[d];

		if (here == n)
			return true;
		count[d] = sum;
		sum += here;
	}
	return false;
}

/* Least significant digit first: (length, class), then the address. */
int sw_entries4_sort(struct sw_entry4 *entries, size_t n)
{
	struct sw_entry4 *scratch, *from = entries, *to, *swap;
	uint32_t(*count)[LOW_DIGIT];

	if (n < 2)
		return 0;
	if (n > UINT32_MAX)
		return -E2BIG;
	scratch = malloc(n * sizeof(*scratch));
	count = calloc(1 + ADDR_DIGITS, sizeof(*count));
	if (!scratch || !count) {
		free(scratch);
		free(count);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n; i++) {
		count[0][low_digit(&entries[i])]++;
		for (unsigned k = 0; k < ADDR_DIGITS; k++)
			count[1 + k][addr_digit(&entries[i], k)]++;
	}
	to = scratch;
	for (unsigned pass = 0; pass <= ADDR_DIGITS; pass++) {
		if (positions(count[pass], pass ? 1u << DIGIT_BITS : LOW_DIGIT, n))
			continue;
		for (size_t i = 0; i < n; i++) {
			unsigned d = pass ? addr_digit(&from[i], pass - 1) : low_digit(&from[i]);

			to[count[pass][d]++] = from[i];
		}
		swap = from, from = to, to = swap;
	}
	if (from != entries)
		memcpy(entries, from, n * sizeof(*entries));
	free(scratch);
	free(count);
	return 0;
}

static int entry6_cmp(const void *pa, const void *pb)
{
	const struct sw_entry6 *a = pa, *b = pb;

	if (a->hi != b->hi)
		return a->hi < b->hi ? -1 : 1;
	if (a->lo != b->lo)
		return a->lo < b->lo ? -1 : 1;
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return (int)a->class - (int)b->class;
}

int sw_entries6_sort(struct sw_entry6 *entries, size_t n)
{
	if (n) /* an empty array may be NULL, which qsort does not take */
		qsort(entries, n, sizeof(*entries), entry6_cmp);
	return 0;
}
