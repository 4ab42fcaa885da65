/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * delegate_message - what delegate.c sends and serve.c answers; nobody else includes
 * this. One datagram each way, in the layout of this binary.
 *
 * | request   | with it                    | answer                            |
 * | OPEN      | how, size                  | the maps' descriptors, fresh      |
 * | ATTACH    | ifname, mode, descriptors  |                                   |
 * | DETACH    | ifname                     |                                   |
 * | LINKS     |                            | n links                           |
 * | ELSEWHERE |                            | n is the program's number         |
 * | COMMIT    | fresh, descriptors         | steering, and why not             |
 * | UNPIN     |                            |                                   |
 * | UNSTEER   |                            |                                   |
 * | HOLD      | one descriptor: the lock   | kept open until the peer is gone  |
 * | DESTROY   | n connections              | n of them were closed             |
 */
#ifndef SYNWARD_DATAPATH_DELEGATE_MESSAGE_H
#define SYNWARD_DATAPATH_DELEGATE_MESSAGE_H

#include <sys/socket.h>

#include "internal.h"

enum delegate_ask {
	DELEGATE_OPEN = 1,
	DELEGATE_ATTACH,
	DELEGATE_DETACH,
	DELEGATE_LINKS,
	DELEGATE_ELSEWHERE,
	DELEGATE_COMMIT,
	DELEGATE_UNPIN,
	DELEGATE_UNSTEER,
	DELEGATE_HOLD,
	DELEGATE_DESTROY,
};

#define DELEGATE_FDS MAP_TRACE /* every map that is pinned */
#define DELEGATE_LINKS_MAX 256

struct delegate_request {
	uint32_t ask;
	uint32_t how; /* enum sw_datapath_open: WRITE or RENEW */
	uint32_t mode; /* enum sw_datapath_mode */
	uint32_t fresh;
	struct sw_datapath_size size;
	char ifname[16];
	uint32_t n;
	struct sw_connection connection[SW_DESTROY_MAX];
};

struct delegate_answer {
	int32_t code; /* 0 or -errno */
	uint32_t n;
	uint32_t fresh;
	int32_t steering; /* 0, or -errno and the words in text, though code is 0 */
	char text[sizeof(((struct sw_err *)0)->text)];
	struct sw_datapath_link link[DELEGATE_LINKS_MAX]; /* only the first n are sent */
};

/* What is sent of an answer without links. */
#define DELEGATE_ANSWER_BYTES offsetof(struct delegate_answer, link)

/* A datagram and the descriptors that come with it. */
struct delegate_parcel {
	void *data;
	size_t bytes;
	int fd[DELEGATE_FDS];
	size_t fds;
};

/* Send @p whole; 0 or -errno (-EPIPE: nobody is there). The descriptors stay ours. */
int sw_parcel_send(int fd, const struct delegate_parcel *p);

/*
 * Receive into @p->data, which has room for @p->bytes; sets bytes and the descriptors,
 * which are the caller's (close-on-exec). 0 or -errno: -EPIPE when the peer is gone, -EPROTO
 * when it was too much, and then no descriptor is left open.
 */
int sw_parcel_receive(int fd, struct delegate_parcel *p);

void sw_parcel_close(struct delegate_parcel *p);

#endif
