/* SPDX-License-Identifier: GPL-2.0-only */
/* companion - see companion.h. */
#include "companion.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "datapath/delegate.h"
#include "privileges.h"
#include "syscalls.h"

struct sw_companion {
	pid_t pid;
	int socket;
};

/* What the child says once, before it takes requests. */
struct greeting {
	int code;
	struct sw_err err;
};

#define CHILD_SOCKET 3

/* ---- the child ---- */

/* They mean the daemon, and it may need us to end as it was told. */
static void ignore_signals(void)
{
	static const int ignored[] = {
		SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGPIPE
	};
	sigset_t none;

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Keep the socket, as CHILD_SOCKET, and standard error. */
static int keep_descriptors(int socket)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
		return -errno;
	if (socket != CHILD_SOCKET && dup2(socket, CHILD_SOCKET) < 0)
		return -errno;
	return close_range(CHILD_SOCKET + 1, ~0u, 0) ? -errno : 0;
}

static int settle(int socket, const char *pin_dir, struct sw_err *err)
{
	/* The first of these is all of CAP_BPF and CAP_PERFMON, too. */
	static const int caps[] = { CAP_SYS_ADMIN, CAP_NET_ADMIN };
	int code;

	ignore_signals();
	prctl(PR_SET_NAME, "synwardd-root");
	umask(077);
	code = keep_descriptors(socket);
	if (!code && chdir("/"))
		code = -errno;
	if (code)
		return sw_err_set(err, code, "cannot tidy up: %s", strerror(-code));
	code = sw_datapath_serve_prepare(pin_dir, err);
	if (!code)
		code = sw_privileges_keep(caps, sizeof(caps) / sizeof(caps[0]), err);
	if (!code)
		code = sw_syscalls_limit(SW_SYSCALLS_COMPANION, err);
	return code;
}

static _Noreturn void child(int socket, const char *pin_dir)
{
	struct greeting hello = { .err = { "" } };
	int code;

	hello.code = settle(socket, pin_dir, &hello.err);
	code = send(CHILD_SOCKET, &hello, sizeof(hello), MSG_NOSIGNAL) < 0 ? -errno : hello.code;
	if (!code)
		code = sw_datapath_serve(CHILD_SOCKET, pin_dir);
	_exit(code ? EXIT_FAILURE : EXIT_SUCCESS);
}

/* ---- the parent ---- */

static int greet(int socket, struct sw_err *err)
{
	struct greeting hello;
	ssize_t n;

	do
		n = recv(socket, &hello, sizeof(hello), 0);
	while (n < 0 && errno == EINTR);
	if (n != sizeof(hello))
		return sw_err_set(err, -EPIPE, "the privileged process ended before it began");
	hello.err.text[sizeof(hello.err.text) - 1] = '\0';
	if (hello.code)
		return sw_err_set(err, hello.code, "%s", hello.err.text);
	return 0;
}

int sw_companion_start(const char *pin_dir, struct sw_companion **ret, struct sw_err *err)
{
	struct sw_companion *c = calloc(1, sizeof(*c));
	int pair[2], code;

	if (!c || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
		code = c ? -errno : -ENOMEM;
		free(c);
		return sw_err_set(err, code, "cannot start the privileged process: %s",
				  strerror(-code));
	}
	c->socket = pair[0];
	c->pid = fork();
	if (c->pid == 0)
		child(pair[1], pin_dir);
	code = c->pid < 0 ? -errno : 0;
	close(pair[1]);
	if (code)
		sw_err_set(err, code, "cannot start the privileged process: %s", strerror(-code));
	else
		code = greet(c->socket, err);
	if (code) {
		sw_companion_stop(c);
		return code;
	}
	sw_datapath_delegate(c->socket);
	*ret = c;
	return 0;
}

int sw_companion_pid(const struct sw_companion *c)
{
	return c->pid;
}

int sw_companion_fd(const struct sw_companion *c)
{
	return c->socket;
}

/* It ends by itself when the socket is closed, after what it is at. */
#define END_TRIES 500
#define END_PAUSE_NS 10000000

struct sw_companion *sw_companion_stop(struct sw_companion *c)
{
	const struct timespec pause = { .tv_nsec = END_PAUSE_NS };

	if (!c)
		return NULL;
	sw_datapath_delegate(-1);
	close(c->socket);
	for (int i = 0; i < END_TRIES && c->pid > 0 && !waitpid(c->pid, NULL, WNOHANG); i++)
		nanosleep(&pause, NULL);
	free(c);
	return NULL;
}
