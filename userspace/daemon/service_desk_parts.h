/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * service_desk_parts - what the files of service_desk share:
 *
 *     service_desk.c      the socket, the desk's listeners, what comes of returns
 *     service_desk_say.c  the answer to one question
 */
#ifndef SYNWARD_DAEMON_SERVICE_DESK_PARTS_H
#define SYNWARD_DAEMON_SERVICE_DESK_PARTS_H

#include "daemon/desk_counts.h"
#include "daemon/desk_socket.h"
#include "daemon/silence.h"
#include "service_parts.h"

struct sw_at_desk {
	struct sw_desk_socket *socket; /* NULL: it could not be made */
	struct sw_silence *silence; /* NULL: nobody is silenced */
	struct sw_desk_client *registered; /* whose listeners are on the card; NULL: nobody's */
	bool listens[SW_DESK_SOCKETS]; /* in which families */
	uint64_t again_ns; /* when it was last asked to register again */
	uint64_t asked_smtp, asked_policy; /* questions */
	uint64_t nothing; /* of these: nothing was against the source */
	struct sw_desk_counts counts; /* by the desk's word */
};

/* The answer to @request, and that it came counted. -EPROTO: it is no question. */
int sw_service_desk_say(struct sw_service *s, const json_t *request, json_t **answer);

#endif
