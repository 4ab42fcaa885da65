/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * control_answer - from what operations return to bytes, at once, later or many; and the
 * operations that are the transport's own.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "control_parts.h"
#include "lib/json.h"
#include "lib/version.h"

#define SLOT_BITS 16 /* of a ticket; the rest is a number that never comes again */

/* ---- lines ---- */

struct line {
	struct sw_control_client *client;
	size_t room;
	int code;
};

static int add_piece(const char *data, size_t n, void *ctx)
{
	struct line *line = ctx;

	if (n > line->room)
		line->code = -E2BIG;
	else
		line->code = sw_control_bytes_add(&line->client->output, data, n);
	line->room -= n;
	return line->code;
}

/* -E2BIG, -ENOMEM (also when @object is NULL); nothing is added then. */
static int add_line(struct sw_control_client *client, const json_t *object)
{
	struct line line = { client, client->control->options.answer_bytes, 0 };
	size_t n = client->output.n;

	/* 15 digits: times keep their milliseconds, and get no others. */
	if (object &&
	    !json_dump_callback(object, add_piece, &line, JSON_COMPACT | JSON_REAL_PRECISION(15)) &&
	    !sw_control_bytes_add(&client->output, "\n", 1))
		return 0;
	client->output.n = n;
	sw_control_bytes_drop(&client->output, 0);
	return line.code ? line.code : -ENOMEM;
}

static int add_with_id(struct sw_control_client *client, json_t *object)
{
	int code = -ENOMEM;

	if (object && (!client->id || !json_object_set(object, "id", client->id)))
		code = add_line(client, object);
	json_decref(object);
	return code;
}

/*
 * False: it was told an error in its place. A client that cannot be told even that is hung
 * up on: it would take the next answer for this one.
 */
static bool put(struct sw_control_client *client, json_t *object)
{
	int code = add_with_id(client, object);
	json_t *error = NULL;

	if (code) {
		error = sw_control_error(code, code == -E2BIG ? "the answer is too long"
							      : "out of memory");
		client->leaving |= add_with_id(client, error) != 0;
	}
	sw_control_account(client);
	return !code;
}

/* ---- the present request ---- */

void sw_control_end_call(struct sw_control_client *client)
{
	const struct sw_control_source *source = client->source;

	json_decref(client->id);
	client->id = NULL;
	client->call = SW_CONTROL_CALL_NONE;
	client->ticket = 0;
	client->source = NULL;
	client->waits = false;
	if (source && source->done)
		source->done(client->source_ctx);
}

void sw_control_finish(struct sw_control_client *client, json_t *answer)
{
	put(client, answer);
	sw_control_end_call(client);
}

void sw_control_pull(struct sw_control_client *client)
{
	bool end = false;
	json_t *object = client->source->next(client->source_ctx, &end);

	if (!object && !end) {
		client->waits = true;
	} else if (json_object_get(object, "error")) {
		sw_control_finish(client, object);
	} else if (!end) {
		if (!put(client, object))
			sw_control_end_call(client);
	} else {
		object = object ? object : json_object();
		if (json_object_set_new(object, "end", json_true())) {
			json_decref(object);
			object = NULL;
		}
		sw_control_finish(client, object);
	}
}

static sw_control_ticket new_ticket(struct sw_control_client *client)
{
	client->ticket = ++client->control->tickets << SLOT_BITS | client->slot;
	return client->ticket;
}

static struct sw_control_client *find(const struct sw_control *c, sw_control_ticket ticket)
{
	size_t slot = ticket & ((1u << SLOT_BITS) - 1);
	struct sw_control_client *client = slot < c->options.clients ? c->slots[slot] : NULL;

	return client && ticket && client->ticket == ticket ? client : NULL;
}

/* ---- for operations ---- */

const struct sw_control_peer *sw_control_peer(const struct sw_control_client *client)
{
	return &client->peer;
}

sw_control_ticket sw_control_later(struct sw_control_client *client)
{
	client->call = SW_CONTROL_CALL_LATER;
	return new_ticket(client);
}

int sw_control_answer(struct sw_control *c, sw_control_ticket ticket, json_t *answer)
{
	struct sw_control_client *client = find(c, ticket);

	if (!client) {
		json_decref(answer);
		return -ENOENT;
	}
	sw_control_finish(client, answer);
	sw_control_queue(client);
	return 0;
}

sw_control_ticket sw_control_stream(struct sw_control_client *client,
				    const struct sw_control_source *source, void *ctx)
{
	client->call = SW_CONTROL_CALL_STREAM;
	client->source = source;
	client->source_ctx = ctx;
	return new_ticket(client);
}

int sw_control_resume(struct sw_control *c, sw_control_ticket ticket)
{
	struct sw_control_client *client = find(c, ticket);

	if (!client)
		return -ENOENT;
	client->waits = false;
	sw_control_queue(client);
	return 0;
}

/* ---- our own operations ---- */

static json_t *hello(void *ctx, struct sw_control_client *client, json_t *request)
{
	const struct sw_control_options *o = &client->control->options;

	return json_pack("{s:i, s:s, s:o, s:{s:I, s:i, s:i, s:I}}", "version", SW_CONTROL_VERSION,
			 "synward", SW_VERSION, "who", sw_json_text(client->peer.who), "limits",
			 "request_bytes", (json_int_t)o->line_bytes, "depth", SW_CONTROL_DEPTH,
			 "values", (int)SW_CONTROL_VALUES, "answer_bytes",
			 (json_int_t)o->answer_bytes);
}

static void describe(json_t *array, const struct sw_control_op *ops)
{
	for (; ops->name; ops++)
		json_array_append_new(array,
				      json_pack("{s:s, s:s, s:s}", "op", ops->name, "keys",
						ops->keys ? ops->keys : "", "help", ops->help));
}

static json_t *help(void *ctx, struct sw_control_client *client, json_t *request)
{
	json_t *array = json_array();

	describe(array, sw_control_own);
	describe(array, client->control->options.ops);
	return json_pack("{s:o}", "ops", array);
}

const struct sw_control_op sw_control_own[] = {
	{ "hello", NULL, "which protocol this is, and what may be sent", hello },
	{ "help", NULL, "what can be asked", help },
	{ 0 },
};
