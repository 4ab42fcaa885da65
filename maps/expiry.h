/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * expiry - which verdict counts for a source whose class in the table is temporary.
 *
 * The table says what holds while no verdict has ended. When one has, and nobody is there
 * to take it out of the table, the source is judged as if it was not there: by what is left
 * of the verdicts on it, and by the lists. So there is a cell for each verdict, also for
 * those that never end, and for each prefix inside a temporary one where the lists say
 * something else than around it. The longest cell that contains a source knows what the
 * lists say of it.
 *
 * A hash table: a prefix is in one of two buckets, which are looked at in turn. Only lengths
 * of which there are cells are asked for, longest first, and the first verdict that counts
 * ends the search, unless a tier is above it.
 *
 * The writer changes cells under readers: a cell is one aligned store, its name is
 * written before, and never another one while a reader may still look at it. So what has
 * the right name before and after the cell was read, is of that prefix.
 *
 * The same code in BPF and in userspace: see table4.h. The includer defines
 *   sw_expiry_bucket(view, i): NULL when out of range
 *   sw_expiry_ask(view, head, search, w, b): sw_expiry_step. A function that is not inline
 *     in BPF, for the verifier follows each branch in a loop each time round.
 */
#ifndef SYNWARD_MAPS_EXPIRY_H
#define SYNWARD_MAPS_EXPIRY_H

#include <stdbool.h>

#include "abi.h"
#include "hash.h"
#include "verifier.h"

#define SW_INLINE_X static inline __attribute__((always_inline))

struct sw_expiry_search;

static inline bool sw_expiry_ask(const struct sw_expiry *view, const struct sw_expiry_head *head,
				 struct sw_expiry_search *search, __u32 w, __u32 b);

/* An address and a length, as cells have it. IPv4 addresses are in the high 32 bits. */
struct sw_expiry_key {
	__u64 name;
	__u64 hash; /* each half picks a bucket */
	__u32 kind;
};

/* 1 to 33: IPv4. 34 to 162: IPv6. */
SW_INLINE_X __u32 sw_expiry_kind(__u32 is_six, __u32 len)
{
	return 1 + len + is_six * 33;
}

/*
 * @hi and @lo have no bits beyond @len. The name is the address itself, disguised, and for
 * each kind in another way, so that a name is once in a bucket. Of two IPv6 prefixes longer
 * than 64 in different networks the names can be alike, by one chance in 2^64 for
 * whoever does not know the seed; in one network they never are.
 */
SW_INLINE_X struct sw_expiry_key sw_expiry_key(const struct sw_expiry_head *head, __u32 is_six,
					       __u64 hi, __u64 lo, __u32 len)
{
	struct sw_expiry_key key = { .kind = sw_expiry_kind(is_six, len) };

	key.name = len > 64 ? sw_hash(hi, lo, head->seed) : hi ^ head->seed;
	key.name += key.kind * 0x9e3779b97f4a7c15ull;
	key.hash = sw_hash(key.name, key.kind, head->seed);
	return key;
}

SW_INLINE_X __u32 sw_expiry_first(const struct sw_expiry_head *head,
				  const struct sw_expiry_key *key)
{
	return (__u32)((key->hash >> 32) * head->half >> 32);
}

SW_INLINE_X __u32 sw_expiry_second(const struct sw_expiry_head *head,
				   const struct sw_expiry_key *key)
{
	return head->half + (__u32)((key->hash & 0xffffffff) * head->half >> 32);
}

/*
 * The cell of @key in a bucket, 0: it is not there. The names that differ are counted, and
 * the numbers of their ways summed up; what is missing is the way. One branch: where a
 * prefix is in a bucket is random, and the verifier follows every branch.
 */
SW_INLINE_X __u64 sw_expiry_in(const struct sw_expiry_bucket *bucket,
			       const struct sw_expiry_key *key)
{
	const __u32 all = SW_EXPIRY_WAYS * (SW_EXPIRY_WAYS - 1) / 2;
	const volatile __u64 *name = bucket->name, *cell = bucket->cell;
	__u64 others = 0, way, now;

	for (__u32 w = 0; w < SW_EXPIRY_WAYS; w++) {
		__u64 differs = name[w] ^ key->name;

		others += (sw_opaque(differs | -differs) >> 63) * (256 + w);
	}
	if (others >> 8 == SW_EXPIRY_WAYS)
		return 0;
	way = sw_opaque(all - (others & 0xff)) & (SW_EXPIRY_WAYS - 1);
	now = cell[way];
	return (now & SW_EXPIRY_KIND) == key->kind && name[way] == key->name ? now : 0;
}

/* Have a cache line come while others are looked at. */
SW_INLINE_X void sw_expiry_touch(const __u64 *line)
{
	(void)*(const volatile __u64 *)line;
}

