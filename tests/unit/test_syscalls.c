/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The filter of system calls: what the daemon needs goes on, what only an intruder wants
 * fails, in a child each, since a filter cannot be taken back. No root needed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/membarrier.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>
#include <lmdb.h>

#include "daemon/syscalls.h"
#include "dns/resolver.h"
#include "maps/table.h"
#include "support/folder.h"

static char *folder;

/* In a child cmocka's asserts would go on with its other tests. */
#define EXPECT(condition)                                                             \
	do {                                                                          \
		if (!(condition)) {                                                   \
			fprintf(stderr, "# line %d: %s (%s)\n", __LINE__, #condition, \
				strerror(errno));                                     \
			_exit(1);                                                     \
		}                                                                     \
	} while (0)

#define EXPECT_ERROR(call, number) EXPECT((errno = 0, (call) == -1) && errno == (number))

static void limit(enum sw_syscalls which)
{
	struct sw_err err = { "" };

	if (sw_syscalls_limit(which, &err)) {
		fprintf(stderr, "# %s\n", err.text);
		_exit(1);
	}
}

static int status_of(void (*act)(void))
{
	int status = -1;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		act();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int make_folder(void **unused)
{
	folder = folder_make();
	return 0;
}

static int remove_folder(void **unused)
{
	folder_remove(folder);
	return 0;
}

/* ---- needed ---- */

static void work_with_files(void)
{
	const char *a = folder_path(folder, "a"), *b = folder_path(folder, "b");
	struct flock record = { .l_type = F_WRLCK };
	struct stat st;
	int fd;

	limit(SW_SYSCALLS_DAEMON);
	fd = open(a, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	EXPECT(fd >= 0);
	EXPECT(pwrite(fd, "x", 1, 0) == 1);
	EXPECT(!ftruncate(fd, 4096));
	EXPECT(!fdatasync(fd) && !fsync(fd));
	EXPECT(!fcntl(fd, F_SETLK, &record));
	EXPECT(!flock(fd, LOCK_EX | LOCK_NB));
	EXPECT(!fchmod(fd, 0640) && !fchown(fd, (uid_t)-1, getgid()));
	EXPECT(!fstat(fd, &st) && st.st_size == 4096);
	EXPECT(!close(fd));
	EXPECT(!rename(a, b) && !unlink(b));
	EXPECT(!mkdir(a, 0700) && !rmdir(a));
	EXPECT(malloc(1 << 24) != NULL); /* mmap */
}

static void work_with_the_ledger(void)
{
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;
	char text[] = "text";
	MDB_val key = { 4, text }, value = { 4, text }, got;

	limit(SW_SYSCALLS_DAEMON);
	EXPECT(!mdb_env_create(&env) && !mdb_env_set_mapsize(env, 1 << 20));
	EXPECT(!mdb_env_open(env, folder_path(folder, "ledger"), MDB_NOSUBDIR, 0600));
	EXPECT(!mdb_txn_begin(env, NULL, 0, &txn) && !mdb_dbi_open(txn, NULL, 0, &dbi));
	EXPECT(!mdb_put(txn, dbi, &key, &value, 0) && !mdb_txn_commit(txn));
	EXPECT(!mdb_env_sync(env, 1));
	EXPECT(!mdb_env_set_mapsize(env, 1 << 22));
	EXPECT(!mdb_txn_begin(env, NULL, MDB_RDONLY, &txn) && !mdb_get(txn, dbi, &key, &got));
	mdb_txn_abort(txn);
	/* a compacting copy, which makes a thread */
	EXPECT(!mdb_env_copy2(env, folder_path(folder, "copy"), MDB_CP_COMPACT));
	mdb_env_close(env);
}

static void work_with_the_loop(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	sigset_t mask;
	int poll, timer, signals, wake;

	limit(SW_SYSCALLS_DAEMON);
	sigemptyset(&mask);
	poll = epoll_create1(EPOLL_CLOEXEC);
	timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	signals = signalfd(-1, &mask, SFD_CLOEXEC);
	wake = eventfd(1, EFD_CLOEXEC);
	EXPECT(poll >= 0 && timer >= 0 && signals >= 0);
	EXPECT(!epoll_ctl(poll, EPOLL_CTL_ADD, wake, &event));
	EXPECT(epoll_wait(poll, &event, 1, 1000) == 1);
	EXPECT(getrandom(&mask, sizeof(mask), 0) == sizeof(mask));
	EXPECT(syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0) > 0);
	sw_table_wait_readers();
}

/* Whole addresses of all families, and the netlink that own.c speaks. */
static void work_with_sockets(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listener, pair[2];

	limit(SW_SYSCALLS_DAEMON);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	snprintf(un.sun_path, sizeof(un.sun_path), "%s", folder_path(folder, "control"));
	EXPECT(!bind(listener, (struct sockaddr *)&un, sizeof(un)) && !listen(listener, 5));
	EXPECT(!connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&un, sizeof(un)));
	EXPECT(accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC) >= 0);
	EXPECT(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair) && send(pair[0], "x", 1, 0) == 1);
	EXPECT(!bind(socket(AF_INET, SOCK_DGRAM, 0), (struct sockaddr *)&in, sizeof(in)));
	EXPECT(socket(AF_INET6, SOCK_STREAM, 0) >= 0 || errno == EAFNOSUPPORT);
	EXPECT(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE) >= 0);
	EXPECT(socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG) >= 0);
	EXPECT(if_nametoindex("lo") == 1);
}

