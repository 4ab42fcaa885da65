/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * input - lines of a list file, gzipped or not; see reader.h. The only file of
 * lists/ that knows zlib, which only gets to see what is compressed. Memory is one
 * buffer, however large the file and its lines are.
 */
#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define BUFFER_BYTES (4 * SW_LINE_MAX)

struct sw_input {
	struct sw_digest *digest;
	int fd;
	gzFile gz; /* NULL: the file is not compressed; else it owns fd */
	struct stat before; /* the file when it was opened */
	size_t start, end; /* what is unread of buf */
	unsigned long number;
	bool continued;
	bool eof;
	char buf[BUFFER_BYTES];
};

/* A descriptor. Not blocking: a FIFO without a writer must not stop the daemon. */
static int open_regular(const char *path, struct stat *st, struct sw_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), code = errno;

	if (fd < 0)
		return sw_err_set(err, -code, "%s", strerror(code));
	if (fstat(fd, st) || !S_ISREG(st->st_mode)) {
		close(fd);
		return sw_err_set(err, -EINVAL, "not a regular file");
	}
	return fd;
}

/* What zlib takes for gzip; anything else it would pass through, slower than we do. */
static bool is_gzip(int fd)
{
	unsigned char magic[2];

	return pread(fd, magic, 2, 0) == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
}

int sw_input_open(const char *path, struct sw_digest *digest, struct sw_input **ret,
		  struct sw_err *err)
{
	struct sw_input *in;
	struct stat before;
	int fd = open_regular(path, &before, err);
	bool gzip;

	if (fd < 0)
		return fd;
	gzip = is_gzip(fd);
	in = malloc(sizeof(*in));
	if (digest)
		sw_digest_start(digest);
	if (in) {
		in->digest = digest;
		in->fd = fd;
		in->before = before;
		in->start = in->end = 0;
		in->number = 0;
		in->continued = in->eof = false;
		in->gz = gzip ? gzdopen(fd, "rb") : NULL;
	}
	if (!in || (gzip && !in->gz)) {
		free(in);
		close(fd);
		return sw_err_set(err, -ENOMEM, "out of memory");
	}
	if (gzip)
		gzbuffer(in->gz, BUFFER_BYTES);
	*ret = in;
	return 0;
}

struct sw_input *sw_input_close(struct sw_input *in)
{
	if (in && in->gz)
		gzclose_r(in->gz);
	else if (in)
		close(in->fd);
	free(in);
	return NULL;
}

static int cannot_read(int number, struct sw_err *err)
{
	int code = number ? -number : -EIO;

	return sw_err_set(err, code, "cannot be read: %s", strerror(-code));
}

/* zlib's errors, translated here and nowhere else. */
static int check_gzip(struct sw_input *in, struct sw_err *err)
{
	int code, number = errno;
	const char *text = gzerror(in->gz, &code);

	switch (code) {
	case Z_OK:
	case Z_STREAM_END:
		return 0;
	case Z_ERRNO:
		return cannot_read(number, err);
	case Z_MEM_ERROR:
		return sw_err_set(err, -ENOMEM, "out of memory");
	case Z_BUF_ERROR:
		return sw_err_set(err, -EBADMSG, "truncated: the gzip data ends too early");
	default:
		return sw_err_set(err, -EBADMSG, "damaged gzip data (%s)", text);
	}
}

/* Up to @n more bytes: how many; 0 at the end; -errno. */
static int read_some(struct sw_input *in, char *to, size_t n, struct sw_err *err)
{
	ssize_t got;

	errno = 0;
	if (in->gz) {
		int text = gzread(in->gz, to, (unsigned)n);

		return text > 0 ? text : check_gzip(in, err);
	}
	do
		got = read(in->fd, to, n);
	while (got < 0 && errno == EINTR);
	return got < 0 ? cannot_read(errno, err) : (int)got;
}

/* What somebody is writing is not all there, or a mixture of old and new. */
static int check_same(const struct sw_input *in, struct sw_err *err)
{
	const struct stat *was = &in->before;
	struct stat is;

	if (fstat(in->fd, &is) ||
	    (is.st_size == was->st_size && is.st_mtim.tv_sec == was->st_mtim.tv_sec &&
	     is.st_mtim.tv_nsec == was->st_mtim.tv_nsec))
		return 0;
	return sw_err_set(err, -EAGAIN,
			  "changed while it was read; write another file and rename it to this");
}

/* Move what is unread to the front and read more behind it. */
static int fill(struct sw_input *in, struct sw_err *err)
{
	memmove(in->buf, in->buf + in->start, in->end - in->start);
	in->end -= in->start;
	in->start = 0;
	while (!in->eof && in->end < BUFFER_BYTES) {
		int n = read_some(in, in->buf + in->end, BUFFER_BYTES - in->end, err);

		if (n < 0)
			return n;
		in->eof = n == 0;
		if (in->eof && check_same(in, err))
			return -EAGAIN;
		if (in->digest)
			sw_digest_add(in->digest, in->buf + in->end, (size_t)n);
		in->end += (size_t)n;
	}
	return 0;
}

int sw_input_peek(struct sw_input *in, const char **text, size_t *n, bool *whole,
		  struct sw_err *err)
{
	int code = fill(in, err);

	if (code)
		return code;
	*text = in->buf + in->start;
	*n = in->end - in->start;
	*whole = in->eof;
	return 0;
}

static int next_line(struct sw_input *in, size_t n, size_t skip, struct sw_line *ret)
{
	ret->text = in->buf + in->start;
	ret->n = n;
	ret->more = skip == 0 && (in->start + n < in->end || !in->eof);
	ret->continued = in->continued;
	if (!in->continued)
		in->number++;
	ret->number = in->number;
	in->continued = ret->more;
	in->start += n + skip;
	return 1;
}

int sw_input_line(struct sw_input *in, struct sw_line *ret, struct sw_err *err)
{
	for (;;) {
		size_t have = in->end - in->start;
		const char *text = in->buf + in->start;
		size_t search = have < SW_LINE_MAX + 1 ? have : SW_LINE_MAX + 1;
		const char *newline = memchr(text, '\n', search);
		int code;

		if (newline)
			return next_line(in, (size_t)(newline - text), 1, ret);
		if (have > SW_LINE_MAX)
			return next_line(in, SW_LINE_MAX, 0, ret);
		if (in->eof)
			return have || in->continued ? next_line(in, have, 0, ret) : 0;
		code = fill(in, err);
		if (code)
			return code;
	}
}

int sw_input_skip(struct sw_input *in, struct sw_err *err)
{
	int code = 0;

	while (!in->eof && !code) {
		in->start = in->end;
		code = fill(in, err);
	}
	return code;
}
