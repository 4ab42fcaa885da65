/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * file - folders made and small files replaced. 0 or -errno, no words: the caller
 * knows what the file is for.
 */
#ifndef SYNWARD_LIB_FILE_H
#define SYNWARD_LIB_FILE_H

#include <stddef.h>
#include <sys/types.h>

/* Make the folder @path and those above it that are missing. */
int sw_folder_make(const char *path, mode_t mode);

/* Replace @path by @n bytes of @data, at once: a reader sees the old file whole or the
 * new one whole. Mode 0644. */
int sw_file_replace(const char *path, const void *data, size_t n);

/* The same for what has to survive a crash of the machine: it is on the disk when this
 * returns. Mode 0600. */
int sw_file_save(const char *path, const void *data, size_t n);

/* Remove @path for good, likewise. No failure when it is not there. */
int sw_file_remove(const char *path);

/* All of the file as a string, to be freed. -EFBIG: it has more than @max bytes. */
int sw_file_read(const char *path, size_t max, char **ret);
/* The same for what may have a NUL in it; *@n bytes. */
int sw_file_read_bytes(const char *path, size_t max, char **ret, size_t *n);
/* The same of what is open already, a pipe for one, from where it stands to its end. */
int sw_file_read_fd(int fd, size_t max, char **ret, size_t *n);

#endif
