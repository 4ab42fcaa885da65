/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spf_parts - what the files of the evaluator share. Nobody else includes this.
 *
 *   spf.c          beginning and end, policies in policies, the result
 *   spf_terms.c    one mechanism after another
 *   spf_names.c    the validated names of the address: ptr and %{p}
 *   spf_explain.c  exp=
 */
#ifndef SYNWARD_DNS_SPF_PARTS_H
#define SYNWARD_DNS_SPF_PARTS_H

#include "spf.h"
#include "spf_asker.h"
#include "spf_macro.h"
#include "spf_record.h"

#define SW_SPF_DEPTH (SW_SPF_TERMS + 1) /* every include is a term */

/* A policy that is being evaluated: the one asked about, or one inside of an include. */
struct sw_spf_frame {
	char *text;
	struct sw_spf_record record;
	size_t at; /* where in it */
	size_t step; /* its domain; redirect moves this on */
	enum sw_spf_result qualifier; /* of the include that led here */
};

struct sw_spf {
	struct sw_spf_asker asker;
	sw_spf_fn fn;
	void *ctx;
	struct sw_prefix ip;
	char local[SW_SPF_ADDRESS], sender_domain[SW_SPF_ADDRESS], helo[SW_SPF_ADDRESS];
	char receiver[SW_SPF_ADDRESS];
	int64_t now_s;

	struct sw_spf_frame frame[SW_SPF_DEPTH];
	size_t depth;
	struct sw_spf_step step[SW_SPF_DEPTH];
	size_t steps; /* on the way to where we are; beyond it are those of what decided */
	struct sw_spf_term term; /* the present one */
	struct sw_spf_answer answer;
	char why[SW_SPF_WORDS], explanation[SW_SPF_EXPLANATION];
	bool explaining; /* the result stands */
	char *exp_text;

	char mx[SW_SPF_NAMES][SW_DNS_NAME]; /* as text for the DNS */
	size_t mx_n, mx_at;

	bool names_known;
	char name[SW_SPF_NAMES][SW_DNS_NAME]; /* of PTR; the first name_valid are validated */
	size_t name_n, name_at, name_valid;
	sw_spf_next_fn after_names;
};

/* ---- spf.c ---- */

static inline struct sw_spf_frame *sw_spf_top(struct sw_spf *spf)
{
	return &spf->frame[spf->depth - 1];
}

static inline const char *sw_spf_domain(const struct sw_spf *spf)
{
	return spf->step[spf->frame[spf->depth - 1].step].domain;
}

/* The present policy has this result; @format says why, NULL: as it was said before. */
void sw_spf_conclude(struct sw_spf *spf, enum sw_spf_result result, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The next step is to look up a policy: of an include, or instead of the present one. */
void sw_spf_include(struct sw_spf *spf, const char *domain);
void sw_spf_redirect(struct sw_spf *spf, const char *domain);

/* What macros stand for at this moment. */
void sw_spf_values(const struct sw_spf *spf, struct sw_spf_values *ret);

/* Note the present term as the one that leads on or decides. */
void sw_spf_note_term(struct sw_spf *spf, const struct sw_spf_text *term);

/* Ask at a raw name. -EINVAL: it cannot be asked for. */
int sw_spf_ask_raw(struct sw_spf *spf, const char *name, enum sw_dns_type type,
		   sw_spf_take_fn take);

/* A or AAAA, for the family of the sender. */
enum sw_dns_type sw_spf_address_type(const struct sw_spf *spf);

/* Count a term that asks, or one that found nothing; false: that is too many, and the policy
 * has been concluded. */
bool sw_spf_count_term(struct sw_spf *spf);
bool sw_spf_count_void(struct sw_spf *spf, const struct sw_dns_answer *answer);

/* ---- spf_terms.c ---- */

void sw_spf_next_term(void *owner);

/* ---- spf_names.c ---- */

/* Find them, if that was not done, and go on with @after then. */
void sw_spf_find_names(struct sw_spf *spf, sw_spf_next_fn after);
/* The value of %{p}. */
const char *sw_spf_pick_name(const struct sw_spf *spf, const char *domain);
/* Is one of them @domain (raw), or below it? */
bool sw_spf_has_name_below(const struct sw_spf *spf, const char *domain);

/* ---- spf_explain.c ---- */

/* The step after a fail. */
void sw_spf_explain(void *owner);

#endif
