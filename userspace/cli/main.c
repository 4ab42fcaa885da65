/* SPDX-License-Identifier: GPL-2.0-only */
/* synward - finds the subcommand and runs it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "lib/standard.h"
#include "lib/version.h"
#include "maps/abi.h"

static void print_commands(FILE *out)
{
	fputs("Usage: synward COMMAND [ARGUMENTS]\n\nCommands:\n", out);
	for (const struct sw_command *c = sw_commands; c->name; c++)
		fprintf(out, "  %-14s %s\n", c->name, c->help);
	fputs("\nsynward help COMMAND, or synward COMMAND --help, says more; synward(8), all.\n",
	      out);
}

static int print_help(const struct sw_command *c)
{
	/* What stands in a usage line, and what more there is to say of it. */
	static const char *const words[][2] = {
		{ "-c FILE", "configuration (default " SW_CONFIG_DEFAULT ")" },
		{ "--json", "output for programs; synward(8) describes it" },
		{ "--for TIME", "90s, 10min, 2h, 1h30m, 7d, ...; without it, for good" },
		{ "--force", "also what would shut out never-block, or much of the internet" },
		{ "PREFIX...", "addresses or networks; - reads them from standard input" },
		{ "--confirm TIME", "take it back after TIME, unless synward confirm follows" },
	};

	printf("Usage: synward %s %s\n%s.\n", c->name, c->arguments, c->help);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(c->arguments, words[i][0]))
			printf("  %-14s  %s\n", words[i][0], words[i][1]);
	return SW_EXIT_OK;
}

/* The command whose words @argv begins with; *@words is how many they are. */
static const struct sw_command *find(int argc, char **argv, int *words)
{
	for (const struct sw_command *c = sw_commands; c->name; c++) {
		const char *name = c->name;

		for (int i = 0; i < argc; i++) {
			size_t n = strlen(argv[i]);

			if (!n || strncmp(name, argv[i], n) != 0)
				break;
			name += n;
			if (!*name) {
				*words = i + 1;
				return c;
			}
			if (*name++ != ' ')
				break;
		}
	}
	return NULL;
}

static int complain(char **argv)
{
	size_t n = strlen(argv[0]);

	fprintf(stderr, "synward: there is no command \"%s\"", argv[0]);
	for (const struct sw_command *c = sw_commands; c->name; c++) {
		bool starts = n && !strncmp(c->name, argv[0], n);

		if (starts || (n > 2 && strstr(c->name, argv[0])) ||
		    (n > 2 && !strncmp(c->name, argv[0], 3)))
			fprintf(stderr, "; did you mean \"%s\"?", c->name);
	}
	fputs("\nsynward --help names them all.\n", stderr);
	return SW_EXIT_USAGE;
}

static bool wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
	return false;
}

/* A report that the disk or the pipe did not take is no success. */
static int finish(int status)
{
	if (fflush(stdout) || ferror(stdout)) {
		sw_fail("cannot write the output: %s", strerror(errno));
		return status == SW_EXIT_OK ? SW_EXIT_FAILED : status;
	}
	return status;
}

int main(int argc, char **argv)
{
	const struct sw_command *command;
	int words;

	if (sw_standard_open())
		return SW_EXIT_FAILED;
	if (argc < 2) {
		print_commands(stderr);
		return SW_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		printf("synward %s (ABI %d)\n", SW_VERSION, SW_ABI_VERSION);
		return SW_EXIT_OK;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    (!strcmp(argv[1], "help") && argc == 2)) {
		print_commands(stdout);
		return SW_EXIT_OK;
	}
	if (!strcmp(argv[1], "help")) {
		command = find(argc - 2, argv + 2, &words);
		return command ? print_help(command) : complain(argv + 2);
	}
	command = find(argc - 1, argv + 1, &words);
	if (!command)
		return complain(argv + 1);
	if (wants_help(argc - words, argv + words))
		return print_help(command);
	return finish(command->run(argc - words, argv + words));
}
