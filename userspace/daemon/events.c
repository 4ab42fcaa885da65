/* SPDX-License-Identifier: GPL-2.0-only */
/* events - see events.h. */
#include "events.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "commands.h"
#include "lib/json.h"
#include "lib/log.h"
#include "rules/origin.h"
#include "rules/precedence.h"

static void format_time(int64_t ms, char text[32])
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;

	if (!ms || !gmtime_r(&seconds, &tm))
		snprintf(text, 32, "for good");
	else
		strftime(text, 32, "until %Y-%m-%dT%H:%M:%SZ", &tm);
}

static void print_text(const struct sw_history *e)
{
	char source[SW_PREFIX_TEXT], until[32];

	format_time(e->verdict.expires_ms, until);
	sw_log(LOG_INFO, "verdict %s: %s %s %s, by %s: %s", sw_change_name(e->kind),
	       sw_action_name(e->verdict.action), sw_prefix_format(&e->verdict.source, source),
	       until, e->who, e->why);
}

static void print_json(const struct sw_history *e)
{
	char source[SW_PREFIX_TEXT];
	json_t *object =
		json_pack("{s:s, s:o, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:I}", "event",
			  sw_change_name(e->kind), "time", sw_json_time(e->time_ms), "source",
			  sw_prefix_format(&e->verdict.source, source), "origin",
			  sw_origin_name(e->verdict.origin), "class",
			  sw_verdict_class_name(e->verdict.origin, e->verdict.action), "action",
			  sw_action_name(e->verdict.action), "expires",
			  sw_json_time(e->verdict.expires_ms), "who", sw_json_text(e->who),
			  "reason", sw_json_text(e->why), "count", (json_int_t)e->verdict.count);

	if (object && json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(15)) == 0) {
		putchar('\n');
		fflush(stdout);
	}
	json_decref(object);
}

void sw_event_print(const char *how, const struct sw_history *event)
{
	if (!strcmp(how, "text"))
		print_text(event);
	else if (!strcmp(how, "json"))
		print_json(event);
}
