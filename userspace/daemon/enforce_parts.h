/* SPDX-License-Identifier: GPL-2.0-only */
/* enforce_parts - what start (enforce.c) and reload (reload.c) share. */
#ifndef SYNWARD_DAEMON_ENFORCE_PARTS_H
#define SYNWARD_DAEMON_ENFORCE_PARTS_H

#include "datapath/datapath.h"
#include "enforce.h"

struct sw_enforce {
	struct sw_config *config;
	struct sw_policy *policy;
	struct sw_datapath *dp;
	struct sw_datapath_size size; /* of the maps of dp */
	int lock;
	sw_policy_note_fn note;
	void *ctx;
};

__attribute__((format(printf, 3, 4))) void sw_enforce_say(const struct sw_enforce *e, int level,
							  const char *format, ...);

/* The sizes that @config asks for. */
struct sw_datapath_size sw_enforce_size(const struct sw_config *config);

bool sw_enforce_names(const struct sw_config *config, const char *ifname);

int sw_enforce_apply(struct sw_datapath *dp, const struct sw_policy *policy, struct sw_err *err);

/* Open maps and bring them to @policy and the single verdicts of @from, which may be NULL;
 * new maps when those that are pinned cannot be changed to it in place. */
int sw_enforce_open(const struct sw_policy *policy, enum sw_datapath_open how,
		    const struct sw_datapath *from, struct sw_datapath **ret, struct sw_err *err);

int sw_enforce_attach(const struct sw_enforce *e, struct sw_datapath *dp,
		      const struct sw_config *config, const char *ifname, struct sw_err *err);

/* Take the filter off those of @links, as they were before, that @config does not
 * name any more. */
void sw_enforce_detach_rest(const struct sw_enforce *e, const struct sw_config *config,
			    const struct sw_datapath_link *links, size_t n);

/* For `synward status`. */
void sw_enforce_report(const struct sw_enforce *e);

#endif
