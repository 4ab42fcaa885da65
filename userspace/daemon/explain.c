/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explain - everything that is said of one source, and why one of it wins.
 *
 * Reads the files again for lines and words, as long as they say what is in force, and
 * judges by the same order as the table (rules/precedence.h): first each list by itself,
 * where the longest entry speaks and a hole is silence, then those that speak against one
 * another.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy_list.h"
#include "rules/precedence.h"
#include "verdicts.h"

struct candidate {
	struct sw_policy_match match;
	struct sw_claim claim;
	bool speaks; /* for its list, or for never-block */
};

struct hearing {
	const struct sw_policy *policy;
	const struct sw_policy_list *list; /* whose entries are being collected */
	const struct sw_own_entry *own; /* that is, when it is one */
	const struct sw_verdict *verdict; /* the same */
	const struct sw_spf_domain *spf; /* whose networks are, when they are of one ... */
	int64_t since_ms; /* ... and since when this one is */
	struct candidate *all;
	size_t n;
};

/* ---- collecting ---- */

static uint8_t class_of(const struct sw_verdict *v)
{
	return sw_verdict_class(v->origin, v->action, v->expires_ms != 0);
}

static int collect(void *ctx, const struct sw_list_match *entry)
{
	struct hearing *h = ctx;
	uint8_t class = h->verdict ? class_of(h->verdict)
			: h->list  ? h->list->class
			: h->spf   ? h->policy->spf_class
				   : SW_CLASS_NEVER_BLOCK;
	const struct sw_class *row = &h->policy->class[class];
	struct candidate *all = reallocarray(h->all, h->n + 1, sizeof(*all));
	struct candidate c = {
		.match = { .list = h->list,
			   .own = h->own,
			   .verdict = h->verdict,
			   .spf = h->spf,
			   .since_ms = h->since_ms,
			   .class = class,
			   .entry = *entry },
		.claim = { .class = class,
			   .rank = sw_precedence_rank(row->tier, row->flags & SW_CLASS_SHADOW),
			   .action = row->action,
			   .len = entry->prefix.len },
	};

	if (!all)
		return -ENOMEM;
	h->all = all;
	c.match.entry.text = strdup(entry->text ? entry->text : "");
	if (!c.match.entry.text)
		return -ENOMEM;
	all[h->n++] = c;
	return 0;
}

static int collect_never_block(struct hearing *h, const struct sw_prefix *source)
{
	const struct sw_config *config = h->policy->config;
	const struct sw_own *own = &h->policy->own;
	int code = 0;

	for (size_t i = 0; i < config->never_block_n && !code; i++) {
		struct sw_list_match entry = { .prefix = config->never_block[i], .text = "" };

		if (sw_prefix_contains(&entry.prefix, source))
			code = collect(h, &entry);
	}
	for (size_t i = 0; i < own->n && !code; i++) {
		struct sw_list_match entry = { .prefix = own->entry[i].prefix,
					       .text = own->entry[i].why };

		h->own = &own->entry[i];
		if (sw_prefix_contains(&entry.prefix, source))
			code = collect(h, &entry);
	}
	h->own = NULL;
	return code;
}

static int collect_spf(struct hearing *h, const struct sw_prefix *source)
{
	const struct sw_spf_domains *spf = &h->policy->spf;
	int code = 0;

	for (size_t i = 0; i < spf->n && !code; i++) {
		const struct sw_spf_allow *allow = &spf->domain[i].allow;
		struct sw_list_match entry = { .text = spf->domain[i].name };

		h->spf = &spf->domain[i];
		for (size_t k = 0; k < allow->n && !code; k++) {
			entry.prefix = allow->net[k].net;
			h->since_ms = allow->net[k].since_ms;
			if (sw_prefix_contains(&entry.prefix, source))
				code = collect(h, &entry);
		}
	}
	h->spf = NULL;
	h->since_ms = 0;
	return code;
}

static int collect_verdicts(struct hearing *h, const struct sw_policy_verdicts *verdicts)
{
	int code = 0;

	for (size_t i = 0; verdicts && i < verdicts->n && !code; i++) {
		struct sw_list_match entry = { .prefix = verdicts->all[i].source,
					       .text = verdicts->all[i].reason };

		h->verdict = &verdicts->all[i];
		if (class_of(h->verdict)) /* else it is of a later version: nobody enforces it */
			code = collect(h, &entry);
	}
	h->verdict = NULL;
	return code;
}

/* The file changed, is gone or spoilt since it was read: what is in memory has no lines. */
static int collect_from_memory(struct hearing *h, const struct sw_prefix *source)
{
	struct sw_list_match entry = { .text = "" };

	if (!sw_policy_list_longest(h->list->list, source, &entry.prefix, &entry.exclude))
		return 0;
	return collect(h, &entry);
}

static int collect_list(struct hearing *h, const struct sw_prefix *source,
			const struct sw_policy_scrub *scrub)
{
	struct sw_list_spec spec = sw_policy_list_spec(h->list, scrub);
	size_t before = h->n;
	int code = sw_list_find(&spec, source, collect, h, NULL);

	if (!code || code == -ENOMEM)
		return code;
	while (h->n > before)
		free((char *)h->all[--h->n].match.entry.text);
	return collect_from_memory(h, source);
}

