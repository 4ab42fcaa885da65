/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What replay prints, as text for people and as JSON that stays as it is: keys are
 * added, never renamed (synward(8), "Replay").
 */
#include "replay.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "rules/precedence.h"

static const char *const reason_names[SW_REASON_MAX] = {
#define SW_REASON(number, symbol, name, meaning) [number] = (name),
#include "maps/reasons.def"
#undef SW_REASON
};

const char *sw_replay_reason_name(uint32_t reason)
{
	return reason < SW_REASON_MAX && reason_names[reason] ? reason_names[reason] : "?";
}

static const char *const result_names[SW_REPLAY_RESULTS] = {
	[SW_REPLAY_PASS] = "pass",
	[SW_REPLAY_DROP] = "drop",
	[SW_REPLAY_RESET] = "reset",
};

static const char *result_name(const struct sw_replay_outcome *o)
{
	return result_names[o->result];
}

bool sw_replay_outcome_differs(const struct sw_replay_outcome *a, const struct sw_replay_outcome *b)
{
	if (a->looked_up != b->looked_up)
		return true;
	return a->looked_up && (a->result != b->result || a->action != b->action ||
				strcmp(a->class_name, b->class_name) != 0);
}

/* ---- text ---- */

static const char *format_prefix(const struct sw_replay_outcome *o, char buf[SW_PREFIX_TEXT])
{
	return o->prefix.family ? sw_prefix_format(&o->prefix, buf) : "-";
}

/* UTC with microseconds: what sorts and greps. */
static const char *format_time(int64_t seconds, uint32_t nanoseconds, char buf[64])
{
	time_t clock = seconds;
	struct tm tm;
	size_t n = 0;

	if (gmtime_r(&clock, &tm))
		n = strftime(buf, 40, "%Y-%m-%dT%H:%M:%S", &tm);
	if (!n)
		snprintf(buf, 64, "%" PRId64 ".%06" PRIu32, seconds, nanoseconds / 1000);
	else
		snprintf(buf + n, 64 - n, ".%06" PRIu32 "Z", nanoseconds / 1000);
	return buf;
}

static void text_outcome(const struct sw_replay_outcome *o)
{
	char prefix[SW_PREFIX_TEXT];

	if (!o->looked_up) {
		printf("%-6s %-20s %-20s %-15s %s", "-", "-", "-", sw_replay_reason_name(o->reason),
		       result_name(o));
		return;
	}
	printf("%-6s %-20s %-20s %-15s %s%s", sw_action_name(o->action), o->class_name,
	       format_prefix(o, prefix), sw_replay_reason_name(o->reason), result_name(o),
	       o->shadow ? " (shadow)" : "");
}

/* "drop spamhaus-drop drop": what decides, and what sw_replay_outcome_differs compares. */
static void text_outcome_short(const struct sw_replay_outcome *o)
{
	if (o->looked_up)
		printf("%s %s %s%s", sw_action_name(o->action), o->class_name, result_name(o),
		       o->shadow ? " (shadow)" : "");
	else
		printf("%s %s", sw_replay_reason_name(o->reason), result_name(o));
}

static void text_line(const struct sw_replay_line *line, bool against)
{
	char source[SW_PREFIX_TEXT] = "-", dest[SW_PREFIX_TEXT] = "-", when[64];

	if (line->source.family) {
		sw_prefix_format(&line->source, source);
		sw_prefix_format(&line->dest, dest);
	}
	printf("%7" PRIu64 " %s %-15s %-15s %5u ", line->frame,
	       format_time(line->seconds, line->nanoseconds, when), source, dest, line->port);
	if (against) {
		text_outcome_short(&line->before);
		printf(" -> ");
		text_outcome_short(&line->after);
	} else {
		text_outcome(&line->before);
	}
	putchar('\n');
}

static void text_count(const struct sw_policy *policy, const struct sw_replay_count *count)
{
	printf("  %" PRIu64 " packets, %" PRIu64 " SYNs to served ports, %" PRIu64 " dropped",
	       count->packets, count->syns, count->dropped);
	if (count->cut)
		printf("; %" PRIu64 " cut by the capture", count->cut);
	if (count->too_long)
		printf("; %" PRIu64 " too long to run", count->too_long);
	putchar('\n');
	for (unsigned i = 0; i < SW_CLASS_MAX; i++) {
		const uint64_t *n = count->class[i];

		if (!n[SW_REPLAY_PASS] && !n[SW_REPLAY_DROP] && !n[SW_REPLAY_RESET])
			continue;
		printf("    %-6s %-20s %10" PRIu64 " passed %10" PRIu64 " dropped",
		       sw_action_name(policy->class[i].action), policy->class[i].name,
		       n[SW_REPLAY_PASS], n[SW_REPLAY_DROP]);
		if (n[SW_REPLAY_RESET])
			printf(" %10" PRIu64 " reset", n[SW_REPLAY_RESET]);
		putchar('\n');
	}
	for (uint32_t i = 0; i < SW_REASON_MAX; i++)
		if (count->reasons[i])
			printf("    reason %-20s %10" PRIu64 "\n", sw_replay_reason_name(i),
			       count->reasons[i]);
}

static void text_changes(const struct sw_replay_summary *s)
{
	uint64_t syns = 0;

	for (size_t i = 0; i < s->changes_n; i++)
		syns += s->changes[i].syns;
	printf("changed: %" PRIu64 " SYNs\n", syns);
	for (size_t i = 0; i < s->changes_n; i++) {
		printf("  %10" PRIu64 "  ", s->changes[i].syns);
		text_outcome_short(&s->changes[i].before);
		printf(" -> ");
		text_outcome_short(&s->changes[i].after);
		putchar('\n');
	}
}

