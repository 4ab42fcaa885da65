/* SPDX-License-Identifier: GPL-2.0-only */
/* report_source - see report_source.h. */
#include "report_source.h"

static bool is_ours(struct sw_text by, const char *const *ours, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (sw_text_is(by, ours[i]))
			return true;
	return false;
}

static bool is_loopback(const struct sw_prefix *p)
{
	return p->family == 4 ? p->lo >> 24 == 127 : !p->hi && p->lo == 1;
}

/* The step behind the one that had the mail from @source; 0: there is none. */
static unsigned behind(const struct sw_report *report, const struct sw_prefix *source)
{
	for (unsigned i = 0; i < report->hops; i++)
		if (report->hop[i].from.family && !sw_prefix_cmp(&report->hop[i].from, source))
			return i + 1;
	return 0;
}

size_t sw_report_sources(const struct sw_report *report, const char *const *ours, size_t n,
			 struct sw_prefix ret[SW_REPORT_SOURCES])
{
	unsigned i = 0;
	size_t found = 0;

	if (report->source.family) {
		ret[found++] = report->source;
		i = behind(report, &report->source);
	}
	for (; i < report->hops && is_ours(report->hop[i].by, ours, n); i++)
		if (report->hop[i].from.family && !is_loopback(&report->hop[i].from))
			ret[found++] = report->hop[i].from;
	return found;
}
