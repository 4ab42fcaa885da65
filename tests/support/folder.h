/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * folder - a folder of a test's own, with files in it. Ends the program when it
 * cannot be made: without it no test says anything.
 */
#ifndef SYNWARD_TESTS_SUPPORT_FOLDER_H
#define SYNWARD_TESTS_SUPPORT_FOLDER_H

#include <stddef.h>

#define FOLDER_PATH 256

/* Make a new folder below $TMPDIR, /dev/shm or /tmp; its path, to be freed. */
char *folder_make(void);

/* Remove @folder with all that is in it, and free the path. */
void folder_remove(char *folder);

/* @folder/@name in one of a few static buffers. */
const char *folder_path(const char *folder, const char *name);

/* Write @text, or @n bytes of @data, as @folder/@name; its path. */
const char *folder_write(const char *folder, const char *name, const char *text);
const char *folder_write_bytes(const char *folder, const char *name, const void *data, size_t n);

#endif
