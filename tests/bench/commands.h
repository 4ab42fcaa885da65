/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * commands - other people's programs, run and waited for.
 *
 * They die with the bench: none goes on when it was killed.
 */
#ifndef SYNWARD_TESTS_BENCH_COMMANDS_H
#define SYNWARD_TESTS_BENCH_COMMANDS_H

#include <stdbool.h>
#include <sys/types.h>

/* Is there a program of that name on PATH, or with a slash, at that place? */
bool bench_has_command(const char *name);

/*
 * Run @argv, which ends with NULL, in this process's namespaces. @input: a file for its
 * standard input, or NULL. If it fails, what it said is shown, and this program ends
 * (figures.h).
 */
void bench_command(const char *const argv[], const char *input);

/* The same, with what it printed, at most 64 KiB, valid until the next call. */
const char *bench_command_output(const char *const argv[]);

/* Start @argv on processor @cpu, where there are two; what it says goes to the file @log. It
 * dies with the bench. */
pid_t bench_background(const char *const argv[], int cpu, const char *log);

/* Stay on processor @cpu, where there are two. */
void bench_on_cpu(int cpu);

#define BENCH_COMMAND(...) bench_command((const char *const[]){ __VA_ARGS__, NULL }, NULL)
#define BENCH_OUTPUT(...) bench_command_output((const char *const[]){ __VA_ARGS__, NULL })

#endif
