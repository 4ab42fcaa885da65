/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * saver - save a file and do not wait for the disk: in a thread that lives as long as that
 * takes, and touches nothing but what it was given.
 */
#ifndef SYNWARD_LIB_SAVER_H
#define SYNWARD_LIB_SAVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sw_saver;

/*
 * Save @n bytes of @data as @path, as sw_file_save does, after @seal (NULL: nothing) was called
 * for them in the thread. Takes @data, which free(3) frees, also when it fails. -ENOMEM, -EAGAIN.
 */
int sw_saver_start(const char *path, uint8_t *data, size_t n, void (*seal)(uint8_t *data, size_t n),
		   struct sw_saver **ret);

/* Does sw_saver_end not have to wait any more? */
bool sw_saver_is_done(const struct sw_saver *saver);

/* Wait for it, and say what became of it: 0 or -errno. Frees @saver. */
int sw_saver_end(struct sw_saver *saver);

#endif
