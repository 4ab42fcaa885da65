/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * own - the addresses that must never be blocked, found by looking at the machine.
 *
 * Addresses of all interfaces, default gateways of all routing tables, configured
 * resolvers, and who is logged in over SSH: what the operator would put into
 * never-block and forgets when it changes. What is found is a snapshot of this network
 * namespace; the watch says when it may be out of date.
 *
 * Needs no privileges. A source that cannot be read is a note and not a failure: the
 * others count all the same. The caller keeps what it had when gathering fails.
 *
 * SSH: only who has logged in. A TCP connection to port 22 proves nothing, since
 * everybody may open one, and many who send spam do: it would be the way to be never
 * blocked. So its peer counts only when the login records (utmp(5), logind) name the same
 * address, or when it is the peer of the caller's own session (SSH_CONNECTION).
 */
#ifndef SYNWARD_DAEMON_OWN_H
#define SYNWARD_DAEMON_OWN_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/addr.h"
#include "lib/err.h"

#define SW_OWN_MAX 4096 /* what is looked at; more is left out, which is noted */
#define SW_OWN_WHY 80 /* bytes, with NUL */

struct sw_own_entry {
	struct sw_prefix prefix;
	/* "address of eth0", "default gateway via eth0", "resolver in /etc/resolv.conf",
	 * "peer of an SSH session". Of several, the one that comes first in this order. */
	char why[SW_OWN_WHY];
};

/* Sorted (sw_prefix_cmp), each prefix once. */
struct sw_own {
	struct sw_own_entry *entry;
	size_t n;
};

/* Where to look. All zero: the machine's usual places. */
struct sw_own_places {
	const char *ssh; /* text of SSH_CONNECTION or SSH_CLIENT (ssh(1)); NULL or "": none */
	const char *resolv_conf; /* NULL: /etc/resolv.conf */
	const char *stub_conf; /* read too when the other names only a local stub; NULL:
				* /run/systemd/resolve/resolv.conf */
	const char *utmp; /* NULL: /run/utmp */
	bool any_ssh_peer; /* count peers of port 22 that nothing proves to be logged in */
};

/*
 * Look at all places. @ret is then the caller's, for sw_own_done. @note is told, with
 * a level of syslog, what could not be read and what was left out. -ENOMEM alone is a
 * failure; *@ret is then untouched.
 */
int sw_own_find(const struct sw_own_places *places,
		void (*note)(void *ctx, int level, const char *text), void *ctx, struct sw_own *ret,
		struct sw_err *err);
void sw_own_done(struct sw_own *own);

/* *@ret is then the caller's, too. -ENOMEM. */
int sw_own_copy(const struct sw_own *own, struct sw_own *ret);

/* The same prefixes; words do not count. */
bool sw_own_same(const struct sw_own *a, const struct sw_own *b);

/*
 * A netlink socket that becomes readable when an interface, an address or a route
 * changes. The descriptor, which the caller closes, or -errno with words.
 */
int sw_own_watch_open(struct sw_err *err);

/*
 * Take what the watch has to say. 1: something that sw_own_find looks at changed, or
 * messages were lost and something may have; 0: nothing did; -errno: the watch is of no
 * use any more, open a new one. Never waits, and returns after a bounded number of
 * messages: an event loop that watches for readable calls it again. Changes come in
 * bursts: let a second pass before looking again. SSH sessions and resolv.conf are not
 * watched; look every minute or so in any case.
 */
int sw_own_watch_read(int fd);

#endif
