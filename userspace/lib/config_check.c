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
		sw_config_complain(
			r, list->line,
			"list %s has no action; add action = allow, pass, limit, reject, "
			"reset or drop",
			list->name);
}

/* A rate of a list, its burst, and how they are called. */
struct limit {
	const char *rate_name, *burst_name;
	double rate;
	uint32_t burst;
	const char *who;
};

static void check_burst(struct sw_config_reader *r, size_t i, const struct limit *l)
{
	const char *name = r->config->lists[i].name;
	double least = ceil(l->rate / CLOCK_TICKS);
	unsigned line = line_of(r, i, l->burst_name);

	if (!line)
		line = line_of(r, i, l->rate_name);
	if (l->burst < least)
		sw_config_complain(r, line,
				   "list %s: at this rate %s must be %.0f or more, a hundredth "
				   "of the SYNs of one second: the card's clock may be 10 ms late",
				   name, l->burst_name, least);
	else if ((l->burst - 1) / l->rate >= DAY)
		sw_config_complain(r, line,
				   "list %s: a %s would need more than a day to get a burst of "
				   "%u back; lower %s to %.0f or raise %s",
				   name, l->who, l->burst, l->burst_name, ceil(DAY * l->rate),
				   l->rate_name);
}

static void check_rates(struct sw_config_reader *r, size_t i)
{
	const struct sw_config_list *list = &r->config->lists[i];
	const struct limit limits[] = {
		{ "rate", "burst", list->rate, list->burst, "source" },
		{ "network-rate", "network-burst", list->network_rate, list->network_burst,
		  "network" },
	};

	if (!line_of(r, i, "rate"))
		sw_config_complain(r, list->line,
				   "list %s: action = limit needs a rate; add e.g. "
				   "rate = \"6/min\"",
				   list->name);
	if (line_of(r, i, "network-burst") && !line_of(r, i, "network-rate"))
		sw_config_complain(r, line_of(r, i, "network-burst"),
				   "list %s: network-burst goes with network-rate only; remove it",
				   list->name);
	for (unsigned k = 0; k < 2; k++)
		if (limits[k].rate > 0 && limits[k].burst > 0)
			check_burst(r, i, &limits[k]);
}

static void check_limit(struct sw_config_reader *r, size_t i)
{
	const struct sw_config_list *list = &r->config->lists[i];
	static const char *const only[] = { "rate", "burst", "network-rate", "network-burst" };

	if (!list->action)
		return;
	if (!strcmp(list->action, "limit")) {
		check_rates(r, i);
		return;
	}
	for (unsigned k = 0; k < sizeof(only) / sizeof(only[0]); k++)
		if (line_of(r, i, only[k]))
			sw_config_complain(r, line_of(r, i, only[k]),
					   "list %s: %s goes with action = limit only; remove it",
					   list->name, only[k]);
}

static unsigned root_line(const struct sw_config_reader *r, const char *name)
{
	return sw_config_line(&r->root, SW_SECTION_ROOT, name);
}

/* Who is over the rate gets in when somebody has judged him, which takes first contact. */
static void check_surge(struct sw_config_reader *r)
{
	const struct sw_config *c = r->config;
	unsigned rate = root_line(r, "surge-rate"), burst = root_line(r, "surge-burst");
	double least = ceil(c->surge_rate / CLOCK_TICKS);

	if (!rate && burst)
		sw_config_complain(r, burst, "surge-burst goes with surge-rate only; remove it");
	if (c->surge_rate <= 0 || !c->first_contact)
		return;
	if (!strcmp(c->first_contact, "off"))
		sw_config_complain(r, rate,
				   "surge-rate counts first contacts, which are off; add "
				   "first-contact = pass or hold, or remove it");
	else if (c->surge_burst && c->surge_burst < least)
		sw_config_complain(r, burst ? burst : rate,
				   "at this rate surge-burst must be %.0f or more, a hundredth of "
				   "the SYNs of one second: the card's clock may be 10 ms late",
				   least);
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
	check_surge(r);
	if (!c->interfaces_n && !root_line(r, "interfaces"))
		sw_config_complain(r, 0, "no interfaces; add e.g. interfaces = {\"eth0\"}");
}
