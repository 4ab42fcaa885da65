/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rights - whose socket it is, and as whom synward-milter runs: nobody in particular, but never
 * root, and its socket is not everybody's.
 */
#ifndef SYNWARD_MILTER_RIGHTS_H
#define SYNWARD_MILTER_RIGHTS_H

#include "lib/err.h"

/* The path of a unix socket, as libmilter names sockets; NULL: it is of another kind. */
const char *sw_rights_path(const char *socket);

/*
 * Give the unix socket @socket, if it is one, to @group, and become @user; either may be NULL. -EPERM:
 * it is root and no user is named. -ENOENT: there is no such user or group. Others
 * as the system has them.
 */
int sw_rights_take(const char *socket, const char *group, const char *user, struct sw_err *err);

#endif
