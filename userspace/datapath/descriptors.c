/* SPDX-License-Identifier: GPL-2.0-only */
/* descriptors - see descriptors.h. */
#include "descriptors.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct sw_descriptors sw_descriptors_open(void)
{
	struct sw_descriptors d = { { 0 } };

	for (int fd = 0; fd < SW_DESCRIPTORS_MAX; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			d.open[fd / 64] |= 1ull << fd % 64;
	return d;
}

static bool is_bpf(int fd)
{
	static const char kind[] = "anon_inode:bpf";
	char path[32], target[32];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, target, sizeof(target));
	return n >= (ssize_t)strlen(kind) && !memcmp(target, kind, strlen(kind));
}

void sw_descriptors_close_bpf(const struct sw_descriptors *before)
{
	for (int fd = 0; fd < SW_DESCRIPTORS_MAX; fd++)
		if (!(before->open[fd / 64] >> fd % 64 & 1) && fcntl(fd, F_GETFD) >= 0 &&
		    is_bpf(fd))
			close(fd);
}
