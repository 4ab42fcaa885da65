/* SPDX-License-Identifier: GPL-2.0-only */
/* journal - see journal.h. */
#include "journal.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <systemd/sd-journal.h>

#include "lib/file.h"

#define MARK "synward journal 1\n"
#define STATE_BYTES 1024
#define MAIL "SYSLOG_FACILITY=2"

struct sw_journal {
	sd_journal *journal;
	char *state;
	sw_journal_message *give;
	void *ctx;
	bool dirty;
	bool fresh; /* the entry that it stands at was not given yet */
};

/* ---- where it was ---- */

/* The cursor, to be freed. -ENOENT: there is none. -EBADMSG. */
static int load(const char *path, char **ret)
{
	char *text = NULL, *end;
	int code = path ? sw_file_read(path, STATE_BYTES, &text) : -ENOENT;

	if (code)
		return code == -EFBIG ? -EBADMSG : code;
	end = strncmp(text, MARK, strlen(MARK)) ? NULL : strchr(text + strlen(MARK), '\n');
	if (end && !end[1] && end > text + strlen(MARK)) {
		*end = '\0';
		*ret = strdup(text + strlen(MARK));
		code = *ret ? 0 : -ENOMEM;
	} else {
		code = -EBADMSG;
	}
	free(text);
	return code;
}

/* Stand at the last entry that was given, or, when it is gone, before the next one. */
static int seek_cursor(struct sw_journal *j, const char *cursor)
{
	int code = sd_journal_seek_cursor(j->journal, cursor);

	if (code < 0)
		return code == -EINVAL ? -EBADMSG : code;
	code = sd_journal_next(j->journal);
	if (code <= 0)
		return code;
	code = sd_journal_test_cursor(j->journal, cursor);
	j->fresh = code == 0;
	return code < 0 ? code : 0;
}

static int seek_end(struct sw_journal *j)
{
	int code = sd_journal_seek_tail(j->journal);

	if (code >= 0)
		code = sd_journal_previous(j->journal);
	j->dirty = code > 0;
	return code < 0 ? code : 0;
}

static int seek(struct sw_journal *j, int *ret_state, struct sw_err *err)
{
	char *cursor = NULL;
	int code = load(j->state, &cursor);

	if (!code)
		code = seek_cursor(j, cursor);
	free(cursor);
	if (ret_state)
		*ret_state = code == -ENOENT ? 0 : code;
	if (code == 0)
		return 0;
	if (code != -ENOENT)
		sw_err_set(err, code, "%s: %s", j->state,
			   code == -EBADMSG ? "not what synward has written" : strerror(-code));
	return seek_end(j);
}

/* ---- the interface ---- */

int sw_journal_open(const char *folder, const char *state, sw_journal_message *message, void *ctx,
		    struct sw_journal **ret, int *ret_state, struct sw_err *err)
{
	struct sw_journal *j = calloc(1, sizeof(*j));
	int code = -ENOMEM;

	if (!j)
		return sw_err_set(err, code, "no memory for the journal");
	j->give = message;
	j->ctx = ctx;
	j->state = state ? strdup(state) : NULL;
	if (!state || j->state)
		code = folder ? sd_journal_open_directory(&j->journal, folder, 0)
			      : sd_journal_open(&j->journal, SD_JOURNAL_LOCAL_ONLY);
	if (code >= 0)
		code = sd_journal_add_match(j->journal, MAIL, 0);
	if (code >= 0)
		code = sd_journal_set_data_threshold(j->journal, SW_JOURNAL_MESSAGE + 64);
	if (code >= 0)
		code = seek(j, ret_state, err);
	if (code < 0) {
		sw_journal_close(j);
		return sw_err_set(err, code, "the journal: %s", strerror(-code));
	}
	*ret = j;
	return 0;
}

struct sw_journal *sw_journal_close(struct sw_journal *j)
{
	if (j) {
		if (j->journal)
			sd_journal_close(j->journal);
		free(j->state);
		free(j);
	}
	return NULL;
}

int sw_journal_fd(struct sw_journal *j)
{
	return sd_journal_get_fd(j->journal);
}

/* The value of @field, without "FIELD="; valid until the next is read. False: it has none. */
static bool field(sd_journal *journal, const char *name, const char **ret, size_t *n)
{
	const void *data;
	size_t prefix = strlen(name) + 1;

	if (sd_journal_get_data(journal, name, &data, n) < 0 || *n < prefix)
		return false;
	*ret = (const char *)data + prefix;
	*n -= prefix;
	return true;
}

static void give(struct sw_journal *j)
{
	const char *value;
	char tag[128];
	uint64_t time_us = 0;
	size_t tag_n, n;

	if (!field(j->journal, "SYSLOG_IDENTIFIER", &value, &tag_n) || tag_n > sizeof(tag))
		return;
	memcpy(tag, value, tag_n);
	if (!field(j->journal, "MESSAGE", &value, &n) || n > SW_JOURNAL_MESSAGE)
		return;
	sd_journal_get_realtime_usec(j->journal, &time_us);
	j->give(j->ctx, tag, tag_n, value, n, (int64_t)(time_us / 1000));
}

int sw_journal_read(struct sw_journal *j, unsigned max)
{
	int code = sd_journal_process(j->journal);

	if (code < 0)
		return code;
	for (unsigned i = 0; i < max; i++) {
		code = j->fresh ? 1 : sd_journal_next(j->journal);
		if (code <= 0)
			return code;
		j->fresh = false;
		j->dirty = true;
		give(j);
	}
	return 1;
}

int sw_journal_save(struct sw_journal *j)
{
	char text[STATE_BYTES], *cursor = NULL;
	int code, n;

	if (!j->state || !j->dirty)
		return 0;
	code = sd_journal_get_cursor(j->journal, &cursor);
	if (code < 0)
		return code;
	n = snprintf(text, sizeof(text), "%s%s\n", MARK, cursor);
	free(cursor);
	if (n < 0 || (size_t)n >= sizeof(text))
		return -EOVERFLOW;
	code = sw_file_save(j->state, text, (size_t)n);
	if (!code)
		j->dirty = false;
	return code;
}
