/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * import_line - see import.h. Strict where no export says that a program wrote the line:
 * a slip in "expires" must not block somebody for good.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "import.h"
#include "lib/duration.h"
#include "prefixes.h"
#include "rules/origin.h"
#include "verdict.h"

static bool is_among(const char *const *words, const char *word)
{
	while (*words && strcmp(*words, word) != 0)
		words++;
	return *words;
}

static int check_keys(json_t *object, struct sw_err *err)
{
	static const char *const known[] = { "source",	"action", "for",   "expires",
					     "reason",	"origin", "class", "who",
					     "created", "count",  NULL };
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		if (!is_among(known, key))
			return sw_err_set(err, -EINVAL,
					  "nothing is known of \"%.40s\"; a line has source and "
					  "action, and may have reason, expires or for",
					  key);
	}
	return 0;
}

/* The text of @key; "" when it is absent or null and @needed is not set. */
static int get_text(const json_t *object, const char *key, bool needed, const char **ret,
		    struct sw_err *err)
{
	const json_t *value = json_object_get(object, key);
	bool absent = !value || json_is_null(value);

	if (json_is_string(value) || (absent && !needed)) {
		*ret = absent ? "" : json_string_value(value);
		return 0;
	}
	sw_err_set(err, -EINVAL, absent ? "\"%s\" is missing" : "\"%s\" is not a text", key);
	return -EINVAL;
}

static int check_head(struct sw_import_reader *reader, const json_t *object, struct sw_err *err)
{
	const char *what = json_string_value(json_object_get(object, "synward"));
	json_int_t version = json_integer_value(json_object_get(object, "version"));

	if (!what || strcmp(what, "export") != 0)
		return sw_err_set(err, -EINVAL, "this is not what synward export writes");
	if (version != SW_EXPORT_VERSION)
		return sw_err_set(err, -EINVAL,
				  "an export of version %lld; this synward reads version %d",
				  (long long)version, SW_EXPORT_VERSION);
	reader->is_export = true;
	return 0;
}

/* When it ends, if it does. 1: that was before now. */
static int take_end(const json_t *object, int64_t now_ms, json_t *verdict, struct sw_err *err)
{
	const json_t *expires = json_object_get(object, "expires");
	const char *span;
	int64_t ms;
	int code = get_text(object, "for", false, &span, err);

	if (code)
		return code;
	if (*span) {
		code = sw_duration_parse(span, strlen(span), &ms);
		if (code)
			return sw_err_set(err, -EINVAL, "\"for\": %s", sw_duration_error(code));
		if (expires && !json_is_null(expires))
			return sw_err_set(err, -EINVAL, "either \"expires\" or \"for\"");
		json_object_set_new(verdict, "for", json_string(span));
		return 0;
	}
	if (sw_json_time_read(expires, &ms))
		return sw_err_set(err, -EINVAL,
				  "\"expires\" is null or a number of seconds since 1970");
	if (ms)
		json_object_set_new(verdict, "expires", sw_json_time(ms));
	return ms && ms <= now_ms;
}

/* What the operator would have said, into @verdict. 1: it has ended. */
static int take_verdict(const json_t *object, int64_t now_ms, char source[SW_PREFIX_TEXT],
			json_t *verdict, struct sw_err *err)
{
	static const char *const actions[] = { "allow", "drop", "reject", "reset", NULL };
	const char *text, *action, *reason;
	struct sw_prefix prefix;
	int code = get_text(object, "source", true, &text, err);

	if (!code)
		code = sw_prefix_read(text, strlen(text), &prefix, err);
	if (!code)
		code = get_text(object, "action", true, &action, err);
	if (!code && !is_among(actions, action))
		code = sw_err_set(err, -EINVAL,
				  "\"action\" is \"allow\", \"drop\", \"reject\" or \"reset\"");
	if (!code)
		code = get_text(object, "reason", false, &reason, err);
	if (!code)
		code = sw_verdict_reason_check(reason, err);
	if (code)
		return -EINVAL;
	sw_prefix_format(&prefix, source);
	json_object_set_new(verdict, "source", json_string(source));
	json_object_set_new(verdict, "action", json_string(action));
	if (*reason)
		json_object_set_new(verdict, "reason", json_string(reason));
	return take_end(object, now_ms, verdict, err);
}

static int parse_object(struct sw_import_reader *reader, json_t *object,
			struct sw_import_line *line, struct sw_err *err)
{
	const char *origin;
	int code = reader->is_export ? 0 : check_keys(object, err);

	if (!code)
		code = get_text(object, "origin", false, &origin, err);
	if (code)
		return code;
	line->verdict = json_object();
	code = take_verdict(object, reader->now_ms, line->source, line->verdict, err);
	if (!code && *origin && strcmp(origin, sw_origin_name(SW_ORIGIN_OPERATOR)) != 0)
		line->kind = SW_IMPORT_OTHER;
	else
		line->kind = code ? SW_IMPORT_EXPIRED : SW_IMPORT_VERDICT;
	if (code || line->kind != SW_IMPORT_VERDICT) {
		json_decref(line->verdict);
		line->verdict = NULL;
	}
	return code < 0 ? code : 0;
}

static bool is_blank(const char *line, size_t n)
{
	while (n && (*line == ' ' || *line == '\t')) {
		line++;
		n--;
	}
	return n == 0;
}

int sw_import_parse(struct sw_import_reader *reader, const char *line, size_t n,
		    struct sw_import_line *ret, struct sw_err *err)
{
	struct sw_import_line result = { .kind = SW_IMPORT_NOTHING };
	json_error_t error;
	json_t *object;
	int code;

	if (is_blank(line, n)) {
		*ret = result;
		return 0;
	}
	object = json_loadb(line, n, JSON_REJECT_DUPLICATES, &error);
	if (!object)
		return sw_err_set(err, -EINVAL, "this is not JSON: %s, at byte %d", error.text,
				  error.position);
	if (!json_is_object(object))
		code = sw_err_set(err, -EINVAL, "this is JSON, but no object: {...}");
	else if (json_object_get(object, "synward"))
		code = check_head(reader, object, err);
	else
		code = parse_object(reader, object, &result, err);
	json_decref(object);
	if (!code)
		*ret = result;
	return code;
}
