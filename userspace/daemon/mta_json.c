/* SPDX-License-Identifier: GPL-2.0-only */
/* mta_json - see mta_json.h. */
#include "mta_json.h"

#include <errno.h>
#include <string.h>

#include "lib/json.h"

/* Text of @key, at most SW_MTA_TEXT bytes; NULL: it is not there. */
static int text_of(const json_t *object, const char *key, const char **text, size_t *n,
		   struct sw_err *err)
{
	const json_t *value = json_object_get(object, key);

	*text = NULL;
	*n = 0;
	if (!value || json_is_null(value))
		return 0;
	if (!json_is_string(value) || json_string_length(value) > SW_MTA_TEXT)
		return sw_err_set(err, -EINVAL, "%s is no text of at most %d bytes", key,
				  SW_MTA_TEXT);
	*text = json_string_value(value);
	*n = json_string_length(value);
	return 0;
}

static int source_of(const json_t *object, struct sw_prefix *ret, struct sw_err *err)
{
	const char *text = json_string_value(json_object_get(object, "source"));

	if (text && !sw_addr_parse(text, ret))
		return 0;
	return sw_err_set(err, -EINVAL, "source \"%.60s\" is no address; write \"192.0.2.1\"",
			  text ? text : "(no text)");
}

static int time_of(const json_t *object, const char *key, int64_t *ret_ms, struct sw_err *err)
{
	if (!sw_json_time_read(json_object_get(object, key), ret_ms))
		return 0;
	return sw_err_set(err, -EINVAL, "%s is no time: seconds since 1970", key);
}

static int kind_of(const json_t *object, enum sw_mta_kind *ret, struct sw_err *err)
{
	const char *text = json_string_value(json_object_get(object, "kind"));

	if (text && !sw_mta_kind_parse(text, ret))
		return 0;
	return sw_err_set(err, -EINVAL, "kind \"%.40s\" is none that there is",
			  text ? text : "(no text)");
}

static int recipients_of(const json_t *object, uint32_t *ret, struct sw_err *err)
{
	const json_t *value = json_object_get(object, "n");
	json_int_t n = json_integer_value(value);

	*ret = 1;
	if (!value)
		return 0;
	if (!json_is_integer(value) || n < 1 || n > SW_MTA_RECIPIENTS)
		return sw_err_set(err, -EINVAL, "n is no whole number from 1 to %d",
				  SW_MTA_RECIPIENTS);
	*ret = (uint32_t)n;
	return 0;
}

static int check_object(const json_t *object, struct sw_err *err)
{
	return json_is_object(object) ? 0 : sw_err_set(err, -EINVAL, "an event is an object");
}

int sw_mta_json_event(const json_t *object, struct sw_mta_event *ret, struct sw_err *err)
{
	struct sw_mta_event e = { .recipients = 1 };
	int code = check_object(object, err);

	if (!code)
		code = kind_of(object, &e.kind, err);
	if (!code)
		code = source_of(object, &e.source, err);
	if (!code)
		code = recipients_of(object, &e.recipients, err);
	if (!code)
		code = text_of(object, "rcpt", &e.rcpt, &e.rcpt_n, err);
	if (!code)
		code = time_of(object, "time", &e.time_ms, err);
	if (!code)
		*ret = e;
	return code;
}

static int report_kind_of(const json_t *object, struct sw_report_event *e, struct sw_err *err)
{
	const char *text = json_string_value(json_object_get(object, "kind"));

	e->complaint = text && !strcmp(text, "complaint");
	if (e->complaint || (text && !sw_mta_kind_parse(text, &e->kind) &&
			     (e->kind == SW_MTA_UNKNOWN_RCPT || e->kind == SW_MTA_DISABLED_RCPT)))
		return 0;
	return sw_err_set(err, -EINVAL,
			  "kind \"%.40s\" is not one of: complaint unknown-rcpt disabled-rcpt",
			  text ? text : "(no text)");
}

int sw_mta_json_report(const json_t *object, struct sw_report_event *ret, struct sw_err *err)
{
	struct sw_report_event e = { .complaint = false };
	int code = check_object(object, err);
	size_t ignored;

	if (!code)
		code = report_kind_of(object, &e, err);
	if (!code)
		code = source_of(object, &e.source, err);
	if (!code)
		code = text_of(object, "rcpt", &e.rcpt, &e.rcpt_n, err);
	if (!code)
		code = text_of(object, "report", &e.id, &e.id_n, err);
	if (!code)
		code = text_of(object, "text", &e.text, &ignored, err);
	if (!code)
		code = time_of(object, "about", &e.about_ms, err);
	if (!code)
		*ret = e;
	return code;
}

/* ---- datagrams ---- */

static void take_line(const char *line, size_t n, const struct sw_mta_json_reader *r)
{
	struct sw_mta_event event;
	json_error_t error;
	struct sw_err err;
	json_t *object;

	if (n > SW_MTA_JSON_LINE) {
		r->bad(r->ctx, "it is too long");
		return;
	}
	object = json_loadb(line, n, JSON_REJECT_DUPLICATES, &error);
	if (!object)
		r->bad(r->ctx, "it is not JSON");
	else if (sw_mta_json_event(object, &event, &err))
		r->bad(r->ctx, err.text);
	else
		r->event(r->ctx, &event);
	json_decref(object);
}

void sw_mta_json_lines(const char *text, size_t n, const struct sw_mta_json_reader *r)
{
	const char *end = text + n;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *stop = newline ? newline : end;

		if (stop > text)
			take_line(text, (size_t)(stop - text), r);
		text = stop + 1;
	}
}
