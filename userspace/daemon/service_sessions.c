/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * service_sessions - what the mail server sees, in the daemon: the socket of events, logs, and what
 * lists and never-block say of a source. What is known over a restart is daemon/mta_keep's.
 *
 *   events (socket, control socket, logs) ─► sessions ─► wake ─► flush in the next turn
 *
 * Locks are put in force in the turn of the loop after that in which they came, as many as have
 * come together, because each commit waits for the disk once.
 *
 * Whatever fails here ends with nobody being locked for bounces and complaints; the log says so.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "daemon/maillogs.h"
#include "daemon/mta_keep.h"
#include "daemon/mta_socket.h"
#include "daemon/policy_list.h"
#include "datapath/datapath.h"
#include "lib/json.h"
#include "lib/log.h"
#include "service_parts.h"

struct sw_hearing {
	struct sw_sessions *sessions;
	struct sw_mta_keep *keep;
	struct sw_mta_socket *socket;
	struct sw_maillogs *logs; /* NULL: none is read */
	struct event *flush;
};

struct sw_sessions *sw_service_sessions_get(struct sw_service *s)
{
	return s->hearing ? s->hearing->sessions : NULL;
}

/* ---- whose is it? ---- */

static bool is_ours(const struct sw_policy *p, const struct sw_prefix *source)
{
	for (size_t i = 0; i < p->config->never_block_n; i++)
		if (sw_prefix_contains(&p->config->never_block[i], source))
			return true;
	for (size_t i = 0; i < p->own.n; i++)
		if (sw_prefix_contains(&p->own.entry[i].prefix, source))
			return true;
	return false;
}

static enum sw_standing standing(void *ctx, const struct sw_prefix *source,
				 char why[SW_STANDING_WHY])
{
	const struct sw_service *s = ctx;
	const struct sw_policy *p = sw_enforce_policy(s->enforce);
	struct sw_prefix entry;
	bool exclude;

	if (is_ours(p, source)) {
		snprintf(why, SW_STANDING_WHY, "it is in never-block");
		return SW_STANDING_LOOKED_THROUGH;
	}
	for (size_t i = 0; i < p->lists_n; i++) {
		const struct sw_policy_list *list = &p->lists[i];

		if (!list->list || !list->config->enforce ||
		    strcmp(list->config->action, "allow") != 0)
			continue;
		if (!sw_policy_list_longest(list->list, source, &entry, &exclude) || exclude)
			continue;
		snprintf(why, SW_STANDING_WHY, "it is in the list %s", list->config->name);
		return SW_STANDING_NEVER_LOCKED;
	}
	if (p->spf_list && sw_policy_list_longest(p->spf_list, source, &entry, &exclude)) {
		snprintf(why, SW_STANDING_WHY, "it is in the networks of allow-spf");
		return SW_STANDING_NEVER_LOCKED;
	}
	return SW_STANDING_COUNTS;
}

/* The last eighth is the operator's, as in service_dns.c. */
bool sw_service_has_room(void *ctx, size_t waiting)
{
	const struct sw_service *s = ctx;
	struct sw_datapath_info info = { 0 };
	struct sw_verdicts_counts n;

	sw_datapath_info(sw_enforce_datapath(s->enforce), &info);
	sw_verdicts_counts(s->verdicts, &n);
	return n.intended + waiting < info.size.verdicts - info.size.verdicts / 8;
}

/* ---- events ---- */

static void on_event(void *ctx, const struct sw_mta_event *event)
{
	struct sw_service *s = ctx;

	sw_sessions_event(s->hearing->sessions, event, sw_sessions_now(s->hearing->sessions));
}

static void wake(void *ctx)
{
	const struct sw_service *s = ctx;
	static const struct timeval now;

	evtimer_add(s->hearing->flush, &now);
}

static void on_flush(evutil_socket_t fd, short what, void *ctx)
{
	const struct sw_service *s = ctx;

	sw_sessions_flush(s->hearing->sessions);
}

/* ---- open, reload, close ---- */

