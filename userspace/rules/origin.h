/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * origin - where verdicts come from. Pure; the table is origin.def.
 *
 * A source has at most one verdict of each origin. Numbers fit in a byte and are not 0.
 * A ledger that a later version has written may hold numbers that are unknown here.
 */
#ifndef SYNWARD_RULES_ORIGIN_H
#define SYNWARD_RULES_ORIGIN_H

#include <stdbool.h>
#include <stdint.h>

#include "rules/precedence.h"

enum sw_origin {
	SW_ORIGIN_NONE = 0,
#define SW_ORIGIN(number, symbol, name, tier) SW_ORIGIN_##symbol = (number),
#include "rules/origin.def"
#undef SW_ORIGIN
};

#define SW_ORIGIN_NUMBERS 256 /* a number is less */

bool sw_origin_is_known(unsigned origin);
const char *sw_origin_name(unsigned origin); /* "operator", ...; "unknown" */
int sw_origin_parse(const char *name, uint8_t *ret); /* -EINVAL */

/* The tier that verdicts of @origin have; SW_TIER_NONE: unknown. */
enum sw_tier sw_origin_tier(unsigned origin);

/* The known number after @origin, ascending from 0; 0: there is none. For loops. */
unsigned sw_origin_next(unsigned origin);

#endif
