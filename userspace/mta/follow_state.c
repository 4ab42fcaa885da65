/* SPDX-License-Identifier: GPL-2.0-only */
/* follow_state - positions in a small text file, one a line. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "follow_parts.h"
#include "lib/file.h"

#define MARK "synward follow 1\n"
#define STATE_BYTES 4096

int follow_state_save(const char *path, const struct position *at, unsigned n)
{
	char text[STATE_BYTES];
	size_t used = (size_t)snprintf(text, sizeof(text), "%s", MARK);

	for (unsigned i = 0; i < n; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "file %" PRIu64 " %" PRIu64 " %" PRIu64 " %d %u %" PRIx64
					 "\n",
					 at[i].device, at[i].inode, at[i].offset, at[i].inside,
					 at[i].head_n, at[i].head);
	used += (size_t)snprintf(text + used, sizeof(text) - used, "end\n");
	return sw_file_save(path, text, used);
}

static bool parse_line(const char *line, struct position *ret)
{
	struct position at;
	int inside, end = 0;

	if (sscanf(line, "file %" SCNu64 " %" SCNu64 " %" SCNu64 " %d %u %" SCNx64 "%n", &at.device,
		   &at.inode, &at.offset, &inside, &at.head_n, &at.head, &end) != 6)
		return false;
	if (line[end] != '\n' || at.head_n > HEAD || at.offset > INT64_MAX ||
	    (inside != 0 && inside != 1))
		return false;
	at.inside = inside;
	*ret = at;
	return true;
}

static int parse(const char *text, struct position *ret, unsigned *n)
{
	unsigned count = 0;

	if (strncmp(text, MARK, strlen(MARK)))
		return -EBADMSG;
	for (text += strlen(MARK); strcmp(text, "end\n"); text = strchr(text, '\n') + 1)
		if (count == PARTS || !parse_line(text, &ret[count++]))
			return -EBADMSG;
	*n = count;
	return 0;
}

int follow_state_load(const char *path, struct position *ret, unsigned *n)
{
	char *text = NULL;
	int code = sw_file_read(path, STATE_BYTES, &text);

	if (code)
		return code == -EFBIG ? -EBADMSG : code;
	code = parse(text, ret, n);
	free(text);
	return code;
}
