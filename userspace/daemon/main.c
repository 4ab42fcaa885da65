/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * synwardd - keeps the filter as the configuration and the verdicts say it should be.
 *
 * Foreground. SIGHUP reloads, SIGTERM and SIGINT end; what happens to the filter then is for
 * on-exit to say. service.c is the daemon; here is its command line.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/config.h"
#include "lib/log.h"
#include "lib/standard.h"
#include "dns_setup.h"
#include "sessions_setup.h"
#include "service.h"

#define CONFIG_DEFAULT "/etc/synward/synward.conf"

static void note_config(void *ctx, const char *text)
{
	sw_log(LOG_ERR, "%s", text);
}

static void note_warning(void *ctx, const char *text)
{
	const struct sw_config *config = ctx;

	sw_log(LOG_WARNING, "%s: %s", config->path, text);
}

static void print_help(FILE *out)
{
	fputs("Usage: synwardd [-c FILE] [-t]\n"
	      "  -c, --config FILE  configuration (default " CONFIG_DEFAULT ")\n"
	      "  -t, --test         check the configuration and end\n"
	      "  -v, --verbose      log details\n"
	      "  -h, --help         this text\n"
	      "See synwardd(8).\n",
	      out);
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
						 { "test", no_argument, NULL, 't' },
						 { "verbose", no_argument, NULL, 'v' },
						 { "help", no_argument, NULL, 'h' },
						 { 0 } };
	const char *path = CONFIG_DEFAULT;
	struct sw_config *config;
	struct sw_err err;
	bool test = false;
	int option;

	if (sw_standard_open())
		return EXIT_FAILURE;
	while ((option = getopt_long(argc, argv, "c:tvh", options, NULL)) != -1) {
		if (option == 'c') {
			path = optarg;
		} else if (option == 't') {
			test = true;
		} else if (option == 'v') {
			sw_log_level(LOG_DEBUG);
		} else {
			print_help(option == 'h' ? stdout : stderr);
			return option == 'h' ? EXIT_SUCCESS : 2;
		}
	}
	if (optind < argc) {
		print_help(stderr);
		return 2;
	}
	/* Until service.c takes it: whoever rotates logs while we start means no harm, and all is read
	 * anyway. */
	signal(SIGHUP, SIG_IGN);
	if (sw_config_read(path, note_config, NULL, &config)) {
		if (!test)
			sw_log(LOG_ERR, "cannot start: %s has errors, see above", path);
		return EXIT_FAILURE;
	}
	if (sw_dns_setup_check(config, note_warning, config, &err) ||
	    sw_sessions_setup_check(config, &err)) {
		sw_log(LOG_ERR, "%s: %s", path, err.text);
		if (!test)
			sw_log(LOG_ERR, "cannot start: %s has errors, see above", path);
		sw_config_free(config);
		return EXIT_FAILURE;
	}
	if (test) {
		sw_config_free(config);
		return EXIT_SUCCESS;
	}
	return sw_service_run(path, config);
}
