/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * input - lines of a list file, gzipped or not; see reader.h. The only file of
 * lists/ that knows zlib. Memory is one buffer, however large the file and its
 * lines are.
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
	gzFile gz;
	size_t start, end; /* what is unread of buf */
	unsigned long number;
	bool continued;
	bool eof;
	char buf[BUFFER_BYTES];
};

/* A descriptor. Not blocking: a FIFO without a writer must not stop the daemon. */
static int open_regular(const char *path, struct sw_err *err)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), code = errno;

	if (fd < 0)
		return sw_err_set(err, -code, "%s", strerror(code));
	if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode)) {
		close(fd);
		return sw_err_set(err, -EINVAL, "not a regular file");
	}
	return fd;
}

int sw_input_open(const char *path, struct sw_input **ret, struct sw_err *err)
{
	struct sw_input *in;
	int fd = open_regular(path, err);

	if (fd < 0)
		return fd;
	in = malloc(sizeof(*in));
	if (in) {
		in->start = in->end = 0;
		in->number = 0;
		in->continued = in->eof = false;
		in->gz = gzdopen(fd, "rb");
	}
	if (!in || !in->gz) {
		free(in);
		close(fd);
		return sw_err_set(err, -ENOMEM, "out of memory");
	}
	gzbuffer(in->gz, BUFFER_BYTES);
	*ret = in;
	return 0;
}

struct sw_input *sw_input_close(struct sw_input *in)
{
	if (in)
		gzclose_r(in->gz);
	free(in);
	return NULL;
}

/* zlib's errors, translated here and nowhere else. */
static int check(struct sw_input *in, struct sw_err *err)
{
	int code;
	const char *text = gzerror(in->gz, &code);

	switch (code) {
	case Z_OK:
	case Z_STREAM_END:
		return 0;
	case Z_ERRNO:
		code = errno ? -errno : -EIO;
		return sw_err_set(err, code, "cannot be read: %s", strerror(-code));
	case Z_MEM_ERROR:
		return sw_err_set(err, -ENOMEM, "out of memory");
	case Z_BUF_ERROR:
		return sw_err_set(err, -EBADMSG, "truncated: the gzip data ends too early");
	default:
		return sw_err_set(err, -EBADMSG, "damaged gzip data (%s)", text);
	}
}

/* Move what is unread to the front and read more behind it. */
static int fill(struct sw_input *in, struct sw_err *err)
{
	int n;

	memmove(in->buf, in->buf + in->start, in->end - in->start);
	in->end -= in->start;
	in->start = 0;
	while (!in->eof && in->end < BUFFER_BYTES) {
		errno = 0;
		n = gzread(in->gz, in->buf + in->end, (unsigned)(BUFFER_BYTES - in->end));
		if (n > 0) {
			in->end += (size_t)n;
			continue;
		}
		in->eof = true;
		return check(in, err);
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
