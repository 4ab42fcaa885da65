/* SPDX-License-Identifier: GPL-2.0-only */
/* import_tell - see import.h. */
#include <stdarg.h>
#include <stdlib.h>

#include "escape.h"
#include "import.h"

void sw_import_tell(struct sw_import *import, unsigned long line, const char *format, ...)
{
	char words[sizeof(struct sw_err)], *text;
	va_list args;

	if (import->told++ >= SW_IMPORT_ERRORS)
		return;
	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	if (import->options.json) {
		json_array_append_new(import->errors,
				      json_pack("{s:I, s:o}", "line", (json_int_t)line, "text",
						sw_json_text(words)));
		return;
	}
	text = sw_escape(words);
	if (line)
		fprintf(stderr, "%s:%lu: %s\n", import->name, line, text ? text : "?");
	else
		fprintf(stderr, "%s: %s\n", import->name, text ? text : "?");
	free(text);
}

static size_t answered(const struct sw_import_counts *c)
{
	return c->set + c->extended + c->replaced + c->failed;
}

size_t sw_import_unanswered(const struct sw_import *import)
{
	const struct sw_import_counts *c = &import->counts;

	return import->dry_run || answered(c) > c->verdicts ? 0 : c->verdicts - answered(c);
}

static void print_json(const struct sw_import *import)
{
	const struct sw_import_counts *c = &import->counts;

	sw_print_json(json_pack(
		"{s:o, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:O, s:o}", "file",
		sw_json_text(import->name), "dry_run", import->dry_run, "verdicts",
		(json_int_t)c->verdicts, "set", (json_int_t)c->set, "extended",
		(json_int_t)c->extended, "replaced", (json_int_t)c->replaced, "failed",
		(json_int_t)c->failed, "unanswered", (json_int_t)sw_import_unanswered(import),
		"skipped_expired", (json_int_t)c->expired, "skipped_origin", (json_int_t)c->other,
		"bad", (json_int_t)c->bad, "errors", import->errors, "error",
		import->problem ? sw_json_text(import->problem) : json_null()));
}

static void print_text(const struct sw_import *import)
{
	const struct sw_import_counts *c = &import->counts;
	char *problem = import->problem ? sw_escape(import->problem) : NULL;

	if (import->told > SW_IMPORT_ERRORS)
		fprintf(stderr, "%s: and %zu more\n", import->name,
			import->told - SW_IMPORT_ERRORS);
	if (import->problem)
		sw_fail("%s: %s", import->name, problem ? problem : "out of memory");
	free(problem);
	if (import->problem && !import->client)
		return; /* nothing was done */
	printf("%s: ", import->name);
	if (import->dry_run)
		printf("%zu verdicts to be set", c->verdicts);
	else
		printf("%zu set, %zu extended, %zu replaced, %zu failed", c->set, c->extended,
		       c->replaced, c->failed);
	if (sw_import_unanswered(import))
		printf(", %zu NOT ANSWERED", sw_import_unanswered(import));
	printf("; left out: %zu ended, %zu of other origins, %zu bad lines\n", c->expired, c->other,
	       c->bad);
}

void sw_import_report(const struct sw_import *import)
{
	if (import->options.json)
		print_json(import);
	else
		print_text(import);
}
