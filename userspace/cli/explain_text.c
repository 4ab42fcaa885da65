/* SPDX-License-Identifier: GPL-2.0-only */
/* explain_text - see explain_parts.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "explain_parts.h"
#include "lib/clock.h"
#include "rules/precedence.h"
#include "until.h"

static void print_single(const struct sw_verdict *v)
{
	char since[SW_TIME_TEXT], until[SW_UNTIL_TEXT], *reason = sw_escape(v->reason);

	printf("        since %s by %s, %s: %s\n", sw_time_format(v->created_ms, since), v->who,
	       sw_until_format(v->expires_ms, sw_clock_wall_ms(sw_clock_system()), until),
	       reason ? reason : "");
	free(reason);
}

static void print_spf(const struct sw_policy_match *m)
{
	char since[SW_TIME_TEXT], confirmed[SW_TIME_TEXT];

	printf("        SPF of %s, since %s; ", m->spf->name, sw_time_format(m->since_ms, since));
	if (m->spf->allow.confirmed_ms)
		printf("its policy was last read %s\n",
		       sw_time_format(m->spf->allow.confirmed_ms, confirmed));
	else
		puts("its policy was never read whole");
}

static void print_match(const struct sw_policy *policy, const struct sw_policy_match *m)
{
	const struct sw_class *row = &policy->class[m->class];
	char prefix[SW_PREFIX_TEXT], action[32];

	snprintf(action, sizeof(action), "%s%s", sw_action_name(row->action),
		 sw_explain_is_shadow(row) ? " (shadow)" : "");
	printf("  %-5s %-20s %-15s %-7s %s%s: %s\n", m->wins ? "wins" : "", row->name, action,
	       sw_tier_name(row->tier), m->entry.exclude ? "not " : "",
	       sw_prefix_format(&m->entry.prefix, prefix), m->why);
	if (m->verdict)
		print_single(m->verdict);
	else if (m->spf)
		print_spf(m);
	else if (m->own)
		printf("        never-block: %s\n", m->own->why);
	else if (!m->list)
		printf("        never-block in %s\n", policy->config->path);
	else if (m->entry.line)
		printf("        %s:%lu%s: %s\n", m->list->path, m->entry.line,
		       m->list->stale ? " (stale: its last good copy)" : "", m->entry.text);
	else
		printf("        %s%s\n", m->list->path,
		       m->list->stale ? " (stale: the last good list)" : "");
}

static void print_card(const struct sw_explain_card *card, const struct sw_class *expected)
{
	const struct sw_class *row = &card->row;

	if (card->state == SW_EXPLAIN_CARD_NONE) {
		puts("card: no filter is loaded");
	} else if (card->state == SW_EXPLAIN_CARD_UNREADABLE) {
		printf("card: its table cannot be read: %s\n", card->err.text);
	} else if (card->agrees) {
		puts("card: its table says the same");
		if (!strcmp(expected->name, "unlisted") && card->contact_words)
			printf("card: %s\n", card->contact_words);
		if (!strcmp(expected->name, "unlisted") && card->contact_words &&
		    card->surge.rate > 0)
			printf("card: of all such sources together %.6g SYNs a second pass, and "
			       "%" PRIu32 " at once\n",
			       card->surge.rate, card->surge.burst);
		if (row->action == SW_ACTION_REJECT && !sw_explain_is_shadow(row))
			puts(card->steers ? "card: synward-desk gets the connection, and says why"
					  : "card: the mail server gets the connection, for "
					    "synward-desk is not there");
	} else {
		bool rate = !strcmp(row->name, expected->name) && row->action == expected->action &&
			    row->flags == expected->flags;

		printf("card: its table says %s by %s%s%s; it was filled before the lists, the "
		       "configuration or the ledger changed: reload synwardd, or run synward "
		       "attach\n",
		       sw_action_name(row->action), row->name,
		       sw_explain_is_shadow(row) ? " (shadow)" : "",
		       rate ? ", with another rate or burst" : "");
	}
}

void sw_explain_text(const struct sw_policy *policy, const struct sw_explained *v,
		     const struct sw_policy_match *matches, size_t n,
		     const struct sw_explain_card *card)
{
	char source[SW_PREFIX_TEXT], prefix[SW_PREFIX_TEXT];

	sw_prefix_format(&v->source, source);
	if (!v->class)
		printf("%s: pass, no entry matches (unlisted)\n", source);
	else
		printf("%s: %s by %s, prefix %s%s\n", source, sw_action_name(v->row->action),
		       v->row->name, sw_prefix_format(&v->prefix, prefix),
		       sw_explain_is_shadow(v->row)
			       ? "; in shadow: it is counted, and the SYN passes"
			       : "");
	for (size_t i = 0; i < n; i++)
		print_match(policy, &matches[i]);
	if (v->class && v->next)
		printf("without what wins: %s by %s\n",
		       sw_action_name(policy->class[v->next->class].action),
		       policy->class[v->next->class].name);
	else if (v->class)
		puts("without what wins: pass, nothing else is said");
	if (v->told[0] && sw_explain_is_shadow(v->row))
		printf("a mail server that asks is told: %s\n", v->told);
	else if (v->told[0] && v->row->action == SW_ACTION_REJECT)
		printf("it is told: %s\n", v->told);
	print_card(card, v->row);
}
