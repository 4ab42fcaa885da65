/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parser, the decision, the token buckets and the answer of the BPF program, compiled for
 * userspace: any bytes as a frame. The sanitizers watch for reads and writes beyond it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/bucket.h"
#include "bpf/decide.h"
#include "bpf/parse.h"
#include "bpf/rate.h"
#include "bpf/reset.h"

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

/* The answer is a packet that the parser itself finds whole: not a SYN, and sent back. */
static void check_answer(uint8_t *frame, size_t size)
{
	struct sw_syn syn, again;
	uint8_t before[12];
	uint32_t bytes;

	if (sw_parse(frame, frame + size, &syn) || sw_syn_fits(&syn, size) ||
	    !sw_reset_may(frame, frame + size, &syn))
		return;
	memcpy(before, frame, sizeof(before));
	bytes = sw_reset_write(frame, frame + size, &syn);
	if (!bytes || (before[0] | before[6]) & 1)
		abort();
	if (memcmp(frame, before + 6, 6) || memcmp(frame + 6, before, 6))
		abort();
	if (bytes > size)
		bytes = (uint32_t)size;
	if (sw_parse(frame, frame + bytes, &again) != SW_REASON_NOT_SYN)
		abort();
	frame[syn.ip + (syn.family == 4 ? 20 : 40) + 13] = SW_TCP_SYN;
	if (sw_parse(frame, frame + bytes, &again) || sw_syn_fits(&again, bytes))
		abort();
	if (again.source_lo != syn.dest_lo || again.source_hi != syn.dest_hi ||
	    again.dest_lo != syn.source_lo || again.dest_hi != syn.source_hi ||
	    again.dest_port != syn.source_port || again.source_port != syn.dest_port)
		abort();
}

static void check_rate(const uint8_t *data, size_t size)
{
	struct sw_rate rate = { 0 };
	uint64_t now;

	if (size < 32)
		return;
	memcpy(&now, data, sizeof(now));
	memcpy(&rate.interval_ns, data + 8, 8);
	memcpy(&rate.tolerance_ns, data + 16, 8);
	memcpy(&rate.cell, data + 24, 8);
	now >>= 2; /* 146 years of uptime, and as long for a cell */
	rate.interval_ns >>= 2;
	rate.tolerance_ns >>= 2;
	sw_rate_take(&rate, now, false);
	/* Whatever it was: when the longest wait is over there is a token. */
	if (!sw_rate_take(&rate, now + rate.interval_ns, false))
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
				  (data[1] != SW_ACTION_DROP && data[1] != SW_ACTION_LIMIT &&
				   data[1] != SW_ACTION_RESET)))
		abort(); /* only these drop, and never in shadow */
	if (d.xdp == XDP_TX && (data[2] & SW_CLASS_SHADOW || data[1] != SW_ACTION_RESET))
		abort();
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
	check_rate(data, size);
	check_decision(data, size);
	check_answer(frame, size); /* the last: it writes */
	free(frame);
	return 0;
}
