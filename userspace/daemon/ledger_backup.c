/* SPDX-License-Identifier: GPL-2.0-only */
/* ledger_backup - verify, back up, restore; see ledger_parts.h. */
#include "ledger_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/file.h"

/* ---- verify ---- */

struct verify {
	struct sw_ledger *l;
	uint64_t verdicts;
	struct sw_verdict verdict;
};

static int verify_source(void *ctx, struct sw_view key, uint64_t number, struct sw_view body,
			 struct sw_err *err)
{
	struct verify *v = ctx;
	struct sw_prefix source;
	uint8_t origin;

	if (sw_record_key_read(key, &source, &origin) || number >= v->l->state.next ||
	    (body.n && sw_record_verdict(key, body, &v->verdict)))
		return sw_ledger_bad_source(v->l, key, err);
	v->verdicts += body.n ? 1 : 0;
	return 0;
}

static int verify_history(struct sw_ledger *l, struct sw_err *err)
{
	struct sw_record_change change;
	struct sw_history history;
	struct sw_walk walk;
	uint64_t number = 0;
	int code = sw_walk_begin(&walk, l, l->read, SW_TREE_HISTORY, err);

	if (code)
		return code;
	for (code = sw_walk_first(&walk, err); !code; code = sw_walk_next(&walk, err)) {
		if (sw_record_number_read(walk.key, &number) || number >= l->state.next ||
		    sw_record_change_read(number, walk.value, &change) ||
		    sw_record_history(&change, &history)) {
			code = sw_ledger_bad_change(l, number, err);
			break;
		}
	}
	sw_walk_end(&walk);
	return code == -ENOENT ? 0 : code;
}

int sw_ledger_verify(struct sw_ledger *l, struct sw_err *err)
{
	struct verify v = { .l = l };
	int code = sw_store_read(l, err);

	if (code)
		return code;
	code = sw_ledger_walk(l, sw_view(NULL, 0), verify_source, &v, err);
	if (!code)
		code = verify_history(l, err);
	if (!code && v.verdicts != l->state.verdicts)
		code = sw_err_set(err, -EBADMSG,
				  "%s: %" PRIu64 " verdicts are there, not %" PRIu64
				  "; " SW_LEDGER_DAMAGED,
				  l->file, v.verdicts, l->state.verdicts);
	sw_store_read_end(l);
	return code;
}

/* ---- backup ---- */

/* The folder that @path is in, durable with what changed in it. */
static int sync_parent(const char *path)
{
	char *copy = strdup(path);
	int code = copy ? sw_files_sync(dirname(copy)) : -ENOMEM;

	free(copy);
	return code;
}

static int copy_to(struct sw_ledger *l, const char *fresh, const char *path, struct sw_err *err)
{
	int fd = open(fresh, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600), code;

	if (fd < 0)
		return sw_ledger_error(err, -errno, fresh, NULL);
	code = sw_store_copy(l, fd, err);
	if (!code && fsync(fd))
		code = sw_ledger_error(err, -errno, fresh, NULL);
	if (close(fd) && !code)
		code = sw_ledger_error(err, -errno, fresh, NULL);
	if (!code && rename(fresh, path))
		code = sw_ledger_error(err, -errno, path, NULL);
	if (code)
		unlink(fresh);
	else if ((code = sync_parent(path)))
		sw_ledger_error(err, code, path, NULL);
	return code;
}

int sw_ledger_backup(struct sw_ledger *l, const char *path, struct sw_err *err)
{
	char *fresh;
	int code;

	sw_ledger_batch_read_end(l);
	if (l->reading)
		return sw_err_set(err, -EBUSY, "%s: a walk is under way", l->file);
	if (asprintf(&fresh, "%s.new", path) < 0)
		return sw_ledger_error(err, -ENOMEM, path, NULL);
	unlink(fresh); /* left by one that was killed */
	code = copy_to(l, fresh, path, err);
	free(fresh);
	return code;
}

/* ---- restore ---- */

