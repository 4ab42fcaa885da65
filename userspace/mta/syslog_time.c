/* SPDX-License-Identifier: GPL-2.0-only */
/* syslog_time - the time stamps of syslog_line.h. */
#include <string.h>
#include <time.h>

#include "syslog_line.h"

#define DAY_MS 86400000

struct cursor {
	const char *at, *end;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool take(struct cursor *c, char wanted)
{
	if (c->at == c->end || *c->at != wanted)
		return false;
	c->at++;
	return true;
}

/* A number of @min to @max digits. */
static bool take_number(struct cursor *c, int min, int max, int *ret)
{
	int value = 0, n = 0;

	for (; n < max && c->at + n < c->end && is_digit(c->at[n]); n++)
		value = 10 * value + (c->at[n] - '0');
	if (n < min)
		return false;
	c->at += n;
	*ret = value;
	return true;
}

/* "00:18:17", with a fraction behind it or without. */
static bool take_clock(struct cursor *c, struct sw_syslog_time *t)
{
	int scale = 100;

	if (!take_number(c, 1, 2, &t->hour) || !take(c, ':') || !take_number(c, 2, 2, &t->minute) ||
	    !take(c, ':') || !take_number(c, 2, 2, &t->second))
		return false;
	if (t->hour > 23 || t->minute > 59 || t->second > 60)
		return false;
	if (c->end - c->at < 2 || (*c->at != '.' && *c->at != ',') || !is_digit(c->at[1]))
		return true;
	for (c->at++; c->at < c->end && is_digit(*c->at); c->at++, scale /= 10)
		t->ms += scale * (*c->at - '0');
	return true;
}

/* What follows is a space, or nothing. */
static bool take_space(struct cursor *c)
{
	return c->at == c->end || take(c, ' ');
}

static int month_of(const char *name, size_t n)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (int i = 0; n == 3 && i < 12; i++)
		if (!memcmp(name, months + 3 * (size_t)i, 3))
			return i + 1;
	return 0;
}

/* A month's name in whatever language: letters and bytes above ASCII. */
static bool take_month(struct cursor *c, int *ret)
{
	const char *from = c->at;
	size_t n;

	while (c->at < c->end && ((*c->at | 0x20) >= 'a' || *c->at < 0) && *c->at != '|' &&
	       c->at - from < 8)
		c->at++;
	n = (size_t)(c->at - from);
	*ret = month_of(from, n);
	return n >= 3;
}

static bool take_month_stamp(struct cursor *c, struct sw_syslog_time *t)
{
	if (c->end - c->at > 5 && c->at[4] == ' ' && !is_digit(c->at[5]) &&
	    (!take_number(c, 4, 4, &t->year) || !take(c, ' ')))
		return false;
	if (!take_month(c, &t->month))
		return false;
	if (take(c, '-')) { /* ASSP: Nov-26-26 */
		t->stamp = SW_STAMP_ASSP;
		if (!take_number(c, 2, 2, &t->day) || !take(c, '-') ||
		    !take_number(c, 2, 2, &t->year) || !take(c, ' '))
			return false;
		t->year += 2000;
		return take_clock(c, t) && take_space(c);
	}
	t->stamp = SW_STAMP_MONTH;
	if (!take(c, ' '))
		return false;
	take(c, ' ');
	if (!take_number(c, 1, 2, &t->day) || !take(c, ' '))
		return false;
	if (c->end - c->at > 4 && c->at[4] == ' ' &&
	    (!take_number(c, 4, 4, &t->year) || !take(c, ' ')))
		return false;
	return take_clock(c, t) && take_space(c);
}

/* "Z", "+01:00", "+0100"; none is fine. */
static bool take_offset(struct cursor *c, struct sw_syslog_time *t)
{
	int hours, minutes, sign = 1;

	if (take(c, 'Z')) {
		t->has_offset = true;
		return true;
	}
	if (take(c, '-'))
		sign = -1;
	else if (!take(c, '+'))
		return true;
	if (!take_number(c, 2, 2, &hours))
		return false;
	take(c, ':');
	if (!take_number(c, 2, 2, &minutes) || hours > 14 || minutes > 59)
		return false;
	t->has_offset = true;
	t->offset_s = sign * (hours * 3600 + minutes * 60);
	return true;
}

/* Behind "date time ": an offset as Exim writes it with log_timezone. */
static bool take_apart_offset(struct cursor *c, struct sw_syslog_time *t)
{
	if (c->end - c->at < 6 || (*c->at != '+' && *c->at != '-') || c->at[5] != ' ')
		return true;
	for (int i = 1; i < 5; i++)
		if (!is_digit(c->at[i]))
			return true;
	return take_offset(c, t) && take_space(c);
}

