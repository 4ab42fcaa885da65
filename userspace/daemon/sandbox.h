/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sandbox - from root to the daemon as it runs, all steps in their order.
 *
 *   1  who is `user`?                            privileges.h
 *   2  state-dir and run-dir are given to it     privileges.h, folder.c
 *   3  the companion is forked                   companion.h
 *   4  user, groups and capabilities are dropped privileges.h
 *   5  system calls are limited                  syscalls.h
 *
 * Early: after the config is read and before anything else is: lists, sockets, the ledger,
 * threads. What is then to be done at the start is done as it will be at a reload, so that a
 * list that the user cannot read is told at once, and not in the night.
 */
#ifndef SYNWARD_DAEMON_SANDBOX_H
#define SYNWARD_DAEMON_SANDBOX_H

#include "lib/config.h"
#include "lib/err.h"

struct sw_sandbox;

/*
 * Enter it for good. @note is told, with levels of syslog, as whom the process goes on and what
 * that user cannot read. Without root the process stays who it is, and attaching must be
 * somebody else's: there is no companion. After a failure the process must end.
 */
int sw_sandbox_enter(const struct sw_config *config,
		     void (*note)(void *ctx, int level, const char *text), void *ctx,
		     struct sw_sandbox **ret, struct sw_err *err);

/* Becomes readable when the companion has ended before its time: say that interfaces and
 * sizes cannot change until a restart, and look no more. -1: there is none. */
int sw_sandbox_fd(const struct sw_sandbox *s);

/* Let the companion end. Last of all, after the filter was left or taken away. NULL is
 * fine; returns NULL. */
struct sw_sandbox *sw_sandbox_leave(struct sw_sandbox *s);

#endif
