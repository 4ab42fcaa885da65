/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * commands - what synwardd is asked over its control socket; docs/control.md has each
 * operation. From JSON to calls and back, nothing else: verdicts.h and the daemon's own
 * functions do the work.
 */
#ifndef SYNWARD_DAEMON_COMMANDS_H
#define SYNWARD_DAEMON_COMMANDS_H

#include "daemon/control.h"
#include "daemon/sessions.h"
#include "daemon/verdicts.h"

/* What "kill" asks for; all is borrowed. */
struct sw_command_kill {
	const struct sw_prefix *prefix;
	size_t n;
	uint16_t port; /* 0: those that are served */
	bool force; /* never-block, too */
};

/* What the operations work with; borrowed, and outlives the control socket. */
struct sw_commands {
	struct sw_verdicts *verdicts;
	struct sw_ledger *ledger;
	void *daemon; /* for the functions below */
	/* Does something that must never be blocked lie in @source? Its words, or NULL. */
	const char *(*never_block)(void *daemon, const struct sw_prefix *source, char words[160]);
	/* Reload; @confirm_ms: take it back after that long unless confirmed, 0: keep it. */
	int (*reload)(void *daemon, int64_t confirm_ms, const char *ssh, const char *who,
		      char words[160], struct sw_err *err);
	int (*confirm)(void *daemon, const char *who, struct sw_err *err);
	/* The members of "status" that are the daemon's own. NULL: out of memory. */
	json_t *(*status)(void *daemon);
	/* Close sessions; an answer as that of an operation. NULL: not here. */
	json_t *(*kill)(void *daemon, struct sw_control_client *client,
			const struct sw_command_kill *what);
	/* Whom to tell what a mail server saw; NULL, or returns NULL: nobody. */
	struct sw_sessions *(*sessions)(void *daemon);
};

/* The table for sw_control_options.ops; their ctx is a struct sw_commands. */
extern const struct sw_control_op sw_commands_ops[];

/* ---- for the files of commands ---- */

json_t *sw_command_set(void *ctx, struct sw_control_client *client, json_t *request);
json_t *sw_command_remove(void *ctx, struct sw_control_client *client, json_t *request);
json_t *sw_command_kill(void *ctx, struct sw_control_client *client, json_t *request);
json_t *sw_command_list(void *ctx, struct sw_control_client *client, json_t *request);
json_t *sw_command_mta_events(void *ctx, struct sw_control_client *client, json_t *request);
json_t *sw_command_report(void *ctx, struct sw_control_client *client, json_t *request);
json_t *sw_command_warn(void *ctx, struct sw_control_client *client, json_t *request);
json_t *sw_command_history(void *ctx, struct sw_control_client *client, json_t *request);

/* A duration like "2h" in ms. -EINVAL with words. */
int sw_command_duration(json_t *value, int64_t *ret_ms, struct sw_err *err);
/* The number of an origin; @otherwise when there is no value. -EINVAL with words. */
int sw_command_origin(json_t *value, uint8_t otherwise, uint8_t *ret, struct sw_err *err);
int sw_command_prefix(json_t *value, struct sw_prefix *ret, struct sw_err *err);
/* Is it so much of the internet that nobody means it? */
bool sw_command_is_wide(const struct sw_prefix *p);

#endif
