/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * privileges - from root to a user who may do nothing in particular.
 *
 * What the daemon does all day needs no capability: maps are written through their
 * memory, and bpf(2) asks for none when it is given a map's descriptor (Linux 5.19 and
 * later, whatever kernel.unprivileged_bpf_disabled says); netlink dumps, membarrier(2),
 * LMDB and sockets of its own need none either. Only attaching, detaching, looking for our
 * programs (CAP_SYS_ADMIN, CAP_NET_ADMIN), making maps (CAP_BPF) and pinning them (bpffs
 * belongs to root) do, which the companion (companion.h) does for the daemon. So nothing
 * is kept, and that before the first list is parsed.
 *
 * Order: sw_privileges_find, sw_privileges_take_folders, the companion,
 * sw_privileges_drop, sw_syscalls_limit: sandbox.h does it. One thread, and before any is
 * started.
 */
#ifndef SYNWARD_DAEMON_PRIVILEGES_H
#define SYNWARD_DAEMON_PRIVILEGES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/err.h"

#define SW_IDENTITY_GROUPS 32

/* Who the daemon is to be. */
struct sw_identity {
	uid_t uid;
	gid_t gid;
	gid_t group[SW_IDENTITY_GROUPS]; /* others that the user is in: adm, to read mail logs */
	size_t groups;
	bool root; /* stays who it is: asked for, or not root to begin with */
};

/*
 * Who @user is: a name, or "root" or "" for nobody else. -ENOENT: there is no such user;
 * -EINVAL: it is another name of root's, or in more than SW_IDENTITY_GROUPS groups. Loads what the name service needs to be asked for
 * users and groups later, when libraries cannot be loaded any more.
 */
int sw_privileges_find(const char *user, struct sw_identity *ret, struct sw_err *err);

/*
 * Make state-dir and run-dir of a config, and give them to @who, as below; what the daemon
 * and its modules put there is known by name in folder.c.
 */
struct sw_config;
int sw_privileges_take_folders(const struct sw_config *config, const struct sw_identity *who,
			       struct sw_err *err);

/*
 * Make the folder @path with @mode where it is missing, and see to it that @who owns it
 * and what is in it. What an earlier run as root left there is given to @who, up to
 * SW_FOLDER_DEPTH folders deep: regular files of one name and folders that belong to
 * root, on the same file system; no symbolic link is followed and none is changed, @path itself
 * included. Anything else stays as it is.
 *
 * A folder that belongs to root and holds, at its top, a name that is not in @known (it ends
 * with NULL; "name*" is a prefix) is somebody else's, like /var/lib: -EPERM, with what
 * to do. Other failures: -ENOTDIR, -ELOOP, -errno.
 */
#define SW_FOLDER_DEPTH 4
int sw_privileges_take_folder(const char *path, mode_t mode, const struct sw_identity *who,
			      const char *const known[], struct sw_err *err);

/*
 * Become @who for good: user and groups changed, supplementary groups those of @who, every
 * capability gone from every set, bounding and ambient included; execve(2) gives none back
 * (no_new_privs, and securebits NOROOT, NO_SETUID_FIXUP, KEEP_CAPS and NO_CAP_AMBIENT_RAISE
 * locked); no core dump, no ptrace (dumpable off). As root (who->root, uid 0), user and
 * groups stay and so do the capabilities that let root read and write any file; all
 * others go. What was done is checked; after a failure the process must end.
 */
int sw_privileges_drop(const struct sw_identity *who, struct sw_err *err);

/*
 * The same for a process that stays root, with capabilities @caps (CAP_..., @n of them)
 * alone: what the companion does.
 */
int sw_privileges_keep(const int *caps, size_t n, struct sw_err *err);

#endif
