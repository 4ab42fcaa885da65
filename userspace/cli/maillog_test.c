/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * maillog test - what each line of a mail log becomes, and what is not understood.
 *
 * Needs no daemon, and tells nobody.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "escape.h"
#include "lib/clock.h"
#include "lines.h"
#include "mta/maillog.h"

struct request {
	struct sw_options options;
	enum sw_maillog_format format;
	const char *file;
};

struct counts {
	unsigned long lines, too_long;
	unsigned long fate[SW_MAILLOG_FATES];
	unsigned long kind[SW_MTA_KINDS]; /* recipients */
};

/* ---- arguments ---- */

static int read_options(int argc, char **argv, struct request *request)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "format", required_argument, NULL, 'f' },
		{ "json", no_argument, NULL, 'j' },
		{ 0 },
	};
	int option;

	optind = 0;
	while ((option = getopt_long(argc, argv, "c:j", options, NULL)) != -1) {
		if (option == 'f') {
			if (sw_maillog_format_parse(optarg, &request->format)) {
				sw_fail("%s is no format of a mail log", optarg);
				return -EINVAL;
			}
		} else if (!sw_options_take(&request->options, option, optarg)) {
			return -EINVAL;
		}
	}
	if (optind != argc - 1)
		return -EINVAL;
	request->file = argv[optind];
	return 0;
}

/* ---- JSON: keys are added, never renamed; synward(8) has them ---- */

static json_t *json_bytes(const char *text, size_t n)
{
	char *copy = text ? strndup(text, n) : NULL; /* ends where there is a NUL in it */
	json_t *value = copy ? sw_json_text(copy) : json_null();

	free(copy);
	return value;
}

static json_t *json_events(const struct sw_maillog_result *r)
{
	json_t *array = json_array();

	for (size_t i = 0; i < r->n; i++) {
		const struct sw_mta_event *e = &r->event[i];
		char source[SW_PREFIX_TEXT];

		json_array_append_new(array, json_pack("{s:s, s:s, s:I, s:o, s:o}", "kind",
						       sw_mta_kind_name(e->kind), "source",
						       sw_prefix_format(&e->source, source),
						       "recipients", (json_int_t)e->recipients,
						       "recipient", json_bytes(e->rcpt, e->rcpt_n),
						       "time", sw_json_time(e->time_ms)));
	}
	return array;
}

static void print_json_line(unsigned long number, const char *line, size_t n,
			    const struct sw_maillog_result *r)
{
	bool known = r->format != SW_MAILLOG_AUTO;

	sw_print_json(json_pack("{s:I, s:s, s:s?, s:s?, s:o, s:o}", "line", (json_int_t)number,
				"result", sw_maillog_fate_name(r->fate), "format",
				known ? sw_maillog_format_name(r->format) : NULL, "pattern",
				r->name, "events", json_events(r), "text", json_bytes(line, n)));
}

static void print_json_counts(const struct counts *c)
{
	json_t *results = json_object(), *recipients = json_object();

	for (unsigned i = 0; i < SW_MAILLOG_FATES; i++)
		json_object_set_new(results, sw_maillog_fate_name(i),
				    json_integer((json_int_t)c->fate[i]));
	for (unsigned i = 0; i < SW_MTA_KINDS; i++)
		json_object_set_new(recipients, sw_mta_kind_name(i),
				    json_integer((json_int_t)c->kind[i]));
	sw_print_json(json_pack("{s:I, s:I, s:o, s:o}", "lines", (json_int_t)c->lines, "too_long",
				(json_int_t)c->too_long, "results", results, "recipients",
				recipients));
}

/* ---- text ---- */

static void print_escaped(const char *text, size_t n)
{
	char *copy = strndup(text, n), *escaped = copy ? sw_escape(copy) : NULL;

	fputs(escaped ? escaped : "?", stdout);
	free(escaped);
	free(copy);
}

