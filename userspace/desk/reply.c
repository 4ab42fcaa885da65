/* SPDX-License-Identifier: GPL-2.0-only */
/* reply - see reply.h. */
#include "reply.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define HEAD_BYTES 16 /* with NUL: of what stands before the text */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

size_t sw_reply_clean(char *out, size_t room, const char *text, size_t n)
{
	bool blank = false;
	size_t used = 0;

	if (!room)
		return 0;
	for (size_t i = 0; i < n && used < room - 1; i++) {
		if (is_blank(text[i])) {
			blank = used > 0;
			continue;
		}
		if (blank) {
			out[used++] = ' ';
			blank = false;
			if (used == room - 1)
				break;
		}
		out[used++] = text[i] > ' ' && text[i] < 0x7f ? text[i] : '?';
	}
	while (used && out[used - 1] == ' ')
		used--;
	out[used] = '\0';
	return used;
}

/* How much of @n bytes goes into a line of @most: up to its last blank, but not less than half
 * of a line, so that the number of lines is bounded. */
static size_t cut(const char *text, size_t n, size_t most)
{
	if (n <= most)
		return n;
	for (size_t i = most; i > most / 2; i--)
		if (text[i] == ' ')
			return i;
	return most;
}

size_t sw_reply_put(char out[SW_REPLY_BYTES], unsigned code, const char *status, const char *text)
{
	char clean[SW_REPLY_TEXT + 1], head[HEAD_BYTES];
	size_t n = sw_reply_clean(clean, sizeof(clean), text, strlen(text)), used = 0;
	const char *rest = clean;
	size_t head_n;

	/* status codes are shorter than that */
	snprintf(head, sizeof(head), "%03u %s%s", code % 1000, status ? status : "",
		 status ? " " : "");
	head_n = strlen(head);
	do {
		size_t part = cut(rest, n, SW_REPLY_LINE - 2 - head_n);

		memcpy(out + used, head, head_n);
		out[used + 3] = part < n ? '-' : ' ';
		used += head_n;
		memcpy(out + used, rest, part);
		used += part;
		memcpy(out + used, "\r\n", 2);
		used += 2;
		rest += part;
		n -= part;
		if (n && *rest == ' ') {
			rest++;
			n--;
		}
	} while (n);
	return used;
}
