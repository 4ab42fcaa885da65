/* SPDX-License-Identifier: GPL-2.0-only */
/* link - see link.h. */
#include "link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include <event2/event.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/seldom.h"

#define AT_ONCE 256 /* packets, before other events have their turn */
#define RETRY_S 1
#define SAY_BYTES 256
#define WINDOW \
	128 /* questions that are out: their answers have room in the socket, however late we read */

struct sw_link {
	struct sw_link_options options;
	struct sockaddr_un to;
	struct event_base *base;
	struct event *readable, *writable, *retry, *late;
	int fd; /* -1: not connected */
	bool failed; /* it was said that it cannot be reached */
	bool withdrawn;
	struct sw_seldom nonsense;
	struct sw_enquiries asks;
};

static uint64_t now_ms(void)
{
	return sw_clock_monotonic_ns(sw_clock_system()) / 1000000;
}

#define say(link, ...) sw_log_note((link)->options.note, (link)->options.ctx, __VA_ARGS__)

/* ---- questions ---- */

static void send_asks(struct sw_link *link);

static void expect_late(struct sw_link *link)
{
	const struct sw_enquiry *ask = sw_enquiries_oldest(&link->asks);
	uint64_t now = now_ms(), end;
	struct timeval wait = { 0 };

	if (!ask || evtimer_pending(link->late, NULL))
		return;
	end = ask->asked_ms + link->options.wait_ms;
	if (end > now) {
		wait.tv_sec = (time_t)((end - now) / 1000);
		wait.tv_usec = (suseconds_t)((end - now) % 1000 * 1000);
	}
	evtimer_add(link->late, &wait);
}

static void on_late(evutil_socket_t fd, short what, void *ctx)
{
	struct sw_link *link = ctx;
	uint64_t now = now_ms();
	struct sw_enquiry *ask;

	while ((ask = sw_enquiries_oldest(&link->asks)) &&
	       now - ask->asked_ms >= link->options.wait_ms)
		sw_enquiries_finish(&link->asks, ask, NULL);
	if (link->fd >= 0)
		send_asks(link);
	expect_late(link);
}

/* ---- the connection ---- */

static void hang_up(struct sw_link *link)
{
	const struct timeval retry = { .tv_sec = RETRY_S };
	struct sw_enquiry *ask;

	event_del(link->readable);
	event_del(link->writable);
	close(link->fd);
	link->fd = -1;
	evtimer_add(link->retry, &retry);
	while ((ask = sw_enquiries_oldest(&link->asks)))
		sw_enquiries_finish(&link->asks, ask, NULL);
}

/* What there is no room for now goes when there is. */
static bool send_ask(struct sw_link *link, struct sw_enquiry *ask)
{
	char packet[SAY_BYTES];
	size_t n = sw_packet_say(packet, sizeof(packet), ask->id, (enum sw_packet_how)ask->how,
				 &ask->source, ask->port);

	if (send(link->fd, packet, n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return false;
	sw_enquiries_sent(&link->asks, ask);
	return true;
}

static void send_asks(struct sw_link *link)
{
	struct sw_enquiry *ask = NULL;

	while (link->asks.waiting_n < WINDOW && (ask = TAILQ_FIRST(&link->asks.unsent)))
		if (!send_ask(link, ask))
			break;
	if (ask && link->asks.waiting_n < WINDOW)
		event_add(link->writable, NULL); /* one that is gone is found by reading */
	else
		event_del(link->writable);
}

static void on_writable(evutil_socket_t fd, short what, void *ctx)
{
	send_asks(ctx);
}

static bool send_listeners(const struct sw_link *link, int fd)
{
	const int ip4 = link->options.ip4, ip6 = link->options.ip6;
	int fds[2], n = 0;
	char packet[SAY_BYTES], control[CMSG_SPACE(sizeof(fds))] = { 0 };
	struct iovec part = { .iov_base = packet };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	struct cmsghdr *header;

	if (ip4 >= 0)
		fds[n++] = ip4;
	if (ip6 >= 0)
		fds[n++] = ip6;
	if (!n || link->withdrawn)
		return true;
	part.iov_len = sw_packet_listeners(packet, sizeof(packet), ip4 >= 0, ip6 >= 0);
	message.msg_control = control;
	message.msg_controllen = CMSG_SPACE((size_t)n * sizeof(int));
	header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN((size_t)n * sizeof(int));
	memcpy(CMSG_DATA(header), fds, (size_t)n * sizeof(int));
	return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

/* False: who talks like that is not the daemon. */
static bool take_packet(struct sw_link *link, const char *packet, size_t n)
{
	struct sw_packet message;
	struct sw_enquiry *ask;

	if (sw_packet_parse(packet, n, &message))
		return false;
	switch (message.kind) {
	case SW_PACKET_ANSWER:
	case SW_PACKET_NO_ANSWER:
		ask = sw_enquiries_find(&link->asks, message.id);
		if (ask && ask->sent)
			sw_enquiries_finish(&link->asks, ask,
					    message.kind == SW_PACKET_ANSWER ? &message.answer
									     : NULL);
		break;
	case SW_PACKET_REFUSED:
		say(link, LOG_ERR,
		    "synwardd does not send us connections: %s. Mail servers get those whom it "
		    "rejects",
		    message.words);
		break;
	case SW_PACKET_REGISTERED:
		if (!message.steering)
			say(link, LOG_WARNING,
			    "synwardd cannot send us connections on this kernel or interface: mail "
			    "servers get those whom it rejects");
		break;
	case SW_PACKET_AGAIN:
		return send_listeners(link, link->fd);
	case SW_PACKET_OTHER:
		break;
	}
	return true;
}

static void complain(struct sw_link *link)
{
	unsigned long kept;

	if (sw_seldom(&link->nonsense, sw_clock_monotonic_ns(sw_clock_system()), &kept))
		say(link, LOG_ERR,
		    "%s: what answers there is not understood; hung up (%lu times "
		    "since last told)",
		    link->options.path, kept);
}

static void read_packets(struct sw_link *link)
{
	char packet[SW_PACKET_BYTES];

	for (int i = 0; i < AT_ONCE && link->fd >= 0; i++) {
		ssize_t n = recv(link->fd, packet, sizeof(packet), MSG_DONTWAIT | MSG_TRUNC);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			say(link, LOG_WARNING, "%s: synwardd is gone; it is tried each second",
			    link->options.path);
			hang_up(link);
		} else if ((size_t)n > sizeof(packet) || !take_packet(link, packet, (size_t)n)) {
			complain(link);
			hang_up(link);
		}
	}
}

static int dial(struct sw_link *link)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), code;

	if (fd < 0)
		return -errno;
	if (!connect(fd, (const struct sockaddr *)&link->to, sizeof(link->to)) &&
	    send_listeners(link, fd)) {
		link->fd = fd;
		return 0;
	}
	code = -errno;
	close(fd);
	return code;
}

