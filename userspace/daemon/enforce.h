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

#include "datapath/datapath.h"
#include "policy.h"

struct sw_enforce;

/* Beside the config; all may be NULL. */
struct sw_enforce_options {
	/* What must never be blocked beside never-block of the config, if its
	 * never-block-own says so, here and below. Copied. */
	const struct sw_own *own;
	/* The networks of allow-spf, of more domains than the config names or not. Copied. */
	const struct sw_spf_domains *spf;
	/* Preset the verdicts on single sources that are to hold, by
	 * sw_datapath_verdict_preset: called once, before anything is put in force. */
	int (*preset)(void *ctx, struct sw_datapath *dp, struct sw_err *err);
	sw_policy_note_fn note;
	void *ctx; /* for both */
};

/*
 * Take @config over and put it in force. Some interfaces may fail, which is noted;
 * when all do, the start fails.
 * A file that was tried and not confirmed is not started from, see below.
 * -EWOULDBLOCK: somebody else holds the lock; -errno of lists, datapath and interfaces.
 * @config is freed on failure, too.
 */
int sw_enforce_start(struct sw_config *config, const struct sw_enforce_options *options,
		     struct sw_enforce **ret, struct sw_err *err);

/* Put @config, which is taken over, in force in place of the one before. -EBUSY: one
 * waits to be confirmed. */
int sw_enforce_reload(struct sw_enforce *e, struct sw_config *config, struct sw_err *err);

/*
 * Put other own prefixes in force, which are copied. No file is read, and nothing at all
 * is done when they are the same. On failure the old ones stay in force: call again.
 */
int sw_enforce_own(struct sw_enforce *e, const struct sw_own *own, struct sw_err *err);

/* The same with the networks of allow-spf, of which those count that the config names. */
int sw_enforce_spf(struct sw_enforce *e, const struct sw_spf_domains *spf, struct sw_err *err);

/* Look whether the interfaces carry the filter still: attach what is back, and tell of what was
 * lost. For every few seconds, and when links change. */
void sw_enforce_look(struct sw_enforce *e);

/*
 * ---- reload on probation ----
 *
 * For the operator who might block himself: what was in force is kept until the new is
 * confirmed, and goes in force again when it is not. How long to wait is the caller's.
 *
 * state-dir remembers the trial: unconfirmed.conf is the text that is tried,
 * confirmed.conf what was in force before; copies of lists are not replaced. So what was
 * not confirmed is not started from either, be it after a crash or after it was put
 * back: sw_enforce_start, finding that the file still is unconfirmed.conf, takes
 * confirmed.conf and the copies of the lists, and says so. Whoever changed the file in the
 * meantime gets what is in it. A reload that succeeds ends all that.
 */

/* As sw_enforce_reload, on probation. -EBUSY: another one is; -errno of state-dir: what
 * cannot be remembered is not begun. */
int sw_enforce_reload_tentative(struct sw_enforce *e, struct sw_config *config, struct sw_err *err);

/* What is in force stays. -ENOENT: nothing waits for that; -errno of state-dir: the trial
 * cannot be forgotten there, so it goes on. */
int sw_enforce_confirm(struct sw_enforce *e, struct sw_err *err);

/*
 * Put back what was in force before: its config and the entries that its lists had, though
 * files may have changed. An interface that cannot be attached any more is noted and
 * no failure, and neither are sizes of maps that single verdicts do not fit into any more,
 * which then stay. On failure the trial goes on: call again. -ENOENT: nothing waits.
 * Before the end of the daemon, too, for with on-exit = keep the filter stays.
 */
int sw_enforce_revert(struct sw_enforce *e, struct sw_err *err);

/* Something waits to be confirmed. */
bool sw_enforce_is_tentative(const struct sw_enforce *e);

/* In force is what was confirmed last, and not what the file said when it was read: it was
 * not confirmed. Until the next reload. */
bool sw_enforce_fell_back(const struct sw_enforce *e);

/* It fell back, and @config is the very one that was not confirmed: a reload of it would do
 * what was just undone. For the caller who does not know whether anybody asked for it. */
bool sw_enforce_is_unconfirmed(const struct sw_enforce *e, const struct sw_config *config);

/* What is in force; until the next call that changes it. */
const struct sw_policy *sw_enforce_policy(const struct sw_enforce *e);
struct sw_datapath *sw_enforce_datapath(const struct sw_enforce *e);

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
