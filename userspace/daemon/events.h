/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * events - a line for each verdict that was set, extended, replaced, taken back or has
 * ended, with the reason: for people in the log, or as JSON on standard output.
 */
#ifndef SYNWARD_DAEMON_EVENTS_H
#define SYNWARD_DAEMON_EVENTS_H

#include "daemon/ledger_record.h"

/* @how: "text", "json" or "none", as the option events has it. Times are the wall clock's. */
void sw_event_print(const char *how, const struct sw_history *event);

#endif
