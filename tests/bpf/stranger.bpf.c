// SPDX-License-Identifier: GPL-2.0-only
/* stranger - somebody else's XDP program: passes everything and is in the way. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int stranger(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
