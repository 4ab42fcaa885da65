/* SPDX-License-Identifier: GPL-2.0-only */
/* service_parts - what the files of service share. */
#ifndef SYNWARD_DAEMON_SERVICE_PARTS_H
#define SYNWARD_DAEMON_SERVICE_PARTS_H

#include <event2/event.h>

#include "commands.h"
#include "control.h"
#include "enforce.h"
#include "intake.h"
#include "ledger.h"
#include "own.h"
#include "sandbox.h"
#include "sessions.h"
#include "verdicts.h"

#define SW_SERVICE_SIGNALS 3

struct sw_service {
	const char *path; /* of the configuration */
	struct event_base *base;
	struct event *signal[SW_SERVICE_SIGNALS];
	struct event *tick, *own_watch, *own_soon, *confirm, *companion, *contact;
	struct sw_sandbox *sandbox;
	struct sw_service_opening *opening; /* ledger and verdicts are being read; NULL: no more */
	struct sw_ledger *ledger;
	struct sw_verdicts *verdicts;
	struct sw_enforce *enforce;
	struct sw_control *control;
	struct event *look; /* at who is connected, while there are too many contacts */
	struct sw_contacts *contacts; /* NULL: first contact is off */
	struct sw_intake *intake; /* the same */
	struct sw_dns_cache *dns_cache; /* NULL: nothing was asked yet */
	struct sw_dns_keep *dns_keep; /* the same */
	struct sw_withdrawal *withdrawal; /* the same */
	struct sw_judging *judging; /* NULL: nobody is examined */
	uint64_t dns_failed_ns; /* when that could not be brought about; 0: it could */
	struct sw_hearing *hearing; /* NULL: nothing is heard of the mail server */
	struct sw_following *following; /* of allow-spf */
	struct sw_at_desk *desk; /* NULL: nobody is told why */
	struct sw_kill *kill; /* sessions that are being closed; NULL: never yet */
	struct sw_commands commands;
	int own_fd; /* -1: changes of addresses are not heard of */
	int64_t started_ms, confirm_until_ms; /* wall clock */
	uint64_t
		thinned_to; /* number of the change of the ledger's history that was looked at last */
	uint64_t own_looked_ns, links_looked_ns, second_ns; /* when that was last done */
	uint64_t table_mended, table_rounds; /* by the self-check */
};

void sw_service_note(void *ctx, int level, const char *text);

/* What "reload" does, by request of @who, or by signal (NULL). @words: how it went. */
int sw_service_reload(struct sw_service *s, int64_t confirm_ms, const char *ssh, const char *who,
		      char words[160], struct sw_err *err);

/* What the card has to know of the config in force, beside lists and ports. After anything
 * that puts another one in force. */
void sw_service_tell_card(struct sw_service *s);

/* ---- service_verdicts.c: ledger and verdicts ---- */

/* Begin to read them, meanwhile to be used by nobody. -ENOMEM. */
int sw_service_verdicts_begin(struct sw_service *s, const struct sw_config *config,
			      struct sw_err *err);
/* Wait until they are read, for the outcome; 0 and nothing when that was done already. */
int sw_service_verdicts_wait(struct sw_service *s, struct sw_err *err);

/* ---- service_contact.c: first contacts ---- */

/* Bring them to what the config in force says. */
void sw_service_contacts(struct sw_service *s);
/* "off", "pass", "hold", as it is carried out: nobody is held whom nobody asks about. */
const char *sw_service_contacts_mode(const struct sw_service *s);
void sw_service_contacts_tick(struct sw_service *s);
/* Nobody listens any more: unknown sources pass. */
void sw_service_contacts_end(struct sw_service *s);

/* ---- service_dns.c: examinations, and what comes of them ---- */

/* Bring them to what the config in force says. */
void sw_service_dns(struct sw_service *s);
void sw_service_dns_tick(struct sw_service *s); /* once a second */
void sw_service_dns_end(struct sw_service *s);
/* Begin with those who wait, as many as the budget lets. */
void sw_service_dns_pump(struct sw_service *s);
/* Was @source cleared once? Is it being examined? */
bool sw_service_dns_knows(const struct sw_service *s, const struct sw_prefix *source);
bool sw_service_dns_has(const struct sw_service *s, const struct sw_prefix *source);
json_t *sw_service_dns_status(const struct sw_service *s); /* null: nobody is examined */

/* ---- service_sessions.c: what the mail server sees ---- */

/* Bring it to what the config in force says. */
void sw_service_sessions(struct sw_service *s);
void sw_service_sessions_tick(struct sw_service *s); /* once a second */
void sw_service_sessions_end(struct sw_service *s);
/* Whom to tell; NULL: nobody listens. */
struct sw_sessions *sw_service_sessions_get(struct sw_service *s);
json_t *sw_service_sessions_status(const struct sw_service *s); /* null: nobody listens */

/* ---- service_standing.c: for options of modules; @ctx is the service ---- */

/* As struct sw_sessions_options has it. */
enum sw_standing sw_service_standing(void *ctx, const struct sw_prefix *source,
				     char why[SW_STANDING_WHY]);
/* Has the card room for one verdict more that nobody asked for by hand, beside @waiting? */
bool sw_service_has_room(void *ctx, size_t waiting);

/* ---- service_desk.c: those who are turned away in words ---- */

/* Bring it to what the config in force says. */
void sw_service_desk(struct sw_service *s);
void sw_service_desk_tick(struct sw_service *s); /* once a second */
void sw_service_desk_end(struct sw_service *s);
json_t *sw_service_desk_status(const struct sw_service *s); /* null: nobody listens */

/* ---- service_kill.c ---- */

/* For sw_commands.kill. */
json_t *sw_service_kill(void *daemon, struct sw_control_client *client,
			const struct sw_command_kill *what);

/* ---- service_spf.c: the networks of allow-spf ---- */

/* Read what was kept in @state_dir, before anything is put in force. -ENOMEM. */
int sw_service_spf_open(struct sw_service *s, const char *state_dir, struct sw_err *err);
const struct sw_spf_domains *sw_service_spf_domains(const struct sw_service *s);
/* Ask whom the config in force says. */
void sw_service_spf(struct sw_service *s);
void sw_service_spf_tick(struct sw_service *s); /* once a second */
void sw_service_spf_end(struct sw_service *s);
json_t *sw_service_spf_status(const struct sw_service *s); /* null: it names nobody */

/* ---- service_loop.c: what goes on by itself ---- */

/* Begin: the first tick, the watch over own addresses. -ENOMEM. */
int sw_service_loop_start(struct sw_service *s);
void sw_service_loop_stop(struct sw_service *s);
/* Find the addresses that must never be blocked; @ssh as in sw_own_places. */
int sw_service_find_own(struct sw_service *s, const char *ssh, struct sw_own *ret,
			struct sw_err *err);
/* Let a trial end by itself at confirm_until_ms; 0: it does not. */
void sw_service_expect_confirm(struct sw_service *s, int64_t ms);

/* ---- service_answer.c: what the control socket's operations ask of the daemon ---- */

void sw_service_answers(struct sw_service *s);

#endif
