/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * desk_socket - where synward-desk asks what to say, and hands over the sockets it listens on: a
 * Unix socket of packets. docs/control.md is its protocol.
 *
 * Transport, not meaning: one JSON object a packet, each way; descriptors come with it by
 * SCM_RIGHTS, and are closed here when they were looked at. Who may write here can do nothing
 * else. Everything is bounded: clients, bytes and descriptors of a packet, packets in a turn of
 * the loop. Nobody is waited for: a client that does not read its answers, or sends what is not
 * understood, is hung up on, and comes again.
 *
 * One thread, the one that runs the event base.
 */
#ifndef SYNWARD_DAEMON_DESK_SOCKET_H
#define SYNWARD_DAEMON_DESK_SOCKET_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "lib/err.h"

#define SW_DESK_SOCKET_FILE "desk" /* in run-dir */
#define SW_DESK_SOCKET_BYTES 4096 /* of a packet */
#define SW_DESK_SOCKET_FDS 2 /* that may come with one */
#define SW_DESK_SOCKET_CLIENTS 16

struct event_base;
struct sw_desk_socket;
struct sw_desk_client;

struct sw_desk_fds {
	int fd[SW_DESK_SOCKET_FDS];
	size_t n;
};

struct sw_desk_socket_options {
	const char *path;
	const char *group; /* that may write; root's when there is none of that name */
	/*
	 * @request is an object, borrowed, as @fds are. *@answer, NULL before, is what is
	 * answered; it is taken. -EPROTO: this is not understood, the client is hung up on. May
	 * call sw_desk_socket_send.
	 */
	int (*ask)(void *ctx, struct sw_desk_client *client, const json_t *request,
		   const struct sw_desk_fds *fds, json_t **answer);
	void (*gone)(void *ctx, struct sw_desk_client *client); /* no more used from now on */
	void (*note)(void *ctx, int level, const char *text); /* level as in syslog */
	void *ctx;
};

/* The caller holds the lock of the folder. -EEXIST: something that is no socket is there. -errno
 * with words. */
int sw_desk_socket_open(struct event_base *base, const struct sw_desk_socket_options *options,
			struct sw_desk_socket **ret, struct sw_err *err);
/* Hang up on all, without a word to .gone, and remove it. NULL is fine; returns NULL. */
struct sw_desk_socket *sw_desk_socket_close(struct sw_desk_socket *s);

/* Say something that was not asked for. Takes @message; a client that does not read it is hung up
 * on a moment later. */
void sw_desk_socket_send(struct sw_desk_client *client, json_t *message);

/* Who it is: its process when it connected, as the kernel saw it. */
int sw_desk_socket_pid(const struct sw_desk_client *client);

struct sw_desk_socket_counts {
	unsigned clients; /* now */
	uint64_t packets; /* understood */
	uint64_t bad; /* not */
	uint64_t dropped; /* clients hung up on */
};

void sw_desk_socket_counts(const struct sw_desk_socket *s, struct sw_desk_socket_counts *ret);

#endif
