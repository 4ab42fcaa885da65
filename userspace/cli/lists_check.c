/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lists check - would the daemon take these list files, and what is in them?
 *
 * Reads each file as the daemon does and changes nothing. With a config, its
 * never-block ranges count, and a file that it names is read with the settings that
 * it has there; without file names all of its lists are checked.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "lib/config.h"
#include "lists/list.h"
#include "rules/precedence.h"

#define MAX_BAD 0.01

struct check {
	const char *config_path;
	struct sw_config *config;
	enum sw_list_format format;
	const char *action; /* NULL: that of the config, or drop */
	bool no_scrub;
	bool json;
	struct sw_prefix *scrub; /* bogons, then never-block */
	size_t scrub_n, bogons_n;
	json_t *bad_lines; /* of the present file */
};

/* ---- arguments ---- */

static bool is_action(const char *name)
{
	enum sw_action action;

	return !sw_action_parse(name, &action) && action != SW_ACTION_HOLD; /* that is no list's */
}

static int parse_option(struct check *check, int option, const char *argument)
{
	switch (option) {
	case 'c':
		check->config_path = argument;
		return 0;
	case 'f':
		if (sw_list_format_parse(argument, &check->format) == 0)
			return 0;
		sw_fail("there is no list format \"%s\"", argument);
		return -EINVAL;
	case 'a':
		check->action = argument;
		if (is_action(argument))
			return 0;
		sw_fail("\"%s\" is no action: allow, pass, limit, reject, reset or drop", argument);
		return -EINVAL;
	case 'n':
		check->no_scrub = true;
		return 0;
	case 'j':
		check->json = true;
		return 0;
	default:
		return -EINVAL;
	}
}

static int parse_options(int argc, char **argv, struct check *check)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "format", required_argument, NULL, 'f' },
		{ "action", required_argument, NULL, 'a' },
		{ "no-scrub", no_argument, NULL, 'n' },
		{ "json", no_argument, NULL, 'j' },
		{ 0 },
	};
	int option;

	optind = 0;
	while ((option = getopt_long(argc, argv, "c:j", options, NULL)) != -1) {
		if (parse_option(check, option, optarg))
			return -EINVAL;
	}
	return optind == argc && !check->config_path ? -EINVAL : 0;
}

/* What must not be listed: known once the config is. */
static int collect_scrub(struct check *check)
{
	size_t bogons_n, never_n = check->config ? check->config->never_block_n : 0;
	const struct sw_prefix *bogons = sw_list_bogons(&bogons_n);

	check->scrub = malloc((bogons_n + never_n) * sizeof(*check->scrub));
	if (!check->scrub)
		return -ENOMEM;
	memcpy(check->scrub, bogons, bogons_n * sizeof(*bogons));
	if (never_n)
		memcpy(check->scrub + bogons_n, check->config->never_block,
		       never_n * sizeof(*check->scrub));
	check->scrub_n = bogons_n + never_n;
	check->bogons_n = bogons_n;
	return 0;
}

/* The list of the config that reads @path; NULL when there is none. */
static const struct sw_config_list *configured(const struct check *check, const char *path)
{
	char here[PATH_MAX], there[PATH_MAX];

	for (size_t i = 0; check->config && i < check->config->lists_n; i++) {
		const struct sw_config_list *list = &check->config->lists[i];

		if (!strcmp(list->file, path) ||
		    (realpath(list->file, there) && realpath(path, here) && !strcmp(here, there)))
			return list;
	}
	return NULL;
}

static struct sw_list_spec make_spec(const struct check *check, const char *path)
{
	const struct sw_config_list *list = configured(check, path);
	const char *action = check->action ? check->action : list ? list->action : "drop";
	bool allow = !strcmp(action, "allow"), bogons = !check->no_scrub && !(list && !list->scrub);
	size_t skip = bogons ? 0 : check->bogons_n;
	struct sw_list_spec spec = {
		.path = path,
		.format = check->format,
		.sense = allow ? SW_LIST_ALLOWS : SW_LIST_BLOCKS,
		.scrub = check->scrub + skip,
		.scrub_n = allow ? 0 : check->scrub_n - skip,
		.narrow = !allow && bogons,
		.max_bad = list ? list->max_bad : MAX_BAD,
	};

