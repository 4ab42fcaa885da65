/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lookup - what the programs share: the maps as the look-ups want them, the class that counts
 * for a source, the clock, and whether the daemon is there. Whoever decides about a source,
 * the card or the hand-over to the desk, asks here, so that both say the same of it. It
 * decides nothing, and counts only what it is told to.
 *
 * For one program of an object: there are functions in it that are not static.
 */
#ifndef SYNWARD_BPF_LOOKUP_H
#define SYNWARD_BPF_LOOKUP_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "maps/maps.bpf.h"
#include "maps/verifier.h"
#include "bpf/parse.h"

/* The look-ups name the table that they work on; here the maps are the table. */
struct sw_table4;
struct sw_table6;
struct sw_expiry;

SW_INLINE const struct sw_index4_line *sw_table4_index(const struct sw_table4 *view, __u32 i)
{
	return bpf_map_lookup_elem(&sw_index4, &i);
}

SW_INLINE const union sw_block4 *sw_table4_block(const struct sw_table4 *view, __u32 i)
{
	return bpf_map_lookup_elem(&sw_blocks4, &i);
}

SW_INLINE const struct sw_index6_line *sw_table6_index(const struct sw_table6 *view, __u32 i)
{
	return bpf_map_lookup_elem(&sw_index6, &i);
}

SW_INLINE const union sw_block6 *sw_table6_block(const struct sw_table6 *view, __u32 i)
{
	return bpf_map_lookup_elem(&sw_blocks6, &i);
}

SW_INLINE const struct sw_expiry_bucket *sw_expiry_bucket(const struct sw_expiry *view, __u32 i)
{
	return bpf_map_lookup_elem(&sw_expiry, &i);
}

#include "maps/table4.h"
#include "maps/table6.h"
#include "maps/expiry.h"

/* Tests and replay load the program with this set: it then takes the time from
 * sw_trace and leaves there what it decided. On the card it is 0 and the
 * verifier removes the code. */
const volatile __u8 sw_tracing = 0;

SW_INLINE struct sw_trace *trace(void)
{
	__u32 key = 0;

	return sw_tracing ? bpf_map_lookup_elem(&sw_trace, &key) : NULL;
}

/* The kernel's coarse clock: a tick of up to 10 ms, at half the price. */
SW_INLINE __u64 now_ns(void)
{
	struct sw_trace *t = trace();

	return t ? t->now_ns : bpf_ktime_get_coarse_ns();
}

SW_INLINE const struct sw_settings *settings_of_map(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&sw_settings, &key);
}

SW_INLINE void count_beside(__u32 reason)
{
	__u64 *count = bpf_map_lookup_elem(&sw_reasons, &reason);

	if (count)
		(*count)++;
}

SW_INLINE bool is_served(const struct sw_settings *settings, __u32 port)
{
	return settings->ports[sw_opaque(port / 64) & 1023] >> (port % 64) & 1;
}

/* What the table says of a source; an IPv4 address is in the low 32 bits of @lo. */
SW_INLINE __u32 find_class(__u32 family, __u64 hi, __u64 lo)
{
	if (family == 4)
		return sw_table4_find(NULL, (__u32)lo);
	return sw_table6_find(NULL, hi, lo);
}

/*
 * The class of a source whose class in the table is temporary; an IPv4 address is in the
 * high 32 bits. This function and the step of its loop are not static: the verifier looks
 * at such ones once, by themselves, whatever led there.
 */
__attribute__((noinline)) int expiry_step(struct sw_expiry_search *search, __u32 w, __u32 b)
{
	const struct sw_settings *settings = settings_of_map();

	return settings && search ? sw_expiry_step(NULL, &settings->expiry, search, w, b) : 1;
}

SW_INLINE bool sw_expiry_ask(const struct sw_expiry *view, const struct sw_expiry_head *head,
			     struct sw_expiry_search *search, __u32 w, __u32 b)
{
	return expiry_step(search, w, b);
}

__attribute__((noinline)) __u32 find_lasting(__u64 hi, __u64 lo, __u32 family, __u32 class)
{
	const struct sw_settings *settings = settings_of_map();
	struct sw_expiry_search search = {
		.hi = hi,
		.lo = lo,
		.now = now_ns() >> SW_EXPIRY_SHIFT,
		.is_six = family == 6,
		.class = class,
	};

	if (!settings)
		return class;
	sw_expiry_find(NULL, &settings->expiry, &search);
	return sw_expiry_answer(&settings->expiry, &search);
}

/* The same of a source as find_class has it. */
SW_INLINE __u32 what_lasts(__u32 family, __u64 hi, __u64 lo, __u32 class)
{
	return family == 4 ? find_lasting(lo << 32, 0, 4, class) : find_lasting(hi, lo, 6, class);
}

/* Has the daemon been silent for longer than @ns? Its clock is ahead of the coarse one. */
SW_INLINE bool is_silent(const struct sw_settings *settings, __u64 ns, __u64 now)
{
	__u64 alive = *(const volatile __u64 *)&settings->alive_ns;

	return now > alive && now - alive > ns;
}

/*
 * May the daemon be silent, and is it for too long? Whether SYNs pass is random, and a branch
 * on it would cost as much as the look-up; so it comes after what is always the same.
 */
SW_INLINE bool is_deserted(const struct sw_settings *settings, bool passes)
{
	__u64 deadman = *(const volatile __u64 *)&settings->deadman_ns;

	if (__builtin_expect(!deadman, 1) || passes)
		return false;
	return is_silent(settings, deadman, now_ns());
}

#endif
