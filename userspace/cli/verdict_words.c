/* SPDX-License-Identifier: GPL-2.0-only */
/* verdict_words - see verdict.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stream.h"
#include "until.h"
#include "verdict.h"

/* An end that is no more than this after what was asked for is what was asked for: the
 * clocks of two processes, and what the request took. */
#define SLACK_MS 5000

static const char *done(const struct sw_verdict_order *order)
{
	static const char *const words[][2] = { { "allow", "allowed" },
						{ "reject", "rejected" },
						{ "reset", "reset" } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(order->action, words[i][0]))
			return words[i][1];
	return "blocked";
}

/* Whether it was in force for longer already than it was now set for. */
static bool outlasts(const struct sw_verdict_order *order, int64_t expires_ms, int64_t now_ms)
{
	if (!order->duration_ms)
		return false;
	return expires_ms == 0 || expires_ms - now_ms > order->duration_ms + SLACK_MS;
}

static void say_set(const struct sw_verdict_order *order, const char *result, const json_t *expires,
		    int64_t now_ms, char text[SW_VERDICT_WORDS])
{
	char until[SW_UNTIL_TEXT];
	int64_t expires_ms;

	if (sw_json_time_read(expires, &expires_ms))
		strcpy(until, "for a time that is not understood");
	else
		sw_until_format(expires_ms, now_ms, until);
	if (!strcmp(result, "replaced") && strcmp(order->action, "allow") != 0 &&
	    outlasts(order, expires_ms, now_ms))
		snprintf(text, SW_VERDICT_WORDS,
			 "%s %s, in place of the verdict before, which was to hold for longer: "
			 "setting it again never shortens it",
			 done(order), until);
	else if (strcmp(result, "extended") != 0)
		snprintf(text, SW_VERDICT_WORDS, "%s %s%s", done(order), until,
			 strcmp(result, "replaced") != 0 ? "" : ", in place of the verdict before");
	else if (outlasts(order, expires_ms, now_ms))
		snprintf(text, SW_VERDICT_WORDS,
			 "stays %s %s, as before: setting it again never shortens it", done(order),
			 until);
	else
		snprintf(text, SW_VERDICT_WORDS, "was %s already, now %s", done(order), until);
}

/* What was taken back beside: NULL, or its origin. */
static const char *also(const json_t *result)
{
	return json_string_value(json_object_get(result, "also"));
}

/* @cleared: when DNS may be asked again; null: it said nothing against the source. */
static void say_removed(const struct sw_verdict_order *order, const json_t *result, int64_t now_ms,
			char text[SW_VERDICT_WORDS])
{
	const json_t *cleared = json_object_get(result, "cleared");
	char until[SW_UNTIL_TEXT];
	int64_t ms;

	if (order->origin && !strcmp(order->origin, "complaint")) {
		strcpy(text, "the case is closed");
		return;
	}
	if (order->origin && strcmp(order->origin, "operator") != 0) {
		snprintf(text, SW_VERDICT_WORDS, "the verdict of origin %.40s is taken back",
			 order->origin);
		return;
	}
	if (json_is_null(cleared) || sw_json_time_read(cleared, &ms) || !ms) {
		if (also(result))
			snprintf(text, SW_VERDICT_WORDS,
				 "the verdict of origin %.40s is taken back", also(result));
		else
			strcpy(text, "the verdict that was set by hand is taken back");
		return;
	}
	snprintf(text, SW_VERDICT_WORDS,
		 "what DNS said is taken back, and DNS is not asked about it %s",
		 sw_until_format(ms, now_ms, until));
}

/* What the daemon cannot know: the words of this command line. */
static const char *hint(const struct sw_verdict_order *order, const char *code)
{
	bool can_force = order->action && !order->force && !strcmp(code, "EPERM");

	return can_force ? "; --force does it all the same" : "";
}

static void say_error(const struct sw_verdict_order *order, const json_t *result,
		      char text[SW_VERDICT_WORDS])
{
	const char *code = json_string_value(json_object_get(result, "code"));
	char *words = sw_stream_text(result, "error");
	const char *more = hint(order, code ? code : "");

	snprintf(text, SW_VERDICT_WORDS, "%.*s%s", (int)(SW_VERDICT_WORDS - strlen(more) - 1),
		 words ? words : "it failed", more);
	free(words);
}

void sw_verdict_words(const struct sw_verdict_order *order, const json_t *result, int64_t now_ms,
		      char text[SW_VERDICT_WORDS])
{
	const char *word = json_string_value(json_object_get(result, "result"));

	if (json_object_get(result, "error"))
		say_error(order, result, text);
	else if (order->action)
		say_set(order, word ? word : "set", json_object_get(result, "expires"), now_ms,
			text);
	else
		say_removed(order, result, now_ms, text);
}
