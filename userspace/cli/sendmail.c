/* SPDX-License-Identifier: GPL-2.0-only */
/* sendmail - see sendmail.h. */
#include "sendmail.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOOK_EVERY_NS 20000000

/* A file of the message: what reads it needs nobody who writes. A descriptor, or -errno. */
static int file_of(const char *message, size_t n)
{
	int fd = memfd_create("synward-warning", MFD_CLOEXEC), code = 0;

	if (fd < 0)
		return -errno;
	while (n && !code) {
		ssize_t written = write(fd, message, n);

		if (written > 0) {
			message += written;
			n -= (size_t)written;
		} else if (errno != EINTR) {
			code = -errno;
		}
	}
	if (!code && lseek(fd, 0, SEEK_SET) < 0)
		code = -errno;
	if (code)
		close(fd);
	return code ? code : fd;
}

/* Its standard output is nobody's; what it complains of goes where our own complaints go. */
static int start(const char *program, const char *to, int fd, pid_t *pid)
{
	const char *argv[] = { program, "-oi", "-f", "<>", "--", to, NULL };
	posix_spawn_file_actions_t actions;
	int code = posix_spawn_file_actions_init(&actions);

	if (code)
		return -code;
	code = posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
	if (!code)
		code = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null",
							O_WRONLY, 0);
	if (!code)
		code = posix_spawn(pid, program, &actions, NULL, (char **)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return -code;
}

static int wait_for(pid_t pid, int *status)
{
	static const struct timespec pause = { 0, LOOK_EVERY_NS };
	const long looks = (long)SW_SENDMAIL_SECONDS * 1000000000 / LOOK_EVERY_NS;

	for (long i = 0; i < looks; i++) {
		pid_t ended = waitpid(pid, status, WNOHANG);

		if (ended == pid)
			return 0;
		if (ended < 0 && errno != EINTR)
			return -errno;
		nanosleep(&pause, NULL);
	}
	kill(pid, SIGKILL);
	waitpid(pid, status, 0);
	return -ETIMEDOUT;
}

int sw_sendmail(const char *program, const char *to, const char *message, size_t n,
		struct sw_err *err)
{
	int fd = file_of(message, n), status = 0, code = fd < 0 ? fd : 0;
	pid_t pid = -1;

	signal(SIGCHLD, SIG_DFL); /* who ignores it is not told how a child ended */
	if (!code)
		code = start(program, to, fd, &pid);
	if (fd >= 0)
		close(fd);
	if (code)
		return sw_err_set(err, code, "%s cannot be run: %s", program, strerror(-code));
	code = wait_for(pid, &status);
	if (code == -ETIMEDOUT)
		return sw_err_set(err, code, "%s took more than %d s", program,
				  SW_SENDMAIL_SECONDS);
	if (code)
		return sw_err_set(err, code, "%s: %s", program, strerror(-code));
	if (WIFSIGNALED(status))
		return sw_err_set(err, -EINTR, "%s was ended by signal %d", program,
				  WTERMSIG(status));
	if (WEXITSTATUS(status))
		return sw_err_set(err, -EIO, "%s did not take it: exit code %d", program,
				  WEXITSTATUS(status));
	return 0;
}
