/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * status - what is in force: interfaces, ports, classes, how full the tables are,
 * whether the daemon is there, and what became of the lists it loaded.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "daemon/report.h"
#include "status_daemon.h"
#include "datapath/datapath.h"
#include "rules/precedence.h"

struct status {
	struct sw_datapath_link *links;
	size_t links_n;
	struct sw_datapath *dp; /* NULL: nothing is pinned */
	struct sw_datapath_info info;
	long daemon; /* pid; 0: none; -1: there is one, of unknown pid */
	json_t *report; /* NULL: none */
	json_t *answer; /* of the daemon; NULL: none */
};

/* ---- finding out ---- */

/* Whoever holds the lock is the daemon, or an attach that will soon be done. */
static long find_daemon(const char *run_dir)
{
	struct sw_err err;
	char *path;
	FILE *file;
	long pid = -1;
	int lock = sw_datapath_lock(run_dir, &err);

	if (lock != -EWOULDBLOCK) {
		if (lock >= 0)
			close(lock);
		return 0;
	}
	if (asprintf(&path, "%s/lock", run_dir) < 0)
		return pid;
	file = fopen(path, "re");
	if (file) {
		if (fscanf(file, "%ld", &pid) != 1)
			pid = -1;
		fclose(file);
	}
	free(path);
	return pid;
}

static int find_out(const struct sw_config *c, struct status *ret, struct sw_err *err)
{
	struct status s = { 0 };
	int code = sw_datapath_links(c->pin_dir, &s.links, &s.links_n, err);

	if (code)
		return code;
	code = sw_datapath_open(c->pin_dir, SW_DATAPATH_READ, NULL, &s.dp, err);
	if (code && code != -ENOENT) {
		free(s.links);
		return code;
	}
	if (s.dp)
		sw_datapath_info(s.dp, &s.info);
	s.daemon = find_daemon(c->run_dir);
	s.report = sw_report_read(c);
	s.answer = s.daemon ? sw_status_daemon_ask(c->run_dir) : NULL;
	*ret = s;
	return 0;
}

/* SYNs a second, and at once, of a row that limits. */
static struct sw_datapath_rate rate_of(const struct sw_class *row, uint32_t interval,
				       uint32_t tolerance)
{
	if (row->action != SW_ACTION_LIMIT || !interval)
		return (struct sw_datapath_rate){ .rate = 0 };
	return (struct sw_datapath_rate){
		.rate = 1e9 / ((double)interval * (1u << SW_TICK_SHIFT)),
		.burst = tolerance / interval + 1,
	};
}

static struct sw_datapath_rate source_rate(const struct sw_class *row)
{
	return rate_of(row, row->interval, row->tolerance);
}

static struct sw_datapath_rate network_rate(const struct sw_class *row)
{
	return rate_of(row, row->network_interval, row->network_tolerance);
}

/* ---- JSON ---- */

static json_t *json_links(const struct status *s)
{
	json_t *array = json_array();

	for (size_t i = 0; i < s->links_n; i++) {
		const struct sw_datapath_link *l = &s->links[i];

		json_array_append_new(array,
				      json_pack("{s:o, s:s, s:I, s:b, s:b}", "name",
						sw_json_text(l->ifname), "mode",
						l->mode == SW_MODE_GENERIC ? "generic" : "native",
						"program", (json_int_t)l->program_id, "dispatcher",
						l->dispatcher, "current", l->current));
	}
	return array;
}

static json_t *json_ports(const struct status *s)
{
	json_t *array = json_array();

	for (unsigned port = 1; s->dp && port <= UINT16_MAX; port++)
		if (sw_datapath_port_is_served(s->dp, (uint16_t)port))
			json_array_append_new(array, json_integer(port));
	return array;
}

static json_t *json_rate(const struct sw_datapath_rate *r)
{
	return r->burst ? json_real(r->rate) : json_null();
}

static json_t *json_burst(const struct sw_datapath_rate *r)
{
	return r->burst ? json_integer(r->burst) : json_null();
}

static json_t *json_class(unsigned number, const struct sw_class *row)
{
	const struct sw_datapath_rate source = source_rate(row), network = network_rate(row);

	return json_pack("{s:i, s:o, s:s, s:s, s:b, s:o, s:o, s:o, s:o, s:I}", "number",
			 (int)number, "name", sw_json_text(row->name), "action",
			 sw_action_name(row->action), "tier", sw_tier_name(row->tier), "shadow",
			 !!(row->flags & SW_CLASS_SHADOW), "rate", json_rate(&source), "burst",
			 json_burst(&source), "network_rate", json_rate(&network), "network_burst",
			 json_burst(&network), "created", (json_int_t)row->created);
}

