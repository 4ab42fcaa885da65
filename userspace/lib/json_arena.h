/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * json_arena - memory for the trees that jansson makes of large requests.
 *
 * A request with thousands of objects is a hundred thousand small pieces, which come
 * together and go together; malloc(3) would look for each, and put its heap in order after.
 * Here a piece is the next bytes of one area, and all of it is free again when the last one
 * went. Whatever lives longer than its request is right all the same: it only keeps the area
 * from being used anew, and pieces come from malloc(3) when it is full.
 *
 * One thread, one area in a process.
 */
#ifndef SYNWARD_LIB_JSON_ARENA_H
#define SYNWARD_LIB_JSON_ARENA_H

#include <stddef.h>

/* Let jansson's memory come from here, in whose use no piece may be yet: from an area of @bytes
 * while it is open, else from malloc(3). It is taken when it is first opened. */
void sw_json_arena_use(size_t bytes);

/* From here on pieces come from the area ... */
void sw_json_arena_open(void);
/* ... and from here on not. Both do nothing without sw_json_arena_use. */
void sw_json_arena_close(void);

/* How many bytes of the area are in use, or wait for others to go. */
size_t sw_json_arena_held(void);

#endif
