/* SPDX-License-Identifier: GPL-2.0-only */
/* known - see known.h. */
#include "known.h"

#include "maps/hash.h"

static uint64_t mark_of(const struct sw_known *known, const struct sw_prefix *source)
{
	uint64_t mark = sw_hash(source->hi ^ source->family, source->lo, known->seed);

	return mark ? mark : 1;
}

void sw_known_add(struct sw_known *known, const struct sw_prefix *source)
{
	uint64_t mark = mark_of(known, source);

	known->mark[mark % SW_KNOWN] = mark;
}

bool sw_known_has(const struct sw_known *known, const struct sw_prefix *source)
{
	uint64_t mark = mark_of(known, source);

	return known->mark[mark % SW_KNOWN] == mark;
}