static int copy_bytes(int from, int to, struct sw_err *err, const char *path, const char *target)
{
	char buffer[65536];
	ssize_t n;

	while ((n = read(from, buffer, sizeof(buffer))) != 0) {
		if (n < 0)
			return sw_ledger_error(err, -errno, path, NULL);
		for (ssize_t done = 0, written; done < n; done += written) {
			written = write(to, buffer + done, (size_t)(n - done));
			if (written < 0)
				return sw_ledger_error(err, -errno, target, NULL);
		}
	}
	return 0;
}

/* Copy the backup into the staged folder, where nobody changes it while it is looked at. */
static int stage_backup(const char *path, const char *stage, struct sw_err *err)
{
	char *target = sw_files_path(stage, "data.mdb");
	int from = -1, to = -1, code = 0;

	if (!target)
		return sw_ledger_error(err, -ENOMEM, stage, NULL);
	from = open(path, O_RDONLY | O_CLOEXEC);
	if (from < 0)
		code = sw_ledger_error(err, -errno, path, NULL);
	if (!code) {
		to = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		code = to < 0 ? sw_ledger_error(err, -errno, target, NULL)
			      : copy_bytes(from, to, err, path, target);
	}
	if (from >= 0)
		close(from);
	if (to >= 0 && close(to) && !code)
		code = sw_ledger_error(err, -errno, target, NULL);
	free(target);
	return code;
}

/* Is what is staged a ledger, every record of it? Of an older layout it is not any more. */
static int verify_stage(const char *path, const char *stage, struct sw_ledger_counts *counts,
			struct sw_err *err)
{
	struct sw_ledger *l = NULL;
	int code = sw_ledger_open_folder(stage, sw_upgrades, &l, err);

	if (!code)
		code = sw_ledger_verify(l, err);
	if (!code)
		code = sw_ledger_count(l, counts, err);
	sw_ledger_close(l);
	return code ? sw_err_prepend(err, code, "%s is no backup that can be used", path) : 0;
}

/* A folder named after the date, which will hold what was there before. */
static int stage_by_date(const char *state_dir, int64_t now_ms, char **ret, struct sw_err *err)
{
	time_t seconds = (time_t)(now_ms / 1000);
	char date[32] = "", name[64];
	struct tm tm;
	int code = -EEXIST;

	if (gmtime_r(&seconds, &tm))
		strftime(date, sizeof(date), "%Y%m%dT%H%M%SZ", &tm);
	for (int i = 1; i < 100 && code == -EEXIST; i++) {
		snprintf(name, sizeof(name), i > 1 ? "ledger-%s-%d" : "ledger-%s", date, i);
		code = sw_files_stage(state_dir, name, false, ret, err);
	}
	return code;
}

static int restore(const char *path, const char *state_dir, int64_t now_ms,
		   struct sw_ledger_restored *ret, struct sw_err *err)
{
	bool was_there = false;
	char *stage;
	int code = stage_by_date(state_dir, now_ms, &stage, err);

	if (code)
		return code;
	code = stage_backup(path, stage, err);
	if (!code)
		code = verify_stage(path, stage, &ret->counts, err);
	if (!code)
		code = sw_files_place(state_dir, stage, &was_there, err);
	if (code) {
		sw_files_unstage(stage);
		return code;
	}
	snprintf(ret->kept, sizeof(ret->kept), "%s", was_there ? stage : "");
	free(stage);
	return 0;
}

int sw_ledger_restore(const char *path, const char *state_dir, int64_t now_ms,
		      struct sw_ledger_restored *ret, struct sw_err *err)
{
	struct sw_ledger_restored restored;
	/* on a new machine synwardd has not made it yet */
	int lock, code = sw_folder_make(state_dir, 0750);

	if (code)
		return sw_ledger_error(err, code, state_dir, NULL);
	code = sw_files_lock(state_dir, &lock, err);
	if (code)
		return code;
	code = restore(path, state_dir, now_ms, &restored, err);
	close(lock);
	if (!code && ret)
		*ret = restored;
	return code;
}
