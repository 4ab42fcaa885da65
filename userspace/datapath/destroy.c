/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * destroy - close connections that are open, by the kernel's own means (sock_diag(7),
 * SOCK_DESTROY): what their owner would see of a peer that resets. See datapath.h. It is not the
 * filter's, and here for the privilege that it takes.
 */
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "internal.h"

#define PATIENCE_SECONDS 5

/* Answers are asked for one at a time, so there is no other to be told apart. */
static int acknowledgement(int fd)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char more[256]; /* the request again, or words */
	} answer;
	ssize_t n;

	do
		n = recv(fd, &answer, sizeof(answer), 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if ((size_t)n < NLMSG_LENGTH(sizeof(answer.error)) ||
	    answer.head.nlmsg_type != NLMSG_ERROR || answer.error.error > 0)
		return -EPROTO;
	return answer.error.error;
}

static int destroy_one(int fd, const struct sw_connection *c)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 diag;
	} request = {
		.head = { .nlmsg_len = sizeof(request),
			  .nlmsg_type = SOCK_DESTROY,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		.diag = { .sdiag_family = (uint8_t)c->family,
			  .sdiag_protocol = IPPROTO_TCP,
			  .idiag_states = ~0u,
			  .id = { .idiag_sport = c->local_port,
				  .idiag_dport = c->peer_port,
				  .idiag_if = c->interface,
				  .idiag_cookie = { c->cookie[0], c->cookie[1] } } },
	};
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	memcpy(request.diag.id.idiag_src, c->local, sizeof(c->local));
	memcpy(request.diag.id.idiag_dst, c->peer, sizeof(c->peer));
	if (sendto(fd, &request, sizeof(request), 0, (struct sockaddr *)&kernel, sizeof(kernel)) <
	    0)
		return -errno;
	return acknowledgement(fd);
}

/* What became of one that is none any more, or another one by now. */
static bool is_gone(int code)
{
	return code == -ENOENT || code == -ESTALE || code == -ENOTCONN;
}

static int explain(int code, struct sw_err *err)
{
	if (code == -EOPNOTSUPP)
		return sw_err_set(err, code,
				  "this kernel cannot close connections of others (it was built "
				  "without CONFIG_INET_DIAG_DESTROY)");
	if (code == -EPERM)
		return sw_err_set(err, code,
				  "to close connections takes CAP_NET_ADMIN, and synwardd was not "
				  "started as root");
	return sw_err_set(err, code, "connections cannot be closed: %s", strerror(-code));
}

static int destroy_all(int fd, const struct sw_connection *all, size_t n, struct sw_err *err)
{
	int closed = 0;

	for (size_t i = 0; i < n; i++)
		if (all[i].cookie[0] == INET_DIAG_NOCOOKIE)
			return sw_err_set(err, -EINVAL, "connections are named by their cookies");
	for (size_t i = 0; i < n; i++) {
		int code = destroy_one(fd, &all[i]);

		if (code && !is_gone(code))
			return explain(code, err);
		closed += !code;
	}
	return closed;
}

int sw_datapath_destroy(const struct sw_connection *all, size_t n, struct sw_err *err)
{
	const struct timeval patience = { .tv_sec = PATIENCE_SECONDS };
	int fd, code;

	if (n > SW_DESTROY_MAX)
		return sw_err_set(err, -EINVAL, "more than %d connections at once", SW_DESTROY_MAX);
	if (sw_delegated())
		return sw_delegate_destroy(all, n, err);
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (fd < 0)
		return explain(errno == EPROTONOSUPPORT ? -EOPNOTSUPP : -errno, err);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	code = destroy_all(fd, all, n, err);
	close(fd);
	return code;
}
