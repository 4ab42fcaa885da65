/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * commands_read - the operations list and history: streams from the ledger. A list is read a
 * page at a time, each in a short transaction of its own, so that a slow reader holds up
 * nothing and takes the memory of a page; what changes meanwhile may be in it or not.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "lib/json.h"
#include "rules/origin.h"
#include "rules/precedence.h"

#define PAGE 128 /* verdicts */
#define LOOKED_AT_ONCE 4096 /* when most are filtered out */
#define HISTORY_MAX 10000 /* changes in one answer */

static json_t *verdict_object(const struct sw_ledger_clock *clock, const struct sw_verdict *v)
{
	char source[SW_PREFIX_TEXT];

	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:I}", "source",
			 sw_prefix_format(&v->source, source), "origin", sw_origin_name(v->origin),
			 "class", sw_verdict_class_name(v->origin, v->action), "action",
			 sw_action_name(v->action), "reason", sw_json_text(v->reason), "who",
			 sw_json_text(v->who), "created",
			 sw_json_time(sw_ledger_clock_to_wall(clock, v->created_ms)), "expires",
			 sw_json_time(sw_ledger_clock_to_wall(clock, v->expires_ms)), "count",
			 (json_int_t)v->count);
}

/* ---- list ---- */

struct list {
	const struct sw_commands *cmd;
	struct sw_prefix within;
	bool everywhere, expiring;
	char class[SW_CLASS_NAME_MAX];
	uint8_t origin; /* 0: all */
	struct sw_verdict page[PAGE];
	size_t at, n, looked;
	struct sw_verdict last; /* that was looked at; origin 0: none yet */
	bool more; /* the ledger has some after the page */
	int64_t now_ms;
	json_int_t count;
};

static bool wanted(const struct list *l, const struct sw_verdict *v)
{
	if (v->expires_ms && v->expires_ms <= l->now_ms)
		return false; /* it has ended, and will be taken out */
	if (l->expiring && !v->expires_ms)
		return false;
	if (l->origin && l->origin != v->origin)
		return false;
	return !l->class[0] || !strcmp(l->class, sw_verdict_class_name(v->origin, v->action));
}

static int take(void *ctx, const struct sw_verdict *v)
{
	struct list *l = ctx;

	if (l->n == PAGE || l->looked == LOOKED_AT_ONCE) {
		l->more = true;
		return 1;
	}
	l->looked++;
	l->last = *v;
	if (wanted(l, v))
		l->page[l->n++] = *v;
	return 0;
}

static json_t *next_page(struct list *l)
{
	struct sw_err err;
	int code;

	l->at = l->n = l->looked = 0;
	l->more = false;
	l->now_ms = sw_ledger_clock_now(sw_verdicts_clock(l->cmd->verdicts));
	code = sw_ledger_each_after(l->cmd->ledger, l->everywhere ? NULL : &l->within,
				    l->last.origin ? &l->last.source : NULL, l->last.origin, take,
				    l, &err);
	return code < 0 ? sw_control_error(code, "%s", err.text) : NULL;
}

static json_t *list_next(void *ctx, bool *end)
{
	struct list *l = ctx;
	json_t *failed;

	while (l->at == l->n) {
		if (!l->more) {
			*end = true;
			return json_pack("{s:I}", "count", l->count);
		}
		failed = next_page(l);
		if (failed)
			return failed;
	}
	l->count++;
	return verdict_object(sw_verdicts_clock(l->cmd->verdicts), &l->page[l->at++]);
}

static void list_done(void *ctx)
{
	free(ctx);
}

static json_t *refuse_class(const char *class)
{
	char names[400] = "";

	for (const struct sw_verdict_class *c = sw_verdict_classes; c->name; c++)
		if (sw_verdict_class_is_name(c->name))
			snprintf(names + strlen(names), sizeof(names) - strlen(names), " %s",
				 c->name);
	return sw_control_error(EINVAL, "\"%.40s\" is no class of verdicts; there are:%s", class,
				names);
}

