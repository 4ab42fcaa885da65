/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * config_text - a config file as text that libconfuse can be given.
 *
 * libconfuse 3.3 loses count of lines at comments, takes none inside braces, and
 * says nothing of a section that is never closed, so comments are blanked and
 * braces counted before it sees the text. What can be no config (binary, huge)
 * ends here.
 */
#include "config_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"

#define FILE_MAX (1u << 20)
#define LINE_MAX_BYTES 4096 /* libconfuse takes quadratic time over long words */

static int check_bytes(struct sw_config_reader *r, const char *text, size_t size)
{
	unsigned line = 1;
	size_t column = 0;

	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '\n') {
			line++;
			column = 0;
			continue;
		}
		if (c == 0x7f || (c < 0x20 && c != '\t' && c != '\r')) {
			sw_config_complain(
				r, line, "byte 0x%02x: this is no text; is it the right file?", c);
			return -EINVAL;
		}
		if (++column > LINE_MAX_BYTES) {
			sw_config_complain(r, line, "line of more than %d bytes; break it",
					   LINE_MAX_BYTES);
			return -EINVAL;
		}
	}
	return 0;
}

/* ---- comments and braces ---- */

#define DEPTH 16

struct scan {
	char *p;
	unsigned line;
	unsigned open[DEPTH]; /* where braces were opened */
	unsigned depth;
	bool word; /* inside an unquoted word, where // is part of it */
};

static bool skip_string(struct sw_config_reader *r, struct scan *s)
{
	unsigned start = s->line;
	char quote = *s->p++;

	for (; *s->p && *s->p != quote; s->p++) {
		if (*s->p == '\\' && s->p[1])
			s->p++;
		if (*s->p == '\n')
			s->line++;
	}
	if (!*s->p) {
		sw_config_complain(r, start, "the string that begins here is never closed; add %c",
				   quote);
		return false;
	}
	s->p++;
	return true;
}

static void blank_line(struct scan *s)
{
	while (*s->p && *s->p != '\n')
		*s->p++ = ' ';
}

static bool blank_block(struct sw_config_reader *r, struct scan *s)
{
	char *end = strstr(s->p + 2, "*/");

	if (!end) {
		sw_config_complain(r, s->line,
				   "the comment that begins here is never closed; add */");
		return false;
	}
	for (end += 2; s->p < end; s->p++) {
		if (*s->p == '\n')
			s->line++;
		else
			*s->p = ' ';
	}
	return true;
}

static void count_brace(struct scan *s)
{
	if (*s->p == '{') {
		if (s->depth < DEPTH)
			s->open[s->depth] = s->line;
		s->depth++;
	} else if (s->depth) {
		s->depth--;
	}
}

static bool scan_one(struct sw_config_reader *r, struct scan *s)
{
	char c = *s->p;

	if (c == '"' || c == '\'') {
		s->word = false;
		return skip_string(r, s);
	}
	if (c == '#' || (c == '/' && s->p[1] == '/' && !s->word)) {
		blank_line(s);
		return true;
	}
	if (c == '/' && s->p[1] == '*') {
		s->word = false;
		return blank_block(r, s);
	}
	if (c == '\n')
		s->line++;
	else if (c == '{' || c == '}')
		count_brace(s);
	s->word = !strchr(" \t\r\n={}(),+", c);
	s->p++;
	return true;
}

static int blank_comments(struct sw_config_reader *r, char *text)
{
	struct scan s = { .p = text, .line = 1 };

	while (*s.p)
		if (!scan_one(r, &s))
			return -EINVAL;
	if (s.depth) {
		sw_config_complain(r, s.open[s.depth <= DEPTH ? s.depth - 1 : DEPTH - 1],
				   "the { of this line is never closed; add }");
		return -EINVAL;
	}
	return 0;
}

char *sw_config_text(struct sw_config_reader *r, int *code)
{
	char *text = NULL;
	size_t size = 0;

	*code = sw_file_read_bytes(r->path, FILE_MAX, &text, &size);
	if (!text) {
		if (*code == -EFBIG)
			sw_config_complain(r, 0,
					   "more than %u bytes; this cannot be a configuration",
					   FILE_MAX);
		else
			sw_config_complain(r, 0, "%s", strerror(-*code));
		return NULL;
	}
	*code = check_bytes(r, text, size);
	if (!*code) {
		r->config->text = strdup(text);
		*code = r->config->text ? 0 : -ENOMEM;
	}
	if (!*code)
		*code = blank_comments(r, text);
	if (*code) {
		free(text);
		return NULL;
	}
	return text;
}
