/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * socket_file - the file of a Unix socket that one group may use.
 *
 * It has its owner and mode when it appears under its name, and is removed at the end unless it
 * is another's by then. The caller holds the lock of the folder, so a socket that is there is one
 * that nobody reads.
 */
#ifndef SYNWARD_DAEMON_SOCKET_FILE_H
#define SYNWARD_DAEMON_SOCKET_FILE_H

#include <sys/types.h>
#include <sys/un.h>

#include "lib/err.h"

struct sw_socket_file {
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	int fd; /* does not block; -1: there is none */
	dev_t device; /* of the file, by which it is ours */
	ino_t inode;
};

struct sw_socket_file_options {
	const char *path;
	int type; /* SOCK_DGRAM, SOCK_SEQPACKET; the latter listens */
	const char *group; /* root's when there is none of that name */
	void (*note)(void *ctx, int level, const char *text); /* level as in syslog; NULL */
	void *ctx;
};

/* -EEXIST: something that is no socket is there. -ENAMETOOLONG, -errno, with words. */
int sw_socket_file_make(const struct sw_socket_file_options *options, struct sw_socket_file *ret,
			struct sw_err *err);
/* Close and remove it; fine when nothing was made but .fd is -1 and all else 0. */
void sw_socket_file_remove(struct sw_socket_file *f);

#endif
