/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * resolver - c-ares and its sockets. See resolver.h; resolver_parts.h has the other parts.
 *
 * c-ares is given whole queries and hands out whole answers. What it does well, it does:
 * matching answers to queries, TCP. What costs it time or is not exact is done here:
 *
 * - A lane is a channel with one server and one socket. UDP has lanes of its own, because an
 *   error of a TCP connection ends all queries of its channel. A lane takes a bounded number
 *   of queries at a time, for what the socket's buffer cannot hold is lost, and a bounded
 *   number in all, so that ports change (RFC 5452 9.2).
 * - c-ares looks through all queries that are to time out within the present second whenever
 *   it is called. So they time out here, by a wheel, and never there: a lane is gone before.
 *   A query whose question has ended stays in its lane, and its answer is still welcome.
 * - Truncated answers and those that say "no" come up as they are (ARES_FLAG_IGNTC,
 *   ARES_FLAG_NOCHECKRESP): who asks again, and whom, is for resolver_ask.c.
 * - Sockets are ours (ares_set_socket_functions): datagrams go and come many at a time.
 * - Lanes are closed by the tick alone, never from inside c-ares.
 */
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/uio.h>
#include <unistd.h>

/* Newer ones have another set of functions besides; these are in all that we build with. */
#define CARES_NO_DEPRECATED
#include <ares.h>
#include <event2/event.h>
#include <event2/event_struct.h>

#include "resolver_parts.h"

#define LANE_UNDER_WAY 512 /* queries at a time; small answers so many fit into the buffer */
#define LANE_QUERIES 8192 /* in all */
#define LANE_AGE_MS 10000
#define LANES 64 /* of a server, for each of UDP and TCP */
#define TCP_UNDER_WAY 64
#define NEVER_MS 1000000 /* c-ares' own time-out: beyond the life of any lane */
#define BUFFER_BYTES (1 << 20)
#define CODE_BITS 15 /* these bits of the fourth byte of a message */
#define CODE_FORMERR 1
#define CODE_HIDDEN 15
#define TURN 256 /* datagrams that are read before others have their turn */

struct sw_dns_try {
	struct sw_dns_question *question; /* NULL: it has ended, or this was never for one */
	struct sw_dns_try *next; /* of the same question */
	struct sw_lane *lane;
	uint64_t sent_us;
	bool probe;
};

struct sw_lane {
	struct sw_resolver *resolver;
	struct sw_resolver_server *server;
	struct sw_lane *next, *next_broken;
	ares_channel channel;
	struct event event;
	int fd; /* -1: none at present */
	int error; /* met when sending, for c-ares to find when it reads */
	uint64_t opened_ms;
	uint32_t live, stale; /* queries under way: that somebody waits for, that nobody does */
	uint32_t sent;
	bool tcp, edns, retired, watched, is_broken;
};

/* ---- sockets, for c-ares ---- */

static ares_socket_t open_socket(int family, int type, int protocol, void *ctx)
{
	struct sw_lane *lane = ctx;
	const int bytes = BUFFER_BYTES, on = 1;
	int fd;

	if (lane->fd >= 0) { /* one is all that a lane has */
		errno = EMFILE;
		return -1;
	}
	fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
	if (fd < 0)
		return -1;
	/* as much as the machine lets us have; no failure if it does not */
	if (lane->tcp)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	else
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	lane->fd = fd;
	lane->error = 0;
	lane->resolver->stats.sockets++;
	return fd;
}

static int close_socket(ares_socket_t fd, void *ctx)
{
	struct sw_lane *lane = ctx;
	struct sw_resolver *r = lane->resolver;

	if (r->sender == lane) {
		r->sender = NULL;
		r->out.n = 0;
	}
	lane->fd = -1;
	r->stats.sockets--;
	return close(fd);
}

static int connect_socket(ares_socket_t fd, const struct sockaddr *to, ares_socklen_t bytes,
			  void *ctx)
{
	return connect(fd, to, bytes);
}

void sw_lanes_flush(struct sw_resolver *r)
{
	struct sw_lane *lane = r->sender;
	int code;

	if (!lane || !r->out.n)
		return;
	code = sw_datagrams_flush(&r->out);
	if (!code)
		return;
	lane->error = -code;
	if (lane->is_broken)
		return;
	lane->is_broken = true;
	lane->next_broken = r->broken;
	r->broken = lane;
}

