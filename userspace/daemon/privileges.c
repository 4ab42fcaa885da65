/* SPDX-License-Identifier: GPL-2.0-only */
/* privileges - who the process is and what it may: see privileges.h. */
#include "privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cap-ng.h>

#include "syscalls.h"

/* Nothing that root is given for being root, and no way back. */
#define SECUREBITS                                                                               \
	(SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |                         \
	 SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE | \
	 SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED)

/* A tracer that watches for leaks needs what an intruder would need. */
#define DUMPABLE SW_SANITIZED

/* What lets root read lists and write state that belong to others. */
static const int file_caps[] = { CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER };

/* ---- who ---- */

/* So that all its libraries are loaded: a number that nobody has is asked of each. */
static void load_name_service(void)
{
	struct passwd room, *p;
	struct group group_room, *g;
	char text[1024];

	(void)!getpwuid_r((uid_t)-2, &room, text, sizeof(text), &p);
	(void)!getgrgid_r((gid_t)-2, &group_room, text, sizeof(text), &g);
}

/* What the group database says of @user; never root's, whose files are all over a machine. */
static int find_groups(const char *user, struct sw_identity *who, struct sw_err *err)
{
	gid_t all[SW_IDENTITY_GROUPS + 1];
	int n = SW_IDENTITY_GROUPS + 1;

	if (getgrouplist(user, who->gid, all, &n) < 0)
		return sw_err_set(
			err, -EINVAL,
			"user = \"%s\" is in more than %d groups; it needs none but those "
			"that may read mail logs and lists",
			user, SW_IDENTITY_GROUPS);
	for (int i = 0; i < n; i++)
		if (all[i] != who->gid && all[i] != 0)
			who->group[who->groups++] = all[i];
	return 0;
}

int sw_privileges_find(const char *user, struct sw_identity *ret, struct sw_err *err)
{
	struct passwd room, *p = NULL;
	char text[16384]; /* of one line of passwd, home and all */
	int code;

	load_name_service();
	if (!*user || !strcmp(user, "root")) {
		*ret = (struct sw_identity){ .uid = geteuid(), .gid = getegid(), .root = true };
		return 0;
	}
	code = getpwnam_r(user, &room, text, sizeof(text), &p);
	if (!p)
		return sw_err_set(err, code && code != ESRCH ? -code : -ENOENT,
				  "there is no user \"%s\": make it (systemd-sysusers does, from "
				  "synward.sysusers), or set user = \"root\"",
				  user);
	if (p->pw_uid == 0)
		return sw_err_set(
			err, -EINVAL,
			"user = \"%s\" is root by another name; write \"root\" if that is "
			"meant",
			user);
	*ret = (struct sw_identity){ .uid = p->pw_uid, .gid = p->pw_gid };
	return find_groups(user, ret, err);
}

/* ---- capabilities ---- */

static int say(struct sw_err *err, int code, const char *what)
{
	return sw_err_set(err, code, "cannot give up privileges: %s: %s", what, strerror(-code));
}

/* Of @caps, which we have, those alone; with @optional those of them that we have. */
static int keep_caps(const int *caps, size_t n, bool optional, struct sw_err *err)
{
	bool have[8];

	for (size_t i = 0; i < n; i++) {
		have[i] = capng_have_capability(CAPNG_PERMITTED, (unsigned)caps[i]);
		if (!have[i] && !optional)
			return sw_err_set(err, -EPERM, "needs the capability %s, and has it not",
					  capng_capability_to_name((unsigned)caps[i]));
	}
	capng_clear(CAPNG_SELECT_ALL);
	for (size_t i = 0; i < n; i++)
		if (have[i])
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED,
				     (unsigned)caps[i]);
	return capng_apply(CAPNG_SELECT_ALL) ? say(err, -EPERM, "capabilities") : 0;
}

static int lock_down(const int *caps, size_t n, bool optional, struct sw_err *err)
{
	int code = capng_get_caps_process() ? -EPERM : 0;

	if (code)
		return say(err, code, "capabilities");
	code = keep_caps(caps, n, optional, err);
	if (code)
		return code;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return say(err, -errno, "no_new_privs");
	/* After the change of user, which would set it again. */
	if (prctl(PR_SET_DUMPABLE, DUMPABLE, 0, 0, 0))
		return say(err, -errno, "dumpable");
	return 0;
}

