/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * policy_list - one list of a policy: read, held against its last good state, kept.
 * For the files of policy alone.
 */
#ifndef SYNWARD_DAEMON_POLICY_LIST_H
#define SYNWARD_DAEMON_POLICY_LIST_H

#include "lib/log.h"
#include "policy.h"

/* Ranges that must not be listed: bogons first, then never-block. */
struct sw_policy_scrub {
	struct sw_prefix *ranges;
	size_t n;
	size_t bogons_n;
};

int sw_policy_scrub_init(struct sw_policy_scrub *scrub, const struct sw_config *config);
void sw_policy_scrub_done(struct sw_policy_scrub *scrub);

/* How @list->path is to be read. Borrows from @list and @scrub. */
struct sw_list_spec sw_policy_list_spec(const struct sw_policy_list *list,
					const struct sw_policy_scrub *scrub);

struct sw_policy_loader {
	const struct sw_policy_spec *spec;
	bool same_scrub; /* as the previous policy's: lists may stay as they are */
	struct sw_policy_scrub scrub;
};

#define sw_policy_say(l, ...) sw_log_note((l)->spec->note, (l)->spec->ctx, __VA_ARGS__)

/*
 * Fill list, stale, unsaved, path and problem of @list, whose config and class are set.
 * @previous, the same list as it was before, may be NULL. -ENOMEM alone fails.
 */
int sw_policy_list_load(const struct sw_policy_loader *l, const struct sw_policy_list *previous,
			struct sw_policy_list *list);

/* Keep a copy in state-dir unless there is one; a failure is noted. */
void sw_policy_list_save(const struct sw_policy_loader *l, struct sw_policy_list *list);

/*
 * The longest entry of @list that contains @source, a hole before an entry of the
 * same prefix; false: none does.
 */
bool sw_policy_list_longest(const struct sw_list *list, const struct sw_prefix *source,
			    struct sw_prefix *ret, bool *exclude);

#endif
