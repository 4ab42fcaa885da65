/* SPDX-License-Identifier: GPL-2.0-only */
/* follow_find - the file that was read, under the name that rotation gave it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "follow_parts.h"

#define ROTATED_MAX 1024 /* files of one log that are looked at */

/* "mail.log.1", "mail.log-20261126", "mail.log.2026-11-26.1" for "mail.log". */
static bool is_rotated(const char *name, const char *base)
{
	size_t n = strlen(base);

	if (strncmp(name, base, n) || (name[n] != '.' && name[n] != '-'))
		return false;
	name += n + 1;
	return *name >= '0' && *name <= '9' && strspn(name, "0123456789.-_T") == strlen(name);
}

/* The number of "mail.log.1"; 0: it has a date, or something longer. */
static int number_of(const char *path)
{
	const char *suffix = path + strlen(path);

	while (suffix > path && suffix[-1] >= '0' && suffix[-1] <= '9')
		suffix--;
	return suffix[-1] == '.' && strlen(suffix) < 4 ? atoi(suffix) : 0;
}

/* The oldest first, by their names: the time of a rotated file says when its writer had heard
 * of it. Numbers grow with age, dates do not. */
static int by_age(const void *a, const void *b)
{
	const char *x = ((const struct rotated *)a)->path, *y = ((const struct rotated *)b)->path;
	int i = number_of(x), j = number_of(y);

	if (i && j)
		return j - i;
	return i || j ? i - j : strcmp(x, y);
}

static int add(struct rotated **list, size_t *n, const char *folder, const char *name)
{
	struct rotated *grown = reallocarray(*list, *n + 1, sizeof(*grown));
	struct rotated *r;

	if (!grown)
		return -ENOMEM;
	*list = grown;
	r = &grown[*n];
	if ((size_t)snprintf(r->path, sizeof(r->path), "%s/%s", folder, name) >= sizeof(r->path))
		return 0;
	if (stat(r->path, &r->st) == 0 && S_ISREG(r->st.st_mode))
		(*n)++;
	return 0;
}

int follow_find_rotated(const char *path, struct rotated **ret, size_t *n)
{
	char *for_folder = strdup(path), *for_base = strdup(path);
	const char *folder = for_folder ? dirname(for_folder) : NULL;
	const char *base = for_base ? basename(for_base) : NULL;
	DIR *dir = folder && base ? opendir(folder) : NULL;
	int code = folder && base ? dir ? 0 : -errno : -ENOMEM;
	const struct dirent *entry;

	*ret = NULL;
	*n = 0;
	/* readdir_r is obsolete, and nobody else has this stream */
	/* cppcheck-suppress readdirCalled */
	while (!code && dir && *n < ROTATED_MAX && (entry = readdir(dir)))
		if (is_rotated(entry->d_name, base))
			code = add(ret, n, folder, entry->d_name);
	if (dir)
		closedir(dir);
	free(for_folder);
	free(for_base);
	if (code) {
		free(*ret);
		*ret = NULL;
	} else if (*n) {
		qsort(*ret, *n, sizeof(**ret), by_age);
	}
	return code;
}

/* Opened, when it is the file of @at; -1. */
static int open_same(const struct rotated *r, const struct position *at)
{
	int fd = open(r->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd >= 0 && follow_is_same(fd, at))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* By its inode, when it was renamed; a copy is told by how it begins. Devices get other numbers
 * when a machine starts. */
int follow_find(const struct rotated *list, size_t n, const struct position *at, size_t *ret)
{
	for (int copies = 0; copies < 2; copies++) {
		for (size_t i = n; i-- > 0;) {
			int fd;

			if (copies ? at->head_n < COPY_HEAD : list[i].st.st_ino != at->inode)
				continue;
			fd = open_same(&list[i], at);
			if (fd >= 0) {
				*ret = i;
				return fd;
			}
		}
	}
	return -ENOENT;
}
