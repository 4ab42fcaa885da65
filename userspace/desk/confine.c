/* SPDX-License-Identifier: GPL-2.0-only */
/* confine - see confine.h. The only file of the desk that knows libseccomp and libcap-ng. */
#include "confine.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cap-ng.h>
#include <seccomp.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#define MEMORY_BYTES (UINT64_C(192) << 20) /* of data: several times what it can need */

static const char *const calls[] = {
	/* memory, time, signals, the end */
	"brk",
	"madvise",
	"mremap",
	"munmap",
	"futex",
	"clock_gettime",
	"clock_nanosleep",
	"gettimeofday",
	"time",
	"getrandom",
	"getpid",
	"gettid",
	"exit",
	"exit_group",
	"restart_syscall",
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"sigaltstack",
	"sigreturn",
	"rseq",
	"sched_yield",
	"getrusage",
	/* the loop, and who is on it; connect has only unix sockets to work on */
	"epoll_ctl",
	"epoll_pwait",
	"epoll_wait",
	"accept4",
	"accept",
	"close",
	"connect",
	"getsockname",
	"getsockopt",
	"setsockopt",
	"recvfrom",
	"recvmsg",
	"sendto",
	"sendmsg",
	"shutdown",
	"read",
	"readv",
	"fcntl",
	/* the log: standard error, or what it goes to */
	"write",
	"writev",
	"fstat",
	"newfstatat",
};

int sw_confine_descriptors(size_t want, size_t *ret_have, struct sw_err *err)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return sw_err_set(err, -errno, "RLIMIT_NOFILE: %s", strerror(errno));
	if (limit.rlim_max < want) {
		const struct rlimit more = { .rlim_cur = want, .rlim_max = want };

		if (!setrlimit(RLIMIT_NOFILE, &more))
			limit = more;
	}
	limit.rlim_cur = limit.rlim_max < want ? limit.rlim_max : want;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		return sw_err_set(err, -errno, "RLIMIT_NOFILE: %s", strerror(errno));
	*ret_have = limit.rlim_cur;
	return 0;
}

static int set_limit(int which, const char *name, rlim_t value, struct sw_err *err)
{
	const struct rlimit limit = { .rlim_cur = value, .rlim_max = value };

	if (setrlimit((__rlimit_resource_t)which, &limit))
		return sw_err_set(err, -errno, "%s: %s", name, strerror(errno));
	return 0;
}

static int drop_rights(struct sw_err *err)
{
	if (capng_get_caps_process())
		return sw_err_set(err, -EPERM, "cannot tell which capabilities there are");
	if (capng_have_capabilities(CAPNG_SELECT_CAPS) != CAPNG_NONE) {
		capng_clear(CAPNG_SELECT_CAPS);
		if (capng_apply(CAPNG_SELECT_CAPS))
			return sw_err_set(err, -EPERM, "cannot give up capabilities");
	}
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return sw_err_set(err, -errno, "cannot give up privileges: %s", strerror(errno));
	return 0;
}

/* Argument @n & @mask is @value. */
static int allow_if(scmp_filter_ctx filter, const char *name, unsigned n, uint64_t mask,
		    uint64_t value)
{
	const struct scmp_arg_cmp condition = SCMP_CMP64(n, SCMP_CMP_MASKED_EQ, mask, value);
	int number = seccomp_syscall_resolve_name(name);

	return number < 0 ? 0
			  : seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, 1, &condition);
}

static int add_rules(scmp_filter_ctx filter)
{
	int code = 0;

	for (size_t i = 0; !code && i < sizeof(calls) / sizeof(calls[0]); i++) {
		int number = seccomp_syscall_resolve_name(calls[i]);

		/* not of this architecture, or newer than the library */
		if (number >= 0)
			code = seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
	}
	if (!code)
		code = allow_if(filter, "socket", 0, UINT32_MAX, AF_UNIX);
	if (!code)
		code = allow_if(filter, "mmap", 2, PROT_EXEC, 0);
	if (!code)
		code = allow_if(filter, "mprotect", 2, PROT_EXEC, 0);
	if (!code) /* abort(3) */
		code = allow_if(filter, "tgkill", 0, UINT32_MAX, (unsigned)getpid());
	return code;
}

static int filter_calls(struct sw_err *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int code = filter ? add_rules(filter) : -ENOMEM;

	if (!code)
		code = seccomp_attr_set(filter, SCMP_FLTATR_CTL_LOG, 1);
	if (!code)
		code = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (!code)
		code = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (!code)
		code = seccomp_load(filter);
	seccomp_release(filter);
	return code ? sw_err_set(err, code, "cannot filter system calls: %s", strerror(-code)) : 0;
}

int sw_confine(struct sw_err *err)
{
	int code = drop_rights(err);

	if (!code)
		code = set_limit(RLIMIT_CORE, "RLIMIT_CORE", 0, err);
	if (!code)
		code = set_limit(RLIMIT_MEMLOCK, "RLIMIT_MEMLOCK", 0, err);
	if (SANITIZED || code)
		return code;
	code = set_limit(RLIMIT_NPROC, "RLIMIT_NPROC", 0, err);
	if (!code)
		code = set_limit(RLIMIT_DATA, "RLIMIT_DATA", MEMORY_BYTES, err);
	return code ? code : filter_calls(err);
}
