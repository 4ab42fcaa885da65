/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemon without privileges, and its companion with: everything that the daemon does
 * to the card, as a user who has no capability, under its filter of system calls, on a
 * veth in a namespace of this test's own. What the companion refuses, and what it holds.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <cmocka.h>

#include "daemon/companion.h"
#include "daemon/connected.h"
#include "daemon/privileges.h"
#include "daemon/syscalls.h"
#include "datapath/datapath.h"
#include "datapath/delegate_message.h"
#include "support/folder.h"

#define PIN_DIR "/sys/fs/bpf/synward"
#define NOBODY 65534

static const struct sw_datapath_size small = { .table4_blocks = 4096,
					       .table6_blocks = 1024,
					       .bucket_lines = 1024 };
static const struct sw_class classes[SW_CLASS_MAX] = {
	[SW_CLASS_UNLISTED] = { .action = SW_ACTION_PASS, .name = "unlisted" },
	[SW_CLASS_FIRST_LIST] = { .action = SW_ACTION_DROP, .name = "bad" },
};
static const struct sw_entry4 bad = { .addr = 0x05010000, .len = 16, .class = SW_CLASS_FIRST_LIST };
static const uint16_t ports[] = { 25 };
static const struct sw_datapath_rules rules = {
	.class = classes, .flat4 = &bad, .flat4_n = 1, .ports = ports, .ports_n = 1
};
static const struct sw_identity nobody = { .uid = NOBODY, .gid = NOBODY };
static char *folder;

/* ---- the lab ---- */

static int make_lab(void **unused)
{
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("bpf", "/sys/fs/bpf", "bpf", 0, "mode=0700") || /* as systemd does */
	    system("ip link add sw0 type veth peer name sw1 && ip link set sw0 up && "
		   "ip link set sw1 up && ip link add sw2 type veth peer name sw3 && "
		   "ip link set sw2 up && ip link set sw3 up && ip link set lo up")) {
		print_error("cannot make namespaces: %s; this test needs root\n", strerror(errno));
		return -1;
	}
	folder = folder_make();
	return chmod(folder, 0777);
}

static int remove_lab(void **unused)
{
	folder_remove(folder);
	return 0;
}

static int clean_up(void **unused)
{
	sw_datapath_detach("sw0", NULL);
	sw_datapath_detach("sw2", NULL);
	sw_datapath_unpin(PIN_DIR, NULL);
	return 0;
}

/* ---- a child that is the daemon ---- */

static struct sw_err err;

/* In a child cmocka's asserts would go on with its other tests. */
#define EXPECT(condition)                                                                        \
	do {                                                                                     \
		if (!(condition)) {                                                              \
			fprintf(stderr, "# line %d: %s (%s)\n", __LINE__, #condition, err.text); \
			_exit(1);                                                                \
		}                                                                                \
	} while (0)

static struct sw_companion *become_daemon(void)
{
	struct sw_companion *c = NULL;

	err.text[0] = '\0';
	EXPECT(!sw_companion_start(PIN_DIR, &c, &err));
	EXPECT(!sw_privileges_drop(&nobody, &err));
	EXPECT(!sw_syscalls_limit(SW_SYSCALLS_DAEMON, &err));
	return c;
}

static pid_t in_child(void (*act)(void))
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		act();
		_exit(0);
	}
	return pid;
}

static void expect_success_of(void (*act)(void))
{
	int status = -1;

	assert_int_equal(waitpid(in_child(act), &status, 0) > 0, true);
	if (WIFSIGNALED(status))
		fail_msg("killed by signal %d", WTERMSIG(status));
	assert_int_equal(status, 0);
}

static struct sw_datapath *open_and_apply(const struct sw_datapath_size *size)
{
	struct sw_datapath *dp = NULL;

	EXPECT(!sw_datapath_open(PIN_DIR, SW_DATAPATH_WRITE, size, &dp, &err));
	EXPECT(!sw_datapath_apply(dp, &rules, &err));
	return dp;
}

/* How many interfaces carry the filter, and use the pinned maps. */
static size_t links(void)
{
	struct sw_datapath_link *all;
	size_t n, current = 0;

	EXPECT(!sw_datapath_links(PIN_DIR, &all, &n, &err));
	for (size_t i = 0; i < n; i++)
		current += all[i].current;
	free(all);
	return current == n ? n : 99;
}

/* ---- what the daemon does ---- */

