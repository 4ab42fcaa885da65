/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * policy - see policy.h: class numbers, then the lists one by one, then one flat
 * table of all that they and never-block say.
 */
#include "policy.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lists/flatten.h"
#include "policy_list.h"
#include "rules/precedence.h"

#define TICK_NS (1u << SW_TICK_SHIFT)

/* ---- class rows ---- */

static void name_row(struct sw_class *row, const char *name)
{
	strncpy(row->name, name, sizeof(row->name) - 1);
}

static int make_row(const struct sw_config_list *list, struct sw_class *ret)
{
	struct sw_class row = { .flags = list->enforce ? 0 : SW_CLASS_SHADOW };
	enum sw_action action;
	enum sw_tier tier;
	uint64_t tolerance;

	if (sw_action_parse(list->action, &action) || sw_tier_of_list(list->tier, action, &tier))
		return -EINVAL;
	row.action = action;
	row.tier = tier;
	name_row(&row, list->name);
	if (action == SW_ACTION_LIMIT) {
		double ticks = 1e9 / list->rate / TICK_NS;

		row.interval = ticks < 1 ? 1 : (uint32_t)lround(ticks);
		tolerance = (uint64_t)(list->burst - 1) * row.interval;
		row.tolerance = tolerance > UINT32_MAX ? UINT32_MAX : (uint32_t)tolerance;
	}
	*ret = row;
	return 0;
}

static void add_builtin_rows(struct sw_policy *p, const struct sw_policy *previous)
{
	struct sw_class *unlisted = &p->class[SW_CLASS_UNLISTED];
	struct sw_class *never = &p->class[SW_CLASS_NEVER_BLOCK];

	if (previous) {
		*unlisted = previous->class[SW_CLASS_UNLISTED];
		*never = previous->class[SW_CLASS_NEVER_BLOCK];
		return;
	}
	unlisted->action = SW_ACTION_PASS;
	never->action = SW_ACTION_ALLOW;
	never->tier = SW_TIER_NEVER_BLOCK;
	unlisted->created = never->created = (uint64_t)time(NULL);
	name_row(unlisted, "unlisted");
	name_row(never, "never-block");
}

/* To a packet and to people; when a row was made does not count. */
static bool same_row(const struct sw_class *a, const struct sw_class *b)
{
	return a->action == b->action && a->flags == b->flags && a->tier == b->tier &&
	       a->interval == b->interval && a->tolerance == b->tolerance &&
	       !strcmp(a->name, b->name);
}

/* The number of the same row in @previous, or 0. */
static uint8_t find_row(const struct sw_policy *previous, const struct sw_class *row)
{
	for (unsigned c = SW_CLASS_FIRST_LIST; previous && c < SW_CLASS_MAX; c++)
		if (same_row(&previous->class[c], row))
			return (uint8_t)c;
	return 0;
}

/* A number that neither policy uses, or 0. */
static uint8_t free_number(const struct sw_policy *p, const struct sw_policy *previous)
{
	for (unsigned c = SW_CLASS_FIRST_LIST; c < SW_CLASS_MAX; c++)
		if (p->class[c].action == SW_ACTION_NONE &&
		    (!previous || previous->class[c].action == SW_ACTION_NONE))
			return (uint8_t)c;
	return 0;
}

static int number_list(struct sw_policy *p, const struct sw_policy *previous, size_t i,
		       struct sw_err *err)
{
	struct sw_policy_list *list = &p->lists[i];
	struct sw_class row;
	uint8_t number;

	if (make_row(list->config, &row))
		return sw_err_set(err, -EINVAL, "list %s: action or tier is unknown here",
				  list->config->name);
	number = find_row(previous, &row);
	if (number) {
		row.created = previous->class[number].created;
	} else {
		number = free_number(p, previous);
		row.created = (uint64_t)time(NULL);
	}
	if (!number)
		return sw_err_set(err, -E2BIG,
				  "list %s: no class number is free: old and new lists together "
				  "are more than %u; change some at a time, or restart",
				  list->config->name, SW_CLASS_MAX - SW_CLASS_FIRST_LIST);
	p->class[number] = row;
	list->class = number;
	return 0;
}

/* ---- one table of all ---- */

static void count_entries(const struct sw_policy *p, size_t *n4, size_t *n6)
{
	const struct sw_config *c = p->config;

	*n4 = *n6 = 0;
	for (size_t i = 0; i < c->never_block_n; i++)
		*(c->never_block[i].family == 4 ? n4 : n6) += 1;
	for (size_t i = 0; i < p->lists_n; i++) {
		if (p->lists[i].list) {
			*n4 += p->lists[i].list->n4;
			*n6 += p->lists[i].list->n6;
		}
	}
}

static void join4(const struct sw_policy *p, struct sw_entry4 *out)
{
	for (size_t i = 0; i < p->config->never_block_n; i++) {
		const struct sw_prefix *prefix = &p->config->never_block[i];

		if (prefix->family == 4)
			*out++ = (struct sw_entry4){ .addr = (uint32_t)prefix->lo,
						     .len = prefix->len,
						     .class = SW_CLASS_NEVER_BLOCK };
	}
	for (size_t i = 0; i < p->lists_n; i++) {
		const struct sw_list *list = p->lists[i].list;

		if (list && list->n4) {
			memcpy(out, list->entries4, list->n4 * sizeof(*out));
			out += list->n4;
		}
	}
}

