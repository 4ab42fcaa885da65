/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rdns_pairs - real pairs of address and name, judged by us and by the detectors of others,
 * and counted by what kind of host had them.
 *
 * How rows are counted. One without a name is left out: there is nothing to judge. One
 * with several classes counts for each of them. "Generic" is SW_RDNS_GENERIC and nothing else.
 * Halves, by a hash of the name and by one of its domain, are counted apart: figures that
 * differ much between them would say that rules fit some providers' names and nothing else.
 *
 * Needs no cmocka: a bench uses it too.
 */
#ifndef SYNWARD_TESTS_SUPPORT_RDNS_PAIRS_H
#define SYNWARD_TESTS_SUPPORT_RDNS_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "dns/rdns.h"

#define RDNS_COLUMNS_MAX 16

/* A file of the data's folder rdns; NULL: it is not there. */
FILE *rdns_pairs_open(const char *file);
/* Cut @line up; how many columns there are. */
size_t rdns_pairs_split(char *line, const char *separator, char *column[RDNS_COLUMNS_MAX]);
/* Of a name in upper case or lower; ends the program when @ip is none. */
struct sw_rdns rdns_pairs_judge(const struct sw_suffix *suffix, const char *ip, const char *name);

enum rdns_detector {
	RDNS_OURS,
	RDNS_FQRDNS,
	RDNS_SPAMASSASSIN,
	RDNS_HFILTER,
	RDNS_S25R,
	RDNS_DETECTORS
};
extern const char *const rdns_detector_name[RDNS_DETECTORS];

struct rdns_tally {
	const char *class;
	const char *part; /* "": all of it */
	unsigned rows, flagged[RDNS_DETECTORS];
};

/* Count pairs_open.tsv; all tallies, the last one without a class. NULL: it is not there. */
const struct rdns_tally *rdns_pairs_count(const struct sw_suffix *suffix);
/* That of all rows of @class. */
const struct rdns_tally *rdns_pairs_of(const char *class);
/* Of its rows, in percent. */
double rdns_pairs_percent(const struct rdns_tally *tally, enum rdns_detector detector);

#endif
