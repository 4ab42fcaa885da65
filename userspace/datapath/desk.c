/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * desk - the sockets to which sources are given that are turned away in words; see datapath.h.
 * The map holds no socket alive: one that its process closes is gone from it.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "internal.h"

static int socket_number(int fd, int option)
{
	int value = -1;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &len) ? -1 : value;
}

/* What bpf_sk_assign would refuse for each connection is better refused once. */
static bool listens(int fd, int domain)
{
	return socket_number(fd, SO_DOMAIN) == domain &&
	       socket_number(fd, SO_PROTOCOL) == IPPROTO_TCP &&
	       socket_number(fd, SO_ACCEPTCONN) == 1;
}

static int clear(const struct sw_datapath *dp, __u32 key, struct sw_err *err)
{
	if (!bpf_map_delete_elem(dp->map[MAP_DESK].fd, &key) || errno == ENOENT || errno == EINVAL)
		return 0; /* EINVAL: of a sockmap, that nobody is there */
	return sw_err_set(err, -errno, "the desk cannot be taken off the card: %s",
			  strerror(errno));
}

int sw_datapath_desk(struct sw_datapath *dp, int family, int fd, struct sw_err *err)
{
	__u32 key = family == 4 ? SW_DESK_IPV4 : SW_DESK_IPV6;
	__u64 value = (__u64)fd;

	if (family != 4 && family != 6)
		return sw_err_set(err, -EINVAL, "%d is no family of addresses", family);
	if (fd < 0)
		return clear(dp, key, err);
	if (!listens(fd, family == 4 ? AF_INET : AF_INET6))
		return sw_err_set(err, -EINVAL, "not a TCP socket that listens in IPv%d", family);
	if (bpf_map_update_elem(dp->map[MAP_DESK].fd, &key, &value, BPF_ANY))
		return sw_err_set(err, -errno, "the card does not take the desk's socket: %s",
				  strerror(errno));
	return 0;
}
