/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ledger_parts - what the files of the ledger share; for nobody else.
 *
 *     ledger.c         the file: transactions, growth, errors; alone knows LMDB
 *     ledger_open.c    open, make, close, where the ledger stands
 *     ledger_batch.c   put, remove, commit
 *     ledger_fold.c    what comes later than a commit
 *     ledger_read.c    get, each, count
 *     ledger_history.c the changes of a source; prune
 *     ledger_thin.c    changes that are not worth their room
 *     ledger_backup.c  verify, backup, restore
 *     ledger_upgrade.c older layouts
 *     ledger_files.c   folders, the lock, what is put in place at once
 *     ledger_pages.c   is the file sound? (pure)
 *     ledger_record.c  bytes (pure)
 *     ledger_pending.c changes that the tree of sources lacks (pure)
 *
 * A commit appends to the history alone: some pages at the end of one tree, whatever the
 * sources are. The tree of sources, where each would cost a page, is brought up to date
 * later and by ranges of keys ("folded"), when enough changes have come together. Until
 * then they are in ledger->pending, and at the next start they are read from the history
 * again, from state.folded on. So the truth about a source is what pending says of it,
 * and if it says nothing, its record.
 */
#ifndef SYNWARD_DAEMON_LEDGER_PARTS_H
#define SYNWARD_DAEMON_LEDGER_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/ledger.h"
#include "daemon/ledger_pending.h"
#include "daemon/ledger_record.h"

struct MDB_env;
struct MDB_txn;
struct MDB_cursor;

enum sw_tree {
	SW_TREE_META, /* name to words; "=version", "=state" are ours */
	SW_TREE_SOURCES, /* sw_record_key to sw_record_source */
	SW_TREE_HISTORY, /* number to sw_record_change */
	SW_TREES
};

#define SW_META_VERSION "=version"
#define SW_META_STATE "=state"

#define SW_LEDGER_VERSION 2 /* of the layout; docs/ledger.md says what each is */

/* One change of a batch: where its record is, which has no numbers yet. */
struct sw_batch_change {
	size_t at;
	uint32_t n;
	bool inside; /* previous counts the changes of this batch, from 1 */
	uint64_t previous;
};

struct sw_batch_word {
	char name[SW_LEDGER_META_NAME + 1], value[SW_LEDGER_META_VALUE + 1];
};

struct sw_batch {
	bool open;
	bool reading; /* it has a read under way, of all that it looks up */
	struct sw_batch_change *changes;
	size_t n, room;
	uint8_t *records; /* one after the other */
	size_t bytes, bytes_room;
	struct sw_batch_word *words;
	size_t words_n;
	struct sw_pending newest; /* of each source; number counts changes from 1 */
	int64_t verdicts; /* how many more or fewer there are after it */
	/* What was last looked up of what is committed, for who asks for a verdict mostly puts
	 * another one in its place next. */
	struct {
		uint8_t key[SW_RECORD_KEY];
		size_t key_n; /* 0: nothing */
		uint64_t number; /* 0: there is no history */
		bool had; /* a verdict */
	} seen;
};

/* Nodes of ledger->pending that the transaction under way makes superfluous. */
struct sw_fold {
	struct sw_pending_node **nodes;
	size_t n, room;
	uint8_t hand[SW_RECORD_KEY], reached[SW_RECORD_KEY]; /* where it goes on; and then */
	size_t hand_n, reached_n;
	size_t limit; /* how many may be pending */
};

struct sw_ledger {
	struct sw_ledger *next; /* of all that are open */
	pid_t process; /* that has it open; its children have not */
	char *state_dir, *folder, *file;
	bool read_only;
	int lock; /* fd of the lock file; -1: none */
	uint64_t map_bytes; /* to begin with */
	/* ledger.c */
	struct MDB_env *env; /* NULL: lost after an error; opened again at the next use */
	unsigned tree[SW_TREES];
	struct MDB_txn *read;
	unsigned reading; /* calls that are inside of one another */
	bool full; /* what is being written needs a larger map */
	dev_t dev;
	ino_t ino;
	uint64_t seen_bytes; /* the file had; it never becomes shorter */
	/* the others */
	struct sw_record_state state; /* as committed */
	uint64_t loaded_txn; /* that *state and *pending are of */
	struct sw_pending pending;
	size_t pending_max; /* 0: by the size of the tree */
	struct sw_fold fold;

	struct sw_batch batch;
};

static inline struct sw_view sw_view(const void *data, size_t n)
{
	return (struct sw_view){ data, n };
}

/* ---- ledger.c: the store. -errno with words, which name the file ---- */

