/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ledger - the file: transactions, growth, errors. The only file that knows LMDB; what it
 * is for says ledger.h, how its parts go together ledger_parts.h.
 *
 * Nothing of LMDB gets out: a map that is full grows and what was being written is written
 * again; a map that another process has let grow is mapped anew; an environment that LMDB
 * has given up after an error is closed and opened again; everything else is an errno with
 * words. MDB_NOSYNC and its kin are never used: commit means fdatasync(2).
 */
#include "ledger_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/ledger_pages.h"

#define MAP_BYTES (UINT64_C(16) << 20) /* to begin with */
#define MAP_MAX (UINT64_C(1) << 45)
#define LOCK_BYTES 8192 /* what LMDB takes for 126 readers */
#define PROBE_BYTES 65536

static const char *const tree_names[SW_TREES] = { "meta", "sources", "history" };

/* ---- errors ---- */

static const char *advice(int code)
{
	switch (code) {
	case -ENOSPC:
		return "no space is left on the disk; make room, then try again";
	case -EDQUOT:
		return "the disk quota is used up; raise it or make room, then try again";
	case -EFBIG:
		return "a file may not become larger (ulimit -f, LimitFSIZE=); raise the limit";
	case -EROFS:
		return "the file system is read-only; mount it read-write";
	case -EACCES:
	case -EPERM:
		return "permission denied; its owner or root may";
	case -EIO:
		return "the disk reports an error; see the kernel's log, restore a backup "
		       "elsewhere";
	case -ENOMEM:
		return "no memory";
	default:
		return strerror(-code);
	}
}

int sw_ledger_error(struct sw_err *err, int code, const char *path, const char *what)
{
	return sw_err_set(err, code, "%s: %s%s%s", path, what ? what : "", what ? ": " : "",
			  advice(code));
}

/* What LMDB returned as -errno with words. */
static int failed(const struct sw_ledger *l, int mdb, const char *what, struct sw_err *err)
{
	switch (mdb) {
	case MDB_NOTFOUND:
		return -ENOENT;
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_INVALID:
	case MDB_CURSOR_FULL:
	case MDB_PAGE_FULL:
	case MDB_INCOMPATIBLE:
		return sw_err_set(err, -EBADMSG, "%s: %s: damaged (%s); " SW_LEDGER_DAMAGED,
				  l->file, what, mdb_strerror(mdb));
	case MDB_VERSION_MISMATCH:
		return sw_err_set(err, -ENOTSUP, "%s: written by another version of LMDB", l->file);
	case MDB_READERS_FULL:
		return sw_err_set(err, -EAGAIN, "%s: too many readers; end some", l->file);
	case MDB_MAP_FULL:
		return sw_err_set(err, -ENOMEM, "%s: %s: no address space to map more of it",
				  l->file, what);
	case MDB_PANIC:
		return sw_ledger_error(err, -EIO, l->file, what);
	}
	if (mdb > 0)
		return sw_ledger_error(err, -mdb, l->file, what);
	return sw_err_set(err, -EIO, "%s: %s: %s", l->file, what, mdb_strerror(mdb));
}

/* LMDB says EIO for a write that was cut short. What would the next one say? */
static int why_short(const struct sw_ledger *l)
{
	struct rlimit limit;
	struct stat st;
	int fd;

	if (!l->env || mdb_env_get_fd(l->env, &fd) || fstat(fd, &st))
		return EIO;
	if (!getrlimit(RLIMIT_FSIZE, &limit) && limit.rlim_cur != RLIM_INFINITY &&
	    (uint64_t)st.st_size + PROBE_BYTES > limit.rlim_cur)
		return EFBIG;
	if (fallocate(fd, FALLOC_FL_KEEP_SIZE, st.st_size, PROBE_BYTES) &&
	    (errno == ENOSPC || errno == EDQUOT || errno == EFBIG))
		return errno;
	return EIO;
}

/* ---- opening ---- */

/* LMDB writes to its lock file through a mapping: where the disk is full that kills. So
 * have the room before. A file system that is read-only needs none. */
