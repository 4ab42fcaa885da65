/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * enforce_parts - what start (enforce.c), reload (reload.c), trial (trial.c) and the look at
 * interfaces (carried.c) share.
 */
#ifndef SYNWARD_DAEMON_ENFORCE_PARTS_H
#define SYNWARD_DAEMON_ENFORCE_PARTS_H

#include "datapath/datapath.h"
#include "enforce.h"
#include "lib/log.h"

/* What is in force, or was. */
struct sw_enforce_state {
	struct sw_config *config;
	struct sw_policy *policy;
};

#define SW_CARRIER_NAME 16 /* IFNAMSIZ */

/* What an interface of the config is like. */
struct sw_carrier_state {
	unsigned index; /* 0: it is not there */
	uint32_t program; /* on it; 0: none */
	bool ours;
};

struct sw_carrier {
	char name[SW_CARRIER_NAME];
	char renamed[SW_CARRIER_NAME]; /* what it is called now; "": it is not */
	struct sw_carrier_state was, now; /* when it was looked at last, and this time */
	bool known; /* it was looked at */
	int failed; /* to attach, for the words that were told; 0 */
};

struct sw_enforce {
	struct sw_config *config;
	struct sw_policy *policy;
	struct sw_own own; /* as given: config->never_block_own says whether it counts */
	struct sw_spf_domains spf; /* as given: config->allow_spf says which count */
	struct sw_enforce_state kept; /* while there is a trial: what was before it */
	char *unconfirmed; /* text of the config that was not confirmed; NULL: all is well */
	struct sw_datapath *dp;
	struct sw_datapath_size size; /* of the maps of dp */
	struct sw_carrier *carrier; /* carried.c */
	size_t carriers;
	int lock;
	int (*preset)(void *ctx, struct sw_datapath *dp, struct sw_err *err); /* or NULL */
	sw_policy_note_fn note;
	void *ctx; /* for both */
};

#define sw_enforce_say(e, ...) sw_log_note((e)->note, (e)->ctx, __VA_ARGS__)

/* The sizes that @config asks for. */
struct sw_datapath_size sw_enforce_size(const struct sw_config *config);

bool sw_enforce_names(const struct sw_config *config, const char *ifname);

int sw_enforce_apply(struct sw_datapath *dp, const struct sw_policy *policy, struct sw_err *err);

/* Open maps and bring them to @policy and the single verdicts of @from, or for NULL those that
 * e->preset knows; new maps when those that are pinned cannot be changed to it in place. */
int sw_enforce_open(const struct sw_enforce *e, const struct sw_policy *policy,
		    enum sw_datapath_open how, const struct sw_datapath *from,
		    struct sw_datapath **ret, struct sw_err *err);

int sw_enforce_attach(const struct sw_enforce *e, struct sw_datapath *dp,
		      const struct sw_config *config, const char *ifname, struct sw_err *err);

/* Take the filter off those of @links, as they were before, that @config does not
 * name any more. */
void sw_enforce_detach_rest(const struct sw_enforce *e, const struct sw_config *config,
			    const struct sw_datapath_link *links, size_t n);

/* e->own if @config wants it, else NULL. */
const struct sw_own *sw_enforce_own_of(const struct sw_enforce *e, const struct sw_config *config);

/* What is asked of a config before anything else, when another one is in force. */
int sw_enforce_check(const struct sw_enforce *e, const struct sw_config *config,
		     struct sw_err *err);

/* The policy of @config, from its files and from what is in force. */
int sw_enforce_load(const struct sw_enforce *e, const struct sw_config *config,
		    struct sw_policy **ret, struct sw_err *err);

/*
 * Put @now, which is taken over, in force; what was before is then the caller's, in
 * *@before. On failure nothing changes, @now included.
 */
enum sw_enforce_how {
	SW_ENFORCE_ASKED,
	SW_ENFORCE_REGARDLESS, /* an interface that cannot be attached is no failure */
	SW_ENFORCE_BY_ITSELF, /* an interface that somebody took the filter off stays without */
};

int sw_enforce_replace(struct sw_enforce *e, const struct sw_enforce_state *now,
		       enum sw_enforce_how how, struct sw_enforce_state *before,
		       struct sw_err *err);

void sw_enforce_state_done(struct sw_enforce_state *state);

/* At start: if e->config was not confirmed, take what was in its place. */
void sw_enforce_recall(struct sw_enforce *e);

/* e->config is confirmed by being read: nothing has to be remembered of what was not. */
void sw_enforce_forget_trial(struct sw_enforce *e);

/* For `synward status`. */
void sw_enforce_report(const struct sw_enforce *e);
/* Say so if what is rejected cannot be steered, after a commit of @dp. */
void sw_enforce_say_steering(const struct sw_enforce *e, const struct sw_datapath *dp);

#endif
