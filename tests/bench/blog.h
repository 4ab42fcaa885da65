/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * blog - postscreen's dnsblog below a Postfix master of its own, and a client of its private
 * socket that keeps it busy.
 *
 * It asks the name server of /etc/resolv.conf. All its files are below /run, which is the
 * bench's own (live.h).
 */
#ifndef SYNWARD_TESTS_BENCH_BLOG_H
#define SYNWARD_TESTS_BENCH_BLOG_H

#include <stddef.h>
#include <stdint.h>

struct bench_blog_counts {
	uint32_t answered, listed;
	double cpu; /* seconds of dnsblog's */
};

/* Start it on processor @cpu. NULL: it runs; else why there is none. */
const char *bench_blog_start(int cpu);

/* Ask @n questions, some at the same time: @question writes list and address of the
 * @i-th. */
struct bench_blog_counts bench_blog_ask(uint32_t n, void (*question)(uint32_t i, const char **list,
								     char address[16]));

#endif
