/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mailids - which client a queued message, or a session, belongs to.
 *
 * A mail log names the client once and later only the queue id. Fixed memory: when it is full,
 * the oldest is forgotten. Ids are the mail server's choice, never a client's; the table is
 * keyed all the same.
 */
#ifndef SYNWARD_MTA_MAILIDS_H
#define SYNWARD_MTA_MAILIDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mta/event.h"

#define SW_MAILID 24 /* bytes of an id */

struct sw_mailid {
	struct sw_prefix source; /* family 0: not known yet */
	bool authenticated; /* a user of ours: what bounces later says nothing of strangers */
	bool counted; /* its recipients were counted */
	uint32_t pending[SW_MTA_KINDS]; /* recipients seen before the client was named */
	/* the table's own */
	char id[SW_MAILID];
	uint8_t id_n;
	uint64_t scope;
	uint32_t next, slot;
	bool used;
};

struct sw_mailids;

int sw_mailids_open(size_t n, uint64_t seed, struct sw_mailids **ret);
struct sw_mailids *sw_mailids_close(struct sw_mailids *t);

/* What is known of @id in @scope (format and instance of the server); NULL: nothing. Valid until
 * the next put or drop. */
struct sw_mailid *sw_mailids_get(struct sw_mailids *t, uint64_t scope, const char *id, size_t n);

/* The same, made anew where there is none. NULL: the id is too long. */
struct sw_mailid *sw_mailids_put(struct sw_mailids *t, uint64_t scope, const char *id, size_t n);

/* Forget it. */
void sw_mailids_drop(struct sw_mailids *t, struct sw_mailid *m);

#endif
