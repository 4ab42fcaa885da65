/* SPDX-License-Identifier: GPL-2.0-only */
/* netlink - see netlink.h. */
#include "netlink.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define SEQUENCE 1
#define PATIENCE_SECONDS 5

static int open_socket(int protocol)
{
	const struct timeval patience = { .tv_sec = PATIENCE_SECONDS };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

static int send_request(int fd, struct nlmsghdr *request)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	request->nlmsg_flags |= NLM_F_REQUEST | NLM_F_DUMP;
	request->nlmsg_seq = SEQUENCE;
	return sendto(fd, request, request->nlmsg_len, 0, (struct sockaddr *)&kernel,
		      sizeof(kernel)) < 0
		       ? -errno
		       : 0;
}

/* The next datagram of the kernel's into @buffer; its bytes or -errno. */
static ssize_t receive(int fd, void *buffer, size_t room)
{
	struct sockaddr_nl from;
	struct iovec iov = { .iov_base = buffer, .iov_len = room };
	ssize_t n;

	do {
		struct msghdr msg = { .msg_name = &from,
				      .msg_namelen = sizeof(from),
				      .msg_iov = &iov,
				      .msg_iovlen = 1 };

		n = recvmsg(fd, &msg, 0);
		if (n >= 0 && msg.msg_flags & MSG_TRUNC)
			return -EPROTO;
	} while ((n < 0 && errno == EINTR) || (n >= 0 && from.nl_pid != 0));
	return n < 0 ? -errno : n;
}

static int error_of(const struct nlmsghdr *message)
{
	const struct nlmsgerr *e = NLMSG_DATA(message);

	if (message->nlmsg_len < NLMSG_LENGTH(sizeof(*e)) || e->error > 0)
		return -EPROTO;
	return e->error;
}

/* One datagram of messages. *@done when it holds the last. */
static int take(const char *buffer, size_t n, bool *done,
		int (*each)(void *ctx, const struct nlmsghdr *message), void *ctx)
{
	const struct nlmsghdr *message = (const void *)buffer;
	int code = 0;

	for (; NLMSG_OK(message, n) && !code && !*done; message = NLMSG_NEXT(message, n)) {
		if (message->nlmsg_seq != SEQUENCE)
			continue;
		if (message->nlmsg_type == NLMSG_DONE)
			*done = true;
		else if (message->nlmsg_type == NLMSG_ERROR)
			code = error_of(message);
		else
			code = each(ctx, message);
	}
	return code;
}

int sw_netlink_dump(int protocol, struct nlmsghdr *request,
		    int (*each)(void *ctx, const struct nlmsghdr *message), void *ctx)
{
	char buffer[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
	int fd = open_socket(protocol), code;
	bool done = false;

	if (fd < 0)
		return fd;
	code = send_request(fd, request);
	while (!code && !done) {
		ssize_t n = receive(fd, buffer, sizeof(buffer));

		code = n < 0 ? (int)n : take(buffer, (size_t)n, &done, each, ctx);
	}
	close(fd);
	return code;
}