/* Open the file of @ledger->folder; all else is filled in. @make: a new one. */
int sw_store_open(struct sw_ledger *ledger, bool make, struct sw_err *err);
void sw_store_close(struct sw_ledger *ledger);

/* Calls may be inside of one another: they see the same. */
int sw_store_read(struct sw_ledger *ledger, struct sw_err *err);
void sw_store_read_end(struct sw_ledger *ledger);
uint64_t sw_store_txn(struct MDB_txn *txn); /* its number */

/*
 * Run @fn in a transaction and make it durable. It is run again, from the start, when the
 * map was too small for it; so it changes nothing but the trees. @bytes: about what it
 * writes. What it returns but 0 aborts the transaction and is returned.
 */
typedef int sw_store_fn(struct sw_ledger *ledger, struct MDB_txn *txn, void *ctx,
			struct sw_err *err);
int sw_store_write(struct sw_ledger *ledger, uint64_t bytes, sw_store_fn *fn, void *ctx,
		   struct sw_err *err);

/* The same two for a ledger whose layout may be older, of which nothing is loaded yet. */
int sw_store_write_blind(struct sw_ledger *ledger, uint64_t bytes, sw_store_fn *fn, void *ctx,
			 struct sw_err *err);
int sw_store_peek(struct sw_ledger *ledger, struct MDB_txn **ret, struct sw_err *err);
void sw_store_peek_end(struct MDB_txn *txn);

/* -ENOENT without words. *ret is valid until the next change or the end. */
int sw_store_get(struct sw_ledger *ledger, struct MDB_txn *txn, enum sw_tree tree,
		 struct sw_view key, struct sw_view *ret, struct sw_err *err);
int sw_store_put(struct sw_ledger *ledger, struct MDB_txn *txn, enum sw_tree tree,
		 struct sw_view key, struct sw_view value, bool append, struct sw_err *err);
int sw_store_del(struct sw_ledger *ledger, struct MDB_txn *txn, enum sw_tree tree,
		 struct sw_view key, struct sw_err *err); /* fine if there is none */

/* A walk through a tree. After every call: *key and *value, valid until the next change; at
 * the end -ENOENT. */
struct sw_walk {
	struct sw_ledger *ledger;
	struct MDB_cursor *cursor;
	struct sw_view key, value;
};

int sw_walk_begin(struct sw_walk *walk, struct sw_ledger *ledger, struct MDB_txn *txn,
		  enum sw_tree tree, struct sw_err *err);
int sw_walk_from(struct sw_walk *walk, struct sw_view key, struct sw_err *err);
int sw_walk_first(struct sw_walk *walk, struct sw_err *err);
int sw_walk_next(struct sw_walk *walk, struct sw_err *err);
int sw_walk_replace(struct sw_walk *walk, struct sw_view value, struct sw_err *err);
int sw_walk_del(struct sw_walk *walk, struct sw_err *err); /* then next, as ever */
void sw_walk_end(struct sw_walk *walk);

int sw_store_entries(struct sw_ledger *ledger, struct MDB_txn *txn, enum sw_tree tree,
		     uint64_t *entries, uint64_t *bytes, struct sw_err *err);
uint64_t sw_store_map_bytes(const struct sw_ledger *ledger);
/* A compacted copy of what is committed. */
int sw_store_copy(struct sw_ledger *ledger, int fd, struct sw_err *err);

/* Words for what a call of the system said about @path, with what to do; returns @code. */
int sw_ledger_error(struct sw_err *err, int code, const char *path, const char *what);
#define SW_LEDGER_DAMAGED "put a backup in its place: synward restore FILE"

/* ---- ledger_open.c ---- */

struct sw_upgrade;

/* As sw_ledger_open; tests say what older layouts there are. */
int sw_ledger_open_with(const struct sw_ledger_options *options, const struct sw_upgrade *upgrades,
			struct sw_ledger **ret, struct sw_err *err);
/* The ledger in @folder, which nobody else has; the caller keeps the lock. */
int sw_ledger_open_folder(const char *folder, const struct sw_upgrade *upgrades,
			  struct sw_ledger **ret, struct sw_err *err);
/* Read where the ledger stands and what is not folded: what is new since loaded_txn, or all
 * of it when that is 0. */
int sw_ledger_load(struct sw_ledger *ledger, struct MDB_txn *txn, struct sw_err *err);
int sw_ledger_put_state(struct sw_ledger *ledger, struct MDB_txn *txn,
			const struct sw_record_state *state, struct sw_err *err);

/* ---- ledger_batch.c ---- */

/* While a batch is open: begin a read, if there is none yet, that goes on until the end of the
 * batch. */