static void text_summary(const struct sw_replay_summary *s)
{
	putchar('\n');
	for (size_t i = 0; i < s->files_n; i++) {
		printf("%s:%s\n", s->files[i].path, s->files[i].problem[0] ? " (not whole)" : "");
		text_count(s->policy, &s->files[i].count);
	}
	if (s->files_n > 1) {
		printf("total:\n");
		text_count(s->policy, s->total);
	}
	if (s->against) {
		printf("total with %s:\n", s->against->config->path);
		text_count(s->against, s->against_total);
		text_changes(s);
	}
}

/* ---- JSON ---- */

static json_t *json_prefix(const struct sw_prefix *p)
{
	char buf[SW_PREFIX_TEXT];

	return p->family ? json_string(sw_prefix_format(p, buf)) : json_null();
}

static void json_outcome(json_t *object, const struct sw_replay_outcome *o)
{
	json_object_set_new(object, "action",
			    o->looked_up ? json_string(sw_action_name(o->action)) : json_null());
	json_object_set_new(object, "class",
			    o->looked_up ? json_string(o->class_name) : json_null());
	json_object_set_new(object, "prefix", json_prefix(&o->prefix));
	json_object_set_new(object, "reason", json_string(sw_replay_reason_name(o->reason)));
	json_object_set_new(object, "result", json_string(result_name(o)));
	json_object_set_new(object, "shadow", json_boolean(o->shadow));
}

static void json_line(const struct sw_replay_line *line, bool against)
{
	json_t *object = json_object(), *part;
	double time = (double)line->seconds + line->nanoseconds / 1e9;

	json_object_set_new(object, "file", sw_json_text(line->file));
	json_object_set_new(object, "frame", json_integer((json_int_t)line->frame));
	json_object_set_new(object, "time", json_real(time));
	json_object_set_new(object, "source", json_prefix(&line->source));
	json_object_set_new(object, "destination", json_prefix(&line->dest));
	json_object_set_new(object, "port",
			    line->source.family ? json_integer(line->port) : json_null());
	if (against) {
		part = json_object();
		json_outcome(part, &line->before);
		json_object_set_new(object, "before", part);
		part = json_object();
		json_outcome(part, &line->after);
		json_object_set_new(object, "after", part);
	} else {
		json_outcome(object, &line->before);
	}
	sw_print_json(object);
}

static json_t *json_classes(const struct sw_policy *policy, const struct sw_replay_count *count)
{
	json_t *array = json_array();

	for (unsigned i = 0; i < SW_CLASS_MAX; i++)
		for (int k = 0; k < SW_REPLAY_RESULTS; k++) {
			const struct sw_class *row = &policy->class[i];

			if (count->class[i][k])
				json_array_append_new(
					array, json_pack("{s:s, s:s, s:s, s:I}", "class", row->name,
							 "action", sw_action_name(row->action),
							 "result", result_names[k], "syns",
							 (json_int_t)count->class[i][k]));
		}
	return array;
}

static json_t *json_count(const struct sw_policy *policy, const struct sw_replay_count *count)
{
	json_t *reasons = json_object();

	for (uint32_t i = 0; i < SW_REASON_MAX; i++)
		if (count->reasons[i])
			json_object_set_new(reasons, sw_replay_reason_name(i),
					    json_integer((json_int_t)count->reasons[i]));
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "packets",
			 (json_int_t)count->packets, "cut", (json_int_t)count->cut, "too_long",
			 (json_int_t)count->too_long, "syns", (json_int_t)count->syns, "dropped",
			 (json_int_t)count->dropped, "reasons", reasons, "classes",
			 json_classes(policy, count));
}

static json_t *json_changes(const struct sw_replay_summary *s)
{
	json_t *array = json_array();

	for (size_t i = 0; i < s->changes_n; i++) {
		json_t *before = json_object(), *after = json_object();

		json_outcome(before, &s->changes[i].before);
		json_outcome(after, &s->changes[i].after);
		/* Prefix and reason are those of single SYNs, not of the kind. */
		for (int k = 0; k < 2; k++) {
			static const char *const keys[] = { "prefix", "reason" };

			json_object_del(before, keys[k]);
			json_object_del(after, keys[k]);
		}
		json_array_append_new(array,
				      json_pack("{s:o, s:o, s:I}", "before", before, "after", after,
						"syns", (json_int_t)s->changes[i].syns));
	}
	return array;
}

static void json_summary(const struct sw_replay_summary *s)
{
	json_t *files = json_array(), *summary = json_object(), *part;

	for (size_t i = 0; i < s->files_n; i++) {
		part = json_count(s->policy, &s->files[i].count);
		json_object_set_new(part, "file", sw_json_text(s->files[i].path));
		json_object_set_new(part, "error",
				    s->files[i].problem[0] ? sw_json_text(s->files[i].problem)
							   : json_null());
		json_array_append_new(files, part);
	}
	json_object_set_new(summary, "files", files);
	json_object_set_new(summary, "total", json_count(s->policy, s->total));
	if (s->against) {
		json_object_set_new(summary, "against", json_count(s->against, s->against_total));
		json_object_set_new(summary, "changes", json_changes(s));
	}
	part = json_object();
	json_object_set_new(part, "summary", summary);
	sw_print_json(part);
}

void sw_replay_print_line(const struct sw_replay_line *line, bool against, bool json)
{
	if (json)
		json_line(line, against);
	else
		text_line(line, against);
}

void sw_replay_print_summary(const struct sw_replay_summary *summary, bool json)
{
	if (json)
		json_summary(summary);
	else
		text_summary(summary);
}
