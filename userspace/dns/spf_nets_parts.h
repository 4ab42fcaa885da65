/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spf_nets_parts - what the files of the walk share. Nobody else includes this.
 *
 *   spf_nets.c        beginning and end, policies in policies, their sets
 *   spf_nets_terms.c  one mechanism after another
 */
#ifndef SYNWARD_DNS_SPF_NETS_PARTS_H
#define SYNWARD_DNS_SPF_NETS_PARTS_H

#include <stdbool.h>

#include "spf_asker.h"
#include "spf_nets.h"
#include "spf_record.h"
#include "spf_set.h"

#define SW_SPF_NETS_DEPTH (SW_SPF_TERMS + 1) /* every include is a term */

struct sw_spf_nets_frame {
	char *text;
	struct sw_spf_record record;
	size_t at, step;
	enum sw_spf_result qualifier; /* of the include that led here */
	struct sw_spf_set pass, other;
};

struct sw_spf_nets {
	struct sw_spf_asker asker;
	sw_spf_nets_fn fn;
	void *ctx;
	char domain[SW_DNS_NAME];
	struct sw_spf_nets_frame frame[SW_SPF_NETS_DEPTH];
	size_t depth;
	struct sw_spf_step step[SW_SPF_NETS_DEPTH];
	size_t steps;
	unsigned terms;
	struct sw_spf_term term;
	char host[SW_SPF_NAMES][SW_DNS_NAME]; /* whose addresses are asked for */
	size_t host_n, host_at;
	unsigned family;
	struct sw_spf_left left[SW_SPF_NETS_LEFT];
	struct sw_spf_nets_answer answer;
	char why[SW_SPF_WORDS];
};

static inline struct sw_spf_nets_frame *sw_spf_nets_top(struct sw_spf_nets *nets)
{
	return &nets->frame[nets->depth - 1];
}

/* ---- spf_nets.c ---- */

/* The next step is to look up a policy: of an include, or instead of the present one. */
void sw_spf_nets_include(struct sw_spf_nets *nets, const char *domain);
void sw_spf_nets_redirect(struct sw_spf_nets *nets, const char *domain);

/* The present policy says no more. */
void sw_spf_nets_end_policy(struct sw_spf_nets *nets);

/* The present term matches @net. False: that was too much, and all is over. */
bool sw_spf_nets_give(struct sw_spf_nets *nets, const struct sw_prefix *net);

/* The present term is not among the networks. @why is kept. */
void sw_spf_nets_leave_out(struct sw_spf_nets *nets, const char *why);

/* Is what the present policy passes passed by those around it? */
bool sw_spf_nets_is_granting(const struct sw_spf_nets *nets);

/* No further. What the policies on the way here passed so far stands. */
void sw_spf_nets_stop(struct sw_spf_nets *nets, enum sw_spf_nets_state state, const char *format,
		      ...) __attribute__((format(printf, 3, 4)));

/* Look at an answer's TTL; false: it is SW_DNS_TEMPFAIL, and all is over. */
bool sw_spf_nets_is_known(struct sw_spf_nets *nets, const struct sw_dns_answer *answer);

/* ---- spf_nets_terms.c ---- */

void sw_spf_nets_next_term(void *owner);

#endif
