/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * import - see import.h. The input is read twice, so that a line that is bad is found
 * before the first one is sent, however many there are; a pipe is copied to a file first.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ask.h"
#include "import.h"
#include "lib/clock.h"
#include "lines.h"

/* ---- arguments ---- */

/* The index of the first operand, or -EINVAL. */
static int parse(int argc, char **argv, struct sw_import *import)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' }, { "json", no_argument, NULL, 'j' },
		{ "dry-run", no_argument, NULL, 'd' },	    { "skip-bad", no_argument, NULL, 's' },
		{ "force", no_argument, NULL, 'F' },	    { 0 }
	};
	int option;

	import->options.config = SW_CONFIG_DEFAULT;
	optind = 0;
	while ((option = getopt_long(argc, argv, "c:j", options, NULL)) != -1) {
		if (option == 'd')
			import->dry_run = true;
		else if (option == 's')
			import->skip_bad = true;
		else if (option == 'F')
			import->force = true;
		else if (!sw_options_take(&import->options, option, optarg))
			return -EINVAL;
	}
	return argc - optind <= 1 ? optind : -EINVAL;
}

/* ---- the input ---- */

static int stop(struct sw_import *import, int code, const char *what)
{
	sw_err_set(&import->err, code, "%s: %s", what, strerror(-code));
	import->problem = import->err.text;
	return SW_EXIT_FAILED;
}

/* Copy what comes from @fd to a file without a name; its descriptor or -errno. */
static int spool(int fd)
{
	FILE *copy = tmpfile();
	static char piece[65536];
	int code = copy ? 0 : -errno;
	ssize_t n = 0;

	while (!code && (n = read(fd, piece, sizeof(piece))) != 0) {
		if (n < 0)
			code = errno == EINTR ? 0 : -errno;
		else if (fwrite(piece, 1, (size_t)n, copy) != (size_t)n)
			code = -errno;
	}
	if (!code && fflush(copy))
		code = -errno;
	if (!code) {
		code = fcntl(fileno(copy), F_DUPFD_CLOEXEC, 0);
		code = code < 0 ? -errno : code;
	}
	if (copy)
		fclose(copy);
	return code;
}

/* The file @path, or standard input, such that it can be read again from its start. */
static int open_input(struct sw_import *import, const char *path, int *ret)
{
	bool is_stdin = !path || !strcmp(path, "-");
	int fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
			  : open(path, O_RDONLY | O_CLOEXEC),
	    copy;
	struct stat st = { .st_mode = 0 };

	import->name = is_stdin ? "standard input" : path;
	if (fd < 0 || fstat(fd, &st) || S_ISDIR(st.st_mode)) {
		int code = fd >= 0 && S_ISDIR(st.st_mode) ? -EISDIR : -errno;

		if (fd >= 0)
			close(fd);
		return stop(import, code, "cannot be read");
	}
	if (S_ISREG(st.st_mode) && !is_stdin) {
		*ret = fd;
		return SW_EXIT_OK;
	}
	copy = spool(fd);
	close(fd);
	if (copy < 0)
		return stop(import, copy, "cannot be copied to a temporary file");
	*ret = copy;
	return SW_EXIT_OK;
}

/* ---- reading ---- */

/* What to do with a line; @code is what sw_import_parse returned. An exit code. */
typedef int use_fn(struct sw_import *import, int code, unsigned long number,
		   struct sw_import_line *line);

static int check_line(struct sw_import *import, int code, unsigned long number,
		      struct sw_import_line *line)
{
	struct sw_import_counts *c = &import->counts;

	if (code) {
		c->bad++;
		sw_import_tell(import, number, "%s", import->err.text);
	}
	c->verdicts += !code && line->kind == SW_IMPORT_VERDICT;
	c->expired += !code && line->kind == SW_IMPORT_EXPIRED;
	c->other += !code && line->kind == SW_IMPORT_OTHER;
	return SW_EXIT_OK;
}

static int send_line(struct sw_import *import, int code, unsigned long number,
		     struct sw_import_line *line)
{
	if (!code && line->verdict)
		return sw_import_add(import, number, line);
	return SW_EXIT_OK;
}

static int read_lines(struct sw_import *import, struct sw_lines *lines,
		      struct sw_import_reader *reader, use_fn *use)
{
	int exit_code = SW_EXIT_OK;

	while (exit_code == SW_EXIT_OK) {
		struct sw_import_line line = { 0 };
		const char *text;
		size_t n;
		int code = sw_lines_next(lines, &text, &n);

		if (code == 0)
			break;
		if (code == -E2BIG)
			sw_err_set(&import->err, code, "more than %d bytes", SW_LINES_MAX);
		else if (code < 0)
			return stop(import, code, "cannot be read");
		else
			code = sw_import_parse(reader, text, n, &line, &import->err);
		exit_code = use(import, code, lines->number, &line);
		json_decref(line.verdict);
	}
	return exit_code;
}

/* All of @fd, from its start. */
static int read_all(struct sw_import *import, int fd, int64_t now_ms, use_fn *use)
{
	struct sw_import_reader reader = { .now_ms = now_ms };
	struct sw_lines *lines = malloc(sizeof(*lines));
	int exit_code;

	if (!lines || lseek(fd, 0, SEEK_SET) < 0) {
		exit_code = stop(import, -errno, "cannot be read");
	} else {
		sw_lines_init(lines, fd);
		exit_code = read_lines(import, lines, &reader, use);
	}
	free(lines);
	return exit_code;
}

/* ---- the command ---- */

static int send_all(struct sw_import *import, int fd, int64_t now_ms)
{
	int exit_code = sw_ask_open(&import->options, SW_ASK_LONG_MS, &import->client);

	if (exit_code != SW_EXIT_OK)
		return exit_code;
	exit_code = read_all(import, fd, now_ms, send_line);
	if (exit_code == SW_EXIT_OK)
		exit_code = sw_import_flush(import);
	sw_import_report(import);
	if (exit_code == SW_EXIT_OK && (import->counts.failed || sw_import_unanswered(import)))
		exit_code = SW_EXIT_FAILED;
	return exit_code;
}

static int import_input(struct sw_import *import, const char *path)
{
	int64_t now_ms = sw_clock_wall_ms(sw_clock_system());
	int fd = -1, exit_code = open_input(import, path, &fd);

	if (exit_code == SW_EXIT_OK)
		exit_code = read_all(import, fd, now_ms, check_line);
	if (exit_code == SW_EXIT_OK && import->counts.bad && !import->skip_bad) {
		import->problem = "nothing was sent, for there are bad lines; mend them, or leave "
				  "them out with --skip-bad";
		exit_code = SW_EXIT_FAILED;
	}
	if (exit_code == SW_EXIT_OK && !import->dry_run)
		exit_code = send_all(import, fd, now_ms);
	else
		sw_import_report(import);
	if (fd >= 0)
		close(fd);
	return exit_code;
}

int sw_cmd_import(int argc, char **argv)
{
	struct sw_import *import = calloc(1, sizeof(*import));
	int first, exit_code;

	if (!import)
		return sw_fail("out of memory");
	import->errors = json_array();
	first = parse(argc, argv, import);
	if (first < 0)
		exit_code = sw_usage("import");
	else
		exit_code = import_input(import, argv[first]);
	sw_client_close(import->client);
	json_decref(import->batch);
	json_decref(import->errors);
	free(import);
	return exit_code;
}