int sw_ledger_batch_read(struct sw_ledger *ledger, struct sw_err *err);
/* End it before, for those who cannot have it; the batch begins another one. */
void sw_ledger_batch_read_end(struct sw_ledger *ledger);

/* While a batch is open: @key was looked up, and this is what is committed. */
void sw_ledger_batch_saw(struct sw_batch *batch, struct sw_view key, uint64_t number, bool had);

/* -EROFS: opened for reading only; -EBUSY: a batch is open, or a walk is under way. */
int sw_ledger_may_write(const struct sw_ledger *ledger, struct sw_err *err);

/* ---- ledger_fold.c ---- */

/* Write the record of a source as @node has it. */
int sw_ledger_fold_one(struct sw_ledger *ledger, struct MDB_txn *txn,
		       const struct sw_pending_node *node, struct sw_err *err);
/* Note that @node need not be pending any more, once this transaction is durable. */
int sw_ledger_fold_mark(struct sw_ledger *ledger, struct sw_pending_node *node, struct sw_err *err);
/* It is: take out what is marked. Or it failed: take away the marks. */
void sw_ledger_fold_end(struct sw_ledger *ledger, bool done);
/* In the transaction of a batch of @changes: fold as much as should be now. */
int sw_ledger_fold_due(struct sw_ledger *ledger, struct MDB_txn *txn, size_t changes,
		       struct sw_err *err);
/* After a batch of very many changes: do not keep them all in memory. Nothing is lost when
 * it fails, so that is not said; the next commit goes on. */
void sw_ledger_fold_excess(struct sw_ledger *ledger);

/* ---- ledger_read.c ---- */

/* Inside a read: the newest committed state of @key. -ENOENT: never heard of. */
int sw_ledger_find(struct sw_ledger *ledger, struct MDB_txn *txn, struct sw_view key,
		   uint64_t *number, struct sw_view *body, struct sw_err *err);

/* One source and origin of the two that a walk merges. */
typedef int sw_state_fn(void *ctx, struct sw_view key, uint64_t number, struct sw_view body,
			struct sw_err *err);
/* Inside a read: all states from @from on; 1 from @fn ends it well. */
int sw_ledger_walk(struct sw_ledger *ledger, struct sw_view from, sw_state_fn *fn, void *ctx,
		   struct sw_err *err);
/* Words for a record that is damaged: -EBADMSG. */
int sw_ledger_bad_source(const struct sw_ledger *ledger, struct sw_view key, struct sw_err *err);
int sw_ledger_bad_change(const struct sw_ledger *ledger, uint64_t number, struct sw_err *err);

/* ---- ledger_upgrade.c ---- */

/* How the records of layout @from become those of @from + 1. A function gets the bytes of
 * a record and writes those of the new one, at most SW_UPGRADE_RECORD; -EBADMSG. */
#define SW_UPGRADE_RECORD 2048
typedef int sw_upgrade_fn(struct sw_view key, struct sw_view value, uint8_t out[SW_UPGRADE_RECORD],
			  size_t *n);
struct sw_upgrade {
	unsigned from;
	sw_upgrade_fn *source, *change; /* NULL: as they are */
};
#define SW_UPGRADE_END UINT32_MAX /* .from of the row behind the last */
extern const struct sw_upgrade sw_upgrades[];

/* Bring the layout up to SW_LEDGER_VERSION, in one transaction. -ENOTSUP: it is later, or
 * too old. */
int sw_ledger_upgrade(struct sw_ledger *ledger, const struct sw_upgrade *upgrades,
		      struct sw_err *err);
int sw_ledger_put_version(struct sw_ledger *ledger, struct MDB_txn *txn, struct sw_err *err);

/* ---- ledger_files.c ---- */

/* @state_dir/@name, to be freed; NULL: no memory. */
char *sw_files_path(const char *folder, const char *name);
/* Lock out other writers; *@ret is the fd that does. -EBUSY. */
int sw_files_lock(const char *state_dir, int *ret, struct sw_err *err);
/* An empty folder <state_dir>/@name, @anew: whatever it held; *@ret is its path, to be
 * freed. -EEXIST. */
int sw_files_stage(const char *state_dir, const char *name, bool anew, char **ret,
		   struct sw_err *err);
/* Forget it, and free the path. */
void sw_files_unstage(char *stage);
/* Let what is in the folder @stage be the ledger, at once and durable. If a ledger
 * @was_there it is in @stage then; else @stage is gone. */
int sw_files_place(const char *state_dir, const char *stage, bool *was_there, struct sw_err *err);
int sw_files_sync(const char *path); /* a file or folder; -errno */

#endif
