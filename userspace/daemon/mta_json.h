/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mta_json - events of the mail server as JSON (docs/control.md), for the control socket and the
 * socket of events. Pure. What is returned borrows its text from the JSON.
 */
#ifndef SYNWARD_DAEMON_MTA_JSON_H
#define SYNWARD_DAEMON_MTA_JSON_H

#include <jansson.h>

#include "daemon/sessions.h"
#include "lib/err.h"

#define SW_MTA_RECIPIENTS 1000000 /* that one event may stand for */
#define SW_MTA_TEXT 1024 /* bytes of a recipient, an id or words */

/* {"kind": "unknown-rcpt", "source": "192.0.2.1", "rcpt": "a@b", "n": 1, "time": 1764093600.5};
 * kind and source must be there; other keys are passed over. -EINVAL with words. */
int sw_mta_json_event(const json_t *object, struct sw_mta_event *ret, struct sw_err *err);

/* {"kind": "complaint", "source", "rcpt", "report", "text", "about"}; kind may also be
 * "unknown-rcpt" and "disabled-rcpt". Likewise. */
int sw_mta_json_report(const json_t *object, struct sw_report_event *ret, struct sw_err *err);

/* ---- datagrams of the socket of events ---- */

#define SW_MTA_JSON_LINE 4096 /* bytes; so what jansson makes of it is bounded, too */

struct sw_mta_json_reader {
	void (*event)(void *ctx, const struct sw_mta_event *event); /* valid during the call */
	void (*bad)(void *ctx, const char *why); /* a line that is not understood */
	void *ctx;
};

/* Each line of @text, which anybody may have written, is one event, or bad. */
void sw_mta_json_lines(const char *text, size_t n, const struct sw_mta_json_reader *reader);

#endif
