/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * buddy - who owns which blocks of the IPv4 table. Inside maps/.
 *
 * Runs of 1, 2, 4 ... 256 blocks, aligned to their size (the buddy system of
 * Knuth, TAOCP 1, 2.5). No I/O, no waiting: when a run may be used again is the
 * caller's business.
 */
#ifndef SYNWARD_MAPS_BUDDY_H
#define SYNWARD_MAPS_BUDDY_H

#include <stdbool.h>
#include <stdint.h>

#define SW_BUDDY_ORDERS 9
#define SW_BUDDY_NONE UINT32_MAX

struct sw_buddy;

/* @blocks in all, the first @reserved of them never given out. NULL: no memory. */
struct sw_buddy *sw_buddy_new(uint32_t blocks, uint32_t reserved);
struct sw_buddy *sw_buddy_done(struct sw_buddy *b);

/* Mark a run as in use, before sw_buddy_ready. False: it is misaligned, out of
 * range, reserved, or overlaps another one. */
bool sw_buddy_claim(struct sw_buddy *b, uint32_t block, unsigned order);
void sw_buddy_ready(struct sw_buddy *b);

/* A run of 2^order blocks; SW_BUDDY_NONE when there is none. */
uint32_t sw_buddy_take(struct sw_buddy *b, unsigned order);
void sw_buddy_put(struct sw_buddy *b, uint32_t block, unsigned order);

/* Blocks in use, the reserved ones not counted. */
uint32_t sw_buddy_used(const struct sw_buddy *b);

#endif
