/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * runs - who owns which blocks of the IPv6 table. Inside maps/.
 *
 * Runs of any length up to SW_RUN6_BLOCKS, the free ones kept by their length: the
 * one that fits best is taken, and what is freed grows together with its free
 * neighbours. A run that readers may still look at is retired first, and given
 * back with all others that are, when the caller knows that they are done. Nothing
 * here waits, and after sw_runs_new nothing needs memory.
 */
#ifndef SYNWARD_MAPS_RUNS_H
#define SYNWARD_MAPS_RUNS_H

#include <stdbool.h>
#include <stdint.h>

#include "abi.h"

#define SW_RUNS_NONE UINT32_MAX

struct sw_runs;

/* NULL: no memory. */
struct sw_runs *sw_runs_new(uint32_t blocks);
struct sw_runs *sw_runs_done(struct sw_runs *r);

/* Mark a run as in use, before sw_runs_ready. False: it is out of range or
 * overlaps another one. */
bool sw_runs_claim(struct sw_runs *r, uint32_t first, uint32_t blocks);
void sw_runs_ready(struct sw_runs *r);

/* SW_RUNS_NONE when there is none. */
uint32_t sw_runs_take(struct sw_runs *r, uint32_t blocks);
/* Free a run that nobody has seen. */
void sw_runs_put(struct sw_runs *r, uint32_t first);
void sw_runs_retire(struct sw_runs *r, uint32_t first);
void sw_runs_free_retired(struct sw_runs *r);

/* How long the run is that begins here. */
uint32_t sw_runs_length(const struct sw_runs *r, uint32_t first);
/* That will be asked for soon: have it come from memory. */
void sw_runs_expect(const struct sw_runs *r, uint32_t first);
/* Blocks in use, retired ones not counted; and those. */
uint32_t sw_runs_used(const struct sw_runs *r);
uint32_t sw_runs_retired(const struct sw_runs *r);

#endif
