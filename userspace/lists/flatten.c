/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * flatten - see flatten.h. The lists, each sorted, are merged by a heap of cursors;
 * one walk over what comes out, with a stack of the prefixes that contain the present
 * one; no recursion, one pass, any depth, and no copy of the entries.
 *
 * IPv4 and IPv6 share both: an address is left-aligned in 128 bits, so that an
 * IPv4 prefix looks like a short IPv6 one.
 */
#include "flatten.h"

#include <errno.h>
#include <stdlib.h>

#define INLINE inline __attribute__((always_inline)) /* so that access costs no calls */
#define DEPTH_MAX 129 /* a chain of prefixes has one of each length, 0 to 128 */

struct node {
	uint64_t hi, lo;
	uint8_t len;
	uint8_t class;
	uint8_t flags;
};

/* How entries of a family are read and written. */
struct access {
	size_t size;
	struct node (*get)(const void *entry);
	void (*put)(void *entry, const struct node *node);
};

static inline struct node get4(const void *entry)
{
	const struct sw_entry4 *e = entry;

	return (struct node){
		.hi = (uint64_t)e->addr << 32, .len = e->len, .class = e->class, .flags = e->flags
	};
}

static inline void put4(void *entry, const struct node *node)
{
	*(struct sw_entry4 *)entry = (struct sw_entry4){ .addr = (uint32_t)(node->hi >> 32),
							 .len = node->len,
							 .class = node->class };
}

static inline struct node get6(const void *entry)
{
	const struct sw_entry6 *e = entry;

	return (struct node){
		.hi = e->hi, .lo = e->lo, .len = e->len, .class = e->class, .flags = e->flags
	};
}

static inline void put6(void *entry, const struct node *node)
{
	*(struct sw_entry6 *)entry = (struct sw_entry6){ .hi = node->hi,
							 .lo = node->lo,
							 .len = node->len,
							 .class = node->class };
}

/* ---- merging ---- */

struct cursor {
	struct node head; /* what is read next */
	const char *rest, *end; /* what comes behind it */
};

struct merge {
	struct cursor *heap; /* the least head first */
	size_t n;
};

static inline bool is_before(const struct node *a, const struct node *b)
{
	if (a->hi != b->hi)
		return a->hi < b->hi;
	if (a->lo != b->lo)
		return a->lo < b->lo;
	return a->len < b->len;
}

static inline void sift_down(struct merge *m, size_t i)
{
	struct cursor moved = m->heap[i];

	for (size_t child; (child = 2 * i + 1) < m->n; i = child) {
		if (child + 1 < m->n && is_before(&m->heap[child + 1].head, &m->heap[child].head))
			child++;
		if (!is_before(&m->heap[child].head, &moved.head))
			break;
		m->heap[i] = m->heap[child];
	}
	m->heap[i] = moved;
}

static INLINE void merge_start(struct merge *m, const struct sw_run *runs, size_t n,
			       struct access io)
{
	m->n = 0;
	for (size_t i = 0; i < n; i++) {
		const char *entries = runs[i].entries;

		if (runs[i].n)
			m->heap[m->n++] = (struct cursor){ .head = io.get(entries),
							   .rest = entries + io.size,
							   .end = entries + runs[i].n * io.size };
	}
	for (size_t i = m->n; i-- > 0;)
		sift_down(m, i);
}

/* Leave the least entry behind. */
static INLINE void merge_next(struct merge *m, struct access io)
{
	struct cursor *top = &m->heap[0];

	if (top->rest < top->end) {
		top->head = io.get(top->rest);
		top->rest += io.size;
	} else {
		*top = m->heap[--m->n];
	}
	if (m->n > 1)
		sift_down(m, 0);
}

/* ---- judging ---- */

/* A set of classes. */
struct classes {
	uint64_t word[SW_CLASS_MAX / 64];
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
	struct classes listed, excluded; /* what exactly this prefix says */
};