	if (list && spec.format == SW_LIST_AUTO)
		sw_list_format_parse(list->format, &spec.format);
	return spec;
}

/* ---- output ---- */

static void note_text(void *ctx, enum sw_list_note kind, const char *path, unsigned long line,
		      const char *text)
{
	if (line)
		printf("%s:%lu: %s\n", path, line, text);
	else
		printf("%s: %s\n", path, text);
}

static void note_json(void *ctx, enum sw_list_note kind, const char *path, unsigned long line,
		      const char *text)
{
	struct check *check = ctx;

	if (line && kind == SW_LIST_NOTE_BAD)
		json_array_append_new(check->bad_lines, json_pack("{s:I, s:s}", "line",
								  (json_int_t)line, "text", text));
}

static const char *format_name(const struct sw_list_counts *counts)
{
	return counts->format == SW_LIST_AUTO ? "unknown" : sw_list_format_name(counts->format);
}

static void print_text(const char *path, const struct sw_list_counts *c, const char *error)
{
	printf("%s: %s, %llu entries, %llu exclusions, %llu duplicates, %llu covered, "
	       "%llu scrubbed, %llu bad lines: %s%s\n",
	       path, format_name(c), (unsigned long long)c->entries,
	       (unsigned long long)c->exclusions, (unsigned long long)c->duplicates,
	       (unsigned long long)c->covered, (unsigned long long)c->scrubbed,
	       (unsigned long long)c->bad, error ? "refused: " : "accepted", error ? error : "");
}

static void print_json(struct check *check, const char *path, const struct sw_list_counts *c,
		       const char *error)
{
	json_t *object = json_pack(
		"{s:o, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:O, s:b}", "file", sw_json_text(path),
		"format", format_name(c), "entries", (json_int_t)c->entries, "exclusions",
		(json_int_t)c->exclusions, "duplicates", (json_int_t)c->duplicates, "covered",
		(json_int_t)c->covered, "scrubbed", (json_int_t)c->scrubbed, "bad",
		(json_int_t)c->bad, "bad_lines", check->bad_lines, "accepted", !error);

	if (error)
		json_object_set_new(object, "error", sw_json_text(error));
	sw_print_json(object);
}

/* ---- files ---- */

static int check_file(struct check *check, const char *path)
{
	struct sw_list_spec spec = make_spec(check, path);
	struct sw_list_counts counts = { .lines = 0 };
	struct sw_err err = { "" };
	struct sw_list *list = NULL;
	int code;

	check->bad_lines = json_array();
	code = sw_list_read(&spec, check->json ? note_json : note_text, check, &list, &counts,
			    &err);
	if (check->json)
		print_json(check, path, &counts, code ? err.text : NULL);
	else
		print_text(path, &counts, code ? err.text : NULL);
	json_decref(check->bad_lines);
	sw_list_free(list);
	return code;
}

static int check_files(struct check *check, int argc, char **argv)
{
	int exit_code = SW_EXIT_OK;

	for (int i = 0; i < argc; i++) {
		if (check_file(check, argv[i]))
			exit_code = SW_EXIT_FAILED;
	}
	for (size_t i = 0; argc == 0 && check->config && i < check->config->lists_n; i++) {
		if (check_file(check, check->config->lists[i].file))
			exit_code = SW_EXIT_FAILED;
	}
	return exit_code;
}

int sw_cmd_lists_check(int argc, char **argv)
{
	struct check check = { .format = SW_LIST_AUTO };
	int exit_code;

	if (parse_options(argc, argv, &check))
		return sw_usage("lists check");
	if (check.config_path) {
		check.config = sw_config_open(check.config_path);
		if (!check.config)
			return SW_EXIT_FAILED;
	}
	if (collect_scrub(&check))
		exit_code = sw_fail("out of memory");
	else
		exit_code = check_files(&check, argc - optind, argv + optind);
	free(check.scrub);
	sw_config_free(check.config);
	return exit_code;
}
