/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spf - may this address send for this domain, and what in which policy says so (RFC 7208).
 *
 * Needs no daemon and changes nothing: it asks the DNS, and tells.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "dns/spf.h"
#include "escape.h"
#include "lib/clock.h"
#include "resolve.h"

#define PATIENCE_MS 30000 /* at least 20 s; RFC 7208 4.6.4 */

struct request {
	struct sw_options options;
	const char *server; /* NULL: what the machine has configured */
	const char *ip, *from, *helo; /* NULL: not given */
	struct sw_spf_question question;
};

/* ---- arguments ---- */

/* As in SMTP and in logs, "<joe@example.com>", or without; "<>" is no sender. */
static const char *bare_sender(char *text)
{
	size_t n = strlen(text);

	if (n < 2 || text[0] != '<' || text[n - 1] != '>')
		return text;
	text[n - 1] = '\0';
	return text + 1;
}

static int read_options(int argc, char **argv, struct request *request)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "from", required_argument, NULL, 'f' },
		{ "helo", required_argument, NULL, 'h' },
		{ "ip", required_argument, NULL, 'i' },
		{ "json", no_argument, NULL, 'j' },
		{ "server", required_argument, NULL, 's' },
		{ 0 },
	};
	int option;

	optind = 0;
	while ((option = getopt_long(argc, argv, "c:j", options, NULL)) != -1) {
		if (option == 'f')
			request->from = bare_sender(optarg);
		else if (option == 'h')
			request->helo = optarg;
		else if (option == 'i')
			request->ip = optarg;
		else if (option == 's')
			request->server = optarg;
		else if (!sw_options_take(&request->options, option, optarg))
			return -EINVAL;
	}
	return optind == argc && request->ip && (request->from || request->helo) ? 0 : -EINVAL;
}

static int parse_ip(struct request *request)
{
	int code = sw_addr_parse(request->ip, &request->question.ip);

	if (code)
		return sw_fail("%s: %s; --ip takes an IPv4 or IPv6 address", request->ip,
			       sw_prefix_error(code));
	return SW_EXIT_OK;
}

/* The DNS has names in ASCII alone (RFC 7208 4.3): what is not would be asked for in vain. */
static int check_domain(const char *text)
{
	const char *at = text ? strrchr(text, '@') : NULL;

	for (const char *p = at ? at : text; p && *p; p++) {
		if ((unsigned char)*p > 0x7e)
			return sw_fail("%s: write the domain in ASCII, each label as xn--...",
				       at ? at + 1 : text);
	}
	return SW_EXIT_OK;
}

/* ---- words ---- */

/* The domain whose policy is asked for; as it was given, where it can have none. */
static const char *domain_of(const struct request *request, const struct sw_spf_answer *answer)
{
	if (answer->steps)
		return answer->step[0].domain;
	return request->from && *request->from ? request->from : request->helo;
}

/* Before the address, and between it and the domain. */
static const struct {
	const char *before, *between;
} sentences[] = {
	[SW_SPF_NONE] = { "nobody says whether ", " may send for " },
	[SW_SPF_NEUTRAL] = { "it is left open whether ", " may send for " },
	[SW_SPF_PASS] = { "", " may send for " },
	[SW_SPF_FAIL] = { "", " may not send for " },
	[SW_SPF_SOFTFAIL] = { "", " should not send for " },
	[SW_SPF_TEMPERROR] = { "it cannot be found out now whether ", " may send for " },
	[SW_SPF_PERMERROR] = { "the policy is in error; it does not say whether ",
			       " may send for " },
};

static void print_escaped(const char *before, const char *text, const char *after)
{
	char *escaped = sw_escape(text);

	printf("%s%s%s", before, escaped ? escaped : "?", after);
	free(escaped);
}

