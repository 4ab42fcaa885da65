/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * journal - what mail servers write to the systemd journal. journal.c is the only file that
 * includes sd-journal.h.
 *
 * Messages of the facility mail. Where it was read up to (the cursor) is kept in a file; after a
 * restart what came meanwhile is read first. Nothing here waits, as in follow.h.
 */
#ifndef SYNWARD_MTA_JOURNAL_H
#define SYNWARD_MTA_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#define SW_JOURNAL_MESSAGE 16384 /* bytes; a longer message is passed over */

/* Borrowed. @tag: as in sw_maillog_message. It may not call functions of this module. */
typedef void sw_journal_message(void *ctx, const char *tag, size_t tag_n, const char *text,
				size_t n, int64_t time_ms);

struct sw_journal;

/*
 * Read the machine's journal, or the files in @folder when that is not NULL, from where @state
 * says; without that from its end. A state that is damaged counts as none: -EBADMSG in
 * *@ret_state (may be NULL). -errno: there is no journal, or it may not be read.
 */
int sw_journal_open(const char *folder, const char *state, sw_journal_message *message, void *ctx,
		    struct sw_journal **ret, int *ret_state, struct sw_err *err);
struct sw_journal *sw_journal_close(struct sw_journal *j);

/* When it is readable, there may be something; call sw_journal_read every few seconds as well.
 * -errno: use a timer alone. */
int sw_journal_fd(struct sw_journal *j);

/* Give at most @max messages. 1: there may be more. 0: no more now. -errno. */
int sw_journal_read(struct sw_journal *j, unsigned max);

/* As sw_follow_save. */
int sw_journal_save(struct sw_journal *j);

#endif