static int prepare_lock_file(struct sw_ledger *l, struct sw_err *err)
{
	static const char zeros[LOCK_BYTES];
	char *path = sw_files_path(l->folder, "lock.mdb");
	struct stat st;
	int code = 0, fd;

	if (!path)
		return sw_ledger_error(err, -ENOMEM, l->file, NULL);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || fstat(fd, &st))
		code = -errno;
	else if (st.st_size < LOCK_BYTES && fallocate(fd, 0, 0, LOCK_BYTES))
		code = errno != EOPNOTSUPP		      ? -errno
		       : pwrite(fd, zeros, LOCK_BYTES, 0) < 0 ? -errno
							      : 0;
	if (fd >= 0)
		close(fd);
	if (code == -EROFS && l->read_only)
		code = 0;
	if (code)
		sw_ledger_error(err, code, path, NULL);
	free(path);
	return code;
}

/* Before LMDB sees the file. */
static int check_head(const struct sw_ledger *l, struct sw_err *err)
{
	int fd = open(l->file, O_RDONLY | O_CLOEXEC), code;

	if (fd < 0)
		return sw_ledger_error(err, -errno, l->file, NULL);
	code = sw_pages_check_head(fd, err);
	close(fd);
	if (code == -EBADMSG)
		sw_err_set(err, code, "%s: %s; " SW_LEDGER_DAMAGED, l->file, err ? err->text : "");
	else if (code)
		sw_err_prepend(err, code, "%s", l->file);
	return code;
}

static int open_trees(struct sw_ledger *l, bool make, struct sw_err *err)
{
	MDB_txn *txn;
	int mdb = mdb_txn_begin(l->env, NULL, make ? 0 : MDB_RDONLY, &txn);

	if (mdb)
		return failed(l, mdb, "open", err);
	for (int i = 0; i < SW_TREES && !mdb; i++)
		mdb = mdb_dbi_open(txn, tree_names[i], make ? MDB_CREATE : 0, &l->tree[i]);
	if (!mdb) {
		mdb = mdb_txn_commit(txn);
		return mdb ? failed(l, mdb == EIO ? why_short(l) : mdb, "open", err) : 0;
	}
	mdb_txn_abort(txn);
	if (mdb == MDB_NOTFOUND || mdb == MDB_INCOMPATIBLE)
		return sw_err_set(err, -EBADMSG,
				  "%s: an LMDB file, but not a ledger; " SW_LEDGER_DAMAGED,
				  l->file);
	return failed(l, mdb, "open", err);
}

static int open_env(struct sw_ledger *l, bool make, struct sw_err *err)
{
	struct stat st;
	int mdb, code = make ? 0 : check_head(l, err), fd;

	if (!code)
		code = prepare_lock_file(l, err);
	if (code)
		return code;
	mdb = mdb_env_create(&l->env);
	if (mdb) {
		l->env = NULL;
		return failed(l, mdb, "open", err);
	}
	mdb_env_set_maxdbs(l->env, SW_TREES);
	if (make) /* else the file knows */
		mdb_env_set_mapsize(l->env, l->map_bytes ? l->map_bytes : MAP_BYTES);
	mdb = mdb_env_open(l->env, l->folder, l->read_only ? MDB_RDONLY : 0, 0600);
	if (!mdb)
		mdb = mdb_env_get_fd(l->env, &fd);
	if (!mdb && fstat(fd, &st))
		mdb = errno;
	if (mdb) {
		code = failed(l, mdb == EIO ? why_short(l) : mdb, "open", err);
		sw_store_close(l);
		return code;
	}
	mdb_reader_check(l->env, NULL);
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	l->seen_bytes = (uint64_t)st.st_size;
	return 0;
}

/* All pages, as a transaction sees them: whoever writes meanwhile lets them be. */
static int check_pages(struct sw_ledger *l, struct sw_err *err)
{
	int code = -EAGAIN, fd;

	if (mdb_env_get_fd(l->env, &fd))
		return sw_err_set(err, -EIO, "%s: not open", l->file);
	for (int i = 0; i < 100 && code == -EAGAIN; i++) {
		MDB_txn *txn;
		int mdb = mdb_txn_begin(l->env, NULL, MDB_RDONLY, &txn);

		if (mdb)
			return failed(l, mdb, "open", err);
		code = sw_pages_check(fd, mdb_txn_id(txn), err);
		mdb_txn_abort(txn);
	}
	if (code == -EBADMSG)
		sw_err_set(err, code, "%s: damaged: %s; " SW_LEDGER_DAMAGED, l->file,
			   err ? err->text : "");
	else if (code)
		sw_err_prepend(err, code, "%s", l->file);
	return code;
}

