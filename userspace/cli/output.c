/* SPDX-License-Identifier: GPL-2.0-only */
/* output - what all commands print with, and the options they share; see cli.h. */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "lib/log.h"

bool sw_options_take(struct sw_options *options, int option, const char *argument)
{
	if (option == 'c') {
		options->config = argument;
		options->config_given = true;
	} else if (option == 'j') {
		options->json = true;
	} else {
		return false;
	}
	return true;
}

int sw_options_read(int argc, char **argv, struct sw_options *ret)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
						 { "json", no_argument, NULL, 'j' },
						 { 0 } };
	int option;

	*ret = (struct sw_options){ .config = SW_CONFIG_DEFAULT };
	optind = 0;
	while ((option = getopt_long(argc, argv, "c:j", options, NULL)) != -1) {
		if (!sw_options_take(ret, option, optarg))
			return -EINVAL;
	}
	return optind;
}

static void note_error(void *ctx, const char *text)
{
	fprintf(stderr, "%s\n", text);
}

struct sw_config *sw_config_open(const char *path)
{
	struct sw_config *config = NULL;

	sw_config_read(path, note_error, NULL, &config);
	return config;
}

struct sw_config *sw_config_open_folders(const struct sw_options *options)
{
	struct sw_config *config;

	if (options->config_given || access(options->config, F_OK) == 0)
		return sw_config_open(options->config);
	config = sw_config_default();
	if (!config)
		sw_fail("out of memory");
	return config;
}

struct sw_config *sw_config_open_anyway(const struct sw_options *options)
{
	struct sw_config *config = sw_config_open_folders(options);

	if (config)
		return config;
	config = sw_config_default();
	if (config)
		sw_fail("%s cannot be used; taking the default folders, run-dir %s, state-dir %s "
			"and "
			"pin-dir %s",
			options->config, config->run_dir, config->state_dir, config->pin_dir);
	return config;
}

void sw_note(void *ctx, int level, const char *text)
{
	sw_log(level, "%s", text);
}

void sw_write_json(FILE *out, const json_t *object)
{
	/* 16 digits: 0.1 stays 0.1, and times keep their microseconds. */
	if (json_dumpf(object, out, JSON_COMPACT | JSON_REAL_PRECISION(16)) == 0)
		putc('\n', out);
}

void sw_print_json(json_t *object)
{
	sw_write_json(stdout, object);
	json_decref(object);
}

int sw_fail(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("synward: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return SW_EXIT_FAILED;
}
