/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * event - one thing the mail server told of one source: who was written to, and what became
 * of it.
 *
 * The border between those who read (mail logs, journal, milter, reports) and those who
 * count. Evidence comes from SMTP sessions that took place, so a source in here is one that
 * completed a handshake.
 */
#ifndef SYNWARD_MTA_EVENT_H
#define SYNWARD_MTA_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

enum sw_mta_kind {
	SW_MTA_UNKNOWN_RCPT, /* 550 5.1.1 and its like: no such mailbox here */
	SW_MTA_DISABLED_RCPT, /* there was one; it is closed (5.2.1) */
	SW_MTA_ACCEPTED_RCPT, /* a recipient of mail that was taken */
	SW_MTA_RELAY_REJECT, /* relaying denied */
	SW_MTA_OTHER_REJECT, /* turned away for good for another reason */
	SW_MTA_TRAP, /* a spam trap was written to */
	SW_MTA_KINDS,
};

struct sw_mta_event {
	enum sw_mta_kind kind;
	struct sw_prefix source; /* the client's address, of full length */
	uint32_t recipients; /* how many this stands for, at least 1 */
	bool taken; /* they were told of as accepted before, and came back */
	const char *rcpt; /* as written, without <>, borrowed; NULL: not known */
	size_t rcpt_n;
	int64_t time_ms; /* wall clock when it happened; 0: not known */
};

/* "unknown-rcpt", ...: in JSON, metrics and texts; "?" for what is no kind. */
const char *sw_mta_kind_name(enum sw_mta_kind kind);

/* -EINVAL: no kind has that name. */
int sw_mta_kind_parse(const char *name, enum sw_mta_kind *ret);

#endif
