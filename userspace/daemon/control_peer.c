/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * control_peer - who a client is, from the kernel and from the user database.
 *
 * That may be a directory server, and slow: only who asks something is looked up, and
 * the answer, also that there is none, is kept for some minutes.
 */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "control_parts.h"

#define NAME_KEPT_NS (300 * 1000000000ull)

int sw_control_peer_get(int fd, struct sw_control_peer *ret)
{
	struct ucred cred;
	socklen_t n = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n))
		return -errno;
	*ret = (struct sw_control_peer){ .pid = cred.pid, .uid = cred.uid, .gid = cred.gid };
	return 0;
}

static struct sw_control_name *find(struct sw_control *c, uid_t uid, uint64_t now)
{
	for (unsigned i = 0; i < SW_CONTROL_NAMES; i++)
		if (c->names[i].uid == uid && c->names[i].until_ns > now)
			return &c->names[i];
	return NULL;
}

static const char *name_of(struct sw_control *c, uid_t uid)
{
	uint64_t now = sw_control_now_ns();
	struct sw_control_name *n = find(c, uid, now);
	struct passwd entry, *found = NULL;
	char text[4096];

	if (n)
		return n->name;
	n = &c->names[c->names_next++ % SW_CONTROL_NAMES];
	*n = (struct sw_control_name){ .until_ns = now + NAME_KEPT_NS, .uid = uid };
	if (!getpwuid_r(uid, &entry, text, sizeof(text), &found) && found)
		snprintf(n->name, sizeof(n->name), "%s", found->pw_name);
	return n->name;
}

void sw_control_peer_name(struct sw_control *c, struct sw_control_peer *peer)
{
	if (peer->who[0])
		return;
	snprintf(peer->name, sizeof(peer->name), "%s", name_of(c, peer->uid));
	if (peer->name[0])
		snprintf(peer->who, sizeof(peer->who), "%s (uid %u, pid %d)", peer->name, peer->uid,
			 peer->pid);
	else
		snprintf(peer->who, sizeof(peer->who), "uid %u (pid %d)", peer->uid, peer->pid);
}
