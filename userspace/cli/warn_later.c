/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * warn_later - a first warning that did not go out, tried again: sw_warn_later of warn.h.
 *
 *   report ─ fork ─► wait ─► configuration, DNS, daemon, sendmail, as before ─┬─► done
 *                     ▲                                     "again in 10m" ───┤
 *                     └───────────────────────────────────────────────────────┘
 *
 * The mail server waits for synward report, and would try all of the report again; so this is a
 * process of its own, with nothing of the mail server's open. The daemon says how many there may be,
 * when each tries again, and when it is given up, and its log has all that. Only what it could not
 * be told goes to syslog. When the machine goes down meanwhile the warning is left out, as at any
 * crash.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "cli/ask.h"
#include "warn.h"

#define TRIES 8 /* also when the daemon is never there, or never ends it */

static void wait_s(unsigned seconds)
{
	struct timespec left = { .tv_sec = seconds };

	while (nanosleep(&left, &left) && errno == EINTR)
		continue;
}

/* True: the daemon was asked, so it is told of all else. Everything is read anew: somebody may
 * have mended it. */
static bool try_again(const struct sw_options *options, const struct sw_config *config,
		      const struct sw_warn_order *order, unsigned *again_s, struct sw_err *err)
{
	struct sw_warn_result result = { .message = NULL };
	struct sw_client *client;
	struct sw_warn *w;

	if (sw_warn_open(config, &w, err))
		return false;
	if (sw_ask_open(options, 0, &client) != SW_EXIT_OK) {
		sw_err_set(err, -EPIPE, "synwardd does not answer");
		sw_warn_close(w);
		return false;
	}
	sw_warn_send(w, client, order, &result, err);
	*again_s = result.again_s;
	free(result.message);
	sw_client_close(client);
	sw_warn_close(w);
	return true;
}

static _Noreturn void keep_trying(const struct sw_options *options, const struct sw_prefix *source,
				  unsigned again_s)
{
	struct sw_warn_order order = { .source = *source, .tries = 2 };
	char text[SW_PREFIX_TEXT];

	for (; again_s && order.tries <= TRIES; order.tries++) {
		struct sw_config *config;
		struct sw_err err = { "the configuration has errors" };

		wait_s(again_s);
		config = sw_config_open_folders(options);
		if (config && !sw_warn_is_on(config))
			break; /* nobody wants it any more */
		if (!config || !try_again(options, config, &order, &again_s, &err))
			syslog(LOG_WARNING, "%s: no warning was sent: %s%s",
			       sw_prefix_format(source, text), err.text,
			       order.tries < TRIES ? "; it is tried again" : "; given up");
		sw_config_free(config);
	}
	_exit(EXIT_SUCCESS);
}

/* Whoever reads what we say waits for its end. */
static int let_go(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
	    dup2(null, STDERR_FILENO) < 0 || close_range(STDERR_FILENO + 1, ~0u, 0))
		return -errno;
	return setsid() < 0 || chdir("/") ? -errno : 0;
}

int sw_warn_later(const struct sw_options *options, const struct sw_prefix *source,
		  unsigned again_s)
{
	struct sw_options ours = *options;
	char *path = realpath(options->config, NULL);
	pid_t pid;

	if (path)
		ours.config = path;
	fflush(NULL);
	pid = fork();
	if (!pid) {
		openlog("synward", LOG_PID, LOG_MAIL);
		if (let_go())
			_exit(EXIT_FAILURE);
		keep_trying(&ours, source, again_s);
	}
	free(path);
	return pid < 0 ? -errno : 0;
}