static void print_event(const struct sw_mta_event *e)
{
	char source[SW_PREFIX_TEXT];

	printf(" %s %s", sw_mta_kind_name(e->kind), sw_prefix_format(&e->source, source));
	if (e->rcpt) {
		fputs(" <", stdout);
		print_escaped(e->rcpt, e->rcpt_n);
		putchar('>');
	}
	if (e->recipients > 1)
		printf(" x%u", e->recipients);
}

static void print_line(unsigned long number, const char *line, size_t n,
		       const struct sw_maillog_result *r)
{
	printf("%lu:", number);
	if (r->fate != SW_MAILLOG_EVENT)
		printf(" %s", sw_maillog_fate_name(r->fate));
	for (size_t i = 0; i < r->n; i++) {
		if (i)
			putchar(';');
		print_event(&r->event[i]);
	}
	if (r->name)
		printf(" (%s)", r->name);
	fputs("\n    ", stdout);
	print_escaped(line, n);
	putchar('\n');
}

static void print_counts(const struct counts *c)
{
	static const char *const words[SW_MAILLOG_FATES] = {
		[SW_MAILLOG_EVENT] = "became events",
		[SW_MAILLOG_NOTHING] = "are no evidence, or not by themselves",
		[SW_MAILLOG_DEFERRED] = "refused for now only",
		[SW_MAILLOG_STRANGE] = "from a mail server, and not understood",
		[SW_MAILLOG_FOREIGN] = "from no mail server that is known here",
	};

	printf("%lu lines\n", c->lines);
	for (unsigned i = 0; i < SW_MAILLOG_FATES; i++)
		printf("  %8lu %s\n", c->fate[i], words[i]);
	if (c->too_long)
		printf("  %8lu too long\n", c->too_long);
	printf("recipients\n");
	for (unsigned i = 0; i < SW_MTA_KINDS; i++)
		if (i != SW_MTA_TRAP) /* no log knows which address is one */
			printf("  %8lu %s\n", c->kind[i], sw_mta_kind_name(i));
}

/* ---- the command ---- */

static void count(const struct sw_maillog_result *r, struct counts *c)
{
	c->fate[r->fate]++;
	for (size_t i = 0; i < r->n; i++)
		c->kind[r->event[i].kind] += r->event[i].recipients;
}

static int read_lines(const struct request *request, struct sw_maillog *m, struct sw_lines *lines)
{
	int64_t now_ms = sw_clock_wall_ms(sw_clock_system());
	struct counts counts = { .lines = 0 };
	struct sw_maillog_result r;
	const char *line;
	size_t n;
	int code;

	while ((code = sw_lines_next(lines, &line, &n)) == 1 || code == -E2BIG) {
		counts.lines++;
		if (code == -E2BIG) {
			counts.too_long++;
			continue;
		}
		sw_maillog_line(m, line, n, now_ms, &r);
		count(&r, &counts);
		(request->options.json ? print_json_line : print_line)(lines->number, line, n, &r);
	}
	if (code)
		return sw_fail("%s: %s", request->file, strerror(-code));
	(request->options.json ? print_json_counts : print_counts)(&counts);
	return SW_EXIT_OK;
}

int sw_cmd_maillog_test(int argc, char **argv)
{
	struct request request = { .format = SW_MAILLOG_AUTO };
	static struct sw_lines lines;
	struct sw_maillog *m;
	struct sw_err err;
	bool standard_input;
	int exit_code, fd = STDIN_FILENO;

	if (read_options(argc, argv, &request))
		return sw_usage("maillog test");
	standard_input = !strcmp(request.file, "-");
	if (!standard_input)
		fd = open(request.file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return sw_fail("%s: %s", request.file, strerror(errno));
	if (sw_maillog_open(request.format, 0, &m, &err)) {
		exit_code = sw_fail("%s", err.text);
	} else {
		sw_lines_init(&lines, fd);
		exit_code = read_lines(&request, m, &lines);
		sw_maillog_close(m);
	}
	if (!standard_input)
		close(fd);
	return exit_code;
}
