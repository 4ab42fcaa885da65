/* SPDX-License-Identifier: GPL-2.0-only */
/* folder - see folder.h. */
#include "support/folder.h"

#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

static void fail(const char *what)
{
	perror(what);
	exit(2);
}

#define ROOM (UINT64_C(256) << 20)

/* Most tests are not about the disk: memory, where there is enough and programs may be run in it,
 * is faster. */
static const char *parent_of_all(void)
{
	const char *parent = getenv("TMPDIR");
	struct statvfs fs;

	if (parent)
		return parent;
	if (access("/dev/shm", W_OK) || statvfs("/dev/shm", &fs) || (fs.f_flag & ST_NOEXEC) ||
	    (uint64_t)fs.f_bavail * fs.f_frsize < ROOM)
		return "/tmp";
	return "/dev/shm";
}

char *folder_make(void)
{
	char *path;

	if (asprintf(&path, "%s/synward-test.XXXXXX", parent_of_all()) < 0 || !mkdtemp(path))
		fail("mkdtemp");
	return path;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

void folder_remove(char *folder)
{
	if (folder)
		nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(folder);
}

const char *folder_path(const char *folder, const char *name)
{
	static char paths[8][FOLDER_PATH];
	static unsigned next;
	char *path = paths[next++ % 8];

	if (snprintf(path, FOLDER_PATH, "%s/%s", folder, name) >= FOLDER_PATH)
		fail("a path that is too long");
	return path;
}

const char *folder_write_bytes(const char *folder, const char *name, const void *data, size_t n)
{
	const char *path = folder_path(folder, name);
	FILE *file = fopen(path, "w");

	if (!file || fwrite(data, 1, n, file) != n || fclose(file))
		fail(path);
	return path;
}

const char *folder_write(const char *folder, const char *name, const char *text)
{
	return folder_write_bytes(folder, name, text, strlen(text));
}
