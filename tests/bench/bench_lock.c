/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench_lock - how long it takes from the recipient that is one too many until the card drops
 * its sender: from the line in the mail log, and from the mail server's call of synward-milter.
 *
 * Everything is what runs elsewhere: synwardd with its ledger on a disk, synward-milter as a process.
 * Each sender has tried 29 users before, and synwardd has counted them. Locked is who is in a class
 * of locks in the memory that the program of the card looks at.
 *
 * usage: bench_lock COMMAND-SYNWARDD COMMAND-SYNWARD-MILTER JSON-FILE [quick]
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "commands.h"
#include "datapath/datapath.h"
#include "figures.h"
#include "live.h"
#include "milter_client.h"
#include "running.h"

#define MAIL_LOG "/run/mail.log"
#define MILTER_SOCKET "/run/milter.sock"
#define THRESHOLD 30
#define SENDERS 300
#define SENDERS_QUICK 60
#define PATIENCE 10 /* seconds */
#define LINE 400

/* One sender, and a way to tell of it. */
struct attack {
	char source[16];
	int fd; /* of the log, or of its session with the milter */
	void (*tell)(const struct attack *a, unsigned first, unsigned n);
};

static struct sw_client *client;
static struct sw_datapath *dp;
static long counted; /* recipients that synwardd is to have heard of */

/* ---- ways to tell ---- */

static void tell_log(const struct attack *a, unsigned first, unsigned n)
{
	static char text[THRESHOLD * LINE];
	time_t now = time(NULL);
	size_t at = 0;
	char when[32];
	struct tm tm;

	strftime(when, sizeof(when), "%b %e %T", localtime_r(&now, &tm));
	for (unsigned i = first; i < first + n; i++)
		at += (size_t)snprintf(
			text + at, LINE,
			"%s mx postfix/smtpd[99]: NOQUEUE: reject: RCPT from unknown[%s]: 550 "
			"5.1.1 <u%u@example.org>: Recipient address rejected: User unknown in "
			"local recipient table; from=<a@example.net> to=<u%u@example.org> "
			"proto=ESMTP helo=<mail.example.net>\n",
			when, a->source, i, i);
	if (write(a->fd, text, at) != (ssize_t)at)
		bench_die(MAIL_LOG);
}

static void tell_milter(const struct attack *a, unsigned first, unsigned n)
{
	char rcpt[32];

	for (unsigned i = first; i < first + n; i++) {
		snprintf(rcpt, sizeof(rcpt), "<u%u@example.org>", i);
		bench_milter_refused(a->fd, rcpt);
	}
}

/* ---- what synwardd has heard ---- */

static void pause_briefly(void)
{
	struct timespec t = { .tv_nsec = 20000 };

	nanosleep(&t, NULL);
}

static long heard(void)
{
	json_t *answer, *recipients;
	struct sw_err err;
	long n;

	if (sw_client_ask(client, json_pack("{s:s}", "op", "status"), &answer, &err))
		bench_void("status: %s", err.text);
	recipients = json_object_get(json_object_get(answer, "mta"), "recipients");
	n = (long)json_integer_value(json_object_get(recipients, "unknown-rcpt"));
	json_decref(answer);
	return n;
}

static void wait_until_heard(void)
{
	double start = bench_now();

	while (heard() != counted) {
		if (bench_now() - start > PATIENCE)
			bench_void("synwardd heard of %ld recipients, and not of %ld", heard(),
				   counted);
		pause_briefly();
	}
}

static bool is_locked(const struct sw_prefix *source)
{
	unsigned class = bench_running_class(dp, source);

	return class == SW_CLASS_BOUNCE_LOCK || class == SW_CLASS_BOUNCE_LOCK_TEMPORARY;
}

/* ---- measuring ---- */

static void measure(const struct attack *a, const char *what)
{
	struct sw_prefix source;
	double start;

	sw_addr_parse(a->source, &source);
	a->tell(a, 0, THRESHOLD - 1);
	counted += THRESHOLD - 1;
	wait_until_heard();
	if (is_locked(&source))
		bench_void("%s is locked too early", a->source);
	start = bench_now();
	a->tell(a, THRESHOLD - 1, 1);
	counted++;
	while (!is_locked(&source)) {
		if (bench_now() - start > PATIENCE)
			bench_void("%s is not locked", a->source);
		pause_briefly();
	}
	bench_record("lock", what, "synwardd", "s", bench_now() - start);
}

/* A network each, for these are counted too. */
static struct attack attack_of(unsigned number,
			       void (*tell)(const struct attack *, unsigned, unsigned))
{
	struct attack a = { .fd = -1, .tell = tell };

	snprintf(a.source, sizeof(a.source), "11.%u.%u.1", number >> 8 & 255, number & 255);
	return a;
}

static void measure_logs(int log, unsigned senders)
{
	for (unsigned i = 0; i < senders; i++) {
		struct attack a = attack_of(i, tell_log);

		a.fd = log;
		measure(&a, "from the line in the log to the drop");
	}
}

static void measure_milter(unsigned senders)
{
	for (unsigned i = 0; i < senders; i++) {
		struct attack a = attack_of(0x8000 + i, tell_milter);

		a.fd = bench_milter_open(MILTER_SOCKET, a.source);
		measure(&a, "from the call of the milter to the drop");
		close(a.fd);
	}
}

static pid_t milter;

static void end_milter(void)
{
	if (milter > 0)
		kill(milter, SIGKILL);
}

static void start_milter(const char *program)
{
	double start = bench_now();

	atexit(end_milter);
	milter = bench_background((const char *const[]){ program, "--socket", "unix:" MILTER_SOCKET,
							 "--events", BENCH_RUN "/events", "--user",
							 "nobody", NULL },
				  1, "/run/milter.log");
	while (access(MILTER_SOCKET, F_OK)) {
		if (bench_now() - start > PATIENCE)
			bench_void("synward-milter does not start: %s",
				   BENCH_OUTPUT("tail", "-n", "3", "/run/milter.log"));
		pause_briefly();
	}
}

int main(int argc, char **argv)
{
	unsigned senders = argc > 4 ? SENDERS_QUICK : SENDERS;
	struct bench_cable cable;
	struct sw_err err;
	int log;

	if (argc < 4) {
		fprintf(stderr, "usage: bench_lock COMMAND-SYNWARDD COMMAND-SYNWARD-MILTER "
				"JSON-FILE [quick]\n");
		return 2;
	}
	bench_start("bench_lock");
	bench_live_enter();
	cable = bench_cable_new(0);
	log = open(MAIL_LOG, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	if (log < 0)
		bench_die(MAIL_LOG);
	bench_running_configure(cable.receiver,
				"mail-logs = {\"" MAIL_LOG "\"}\nevents-group = \"nogroup\"\n");
	bench_running_start(argv[1], &client);
	if (sw_datapath_open(BENCH_PINS, SW_DATAPATH_READ, NULL, &dp, &err))
		bench_void("%s", err.text);
	start_milter(argv[2]);
	measure_logs(log, senders);
	measure_milter(senders);
	sw_datapath_close(dp);
	bench_running_stop(client, SIGTERM);
	bench_write(argv[3]);
	return 0;
}
