/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cases - scenarios in text, each case of which is a test of its own.
 *
 * "case NAME" begins one. A line of it is a word, which is a command, and what follows; those that
 * begin with # and empty ones are nothing. A line that is not understood fails its case. One case
 * at a time.
 */
#ifndef SYNWARD_TESTS_SUPPORT_CASES_H
#define SYNWARD_TESTS_SUPPORT_CASES_H

#include <stdbool.h>
#include <stdint.h>

#define CASES_WORDS 64

/* The present line. */
struct cases_line {
	const char *file;
	unsigned number;
	char *word[CASES_WORDS]; /* the last four are "" */
	const char *rest; /* the line as it is, behind its first word */
};

extern struct cases_line cases_at;

struct cases_command {
	const char *word;
	void (*run)(void);
	unsigned words; /* that have to follow, at the least */
};

struct cases {
	const char *name; /* of all of them */
	const char *files; /* a pattern, below TOP or the present folder */
	const struct cases_command *commands; /* the last one has no word */
	bool (*other)(
		unsigned n); /* asked before these: is it a line of @n words that it knows? NULL */
	void (*open)(void); /* the world, before each case */
	void (*close)(void);
};

/* What main returns. */
int cases_run(const struct cases *cases);

/* This case fails here, for @what, and @detail if that is not "". */
void cases_stop(const char *what, const char *detail);
int64_t cases_duration(const char *text);

#endif