json_t *sw_command_list(void *ctx, struct sw_control_client *client, json_t *request)
{
	static const struct sw_control_source source = { list_next, list_done };
	const char *class = json_string_value(json_object_get(request, "class"));
	json_t *within = json_object_get(request, "within");
	struct list *l;
	struct sw_err err;
	int code;

	if (class && !sw_verdict_class_is_name(class))
		return refuse_class(class);
	l = calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	l->cmd = ctx;
	l->everywhere = !within;
	l->expiring = json_is_true(json_object_get(request, "expiring"));
	l->more = true;
	if (class)
		strncpy(l->class, class, sizeof(l->class) - 1);
	code = sw_command_origin(json_object_get(request, "origin"), 0, &l->origin, &err);
	if (within && !code)
		code = sw_command_prefix(within, &l->within, &err);
	if (code) {
		free(l);
		return sw_control_error(code, "%s", err.text);
	}
	sw_control_stream(client, &source, l);
	return NULL;
}

/* ---- history ---- */

struct history {
	const struct sw_commands *cmd;
	json_t *all;
	size_t at;
	bool cut, some; /* some: of these origins alone */
	bool origin[SW_ORIGIN_NUMBERS];
};

static int note_change(void *ctx, const struct sw_history *h)
{
	struct history *history = ctx;
	const struct sw_ledger_clock *clock = sw_verdicts_clock(history->cmd->verdicts);
	json_t *object;

	if (history->some && !history->origin[h->verdict.origin])
		return 0;
	if (json_array_size(history->all) == HISTORY_MAX) {
		history->cut = true;
		return 1;
	}
	object = verdict_object(clock, &h->verdict);
	if (!object)
		return -ENOMEM;
	json_object_set_new(object, "time",
			    sw_json_time(sw_ledger_clock_to_wall(clock, h->time_ms)));
	json_object_set_new(object, "change", json_string(sw_change_name(h->kind)));
	json_object_set_new(object, "who", sw_json_text(h->who));
	json_object_set_new(object, "why", sw_json_text(h->why));
	return json_array_append_new(history->all, object) ? -ENOMEM : 0;
}

static json_t *history_next(void *ctx, bool *end)
{
	struct history *h = ctx;

	if (h->at == json_array_size(h->all)) {
		*end = true;
		return json_pack("{s:I, s:b}", "count", (json_int_t)h->at, "cut", h->cut);
	}
	return json_deep_copy(json_array_get(h->all, h->at++));
}

static void history_done(void *ctx)
{
	struct history *h = ctx;

	json_decref(h->all);
	free(h);
}

/* Of which origins: all, one by its name, or several in an array. */
static int read_origins(const json_t *value, struct history *h, struct sw_err *err)
{
	size_t n = json_is_array(value) ? json_array_size(value) : 1;
	int code = 0;

	if (!value || json_is_null(value))
		return 0;
	h->some = true;
	for (size_t i = 0; i < n && !code; i++) {
		uint8_t origin = 0;

		code = sw_command_origin(json_is_array(value) ? json_array_get(value, i)
							      : (json_t *)value,
					 0, &origin, err);
		h->origin[origin] = true;
	}
	return code;
}

json_t *sw_command_history(void *ctx, struct sw_control_client *client, json_t *request)
{
	static const struct sw_control_source stream = { history_next, history_done };
	unsigned flags = SW_HISTORY_NEWEST_FIRST;
	struct history *h;
	struct sw_prefix source;
	struct sw_err err;
	int code = sw_command_prefix(json_object_get(request, "source"), &source, &err);

	if (code)
		return sw_control_error(code, "%s", err.text);
	if (json_is_true(json_object_get(request, "containing")))
		flags |= SW_HISTORY_CONTAINING;
	h = calloc(1, sizeof(*h));
	if (!h)
		return NULL;
	h->cmd = ctx;
	h->all = json_array();
	code = read_origins(json_object_get(request, "origin"), h, &err);
	if (!code)
		code = sw_ledger_history(h->cmd->ledger, &source, flags, note_change, h, &err);
	if (code < 0) {
		history_done(h);
		return sw_control_error(code, "%s", err.text);
	}
	sw_control_stream(client, &stream, h);
	return NULL;
}
