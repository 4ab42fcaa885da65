/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * decide - from the row of a class to what happens with a SYN.
 *
 * Pure. The one place that knows what each action means. An action that this
 * program does not carry out yet, or no row, means pass: only a verdict drops.
 */
#ifndef SYNWARD_BPF_DECIDE_H
#define SYNWARD_BPF_DECIDE_H

#include <linux/bpf.h>

#include "parse.h"

struct sw_decision {
	__u8 counted; /* enum sw_action: PASS or LIMIT for a class that limits */
	__u8 reason; /* enum sw_reason */
	__u8 xdp; /* XDP_PASS, XDP_DROP or XDP_TX */
};

/* @conforms: what the token buckets said, and of a class that resets, whether the SYN can be
 * answered; true for others. */
SW_INLINE struct sw_decision sw_decide(__u32 class, __u8 action, __u8 flags, bool conforms)
{
	struct sw_decision d = { SW_ACTION_PASS, SW_REASON_LISTED, XDP_PASS };

	switch (action) {
	case SW_ACTION_ALLOW:
		d.counted = SW_ACTION_ALLOW;
		break;
	case SW_ACTION_PASS:
		if (class == SW_CLASS_UNLISTED)
			d.reason = SW_REASON_UNLISTED;
		break;
	case SW_ACTION_LIMIT:
		d.reason = conforms ? SW_REASON_LIMIT_CONFORMS : SW_REASON_LIMIT_EXCEEDED;
		d.counted = conforms ? SW_ACTION_PASS : SW_ACTION_LIMIT;
		d.xdp = conforms ? XDP_PASS : XDP_DROP;
		break;
	case SW_ACTION_REJECT: /* on the card; who answers, steer.bpf.c decides */
		d.counted = SW_ACTION_REJECT;
		break;
	case SW_ACTION_RESET:
		d.reason = conforms ? SW_REASON_LISTED : SW_REASON_RESET_OVER;
		d.counted = conforms ? SW_ACTION_RESET : SW_ACTION_DROP;
		d.xdp = conforms ? XDP_TX : XDP_DROP;
		break;
	case SW_ACTION_DROP:
		d.counted = SW_ACTION_DROP;
		d.xdp = XDP_DROP;
		break;
	default: /* no class holds */
		d.reason = SW_REASON_NO_CLASS;
		break;
	}
	if (flags & SW_CLASS_SHADOW && (d.xdp != XDP_PASS || action == SW_ACTION_REJECT)) {
		d.reason = SW_REASON_SHADOW;
		d.xdp = XDP_PASS;
	}
	return d;
}

#endif
