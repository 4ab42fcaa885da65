/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * case warn - the warning that synward report writes when a case is opened, by hand: because
 * none was sent, to somebody else, or again. With --dry-run it is only shown.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "prefixes.h"
#include "warn.h"

static int read_arguments(int argc, char **argv, struct sw_options *options,
			  struct sw_warn_order *order)
{
	static const struct option known[] = { { "config", required_argument, NULL, 'c' },
					       { "json", no_argument, NULL, 'j' },
					       { "to", required_argument, NULL, 't' },
					       { "dry-run", no_argument, NULL, 'n' },
					       { 0 } };
	int option;

	*options = (struct sw_options){ .config = SW_CONFIG_DEFAULT };
	*order = (struct sw_warn_order){ .again = true };
	optind = 0;
	while ((option = getopt_long(argc, argv, "c:j", known, NULL)) != -1) {
		if (option == 't')
			order->to = optarg;
		else if (option == 'n')
			order->dry_run = true;
		else if (!sw_options_take(options, option, optarg))
			return -EINVAL;
	}
	return argc - optind == 1 ? optind : -EINVAL;
}

static void print(const struct sw_options *options, const struct sw_warn_order *order,
		  const struct sw_warn_result *result)
{
	char source[SW_PREFIX_TEXT];

	sw_prefix_format(&order->source, source);
	if (options->json)
		sw_print_json(json_pack("{s:s, s:s, s:b, s:s}", "source", source, "to", result->to,
					"sent", !order->dry_run, "message", result->message));
	else if (order->dry_run)
		fputs(result->message, stdout);
	else
		printf("%s: the warning to %s was handed over\n", source, result->to);
}

static int run(const struct sw_options *options, struct sw_warn *w,
	       const struct sw_warn_order *order)
{
	struct sw_warn_result result;
	struct sw_client *client;
	struct sw_err err;
	int exit_code = sw_ask_open(options, 0, &client);

	if (exit_code != SW_EXIT_OK)
		return exit_code;
	if (sw_warn_send(w, client, order, &result, &err))
		exit_code = sw_ask_fail(client, &err);
	else
		print(options, order, &result);
	free(result.message);
	sw_client_close(client);
	return exit_code;
}

int sw_cmd_case_warn(int argc, char **argv)
{
	struct sw_warn_order order;
	struct sw_options options;
	struct sw_config *config;
	struct sw_warn *w = NULL;
	struct sw_err err;
	int first = read_arguments(argc, argv, &options, &order), exit_code;

	if (first < 0)
		return sw_usage("case warn");
	if (sw_prefix_read(argv[first], strlen(argv[first]), &order.source, &err))
		return sw_fail("%s", err.text);
	config = sw_config_open_folders(&options);
	if (!config)
		return SW_EXIT_FAILED;
	if (sw_warn_open(config, &w, &err))
		exit_code = sw_fail("%s", err.text);
	else
		exit_code = run(&options, w, &order);
	sw_warn_close(w);
	sw_config_free(config);
	return exit_code;
}
