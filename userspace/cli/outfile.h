/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * outfile - a file that is there whole or not at all, written a piece at a time.
 *
 * It is written under another name beside @path, mode 0600, and takes its place when all
 * of it is on the disk. What is no regular file (a pipe, /dev/stdout) is written to as it
 * is. Errors are -errno; words name the path.
 */
#ifndef SYNWARD_CLI_OUTFILE_H
#define SYNWARD_CLI_OUTFILE_H

#include <stdio.h>

#include "lib/err.h"

struct sw_outfile {
	FILE *out; /* to write to; errors show in sw_outfile_commit at the latest */
	char *path; /* where it shall be, links followed */
	char *fresh; /* its name until then; NULL: written in place */
};

int sw_outfile_open(const char *path, struct sw_outfile *ret, struct sw_err *err);

/* Either ends it. */
int sw_outfile_commit(struct sw_outfile *f, struct sw_err *err);
void sw_outfile_abort(struct sw_outfile *f);

#endif
