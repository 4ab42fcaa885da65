/* SPDX-License-Identifier: GPL-2.0-only */
/* follow_part - one file: read on, cut into lines, known again. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "follow_parts.h"

#define CHUNK 65536

static ssize_t read_at(int fd, void *data, size_t n, uint64_t offset)
{
	ssize_t got;

	do {
		got = pread(fd, data, n, (off_t)offset);
	} while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : got;
}

/* FNV-1a. What a file begins with is no secret, and nobody gains by two that look alike. */
static uint64_t digest(const unsigned char *data, size_t n)
{
	uint64_t h = 0xcbf29ce484222325ull;

	for (size_t i = 0; i < n; i++)
		h = (h ^ data[i]) * 0x100000001b3ull;
	return h;
}

/* The digest of the first @n bytes; -ESTALE: it has fewer. */
static int head_of(int fd, uint32_t n, uint64_t *ret)
{
	unsigned char head[HEAD];
	ssize_t got = n ? read_at(fd, head, n, 0) : 0;

	if (got < 0)
		return (int)got;
	if ((size_t)got < n)
		return -ESTALE;
	*ret = digest(head, n);
	return 0;
}

/* As many as are known to be there, up to @seen. */
static void widen_head(int fd, struct position *at, uint64_t seen)
{
	uint32_t n = seen < HEAD ? (uint32_t)seen : HEAD;

	if (n > at->head_n && !head_of(fd, n, &at->head))
		at->head_n = n;
}

int follow_position(int fd, bool end, struct position *ret)
{
	struct position at = { .offset = 0 };
	struct stat st;
	char last = '\n';

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	at.device = st.st_dev;
	at.inode = st.st_ino;
	if (end && st.st_size > 0) {
		at.offset = (uint64_t)st.st_size;
		if (read_at(fd, &last, 1, at.offset - 1) == 1)
			at.inside = last != '\n';
		widen_head(fd, &at, at.offset);
	}
	*ret = at;
	return 0;
}

bool follow_is_same(int fd, const struct position *at)
{
	struct stat st;
	uint64_t head;

	return fstat(fd, &st) == 0 && (uint64_t)st.st_size >= at->offset &&
	       head_of(fd, at->head_n, &head) == 0 && (!at->head_n || head == at->head);
}

int follow_part_open(struct part *p, int fd, const struct position *at)
{
	struct position own = { .offset = 0 };
	int code = follow_position(fd, false, &own);
	char *line = code ? NULL : malloc(SW_FOLLOW_LINE);

	if (!line)
		return code ? code : -ENOMEM;
	*p = (struct part){ .fd = fd, .at = *at, .line = line };
	p->at.device = own.device;
	p->at.inode = own.inode;
	return 0;
}

void follow_part_close(struct part *p)
{
	close(p->fd);
	free(p->line);
	*p = (struct part){ .fd = -1 };
}

/* A line, or the rest of one, is complete: @n bytes of it are in @data. */
static void end_line(struct sw_follow *f, struct part *p, const char *data, size_t n)
{
	const char *line = p->read ? p->line : data;
	size_t all = p->read ? p->read : n;

	if (p->at.inside) {
		p->at.inside = false;
		return;
	}
	/* a writer that did not know of a truncation leaves a hole before its next line */
	while (all && !*line) {
		line++;
		all--;
	}
	f->counts.lines++;
	f->give(f->ctx, line, all);
}

/* What came after the last newline. */
static void keep_rest(struct sw_follow *f, struct part *p, const char *data, size_t n)
{
	if (!p->at.inside && p->read + n <= SW_FOLLOW_LINE) {
		memcpy(p->line + p->read, data, n);
		p->read += n;
		return;
	}
	if (!p->at.inside)
		f->counts.too_long++;
	p->at.inside = true;
	p->at.offset += p->read + n;
	p->read = 0;
}

/* Give the lines that @n new bytes end. */
static void take(struct sw_follow *f, struct part *p, const char *data, size_t n)
{
	const char *end;

	while ((end = memchr(data, '\n', n))) {
		size_t part = (size_t)(end - data);

		if (p->read && part)
			keep_rest(f, p, data, part);
		else if (part > SW_FOLLOW_LINE)
			keep_rest(f, p, data, part);
		else if (!p->read)
			p->at.offset += part;
		end_line(f, p, data, part);
		p->at.offset += p->read + 1;
		p->read = 0;
		data = end + 1;
		n -= part + 1;
	}
	if (n)
		keep_rest(f, p, data, n);
}

/* Where a hole ends that a writer left; the position itself when there is none. */
static void pass_hole(struct part *p)
{
	off_t data;

	if (p->read || p->at.offset)
		return;
	data = lseek(p->fd, 0, SEEK_DATA);
	if (data > 0) {
		p->at.offset = (uint64_t)data;
		widen_head(p->fd, &p->at, p->at.offset);
	}
}

int follow_part_read(struct sw_follow *f, struct part *p, size_t *bytes, int64_t now_ms)
{
	static char data[CHUNK];
	ssize_t n;

	pass_hole(p);
	while (*bytes) {
		size_t wanted = *bytes < CHUNK ? *bytes : CHUNK;

		n = read_at(p->fd, data, wanted, p->at.offset + p->read);
		/* looked at after the read: what was read is of the file that it was */
		if (n < 0 || !follow_is_same(p->fd, &p->at))
			return n < 0 ? (int)n : -ESTALE;
		if (n == 0)
			return 0;
		take(f, p, data, (size_t)n);
		widen_head(p->fd, &p->at, p->at.offset + p->read);
		p->since_ms = now_ms;
		f->counts.bytes += (size_t)n;
		f->dirty = true;
		*bytes -= (size_t)n;
	}
	return 1;
}
