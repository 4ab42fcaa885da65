/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * run - the programs over a frame that was never on a wire, or a connection that nobody made
 * (BPF_PROG_TEST_RUN): for replay and tests. They are the card's own, loaded with sw_tracing
 * set.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

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

/* In network byte order, as the kernel has them. */
static struct bpf_sk_lookup connection(const struct sw_prefix *source, uint16_t port)
{
	struct bpf_sk_lookup c = { .family = AF_INET,
				   .protocol = IPPROTO_TCP,
				   .local_port = port,
				   .remote_ip4 = htonl((uint32_t)source->lo) };
	const uint64_t half[2] = { source->hi, source->lo };

	if (source->family == 4)
		return c;
	c.family = AF_INET6;
	c.remote_ip4 = 0;
	for (unsigned i = 0; i < 4; i++)
		c.remote_ip6[i] = htonl((uint32_t)(half[i / 2] >> (i % 2 ? 0 : 32)));
	return c;
}

int sw_datapath_run_steer(struct sw_datapath *dp, const struct sw_prefix *source, uint16_t port,
			  uint64_t now_ns, uint64_t *cookie)
{
	struct bpf_sk_lookup in = connection(source, port), out = { .cookie = 0 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &in, .ctx_size_in = sizeof(in),
		    .ctx_out = &out, .ctx_size_out = sizeof(out), .repeat = 1);
	struct sw_trace *trace = dp->map[MAP_TRACE].memory;

	if (dp->steer_fd < 0)
		return -EOPNOTSUPP;
	*trace = (struct sw_trace){ .now_ns = now_ns, .class = SW_CLASS_MAX };
	if (bpf_prog_test_run_opts(dp->steer_fd, &opts))
		return -errno;
	if (opts.retval != SK_PASS)
		return -EPROTO; /* it never refuses */
	*cookie = out.cookie;
	return 0;
}
