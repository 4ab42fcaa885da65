/* SPDX-License-Identifier: GPL-2.0-only */
/* standard - that input, output and errors are there, as every program takes for granted. */
#ifndef SYNWARD_LIB_STANDARD_H
#define SYNWARD_LIB_STANDARD_H

/*
 * First thing in main: give descriptors 0 to 2 that whoever started the program has closed to
 * /dev/null, the wrong way round, so that using them still fails. Otherwise the next file or
 * socket gets the number, and what is printed goes there. -errno: it cannot be opened.
 */
int sw_standard_open(void);

#endif
