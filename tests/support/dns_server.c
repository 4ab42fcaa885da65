/* SPDX-License-Identifier: GPL-2.0-only */
/* dns_server - see dns_server.h. */
#include "dns_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "dns/message.h"
#include "dns_wire.h"

#define PORT 53
#define CONNECTIONS 16
#define PORTS 64
#define HELD 16 /* answers that are to come late */

struct held {
	struct event *event;
	struct dns_server *server;
	struct sockaddr_in to;
	size_t n;
	uint8_t bytes[512];
};

struct connection {
	struct dns_server *server;
	struct event *event;
	int fd;
	size_t n;
	uint8_t bytes[1024];
};

struct dns_server {
	struct event_base *base;
	int udp, tcp;
	struct event *on_udp, *on_tcp;
	struct connection connection[CONNECTIONS];
	struct held held[HELD];
	struct dns_server_counts counts;
	uint16_t port[PORTS];
	bool mute;
	unsigned rcode, late_ms;
	struct dns_wire wire;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* ---- what is answered ---- */

enum fate {
	ANSWER,
	NOTHING,
	LATE,
	CLOSE,
};

static void usual(struct dns_wire *w, uint32_t ttl)
{
	dns_wire_a(w, NULL, ttl, "127.0.0.2");
	dns_wire_a(w, NULL, ttl, "127.0.0.4");
}

/* Like the one it copies, but for some other name. */
static void misname(struct dns_wire *w)
{
	usual(w, 60);
	w->bytes[13] ^= 1;
}

static enum fate truncate_to_tcp(struct dns_wire *w, const char *label, bool tcp)
{
	if (!tcp) {
		dns_wire_truncated(w);
		return ANSWER;
	}
	if (!strcmp(label, "tcclose"))
		return CLOSE;
	usual(w, 60);
	return strcmp(label, "tchang") ? ANSWER : NOTHING;
}

static void chain(struct dns_wire *w, bool loop)
{
	dns_wire_name(w, NULL, DNS_TYPE_CNAME, 50, "one.example");
	dns_wire_name(w, "one.example", DNS_TYPE_CNAME, 40, loop ? "two.example" : "end.example");
	dns_wire_name(w, "two.example", DNS_TYPE_CNAME, 40, "one.example");
	dns_wire_a(w, "end.example", 60, "127.0.0.9");
}

static enum fate answer(struct dns_server *s, const uint8_t *q, size_t n, bool tcp,
			const char *label)
{
	static const struct {
		const char *label;
		unsigned rcode;
	} codes[] = { { "nx", 3 }, { "servfail", 2 }, { "refused", 5 } };
	struct dns_wire *w = &s->wire;
	bool edns = n >= 12 && q[11];

	dns_wire_answer(w, q, n, s->rcode);
	if (s->rcode)
		return ANSWER;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (strcmp(label, codes[i].label) != 0)
			continue;
		dns_wire_answer(w, q, n, codes[i].rcode);
		dns_wire_soa(w, "example", 900, 70);
		return ANSWER;
	}
	if (!strcmp(label, "silent"))
		return NOTHING;
	if (!strncmp(label, "tc", 2))
		return truncate_to_tcp(w, label, tcp);
	if (!strncmp(label, "ttl", 3))
		usual(w, (uint32_t)strtoul(label + 3, NULL, 10));
	else if (!strcmp(label, "nodata"))
		dns_wire_soa(w, "example", 900, 80);
	else if (!strcmp(label, "malformed"))
		dns_wire_record(w, DNS_ANSWER, NULL, SW_DNS_A, 60, "abc", 3);
	else if (!strcmp(label, "chain") || !strcmp(label, "loop"))
		chain(w, *label == 'l');
	else if (!strcmp(label, "wrongname"))
		misname(w);
	else if (!strcmp(label, "plain") && edns)
		w->bytes[3] |= 1;
	else
		usual(w, 60);
	if (!strcmp(label, "wrongid"))
		w->bytes[0] ^= 1;
	if (!strcmp(label, "garbage"))
		memset(w->bytes, 0xee, w->n);
	return strcmp(label, "late") ? ANSWER : LATE;
}

/* The first label of the question, "" for the root. */
static void label_of(const uint8_t *q, size_t n, char label[64])
{
	size_t length = n > 12 ? q[12] : 0;

	if (length > 63 || 13 + length > n)
		length = 0;
	memcpy(label, q + 13, length);
	label[length] = '\0';
	label[strcspn(label, "-")] = '\0'; /* "ok-17": one of many */
}

/* ---- UDP ---- */

static void count_port(struct dns_server *s, uint16_t port)
{
	for (unsigned i = 0; i < s->counts.ports; i++)
		if (s->port[i] == port)
			return;
	if (s->counts.ports < PORTS)
		s->port[s->counts.ports++] = port;
}

static void on_late(evutil_socket_t fd, short what, void *ctx)
{
	struct held *h = ctx;

	sendto(h->server->udp, h->bytes, h->n, 0, (struct sockaddr *)&h->to, sizeof(h->to));
	event_free(h->event);
	h->event = NULL;
}

static void hold(struct dns_server *s, const struct sockaddr_in *to)
{
	const struct timeval wait = { s->late_ms / 1000, s->late_ms % 1000 * 1000 };

	for (int i = 0; i < HELD; i++) {
		struct held *h = &s->held[i];

		if (h->event || s->wire.n > sizeof(h->bytes))
			continue;
		*h = (struct held){ .server = s, .to = *to, .n = s->wire.n };
		memcpy(h->bytes, s->wire.bytes, h->n);
		h->event = event_new(s->base, -1, 0, on_late, h);
		event_add(h->event, &wait);
		return;
	}
}