/* As synward-desk hands them over; in a namespace without addresses any port will do. */
static int listener(void)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6 };
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	EXPECT(fd >= 0 && !bind(fd, (struct sockaddr *)&any, sizeof(any)) && !listen(fd, 1));
	return fd;
}

static bool desk_is_there(struct sw_datapath *dp)
{
	struct sw_datapath_info info;

	EXPECT(!sw_datapath_info(dp, &info));
	EXPECT(info.steering && !info.desk[SW_DESK_IPV4]);
	return info.desk[SW_DESK_IPV6];
}

static void start_and_reload(void)
{
	int desk = listener();
	struct sw_companion *c = become_daemon();
	struct sw_datapath_size large = small;
	struct sw_datapath *dp, *other;

	dp = open_and_apply(&small);
	EXPECT(!sw_datapath_attach(dp, "sw0", SW_MODE_NATIVE, &err));
	EXPECT(!sw_datapath_commit(dp, &err));
	EXPECT(links() == 1);
	/* the desk's sockets go into their map without any privilege, and out */
	EXPECT(!desk_is_there(dp));
	EXPECT(!sw_datapath_desk(dp, 6, desk, &err) && desk_is_there(dp));
	EXPECT(!sw_datapath_desk(dp, 6, -1, &err) && !desk_is_there(dp));
	EXPECT(!sw_datapath_desk(dp, 6, desk, &err));
	/* what reloads do: the same again, one more interface, one less, other sizes */
	EXPECT(!sw_datapath_attach(dp, "sw0", SW_MODE_NATIVE, &err));
	EXPECT(!sw_datapath_attach(dp, "sw2", SW_MODE_NATIVE, &err));
	EXPECT(links() == 2);
	EXPECT(!sw_datapath_detach("sw2", &err));
	EXPECT(sw_datapath_detach("sw2", &err) == -ENOENT);
	large.table4_blocks *= 2;
	other = open_and_apply(&large);
	EXPECT(!sw_datapath_attach(other, "sw0", SW_MODE_NATIVE, &err));
	EXPECT(!sw_datapath_commit(other, &err));
	sw_datapath_close(dp);
	EXPECT(links() == 1 && desk_is_there(other));
	EXPECT(sw_datapath_attach(other, "nonesuch", SW_MODE_NATIVE, &err) == -ENODEV);
	EXPECT(strstr(err.text, "no such interface") != NULL);
	sw_datapath_close(other);
	sw_companion_stop(c);
}

static void without_capabilities_it_starts_and_reloads(void **unused)
{
	expect_success_of(start_and_reload);
	/* the filter stays when both are gone */
	assert_int_equal(links(), 1);
}

static void start_again(void)
{
	struct sw_companion *c = become_daemon();
	struct sw_datapath_info info;
	struct sw_datapath *dp = open_and_apply(&small);

	EXPECT(!sw_datapath_info(dp, &info));
	EXPECT(!sw_datapath_attach(dp, "sw0", SW_MODE_NATIVE, &err));
	EXPECT(!sw_datapath_commit(dp, &err));
	/* on-exit = detach */
	EXPECT(sw_datapath_elsewhere(PIN_DIR) == 0);
	EXPECT(!sw_datapath_detach("sw0", &err));
	EXPECT(links() == 0);
	EXPECT(!sw_datapath_unsteer(PIN_DIR, &err));
	EXPECT(!sw_datapath_unpin(PIN_DIR, &err));
	sw_datapath_close(dp);
	sw_companion_stop(c);
}

static void it_takes_over_what_was_there_and_takes_it_away(void **unused)
{
	expect_success_of(start_and_reload);
	expect_success_of(start_again);
	assert_int_equal(links(), 0);
	assert_int_not_equal(access(PIN_DIR, F_OK), 0);
}

/* Without the companion the same calls fail: it is not that they need nothing. */
static void try_alone(void)
{
	struct sw_datapath *dp = open_and_apply(&small);

	EXPECT(!sw_privileges_drop(&nobody, &err));
	EXPECT(sw_datapath_attach(dp, "sw0", SW_MODE_NATIVE, &err));
	EXPECT(sw_datapath_commit(dp, &err));
	EXPECT(bpf_map_create(BPF_MAP_TYPE_ARRAY, "x", 4, 8, 1, NULL) < 0);
	/* and what needs nothing goes on */
	EXPECT(!sw_datapath_apply(dp, &rules, &err));
}

