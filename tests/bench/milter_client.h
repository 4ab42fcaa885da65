/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * milter_client - the mail server's end of the milter protocol, as much of it as tells a milter of
 * recipients that were turned away.
 *
 * Blocking; what fails ends the bench (figures.h).
 */
#ifndef SYNWARD_TESTS_BENCH_MILTER_CLIENT_H
#define SYNWARD_TESTS_BENCH_MILTER_CLIENT_H

/* A session of the client @source (IPv4) with a message begun, at the unix socket @path; returns the
 * descriptor. */
int bench_milter_open(const char *path, const char *source);

/* The recipient @rcpt was turned away as unknown. Returns when the milter has answered, which is
 * when the mail server goes on. */
void bench_milter_refused(int fd, const char *rcpt);

#endif
