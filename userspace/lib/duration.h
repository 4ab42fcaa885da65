/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * duration - how long, as people write it: "90s", "10min", "2h", "1h30m", "7d", "1w".
 *
 * Pure. One or more numbers with a unit: w, d, h, m or min, s, ms. Units go from the
 * longer to the shorter, each at most once, and what follows a unit is less than one of
 * it ("1h30m", not "1h90m"). No sign, no fraction, no space, no leading zero, no part
 * that is zero: what a slip of the finger makes is refused rather than guessed at.
 */
#ifndef SYNWARD_LIB_DURATION_H
#define SYNWARD_LIB_DURATION_H

#include <stddef.h>
#include <stdint.h>

#define SW_DURATION_MAX_MS (INT64_C(36525) * 24 * 60 * 60 * 1000) /* 100 years */
#define SW_DURATION_TEXT 32 /* bytes, with NUL, that sw_duration_format needs */

/*
 * Parse @n bytes of @text to milliseconds, 1 to SW_DURATION_MAX_MS. -EINVAL: not a
 * duration, or none at all. -ERANGE: longer than 100 years. *@ret_ms is then untouched.
 */
int sw_duration_parse(const char *text, size_t n, int64_t *ret_ms);

/* Words for what sw_duration_parse returned. */
const char *sw_duration_error(int code);

/*
 * The shortest text that sw_duration_parse reads as @ms, e.g. "90s", "36h", "1w"; of
 * several the one with the longest unit. "0s" for what is not above 0 (which is no
 * duration); @ms beyond SW_DURATION_MAX_MS is written as the latter.
 */
const char *sw_duration_format(int64_t ms, char buf[SW_DURATION_TEXT]);

#endif
