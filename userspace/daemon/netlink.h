/* SPDX-License-Identifier: GPL-2.0-only */
/* netlink - ask the kernel for a whole table and take it message by message. */
#ifndef SYNWARD_DAEMON_NETLINK_H
#define SYNWARD_DAEMON_NETLINK_H

#include <stddef.h>
#include <linux/netlink.h>

/*
 * Send @request, whose flags and sequence number are filled in, over a new socket of
 * @protocol, and call @each for every message of the answer, until it returns other than 0,
 * which is returned. -EPROTO: the answer was cut; -errno: of the socket, or what
 * the kernel says, e.g. -ENOENT of a diagnosis that it does not have.
 */
int sw_netlink_dump(int protocol, struct nlmsghdr *request,
		    int (*each)(void *ctx, const struct nlmsghdr *message), void *ctx);

/* What follows the fixed part, of @fixed bytes, of a message: its attributes, *@bytes of
 * them (linux/rtnetlink.h has the macros that walk them). */
static inline void *sw_netlink_attributes(const struct nlmsghdr *message, size_t fixed, int *bytes)
{
	size_t used = NLMSG_SPACE(fixed);

	*bytes = message->nlmsg_len > used ? (int)(message->nlmsg_len - used) : 0;
	return (char *)message + used;
}

#endif
