/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * verdict_run - see verdict.h. A batch is sent when it is full or when the next prefix is
 * not there yet, so that what comes down a pipe is in force as soon as it came.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "kill.h"
#include "lib/clock.h"
#include "prefixes.h"
#include "verdict.h"

static const char *const outcomes[] = { "set", "extended", "replaced", "removed", "failed" };

enum { SET, EXTENDED, REPLACED, REMOVED, FAILED, OUTCOMES };

struct run {
	const struct sw_verdict_order *order;
	struct sw_client *client;
	size_t counts[OUTCOMES];
	json_int_t killed, spared; /* sessions */
	bool kept; /* some could not be closed; it was told, and is not tried again */
	size_t n;
	struct sw_prefix batch[SW_VERDICT_BATCH];
	struct sw_prefixes prefixes;
};

/* ---- telling ---- */

static void count(struct run *run, const json_t *result)
{
	const char *word = json_string_value(json_object_get(result, "result"));
	unsigned i = 0;

	while (word && i < FAILED && strcmp(word, outcomes[i]) != 0)
		i++;
	run->counts[word ? i : FAILED]++;
}

/* Tell what became of @source, and count it. */
static void tell(struct run *run, const char *source, const json_t *result, int64_t now_ms)
{
	char words[SW_VERDICT_WORDS];

	count(run, result);
	if (run->order->options.json) {
		sw_write_json(stdout, result);
		return;
	}
	sw_verdict_words(run->order, result, now_ms, words);
	if (json_object_get(result, "error"))
		sw_fail("%s: %s", source, words);
	else
		printf("%s: %s\n", source, words);
}

/* The same for a failure that is ours to describe. */
static void tell_error(struct run *run, const char *source, int code, const char *words)
{
	const char *name = strerrorname_np(-code);
	json_t *result = json_pack("{s:o, s:o, s:s}", "source", sw_json_text(source), "error",
				   sw_json_text(words), "code", name ? name : "EIO");

	tell(run, source, result, 0);
	json_decref(result);
}

static void tell_bad(struct run *run, int code, const struct sw_err *err)
{
	if (run->order->options.json) {
		tell_error(run, run->prefixes.text, code, err->text);
		return;
	}
	run->counts[FAILED]++;
	sw_fail("%s", err->text);
}

static int finish(const struct run *run)
{
	unsigned first = run->order->action ? SET : REMOVED,
		 last = run->order->action ? REMOVED : FAILED;
	json_t *summary = json_object();

	for (unsigned i = first; i < last; i++)
		json_object_set_new(summary, outcomes[i], json_integer((json_int_t)run->counts[i]));
	json_object_set_new(summary, outcomes[FAILED],
			    json_integer((json_int_t)run->counts[FAILED]));
	if (run->order->kill)
		sw_kill_summary(summary, run->killed, run->spared, run->order->options.json);
	if (run->order->options.json)
		sw_print_json(json_pack("{s:O}", "summary", summary));
	json_decref(summary);
	return run->counts[FAILED] || run->kept ? SW_EXIT_FAILED : SW_EXIT_OK;
}

/* ---- asking ---- */

static json_t *one_verdict(const struct sw_verdict_order *order, const char *source)
{
	json_t *verdict = json_pack("{s:s, s:s}", "source", source, "action", order->action);

	if (order->duration)
		json_object_set_new(verdict, "for", json_string(order->duration));
	if (order->reason)
		json_object_set_new(verdict, "reason", sw_json_text(order->reason));
	return verdict;
}

static json_t *make_request(const struct run *run)
{
	const struct sw_verdict_order *order = run->order;
	json_t *array = json_array(), *request;
	char text[SW_PREFIX_TEXT];

	for (size_t i = 0; i < run->n; i++) {
		const char *source = sw_prefix_format(&run->batch[i], text);

		json_array_append_new(array, order->action ? one_verdict(order, source)
							   : json_string(source));
	}
	if (order->action)
		return json_pack("{s:s, s:o, s:b}", "op", "set", "verdicts", array, "force",
				 order->force);
	request = json_pack("{s:s, s:o}", "op", "remove", "sources", array);
	if (order->reason)
		json_object_set_new(request, "reason", sw_json_text(order->reason));
	if (order->origin)
		json_object_set_new(request, "origin", sw_json_text(order->origin));
	return request;
}

