/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dead - is a configured site one of the lists that are dead? Pure; the table is dead.def.
 *
 * A dead list is no error: its domain may be alive again one day, and trust.h finds out what
 * it says now. It is worth a warning at every check of the configuration.
 */
#ifndef SYNWARD_DNS_DEAD_H
#define SYNWARD_DNS_DEAD_H

#include <stddef.h>

enum sw_dead_fate {
	SW_DEAD_EMPTY,
	SW_DEAD_GONE,
	SW_DEAD_WORLD,
	SW_DEAD_CLOSED,
	SW_DEAD_MERGED,
	SW_DEAD_DOMAINS,
};

struct sw_dead_zone {
	const char *zone;
	const char *since; /* "2015-01"; "" if there is no date */
	enum sw_dead_fate fate;
	const char *words;
};

/* The dead zone that @domain is, or is below; NULL: none. The case of letters is the same. */
const struct sw_dead_zone *sw_dead_find(const char *domain);

#define SW_DEAD_TEXT 400
/* The warning, without the name of the site: "dead since 2015-01: AHBL was ended ...; it may
 * list every address: take it out". @out. */
char *sw_dead_warning(const struct sw_dead_zone *zone, char out[SW_DEAD_TEXT]);

/* All of them; *@n is how many. */
const struct sw_dead_zone *sw_dead_all(size_t *n);

#endif
