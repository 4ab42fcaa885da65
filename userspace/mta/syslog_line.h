/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * syslog_line - what stands before a message in a log file: time, host, program.
 *
 * Pure. Read from the front, word by word, so that nothing a message says can be taken for
 * the program that wrote it. Understood are the time stamps of RFC 3164 (also with a year or
 * a fraction), ISO 8601 as rsyslog, Exim and the journal write it, seconds since the epoch,
 * those of Kerio and ASSP; RFC 5424 as a whole; "<mail.info>" of BSD, "mail.info" of BusyBox; what
 * docker and CRI put before a container's lines; and lines without a time.
 */
#ifndef SYNWARD_MTA_SYSLOG_LINE_H
#define SYNWARD_MTA_SYSLOG_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sw_syslog_stamp {
	SW_STAMP_NONE,
	SW_STAMP_MONTH, /* Nov 26 00:18:17, with a year before the month or behind the day */
	SW_STAMP_ISO, /* 2026-11-26T00:18:17.123456+01:00, also with a space for the T */
	SW_STAMP_EPOCH, /* 1795652297.123456 */
	SW_STAMP_KERIO, /* [26/Nov/2026 00:18:17] */
	SW_STAMP_ASSP, /* Nov-26-26 00:18:17 */
};

struct sw_syslog_time {
	enum sw_syslog_stamp stamp;
	int year; /* 0: not said */
	int month; /* 1 to 12; 0: in a language that is not understood */
	int day, hour, minute, second, ms;
	bool has_offset; /* else local time */
	int offset_s; /* east of Greenwich */
	int64_t epoch_ms; /* for SW_STAMP_EPOCH */
};

/* All borrowed from the line. */
struct sw_syslog_line {
	struct sw_syslog_time time;
	bool is_space_iso; /* an ISO date, a space, a time: what Exim's own logs have */
	const char *tag; /* "postfix/smtpd", without pid; NULL: none */
	size_t tag_n;
	bool has_pid; /* a tag with one is surely one */
	const char *text; /* the message, without the space before it */
	size_t text_n;
	const char *untagged; /* what follows the time, whatever it is */
	size_t untagged_n;
};

/* Never fails: where there is no time and no program, all of it is text. */
void sw_syslog_line_parse(const char *line, size_t n, struct sw_syslog_line *ret);

/* Read a time stamp at the start of @text; how many bytes it takes with the space behind it, 0:
 * there is none. */
size_t sw_syslog_time_parse(const char *text, size_t n, struct sw_syslog_time *ret);

/* The hour that was worked out last: local time costs more than all else of a line. Zeroed at
 * first. */
struct sw_syslog_hour {
	int year, month, day, hour;
	int64_t now_hour, ms;
};

/*
 * The time in ms since the epoch; 0: not known. A year that is not said is the one that brings
 * it next to @now_ms, but not more than a day after it.
 */
int64_t sw_syslog_time_ms(const struct sw_syslog_time *time, int64_t now_ms,
			  struct sw_syslog_hour *hour);

#endif
