/* SPDX-License-Identifier: GPL-2.0-only */
/* import_send - see import.h. */
#include <stdlib.h>
#include <string.h>

#include "import.h"

/* ---- what became of them ---- */

/* The item that @source is of; results come in the order of the request, so it is behind
 * *@from. NULL: none. */
static const struct sw_import_item *find(const struct sw_import *import, const char *source,
					 size_t *from)
{
	for (size_t i = *from; source && i < import->n; i++) {
		if (!strcmp(import->items[i].source, source)) {
			*from = i + 1;
			return &import->items[i];
		}
	}
	return NULL;
}

static void tell_failed(struct sw_import *import, const json_t *results)
{
	size_t from = 0;

	for (size_t i = 0; i < json_array_size(results); i++) {
		const json_t *result = json_array_get(results, i);
		const char *words = json_string_value(json_object_get(result, "error"));
		const char *code = json_string_value(json_object_get(result, "code"));
		const char *source = json_string_value(json_object_get(result, "source"));
		const struct sw_import_item *item = find(import, source, &from);
		bool never = code && !strcmp(code, "EPERM") && !import->force;

		if (!words)
			continue;
		if (code && !strcmp(code, "ETIME")) { /* while it was on its way */
			import->counts.verdicts--;
			import->counts.expired++;
			continue;
		}
		import->counts.failed++;
		sw_import_tell(import, item ? item->line : 0, "%s: %s%s", source ? source : "?",
			       words, never ? "; --force does it all the same" : "");
	}
}

static size_t number(const json_t *answer, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(answer, key));

	return n > 0 ? (size_t)n : 0;
}

static void take_answer(struct sw_import *import, const json_t *answer)
{
	import->counts.set += number(answer, "set");
	import->counts.extended += number(answer, "extended");
	import->counts.replaced += number(answer, "replaced");
	tell_failed(import, json_object_get(answer, "results"));
}

/* ---- sending ---- */

int sw_import_flush(struct sw_import *import)
{
	unsigned long first, last;
	json_t *answer = NULL, *request;
	int code;

	if (!import->n)
		return SW_EXIT_OK;
	first = import->items[0].line;
	last = import->items[import->n - 1].line;
	request = json_pack("{s:s, s:o, s:b, s:b}", "op", "set", "verdicts", import->batch, "force",
			    import->force, "brief", 1);
	import->batch = NULL;
	code = sw_client_ask(import->client, request, &answer, &import->err);
	if (!code) {
		take_answer(import, answer);
		json_decref(answer);
		import->n = 0;
		return SW_EXIT_OK;
	}
	import->problem = import->err.text;
	if (sw_client_is_broken(import->client)) {
		sw_err_prepend(&import->err, code, "what became of lines %lu to %lu is not known",
			       first, last);
		return SW_EXIT_NO_DAEMON;
	}
	sw_err_prepend(&import->err, code, "lines %lu to %lu", first, last);
	import->counts.failed += import->n;
	return SW_EXIT_FAILED;
}

int sw_import_add(struct sw_import *import, unsigned long number, struct sw_import_line *line)
{
	struct sw_import_item *item = &import->items[import->n++];

	if (!import->batch)
		import->batch = json_array();
	item->line = number;
	memcpy(item->source, line->source, sizeof(item->source));
	json_array_append_new(import->batch, line->verdict);
	line->verdict = NULL;
	return import->n < SW_IMPORT_BATCH ? SW_EXIT_OK : sw_import_flush(import);
}