static void alone_it_may_not(void **unused)
{
	expect_success_of(try_alone);
}

/* ---- what the companion holds ---- */

/* The value of a line of /proc/PID/status. */
static unsigned long long status_of(pid_t pid, const char *name)
{
	unsigned long long value = ~0ull;
	char path[64], line[256];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	EXPECT(f);
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)) && line[strlen(name)] == ':')
			value = strtoull(line + strlen(name) + 1, NULL,
					 strncmp(name, "Cap", 3) ? 10 : 16);
	fclose(f);
	return value;
}

static unsigned descriptors_of(pid_t pid)
{
	unsigned n = 0;
	char path[64], target[64];

	for (int fd = 0; fd < 256; fd++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
		n += readlink(path, target, sizeof(target)) >= 0;
	}
	return n;
}

static void look_at_it(void)
{
	const unsigned long long caps = 1ull << CAP_SYS_ADMIN | 1ull << CAP_NET_ADMIN;
	int other = open("/", O_RDONLY | O_DIRECTORY); /* not for the companion */
	struct sw_companion *c;
	pid_t pid;

	EXPECT(other >= 0 && dup2(other, 100) == 100);
	EXPECT(!sw_companion_start(PIN_DIR, &c, &err));
	pid = sw_companion_pid(c);
	EXPECT(status_of(pid, "CapEff") == caps);
	EXPECT(status_of(pid, "CapPrm") == caps);
	EXPECT(status_of(pid, "CapInh") == 0);
	EXPECT(status_of(pid, "CapBnd") == 0);
	EXPECT(status_of(pid, "CapAmb") == 0);
	EXPECT(status_of(pid, "NoNewPrivs") == 1);
	EXPECT(status_of(pid, "Seccomp") == 2);
	EXPECT(descriptors_of(pid) == 4); /* null twice, standard error, the socket */
	/* signals for the daemon are not for it */
	for (int signal = SIGHUP; signal <= SIGTERM; signal++)
		if (signal == SIGHUP || signal == SIGINT || signal == SIGQUIT || signal == SIGTERM)
			EXPECT(!kill(pid, signal));
	EXPECT(links() == 0);
	sw_companion_stop(c);
	EXPECT(kill(pid, 0) && errno == ESRCH);
}

static void it_holds_no_more_than_it_needs(void **unused)
{
	expect_success_of(look_at_it);
}

/* ---- the end of either ---- */

static int pipe_to_test[2];

static void hold_the_lock(void)
{
	struct sw_companion *c = become_daemon();
	int pid = sw_companion_pid(c);

	EXPECT(sw_datapath_lock(folder, &err) >= 0);
	EXPECT(write(pipe_to_test[1], &pid, sizeof(pid)) == sizeof(pid));
	pause();
}

