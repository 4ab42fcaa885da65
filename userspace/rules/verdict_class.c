/* SPDX-License-Identifier: GPL-2.0-only */
/* verdict_class - see verdict_class.h. */
#include "verdict_class.h"

#include <stddef.h>
#include <string.h>

#include "maps/abi.h"

const struct sw_verdict_class sw_verdict_classes[] = {
#define SW_VERDICT_CLASS(symbol, origin_, action_, ends_, tier_, name_) \
	{ .class = SW_CLASS_##symbol,                                   \
	  .origin = SW_ORIGIN_##origin_,                                \
	  .action = SW_ACTION_##action_,                                \
	  .ends = (ends_),                                              \
	  .tier = SW_TIER_##tier_,                                      \
	  .name = (name_) },
#define SW_VERDICT_NOTE(origin_, action_, ends_, name_) \
	{ .origin = SW_ORIGIN_##origin_,                \
	  .action = SW_ACTION_##action_,                \
	  .ends = (ends_),                              \
	  .tier = SW_TIER_NONE,                         \
	  .name = (name_) },
#include "rules/verdict_class.def"
#undef SW_VERDICT_CLASS
#undef SW_VERDICT_NOTE
	{ .name = NULL },
};

/* The same for those who ask of a million: what is not in it has no class. */
static const uint8_t classes[][SW_ACTION_MAX][2] = {
#define SW_VERDICT_CLASS(symbol, origin, action, ends, tier, name) \
	[SW_ORIGIN_##origin][SW_ACTION_##action][ends] = SW_CLASS_##symbol,
#define SW_VERDICT_NOTE(origin, action, ends, name)
#include "rules/verdict_class.def"
#undef SW_VERDICT_CLASS
#undef SW_VERDICT_NOTE
};

static const struct sw_verdict_class *find(uint8_t origin, uint8_t action, bool ends)
{
	const struct sw_verdict_class *c = sw_verdict_classes;

	while (c->name && (c->origin != origin || c->action != action || c->ends != ends))
		c++;
	return c;
}

uint8_t sw_verdict_class(uint8_t origin, uint8_t action, bool ends)
{
	if (origin >= sizeof(classes) / sizeof(classes[0]) || action >= SW_ACTION_MAX)
		return 0;
	return classes[origin][action][ends];
}

bool sw_verdict_is_note(uint8_t origin, uint8_t action, bool ends)
{
	const struct sw_verdict_class *c = find(origin, action, ends);

	return c->name && !c->class;
}

/* The first of them speaks for those that end, too. */
static const struct sw_verdict_class *first_of(uint8_t origin, uint8_t action)
{
	const struct sw_verdict_class *c = sw_verdict_classes;

	while (c->name && (c->origin != origin || c->action != action))
		c++;
	return c;
}

const char *sw_verdict_class_name(uint8_t origin, uint8_t action)
{
	const struct sw_verdict_class *c = first_of(origin, action);

	return c->name ? c->name : sw_origin_name(origin);
}

bool sw_verdict_class_is_name(const char *name)
{
	for (const struct sw_verdict_class *c = sw_verdict_classes; c->name; c++)
		if (!strcmp(c->name, name) && first_of(c->origin, c->action) == c)
			return true;
	return false;
}
