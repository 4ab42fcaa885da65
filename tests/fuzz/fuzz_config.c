/* SPDX-License-Identifier: GPL-2.0-only */
/* Any bytes as synward.conf: read or refused with words, and nothing else. */
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void note(void *ctx, const char *text)
{
	++*(unsigned *)ctx;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_config *config = NULL;
	unsigned notes = 0;
	char path[64];
	int fd = memfd_create("synward.conf", MFD_CLOEXEC), code;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	code = sw_config_read(path, note, &notes, &config);
	if (code ? !notes || config : notes || !config)
		abort();
	sw_config_free(config);
	close(fd);
	return 0;
}