static ares_ssize_t send_parts(ares_socket_t fd, const struct iovec *part, int n, void *ctx)
{
	struct sw_lane *lane = ctx;
	struct sw_resolver *r = lane->resolver;
	struct msghdr message = { .msg_iov = (struct iovec *)part };
	size_t bytes = 0;

	message.msg_iovlen = n < IOV_MAX ? (size_t)n : IOV_MAX;
	if (lane->tcp)
		return sendmsg(fd, &message, MSG_NOSIGNAL);
	if (r->sender != lane || r->out.n == SW_DATAGRAMS_OUT)
		sw_lanes_flush(r);
	for (int i = 0; i < n; i++) {
		if (bytes + part[i].iov_len > SW_DNS_QUERY) {
			errno = EMSGSIZE;
			return -1;
		}
		memcpy(r->out.data[r->out.n] + bytes, part[i].iov_base, part[i].iov_len);
		bytes += part[i].iov_len;
	}
	r->sender = lane;
	r->out.fd = fd;
	r->out.bytes[r->out.n++] = (uint16_t)bytes;
	sw_resolver_wake(r);
	return (ares_ssize_t)bytes;
}

/*
 * At the first FORMERR of a server that knows no EDNS, c-ares would do without for the whole
 * channel, and not tell. So it sees another code in its place, which nobody has assigned.
 */
static void hide_formerr(uint8_t *message, ares_ssize_t n)
{
	if (n > 3 && (message[3] & CODE_BITS) == CODE_FORMERR)
		message[3] |= CODE_HIDDEN;
}

static void show_formerr(uint8_t *message, int n)
{
	if (n > 3 && (message[3] & CODE_BITS) == CODE_HIDDEN)
		message[3] ^= CODE_HIDDEN ^ CODE_FORMERR;
}

static ares_ssize_t receive(ares_socket_t fd, void *data, size_t n, int flags,
			    struct sockaddr *from, ares_socklen_t *from_bytes, void *ctx)
{
	struct sw_lane *lane = ctx;
	ares_ssize_t got;

	if (lane->error) {
		errno = lane->error;
		lane->error = 0;
		return -1;
	}
	if (lane->tcp)
		return recv(fd, data, n, 0);
	got = sw_datagrams_read(&lane->resolver->in, fd, data, n, from, from_bytes);
	hide_formerr(data, got);
	return got;
}

static const struct ares_socket_functions socket_functions = {
	.asocket = open_socket,
	.aclose = close_socket,
	.aconnect = connect_socket,
	.arecvfrom = receive,
	.asendv = send_parts,
};

/* ---- lanes ---- */

static void process(struct sw_lane *lane, ares_socket_t readable, ares_socket_t writable)
{
	sw_datagrams_turn(&lane->resolver->in, TURN);
	ares_process_fd(lane->channel, readable, writable);
}

static void on_socket(evutil_socket_t fd, short what, void *ctx)
{
	struct sw_lane *lane = ctx;
	struct sw_resolver *r = lane->resolver;

	r->running = true;
	process(lane, what & EV_READ ? fd : ARES_SOCKET_BAD,
		what & EV_WRITE ? fd : ARES_SOCKET_BAD);
	sw_resolver_run(r);
}

static void on_state(void *ctx, ares_socket_t fd, int readable, int writable)
{
	struct sw_lane *lane = ctx;
	short what = (short)((readable ? EV_READ : 0) | (writable ? EV_WRITE : 0));

	if (lane->watched)
		event_del(&lane->event);
	lane->watched = what && !event_assign(&lane->event, lane->resolver->options.base, fd,
					      (short)(what | EV_PERSIST), on_socket, lane);
	if (lane->watched)
		event_add(&lane->event, NULL);
}

static int set_server(ares_channel channel, const struct sw_dns_address *address)
{
	struct ares_addr_port_node node = {
		.family = address->family,
		.udp_port = address->port,
		.tcp_port = address->port,
	};

	memcpy(&node.addr, address->bytes, address->family == AF_INET ? 4 : 16);
	return ares_set_servers_ports(channel, &node);
}

