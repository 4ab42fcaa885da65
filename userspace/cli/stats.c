/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stats - packets and bytes of each class by what was done with them, and packets by
 * reason. Counters are those of the card, since the class or the maps were made.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "datapath/datapath.h"
#include "rules/precedence.h"

static const struct {
	const char *name, *meaning;
} reasons[SW_REASON_MAX] = {
#define SW_REASON(number, symbol, name_, meaning_) [number] = { (name_), (meaning_) },
#include "maps/reasons.def"
#undef SW_REASON
};

/* Actions under which packets are counted. */
static const enum sw_action counted[] = { SW_ACTION_ALLOW, SW_ACTION_PASS,   SW_ACTION_LIMIT,
					  SW_ACTION_HOLD,  SW_ACTION_REJECT, SW_ACTION_RESET,
					  SW_ACTION_DROP };
#define COUNTED (sizeof(counted) / sizeof(counted[0]))

struct snapshot {
	struct sw_class row[SW_CLASS_MAX]; /* action NONE: no such class */
	struct sw_class_count count[SW_CLASS_MAX];
	uint64_t reason[SW_REASON_MAX];
	struct timespec when;
};

/* The maps are opened anew each time: a reload may have replaced them. */
static int take(const char *pin_dir, struct snapshot *s, struct sw_err *err)
{
	struct sw_datapath *dp;
	int code = sw_datapath_open(pin_dir, SW_DATAPATH_READ, NULL, &dp, err);

	if (code)
		return code;
	memset(s, 0, sizeof(*s));
	clock_gettime(CLOCK_MONOTONIC, &s->when);
	for (unsigned c = 0; c < SW_CLASS_MAX && !code; c++) {
		code = sw_datapath_class(dp, c, &s->row[c]);
		if (!code)
			code = sw_datapath_class_count(dp, c, &s->count[c]);
		else if (code == -ENOENT)
			code = 0;
	}
	if (!code)
		code = sw_datapath_reasons(dp, s->reason);
	sw_datapath_close(dp);
	return code ? sw_err_set(err, code, "cannot read the counters: %s", strerror(-code)) : 0;
}

/* ---- JSON ---- */

static json_t *json_counts(const __u64 count[SW_ACTION_MAX])
{
	json_t *object = json_object();

	for (size_t i = 0; i < COUNTED; i++)
		json_object_set_new(object, sw_action_name(counted[i]),
				    json_integer((json_int_t)count[counted[i]]));
	return object;
}

static json_t *json_reasons(const struct snapshot *s)
{
	json_t *array = json_array();

	for (unsigned i = 0; i < SW_REASON_MAX; i++)
		if (reasons[i].name)
			json_array_append_new(array, json_pack("{s:i, s:s, s:I, s:s}", "number",
							       (int)i, "name", reasons[i].name,
							       "packets", (json_int_t)s->reason[i],
							       "meaning", reasons[i].meaning));
	return array;
}

static void print_json(const struct snapshot *s)
{
	json_t *classes = json_array();

	for (unsigned c = 0; c < SW_CLASS_MAX; c++) {
		const struct sw_class *row = &s->row[c];

		if (row->action == SW_ACTION_NONE)
			continue;
		json_array_append_new(classes,
				      json_pack("{s:i, s:o, s:s, s:b, s:o, s:o}", "number", (int)c,
						"name", sw_json_text(row->name), "action",
						sw_action_name(row->action), "shadow",
						!!(row->flags & SW_CLASS_SHADOW), "packets",
						json_counts(s->count[c].packets), "bytes",
						json_counts(s->count[c].bytes)));
	}
	sw_print_json(json_pack("{s:I, s:o, s:o}", "time", (json_int_t)time(NULL), "classes",
				classes, "reasons", json_reasons(s)));
}

/* ---- text ---- */

static double seconds_between(const struct snapshot *a, const struct snapshot *b)
{
	return (double)(b->when.tv_sec - a->when.tv_sec) +
	       (double)(b->when.tv_nsec - a->when.tv_nsec) / 1e9;
}

/* " 12.5/s" when there is something to compare with. A counter that went back is
 * a new one. */
static void end_line(uint64_t before, uint64_t now, double seconds)
{
	if (seconds > 0)
		printf(" %12.1f/s", (double)(now >= before ? now - before : now) / seconds);
	putchar('\n');
}

