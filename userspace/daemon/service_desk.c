/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * service_desk - synward-desk's other end: its listeners go onto the card, its questions are
 * answered, and who keeps coming back is dropped for a while.
 *
 *   desk ─ socket ─┬─ listeners ─► datapath (sw_desk); our copies are closed at once
 *                  ├─ questions ─► service_desk_say ─► text
 *                  │                      └─► silence ─► verdicts of one turn, as one batch
 *                  └─ counts ─► status
 *
 * The desk may come and go: the kernel takes a socket that is closed out of the map, and nobody
 * holds a copy. So when a reload makes the maps anew the desk is asked for its listeners again.
 * Whatever fails here ends with the mail server getting the connections, and the log says so.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "datapath/datapath.h"
#include "desk_request.h"
#include "lib/log.h"
#include "service_desk_parts.h"

#define AGAIN_NS UINT64_C(5000000000)

static const int families[SW_DESK_SOCKETS] = { [SW_DESK_IPV4] = 4, [SW_DESK_IPV6] = 6 };

/* ---- the desk's listeners ---- */

/* Both families as they are said, or nobody listens. */
static int put_on_card(struct sw_service *s, const int fd[SW_DESK_SOCKETS], struct sw_err *err)
{
	struct sw_datapath *dp = sw_enforce_datapath(s->enforce);
	int code = 0;

	for (unsigned i = 0; i < SW_DESK_SOCKETS && !code; i++)
		code = sw_datapath_desk(dp, families[i], fd[i], err);
	for (unsigned i = 0; i < SW_DESK_SOCKETS && code; i++)
		(void)sw_datapath_desk(dp, families[i], -1, NULL);
	for (unsigned i = 0; i < SW_DESK_SOCKETS; i++)
		s->desk->listens[i] = !code && fd[i] >= 0;
	return code;
}

static bool is_steering(const struct sw_service *s)
{
	struct sw_datapath_info info = { 0 };

	sw_datapath_info(sw_enforce_datapath(s->enforce), &info);
	return info.steering;
}

static void tell_of(const struct sw_service *s, int pid, bool steering)
{
	const bool *listens = s->desk->listens;

	sw_log(LOG_NOTICE, "the desk (process %d) answers rejected sources%s%s%s", pid,
	       listens[SW_DESK_IPV4] ? ", IPv4" : "", listens[SW_DESK_IPV6] ? ", IPv6" : "",
	       steering ? "" : "; but this machine does not steer them to it");
}

/* A clean end; that of a desk that another one has taken the place of is none. */
static int unregister(struct sw_service *s, struct sw_desk_client *client, struct sw_err *err)
{
	const int nobody[SW_DESK_SOCKETS] = { -1, -1 };

	if (s->desk->registered != client)
		return 0;
	s->desk->registered = NULL;
	sw_log(LOG_NOTICE, "the desk ends; the mail server gets rejected sources");
	return put_on_card(s, nobody, err);
}

static int register_desk(struct sw_service *s, struct sw_desk_client *client,
			 const int fd[SW_DESK_SOCKETS], struct sw_err *err)
{
	bool again = s->desk->registered == client;
	int code = put_on_card(s, fd, err);

	s->desk->registered = code ? NULL : client;
	if (code)
		sw_log(LOG_ERR, "%s; the mail server gets rejected sources", err->text);
	else if (!again)
		tell_of(s, sw_desk_socket_pid(client), is_steering(s));
	return code;
}

static int take_listeners(struct sw_service *s, struct sw_desk_client *client,
			  const json_t *request, const struct sw_desk_fds *fds, json_t **answer)
{
	int fd[SW_DESK_SOCKETS];
	struct sw_err err;
	int code = sw_desk_request_families(request, fds, fd);

	if (code)
		return code;
	code = fds->n ? register_desk(s, client, fd, &err) : unregister(s, client, &err);
	*answer = code ? json_pack("{s:s, s:b, s:s}", "op", "desk", "ok", false, "error", err.text)
		       : json_pack("{s:s, s:b, s:b}", "op", "desk", "ok", true, "steering",
				   is_steering(s));
	return 0;
}

/* Is what it handed over not on the card any more, though it is here? */
static bool is_missing(const struct sw_service *s)
{
	struct sw_datapath_info info = { 0 };

	if (sw_datapath_info(sw_enforce_datapath(s->enforce), &info))
		return false;
	for (unsigned i = 0; i < SW_DESK_SOCKETS; i++)
		if (s->desk->listens[i] && !info.desk[i])
			return true;
	return false;
}

static void ask_again(struct sw_service *s)
{
	uint64_t now = sw_clock_monotonic_ns(sw_clock_system());

	if (!s->desk->registered || now - s->desk->again_ns < AGAIN_NS || !is_missing(s))
		return;
	s->desk->again_ns = now;
	sw_desk_socket_send(s->desk->registered, json_pack("{s:s}", "op", "again"));
}

/* ---- what it asks ---- */

static int on_ask(void *ctx, struct sw_desk_client *client, const json_t *request,
		  const struct sw_desk_fds *fds, json_t **answer)
{
	struct sw_service *s = ctx;
	const char *op = json_string_value(json_object_get(request, "op"));

	if (!op)
		return -EPROTO;
	if (!strcmp(op, "desk"))
		return take_listeners(s, client, request, fds, answer);
	if (fds->n)
		return -EPROTO;
	if (!strcmp(op, "say"))
		return sw_service_desk_say(s, request, answer);
	if (!strcmp(op, "count"))
		return sw_desk_counts_add(&s->desk->counts, request);
	return -EPROTO;
}

