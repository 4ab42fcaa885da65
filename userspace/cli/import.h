/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * import - verdicts from JSON lines to the daemon.
 *
 *   import_line.c   from a line to what is asked for it; pure
 *   import_send.c   from many of these to requests and what became of them
 *   import_tell.c   what is said of it all
 *   import.c        the command: all of a file is checked before any of it is sent
 */
#ifndef SYNWARD_CLI_IMPORT_H
#define SYNWARD_CLI_IMPORT_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "cli/cli.h"
#include "cli/client.h"
#include "lib/addr.h"
#include "lib/err.h"

#define SW_EXPORT_VERSION 1
#define SW_IMPORT_BATCH 1000 /* verdicts in one request */
#define SW_IMPORT_ERRORS 100 /* that are told one by one */

/* ---- lines ---- */

enum sw_import_kind {
	SW_IMPORT_NOTHING, /* an empty line, or one that heads an export */
	SW_IMPORT_VERDICT,
	SW_IMPORT_EXPIRED, /* its time is up */
	SW_IMPORT_OTHER, /* of an origin that no operator speaks for */
};

struct sw_import_reader {
	int64_t now_ms;
	bool is_export; /* the head of an export was seen: keys of later versions may follow */
};

struct sw_import_line {
	enum sw_import_kind kind;
	char source[SW_PREFIX_TEXT]; /* of a verdict */
	json_t *verdict; /* for the op "set"; the caller's. NULL unless it is a verdict */
};

/* -EINVAL with words that say what is wrong with the line. -ENOMEM. */
int sw_import_parse(struct sw_import_reader *reader, const char *line, size_t n,
		    struct sw_import_line *ret, struct sw_err *err);

/* ---- the whole ---- */

struct sw_import_counts {
	size_t verdicts; /* that are there to be sent */
	size_t expired, other, bad; /* lines that are left out */
	size_t set, extended, replaced, failed; /* what became of those sent */
};

struct sw_import_item {
	unsigned long line;
	char source[SW_PREFIX_TEXT];
};

struct sw_import {
	struct sw_options options;
	bool dry_run, skip_bad, force;
	const char *name; /* of the input, for words */
	struct sw_import_counts counts;
	size_t told; /* errors, one by one */
	json_t *errors; /* the same for --json */
	const char *problem; /* why it stopped; NULL: it did not */
	struct sw_err err; /* what problem may point at */

	struct sw_client *client;
	size_t n; /* in the batch */
	json_t *batch;
	struct sw_import_item items[SW_IMPORT_BATCH];
};

/* Tell what is wrong with a line, 0 for one that is not known; of the first SW_IMPORT_ERRORS
 * of them. */
__attribute__((format(printf, 3, 4))) void
sw_import_tell(struct sw_import *import, unsigned long line, const char *format, ...);

/* Verdicts that the daemon was not asked for, or did not answer. */
size_t sw_import_unanswered(const struct sw_import *import);

/* Print what became of all, for people or as JSON. */
void sw_import_report(const struct sw_import *import);

/* Add a verdict to the batch (taken), and send the batch when it is full. */
int sw_import_add(struct sw_import *import, unsigned long number, struct sw_import_line *line);

/* Send what is left. Both: an exit code; what is not SW_EXIT_OK ends the import, and
 * import->problem says why. A verdict that failed is told and does not end it. */
int sw_import_flush(struct sw_import *import);

#endif
