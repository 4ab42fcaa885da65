/* SPDX-License-Identifier: GPL-2.0-only */
/* descriptors - see descriptors.h. */
#include "descriptors.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void sw_descriptors_add(struct sw_descriptors *d, int fd)
{
	if (fd >= 0 && fd < SW_DESCRIPTORS_MAX)
		d->open[fd / 64] |= 1ull << fd % 64;
}

struct sw_descriptors sw_descriptors_open(void)
{
	struct sw_descriptors d = { { 0 } };

	for (int fd = 0; fd < SW_DESCRIPTORS_MAX; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			sw_descriptors_add(&d, fd);
	return d;
}

static bool is_program(int fd)
{
	char path[32], target[32];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return false;
	target[n] = '\0';
	return !strcmp(target, "anon_inode:bpf-prog");
}

void sw_descriptors_close_programs(const struct sw_descriptors *keep)
{
	for (int fd = 0; fd < SW_DESCRIPTORS_MAX; fd++)
		if (!(keep->open[fd / 64] >> fd % 64 & 1) && fcntl(fd, F_GETFD) >= 0 &&
		    is_program(fd))
			close(fd);
}
