/* SPDX-License-Identifier: GPL-2.0-only */
/* service_standing - whose a source is, and whether the card has room for a verdict on it: what
 * those ask who come to verdicts by themselves. */
#include <stdio.h>
#include <string.h>

#include "daemon/policy_list.h"
#include "datapath/datapath.h"
#include "service_parts.h"

static bool is_ours(const struct sw_policy *p, const struct sw_prefix *source)
{
	for (size_t i = 0; i < p->config->never_block_n; i++)
		if (sw_prefix_contains(&p->config->never_block[i], source))
			return true;
	for (size_t i = 0; i < p->own.n; i++)
		if (sw_prefix_contains(&p->own.entry[i].prefix, source))
			return true;
	return false;
}

enum sw_standing sw_service_standing(void *ctx, const struct sw_prefix *source,
				     char why[SW_STANDING_WHY])
{
	const struct sw_service *s = ctx;
	const struct sw_policy *p = sw_enforce_policy(s->enforce);
	struct sw_prefix entry;
	bool exclude;

	if (is_ours(p, source)) {
		snprintf(why, SW_STANDING_WHY, "it is in never-block");
		return SW_STANDING_LOOKED_THROUGH;
	}
	for (size_t i = 0; i < p->lists_n; i++) {
		const struct sw_policy_list *list = &p->lists[i];

		if (!list->list || !list->config->enforce ||
		    strcmp(list->config->action, "allow") != 0)
			continue;
		if (!sw_policy_list_longest(list->list, source, &entry, &exclude) || exclude)
			continue;
		snprintf(why, SW_STANDING_WHY, "it is in the list %s", list->config->name);
		return SW_STANDING_NEVER_LOCKED;
	}
	if (p->spf_list && sw_policy_list_longest(p->spf_list, source, &entry, &exclude)) {
		snprintf(why, SW_STANDING_WHY, "it is in the networks of allow-spf");
		return SW_STANDING_NEVER_LOCKED;
	}
	return SW_STANDING_COUNTS;
}

bool sw_service_has_room(void *ctx, size_t waiting)
{
	const struct sw_service *s = ctx;
	struct sw_datapath_info info = { 0 };

	sw_datapath_info(sw_enforce_datapath(s->enforce), &info);
	return sw_verdicts_has_room(s->verdicts, info.size.verdicts, waiting);
}
