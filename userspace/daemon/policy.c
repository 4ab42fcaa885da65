/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * policy - see policy.h: class numbers, then the lists one by one, then one flat
 * table of all that they and never-block say.
 */
#include "policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/huge.h"
#include "lists/flatten.h"
#include "policy_list.h"
#include "policy_rows.h"
#include "policy_spf.h"
#include "rules/precedence.h"

/* ---- one table of all ---- */

void sw_policy_ranks(const struct sw_policy *p, struct sw_rank rank[SW_CLASS_MAX])
{
	for (unsigned c = 0; c < SW_CLASS_MAX; c++) {
		const struct sw_class *row = &p->class[c];

		rank[c].tier = sw_precedence_rank(row->tier, row->flags & SW_CLASS_SHADOW);
		rank[c].harsh = row->action;
	}
}

/* What differs between the families. */
struct family {
	unsigned number; /* 4 or 6 */
	size_t size; /* of an entry */
};

static void put_never_block(const struct family *f, const struct sw_prefix *p, void *entries,
			    size_t *n)
{
	struct sw_entry4 *four = entries;
	struct sw_entry6 *six = entries;

	if (p->family != f->number)
		return;
	if (p->family == 4)
		four[(*n)++] = (struct sw_entry4){ .addr = (uint32_t)p->lo,
						   .len = p->len,
						   .class = SW_CLASS_NEVER_BLOCK };
	else
		six[(*n)++] = (struct sw_entry6){
			.hi = p->hi, .lo = p->lo, .len = p->len, .class = SW_CLASS_NEVER_BLOCK
		};
}

/* Never-block as sorted entries of one family; *@ret is the caller's. -ENOMEM. */
static int never_block_run(const struct sw_policy *p, const struct family *f, struct sw_run *ret)
{
	const struct sw_config *c = p->config;
	void *entries = malloc((c->never_block_n + p->own.n + 1) * f->size);
	size_t n = 0;
	int code;

	if (!entries)
		return -ENOMEM;
	for (size_t i = 0; i < c->never_block_n; i++)
		put_never_block(f, &c->never_block[i], entries, &n);
	for (size_t i = 0; i < p->own.n; i++)
		put_never_block(f, &p->own.entry[i].prefix, entries, &n);
	code = f->number == 4 ? sw_entries4_sort(entries, n) : sw_entries6_sort(entries, n);
	if (code)
		free(entries);
	else
		*ret = (struct sw_run){ entries, n };
	return code;
}

static struct sw_run run_of(const struct sw_list *list, const struct family *f)
{
	if (!list)
		return (struct sw_run){ .n = 0 };
	return f->number == 4 ? (struct sw_run){ list->entries4, list->n4 }
			      : (struct sw_run){ list->entries6, list->n6 };
}

#define RUNS(p) (2 + (p)->lists_n)

/* Never-block first, the networks of allow-spf, then the lists; returns how many entries there
 * are in all. */
static size_t fill_runs(const struct sw_policy *p, const struct family *f, struct sw_run *runs)
{
	size_t n = runs[0].n;

	runs[1] = run_of(p->spf_list, f);
	n += runs[1].n;
	for (size_t i = 0; i < p->lists_n; i++) {
		runs[2 + i] = run_of(p->lists[i].list, f);
		n += runs[2 + i].n;
	}
	return n;
}

/* All that is said of one family into *@flat, which is the caller's also on failure. */
static int flatten(const struct sw_policy *p, struct family f, void **flat, size_t *flat_n)
{
	struct sw_run *runs = calloc(RUNS(p), sizeof(*runs));
	struct sw_rank rank[SW_CLASS_MAX];
	size_t room;
	void *less;
	int code = runs ? never_block_run(p, &f, &runs[0]) : -ENOMEM;

	if (code)
		goto out;
	sw_policy_ranks(p, rank);
	room = (fill_runs(p, &f, runs) + 1) * f.size;
	*flat = sw_huge(malloc(room), room);
	if (!*flat)
		code = -ENOMEM;
	else if (f.number == 4)
		code = sw_flatten4_runs(runs, RUNS(p), rank, *flat, flat_n);
	else
		code = sw_flatten6_runs(runs, RUNS(p), rank, *flat, flat_n);
	if (code)
		goto out;
	/* Give back what flattening made superfluous. */
	less = realloc(*flat, (*flat_n + 1) * f.size);
	if (less)
		*flat = less;
out:
	if (runs)
		free((void *)runs[0].entries);
	free(runs);
	return code;
}

static int flatten_all(struct sw_policy *p)
{
	void *four = NULL, *six = NULL;
	int code = flatten(p, (struct family){ 4, sizeof(*p->flat4) }, &four, &p->flat4_n);

	if (!code)
		code = flatten(p, (struct family){ 6, sizeof(*p->flat6) }, &six, &p->flat6_n);
	p->flat4 = four;
	p->flat6 = six;
	return code;
}

