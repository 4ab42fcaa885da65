/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sessions_world - what the mail server saw, by a script: the daemon's own sessions, verdicts and
 * ledger in a folder of the test's, with a clock that stands, and a card that is a list. One at
 * a time.
 */
#ifndef SYNWARD_TESTS_SUPPORT_SESSIONS_WORLD_H
#define SYNWARD_TESTS_SUPPORT_SESSIONS_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/sessions.h"
#include "daemon/silence.h"
#include "support/script_clock.h"

#define SESSIONS_NOON INT64_C(1795608000000)

struct sessions_world {
	char *folder;
	struct script_clock clock;
	struct sw_config *config;
	struct event_base *base;
	struct sw_ledger *ledger;
	struct sw_verdicts *verdicts;
	struct sw_senders *senders;
	struct sw_seen *seen;
	struct sw_sessions *sessions;
	struct sw_silence *silence;
	/* Ours, and on an allow list. family 0: none. */
	struct sw_prefix ours[4], allowed[4];
	bool is_full; /* but for what the operator sets */
	unsigned notes;
	char note[1024]; /* the last one */
	struct sw_warning_case warning; /* likewise, that could be sent */
	struct {
		struct sw_prefix source;
		uint8_t class;
		uint64_t ends_ns;
	} card[8192];
	size_t card_n, card_room; /* it refuses more than that */
};

extern struct sessions_world sworld;

/* @config: lines of synward.conf beside interfaces; NULL: none. */
void sessions_world_open(const char *config);
void sessions_world_close(void);
/* The daemon ends and comes back; the card stays. */
void sessions_world_restart(void);
/* Other options from now on, as after a reload. */
void sessions_world_configure(const char *config);
void sessions_world_pass(int64_t ms);

struct sw_prefix sessions_world_prefix(const char *text);
/* @n recipients, named user@first, user@first+1, ...; what wants to be flushed is, after all of
 * them. */
void sessions_world_see(enum sw_mta_kind kind, const char *source, unsigned first, unsigned n);
/* A complaint about @source, with the name @id; NULL: none. */
enum sw_report_result sessions_world_complain(const char *source, const char *id);

/* @source comes to the desk, rejected by a class "listed" of @tier for exactly it or, in a network
 * @decides (NULL), what holds it. What wants to be flushed is. */
void sessions_world_return(const char *source, const char *decides, enum sw_tier tier);

/* A warning about @source to @to; "ok", or the name of an errno. @again: by hand. */
const char *sessions_world_warn(const char *source, const char *to, bool again);

/* The class on the card that counts now for exactly @source; 0: none. */
uint8_t sessions_world_class(const char *source);
/* The verdict of @origin on exactly @source; false: none. */
bool sessions_world_verdict(const char *source, uint8_t origin, struct sw_verdict *ret);

#endif
