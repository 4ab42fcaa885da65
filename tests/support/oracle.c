/* SPDX-License-Identifier: GPL-2.0-only */
/* oracle - see oracle.h. */
#include "oracle.h"

/* The longest entry of each class that matches; a hole wins over an entry of the
 * same prefix. Length is kept plus one, so that 0 means none. */
struct longest {
	int len[SW_CLASS_MAX];
	bool hole[SW_CLASS_MAX];
};

static void consider(struct longest *l, uint8_t class, uint8_t len, bool hole)
{
	if (len + 1 > l->len[class]) {
		l->len[class] = len + 1;
		l->hole[class] = hole;
	} else if (len + 1 == l->len[class] && hole) {
		l->hole[class] = true;
	}
}

static uint8_t best_of(const struct longest *l, const struct sw_rank rank[SW_CLASS_MAX])
{
	int best = -1;

	for (int c = 0; c < SW_CLASS_MAX; c++) {
		if (!l->len[c] || l->hole[c])
			continue;
		if (best < 0 || rank[c].tier > rank[best].tier ||
		    (rank[c].tier == rank[best].tier &&
		     (l->len[c] > l->len[best] ||
		      (l->len[c] == l->len[best] && rank[c].harsh > rank[best].harsh))))
			best = c;
	}
	return best < 0 ? SW_CLASS_UNLISTED : (uint8_t)best;
}

uint8_t sw_oracle4(const struct sw_entry4 *entries, size_t n,
		   const struct sw_rank rank[SW_CLASS_MAX], uint32_t addr)
{
	struct longest l = { 0 };

	for (size_t i = 0; i < n; i++) {
		const struct sw_entry4 *e = &entries[i];

		if (e->len == 0 || (addr ^ e->addr) >> (32 - e->len) == 0)
			consider(&l, e->class, e->len, e->flags & SW_ENTRY_EXCLUDE);
	}
	return best_of(&l, rank);
}

uint8_t sw_oracle6(const struct sw_entry6 *entries, size_t n,
		   const struct sw_rank rank[SW_CLASS_MAX], uint64_t hi, uint64_t lo)
{
	struct longest l = { 0 };

	for (size_t i = 0; i < n; i++) {
		const struct sw_entry6 *e = &entries[i];
		bool matches = true;

		for (unsigned bit = 0; bit < e->len && matches; bit++) {
			uint64_t a = bit < 64 ? hi : lo, b = bit < 64 ? e->hi : e->lo;

			matches = (a >> (63 - bit % 64) & 1) == (b >> (63 - bit % 64) & 1);
		}
		if (matches)
			consider(&l, e->class, e->len, e->flags & SW_ENTRY_EXCLUDE);
	}
	return best_of(&l, rank);
}
