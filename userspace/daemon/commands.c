/* SPDX-License-Identifier: GPL-2.0-only */
/* commands - see commands.h: the table, the short operations, and what all of them share. */
#include "commands.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/duration.h"
#include "lib/json.h"
#include "rules/origin.h"

/* ---- values ---- */

int sw_command_duration(json_t *value, int64_t *ret_ms, struct sw_err *err)
{
	const char *text = json_string_value(value);
	int code = text ? sw_duration_parse(text, strlen(text), ret_ms) : -EINVAL;

	if (code)
		sw_err_set(err, code, "\"%.40s\": %s", text ? text : "(no text)",
			   sw_duration_error(code));
	return code;
}

int sw_command_prefix(json_t *value, struct sw_prefix *ret, struct sw_err *err)
{
	const char *text = json_string_value(value);
	char shown[SW_PREFIX_TEXT];
	struct sw_prefix p;
	int code;

	if (!text)
		return sw_err_set(err, -EINVAL, "source is no text; write \"192.0.2.1\"");
	code = sw_prefix_parse(text, strlen(text), &p);
	if (code == -EDOM)
		return sw_err_set(err, -EINVAL, "\"%.60s\": %s; write %s", text,
				  sw_prefix_error(code), sw_prefix_format(&p, shown));
	if (code)
		return sw_err_set(err, -EINVAL, "\"%.60s\": %s", text, sw_prefix_error(code));
	*ret = sw_prefix_unmapped(&p);
	return 0;
}

#define SHORTEST4 8 /* what is shorter would be much of the internet: it wants force */
#define SHORTEST6 16

bool sw_command_is_wide(const struct sw_prefix *p)
{
	return p->len < (p->family == 4 ? SHORTEST4 : SHORTEST6);
}

/* Whose verdicts are meant. */
int sw_command_origin(json_t *value, uint8_t otherwise, uint8_t *ret, struct sw_err *err)
{
	const char *text = json_string_value(value);
	char names[200] = "";

	*ret = otherwise;
	if (!value || json_is_null(value) || (text && !sw_origin_parse(text, ret)))
		return 0;
	for (unsigned i = sw_origin_next(SW_ORIGIN_NONE); i; i = sw_origin_next(i))
		snprintf(names + strlen(names), sizeof(names) - strlen(names), " %s",
			 sw_origin_name(i));
	return sw_err_set(err, -EINVAL, "\"%.40s\" is no origin of verdicts; there are:%s",
			  text ? text : "(no text)", names);
}

/* ---- the daemon itself ---- */

static json_t *command_reload(void *ctx, struct sw_control_client *client, json_t *request)
{
	const struct sw_commands *c = ctx;
	json_t *confirm = json_object_get(request, "confirm");
	const char *ssh = json_string_value(json_object_get(request, "ssh"));
	int64_t confirm_ms = 0;
	char words[160];
	struct sw_err err;
	int code = confirm ? sw_command_duration(confirm, &confirm_ms, &err) : 0;

	if (!code)
		code = c->reload(c->daemon, confirm_ms, ssh, sw_control_peer(client)->who, words,
				 &err);
	if (code)
		return sw_control_error(code, "%s", err.text);
	return json_pack("{s:o, s:o}", "reloaded", sw_json_text(words), "confirm_until",
			 confirm_ms ? sw_json_time(sw_clock_wall_ms(sw_clock_system()) + confirm_ms)
				    : json_null());
}

static json_t *command_confirm(void *ctx, struct sw_control_client *client, json_t *request)
{
	const struct sw_commands *c = ctx;
	struct sw_err err;
	int code = c->confirm(c->daemon, sw_control_peer(client)->who, &err);

	return code ? sw_control_error(code, "%s", err.text)
		    : json_pack("{s:b}", "confirmed", true);
}

static json_t *status_of_ledger(const struct sw_commands *c)
{
	struct sw_ledger_counts n;
	struct sw_err err;

	if (sw_ledger_count(c->ledger, &n, &err))
		return json_pack("{s:o}", "error", sw_json_text(err.text));
	return json_pack("{s:I, s:I, s:I, s:I}", "verdicts", (json_int_t)n.verdicts, "history",
			 (json_int_t)n.history, "used_bytes", (json_int_t)n.used_bytes,
			 "file_bytes", (json_int_t)n.file_bytes);
}

static json_t *command_status(void *ctx, struct sw_control_client *client, json_t *request)
{
	const struct sw_commands *c = ctx;
	json_t *status = c->status(c->daemon);
	struct sw_verdicts_counts n;

	sw_verdicts_counts(c->verdicts, &n);
	if (!status || json_object_set_new(status, "ledger", status_of_ledger(c)) ||
	    json_object_set_new(status, "check",
				json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "checked",
					  (json_int_t)n.checked, "missing", (json_int_t)n.missing,
					  "differing", (json_int_t)n.differing, "repaired",
					  (json_int_t)n.repaired, "ledger_differs",
					  (json_int_t)n.ledger_differs, "rounds",
					  (json_int_t)n.rounds))) {
		json_decref(status);
		return NULL;
	}
	return status;
}

const struct sw_control_op sw_commands_ops[] = {
	{ "set", "verdicts force brief", "set verdicts on sources", sw_command_set },
	{ "remove", "sources origin reason brief", "take verdicts back", sw_command_remove },
	{ "list", "within class origin expiring", "the verdicts that hold", sw_command_list },
	{ "history", "source containing origin",
	  "changes of the verdicts on a source, newest first", sw_command_history },
	{ "mta-events", "events", "what a mail server saw of sources", sw_command_mta_events },
	{ "report", "reports", "complaints about sources, and mail of theirs that came back",
	  sw_command_report },
	{ "kill", "sources port force", "close the sessions that sources have open",
	  sw_command_kill },
	{ "warn", "source to again dry_run failed try",
	  "may a warning about a case be sent? It is down as sent then", sw_command_warn },
	{ "status", NULL, "the daemon, its ledger, its self-check", command_status },
	{ "reload", "confirm ssh", "read configuration and lists again", command_reload },
	{ "confirm", NULL, "keep a reload that would be taken back", command_confirm },
	{ 0 },
};
