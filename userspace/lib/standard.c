/* SPDX-License-Identifier: GPL-2.0-only */
/* standard - see standard.h. */
#include "standard.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int sw_standard_open(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		/* the lowest number that is free is this one */
		if (open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			return -errno;
	}
	return 0;
}
