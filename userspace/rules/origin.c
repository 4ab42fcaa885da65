/* SPDX-License-Identifier: GPL-2.0-only */
/* origin - see origin.h. */
#include "origin.h"

#include <errno.h>
#include <string.h>

struct origin {
	const char *name;
	enum sw_tier tier;
};

static const struct origin origins[SW_ORIGIN_NUMBERS] = {
#define SW_ORIGIN(number, symbol, name, tier) [number] = { (name), SW_TIER_##tier },
#include "rules/origin.def"
#undef SW_ORIGIN
};

bool sw_origin_is_known(unsigned origin)
{
	return origin < SW_ORIGIN_NUMBERS && origins[origin].name;
}

const char *sw_origin_name(unsigned origin)
{
	return sw_origin_is_known(origin) ? origins[origin].name : "unknown";
}

int sw_origin_parse(const char *name, uint8_t *ret)
{
	for (unsigned i = sw_origin_next(SW_ORIGIN_NONE); i; i = sw_origin_next(i)) {
		if (!strcmp(origins[i].name, name)) {
			*ret = (uint8_t)i;
			return 0;
		}
	}
	return -EINVAL;
}

enum sw_tier sw_origin_tier(unsigned origin)
{
	return sw_origin_is_known(origin) ? origins[origin].tier : SW_TIER_NONE;
}

unsigned sw_origin_next(unsigned origin)
{
	while (++origin < SW_ORIGIN_NUMBERS)
		if (origins[origin].name)
			return origin;
	return 0;
}
