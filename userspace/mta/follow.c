/* SPDX-License-Identifier: GPL-2.0-only */
/* follow - see follow.h. Which files are read, and which of them is the present one. */
#include "follow.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "follow_parts.h"

static int open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	return fd;
}

static void drop_part(struct sw_follow *f, unsigned i)
{
	follow_part_close(&f->part[i]);
	f->n--;
	memmove(&f->part[i], &f->part[i + 1], (f->n - i) * sizeof(*f->part));
	if (i == f->n)
		f->present = false;
	f->dirty = true;
}

/* Read @fd from @at on, after all others. Takes @fd. */
static int add_part(struct sw_follow *f, int fd, const struct position *at)
{
	int code;

	if (f->n == PARTS) {
		f->counts.lost++;
		drop_part(f, 0);
	}
	code = follow_part_open(&f->part[f->n], fd, at);
	if (code) {
		close(fd);
		return code;
	}
	f->n++;
	f->opened++;
	f->present = false;
	f->dirty = true;
	return 0;
}

static bool is_open(const struct sw_follow *f, const struct stat *st)
{
	for (unsigned i = 0; i < f->n; i++)
		if (f->part[i].at.inode == st->st_ino && f->part[i].at.device == st->st_dev)
			return true;
	return false;
}

/* Whole files that were rotated after the one at @first - 1. */
static int add_between(struct sw_follow *f, const struct rotated *list, size_t n, size_t first)
{
	const struct position start = { .offset = 0 };
	int code = 0;

	for (size_t i = first; i < n && !code; i++) {
		int fd = is_open(f, &list[i].st) ? -1 : open_file(list[i].path);

		if (fd >= 0)
			code = add_part(f, fd, &start);
	}
	return code;
}

/* What was read up to @at has another name by now, or was copied: read the rest, and what was
 * rotated after it. */
static int add_rotated(struct sw_follow *f, const struct position *at, bool between)
{
	struct rotated *list;
	size_t n, found;
	int code = follow_find_rotated(f->path, &list, &n), fd;

	if (code)
		return code;
	fd = follow_find(list, n, at, &found);
	if (fd < 0) {
		free(list);
		return fd;
	}
	if (is_open(f, &list[found].st))
		close(fd);
	else
		code = add_part(f, fd, at);
	if (!code && between)
		code = add_between(f, list, n, found + 1);
	free(list);
	return code;
}

/* The last part was the present file, and was renamed: what came between it and the one that is
 * there now was never seen, when there was more than one rotation. */
static int add_missed(struct sw_follow *f)
{
	const struct position *at = &f->part[f->n - 1].at;
	struct rotated *list;
	size_t n, i = 0;
	int code = follow_find_rotated(f->path, &list, &n);

	if (code)
		return code;
	while (i < n && (list[i].st.st_ino != at->inode || list[i].st.st_dev != at->device))
		i++;
	code = add_between(f, list, n, i + 1);
	free(list);
	return code;
}

/* ---- the present file ---- */

/* The file at the path, from @at on; NULL: from its start, or its end at the first look. */
static int add_present(struct sw_follow *f, const struct position *at)
{
	struct position start;
	int fd = open_file(f->path), code;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	code = follow_position(fd, !at && !f->looked && !f->from_start, &start);
	if (code) {
		close(fd);
		return code;
	}
	code = add_part(f, fd, at ? at : &start);
	if (!code)
		f->present = true;
	return code;
}

/* It was truncated: the rest may be in a copy. The last part was that file; it begins anew. */
static int begin_anew(struct sw_follow *f)
{
	const struct position at = f->part[f->n - 1].at;
	int code;

	drop_part(f, f->n - 1);
	f->counts.truncations++;
	code = add_rotated(f, &at, true);
	if (code == -ENOMEM)
		return code;
	f->counts.lost += code < 0;
	return add_present(f, NULL);
}

/* Is another file at the path by now? The one before is read for a while yet: its writer may not
 * know. */
static int look_at_path(struct sw_follow *f, int64_t now_ms)
{
	struct part *last = f->present && f->n ? &f->part[f->n - 1] : NULL;
	struct stat st;
	int code;

	if (stat(f->path, &st)) {
		f->looked = true;
		return errno == ENOENT ? 0 : -errno;
	}
	if (last && last->at.inode == st.st_ino && last->at.device == st.st_dev)
		return 0;
	if (last) {
		last->since_ms = now_ms;
		f->counts.rotations++;
		/* a folder that cannot be read is no reason not to go on with the file */
		if (add_missed(f) == -ENOMEM)
			return -ENOMEM;
	}
	code = add_present(f, NULL);
	f->looked = true;
	return code;
}

/* ---- where it was ---- */

static bool is_present(const struct sw_follow *f, const struct position *at)
{
	int fd = open_file(f->path);
	struct stat st;
	bool ret;

	if (fd < 0)
		return false;
	ret = fstat(fd, &st) == 0 && st.st_ino == at->inode && follow_is_same(fd, at);
	close(fd);
	return ret;
}

