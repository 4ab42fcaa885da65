/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * until - times as people read them: local time and how long that is.
 *
 * Pure but for the time zone (TZ). Times are milliseconds since the epoch; as an end, 0
 * is never.
 */
#ifndef SYNWARD_CLI_UNTIL_H
#define SYNWARD_CLI_UNTIL_H

#include <stdint.h>

#define SW_TIME_TEXT 40
#define SW_SPAN_TEXT 24
#define SW_UNTIL_TEXT 80

/* "2026-03-01 14:05:09" */
const char *sw_time_format(int64_t ms, char buf[SW_TIME_TEXT]);

/* "45s", "5m30s", "1h59m", "6d23h": rounded, in two units at most. */
const char *sw_span_format(int64_t ms, char buf[SW_SPAN_TEXT]);

/* "until 2026-03-01 14:05:09 +0100 (2h)", or "for good"; "(ended)" when it has. */
const char *sw_until_format(int64_t expires_ms, int64_t now_ms, char buf[SW_UNTIL_TEXT]);

/* The same for columns: "2026-03-01 14:05:09 (2h)". */
const char *sw_until_format_short(int64_t expires_ms, int64_t now_ms, char buf[SW_UNTIL_TEXT]);

#endif
