/* SPDX-License-Identifier: GPL-2.0-only */
/* descriptors - which file descriptors are open, to close what a library leaves open. */
#ifndef SYNWARD_DATAPATH_DESCRIPTORS_H
#define SYNWARD_DATAPATH_DESCRIPTORS_H

#include <stdint.h>

#define SW_DESCRIPTORS_MAX 1024 /* those beyond are left alone */

struct sw_descriptors {
	uint64_t open[SW_DESCRIPTORS_MAX / 64];
};

/* Those that are open now. */
struct sw_descriptors sw_descriptors_open(void);
void sw_descriptors_add(struct sw_descriptors *d, int fd);
/* Close every descriptor of a BPF program that is not in @keep. */
void sw_descriptors_close_programs(const struct sw_descriptors *keep);

#endif
