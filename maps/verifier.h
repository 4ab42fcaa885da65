/* SPDX-License-Identifier: GPL-2.0-only */
/* verifier - for code that the BPF verifier has to follow. Elsewhere it does nothing. */
#ifndef SYNWARD_MAPS_VERIFIER_H
#define SYNWARD_MAPS_VERIFIER_H

#include <linux/types.h>

/*
 * @n, with all that the compiler knows of it forgotten. A mask after it stays in
 * the program, where the verifier of Linux 6.1 needs it: that one loses the bounds
 * of byte-swapped numbers and of differences that the compiler can see.
 */
static inline __attribute__((always_inline)) __u64 sw_opaque(__u64 n)
{
	__asm__ volatile("" : "+r"(n));
	return n;
}

#endif
