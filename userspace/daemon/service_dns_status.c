/* SPDX-License-Identifier: GPL-2.0-only */
/* service_dns_status - examinations, lists and answers, for "synward status". */
#include "dns/cache.h"
#include "lib/json.h"
#include "service_dns_parts.h"

static json_t *sites_array(const struct sw_judging *j)
{
	json_t *array = json_array();
	const struct sw_trust *t;
	char why[SW_TRUST_TEXT];

	for (size_t i = 0; array && (t = sw_examiner_trust(j->examiner, i)); i++)
		json_array_append_new(array, json_pack("{s:s, s:i, s:s, s:o}", "name",
						       t->site->name, "family", t->family, "state",
						       sw_trust_state_name(t->state), "why",
						       sw_json_text(sw_trust_why(t, why))));
	return array;
}

json_t *sw_service_dns_status(const struct sw_service *s)
{
	const struct sw_judging *j = s->judging;
	struct sw_dns_cache_stats cache;
	struct sw_examiner_counts n;

	if (!j)
		return json_null();
	sw_examiner_counts(j->examiner, &n);
	sw_dns_cache_stats(s->dns_cache, &cache);
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:{s:I, s:I, s:I}, s:o}", "running",
			 (json_int_t)n.running, "cleared",
			 (json_int_t)n.outcomes[SW_OUTCOME_CLEARANCE], "limited",
			 (json_int_t)n.outcomes[SW_OUTCOME_LIMIT], "rejected",
			 (json_int_t)n.outcomes[SW_OUTCOME_REJECT], "dropped",
			 (json_int_t)n.outcomes[SW_OUTCOME_DROP], "not_known",
			 (json_int_t)n.outcomes[SW_OUTCOME_NONE], "no_room",
			 (json_int_t)sw_outcomes_no_room(j->outcomes), "cache", "entries",
			 (json_int_t)cache.entries, "hits", (json_int_t)cache.hits, "misses",
			 (json_int_t)cache.misses, "lists", sites_array(j));
}