void sw_policy_drop_flat(struct sw_policy *p)
{
	free(p->flat4);
	free(p->flat6);
	p->flat4 = NULL;
	p->flat6 = NULL;
}

/* ---- loading ---- */

static const struct sw_policy_list *find_list(const struct sw_policy *p, const char *name)
{
	for (size_t i = 0; p && i < p->lists_n; i++)
		if (!strcmp(p->lists[i].config->name, name))
			return &p->lists[i];
	return NULL;
}

static bool same_never_block(const struct sw_config *a, const struct sw_config *b)
{
	if (a->never_block_n != b->never_block_n)
		return false;
	for (size_t i = 0; i < a->never_block_n; i++)
		if (sw_prefix_cmp(&a->never_block[i], &b->never_block[i]))
			return false;
	return true;
}

/* An empty policy with room for the lists of @config; NULL: out of memory. */
static struct sw_policy *new_policy(const struct sw_config *config, const struct sw_own *own)
{
	struct sw_policy *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->config = config;
	p->lists = calloc(config->lists_n + 1, sizeof(*p->lists));
	if (!p->lists || (own && sw_own_copy(own, &p->own)))
		return sw_policy_free(p);
	p->lists_n = config->lists_n;
	for (size_t i = 0; i < p->lists_n; i++)
		p->lists[i].config = &config->lists[i];
	return p;
}

static int load(struct sw_policy_loader *l, struct sw_policy *p, struct sw_err *err)
{
	const struct sw_policy *previous = l->spec->previous;
	int code = sw_policy_scrub_init(&l->scrub, p->config);

	l->same_scrub = previous && same_never_block(previous->config, p->config);
	if (!code)
		code = sw_policy_rows(p, previous, err);
	if (!code)
		code = sw_policy_spf_take(p, l->spec->spf);
	for (size_t i = 0; i < p->lists_n && !code; i++)
		code = sw_policy_list_load(l, find_list(previous, p->lists[i].config->name),
					   &p->lists[i]);
	return code ? code : flatten_all(p);
}

/* Give @p away, or free it and say what @code means. */
static int deliver(struct sw_policy *p, int code, struct sw_policy **ret, struct sw_err *err)
{
	if (code) {
		if (code == -ENOMEM)
			sw_err_set(err, code, "out of memory for the lists");
		sw_policy_free(p);
		return code;
	}
	*ret = p;
	return 0;
}

int sw_policy_load(const struct sw_policy_spec *spec, struct sw_policy **ret, struct sw_err *err)
{
	struct sw_policy_loader l = { .spec = spec };
	struct sw_policy *p = new_policy(spec->config, spec->own);
	int code = p ? load(&l, p, err) : -ENOMEM;

	sw_policy_scrub_done(&l.scrub);
	return deliver(p, code, ret, err);
}

/* ---- the same lists again ---- */

static int share_list(const struct sw_policy_list *from, struct sw_policy_list *to)
{
	*to = *from;
	to->path = strdup(from->path);
	to->list = from->list ? sw_list_share(from->list) : NULL;
	return to->path ? 0 : -ENOMEM;
}

int sw_policy_rebuild(const struct sw_policy *like, const struct sw_own *own,
		      const struct sw_spf_domains *spf, struct sw_policy **ret, struct sw_err *err)
{
	struct sw_policy *p = new_policy(like->config, own);
	int code = p ? 0 : -ENOMEM;

	for (size_t i = 0; !code && i < p->lists_n; i++)
		code = share_list(&like->lists[i], &p->lists[i]);
	if (!code) {
		memcpy(p->class, like->class, sizeof(p->class));
		p->spf_class = like->spf_class;
		code = sw_policy_spf_take(p, spf);
	}
	if (!code)
		code = flatten_all(p);
	return deliver(p, code, ret, err);
}

void sw_policy_save(struct sw_policy *p, sw_policy_note_fn note, void *ctx)
{
	const struct sw_policy_spec spec = { .config = p->config, .note = note, .ctx = ctx };
	const struct sw_policy_loader l = { .spec = &spec };

	for (size_t i = 0; i < p->lists_n; i++)
		sw_policy_list_save(&l, &p->lists[i]);
}

struct sw_policy *sw_policy_free(struct sw_policy *p)
{
	if (!p)
		return NULL;
	for (size_t i = 0; i < p->lists_n; i++) {
		sw_list_free(p->lists[i].list);
		free(p->lists[i].path);
	}
	free(p->lists);
	sw_own_done(&p->own);
	sw_spf_domains_done(&p->spf);
	sw_list_free(p->spf_list);
	sw_policy_drop_flat(p);
	free(p);
	return NULL;
}