static void join6(const struct sw_policy *p, struct sw_entry6 *out)
{
	for (size_t i = 0; i < p->config->never_block_n; i++) {
		const struct sw_prefix *prefix = &p->config->never_block[i];

		if (prefix->family == 6)
			*out++ = (struct sw_entry6){ .hi = prefix->hi,
						     .lo = prefix->lo,
						     .len = prefix->len,
						     .class = SW_CLASS_NEVER_BLOCK };
	}
	for (size_t i = 0; i < p->lists_n; i++) {
		const struct sw_list *list = p->lists[i].list;

		if (list && list->n6) {
			memcpy(out, list->entries6, list->n6 * sizeof(*out));
			out += list->n6;
		}
	}
}

static void fill_ranks(const struct sw_policy *p, struct sw_rank rank[SW_CLASS_MAX])
{
	for (unsigned c = 0; c < SW_CLASS_MAX; c++) {
		const struct sw_class *row = &p->class[c];

		rank[c].tier = sw_precedence_rank(row->tier, row->flags & SW_CLASS_SHADOW);
		rank[c].harsh = row->action;
	}
}

static int flatten4(struct sw_policy *p, size_t n, const struct sw_rank rank[SW_CLASS_MAX])
{
	struct sw_entry4 *all = malloc((n + 1) * sizeof(*all));
	int code = -ENOMEM;

	p->flat4 = malloc((n + 1) * sizeof(*p->flat4));
	if (all && p->flat4) {
		join4(p, all);
		code = sw_entries4_sort(all, n);
		if (!code)
			code = sw_flatten4(all, n, rank, p->flat4, &p->flat4_n);
	}
	free(all);
	if (code)
		return code;
	/* Give back what flattening made superfluous. */
	all = reallocarray(p->flat4, p->flat4_n + 1, sizeof(*all));
	if (all)
		p->flat4 = all;
	return 0;
}

static int flatten6(struct sw_policy *p, size_t n, const struct sw_rank rank[SW_CLASS_MAX])
{
	struct sw_entry6 *all = malloc((n + 1) * sizeof(*all));
	int code = -ENOMEM;

	p->flat6 = malloc((n + 1) * sizeof(*p->flat6));
	if (all && p->flat6) {
		join6(p, all);
		code = sw_entries6_sort(all, n);
		if (!code)
			code = sw_flatten6(all, n, rank, p->flat6, &p->flat6_n);
	}
	free(all);
	if (code)
		return code;
	/* Give back what flattening made superfluous. */
	all = reallocarray(p->flat6, p->flat6_n + 1, sizeof(*all));
	if (all)
		p->flat6 = all;
	return 0;
}

static int flatten(struct sw_policy *p)
{
	struct sw_rank rank[SW_CLASS_MAX];
	size_t n4, n6;
	int code;

	fill_ranks(p, rank);
	count_entries(p, &n4, &n6);
	code = flatten4(p, n4, rank);
	return code ? code : flatten6(p, n6, rank);
}

/* ---- loading ---- */

static const struct sw_policy_list *find_list(const struct sw_policy *p, const char *name)
{
	for (size_t i = 0; p && i < p->lists_n; i++)
		if (!strcmp(p->lists[i].config->name, name))
			return &p->lists[i];
	return NULL;
}

static int load(struct sw_policy_loader *l, struct sw_policy *p, const struct sw_policy *previous,
		struct sw_err *err)
{
	const struct sw_config *config = l->config;
	int code = sw_policy_scrub_init(&l->scrub, config);

	p->lists = calloc(config->lists_n + 1, sizeof(*p->lists));
	if (code || !p->lists)
		return -ENOMEM;
	p->lists_n = config->lists_n;
	add_builtin_rows(p, previous);
	for (size_t i = 0; i < p->lists_n; i++)
		p->lists[i].config = &config->lists[i];
	for (size_t i = 0; i < p->lists_n && !code; i++)
		code = number_list(p, previous, i, err);
	for (size_t i = 0; i < p->lists_n && !code; i++)
		code = sw_policy_list_load(l, find_list(previous, config->lists[i].name),
					   &p->lists[i]);
	return code ? code : flatten(p);
}

int sw_policy_load(const struct sw_config *config, const struct sw_policy *previous, unsigned flags,
		   sw_policy_note_fn note, void *ctx, struct sw_policy **ret, struct sw_err *err)
{
	struct sw_policy_loader l = { .config = config, .flags = flags, .note = note, .ctx = ctx };
	struct sw_policy *p = calloc(1, sizeof(*p));
	int code = -ENOMEM;

	if (p) {
		p->config = config;
		code = load(&l, p, previous, err);
	}
	sw_policy_scrub_done(&l.scrub);
	if (code) {
		if (code == -ENOMEM)
			sw_err_set(err, code, "out of memory for the lists");
		sw_policy_free(p);
		return code;
	}
	*ret = p;
	return 0;
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
	free(p->flat4);
	free(p->flat6);
	free(p);
	return NULL;
}
