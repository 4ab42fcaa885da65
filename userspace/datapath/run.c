/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * run - the program over a frame that was never on a wire (BPF_PROG_TEST_RUN):
 * for replay and tests. The program is the card's own, loaded with sw_tracing set.
 */
#include <errno.h>
#include <string.h>

#include "internal.h"

#define ETHERNET_BYTES 14 /* the kernel takes no less */

static int test_run(struct sw_datapath *dp, const void *frame, size_t bytes,
		    struct bpf_test_run_opts *opts)
{
	opts->data_in = frame;
	opts->data_size_in = (__u32)bytes;
	opts->repeat = 1;
	if (bytes < ETHERNET_BYTES || bytes > UINT32_MAX)
		return -EMSGSIZE;
	if (bpf_prog_test_run_opts(dp->program_fd, opts)) {
		int code = -errno;

		/* A frame that the kernel's test-run cannot hold is no failure of ours. */
		return code == -EINVAL || code == -ENOMEM || code == -EFAULT ? -EMSGSIZE : code;
	}
	return 0;
}

int sw_datapath_run_out(struct sw_datapath *dp, const void *frame, size_t bytes, uint64_t now_ns,
			struct sw_datapath_run *ret, void *out, size_t *out_bytes)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_out = out,
		    .data_size_out = out_bytes ? (__u32)*out_bytes : 0);
	struct sw_trace *trace = dp->map[MAP_TRACE].memory;
	int code;

	*trace = (struct sw_trace){ .now_ns = now_ns, .class = SW_CLASS_MAX };
	code = test_run(dp, frame, bytes, &opts);
	if (code)
		return code;
	__atomic_signal_fence(__ATOMIC_ACQUIRE);
	ret->xdp = opts.retval;
	ret->trace = *trace;
	if (out_bytes)
		*out_bytes = opts.data_size_out;
	return 0;
}

int sw_datapath_run(struct sw_datapath *dp, const void *frame, size_t bytes, uint64_t now_ns,
		    struct sw_datapath_run *ret)
{
	return sw_datapath_run_out(dp, frame, bytes, now_ns, ret, NULL, NULL);
}
