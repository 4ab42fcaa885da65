/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reload - have synwardd read its configuration and lists anew; with --confirm only until
 * the time is up, unless `synward confirm` follows.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "lib/clock.h"
#include "lib/duration.h"
#include "stream.h"
#include "until.h"

static int take(struct sw_options *options, const char **confirm, int option, const char *argument)
{
	int64_t ms;
	int code;

	if (option != 'C')
		return sw_options_take(options, option, argument) ? 0 : -EINVAL;
	code = sw_duration_parse(argument, strlen(argument), &ms);
	if (code)
		sw_fail("--confirm \"%s\": %s", argument, sw_duration_error(code));
	*confirm = argument;
	return code;
}

static int parse(int argc, char **argv, struct sw_options *options, const char **confirm)
{
	static const struct option known[] = { { "config", required_argument, NULL, 'c' },
					       { "json", no_argument, NULL, 'j' },
					       { "confirm", required_argument, NULL, 'C' },
					       { 0 } };
	int option;

	*options = (struct sw_options){ .config = SW_CONFIG_DEFAULT };
	*confirm = NULL;
	optind = 0;
	while ((option = getopt_long(argc, argv, "c:j", known, NULL)) != -1)
		if (take(options, confirm, option, optarg))
			return -EINVAL;
	return optind == argc ? 0 : -EINVAL;
}

/* The session's other end must not be shut out by what is about to be in force. */
static json_t *make_request(const char *confirm)
{
	const char *ssh = getenv("SSH_CONNECTION");
	json_t *request = json_pack("{s:s}", "op", "reload");

	if (confirm)
		json_object_set_new(request, "confirm", json_string(confirm));
	if (ssh && *ssh)
		json_object_set_new(request, "ssh", sw_json_text(ssh));
	return request;
}

static void print_text(const json_t *answer)
{
	char *words = sw_stream_text(answer, "reloaded");
	char until[SW_UNTIL_TEXT];
	int64_t until_ms;

	printf("reloaded: %s\n", words ? words : "done");
	if (!sw_json_time_read(json_object_get(answer, "confirm_until"), &until_ms) && until_ms)
		printf("This holds %s and is then taken back, unless you say: synward confirm\n",
		       sw_until_format(until_ms, sw_clock_wall_ms(sw_clock_system()), until));
	free(words);
}

int sw_cmd_reload(int argc, char **argv)
{
	struct sw_options options;
	struct sw_client *client;
	const char *confirm;
	struct sw_err err;
	json_t *answer;
	int exit_code;

	if (parse(argc, argv, &options, &confirm))
		return sw_usage("reload");
	exit_code = sw_ask_open(&options, SW_ASK_LONG_MS, &client);
	if (exit_code != SW_EXIT_OK)
		return exit_code;
	if (sw_client_ask(client, make_request(confirm), &answer, &err)) {
		exit_code = sw_ask_fail(client, &err);
	} else if (options.json) {
		sw_print_json(answer);
	} else {
		print_text(answer);
		json_decref(answer);
	}
	sw_client_close(client);
	return exit_code;
}
