/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * answer - is a frame the TCP RST that refuses a SYN? Found out from the description of the SYN
 * and the bytes of the answer, by code that shares nothing with the program.
 */
#ifndef SYNWARD_TESTS_SUPPORT_ANSWER_H
#define SYNWARD_TESTS_SUPPORT_ANSWER_H

#include "frames.h"

/* What is wrong with @answer to the SYN of @spec; NULL: nothing. */
const char *sw_answer_fault(const struct sw_frame *spec, const uint8_t *answer, size_t bytes);

/*
 * A random SYN of a shape that is to be answered: tags, IPv4 options, IPv6 extension headers,
 * TCP options, payload, flags beside SYN; between addresses of hosts. @options: 40 bytes that
 * @ret borrows.
 */
void sw_answer_random_syn(uint64_t *random, const uint8_t *options, struct sw_frame *ret);

#endif
