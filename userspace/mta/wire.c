/* SPDX-License-Identifier: GPL-2.0-only */
/* wire - see wire.h. */
#include "wire.h"

#include <errno.h>
#include <string.h>

#include <jansson.h>

#include "lib/json.h"

static json_t *rcpt_text(const struct sw_mta_event *event)
{
	size_t n = event->rcpt_n < SW_MTA_RCPT ? event->rcpt_n : SW_MTA_RCPT;
	char text[SW_MTA_RCPT + 1];

	if (!event->rcpt)
		return NULL;
	memcpy(text, event->rcpt, n);
	text[n] = '\0';
	return sw_json_text(text);
}

int sw_mta_wire_put(const struct sw_mta_event *event, char out[SW_MTA_LINE])
{
	char source[SW_PREFIX_TEXT];
	json_t *line, *rcpt = rcpt_text(event);
	size_t n;

	line = json_pack("{s:s, s:s, s:I, s:o*, s:o*}", "event", sw_mta_kind_name(event->kind),
			 "source", sw_prefix_format(&event->source, source), "recipients",
			 (json_int_t)event->recipients, "rcpt", rcpt, "time",
			 event->time_ms ? sw_json_time(event->time_ms) : NULL);
	if (!line)
		return -ENOMEM;
	n = json_dumpb(line, out, SW_MTA_LINE - 1, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(line);
	if (!n || n > SW_MTA_LINE - 1)
		return -ENOMEM;
	out[n] = '\n';
	return (int)n + 1;
}

/* ---- reading ---- */

static int read_kind(const json_t *line, enum sw_mta_kind *ret, struct sw_err *err)
{
	const char *name = json_string_value(json_object_get(line, "event"));

	if (!name)
		return sw_err_set(err, -EINVAL, "no event is named");
	if (sw_mta_kind_parse(name, ret))
		return sw_err_set(err, -EINVAL, "'%.40s' is no event", name);
	return 0;
}

static int read_source(const json_t *line, struct sw_prefix *ret, struct sw_err *err)
{
	const char *text = json_string_value(json_object_get(line, "source"));
	struct sw_prefix source;

	if (!text)
		return sw_err_set(err, -EINVAL, "no source is named");
	if (sw_addr_parse(text, &source))
		return sw_err_set(err, -EINVAL, "source '%.60s' is no address", text);
	*ret = source;
	return 0;
}

static int read_number(const json_t *line, uint32_t *ret, struct sw_err *err)
{
	const json_t *number = json_object_get(line, "recipients");
	json_int_t value = json_integer_value(number);

	if (number && (!json_is_integer(number) || value < 1 || value > UINT32_MAX))
		return sw_err_set(err, -EINVAL, "recipients is a number from 1");
	*ret = number ? (uint32_t)value : 1;
	return 0;
}

static void read_rcpt(const json_t *line, char rcpt[SW_MTA_RCPT + 1], struct sw_mta_event *ret)
{
	const json_t *text = json_object_get(line, "rcpt");
	size_t n = json_string_length(text);

	if (!json_is_string(text))
		return;
	n = n < SW_MTA_RCPT ? n : SW_MTA_RCPT;
	memcpy(rcpt, json_string_value(text), n);
	rcpt[n] = '\0';
	ret->rcpt = rcpt;
	ret->rcpt_n = n;
}

static int read_event(const json_t *line, char rcpt[SW_MTA_RCPT + 1], struct sw_mta_event *ret,
		      struct sw_err *err)
{
	struct sw_mta_event event = { 0 };
	int code = read_kind(line, &event.kind, err);

	if (!code)
		code = read_source(line, &event.source, err);
	if (!code)
		code = read_number(line, &event.recipients, err);
	if (!code && sw_json_time_read(json_object_get(line, "time"), &event.time_ms))
		code = sw_err_set(err, -EINVAL, "time is in seconds since 1970");
	if (code)
		return code;
	read_rcpt(line, rcpt, &event);
	*ret = event;
	return 0;
}

int sw_mta_wire_read(const char *line, size_t n, char rcpt[SW_MTA_RCPT + 1],
		     struct sw_mta_event *ret, struct sw_err *err)
{
	json_error_t error;
	json_t *object;
	int code;

	if (n > SW_MTA_LINE)
		return sw_err_set(err, -EINVAL, "a line of more than %d bytes", SW_MTA_LINE);
	object = json_loadb(line, n, JSON_REJECT_DUPLICATES, &error);
	if (!object)
		return sw_err_set(err, -EINVAL, "not JSON: %s", error.text);
	if (json_is_object(object))
		code = read_event(object, rcpt, ret, err);
	else
		code = sw_err_set(err, -EINVAL, "no object");
	json_decref(object);
	return code;
}
