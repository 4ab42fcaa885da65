/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * table6 - the writer of the IPv6 table; see table.h for what it promises.
 *
 * A table is built whole in the bank that no packet reads, then one store makes
 * it the current one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "table.h"

static inline const struct sw_table6_bucket *sw_table6_bucket(const struct sw_table6 *view,
							      uint32_t i)
{
	return &view->buckets[i];
}

#include "table6.h"

#define NODES_PER_BUCKET 1.0 /* of three: few overflow, and none too far */
#define BUILD_TRIES 4 /* seeds */

static uint32_t bank_now(const struct sw_table6 *t)
{
	return __atomic_load_n(&t->settings->bank6, __ATOMIC_ACQUIRE) & 1;
}

uint8_t sw_table6_get(const struct sw_table6 *t, uint64_t hi, uint64_t lo)
{
	return (uint8_t)sw_table6_find(t, &t->settings->bank[bank_now(t)], hi, lo);
}

/* The lengths in use, ascending, without 0 (::/0 has no node). */
static unsigned collect_lengths(const struct sw_entry6 *flat, size_t n, uint8_t length[128])
{
	bool used[129] = { false };
	unsigned count = 0;

	for (size_t i = 0; i < n; i++)
		used[flat[i].len] = true;
	for (unsigned len = 1; len <= 128; len++)
		if (used[len])
			length[count++] = (uint8_t)len;
	return count;
}

/* A node that the search for one prefix visits on its way. */
struct step {
	uint8_t len;
	bool marker; /* the search goes on to longer ones */
};

static unsigned search_path(const uint8_t *length, unsigned lengths, uint8_t len,
			    struct step path[SW_TABLE6_STEPS])
{
	unsigned low = 0, high = lengths, n = 0;

	while (low < high) {
		unsigned mid = (low + high) / 2;

		if (length[mid] > len) {
			high = mid;
			continue;
		}
		path[n++] = (struct step){ length[mid], length[mid] < len };
		if (length[mid] == len)
			break;
		low = mid + 1;
	}
	return n;
}

/*
 * Nodes, counted as the sorted prefixes go by: those below one marker are
 * neighbours, so a marker is new when it differs from the last one of its length.
 */
static uint64_t count_nodes(const struct sw_entry6 *flat, size_t n)
{
	uint8_t length[128];
	unsigned lengths = collect_lengths(flat, n, length);
	struct {
		uint64_t hi, lo;
		bool set;
	} last[129] = { 0 };
	uint64_t nodes = 0;

	for (size_t i = 0; i < n; i++) {
		struct step path[SW_TABLE6_STEPS];
		unsigned steps = search_path(length, lengths, flat[i].len, path);

		for (unsigned s = 0; s < steps; s++) {
			unsigned len = path[s].len;
			uint64_t hi = flat[i].hi & sw_mask_hi(len),
				 lo = flat[i].lo & sw_mask_lo(len);

			if (last[len].set && last[len].hi == hi && last[len].lo == lo)
				continue;
			last[len].hi = hi, last[len].lo = lo, last[len].set = true;
			nodes++;
		}
	}
	return nodes;
}

uint32_t sw_table6_need(const struct sw_entry6 *flat, size_t n)
{
	uint64_t want = (uint64_t)((double)count_nodes(flat, n) / NODES_PER_BUCKET) + 1,
		 buckets = 1;

	while (buckets < want && buckets < 1u << 31)
		buckets *= 2;
	return (uint32_t)buckets;
}

static int put_node(struct sw_table6 *t, const struct sw_table6_bank *bank, uint64_t hi,
		    uint64_t lo, uint8_t len, bool longer, uint8_t class)
{
	uint64_t hash;

	hi &= sw_mask_hi(len);
	lo &= sw_mask_lo(len);
	hash = sw_hash(hi, lo ^ len, bank->seed);
	for (uint32_t probe = 0; probe < SW_TABLE6_PROBES; probe++) {
		struct sw_table6_bucket *b =
			&t->buckets[bank->first + ((hash + probe) & bank->mask)];

		for (unsigned w = 0; w < SW_TABLE6_WAYS; w++) {
			if (b->len[w] == 0) {
				b->hi[w] = hi;
				b->lo[w] = lo;
				b->len[w] = len;
				b->value[w] = class;
			} else if (b->len[w] != len || b->hi[w] != hi || b->lo[w] != lo) {
				continue;
			}
			b->longer |= (uint8_t)(longer << w);
			return 0;
		}
		b->overflow = 1;
	}
	return -ENOSPC;
}

/* Put each prefix and its markers into the empty buckets of @bank. */
static int build(struct sw_table6 *t, struct sw_table6_bank *bank, const struct sw_entry6 *flat,
		 size_t n)
{
	const struct sw_entry6 *chain[129]; /* prefixes that contain the present one */
	unsigned depth = 0;

	bank->value = SW_CLASS_UNLISTED;
	for (size_t i = 0; i < n; i++) {
		struct step path[SW_TABLE6_STEPS];
		unsigned steps = search_path(bank->length, bank->lengths, flat[i].len, path), c = 0;
		uint8_t class = SW_CLASS_UNLISTED;

		while (depth &&
		       ((chain[depth - 1]->hi ^ flat[i].hi) & sw_mask_hi(chain[depth - 1]->len) ||
			(chain[depth - 1]->lo ^ flat[i].lo) & sw_mask_lo(chain[depth - 1]->len)))
			depth--;
		chain[depth++] = &flat[i];
		if (flat[i].len == 0)
			bank->value = flat[i].class;
		for (unsigned s = 0; s < steps; s++) {
			while (c < depth && chain[c]->len <= path[s].len)
				class = chain[c++]->class;
			if (put_node(t, bank, flat[i].hi, flat[i].lo, path[s].len, path[s].marker,
				     class))
				return -ENOSPC;
		}
	}
	return 0;
}

static uint64_t new_seed(void)
{
	uint64_t seed = 0;

	/* Cannot fail for so few bytes once the pool is ready, and waits until then. */
	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		seed ^= (uintptr_t)&seed;
	return seed;
}

int sw_table6_sync(struct sw_table6 *t, const struct sw_entry6 *flat, size_t n)
{
	uint32_t next = bank_now(t) ^ 1, buckets = sw_table6_need(flat, n);
	struct sw_table6_bank *bank = &t->settings->bank[next];
	int err = -ENOSPC;

	if (buckets > t->bank_buckets)
		return -ENOSPC;
	sw_table_wait_readers(); /* of the bank that the last call put out of use */
	for (int try = 0; try < BUILD_TRIES && err; try++) {
		if (try && buckets < t->bank_buckets)
			buckets *= 2; /* a node found no place near enough: less crowded */
		struct sw_table6_bank fresh = { .seed = new_seed(),
						.first = next * t->bank_buckets,
						.mask = buckets - 1,
						.entries = (uint32_t)n };

		fresh.lengths = (uint8_t)collect_lengths(flat, n, fresh.length);
		*bank = fresh;
		memset(&t->buckets[bank->first], 0, (size_t)buckets * sizeof(*t->buckets));
		err = build(t, bank, flat, n);
	}
	if (err)
		return err;
	__atomic_store_n(&t->settings->bank6, next, __ATOMIC_RELEASE);
	return 0;
}
