/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * follow - the lines of a log file as they are written, through rotation and restarts.
 *
 * The file may be renamed and made anew, copied and truncated, or not be there yet. Where it was
 * read up to (device, inode, offset, a digest of the first bytes) is kept in a file of its own;
 * after a restart what was written meanwhile is read first, from rotated files as well, as long
 * as they are not compressed (FILE.1, FILE-20261126).
 *
 * Nothing here waits. Its owner calls sw_follow_read once at first, when the descriptor is
 * readable, and every few seconds. Lines are bounded, and so is what one call reads.
 *
 * Not for pipes. Lines whose end never came are not given: half a line can say something else.
 */
#ifndef SYNWARD_MTA_FOLLOW_H
#define SYNWARD_MTA_FOLLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#define SW_FOLLOW_LINE 16384 /* bytes; a longer line is passed over, all of it */

struct sw_follow_counts {
	uint64_t lines, bytes;
	uint64_t too_long; /* lines */
	uint64_t rotations, truncations;
	uint64_t lost; /* how often what was written between could not be found */
};

/* A line without its newline, borrowed; there may be NUL bytes in it. It may not call functions
 * of this module. */
typedef void sw_follow_line(void *ctx, const char *line, size_t n);

struct sw_follow;

/*
 * Follow @path from where @state, a file, says it was read up to; without that from its end, or
 * with @from_start from its start. @state NULL: nothing is kept. The file need not be there.
 * A state that is damaged counts as none: -EBADMSG is then in *@ret_state (may be NULL), and @err
 * has the words. -ENOMEM.
 */
int sw_follow_open(const char *path, const char *state, bool from_start, sw_follow_line *line,
		   void *ctx, struct sw_follow **ret, int *ret_state, struct sw_err *err);

/* Where it was read up to is not saved by this: who has counted what came calls save before. */
struct sw_follow *sw_follow_close(struct sw_follow *f);

/* inotify(7): when it is readable, there may be something. -1: there is none, use a timer alone. */
int sw_follow_fd(const struct sw_follow *f);

/*
 * Read what is there, up to @bytes, and give its lines. @now_ms: any clock that goes on.
 * 1: there is more. 0: no more now, also when the file is not there. -errno: the file is there
 * and cannot be read.
 */
int sw_follow_read(struct sw_follow *f, size_t bytes, int64_t now_ms);

/*
 * Save where it was read up to, whole or not at all. Call it when what the lines led to is safe:
 * what was given after the last save is given again when the program is killed. No failure, and
 * no work, when nothing changed.
 */
int sw_follow_save(struct sw_follow *f);

const struct sw_follow_counts *sw_follow_counts(const struct sw_follow *f);

#endif
