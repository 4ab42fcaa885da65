/* SPDX-License-Identifier: GPL-2.0-only */
/* syscalls - see syscalls.h; names are in syscalls.def, arguments here. */
#include "syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <seccomp.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41 /* glibc names its memory with it */
#endif

enum list { BOTH, DAEMON, COMPANION, NEVER, SANITIZER };

static const struct {
	const char *name;
	enum list list;
} calls[] = {
#define SW_SYSCALL(name_, list_) { (name_), (list_) },
#include "syscalls.def"
#undef SW_SYSCALL
};

/* A filter while it is made; the first failure stays. */
struct filter {
	scmp_filter_ctx context;
	bool companion;
	int code;
};

/* ---- rules ---- */

static void add(struct filter *f, uint32_t action, const char *name,
		const struct scmp_arg_cmp *args, unsigned n)
{
	int number = seccomp_syscall_resolve_name(name);
	int code;

	if (number < 0) /* not of this architecture, or newer than the library */
		return;
	code = seccomp_rule_add_array(f->context, action, number, n, args);
	if (code && !f->code)
		f->code = code;
}

static void allow(struct filter *f, const char *name)
{
	add(f, SCMP_ACT_ALLOW, name, NULL, 0);
}

static void allow_if(struct filter *f, const char *name, struct scmp_arg_cmp condition)
{
	add(f, SCMP_ACT_ALLOW, name, &condition, 1);
}

static void forbid_if(struct filter *f, const char *name, struct scmp_arg_cmp condition)
{
	add(f, SCMP_ACT_ERRNO(EPERM), name, &condition, 1);
}

/* Argument @n is the int @value: the kernel does not look at the upper half. */
static struct scmp_arg_cmp is(unsigned n, unsigned value)
{
	return SCMP_CMP64(n, SCMP_CMP_MASKED_EQ, UINT32_MAX, value);
}

/* Allowed where the bits @mask of argument @n are @value, forbidden where one differs. */
static void allow_masked(struct filter *f, const char *name, unsigned n, unsigned mask,
			 unsigned value)
{
	allow_if(f, name, SCMP_CMP64(n, SCMP_CMP_MASKED_EQ, mask, value));
	for (unsigned bit = 1; bit && bit <= mask; bit <<= 1)
		if (mask & bit)
			forbid_if(f, name, SCMP_CMP64(n, SCMP_CMP_MASKED_EQ, bit, ~value & bit));
}

static void add_names(struct filter *f)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		enum list list = calls[i].list;

		if (list == NEVER || (list == SANITIZER && !SW_SANITIZED))
			add(f, SCMP_ACT_ERRNO(EPERM), calls[i].name, NULL, 0);
		else if (list == BOTH || list == SANITIZER ||
			 list == (f->companion ? COMPANION : DAEMON))
			allow(f, calls[i].name);
	}
}

/* ---- by argument ---- */

/* Memory that is written never becomes code: also what JITs and libraries would load. */
static void add_memory(struct filter *f)
{
	allow_masked(f, "mmap", 2, PROT_EXEC, 0);
	allow_masked(f, "mmap2", 2, PROT_EXEC, 0);
	allow_masked(f, "mprotect", 2, PROT_EXEC, 0);
	forbid_if(f, "pkey_mprotect", SCMP_CMP64(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC));
}

/* clone3 keeps its flags in memory that a filter cannot read: ENOSYS, and the C library
 * goes on with clone. Threads share everything; no namespace is new. */
static void add_threads(struct filter *f)
{
	if (SW_SANITIZED)
		allow(f, "clone");
	else if (!f->companion)
		allow_masked(f, "clone", 0,
			     CLONE_THREAD | CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWNET |
				     CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP,
			     CLONE_THREAD);
	/* raise(3), abort(3) */
	allow_if(f, "tgkill", is(0, (unsigned)getpid()));
	allow_if(f, "prctl", is(0, PR_SET_NAME));
	allow_if(f, "prctl", is(0, PR_GET_NAME));
	allow_if(f, "prctl", is(0, PR_SET_VMA));
	if (SW_SANITIZED) {
		allow_if(f, "prctl", is(0, PR_SET_PTRACER));
		allow_if(f, "prctl", is(0, PR_GET_DUMPABLE));
		allow_if(f, "prctl", is(0, PR_SET_DUMPABLE));
	}
}

