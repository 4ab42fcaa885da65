/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * service_desk_say - what is said to one source: which class counts for it on the card at this
 * moment, and the text of who set it. Each question is a few look-ups in memory, and one in the
 * ledger when a single verdict decides.
 */
#include <errno.h>
#include <string.h>

#include "daemon/desk_request.h"
#include "daemon/policy_list.h"
#include "daemon/told.h"
#include "datapath/datapath.h"
#include "lib/json.h"
#include "rules/precedence.h"
#include "service_desk_parts.h"

/* What the card does with a source, and by whose word. */
struct ruling {
	struct sw_class row;
	struct sw_prefix decides;
	struct sw_verdict verdict;
	struct sw_told told;
};

/* ---- whose word it is ---- */

static void find_list(const struct sw_policy *p, const struct sw_prefix *source, struct ruling *r)
{
	bool exclude;

	for (size_t i = 0; i < p->lists_n; i++) {
		const struct sw_policy_list *list = &p->lists[i];

		if (strcmp(list->config->name, r->row.name) != 0)
			continue;
		r->told.list = list->config;
		if (list->list &&
		    sw_policy_list_longest(list->list, source, &r->decides, &exclude) && !exclude)
			r->told.entry = &r->decides;
		return;
	}
}

static void find_verdict(struct sw_service *s, const struct sw_datapath_found *found,
			 struct ruling *r)
{
	const struct sw_verdict_class *c = sw_verdict_classes;

	r->decides = found->source;
	while (c->name && c->class != found->class)
		c++;
	if (c->name && !sw_ledger_peek(s->ledger, &found->source, c->origin, &r->verdict, NULL))
		r->told.verdict = &r->verdict;
}

/* False: nothing is said of it. */
static bool find(struct sw_service *s, const struct sw_prefix *source, struct ruling *r)
{
	const struct sw_policy *p = sw_enforce_policy(s->enforce);
	struct sw_datapath *dp = sw_enforce_datapath(s->enforce);
	struct sw_datapath_found found;

	sw_datapath_lookup(dp, source, sw_clock_monotonic_ns(sw_clock_system()), &found);
	if (found.class == SW_CLASS_UNLISTED || sw_datapath_class(dp, found.class, &r->row))
		return false;
	r->decides = *source;
	r->told = (struct sw_told){ .config = p->config, .source = source, .class = r->row.name };
	if (found.is_verdict)
		find_verdict(s, &found, r);
	else
		find_list(p, source, r);
	return true;
}

/* ---- the answer ---- */

static bool is_against(const struct sw_class *row)
{
	return row->action == SW_ACTION_LIMIT || row->action == SW_ACTION_REJECT ||
	       row->action == SW_ACTION_RESET || row->action == SW_ACTION_DROP;
}

static json_t *answer_to(const struct sw_desk_question *q, const struct ruling *r)
{
	bool shadow = r && r->row.flags & SW_CLASS_SHADOW;
	json_t *answer =
		json_pack("{s:s, s:I, s:s, s:s, s:b}", "op", "say", "id", q->id, "class",
			  r ? r->row.name : "", "action",
			  sw_action_name(r ? r->row.action : SW_ACTION_PASS), "enforced", !shadow);
	char text[SW_WORDING_TEXT];

	if (answer && r && is_against(&r->row)) {
		sw_told_render(&r->told, text);
		json_object_set_new(answer, "text", json_string(text));
	}
	return answer;
}

/* Who comes back to be told what it was told. */
static void count(const struct sw_service *s, const struct sw_desk_question *q,
		  const struct ruling *r)
{
	if (!s->desk->silence || r->row.action != SW_ACTION_REJECT ||
	    r->row.flags & SW_CLASS_SHADOW)
		return;
	sw_silence_came(s->desk->silence, &q->source, &r->decides, (enum sw_tier)r->row.tier,
			r->row.name, sw_ledger_clock_now(sw_verdicts_clock(s->verdicts)));
}

int sw_service_desk_say(struct sw_service *s, const json_t *request, json_t **answer)
{
	struct sw_desk_question q;
	struct ruling r;
	int code = sw_desk_request_question(request, &q);
	bool found;

	if (code == -EPROTO)
		return code;
	s->desk->asked_smtp += q.smtp;
	s->desk->asked_policy += !q.smtp;
	if (code) {
		*answer = json_pack("{s:s, s:I, s:s}", "op", "say", "id", q.id, "error",
				    "source is no address");
		return 0;
	}
	found = find(s, &q.source, &r);
	s->desk->nothing += !found;
	*answer = answer_to(&q, found ? &r : NULL);
	if (found && q.smtp)
		count(s, &q, &r);
	return 0;
}