static bool take_iso_stamp(struct cursor *c, struct sw_syslog_time *t)
{
	bool spaced;

	t->stamp = SW_STAMP_ISO;
	if (!take_number(c, 4, 4, &t->year) || !take(c, '-') || !take_number(c, 2, 2, &t->month) ||
	    !take(c, '-') || !take_number(c, 2, 2, &t->day))
		return false;
	spaced = take(c, ' ');
	if ((!spaced && !take(c, 'T')) || !take_clock(c, t) || !take_offset(c, t) || !take_space(c))
		return false;
	return !spaced || take_apart_offset(c, t);
}

/* Seconds with a fraction: the journal's short-unix. */
static bool take_epoch_stamp(struct cursor *c, struct sw_syslog_time *t)
{
	int high, low, scale = 100;

	t->stamp = SW_STAMP_EPOCH;
	if (!take_number(c, 5, 5, &high) || !take_number(c, 5, 5, &low) || !take(c, '.'))
		return false;
	t->epoch_ms = ((int64_t)high * 100000 + low) * 1000;
	for (; c->at < c->end && is_digit(*c->at); c->at++, scale /= 10)
		t->epoch_ms += (int64_t)scale * (*c->at - '0');
	return take_space(c);
}

static bool take_kerio_stamp(struct cursor *c, struct sw_syslog_time *t)
{
	t->stamp = SW_STAMP_KERIO;
	return take(c, '[') && take_number(c, 2, 2, &t->day) && take(c, '/') &&
	       take_month(c, &t->month) && take(c, '/') && take_number(c, 4, 4, &t->year) &&
	       take(c, ' ') && take_clock(c, t) && take(c, ']') && take_space(c);
}

/* The journal's short-full has the day of the week before an ISO date. */
static void pass_weekday(struct cursor *c)
{
	if (c->end - c->at > 8 && c->at[3] == ' ' && is_digit(c->at[4]) && c->at[8] == '-')
		c->at += 4;
}

size_t sw_syslog_time_parse(const char *text, size_t n, struct sw_syslog_time *ret)
{
	static bool (*const takers[])(struct cursor *, struct sw_syslog_time *) = {
		take_month_stamp, take_iso_stamp, take_epoch_stamp, take_kerio_stamp
	};
	struct cursor start = { text, text + n };

	pass_weekday(&start);
	for (size_t i = 0; i < sizeof(takers) / sizeof(*takers); i++) {
		struct sw_syslog_time t = { .stamp = SW_STAMP_NONE };
		struct cursor c = start;

		if (takers[i](&c, &t) && t.day <= 31 && t.month <= 12) {
			*ret = t;
			return (size_t)(c.at - text);
		}
	}
	return 0;
}

/* When the hour of @t began. */
static int64_t in_year(const struct sw_syslog_time *t, int year)
{
	struct tm tm = { .tm_year = year - 1900,
			 .tm_mon = t->month - 1,
			 .tm_mday = t->day,
			 .tm_hour = t->hour,
			 .tm_isdst = -1 };
	int64_t s = t->has_offset ? timegm(&tm) - t->offset_s : mktime(&tm);

	return s > 0 ? s * 1000 : 0;
}

static int64_t find_hour(const struct sw_syslog_time *t, int64_t now_ms)
{
	time_t now_s = now_ms / 1000;
	struct tm now;
	int64_t ms;

	if (t->year)
		return in_year(t, t->year);
	if (now_ms <= 0 || !gmtime_r(&now_s, &now))
		return 0;
	ms = in_year(t, now.tm_year + 1901);
	for (int back = 0; back < 2 && ms > now_ms + DAY_MS; back++)
		ms = in_year(t, now.tm_year + 1900 - back);
	return ms;
}

int64_t sw_syslog_time_ms(const struct sw_syslog_time *t, int64_t now_ms,
			  struct sw_syslog_hour *hour)
{
	int64_t within = (t->minute * 60 + t->second) * INT64_C(1000) + t->ms, ms;

	if (t->stamp == SW_STAMP_EPOCH)
		return t->epoch_ms;
	if (t->stamp == SW_STAMP_NONE || !t->month || !t->day)
		return 0;
	if (t->has_offset) {
		ms = find_hour(t, now_ms);
		return ms ? ms + within : 0;
	}
	if (hour->month != t->month || hour->day != t->day || hour->hour != t->hour ||
	    hour->year != t->year || hour->now_hour != now_ms / 3600000)
		*hour = (struct sw_syslog_hour){ .year = t->year,
						 .month = t->month,
						 .day = t->day,
						 .hour = t->hour,
						 .now_hour = now_ms / 3600000,
						 .ms = find_hour(t, now_ms) };
	return hour->ms ? hour->ms + within : 0;
}