static int resume(struct sw_follow *f, const struct position *at, unsigned n)
{
	int code = 0;

	f->looked = true;
	for (unsigned i = 0; i < n && !code; i++) {
		bool last = i + 1 == n;

		if (last && is_present(f, &at[i]))
			return add_present(f, &at[i]);
		code = add_rotated(f, &at[i], last);
		if (code && code != -ENOMEM) {
			f->counts.lost += last;
			code = 0;
		}
	}
	return code;
}

static int load(struct sw_follow *f, int *ret_state, struct sw_err *err)
{
	struct position at[PARTS];
	unsigned n = 0;
	int code = f->state ? follow_state_load(f->state, at, &n) : -ENOENT;

	if (ret_state)
		*ret_state = code == -ENOENT ? 0 : code;
	if (code && code != -ENOENT)
		sw_err_set(err, code, "%s: %s", f->state,
			   code == -EBADMSG ? "not what synward has written" : strerror(-code));
	return code || !n ? 0 : resume(f, at, n);
}

/* ---- inotify ---- */

static void watch_file(struct sw_follow *f)
{
	if (f->watch_file >= 0)
		inotify_rm_watch(f->watch, f->watch_file);
	f->watch_file = inotify_add_watch(f->watch, f->path, IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF);
}

static void watch_folder(struct sw_follow *f)
{
	char *copy = strdup(f->path);

	if (copy)
		f->watch_folder = inotify_add_watch(f->watch, dirname(copy),
						    IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
	free(copy);
}

/* What it says does not matter: all is looked at. */
static void drain(struct sw_follow *f)
{
	char events[4096];

	if (f->watch < 0)
		return;
	while (read(f->watch, events, sizeof(events)) > 0)
		;
	if (f->watch_folder < 0)
		watch_folder(f);
}

/* ---- the interface ---- */

int sw_follow_open(const char *path, const char *state, bool from_start, sw_follow_line *line,
		   void *ctx, struct sw_follow **ret, int *ret_state, struct sw_err *err)
{
	struct sw_follow *f = calloc(1, sizeof(*f));
	int code = -ENOMEM;

	if (!f)
		return sw_err_set(err, code, "no memory to follow %s", path);
	f->path = strdup(path);
	f->state = state ? strdup(state) : NULL;
	f->from_start = from_start;
	f->give = line;
	f->ctx = ctx;
	f->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	f->watch_file = f->watch_folder = -1;
	if (f->path && (!state || f->state))
		code = load(f, ret_state, err);
	/* what cannot be found or opened now is no reason not to follow what comes */
	if (code == -ENOMEM) {
		sw_follow_close(f);
		return sw_err_set(err, code, "no memory to follow %s", path);
	}
	*ret = f;
	return 0;
}

struct sw_follow *sw_follow_close(struct sw_follow *f)
{
	if (!f)
		return NULL;
	for (unsigned i = 0; i < f->n; i++)
		follow_part_close(&f->part[i]);
	if (f->watch >= 0)
		close(f->watch);
	free(f->path);
	free(f->state);
	free(f);
	return NULL;
}

int sw_follow_fd(const struct sw_follow *f)
{
	return f->watch;
}

/* Read all that are open, the oldest first. As follow_part_read; a rotated file that is no more
 * what it was is done with. */
static int read_parts(struct sw_follow *f, size_t *bytes, int64_t now_ms)
{
	for (unsigned i = 0; i < f->n;) {
		struct part *p = &f->part[i];
		bool present = f->present && i + 1 == f->n;
		int code = follow_part_read(f, p, bytes, now_ms);

		if (code == 1 || (code < 0 && present))
			return code;
		if (code < 0 || (!present && p->since_ms && now_ms - p->since_ms > LINGER_MS)) {
			drop_part(f, i);
			continue;
		}
		if (!p->since_ms)
			p->since_ms = now_ms;
		i++;
	}
	return 0;
}

int sw_follow_read(struct sw_follow *f, size_t bytes, int64_t now_ms)
{
	int code;

	drain(f);
	/* A few times: each can find that there is another file by now. */
	for (int round = 0; round < 4; round++) {
		unsigned long opened = f->opened;

		code = read_parts(f, &bytes, now_ms);
		if (code == -ESTALE)
			code = begin_anew(f);
		else if (!code)
			code = look_at_path(f, now_ms);
		else
			return code;
		if (code)
			return code;
		if (f->watch >= 0 && (f->watch_file < 0 || opened != f->opened))
			watch_file(f);
		if (opened == f->opened)
			return 0;
	}
	return 1;
}

int sw_follow_save(struct sw_follow *f)
{
	struct position at[PARTS];
	int code;

	if (!f->state || !f->dirty || !f->n)
		return 0;
	for (unsigned i = 0; i < f->n; i++)
		at[i] = f->part[i].at;
	code = follow_state_save(f->state, at, f->n);
	if (!code)
		f->dirty = false;
	return code;
}

const struct sw_follow_counts *sw_follow_counts(const struct sw_follow *f)
{
	return &f->counts;
}
