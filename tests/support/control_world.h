/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * control_world - a control socket in a folder of the test's own, with operations that
 * do what tests need, and clients that never wait: the base is stepped by hand.
 */
#ifndef SYNWARD_TESTS_SUPPORT_CONTROL_WORLD_H
#define SYNWARD_TESTS_SUPPORT_CONTROL_WORLD_H

#include <pthread.h>
#include <stdatomic.h>

#include <event2/event.h>

#include "daemon/control.h"

#define WORLD_PATIENCE_MS 20000 /* until a test that waits has failed */

struct world {
	char *folder;
	const char *path; /* of the socket */
	struct event_base *base;
	struct sw_control_options options; /* for world_open; zeroed by world_make */
	struct sw_control *control;
	char notes[8192]; /* "level text", one a line */

	sw_control_ticket ticket; /* of the last "later" or "wait" */
	unsigned asked; /* requests that reached an operation here */
	unsigned pulled; /* objects that streams made */
	unsigned done; /* streams that ended */
	unsigned ready; /* objects that "wait" may make */
	pthread_t thread;
	atomic_bool stop;
};

struct world *world_make(void);
void world_free(struct world *w);

/*
 * Open the socket with w->options; fails the test when it cannot be opened. Operations:
 *   {"op": "echo", "value": any}     {"value": any}
 *   {"op": "count", "n": 3}          a stream of {"i": 0} ... {"i": 2}, {"end": true, "n": 3}
 *   {"op": "big", "n": 100}          {"text": n times "x"}
 *   {"op": "spin", "ms": 5}          computes for so long
 *   {"op": "later"}                  the test answers w->ticket
 *   {"op": "wait"}                   a stream of as many objects as the test puts to w->ready
 *   {"op": "break"}                  a stream that ends with an error after one object
 *   {"op": "grow"}                   a stream without an end of longer and longer objects
 *   {"op": "none"}, {"op": "refuse"}
 *   {"op": "who"}                    the peer
 */
void world_open(struct world *w);

/* What world_open would open it with. */
const struct sw_control_op *world_ops(void);

/* One round of the base, without waiting; and for some time, but many rounds at least,
 * however slow the machine. */
void world_step(struct world *w);
void world_run_ms(struct world *w, unsigned ms);

/* Step the base in a thread of its own, for tests with clients that wait; what an
 * operation touches is not to be touched meanwhile. */
void world_start(struct world *w);
void world_stop(struct world *w);

/* Connect; the descriptor, which does not block. */
int world_dial(struct world *w);

/* Send all of it, stepping the base while there is no room. False: nobody reads. */
bool world_send_bytes(struct world *w, int fd, const char *data, size_t n);
bool world_send(struct world *w, int fd, const char *text);

/* The next line on @fd without its newline, in a buffer for all; NULL: end of file. */
const char *world_line(struct world *w, int fd);

/* Send @request and a newline, and return the line that comes back. */
const char *world_ask(struct world *w, int fd, const char *request);

/* Whether the other side hung up, after whatever was sent. */
bool world_is_closed(struct world *w, int fd);

struct sw_control_counts world_counts(const struct world *w);

uint64_t world_now_ms(void);

#endif
