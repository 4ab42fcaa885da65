/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * enforce - a config made true: lists loaded, tables written, interfaces attached.
 *
 * What synwardd does at start and at reload, and what `synward attach` does once.
 * Holds the writer's lock as long as it lives. Freeing it changes nothing in the
 * kernel: the filter works on without us.
 *
 * What cannot be done as a whole is not begun: a failure of start or reload
 * leaves in force what was in force before. Words for the operator go to the note
 * function; the reason of a failure is in the struct sw_err.
 */
#ifndef SYNWARD_DAEMON_ENFORCE_H
#define SYNWARD_DAEMON_ENFORCE_H

#include "policy.h"

struct sw_enforce;

/*
 * Take @config over and put it in force. Some interfaces may fail, which is noted;
 * when all do, the start fails. -EWOULDBLOCK: somebody else holds the lock;
 * -errno of lists, datapath and interfaces. @config is freed on failure, too.
 */
int sw_enforce_start(struct sw_config *config, sw_policy_note_fn note, void *ctx,
		     struct sw_enforce **ret, struct sw_err *err);

/* Put @config, which is taken over, in force in place of the one before. */
int sw_enforce_reload(struct sw_enforce *e, struct sw_config *config, struct sw_err *err);

const struct sw_policy *sw_enforce_policy(const struct sw_enforce *e);

struct sw_enforce *sw_enforce_free(struct sw_enforce *e);

/* The writer's lock in run-dir, which is made when it is missing; the descriptor, or
 * -EWOULDBLOCK with the holder's pid in the words. */
int sw_enforce_lock(const struct sw_config *config, struct sw_err *err);

/*
 * Take the filter off @names, or with @n = 0 off every interface that has it, and
 * remove the pins when none of these is left. The caller holds the lock. *@done is how
 * many were detached, also on failure. -ENOENT: one of @names has no filter.
 */
int sw_enforce_detach(const struct sw_config *config, char *const *names, size_t n,
		      sw_policy_note_fn note, void *ctx, size_t *done, struct sw_err *err);

#endif