static int lock(void)
{
	int fd = sw_datapath_lock(folder, &err);

	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

static void a_killed_daemons_lock_is_held_until_its_companion_is_done(void **unused)
{
	int companion, status;
	pid_t daemon;

	assert_int_equal(pipe(pipe_to_test), 0);
	daemon = in_child(hold_the_lock);
	close(pipe_to_test[1]);
	assert_int_equal(read(pipe_to_test[0], &companion, sizeof(companion)), sizeof(companion));
	close(pipe_to_test[0]);
	assert_int_equal(kill(companion, SIGSTOP), 0); /* in the middle of something */
	assert_int_equal(kill(daemon, SIGKILL), 0);
	assert_int_equal(waitpid(daemon, &status, 0), daemon);
	assert_int_equal(status, SIGKILL); /* it was alive until then */
	assert_int_equal(lock(), -EWOULDBLOCK);
	assert_int_equal(kill(companion, SIGCONT), 0);
	for (int i = 0; i < 500 && lock(); i++)
		usleep(10000);
	assert_int_equal(lock(), 0);
}

static void lose_the_companion(void)
{
	struct sw_companion *c;
	struct sw_datapath *dp;
	struct sw_datapath_link *all;
	size_t n;
	int status;

	EXPECT(!sw_companion_start(PIN_DIR, &c, &err));
	dp = open_and_apply(&small);
	EXPECT(!kill(sw_companion_pid(c), SIGKILL));
	EXPECT(waitpid(sw_companion_pid(c), &status, 0) > 0);
	EXPECT(sw_datapath_attach(dp, "sw0", SW_MODE_NATIVE, &err) == -EPIPE);
	EXPECT(strstr(err.text, "restart synwardd") != NULL);
	EXPECT(sw_datapath_links(PIN_DIR, &all, &n, &err) == -EPIPE);
	EXPECT(!sw_datapath_apply(dp, &rules, &err)); /* verdicts go on */
	sw_datapath_close(dp);
	sw_companion_stop(c);
}

static void without_its_companion_the_daemon_says_so(void **unused)
{
	expect_success_of(lose_the_companion);
}

/* ---- connections ---- */

static int take_cookie(void *ctx, const struct sw_prefix *peer, const struct sw_connection *c)
{
	struct sw_connection *one = ctx;

	EXPECT(c->peer_port == one->peer_port && peer->lo == INADDR_LOOPBACK);
	*one = *c;
	return 0;
}

/* One that is there, and one that is not. */
static void close_a_connection(void)
{
	const struct sockaddr_in here = { .sin_family = AF_INET,
					  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
					  .sin_port = htons(2525) };
	const struct sockaddr *at = (const struct sockaddr *)&here;
	int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
	struct sw_connection one = { .family = AF_INET,
				     .local[0] = htonl(INADDR_LOOPBACK),
				     .peer[0] = htonl(INADDR_LOOPBACK),
				     .cookie = { ~0u, ~0u },
				     .local_port = htons(2525) };
	struct sockaddr_in name;
	socklen_t bytes = sizeof(name);
	struct sw_companion *c;
	int n, served;
	char byte;

	EXPECT(!bind(listener, at, sizeof(here)) && !listen(listener, 1));
	EXPECT(!connect(client, at, sizeof(here)));
	served = accept(listener, NULL, NULL);
	EXPECT(!getsockname(client, (struct sockaddr *)&name, &bytes));
	one.peer_port = name.sin_port;
	EXPECT(!sw_companion_start(PIN_DIR, &c, &err));
	EXPECT(sw_datapath_destroy(&one, 1, &err) == -EINVAL); /* whichever it is */
	EXPECT(!sw_connected_sessions(2525, take_cookie, &one));
	n = sw_datapath_destroy(&one, 1, &err);
	if (n != -EOPNOTSUPP) {
		EXPECT(n == 1);
		EXPECT(recv(served, &byte, 1, MSG_DONTWAIT) == -1 && errno == ECONNABORTED);
		EXPECT(sw_datapath_destroy(&one, 1, &err) == 0);
	}
	sw_companion_stop(c);
}

static int take_no_peer(void *ctx, const struct sw_prefix *peer)
{
	return 0;
}

static void the_companion_closes_connections(void **unused)
{
	if (sw_connected_each(2525, take_no_peer, NULL) == -ENOENT) {
		print_message("this kernel has no tcp_diag\n");
		skip();
	}
	expect_success_of(close_a_connection);
}

/* ---- nonsense ---- */

static int companion_socket;

/* Send it as it is; the code of the answer. */
static int send_raw(void *data, size_t bytes, const int *fd, size_t fds)
{
	static struct delegate_answer answer;
	struct delegate_parcel to = { .data = data, .bytes = bytes, .fds = fds };
	struct delegate_parcel from = { .data = &answer, .bytes = sizeof(answer) };

	for (size_t i = 0; i < fds; i++)
		to.fd[i] = fd[i];
	EXPECT(!sw_parcel_send(companion_socket, &to));
	EXPECT(!sw_parcel_receive(companion_socket, &from));
	EXPECT(from.fds == 0);
	return answer.code;
}

static int send_request(struct delegate_request request, size_t fds)
{
	int fd[DELEGATE_FDS];

	for (int i = 0; i < DELEGATE_FDS; i++)
		fd[i] = STDERR_FILENO;
	return send_raw(&request, sizeof(request), fd, fds);
}

static void talk_nonsense(void)
{
	struct sw_companion *c;
	char large[2 * sizeof(struct delegate_request)] = "x";
	struct delegate_request attach = { .ask = DELEGATE_ATTACH, .ifname = "sw0" };
	struct sw_datapath *dp;
	int nulls[2] = { STDERR_FILENO, STDERR_FILENO };

	EXPECT(!sw_companion_start(PIN_DIR, &c, &err));
	companion_socket = sw_companion_fd(c);
	EXPECT(send_raw(large, 1, NULL, 0) == -EPROTO);
	EXPECT(send_raw(large, sizeof(large), nulls, 2) == -EPROTO);
	for (uint32_t ask = 0; ask < 64; ask++)
		if (ask < DELEGATE_OPEN || ask > DELEGATE_HOLD)
			EXPECT(send_request((struct delegate_request){ .ask = ask }, 0) == -EPROTO);
	/* descriptors that are missing, too many, or no maps */
	EXPECT(send_request(attach, 0) == -EPROTO);
	EXPECT(send_request(attach, DELEGATE_FDS - 1) == -EPROTO);
	EXPECT(send_request(attach, DELEGATE_FDS) < 0);
	EXPECT(send_request((struct delegate_request){ .ask = DELEGATE_COMMIT }, DELEGATE_FDS) < 0);
	EXPECT(send_request((struct delegate_request){ .ask = DELEGATE_LINKS }, 1) == -EPROTO);
	EXPECT(send_request((struct delegate_request){ .ask = DELEGATE_HOLD }, 0) == -EPROTO);
	/* fields out of range */
	EXPECT(send_request((struct delegate_request){ .ask = DELEGATE_OPEN, .how = 1 }, 0) ==
	       -EPROTO);
	EXPECT(send_request(
		       (struct delegate_request){ .ask = DELEGATE_OPEN, .how = 7, .size = small },
		       0) == -EPROTO);
	EXPECT(send_request((struct delegate_request){ .ask = DELEGATE_DETACH }, 0) == -EPROTO);
	EXPECT(send_request((struct delegate_request){ .ask = DELEGATE_DESTROY }, 0) == -EPROTO);
	EXPECT(send_request((struct delegate_request){ .ask = DELEGATE_DESTROY,
						       .n = SW_DESTROY_MAX + 1 },
			    0) == -EPROTO);
	memset(attach.ifname, 'x', sizeof(attach.ifname));
	attach.ask = DELEGATE_DETACH;
	EXPECT(send_request(attach, 0) == -EPROTO);
	snprintf(attach.ifname, sizeof(attach.ifname), "../sw0");
	EXPECT(send_request(attach, 0) == -EPROTO);
	/* and it is still there, and well */
	EXPECT(descriptors_of(sw_companion_pid(c)) == 4);
	dp = open_and_apply(&small);
	EXPECT(!sw_datapath_attach(dp, "sw0", SW_MODE_NATIVE, &err));
	sw_datapath_close(dp);
	sw_companion_stop(c);
}

static void nonsense_is_refused_and_does_no_harm(void **unused)
{
	expect_success_of(talk_nonsense);
}

/* Maps that are none of ours, in the place of ours. */
static void send_strange_maps(void)
{
	struct delegate_request request = { .ask = DELEGATE_ATTACH, .ifname = "sw0" };
	struct sw_companion *c;
	int fd[DELEGATE_FDS];
	int map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "sw_settings", 4, 8, 1, NULL);

	EXPECT(map >= 0);
	EXPECT(!sw_companion_start(PIN_DIR, &c, &err));
	companion_socket = sw_companion_fd(c);
	for (int i = 0; i < DELEGATE_FDS; i++)
		fd[i] = map;
	EXPECT(send_raw(&request, sizeof(request), fd, DELEGATE_FDS) == -EPROTO);
	request.ask = DELEGATE_COMMIT;
	request.fresh = 1;
	EXPECT(send_raw(&request, sizeof(request), fd, DELEGATE_FDS) == -EPROTO);
	EXPECT(access(PIN_DIR "/v5", F_OK) && access(PIN_DIR "/v4", F_OK));
	sw_companion_stop(c);
}

static void strange_maps_are_neither_attached_nor_pinned(void **unused)
{
	expect_success_of(send_strange_maps);
}

#define CLEAN(test) cmocka_unit_test_teardown(test, clean_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLEAN(without_capabilities_it_starts_and_reloads),
		CLEAN(it_takes_over_what_was_there_and_takes_it_away),
		CLEAN(alone_it_may_not),
		CLEAN(it_holds_no_more_than_it_needs),
		CLEAN(a_killed_daemons_lock_is_held_until_its_companion_is_done),
		CLEAN(without_its_companion_the_daemon_says_so),
		CLEAN(the_companion_closes_connections),
		CLEAN(nonsense_is_refused_and_does_no_harm),
		CLEAN(strange_maps_are_neither_attached_nor_pinned),
	};

	return cmocka_run_group_tests(tests, make_lab, remove_lab);
}
