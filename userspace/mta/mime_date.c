/* SPDX-License-Identifier: GPL-2.0-only */
/* mime_date - dates of messages. See mime.h. */
#include "mime.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/* Zones with names (RFC 5322 4.3), in minutes east; what is not here counts as UTC there. */
static const struct {
	char name[4];
	int minutes;
} zones[] = {
	{ "EST", -300 },
	{ "EDT", -240 },
	{ "CST", -360 },
	{ "CDT", -300 },
	{ "MST", -420 },
	{ "MDT", -360 },
	{ "PST", -480 },
	{ "PDT", -420 },
	/* Not of the RFC, but of those who write reports. */
	{ "JST", 540 },
	{ "CET", 60 },
	{ "BST", 60 },
};

/* Days from 1970-01-01 to the first of March of @year, counting years from March. */
static int64_t days_before(int64_t year, unsigned month, unsigned day)
{
	static const unsigned before[] = { 0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337 };
	unsigned from_march = (month + 9) % 12;

	year -= month < 3;
	return year * 365 + year / 4 - year / 100 + year / 400 + before[from_march] + day - 1 -
	       719468;
}

static struct sw_text take_word(struct sw_text *rest)
{
	struct sw_text word;
	size_t i = 0;

	while (rest->n && strchr(" \t\r\n,", rest->at[0]))
		rest->at++, rest->n--;
	while (i < rest->n && !strchr(" \t\r\n,", rest->at[i]))
		i++;
	word = (struct sw_text){ rest->at, i };
	rest->at += i;
	rest->n -= i;
	return word;
}

/* A number of at most @digits digits at the start of @word, taken off it; -1: there is none. */
static int take_number(struct sw_text *word, unsigned digits)
{
	int number = 0;
	size_t i = 0;

	while (i < word->n && i < digits && word->at[i] >= '0' && word->at[i] <= '9')
		number = number * 10 + (word->at[i++] - '0');
	word->at += i;
	word->n -= i;
	return i ? number : -1;
}

static unsigned month_of(struct sw_text word)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (unsigned i = 0; word.n >= 3 && i < 12; i++)
		if (!strncasecmp(word.at, names + i * 3, 3))
			return i + 1;
	return 0;
}

/* Hours, minutes, and seconds if there are any, in seconds; -1. */
static int time_of_day(struct sw_text word)
{
	int part[3] = { 0, 0, 0 };

	for (unsigned i = 0; i < 3; i++) {
		part[i] = take_number(&word, 2);
		if (part[i] < 0)
			return -1;
		if (!word.n && i >= 1)
			break;
		if (word.n && i < 2 && word.at[0] == ':')
			word.at++, word.n--;
		else if (word.n || i < 1)
			return -1;
	}
	if (part[0] > 23 || part[1] > 59 || part[2] > 60)
		return -1;
	return part[0] * 3600 + part[1] * 60 + part[2];
}

/* Minutes east of UTC. */
static int zone_of(struct sw_text word)
{
	if (word.n >= 5 && (word.at[0] == '+' || word.at[0] == '-')) {
		struct sw_text digits = { word.at + 1, 4 };
		int number = take_number(&digits, 4);

		if (number < 0 || digits.n || number % 100 > 59)
			return 0;
		number = number / 100 * 60 + number % 100;
		return word.at[0] == '-' ? -number : number;
	}
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
		if (sw_text_is(word, zones[i].name))
			return zones[i].minutes;
	return 0;
}

static int full_year(int year, size_t digits)
{
	if (digits >= 4)
		return year;
	return year < 50 && digits == 2 ? year + 2000 : year + 1900; /* RFC 5322 4.3 */
}

int sw_mime_date(struct sw_text text, int64_t *ret_ms)
{
	struct sw_text word, year_word;
	int day, year, seconds;
	unsigned month;
	size_t digits;

	if (!text.n)
		return -EINVAL;
	word = take_word(&text);
	if (word.n && (word.at[0] < '0' || word.at[0] > '9'))
		word = take_word(&text); /* the name of the day is not needed */
	day = take_number(&word, 2);
	month = month_of(take_word(&text));
	year_word = take_word(&text);
	digits = year_word.n;
	year = take_number(&year_word, 4);
	seconds = time_of_day(take_word(&text));
	if (day < 1 || day > 31 || word.n || !month || year < 0 || year_word.n || digits < 2 ||
	    seconds < 0)
		return -EINVAL;
	year = full_year(year, digits);
	if (year < 1970 || year > 9999)
		return -EINVAL;
	*ret_ms = (days_before(year, month, (unsigned)day) * 86400 + seconds -
		   (int64_t)zone_of(take_word(&text)) * 60) *
		  1000;
	return 0;
}
