/* SPDX-License-Identifier: GPL-2.0-only */
/* follow_parts - what the parts of follow share. For userspace/mta/follow*.c alone. */
#ifndef SYNWARD_MTA_FOLLOW_PARTS_H
#define SYNWARD_MTA_FOLLOW_PARTS_H

#include <limits.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "mta/follow.h"

#define PARTS 16 /* files that are read at once: the present one, and rotated ones */
#define HEAD 1024 /* bytes that tell a file from another that has its inode now */
#define COPY_HEAD 64 /* bytes that a copy has to have in common with the file it is of */
#define LINGER_MS 60000 /* a rotated file is read for that long after its last line */

/* Up to where a file was read. */
struct position {
	uint64_t device, inode;
	uint64_t offset; /* of the first line that was not given */
	bool inside; /* offset is inside a line that is too long */
	uint32_t head_n; /* of the first bytes: how many, at most HEAD */
	uint64_t head;
};

/* A file that is read. */
struct part {
	int fd;
	struct position at;
	uint64_t read; /* bytes, from at.offset on, that are in line */
	int64_t since_ms; /* when it last had something new, or was rotated */
	char *line; /* SW_FOLLOW_LINE bytes */
};

struct sw_follow {
	char *path, *state;
	bool from_start; /* also for a file that is found at the first look */
	bool looked; /* at the path, once */
	sw_follow_line *give;
	void *ctx;
	int watch, watch_file, watch_folder; /* inotify; -1 */
	unsigned n;
	struct part part[PARTS]; /* oldest first; the last one is the present file */
	bool present; /* the last one is the one at path */
	unsigned long opened; /* how many parts there were ever */
	bool dirty; /* positions changed since they were saved */
	struct sw_follow_counts counts;
};

/* ---- follow_part.c ---- */

/* Begin to read @fd, which is then its own, at @at; device and inode are filled in. */
int follow_part_open(struct part *p, int fd, const struct position *at);
void follow_part_close(struct part *p);
/* The position at the end of @fd, or at its start. */
int follow_position(int fd, bool end, struct position *ret);
/* Does @fd begin as the file of @at did, and reach to its offset? */
bool follow_is_same(int fd, const struct position *at);
/* Read up to *@bytes, less what was read after the call. 1: the budget is used up. 0: no more
 * now. -ESTALE: it is not the file any more that it was; nothing of it was given. */
int follow_part_read(struct sw_follow *f, struct part *p, size_t *bytes, int64_t now_ms);

/* ---- follow_state.c ---- */

/* -ENOENT: there is none. -EBADMSG. */
int follow_state_load(const char *path, struct position *ret, unsigned *n);
int follow_state_save(const char *path, const struct position *at, unsigned n);

/* ---- follow_find.c ---- */

struct rotated {
	char path[PATH_MAX];
	struct stat st;
};

/* Rotated files of @path that are not compressed, the oldest first. To be freed. -errno. */
int follow_find_rotated(const char *path, struct rotated **ret, size_t *n);
/* The one that was read up to @at, opened: *@ret is its index. -ENOENT. */
int follow_find(const struct rotated *list, size_t n, const struct position *at, size_t *ret);

#endif
