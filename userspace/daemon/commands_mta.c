/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * commands_mta - the operations mta-events, report and warn: what the mail server saw, what
 * reports say, and who may be told of it, from JSON to daemon/sessions. An item that cannot be
 * read does not stop the others.
 */
#include <errno.h>
#include <string.h>

#include "commands.h"
#include "daemon/mta_json.h"
#include "lib/json.h"

#define EVENTS_MAX 1000 /* in one request */
#define REPORTS_MAX 100 /* each may wait for the disk */
#define TRIES_MAX 1000

static json_t *check_counting(const struct sw_commands *c)
{
	if (!c->sessions || !c->sessions(c->daemon))
		return sw_control_error(ENOTSUP, "this synwardd does not count what mail servers "
						 "see");
	return NULL;
}

static json_t *check(const struct sw_commands *c, const json_t *array, const char *key, size_t max)
{
	json_t *failed = check_counting(c);

	if (failed)
		return failed;
	if (!json_array_size(array))
		return sw_control_error(EINVAL, "%s is no array of objects, or empty", key);
	if (json_array_size(array) > max)
		return sw_control_error(E2BIG, "%s has more than %zu; send several requests", key,
					max);
	return NULL;
}

static json_t *failure(size_t i, const struct sw_err *err)
{
	return json_pack("{s:I, s:o, s:s}", "item", (json_int_t)i, "error", sw_json_text(err->text),
			 "code", "EINVAL");
}

json_t *sw_command_mta_events(void *ctx, struct sw_control_client *client, json_t *request)
{
	const struct sw_commands *c = ctx;
	const json_t *events = json_object_get(request, "events");
	json_t *failed = check(c, events, "events", EVENTS_MAX);
	struct sw_sessions *s;
	json_int_t taken = 0;
	int64_t now;

	if (failed)
		return failed;
	s = c->sessions(c->daemon);
	now = sw_sessions_now(s);
	failed = json_array();
	for (size_t i = 0; failed && i < json_array_size(events); i++) {
		struct sw_mta_event event;
		struct sw_err err;

		if (!sw_mta_json_event(json_array_get(events, i), &event, &err)) {
			sw_sessions_event(s, &event, now);
			taken++;
		} else if (json_array_append_new(failed, failure(i, &err))) {
			json_decref(failed);
			return NULL;
		}
	}
	sw_sessions_flush(s); /* what the answer speaks of is in force */
	return json_pack("{s:I, s:I, s:o}", "taken", taken, "failed",
			 (json_int_t)json_array_size(failed), "results", failed);
}

static json_t *report_one(struct sw_sessions *s, const json_t *item, size_t i, int64_t now)
{
	struct sw_report_event event;
	enum sw_report_result result;
	struct sw_err err = { "" };

	if (sw_mta_json_report(item, &event, &err))
		return failure(i, &err);
	result = sw_sessions_report(s, &event, now, &err);
	if (result == SW_REPORT_FAILED)
		return json_pack("{s:I, s:o, s:s}", "item", (json_int_t)i, "error",
				 sw_json_text(err.text), "code", "EIO");
	return json_pack("{s:I, s:s}", "item", (json_int_t)i, "result",
			 sw_report_result_name(result));
}

json_t *sw_command_report(void *ctx, struct sw_control_client *client, json_t *request)
{
	const struct sw_commands *c = ctx;
	const json_t *reports = json_object_get(request, "reports");
	json_t *failed = check(c, reports, "reports", REPORTS_MAX), *results;
	struct sw_sessions *s;
	int64_t now;

	if (failed)
		return failed;
	s = c->sessions(c->daemon);
	now = sw_sessions_now(s);
	results = json_array();
	for (size_t i = 0; results && i < json_array_size(reports); i++) {
		if (json_array_append_new(results,
					  report_one(s, json_array_get(reports, i), i, now))) {
			json_decref(results);
			return NULL;
		}
	}
	sw_sessions_flush(s);
	return results ? json_pack("{s:o}", "results", results) : NULL;
}

/* ---- warnings ---- */

static json_t *warning_object(const struct sw_warning_case *w, const char *to)
{
	char source[SW_PREFIX_TEXT];

	return json_pack("{s:s, s:s, s:I, s:o, s:o, s:o}", "source",
			 sw_prefix_format(&w->source, source), "to", to, "complaints",
			 (json_int_t)w->complaints, "opened", sw_json_time(w->opened_ms), "until",
			 sw_json_time(w->grace_ends_ms), "reason", sw_json_text(w->reason));
}

static json_t *not_warned(struct sw_sessions *s, const struct sw_warning_order *order, int64_t now)
{
	unsigned again_s;
	struct sw_err err;
	int code = sw_sessions_not_warned(s, order, now, &again_s, &err);

	if (code)
		return sw_control_error(code, "%s", err.text);
	return again_s ? json_pack("{s:b, s:I}", "noted", true, "again_in", (json_int_t)again_s)
		       : json_pack("{s:b}", "noted", true);
}

/* Which try it was; what is no such number is none that may be tried again. */
static unsigned tries_of(const json_t *request)
{
	json_int_t n = json_integer_value(json_object_get(request, "try"));

	return n > 0 && n <= TRIES_MAX ? (unsigned)n : 0;
}

json_t *sw_command_warn(void *ctx, struct sw_control_client *client, json_t *request)
{
	const struct sw_commands *c = ctx;
	struct sw_warning_order order = {
		.to = json_string_value(json_object_get(request, "to")),
		.again = json_is_true(json_object_get(request, "again")),
		.dry_run = json_is_true(json_object_get(request, "dry_run")),
		.failed = json_string_value(json_object_get(request, "failed")),
		.tries = tries_of(request),
		.who = sw_control_peer(client)->who,
	};
	json_t *failed = check_counting(c);
	struct sw_warning_case found;
	struct sw_sessions *s;
	struct sw_err err;
	int code;

	if (failed)
		return failed;
	s = c->sessions(c->daemon);
	code = sw_command_prefix(json_object_get(request, "source"), &order.source, &err);
	if (code)
		return sw_control_error(code, "%s", err.text);
	if (order.failed)
		return not_warned(s, &order, sw_sessions_now(s));
	code = sw_sessions_warn(s, &order, sw_sessions_now(s), &found, &err);
	return code ? sw_control_error(code, "%s", err.text) : warning_object(&found, order.to);
}
