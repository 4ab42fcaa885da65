/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * confine - what is left to synward-desk, which talks to strangers all day: its open sockets, sockets to
 * the daemon, memory, time. No file, no new connection to anybody but by a unix socket, no program.
 */
#ifndef SYNWARD_DESK_CONFINE_H
#define SYNWARD_DESK_CONFINE_H

#include <stddef.h>

#include "lib/err.h"

/*
 * Allow for @want open descriptors, and as many as may be of them; before rights are given up, for root may raise the
 * limit. *@ret_have is how many there can be.
 */
int sw_confine_descriptors(size_t want, size_t *ret_have, struct sw_err *err);

/*
 * From now on, and for good: no capabilities, no new privileges, no core dumps, no children, memory of a fixed
 * size at most, and the system calls of confine.c. Another call fails with ENOSYS and is in the audit log. Built
 * with sanitizers, which want more, system calls and memory stay free.
 */
int sw_confine(struct sw_err *err);

#endif
