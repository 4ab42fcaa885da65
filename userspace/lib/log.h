/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * log - one line to standard error, with a priority that the journal understands.
 *
 * Levels are syslog's (LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG).
 * When standard error is the journal (JOURNAL_STREAM is set), lines start with
 * "<N>" (sd-daemon(3)); otherwise with the level's name. A line never holds
 * control characters: what came from files is escaped.
 */
#ifndef SYNWARD_LIB_LOG_H
#define SYNWARD_LIB_LOG_H

#include <stdarg.h>
#include <syslog.h>

/* Lines above @level are not written; LOG_INFO at the start. */
void sw_log_level(int level);
void sw_log(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Whom a module tells that does not log itself: its owner's function, one line of text. */
typedef void (*sw_note_fn)(void *ctx, int level, const char *text);

/* The formatted words, cut if need be, to @note; NULL: to nobody. */
void sw_log_note(sw_note_fn note, void *ctx, int level, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#endif
