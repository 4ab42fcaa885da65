/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * capture - the packets of a pcap or pcapng file as the card would have seen them.
 *
 * Plain or gzipped; "-" is standard input. Every packet comes out as an Ethernet
 * frame of the length that it had on the wire: what has another link type gets an
 * Ethernet header, and what the capture cut off (the snap length) is zeros. The
 * files capture.c and capture.h are the only ones that know libpcap.
 */
#ifndef SYNWARD_CLI_CAPTURE_H
#define SYNWARD_CLI_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

/* 64 KiB of IP with all that can stand before it; a frame is never longer. */
#define SW_CAPTURE_FRAME_MAX (65536 + 64)

struct sw_capture;

struct sw_capture_frame {
	uint64_t number; /* from 1, as in Wireshark */
	int64_t seconds; /* since the epoch */
	uint32_t nanoseconds;
	uint8_t *data; /* writable, the capture's own, until its next call */
	size_t bytes; /* may be shorter than an Ethernet header */
	bool cut; /* the capture did not hold all of it */
	bool too_long; /* the capture holds more than SW_CAPTURE_FRAME_MAX; data is the beginning */
};

/*
 * Open @path. -errno of open; -EBADMSG: not a capture, or a damaged one;
 * -ENOTSUP: a link type that carries no Ethernet or IP that we could find.
 */
int sw_capture_open(const char *path, struct sw_capture **ret, struct sw_err *err);

/* 1 and *@ret, or 0 at the end. -EBADMSG: damaged after the last packet that was
 * returned; @err says where and how. */
int sw_capture_next(struct sw_capture *capture, struct sw_capture_frame *ret, struct sw_err *err);

struct sw_capture *sw_capture_close(struct sw_capture *capture);

#endif
