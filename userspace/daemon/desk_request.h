/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * desk_request - what the desk says, read: which listeners it hands over, about whom it asks.
 *
 * Pure. The desk is another process, so each field is looked at, and what is not understood is
 * -EPROTO: who sent it is hung up on.
 */
#ifndef SYNWARD_DAEMON_DESK_REQUEST_H
#define SYNWARD_DAEMON_DESK_REQUEST_H

#include <stdbool.h>

#include <jansson.h>

#include "daemon/desk_socket.h"
#include "lib/addr.h"
#include "maps/abi.h"

/* "desk": which descriptor of @fds is for which family; -1: none. Borrowed. */
int sw_desk_request_families(const json_t *request, const struct sw_desk_fds *fds,
			     int fd[SW_DESK_SOCKETS]);

/* "say" */
struct sw_desk_question {
	json_int_t id;
	bool smtp; /* of a sender at the desk; else of a mail server */
	struct sw_prefix source; /* an address; IPv4 in IPv6 is IPv4 */
};

/* -EINVAL: all but the source is understood, and in *@ret. */
int sw_desk_request_question(const json_t *request, struct sw_desk_question *ret);

#endif
