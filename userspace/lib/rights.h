/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rights - for programs that need none: whose sockets they open, and as whom they run, which is never root.
 */
#ifndef SYNWARD_LIB_RIGHTS_H
#define SYNWARD_LIB_RIGHTS_H

#include "lib/err.h"

/* Give the socket @path to @group. -ENOENT: there is no such group. Others as the system has them. */
int sw_rights_give(const char *path, const char *group, struct sw_err *err);

/*
 * Give the socket @path, if there is one, to @group, and become @user; each may be NULL. -EPERM: it
 * is root and no user is named. -ENOENT: there is no such user or group. Others as the system has them.
 */
int sw_rights_take(const char *path, const char *group, const char *user, struct sw_err *err);

#endif
