/* SPDX-License-Identifier: GPL-2.0-only */
/* list - the verdicts that synwardd keeps, in the order of their addresses. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "prefixes.h"
#include "stream.h"
#include "until.h"

struct query {
	struct sw_options options;
	const char *class; /* NULL: all */
	bool expiring;
	bool has_within;
	struct sw_prefix within;
};

/* ---- arguments ---- */

static int take(struct query *q, int option, const char *argument)
{
	struct sw_err err;

	switch (option) {
	case 'C':
		q->class = argument;
		return 0;
	case 'e':
		q->expiring = true;
		return 0;
	case 'w':
		q->has_within = true;
		if (sw_prefix_read(argument, strlen(argument), &q->within, &err) == 0)
			return 0;
		sw_fail("--within: %s", err.text);
		return -EINVAL;
	default:
		return sw_options_take(&q->options, option, argument) ? 0 : -EINVAL;
	}
}

static int parse(int argc, char **argv, struct query *ret)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' }, { "json", no_argument, NULL, 'j' },
		{ "class", required_argument, NULL, 'C' },  { "expiring", no_argument, NULL, 'e' },
		{ "within", required_argument, NULL, 'w' }, { 0 }
	};
	int option;

	*ret = (struct query){ .options.config = SW_CONFIG_DEFAULT };
	optind = 0;
	while ((option = getopt_long(argc, argv, "c:j", options, NULL)) != -1)
		if (take(ret, option, optarg))
			return -EINVAL;
	return optind == argc ? 0 : -EINVAL;
}

static json_t *make_request(const struct query *q)
{
	json_t *request = json_pack("{s:s}", "op", "list");
	char text[SW_PREFIX_TEXT];

	if (q->class)
		json_object_set_new(request, "class", sw_json_text(q->class));
	if (q->expiring)
		json_object_set_new(request, "expiring", json_true());
	if (q->has_within)
		json_object_set_new(request, "within",
				    json_string(sw_prefix_format(&q->within, text)));
	return request;
}

/* ---- output ---- */

static const char *const titles[] = { "SOURCE", "CLASS", "UNTIL", "SET AT", "BY", "REASON", NULL };

static int add_row(struct sw_columns *columns, const json_t *verdict, int64_t now_ms)
{
	char *source = sw_stream_text(verdict, "source"), *class = sw_stream_text(verdict, "class");
	char *who = sw_stream_who(verdict), *reason = sw_stream_text(verdict, "reason");
	char until[SW_UNTIL_TEXT] = "?", created[SW_TIME_TEXT] = "?";
	const char *cells[] = { source, class, until, created, who, reason };
	int64_t created_ms, expires_ms;
	int code;

	if (!sw_json_time_read(json_object_get(verdict, "expires"), &expires_ms))
		sw_until_format_short(expires_ms, now_ms, until);
	if (!sw_json_time_read(json_object_get(verdict, "created"), &created_ms) && created_ms)
		sw_time_format(created_ms, created);
	code = sw_columns_row(columns, cells);
	free(source);
	free(class);
	free(who);
	free(reason);
	return code;
}

int sw_cmd_list(int argc, char **argv)
{
	static const struct sw_stream stream = { titles, add_row, "there is no such verdict",
						 NULL };
	struct query query;

	if (parse(argc, argv, &query))
		return sw_usage("list");
	return sw_stream_print(&stream, &query.options, make_request(&query));
}
