/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * control_input - from bytes to requests. Pure: no descriptors, no clock.
 *
 * Bytes are added as they come and looked at once, whatever pieces they come in. What
 * they take is freed as soon as they are gone. A line that is too long is told once,
 * and the rest of it thrown away as it comes.
 */
#ifndef SYNWARD_DAEMON_CONTROL_INPUT_H
#define SYNWARD_DAEMON_CONTROL_INPUT_H

#include "control.h"

/* A queue of bytes. All zero is an empty one. */
struct sw_control_bytes {
	char *data;
	size_t from; /* where the first one is */
	size_t n; /* how many there are */
	size_t size; /* of data */
};

/* -ENOMEM; nothing is added then. */
int sw_control_bytes_add(struct sw_control_bytes *b, const char *data, size_t n);

/* Take the first @n away. */
void sw_control_bytes_drop(struct sw_control_bytes *b, size_t n);

struct sw_control_input {
	struct sw_control_bytes bytes;
	size_t scanned; /* bytes without a newline */
	size_t dropped; /* of a line that is too long */
	bool dropping;
};

enum sw_control_look {
	SW_CONTROL_LOOK_MORE, /* there is no whole line */
	SW_CONTROL_LOOK_LINE,
	SW_CONTROL_LOOK_LONG, /* longer than allowed; its end may not be there */
	SW_CONTROL_LOOK_ENDLESS, /* twice as long as allowed, and no end of it */
};

/*
 * What is first in @in; lines have @max bytes at most. *@line and *@n are set for a line,
 * its newline not counted; they are valid until @in changes.
 */
enum sw_control_look sw_control_input_look(struct sw_control_input *in, size_t max,
					   const char **line, size_t *n);

/* Go on behind the line, whole or long, that was looked at. */
void sw_control_input_next(struct sw_control_input *in);

/*
 * The object that a line holds. -EINVAL: it holds none, with words for whoever sent it;
 * -E2BIG: it is too deep or holds too many values; -ENOMEM.
 */
int sw_control_parse(const char *line, size_t n, json_t **ret, struct sw_err *err);

/* The "id" of @request, borrowed; NULL: it has none. -EINVAL: it is too long to be sent
 * back with every line of an answer. */
int sw_control_id(const json_t *request, json_t **ret, struct sw_err *err);

/* The row of @own or, after them, of @ops that @request names. -ENOSYS: none does;
 * -EINVAL: it has no "op", or keys that the row has not. */
int sw_control_find(const struct sw_control_op *own, const struct sw_control_op *ops,
		    const json_t *request, const struct sw_control_op **ret, struct sw_err *err);

#endif
