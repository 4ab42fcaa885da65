/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * case list, case show, case close - what was complained about, and what came of it. Cases are
 * verdicts and notes of origin complaint (docs/bounces.md), so the daemon is asked what list,
 * history and unblock ask.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "prefixes.h"
#include "stream.h"
#include "until.h"
#include "verdict.h"

#define ORIGIN "complaint"
#define WARNING "warning" /* the origin of notes that somebody was told of it */

/* ---- cells ---- */

static const char *state_of(const json_t *verdict)
{
	const char *class = json_string_value(json_object_get(verdict, "class"));

	if (class && !strcmp(class, "complaint-case"))
		return "open";
	if (class && !strcmp(class, "complaint-warning"))
		return "warned";
	return class && !strcmp(class, "complaint-block") ? "blocked" : "?";
}

/* The note beside a case, and no case. */
static bool is_warning(const json_t *verdict)
{
	return !strcmp(state_of(verdict), "warned");
}

static void format_count(const json_t *verdict, char text[24])
{
	snprintf(text, 24, "%lld",
		 (long long)json_integer_value(json_object_get(verdict, "count")));
}

static void format_time(const json_t *object, const char *key, char text[SW_TIME_TEXT])
{
	int64_t ms;

	strcpy(text, "?");
	if (!sw_json_time_read(json_object_get(object, key), &ms) && ms)
		sw_time_format(ms, text);
}

/* ---- list ---- */

static int add_case(struct sw_columns *columns, const json_t *verdict, int64_t now_ms)
{
	char *source = sw_stream_text(verdict, "source"),
	     *reason = sw_stream_text(verdict, "reason");
	char since[SW_TIME_TEXT], until[SW_UNTIL_TEXT] = "?", count[24];
	const char *cells[] = { source, state_of(verdict), count, since, until, reason };
	int64_t expires_ms;
	int code;

	format_count(verdict, count);
	format_time(verdict, "created", since);
	if (!sw_json_time_read(json_object_get(verdict, "expires"), &expires_ms))
		sw_until_format_short(expires_ms, now_ms, until);
	code = sw_columns_row(columns, cells);
	free(source);
	free(reason);
	return code;
}

int sw_cmd_case_list(int argc, char **argv)
{
	static const char *const titles[] = { "SOURCE", "STATE", "COMPLAINTS", "SINCE",
					      "UNTIL",	"LAST",	 NULL };
	static const struct sw_stream stream = { titles, add_case, "there is no case", NULL };
	static const struct option known[] = { { "config", required_argument, NULL, 'c' },
					       { "json", no_argument, NULL, 'j' },
					       { "open", no_argument, NULL, 'o' },
					       { 0 } };
	struct sw_options options = { .config = SW_CONFIG_DEFAULT };
	json_t *request;
	bool open = false;
	int option;

	optind = 0;
	while ((option = getopt_long(argc, argv, "c:j", known, NULL)) != -1) {
		if (option == 'o')
			open = true;
		else if (!sw_options_take(&options, option, optarg))
			return sw_usage("case list");
	}
	if (optind != argc)
		return sw_usage("case list");
	request = json_pack("{s:s, s:s}", "op", "list", "origin", ORIGIN);
	if (open)
		json_object_set_new(request, "class", json_string("complaint-case"));
	return sw_stream_print(&stream, &options, request);
}

/* ---- show ---- */

/* Before a warning is given up that never came so far as to be noted, one is noted, so that there
 * is something to be taken away: that is the step, not this. */
static bool is_no_step(const json_t *change)
{
	const char *reason = json_string_value(json_object_get(change, "reason"));
	const char *kind = json_string_value(json_object_get(change, "change"));

	return is_warning(change) && kind && !strcmp(kind, "set") && reason &&
	       !strncmp(reason, "not warned", 10);
}

static int add_shown(struct sw_columns *columns, const json_t *change)
{
	char *kind = sw_stream_text(change, "change"), *source = sw_stream_text(change, "source");
	const char *said = json_string_value(json_object_get(change, "why"));
	char *why = sw_stream_text(change, said && *said ? "why" : "reason");
	char *who = sw_stream_who(change), time[SW_TIME_TEXT], count[24];
	const char *cells[] = { time, source, state_of(change), count, who, why };
	int code;

	if (kind && (!strcmp(kind, "removed") || !strcmp(kind, "ended")))
		cells[2] = is_warning(change) ? "not warned" : "closed";
	format_time(change, "time", time);
	if (is_warning(change))
		strcpy(count, "-"); /* it has the warnings */
	else
		format_count(change, count);
	code = sw_columns_row(columns, cells);
	free(kind);
	free(source);
	free(why);
	free(who);
	return code;
}

static int add_step(struct sw_columns *columns, const json_t *change, int64_t now_ms)
{
	return is_no_step(change) ? 0 : add_shown(columns, change);
}

int sw_cmd_case_show(int argc, char **argv)
{
	static const char *const titles[] = { "TIME", "SOURCE", "STATE", "COMPLAINTS",
					      "BY",   "WHY",	NULL };
	static const struct sw_stream stream = {
		titles, add_step, "nobody complained about it",
		"there are older complaints, too, which synwardd does not tell"
	};
	char text[SW_PREFIX_TEXT];
	struct sw_options options;
	struct sw_prefix source;
	struct sw_err err;
	int first = sw_options_read(argc, argv, &options);

	if (first < 0 || argc - first != 1)
		return sw_usage("case show");
	if (sw_prefix_read(argv[first], strlen(argv[first]), &source, &err))
		return sw_fail("%s", err.text);
	return sw_stream_print(&stream, &options,
			       json_pack("{s:s, s:s, s:b, s:[s, s]}", "op", "history", "source",
					 sw_prefix_format(&source, text), "containing", true,
					 "origin", ORIGIN, WARNING));
}

/* ---- close ---- */

int sw_cmd_case_close(int argc, char **argv)
{
	struct sw_verdict_order order;
	struct sw_err err;
	int first = sw_verdict_args_read(argc, argv, NULL, &order, &err);

	if (first < 0) {
		if (err.text[0])
			sw_fail("%s", err.text);
		return sw_usage("case close");
	}
	if (order.origin)
		return sw_usage("case close");
	order.origin = ORIGIN;
	return sw_verdict_run(&order, argv + first, (size_t)(argc - first));
}
