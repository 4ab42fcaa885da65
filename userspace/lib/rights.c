/* SPDX-License-Identifier: GPL-2.0-only */
/* rights - see rights.h. */
#include "rights.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENTRY_BYTES 65536 /* a group has all its members' names */

static int find_group(const char *name, gid_t *ret, struct sw_err *err)
{
	char *text = malloc(ENTRY_BYTES);
	struct group entry, *found = NULL;
	int code = 0;

	if (!text)
		return sw_err_set(err, -ENOMEM, "out of memory");
	if (getgrnam_r(name, &entry, text, ENTRY_BYTES, &found) || !found)
		code = sw_err_set(err, -ENOENT, "there is no group %s", name);
	else
		*ret = entry.gr_gid;
	free(text);
	return code;
}

static int find_user(const char *name, uid_t *ret_uid, gid_t *ret_gid, struct sw_err *err)
{
	struct passwd entry, *found = NULL;
	char text[4096];

	if (getpwnam_r(name, &entry, text, sizeof(text), &found) || !found)
		return sw_err_set(err, -ENOENT, "there is no user %s", name);
	if (!entry.pw_uid)
		return sw_err_set(err, -EPERM, "%s is root: take a user without rights", name);
	*ret_uid = entry.pw_uid;
	*ret_gid = entry.pw_gid;
	return 0;
}

static int give(const char *path, uid_t uid, gid_t gid, struct sw_err *err)
{
	if (path && chown(path, uid, gid))
		return sw_err_set(err, -errno, "cannot give %s away: %s", path, strerror(errno));
	return 0;
}

static int become(const char *path, const char *name, struct sw_err *err)
{
	uid_t uid = 0;
	gid_t gid = 0;
	int code = find_user(name, &uid, &gid, err);

	if (code || geteuid() == uid)
		return code;
	code = give(path, uid, (gid_t)-1, err);
	if (code)
		return code;
	if (initgroups(name, gid) || setresgid(gid, gid, gid) || setresuid(uid, uid, uid))
		return sw_err_set(err, -errno, "cannot become %s: %s", name, strerror(errno));
	return 0;
}

int sw_rights_give(const char *path, const char *group, struct sw_err *err)
{
	gid_t gid = (gid_t)-1;
	int code = find_group(group, &gid, err);

	return code ? code : give(path, (uid_t)-1, gid, err);
}

int sw_rights_take(const char *path, const char *group, const char *user, struct sw_err *err)
{
	int code = group ? sw_rights_give(path, group, err) : 0;

	if (code)
		return code;
	if (user)
		return become(path, user, err);
	if (geteuid() == 0)
		return sw_err_set(
			err, -EPERM,
			"it needs no rights at all: start it as another user, or say which "
			"with --user");
	return 0;
}
