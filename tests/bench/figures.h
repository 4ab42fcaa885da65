/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * figures - what was measured, under the names that tests/bench/report knows.
 *
 * A case is measured once in each round; its values are kept and written at the
 * end. A bench that cannot trust a figure ends with bench_void or bench_die: a void
 * figure never gets into a file. What a machine cannot measure is written as omitted.
 */
#ifndef SYNWARD_TESTS_BENCH_FIGURES_H
#define SYNWARD_TESTS_BENCH_FIGURES_H

#include <stddef.h>

/* Call first. @name: of the program, for messages. @quick as on the command line. */
void bench_start(const char *name);

/* End the program: @what failed with errno. */
__attribute__((noreturn)) void bench_die(const char *what);
/* End the program: the figure would be void, and why. */
__attribute__((noreturn, format(printf, 1, 2))) void bench_void(const char *format, ...);

/* Zeroed memory, or the end. */
void *bench_allocate(size_t n, size_t bytes);

/* Seconds on a clock that nobody sets. */
double bench_now(void);

/* One more @value of the case "@list: @what, @who", e.g. "veth IPv4 1 M mixed: listed
 * SYN, ipset". @unit: "ns", "s", "bytes". */
void bench_record(const char *list, const char *what, const char *who, const char *unit,
		  double value);

/* @who was not measured on @list, and @why. Said at once, too. */
void bench_omit(const char *list, const char *who, const char *why);

/* Write all of it: {"cases": [{case, unit, values}], "omitted": [{list, who, why}]}. */
void bench_write(const char *path);

#endif
