/* SPDX-License-Identifier: GPL-2.0-only */
/* folder - see folder.h. */
#include "support/folder.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void fail(const char *what)
{
	perror(what);
	exit(2);
}

char *folder_make(void)
{
	const char *parent = getenv("TMPDIR");
	char *path;

	if (asprintf(&path, "%s/synward-test.XXXXXX", parent ? parent : "/tmp") < 0 ||
	    !mkdtemp(path))
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