int sw_store_open(struct sw_ledger *l, bool make, struct sw_err *err)
{
	int code = open_env(l, make, err);

	if (!code && !make)
		code = check_pages(l, err);
	if (!code)
		code = open_trees(l, make, err);
	if (code)
		sw_store_close(l);
	return code;
}

void sw_store_close(struct sw_ledger *l)
{
	if (l->env)
		mdb_env_close(l->env);
	l->env = NULL;
}

static int load(struct sw_ledger *l, struct sw_err *err)
{
	MDB_txn *txn;
	int mdb = mdb_txn_begin(l->env, NULL, MDB_RDONLY, &txn), code;

	if (mdb)
		return failed(l, mdb, "open", err);
	code = sw_ledger_load(l, txn, err);
	mdb_txn_abort(txn);
	return code;
}

/* LMDB has given up on the environment. Its file is as the last commit left it, and that
 * is what counts, whatever we thought of it. */
static int open_again(struct sw_ledger *l, struct sw_err *err)
{
	int code;

	sw_store_close(l);
	code = open_env(l, false, err);
	if (!code)
		code = open_trees(l, false, err);
	l->loaded_txn = 0;
	if (!code)
		code = load(l, err);
	if (code)
		sw_store_close(l);
	return code;
}

/* Is it still our file, and all of it? */
static int check_file(const struct sw_ledger *l, bool path_too, struct sw_err *err)
{
	struct stat st;
	int fd;

	if (mdb_env_get_fd(l->env, &fd) || fstat(fd, &st))
		return sw_ledger_error(err, -EIO, l->file, NULL);
	if ((uint64_t)st.st_size < l->seen_bytes)
		return sw_err_set(err, -EBADMSG,
				  "%s: cut off while it was in use; " SW_LEDGER_DAMAGED, l->file);
	if (!path_too || (!stat(l->file, &st) && st.st_dev == l->dev && st.st_ino == l->ino))
		return 0;
	return sw_err_set(
		err, -ESTALE,
		"%s: removed or replaced while it was in use; its verdicts are still there until "
		"synwardd is started anew: synward export FILE, restart synwardd, synward import "
		"FILE",
		l->file);
}

/* ---- transactions ---- */

/* Another process has let the file grow, a reader died, or LMDB has given up: get over it. */
static int begin_once(struct sw_ledger *l, bool write, MDB_txn **ret, struct sw_err *err)
{
	int mdb = mdb_txn_begin(l->env, NULL, write ? 0 : MDB_RDONLY, ret), code;

	if (mdb == MDB_MAP_RESIZED) {
		mdb = mdb_env_set_mapsize(l->env, 0);
	} else if (mdb == MDB_READERS_FULL) {
		mdb = mdb_reader_check(l->env, NULL);
	} else if (mdb == MDB_PANIC) {
		code = open_again(l, err);
		if (code)
			return code;
		mdb = 0;
	} else {
		return mdb ? failed(l, mdb, "begin", err) : 0;
	}
	if (!mdb)
		mdb = mdb_txn_begin(l->env, NULL, write ? 0 : MDB_RDONLY, ret);
	return mdb ? failed(l, mdb, "begin", err) : 0;
}

static int begin(struct sw_ledger *l, bool write, MDB_txn **ret, struct sw_err *err)
{
	int code = l->env ? 0 : open_again(l, err);

	/* a batch reads much, and is checked when it is written */
	if (!code && (write || !l->batch.open))
		code = check_file(l, write, err);
	return code ? code : begin_once(l, write, ret, err);
}

int sw_store_read(struct sw_ledger *l, struct sw_err *err)
{
	int code = l->reading ? 0 : begin(l, false, &l->read, err);

	if (code)
		return code;
	if (l->reading++ == 0 && l->loaded_txn != mdb_txn_id(l->read)) {
		/* new, or the writer has gone on: where does the ledger stand now? */
		code = sw_ledger_load(l, l->read, err);
		if (code)
			sw_store_read_end(l);
	}
	return code;
}

void sw_store_read_end(struct sw_ledger *l)
{
	if (--l->reading == 0) {
		mdb_txn_abort(l->read);
		l->read = NULL;
	}
}

