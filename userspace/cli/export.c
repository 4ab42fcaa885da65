/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * export - all verdicts as JSON lines, to keep or to take to another machine: a line that
 * says what it is, then the daemon's objects, one a line. import reads it.
 */
#include <errno.h>
#include <string.h>

#include "ask.h"
#include "import.h"
#include "lib/clock.h"
#include "lib/version.h"
#include "outfile.h"

struct writing {
	FILE *out;
	size_t n;
	int code; /* of writing */
};

static int write_one(void *ctx, json_t *verdict)
{
	struct writing *e = ctx;

	e->n++;
	errno = 0;
	sw_write_json(e->out, verdict);
	if (ferror(e->out))
		e->code = errno ? -errno : -EIO;
	return e->code;
}

static int write_all(struct sw_client *client, struct writing *e, struct sw_err *err)
{
	json_t *header = json_pack("{s:s, s:i, s:s, s:o}", "synward", "export", "version",
				   SW_EXPORT_VERSION, "release", SW_VERSION, "time",
				   sw_json_time(sw_clock_wall_ms(sw_clock_system())));

	sw_write_json(e->out, header);
	json_decref(header);
	return sw_client_each(client, json_pack("{s:s}", "op", "list"), write_one, e, NULL, err);
}

static int to_stdout(struct sw_client *client)
{
	struct writing e = { .out = stdout };
	struct sw_err err;

	if (!write_all(client, &e, &err))
		return SW_EXIT_OK;
	return e.code ? SW_EXIT_FAILED : sw_ask_fail(client, &err); /* main says so */
}

static int to_file(struct sw_client *client, const char *path, bool json)
{
	struct writing e = { 0 };
	struct sw_outfile file;
	struct sw_err err;

	if (sw_outfile_open(path, &file, &err))
		return sw_fail("%s", err.text);
	e.out = file.out;
	if (write_all(client, &e, &err)) {
		sw_outfile_abort(&file);
		return e.code ? sw_fail("%s: %s", path, strerror(-e.code))
			      : sw_ask_fail(client, &err);
	}
	if (sw_outfile_commit(&file, &err))
		return sw_fail("%s", err.text);
	if (json)
		sw_print_json(json_pack("{s:o, s:I}", "file", sw_json_text(path), "verdicts",
					(json_int_t)e.n));
	else
		printf("%s: %zu verdicts\n", path, e.n);
	return SW_EXIT_OK;
}

int sw_cmd_export(int argc, char **argv)
{
	struct sw_options options;
	struct sw_client *client;
	int first = sw_options_read(argc, argv, &options), exit_code;

	if (first < 0 || argc - first > 1)
		return sw_usage("export");
	exit_code = sw_ask_open(&options, 0, &client);
	if (exit_code != SW_EXIT_OK)
		return exit_code;
	if (first == argc || !strcmp(argv[first], "-"))
		exit_code = to_stdout(client);
	else
		exit_code = to_file(client, argv[first], options.json);
	sw_client_close(client);
	return exit_code;
}
