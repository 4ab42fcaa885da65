/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ledger_record - verdicts and changes, and the bytes that they are kept as.
 *
 * Pure. Every decoder takes any bytes from anywhere: what it accepts is whole and within
 * limits, and encodes to the same bytes. Formats: docs/ledger.md.
 */
#ifndef SYNWARD_DAEMON_LEDGER_RECORD_H
#define SYNWARD_DAEMON_LEDGER_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/err.h"

#define SW_VERDICT_REASON 256 /* bytes, with NUL */
#define SW_VERDICT_WHO 64

struct sw_verdict {
	struct sw_prefix source;
	uint8_t origin; /* enum sw_origin, or a number of a later version; not 0 */
	uint8_t action; /* enum sw_action; not SW_ACTION_NONE */
	/* Any bytes but NUL, as they came. Whoever shows them escapes them. */
	char reason[SW_VERDICT_REASON];
	char who[SW_VERDICT_WHO]; /* set it */
	int64_t created_ms; /* wall clock, since the epoch */
	int64_t expires_ms; /* 0: never */
	uint32_t count; /* how often it was set */
};

/* -EINVAL with words: a field is out of its limits. */
int sw_verdict_check(const struct sw_verdict *verdict, struct sw_err *err);

/* Numbers are in ledgers: never renumber. */
enum sw_change_kind {
	SW_CHANGE_SET = 1, /* where there was none */
	SW_CHANGE_EXTENDED = 2, /* the same, for longer */
	SW_CHANGE_ENDED = 3, /* its time was up */
	SW_CHANGE_REMOVED = 4, /* taken back */
	SW_CHANGE_REPLACED = 5, /* by another action or reason */
	SW_CHANGE_KINDS,
};

const char *sw_change_name(unsigned kind); /* "set", "extended", ...; "unknown" */
int sw_change_parse(const char *name, uint8_t *ret); /* -EINVAL */

/* What is said of a change when it is made; borrowed. */
struct sw_change {
	int64_t time_ms; /* wall clock */
	uint8_t kind; /* enum sw_change_kind */
	const char *who; /* made the change; up to 63 bytes. NULL: the verdict's own */
	const char *why; /* up to 255 bytes. NULL: the verdict's reason */
};

/* One change of one verdict. */
struct sw_history {
	uint64_t number; /* ascending in the order of commits, from 1 */
	int64_t time_ms;
	uint8_t kind; /* enum sw_change_kind */
	struct sw_verdict verdict; /* after the change; ended, removed: as it last was */
	char who[SW_VERDICT_WHO];
	char why[SW_VERDICT_REASON];
};

#endif
