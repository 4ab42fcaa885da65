/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * err - the words that go with a negative errno.
 *
 * A function that can say more than its errno takes a struct sw_err as its last
 * parameter and fills it on failure: where, what, and what to do. The caller
 * who can do something useful prints it, once. NULL is allowed and ignored.
 */
#ifndef SYNWARD_LIB_ERR_H
#define SYNWARD_LIB_ERR_H

struct sw_err {
	char text[512];
};

/* Write the formatted words to @err, return @code (a negative errno). */
int sw_err_set(struct sw_err *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Put "@prefix: " before the words that are already there; returns @code. */
int sw_err_prepend(struct sw_err *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
