/* SPDX-License-Identifier: GPL-2.0-only */
/* own_route - default gateways of all routing tables, and the watch for changes. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "netlink.h"
#include "own_parts.h"

/* ---- gateways ---- */

static void add_gateway(struct sw_own_gather *g, int family, const void *bytes, unsigned ifindex)
{
	char name[IF_NAMESIZE];
	struct sw_prefix p;

	if (!sw_own_address(family, bytes, &p))
		return;
	if (ifindex && if_indextoname(ifindex, name))
		sw_own_add(g, &p, "default gateway via %s", name);
	else
		sw_own_add(g, &p, "default gateway");
}

static size_t address_bytes(int family)
{
	return family == AF_INET ? 4 : family == AF_INET6 ? 16 : SIZE_MAX;
}

/* The gateway that the attributes of a route, or of one hop of several, name. */
static void take_hop(struct sw_own_gather *g, int family, unsigned ifindex, const struct rtattr *a,
		     int bytes)
{
	for (; RTA_OK(a, bytes); a = RTA_NEXT(a, bytes)) {
		const struct rtvia *via = RTA_DATA(a);

		if (a->rta_type == RTA_GATEWAY && RTA_PAYLOAD(a) >= address_bytes(family))
			add_gateway(g, family, RTA_DATA(a), ifindex);
		/* of the other family: IPv4 by way of an IPv6 neighbour (RFC 5549) */
		else if (a->rta_type == RTA_VIA && RTA_PAYLOAD(a) > sizeof(*via) &&
			 RTA_PAYLOAD(a) - sizeof(*via) >= address_bytes(via->rtvia_family))
			add_gateway(g, via->rtvia_family, via->rtvia_addr, ifindex);
	}
}

static void take_multipath(struct sw_own_gather *g, int family, const struct rtattr *a)
{
	const struct rtnexthop *hop = RTA_DATA(a);
	int bytes = (int)RTA_PAYLOAD(a);

	while (bytes >= (int)sizeof(*hop) && RTNH_OK(hop, bytes)) {
		take_hop(g, family, (unsigned)hop->rtnh_ifindex, RTNH_DATA(hop),
			 hop->rtnh_len - (int)sizeof(*hop));
		bytes -= RTNH_ALIGN(hop->rtnh_len);
		hop = RTNH_NEXT(hop);
	}
}

static bool is_default(const struct nlmsghdr *message)
{
	const struct rtmsg *route = NLMSG_DATA(message);

	return (message->nlmsg_type == RTM_NEWROUTE || message->nlmsg_type == RTM_DELROUTE) &&
	       message->nlmsg_len >= NLMSG_LENGTH(sizeof(*route)) && route->rtm_dst_len == 0 &&
	       route->rtm_type == RTN_UNICAST && !(route->rtm_flags & RTM_F_CLONED);
}

static int take_route(void *ctx, const struct nlmsghdr *message)
{
	const struct rtmsg *route = NLMSG_DATA(message);
	struct sw_own_gather *g = ctx;
	const struct rtattr *all, *a;
	unsigned ifindex = 0;
	int bytes, left;

	if (!is_default(message))
		return 0;
	all = sw_netlink_attributes(message, sizeof(*route), &bytes);
	for (a = all, left = bytes; RTA_OK(a, left); a = RTA_NEXT(a, left))
		if (a->rta_type == RTA_OIF && RTA_PAYLOAD(a) >= sizeof(ifindex))
			memcpy(&ifindex, RTA_DATA(a), sizeof(ifindex));
	take_hop(g, route->rtm_family, ifindex, all, bytes);
	for (a = all, left = bytes; RTA_OK(a, left); a = RTA_NEXT(a, left))
		if (a->rta_type == RTA_MULTIPATH)
			take_multipath(g, route->rtm_family, a);
	return 0;
}

void sw_own_gateways(struct sw_own_gather *g)
{
	static const unsigned char families[] = { AF_INET, AF_INET6 };

	for (size_t i = 0; i < sizeof(families); i++) {
		struct {
			struct nlmsghdr head;
			struct rtmsg route;
		} request = {
			.head = { .nlmsg_len = sizeof(request), .nlmsg_type = RTM_GETROUTE },
			.route = { .rtm_family = families[i] },
		};
		int code = sw_netlink_dump(NETLINK_ROUTE, &request.head, take_route, g);

		if (code)
			sw_own_note(g, LOG_WARNING, "cannot list the %s routes: %s",
				    families[i] == AF_INET ? "IPv4" : "IPv6", strerror(-code));
	}
}

/* ---- the watch ---- */

#define READS_MAX 256

int sw_own_watch_open(struct sw_err *err)
{
	const struct sockaddr_nl groups = {
		.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
			     RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE,
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&groups, sizeof(groups))) {
		int code = -errno;

		if (fd >= 0)
			close(fd);
		return sw_err_set(err, code, "cannot watch addresses and routes: %s",
				  strerror(-code));
	}
	return fd;
}

/* Up, down, new or gone; statistics and the like are news, too, and none for us. IPv4
 * routes of a link that goes down go without a message of their own. */
static bool is_link_change(const struct nlmsghdr *message)
{
	const struct ifinfomsg *link = NLMSG_DATA(message);

	return message->nlmsg_type == RTM_DELLINK ||
	       (message->nlmsg_type == RTM_NEWLINK &&
		message->nlmsg_len >= NLMSG_LENGTH(sizeof(*link)) &&
		link->ifi_change & (IFF_UP | IFF_RUNNING));
}

static bool is_change(const struct nlmsghdr *message)
{
	return message->nlmsg_type == RTM_NEWADDR || message->nlmsg_type == RTM_DELADDR ||
	       is_link_change(message) || is_default(message);
}

static bool has_change(const char *buffer, size_t n)
{
	const struct nlmsghdr *message = (const void *)buffer;
	bool changed = false;

	for (; NLMSG_OK(message, n); message = NLMSG_NEXT(message, n))
		changed |= is_change(message);
	return changed;
}

int sw_own_watch_read(int fd)
{
	char buffer[16384] __attribute__((aligned(NLMSG_ALIGNTO)));
	bool changed = false;

	for (int i = 0; i < READS_MAX; i++) {
		ssize_t n = recv(fd, buffer, sizeof(buffer), MSG_TRUNC);

		if (n == 0 || (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)))
			break;
		if (n < 0 && errno == ENOBUFS)
			changed = true; /* what was lost may have been a change */
		else if (n < 0 && errno != EINTR)
			return -errno;
		else if (n > (ssize_t)sizeof(buffer))
			changed = true;
		else if (n > 0)
			changed |= has_change(buffer, (size_t)n);
	}
	return changed;
}
