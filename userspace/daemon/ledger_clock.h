/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ledger_clock - the time that the ledger is kept in: wall clock less its steps.
 *
 * A verdict for two hours is to last two hours, whatever somebody does to the clock
 * meanwhile. So the ledger's time goes on as CLOCK_MONOTONIC does: when the wall clock
 * steps, the difference is noted and taken off from then on. It is remembered in the ledger
 * with the boot that it was seen in, so that a daemon which was not there while the clock
 * was set still notices. Over a reboot nobody can know; then the wall clock is believed,
 * but the ledger's time never goes back.
 */
#ifndef SYNWARD_DAEMON_LEDGER_CLOCK_H
#define SYNWARD_DAEMON_LEDGER_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/clock.h"

#define SW_LEDGER_CLOCK_META "clock" /* its name among the ledger's meta values */
#define SW_LEDGER_CLOCK_TEXT 160

struct sw_ledger_clock {
	const struct sw_clock *clock;
	char boot[40]; /* of /proc/sys/kernel/random/boot_id */
	int64_t offset_ms; /* wall clock less monotonic, when last looked */
	int64_t correction_ms; /* steps so far: ledger time is the wall clock less this */
	int64_t last_ms; /* ledger time when last looked */
	bool unsaved; /* what sw_ledger_clock_text would write has changed */
};

struct sw_err;
struct sw_ledger;

/* @saved is what sw_ledger_clock_text wrote, by an earlier process; NULL: there is none, or
 * it cannot be read. @boot tells boots apart; NULL: nothing is known of earlier ones. */
void sw_ledger_clock_init(struct sw_ledger_clock *c, const struct sw_clock *clock, const char *boot,
			  const char *saved);
/* The same, with what @ledger remembers. Errors are those of sw_ledger_meta_get. */
int sw_ledger_clock_open(struct sw_ledger_clock *c, struct sw_ledger *ledger,
			 const struct sw_clock *clock, const char *boot, struct sw_err *err);

/* Look at the clocks. What the wall clock was stepped by since the last time, 0 if it was
 * not: drift and the slewing of NTP are no steps. */
int64_t sw_ledger_clock_look(struct sw_ledger_clock *c);

/* Now, in ledger time. */
int64_t sw_ledger_clock_now(const struct sw_ledger_clock *c);

/* From ledger time to what a clock on the wall shows now, and back; 0, never, stays 0. */
int64_t sw_ledger_clock_to_wall(const struct sw_ledger_clock *c, int64_t ledger_ms);
int64_t sw_ledger_clock_from_wall(const struct sw_ledger_clock *c, int64_t wall_ms);

/* What to keep. */
void sw_ledger_clock_text(const struct sw_ledger_clock *c, char text[SW_LEDGER_CLOCK_TEXT]);

#endif
