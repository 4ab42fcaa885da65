/* SPDX-License-Identifier: GPL-2.0-only */
/* explain_json - see explain_parts.h. */
#include "explain_parts.h"
#include "lib/json.h"
#include "rules/origin.h"
#include "rules/precedence.h"

static json_t *json_prefix(const struct sw_prefix *p)
{
	char buf[SW_PREFIX_TEXT];

	return json_string(sw_prefix_format(p, buf));
}

static json_t *json_verdict(const struct sw_verdict *v)
{
	if (!v)
		return json_null();
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:I}", "origin", sw_origin_name(v->origin),
			 "reason", sw_json_text(v->reason), "who", sw_json_text(v->who), "created",
			 sw_json_time(v->created_ms), "expires", sw_json_time(v->expires_ms),
			 "count", (json_int_t)v->count);
}

static json_t *json_spf(const struct sw_policy_match *m)
{
	if (!m->spf)
		return json_null();
	return json_pack("{s:s, s:o, s:o}", "domain", m->spf->name, "since",
			 sw_json_time(m->since_ms), "confirmed",
			 sw_json_time(m->spf->allow.confirmed_ms));
}

static json_t *json_next(const struct sw_policy *policy, const struct sw_policy_match *next)
{
	const struct sw_class *row = &policy->class[next ? next->class : SW_CLASS_UNLISTED];

	return json_pack("{s:s, s:s, s:o}", "action", sw_action_name(row->action), "class",
			 row->name, "prefix",
			 next ? json_prefix(&next->entry.prefix) : json_null());
}

static json_t *json_match(const struct sw_policy *policy, const struct sw_policy_match *m)
{
	const struct sw_class *row = &policy->class[m->class];
	const char *file = m->list ? m->list->path : policy->config->path;
	json_t *where = m->own || m->verdict || m->spf ? json_null() : sw_json_text(file);

	return json_pack(
		"{s:s, s:s, s:s, s:b, s:o, s:b, s:o, s:o, s:o, s:b, s:b, s:s, s:o, s:o}", "list",
		row->name, "action", sw_action_name(row->action), "tier", sw_tier_name(row->tier),
		"shadow", sw_explain_is_shadow(row), "prefix", json_prefix(&m->entry.prefix),
		"exclusion", m->entry.exclude, "file", where, "line",
		m->entry.line ? json_integer((json_int_t)m->entry.line) : json_null(), "text",
		sw_json_text(m->entry.text), "stale", m->list && m->list->stale, "wins", m->wins,
		"why", m->why, "verdict", json_verdict(m->verdict), "spf", json_spf(m));
}

static json_t *json_card(const struct sw_explain_card *card)
{
	if (card->state == SW_EXPLAIN_CARD_NONE)
		return json_null();
	if (card->state == SW_EXPLAIN_CARD_UNREADABLE)
		return json_pack("{s:o}", "error", sw_json_text(card->err.text));
	return json_pack("{s:s, s:s, s:b, s:b, s:s, s:f, s:b}", "action",
			 sw_action_name(card->row.action), "class", card->row.name, "shadow",
			 sw_explain_is_shadow(&card->row), "agrees", card->agrees, "first_contact",
			 card->contact, "surge_rate", card->surge.rate, "desk", card->steers);
}

void sw_explain_json(const struct sw_policy *policy, const struct sw_explained *v,
		     const struct sw_policy_match *matches, size_t n,
		     const struct sw_explain_card *card)
{
	json_t *array = json_array();
	char buf[SW_PREFIX_TEXT];

	for (size_t i = 0; i < n; i++)
		json_array_append_new(array, json_match(policy, &matches[i]));
	sw_print_json(json_pack(
		"{s:s, s:s, s:s, s:o, s:s, s:b, s:o, s:o, s:o, s:o}", "address",
		sw_prefix_format(&v->source, buf), "action", sw_action_name(v->row->action),
		"class", v->row->name, "prefix", v->class ? json_prefix(&v->prefix) : json_null(),
		"reason", v->reason, "shadow", sw_explain_is_shadow(v->row), "next",
		v->class ? json_next(policy, v->next) : json_null(), "matches", array, "card",
		json_card(card), "told", v->told[0] ? json_string(v->told) : json_null()));
}
