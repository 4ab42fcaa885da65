/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * control - the socket that synwardd is told things on: transport, not meaning.
 *
 * A Unix stream socket; one request and one answer a line, JSON objects; docs/control.md
 * is the protocol. Whoever opens it gives a table of operations. This module reads lines,
 * checks what can be checked without knowing what is asked, calls the operation, and
 * writes what it returns, in the order of the requests of each client. Many objects may
 * answer one request, as fast as the client reads them.
 *
 * One thread, the one that runs the event base. Nothing here blocks, and no client can
 * make the others or the base's other events wait for longer than one operation and a
 * few milliseconds. Memory is bounded by the options, whatever clients do.
 *
 * Operations may call everything below but sw_control_close.
 */
#ifndef SYNWARD_DAEMON_CONTROL_H
#define SYNWARD_DAEMON_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>

#include "lib/err.h"

#define SW_CONTROL_FILE "control" /* in run-dir */
#define SW_CONTROL_GROUP "synward"
#define SW_CONTROL_VERSION 1 /* of the protocol */

#define SW_CONTROL_LINE (4u << 20) /* bytes of a request, without its newline */
#define SW_CONTROL_DEPTH 16 /* objects and arrays inside one another */
#define SW_CONTROL_VALUES (1u << 18) /* members and elements in one request */
#define SW_CONTROL_ID 256 /* bytes of an "id" as JSON */

struct event_base;
struct sw_control;
struct sw_control_client;

/* Who asks, as the kernel saw them when they connected. */
struct sw_control_peer {
	pid_t pid; /* 0: in another pid namespace */
	uid_t uid;
	gid_t gid;
	char name[64]; /* of the user; empty: the uid has none */
	char who[128]; /* "alice (uid 1000, pid 4242)", for logs and histories */
};

/*
 * Answer @request, which is borrowed: an object with "op", perhaps "id", and no keys that
 * the operation's row does not name. Returns an object that nobody else holds, which is
 * taken; sw_control_error() makes one that refuses. Or calls sw_control_later or
 * sw_control_stream and returns NULL. NULL without them is told to the client as -ENOMEM.
 * @client is valid until this returns.
 */
typedef json_t *(*sw_control_fn)(void *ctx, struct sw_control_client *client, json_t *request);

struct sw_control_op {
	const char *name;
	const char *keys; /* that a request may have, separated by one space; NULL: none */
	const char *help; /* one line, for {"op": "help"} */
	sw_control_fn answer;
};

/* Something to tell the operator; level as in syslog (LOG_ERR, ...). */
typedef void (*sw_control_note_fn)(void *ctx, int level, const char *text);

/* Zero and NULL stand for the default. */
struct sw_control_options {
	const char *path; /* of the socket; no default */
	const char *group; /* that may connect; SW_CONTROL_GROUP */
	const struct sw_control_op *ops; /* ended by one without a name; borrowed */
	void *ctx; /* for their functions */
	sw_control_note_fn note; /* NULL: nobody is told */
	void *note_ctx;
	size_t line_bytes; /* longest request; SW_CONTROL_LINE */
	size_t answer_bytes; /* longest line of an answer; 4 MiB */
	size_t buffers_bytes; /* what all clients' unread input and output may take; 64 MiB */
	unsigned clients; /* at once; 2000, and less when the process may open fewer files */
	unsigned bad_requests; /* one after the other, until a client is hung up on; 10 */
	unsigned stuck_ms; /* until who sent half a request is hung up on; 30 s */
	unsigned unread_ms; /* ... who does not read an answer; 10 min: people look at pages */
};

/*
 * Make the socket, mode 0660, and answer on it as soon as @base runs. A socket that
 * nobody answers on is replaced. The caller holds the lock of the folder: two at once
 * would get into each other's way.
 *
 * -EADDRINUSE: somebody answers there. -EEXIST: something that is no socket is there.
 * -ENAMETOOLONG: paths of sockets have 107 bytes at most. -EINVAL: @options. -errno.
 */
int sw_control_open(struct event_base *base, const struct sw_control_options *options,
		    struct sw_control **ret, struct sw_err *err);

/* Hang up on everybody, end all streams, and remove the socket unless it is another's by
 * now. Answers that fit into the sockets' buffers still arrive. Returns NULL. */
struct sw_control *sw_control_close(struct sw_control *control);

/* ---- for operations ---- */

const struct sw_control_peer *sw_control_peer(const struct sw_control_client *client);

/*
 * {"error": words, "code": "EINVAL"}; @code is an errno, of either sign. NULL when out of
 * memory, which an operation may return as it is.
 */
json_t *sw_control_error(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Names an answer that is still due. Never reused, so it may be kept for as long as one
 * likes: when the client is gone it names nothing. */
typedef uint64_t sw_control_ticket;

/* The answer to the present request comes later. The client's other requests wait. */
sw_control_ticket sw_control_later(struct sw_control_client *client);

/* Give it, or end a stream with it; @answer as operations return it. -ENOENT: the client is
 * gone, or was answered; @answer is freed then. */
int sw_control_answer(struct sw_control *control, sw_control_ticket ticket, json_t *answer);

/*
 * An answer of many objects, one a line, each made when the client has read what was
 * before it.
 */
struct sw_control_source {
	/*
	 * The next object, taken as that of an operation. With *@end set it is the last,
	 * and the transport adds "end": true; NULL is then {"end": true} alone. NULL
	 * otherwise: nothing at present, until sw_control_resume. An object with "error"
	 * ends the stream by itself. Must not run long: it is called again.
	 */
	json_t *(*next)(void *ctx, bool *end);
	/* Called once, when the stream has ended or its client is gone, from any call
	 * into the transport; it calls nothing of the transport. May be NULL. */
	void (*done)(void *ctx);
};

/* Answer the present request by a stream; @source outlives it. */
sw_control_ticket sw_control_stream(struct sw_control_client *client,
				    const struct sw_control_source *source, void *ctx);

/* A stream that had nothing has something again. -ENOENT: it is gone. */
int sw_control_resume(struct sw_control *control, sw_control_ticket ticket);

/* ---- what goes on ---- */

struct sw_control_counts {
	unsigned clients; /* connected now */
	size_t buffers_bytes; /* held for them now */
	uint64_t accepted;
	uint64_t requests; /* that reached an operation */
	uint64_t refused; /* that did not */
	uint64_t dropped; /* clients hung up on: too many, stuck, or too many bad requests */
};

void sw_control_counts(const struct sw_control *control, struct sw_control_counts *ret);

#endif
