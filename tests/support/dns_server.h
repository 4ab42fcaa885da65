/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dns_server - a name server on an event loop that answers as the question's first label
 * says, rightly or wrongly. For tests in a network namespace of their own.
 *
 *   ok nx nodata servfail refused     what they say; ok: two A records, 127.0.0.2 and .4
 *   silent wrongid wrongname garbage  nothing that could be taken for an answer
 *   empty                             a datagram without bytes, then the answer
 *   malformed loop chain              records of the wrong shape, CNAMEs in a loop, or three
 *   late                              the answer, after server->late_ms
 *   tc tcclose tchang                 truncated; over TCP: the answer, the end, nothing
 *   plain                             FORMERR to EDNS, else the answer
 *   ttl<N>                            an answer with that time to live
 */
#ifndef SYNWARD_TESTS_SUPPORT_DNS_SERVER_H
#define SYNWARD_TESTS_SUPPORT_DNS_SERVER_H

#include <stdbool.h>
#include <stdint.h>

struct event_base;
struct dns_server;

struct dns_server_counts {
	unsigned udp, tcp, connections; /* queries; connections that were made */
	unsigned probes; /* for the name servers of the root; are not among udp */
	unsigned ports; /* that queries came from, at most 64 are counted */
};

/* On "ADDRESS" port 53, UDP and TCP; ends the program when it cannot be there. */
struct dns_server *dns_server_open(struct event_base *base, const char *address);
void dns_server_close(struct dns_server *server);

/* Says nothing to anybody, or answers again. */
void dns_server_mute(struct dns_server *server, bool mute);
/* Every question, whatever it is, gets this rcode; 0: as its label says. */
void dns_server_rcode(struct dns_server *server, unsigned rcode);
void dns_server_late_ms(struct dns_server *server, unsigned ms);
struct dns_server_counts dns_server_counts(const struct dns_server *server);

/* Enter a network namespace of this process's own, where lo is up. False: that is not
 * allowed here. */
bool dns_server_namespace(void);

#endif