static json_t *json_classes(const struct status *s)
{
	json_t *array = json_array();
	struct sw_class row;

	for (unsigned c = 0; s->dp && c < SW_CLASS_MAX; c++)
		if (!sw_datapath_class(s->dp, c, &row))
			json_array_append_new(array, json_class(c, &row));
	return array;
}

/* Of the whole card; null: there is no limit. */
static json_t *json_rates(const struct status *s)
{
	const struct sw_datapath_rate *reset = &s->info.reset, *surge = &s->info.surge;

	if (!s->dp)
		return json_null();
	return json_pack("{s:o, s:o, s:o}", "reset_rate", json_rate(reset), "surge_rate",
			 json_rate(surge), "surge_burst", json_burst(surge));
}

/* Who gets what is rejected. */
static json_t *json_desk(const struct status *s)
{
	if (!s->dp)
		return json_null();
	return json_pack("{s:b, s:b, s:b}", "steering", s->info.steering, "ipv4",
			 s->info.desk[SW_DESK_IPV4], "ipv6", s->info.desk[SW_DESK_IPV6]);
}

static json_t *json_table(const struct status *s)
{
	const struct sw_datapath_info *i = &s->info;

	if (!s->dp)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "table4_blocks",
			 (json_int_t)i->size.table4_blocks, "table4_blocks_used",
			 (json_int_t)i->table4_blocks_used, "table6_blocks",
			 (json_int_t)i->size.table6_blocks, "table6_blocks_used",
			 (json_int_t)i->table6_blocks_used, "limit_lines",
			 (json_int_t)i->size.bucket_lines, "verdicts_room",
			 (json_int_t)i->size.verdicts, "verdicts_used",
			 (json_int_t)i->verdicts_used, "verdicts", (json_int_t)i->verdicts,
			 "memory_bytes", (json_int_t)i->memory_bytes);
}

static void print_json(const struct status *s)
{
	json_t *daemon =
		json_pack("{s:b, s:o, s:O?}", "running", s->daemon != 0, "pid",
			  s->daemon > 0 ? json_integer(s->daemon) : json_null(), "says", s->answer);
	json_t *lists = json_object_get(s->report, "lists");
	json_t *loaded = json_object_get(s->report, "time");

	sw_print_json(
		json_pack("{s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:O?, s:O?}", "attached",
			  s->links_n > 0, "abi", s->dp ? json_integer(s->info.abi) : json_null(),
			  "interfaces", json_links(s), "ports", json_ports(s), "table",
			  json_table(s), "rates", json_rates(s), "desk", json_desk(s), "classes",
			  json_classes(s), "daemon", daemon, "lists", lists, "loaded", loaded));
}

/* ---- text ---- */

static void print_links(const struct status *s)
{
	if (!s->links_n)
		puts("interfaces: none, the filter is not attached");
	for (size_t i = 0; i < s->links_n; i++) {
		const struct sw_datapath_link *l = &s->links[i];

		printf("interface   %s: %s mode, program %" PRIu32 ", %s%s\n", l->ifname,
		       l->mode == SW_MODE_GENERIC ? "generic (slow)" : "native", l->program_id,
		       l->dispatcher ? "shared through libxdp's dispatcher" : "alone",
		       l->current ? "" : "; works with OTHER maps than the pinned ones");
	}
}

static void print_table(const struct status *s)
{
	const struct sw_datapath_info *i = &s->info;

	printf("ports      ");
	for (unsigned port = 1; port <= UINT16_MAX; port++)
		if (sw_datapath_port_is_served(s->dp, (uint16_t)port))
			printf(" %u", port);
	printf("\ntable       IPv4: %" PRIu32 " of %" PRIu32 " blocks used; IPv6: %" PRIu32
	       " of %" PRIu32 "; %.0f MiB; ABI %" PRIu32 "\n",
	       i->table4_blocks_used, i->size.table4_blocks, i->table6_blocks_used,
	       i->size.table6_blocks, (double)i->memory_bytes / (1 << 20), i->abi);
	printf("verdicts    %" PRIu32 ", %" PRIu32 " of them temporary; %" PRIu32 " of %" PRIu32
	       " places used\n",
	       i->verdicts, i->verdicts_temporary, i->verdicts_used, i->size.verdicts);
}