static void allow_netlink(struct filter *f, unsigned protocol)
{
	const struct scmp_arg_cmp args[] = {
		is(0, AF_NETLINK),
		is(2, protocol),
	};

	add(f, SCMP_ACT_ALLOW, "socket", args, 2);
}

static void add_sockets(struct filter *f)
{
	static const unsigned requests[] = { FIONREAD, FIONBIO, SIOCGIFINDEX, SIOCGIFNAME, TCGETS };

	allow_if(f, "socket", is(0, AF_UNIX));
	allow_netlink(f, NETLINK_ROUTE);
	allow_netlink(f, NETLINK_SOCK_DIAG); /* the companion closes connections by it */
	if (!f->companion) {
		allow_if(f, "socket", is(0, AF_INET));
		allow_if(f, "socket", is(0, AF_INET6));
	}
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		allow_if(f, "ioctl", is(1, requests[i]));
}

/* What works on a map that is open; all else of bpf(2) is for the companion. */
static void add_bpf(struct filter *f)
{
	static const unsigned on_maps[] = {
		BPF_MAP_LOOKUP_ELEM,	BPF_MAP_UPDATE_ELEM,
		BPF_MAP_DELETE_ELEM,	BPF_MAP_GET_NEXT_KEY,
		BPF_OBJ_GET_INFO_BY_FD, BPF_MAP_LOOKUP_AND_DELETE_ELEM,
		BPF_MAP_LOOKUP_BATCH,	BPF_MAP_LOOKUP_AND_DELETE_BATCH,
		BPF_MAP_UPDATE_BATCH,	BPF_MAP_DELETE_BATCH,
	};
	const size_t n = sizeof(on_maps) / sizeof(on_maps[0]);

	if (f->companion) {
		allow(f, "bpf");
		return;
	}
	for (unsigned command = 0; command < 64; command++) {
		bool allowed = false;

		for (size_t i = 0; i < n; i++)
			allowed |= on_maps[i] == command;
		if (allowed)
			allow_if(f, "bpf", is(0, command));
		else
			forbid_if(f, "bpf", is(0, command));
	}
}

/* The companion reads what libraries need, and writes no file; bpffs is written with
 * bpf(2), mkdir, rename and unlink. */
static void add_files(struct filter *f)
{
	if (f->companion)
		allow_masked(f, "openat", 2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY);
}

/* ---- in force ---- */

static int load(struct filter *f)
{
	add_names(f);
	add_memory(f);
	add_threads(f);
	add_sockets(f);
	add_bpf(f);
	add_files(f);
	if (!f->code)
		f->code = seccomp_attr_set(f->context, SCMP_FLTATR_CTL_LOG, 1);
	if (!f->code)
		f->code = seccomp_attr_set(f->context, SCMP_FLTATR_CTL_TSYNC, 1);
	/* A tree in place of a chain: what is asked most costs no more than what is last. */
	if (!f->code)
		f->code = seccomp_attr_set(f->context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (!f->code)
		f->code = seccomp_attr_set(f->context, SCMP_FLTATR_ACT_BADARCH,
					   SCMP_ACT_KILL_PROCESS);
	return f->code ? f->code : seccomp_load(f->context);
}

int sw_syscalls_limit(enum sw_syscalls which, struct sw_err *err)
{
	struct filter f = { .companion = which == SW_SYSCALLS_COMPANION };
	int code = -ENOMEM;

	f.context = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	if (f.context) {
		code = load(&f);
		seccomp_release(f.context);
	}
	return code ? sw_err_set(err, code, "cannot filter system calls: %s", strerror(-code)) : 0;
}
