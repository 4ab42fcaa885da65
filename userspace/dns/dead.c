/* SPDX-License-Identifier: GPL-2.0-only */
/* dead - see dead.h. */
#include "dns/dead.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct sw_dead_zone zones[] = {
#define SW_DEAD_ZONE(zone, since, fate, words) { (zone), (since), SW_DEAD_##fate, (words) },
#include "dns/dead.def"
#undef SW_DEAD_ZONE
};

#define ZONES (sizeof(zones) / sizeof(zones[0]))

const struct sw_dead_zone *sw_dead_find(const char *domain)
{
	size_t n = strlen(domain), m;

	for (size_t i = 0; i < ZONES; i++) {
		m = strlen(zones[i].zone);
		if (n < m || strcasecmp(domain + n - m, zones[i].zone) != 0)
			continue;
		if (n == m || domain[n - m - 1] == '.')
			return &zones[i];
	}
	return NULL;
}

char *sw_dead_warning(const struct sw_dead_zone *zone, char out[SW_DEAD_TEXT])
{
	static const char *const effects[] = {
		[SW_DEAD_EMPTY] = "it lists nothing: take it out",
		[SW_DEAD_GONE] = "questions to it only cost time: take it out",
		[SW_DEAD_WORLD] = "it lists every address, or may at any time: take it out",
		[SW_DEAD_CLOSED] = "without a contract there are no answers: take it out",
		[SW_DEAD_MERGED] = "ask that one, and take this out",
		[SW_DEAD_DOMAINS] = "addresses are nothing to ask it about: take it out",
	};
	const char *state = zone->fate < SW_DEAD_CLOSED ? "dead" : "no list to ask";

	snprintf(out, SW_DEAD_TEXT, "%s%s%s: %s; %s", state, *zone->since ? " since " : "",
		 zone->since, zone->words, effects[zone->fate]);
	return out;
}

const struct sw_dead_zone *sw_dead_all(size_t *n)
{
	*n = ZONES;
	return zones;
}
