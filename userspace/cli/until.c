/* SPDX-License-Identifier: GPL-2.0-only */
/* until - see until.h. */
#include "until.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static void format_time(int64_t ms, const char *format, char buf[SW_TIME_TEXT])
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;

	if (!localtime_r(&seconds, &tm) || !strftime(buf, SW_TIME_TEXT, format, &tm))
		strcpy(buf, "?");
}

const char *sw_time_format(int64_t ms, char buf[SW_TIME_TEXT])
{
	format_time(ms, "%Y-%m-%d %H:%M:%S", buf);
	return buf;
}

/* @n of @unit, and @rest of the next one unless that is 0. */
static void put_span(char buf[SW_SPAN_TEXT], int64_t n, const char *unit, int64_t rest,
		     const char *next)
{
	if (rest)
		snprintf(buf, SW_SPAN_TEXT, "%lld%s%lld%s", (long long)n, unit, (long long)rest,
			 next);
	else
		snprintf(buf, SW_SPAN_TEXT, "%lld%s", (long long)n, unit);
}

const char *sw_span_format(int64_t ms, char buf[SW_SPAN_TEXT])
{
	int64_t s = ms > 0 ? ms / 1000 + (ms % 1000 >= 500) : 0;
	int64_t m = s / 60 + (s % 60 >= 30), h = s / 3600 + (s % 3600 >= 1800);

	if (s < 60)
		put_span(buf, s, "s", 0, "");
	else if (s < 3600)
		put_span(buf, s / 60, "m", s % 60, "s");
	else if (m < 24 * 60)
		put_span(buf, m / 60, "h", m % 60, "m");
	else
		put_span(buf, h / 24, "d", h % 24, "h");
	return buf;
}

static void format_until(int64_t expires_ms, int64_t now_ms, const char *format, const char *before,
			 char buf[SW_UNTIL_TEXT])
{
	char time[SW_TIME_TEXT], span[SW_SPAN_TEXT];

	if (expires_ms == 0) {
		strcpy(buf, "for good");
		return;
	}
	format_time(expires_ms, format, time);
	snprintf(buf, SW_UNTIL_TEXT, "%s%s (%s)", before, time,
		 expires_ms > now_ms ? sw_span_format(expires_ms - now_ms, span) : "ended");
}

const char *sw_until_format(int64_t expires_ms, int64_t now_ms, char buf[SW_UNTIL_TEXT])
{
	format_until(expires_ms, now_ms, "%Y-%m-%d %H:%M:%S %z", "until ", buf);
	return buf;
}

const char *sw_until_format_short(int64_t expires_ms, int64_t now_ms, char buf[SW_UNTIL_TEXT])
{
	format_until(expires_ms, now_ms, "%Y-%m-%d %H:%M:%S", "", buf);
	return buf;
}
