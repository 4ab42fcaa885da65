/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ledger - verdicts and their history, durable, in LMDB.
 *
 * A verdict is kept by (source, origin). What sw_ledger_commit acknowledged is on the
 * disk and survives kill -9 and a power cut; what it did not is not there, not even in
 * part. Only what somebody decided is kept here: no SYN ever writes to it.
 *
 * One writer at a time on a machine (it holds <state-dir>/ledger.lock), any number of
 * readers in other processes. One thread; a ledger is opened once in a process and not
 * used across fork(2). The ledger knows no clock: every time is the caller's.
 *
 * Errors are 0 or -errno with words that say what to do. Everywhere:
 *   -ENOSPC, -EDQUOT, -EFBIG   the disk, quota or size limit is reached
 *   -EROFS, -EACCES, -EIO      the disk does not let us
 *   -EBADMSG                   damaged, and where; restore a backup
 *   -ESTALE                    the file was removed or replaced under us
 * After any of them the ledger can be used on: what was acknowledged is there, what
 * failed is not, and the next attempt may succeed. docs/ledger.md has the formats.
 */
#ifndef SYNWARD_DAEMON_LEDGER_H
#define SYNWARD_DAEMON_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/ledger_record.h"
#include "lib/addr.h"
#include "lib/err.h"

struct sw_ledger;

struct sw_ledger_options {
	const char *state_dir; /* the ledger is <state_dir>/ledger/; borrowed for the call */
	/* Change nothing, lock out no writer. -ENOENT when there is no ledger yet. */
	bool read_only;
	uint64_t map_bytes; /* of a new one, to begin with; 0: 16 MiB. It doubles as needed. */
	/* Changes kept in memory until they are worth their place in the tree (docs/ledger.md);
	 * 0: by the size of the tree. */
	size_t pending_max;
};

/*
 * Open, and make if need be, with all its pages checked (a pass over the file), stale
 * readers cleared, and an older layout brought up to this one. -EBUSY: another writer
 * has it, or this process has it open already. -ENOTSUP: written by a later version.
 * -EBADMSG: damaged, or not a ledger.
 */
int sw_ledger_open(const struct sw_ledger_options *options, struct sw_ledger **ret,
		   struct sw_err *err);

/* Aborts a batch that is open. NULL is fine; returns NULL. */
struct sw_ledger *sw_ledger_close(struct sw_ledger *ledger);

/* ---- writing: batches ---- */

/*
 * Begin a batch; the ledger has one at a time (-EBUSY). It is kept in memory (some 100
 * bytes a change) until it is committed, so nobody is locked out meanwhile. -EROFS: opened
 * read-only. -ENOMEM.
 */
int sw_ledger_begin(struct sw_ledger *ledger, struct sw_err *err);

/*
 * Put @verdict in the place of the one of the same source and origin, if any, and add
 * @change to its history. -EINVAL: no verdict (see sw_verdict_check) or no change. -ENOMEM.
 * A change that failed is not in the batch; those before it are.
 */
int sw_ledger_put(struct sw_ledger *ledger, const struct sw_verdict *verdict,
		  const struct sw_change *change, struct sw_err *err);

/* Remove a verdict, and add @change, with the verdict as it last was, to its history.
 * -ENOENT: there is none, counting what is in the batch. */
int sw_ledger_remove(struct sw_ledger *ledger, const struct sw_prefix *source, uint8_t origin,
		     const struct sw_change *change, struct sw_err *err);

/*
 * Make all of the batch durable at once, or nothing. The batch ends either way: after a
 * failure begin anew. One fdatasync(2) of data, one of the page that makes it valid, for
 * a batch of any size. An empty batch costs nothing.
 */
int sw_ledger_commit(struct sw_ledger *ledger, struct sw_err *err);

/* Forget the batch. Nothing happens when there is none. */
void sw_ledger_abort(struct sw_ledger *ledger);

/* ---- reading ---- */

/*
 * Callbacks of what follows: anything but 0 stops and is returned. What they are given is
 * valid during the call. They may read the ledger and put and remove in the batch (what
 * they see does not change by it); begin, commit, abort, close and all below "care": not.
 */
typedef int sw_verdict_fn(void *ctx, const struct sw_verdict *verdict);
typedef int sw_history_fn(void *ctx, const struct sw_history *history);

/* The verdict of @origin on exactly @source; what is in the batch counts. -ENOENT. */
int sw_ledger_get(struct sw_ledger *ledger, const struct sw_prefix *source, uint8_t origin,
		  struct sw_verdict *ret, struct sw_err *err);

/* The same, but for -ENOENT without words: for who asks of thousands, of which few are there. */
int sw_ledger_peek(struct sw_ledger *ledger, const struct sw_prefix *source, uint8_t origin,
		   struct sw_verdict *ret, struct sw_err *err);

/* All committed verdicts whose source is inside @within, or all for NULL, in the order of
 * sw_prefix_cmp, then origin. */
