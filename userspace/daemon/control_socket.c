/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * control_socket - the file that clients connect to.
 *
 * It appears under its name when it has its owner and mode and is listened on, never
 * before; and it takes the place of what was there in one step. So nobody finds it open
 * to others for a moment, and nobody finds it dead while a daemon runs.
 */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "control_parts.h"

#define BACKLOG 256
#define FRESH ".new" /* behind the name, until it is ready */

/* The address of @path with @suffix. */
static int address(const char *path, const char *suffix, struct sockaddr_un *ret,
		   struct sw_err *err)
{
	size_t room = sizeof(ret->sun_path);

	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if ((size_t)snprintf(ret->sun_path, room, "%s%s", path, suffix) < room)
		return 0;
	return sw_err_set(err, -ENAMETOOLONG,
			  "%s: a socket's path has at most %zu bytes: choose another run-dir", path,
			  room - sizeof(FRESH));
}

/* Whether somebody answers at @a. -EAGAIN: so many wait there that there is no room. */
static int answers(const struct sockaddr_un *a)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int code = 0;

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)a, sizeof(*a)))
		code = -errno;
	close(fd);
	if (code == -ECONNREFUSED || code == -ENOENT)
		return 0;
	return code && code != -EAGAIN ? code : 1;
}

/* Whether a socket may be put at @a. */
static int check_place(const struct sockaddr_un *a, struct sw_err *err)
{
	const char *path = a->sun_path;
	struct stat st;
	int code;

	if (lstat(path, &st)) {
		code = -errno;
		return code == -ENOENT ? 0 : sw_err_set(err, code, "%s: %s", path, strerror(-code));
	}
	if (!S_ISSOCK(st.st_mode))
		return sw_err_set(err, -EEXIST, "%s is there and is no socket: remove it", path);
	code = answers(a);
	if (code > 0)
		return sw_err_set(err, -EADDRINUSE, "another synwardd answers on %s: stop it first",
				  path);
	if (code < 0)
		return sw_err_set(err, code,
				  "%s is there, and whether it is in use cannot be found out: %s",
				  path, strerror(-code));
	return 0;
}

/* The group that may connect; root's when there is none of that name. */
static gid_t find_group(const struct sw_control *c)
{
	const char *name = c->options.group;
	struct group entry, *found = NULL;
	char *text = malloc(65536); /* all its members' names are in there */

	if (!text || getgrnam_r(name, &entry, text, 65536, &found) || !found) {
		sw_control_note(c, LOG_NOTICE,
				"there is no group \"%s\": only root can use %s (groupadd -r %s)",
				name, c->path, name);
		free(text);
		return 0;
	}
	free(text);
	return entry.gr_gid;
}

static int set_owner(const struct sw_control *c, const char *path)
{
	if (lchown(path, (uid_t)-1, find_group(c))) {
		if (errno != EPERM)
			return -errno;
		sw_control_note(
			c, LOG_WARNING,
			"%s cannot be given to group \"%s\" without root: it stays with ours",
			c->path, c->options.group);
	}
	return chmod(path, 0660) ? -errno : 0;
}

/* Under the name @fresh at first. bind(2) takes the mode that the descriptor has. */
static int make(const struct sw_control *c, int fd, const struct sockaddr_un *fresh,
		const char *path, struct sw_control_socket *ret)
{
	struct stat st;
	int code;

	if (unlink(fresh->sun_path) && errno != ENOENT)
		return -errno;
	if (fchmod(fd, 0600) || bind(fd, (const struct sockaddr *)fresh, sizeof(*fresh)))
		return -errno;
	code = set_owner(c, fresh->sun_path);
	if (!code &&
	    (lstat(fresh->sun_path, &st) || listen(fd, BACKLOG) || rename(fresh->sun_path, path)))
		code = -errno;
	if (code) {
		unlink(fresh->sun_path);
		return code;
	}
	*ret = (struct sw_control_socket){ .fd = fd, .device = st.st_dev, .inode = st.st_ino };
	return 0;
}

int sw_control_socket_open(const struct sw_control *c, struct sw_control_socket *ret,
			   struct sw_err *err)
{
	struct sockaddr_un place, fresh;
	int fd, code = address(c->path, FRESH, &fresh, err);

	if (!code)
		code = address(c->path, "", &place, err);
	if (!code)
		code = check_place(&place, err);
	if (code)
		return code;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	code = fd < 0 ? -errno : make(c, fd, &fresh, place.sun_path, ret);
	if (!code)
		return 0;
	if (fd >= 0)
		close(fd);
	return sw_err_set(err, code, "%s: cannot make the control socket: %s", c->path,
			  strerror(-code));
}

void sw_control_socket_close(struct sw_control_socket *s, const char *path)
{
	struct stat st;

	if (s->fd < 0)
		return;
	if (!lstat(path, &st) && st.st_dev == s->device && st.st_ino == s->inode)
		unlink(path);
	close(s->fd);
	s->fd = -1;
}
