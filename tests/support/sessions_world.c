/* SPDX-License-Identifier: GPL-2.0-only */
/* sessions_world - see sessions_world.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>

#include <cmocka.h>

#include <event2/event.h>

#include "support/folder.h"
#include "support/sessions_world.h"

struct sessions_world sworld;

/* ---- the card ---- */

static size_t find(const struct sw_prefix *source)
{
	size_t i = 0;

	while (i < sworld.card_n && sw_prefix_cmp(&sworld.card[i].source, source))
		i++;
	return i;
}

static int card_set(void *ctx, const struct sw_prefix *source, uint8_t class, uint64_t ends_ns,
		    struct sw_err *err)
{
	size_t i = find(source);

	if (i == sworld.card_n && sworld.card_n >= sworld.card_room)
		return sw_err_set(err, -ENOSPC, "the card is full; raise verdicts");
	sworld.card_n += i == sworld.card_n;
	sworld.card[i].source = *source;
	sworld.card[i].class = class;
	sworld.card[i].ends_ns = ends_ns;
	return 0;
}

static int card_clear(void *ctx, const struct sw_prefix *source, struct sw_err *err)
{
	size_t i = find(source);

	if (i == sworld.card_n)
		return -ENOENT;
	sworld.card[i] = sworld.card[--sworld.card_n];
	return 0;
}

static int card_preset(void *ctx, const struct sw_prefix *source, uint8_t class, uint64_t ends_ns)
{
	return card_set(ctx, source, class, ends_ns, NULL);
}

static const struct sw_verdicts_card card = { .set = card_set, .clear = card_clear };

/* ---- what the daemon is to sessions ---- */

static bool is_in(const struct sw_prefix list[4], const struct sw_prefix *source)
{
	for (unsigned i = 0; i < 4 && list[i].family; i++)
		if (sw_prefix_contains(&list[i], source))
			return true;
	return false;
}

static enum sw_standing standing(void *ctx, const struct sw_prefix *source,
				 char why[SW_STANDING_WHY])
{
	if (is_in(sworld.ours, source)) {
		strcpy(why, "it is in never-block");
		return SW_STANDING_LOOKED_THROUGH;
	}
	strcpy(why, "it is in the list partners");
	return is_in(sworld.allowed, source) ? SW_STANDING_NEVER_LOCKED : SW_STANDING_COUNTS;
}

static bool room(void *ctx, size_t waiting)
{
	return !sworld.is_full;
}

static void note(void *ctx, int level, const char *text)
{
	sworld.notes++;
	snprintf(sworld.note, sizeof(sworld.note), "%s", text);
}

static void complain(void *ctx, const char *text)
{
	fail_msg("%s", text);
}

static struct sw_config *read_config(const char *text)
{
	struct sw_config *config = NULL;
	char all[4096];

	snprintf(all, sizeof(all), "interfaces = {\"eth0\"}\n%s\n", text ? text : "");
	assert_int_equal(
		sw_config_read(folder_write(sworld.folder, "conf", all), complain, NULL, &config),
		0);
	return config;
}

static struct sw_sessions_setup *make_setup(void)
{
	struct sw_sessions_setup *setup = NULL;
	struct sw_err err = { "" };

	if (sw_sessions_setup_make(sworld.config, &setup, &err))
		fail_msg("%s", err.text);
	return setup;
}

static const char *spared(void *ctx, const struct sw_prefix *source, int64_t now_ms,
			  char why[SW_STANDING_WHY])
{
	return sw_sessions_spared(sworld.sessions, source, now_ms, why);
}

/* ---- open and close ---- */

static void use_silence(void)
{
	const struct sw_silence_rules rules = { .returns = sworld.config->desk_returns,
						.window_ms = sworld.config->desk_window_ms,
						.silence_ms = sworld.config->desk_silence_ms };

	assert_int_equal(sw_silence_use(sworld.silence, &rules), 0);
}

static void start(void)
{
	struct sw_silence_options silence = {
		.base = sworld.base, .seed = 4711, .spared = spared, .room = room, .note = note
	};
	struct sw_ledger_options options = { .state_dir = sworld.folder };
	struct sw_verdicts_options how = { .clock = &sworld.clock.clock,
					   .boot = "boot-1",
					   .note = note };
	struct sw_sessions_options sessions = { .base = sworld.base,
						.seed = 20261126,
						.standing = standing,
						.room = room,
						.note = note };
	struct sw_err err = { "" };

	if (sw_ledger_open(&options, &sworld.ledger, &err))
		fail_msg("%s", err.text);
	how.ledger = sessions.ledger = sworld.ledger;
	assert_int_equal(sw_verdicts_open(&how, &sworld.verdicts, &err), 0);
	sworld.card_n = 0;
	assert_int_equal(sw_verdicts_each(sworld.verdicts, card_preset, NULL), 0);
	sw_verdicts_use_card(sworld.verdicts, &card);
	sessions.verdicts = sworld.verdicts;
	sessions.senders = sworld.senders;
	sessions.seen = sworld.seen;
	sessions.setup = make_setup();
	assert_int_equal(sw_sessions_open(&sessions, &sworld.sessions, &err), 0);
	silence.verdicts = sworld.verdicts;
	assert_int_equal(sw_silence_open(&silence, &sworld.silence), 0);
	use_silence();
}

