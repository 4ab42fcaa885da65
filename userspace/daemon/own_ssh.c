/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * own_ssh - who is logged in over SSH: the caller, and peers of established connections
 * whom the login records name (see own.h for why a connection is not enough).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <utmpx.h>

#include <systemd/sd-login.h>

#include "netlink.h"
#include "own_parts.h"

#define SSH_PORT 22
#define UTMP "/run/utmp"
#define STATE_ESTABLISHED 1 /* TCP_ESTABLISHED, which linux/tcp.h and netinet/tcp.h dispute */
#define LOGINS_MAX 1024
#define LINES_MAX 1000000

#define WHY "peer of an SSH session"

/* ---- SSH_CONNECTION ---- */

static int parse_port(const char *text, uint16_t *ret)
{
	char *end;
	unsigned long port = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || port < 1 || port > 65535)
		return -EINVAL;
	*ret = (uint16_t)port;
	return 0;
}

int sw_own_parse_ssh(const char *text, struct sw_prefix *peer, uint16_t *port)
{
	char copy[256], *word[5], *rest = NULL;
	struct sw_prefix client, server;
	uint16_t client_port, server_port;
	size_t n = 0;

	if (strlen(text) >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, strlen(text) + 1);
	for (char *w = strtok_r(copy, " ", &rest); w && n < 5; w = strtok_r(NULL, " ", &rest))
		word[n++] = w;
	if ((n != 3 && n != 4) || sw_own_parse(word[0], strlen(word[0]), &client) ||
	    parse_port(word[1], &client_port) || parse_port(word[n - 1], &server_port) ||
	    (n == 4 && sw_own_parse(word[2], strlen(word[2]), &server)))
		return -EINVAL;
	*peer = client;
	*port = server_port;
	return 0;
}

/* ---- login records ---- */

struct logins {
	struct sw_prefix from[LOGINS_MAX];
	size_t n;
	bool known; /* there are records */
};

static void add_login(struct logins *l, const struct sw_prefix *from)
{
	if (l->n < LOGINS_MAX)
		l->from[l->n++] = *from;
}

/* The address is IPv4 when only the first of four words is set. */
static void take_record(struct logins *l, const struct utmpx *u)
{
	const int32_t *a = u->ut_addr_v6;
	struct sw_prefix from;

	if (u->ut_type == USER_PROCESS &&
	    sw_own_address(a[1] || a[2] || a[3] ? AF_INET6 : AF_INET, a, &from))
		add_login(l, &from);
}

/* Not getutxent(3), which sets alarms while it waits for locks. */
static void read_utmp(const char *path, struct logins *l)
{
	FILE *f = fopen(path, "re");
	struct utmpx u;

	if (!f)
		return;
	l->known = true;
	for (int i = 0; i < LOGINS_MAX && fread(&u, sizeof(u), 1, f) == 1; i++)
		take_record(l, &u);
	fclose(f);
}

static void ask_logind(struct logins *l)
{
	char **sessions = NULL, *host;
	struct sw_prefix from;
	int n = sd_get_sessions(&sessions);

	l->known |= n >= 0;
	for (int i = 0; i < n; i++) {
		if (sd_session_get_remote_host(sessions[i], &host) >= 0) {
			if (!sw_own_parse(host, strlen(host), &from))
				add_login(l, &from);
			free(host);
		}
		free(sessions[i]);
	}
	free(sessions);
}

static bool is_logged_in(const struct logins *l, const struct sw_prefix *peer)
{
	for (size_t i = 0; i < l->n; i++)
		if (!sw_prefix_cmp(&l->from[i], peer))
			return true;
	return false;
}

/* ---- connections ---- */

struct connections {
	struct sw_own_gather *gather;
	const struct logins *logins; /* NULL: everybody counts */
	uint16_t port[2];
	size_t ports;
};

static void take_peer(struct connections *c, const struct sw_prefix *peer)
{
	if (!c->logins || is_logged_in(c->logins, peer))
		sw_own_add(c->gather, peer, WHY);
}

static int take_socket(void *ctx, const struct nlmsghdr *message)
{
	const struct inet_diag_msg *socket = NLMSG_DATA(message);
	struct sw_prefix peer;

	if (message->nlmsg_type == SOCK_DIAG_BY_FAMILY &&
	    message->nlmsg_len >= NLMSG_LENGTH(sizeof(*socket)) &&
	    sw_own_address(socket->idiag_family, socket->id.idiag_dst, &peer))
		take_peer(ctx, &peer);
	return 0;
}

