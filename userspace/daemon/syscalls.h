/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * syscalls - which system calls are left to the daemon, and to its companion.
 *
 * An allow list each, from the one table in syscalls.def. What is on none:
 *
 *   forbidden  calls that only an intruder would make (execve, ptrace, mount, setns,
 *              kexec, modules, keys, ...): EPERM
 *   all else   ENOSYS, as an older kernel would answer, so that libraries take the way
 *              that they know without that call
 *
 * Never a signal: a daemon that must run for a year is not ended by what a new C library tries
 * first. Both are written to the audit log (SECCOMP_FILTER_FLAG_LOG; type=1326 names the
 * call). Only calls of another architecture's table (int 0x80, x32) kill, for nothing
 * that was compiled here makes them.
 *
 * Some calls are allowed with some arguments only: no memory becomes executable, sockets
 * are AF_UNIX, AF_INET, AF_INET6 and netlink for routes and socket diagnostics, new
 * threads but no new processes, bpf(2) on maps only. Built with sanitizers the list is
 * wider by what their run-time makes: that is for tests, never for a machine.
 */
#ifndef SYNWARD_DAEMON_SYSCALLS_H
#define SYNWARD_DAEMON_SYSCALLS_H

#include "lib/err.h"

/* Built with AddressSanitizer, whose run-time wants more. */
#if defined(__SANITIZE_ADDRESS__)
#define SW_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SW_SANITIZED 1
#endif
#endif
#ifndef SW_SANITIZED
#define SW_SANITIZED 0
#endif

enum sw_syscalls {
	SW_SYSCALLS_DAEMON,
	SW_SYSCALLS_COMPANION,
};

/*
 * From now on, and for all threads, what @which is allowed. Cannot be taken back. Sets
 * no_new_privs. -ENOSYS: this kernel has no seccomp filters; -errno of seccomp(2).
 */
int sw_syscalls_limit(enum sw_syscalls which, struct sw_err *err);

#endif
