/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ledger_files - folders and locks of the ledger; see ledger_parts.h.
 *
 *     <state-dir>/ledger/data.mdb   the ledger
 *     <state-dir>/ledger/lock.mdb   LMDB's table of readers; belongs to that very data.mdb
 *     <state-dir>/ledger.lock       whoever may write holds a lock on it
 *     <state-dir>/ledger.new/       a ledger that is being made
 *     <state-dir>/ledger-<date>/    one that a restore is making, then what it put aside
 *
 * A ledger is made in a folder of its own and put in place by one rename, as a folder:
 * data.mdb must never be seen with the lock.mdb of another.
 */
#include "ledger_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

char *sw_files_path(const char *folder, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

/* Who holds the lock, as far as the file says. */
static int is_locked(int fd, const char *path, struct sw_err *err)
{
	char pid[16] = "";
	ssize_t n = pread(fd, pid, sizeof(pid) - 1, 0);

	pid[n > 0 ? n : 0] = '\0';
	pid[strspn(pid, "0123456789")] = '\0';
	return sw_err_set(err, -EBUSY,
			  "%s: the ledger is in use by process %s; stop synwardd first", path,
			  *pid ? pid : "?");
}

int sw_files_lock(const char *state_dir, int *ret, struct sw_err *err)
{
	char *path = sw_files_path(state_dir, "ledger.lock"), pid[16];
	int code = 0, fd, n;

	if (!path)
		return sw_ledger_error(err, -ENOMEM, state_dir, NULL);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		code = sw_ledger_error(err, -errno, path, NULL);
	else if (flock(fd, LOCK_EX | LOCK_NB))
		code = errno == EWOULDBLOCK ? is_locked(fd, path, err)
					    : sw_ledger_error(err, -errno, path, NULL);
	free(path);
	if (code) {
		if (fd >= 0)
			close(fd);
		return code;
	}
	/* for people only: the lock is what counts, and a full disk is no reason to stop */
	n = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
	if (ftruncate(fd, 0) == 0 && pwrite(fd, pid, (size_t)n, 0) < 0)
		errno = 0;
	*ret = fd;
	return 0;
}

int sw_files_sync(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), code = 0;

	if (fd < 0)
		return -errno;
	/* some file systems cannot sync a folder, and need not */
	if (fsync(fd) && errno != EINVAL)
		code = -errno;
	close(fd);
	return code;
}

static void remove_in(const char *folder, const char *name)
{
	char *path = sw_files_path(folder, name);

	if (path)
		unlink(path);
	free(path);
}

static void remove_folder(const char *folder)
{
	remove_in(folder, "data.mdb");
	remove_in(folder, "lock.mdb");
	rmdir(folder);
}

void sw_files_unstage(char *stage)
{
	if (stage)
		remove_folder(stage);
	free(stage);
}

int sw_files_stage(const char *state_dir, const char *name, bool anew, char **ret,
		   struct sw_err *err)
{
	char *stage = sw_files_path(state_dir, name);
	int code;

	if (!stage)
		return sw_ledger_error(err, -ENOMEM, state_dir, NULL);
	if (anew)
		remove_folder(stage); /* left by one that was killed */
	if (mkdir(stage, 0700)) {
		code = sw_ledger_error(err, -errno, stage, NULL);
		free(stage);
		return code;
	}
	*ret = stage;
	return 0;
}

/* Let two folders change their names. Where that cannot be done at once, do it with the
 * least time between; the old one has its new name first. */
static int exchange(const char *stage, const char *folder)
{
	char *other;
	int code;

	if (renameat2(AT_FDCWD, stage, AT_FDCWD, folder, RENAME_EXCHANGE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	if (asprintf(&other, "%s.old", stage) < 0)
		return -ENOMEM;
	code = rename(folder, other) || rename(stage, folder) || rename(other, stage) ? -errno : 0;
	free(other);
	return code;
}

/* The staged folder and what is in it, on the disk. */
static int sync_stage(const char *stage)
{
	char *data = sw_files_path(stage, "data.mdb");
	int code = data ? sw_files_sync(data) : -ENOMEM;

	free(data);
	remove_in(stage, "lock.mdb"); /* of the process that made it */
	return code ? code : sw_files_sync(stage);
}

int sw_files_place(const char *state_dir, const char *stage, bool *was_there, struct sw_err *err)
{
	char *folder = sw_files_path(state_dir, "ledger");
	char *data = folder ? sw_files_path(folder, "data.mdb") : NULL;
	int code = data ? sync_stage(stage) : -ENOMEM;

	*was_there = !code && access(data, F_OK) == 0;
	if (*was_there) {
		code = exchange(stage, folder);
	} else if (!code) {
		remove_in(folder, "lock.mdb");
		code = rename(stage, folder) ? -errno : 0; /* on an empty folder, or none */
	}
	if (!code)
		code = sw_files_sync(state_dir);
	if (code)
		sw_ledger_error(err, code, state_dir, "cannot put the ledger in place");
	free(data);
	free(folder);
	return code;
}