/* The cell of @key, which may be in two buckets; 0: there is none. */
SW_INLINE_X __u64 sw_expiry_cell(const struct sw_expiry *view, const struct sw_expiry_head *head,
				 const struct sw_expiry_key *key)
{
	const struct sw_expiry_bucket *first = sw_expiry_bucket(view, sw_expiry_first(head, key));
	const struct sw_expiry_bucket *second = sw_expiry_bucket(view, sw_expiry_second(head, key));
	__u64 cell;

	if (!first || !second)
		return 0;
	sw_expiry_touch(second->name);
	sw_expiry_touch(first->cell);
	sw_expiry_touch(second->cell);
	cell = sw_expiry_in(first, key);
	return cell ? cell : sw_expiry_in(second, key);
}

SW_INLINE_X __u32 sw_expiry_cell_class(__u64 cell)
{
	return cell >> SW_EXPIRY_CLASS_SHIFT & 0xff;
}

SW_INLINE_X __u32 sw_expiry_cell_below(__u64 cell)
{
	return cell >> SW_EXPIRY_BELOW_SHIFT & 0xff;
}

SW_INLINE_X __u64 sw_expiry_cell_ends(__u64 cell)
{
	return cell >> SW_EXPIRY_ENDS_SHIFT;
}

/* Which bit of @bits, not 0, is the lowest: how many are below it, counted in lanes that
 * grow. Compilers have it built in, but not for BPF, or with a table. */
SW_INLINE_X __u32 sw_expiry_lowest(__u64 bits)
{
	__u64 below = sw_opaque((bits & -bits) - 1);

	below -= below >> 1 & 0x5555555555555555ull;
	below = (below & 0x3333333333333333ull) + (below >> 2 & 0x3333333333333333ull);
	below = (below + (below >> 4)) & 0x0f0f0f0f0f0f0f0full;
	return (__u32)(below * 0x0101010101010101ull >> 56);
}

/* What is asked, and what is known so far. */
struct sw_expiry_search {
	__u64 hi, lo; /* the source */
	__u64 now; /* ticks */
	__u64 longest; /* the longest cell that contains the source */
	__u64 best; /* of the verdicts that count, the best one; 0: none yet */
	__u32 is_six;
	__u32 class; /* that the table has */
};

SW_INLINE_X __u32 sw_expiry_rank(const struct sw_expiry_head *head, __u32 class)
{
	return head->rank[sw_opaque(class) & (SW_CLASS_MAX - 1)];
}

/* The next cell, of a shorter prefix than those before. True: no other one can matter,
 * for nothing said of the source is of a higher tier than what the table has. */
SW_INLINE_X bool sw_expiry_take(const struct sw_expiry_head *head, struct sw_expiry_search *s,
				__u64 cell)
{
	__u32 class = sw_expiry_cell_class(cell), rank;

	if (!s->longest)
		s->longest = cell;
	if (class == SW_CLASS_UNLISTED || s->now >= sw_expiry_cell_ends(cell))
		return false;
	rank = sw_expiry_rank(head, class);
	if (s->best && sw_expiry_rank(head, sw_expiry_cell_class(s->best)) >= rank)
		return false;
	s->best = cell;
	return rank >= sw_expiry_rank(head, s->class);
}

/* Bit @b of word @w of the lengths: the prefix of the source that it stands for. */
SW_INLINE_X struct sw_expiry_key sw_expiry_prefix(const struct sw_expiry_head *head,
						  const struct sw_expiry_search *s, __u32 w,
						  __u32 b)
{
	__u64 mask = ~0ull << (b & 63);

	if (w == 0)
		return sw_expiry_key(head, s->is_six, s->hi, s->lo & mask, 128 - b);
	if (w == 1)
		return sw_expiry_key(head, s->is_six, s->hi & mask, 0, 64 - b);
	return sw_expiry_key(head, s->is_six, 0, 0, 0);
}

/* Ask for that prefix. True: the search is over. */
SW_INLINE_X bool sw_expiry_step(const struct sw_expiry *view, const struct sw_expiry_head *head,
				struct sw_expiry_search *s, __u32 w, __u32 b)
{
	struct sw_expiry_key key = sw_expiry_prefix(head, s, w, b);
	__u64 cell = sw_expiry_cell(view, head, &key);

	return cell && sw_expiry_take(head, s, cell);
}

/* Fill longest and best of a search. */
SW_INLINE_X void sw_expiry_find(const struct sw_expiry *view, const struct sw_expiry_head *head,
				struct sw_expiry_search *s)
{
	__u32 is_six = s->is_six & 1;

	for (__u32 w = 0; w < 3; w++) {
		__u64 lengths = *(const volatile __u64 *)&head->lengths[is_six][w];

		for (__u32 i = 0; i < 64 && lengths; i++) {
			if (sw_expiry_ask(view, head, s, w, sw_expiry_lowest(lengths)))
				return;
			lengths &= lengths - 1;
		}
	}
}

/*
 * The class that counts when the search is over. No cell: somebody has cleared the verdict
 * since the table was looked at, and the table is as good as what comes after.
 */
SW_INLINE_X __u32 sw_expiry_answer(const struct sw_expiry_head *head,
				   const struct sw_expiry_search *s)
{
	__u32 below = sw_expiry_cell_below(s->longest), class = sw_expiry_cell_class(s->best);

	if (!s->longest)
		return s->class;
	if (s->best && sw_expiry_rank(head, class) >= sw_expiry_rank(head, below))
		return class;
	return below;
}

#endif
