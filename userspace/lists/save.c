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

static void put(FILE *out, const struct sw_prefix *p, uint8_t flags)
{
	char buf[SW_PREFIX_TEXT];

	if (flags & SW_ENTRY_EXCLUDE)
		putc_unlocked('!', out);
	fputs_unlocked(sw_prefix_format(p, buf), out);
	putc_unlocked('\n', out);
}

static void put_all(FILE *out, const struct sw_list *list)
{
	fprintf(out, "# %zu IPv4 and %zu IPv6 entries; \"!\" marks what is not listed\n", list->n4,
		list->n6);
	for (size_t i = 0; i < list->n4; i++) {
		struct sw_prefix p = sw_prefix_ip4(list->entries4[i].addr, list->entries4[i].len);

		put(out, &p, list->entries4[i].flags);
	}
	for (size_t i = 0; i < list->n6; i++) {
		struct sw_prefix p = sw_prefix_ip6(list->entries6[i].hi, list->entries6[i].lo,
						   list->entries6[i].len);

		put(out, &p, list->entries6[i].flags);
	}
}

/* Fill @fd, which is closed in any case. */
static int write_list(int fd, const struct sw_list *list)
{
	FILE *out = fdopen(fd, "w");
	int code = 0;

	if (!out) {
		close(fd);
		return -ENOMEM;
	}
	errno = 0;
	put_all(out, list);
	if (fflush(out) || ferror(out) || fsync(fd))
		code = errno ? -errno : -EIO;
	if (fclose(out) && code == 0)
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
