/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rounds - how often a test against an oracle begins anew.
 *
 * With sanitizers, a fifth: they are ten times slower, and look for bad memory accesses,
 * which each round has all kinds of; wrong answers are found by the plain build.
 */
#ifndef SYNWARD_TESTS_SUPPORT_ROUNDS_H
#define SYNWARD_TESTS_SUPPORT_ROUNDS_H

#include "daemon/syscalls.h"

static inline int rounds(int n)
{
	return SW_SANITIZED ? (n + 4) / 5 : n;
}

#endif
