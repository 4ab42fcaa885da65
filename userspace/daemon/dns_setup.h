/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dns_setup - what the configuration says of DNS lists, reverse DNS and scores, understood
 * and checked. Reads the file of keys, and nothing else.
 */
#ifndef SYNWARD_DAEMON_DNS_SETUP_H
#define SYNWARD_DAEMON_DNS_SETUP_H

#include "dns/site.h"
#include "lib/config.h"
#include "lib/err.h"
#include "rules/judge.h"

#define SW_DNS_CANARIES 32

struct sw_dns_setup {
	struct sw_sites *sites; /* NULL: none */
	struct sw_judge_rules rules; /* with weights for reverse DNS if that is to be asked */
	struct sw_prefix canary[SW_DNS_CANARIES];
	size_t canaries;
};

/* -EINVAL: @err says which option, what, and what to do; -errno of the file of keys. */
int sw_dns_setup_make(const struct sw_config *config, struct sw_dns_setup **ret,
		      struct sw_err *err);
struct sw_dns_setup *sw_dns_setup_free(struct sw_dns_setup *setup); /* NULL */

/* Would sw_dns_setup_make do? @warn (may be NULL) is told what an operator would want to know
 * all the same: of lists that are dead, of sources that would be held for nothing. */
int sw_dns_setup_check(const struct sw_config *config, void (*warn)(void *ctx, const char *text),
		       void *ctx, struct sw_err *err);

/* Is there anything to ask about a source? Without it nobody is held: there is no answer to wait
 * for. */
bool sw_dns_setup_asks(const struct sw_config *config);

/* Are the lists of both the same, with their keys? */
bool sw_dns_setup_same_lists(const struct sw_dns_setup *a, const struct sw_dns_setup *b);

/* All that @config says of this, and of who is asked, as one text, to be freed: the same text,
 * the same setup, but for what is in the file of keys. NULL: no memory. */
char *sw_dns_setup_text(const struct sw_config *config);

#endif