static int collect_all(struct hearing *h, const struct sw_prefix *source,
		       const struct sw_policy_verdicts *verdicts)
{
	struct sw_policy_scrub scrub;
	int code = sw_policy_scrub_init(&scrub, h->policy->config);

	if (code)
		return code;
	code = collect_verdicts(h, verdicts);
	if (!code)
		code = collect_never_block(h, source);
	if (!code)
		code = collect_spf(h, source);
	for (size_t i = 0; i < h->policy->lists_n && !code; i++) {
		h->list = &h->policy->lists[i];
		if (h->list->list)
			code = collect_list(h, source, &scrub);
	}
	sw_policy_scrub_done(&scrub);
	return code;
}

/* ---- judging ---- */

/* Which entry of each list speaks for it, and why the others do not. */
static void silence(struct hearing *h, size_t i)
{
	struct candidate *c = &h->all[i];

	c->speaks = !c->match.entry.exclude;
	if (c->match.verdict)
		return;
	if (!c->speaks)
		c->match.why = "an exclusion: the list says nothing of it";
	for (size_t k = 0; k < h->n; k++) {
		const struct candidate *other = &h->all[k];
		const struct sw_list_match *a = &c->match.entry, *b = &other->match.entry;

		if (other->match.class != c->match.class || k == i)
			continue;
		if (b->prefix.len > a->prefix.len ||
		    (b->prefix.len == a->prefix.len && b->exclude > a->exclude)) {
			c->speaks = false;
			c->match.why = b->exclude ? "excluded by a longer entry of its list"
						  : "its list has a longer entry";
		} else if (b->prefix.len == a->prefix.len && b->exclude == a->exclude && k < i) {
			c->speaks = false;
			c->match.why = "the same entry again";
			return;
		}
	}
}

/* In one tier a verdict stands above the lists, as in the table (maps/layers.h). */
static bool is_single(const struct sw_claim *claim)
{
	return claim->class > SW_CLASS_NEVER_BLOCK && claim->class < SW_CLASS_FIRST_LIST;
}

/* What makes @a beat @b, said of the winner or of the loser. */
static const char *reason(const struct hearing *h, const struct sw_claim *a,
			  const struct sw_claim *b, bool of_winner)
{
	bool shadow_a = h->policy->class[a->class].flags & SW_CLASS_SHADOW;
	bool shadow_b = h->policy->class[b->class].flags & SW_CLASS_SHADOW;

	if (shadow_a != shadow_b)
		return of_winner ? "enforced, the others are in shadow"
				 : "in shadow: it gives way to what is enforced";
	if (a->rank != b->rank)
		return of_winner ? "higher tier" : "lower tier";
	if (is_single(a) != is_single(b))
		return of_winner ? "a verdict on just this source" : "a list, beside a verdict";
	if (a->len != b->len)
		return of_winner ? "longer prefix" : "shorter prefix";
	if (a->action != b->action)
		return of_winner ? "harsher action" : "milder action";
	return of_winner ? "smaller class number" : "larger class number";
}

static int by_merit(const void *pa, const void *pb)
{
	const struct candidate *a = pa, *b = pb;

	if (a->speaks != b->speaks)
		return a->speaks ? -1 : 1;
	if (a->claim.rank == b->claim.rank && is_single(&a->claim) != is_single(&b->claim))
		return is_single(&a->claim) ? -1 : 1;
	if (sw_claim_beats(&a->claim, &b->claim))
		return -1;
	return sw_claim_beats(&b->claim, &a->claim);
}

static void judge(struct hearing *h)
{
	struct candidate *all = h->all;

	for (size_t i = 0; i < h->n; i++)
		silence(h, i);
	if (h->n)
		qsort(all, h->n, sizeof(*all), by_merit);
	if (!h->n || !all[0].speaks)
		return;
	all[0].match.wins = true;
	all[0].match.why = "nothing else is said";
	if (h->n > 1 && all[1].speaks)
		all[0].match.why = reason(h, &all[0].claim, &all[1].claim, true);
	for (size_t i = 1; i < h->n && all[i].speaks; i++)
		all[i].match.why = reason(h, &all[0].claim, &all[i].claim, false);
}

int sw_policy_explain(const struct sw_policy *policy, const struct sw_prefix *source,
		      const struct sw_policy_verdicts *verdicts, struct sw_policy_match **ret,
		      size_t *n, struct sw_err *err)
{
	struct hearing h = { .policy = policy };
	struct sw_policy_match *matches = NULL;
	int code = collect_all(&h, source, verdicts);

	if (!code)
		matches = calloc(h.n + 1, sizeof(*matches));
	if (!matches) {
		for (size_t i = 0; i < h.n; i++)
			free((char *)h.all[i].match.entry.text);
		free(h.all);
		return sw_err_set(err, -ENOMEM, "out of memory");
	}
	judge(&h);
	for (size_t i = 0; i < h.n; i++) {
		matches[i] = h.all[i].match;
		matches[i].speaks = h.all[i].speaks;
	}
	*ret = matches;
	*n = h.n;
	free(h.all);
	return 0;
}

void sw_policy_matches_free(struct sw_policy_match *matches, size_t n)
{
	for (size_t i = 0; matches && i < n; i++)
		free((char *)matches[i].entry.text);
	free(matches);
}
