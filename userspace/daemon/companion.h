/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * companion - the process that keeps the privileges that the daemon gives up.
 *
 * Why there is one: CAP_SYS_ADMIN cannot be done without. libxdp and libbpf go from
 * program and map numbers to descriptors (BPF_PROG_GET_FD_BY_ID, BPF_MAP_..., BPF_BTF_...),
 * which the kernel gives to CAP_SYS_ADMIN alone, 6.1 as 6.18; keeping descriptors of what we
 * attached ourselves would do for a program that is alone, but not for libxdp's dispatcher,
 * nor for what an earlier run attached. And who has CAP_SYS_ADMIN is root with a detour.
 * So it is in a process that parses nothing and takes a few fixed requests from the
 * daemon (datapath/delegate.h): open the maps, attach, detach, list, pin, close connections. All
 * it can be made to do is to attach this one program to interfaces, with maps of the right
 * shape, and to close TCP connections of this machine's.
 *
 * It is forked first, so that it holds nothing of the daemon's: only the socket and
 * standard error; of capabilities CAP_SYS_ADMIN, which stands in for CAP_BPF and
 * CAP_PERFMON, and CAP_NET_ADMIN; a list of system calls of its own, without opening
 * files for writing. It stays uid 0 because bpffs belongs to root.
 *
 * It ends when the daemon's end of the socket is closed, however the daemon ended, and
 * ignores signals meant for the daemon, which needs it for on-exit = detach. Until then it
 * holds the daemon's lock as well: no other daemon begins while a request of a dead one is
 * still being worked on.
 */
#ifndef SYNWARD_DAEMON_COMPANION_H
#define SYNWARD_DAEMON_COMPANION_H

#include "lib/err.h"

struct sw_companion;

/*
 * Fork, as root, before any list is read, file opened or thread started. @pin_dir is made,
 * and bpffs mounted where it is not. From then on the functions of
 * datapath.h go through it. Returns when the companion has given up what it does not need.
 */
int sw_companion_start(const char *pin_dir, struct sw_companion **ret, struct sw_err *err);

/* Its process number, for people. */
int sw_companion_pid(const struct sw_companion *c);

/* Becomes readable when the companion has ended, and never else between requests. For an
 * event loop that wants to say so; the filter goes on, but interfaces cannot change. */
int sw_companion_fd(const struct sw_companion *c);

/* Let it end, and wait until it has. After sw_enforce_free. */
struct sw_companion *sw_companion_stop(struct sw_companion *c);

#endif
