/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lookup - the class of one source, from the entries of the lists in memory. Slower
 * than the table and independent of it; knows the prefix that decides, which the
 * flat table may have dropped because a shorter one says the same.
 */
#include "policy_list.h"
#include "rules/precedence.h"

/* Sorted entries of one family, seen as prefixes. */
struct entries {
	const struct sw_list *list;
	uint8_t family;
	size_t n;
};

static struct sw_prefix entry_at(const struct entries *e, size_t i)
{
	const struct sw_entry6 *six;

	if (e->family == 4)
		return sw_prefix_ip4(e->list->entries4[i].addr, e->list->entries4[i].len);
	six = &e->list->entries6[i];
	return sw_prefix_ip6(six->hi, six->lo, six->len);
}

static bool is_hole(const struct entries *e, size_t i)
{
	return (e->family == 4 ? e->list->entries4[i].flags : e->list->entries6[i].flags) &
	       SW_ENTRY_EXCLUDE;
}

/* How many entries sort not after @p. */
static size_t count_to(const struct entries *e, const struct sw_prefix *p)
{
	size_t low = 0, high = e->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		struct sw_prefix at = entry_at(e, mid);

		if (sw_prefix_cmp(&at, p) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* How many leading bits two prefixes share, at most the shorter length. */
static unsigned common_length(const struct sw_prefix *a, const struct sw_prefix *b)
{
	unsigned low = 0, high = a->len < b->len ? a->len : b->len;

	while (low < high) {
		unsigned mid = (low + high + 1) / 2;
		struct sw_prefix cut = sw_prefix_truncate(a, mid);

		if (sw_prefix_contains(&cut, b))
			low = mid;
		else
			high = mid - 1;
	}
	return low;
}

/*
 * Of the entries that sort not after the source, the last one is its longest prefix,
 * or it is not its prefix at all. Then every prefix of the source contains what
 * that entry and the source have in common, and the search goes on from there.
 */
bool sw_policy_list_longest(const struct sw_list *list, const struct sw_prefix *source,
			    struct sw_prefix *ret, bool *exclude)
{
	struct entries e = { list, source->family, source->family == 4 ? list->n4 : list->n6 };
	struct sw_prefix want = *source;

	for (;;) {
		size_t n = count_to(&e, &want);
		struct sw_prefix at;

		if (n == 0)
			return false;
		at = entry_at(&e, n - 1);
		if (sw_prefix_contains(&at, source)) {
			*ret = at;
			*exclude = is_hole(&e, n - 1);
			/* the same prefix once more, as entry and as hole */
			for (size_t i = n - 1; i-- > 0;) {
				struct sw_prefix other = entry_at(&e, i);

				if (sw_prefix_cmp(&other, &at))
					break;
				*exclude |= is_hole(&e, i);
			}
			return true;
		}
		want = sw_prefix_truncate(source, common_length(&at, source));
	}
}

static void consider(const struct sw_policy *p, uint8_t class, const struct sw_prefix *prefix,
		     struct sw_claim *best, struct sw_prefix *decided_by)
{
	const struct sw_class *row = &p->class[class];
	struct sw_claim claim = {
		.class = class,
		.rank = sw_precedence_rank(row->tier, row->flags & SW_CLASS_SHADOW),
		.action = row->action,
		.len = prefix->len,
	};

	if (best->class == SW_CLASS_UNLISTED || sw_claim_beats(&claim, best)) {
		*best = claim;
		*decided_by = *prefix;
	}
}

uint8_t sw_policy_lookup(const struct sw_policy *policy, const struct sw_prefix *source,
			 struct sw_prefix *decided_by)
{
	const struct sw_config *c = policy->config;
	struct sw_claim best = { .class = SW_CLASS_UNLISTED };
	struct sw_prefix by = sw_prefix_truncate(source, 0), prefix;
	bool exclude;

	for (size_t i = 0; i < c->never_block_n; i++)
		if (sw_prefix_contains(&c->never_block[i], source))
			consider(policy, SW_CLASS_NEVER_BLOCK, &c->never_block[i], &best, &by);
	for (size_t i = 0; i < policy->own.n; i++)
		if (sw_prefix_contains(&policy->own.entry[i].prefix, source))
			consider(policy, SW_CLASS_NEVER_BLOCK, &policy->own.entry[i].prefix, &best,
				 &by);
	for (size_t i = 0; i < policy->lists_n; i++) {
		const struct sw_policy_list *list = &policy->lists[i];

		if (list->list && sw_policy_list_longest(list->list, source, &prefix, &exclude) &&
		    !exclude)
			consider(policy, list->class, &prefix, &best, &by);
	}
	if (policy->spf_list && sw_policy_list_longest(policy->spf_list, source, &prefix, &exclude))
		consider(policy, policy->spf_class, &prefix, &best, &by);
	if (decided_by)
		*decided_by = by;
	return best.class;
}
