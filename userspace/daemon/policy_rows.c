/* SPDX-License-Identifier: GPL-2.0-only */
/* policy_rows - see policy_rows.h. */
#include "policy_rows.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "rules/precedence.h"
#include "rules/verdict_class.h"

#define TICK_NS (1u << SW_TICK_SHIFT)

/* Of single verdicts that limit: a mail server's queue gets through, a flood does not. */
#define VERDICT_RATE 0.1 /* SYNs a second */
#define VERDICT_BURST 3

static void name_row(struct sw_class *row, const char *name)
{
	strncpy(row->name, name, sizeof(row->name) - 1);
}

/* @rate in SYNs a second. */
static void set_limit(double rate, uint32_t burst, __u32 *interval, __u32 *tolerance)
{
	double ticks = 1e9 / rate / TICK_NS;
	uint64_t all;

	*interval = ticks < 1 ? 1 : (uint32_t)lround(ticks);
	all = (uint64_t)(burst - 1) * *interval;
	*tolerance = all > UINT32_MAX ? UINT32_MAX : (uint32_t)all;
}

static int make_row(const struct sw_config_list *list, struct sw_class *ret)
{
	struct sw_class row = { .flags = list->enforce ? 0 : SW_CLASS_SHADOW };
	enum sw_action action;
	enum sw_tier tier;

	if (sw_action_parse(list->action, &action) || sw_tier_of_list(list->tier, action, &tier))
		return -EINVAL;
	row.action = action;
	row.tier = tier;
	name_row(&row, list->name);
	if (action == SW_ACTION_LIMIT)
		set_limit(list->rate, list->burst, &row.interval, &row.tolerance);
	if (action == SW_ACTION_LIMIT && list->network_rate > 0)
		set_limit(list->network_rate, list->network_burst, &row.network_interval,
			  &row.network_tolerance);
	*ret = row;
	return 0;
}

/* Rows of what is no list. Their numbers are fixed, and so is what they say: a row must not
 * change under a table that names it. */
static const struct sw_verdict_class unlisted_row = { .class = SW_CLASS_UNLISTED,
						      .action = SW_ACTION_PASS,
						      .tier = SW_TIER_NONE,
						      .name = "unlisted" };
static const struct sw_verdict_class never_block_row = { .class = SW_CLASS_NEVER_BLOCK,
							 .action = SW_ACTION_ALLOW,
							 .tier = SW_TIER_NEVER_BLOCK,
							 .name = "never-block" };

static void add_builtin_row(struct sw_policy *p, const struct sw_policy *previous,
			    const struct sw_verdict_class *c)
{
	struct sw_class *row = &p->class[c->class];

	row->action = c->action;
	row->tier = c->tier;
	row->flags = c->ends ? SW_CLASS_TEMPORARY : 0;
	row->created = previous ? previous->class[c->class].created : (uint64_t)time(NULL);
	if (c->action == SW_ACTION_LIMIT)
		set_limit(VERDICT_RATE, VERDICT_BURST, &row->interval, &row->tolerance);
	name_row(row, c->name);
}

static void add_builtin_rows(struct sw_policy *p, const struct sw_policy *previous)
{
	add_builtin_row(p, previous, &unlisted_row);
	add_builtin_row(p, previous, &never_block_row);
	for (const struct sw_verdict_class *c = sw_verdict_classes; c->name; c++)
		if (c->class)
			add_builtin_row(p, previous, c);
}

/* To a packet and to people; when a row was made does not count. */
static bool same_row(const struct sw_class *a, const struct sw_class *b)
{
	return a->action == b->action && a->flags == b->flags && a->tier == b->tier &&
	       a->interval == b->interval && a->tolerance == b->tolerance &&
	       a->network_interval == b->network_interval &&
	       a->network_tolerance == b->network_tolerance && !strcmp(a->name, b->name);
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

/* Give @row a number: its own in @previous, or a free one. */
static int number_row(struct sw_policy *p, const struct sw_policy *previous, struct sw_class row,
		      uint8_t *ret, struct sw_err *err)
{
	uint8_t number = find_row(previous, &row);

	if (previous && number) {
		row.created = previous->class[number].created;
	} else {
		number = free_number(p, previous);
		row.created = (uint64_t)time(NULL);
	}
	if (!number)
		return sw_err_set(err, -E2BIG,
				  "list %s: no class number is free: old and new lists together "
				  "are more than %u; change some at a time, or restart",
				  row.name, SW_CLASS_MAX - SW_CLASS_FIRST_LIST);
	p->class[number] = row;
	*ret = number;
	return 0;
}

static int number_list(struct sw_policy *p, const struct sw_policy *previous, size_t i,
		       struct sw_err *err)
{
	struct sw_policy_list *list = &p->lists[i];
	struct sw_class row;

	if (make_row(list->config, &row))
		return sw_err_set(err, -EINVAL, "list %s: action or tier is unknown here",
				  list->config->name);
	return number_row(p, previous, row, &list->class, err);
}

/* All networks of allow-spf are one more allow list. */
static int number_spf(struct sw_policy *p, const struct sw_policy *previous, struct sw_err *err)
{
	struct sw_class row = { .action = SW_ACTION_ALLOW, .tier = SW_TIER_ALLOW };

	if (!p->config->allow_spf.n)
		return 0;
	name_row(&row, SW_ALLOW_SPF_CLASS);
	return number_row(p, previous, row, &p->spf_class, err);
}

int sw_policy_rows(struct sw_policy *p, const struct sw_policy *previous, struct sw_err *err)
{
	int code = 0;

	add_builtin_rows(p, previous);
	for (size_t i = 0; i < p->lists_n && !code; i++)
		code = number_list(p, previous, i, err);
	return code ? code : number_spf(p, previous, err);
}
