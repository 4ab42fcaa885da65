/* SPDX-License-Identifier: GPL-2.0-only */
/* stream - see stream.h. */
#include "stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/escape.h"
#include "lib/clock.h"

struct printing {
	const struct sw_stream *stream;
	struct sw_columns *columns; /* NULL: JSON */
	size_t n;
};

static int print_one(void *ctx, json_t *object)
{
	struct printing *p = ctx;

	p->n++;
	if (p->columns)
		return p->stream->row(p->columns, object, sw_clock_wall_ms(sw_clock_system()));
	sw_write_json(stdout, object);
	return ferror(stdout) ? -EPIPE : 0;
}

static int print(struct printing *p, struct sw_client *client, json_t *request)
{
	struct sw_err err = { "out of memory" };
	json_t *end = NULL;
	int code = sw_client_each(client, request, print_one, p, &end, &err);
	bool table = p->columns;

	p->columns = sw_columns_close(p->columns);
	if (code && ferror(stdout))
		return SW_EXIT_FAILED; /* main says so */
	if (code)
		return sw_ask_fail(client, &err);
	if (table && !p->n)
		puts(p->stream->nothing);
	if (p->stream->cut && json_is_true(json_object_get(end, "cut")))
		sw_fail("%s", p->stream->cut);
	json_decref(end);
	return SW_EXIT_OK;
}

int sw_stream_print(const struct sw_stream *stream, const struct sw_options *options,
		    json_t *request)
{
	struct printing p = { .stream = stream };
	struct sw_client *client;
	int exit_code = sw_ask_open(options, 0, &client);

	if (exit_code != SW_EXIT_OK) {
		json_decref(request);
		return exit_code;
	}
	if (!options->json)
		p.columns = sw_columns_open(stdout, stream->titles);
	if (options->json || p.columns) {
		exit_code = print(&p, client, request);
	} else {
		json_decref(request);
		exit_code = sw_fail("out of memory");
	}
	sw_client_close(client);
	return exit_code;
}

char *sw_stream_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? sw_escape(text) : NULL;
}

/* "alice (uid 1000, pid 4242)" is what the daemon writes. */
char *sw_stream_who(const json_t *object)
{
	char *who = sw_stream_text(object, "who");
	char *behind = who ? strstr(who, " (uid ") : NULL;

	if (behind && behind != who)
		*behind = '\0';
	return who;
}
