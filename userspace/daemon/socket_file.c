/* SPDX-License-Identifier: GPL-2.0-only */
/* socket_file - see socket_file.h. */
#include "socket_file.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "lib/log.h"

#define GROUP_BYTES 65536 /* all its members' names are in there */
#define FRESH ".new" /* behind the name, until it is ready */
#define BACKLOG 256

#define say(o, ...) sw_log_note((o)->note, (o)->ctx, __VA_ARGS__)

/* Whether somebody answers at @path. -EAGAIN: so many wait there that there is no room. */
static int answers(const char *path, int type)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int code = 0;

	if (fd < 0)
		return -errno;
	strcpy(a.sun_path, path);
	if (connect(fd, (const struct sockaddr *)&a, sizeof(a)))
		code = -errno;
	close(fd);
	if (code == -ECONNREFUSED || code == -ENOENT)
		return 0;
	return code && code != -EAGAIN ? code : 1;
}

/* Whether a socket may be put at @path. */
static int check_place(const struct sw_socket_file_options *o, const char *path, struct sw_err *err)
{
	struct stat st;
	int code;

	if (lstat(path, &st)) {
		code = -errno;
		return code == -ENOENT ? 0 : sw_err_set(err, code, "%s: %s", path, strerror(-code));
	}
	if (!S_ISSOCK(st.st_mode))
		return sw_err_set(err, -EEXIST, "%s is there and is no socket: remove it", path);
	code = o->yields ? answers(path, o->type) : 0;
	if (code > 0)
		return sw_err_set(err, -EADDRINUSE, "another synwardd answers on %s: stop it first",
				  path);
	if (code < 0)
		return sw_err_set(err, code,
				  "%s is there, and whether it is in use cannot be found out: %s",
				  path, strerror(-code));
	return 0;
}

static int set_owner(const struct sw_socket_file_options *o, const char *path)
{
	struct group entry, *found = NULL;
	char *text = malloc(GROUP_BYTES);
	gid_t group = 0;

	if (text && !getgrnam_r(o->group, &entry, text, GROUP_BYTES, &found) && found)
		group = entry.gr_gid;
	else
		say(o, LOG_NOTICE,
		    "there is no group \"%s\": only root can use %s (groupadd -r %s)", o->group,
		    o->path, o->group);
	free(text);
	if (lchown(path, (uid_t)-1, group)) {
		if (errno != EPERM)
			return -errno;
		say(o, LOG_WARNING,
		    "%s cannot be given to group \"%s\": synwardd's user is not in it", o->path,
		    o->group);
	}
	return chmod(path, 0660) ? -errno : 0;
}

/* Under the name @fresh at first. bind(2) takes the mode that the descriptor has. */
static int put_in_place(const struct sw_socket_file_options *o, const struct sockaddr_un *fresh,
			struct sw_socket_file *f)
{
	struct stat st;
	int code;

	if (unlink(fresh->sun_path) && errno != ENOENT)
		return -errno;
	if (fchmod(f->fd, 0600) || bind(f->fd, (const struct sockaddr *)fresh, sizeof(*fresh)))
		return -errno;
	code = set_owner(o, fresh->sun_path);
	if (!code && o->type != SOCK_DGRAM && listen(f->fd, BACKLOG))
		code = -errno;
	if (!code && (lstat(fresh->sun_path, &st) || rename(fresh->sun_path, f->path)))
		code = -errno;
	if (code) {
		unlink(fresh->sun_path);
		return code;
	}
	f->device = st.st_dev;
	f->inode = st.st_ino;
	return 0;
}

int sw_socket_file_make(const struct sw_socket_file_options *o, struct sw_socket_file *ret,
			struct sw_err *err)
{
	struct sockaddr_un fresh = { .sun_family = AF_UNIX };
	struct sw_socket_file f = { .fd = -1 };
	size_t room = sizeof(fresh.sun_path);
	int code;

	if ((size_t)snprintf(fresh.sun_path, room, "%s" FRESH, o->path) >= room)
		return sw_err_set(err, -ENAMETOOLONG,
				  "%s: a socket's path has at most %zu bytes: choose another "
				  "run-dir",
				  o->path, room - sizeof(FRESH));
	strcpy(f.path, o->path);
	code = check_place(o, f.path, err);
	if (code)
		return code;
	f.fd = socket(AF_UNIX, o->type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	code = f.fd < 0 ? -errno : put_in_place(o, &fresh, &f);
	if (code) {
		if (f.fd >= 0)
			close(f.fd);
		return sw_err_set(err, code, "%s: cannot make the socket: %s", f.path,
				  strerror(-code));
	}
	*ret = f;
	return 0;
}

void sw_socket_file_remove(struct sw_socket_file *f)
{
	struct stat st;

	if (f->inode && !lstat(f->path, &st) && st.st_dev == f->device && st.st_ino == f->inode)
		unlink(f->path);
	if (f->fd >= 0)
		close(f->fd);
	*f = (struct sw_socket_file){ .fd = -1 };
}
