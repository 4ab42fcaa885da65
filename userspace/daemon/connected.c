/* SPDX-License-Identifier: GPL-2.0-only */
/* connected - see connected.h. */
#include "connected.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "netlink.h"

/* States of RFC 9293 by Linux' numbers, which linux/tcp.h and netinet/tcp.h dispute. All in
 * which the source has acknowledged what we sent. */
#define ESTABLISHED 1
#define FIN_WAIT1 4
#define FIN_WAIT2 5
#define TIME_WAIT 6
#define CLOSE_WAIT 8
#define LAST_ACK 9
#define CLOSING 11
#define STATES                                                                     \
	(1u << ESTABLISHED | 1u << FIN_WAIT1 | 1u << FIN_WAIT2 | 1u << TIME_WAIT | \
	 1u << CLOSE_WAIT | 1u << LAST_ACK | 1u << CLOSING)

/* Those that a program of ours still serves, or is about to. What it has closed is a matter of the
 * kernel's, which on older ones cannot be closed once more. */
#define SYN_RECV 3
#define SESSIONS (1u << SYN_RECV | 1u << ESTABLISHED | 1u << CLOSE_WAIT)

/* One of the two. */
struct asking {
	int (*each)(void *ctx, const struct sw_prefix *peer);
	int (*session)(void *ctx, const struct sw_prefix *peer, const struct sw_connection *c);
	void *ctx;
	uint32_t states;
};

/* A socket of both families has peers of IPv4 as ::ffff:0:0/96. */
static struct sw_prefix peer_of(const struct inet_diag_msg *socket)
{
	const uint32_t *word = socket->id.idiag_dst;
	uint64_t hi = (uint64_t)ntohl(word[0]) << 32 | ntohl(word[1]);
	uint64_t lo = (uint64_t)ntohl(word[2]) << 32 | ntohl(word[3]);
	struct sw_prefix address;

	if (socket->idiag_family == AF_INET)
		return sw_prefix_ip4(ntohl(word[0]), 32);
	address = sw_prefix_ip6(hi, lo, 128);
	return sw_prefix_unmapped(&address);
}

static int tell_session(const struct asking *asking, const struct sw_prefix *peer,
			const struct inet_diag_msg *socket)
{
	struct sw_connection c = { .family = socket->idiag_family,
				   .interface = socket->id.idiag_if,
				   .cookie = { socket->id.idiag_cookie[0],
					       socket->id.idiag_cookie[1] },
				   .local_port = socket->id.idiag_sport,
				   .peer_port = socket->id.idiag_dport };

	memcpy(c.local, socket->id.idiag_src, sizeof(c.local));
	memcpy(c.peer, socket->id.idiag_dst, sizeof(c.peer));
	return asking->session(asking->ctx, peer, &c);
}

static int take_socket(void *ctx, const struct nlmsghdr *message)
{
	const struct inet_diag_msg *socket = NLMSG_DATA(message);
	const struct asking *asking = ctx;
	struct sw_prefix peer;

	if (message->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
	    message->nlmsg_len < NLMSG_LENGTH(sizeof(*socket)) ||
	    (socket->idiag_family != AF_INET && socket->idiag_family != AF_INET6))
		return 0;
	peer = peer_of(socket);
	return asking->each ? asking->each(asking->ctx, &peer)
			    : tell_session(asking, &peer, socket);
}

static int ask(uint8_t family, uint16_t port, struct asking *asking)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 diag;
	} request = {
		.head = { .nlmsg_len = sizeof(request), .nlmsg_type = SOCK_DIAG_BY_FAMILY },
		.diag = { .sdiag_family = family,
			  .sdiag_protocol = IPPROTO_TCP,
			  .idiag_states = asking->states,
			  .id = { .idiag_sport = htons(port) } },
	};

	return sw_netlink_dump(NETLINK_SOCK_DIAG, &request.head, take_socket, asking);
}

static int ask_both(uint16_t port, struct asking *asking)
{
	int code = ask(AF_INET, port, asking);

	return code ? code : ask(AF_INET6, port, asking);
}

int sw_connected_each(uint16_t port, int (*each)(void *ctx, const struct sw_prefix *peer),
		      void *ctx)
{
	struct asking asking = { .each = each, .ctx = ctx, .states = STATES };

	return ask_both(port, &asking);
}

int sw_connected_sessions(uint16_t port,
			  int (*each)(void *ctx, const struct sw_prefix *peer,
				      const struct sw_connection *connection),
			  void *ctx)
{
	struct asking asking = { .session = each, .ctx = ctx, .states = SESSIONS };

	return ask_both(port, &asking);
}
