/* SPDX-License-Identifier: GPL-2.0-only */
/* bounce_words - findings for people; see bounce.h. */
#include <stdio.h>
#include <string.h>

#include "lib/duration.h"
#include "rules/bounce.h"

/* ", lock 2 of 4" */
static void add_lock(const struct sw_bounce_lock *lock, char text[SW_BOUNCE_TEXT])
{
	size_t n = strlen(text);

	n += (size_t)snprintf(text + n, SW_BOUNCE_TEXT - n, ", lock %u", lock->number);
	if (lock->last && lock->number <= lock->last)
		n += (size_t)snprintf(text + n, SW_BOUNCE_TEXT - n, " of %u", lock->last);
	if (!lock->for_ms)
		snprintf(text + n, SW_BOUNCE_TEXT - n, ": permanent");
}

const char *sw_bounce_words(const struct sw_bounce_rules *rules, const struct sw_bounce_finding *f,
			    const struct sw_bounce_lock *lock, char text[SW_BOUNCE_TEXT])
{
	char window[SW_DURATION_TEXT], accepted[SW_DURATION_TEXT];
	const char *of = f->network ? " from" : "", *what = f->network ? "addresses" : "different";
	const char *more = f->different < SW_BOUNCE_DIFFERENT ? "" : " or more";

	snprintf(text, SW_BOUNCE_TEXT,
		 "%u unknown recipients%s%s %u%s %s%s within %s, %u accepted within %s", f->unknown,
		 of, f->network ? "" : ",", f->different, more, what, f->network ? "" : ",",
		 sw_duration_format(rules->window_ms, window), f->accepted,
		 sw_duration_format(rules->accepted_ms, accepted));
	if (lock)
		add_lock(lock, text);
	return text;
}
