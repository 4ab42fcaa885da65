/* SPDX-License-Identifier: GPL-2.0-only */
/* parcel - datagrams with descriptors, unix(7) SCM_RIGHTS; see delegate_message.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "delegate_message.h"

union control {
	char room[CMSG_SPACE(sizeof(int) * DELEGATE_FDS)];
	struct cmsghdr align;
};

int sw_parcel_send(int fd, const struct delegate_parcel *p)
{
	struct iovec iov = { .iov_base = p->data, .iov_len = p->bytes };
	union control control = { { 0 } };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (p->fds) {
		struct cmsghdr *c;

		msg.msg_control = control.room;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * p->fds);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * p->fds);
		memcpy(CMSG_DATA(c), p->fd, sizeof(int) * p->fds);
	}
	do
		n = sendmsg(fd, &msg, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	return 0;
}

static void take_descriptors(struct msghdr *msg, struct delegate_parcel *p)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		p->fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		if (p->fds > DELEGATE_FDS) /* the kernel was told of no more room than that */
			abort();
		memcpy(p->fd, CMSG_DATA(c), sizeof(int) * p->fds);
	}
}

int sw_parcel_receive(int fd, struct delegate_parcel *p)
{
	struct iovec iov = { .iov_base = p->data, .iov_len = p->bytes };
	union control control = { { 0 } };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.room,
			      /* not CMSG_SPACE: its padding may hold one more */
			      .msg_controllen = CMSG_LEN(sizeof(int) * DELEGATE_FDS) };
	ssize_t n;

	p->fds = 0;
	do
		n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	take_descriptors(&msg, p);
	if (n == 0 || msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
		sw_parcel_close(p);
		return n == 0 ? -EPIPE : -EPROTO;
	}
	p->bytes = (size_t)n;
	return 0;
}

void sw_parcel_close(struct delegate_parcel *p)
{
	for (size_t i = 0; i < p->fds; i++)
		close(p->fd[i]);
	p->fds = 0;
}
