/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * history - who changed the verdicts on a prefix, when and why, newest first; also those
 * on the prefixes that contain it, for they speak of it, too.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "prefixes.h"
#include "stream.h"
#include "until.h"

/* ---- arguments ---- */

/* The index of the first operand, or -EINVAL. */
static int parse(int argc, char **argv, struct sw_options *options, bool *exact)
{
	static const struct option known[] = { { "config", required_argument, NULL, 'c' },
					       { "json", no_argument, NULL, 'j' },
					       { "exact", no_argument, NULL, 'x' },
					       { 0 } };
	int option;

	*options = (struct sw_options){ .config = SW_CONFIG_DEFAULT };
	*exact = false;
	optind = 0;
	while ((option = getopt_long(argc, argv, "c:j", known, NULL)) != -1) {
		if (option == 'x')
			*exact = true;
		else if (!sw_options_take(options, option, optarg))
			return -EINVAL;
	}
	return argc - optind == 1 ? optind : -EINVAL;
}

/* ---- output ---- */

static const char *const titles[] = { "TIME",  "CHANGE", "SOURCE", "ORIGIN", "ACTION",
				      "UNTIL", "BY",	 "WHY",	   NULL };

/* Until when the verdict holds that this change left; none is left when it was removed. */
static void format_end(const json_t *change, const char *kind, int64_t time_ms,
		       char until[SW_UNTIL_TEXT])
{
	int64_t expires_ms;

	if (kind && (!strcmp(kind, "removed") || !strcmp(kind, "ended")))
		strcpy(until, "-");
	else if (sw_json_time_read(json_object_get(change, "expires"), &expires_ms))
		strcpy(until, "?");
	else
		sw_until_format_short(expires_ms, time_ms, until);
}

static int add_row(struct sw_columns *columns, const json_t *change, int64_t now_ms)
{
	char *kind = sw_stream_text(change, "change"), *source = sw_stream_text(change, "source");
	char *origin = sw_stream_text(change, "origin"), *action = sw_stream_text(change, "action");
	const char *said = json_string_value(json_object_get(change, "why"));
	char *why = sw_stream_text(change, said && *said ? "why" : "reason");
	char *who = sw_stream_who(change);
	char time[SW_TIME_TEXT] = "?", until[SW_UNTIL_TEXT];
	const char *cells[] = { time, kind, source, origin, action, until, who, why };
	int64_t time_ms = 0;
	int code;

	if (!sw_json_time_read(json_object_get(change, "time"), &time_ms) && time_ms)
		sw_time_format(time_ms, time);
	format_end(change, kind, time_ms, until);
	code = sw_columns_row(columns, cells);
	free(kind);
	free(source);
	free(origin);
	free(action);
	free(who);
	free(why);
	return code;
}

int sw_cmd_history(int argc, char **argv)
{
	static const struct sw_stream stream = {
		titles, add_row, "nothing was ever set there",
		"there are older changes, too, which synwardd does not tell"
	};
	char text[SW_PREFIX_TEXT];
	struct sw_options options;
	struct sw_prefix source;
	struct sw_err err;
	bool exact;
	int first = parse(argc, argv, &options, &exact);

	if (first < 0)
		return sw_usage("history");
	if (sw_prefix_read(argv[first], strlen(argv[first]), &source, &err))
		return sw_fail("%s", err.text);
	return sw_stream_print(&stream, &options,
			       json_pack("{s:s, s:s, s:b}", "op", "history", "source",
					 sw_prefix_format(&source, text), "containing", !exact));
}
