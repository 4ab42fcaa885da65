/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * log - see log.h. A line is written with one write(2), so that lines of several
 * processes do not mix; one that is too long is cut.
 */
#include "log.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_MAX_BYTES 2048
#define NOTE_BYTES 1024

static int highest = LOG_INFO;

static const char *const names[] = {
	[LOG_EMERG] = "emergency", [LOG_ALERT] = "alert",     [LOG_CRIT] = "critical",
	[LOG_ERR] = "error",	   [LOG_WARNING] = "warning", [LOG_NOTICE] = "notice",
	[LOG_INFO] = "info",	   [LOG_DEBUG] = "debug",
};

/* JOURNAL_STREAM names device and inode of the journal's socket: a child whose
 * standard error went elsewhere inherits the variable all the same. */
static bool to_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

void sw_log_level(int level)
{
	highest = level;
}

/* Copy @words with control characters written as \xNN. Returns the new end. */
static char *copy_clean(char *out, const char *end, const char *words)
{
	for (const unsigned char *p = (const unsigned char *)words; *p && end - out > 5; p++) {
		if (*p < 0x20 || *p == 0x7f)
			out += sprintf(out, "\\x%02x", *p);
		else
			*out++ = (char)*p;
	}
	return out;
}

void sw_log(int level, const char *format, ...)
{
	char words[LINE_MAX_BYTES], line[LINE_MAX_BYTES], *end;
	va_list args;
	int n;

	if (level > highest || level < LOG_EMERG)
		return;
	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	if (to_journal())
		n = snprintf(line, sizeof(line), "<%d>", level);
	else
		n = snprintf(line, sizeof(line), "%s: ", names[level]);
	end = copy_clean(line + n, line + sizeof(line) - 1, words);
	*end++ = '\n';
	if (write(STDERR_FILENO, line, (size_t)(end - line)) < 0)
		return; /* there is nowhere left to say so */
}

void sw_log_note(sw_note_fn note, void *ctx, int level, const char *format, ...)
{
	char text[NOTE_BYTES];
	va_list args;

	if (!note)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	note(ctx, level, text);
}
