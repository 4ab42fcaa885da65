/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * synwardd - keeps the filter as the configuration says it should be.
 *
 * Foreground. SIGHUP reloads, SIGTERM and SIGINT end; what happens to the filter
 * then is for on-exit to say. Between signals the daemon sleeps: the filter in the
 * kernel needs nobody.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/event.h>
#include <systemd/sd-daemon.h>

#include "enforce.h"
#include "lib/log.h"

#define CONFIG_DEFAULT "/etc/synward/synward.conf"

#define SIGNALS 3

struct daemon {
	const char *config_path;
	struct sw_enforce *enforce;
	struct event_base *base;
	struct event *signal[SIGNALS];
};

static void note_config(void *ctx, const char *text)
{
	sw_log(LOG_ERR, "%s", text);
}

static void note(void *ctx, int level, const char *text)
{
	sw_log(level, "%s", text);
}

/* ---- readiness, sd_notify(3) ---- */

static void describe(const struct sw_policy *p, char *text, size_t size)
{
	size_t stale = 0, missing = 0;

	for (size_t i = 0; i < p->lists_n; i++) {
		stale += p->lists[i].stale;
		missing += !p->lists[i].list;
	}
	snprintf(text, size,
		 "%zu lists (%zu stale, %zu without entries), %zu IPv4 and %zu IPv6 prefixes in "
		 "the table",
		 p->lists_n, stale, missing, p->flat4_n, p->flat6_n);
}

static void notify_ready(const struct sw_policy *policy)
{
	char text[160];

	describe(policy, text, sizeof(text));
	sd_notifyf(0, "READY=1\nSTATUS=%s", text);
}

static void notify_reloading(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld\nSTATUS=Reading the configuration",
		   (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
}

/* ---- signals ---- */

/* The last line says "reload", and how it went; no line before it does. */
static void on_hangup(evutil_socket_t signal, short what, void *ctx)
{
	struct daemon *d = ctx;
	struct sw_config *config;
	struct sw_err err;
	char text[160];

	notify_reloading();
	if (sw_config_read(d->config_path, note_config, NULL, &config)) {
		sw_log(LOG_ERR, "reload refused, nothing changed: %s has errors, see above",
		       d->config_path);
	} else if (sw_enforce_reload(d->enforce, config, &err)) {
		sw_log(LOG_ERR, "reload refused, nothing changed: %s", err.text);
	} else {
		describe(sw_enforce_policy(d->enforce), text, sizeof(text));
		sw_log(LOG_NOTICE, "reloaded: %s", text);
	}
	notify_ready(sw_enforce_policy(d->enforce));
}

static void on_end(evutil_socket_t signal, short what, void *ctx)
{
	struct daemon *d = ctx;

	sd_notify(0, "STOPPING=1");
	event_base_loopbreak(d->base);
}

/* Before the lists are read: a signal that comes while they are waits until after. */
static int catch_signals(struct daemon *d)
{
	static const struct {
		int number;
		event_callback_fn act;
	} signals[] = { { SIGHUP, on_hangup }, { SIGTERM, on_end }, { SIGINT, on_end } };

	signal(SIGPIPE, SIG_IGN);
	d->base = event_base_new();
	if (!d->base)
		return -ENOMEM;
	for (unsigned i = 0; i < SIGNALS; i++) {
		d->signal[i] = evsignal_new(d->base, signals[i].number, signals[i].act, d);
		if (!d->signal[i] || event_add(d->signal[i], NULL))
			return -ENOMEM;
	}
	return 0;
}

static void stop_signals(struct daemon *d)
{
	for (unsigned i = 0; i < SIGNALS; i++)
		if (d->signal[i])
			event_free(d->signal[i]);
	if (d->base)
		event_base_free(d->base);
}

/* ---- from start to end ---- */

static int leave(const struct daemon *d)
{
	const struct sw_config *c = sw_enforce_policy(d->enforce)->config;
	struct sw_err err;
	size_t done;

	if (!strcmp(c->on_exit, "keep")) {
		sw_log(LOG_NOTICE, "ends; the filter stays in force (on-exit = keep)");
		return EXIT_SUCCESS;
	}
	if (sw_enforce_detach(c, c->interfaces, c->interfaces_n, note, NULL, &done, &err)) {
		sw_log(LOG_ERR, "%s", err.text);
		return EXIT_FAILURE;
	}
	sw_log(LOG_NOTICE, "ends; the filter was taken away (on-exit = detach)");
	return EXIT_SUCCESS;
}

static int run(struct daemon *d, struct sw_config *config)
{
	struct sw_err err;
	char text[160];
	int status;

	if (sw_enforce_start(config, NULL, note, NULL, &d->enforce, &err)) {
		sw_log(LOG_ERR, "cannot start: %s", err.text);
		return EXIT_FAILURE;
	}
	describe(sw_enforce_policy(d->enforce), text, sizeof(text));
	sw_log(LOG_NOTICE, "started: %s", text);
	notify_ready(sw_enforce_policy(d->enforce));
	if (event_base_dispatch(d->base) < 0) {
		sw_log(LOG_ERR, "the event loop failed; ends");
		status = EXIT_FAILURE;
	} else {
		status = leave(d);
	}
	sw_enforce_free(d->enforce);
	return status;
}

static void print_help(FILE *out)
{
	fputs("Usage: synwardd [-c FILE] [-t]\n"
	      "  -c, --config FILE  configuration (default " CONFIG_DEFAULT ")\n"
	      "  -t, --test         check the configuration and end\n"
	      "  -v, --verbose      log details\n"
	      "  -h, --help         this text\n"
	      "See synwardd(8).\n",
	      out);
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
						 { "test", no_argument, NULL, 't' },
						 { "verbose", no_argument, NULL, 'v' },
						 { "help", no_argument, NULL, 'h' },
						 { 0 } };
	struct daemon d = { .config_path = CONFIG_DEFAULT };
	struct sw_config *config;
	bool test = false;
	int option, status;

	while ((option = getopt_long(argc, argv, "c:tvh", options, NULL)) != -1) {
		if (option == 'c') {
			d.config_path = optarg;
		} else if (option == 't') {
			test = true;
		} else if (option == 'v') {
			sw_log_level(LOG_DEBUG);
		} else {
			print_help(option == 'h' ? stdout : stderr);
			return option == 'h' ? EXIT_SUCCESS : 2;
		}
	}
	if (optind < argc) {
		print_help(stderr);
		return 2;
	}
	if (sw_config_read(d.config_path, note_config, NULL, &config)) {
		if (!test)
			sw_log(LOG_ERR, "cannot start: %s has errors, see above", d.config_path);
		return EXIT_FAILURE;
	}
	if (test) {
		sw_config_free(config);
		return EXIT_SUCCESS;
	}
	if (catch_signals(&d)) {
		sw_log(LOG_ERR, "cannot start: no event loop for signals");
		sw_config_free(config);
		status = EXIT_FAILURE;
	} else {
		status = run(&d, config);
	}
	stop_signals(&d);
	return status;
}
