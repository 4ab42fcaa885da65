/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report - a complaint (ARF) or returned mail (DSN) on standard input, told to synwardd; made to
 * be the command of an alias.
 *
 *   message ─► mta/report ─► one item a recipient ─► the operation "report" ─► what came of it
 *
 * Whose mail it was is asked candidate by candidate (report_source.h): the daemon says which are
 * ours. So a relay of ours is looked through, also when the report names it.
 *
 * When a complaint opens a case, the sender is warned (cli/warn.h), if the configuration wants
 * that. What becomes of the warning does not change the exit code: the report was told, and
 * would count twice. So a warning that has to be tried again is, but not by the mail server.
 *
 * A mail server takes the exit code for what is to become of the message (sysexits.h), so here it
 * is another than elsewhere: nothing is lost while synwardd is not there.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "ask.h"
#include "lib/file.h"
#include "mta/event.h"
#include "mta/report.h"
#include "report_source.h"
#include "warn.h"

#define OURS_MAX 16
#define TEXT_MAX 200 /* of what is kept as evidence */

struct request {
	struct sw_options options;
	const char *ours[OURS_MAX]; /* names in Received fields; borrowed */
	size_t ours_n;
	char host[HOST_NAME_MAX + 1];
	bool dry_run;
};

static int tell(int exit_code, const char *text)
{
	sw_fail("%s", text);
	return exit_code;
}

/* ---- standard input ---- */

static int read_message(char **ret, size_t *n, struct sw_err *err)
{
	int code = sw_file_read_fd(STDIN_FILENO, SW_REPORT_BYTES, ret, n);

	if (code == -EFBIG)
		return sw_err_set(err, code, "the message has more than %u bytes", SW_REPORT_BYTES);
	return code ? sw_err_set(err, code, "standard input: %s", strerror(-code)) : 0;
}

/* ---- what to ask ---- */

static char *plain(struct sw_text text)
{
	char *copy = malloc(text.n + 1);

	if (!copy)
		return NULL;
	copy[sw_mime_unfold(text, copy)] = '\0';
	return copy;
}

static void set_text(json_t *object, const char *key, struct sw_text text)
{
	char *copy = text.at ? plain(text) : NULL;

	if (copy && strlen(copy) > TEXT_MAX)
		copy[TEXT_MAX] = '\0';
	if (copy)
		json_object_set_new(object, key, sw_json_text(copy));
	free(copy);
}

/* What tells this report from others: the mail that it is about, else the report itself. */
static struct sw_text id_of(const struct sw_report *report, struct sw_text message)
{
	struct sw_text headers, body, id = { NULL, 0 };

	if (report->returned.at)
		id = sw_mime_find(report->returned, "Message-ID");
	if (id.at)
		return id;
	sw_mime_split(message, &headers, &body);
	return sw_mime_find(headers, "Message-ID");
}

static json_t *complaint_item(const struct sw_report *report)
{
	const struct sw_feedback *f = &report->feedback;
	struct sw_text by =
		f->reporting_mta.at ? f->reporting_mta : f->field[SW_FEEDBACK_FIELD_USER_AGENT];
	char *who = by.at ? plain(by) : NULL;
	char text[TEXT_MAX];
	json_t *item;

	snprintf(text, sizeof(text), "%s, by %s", sw_feedback_type_name(f->type),
		 who ? who : "somebody");
	free(who);
	item = json_pack("{s:s, s:o}", "kind", "complaint", "text", sw_json_text(text));
	if (item && f->arrival_ms)
		json_object_set_new(item, "about", sw_json_time(f->arrival_ms));
	return item;
}

/* NULL: it is no word on whether the mailbox is there. */
static json_t *returned_item(const struct sw_report *report, const struct sw_report_recipient *r)
{
	enum sw_report_class class = sw_report_reason_class(r->reason);
	json_t *item;

	if (!r->permanent ||
	    (class != SW_REPORT_CLASS_RECIPIENT && class != SW_REPORT_CLASS_DISABLED))
		return NULL;
	item = json_pack("{s:s}", "kind",
			 sw_mta_kind_name(class == SW_REPORT_CLASS_DISABLED ? SW_MTA_DISABLED_RCPT
									    : SW_MTA_UNKNOWN_RCPT));
	if (!item)
		return NULL;
	set_text(item, "rcpt", r->address);
	set_text(item, "text", r->diagnostic);
	if (report->arrival_ms)
		json_object_set_new(item, "about", sw_json_time(report->arrival_ms));
	return item;
}

