/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * serve - the desk itself: takes the connections that come, has each turned away with the daemon's
 * words, and lets it go.
 *
 * Memory for a connection is one place in an array. Nothing is queued for a client: what the kernel
 * has no room for ends the connection. When places are short, whoever has had its answer and did
 * nothing for the longest time goes. After the last word the client has a moment to read it: closed
 * at once, with something of it unread, a reset would take it away. On the loop, one thread.
 */
#ifndef SYNWARD_DESK_SERVE_H
#define SYNWARD_DESK_SERVE_H

#include "desk/crowd.h"
#include "desk/link.h"
#include "desk/smtp.h"
#include "desk/tally.h"
#include "desk/recall.h"

#define SW_SERVE_LISTENERS 2

struct sw_serve_options {
	size_t connections, by_source;
	uint64_t idle_ms, life_ms;
	enum sw_smtp_at at;
	const char *host; /* our name */
	const char *general; /* the text when nobody has a better one; %a is the address */
	int listeners[SW_SERVE_LISTENERS]; /* -1: none; become its own */
	uint64_t seed;
};

struct sw_serve;

/* @link and @tally are borrowed. -ENOMEM; the listeners are then still the caller's. */
int sw_serve_open(struct event_base *base, const struct sw_serve_options *options,
		  struct sw_link *link, struct sw_tally *tally, struct sw_serve **ret);
struct sw_serve *sw_serve_close(struct sw_serve *serve);

/* Take what waits already, and nobody after that. */
void sw_serve_stop(struct sw_serve *serve);

/* Connections now. */
size_t sw_serve_count(const struct sw_serve *serve);

#endif
