/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * event - what a mail server saw of one source: the one shape in which logs, the milter
 * and others hand it on.
 *
 * Only completed SMTP sessions make one. Text is borrowed from whoever made the event.
 */
#ifndef SYNWARD_MTA_EVENT_H
#define SYNWARD_MTA_EVENT_H

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
	struct sw_prefix source; /* the client's address, as in lib/addr.h */
	uint32_t recipients; /* how many this stands for, at least 1 */
	const char *rcpt; /* recipient as written, without <>, borrowed; may be NULL */
	size_t rcpt_n;
	int64_t time_ms; /* wall clock when the line says so, 0: it does not */
};

#endif
