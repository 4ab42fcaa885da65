/* SPDX-License-Identifier: GPL-2.0-only */
/* kill-sessions - close what sources have open; see kill.h. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "kill.h"
#include "prefixes.h"

#define BATCH 1000 /* as many as the daemon takes at once */

struct order {
	struct sw_options options;
	uint16_t port; /* 0: the served ones */
	bool force;
};

/* ---- asking; for block, too ---- */

int sw_kill_ask(struct sw_client *client, json_t *sources, uint16_t port, bool force,
		json_int_t *killed, json_int_t *spared)
{
	json_t *request =
		json_pack("{s:s, s:O, s:b}", "op", "kill", "sources", sources, "force", force);
	struct sw_err err;
	json_t *answer;
	int code;

	if (port)
		json_object_set_new(request, "port", json_integer(port));
	code = sw_client_ask(client, request, &answer, &err);
	if (code) {
		sw_fail("sessions are not closed:");
		return sw_ask_fail(client, &err);
	}
	*killed += json_integer_value(json_object_get(answer, "killed"));
	*spared += json_integer_value(json_object_get(answer, "spared"));
	json_decref(answer);
	return SW_EXIT_OK;
}

void sw_kill_summary(json_t *summary, json_int_t killed, json_int_t spared, bool json)
{
	json_object_set_new(summary, "killed", json_integer(killed));
	json_object_set_new(summary, "spared", json_integer(spared));
	if (json)
		return;
	printf("%lld sessions closed", (long long)killed);
	if (spared)
		printf("; %lld are of never-block, and stay: name their address to close them",
		       (long long)spared);
	putchar('\n');
}

/* ---- the command ---- */

static int read_port(const char *text, uint16_t *ret)
{
	char *end;
	unsigned long port = strtoul(text, &end, 10);

	if (*end || end == text || *text == '-' || !port || port > 65535) {
		sw_fail("--port \"%.40s\": give a number from 1 to 65535", text);
		return -EINVAL;
	}
	*ret = (uint16_t)port;
	return 0;
}

static int take(struct order *o, int option, const char *argument)
{
	switch (option) {
	case 'p':
		return read_port(argument, &o->port);
	case 'F':
		o->force = true;
		return 0;
	default:
		return sw_options_take(&o->options, option, argument) ? 0 : -EINVAL;
	}
}

static int parse(int argc, char **argv, struct order *ret)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
						 { "json", no_argument, NULL, 'j' },
						 { "port", required_argument, NULL, 'p' },
						 { "force", no_argument, NULL, 'F' },
						 { 0 } };
	int option;

	*ret = (struct order){ .options.config = SW_CONFIG_DEFAULT };
	optind = 0;
	while ((option = getopt_long(argc, argv, "c:j", options, NULL)) != -1)
		if (take(ret, option, optarg))
			return -EINVAL;
	return optind < argc ? optind : -EINVAL;
}

/* All of them, before the first session is closed: a slip must not close half. */
static int read_sources(char **operands, size_t n, json_t *all)
{
	struct sw_prefixes prefixes;
	char text[SW_PREFIX_TEXT];
	struct sw_prefix p;
	struct sw_err err;
	int code;

	sw_prefixes_init(&prefixes, operands, n, STDIN_FILENO);
	while ((code = sw_prefixes_next(&prefixes, &p, &err)) > 0)
		json_array_append_new(all, json_string(sw_prefix_format(&p, text)));
	return code ? sw_fail("%s; nothing is closed", err.text) : SW_EXIT_OK;
}

static int close_all(struct sw_client *client, const struct order *o, const json_t *all)
{
	json_t *summary = json_object();
	json_int_t killed = 0, spared = 0;
	int exit_code = SW_EXIT_OK;

	for (size_t i = 0; i < json_array_size(all) && exit_code == SW_EXIT_OK; i += BATCH) {
		json_t *batch = json_array();

		for (size_t k = i; k < i + BATCH && k < json_array_size(all); k++)
			json_array_append(batch, json_array_get(all, k));
		exit_code = sw_kill_ask(client, batch, o->port, o->force, &killed, &spared);
		json_decref(batch);
	}
	if (exit_code == SW_EXIT_OK || killed) {
		sw_kill_summary(summary, killed, spared, o->options.json);
		if (o->options.json)
			sw_write_json(stdout, summary);
	}
	json_decref(summary);
	return exit_code;
}

int sw_cmd_kill_sessions(int argc, char **argv)
{
	json_t *all = json_array();
	struct sw_client *client = NULL;
	struct order order;
	int first = parse(argc, argv, &order);
	int exit_code = SW_EXIT_USAGE;

	if (first < 0)
		sw_usage("kill-sessions");
	else
		exit_code = read_sources(argv + first, (size_t)(argc - first), all);
	if (exit_code == SW_EXIT_OK)
		exit_code = sw_ask_open(&order.options, 0, &client);
	if (exit_code == SW_EXIT_OK)
		exit_code = close_all(client, &order, all);
	sw_client_close(client);
	json_decref(all);
	return exit_code;
}
