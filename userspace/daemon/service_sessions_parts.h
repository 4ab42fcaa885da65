/* SPDX-License-Identifier: GPL-2.0-only */
/* service_sessions_parts - between the files of service_sessions alone. */
#ifndef SYNWARD_DAEMON_SERVICE_SESSIONS_PARTS_H
#define SYNWARD_DAEMON_SERVICE_SESSIONS_PARTS_H

#include "daemon/maillogs.h"
#include "daemon/mta_keep.h"
#include "daemon/mta_socket.h"
#include "service_parts.h"

struct sw_hearing {
	struct sw_sessions *sessions;
	struct sw_mta_keep *keep;
	struct sw_mta_socket *socket;
	struct sw_maillogs *logs; /* NULL: none is read */
};

#endif