static void begin_line(const struct sw_class *row, const char *done)
{
	char action[32];

	snprintf(action, sizeof(action), "%s%s", sw_action_name(row->action),
		 row->flags & SW_CLASS_SHADOW ? " (shadow)" : "");
	printf("%-31s %-15s %-6s", row->name, action, done);
}

/* A line for each action that was counted, or one that says that none was. */
static void print_class(const struct snapshot *s, const struct snapshot *before, unsigned c,
			double seconds)
{
	const struct sw_class_count *n = &s->count[c];
	bool any = false;

	for (size_t i = 0; i < COUNTED; i++) {
		enum sw_action a = counted[i];

		if (!n->packets[a])
			continue;
		any = true;
		begin_line(&s->row[c], sw_action_name(a));
		printf(" %14" PRIu64 " %16" PRIu64, (uint64_t)n->packets[a], (uint64_t)n->bytes[a]);
		end_line(before->count[c].packets[a], n->packets[a], seconds);
	}
	if (any)
		return;
	begin_line(&s->row[c], "-");
	printf(" %14d %16d", 0, 0);
	end_line(0, 0, seconds);
}

static void print_text(const struct snapshot *s, const struct snapshot *before)
{
	double seconds = before->when.tv_sec ? seconds_between(before, s) : 0;

	printf("%-31s %-15s %-6s %14s %16s\n", "CLASS", "ACTION", "DONE", "PACKETS", "BYTES");
	for (unsigned c = 0; c < SW_CLASS_MAX; c++)
		if (s->row[c].action != SW_ACTION_NONE)
			print_class(s, before, c, seconds);
	printf("\n%-16s %14s  %s\n", "REASON", "PACKETS", "MEANING");
	for (unsigned i = 0; i < SW_REASON_MAX; i++) {
		if (!reasons[i].name || !s->reason[i])
			continue;
		printf("%-16s %14" PRIu64 "  %s", reasons[i].name, s->reason[i],
		       reasons[i].meaning);
		if (seconds > 0)
			printf(" %*s", 55 - (int)strlen(reasons[i].meaning), "");
		end_line(before->reason[i], s->reason[i], seconds);
	}
}

/* ---- the command ---- */

static int fail(int code, const struct sw_err *err)
{
	if (code != -ENOENT)
		return sw_fail("%s", err->text);
	sw_fail("no filter is loaded");
	return SW_EXIT_NOT_ATTACHED;
}

/* Once, or with @pause > 0 until somebody ends it. */
static int run(const struct sw_config *config, bool json, double pause)
{
	struct snapshot *s = calloc(2, sizeof(*s));
	struct timespec ts = { .tv_sec = (time_t)pause,
			       .tv_nsec = (long)((pause - (double)(time_t)pause) * 1e9) };
	struct sw_err err;
	int code;

	if (!s)
		return sw_fail("out of memory");
	for (;;) {
		code = take(config->pin_dir, &s[1], &err);
		if (code)
			break;
		if (json)
			print_json(&s[1]);
		else
			print_text(&s[1], &s[0]);
		if (fflush(stdout) || pause == 0)
			break;
		if (!json)
			putchar('\n');
		s[0] = s[1];
		nanosleep(&ts, NULL);
	}
	free(s);
	return code ? fail(code, &err) : SW_EXIT_OK;
}

static int parse_seconds(const char *text, double *ret)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !(value >= 0.1) || value > 86400)
		return sw_fail("--watch %s: give seconds, from 0.1 to 86400", text);
	*ret = value;
	return SW_EXIT_OK;
}

int sw_cmd_stats(int argc, char **argv)
{
	static const struct option long_options[] = { { "config", required_argument, NULL, 'c' },
						      { "json", no_argument, NULL, 'j' },
						      { "watch", required_argument, NULL, 'w' },
						      { 0 } };
	struct sw_options options = { .config = SW_CONFIG_DEFAULT };
	struct sw_config *config;
	double pause = 0;
	int option, exit_code;

	optind = 0;
	while ((option = getopt_long(argc, argv, "c:jw:", long_options, NULL)) != -1) {
		if (option == 'c') {
			options.config = optarg;
			options.config_given = true;
		} else if (option == 'j') {
			options.json = true;
		} else if (option != 'w' || parse_seconds(optarg, &pause)) {
			return sw_usage("stats");
		}
	}
	if (optind < argc)
		return sw_usage("stats");
	config = sw_config_open_folders(&options);
	if (!config)
		return SW_EXIT_FAILED;
	exit_code = run(config, options.json, pause);
	sw_config_free(config);
	return exit_code;
}
