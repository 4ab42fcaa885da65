/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report_source - whose mail is a report about? Pure.
 *
 * What the report says, or whom the last of our own servers had it from, by the Received fields
 * that came back. Those are in order, ours on top. Which addresses are ours the daemon knows, so
 * the candidates are asked about in turn, until it says of one that it is not.
 */
#ifndef SYNWARD_CLI_REPORT_SOURCE_H
#define SYNWARD_CLI_REPORT_SOURCE_H

#include "mta/report.h"

#define SW_REPORT_SOURCES (SW_REPORT_HOPS + 1)

/*
 * The sources that it may be, the likeliest first; how many. @ours: @n names that our servers
 * have in Received fields.
 *
 * Whoever reports may stand behind a relay of ours and name that: then the steps on top, down to
 * the one that had it from there, are those of the reporter's own servers, and the next ones,
 * as long as ours wrote them, are the way through the relay. What strangers wrote below is
 * never looked at. A step inside of this machine, as filters make them, says nothing.
 */
size_t sw_report_sources(const struct sw_report *report, const char *const *ours, size_t n,
			 struct sw_prefix ret[SW_REPORT_SOURCES]);

#endif
