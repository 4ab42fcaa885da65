/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wire - events as lines of JSON, as synward-milter sends them to the daemon.
 *
 * Pure. docs/milter.md has the shape. A line ends with LF and has no other one; what is not known
 * is left out. Whoever reads takes unknown names for nothing, so that more can be said later.
 */
#ifndef SYNWARD_MTA_WIRE_H
#define SYNWARD_MTA_WIRE_H

#include "lib/err.h"
#include "mta/event.h"

#define SW_MTA_LINE 2048 /* bytes of a line at most, with LF */
#define SW_MTA_RCPT 320 /* bytes of a recipient; what is longer is cut (RFC 5321 4.5.3.1) */

/* Write @event to @out; returns how many bytes, with LF and without NUL. -ENOMEM. */
int sw_mta_wire_put(const struct sw_mta_event *event, char out[SW_MTA_LINE]);

#endif
