// SPDX-License-Identifier: GPL-2.0-only
/*
 * uncut - the filter on the card for where no program may change the length of a frame, the same
 * but for that: its resets are as long as the SYN was, with zeros or what was there behind them.
 * Linux (6.12.25, and others of that time) refuses programs that do in a dispatcher that was
 * not made for it, which that of libxdp before 1.5.5 is not.
 */
#define SW_UNCUT

#include "bpf/synward.bpf.c"
