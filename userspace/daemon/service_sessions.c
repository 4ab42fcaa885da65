/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * service_sessions - what the mail server sees, in the daemon: the socket of events, and logs.
 * Whose a source is says service_standing.c; what is known over a restart is daemon/mta_keep's.
 *
 *   events (socket, control socket, logs) ─► sessions ─► gather: one batch a turn
 *
 * Whatever fails here ends with nobody being locked for bounces and complaints; the log says so.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lib/log.h"
#include "service_sessions_parts.h"

struct sw_sessions *sw_service_sessions_get(struct sw_service *s)
{
	return s->hearing ? s->hearing->sessions : NULL;
}

/* ---- events ---- */

static void on_event(void *ctx, const struct sw_mta_event *event)
{
	struct sw_service *s = ctx;

	sw_sessions_event(s->hearing->sessions, event, sw_sessions_now(s->hearing->sessions));
}

/* ---- open, reload, close ---- */

static int open_sessions(struct sw_service *s, const struct sw_config *c, struct sw_err *err)
{
	struct sw_hearing *h = s->hearing;
	struct sw_sessions_options options = { .base = s->base,
					       .ledger = s->ledger,
					       .verdicts = s->verdicts,
					       .standing = sw_service_standing,
					       .room = sw_service_has_room,
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
