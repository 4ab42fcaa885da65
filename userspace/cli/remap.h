/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * remap - another TCP destination port for a frame, so that a flood on any port
 * can be replayed as one on port 25. Pure.
 */
#ifndef SYNWARD_CLI_REMAP_H
#define SYNWARD_CLI_REMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sw_remap {
	uint16_t to[65536]; /* 0: the port stays */
	bool used; /* some port does not stay */
};

/*
 * Read "25565=25" into @map. -EINVAL: not two ports. -EEXIST: that port is mapped
 * already, to another one.
 */
int sw_remap_parse(const char *text, struct sw_remap *map);

/*
 * Rewrite the port in the TCP header of @frame, if it has one where the filter
 * would look for it. Checksums are left as they are: the filter reads none.
 */
void sw_remap_frame(const struct sw_remap *map, uint8_t *frame, size_t bytes);

#endif