static inline void include(struct classes *set, uint8_t class)
{
	set->word[class / 64] |= 1ull << class % 64;
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
static struct winner judge_chain(const struct frame *stack, size_t depth,
				 const struct sw_rank rank[SW_CLASS_MAX])
{
	struct winner best = { .class = SW_CLASS_UNLISTED };
	struct classes spoken = { { 0 } };

	for (size_t d = depth; d-- > 0;) {
		for (unsigned w = 0; w < SW_CLASS_MAX / 64; w++) {
			uint64_t listed = stack[d].listed.word[w];
			uint64_t speak;

			spoken.word[w] |= stack[d].excluded.word[w];
			for (speak = listed & ~spoken.word[w]; speak; speak &= speak - 1)
				consider(&best, (uint8_t)(w * 64 + __builtin_ctzll(speak)),
					 stack[d].at.len, rank);
			spoken.word[w] |= listed;
		}
	}
	return best;
}

/* Put the prefix that comes next, with all that is said of it, on the stack, of
 * which @depth frames contain it. */
static INLINE void push_prefix(struct merge *m, struct access io, struct frame *stack, size_t depth,
			       const struct sw_rank rank[SW_CLASS_MAX])
{
	struct frame *top = &stack[depth];
	struct winner best = { .class = SW_CLASS_UNLISTED };
	bool hole = false;

	*top = (struct frame){ .at = m->heap[0].head };
	if (depth)
		best = stack[depth - 1].winner;
	do {
		const struct node *n = &m->heap[0].head;

		if (n->hi != top->at.hi || n->lo != top->at.lo || n->len != top->at.len)
			break;
		if (n->flags & SW_ENTRY_EXCLUDE) {
			include(&top->excluded, n->class);
			hole = true;
		} else {
			include(&top->listed, n->class);
			consider(&best, n->class, n->len, rank);
		}
		merge_next(m, io);
	} while (m->n);
	top->winner = hole ? judge_chain(stack, depth + 1, rank) : best;
}

static INLINE size_t walk(struct merge *m, struct access io,
			  const struct sw_rank rank[SW_CLASS_MAX], char *out)
{
	struct frame stack[DEPTH_MAX];
	size_t depth = 0, nout = 0;

	while (m->n) {
		uint8_t above;
		struct node node;

		while (depth && !contains(&stack[depth - 1].at, &m->heap[0].head))
			depth--;
		above = depth ? stack[depth - 1].winner.class : SW_CLASS_UNLISTED;
		push_prefix(m, io, stack, depth, rank);
		node = stack[depth].at;
		node.class = stack[depth++].winner.class;
		if (node.class != above)
			io.put(out + nout++ * io.size, &node);
	}
	return nout;
}

static INLINE int flatten(const struct sw_run *runs, size_t runs_n, struct access io,
			  const struct sw_rank rank[SW_CLASS_MAX], void *out, size_t *nout)
{
	struct merge m = { .heap = calloc(runs_n + 1, sizeof(*m.heap)) };

	if (!m.heap)
		return -ENOMEM;
	merge_start(&m, runs, runs_n, io);
	*nout = walk(&m, io, rank, out);
	free(m.heap);
	return 0;
}

int sw_flatten4_runs(const struct sw_run *runs, size_t runs_n,
		     const struct sw_rank rank[SW_CLASS_MAX], struct sw_entry4 *out, size_t *nout)
{
	return flatten(runs, runs_n, (struct access){ sizeof(*out), get4, put4 }, rank, out, nout);
}

int sw_flatten6_runs(const struct sw_run *runs, size_t runs_n,
		     const struct sw_rank rank[SW_CLASS_MAX], struct sw_entry6 *out, size_t *nout)
{
	return flatten(runs, runs_n, (struct access){ sizeof(*out), get6, put6 }, rank, out, nout);
}

int sw_flatten4(const struct sw_entry4 *sorted, size_t n, const struct sw_rank rank[SW_CLASS_MAX],
		struct sw_entry4 *out, size_t *nout)
{
	return sw_flatten4_runs(&(struct sw_run){ sorted, n }, 1, rank, out, nout);
}

int sw_flatten6(const struct sw_entry6 *sorted, size_t n, const struct sw_rank rank[SW_CLASS_MAX],
		struct sw_entry6 *out, size_t *nout)
{
	return sw_flatten6_runs(&(struct sw_run){ sorted, n }, 1, rank, out, nout);
}
