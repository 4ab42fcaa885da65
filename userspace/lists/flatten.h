/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * flatten - many lists into one set of prefixes whose longest match is the verdict.
 *
 * Pure. Each entry belongs to a class; struct sw_rank says how classes compare: the
 * higher @tier wins; inside a tier the longer prefix, then the greater @harsh,
 * then the smaller class number. An entry with SW_ENTRY_EXCLUDE is a hole: its
 * class says nothing about addresses whose longest entry of that class it is.
 */
#ifndef SYNWARD_LISTS_FLATTEN_H
#define SYNWARD_LISTS_FLATTEN_H

#include "maps/table.h"

/* Sort by address, length, class; by radix, with scratch memory for @n entries unless
 * they are sorted already. -ENOMEM, -E2BIG (2^32 or more). */
int sw_entries4_sort(struct sw_entry4 *entries, size_t n);
int sw_entries6_sort(struct sw_entry6 *entries, size_t n);

/* Sorted entries, borrowed: a list is one run. */
struct sw_run {
	const void *entries;
	size_t n;
};

/*
 * Flatten what all @runs say into @out (room for all their entries), of which *@nout
 * are used. Prefixes that repeat what a shorter one says are left out. Where all
 * that matches is excluded, the class is SW_CLASS_UNLISTED. -ENOMEM.
 */
int sw_flatten4_runs(const struct sw_run *runs, size_t runs_n,
		     const struct sw_rank rank[SW_CLASS_MAX], struct sw_entry4 *out, size_t *nout);
int sw_flatten6_runs(const struct sw_run *runs, size_t runs_n,
		     const struct sw_rank rank[SW_CLASS_MAX], struct sw_entry6 *out, size_t *nout);

/* The same of one run of @n entries. */
int sw_flatten4(const struct sw_entry4 *sorted, size_t n, const struct sw_rank rank[SW_CLASS_MAX],
		struct sw_entry4 *out, size_t *nout);
int sw_flatten6(const struct sw_entry6 *sorted, size_t n, const struct sw_rank rank[SW_CLASS_MAX],
		struct sw_entry6 *out, size_t *nout);

#endif
