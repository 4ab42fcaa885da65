/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * escape - text of unknown origin, made safe to look at.
 *
 * Pure. Reasons and names come from logs, lists and other machines: they may hold what
 * moves the cursor, hides a part, or looks like another line.
 */
#ifndef SYNWARD_CLI_ESCAPE_H
#define SYNWARD_CLI_ESCAPE_H

/*
 * @text in one line of valid UTF-8, for the caller to free; NULL: out of memory. Control
 * and format characters (also those that turn the direction of writing) become \n, \t,
 * \x1b, \u202e, \U000e0001, bytes that are not UTF-8 \xff, and a backslash \\.
 */
char *sw_escape(const char *text);

#endif
