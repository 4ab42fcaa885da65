/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * precedence - whose word counts when several speak of one source.
 *
 * Pure. Verdict of the highest tier that has one; inside a tier the longest
 * prefix; then the harsher action; then the smaller class number. A class in
 * shadow stands below every class that is enforced: trying out a list never
 * changes what the others do.
 */
#ifndef SYNWARD_RULES_PRECEDENCE_H
#define SYNWARD_RULES_PRECEDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "maps/abi.h"

/* In the order of docs/design.md, greater wins; 0 is "no verdict". */
enum sw_tier {
	SW_TIER_NONE = 0,
	SW_TIER_DIALUP = 1, /* DNS score, dialup and rDNS rules */
	SW_TIER_BLOCK = 2, /* block lists */
	SW_TIER_ABUSE = 3, /* complaints and bounces */
	SW_TIER_ALLOW = 4, /* allow lists */
	SW_TIER_NEVER_BLOCK = 5,
	SW_TIER_OPERATOR = 6,
};

const char *sw_tier_name(enum sw_tier tier); /* "dialup", "block", ... */
/* The tier of a list: by its name, or for "auto" by the action. -EINVAL. */
int sw_tier_of_list(const char *tier, enum sw_action action, enum sw_tier *ret);

const char *sw_action_name(enum sw_action action); /* "allow", ..., "none" */
int sw_action_parse(const char *name, enum sw_action *ret); /* -EINVAL */

/* Tier and shadow as one number for struct sw_rank: greater wins. */
uint8_t sw_precedence_rank(enum sw_tier tier, bool shadow);

/* One thing that is said of a source. */
struct sw_claim {
	uint8_t class;
	uint8_t rank; /* sw_precedence_rank */
	uint8_t action; /* enum sw_action */
	uint8_t len; /* prefix length */
};

/* True if @a counts more than @b. */
bool sw_claim_beats(const struct sw_claim *a, const struct sw_claim *b);

#endif
