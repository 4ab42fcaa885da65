/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ledger_record - verdicts and changes, and the bytes that they are kept as.
 *
 * Pure. Every decoder takes any bytes from anywhere: what it accepts is whole and within
 * limits, and encodes to the same bytes. Formats: docs/ledger.md.
 */
#ifndef SYNWARD_DAEMON_LEDGER_RECORD_H
#define SYNWARD_DAEMON_LEDGER_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/err.h"

#define SW_VERDICT_REASON 256 /* bytes, with NUL */
#define SW_VERDICT_WHO 64

/*
 * What a verdict rests on: numbers of DNS lists (sw_site_id), each once. One that rests on more
 * than there is room for, or was set before this was kept, rests on SW_RESTS_ANY: whichever
 * falls, it falls too.
 */
#define SW_RESTS 16
#define SW_RESTS_ANY UINT32_MAX

struct sw_rests {
	uint32_t on[SW_RESTS]; /* not 0 */
	uint8_t n;
};

void sw_rests_add(struct sw_rests *rests, uint32_t id);
bool sw_rests_on(const struct sw_rests *rests, uint32_t id);

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
	struct sw_rests rests;
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

/* -EINVAL with words: a field is out of its limits. */
int sw_change_check(const struct sw_change *change, struct sw_err *err);

/* ---- bytes; for the files of the ledger alone ---- */

/* Bytes that belong to somebody else. */
struct sw_view {
	const uint8_t *data;
	size_t n;
};

/*
 * A key: family, address, length, origin, one after the other in big-endian order, so that
 * memcmp(3) orders keys as sw_prefix_cmp orders sources, and origins inside one source.
 * With origin 0 it is before all of the source, and no record's own.
 */
#define SW_RECORD_KEY 19 /* bytes at most: 7 or 19 */
size_t sw_record_key(const struct sw_prefix *source, uint8_t origin, uint8_t out[SW_RECORD_KEY]);
int sw_record_key_read(struct sw_view key, struct sw_prefix *source, uint8_t *origin);

/* What a verdict says beside source and origin. */
#define SW_RECORD_BODY (24 + SW_VERDICT_REASON - 1 + SW_VERDICT_WHO - 1 + 4 * SW_RESTS)
size_t sw_record_body(const struct sw_verdict *verdict, uint8_t out[SW_RECORD_BODY]);
/* -EBADMSG; @ret is then undefined. */
int sw_record_verdict(struct sw_view key, struct sw_view body, struct sw_verdict *ret);

/*
 * The record of a source and origin: the verdict's @body, or none when there is only
 * history left, and the number of the last change. The key is in the check sum.
 */
#define SW_RECORD_SOURCE (13 + SW_RECORD_BODY)
size_t sw_record_source(struct sw_view key, uint64_t number, struct sw_view body,
			uint8_t out[SW_RECORD_SOURCE]);
/* -EBADMSG; the body is not yet looked into. */
int sw_record_source_read(struct sw_view key, struct sw_view record, uint64_t *number,
			  struct sw_view *body);

/* The record of a change, as views of its bytes. */
struct sw_record_change {
	uint64_t number;
	uint64_t previous; /* number of the change before, of the same source and origin; or 0 */
	int64_t time_ms;
	uint8_t kind;
	struct sw_view key, body;
	struct sw_view who, why; /* data is NULL: as the body says */
};

#define SW_RECORD_CHANGE (23 + SW_RECORD_KEY + SW_RECORD_BODY + SW_VERDICT_WHO + SW_VERDICT_REASON)
/* Without a number yet, the check sum is left out too: sw_record_change_number. */
size_t sw_record_change(const struct sw_record_change *change, uint8_t out[SW_RECORD_CHANGE]);
/* For a change that is encoded already and only now gets its numbers. */
void sw_record_change_number(uint8_t *record, size_t n, uint64_t number, uint64_t previous);
/* -EBADMSG; the body is not yet looked into. */
int sw_record_change_read(uint64_t number, struct sw_view record, struct sw_record_change *ret);
/* All of a change, for those who asked for it. -EBADMSG. */
int sw_record_history(const struct sw_record_change *change, struct sw_history *ret);
/* True if the verdict is there after a change of this kind. */
static inline bool sw_change_keeps(unsigned kind)
{
	return kind != SW_CHANGE_ENDED && kind != SW_CHANGE_REMOVED;
}

/* Where the ledger stands, in one record. */
struct sw_record_state {
	uint64_t next; /* number of the next change */
	uint64_t folded; /* changes before this one are in the records of sources */
	uint64_t verdicts; /* kept */
};

#define SW_RECORD_STATE 28
void sw_record_state(const struct sw_record_state *state, uint8_t out[SW_RECORD_STATE]);
int sw_record_state_read(struct sw_view record, struct sw_record_state *ret); /* -EBADMSG */

/* A change's number as a key. */
static inline void sw_record_number(uint64_t number, uint8_t out[8])
{
	for (int i = 7; i >= 0; i--, number >>= 8)
		out[i] = (uint8_t)number;
}

int sw_record_number_read(struct sw_view key, uint64_t *ret); /* -EBADMSG */

#endif