/* An array of what counts in @report, without sources; empty when nothing does. */
static json_t *items_of(const struct sw_report *report, struct sw_text message)
{
	struct sw_text id = id_of(report, message);
	json_t *items = json_array(), *item;
	size_t i;

	if (report->kind == SW_REPORT_FEEDBACK && sw_feedback_is_complaint(report->feedback.type))
		json_array_append_new(items, complaint_item(report));
	for (i = 0; report->kind == SW_REPORT_DELIVERY && i < report->recipients; i++) {
		item = returned_item(report, &report->recipient[i]);
		if (item)
			json_array_append_new(items, item);
	}
	json_array_foreach(items, i, item) set_text(item, "report", id);
	return items;
}

/* ---- asking ---- */

static const char *result_of(const json_t *result)
{
	const char *text = json_string_value(json_object_get(result, "result"));

	return text ? text : json_string_value(json_object_get(result, "error"));
}

static bool is_not_ours(const json_t *results)
{
	const char *text = result_of(json_array_get(results, 0));

	return text && !strcmp(text, "looked-through");
}

/* Ask about @items as if they were of @source. The results, or NULL with words. */
static json_t *ask(struct sw_client *client, const json_t *items, const struct sw_prefix *source,
		   struct sw_err *err)
{
	char text[SW_PREFIX_TEXT];
	json_t *copy = json_deep_copy(items), *item, *answer, *results;
	size_t i;

	sw_prefix_format(source, text);
	json_array_foreach(copy, i, item) json_object_set_new(item, "source", json_string(text));
	if (sw_client_ask(client, json_pack("{s:s, s:o}", "op", "report", "reports", copy), &answer,
			  err))
		return NULL;
	results = json_incref(json_object_get(answer, "results"));
	json_decref(answer);
	if (!results)
		sw_err_set(err, -EPROTO, "synwardd's answer has no results");
	return results;
}

/* Each item with its source and what came of it. */
static void print_results(const struct request *q, const json_t *items, const json_t *results,
			  const struct sw_prefix *source)
{
	char prefix[SW_PREFIX_TEXT];
	json_t *item;
	size_t i;

	sw_prefix_format(source, prefix);
	json_array_foreach(items, i, item)
	{
		const char *kind = json_string_value(json_object_get(item, "kind"));
		const char *result = results ? result_of(json_array_get(results, i)) : "dry-run";

		json_object_set_new(item, "source", json_string(prefix));
		json_object_set_new(item, "result", sw_json_text(result ? result : "?"));
		if (!q->options.json)
			printf("%s: %s: %s\n", prefix, kind, result ? result : "?");
	}
	if (q->options.json)
		sw_print_json(json_pack("{s:O}", "reports", items));
}

static bool any_failed(const json_t *results)
{
	const json_t *result;
	size_t i;

	json_array_foreach(results, i, result) if (json_object_get(result, "error")) return true;
	return false;
}

/* ---- the warning ---- */

static bool has_opened(const json_t *results)
{
	const json_t *result;
	size_t i;

	json_array_foreach(results, i, result)
	{
		const char *text = json_string_value(json_object_get(result, "result"));

		if (text && !strcmp(text, "opened"))
			return true;
	}
	return false;
}

static void warn(const struct request *q, const struct sw_config *config, struct sw_client *client,
		 const struct sw_prefix *source)
{
	const struct sw_warn_order order = { .source = *source, .tries = 1 };
	struct sw_warn_result result = { .message = NULL };
	struct sw_warn *w = NULL;
	struct sw_err err;
	int code = sw_warn_open(config, &w, &err);

	if (!code)
		code = sw_warn_send(w, client, &order, &result, &err);
	if (code)
		sw_fail("no warning was sent: %s%s", err.text,
			result.again_s ? "; it is tried again" : "");
	if (code && result.again_s) {
		code = sw_warn_later(&q->options, source, result.again_s);
		if (code)
			sw_fail("it cannot be tried again: %s", strerror(-code));
	}
	free(result.message);
	sw_warn_close(w);
}

