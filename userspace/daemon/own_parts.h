/* SPDX-License-Identifier: GPL-2.0-only */
/* own_parts - what the files of own share, and their parsers for tests. */
#ifndef SYNWARD_DAEMON_OWN_PARTS_H
#define SYNWARD_DAEMON_OWN_PARTS_H

#include <stdint.h>

#include "lib/log.h"
#include "own.h"

/* What is being gathered. */
struct sw_own_gather {
	const struct sw_own_places *places;
	void (*note)(void *ctx, int level, const char *text);
	void *ctx;
	struct sw_own_entry *entry; /* SW_OWN_MAX, in the order in which they were found */
	size_t n;
	bool full; /* and that was noted */
};

/* @prefix must not be blocked, and why. */
void sw_own_add(struct sw_own_gather *g, const struct sw_prefix *prefix, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
#define sw_own_note(g, ...) sw_log_note((g)->note, (g)->ctx, __VA_ARGS__)

/* The sources, each in a file. */
void sw_own_gateways(struct sw_own_gather *g);
void sw_own_resolvers(struct sw_own_gather *g);
void sw_own_ssh(struct sw_own_gather *g);

/* The address that @bytes are, in network order, IPv4 in IPv6 (::ffff:0:0/96) as IPv4;
 * false when it is nobody's (0.0.0.0, ::). @family: AF_INET, AF_INET6. */
bool sw_own_address(int family, const void *bytes, struct sw_prefix *ret);

/* The same from text of @n bytes, which may end in a scope ("%eth0"). 0 or -EINVAL. */
int sw_own_parse(const char *text, size_t n, struct sw_prefix *ret);

/* ---- parsers ---- */

/*
 * A line of resolv.conf(5), without newline. 1: a name server, in *@ret; 0: something
 * else; -EINVAL: a name server whose address is none.
 */
int sw_own_parse_nameserver(const char *line, struct sw_prefix *ret);

/* "client port server port" (SSH_CONNECTION), "client port port" (SSH_CLIENT): who is
 * there, and the port of the server. -EINVAL; nothing is then written. */
int sw_own_parse_ssh(const char *text, struct sw_prefix *peer, uint16_t *port);

/* A line of /proc/net/tcp or tcp6. 1: an established connection from *@peer to local
 * port *@port; 0: something else. */
int sw_own_parse_tcp(const char *line, struct sw_prefix *peer, uint16_t *port);

#endif
