/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands.h"
#include "figures.h"

static char said[1 << 16];

bool bench_has_command(const char *name)
{
	const char *path = getenv("PATH");
	char folder[4096], file[4400];

	if (strchr(name, '/'))
		return !access(name, X_OK);
	for (; path && *path; path += strcspn(path, ":"), path += *path == ':') {
		snprintf(folder, sizeof(folder), "%.*s", (int)strcspn(path, ":"), path);
		snprintf(file, sizeof(file), "%s/%s", folder, name);
		if (!access(file, X_OK))
			return true;
	}
	return false;
}

__attribute__((noreturn)) static void become(const char *const argv[], const char *input,
					     int output)
{
	int in = open(input ? input : "/dev/null", O_RDONLY | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (in >= 0 && dup2(in, 0) == 0 && dup2(output, 1) == 1 && dup2(output, 2) == 2)
		execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

/* All that comes, of which the first 64 KiB are kept. */
static void listen_to(int fd)
{
	char rest[4096];
	size_t used = 0;
	ssize_t n;

	do {
		bool full = used == sizeof(said) - 1;

		n = full ? read(fd, rest, sizeof(rest))
			 : read(fd, said + used, sizeof(said) - 1 - used);
		if (n > 0 && !full)
			used += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	said[used] = '\0';
}

static void run(const char *const argv[], const char *input)
{
	int pipes[2], status = 0;
	pid_t child;

	if (pipe2(pipes, O_CLOEXEC))
		bench_die("pipe");
	child = fork();
	if (child < 0)
		bench_die("fork");
	if (!child)
		become(argv, input, pipes[1]);
	close(pipes[1]);
	listen_to(pipes[0]);
	close(pipes[0]);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			bench_die("waitpid");
	if (status)
		bench_void("%s%s%s failed: %s", argv[0], argv[1] ? " " : "", argv[1] ? argv[1] : "",
			   said);
}

void bench_command(const char *const argv[], const char *input)
{
	run(argv, input);
}

const char *bench_command_output(const char *const argv[])
{
	run(argv, NULL);
	return said;
}

void bench_on_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sysconf(_SC_NPROCESSORS_ONLN) > 1 && sched_setaffinity(0, sizeof(set), &set))
		bench_die("sched_setaffinity");
}

pid_t bench_background(const char *const argv[], int cpu, const char *log)
{
	int output = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	pid_t child = output < 0 ? -1 : fork();

	if (child < 0)
		bench_die(argv[0]);
	if (!child) {
		bench_on_cpu(cpu);
		become(argv, NULL, output);
	}
	close(output);
	return child;
}