/* Its sockets, when it is gone itself, are out of the map already. */
static void on_gone(void *ctx, struct sw_desk_client *client)
{
	const struct sw_service *s = ctx;

	if (s->desk->registered != client)
		return;
	s->desk->registered = NULL;
	sw_log(LOG_NOTICE, "the desk (process %d) is not there any more",
	       sw_desk_socket_pid(client));
}

/* ---- silence ---- */

static const char *spared(void *ctx, const struct sw_prefix *source, int64_t now_ms,
			  char why[SW_STANDING_WHY])
{
	struct sw_sessions *sessions = sw_service_sessions_get(ctx);

	return sessions ? sw_sessions_spared(sessions, source, now_ms, why)
			: "it is not known who is never blocked";
}

static void open_silence(struct sw_service *s)
{
	struct sw_silence_options options = { .base = s->base,
					      .verdicts = s->verdicts,
					      .spared = spared,
					      .room = sw_service_has_room,
					      .note = sw_service_note,
					      .ctx = s };

	if (getrandom(&options.seed, sizeof(options.seed), 0) != sizeof(options.seed) ||
	    sw_silence_open(&options, &s->desk->silence))
		sw_log(LOG_ERR, "it cannot be counted who comes back to the desk");
}

static void use_rules(const struct sw_service *s, const struct sw_config *c)
{
	const struct sw_silence_rules rules = { .returns = c->desk_returns,
						.window_ms = c->desk_window_ms,
						.silence_ms = c->desk_silence_ms };

	if (s->desk->silence && sw_silence_use(s->desk->silence, &rules))
		sw_log(LOG_ERR, "out of memory; what was said before of desk-returns stays");
}

/* ---- open, reload, close ---- */

static void open_socket(struct sw_service *s, const struct sw_config *c)
{
	struct sw_desk_socket_options options = { .group = c->desk_group,
						  .ask = on_ask,
						  .gone = on_gone,
						  .note = sw_service_note,
						  .ctx = s };
	struct sw_err err;
	char *path;

	if (asprintf(&path, "%s/" SW_DESK_SOCKET_FILE, c->run_dir) < 0)
		return;
	options.path = path;
	if (sw_desk_socket_open(s->base, &options, &s->desk->socket, &err))
		sw_log(LOG_ERR, "%s; no desk can ask what to say", err.text);
	free(path);
}

void sw_service_desk(struct sw_service *s)
{
	const struct sw_config *c = sw_enforce_policy(s->enforce)->config;

	if (!s->desk) {
		s->desk = calloc(1, sizeof(*s->desk));
		if (!s->desk) {
			sw_log(LOG_ERR, "out of memory; no desk can ask what to say");
			return;
		}
		open_silence(s);
		open_socket(s, c);
	}
	use_rules(s, c);
	ask_again(s);
}

void sw_service_desk_tick(struct sw_service *s)
{
	if (s->desk)
		ask_again(s);
}

void sw_service_desk_end(struct sw_service *s)
{
	if (!s->desk)
		return;
	sw_desk_socket_close(s->desk->socket);
	sw_silence_close(s->desk->silence);
	free(s->desk);
	s->desk = NULL;
}

/* ---- for status ---- */

static json_t *returns_object(const struct sw_silence *silence)
{
	struct sw_silence_counts n = { 0 };

	if (!silence)
		return json_null();
	sw_silence_counts(silence, &n);
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "counted",
			 (json_int_t)n.came, "overruled", (json_int_t)n.overruled, "silenced",
			 (json_int_t)n.silenced, "spared", (json_int_t)n.spared, "no_room",
			 (json_int_t)n.no_room, "failed", (json_int_t)n.failed, "places",
			 (json_int_t)n.returns.entries, "used", (json_int_t)n.returns.used,
			 "evicted", (json_int_t)n.returns.evicted, "crowded",
			 (json_int_t)n.returns.crowded);
}

json_t *sw_service_desk_status(const struct sw_service *s)
{
	const struct sw_at_desk *d = s->desk;
	struct sw_desk_socket_counts n = { 0 };
	struct sw_datapath_info info = { 0 };

	if (!d || !d->socket)
		return json_null();
	sw_desk_socket_counts(d->socket, &n);
	sw_datapath_info(sw_enforce_datapath(s->enforce), &info);
	return json_pack(
		"{s:o, s:b, s:b, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "pid",
		d->registered ? json_integer(sw_desk_socket_pid(d->registered)) : json_null(),
		"steering", info.steering, "ipv4", info.desk[SW_DESK_IPV4], "ipv6",
		info.desk[SW_DESK_IPV6], "clients", (json_int_t)n.clients, "bad", (json_int_t)n.bad,
		"dropped", (json_int_t)n.dropped, "asked_smtp", (json_int_t)d->asked_smtp,
		"asked_policy", (json_int_t)d->asked_policy, "nothing", (json_int_t)d->nothing,
		"returns", returns_object(d->silence), "counts", sw_desk_counts_object(&d->counts));
}
