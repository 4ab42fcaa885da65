/* SPDX-License-Identifier: GPL-2.0-only */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "blog.h"
#include "commands.h"
#include "figures.h"

#define HOME "/run/postfix"
#define SOCKET HOME "/spool/private/dnsblog"
#define UNDER_WAY 16
#define PATIENCE_MS 5000

/* ---- Postfix ---- */

static void write_configuration(const char *programs)
{
	FILE *main_cf, *master_cf;

	BENCH_COMMAND("mkdir", "-p", HOME "/conf", HOME "/spool/pid", HOME "/spool/private",
		      HOME "/spool/public", HOME "/data");
	BENCH_COMMAND("chown", "postfix", HOME "/spool/private", HOME "/spool/public",
		      HOME "/data");
	main_cf = fopen(HOME "/conf/main.cf", "w");
	master_cf = fopen(HOME "/conf/master.cf", "w");
	if (!main_cf || !master_cf)
		bench_die(HOME);
	fprintf(main_cf,
		"compatibility_level = 3.6\nqueue_directory = " HOME "/spool\n"
		"data_directory = " HOME "/data\ndaemon_directory = %s\n"
		"myhostname = mx.bench.example\nmax_use = 1000000\nmax_idle = 10000\n",
		programs);
	fprintf(master_cf, "dnsblog unix - - n - 0 dnsblog\n");
	if (fclose(main_cf) || fclose(master_cf))
		bench_die(HOME);
}

/* Is @pid a dnsblog that sees what we see? */
static bool is_blog(const char *pid)
{
	char path[300], name[32] = "", ours[64] = "", its[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (fscanf(file, "%31s", name) != 1)
		name[0] = '\0';
	fclose(file);
	snprintf(path, sizeof(path), "/proc/%s/ns/net", pid);
	return !strcmp(name, "dnsblog") && readlink(path, its, sizeof(its) - 1) > 0 &&
	       readlink("/proc/self/ns/net", ours, sizeof(ours) - 1) > 0 && !strcmp(its, ours);
}

/* Of all of them: master starts as many as it likes. */
static double cpu_seconds(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	double seconds = 0;

	while (proc && (entry = readdir(proc))) {
		struct timespec t;
		clockid_t clock;

		if (is_blog(entry->d_name) &&
		    !clock_getcpuclockid((pid_t)atoi(entry->d_name), &clock) &&
		    !clock_gettime(clock, &t))
			seconds += (double)t.tv_sec + (double)t.tv_nsec / 1e9;
	}
	if (proc)
		closedir(proc);
	return seconds;
}

/*
 * A shell between us and master ends it when its standard input ends, which is when we do,
 * however, also by a signal to all of us: master changes who it is, and so does not die with its parent as others do here.
 */
static void start_master(const char *programs, int cpu)
{
	char command[512];
	int ends[2];
	pid_t child;

	snprintf(command, sizeof(command),
		 "%s/master -c " HOME "/conf > /dev/null 2>&1 & master=$!; trap '' HUP INT TERM; "
		 "cat > /dev/null; "
		 "kill $master",
		 programs);
	if (pipe2(ends, O_CLOEXEC))
		bench_die("pipe");
	child = fork();
	if (child < 0)
		bench_die("fork");
	if (child) { /* the other end stays open for as long as we live */
		close(ends[0]);
		return;
	}
	bench_on_cpu(cpu);
	if (dup2(ends[0], 0) == 0)
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

const char *bench_blog_start(int cpu)
{
	char programs[256];

	if (!bench_has_command("postconf"))
		return "postfix is not installed";
	snprintf(programs, sizeof(programs), "%s",
		 BENCH_OUTPUT("postconf", "-d", "-h", "daemon_directory"));
	programs[strcspn(programs, "\n")] = '\0';
	write_configuration(programs);
	start_master(programs, cpu);
	for (int i = 0; access(SOCKET, F_OK); i++) {
		if (i == 1000)
			bench_void("Postfix does not start");
		usleep(10000);
	}
	return NULL;
}

/* ---- attributes: name, NUL, value, NUL, and so on; an empty name ends them ---- */

/* The bytes of the list of attributes that @data begins with, 0: it is not whole yet. *@addr: the
 * value of "rbl_addr", or NULL when this is no answer. */
static size_t list_in(const char *data, size_t n, const char **addr)
{
	size_t at = 0;

	*addr = NULL;
	while (at < n) {
		const char *name = data + at, *value;
		size_t bytes = strnlen(name, n - at);

		if (at + bytes == n)
			return 0;
		at += bytes + 1;
		if (!bytes)
			return at;
		value = data + at;
		at += strnlen(value, n - at);
		if (at == n)
			return 0;
		at++;
		if (!strcmp(name, "rbl_addr"))
			*addr = value;
	}
	return 0;
}

/* ---- questions: a connection for each, which dnsblog closes ---- */

struct line {
	int fd;
	size_t used;
	char data[2048];
};

static void ask(struct line *line, const char *list, const char *address)
{
	const struct sockaddr_un at = { .sun_family = AF_UNIX, .sun_path = SOCKET };
	char data[512];
	int n = snprintf(data, sizeof(data), "rbl_domain%c%s%cclient_address%c%s%clabel%c1%c%c", 0,
			 list, 0, 0, address, 0, 0, 0, 0);

	line->used = 0;
	line->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (line->fd < 0 || connect(line->fd, (const struct sockaddr *)&at, sizeof(at)) ||
	    send(line->fd, data, (size_t)n, MSG_NOSIGNAL) != n)
		bench_die(SOCKET);
}

/* Read what has come. True: that was the answer. What else it says, the name of its protocol, is
 * passed over. */
static bool take_answer(struct line *line, struct bench_blog_counts *counts)
{
	ssize_t n = recv(line->fd, line->data + line->used, sizeof(line->data) - line->used, 0);
	const char *addr = NULL;
	size_t bytes;

	if (n <= 0)
		bench_void("dnsblog hung up without an answer");
	line->used += (size_t)n;
	while (!addr && (bytes = list_in(line->data, line->used, &addr))) {
		counts->listed += addr && *addr;
		line->used -= bytes;
		memmove(line->data, line->data + bytes, line->used);
	}
	if (!addr)
		return false;
	counts->answered++;
	close(line->fd);
	return true;
}

struct bench_blog_counts bench_blog_ask(uint32_t n, void (*question)(uint32_t i, const char **list,
								     char address[16]))
{
	static struct line line[UNDER_WAY];
	struct bench_blog_counts counts = { .cpu = -cpu_seconds() };
	struct pollfd fds[UNDER_WAY];
	const char *list;
	char address[16];
	uint32_t asked = 0;

	while (asked < UNDER_WAY) {
		question(asked, &list, address);
		ask(&line[asked], list, address);
		fds[asked] = (struct pollfd){ .fd = line[asked].fd, .events = POLLIN };
		asked++;
	}
	while (counts.answered < n) {
		if (poll(fds, UNDER_WAY, PATIENCE_MS) <= 0)
			bench_void("dnsblog does not answer");
		for (unsigned i = 0; i < UNDER_WAY; i++) {
			if (!fds[i].revents || !take_answer(&line[i], &counts))
				continue;
			fds[i].fd = -1;
			if (asked == n)
				continue;
			question(asked++, &list, address);
			ask(&line[i], list, address);
			fds[i].fd = line[i].fd;
		}
	}
	counts.cpu += cpu_seconds();
	return counts;
}
