/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * descriptors - close what a library leaves open.
 *
 * libxdp 1.3.1 opens programs twice and closes one of the two descriptors. The other
 * would keep the program and its maps in the kernel as long as the daemon lives.
 */
#ifndef SYNWARD_DATAPATH_DESCRIPTORS_H
#define SYNWARD_DATAPATH_DESCRIPTORS_H

#include <stdint.h>

#define SW_DESCRIPTORS_MAX 1024 /* those beyond are left alone */

struct sw_descriptors {
	uint64_t open[SW_DESCRIPTORS_MAX / 64];
};

/* Those that are open now. */
struct sw_descriptors sw_descriptors_open(void);
/* Close every descriptor of a BPF program, map or link that was not open @before. */
void sw_descriptors_close_bpf(const struct sw_descriptors *before);

#endif