/* Results come in the order of the request, one for each prefix. */
static void tell_results(struct run *run, const json_t *results, int64_t now_ms)
{
	for (size_t i = 0; i < run->n; i++) {
		const json_t *result = json_array_get(results, i);
		const char *about = json_string_value(json_object_get(result, "source"));
		char source[SW_PREFIX_TEXT];

		sw_prefix_format(&run->batch[i], source);
		if (about && !strcmp(about, source))
			tell(run, source, result, now_ms);
		else
			tell_error(run, source, -EPROTO,
				   "synwardd did not say what became of it; synward list shows it");
	}
}

/* What was blocked, for --kill. */
static json_t *blocked(const json_t *results)
{
	json_t *array = json_array(), *result;
	size_t i;

	json_array_foreach(results, i, result)
	{
		if (!json_object_get(result, "error"))
			json_array_append(array, json_object_get(result, "source"));
	}
	return array;
}

/* Of the batch that was just set. That it cannot be done stops no block. */
static int kill_sessions(struct run *run, const json_t *results)
{
	json_t *sources = blocked(results);
	int exit_code = SW_EXIT_OK;

	if (json_array_size(sources) && !run->kept)
		exit_code = sw_kill_ask(run->client, sources, 0, run->order->force, &run->killed,
					&run->spared);
	json_decref(sources);
	if (exit_code == SW_EXIT_OK || sw_client_is_broken(run->client))
		return exit_code;
	run->kept = true;
	return SW_EXIT_OK;
}

/* None of the batch was done, and the daemon says why. */
static void tell_refusal(struct run *run, int code, const struct sw_err *err)
{
	char source[SW_PREFIX_TEXT];

	if (run->n > 1 && !run->order->options.json) {
		run->counts[FAILED] += run->n;
		sw_fail("nothing was done with %zu prefixes", run->n);
		sw_ask_fail(run->client, err);
		return;
	}
	for (size_t i = 0; i < run->n; i++)
		tell_error(run, sw_prefix_format(&run->batch[i], source), code, err->text);
}

/* SW_EXIT_OK also when there are failures; they are told and counted. */
static int send_batch(struct run *run)
{
	int64_t now_ms = sw_clock_wall_ms(sw_clock_system());
	struct sw_err err;
	json_t *answer;
	int code, exit_code = SW_EXIT_OK;

	if (!run->n)
		return SW_EXIT_OK;
	code = sw_client_ask(run->client, make_request(run), &answer, &err);
	if (!code) {
		tell_results(run, json_object_get(answer, "results"), now_ms);
		if (run->order->kill)
			exit_code = kill_sessions(run, json_object_get(answer, "results"));
		json_decref(answer);
	} else if (sw_client_is_broken(run->client)) {
		exit_code = sw_ask_fail(run->client, &err);
		sw_fail("so it is not known what became of the last %zu; synward list shows it",
			run->n);
	} else {
		tell_refusal(run, code, &err);
	}
	run->n = 0;
	fflush(stdout);
	return exit_code;
}

static int run_all(struct run *run)
{
	struct sw_err err;
	int code = 0, exit_code = SW_EXIT_OK;

	while (exit_code == SW_EXIT_OK) {
		if (run->n == SW_VERDICT_BATCH || !sw_prefixes_is_ready(&run->prefixes))
			exit_code = send_batch(run);
		if (exit_code != SW_EXIT_OK)
			break;
		code = sw_prefixes_next(&run->prefixes, &run->batch[run->n], &err);
		if (code > 0)
			run->n++;
		else if (sw_prefixes_goes_on(code))
			tell_bad(run, code, &err);
		else
			break;
	}
	if (exit_code == SW_EXIT_OK)
		exit_code = send_batch(run);
	if (exit_code == SW_EXIT_OK && code < 0)
		exit_code = sw_fail("%s", err.text);
	return exit_code == SW_EXIT_OK ? finish(run) : exit_code;
}

int sw_verdict_run(const struct sw_verdict_order *order, char **operands, size_t n)
{
	struct run *run = calloc(1, sizeof(*run));
	int exit_code;

	if (!run)
		return sw_fail("out of memory");
	run->order = order;
	sw_prefixes_init(&run->prefixes, operands, n, STDIN_FILENO);
	exit_code = sw_ask_open(&order->options, 0, &run->client);
	if (exit_code == SW_EXIT_OK)
		exit_code = run_all(run);
	sw_client_close(run->client);
	free(run);
	return exit_code;
}
