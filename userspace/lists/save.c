/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * save - write a list so that read_plain.c reads the same entries again; see
 * list.h. The new file is complete and on the disk before it takes the name.
 */
#include "list.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_BYTES (256 * 1024)

/* Text on its way to a file. Nothing is written any more after a failure. */
struct out {
	int fd;
	int code;
	size_t n;
	char buf[BUFFER_BYTES];
};

static void flush(struct out *out)
{
	for (size_t done = 0; !out->code && done < out->n;) {
		ssize_t n = write(out->fd, out->buf + done, out->n - done);

		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			out->code = n ? -errno : -EIO;
	}
	out->n = 0;
}

static void put(struct out *out, const struct sw_prefix *p, uint8_t flags)
{
	if (out->n + SW_PREFIX_TEXT + 2 > sizeof(out->buf))
		flush(out);
	if (flags & SW_ENTRY_EXCLUDE)
		out->buf[out->n++] = '!';
	out->n += sw_prefix_put(p, out->buf + out->n);
	out->buf[out->n++] = '\n';
}

static void put_all(struct out *out, const struct sw_list *list)
{
	out->n = (size_t)snprintf(
		out->buf, sizeof(out->buf),
		"# %zu IPv4 and %zu IPv6 entries; \"!\" marks what is not listed\n", list->n4,
		list->n6);
	for (size_t i = 0; i < list->n4; i++) {
		const struct sw_entry4 *e = &list->entries4[i];
		struct sw_prefix p = { .lo = e->addr, .family = 4, .len = e->len };

		put(out, &p, e->flags);
	}
	for (size_t i = 0; i < list->n6; i++) {
		const struct sw_entry6 *e = &list->entries6[i];
		struct sw_prefix p = { .hi = e->hi, .lo = e->lo, .family = 6, .len = e->len };

		put(out, &p, e->flags);
	}
	flush(out);
}

/* Fill @fd, which is closed in any case. */
static int write_list(int fd, const struct sw_list *list)
{
	struct out *out = malloc(sizeof(*out));
	int code = -ENOMEM;

	if (out) {
		out->fd = fd;
		out->code = 0;
		put_all(out, list);
		code = out->code;
	}
	free(out);
	if (code == 0 && fsync(fd))
		code = -errno;
	if (close(fd) && code == 0)
		code = -errno;
	return code;
}

/* A rename lasts once the directory is on the disk. */
static void sync_directory(const char *path)
{
	char copy[PATH_MAX];
	int fd;

	snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
}

int sw_list_save(const struct sw_list *list, const char *path, struct sw_err *err)
{
	char temporary[PATH_MAX];
	int fd, code;

	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= (int)sizeof(temporary))
		return sw_err_set(err, -ENAMETOOLONG, "%s: the name is too long", path);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return sw_err_set(err, -errno, "%s: %s", temporary, strerror(errno));
	fchmod(fd, 0644);
	code = write_list(fd, list);
	if (code == 0 && rename(temporary, path))
		code = -errno;
	if (code) {
		unlink(temporary);
		return sw_err_set(err, code, "%s: cannot be written: %s", path, strerror(-code));
	}
	sync_directory(path);
	return 0;
}
