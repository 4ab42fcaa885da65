/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * commands_change - the operations set and remove: a batch of verdicts from JSON, and what
 * became of each. A batch with an item that cannot be read is carried out all the same, but
 * for that item: who sends a thousand is told of the one.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "lib/json.h"
#include "pardon.h"
#include "rules/origin.h"
#include "rules/precedence.h"

struct batch {
	struct sw_verdict_change *all; /* one for each item */
	struct sw_verdict_change **good; /* those that could be read ... */
	struct sw_verdict_change *sent; /* ... side by side, as verdicts.h wants them; NULL: all
					   could */
	size_t n, good_n;
};

static int batch_init(struct batch *b, size_t n)
{
	*b = (struct batch){ .n = n };
	b->all = calloc(n + 1, sizeof(*b->all));
	b->good = calloc(n + 1, sizeof(struct sw_verdict_change *));
	return b->all && b->good ? 0 : -ENOMEM;
}

static void batch_done(struct batch *b)
{
	free(b->all);
	free(b->good);
	free(b->sent);
}

static void refuse(struct sw_verdict_change *c, int code, const char *words)
{
	c->code = code;
	snprintf(c->words, sizeof(c->words), "%.199s", words);
}

/* ---- reading an item ---- */

/* How long it is to hold: "for", a duration, or "expires", a time. */
static int read_time(const struct sw_commands *cmd, json_t *item, int64_t *for_ms,
		     struct sw_err *err)
{
	json_t *duration = json_object_get(item, "for"),
	       *expires = json_object_get(item, "expires");
	struct sw_ledger_clock *clock = sw_verdicts_clock(cmd->verdicts);
	int64_t ends, now;

	if (duration && expires)
		return sw_err_set(err, -EINVAL, "both for and expires; give one");
	if (duration)
		return sw_command_duration(duration, for_ms, err);
	*for_ms = 0;
	if (!expires || json_is_null(expires))
		return 0;
	if (!json_is_number(expires) || json_number_value(expires) < 0 ||
	    json_number_value(expires) > 1e11)
		return sw_err_set(err, -EINVAL,
				  "expires is not a time: seconds since 1970, or null for never");
	ends = sw_ledger_clock_from_wall(clock, (int64_t)(json_number_value(expires) * 1000));
	now = sw_ledger_clock_now(clock);
	if (ends <= now)
		return sw_err_set(err, -ETIME, "expires is past already");
	*for_ms = ends - now;
	return 0;
}

static int read_action(json_t *value, uint8_t *ret, struct sw_err *err)
{
	const char *text = json_string_value(value);
	enum sw_action action;

	if (!text || sw_action_parse(text, &action))
		return sw_err_set(err, -EINVAL, "action is not one of: allow drop reject reset");
	*ret = (uint8_t)action;
	return 0;
}

static int check_wide(const struct sw_commands *cmd, const struct sw_verdict_change *c, bool force,
		      struct sw_err *err)
{
	char words[160];
	const char *own;

	if (force || c->action == SW_ACTION_ALLOW)
		return 0;
	if (sw_command_is_wide(&c->source))
		return sw_err_set(err, -EPERM, "this is much of the internet");
	own = cmd->never_block(cmd->daemon, &c->source, words);
	if (own)
		return sw_err_set(err, -EPERM, "%s is never blocked", own);
	return 0;
}

static int read_set(const struct sw_commands *cmd, json_t *item, bool force,
		    struct sw_verdict_change *c, struct sw_err *err)
{
	json_t *reason = json_object_get(item, "reason");
	int code;

	if (!json_is_object(item))
		return sw_err_set(err, -EINVAL, "a verdict is an object");
	code = sw_command_prefix(json_object_get(item, "source"), &c->source, err);
	if (!code)
		code = read_action(json_object_get(item, "action"), &c->action, err);
	if (!code)
		code = read_time(cmd, item, &c->for_ms, err);
	if (!code && reason && !json_is_null(reason) && !json_is_string(reason))
		code = sw_err_set(err, -EINVAL, "reason is no text");
	c->origin = SW_ORIGIN_OPERATOR;
	c->reason = json_string_value(reason);
	return code ? code : check_wide(cmd, c, force, err);
}

/* ---- the answer ---- */

static const char *error_name(int code)
{
	const char *name = strerrorname_np(-code);

	return name ? name : "EINVAL";
}

static json_t *result_of(json_t *source, const struct sw_verdict_change *c)
{
	json_t *result;

	if (c->code)
		return json_pack("{s:O, s:o, s:s}", "source", source ? source : json_null(),
				 "error", sw_json_text(c->words), "code", error_name(c->code));
	result = json_pack("{s:O, s:s, s:o}", "source", source, "result", sw_change_name(c->kind),
			   c->kind == SW_CHANGE_REMOVED ? "cleared" : "expires",
			   sw_json_time(c->expires_ms));
	if (result && c->kind == SW_CHANGE_REMOVED && c->pardoned)
		json_object_set_new(result, "also", json_string(sw_origin_name(c->pardoned)));
	return result;
}

