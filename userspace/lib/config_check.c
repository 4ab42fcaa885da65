/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * config_check - what options must be to each other. Each check tells of what it
 * finds and goes on; a value that was bad in itself was told of before, and
 * nothing is said of its absence.
 */
#include "config_reader.h"

#include <math.h>
#include <string.h>

#define LISTS_MAX 224 /* classes 32 to 255, see maps/abi.h */
#define NAME_MAX_BYTES 31 /* what fits into a class row */
#define DAY 86400.0

/* The card reads a clock that ticks every 1, 4 or 10 ms: SYNs that come within one
 * tick look simultaneous, and the burst has to hold them. */
#define CLOCK_TICKS 100.0

static unsigned line_of(const struct sw_config_reader *r, size_t list, const char *name)
{
	return sw_config_line(&r->lists[list], SW_SECTION_LIST, name);
}

static void check_name(struct sw_config_reader *r, const struct sw_config_list *list)
{
	size_t n = strlen(list->name);

	if (n == 0 || n > NAME_MAX_BYTES ||
	    strspn(list->name, "abcdefghijklmnopqrstuvwxyz0123456789._-") != n)
		sw_config_complain(r, list->line,
				   "list \"%s\": a name has 1 to %d of a-z 0-9 . _ -; choose "
				   "another",
				   list->name, NAME_MAX_BYTES);
	else if (!strcmp(list->name, "unlisted") || !strcmp(list->name, "never-block"))
		sw_config_complain(r, list->line,
				   "list %s: the name belongs to a class that is always there; "
				   "choose another",
				   list->name);
	else if (r->config->allow_spf.n && !strcmp(list->name, SW_ALLOW_SPF_CLASS))
		sw_config_complain(r, list->line,
				   "list %s: the name belongs to the class of the networks of "
				   "allow-spf; choose another",
				   list->name);
}

static void check_unique(struct sw_config_reader *r, size_t i)
{
	const struct sw_config_list *lists = r->config->lists;

	for (size_t k = 0; k < i; k++) {
		if (!strcmp(lists[k].name, lists[i].name)) {
			sw_config_complain(r, lists[i].line,
					   "list %s: line %u has a list of that name; rename one",
					   lists[i].name, lists[k].line);
			return;
		}
	}
}

static void check_needed(struct sw_config_reader *r, size_t i)
{
	const struct sw_config_list *list = &r->config->lists[i];

	if (!line_of(r, i, "file"))
		sw_config_complain(r, list->line, "list %s has no file; add file = \"PATH\"",
				   list->name);
	if (!line_of(r, i, "action"))
		sw_config_complain(r, list->line,
				   "list %s has no action; add action = allow, pass, limit or drop",
				   list->name);
}

static void check_burst(struct sw_config_reader *r, size_t i)
{
	const struct sw_config_list *list = &r->config->lists[i];
	double least = ceil(list->rate / CLOCK_TICKS);
	unsigned line = line_of(r, i, "burst");

	if (!line)
		line = line_of(r, i, "rate");
	if (list->burst < least)
		sw_config_complain(r, line,
				   "list %s: at this rate burst must be %.0f or more, a hundredth "
				   "of the SYNs of one second: the card's clock may be 10 ms late",
				   list->name, least);
	else if ((list->burst - 1) / list->rate >= DAY)
		sw_config_complain(r, line,
				   "list %s: a source would need more than a day to get a burst of "
				   "%u back; lower burst to %.0f or raise rate",
				   list->name, list->burst, ceil(DAY * list->rate));
}

static void check_limit(struct sw_config_reader *r, size_t i)
{
	const struct sw_config_list *list = &r->config->lists[i];
	static const char *const only[] = { "rate", "burst" };

	if (!list->action)
		return;
	if (!strcmp(list->action, "limit")) {
		if (!line_of(r, i, "rate"))
			sw_config_complain(r, list->line,
					   "list %s: action = limit needs a rate; add e.g. "
					   "rate = \"6/min\"",
					   list->name);
		else if (list->rate > 0 && list->burst > 0)
			check_burst(r, i);
		return;
	}
	for (unsigned k = 0; k < 2; k++)
		if (line_of(r, i, only[k]))
			sw_config_complain(r, line_of(r, i, only[k]),
					   "list %s: %s goes with action = limit only; remove it",
					   list->name, only[k]);
}

void sw_config_check(struct sw_config_reader *r)
{
	const struct sw_config *c = r->config;
	size_t room = c->allow_spf.n ? LISTS_MAX - 1 : LISTS_MAX; /* it has a class, too */

	for (size_t i = 0; i < c->lists_n; i++) {
		check_name(r, &c->lists[i]);
		check_unique(r, i);
		check_needed(r, i);
		check_limit(r, i);
	}
	if (c->lists_n > room)
		sw_config_complain(r, c->lists[room].line,
				   "%zu lists, and there is room for %zu; join some", c->lists_n,
				   room);
	if (!c->interfaces_n && !sw_config_line(&r->root, SW_SECTION_ROOT, "interfaces"))
		sw_config_complain(r, 0, "no interfaces; add e.g. interfaces = {\"eth0\"}");
}
