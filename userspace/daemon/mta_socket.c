/* SPDX-License-Identifier: GPL-2.0-only */
/* mta_socket - see mta_socket.h. */
#include "mta_socket.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include <event2/event.h>

#include "daemon/mta_json.h"
#include "lib/log.h"

#define AT_ONCE 32 /* datagrams, before other events have their turn */
#define GROUP_BYTES 65536 /* all its members' names are in there */
#define FRESH ".new" /* behind the name, until it is ready */
#define COMPLAIN_EVERY 1000 /* bad lines */

struct sw_mta_socket {
	struct sw_mta_socket_options options;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	int fd;
	struct event *readable;
	struct sw_mta_socket_counts counts;
	dev_t device; /* of the file, by which it is ours */
	ino_t inode;
};

#define say(s, ...) sw_log_note((s)->options.note, (s)->options.ctx, __VA_ARGS__)

/* ---- lines ---- */

/* The first, and then each thousandth: a log that anybody can fill is no use. */
static void complain(void *ctx, const char *why)
{
	struct sw_mta_socket *s = ctx;

	if (s->counts.bad++ % COMPLAIN_EVERY == 0)
		say(s, LOG_WARNING, "%s: a line that is not understood: %s (%llu so far)", s->path,
		    why, (unsigned long long)s->counts.bad);
}

static void take_event(void *ctx, const struct sw_mta_event *event)
{
	struct sw_mta_socket *s = ctx;

	s->counts.lines++;
	s->options.event(s->options.ctx, event);
}

static void on_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct sw_mta_socket *s = ctx;
	const struct sw_mta_json_reader reader = { take_event, complain, s };
	char text[SW_MTA_SOCKET_BYTES];

	for (int i = 0; i < AT_ONCE; i++) {
		ssize_t n = recv(fd, text, sizeof(text), MSG_TRUNC | MSG_DONTWAIT);

		if (n < 0)
			return;
		if ((size_t)n > sizeof(text))
			complain(s, "its datagram is too long");
		else
			sw_mta_json_lines(text, (size_t)n, &reader);
	}
}

/* ---- the file ---- */

static int set_owner(const struct sw_mta_socket *s, const char *path)
{
	struct group entry, *found = NULL;
	char *text = malloc(GROUP_BYTES);
	gid_t group = 0;

	if (text && !getgrnam_r(s->options.group, &entry, text, GROUP_BYTES, &found) && found)
		group = entry.gr_gid;
	else
		say(s, LOG_NOTICE, "there is no group \"%s\": only root can write to %s",
		    s->options.group, s->path);
	free(text);
	if (lchown(path, (uid_t)-1, group)) {
		if (errno != EPERM)
			return -errno;
		say(s, LOG_WARNING,
		    "%s cannot be given to group \"%s\": synwardd's user is not in it", s->path,
		    s->options.group);
	}
	return chmod(path, 0660) ? -errno : 0;
}

static int check_place(const struct sw_mta_socket *s, struct sw_err *err)
{
	struct stat st;

	if (!lstat(s->path, &st) && !S_ISSOCK(st.st_mode))
		return sw_err_set(err, -EEXIST, "%s is there and is no socket: remove it", s->path);
	return 0;
}

/* It has its owner and mode when it appears under its name. */
static int put_in_place(struct sw_mta_socket *s, const struct sockaddr_un *fresh)
{
	struct stat st;
	int code;

	if (unlink(fresh->sun_path) && errno != ENOENT)
		return -errno;
	if (fchmod(s->fd, 0600) || bind(s->fd, (const struct sockaddr *)fresh, sizeof(*fresh)))
		return -errno;
	code = set_owner(s, fresh->sun_path);
	if (!code && (lstat(fresh->sun_path, &st) || rename(fresh->sun_path, s->path)))
		code = -errno;
	if (code) {
		unlink(fresh->sun_path);
		return code;
	}
	s->device = st.st_dev;
	s->inode = st.st_ino;
	return 0;
}

static int make_file(struct sw_mta_socket *s, struct sw_err *err)
{
	struct sockaddr_un fresh = { .sun_family = AF_UNIX };
	size_t room = sizeof(fresh.sun_path);
	int code;

	if ((size_t)snprintf(fresh.sun_path, room, "%s" FRESH, s->options.path) >= room)
		return sw_err_set(err, -ENAMETOOLONG,
				  "%s: a socket's path has at most %zu bytes: choose another "
				  "run-dir",
				  s->options.path, room - sizeof(FRESH));
	strcpy(s->path, s->options.path);
	code = check_place(s, err);
	if (code)
		return code;
	s->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	code = s->fd < 0 ? -errno : put_in_place(s, &fresh);
	return code ? sw_err_set(err, code, "%s: cannot make the socket of events: %s", s->path,
				 strerror(-code))
		    : 0;
}

int sw_mta_socket_open(struct event_base *base, const struct sw_mta_socket_options *options,
		       struct sw_mta_socket **ret, struct sw_err *err)
{
	struct sw_mta_socket *s = calloc(1, sizeof(*s));
	int code;

	if (!s)
		return sw_err_set(err, -ENOMEM, "out of memory");
	s->options = *options;
	s->fd = -1;
	code = make_file(s, err);
	if (!code) {
		s->readable = event_new(base, s->fd, EV_READ | EV_PERSIST, on_readable, s);
		if (!s->readable || event_add(s->readable, NULL))
			code = sw_err_set(err, -ENOMEM, "out of memory");
	}
	if (code) {
		sw_mta_socket_close(s);
		return code;
	}
	s->options.path = s->path;
	*ret = s;
	return 0;
}

struct sw_mta_socket *sw_mta_socket_close(struct sw_mta_socket *s)
{
	struct stat st;

	if (!s)
		return NULL;
	if (s->readable)
		event_free(s->readable);
	if (s->inode && !lstat(s->path, &st) && st.st_dev == s->device && st.st_ino == s->inode)
		unlink(s->path);
	if (s->fd >= 0)
		close(s->fd);
	free(s);
	return NULL;
}

void sw_mta_socket_counts(const struct sw_mta_socket *s, struct sw_mta_socket_counts *ret)
{
	*ret = s->counts;
}
