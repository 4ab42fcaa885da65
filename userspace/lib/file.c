/* SPDX-License-Identifier: GPL-2.0-only */
/* file - see file.h. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int make_one(const char *path, mode_t mode)
{
	struct stat st;

	if (mkdir(path, mode) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	return stat(path, &st) ? -errno : S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

int sw_folder_make(const char *path, mode_t mode)
{
	char *copy = strdup(path);
	int code = copy ? 0 : -ENOMEM;

	for (char *p = copy; !code && (p = strchr(p + 1, '/')); *p = '/') {
		*p = '\0';
		code = make_one(copy, mode);
	}
	if (!code)
		code = make_one(path, mode);
	free(copy);
	return code;
}

static int write_all(int fd, const char *data, size_t n)
{
	while (n) {
		ssize_t written = write(fd, data, n);

		if (written < 0 && errno != EINTR)
			return -errno;
		if (written > 0) {
			data += written;
			n -= (size_t)written;
		}
	}
	return 0;
}

int sw_file_replace(const char *path, const void *data, size_t n)
{
	char *fresh;
	int code, fd;

	if (asprintf(&fresh, "%s.new", path) < 0)
		return -ENOMEM;
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	code = fd < 0 ? -errno : write_all(fd, data, n);
	if (fd >= 0 && close(fd) && !code)
		code = -errno;
	if (!code && rename(fresh, path))
		code = -errno;
	if (code && fd >= 0)
		unlink(fresh);
	free(fresh);
	return code;
}
