/* SPDX-License-Identifier: GPL-2.0-only */
/* service_dns_parts - between the files of service_dns alone. */
#ifndef SYNWARD_DAEMON_SERVICE_DNS_PARTS_H
#define SYNWARD_DAEMON_SERVICE_DNS_PARTS_H

#include "dns/budget.h"
#include "dns/cache.h"
#include "dns/resolver.h"
#include "examiner.h"
#include "known.h"
#include "outcomes.h"
#include "service_parts.h"
#include "withdrawal.h"

struct sw_judging {
	struct sw_service *s;
	struct sw_dns_setup *setup;
	char *text; /* what the configuration says, to see whether that has changed */
	struct sw_suffix *suffix;
	struct sw_resolver *resolver;
	struct sw_examiner *examiner;
	struct sw_outcomes *outcomes;
	struct event *pump;
	struct sw_dns_budget pace; /* of examinations */
	uint64_t saved_ns;
	struct sw_known known;
};

/* ---- service_dns_keep.c ---- */

/* Open s->dns_cache, with the answers from before if there are any. */
int sw_service_dns_open_cache(struct sw_service *s, struct sw_err *err);
/* Save it. Failures are logged. */
void sw_service_dns_save_cache(struct sw_service *s);

#endif
