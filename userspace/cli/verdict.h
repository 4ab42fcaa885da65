/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * verdict - what block, allow and unblock share: one order of the operator for any number
 * of prefixes.
 *
 *   verdict_args.c   from the command line to an order
 *   verdict_words.c  from what the daemon answers to words
 *   verdict_run.c    asks the daemon, in batches, and tells what became of each prefix
 *
 * The first two are pure.
 */
#ifndef SYNWARD_CLI_VERDICT_H
#define SYNWARD_CLI_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "cli/cli.h"
#include "lib/err.h"

#define SW_VERDICT_BATCH 1000 /* prefixes in one request */

struct sw_verdict_order {
	struct sw_options options;
	const char *action; /* as in the configuration: "allow", "drop", ...; NULL: take back */
	const char *duration; /* as it was given; NULL: for good */
	int64_t duration_ms; /* 0: for good */
	const char *origin; /* taking back: whose; NULL: the operator's */
	const char *reason; /* NULL: none */
	bool force; /* also what contains an address of never-block */
	bool kill; /* close the sessions that are open, too */
};

/*
 * Read the options of a command; @action as above (borrowed, as are the arguments). The
 * index of the first operand; -EINVAL: with words, or none when getopt(3) said it.
 */
int sw_verdict_args_read(int argc, char **argv, const char *action, struct sw_verdict_order *ret,
			 struct sw_err *err);

/* -EINVAL with words: more bytes than a ledger keeps. */
int sw_verdict_reason_check(const char *reason, struct sw_err *err);

#define SW_VERDICT_WORDS 512

/*
 * What became of a prefix, without its name: "blocked until ... (2h)". @result is its
 * object in the answer, @now_ms from before it was asked for; @text is for a terminal.
 */
void sw_verdict_words(const struct sw_verdict_order *order, const json_t *result, int64_t now_ms,
		      char text[SW_VERDICT_WORDS]);

/* Do it for each of @operands, see prefixes.h; an exit code. */
int sw_verdict_run(const struct sw_verdict_order *order, char **operands, size_t n);

#endif