/* All options that would be looked for in files are set. */
static int open_channel(struct sw_lane *lane)
{
	struct ares_options options = {
		.flags = ARES_FLAG_IGNTC | ARES_FLAG_NOCHECKRESP | ARES_FLAG_NOSEARCH |
			 ARES_FLAG_NOALIASES,
		.timeout = NEVER_MS,
		.tries = 1,
		.ednspsz = SW_DATAGRAM_BYTES,
		.lookups = (char *)"b",
		.sock_state_cb = on_state,
		.sock_state_cb_data = lane,
	};
	int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS |
		   ARES_OPT_EDNSPSZ | ARES_OPT_LOOKUPS | ARES_OPT_DOMAINS | ARES_OPT_SORTLIST |
		   ARES_OPT_SERVERS | ARES_OPT_NOROTATE | ARES_OPT_SOCK_STATE_CB;

	if (lane->tcp)
		options.flags |= ARES_FLAG_USEVC;
	else /* without EDNS it would cut what comes in at 512 bytes */
		options.flags |= ARES_FLAG_STAYOPEN | ARES_FLAG_EDNS;
	if (ares_init_options(&lane->channel, &options, mask) != ARES_SUCCESS)
		return -ENOMEM;
	ares_set_socket_functions(lane->channel, &socket_functions, lane);
	if (set_server(lane->channel, &lane->server->address) == ARES_SUCCESS)
		return 0;
	ares_destroy(lane->channel);
	return -ENOMEM;
}

static struct sw_lane *open_lane(struct sw_resolver *r, struct sw_resolver_server *server, bool tcp)
{
	struct sw_lane *lane = calloc(1, sizeof(*lane));
	uint64_t now_ms = sw_resolver_now_us(r) / 1000;

	if (!lane)
		return NULL;
	if (server->plain_until_ms && server->plain_until_ms <= now_ms)
		server->plain_until_ms = 0;
	lane->resolver = r;
	lane->server = server;
	lane->fd = -1;
	lane->opened_ms = now_ms;
	lane->tcp = tcp;
	lane->edns = !server->plain_until_ms;
	if (open_channel(lane)) {
		free(lane);
		return NULL;
	}
	lane->next = server->lanes[tcp];
	server->lanes[tcp] = lane;
	sw_resolver_tick(r);
	return lane;
}

/* c-ares ends all that is under way, and closes the socket. */
static void close_lane(struct sw_lane *lane)
{
	ares_destroy(lane->channel);
	free(lane);
}

static struct sw_lane *find_lane(struct sw_resolver *r, struct sw_resolver_server *server, bool tcp)
{
	const uint32_t most = tcp ? TCP_UNDER_WAY : LANE_UNDER_WAY;
	unsigned n = 0;

	for (struct sw_lane *lane = server->lanes[tcp]; lane; lane = lane->next, n++)
		if (!lane->retired && lane->live + lane->stale < most)
			return lane;
	return n < LANES ? open_lane(r, server, tcp) : NULL;
}

/* Close those that are not needed any more. */
static void tidy_lanes(struct sw_lane **at, uint64_t now_ms)
{
	while (*at) {
		struct sw_lane *lane = *at;

		if (now_ms - lane->opened_ms > LANE_AGE_MS || lane->stale > LANE_UNDER_WAY / 2)
			lane->retired = true;
		if (!lane->retired || lane->live || lane->is_broken) {
			at = &lane->next;
			continue;
		}
		*at = lane->next;
		close_lane(lane);
	}
}

bool sw_lanes_tidy(struct sw_resolver *r)
{
	uint64_t now_ms = sw_resolver_now_us(r) / 1000;
	bool more = false;

	for (size_t i = 0; i < r->servers; i++) {
		for (int tcp = 0; tcp < 2; tcp++) {
			tidy_lanes(&r->server[i].lanes[tcp], now_ms);
			more |= r->server[i].lanes[tcp] != NULL;
		}
	}
	return more;
}

void sw_lanes_mend(struct sw_resolver *r)
{
	struct sw_lane *lane;

	while ((lane = r->broken)) {
		r->broken = lane->next_broken;
		lane->is_broken = false;
		if (lane->fd >= 0)
			process(lane, lane->fd, ARES_SOCKET_BAD);
	}
}

/* ---- queries ---- */

static uint16_t random_id(struct sw_resolver *r)
{
	if (!r->ids) {
		r->ids = sizeof(r->id) / sizeof(r->id[0]);
		if (getrandom(r->id, sizeof(r->id), 0) != (ssize_t)sizeof(r->id))
			abort(); /* it takes up to 256 bytes at once, always */
	}
	return r->id[--r->ids];
}

static void unlink_try(struct sw_dns_try *t)
{
	struct sw_dns_try **at = &t->question->tries;

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
}

