/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * client - ask synwardd over its control socket, and wait for the answer.
 *
 * Blocking; one connection, one thread. docs/control.md is the protocol. An answer with
 * "error" is a failure like any other: its words, and its code as a negative errno.
 *
 * After a failure of the connection itself (-ETIMEDOUT, -EPIPE, -EPROTO, ...) nothing more
 * can be asked over it; after a refusal by the daemon it can. sw_client_is_broken tells
 * them apart.
 */
#ifndef SYNWARD_CLI_CLIENT_H
#define SYNWARD_CLI_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "lib/err.h"

#define SW_CLIENT_TIMEOUT_MS 30000
#define SW_CLIENT_ANSWER (16u << 20) /* longest line that is read, in bytes */

struct sw_client;

/*
 * Connect to the socket @path. @timeout_ms is how long to wait, here and later, while no
 * byte moves; 0: SW_CLIENT_TIMEOUT_MS, -1: for ever. -ENOENT and -ECONNREFUSED: the
 * daemon does not run; -EACCES: the user may not ask; -ETIMEDOUT; -ENAMETOOLONG; the words
 * say what to do.
 */
int sw_client_open(const char *path, int timeout_ms, struct sw_client **ret, struct sw_err *err);
struct sw_client *sw_client_close(struct sw_client *client);

/* The same for the socket in @run_dir, where the daemon has it. */
int sw_client_open_in(const char *run_dir, int timeout_ms, struct sw_client **ret,
		      struct sw_err *err);

/* Ask @request (taken; NULL is -ENOMEM) and wait for its answer, the caller's to free. */
int sw_client_ask(struct sw_client *client, json_t *request, json_t **ret, struct sw_err *err);

/* One object of a stream, borrowed; what is not 0 ends the reading. */
typedef int (*sw_client_fn)(void *ctx, json_t *object);

/*
 * Ask @request (taken) and give each object of the answer to @each, but the last: it has
 * "end" and goes to *@ret (NULL: to nobody). What @each returned, when that is not 0; the
 * connection is then broken.
 */
int sw_client_each(struct sw_client *client, json_t *request, sw_client_fn each, void *ctx,
		   json_t **ret, struct sw_err *err);

/* The two halves, to send requests before the first ones are answered. @request is taken.
 * Lines come as they are: an "error" in *@ret is no failure here. */
int sw_client_send(struct sw_client *client, json_t *request, struct sw_err *err);
int sw_client_receive(struct sw_client *client, json_t **ret, struct sw_err *err);

/* Whether nothing more can be asked. */
bool sw_client_is_broken(const struct sw_client *client);

#endif
