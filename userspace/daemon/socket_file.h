/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * socket_file - the file of a Unix socket that one group may use.
 *
 * It appears under its name when it has its owner and mode and is listened on, never before; and
 * it takes the place of what was there in one step. So nobody finds it open to others for a
 * moment, and nobody finds it dead while a daemon runs. It is removed at the end, unless it is
 * another's by then.
 */
#ifndef SYNWARD_DAEMON_SOCKET_FILE_H
#define SYNWARD_DAEMON_SOCKET_FILE_H

#include <stdbool.h>
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
	int type; /* SOCK_DGRAM; SOCK_STREAM, SOCK_SEQPACKET: it is listened on */
	bool yields; /* to whom answers there; false: a socket that is there is a dead one */
	const char *group; /* root's when there is none of that name */
	void (*note)(void *ctx, int level, const char *text); /* level as in syslog; NULL */
	void *ctx;
};

/* -EEXIST: something that is no socket is there. -EADDRINUSE: another synwardd.
 * -ENAMETOOLONG, -errno; all with words. */
int sw_socket_file_make(const struct sw_socket_file_options *options, struct sw_socket_file *ret,
			struct sw_err *err);
/* Close and remove it; fine when nothing was made but .fd is -1 and all else 0. */
void sw_socket_file_remove(struct sw_socket_file *f);

#endif
