/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Captures of any bytes: every packet that comes out is a whole frame of the length
 * that it says, remapping its port stays inside it, and so does the parser.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bpf/parse.h"
#include "cli/capture.h"
#include "cli/remap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_frame(const struct sw_capture_frame *frame)
{
	static const struct sw_remap map = { .to = { [80] = 25, [25565] = 25 }, .used = true };
	uint8_t *copy = malloc(frame->bytes + 1); /* the sanitizer watches its end */
	struct sw_syn syn;

	assert(copy && frame->bytes <= SW_CAPTURE_FRAME_MAX && frame->nanoseconds < 1000000000);
	for (size_t i = 0; i < frame->bytes; i++)
		copy[i] = frame->data[i];
	sw_remap_frame(&map, copy, frame->bytes);
	if (!sw_parse(copy, copy + frame->bytes, &syn))
		assert(syn.family == 4 || syn.family == 6);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_capture *capture = NULL;
	struct sw_capture_frame frame;
	struct sw_err err;
	char path[64];
	int fd = memfd_create("capture", MFD_CLOEXEC);

	assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!sw_capture_open(path, &capture, &err))
		while (sw_capture_next(capture, &frame, &err) == 1)
			read_frame(&frame);
	sw_capture_close(capture);
	close(fd);
	return 0;
}
