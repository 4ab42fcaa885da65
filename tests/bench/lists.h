/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lists - what is listed, and the sources that send: the same for all who are compared.
 *
 * From the same seed the same numbers, in the order of the calls.
 */
#ifndef SYNWARD_TESTS_BENCH_LISTS_H
#define SYNWARD_TESTS_BENCH_LISTS_H

#include <stddef.h>
#include <stdint.h>

#include "bench.h"
#include "maps/table.h"

#define BENCH_CLASS SW_CLASS_FIRST_LIST

enum bench_content {
	BENCH_MIXED, /* IPv4: 80 % hosts, 15 % /24, 4.5 % /22, 0.5 % /20; IPv6: /32 to /128 */
	BENCH_HOSTS, /* single addresses */
};

/* A flattened list: sorted, and no entry inside another. */
struct bench_list {
	char name[48]; /* "IPv4 1 M mixed" */
	unsigned family;
	enum bench_content content;
	size_t n; /* of entries; a little fewer than was asked for */
	struct sw_entry4 *four; /* those of family 4, or NULL */
	struct sw_entry6 *six; /* those of family 6, or NULL */
};

/* @n random entries. Free with bench_list_free. */
struct bench_list bench_list_new(unsigned family, enum bench_content content, size_t n);
void bench_list_free(struct bench_list *list);

enum bench_sources {
	BENCH_RANDOM, /* every second one is listed */
	BENCH_LISTED,
	BENCH_UNLISTED, /* random ones, of which few are listed by chance */
};

/* BENCH_SOURCES sources into @line, which has BENCH_LINES lines. */
void bench_sources(const struct bench_list *list, enum bench_sources kind, struct bench_line *line);

#endif
