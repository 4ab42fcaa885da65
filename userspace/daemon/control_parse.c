/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * control_parse - from a line to an operation; see control_input.h.
 *
 * jansson's own limit of depth is 2048 calls of its parser, and an object of three bytes
 * becomes two hundred of memory: both are counted before it sees the line.
 */
#include "control_input.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/json_arena.h"

#define OWN_KEYS "op id"
#define ARENA_LEAST 16384 /* bytes of a line whose tree goes into the arena */

/* ---- errors ---- */

json_t *sw_control_error(int code, const char *format, ...)
{
	const char *name = strerrorname_np(abs(code));
	json_t *object = json_object(), *words;
	char text[sizeof(struct sw_err)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	words = sw_json_text(text);
	if (json_object_set_new(object, "error", words) ||
	    json_object_set_new(object, "code", json_string(name && code ? name : "EIO"))) {
		json_decref(object);
		return NULL;
	}
	return object;
}

/* ---- JSON ---- */

/* The byte behind the string that begins at @p, or the end of the line. */
static const char *skip_string(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		if (*p == '\\')
			p++;
	return p < end ? p + 1 : end;
}

/* What jansson will make of it, at most; whether it is JSON is for jansson to find. */
static int measure(const char *line, size_t n, struct sw_err *err)
{
	const char *p = line, *end = line + n;
	size_t depth = 0, values = 0;

	while (p < end) {
		if (*p == '"') {
			p = skip_string(p, end);
			continue;
		}
		if (*p == '{' || *p == '[')
			depth++;
		else if (*p == '}' || *p == ']')
			depth -= depth > 0;
		values += *p == '{' || *p == '[' || *p == ',';
		if (depth > SW_CONTROL_DEPTH)
			return sw_err_set(err, -E2BIG,
					  "more than %d objects and arrays inside one another",
					  SW_CONTROL_DEPTH);
		p++;
	}
	if (values > SW_CONTROL_VALUES)
		return sw_err_set(err, -E2BIG,
				  "more than %u values in one request: send several requests",
				  SW_CONTROL_VALUES);
	return 0;
}

static bool begins_object(const char *line, size_t n)
{
	while (n && (*line == ' ' || *line == '\t' || *line == '\r')) {
		line++;
		n--;
	}
	return n && *line == '{';
}

int sw_control_parse(const char *line, size_t n, json_t **ret, struct sw_err *err)
{
	json_error_t error;
	json_t *object;
	int code;

	if (!begins_object(line, n))
		return sw_err_set(
			err, -EINVAL,
			"a request is one JSON object in one line, as {\"op\": \"hello\"}");
	code = measure(line, n, err);
	if (code)
		return code;
	if (n >= ARENA_LEAST)
		sw_json_arena_open();
	object = json_loadb(line, n, JSON_REJECT_DUPLICATES, &error);
	sw_json_arena_close();
	if (!object && json_error_code(&error) == json_error_out_of_memory)
		return sw_err_set(err, -ENOMEM, "out of memory");
	if (!object)
		return sw_err_set(err, -EINVAL, "this is not JSON: %s, at byte %d", error.text,
				  error.position);
	*ret = object;
	return 0;
}

/* ---- operations ---- */

/* Whether @key is one of @words, which one space separates. */
static bool is_among(const char *words, const char *key)
{
	size_t n = strlen(key);

	if (!n || strchr(key, ' '))
		return false;
	for (const char *p = words; p; p = strchr(p, ' ')) {
		p += *p == ' ';
		if (!strncmp(p, key, n) && (p[n] == ' ' || !p[n]))
			return true;
	}
	return false;
}

static const struct sw_control_op *find_row(const struct sw_control_op *ops, const char *name)
{
	for (; ops && ops->name; ops++)
		if (!strcmp(ops->name, name))
			return ops;
	return NULL;
}

/* "hello, help, block" */
static void join_names(const struct sw_control_op *ops, char *text, size_t size)
{
	for (; ops && ops->name; ops++) {
		size_t n = strlen(text);

		snprintf(text + n, size - n, "%s%s", n ? ", " : "", ops->name);
	}
}

static int refuse_name(const struct sw_control_op *own, const struct sw_control_op *ops,
		       const char *name, struct sw_err *err)
{
	char names[sizeof(err->text)] = "";

	join_names(own, names, sizeof(names));
	join_names(ops, names, sizeof(names));
	return sw_err_set(err, -ENOSYS, "there is no op \"%.40s\"; there are %s", name, names);
}

static int check_keys(const struct sw_control_op *op, const json_t *request, struct sw_err *err)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)request, key, value)
	{
		if (!is_among(OWN_KEYS, key) && !is_among(op->keys, key))
			return sw_err_set(err, -EINVAL,
					  "op \"%s\" knows no \"%.40s\"; it knows %s%s%s", op->name,
					  key, OWN_KEYS, op->keys ? " " : "",
					  op->keys ? op->keys : "");
	}
	return 0;
}

int sw_control_id(const json_t *request, json_t **ret, struct sw_err *err)
{
	json_t *id = json_object_get(request, "id");

	if (id && json_dumpb(id, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY) > SW_CONTROL_ID)
		return sw_err_set(err, -EINVAL, "an \"id\" has at most %d bytes", SW_CONTROL_ID);
	*ret = id;
	return 0;
}

int sw_control_find(const struct sw_control_op *own, const struct sw_control_op *ops,
		    const json_t *request, const struct sw_control_op **ret, struct sw_err *err)
{
	const json_t *name = json_object_get(request, "op");
	const struct sw_control_op *op;
	int code;

	if (!json_is_string(name))
		return sw_err_set(err, -EINVAL,
				  "a request says what it wants in \"op\", as {\"op\": \"help\"}");
	op = find_row(own, json_string_value(name));
	if (!op)
		op = find_row(ops, json_string_value(name));
	if (!op)
		return refuse_name(own, ops, json_string_value(name), err);
	code = check_keys(op, request, err);
	if (!code)
		*ret = op;
	return code;
}