/* @key: of the source in an item that is an object; NULL: the item is the source. */
static json_t *results_of(const struct batch *b, json_t *items, const char *key, bool brief)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < b->n; i++) {
		json_t *item = json_array_get(items, i);
		json_t *source = key ? json_object_get(item, key) : item;

		if (brief && !b->all[i].code)
			continue;
		if (json_array_append_new(array, result_of(source, &b->all[i]))) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_int_t count(const struct batch *b, uint8_t kind)
{
	json_int_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		n += kind ? !b->all[i].code && b->all[i].kind == kind : b->all[i].code != 0;
	return n;
}

/* ---- the two ---- */

/* What was set by hand, what DNS says, and what came of coming back to the desk. */
static int take_back(struct sw_verdicts *v, struct sw_verdict_change *change, size_t n,
		     const char *who, struct sw_err *err)
{
	int code = sw_verdicts_remove(v, change, n, who, err);

	return code ? code : sw_pardon(v, change, n, who, err);
}

/* What this origin said, and nothing else. */
static int take_one(struct sw_verdicts *v, struct sw_verdict_change *change, size_t n,
		    const char *who, struct sw_err *err)
{
	for (size_t i = 0; i < n; i++)
		change[i].expires_ms = 0;
	return sw_verdicts_remove(v, change, n, who, err);
}

typedef int (*change_fn)(struct sw_verdicts *v, struct sw_verdict_change *change, size_t n,
			 const char *who, struct sw_err *err);

/* Carry out what could be read. */
static int carry_out(struct sw_verdicts *v, struct batch *b, change_fn change, const char *who,
		     struct sw_err *err)
{
	int code;

	for (size_t i = 0; i < b->n; i++)
		if (!b->all[i].code)
			b->good[b->good_n++] = &b->all[i];
	if (!b->good_n)
		return 0;
	if (b->good_n == b->n) /* as nearly always: they are side by side */
		return change(v, b->all, b->n, who, err);
	b->sent = calloc(b->good_n, sizeof(*b->sent));
	if (!b->sent)
		return sw_err_set(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < b->good_n; i++)
		b->sent[i] = *b->good[i];
	code = change(v, b->sent, b->good_n, who, err);
	for (size_t i = 0; i < b->good_n && !code; i++)
		*b->good[i] = b->sent[i];
	return code;
}

json_t *sw_command_set(void *ctx, struct sw_control_client *client, json_t *request)
{
	const struct sw_commands *cmd = ctx;
	json_t *items = json_object_get(request, "verdicts"), *answer = NULL;
	bool force = json_is_true(json_object_get(request, "force"));
	bool brief = json_is_true(json_object_get(request, "brief"));
	struct sw_err err;
	struct batch b;
	int code;

	if (!json_array_size(items))
		return sw_control_error(EINVAL, "verdicts is no array of objects, or empty");
	if (batch_init(&b, json_array_size(items)))
		goto out;
	for (size_t i = 0; i < b.n; i++) {
		code = read_set(cmd, json_array_get(items, i), force, &b.all[i], &err);
		if (code)
			refuse(&b.all[i], code, err.text);
	}
	code = carry_out(cmd->verdicts, &b, sw_verdicts_set, sw_control_peer(client)->who, &err);
	if (code)
		answer = sw_control_error(code, "%s", err.text);
	else
		answer = json_pack("{s:I, s:I, s:I, s:I, s:o}", "set", count(&b, SW_CHANGE_SET),
				   "extended", count(&b, SW_CHANGE_EXTENDED), "replaced",
				   count(&b, SW_CHANGE_REPLACED), "failed", count(&b, 0), "results",
				   results_of(&b, items, "source", brief));
out:
	batch_done(&b);
	return answer;
}

json_t *sw_command_remove(void *ctx, struct sw_control_client *client, json_t *request)
{
	const struct sw_commands *cmd = ctx;
	json_t *items = json_object_get(request, "sources"), *answer = NULL;
	const char *reason = json_string_value(json_object_get(request, "reason"));
	bool brief = json_is_true(json_object_get(request, "brief"));
	json_t *named = json_object_get(request, "origin");
	struct sw_err err;
	struct batch b;
	uint8_t origin;
	int code;

	if (!json_array_size(items))
		return sw_control_error(EINVAL, "sources is no array of texts, or empty");
	code = sw_command_origin(named, SW_ORIGIN_OPERATOR, &origin, &err);
	if (code)
		return sw_control_error(code, "%s", err.text);
	if (batch_init(&b, json_array_size(items)))
		goto out;
	for (size_t i = 0; i < b.n; i++) {
		code = sw_command_prefix(json_array_get(items, i), &b.all[i].source, &err);
		if (code)
			refuse(&b.all[i], code, err.text);
		b.all[i].origin = origin;
		b.all[i].reason = reason;
	}
	code = carry_out(cmd->verdicts, &b, named ? take_one : take_back,
			 sw_control_peer(client)->who, &err);
	if (code)
		answer = sw_control_error(code, "%s", err.text);
	else
		answer = json_pack("{s:I, s:I, s:o}", "removed", count(&b, SW_CHANGE_REMOVED),
				   "failed", count(&b, 0), "results",
				   results_of(&b, items, NULL, brief));
out:
	batch_done(&b);
	return answer;
}
