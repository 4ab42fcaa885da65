/* SPDX-License-Identifier: GPL-2.0-only */
/* file - see file.h. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
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

/* What file has taken or lost the name @path is known on the disk. */
static int sync_folder(const char *path)
{
	char *copy = strdup(path);
	int code = 0, fd;

	if (!copy)
		return -ENOMEM;
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd))
		code = -errno;
	if (fd >= 0)
		close(fd);
	free(copy);
	return code;
}

static int replace(const char *path, mode_t mode, const void *data, size_t n, bool sync)
{
	char *fresh;
	int code, fd;

	if (asprintf(&fresh, "%s.new", path) < 0)
		return -ENOMEM;
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
	code = fd < 0 ? -errno : write_all(fd, data, n);
	if (!code && sync && fsync(fd))
		code = -errno;
	if (fd >= 0 && close(fd) && !code)
		code = -errno;
	if (!code && rename(fresh, path))
		code = -errno;
	if (code && fd >= 0)
		unlink(fresh);
	free(fresh);
	return code || !sync ? code : sync_folder(path);
}

int sw_file_replace(const char *path, const void *data, size_t n)
{
	return replace(path, 0644, data, n, false);
}

int sw_file_save(const char *path, const void *data, size_t n)
{
	return replace(path, 0600, data, n, true);
}

int sw_file_remove(const char *path)
{
	int code;

	if (unlink(path) == 0)
		return sync_folder(path);
	code = -errno;
	/* a read-only file system refuses before it has looked whether the file is there */
	return access(path, F_OK) && (errno == ENOENT || errno == ENOTDIR) ? 0 : code;
}

/* Bytes that were read, at most @n, or -errno. */
static ssize_t read_up_to(int fd, char *data, size_t n)
{
	size_t done = 0;
	ssize_t got = 1;

	while (done < n && got) {
		got = read(fd, data + done, n - done);
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got > 0)
			done += (size_t)got;
	}
	return (ssize_t)done;
}

int sw_file_read(const char *path, size_t max, char **ret)
{
	size_t n;

	return sw_file_read_bytes(path, max, ret, &n);
}

int sw_file_read_bytes(const char *path, size_t max, char **ret, size_t *ret_n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), code;

	if (fd < 0)
		return -errno;
	code = sw_file_read_fd(fd, max, ret, ret_n);
	close(fd);
	return code;
}

int sw_file_read_fd(int fd, size_t max, char **ret, size_t *ret_n)
{
	char *text = malloc(max + 2);
	ssize_t n;

	if (!text)
		return -ENOMEM;
	n = read_up_to(fd, text, max + 1);
	if (n > (ssize_t)max)
		n = -EFBIG;
	if (n < 0) {
		free(text);
		return (int)n;
	}
	text[n] = '\0';
	*ret = text;
	*ret_n = (size_t)n;
	return 0;
}
