/* SPDX-License-Identifier: GPL-2.0-only */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "commands.h"
#include "datapath/datapath.h"
#include "figures.h"
#include "running.h"

#define CONFIG "/run/synward.conf"
#define LOG "/run/synwardd.log"
#define ANSWER_MS 120000
#define START_SECONDS 60

static char state[] = "/var/tmp/synward-bench.XXXXXX";
static pid_t daemon_pid;

static void remove_state(void)
{
	if (daemon_pid)
		kill(daemon_pid, SIGKILL);
	BENCH_COMMAND("rm", "-rf", state);
}

/* An fdatasync(2) in memory would cost nothing, so not below /run. */
static void make_state(void)
{
	static bool made;

	if (made)
		return;
	made = true;
	signal(SIGPIPE, SIG_IGN);
	if (!mkdtemp(state))
		bench_die(state);
	atexit(remove_state);
}

void bench_running_configure(const char *ifname, const char *format, ...)
{
	va_list args;
	FILE *out;

	make_state();
	out = fopen(CONFIG, "w");
	if (!out)
		bench_die(CONFIG);
	fprintf(out,
		"interfaces = {\"%s\"}\nuser = \"root\"\nevents = none\nstate-dir = \"%s\"\n"
		"run-dir = \"" BENCH_RUN "\"\npin-dir = \"" BENCH_PINS "\"\n",
		ifname, state);
	va_start(args, format);
	vfprintf(out, format, args);
	va_end(args);
	if (fclose(out))
		bench_die(CONFIG);
}

static struct sw_client *connect_daemon(void)
{
	struct sw_client *client;
	struct sw_err err;

	return sw_client_open_in(BENCH_RUN, ANSWER_MS, &client, &err) ? NULL : client;
}

static void become(const char *synwardd)
{
	if (freopen(LOG, "a", stderr))
		execl(synwardd, synwardd, "-c", CONFIG, (char *)NULL);
	_exit(127);
}

double bench_running_start(const char *synwardd, struct sw_client **ret)
{
	double start = bench_now();
	struct timespec pause = { .tv_nsec = 2000000 };
	struct sw_client *client = NULL;
	struct sw_err err;
	json_t *answer;

	daemon_pid = fork();
	if (daemon_pid < 0)
		bench_die("fork");
	if (!daemon_pid)
		become(synwardd);
	while (!(client = connect_daemon())) {
		if (waitpid(daemon_pid, NULL, WNOHANG) || bench_now() - start > START_SECONDS)
			bench_void("synwardd does not come up: %s",
				   BENCH_OUTPUT("tail", "-n", "3", LOG));
		nanosleep(&pause, NULL);
	}
	if (sw_client_ask(client, json_pack("{s:s}", "op", "status"), &answer, &err))
		bench_void("status: %s", err.text);
	json_decref(answer);
	*ret = client;
	return bench_now() - start;
}

void bench_running_stop(struct sw_client *client, int number)
{
	sw_client_close(client);
	kill(daemon_pid, number);
	waitpid(daemon_pid, NULL, 0);
	daemon_pid = 0;
}

pid_t bench_running_pid(void)
{
	return daemon_pid;
}

unsigned bench_running_class(struct sw_datapath *dp, const struct sw_prefix *source)
{
	struct sw_datapath_found found;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	sw_datapath_lookup(dp, source, (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec,
			   &found);
	return found.class;
}
