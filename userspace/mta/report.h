/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report - what others write to us about mail: complaints (ARF, RFC 5965) and returned mail
 * (DSN, RFC 3464, and the many texts that came before it). A message in, its fields out.
 *
 * Pure: no I/O, no clock. Anybody can write a message that looks like a report. Nothing in it
 * is proof, and what it names was chosen by whoever wrote it: the caller decides whether
 * the source is one that we accepted mail from, and whether the report came from somebody who
 * may say so.
 *
 * Everything points into the message, which is borrowed until sw_report_free, or into
 * memory of the report. Work is in proportion to the message, and what comes out is bounded.
 */
#ifndef SYNWARD_MTA_REPORT_H
#define SYNWARD_MTA_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/err.h"
#include "mta/mime.h"

#define SW_REPORT_BYTES (64u << 20) /* of a message; a report holds a whole other one */
#define SW_REPORT_RECIPIENTS 100
#define SW_REPORT_HOPS 32
#define SW_REPORT_LIST 16 /* values of a field that may be there often */
#define SW_REPORT_STATUS 16 /* bytes of a status with NUL: "5.999.999" */

enum sw_report_kind {
	SW_REPORT_FEEDBACK, /* somebody's word on a message: .feedback */
	SW_REPORT_DELIVERY, /* what became of a message: .recipient */
	SW_REPORT_REPLY, /* an automatic answer (RFC 3834): of no interest */
};

enum sw_feedback_type {
#define SW_FEEDBACK_TYPE(symbol, word, complaint) SW_FEEDBACK_##symbol,
#include "mta/report.def"
	SW_FEEDBACK_TYPES
};

enum sw_feedback_field {
#define SW_FEEDBACK_FIELD(symbol, header, name) SW_FEEDBACK_FIELD_##symbol,
#include "mta/report.def"
	SW_FEEDBACK_FIELDS
};

enum sw_feedback_list {
#define SW_FEEDBACK_LIST(symbol, header, name) SW_FEEDBACK_LIST_##symbol,
#include "mta/report.def"
	SW_FEEDBACK_LISTS
};

struct sw_report_values {
	struct sw_text value[SW_REPORT_LIST];
	unsigned n, more; /* more: that there was no room for */
};

struct sw_feedback {
	enum sw_feedback_type type;
	/* As they were written, folds and all (sw_mime_unfold); .at NULL: not there. */
	struct sw_text field[SW_FEEDBACK_FIELDS];
	struct sw_report_values list[SW_FEEDBACK_LISTS];
	struct sw_text reporting_mta; /* without its "dns;" */
	uint32_t incidents; /* how many this stands for, at least 1 */
	uint32_t version;
	uint16_t source_port; /* 0: not given */
	int64_t arrival_ms; /* when the mail came there; 0: not given */
};

/* What became of a recipient (RFC 3464 2.3.3); NONE: it is not said. */
enum sw_report_action {
	SW_ACTION_NONE,
	SW_ACTION_FAILED,
	SW_ACTION_DELAYED,
	SW_ACTION_DELIVERED,
	SW_ACTION_RELAYED,
	SW_ACTION_EXPANDED,
};

enum sw_report_class {
	SW_REPORT_CLASS_NONE, /* no failure, or nobody knows why */
	SW_REPORT_CLASS_RECIPIENT, /* no such mailbox */
	SW_REPORT_CLASS_DISABLED, /* there was one */
	SW_REPORT_CLASS_DOMAIN, /* no such domain, or one without mail */
	SW_REPORT_CLASS_FULL, /* too much for the mailbox, or too large */
	SW_REPORT_CLASS_POLICY, /* the sender or his mail is not wanted */
	SW_REPORT_CLASS_RATE, /* too much at once */
	SW_REPORT_CLASS_SYSTEM, /* machines, networks, time */
	SW_REPORT_CLASSES
};

enum sw_report_reason {
#define SW_REPORT_REASON(symbol, name, class) SW_REASON_##symbol,
#include "mta/report.def"
	SW_REPORT_REASONS
};

struct sw_report_recipient {
	struct sw_text address; /* Final-Recipient, else Original-Recipient, without type or <> */
	struct sw_text original; /* Original-Recipient, likewise */
	struct sw_text remote_mta; /* the host that said so, without its "dns;" */
	struct sw_prefix remote; /* its address; family 0: not given */
	struct sw_text diagnostic; /* what it said, in one line */
	char status[SW_REPORT_STATUS]; /* enhanced status code (RFC 3463), or "" */
	uint16_t code; /* reply code of SMTP, or 0 */
	enum sw_report_action action;
	enum sw_report_reason reason;
	bool permanent; /* it failed for good: not delayed, and no 4xx */
};

/* A Received field of the message that the report is about: one step of its way. */
struct sw_report_hop {
	struct sw_text by; /* who wrote it, as it says */
	struct sw_prefix from; /* the client's address; family 0: it does not say */
};

struct sw_report {
	enum sw_report_kind kind;
	struct sw_feedback feedback; /* of FEEDBACK alone */

	/* Of DELIVERY alone. */
	struct sw_text reporting_mta; /* who reports, without "dns;"; .at NULL: not said */
	struct sw_text received_from_mta; /* whom it had the mail from, likewise */
	struct sw_text envelope_id;
	int64_t arrival_ms; /* when the mail came there; 0: not given */
	struct sw_report_recipient recipient[SW_REPORT_RECIPIENTS];
	unsigned recipients, more_recipients; /* more: that there was no room for */

	/* Who sent the mail, as the report says in so many words; family 0: it does not. */
	struct sw_prefix source;
	/* The mail itself, or its headers, as far as they came back; .at NULL: not at all. */
	struct sw_text returned;
	bool returned_whole;
	/* Its way, the last step first. Only a step that one of our own wrote says whom we had it from,
	 * and whoever forges a report can write such a step too. */
	struct sw_report_hop hop[SW_REPORT_HOPS];
	unsigned hops;
};

/*
 * Read @n bytes of @message, which stay where they are. -EINVAL: it is no report, or
 * one that says nothing: @err has where, what, and what to do. -EFBIG: longer than
 * SW_REPORT_BYTES. -ENOMEM. *@ret is then untouched.
 */
int sw_report_parse(const char *message, size_t n, struct sw_report **ret, struct sw_err *err);
struct sw_report *sw_report_free(struct sw_report *report); /* NULL */

/* ---- names ---- */

const char *sw_feedback_type_name(enum sw_feedback_type type);
bool sw_feedback_is_complaint(enum sw_feedback_type type);
const char *sw_feedback_field_name(enum sw_feedback_field field);
const char *sw_feedback_list_name(enum sw_feedback_list list);
const char *sw_report_reason_name(enum sw_report_reason reason);
enum sw_report_class sw_report_reason_class(enum sw_report_reason reason);
const char *sw_report_class_name(enum sw_report_class class);

#endif
