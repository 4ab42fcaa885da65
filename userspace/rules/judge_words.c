/* SPDX-License-Identifier: GPL-2.0-only */
/* judge_words - outcomes for people; see judge.h. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "rules/judge.h"

struct writer {
	char *out;
	size_t size, n;
};

static void put(struct writer *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct writer *w, const char *format, ...)
{
	bool fits = w->n < w->size;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(fits ? w->out + w->n : NULL, fits ? w->size - w->n : 0, format, args);
	va_end(args);
	w->n += n > 0 ? (size_t)n : 0;
}

size_t sw_outcome_format(const struct sw_outcome *o, const struct sw_evidence *evidence, char *out,
			 size_t size)
{
	struct writer w = { .out = out, .size = size };

	if (size)
		out[0] = '\0';
	for (size_t i = 0; i < o->reasons; i++) {
		const struct sw_evidence *e = &evidence[o->reason[i]];

		put(&w, "%s%s%s%s (%+d)", i ? ", " : "", e->name ? e->name : "",
		    e->text && *e->text ? " " : "", e->text ? e->text : "", o->weight[i]);
	}
	if (o->more)
		put(&w, ", and %zu more", o->more);
	if (o->reasons)
		put(&w, ": ");
	if (o->action == SW_OUTCOME_NONE)
		put(&w, "nothing is known");
	else
		put(&w, "score %" PRId64, o->score);
	if (o->threshold)
		put(&w, ", %s from %d", sw_outcome_action_name(o->action), o->threshold);
	if (o->provisional && o->action != SW_OUTCOME_NONE)
		put(&w, ", and not all is known");
	return w.n;
}

const char *sw_outcome_action_name(enum sw_outcome_action action)
{
	static const char *const names[] = {
		[SW_OUTCOME_NONE] = "none",   [SW_OUTCOME_CLEARANCE] = "clearance",
		[SW_OUTCOME_LIMIT] = "limit", [SW_OUTCOME_REJECT] = "reject",
		[SW_OUTCOME_DROP] = "drop",
	};

	return (unsigned)action < sizeof(names) / sizeof(names[0]) ? names[action] : "unknown";
}

const char *sw_outcome_class_name(enum sw_outcome_class class)
{
	static const char *const names[] = {
		[SW_OUTCOME_UNCLASSED] = "none",
		[SW_OUTCOME_DNS] = "dns",
		[SW_OUTCOME_DIALUP] = "dialup",
		[SW_OUTCOME_RDNS] = "rdns",
	};

	return (unsigned)class < sizeof(names) / sizeof(names[0]) ? names[class] : "unknown";
}

const char *sw_evidence_kind_name(enum sw_evidence_kind kind)
{
	static const char *const names[SW_EVIDENCE_KINDS] = {
		[SW_EVIDENCE_DNSBL] = "dnsbl",	       [SW_EVIDENCE_DIALUP] = "dialup",
		[SW_EVIDENCE_DNSWL] = "dnswl",	       [SW_EVIDENCE_RDNS] = "rdns",
		[SW_EVIDENCE_CLEARANCE] = "clearance",
	};

	return (unsigned)kind < SW_EVIDENCE_KINDS ? names[kind] : "unknown";
}