static int ask_kernel(struct connections *c, uint8_t family, uint16_t port)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 diag;
	} request = {
		.head = { .nlmsg_len = sizeof(request), .nlmsg_type = SOCK_DIAG_BY_FAMILY },
		.diag = { .sdiag_family = family,
			  .sdiag_protocol = IPPROTO_TCP,
			  .idiag_states = 1u << STATE_ESTABLISHED,
			  .id = { .idiag_sport = htons(port) } },
	};

	return sw_netlink_dump(NETLINK_SOCK_DIAG, &request.head, take_socket, c);
}

/* "addr:port" in hexadecimal, an address word by word in the order of this machine. */
static int parse_end(const char *text, const char **end, struct sw_prefix *addr, bool *nobody,
		     uint16_t *port)
{
	uint32_t word[4];
	size_t digits = strspn(text, "0123456789ABCDEFabcdef"), words = digits / 8;
	char part[9] = "";

	if ((digits != 8 && digits != 32) || text[digits] != ':' ||
	    strspn(text + digits + 1, "0123456789ABCDEFabcdef") != 4)
		return -EINVAL;
	for (size_t i = 0; i < words; i++) {
		memcpy(part, text + 8 * i, 8);
		word[i] = (uint32_t)strtoul(part, NULL, 16);
	}
	*nobody = !sw_own_address(words == 1 ? AF_INET : AF_INET6, word, addr);
	*port = (uint16_t)strtoul(text + digits + 1, NULL, 16);
	*end = text + digits + 5;
	return 0;
}

int sw_own_parse_tcp(const char *line, struct sw_prefix *peer, uint16_t *port)
{
	struct sw_prefix local, remote;
	uint16_t local_port, remote_port;
	bool nobody, no_peer;
	const char *p = strchr(line, ':');

	if (!p)
		return 0;
	p += 1 + strspn(p + 1, " ");
	if (parse_end(p, &p, &local, &nobody, &local_port))
		return 0;
	p += strspn(p, " ");
	if (parse_end(p, &p, &remote, &no_peer, &remote_port) || no_peer)
		return 0;
	if (strncmp(p, " 01 ", 4) != 0) /* STATE_ESTABLISHED */
		return 0;
	*peer = remote;
	*port = local_port;
	return 1;
}

static int read_table(struct connections *c, const char *path)
{
	FILE *f = fopen(path, "re");
	struct sw_prefix peer;
	char line[512];
	uint16_t port;

	if (!f)
		return -errno;
	for (int n = 0; n < LINES_MAX && fgets(line, sizeof(line), f); n++)
		if (sw_own_parse_tcp(line, &peer, &port))
			for (size_t i = 0; i < c->ports; i++)
				if (port == c->port[i])
					take_peer(c, &peer);
	fclose(f);
	return 0;
}

/* A kernel may have no sock_diag, and every one has the other. */
static void gather_family(struct connections *c, uint8_t family)
{
	const char *table = family == AF_INET ? "/proc/net/tcp" : "/proc/net/tcp6";
	int code = 0;

	for (size_t i = 0; i < c->ports && !code; i++)
		code = ask_kernel(c, family, c->port[i]);
	if (code)
		code = read_table(c, table);
	if (code && code != -ENOENT) /* without IPv6 there is no such table */
		sw_own_note(c->gather, LOG_NOTICE, "cannot list TCP connections: %s: %s", table,
			    strerror(-code));
}

static void gather_sessions(struct sw_own_gather *g, struct logins *logins, uint16_t port)
{
	struct connections c = { .gather = g, .port = { SSH_PORT, port }, .ports = 1 };
	const struct sw_own_places *places = g->places;

	c.ports += port && port != SSH_PORT;
	if (!places->any_ssh_peer) {
		read_utmp(places->utmp ? places->utmp : UTMP, logins);
		ask_logind(logins);
		c.logins = logins;
		if (!logins->known)
			sw_own_note(g, LOG_INFO,
				    "this machine keeps no login records: who is logged in over "
				    "SSH is not known");
		if (!logins->n)
			return;
	}
	gather_family(&c, AF_INET);
	gather_family(&c, AF_INET6);
}

void sw_own_ssh(struct sw_own_gather *g)
{
	struct logins *logins = calloc(1, sizeof(*logins));
	const char *text = g->places->ssh;
	struct sw_prefix peer;
	uint16_t port = 0;

	if (text && *text) {
		if (sw_own_parse_ssh(text, &peer, &port))
			sw_own_note(g, LOG_NOTICE, "SSH_CONNECTION does not say who is there");
		else
			sw_own_add(g, &peer, WHY);
	}
	if (logins)
		gather_sessions(g, logins, port);
	free(logins);
}
