/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * examine_world - an examiner with a scripted DNS, a clock that stands, and a memory of what
 * it was told. One at a time.
 */
#ifndef SYNWARD_TESTS_SUPPORT_EXAMINE_WORLD_H
#define SYNWARD_TESTS_SUPPORT_EXAMINE_WORLD_H

#include "daemon/examiner.h"
#include "daemon/ledger_record.h"
#include "support/script_dns.h"

struct examine_world {
	struct script_dns *script;
	struct sw_dns_setup *setup;
	struct sw_suffix *suffix;
	struct sw_examiner *x;
	int64_t now;
	bool close; /* the examiner, from within the next outcome */
	unsigned outcomes; /* and the last of them: */
	struct sw_prefix source;
	struct sw_outcome outcome;
	char reason[SW_VERDICT_REASON];
	struct sw_rests rests;
	unsigned withdrawn;
	char name[SW_SITE_DOMAIN]; /* of the list that was withdrawn last; and in which family */
	uint8_t family;
	char note[512]; /* the last one, its level before it */
};

extern struct examine_world world;

/* What the options of these names say; NULL: nothing. No list is trusted yet. */
struct examine_options {
	const char *sites, *dialup, *keys;
	const char *weights[3];
};

void examine_world_open(const struct examine_options *options);
/* Others, as after a reload. */
void examine_world_reload(const struct examine_options *options);
void examine_world_close(void);

/* The list @domain, as it is asked, has the address @text with this answer. */
void examine_world_list(const char *domain, const char *text, const char *answer);
/* It has the test points of both families. */
void examine_world_test_points(const char *domain);
/* Name at which @domain is asked for the address @text, in a static buffer. */
const char *examine_world_question(const char *domain, const char *text);
/* Hold the rounds that are due. */
void examine_world_tick(void);

/* Examine an address, or the /64 it is of. What sw_examine returns. */
int examine_world_ask(const char *text);
/* The same, and there is an outcome at once: this one. */
void examine_world_is(const char *text, enum sw_outcome_action action, const char *reason);
/* The last outcome rests on the list of this name. */
bool examine_world_rests_on(const char *name);
/* The last outcome is this one. */
void examine_world_was(enum sw_outcome_action action, const char *reason);

#endif
