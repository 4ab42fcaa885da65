/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * endpoint - where the desk listens: "unix:PATH", "inet:ADDRESS:PORT", "inet:[ADDRESS]:PORT".
 *
 * Addresses are numbers, no names: nothing here asks the DNS.
 */
#ifndef SYNWARD_DESK_ENDPOINT_H
#define SYNWARD_DESK_ENDPOINT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "lib/addr.h"
#include "lib/err.h"

union sw_endpoint_address {
	struct sockaddr any;
	struct sockaddr_in ip4;
	struct sockaddr_in6 ip6;
	struct sockaddr_un local;
};

struct sw_endpoint {
	union sw_endpoint_address address;
	socklen_t bytes;
};

/* -EINVAL: it is none of these; port 0 is one that the kernel chooses. */
int sw_endpoint_parse(const char *text, struct sw_endpoint *ret, struct sw_err *err);

/* AF_UNIX, AF_INET or AF_INET6. */
static inline int sw_endpoint_family(const struct sw_endpoint *e)
{
	return e->address.any.sa_family;
}

/* Only this machine can reach it: a unix socket, or one of 127/8 or ::1. */
bool sw_endpoint_is_local(const struct sw_endpoint *e);

/*
 * Listen there, without blocking; a unix socket is for its owner and its group, and replaces one that is left
 * from before. Returns the descriptor. -errno, with words.
 */
int sw_endpoint_listen(const struct sw_endpoint *e, struct sw_err *err);

/* The address of a peer, or of a socket, as accept(2) and getsockname(2) give it; an IPv4 address in an IPv6
 * one is an IPv4 address. Family 0: it is another kind. */
struct sw_prefix sw_endpoint_source(const union sw_endpoint_address *address);
uint16_t sw_endpoint_port(const union sw_endpoint_address *address); /* 0: it has none */

#endif