static void print_text(const struct request *request, const struct sw_spf_answer *answer)
{
	char ip[SW_PREFIX_TEXT];

	printf("%s: %s%s%s", sw_spf_result_name(answer->result), sentences[answer->result].before,
	       sw_prefix_format(&request->question.ip, ip), sentences[answer->result].between);
	print_escaped("", domain_of(request, answer), "\n");
	for (size_t i = 0; i < answer->steps; i++) {
		print_escaped("  ", answer->step[i].domain, "");
		if (answer->step[i].term[0])
			print_escaped(": ", answer->step[i].term, "");
		putchar('\n');
	}
	printf("  %s\n", answer->why);
	if (answer->explanation[0])
		print_escaped("  its own words: ", answer->explanation, "\n");
	printf("  it took %u of %d terms that ask the DNS, of which %u of %d found nothing, and "
	       "%u questions\n",
	       answer->terms, SW_SPF_TERMS, answer->voids, SW_SPF_VOIDS, answer->questions);
}

/* ---- JSON: keys are added, never renamed; synward(8) has them ---- */

static json_t *json_text_or_null(const char *text)
{
	return text && *text ? sw_json_text(text) : json_null();
}

static json_t *json_steps(const struct sw_spf_answer *answer)
{
	json_t *array = json_array();

	for (size_t i = 0; i < answer->steps; i++)
		json_array_append_new(array, json_pack("{s:o, s:o}", "domain",
						       sw_json_text(answer->step[i].domain), "term",
						       json_text_or_null(answer->step[i].term)));
	return array;
}

static void print_json(const struct request *request, const struct sw_spf_answer *answer)
{
	char ip[SW_PREFIX_TEXT];

	sw_print_json(json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:s, s:o, s:i, s:i, s:i}", "result",
				sw_spf_result_name(answer->result), "ip",
				sw_prefix_format(&request->question.ip, ip), "from",
				json_text_or_null(request->from), "helo",
				json_text_or_null(request->helo), "domain",
				answer->steps ? sw_json_text(answer->step[0].domain) : json_null(),
				"steps", json_steps(answer), "why", answer->why, "explanation",
				json_text_or_null(answer->explanation), "terms", (int)answer->terms,
				"voids", (int)answer->voids, "questions", (int)answer->questions));
}

/* ---- the command ---- */

struct waiting {
	bool done;
	const struct sw_spf_answer *answer;
};

static void take_answer(void *ctx, const struct sw_spf_answer *answer)
{
	struct waiting *waiting = ctx;

	waiting->answer = answer;
	waiting->done = true;
}

static int tell(const struct request *request, const struct sw_spf_answer *answer)
{
	(request->options.json ? print_json : print_text)(request, answer);
	return answer->result == SW_SPF_TEMPERROR ? SW_EXIT_FAILED : SW_EXIT_OK;
}

static int ask(const struct request *request)
{
	struct waiting waiting = { .done = false };
	struct sw_resolve *resolve = NULL;
	struct sw_spf *spf = NULL;
	struct sw_err err = { "" };
	int code = sw_resolve_open(request->server, &resolve, &err), exit_code;

	if (code)
		return sw_fail("%s", err.text);
	code = sw_spf_open(&request->question, sw_resolve_dns(resolve), &spf);
	if (code) {
		sw_resolve_close(resolve);
		return sw_fail("%s", strerror(-code));
	}
	sw_spf_start(spf, take_answer, &waiting);
	if (!waiting.done)
		sw_resolve_wait(resolve, &waiting.done, PATIENCE_MS);
	sw_spf_give_up(spf);
	exit_code = tell(request, waiting.answer);
	sw_spf_free(spf);
	sw_resolve_close(resolve);
	return exit_code;
}

int sw_cmd_spf(int argc, char **argv)
{
	struct request request = { .server = NULL };

	if (read_options(argc, argv, &request))
		return sw_usage("spf");
	if (parse_ip(&request) || check_domain(request.from) || check_domain(request.helo))
		return SW_EXIT_FAILED;
	request.question.sender = request.from;
	request.question.helo = request.helo;
	request.question.now_s = sw_clock_wall_ms(sw_clock_system()) / 1000;
	return ask(&request);
}
