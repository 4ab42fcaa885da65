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

	line = json_pack("{s:s, s:s, s:I, s:o*, s:o*}", "kind", sw_mta_kind_name(event->kind),
			 "source", sw_prefix_format(&event->source, source), "n",
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
