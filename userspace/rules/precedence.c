/* SPDX-License-Identifier: GPL-2.0-only */
/* precedence - see precedence.h. */
#include "precedence.h"

#include <errno.h>
#include <string.h>

static const char *const tier_names[] = {
	[SW_TIER_NONE] = "none",	 [SW_TIER_DIALUP] = "dialup",
	[SW_TIER_BLOCK] = "block",	 [SW_TIER_ABUSE] = "abuse",
	[SW_TIER_ALLOW] = "allow",	 [SW_TIER_NEVER_BLOCK] = "never-block",
	[SW_TIER_OPERATOR] = "operator",
};

static const char *const action_names[SW_ACTION_MAX] = {
	[SW_ACTION_NONE] = "none",   [SW_ACTION_ALLOW] = "allow", [SW_ACTION_PASS] = "pass",
	[SW_ACTION_LIMIT] = "limit", [SW_ACTION_HOLD] = "hold",	  [SW_ACTION_REJECT] = "reject",
	[SW_ACTION_RESET] = "reset", [SW_ACTION_DROP] = "drop",
};

#define TIERS (sizeof(tier_names) / sizeof(tier_names[0]))

const char *sw_tier_name(enum sw_tier tier)
{
	return (unsigned)tier < TIERS ? tier_names[tier] : "unknown";
}

/* The other tiers are not a list's to claim. */
int sw_tier_of_list(const char *tier, enum sw_action action, enum sw_tier *ret)
{
	static const enum sw_tier open[] = { SW_TIER_ALLOW, SW_TIER_BLOCK, SW_TIER_DIALUP };

	if (!strcmp(tier, "auto")) {
		*ret = action == SW_ACTION_ALLOW ? SW_TIER_ALLOW : SW_TIER_BLOCK;
		return 0;
	}
	for (unsigned i = 0; i < sizeof(open) / sizeof(open[0]); i++) {
		if (!strcmp(tier, tier_names[open[i]])) {
			*ret = open[i];
			return 0;
		}
	}
	return -EINVAL;
}

const char *sw_action_name(enum sw_action action)
{
	return (unsigned)action < SW_ACTION_MAX ? action_names[action] : "unknown";
}

int sw_action_parse(const char *name, enum sw_action *ret)
{
	for (unsigned i = SW_ACTION_ALLOW; i < SW_ACTION_MAX; i++) {
		if (!strcmp(name, action_names[i])) {
			*ret = (enum sw_action)i;
			return 0;
		}
	}
	return -EINVAL;
}

uint8_t sw_precedence_rank(enum sw_tier tier, bool shadow)
{
	return (uint8_t)(shadow ? tier : TIERS + tier);
}

bool sw_claim_beats(const struct sw_claim *a, const struct sw_claim *b)
{
	if (a->rank != b->rank)
		return a->rank > b->rank;
	if (a->len != b->len)
		return a->len > b->len;
	if (a->action != b->action)
		return a->action > b->action;
	return a->class < b->class;
}
