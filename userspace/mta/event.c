/* SPDX-License-Identifier: GPL-2.0-only */
/* event - see event.h. */
#include "event.h"

#include <errno.h>
#include <string.h>

static const char *const names[SW_MTA_KINDS] = {
	[SW_MTA_UNKNOWN_RCPT] = "unknown-rcpt",	  [SW_MTA_DISABLED_RCPT] = "disabled-rcpt",
	[SW_MTA_ACCEPTED_RCPT] = "accepted-rcpt", [SW_MTA_RELAY_REJECT] = "relay-reject",
	[SW_MTA_OTHER_REJECT] = "other-reject",	  [SW_MTA_TRAP] = "trap",
};

const char *sw_mta_kind_name(enum sw_mta_kind kind)
{
	return (unsigned)kind < SW_MTA_KINDS ? names[kind] : "?";
}

int sw_mta_kind_parse(const char *name, enum sw_mta_kind *ret)
{
	for (unsigned kind = 0; kind < SW_MTA_KINDS; kind++) {
		if (!strcmp(name, names[kind])) {
			*ret = (enum sw_mta_kind)kind;
			return 0;
		}
	}
	return -EINVAL;
}