uint64_t sw_store_txn(struct MDB_txn *txn)
{
	return mdb_txn_id(txn);
}

uint64_t sw_store_map_bytes(const struct sw_ledger *l)
{
	MDB_envinfo info;

	return l->env && !mdb_env_info(l->env, &info) ? info.me_mapsize : 0;
}

/* Have room for @bytes behind the last page. What is free before that is a gift. */
static int make_room(struct sw_ledger *l, uint64_t bytes, struct sw_err *err)
{
	uint64_t map, used;
	MDB_envinfo info;
	MDB_stat st;
	int mdb;

	mdb_env_info(l->env, &info);
	mdb_env_stat(l->env, &st);
	used = (info.me_last_pgno + 1) * st.ms_psize;
	for (map = info.me_mapsize; map < MAP_MAX && map < used + bytes; map *= 2)
		;
	if (map == info.me_mapsize)
		return 0;
	mdb = mdb_env_set_mapsize(l->env, map);
	return mdb ? failed(l, mdb, "grow", err) : 0;
}

static int write_once(struct sw_ledger *l, sw_store_fn *fn, void *ctx, struct sw_err *err)
{
	uint64_t number;
	struct stat st;
	MDB_txn *txn;
	int code, mdb, fd;

	l->full = false;
	code = begin(l, true, &txn, err);
	if (code)
		return code;
	code = fn(l, txn, ctx, err);
	if (code) {
		mdb_txn_abort(txn);
		return code;
	}
	number = mdb_txn_id(txn);
	mdb = mdb_txn_commit(txn);
	l->full = mdb == MDB_MAP_FULL;
	if (mdb)
		return failed(l, mdb == EIO ? why_short(l) : mdb, "write", err);
	l->loaded_txn = number;
	if (!mdb_env_get_fd(l->env, &fd) && !fstat(fd, &st))
		l->seen_bytes = (uint64_t)st.st_size;
	return 0;
}

int sw_store_write(struct sw_ledger *l, uint64_t bytes, sw_store_fn *fn, void *ctx,
		   struct sw_err *err)
{
	/* opens again what an error has closed, and sees where the ledger stands */
	int code = sw_store_read(l, err);

	if (code)
		return code;
	sw_store_read_end(l);
	return sw_store_write_blind(l, bytes, fn, ctx, err);
}

int sw_store_write_blind(struct sw_ledger *l, uint64_t bytes, sw_store_fn *fn, void *ctx,
			 struct sw_err *err)
{
	int code;

	do {
		code = make_room(l, bytes, err);
		if (!code)
			code = write_once(l, fn, ctx, err);
		bytes = bytes > MAP_BYTES ? bytes * 2 : MAP_BYTES;
	} while (code && l->full && sw_store_map_bytes(l) < MAP_MAX);
	return code;
}

int sw_store_peek(struct sw_ledger *l, MDB_txn **ret, struct sw_err *err)
{
	return begin(l, false, ret, err);
}

void sw_store_peek_end(MDB_txn *txn)
{
	mdb_txn_abort(txn);
}

/* ---- records ---- */

static MDB_val value_of(struct sw_view view)
{
	return (MDB_val){ view.n, (void *)view.data };
}

static struct sw_view view_of(MDB_val value)
{
	return (struct sw_view){ value.mv_data, value.mv_size };
}

int sw_store_get(struct sw_ledger *l, MDB_txn *txn, enum sw_tree tree, struct sw_view key,
		 struct sw_view *ret, struct sw_err *err)
{
	MDB_val k = value_of(key), v;
	int mdb = mdb_get(txn, l->tree[tree], &k, &v);

	if (mdb)
		return failed(l, mdb, tree_names[tree], err);
	*ret = view_of(v);
	return 0;
}

int sw_store_put(struct sw_ledger *l, MDB_txn *txn, enum sw_tree tree, struct sw_view key,
		 struct sw_view value, bool append, struct sw_err *err)
{
	MDB_val k = value_of(key), v = value_of(value);
	int mdb = mdb_put(txn, l->tree[tree], &k, &v, append ? MDB_APPEND : 0);

