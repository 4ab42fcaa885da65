/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * control_parts - what the files of the control socket share.
 *
 *   control.c         open and close, who may connect, whose turn it is, what is too much
 *   control_client.c  one client: its requests and answers
 *   control_peer.c    who a client is
 *   control_input.c, control_parse.c   from bytes to requests
 */
#ifndef SYNWARD_DAEMON_CONTROL_PARTS_H
#define SYNWARD_DAEMON_CONTROL_PARTS_H

#include <sys/queue.h>

#include "control.h"
#include "control_input.h"
#include "daemon/socket_file.h"
#include "lib/log.h"

#define SW_CONTROL_READ 65536 /* bytes at once */
#define SW_CONTROL_MARK 32768 /* unsent bytes of a client, above which it has to read first */
#define SW_CONTROL_NAMES 16 /* users whose names are remembered */

enum sw_control_call {
	SW_CONTROL_CALL_NONE, /* no request is being answered */
	SW_CONTROL_CALL_RUNNING, /* the operation runs */
	SW_CONTROL_CALL_LATER,
	SW_CONTROL_CALL_STREAM,
};

struct sw_control_client {
	struct sw_control *control;
	TAILQ_ENTRY(sw_control_client) by_age; /* in control->clients */
	TAILQ_ENTRY(sw_control_client) by_turn; /* in control->ready, when queued */
	unsigned slot;
	int fd;
	struct event *readable_event, *writable_event;
	struct sw_control_peer peer;
	struct sw_control_input input;
	struct sw_control_bytes output;
	size_t held; /* bytes of both, as counted in control->held */
	uint64_t since_ns; /* a request came, or began to, or some of the answer was read */
	unsigned bad; /* requests, one after the other */
	bool queued;
	bool readable;
	bool ended; /* it sends no more */
	bool leaving; /* hung up on, once it has read what there is */

	enum sw_control_call call;
	sw_control_ticket ticket;
	json_t *id; /* of the request; NULL: it has none */
	const struct sw_control_source *source;
	void *source_ctx;
	bool waits; /* the source has nothing at present */
};

TAILQ_HEAD(sw_control_clients, sw_control_client);

struct sw_control_name {
	uint64_t until_ns; /* 0: unused */
	uid_t uid;
	char name[sizeof(((struct sw_control_peer *)0)->name)];
};

/* What may happen a thousand times a second is told once a minute. */
enum sw_control_rare { SW_CONTROL_RARE_ACCEPT, SW_CONTROL_RARE_DROP, SW_CONTROL_RARE_KINDS };

struct sw_control {
	struct sw_control_options options;
	struct event_base *base;
	struct sw_socket_file file;
	struct event *accept_event, *accept_again, *turn, *sweep;
	struct sw_control_clients clients; /* who did nothing for the longest time first */
	struct sw_control_clients ready; /* whose turn comes */
	struct sw_control_client **slots; /* options.clients of them */
	struct sw_control_client *working; /* whose turn it is; must not go */
	sw_control_ticket tickets;
	size_t held;
	struct sw_control_counts counts;
	uint64_t told_ns[SW_CONTROL_RARE_KINDS];
	struct sw_control_name names[SW_CONTROL_NAMES];
	unsigned names_next;
	char scratch[SW_CONTROL_READ];
};

/* ---- control.c ---- */

uint64_t sw_control_now_ns(void);

#define sw_control_note(c, ...) sw_log_note((c)->options.note, (c)->options.note_ctx, __VA_ARGS__)

/* @client has something to do. */
void sw_control_queue(struct sw_control_client *client);

/* Count what @client holds, and make room by hanging up on others when it is too much. */
void sw_control_account(struct sw_control_client *client);

/* Somebody is stuck: look after a while whether it still is. */
void sw_control_watch(struct sw_control *c);

/* Count and tell that @client is hung up on. */
void sw_control_dropped(struct sw_control_client *client, const char *words);

/* ---- control_client.c ---- */

/* Take over the descriptor of a new client, also on failure. */
void sw_control_client_start(struct sw_control *c, int fd, unsigned slot);

/* Send what can be sent; false: the client is gone, and is still to be freed. */
bool sw_control_client_send(struct sw_control_client *client);

/* Hang up, with @words for the client as the reason if they can still be sent. */
void sw_control_client_free(struct sw_control_client *client, int code, const char *words);

/* Do what there is to do, for a short time. */
void sw_control_client_work(struct sw_control_client *client);

/* Whether something is not finished for want of the client: half a request, or an answer
 * that it does not read. */
bool sw_control_client_is_stuck(const struct sw_control_client *client);

/* ---- control_answer.c ---- */

/* Answer the present request with @answer, which is taken; NULL: there is no memory. */
void sw_control_finish(struct sw_control_client *client, json_t *answer);

/* Give up on the present request, if there is one. */
void sw_control_end_call(struct sw_control_client *client);

/* The next object of the stream. */
void sw_control_pull(struct sw_control_client *client);

/* Operations that every control has: hello, help. */
extern const struct sw_control_op sw_control_own[];

/* ---- control_peer.c ---- */

/* Who is at the other end; the name is asked for later, by sw_control_peer_name. */
int sw_control_peer_get(int fd, struct sw_control_peer *ret);
void sw_control_peer_name(struct sw_control *c, struct sw_control_peer *peer);

#endif