static void on_dns_answer(void *ctx, const struct sw_dns_answer *answer)
{
	*(enum sw_dns_status *)ctx = answer->status;
}

/* Opened, asked and closed under the filter, with a name server that is this function. */
static void work_with_the_resolver(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t bytes = sizeof(at);
	struct sw_resolver_options options = { .clock = sw_clock_system(), .servers = 1 };
	enum sw_dns_status status = SW_DNS_OK;
	struct sw_resolver *resolver;
	char text[32];
	const char *server = text;
	uint8_t query[512];
	ssize_t n;
	int fd;

	limit(SW_SYSCALLS_DAEMON);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	EXPECT(!bind(fd, (struct sockaddr *)&at, bytes));
	EXPECT(!getsockname(fd, (struct sockaddr *)&at, &bytes));
	snprintf(text, sizeof(text), "127.0.0.1:%u", ntohs(at.sin_port));
	options.server = &server;
	options.base = event_base_new();
	EXPECT(!sw_resolver_open(&options, &resolver, NULL));
	sw_dns_ask(sw_resolver_dns(resolver), "a.example", SW_DNS_A, on_dns_answer, &status);
	event_base_loop(options.base, EVLOOP_NONBLOCK);
	n = recvfrom(fd, query, sizeof(query), MSG_DONTWAIT, (struct sockaddr *)&at, &bytes);
	EXPECT(n > 12);
	query[2] |= 0x80; /* an answer */
	query[3] |= 3; /* NXDOMAIN */
	EXPECT(sendto(fd, query, (size_t)n, 0, (struct sockaddr *)&at, bytes) == n);
	event_base_loop(options.base, EVLOOP_ONCE);
	EXPECT(status == SW_DNS_NXDOMAIN);
	sw_resolver_close(resolver);
	options.servers = 0; /* reads resolv.conf(5) */
	EXPECT(!sw_resolver_open(&options, &resolver, NULL));
	sw_resolver_close(resolver);
	event_base_free(options.base);
}

static void *answer(void *ctx)
{
	return ctx;
}

static void work_with_threads(void)
{
	pthread_t thread;
	void *result = NULL;
	int there;

	limit(SW_SYSCALLS_DAEMON);
	EXPECT(!pthread_create(&thread, NULL, answer, &there));
	EXPECT(!pthread_join(thread, &result) && result == &there);
	EXPECT(!prctl(PR_SET_NAME, "named"));
}

static void what_the_daemon_does_is_allowed(void **unused)
{
	assert_int_equal(status_of(work_with_files), 0);
	assert_int_equal(status_of(work_with_the_ledger), 0);
	assert_int_equal(status_of(work_with_the_loop), 0);
	assert_int_equal(status_of(work_with_the_resolver), 0);
	assert_int_equal(status_of(work_with_sockets), 0);
	assert_int_equal(status_of(work_with_threads), 0);
}

/* ---- forbidden ---- */

