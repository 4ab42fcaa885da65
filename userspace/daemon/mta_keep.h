/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mta_keep - what is known of mail that came and of reports, in state-dir: from whom mail was
 * taken (senders), and which reports were told (reports).
 *
 * Senders are written every ten minutes, reports within a second or two of the last one, so that
 * a report which comes again after a crash is known; a thread waits for the disk
 * (lib/saver.h). The loop does at the end alone.
 *
 * What is missing or damaged is begun anew, and the log says so: reports do not count then
 * until mail was taken again.
 */
#ifndef SYNWARD_DAEMON_MTA_KEEP_H
#define SYNWARD_DAEMON_MTA_KEEP_H

#include <stdint.h>

#include "rules/seen.h"
#include "rules/senders.h"

struct sw_mta_keep;

struct sw_mta_keep_options {
	const char *state_dir;
	uint64_t seed; /* random, and nobody's to know */
	void (*note)(void *ctx, int level, const char *text); /* level as in syslog */
	void *ctx;
};

/* -ENOMEM. */
int sw_mta_keep_open(const struct sw_mta_keep_options *options, struct sw_mta_keep **ret);
/* Saves both. NULL is fine; returns NULL. */
struct sw_mta_keep *sw_mta_keep_close(struct sw_mta_keep *k);

/* Borrowed, until the end. */
struct sw_senders *sw_mta_keep_senders(const struct sw_mta_keep *k);
struct sw_seen *sw_mta_keep_seen(const struct sw_mta_keep *k);

/* Once a second; @now_ns of CLOCK_MONOTONIC. */
void sw_mta_keep_tick(struct sw_mta_keep *k, uint64_t now_ns);

#endif
