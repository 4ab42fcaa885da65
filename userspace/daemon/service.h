/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * service - synwardd while it runs: what is opened in which order, the event loop, and what
 * happens at a signal, a timer, a request.
 *
 *   companion ◄─ privileges ─► ledger ─► verdicts ─► enforce ─► card
 *                                 ▲          ▲          ▲
 *               control ─ commands ──────────┴──────────┘
 *
 * One thread. Nothing in the loop waits but for the disk, and for lists while they are read.
 */
#ifndef SYNWARD_DAEMON_SERVICE_H
#define SYNWARD_DAEMON_SERVICE_H

#include "lib/config.h"

/* Run with @config, which is taken over, until SIGTERM or SIGINT; the exit status. Reloads
 * read @path again, which outlives the call. */
int sw_service_run(const char *path, struct sw_config *config);

#endif
