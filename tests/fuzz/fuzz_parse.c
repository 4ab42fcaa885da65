/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parser, the decision and the token bucket of the BPF program, compiled for
 * userspace: any bytes as a frame. The sanitizers watch for reads beyond it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/bucket.h"
#include "bpf/decide.h"
#include "bpf/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_syn(const uint8_t *frame, size_t size)
{
	struct sw_syn syn, again;
	enum sw_reason reason = sw_parse(frame, frame + size, &syn);

	if (reason >= SW_REASON_UNLISTED)
		abort(); /* a verdict before the look-up */
	if (reason)
		return;
	if (syn.family != 4 && syn.family != 6)
		abort();
	if (sw_syn_fits(&syn, size))
		return;
	if (syn.bytes < SW_ETH_BYTES + SW_IP4_BYTES) /* IPv6 that does not say how long it is */
		return;
	/* Bytes behind the packet, as Ethernet adds them, change nothing. */
	if (sw_parse(frame, frame + syn.bytes, &again) || again.source_lo != syn.source_lo ||
	    again.source_hi != syn.source_hi || again.dest_port != syn.dest_port)
		abort();
}

static void check_bucket(const uint8_t *data, size_t size)
{
	static struct sw_bucket_line line;
	uint64_t now;
	uint32_t v[3];

	if (size < sizeof(now) + sizeof(v))
		return;
	memcpy(&now, data, sizeof(now));
	memcpy(v, data + sizeof(now), sizeof(v));
	now &= SW_TIME_MASK;
	v[0] = (v[0] & SW_TAG_MASK) | 1;
	memset(&line, v[1] & 1 ? 0xff : 0, sizeof(line));
	/* However old or full the line: after a pause longer than any limit, one conforms. */
	sw_bucket_take(&line, v[0], now, v[1] >> 4, v[2] >> 4);
	if (!sw_bucket_take(&line, v[0], (now + 2 * SW_AHEAD_MAX) & SW_TIME_MASK, v[1] >> 4,
			    v[2] >> 4))
		abort();
}

static void check_decision(const uint8_t *data, size_t size)
{
	struct sw_decision d;

	if (size < 3)
		return;
	d = sw_decide(data[0], data[1], data[2], data[2] & 2);
	if (d.xdp == XDP_DROP && (data[2] & SW_CLASS_SHADOW ||
				  (data[1] != SW_ACTION_DROP && data[1] != SW_ACTION_LIMIT)))
		abort(); /* only these two drop, and never in shadow */
	if (d.counted >= SW_ACTION_MAX || d.reason >= SW_REASON_MAX)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *frame = malloc(size ? size : 1); /* exact, so that a byte too far is seen */

	if (!frame)
		return 0;
	memcpy(frame, data, size);
	check_syn(frame, size);
	check_bucket(data, size);
	check_decision(data, size);
	free(frame);
	return 0;
}
