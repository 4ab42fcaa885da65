/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mta_socket - where the milter and its like tell what the mail server saw: a Unix datagram
 * socket. docs/control.md is its protocol.
 *
 * Who may write to it can do nothing else, and need not wait: a datagram is there whole or not at
 * all, nothing is answered, and when the daemon is gone or busy the sender gets an error at once
 * (ECONNREFUSED, ENOENT, EAGAIN) and goes on. A datagram is one line of JSON, or several.
 *
 * One thread, the one that runs the event base. At each turn of it a bounded number of datagrams
 * is read, so that others get theirs.
 */
#ifndef SYNWARD_DAEMON_MTA_SOCKET_H
#define SYNWARD_DAEMON_MTA_SOCKET_H

#include <stdint.h>

#include "lib/err.h"
#include "mta/event.h"

#define SW_MTA_SOCKET_FILE "events" /* in run-dir */
#define SW_MTA_SOCKET_BYTES 16384 /* of a datagram */

struct event_base;
struct sw_mta_socket;

struct sw_mta_socket_options {
	const char *path;
	const char *group; /* that may write; root's when there is none of that name */
	void (*event)(void *ctx, const struct sw_mta_event *event); /* valid during the call */
	void (*note)(void *ctx, int level, const char *text); /* level as in syslog */
	void *ctx;
};

/* A socket that nobody reads is replaced; the caller holds the lock of the folder. -EEXIST:
 * something that is no socket is there. -errno with words. */
int sw_mta_socket_open(struct event_base *base, const struct sw_mta_socket_options *options,
		       struct sw_mta_socket **ret, struct sw_err *err);
/* And remove it. NULL is fine; returns NULL. */
struct sw_mta_socket *sw_mta_socket_close(struct sw_mta_socket *s);

struct sw_mta_socket_counts {
	uint64_t lines; /* understood */
	uint64_t bad; /* not */
};

void sw_mta_socket_counts(const struct sw_mta_socket *s, struct sw_mta_socket_counts *ret);

#endif
