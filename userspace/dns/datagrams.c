/* SPDX-License-Identifier: GPL-2.0-only */
/* datagrams - see datagrams.h. */
#include "datagrams.h"

#include <errno.h>

int sw_datagrams_flush(struct sw_datagrams_out *out)
{
	struct mmsghdr message[SW_DATAGRAMS_OUT];
	struct iovec part[SW_DATAGRAMS_OUT];
	unsigned done = 0;
	int code = 0;

	memset(message, 0, out->n * sizeof(message[0]));
	for (unsigned i = 0; i < out->n; i++) {
		part[i] = (struct iovec){ out->data[i], out->bytes[i] };
		message[i].msg_hdr.msg_iov = &part[i];
		message[i].msg_hdr.msg_iovlen = 1;
	}
	while (done < out->n) {
		int sent = sendmmsg(out->fd, message + done, out->n - done, MSG_NOSIGNAL);

		if (sent > 0) {
			done += (unsigned)sent;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno == EAGAIN || errno == ENOBUFS)
			break; /* lost */
		/* An error that an earlier one met is told once; try what is left. */
		if (code)
			break;
		code = -errno;
	}
	out->n = 0;
	return code;
}

void sw_datagrams_turn(struct sw_datagrams_in *in, unsigned most)
{
	in->n = in->next = 0;
	in->left = most;
	in->drained = false;
}

static int read_ahead(struct sw_datagrams_in *in, int fd)
{
	struct mmsghdr message[SW_DATAGRAMS_IN];
	struct iovec part[SW_DATAGRAMS_IN];
	unsigned room = in->left < SW_DATAGRAMS_IN ? in->left : SW_DATAGRAMS_IN;
	int n;

	if (in->drained || !room) {
		errno = EAGAIN;
		return -1;
	}
	memset(message, 0, room * sizeof(message[0]));
	for (unsigned i = 0; i < room; i++) {
		part[i] = (struct iovec){ in->data[i], SW_DATAGRAM_BYTES };
		message[i].msg_hdr.msg_iov = &part[i];
		message[i].msg_hdr.msg_iovlen = 1;
		message[i].msg_hdr.msg_name = &in->from[i];
		message[i].msg_hdr.msg_namelen = sizeof(in->from[i]);
	}
	n = recvmmsg(fd, message, room, MSG_DONTWAIT, NULL);
	if (n <= 0)
		return -1;
	for (int i = 0; i < n; i++) {
		in->bytes[i] = (uint16_t)message[i].msg_len;
		in->from_bytes[i] = message[i].msg_hdr.msg_namelen;
	}
	in->next = 0;
	in->n = (unsigned)n;
	in->left -= (unsigned)n;
	in->drained = (unsigned)n < room;
	return 0;
}

ssize_t sw_datagrams_read(struct sw_datagrams_in *in, int fd, void *data, size_t n,
			  struct sockaddr *from, socklen_t *from_bytes)
{
	unsigned i;

	if (in->next == in->n && read_ahead(in, fd))
		return -1;
	i = in->next++;
	if (n > in->bytes[i])
		n = in->bytes[i];
	memcpy(data, in->data[i], n);
	if (from && from_bytes) {
		if (*from_bytes > in->from_bytes[i])
			*from_bytes = in->from_bytes[i];
		memcpy(from, &in->from[i], *from_bytes);
	}
	return (ssize_t)n;
}