static void try_what_is_forbidden(void)
{
	static const struct {
		const char *name;
		long number;
	} calls[] = {
#define CALL(name) { #name, SYS_##name }
		CALL(execve),	     CALL(execveat),	    CALL(ptrace),
		CALL(mount),	     CALL(umount2),	    CALL(pivot_root),
		CALL(chroot),	     CALL(setns),	    CALL(unshare),
		CALL(kexec_load),    CALL(init_module),	    CALL(finit_module),
		CALL(delete_module), CALL(reboot),	    CALL(swapon),
		CALL(keyctl),	     CALL(add_key),	    CALL(process_vm_readv),
		CALL(kill),	     CALL(tkill),	    CALL(pidfd_open),
		CALL(pidfd_getfd),   CALL(setuid),	    CALL(setresuid),
		CALL(setgroups),     CALL(capset),	    CALL(personality),
		CALL(settimeofday),  CALL(clock_settime),   CALL(io_uring_setup),
		CALL(userfaultfd),   CALL(perf_event_open), CALL(open_by_handle_at),
		CALL(mknodat),	     CALL(fsopen),	    CALL(move_mount),
		CALL(fanotify_init), CALL(syslog),
#undef CALL
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (SW_SANITIZED && calls[i].number == SYS_ptrace)
			continue;
		errno = 0;
		if (syscall(calls[i].number, 0, 0, 0, 0, 0, 0) != -1 || errno != EPERM) {
			fprintf(stderr, "# %s: %s\n", calls[i].name, strerror(errno));
			_exit(1);
		}
	}
}

static void try_as_daemon(void)
{
	limit(SW_SYSCALLS_DAEMON);
	try_what_is_forbidden();
}

static void try_as_companion(void)
{
	limit(SW_SYSCALLS_COMPANION);
	try_what_is_forbidden();
}

static void what_only_an_intruder_does_is_forbidden_to_both(void **unused)
{
	assert_int_equal(status_of(try_as_daemon), 0);
	assert_int_equal(status_of(try_as_companion), 0);
}

static void try_new_processes(void)
{
	limit(SW_SYSCALLS_DAEMON);
	EXPECT_ERROR(fork(), EPERM);
	EXPECT_ERROR(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0), EPERM);
	EXPECT_ERROR(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0), EPERM);
	EXPECT_ERROR(syscall(SYS_clone, CLONE_THREAD | CLONE_NEWNET, 0, 0, 0, 0), EPERM);
	EXPECT_ERROR(syscall(SYS_clone3, 0, 0), ENOSYS); /* as on Linux 5.2 */
}

static void try_companions_children(void)
{
	limit(SW_SYSCALLS_COMPANION);
	EXPECT(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) == -1);
	EXPECT(syscall(SYS_clone, CLONE_THREAD | CLONE_VM | CLONE_SIGHAND, 0, 0, 0, 0) == -1);
}

static void no_new_process_is_made(void **unused)
{
	if (SW_SANITIZED) {
		print_message("SKIP: LeakSanitizer needs a process of its own\n");
		skip();
	}
	assert_int_equal(status_of(try_new_processes), 0);
	assert_int_equal(status_of(try_companions_children), 0);
}

static void try_new_code(void)
{
	void *memory;

	limit(SW_SYSCALLS_DAEMON);
	EXPECT_ERROR(
		(long)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
		EPERM);
	memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	EXPECT(memory != MAP_FAILED);
	EXPECT(!mprotect(memory, 4096, PROT_READ));
	EXPECT_ERROR(mprotect(memory, 4096, PROT_READ | PROT_EXEC), EPERM);
	/* nor with bits that the kernel does not look at */
	EXPECT(syscall(SYS_mprotect, memory, 4096, 1ull << 40 | PROT_EXEC) == -1);
}

static void memory_does_not_become_code(void **unused)
{
	assert_int_equal(status_of(try_new_code), 0);
}

static void try_strange_sockets(void)
{
	static const int families[] = { AF_PACKET, AF_VSOCK, AF_ALG, AF_BLUETOOTH, AF_KEY, AF_XDP };

	limit(SW_SYSCALLS_DAEMON);
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		EXPECT_ERROR(socket(families[i], SOCK_RAW, 0), ENOSYS);
	EXPECT_ERROR(socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER), ENOSYS);
	EXPECT_ERROR(socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT), ENOSYS);
}

