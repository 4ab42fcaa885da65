/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * service - see service.h: start, reload, end. The order of the start is what makes it safe:
 * privileges go before the first byte of a list or of the ledger is read, and nothing on the
 * card changes before all that can fail without it was tried.
 */
#include "service.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <systemd/sd-daemon.h>

#include "datapath/datapath.h"
#include "lib/duration.h"
#include "lib/huge.h"
#include "lib/json_arena.h"
#include "lib/log.h"
#include "dns_setup.h"
#include "kill.h"
#include "maillogs.h"
#include "service_parts.h"
#include "sessions_setup.h"

void sw_service_note(void *ctx, int level, const char *text)
{
	sw_log(level, "%s", text);
}

/* ---- readiness, sd_notify(3) ---- */

static void describe(const struct sw_policy *p, char text[160])
{
	size_t stale = 0, missing = 0;

	for (size_t i = 0; i < p->lists_n; i++) {
		stale += p->lists[i].stale;
		missing += !p->lists[i].list;
	}
	snprintf(text, 160,
		 "%zu lists (%zu stale, %zu without entries), %zu IPv4 and %zu IPv6 prefixes in "
		 "the table",
		 p->lists_n, stale, missing, p->flat4_n, p->flat6_n);
}

static void notify_ready(const struct sw_service *s)
{
	char text[160];

	describe(sw_enforce_policy(s->enforce), text);
	sd_notifyf(0, "READY=1\nSTATUS=%s", text);
}