static void stop(void)
{
	sworld.silence = sw_silence_close(sworld.silence);
	sworld.sessions = sw_sessions_close(sworld.sessions);
	sworld.verdicts = sw_verdicts_close(sworld.verdicts);
	sworld.ledger = sw_ledger_close(sworld.ledger);
}

void sessions_world_open(const char *config)
{
	memset(&sworld, 0, sizeof(sworld));
	sworld.folder = folder_make();
	sworld.base = event_base_new();
	sworld.card_room = sizeof(sworld.card) / sizeof(sworld.card[0]);
	script_clock_set(&sworld.clock, SESSIONS_NOON, 5000);
	sworld.config = read_config(config);
	assert_int_equal(sw_senders_open(4096, 7, &sworld.senders), 0);
	assert_int_equal(sw_seen_open(4096, 8, &sworld.seen), 0);
	start();
}

void sessions_world_close(void)
{
	stop();
	sw_senders_close(sworld.senders);
	sw_seen_close(sworld.seen);
	sw_config_free(sworld.config);
	event_base_free(sworld.base);
	folder_remove(sworld.folder);
}

void sessions_world_restart(void)
{
	stop();
	start();
}

void sessions_world_configure(const char *config)
{
	sw_config_free(sworld.config);
	sworld.config = read_config(config);
	assert_int_equal(sw_sessions_use(sworld.sessions, make_setup()), 0);
	use_silence();
}

void sessions_world_pass(int64_t ms)
{
	script_clock_pass(&sworld.clock, ms);
	sw_verdicts_tick(sworld.verdicts);
}

/* ---- what is seen ---- */

struct sw_prefix sessions_world_prefix(const char *text)
{
	struct sw_prefix p = { .family = 0 };

	if (sw_prefix_parse(text, strlen(text), &p))
		fail_msg("%s is no prefix", text);
	return p;
}

void sessions_world_see(enum sw_mta_kind kind, const char *source, unsigned first, unsigned n)
{
	struct sw_mta_event event = { .kind = kind,
				      .source = sessions_world_prefix(source),
				      .recipients = 1 };
	char rcpt[40];

	for (unsigned i = first; i < first + n; i++) {
		event.rcpt = rcpt;
		event.rcpt_n = (size_t)snprintf(rcpt, sizeof(rcpt), "user%u@example.org", i);
		sw_sessions_event(sworld.sessions, &event, sw_sessions_now(sworld.sessions));
	}
	event_base_loop(sworld.base, EVLOOP_NONBLOCK);
}

enum sw_report_result sessions_world_complain(const char *source, const char *id)
{
	struct sw_report_event event = { .complaint = true,
					 .source = sessions_world_prefix(source),
					 .id = id,
					 .id_n = id ? strlen(id) : 0,
					 .rcpt = "victim@example.org",
					 .rcpt_n = 18,
					 .text = "fbl@example.net" };
	struct sw_err err = { "" };

	return sw_sessions_report(sworld.sessions, &event, sw_sessions_now(sworld.sessions), &err);
}

void sessions_world_return(const char *source, const char *decides, enum sw_tier tier)
{
	struct sw_prefix p = sessions_world_prefix(source);
	struct sw_prefix by = sessions_world_prefix(decides ? decides : source);

	sw_silence_came(sworld.silence, &p, &by, tier, "listed", sw_sessions_now(sworld.sessions));
	event_base_loop(sworld.base, EVLOOP_NONBLOCK);
}

const char *sessions_world_warn(const char *source, const char *to, bool again)
{
	struct sw_warning_order order = { .source = sessions_world_prefix(source),
					  .to = to,
					  .again = again,
					  .who = again ? "alice" : "report" };
	struct sw_err err = { "" };
	int code = sw_sessions_warn(sworld.sessions, &order, sw_sessions_now(sworld.sessions),
				    &sworld.warning, &err);

	assert_true(!code || err.text[0]);
	return code ? strerrorname_np(-code) : "ok";
}

/* ---- what came of it ---- */

uint8_t sessions_world_class(const char *source)
{
	struct sw_prefix p = sessions_world_prefix(source);
	size_t i = find(&p);

	if (i == sworld.card_n ||
	    (sworld.card[i].ends_ns && sworld.card[i].ends_ns <= sworld.clock.monotonic_ns))
		return 0;
	return sworld.card[i].class;
}

bool sessions_world_verdict(const char *source, uint8_t origin, struct sw_verdict *ret)
{
	struct sw_prefix p = sessions_world_prefix(source);

	return !sw_ledger_peek(sworld.ledger, &p, origin, ret, NULL);
}