static void warn_if_wanted(const struct request *q, const json_t *results, struct sw_client *client,
			   const struct sw_prefix *source)
{
	struct sw_config *config = has_opened(results) ? sw_config_open_folders(&q->options) : NULL;

	if (config && sw_warn_is_on(config))
		warn(q, config, client, source);
	sw_config_free(config);
}

static int ask_all(const struct request *q, const json_t *items, const struct sw_prefix *source,
		   size_t n)
{
	json_t *results = NULL;
	struct sw_client *client;
	struct sw_err err;
	size_t i = 0;
	int code;

	if (sw_ask_open(&q->options, 0, &client) != SW_EXIT_OK)
		return EX_TEMPFAIL;
	do {
		json_decref(results);
		results = ask(client, items, &source[i], &err);
	} while (results && is_not_ours(results) && ++i < n);
	if (results) {
		print_results(q, items, results, &source[i < n ? i : n - 1]);
		code = any_failed(results) ? EX_TEMPFAIL : EX_OK;
		if (i < n)
			warn_if_wanted(q, results, client, &source[i]);
	} else {
		sw_ask_fail(client, &err);
		code = EX_TEMPFAIL;
	}
	json_decref(results);
	sw_client_close(client);
	return code;
}

/* ---- the command ---- */

static int run(const struct request *q, const struct sw_report *report, struct sw_text message)
{
	struct sw_prefix source[SW_REPORT_SOURCES];
	size_t n = sw_report_sources(report, q->ours, q->ours_n, source);
	json_t *items = items_of(report, message);
	int code = EX_OK;

	if (!json_array_size(items)) {
		if (q->options.json)
			sw_print_json(json_pack("{s:O}", "reports", items));
		else
			puts("nothing in it counts: no complaint, and no mailbox that is gone");
	} else if (!n) {
		code = tell(EX_DATAERR,
			    "it does not say whom we had the mail from: no Source-IP, and no "
			    "Received field on top that one of our servers wrote. Name those as "
			    "they name themselves there, with --by");
	} else if (q->dry_run) {
		print_results(q, items, NULL, &source[0]);
	} else {
		code = ask_all(q, items, source, n);
	}
	json_decref(items);
	return code;
}

static bool read_arguments(int argc, char **argv, struct request *q)
{
	static const struct option known[] = { { "config", required_argument, NULL, 'c' },
					       { "json", no_argument, NULL, 'j' },
					       { "by", required_argument, NULL, 'b' },
					       { "dry-run", no_argument, NULL, 'n' },
					       { 0 } };
	int option;

	*q = (struct request){ .options.config = SW_CONFIG_DEFAULT };
	optind = 0;
	while ((option = getopt_long(argc, argv, "c:j", known, NULL)) != -1) {
		if (option == 'b' && q->ours_n < OURS_MAX)
			q->ours[q->ours_n++] = optarg;
		else if (option == 'n')
			q->dry_run = true;
		else if (!sw_options_take(&q->options, option, optarg))
			return false;
	}
	if (!q->ours_n && !gethostname(q->host, sizeof(q->host) - 1))
		q->ours[q->ours_n++] = q->host;
	return optind == argc;
}

int sw_cmd_report(int argc, char **argv)
{
	struct sw_report *report = NULL;
	char *message = NULL;
	struct request q;
	struct sw_err err;
	size_t n = 0;
	int code;

	if (!read_arguments(argc, argv, &q)) {
		sw_usage("report");
		return EX_USAGE;
	}
	code = read_message(&message, &n, &err);
	if (!code)
		code = sw_report_parse(message, n, &report, &err);
	if (!code)
		code = run(&q, report, (struct sw_text){ message, n });
	else
		code = tell(code == -EINVAL || code == -EFBIG ? EX_DATAERR : EX_TEMPFAIL, err.text);
	sw_report_free(report);
	free(message);
	return code;
}
