/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explain_parts - what the files of explain share:
 *
 *     explain.c       the command; finding out
 *     explain_json.c  what was found out, for programs
 *     explain_text.c  the same, for people
 */
#ifndef SYNWARD_CLI_EXPLAIN_PARTS_H
#define SYNWARD_CLI_EXPLAIN_PARTS_H

#include "cli.h"
#include "daemon/policy.h"
#include "datapath/datapath.h"
#include "rules/wording.h"

struct sw_explained {
	struct sw_prefix source;
	uint8_t class;
	const struct sw_class *row;
	struct sw_prefix prefix; /* that decides; not when unlisted */
	const struct sw_policy_match *next; /* would decide if that was removed; NULL: unlisted */
	const char *reason;
	char told[SW_WORDING_TEXT]; /* by the desk, or the mail server through it; "": nothing */
};

/* What the table of the card says. */
struct sw_explain_card {
	enum {
		SW_EXPLAIN_CARD_NONE,
		SW_EXPLAIN_CARD_UNREADABLE,
		SW_EXPLAIN_CARD_READ,
	} state;
	struct sw_class row;
	bool agrees;
	const char *contact; /* first contact, as the option has it ... */
	const char *contact_words; /* ... and what that means for a source that is unlisted; NULL */
	struct sw_datapath_rate surge;
	bool steers; /* there is a desk that gets it, if its class rejects */
	struct sw_err err;
};

static inline bool sw_explain_is_shadow(const struct sw_class *row)
{
	return row->flags & SW_CLASS_SHADOW;
}

/* Keys are added, never renamed; synward(8) has them. */
void sw_explain_json(const struct sw_policy *policy, const struct sw_explained *v,
		     const struct sw_policy_match *matches, size_t n,
		     const struct sw_explain_card *card);
void sw_explain_text(const struct sw_policy *policy, const struct sw_explained *v,
		     const struct sw_policy_match *matches, size_t n,
		     const struct sw_explain_card *card);

#endif
