/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rates - what the whole card may do in a second: resets that it sends, and first contacts that
 * it lets pass; see datapath.h. GCRA in nanoseconds (maps/abi.h, bpf/rate.h).
 */
#include <math.h>

#include "internal.h"

#define NS_PER_SECOND 1e9

#define RESET_RATE 1000.0
/* Of the card's resets, a tenth of a second's at once: more than a tick of its clock lets pile
 * up. */
#define RESET_BURST_SECONDS 0.1
/* A source alone: enough for a mail server that tries several ways in, one after the other, and
 * next to nothing for somebody whose address was forged. */
#define RESET_SOURCE_RATE 10.0
#define RESET_SOURCE_BURST 20

/* The cell starts anew with another rate: what it says was by the old one. */
static void set_rate(struct sw_rate *r, double rate, uint32_t burst)
{
	uint64_t interval = rate > 0 ? (uint64_t)llround(NS_PER_SECOND / rate) : 0;
	uint64_t tolerance = burst ? (burst - 1) * interval : 0;

	if (rate > 0 && !interval)
		interval = 1;
	if (r->interval_ns == interval && r->tolerance_ns == tolerance)
		return;
	__atomic_store_n(&r->tolerance_ns, tolerance, __ATOMIC_RELAXED);
	__atomic_store_n(&r->cell, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&r->interval_ns, interval, __ATOMIC_RELEASE);
}

static void set_reset(struct sw_settings *s, double rate)
{
	set_rate(&s->reset_source, RESET_SOURCE_RATE, RESET_SOURCE_BURST);
	set_rate(&s->reset, rate, (uint32_t)ceil(rate * RESET_BURST_SECONDS));
}

void sw_datapath_reset_rate(struct sw_datapath *dp, double rate)
{
	set_reset(sw_datapath_settings(dp), rate);
}

void sw_datapath_surge(struct sw_datapath *dp, double rate, uint32_t burst)
{
	set_rate(&sw_datapath_settings(dp)->surge, rate, burst);
}

void sw_rates_default(struct sw_settings *settings)
{
	set_reset(settings, RESET_RATE);
}

void sw_rates_carry(const struct sw_datapath *from, struct sw_datapath *to)
{
	const struct sw_settings *before = sw_datapath_settings(from);
	struct sw_settings *s = sw_datapath_settings(to);

	s->reset = before->reset;
	s->surge = before->surge;
	s->reset_source = before->reset_source;
}

struct sw_datapath_rate sw_rate_words(const struct sw_rate *rate)
{
	if (!rate->interval_ns)
		return (struct sw_datapath_rate){ .burst = 0 };
	return (struct sw_datapath_rate){
		.rate = NS_PER_SECOND / (double)rate->interval_ns,
		.burst = (uint32_t)(rate->tolerance_ns / rate->interval_ns) + 1,
	};
}