static void on_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct sw_link *link = ctx;

	read_packets(link);
	if (link->fd >= 0)
		send_asks(link);
}

static void watch(struct sw_link *link)
{
	event_assign(link->readable, link->base, link->fd, EV_READ | EV_PERSIST, on_readable, link);
	event_assign(link->writable, link->base, link->fd, EV_WRITE | EV_PERSIST, on_writable,
		     link);
	event_add(link->readable, NULL);
}

static void on_retry(evutil_socket_t fd, short what, void *ctx)
{
	const struct timeval retry = { .tv_sec = RETRY_S };
	struct sw_link *link = ctx;
	int code = dial(link);

	if (!code) {
		say(link, LOG_INFO, "%s: synwardd is there", link->options.path);
		link->failed = false;
		watch(link);
		return;
	}
	if (!link->failed)
		say(link, LOG_WARNING, "%s: synwardd cannot be asked: %s; it is tried each second",
		    link->options.path, strerror(-code));
	link->failed = true;
	evtimer_add(link->retry, &retry);
}

/* ---- for everybody ---- */

uint32_t sw_link_ask(struct sw_link *link, enum sw_packet_how how, const struct sw_prefix *source,
		     uint16_t port, sw_enquiry_fn *fn, void *ctx)
{
	struct sw_enquiry *ask = link->fd >= 0 ? sw_enquiries_take(&link->asks, now_ms()) : NULL;

	if (!ask)
		return 0;
	ask->fn = fn;
	ask->ctx = ctx;
	ask->source = *source;
	ask->port = port;
	ask->how = (uint8_t)how;
	if (!event_pending(link->writable, EV_WRITE, NULL))
		send_asks(link);
	expect_late(link);
	return ask->id;
}

void sw_link_forget(struct sw_link *link, uint32_t id)
{
	struct sw_enquiry *ask = sw_enquiries_find(&link->asks, id);

	if (ask)
		sw_enquiries_give_back(&link->asks, ask);
	if (link->fd >= 0 && !TAILQ_EMPTY(&link->asks.unsent))
		send_asks(link);
}

bool sw_link_tell(struct sw_link *link, const char *packet, size_t n)
{
	return link->fd >= 0 && send(link->fd, packet, n, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

void sw_link_withdraw(struct sw_link *link)
{
	char packet[SAY_BYTES];
	size_t n = sw_packet_listeners(packet, sizeof(packet), false, false);

	link->withdrawn = true;
	if (link->options.ip4 >= 0 || link->options.ip6 >= 0)
		sw_link_tell(link, packet, n);
}

bool sw_link_is_up(const struct sw_link *link)
{
	return link->fd >= 0;
}

static int make(struct sw_link *link)
{
	const struct timeval now = { 0 };

	int code = sw_enquiries_init(&link->asks, link->options.asks);

	link->readable = event_new(link->base, -1, EV_READ | EV_PERSIST, on_readable, link);
	link->writable = event_new(link->base, -1, EV_WRITE | EV_PERSIST, on_writable, link);
	link->retry = evtimer_new(link->base, on_retry, link);
	link->late = evtimer_new(link->base, on_late, link);
	if (code || !link->readable || !link->writable || !link->retry || !link->late ||
	    evtimer_add(link->retry, &now))
		return -ENOMEM;
	return 0;
}

int sw_link_open(struct event_base *base, const struct sw_link_options *options,
		 struct sw_link **ret)
{
	struct sw_link *link;
	int code;

	if (strlen(options->path) >= sizeof(link->to.sun_path))
		return -ENAMETOOLONG;
	link = calloc(1, sizeof(*link));
	if (!link)
		return -ENOMEM;
	link->options = *options;
	link->base = base;
	link->fd = -1;
	link->to.sun_family = AF_UNIX;
	strcpy(link->to.sun_path, options->path);
	code = make(link);
	if (code) {
		sw_link_close(link);
		return code;
	}
	*ret = link;
	return 0;
}

static void free_event(struct event *event)
{
	if (event)
		event_free(event);
}

struct sw_link *sw_link_close(struct sw_link *link)
{
	if (!link)
		return NULL;
	free_event(link->readable);
	free_event(link->writable);
	free_event(link->retry);
	free_event(link->late);
	if (link->fd >= 0)
		close(link->fd);
	sw_enquiries_done(&link->asks);
	free(link);
	return NULL;
}