static int open_sessions(struct sw_service *s, const struct sw_config *c, struct sw_err *err)
{
	struct sw_hearing *h = s->hearing;
	struct sw_sessions_options options = { .ledger = s->ledger,
					       .verdicts = s->verdicts,
					       .standing = standing,
					       .room = sw_service_has_room,
					       .wake = wake,
					       .note = sw_service_note,
					       .ctx = s };
	struct sw_mta_keep_options keep = { .state_dir = c->state_dir,
					    .note = sw_service_note,
					    .ctx = s };
	int code;

	if (getrandom(&options.seed, sizeof(options.seed), 0) != sizeof(options.seed))
		return sw_err_set(err, -EIO, "getrandom: %s", strerror(errno));
	keep.seed = options.seed;
	if (sw_mta_keep_open(&keep, &h->keep))
		return sw_err_set(err, -ENOMEM, "out of memory");
	options.senders = sw_mta_keep_senders(h->keep);
	options.seen = sw_mta_keep_seen(h->keep);
	h->flush = evtimer_new(s->base, on_flush, s);
	if (!h->flush)
		return sw_err_set(err, -ENOMEM, "out of memory");
	code = sw_sessions_setup_make(c, &options.setup, err);
	if (code)
		return code;
	code = sw_sessions_open(&options, &h->sessions, err);
	if (code)
		sw_sessions_setup_free(options.setup);
	return code;
}

static void open_socket(struct sw_service *s, const struct sw_config *c)
{
	struct sw_mta_socket_options options = {
		.group = c->events_group, .event = on_event, .note = sw_service_note, .ctx = s
	};
	struct sw_err err;
	char *path;

	if (asprintf(&path, "%s/" SW_MTA_SOCKET_FILE, c->run_dir) < 0)
		return;
	options.path = path;
	if (sw_mta_socket_open(s->base, &options, &s->hearing->socket, &err))
		sw_log(LOG_ERR, "%s; no milter can tell anything", err.text);
	free(path);
}

/* ---- logs ---- */

static void settle(void *ctx)
{
	const struct sw_service *s = ctx;

	sw_sessions_flush(s->hearing->sessions);
}

static void read_logs(struct sw_service *s, const struct sw_config *c)
{
	struct sw_maillogs_options options = {
		.config = c, .event = on_event, .settle = settle, .note = sw_service_note, .ctx = s
	};
	struct sw_hearing *h = s->hearing;
	struct sw_err err;

	if (h->logs && sw_maillogs_is(h->logs, c))
		return;
	h->logs = sw_maillogs_close(h->logs);
	if (!c->mail_logs.n && !c->mail_journal)
		return;
	if (sw_maillogs_open(s->base, &options, &h->logs, &err))
		sw_log(LOG_ERR, "%s; no mail log is read", err.text);
}

static void end(struct sw_service *s)
{
	struct sw_hearing *h = s->hearing;

	sw_maillogs_close(h->logs);
	sw_mta_socket_close(h->socket);
	sw_sessions_close(h->sessions);
	sw_mta_keep_close(h->keep);
	if (h->flush)
		event_free(h->flush);
	free(h);
	s->hearing = NULL;
}

static void begin(struct sw_service *s, const struct sw_config *c)
{
	struct sw_err err = { "out of memory" };

	s->hearing = calloc(1, sizeof(*s->hearing));
	if (!s->hearing || open_sessions(s, c, &err)) {
		sw_log(LOG_ERR, "%s; nobody is locked for bounces or complaints", err.text);
		if (s->hearing)
			end(s);
		return;
	}
	open_socket(s, c);
	read_logs(s, c);
}

void sw_service_sessions(struct sw_service *s)
{
	const struct sw_config *c = sw_enforce_policy(s->enforce)->config;
	struct sw_sessions_setup *setup;
	struct sw_err err;

	if (!s->hearing) {
		begin(s, c);
		return;
	}
	if (sw_sessions_setup_make(c, &setup, &err)) {
		sw_log(LOG_ERR, "%s; what was said before of bounces and complaints stays",
		       err.text);
		return;
	}
	if (sw_sessions_use(s->hearing->sessions, setup)) {
		sw_sessions_setup_free(setup);
		sw_log(LOG_ERR,
		       "out of memory; what was said before of bounces and complaints stays");
	}
	read_logs(s, c);
}

void sw_service_sessions_tick(struct sw_service *s)
{
	if (s->hearing)
		sw_mta_keep_tick(s->hearing->keep, sw_clock_monotonic_ns(sw_clock_system()));
}

void sw_service_sessions_end(struct sw_service *s)
{
	if (s->hearing)
		end(s);
}

/* ---- for status ---- */

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
