/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * datagrams - many of them by one system call: what goes out is gathered, what comes in is
 * read ahead.
 *
 * Under load the way through the kernel is most of what a question costs. Datagrams
 * are small and may be lost: one that the kernel has no room for counts as lost on its way.
 */
#ifndef SYNWARD_DNS_DATAGRAMS_H
#define SYNWARD_DNS_DATAGRAMS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "dns/message.h"

#define SW_DATAGRAMS_OUT 32
#define SW_DATAGRAMS_IN 32
#define SW_DATAGRAM_BYTES 4096 /* of one that comes in; what is longer is cut */

struct sw_datagrams_out {
	int fd; /* connected, not blocking; where those that are gathered go */
	unsigned n;
	uint16_t bytes[SW_DATAGRAMS_OUT];
	uint8_t data[SW_DATAGRAMS_OUT][SW_DNS_QUERY];
};

struct sw_datagrams_in {
	unsigned n, next;
	unsigned left; /* that may be read before others have their turn */
	uint16_t bytes[SW_DATAGRAMS_IN];
	socklen_t from_bytes[SW_DATAGRAMS_IN];
	struct sockaddr_storage from[SW_DATAGRAMS_IN];
	uint8_t data[SW_DATAGRAMS_IN][SW_DATAGRAM_BYTES];
	bool drained; /* there was nothing more when it was read */
};

/* Send them all. -errno: the network said why one of them cannot arrive, and the others are
 * sent or lost. */
int sw_datagrams_flush(struct sw_datagrams_out *out);

/* From now on, at most @most are read from one socket. */
void sw_datagrams_turn(struct sw_datagrams_in *in, unsigned most);

/* The next one, as recvfrom(2) gives it, from @fd. -1 and EAGAIN: none, or the turn is over. */
ssize_t sw_datagrams_read(struct sw_datagrams_in *in, int fd, void *data, size_t n,
			  struct sockaddr *from, socklen_t *from_bytes);

#endif