	if (mdb == MDB_KEYEXIST) /* the history has numbers that are still to come */
		mdb = MDB_CORRUPTED;
	l->full = mdb == MDB_MAP_FULL;
	return mdb ? failed(l, mdb, tree_names[tree], err) : 0;
}

int sw_store_del(struct sw_ledger *l, MDB_txn *txn, enum sw_tree tree, struct sw_view key,
		 struct sw_err *err)
{
	MDB_val k = value_of(key);
	int mdb = mdb_del(txn, l->tree[tree], &k, NULL);

	l->full = mdb == MDB_MAP_FULL;
	return mdb && mdb != MDB_NOTFOUND ? failed(l, mdb, tree_names[tree], err) : 0;
}

int sw_walk_begin(struct sw_walk *walk, struct sw_ledger *l, MDB_txn *txn, enum sw_tree tree,
		  struct sw_err *err)
{
	int mdb = mdb_cursor_open(txn, l->tree[tree], &walk->cursor);

	walk->ledger = l;
	return mdb ? failed(l, mdb, tree_names[tree], err) : 0;
}

static int move(struct sw_walk *walk, struct sw_view key, MDB_cursor_op op, struct sw_err *err)
{
	MDB_val k = value_of(key), v;
	int mdb = mdb_cursor_get(walk->cursor, &k, &v, op);

	if (mdb)
		return failed(walk->ledger, mdb, "read", err);
	walk->key = view_of(k);
	walk->value = view_of(v);
	return 0;
}

int sw_walk_from(struct sw_walk *walk, struct sw_view key, struct sw_err *err)
{
	return key.n ? move(walk, key, MDB_SET_RANGE, err) : sw_walk_first(walk, err);
}

int sw_walk_first(struct sw_walk *walk, struct sw_err *err)
{
	return move(walk, sw_view(NULL, 0), MDB_FIRST, err);
}

int sw_walk_next(struct sw_walk *walk, struct sw_err *err)
{
	return move(walk, sw_view(NULL, 0), MDB_NEXT, err);
}

int sw_walk_replace(struct sw_walk *walk, struct sw_view value, struct sw_err *err)
{
	uint8_t key[SW_RECORD_KEY];
	MDB_val k = { walk->key.n, key }, v = value_of(value);
	int mdb;

	if (walk->key.n > sizeof(key))
		return failed(walk->ledger, MDB_CORRUPTED, "upgrade", err);
	memcpy(key, walk->key.data, walk->key.n); /* it is on the page that is written to */
	mdb = mdb_cursor_put(walk->cursor, &k, &v, MDB_CURRENT);
	walk->ledger->full = mdb == MDB_MAP_FULL;
	return mdb ? failed(walk->ledger, mdb, "upgrade", err) : 0;
}

int sw_walk_del(struct sw_walk *walk, struct sw_err *err)
{
	int mdb = mdb_cursor_del(walk->cursor, 0);

	walk->ledger->full = mdb == MDB_MAP_FULL;
	return mdb ? failed(walk->ledger, mdb, "remove", err) : 0;
}

void sw_walk_end(struct sw_walk *walk)
{
	mdb_cursor_close(walk->cursor);
}

int sw_store_entries(struct sw_ledger *l, MDB_txn *txn, enum sw_tree tree, uint64_t *entries,
		     uint64_t *bytes, struct sw_err *err)
{
	MDB_stat st;
	int mdb = mdb_stat(txn, l->tree[tree], &st);

	if (mdb)
		return failed(l, mdb, tree_names[tree], err);
	*entries = st.ms_entries;
	*bytes = (st.ms_branch_pages + st.ms_leaf_pages + st.ms_overflow_pages) * st.ms_psize;
	return 0;
}

int sw_store_copy(struct sw_ledger *l, int fd, struct sw_err *err)
{
	int mdb, code = l->env ? 0 : open_again(l, err);

	if (code)
		return code;
	code = check_file(l, false, err);
	if (code)
		return code;
	mdb = mdb_env_copyfd2(l->env, fd, MDB_CP_COMPACT);
	/* it refuses where pages have been lost, which harms nothing else: copy them too */
	if (mdb == MDB_INCOMPATIBLE && !ftruncate(fd, 0) && lseek(fd, 0, SEEK_SET) == 0)
		mdb = mdb_env_copyfd2(l->env, fd, 0);
	return mdb ? failed(l, mdb, "copy", err) : 0;
}