static void on_answer(void *ctx, int status, int timeouts, unsigned char *message, int n)
{
	struct sw_dns_try *t = ctx;
	struct sw_lane *lane = t->lane;
	struct sw_resolver *r = lane->resolver;
	struct sw_dns_question *q = t->question;
	uint32_t rtt_us = 0;
	bool wanted = q || t->probe;

	if (q)
		unlink_try(t);
	if (t->probe)
		lane->server->probe = NULL;
	*(wanted ? &lane->live : &lane->stale) -= 1;
	if (status == ARES_SUCCESS && !lane->tcp)
		rtt_us = (uint32_t)(sw_resolver_now_us(r) - t->sent_us);
	free(t);
	if (status == ARES_SUCCESS && !lane->tcp)
		show_formerr(message, n);
	if (status == ARES_SUCCESS)
		sw_asking_answered(r, q, lane->server, rtt_us, lane->edns, message, (size_t)n);
	else if (wanted && status != ARES_EDESTRUCTION && status != ARES_ECANCELLED)
		sw_asking_failed(r, q, lane->server,
				 status == ARES_ETIMEOUT ? SW_DNS_TIMEOUT : SW_DNS_NO_SERVER);
}

int sw_lane_send(struct sw_resolver *r, struct sw_resolver_server *server,
		 struct sw_dns_question *q, const struct sw_dns_name *name, uint16_t type, bool tcp)
{
	struct sw_lane *lane = find_lane(r, server, tcp);
	struct sw_dns_try *t = lane ? malloc(sizeof(*t)) : NULL;
	uint8_t query[SW_DNS_QUERY];
	size_t n;

	if (!t)
		return -ENOMEM;
	*t = (struct sw_dns_try){ .question = q, .lane = lane, .probe = !q };
	t->sent_us = sw_resolver_now_us(r);
	lane->live++;
	if (q) {
		t->next = q->tries;
		q->tries = t;
	} else {
		sw_lane_forget_probe(server);
		server->probe = t;
	}
	r->stats.sent++;
	r->stats.sent_tcp += tcp;
	if (++lane->sent >= LANE_QUERIES)
		lane->retired = true;
	n = sw_dns_message_ask(name, type, random_id(r), lane->edns ? SW_DNS_PAYLOAD : 0, query);
	ares_send(lane->channel, query, (int)n, on_answer, t);
	return 0;
}

void sw_lane_doubt(struct sw_dns_question *q)
{
	for (struct sw_dns_try *t = q->tries; t; t = t->next)
		t->lane->retired |= t->lane->tcp;
}

static void forget_try(struct sw_dns_try *t)
{
	t->question = NULL;
	t->next = NULL;
	t->probe = false;
	t->lane->live--;
	t->lane->stale++;
}

void sw_lane_forget(struct sw_dns_question *q)
{
	struct sw_dns_try *t;

	while ((t = q->tries)) {
		q->tries = t->next;
		forget_try(t);
	}
}

void sw_lane_forget_probe(struct sw_resolver_server *server)
{
	if (server->probe)
		forget_try(server->probe);
	server->probe = NULL;
}

void sw_lane_renew(struct sw_resolver_server *server)
{
	for (int tcp = 0; tcp < 2; tcp++)
		for (struct sw_lane *lane = server->lanes[tcp]; lane; lane = lane->next)
			lane->retired = true;
}

/* ---- open and close ---- */

int sw_lanes_start(void)
{
	return ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS ? 0 : -ENOMEM;
}

void sw_lanes_stop(struct sw_resolver *r)
{
	for (size_t i = 0; i < r->servers; i++) {
		for (int tcp = 0; tcp < 2; tcp++) {
			struct sw_lane *lane = r->server[i].lanes[tcp], *next;

			for (; lane; lane = next) {
				next = lane->next;
				close_lane(lane);
			}
		}
	}
	ares_library_cleanup();
}

/* Those of /etc/resolv.conf, as c-ares reads it: without any, the one on this machine. */
int sw_lanes_find_servers(struct sw_resolver *r, struct sw_err *err)
{
	struct ares_addr_port_node *nodes = NULL;
	ares_channel channel;
	int code;

	if (ares_init_options(&channel, NULL, 0) != ARES_SUCCESS)
		return -ENOMEM;
	code = ares_get_servers_ports(channel, &nodes);
	for (struct ares_addr_port_node *n = nodes; n && r->servers < SW_DNS_SERVERS; n = n->next) {
		struct sw_dns_address *a = &r->server[r->servers++].address;

		a->family = n->family;
		a->port = n->udp_port ? (uint16_t)n->udp_port : SW_DNS_PORT;
		memcpy(a->bytes, &n->addr, n->family == AF_INET ? 4 : 16);
		sw_dns_address_format(a);
	}
	ares_free_data(nodes);
	ares_destroy(channel);
	if (code != ARES_SUCCESS || !r->servers)
		return sw_err_set(err, -EINVAL, "/etc/resolv.conf names no name server");
	return 0;
}