static void on_udp(evutil_socket_t fd, short what, void *ctx)
{
	struct dns_server *s = ctx;
	struct sockaddr_in from;
	socklen_t bytes = sizeof(from);
	uint8_t q[1024];
	char label[64];
	ssize_t n;
	enum fate fate;

	while ((n = recvfrom(fd, q, sizeof(q), MSG_DONTWAIT, (struct sockaddr *)&from, &bytes)) >
	       0) {
		label_of(q, (size_t)n, label);
		*(*label ? &s->counts.udp : &s->counts.probes) += 1;
		count_port(s, from.sin_port);
		if (s->mute)
			continue;
		fate = answer(s, q, (size_t)n, false, label);
		if (!strcmp(label, "empty"))
			sendto(fd, "", 0, 0, (struct sockaddr *)&from, bytes);
		if (fate == ANSWER)
			sendto(fd, s->wire.bytes, s->wire.n, 0, (struct sockaddr *)&from, bytes);
		if (fate == LATE)
			hold(s, &from);
	}
}

/* ---- TCP ---- */

static void close_connection(struct connection *c)
{
	if (!c->event)
		return;
	event_free(c->event);
	c->event = NULL;
	close(c->fd);
}

/* One query that is whole; how many bytes it took. */
static size_t answer_tcp(struct connection *c)
{
	size_t n = c->n >= 2 ? (size_t)(c->bytes[0] << 8 | c->bytes[1]) : 0;
	struct dns_server *s = c->server;
	uint8_t length[2];
	char label[64];
	enum fate fate;

	if (!n || c->n < n + 2)
		return 0;
	s->counts.tcp++;
	label_of(c->bytes + 2, n, label);
	fate = answer(s, c->bytes + 2, n, true, label);
	length[0] = (uint8_t)(s->wire.n >> 8);
	length[1] = (uint8_t)s->wire.n;
	if (fate == ANSWER && (send(c->fd, length, 2, MSG_NOSIGNAL) != 2 ||
			       send(c->fd, s->wire.bytes, s->wire.n, MSG_NOSIGNAL) < 0))
		fate = CLOSE;
	if (fate != CLOSE)
		return n + 2;
	close_connection(c);
	return 0;
}

static void on_connection(evutil_socket_t fd, short what, void *ctx)
{
	struct connection *c = ctx;
	ssize_t got = recv(fd, c->bytes + c->n, sizeof(c->bytes) - c->n, MSG_DONTWAIT);
	size_t used;

	if (got <= 0) {
		close_connection(c);
		return;
	}
	c->n += (size_t)got;
	while ((used = answer_tcp(c))) {
		c->n -= used;
		memmove(c->bytes, c->bytes + used, c->n);
	}
}

static void on_tcp(evutil_socket_t fd, short what, void *ctx)
{
	struct dns_server *s = ctx;
	int accepted = accept(fd, NULL, NULL);

	s->counts.connections++;
	for (int i = 0; i < CONNECTIONS && accepted >= 0; i++) {
		struct connection *c = &s->connection[i];

		if (c->event)
			continue;
		*c = (struct connection){ .server = s, .fd = accepted };
		c->event = event_new(s->base, accepted, EV_READ | EV_PERSIST, on_connection, c);
		event_add(c->event, NULL);
		return;
	}
	close(accepted);
}

/* ---- open and close ---- */

static int bind_to(const char *address, int type)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1, bytes = 4 << 20;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* so that it loses nothing of what is asked at once */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	if (inet_pton(AF_INET, address, &a.sin_addr) != 1 ||
	    bind(fd, (struct sockaddr *)&a, sizeof(a)))
		die(address);
	if (type == SOCK_STREAM && listen(fd, 64))
		die(address);
	return fd;
}

struct dns_server *dns_server_open(struct event_base *base, const char *address)
{
	struct dns_server *s = calloc(1, sizeof(*s));

	if (!s)
		die("memory");
	s->base = base;
	s->late_ms = 300;
	s->udp = bind_to(address, SOCK_DGRAM);
	s->tcp = bind_to(address, SOCK_STREAM);
	s->on_udp = event_new(base, s->udp, EV_READ | EV_PERSIST, on_udp, s);
	s->on_tcp = event_new(base, s->tcp, EV_READ | EV_PERSIST, on_tcp, s);
	event_add(s->on_udp, NULL);
	event_add(s->on_tcp, NULL);
	return s;
}

void dns_server_close(struct dns_server *s)
{
	if (!s)
		return;
	for (int i = 0; i < CONNECTIONS; i++)
		close_connection(&s->connection[i]);
	for (int i = 0; i < HELD; i++)
		if (s->held[i].event)
			event_free(s->held[i].event);
	event_free(s->on_udp);
	event_free(s->on_tcp);
	close(s->udp);
	close(s->tcp);
	free(s);
}

void dns_server_mute(struct dns_server *s, bool mute)
{
	s->mute = mute;
}

void dns_server_rcode(struct dns_server *s, unsigned rcode)
{
	s->rcode = rcode;
}

void dns_server_late_ms(struct dns_server *s, unsigned ms)
{
	s->late_ms = ms;
}

struct dns_server_counts dns_server_counts(const struct dns_server *s)
{
	return s->counts;
}

bool dns_server_namespace(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd, code;

	if (unshare(CLONE_NEWNET))
		return false;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	code = ioctl(fd, SIOCSIFFLAGS, &request);
	close(fd);
	return !code;
}
