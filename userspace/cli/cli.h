/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cli - what every subcommand of synward(8) shares: the table of commands, the
 * exit codes, the output. One file for each command.
 */
#ifndef SYNWARD_CLI_CLI_H
#define SYNWARD_CLI_CLI_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include "lib/config.h"
#include "lib/json.h"

/* Exit codes of synward(8). */
enum {
	SW_EXIT_OK = 0,
	SW_EXIT_FAILED = 1, /* it was tried and did not work; the words say why */
	SW_EXIT_USAGE = 2, /* the command line is wrong */
	SW_EXIT_NOT_ATTACHED = 3, /* status, stats: no filter is loaded */
	SW_EXIT_NO_DAEMON = 4, /* synwardd could not be asked, or did not answer */
};

struct sw_command {
	const char *name; /* "lists check": words are separated by one space */
	const char *arguments; /* for the usage line */
	const char *help; /* one line */
	/* argv[0] is the last word of the name. Returns an exit code. */
	int (*run)(int argc, char **argv);
};

/* All of them, ended by one without a name; commands.c. */
extern const struct sw_command sw_commands[];

int sw_cmd_allow(int argc, char **argv);
int sw_cmd_attach(int argc, char **argv);
int sw_cmd_backup(int argc, char **argv);
int sw_cmd_block(int argc, char **argv);
int sw_cmd_case_close(int argc, char **argv);
int sw_cmd_case_list(int argc, char **argv);
int sw_cmd_case_show(int argc, char **argv);
int sw_cmd_case_warn(int argc, char **argv);
int sw_cmd_check_config(int argc, char **argv);
int sw_cmd_confirm(int argc, char **argv);
int sw_cmd_detach(int argc, char **argv);
int sw_cmd_explain(int argc, char **argv);
int sw_cmd_export(int argc, char **argv);
int sw_cmd_history(int argc, char **argv);
int sw_cmd_import(int argc, char **argv);
int sw_cmd_kill_sessions(int argc, char **argv);
int sw_cmd_list(int argc, char **argv);
int sw_cmd_lists_check(int argc, char **argv);
int sw_cmd_maillog_test(int argc, char **argv);
int sw_cmd_rdns(int argc, char **argv);
int sw_cmd_reload(int argc, char **argv);
int sw_cmd_replay(int argc, char **argv);
int sw_cmd_report(int argc, char **argv);
int sw_cmd_restore(int argc, char **argv);
int sw_cmd_spf(int argc, char **argv);
int sw_cmd_stats(int argc, char **argv);
int sw_cmd_status(int argc, char **argv);
int sw_cmd_unblock(int argc, char **argv);

#define SW_CONFIG_DEFAULT "/etc/synward/synward.conf"

/* -c FILE and --json, which every command has. */
struct sw_options {
	const char *config;
	bool config_given; /* config is not the default */
	bool json;
};

/* Read the options of a command that has no others; the index of the first operand, or
 * -EINVAL. */
int sw_options_read(int argc, char **argv, struct sw_options *ret);

/* For commands that have others, from getopt_long: take 'c' and 'j'; false: it is neither. */
bool sw_options_take(struct sw_options *options, int option, const char *argument);

/* The config, its errors on stderr; NULL: it has some. */
struct sw_config *sw_config_open(const char *path);

/* The same for commands that need no more than folders: where the default file does
 * not exist, the defaults. */
struct sw_config *sw_config_open_folders(const struct sw_options *options);

/* The same for commands that have to work when nothing else does: the defaults, too, where
 * the file has errors. NULL: out of memory. */
struct sw_config *sw_config_open_anyway(const struct sw_options *options);

/* For sw_policy_load and sw_enforce_*: a line on stderr. */
void sw_note(void *ctx, int level, const char *text);

/* Write @object as one line of JSON. */
void sw_write_json(FILE *out, const json_t *object);

/* The same on stdout, and drop the reference. */
void sw_print_json(json_t *object);

/* "synward: words" on stderr; returns SW_EXIT_FAILED. */
int sw_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Usage of the command named @name on stderr; returns SW_EXIT_USAGE. */
int sw_usage(const char *name);

#endif