int sw_ledger_each(struct sw_ledger *ledger, const struct sw_prefix *within, sw_verdict_fn *fn,
		   void *ctx, struct sw_err *err);

/* The same, from the one behind that of @source and @origin on, which need not be there;
 * NULL: from the first. For those who stop and go on later. */
int sw_ledger_each_after(struct sw_ledger *ledger, const struct sw_prefix *within,
			 const struct sw_prefix *source, uint8_t origin, sw_verdict_fn *fn,
			 void *ctx, struct sw_err *err);

/* All committed verdicts whose source contains @inner (or is it), shortest first, then by
 * origin. */
int sw_ledger_each_containing(struct sw_ledger *ledger, const struct sw_prefix *inner,
			      sw_verdict_fn *fn, void *ctx, struct sw_err *err);

#define SW_HISTORY_NEWEST_FIRST 1 /* else oldest first */
#define SW_HISTORY_CONTAINING 2 /* also of the prefixes that contain the source */

/* The changes of the verdicts of all origins on @source, those taken back too, in the
 * order in which they were committed. Memory for 16 bytes a change. */
int sw_ledger_history(struct sw_ledger *ledger, const struct sw_prefix *source, unsigned flags,
		      sw_history_fn *fn, void *ctx, struct sw_err *err);

struct sw_ledger_counts {
	uint64_t verdicts; /* that are kept */
	uint64_t history; /* records of changes */
	uint64_t used_bytes; /* of the file, by what is kept */
	uint64_t file_bytes;
	uint64_t map_bytes; /* up to which the file may grow before the map does */
};

/* What is committed; O(1). */
int sw_ledger_count(struct sw_ledger *ledger, struct sw_ledger_counts *ret, struct sw_err *err);

/* ---- a few words beside: boot id, clock offset ---- */

#define SW_LEDGER_META_NAME 31 /* bytes at most; not empty */
#define SW_LEDGER_META_VALUE 255

/* Joins the batch that is open; is durable on its own when there is none. */
int sw_ledger_meta_put(struct sw_ledger *ledger, const char *name, const char *value,
		       struct sw_err *err);

/* NUL terminated; what is in the batch counts. -ENOENT. */
int sw_ledger_meta_get(struct sw_ledger *ledger, const char *name,
		       char ret[SW_LEDGER_META_VALUE + 1], struct sw_err *err);

/* ---- care ---- */

/*
 * For idle moments: bring up to @max changes that are kept in memory to where they belong
 * in the tree, so that the next start has less to read. *@left: how many there are still
 * (NULL: do not say). It is never needed: commits do it when it has to be. -EBUSY.
 */
int sw_ledger_settle(struct sw_ledger *ledger, size_t max, size_t *left, struct sw_err *err);

/*
 * Forget changes from before @before_ms, oldest first, at most @max of them, durable at
 * once; *@pruned says how many (NULL: do not say). Stops at the first that is younger.
 * The verdicts stay, whatever their age. -EBUSY: a batch is open.
 */
int sw_ledger_prune_history(struct sw_ledger *ledger, int64_t before_ms, size_t max, size_t *pruned,
			    struct sw_err *err);

/* Is this change not worth the room that it takes? Changes that made a verdict which is in force
 * are kept, whatever this says. May not call the ledger. */
typedef bool sw_forget_fn(const struct sw_history *history);

/*
 * Forget single changes from before @before_ms, those that @forget says, of the next @max (which
 * are looked at) behind number *@hand; it goes on, and 0 is before the first. Durable at once;
 * *@thinned says how many (NULL: do not say). What is left of a source's history stays in one
 * piece. Nothing is written when there is nothing to be forgotten. -EBUSY: a batch is open.
 */
int sw_ledger_thin_history(struct sw_ledger *ledger, int64_t before_ms, sw_forget_fn *forget,
			   size_t max, uint64_t *hand, size_t *thinned, struct sw_err *err);

/* Read every record there is. -EBADMSG: the first that is damaged, or the counts differ. */
int sw_ledger_verify(struct sw_ledger *ledger, struct sw_err *err);

/*
 * Write what is committed to the file @path, compacted, mode 0600, at once (a file that is
 * there is replaced whole, or stays) and durable. Others may read and write meanwhile.
 */
int sw_ledger_backup(struct sw_ledger *ledger, const char *path, struct sw_err *err);

struct sw_ledger_restored {
	struct sw_ledger_counts counts;
	char kept[512]; /* where the ledger from before is now; "": there was none */
};

/*
 * Put a copy of the backup @path in the place of the ledger in @state_dir, which is made
 * when it is not there. Every page and
 * record of it is read first (-EBADMSG: damaged; nothing is changed), an older layout is
 * brought up to this one. The ledger from before is kept beside it, with the date @now_ms
 * in its name. -EBUSY: a writer (the daemon) has it open. @ret may be NULL.
 */
int sw_ledger_restore(const char *path, const char *state_dir, int64_t now_ms,
		      struct sw_ledger_restored *ret, struct sw_err *err);

#endif
