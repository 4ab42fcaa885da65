/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * verdicts_check - sw_verdicts_check, see verdicts.h. The card can only differ from what is
 * intended when something went wrong: a fault of ours, a stranger who wrote into our maps,
 * or a card that was full when a verdict had to be taken back. So each difference is
 * mended, counted and told.
 */
#include <errno.h>
#include <stdlib.h>
#include <syslog.h>

#include "verdicts_parts.h"

/* The card keeps ends in ticks of about a millisecond. */
#define END_TOLERANCE_NS 10000000

static bool same_end(uint64_t a, uint64_t b)
{
	if (!a || !b)
		return a == b;
	return (a > b ? a - b : b - a) <= END_TOLERANCE_NS;
}

static void check_card(struct sw_verdicts *v, const struct sw_verdict_entry *e)
{
	uint8_t class = 0, want = sw_verdict_class(e->origin, e->action, e->expires_ms != 0);
	struct sw_prefix source = sw_verdict_entry_source(e);
	char text[SW_PREFIX_TEXT];
	uint64_t ends = 0;
	bool missing = v->card.get(v->card.ctx, &source, &class, &ends) != 0;
	struct sw_err err;

	if (!missing && class == want && same_end(ends, sw_verdicts_ends_ns(v, e)))
		return;
	v->checked.missing += missing;
	v->checked.differing += !missing;
	sw_prefix_format(&source, text);
	if (sw_verdicts_enforce(v, &source, &err)) {
		sw_verdicts_say(v, LOG_ERR, "self-check: the card %s %s, and takes it not: %s",
				missing ? "lacks the verdict on" : "has another verdict on", text,
				err.text);
		return;
	}
	v->checked.repaired++;
	sw_verdicts_say(v, LOG_WARNING, "self-check: the card %s %s; set anew",
			missing ? "lacked the verdict on" : "had another verdict on", text);
}

static void check_ledger(struct sw_verdicts *v, const struct sw_verdict_entry *e)
{
	struct sw_prefix source = sw_verdict_entry_source(e);
	struct sw_verdict verdict;
	char text[SW_PREFIX_TEXT];
	struct sw_err err;
	int code = sw_ledger_get(v->options.ledger, &source, e->origin, &verdict, &err);

	if (!code && verdict.action == e->action && verdict.expires_ms == e->expires_ms)
		return;
	v->checked.ledger_differs++;
	sw_verdicts_say(v, LOG_ERR,
			"self-check: the ledger does not say what is in force for %s: %s",
			sw_prefix_format(&source, text),
			code ? err.text : "another verdict; restart synwardd to go by the ledger");
}

static void check_bucket(struct sw_verdicts *v, size_t bucket)
{
	struct sw_verdict_entry *e = sw_verdict_index_bucket(&v->index, bucket);
	struct sw_prefix source;

	for (; e; e = e->next) {
		if (e->ended)
			continue;
		v->checked.checked++;
		check_ledger(v, e);
		source = sw_verdict_entry_source(e);
		if (v->card.get && sw_verdicts_best(v, &source) == e)
			check_card(v, e);
	}
}

void sw_verdicts_check(struct sw_verdicts *v, size_t max)
{
	for (size_t i = 0; i < max; i++) {
		if (v->check_bucket >= v->index.buckets) {
			v->check_bucket = 0;
			v->checked.rounds++;
			return;
		}
		check_bucket(v, v->check_bucket++);
	}
}