static void print_desk(const struct status *s)
{
	bool four = s->info.desk[SW_DESK_IPV4], six = s->info.desk[SW_DESK_IPV6];

	if (!s->info.steering)
		puts("desk        nothing is steered to it: what is rejected goes to the mail "
		     "server");
	else if (!four && !six)
		puts("desk        not there: what is rejected goes to the mail server");
	else
		printf("desk        gets what is rejected%s\n", !six	? ", of IPv4 alone"
								: !four ? ", of IPv6 alone"
									: "");
}

static void format_rate(double rate, char *text, size_t size)
{
	static const struct {
		double seconds;
		const char *name;
	} units[] = { { 1, "s" }, { 60, "min" }, { 3600, "h" }, { 86400, "d" } };
	unsigned i = 0;

	while (i < 3 && rate * units[i].seconds < 0.9995)
		i++;
	snprintf(text, size, "%.4g/%s", rate * units[i].seconds, units[i].name);
}

static void print_rate(const char *before, const struct sw_datapath_rate *r)
{
	char text[64] = "";

	if (!r->burst)
		return;
	format_rate(r->rate, text, sizeof(text));
	printf("%s %s, burst %" PRIu32, before, text, r->burst);
}

static void print_class(unsigned number, const struct sw_class *row)
{
	const struct sw_datapath_rate source = source_rate(row), network = network_rate(row);

	printf("class %-5u %-31s %-6s %-11s", number, row->name, sw_action_name(row->action),
	       sw_tier_name(row->tier));
	print_rate("", &source);
	print_rate("; network", &network);
	puts(row->flags & SW_CLASS_SHADOW ? " (shadow)" : "");
}

/* Of the whole card. Nothing is said of what has no limit. */
static void print_rates(const struct status *s)
{
	print_rate("resets     ", &s->info.reset);
	if (s->info.reset.burst)
		putchar('\n');
	print_rate("surge      ", &s->info.surge);
	if (s->info.surge.burst)
		putchar('\n');
}

static void print_list(const json_t *l)
{
	const char *name = json_string_value(json_object_get(l, "list"));
	const char *problem = json_string_value(json_object_get(l, "problem"));
	bool stale = json_is_true(json_object_get(l, "stale"));
	bool loaded = json_is_true(json_object_get(l, "loaded"));

	printf("list        %s: %" JSON_INTEGER_FORMAT " entries%s%s%s\n", name ? name : "?",
	       json_integer_value(json_object_get(l, "entries")),
	       stale	? ", STALE: the last good ones; "
	       : loaded ? ""
			: ", NOT LOADED; ",
	       stale || !loaded ? "refused was " : "",
	       (stale || !loaded) && problem ? problem : "");
}

static void print_report(const struct status *s)
{
	const json_t *lists = json_object_get(s->report, "lists");
	time_t when = (time_t)json_integer_value(json_object_get(s->report, "time"));
	char text[64] = "?";
	struct tm tm;

	if (!s->report)
		return;
	for (size_t i = 0; i < json_array_size(lists); i++)
		print_list(json_array_get(lists, i));
	if (localtime_r(&when, &tm))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %z", &tm);
	printf("loaded      %s\n", text);
}

static void print_text(const struct status *s)
{
	struct sw_class row;

	print_links(s);
	if (s->daemon > 0)
		printf("daemon      running, process %ld\n", s->daemon);
	else
		puts(s->daemon ? "daemon      running" : "daemon      not running");
	sw_status_daemon_print(s->answer);
	if (s->dp) {
		print_table(s);
		print_rates(s);
		print_desk(s);
		for (unsigned c = 0; c < SW_CLASS_MAX; c++)
			if (!sw_datapath_class(s->dp, c, &row))
				print_class(c, &row);
	}
	print_report(s);
}

int sw_cmd_status(int argc, char **argv)
{
	struct sw_options options;
	struct sw_config *config;
	struct status s;
	struct sw_err err;
	int code;

	if (sw_options_read(argc, argv, &options) != argc)
		return sw_usage("status");
	config = sw_config_open_folders(&options);
	if (!config)
		return SW_EXIT_FAILED;
	code = find_out(config, &s, &err);
	if (!code && !s.links_n && geteuid() != 0) {
		code = -EPERM;
		sw_err_set(&err, code, "what is attached can be seen by root alone");
	} else if (!code) {
		(options.json ? print_json : print_text)(&s);
	}
	sw_config_free(config);
	if (code)
		return sw_fail("%s", err.text);
	code = s.links_n ? SW_EXIT_OK : SW_EXIT_NOT_ATTACHED;
	sw_datapath_close(s.dp);
	json_decref(s.report);
	json_decref(s.answer);
	free(s.links);
	return code;
}
