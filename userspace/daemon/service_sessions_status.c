/* SPDX-License-Identifier: GPL-2.0-only */
/* service_sessions_status - what the mail server saw, for "synward status". */
#include "lib/json.h"
#include "service_sessions_parts.h"

static json_t *events_object(const struct sw_sessions_counts *n)
{
	json_t *object = json_object();

	for (unsigned i = 0; object && i < SW_MTA_KINDS; i++)
		json_object_set_new(object, sw_mta_kind_name((enum sw_mta_kind)i),
				    json_integer((json_int_t)n->events[i]));
	return object;
}

static json_t *reports_object(const struct sw_sessions_counts *n)
{
	json_t *object = json_object();

	for (unsigned i = 0; object && i < SW_REPORT_RESULTS; i++)
		json_object_set_new(object, sw_report_result_name((enum sw_report_result)i),
				    json_integer((json_int_t)n->reports[i]));
	return object;
}

static json_t *warnings_object(const struct sw_sessions_counts *n)
{
	return json_pack("{s:I, s:I, s:I}", "sent", (json_int_t)n->warned, "failed",
			 (json_int_t)n->not_warned, "too_many", (json_int_t)n->too_many_warnings);
}

json_t *sw_service_sessions_status(const struct sw_service *s)
{
	const struct sw_hearing *h = s->hearing;
	struct sw_mta_socket_counts lines = { 0 };
	struct sw_sessions_counts n;

	if (!h)
		return json_null();
	sw_sessions_counts(h->sessions, &n);
	if (h->socket)
		sw_mta_socket_counts(h->socket, &lines);
	return json_pack(
		"{s:o, s:I, s:I, s:{s:I, s:I}, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:{s:I, s:I, "
		"s:I, "
		"s:I, s:I}, s:o, s:o}",
		"recipients", events_object(&n), "looked_through", (json_int_t)n.looked_through,
		"bad", (json_int_t)n.bad, "socket", "lines", (json_int_t)lines.lines, "bad",
		(json_int_t)lines.bad, "logs", h->logs ? sw_maillogs_status(h->logs) : json_array(),
		"findings", (json_int_t)n.findings, "locks", (json_int_t)n.locks, "only_told",
		(json_int_t)n.only_told, "locked_already", (json_int_t)n.locked_already, "no_room",
		(json_int_t)n.no_room, "failed", (json_int_t)n.failed, "counting", "places",
		(json_int_t)n.bounce.entries, "used", (json_int_t)n.bounce.used, "late",
		(json_int_t)n.bounce.late, "evicted", (json_int_t)n.bounce.evicted, "crowded",
		(json_int_t)n.bounce.crowded, "reports", reports_object(&n), "warnings",
		warnings_object(&n));
}