static void notify_reloading(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld\nSTATUS=Reading the configuration",
		   (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
}

/* ---- the card ---- */

/* The datapath of now: a reload may bring another one. */
static int card_set(void *ctx, const struct sw_prefix *source, uint8_t class, uint64_t ends_ns,
		    struct sw_err *err)
{
	const struct sw_service *s = ctx;

	return sw_datapath_verdict_set(sw_enforce_datapath(s->enforce), source, class, ends_ns,
				       err);
}

static int card_clear(void *ctx, const struct sw_prefix *source, struct sw_err *err)
{
	const struct sw_service *s = ctx;

	return sw_datapath_verdict_clear(sw_enforce_datapath(s->enforce), source, err);
}

static int card_get(void *ctx, const struct sw_prefix *source, uint8_t *class, uint64_t *ends_ns)
{
	const struct sw_service *s = ctx;

	return sw_datapath_verdict_get(sw_enforce_datapath(s->enforce), source, class, ends_ns);
}

static void card_expect(void *ctx, const struct sw_prefix *source)
{
	const struct sw_service *s = ctx;

	sw_datapath_verdict_expect(sw_enforce_datapath(s->enforce), source);
}

static void use_card(struct sw_service *s)
{
	const struct sw_verdicts_card card = { .set = card_set,
					       .clear = card_clear,
					       .get = card_get,
					       .expect = card_expect,
					       .ctx = s };

	sw_verdicts_use_card(s->verdicts, &card);
}

/* Deadman and first contact. A sign of life first: the one on the card may be old. */
void sw_service_tell_card(struct sw_service *s)
{
	const struct sw_config *c = sw_enforce_policy(s->enforce)->config;
	struct sw_datapath *dp = sw_enforce_datapath(s->enforce);

	sw_datapath_alive(dp, sw_clock_monotonic_ns(sw_clock_system()));
	sw_datapath_deadman(dp, c->deadman_open ? (uint64_t)c->deadman_ms * 1000000 : 0);
	sw_service_dns(s);
	sw_service_spf(s);
	sw_service_contacts(s);
	sw_service_sessions(s);
	sw_service_desk(s);
}

/* ---- reload ---- */

/* A signal may come from anybody who rotates logs: what was not confirmed wants to be asked
 * for by name. */
static int refuse_unconfirmed(const struct sw_service *s, const struct sw_config *config,
			      struct sw_err *err)
{
	if (!sw_enforce_is_unconfirmed(s->enforce, config))
		return 0;
	return sw_err_set(
		err, -EBUSY,
		"%s was tried and not confirmed; mend it, or say synward reload to have it "
		"all the same",
		s->path);
}

static int put_in_force(struct sw_service *s, struct sw_config *config, bool tentative,
			const char *ssh, struct sw_err *err)
{
	struct sw_own own;
	int code = sw_dns_setup_check(config, NULL, NULL, err);

	if (!code)
		code = sw_sessions_setup_check(config, err);
	if (!code)
		code = sw_maillogs_check(config, err);
	if (!code)
		code = sw_service_find_own(s, ssh, &own, err);
	if (!code) {
		code = sw_enforce_own(s->enforce, &own, err);
		sw_own_done(&own);
	}
	if (code) {
		sw_config_free(config);
		return code;
	}
	return tentative ? sw_enforce_reload_tentative(s->enforce, config, err)
			 : sw_enforce_reload(s->enforce, config, err);
}

static void note_config(void *ctx, const char *text)
{
	sw_log(LOG_ERR, "%s", text);
}

/* The last line of the log says "reload", and how it went; no line before it does. */
int sw_service_reload(struct sw_service *s, int64_t confirm_ms, const char *ssh, const char *who,
		      char words[160], struct sw_err *err)
{
	char time[SW_DURATION_TEXT];
	struct sw_config *config;
	int code;

	notify_reloading();
	code = sw_config_read(s->path, note_config, NULL, &config);
	if (code)
		sw_err_set(err, code, "%s has errors; synward check-config names them", s->path);
	else if (!who && (code = refuse_unconfirmed(s, config, err)))
		sw_config_free(config);
	else
		code = put_in_force(s, config, confirm_ms != 0, ssh, err);
	if (code) {
		sw_log(LOG_ERR, "reload refused, nothing changed: %s", err->text);
		notify_ready(s);
		return code;
	}
	sw_service_tell_card(s);
	sw_enforce_look(s->enforce); /* what is lost from now on is news */
	sw_service_expect_confirm(s, confirm_ms);
	describe(sw_enforce_policy(s->enforce), words);
	if (confirm_ms)
		sw_log(LOG_NOTICE, "reloaded, by %s, to be confirmed within %s: %s", who,
		       sw_duration_format(confirm_ms, time), words);
	else
		sw_log(LOG_NOTICE, "reloaded: %s", words);
	notify_ready(s);
	return 0;
}

/* ---- signals ---- */

static void on_hangup(evutil_socket_t signal, short what, void *ctx)
{
	char words[160];
	struct sw_err err;

	sw_service_reload(ctx, 0, NULL, NULL, words, &err);
}

static void on_end(evutil_socket_t signal, short what, void *ctx)
{
	struct sw_service *s = ctx;

	sd_notify(0, "STOPPING=1");
	event_base_loopbreak(s->base);
}

/* Before the lists are read: a signal that comes while they are waits until after. */
static int catch_signals(struct sw_service *s)
{
	static const struct {
		int number;
		event_callback_fn act;
	} signals[SW_SERVICE_SIGNALS] = { { SIGHUP, on_hangup },
					  { SIGTERM, on_end },
					  { SIGINT, on_end } };

	signal(SIGPIPE, SIG_IGN);
	s->base = event_base_new();
	if (!s->base)
		return -ENOMEM;
	for (unsigned i = 0; i < SW_SERVICE_SIGNALS; i++) {
		s->signal[i] = evsignal_new(s->base, signals[i].number, signals[i].act, s);
		if (!s->signal[i] || event_add(s->signal[i], NULL))
			return -ENOMEM;
	}
	return 0;
}

/* ---- start ---- */

static int preset(void *ctx, struct sw_datapath *dp, struct sw_err *err)
{
	struct sw_service *s = ctx;
	int code = sw_service_verdicts_wait(s, err);

	return code ? code : sw_verdicts_preset(s->verdicts, dp, err);
}

/* Takes @config over. */
static int open_enforce(struct sw_service *s, struct sw_config *config, struct sw_err *err)
{
	struct sw_own own;
	const struct sw_enforce_options options = {
		.own = &own,
		.spf = sw_service_spf_domains(s),
		.preset = preset,
		.note = sw_service_note,
		.ctx = s,
	};
	int code = sw_service_find_own(s, getenv("SSH_CONNECTION"), &own, err);

	if (code) {
		sw_config_free(config);
		return code;
	}
	code = sw_enforce_start(config, &options, &s->enforce, err);
	sw_own_done(&own);
	if (!code)
		use_card(s);
	else if (s->opening) /* what is wrong with the ledger comes first */
		(void)sw_service_verdicts_wait(s, err);
	return code;
}

static int open_control(struct sw_service *s, struct sw_err *err)
{
	const struct sw_config *c = sw_enforce_policy(s->enforce)->config;
	struct sw_control_options options = {
		.ops = sw_commands_ops, .ctx = &s->commands, .note = sw_service_note, .note_ctx = s
	};
	char *path;
	int code;

	sw_service_answers(s);
	if (asprintf(&path, "%s/" SW_CONTROL_FILE, c->run_dir) < 0)
		return sw_err_set(err, -ENOMEM, "out of memory");
	options.path = path;
	code = sw_control_open(s->base, &options, &s->control, err);
	free(path);
	return code;
}

static int start(struct sw_service *s, struct sw_config *config, struct sw_err *err)
{
	int code = catch_signals(s);

	if (code)
		sw_err_set(err, code, "no event loop for signals");
	if (!code)
		code = sw_sandbox_enter(config, sw_service_note, s, &s->sandbox, err);
	if (!code)
		code = sw_service_spf_open(s, config->state_dir, err);
	if (!code)
		code = sw_service_verdicts_begin(s, config, err);
	if (code) {
		sw_config_free(config);
		return code;
	}
	code = open_enforce(s, config, err);
	if (!code) {
		sw_service_tell_card(s);
		code = open_control(s, err);
	}
	if (!code) {
		s->started_ms = sw_clock_wall_ms(sw_clock_system());
		code = sw_service_loop_start(s);
		if (code)
			sw_err_set(err, code, "out of memory for timers");
	}
	return code;
}

/* ---- end ---- */

static int leave(struct sw_service *s)
{
	const struct sw_config *c;
	struct sw_err err;
	size_t done;

	if (sw_enforce_is_tentative(s->enforce) && sw_enforce_revert(s->enforce, &err))
		sw_log(LOG_ERR, "the reload that nobody confirmed cannot be taken back: %s",
		       err.text);
	c = sw_enforce_policy(s->enforce)->config;
	if (!strcmp(c->on_exit, "keep")) {
		sw_log(LOG_NOTICE, "ends; the filter stays in force (on-exit = keep)");
		return EXIT_SUCCESS;
	}
	if (sw_enforce_detach(c, c->interfaces, c->interfaces_n, sw_service_note, s, &done, &err)) {
		sw_log(LOG_ERR, "%s", err.text);
		return EXIT_FAILURE;
	}
	sw_log(LOG_NOTICE, "ends; the filter was taken away (on-exit = detach)");
	return EXIT_SUCCESS;
}

static void stop(struct sw_service *s)
{
	(void)sw_service_verdicts_wait(s, NULL);
	sw_service_loop_stop(s);
	sw_service_contacts_end(s);
	sw_kill_close(s->kill);
	if (s->enforce) {
		sw_service_desk_end(s);
		sw_service_sessions_end(s);
		sw_service_dns_end(s);
	}
	sw_service_spf_end(s);
	sw_control_close(s->control);
	sw_verdicts_close(s->verdicts);
	sw_ledger_close(s->ledger);
	sw_enforce_free(s->enforce);
	sw_sandbox_leave(s->sandbox);
	for (unsigned i = 0; i < SW_SERVICE_SIGNALS; i++)
		if (s->signal[i])
			event_free(s->signal[i]);
	if (s->base)
		event_base_free(s->base);
}

/*
 * What a batch needs comes back with the next one: memory that is given to the kernel in between
 * is taken page by page, each a fault, for more time than the work on it. So some is kept, and
 * what is smaller than a few MiB comes from it.
 */
#define KEEP_BYTES (96 << 20)
#define GROW_BYTES (64 << 20) /* address space at once, of which what is used is memory */
#define APART_BYTES (8 << 20)
#define ARENA_BYTES (8 << 20)

static void tune_memory(void)
{
	mallopt(M_TRIM_THRESHOLD, KEEP_BYTES);
	mallopt(M_TOP_PAD, GROW_BYTES);
	mallopt(M_MMAP_THRESHOLD, APART_BYTES);
	mallopt(M_ARENA_MAX, 1); /* what a thread took at the start serves all later */
	sw_huge_heap();
	free(malloc(APART_BYTES / 2)); /* more than there is: the heap grows */
	sw_huge_heap();
	sw_json_arena_use(ARENA_BYTES);
}

int sw_service_run(const char *path, struct sw_config *config)
{
	struct sw_service s = { .path = path, .own_fd = -1 };
	struct sw_err err;
	char text[160];
	int status = EXIT_FAILURE;

	tune_memory();
	if (start(&s, config, &err)) {
		sw_log(LOG_ERR, "cannot start: %s", err.text);
		stop(&s);
		return EXIT_FAILURE;
	}
	describe(sw_enforce_policy(s.enforce), text);
	sw_log(LOG_NOTICE, "started: %s", text);
	notify_ready(&s);
	if (event_base_dispatch(s.base) < 0)
		sw_log(LOG_ERR, "the event loop failed; ends");
	else
		status = leave(&s);
	stop(&s);
	return status;
}