/* Ask the kernel what is left: libraries and kernels have been wrong before. */
static int check_caps(const int *caps, size_t n, struct sw_err *err)
{
	if (capng_get_caps_process())
		return say(err, -EPERM, "capabilities");
	for (unsigned cap = 0; capng_capability_to_name(cap); cap++) {
		bool kept = false, held;

		for (size_t i = 0; i < n; i++)
			kept |= (unsigned)caps[i] == cap;
		held = capng_have_capability(CAPNG_EFFECTIVE, cap) ||
		       capng_have_capability(CAPNG_PERMITTED, cap);
		if ((held && !kept) || capng_have_capability(CAPNG_INHERITABLE, cap) ||
		    capng_have_capability(CAPNG_BOUNDING_SET, cap) ||
		    capng_have_capability(CAPNG_AMBIENT, cap))
			return sw_err_set(err, -EPERM, "the capability %s is still there",
					  capng_capability_to_name(cap));
	}
	return 0;
}

/* ---- user and groups ---- */

static int become(const struct sw_identity *who, struct sw_err *err)
{
	if (setgroups(who->groups, who->group))
		return say(err, -errno, "supplementary groups");
	if (setresgid(who->gid, who->gid, who->gid))
		return say(err, -errno, "group");
	if (setresuid(who->uid, who->uid, who->uid))
		return say(err, -errno, "user");
	return 0;
}

static int check_user(const struct sw_identity *who, struct sw_err *err)
{
	uid_t uid[3];
	gid_t gid[3];

	if (getresuid(&uid[0], &uid[1], &uid[2]) || getresgid(&gid[0], &gid[1], &gid[2]))
		return say(err, -errno, "user");
	for (int i = 0; i < 3; i++)
		if (uid[i] != who->uid || gid[i] != who->gid)
			return say(err, -EPERM, "user and group");
	if (who->uid && (!setresuid(0, 0, 0) || !setresgid(0, 0, 0)))
		return sw_err_set(err, -EPERM, "became root again, which must not be possible");
	return 0;
}

static int set_securebits(struct sw_err *err)
{
	return prctl(PR_SET_SECUREBITS, SECUREBITS, 0, 0, 0) ? say(err, -errno, "securebits") : 0;
}

/* ---- the two ways ---- */

static int drop_from_root(const struct sw_identity *who, struct sw_err *err)
{
	const size_t keep = who->root ? sizeof(file_caps) / sizeof(file_caps[0]) : 0;
	int code = set_securebits(err);

	if (!code && !who->root)
		code = become(who, err);
	if (!code)
		code = lock_down(file_caps, keep, true, err);
	if (!code)
		code = check_caps(file_caps, keep, err);
	return code ? code : check_user(who, err);
}

/* Without root's right to change anything; there is not much to drop. */
static int drop_from_user(const struct sw_identity *who, struct sw_err *err)
{
	if (who->uid != geteuid())
		return sw_err_set(err, -EPERM, "only root can become another user");
	capng_clear(CAPNG_SELECT_BOTH);
	if (capng_apply(CAPNG_SELECT_CAPS))
		return say(err, -EPERM, "capabilities");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_DUMPABLE, DUMPABLE, 0, 0, 0))
		return say(err, -errno, "no_new_privs");
	return 0;
}

int sw_privileges_drop(const struct sw_identity *who, struct sw_err *err)
{
	return geteuid() ? drop_from_user(who, err) : drop_from_root(who, err);
}

int sw_privileges_keep(const int *caps, size_t n, struct sw_err *err)
{
	int code;

	if (geteuid())
		return sw_err_set(err, -EPERM, "only root can do this");
	code = set_securebits(err);
	if (!code && setgroups(0, NULL))
		code = say(err, -errno, "supplementary groups");
	if (!code)
		code = lock_down(caps, n, false, err);
	return code ? code : check_caps(caps, n, err);
}