static void sockets_are_of_few_families(void **unused)
{
	assert_int_equal(status_of(try_strange_sockets), 0);
}

static long bpf(int command)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	return syscall(SYS_bpf, command, &attr, sizeof(attr));
}

static void try_bpf(void)
{
	static const int forbidden[] = {
		BPF_MAP_CREATE,	      BPF_PROG_LOAD,
		BPF_OBJ_PIN,	      BPF_OBJ_GET,
		BPF_PROG_ATTACH,      BPF_PROG_DETACH,
		BPF_PROG_TEST_RUN,    BPF_PROG_GET_FD_BY_ID,
		BPF_MAP_GET_FD_BY_ID, BPF_RAW_TRACEPOINT_OPEN,
		BPF_BTF_LOAD,	      BPF_LINK_CREATE,
		BPF_LINK_UPDATE,
	};

	limit(SW_SYSCALLS_DAEMON);
	for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++)
		EXPECT_ERROR(bpf(forbidden[i]), EPERM);
	EXPECT_ERROR(bpf(1000), ENOSYS);
	/* what is allowed is for the kernel to judge */
	EXPECT(bpf(BPF_MAP_LOOKUP_ELEM) == -1 && errno != ENOSYS);
	EXPECT(bpf(BPF_OBJ_GET_INFO_BY_FD) == -1 && errno != ENOSYS && errno != EPERM);
}

static void of_bpf_only_maps_are_left(void **unused)
{
	assert_int_equal(status_of(try_bpf), 0);
}

static void try_writing(void)
{
	const char *path = folder_write(folder, "file", "x");

	limit(SW_SYSCALLS_COMPANION);
	EXPECT(open(path, O_RDONLY | O_CLOEXEC) >= 0);
	EXPECT_ERROR(open(path, O_WRONLY), EPERM);
	EXPECT_ERROR(open(path, O_RDWR), EPERM);
	EXPECT_ERROR(open(path, O_RDONLY | O_TRUNC), EPERM);
	EXPECT_ERROR(open(path, O_RDONLY | O_CREAT, 0600), EPERM);
	EXPECT(open(folder, O_TMPFILE | O_RDWR, 0600) == -1);
	EXPECT(truncate(path, 0) == -1 && errno == ENOSYS);
	EXPECT(chmod(path, 0777) == -1 && errno == ENOSYS);
	EXPECT(socket(AF_INET, SOCK_STREAM, 0) == -1);
}

static void the_companion_writes_no_file(void **unused)
{
	assert_int_equal(status_of(try_writing), 0);
}

static void try_new_calls(void)
{
	limit(SW_SYSCALLS_DAEMON);
	EXPECT_ERROR(syscall(100000, 0, 0), ENOSYS);
	EXPECT_ERROR(syscall(SYS_openat2, -1, "", 0, 0), ENOSYS);
}

static void what_is_unknown_is_not_there(void **unused)
{
	assert_int_equal(status_of(try_new_calls), 0);
}

#if defined(__x86_64__)
/* getpid(2) of the 32 bit table, whose number is writev(2) in ours */
static void call_other_table(void)
{
	signal(SIGSEGV, SIG_DFL); /* cmocka's */
	__asm__ volatile("int $0x80" : : "a"(20), "b"(0) : "memory");
}

static void call_it_filtered(void)
{
	limit(SW_SYSCALLS_DAEMON);
	call_other_table();
}

static void another_table_of_calls_ends_it(void **unused)
{
	int status;

	if (status_of(call_other_table)) {
		print_message("SKIP: this kernel has no 32 bit table of system calls\n");
		skip();
	}
	status = status_of(call_it_filtered);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_daemon_does_is_allowed),
		cmocka_unit_test(what_only_an_intruder_does_is_forbidden_to_both),
		cmocka_unit_test(no_new_process_is_made),
		cmocka_unit_test(memory_does_not_become_code),
		cmocka_unit_test(sockets_are_of_few_families),
		cmocka_unit_test(of_bpf_only_maps_are_left),
		cmocka_unit_test(the_companion_writes_no_file),
		cmocka_unit_test(what_is_unknown_is_not_there),
#if defined(__x86_64__)
		cmocka_unit_test(another_table_of_calls_ends_it),
#endif
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
