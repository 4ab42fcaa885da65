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
	uint64_t seed; /* of the examiner */
};

/* ---- service_dns_keep.c ---- */

/* Open s->dns_cache and s->dns_keep, with what is there from before, unless they are. */
int sw_service_dns_keep(struct sw_service *s, struct sw_err *err);
/* Save them now and then, a little at a time; once a second. Failures are logged. */
void sw_service_dns_keep_tick(struct sw_service *s);
/* Save them for the last time, and close them. */
void sw_service_dns_keep_end(struct sw_service *s);

struct sw_known *sw_service_dns_known(const struct sw_service *s); /* NULL: nobody */

#endif
