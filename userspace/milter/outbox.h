/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * outbox - lines on their way to a Unix datagram socket, from threads that must never wait.
 *
 * Putting a line copies it into memory of a fixed size; a thread of its own sends. While nobody
 * listens, and when the other side is slow, lines wait as long as there is room, and the newest
 * are dropped and counted. A datagram is one line or several, each whole.
 */
#ifndef SYNWARD_MILTER_OUTBOX_H
#define SYNWARD_MILTER_OUTBOX_H

#include <stddef.h>
#include <stdint.h>

#define SW_OUTBOX_BYTES (256u << 10)

struct sw_outbox;

struct sw_outbox_counts {
	uint64_t put, sent, dropped; /* lines */
};

/* Start sending to the socket at @path. Nobody needs to listen there yet. -ENAMETOOLONG, -ENOMEM,
 * or what pthread_create has. */
int sw_outbox_start(const char *path, struct sw_outbox **ret);
/* Put a line, with its LF; from any thread, never waiting for more than a copy. -ENOBUFS: dropped. */
int sw_outbox_put(struct sw_outbox *outbox, const char *line, size_t n);
struct sw_outbox_counts sw_outbox_counts(struct sw_outbox *outbox);
/* Give what waits up to @wait_ms to go, and end. NULL. */
struct sw_outbox *sw_outbox_stop(struct sw_outbox *outbox, unsigned wait_ms);

#endif
